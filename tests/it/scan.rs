//! `fdsp scan` against the `bandit` command, on the benchmarks' code and on odd files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::bandit;

fn fdsp(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fdsp"));
    command.current_dir(folder).env("FDSP_BANDIT", bandit::path()).arg("scan").args(arguments);
    command.output().expect("fdsp runs")
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Per file, findings as Bandit and `fdsp` both tell them, or `None` where the file was not scanned.
type Findings = BTreeMap<String, Option<Vec<String>>>;

fn by_bandit(folder: &Path, verdict: &str) -> Findings {
    let nosec = if verdict == "strict" { &["--ignore-nosec"][..] } else { &[] };
    let output = Command::new(bandit::path())
        .current_dir(folder)
        .args(["-r", "-q", "-f", "json", "."])
        .args(nosec)
        .output()
        .expect("bandit runs");
    let report = json_of(&output);
    let name = |value: &Value| value["filename"].as_str().expect("a file name").trim_start_matches("./").to_owned();
    let mut files: Findings = BTreeMap::new();
    for error in report["errors"].as_array().expect("a list") {
        files.insert(name(error), None);
    }
    for entry in fs::read_dir(folder).expect("the folder is ours").flatten() {
        files.entry(entry.file_name().to_string_lossy().into_owned()).or_insert_with(|| Some(Vec::new()));
    }
    for result in report["results"].as_array().expect("a list") {
        let lower = |field: &str| result[field].as_str().expect("a word").to_lowercase();
        let range = result["line_range"].as_array().expect("a list");
        let last = range.iter().chain([&result["line_number"]]).filter_map(Value::as_u64).max();
        let line = json!([
            result["test_id"],
            result["test_name"],
            result["issue_cwe"]["id"],
            lower("issue_severity"),
            lower("issue_confidence"),
            result["line_number"],
            last,
            result["issue_text"],
        ]);
        files.get_mut(&name(result)).and_then(Option::as_mut).expect("a scanned file").push(line.to_string());
    }
    files
}

fn by_fdsp(folder: &Path, verdict: &str) -> Findings {
    let output = fdsp(folder, &[".", "--scanner", "bandit", "--verdict", verdict, "--format", "json"]);
    let report = json_of(&output);
    assert_eq!(report["scanner"]["name"], "bandit");
    let files = report["files"].as_array().expect("a list");
    let (failed, found) =
        (files.iter().any(|f| !f["error"].is_null()), files.iter().any(|f| f["findings"] != json!([])));
    assert_eq!(output.status.code(), Some(if failed { 2 } else { i32::from(found) }));
    let one = |file: &Value| {
        let path = file["path"].as_str().expect("a path").trim_start_matches("./").to_owned();
        let findings = file["findings"].as_array().expect("a list").iter().map(|f| {
            assert!(f["column"].as_u64().is_some_and(|column| column > 0));
            let line = ["rule", "name", "cwe", "severity", "confidence", "line", "end_line", "message"].map(|k| &f[k]);
            json!(line).to_string()
        });
        (path, file["error"].is_null().then(|| findings.collect()))
    };
    files.iter().map(one).collect()
}

fn assert_equal(folder: &Path, verdict: &str) -> Findings {
    let (expected, found) = (by_bandit(folder, verdict), by_fdsp(folder, verdict));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (file, findings) in &expected {
        assert_eq!(&found[file], findings, "{file}");
    }
    found
}

#[test]
fn equals_bandit_on_the_benchmarks() {
    let Some(code) = bandit::benchmark_code() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in &code {
        fs::write(folder.path().join(name), text).expect("the folder is ours");
    }
    let found = assert_equal(folder.path(), "paper");
    assert_eq!(found.len(), code.len());
    assert!(found.values().flatten().flatten().count() >= 240, "the benchmarks are full of findings");
}

/// Code that is easy to read otherwise than Bandit does.
fn odd_files() -> Vec<(&'static str, Vec<u8>)> {
    let deep =
        |part: &str, count: usize| format!("import os\nos.system(x)\ny = {}1\n", part.repeat(count)).into_bytes();
    let chain = |count: usize| format!("eval(x)\ny = 1{}\n", " + 1".repeat(count)).into_bytes();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("empty.py", text("")),
        ("blank.py", text("\n\n\x0c\n")),
        ("mark.py", text("\u{feff}eval(x)\n")),
        ("marked-latin.py", text("\u{feff}# coding: latin-1\neval(x)\n")),
        ("latin.py", b"# coding: latin-1\nx = '\xe9'; eval(x)\n".to_vec()),
        ("not-utf8.py", b"x = '\xe9'; eval(x)\n".to_vec()),
        ("unknown-coding.py", text("# coding: klingon\neval(x)\n")),
        ("utf7.py", text("# coding: utf-7\neval(x)  +ACM- nosec\n")),
        ("utf16.py", "eval(x)\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("crlf.py", text("import os\r\n\r\nos.system(x)\r\neval(x)  # nosec\r\n")),
        ("cr.py", text("import os\ros.system(x)\reval(x)  # nosec\r")),
        ("mixed.py", text("a = 1\r\nb = 2\rc = 3\neval(x)\n")),
        ("form-feed.py", text("x = 1\n\x0ceval(x)\n\x0c\n  \x0cexec(y)\n")),
        ("tabs.py", text("if x:\n\teval(x)\n        exec(x)\n")),
        ("nul.py", text("eval(x)\n\0\n")),
        ("nul-in-comment.py", text("eval(x)  # \0\n")),
        ("parentheses.py", deep("(", 100_000)),
        ("brackets-150.py", format!("eval(x)\ny = {}{}\n", "[".repeat(150), "]".repeat(150)).into_bytes()),
        ("minus-100.py", deep("-", 100)),
        ("minus-500.py", deep("-", 500)),
        ("minus-5000.py", deep("-", 5000)),
        ("lambda-300.py", deep("lambda: ", 300)),
        ("chain-490.py", chain(490)),
        ("chain-2000.py", chain(2000)),
        ("chain-9000.py", chain(9000)),
        ("syntax.py", text("import os\nos.system(x)\ndef f(:\n")),
        ("unclosed.py", text("eval(x)\ny = '''\n")),
        ("dedent.py", text("if x:\n    eval(x)\n  exec(x)\n")),
        ("return.py", text("return eval(x)\n")),
        ("python2.py", text("print 'x'\nexec 'y'\n")),
        (
            "nosec.py",
            text(
                "eval(x) #nosec\nexec(x) # nosec: B102\nassert x # nosec B102, assert_used\nexec(x) # nosec B101,B307\n",
            ),
        ),
        (
            "nosec-names.py",
            text(
                "eval(x)  # nosec: eval\neval(x)  # nosec blacklist\nexec(x)  # nosec no such test\nexec(x)  #  NOSEC\n",
            ),
        ),
        (
            "nosec-lines.py",
            text(
                "import subprocess\nsubprocess.call(\n    x,\n    shell=True,  # nosec\n)\nsubprocess.call(\n    x, shell=True)  # nosec B101\n",
            ),
        ),
        ("nosec-string.py", text("eval('# nosec')\nexec('''\n# nosec\n''')\n")),
        ("bidi.py", text("# \u{202e}\u{2066}\npassword = 'é\u{200f}'\n")),
        ("wide.py", text("x = '日本語'; password = 'ünï'; eval(x)\n")),
        (
            "f-string.py",
            text(
                "import sqlite3\nc.execute(f\"\"\"SELECT *\n  FROM {t}\n  WHERE a = {f'{b}'}\"\"\")\nq = f'DELETE FROM {t}'\n",
            ),
        ),
        (
            "strings.py",
            text("p = '/tmp/x' '/tmp/y'\ndef f(password='s', token=\"\\ud83d\"): pass\nf(password='a\\nb')\n"),
        ),
        ("no-newline.py", text("eval(x)")),
        ("many.py", "eval(x); exec(y)\n".repeat(500).into_bytes()),
        ("long-line.py", format!("x = '{}'; eval(x)\n", "a".repeat(1_000_000)).into_bytes()),
    ]
}

#[test]
fn equals_bandit_on_odd_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = odd_files();
    for (name, bytes) in &files {
        fs::write(folder.path().join(name), bytes).expect("the folder is ours");
    }
    let found = assert_equal(folder.path(), "paper");
    assert_eq!(found.len(), files.len());
    assert_equal(folder.path(), "strict");
    let count = |file: &str| found[file].as_ref().map(Vec::len);
    assert_eq!((count("syntax.py"), count("parentheses.py"), count("nul.py")), (None, None, None));
    assert_eq!((count("crlf.py"), count("many.py"), count("empty.py")), (Some(1), Some(1000), Some(0)));
}

#[test]
fn odd_files_do_not_crash_ruff() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in odd_files() {
        fs::write(folder.path().join(name), bytes).expect("the folder is ours");
    }
    fs::write(folder.path().join("ten-megabytes.py"), format!("eval(x)\ny = '{}'\n", "b".repeat(10_000_000)))
        .expect("the folder is ours");
    let report = json_of(&fdsp(folder.path(), &[".", "--scanner", "ruff", "--format", "json"]));
    let files = report["files"].as_array().expect("a list");
    assert_eq!(files.len(), odd_files().len() + 1);
    let names: Vec<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    assert!(names.is_sorted());
    for file in files {
        let failed = file["error"]["failed"] == json!(true);
        assert!(!failed, "{file}");
    }
    let of = |name: &str| files.iter().find(|file| file["path"] == format!("./{name}")).expect("it was scanned");
    assert_eq!(of("latin.py")["findings"][0]["rule"], "B307");
    assert_eq!(of("ten-megabytes.py")["findings"][0]["rule"], "B307");
    assert!(of("parentheses.py")["error"]["message"].as_str().is_some_and(|why| why.contains("nested parentheses")));
}

#[test]
fn exit_codes_and_formats() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the folder is ours");
    write("clean.py", "x = 1\n");
    write("hidden.py", "eval(x)  # nosec\n");
    write("bad.py", "eval(x)\n");
    write("broken.py", "def (\n");
    write("\u{1b}[31m.py", "x = 1 + \n");
    let code = |arguments: &[&str]| fdsp(folder.path(), arguments).status.code();
    for scanner in ["bandit", "ruff", "auto"] {
        let scan = |arguments: &[&str]| code(&[arguments, &["--scanner", scanner]].concat());
        assert_eq!(scan(&["clean.py"]), Some(0));
        assert_eq!(scan(&["hidden.py", "--verdict", "paper"]), Some(0));
        assert_eq!(scan(&["hidden.py"]), Some(1));
        assert_eq!(scan(&["bad.py", "clean.py"]), Some(1));
        assert_eq!(scan(&["bad.py", "broken.py"]), Some(2));
        assert_eq!(scan(&["bad.py", "absent.py"]), Some(2));
    }
    assert_eq!(code(&["bad.py", "--scanner", "pylint"]), Some(2));
    let hidden = json_of(&fdsp(folder.path(), &["hidden.py", "--format", "json"]));
    assert_eq!(hidden["files"][0]["findings"][0]["suppressed"], "nosec");
    let report = json_of(&fdsp(folder.path(), &["broken.py", "bad.py", "--format", "json"]));
    assert_eq!(report["files"][0]["error"]["line"], 1);
    assert_eq!(report["files"][1]["error"], Value::Null);
    let sarif = json_of(&fdsp(folder.path(), &["hidden.py", "bad.py", "--format", "sarif"]));
    assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(sarif["runs"][0]["results"][1]["ruleId"], "B307");
    let text = fdsp(folder.path(), &["."]).stdout;
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("␛[31m.py") && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("(hidden by # nosec)") && text.ends_with("bandit 1.9.4 · strict\n"), "{text}");
}
