//! `fdsp guideline`: which one holds, and how it is written and printed.

use std::fs;

use fdsp::review::guideline::{DEFAULT, Guideline};

use crate::support::fdsp::Fdsp;

fn toml(fdsp: &Fdsp, before: &[&str]) -> String {
    let output = fdsp.output(&[before, &["--toml"]].concat());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output.stdout
}

#[test]
fn the_one_that_is_named_comes_first() {
    let fdsp = Fdsp::new();
    let write = |name: &str, title: &str| {
        let path = fdsp.home().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, format!("version = 3\ntitle = '{title}'\n")).expect("a file");
        path.display().to_string()
    };
    assert_eq!(toml(&fdsp, &["guideline"]), DEFAULT);
    write("guideline.toml", "beside");
    assert!(toml(&fdsp, &["guideline"]).contains("beside"));
    write("study/ours.toml", "of the settings");
    fs::write(fdsp.home().join("study/fdsp.toml"), "guideline = 'ours.toml'\n").expect("a file");
    let settings = fdsp.home().join("study/fdsp.toml").display().to_string();
    assert!(toml(&fdsp, &["--config", &settings, "guideline"]).contains("of the settings"));
    let other = write("other.toml", "named");
    assert!(toml(&fdsp, &["--config", &settings, "guideline", "--guideline", &other]).contains("named"));
}

#[test]
fn init_writes_what_is_built_in_and_replaces_nothing() {
    let fdsp = Fdsp::new();
    let output = fdsp.output(&["guideline", "init"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let path = fdsp.home().join("guideline.toml");
    assert_eq!(fs::read_to_string(&path).expect("a file"), DEFAULT);
    fs::write(&path, "mine").expect("a file");
    let again = fdsp.output(&["guideline", "init"]);
    assert!(again.code == Some(2) && again.stderr.contains("is left as it is"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "mine");
    let broken = fdsp.output(&["guideline"]);
    assert!(broken.code == Some(2) && broken.stderr.contains("guideline.toml:1: "), "{}", broken.stderr);
    assert_eq!(fdsp.output(&["guideline", "init", "--force"]).code, Some(0));
    assert_eq!(toml(&fdsp, &["guideline"]), DEFAULT);
}

#[test]
fn as_text_and_as_json() {
    let fdsp = Fdsp::new();
    let text = fdsp.output(&["guideline"]).stdout;
    let builtin = Guideline::builtin();
    assert!(text.contains(&format!("version 1 · {}", builtin.hash)), "{text}");
    assert!(text.contains("  f  functionality removed or changed  (functionality)"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&fdsp.output(&["guideline", "--json"]).stdout).expect("JSON");
    assert_eq!(json["reasons"][1]["id"], "stub");
    assert_eq!(json["hash"], builtin.hash.as_str());
    let missing = fdsp.output(&["guideline", "--guideline", "no-such.toml"]);
    assert!(missing.code == Some(2) && missing.stderr.contains("no-such.toml cannot be read"), "{}", missing.stderr);
}
