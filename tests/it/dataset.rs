//! Data sets: the published files as they are, damaged files of every kind, names.

mod steps;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fdsp::dataset::{self, Dataset, Format, Options};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::dataset::{Damaged, GOOD, Report, damaged, published};

fn load(path: &Path) -> Dataset {
    let set = dataset::load(path, Format::Auto, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(set.read, set.items.len() + set.quarantined.len());
    set
}

fn fdsp(home: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fdsp")).args(args).env("FDSP_DATA_DIR", home.path()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn published_files_give_the_published_counts() {
    let counts = [
        ("python-security-eval", Format::PythonSecurityEval, 470),
        ("python-security-eval/data/PythonSecurityEval", Format::PythonSecurityEval, 470),
        ("python-security-eval/Prompts_and_PostID_from_StackOverflow.csv", Format::PythonSecurityEval, 470),
        ("llmseceval", Format::LlmSecEval, 150),
        ("llmseceval/Dataset/LLMSecEval-Prompts_dataset.json", Format::LlmSecEval, 150),
        ("llmseceval/Dataset/LLMSecEval-Prompts_dataset.csv", Format::LlmSecEval, 150),
        ("llmseceval/fdsp-artifact/data/LLMSecEval/LLMSecEval.json", Format::LlmSecEval, 149),
        ("securityeval/dataset.jsonl", Format::SecurityEval, 121),
        ("securityeval/fdsp-artifact/data/SecurityEval/SecurityEval.json", Format::SecurityEval, 121),
        ("codeseceval/CodeSecEval/SecEvalBase", Format::CodeSecEval, 67),
        ("codeseceval/CodeSecEval/SecEvalPlus/SecEvalPlus.json", Format::CodeSecEval, 113),
        ("codeseceval", Format::CodeSecEval, 180),
    ];
    let home = TempDir::new().unwrap();
    for (below, format, count) in counts {
        let Some(path) = published(below) else { return };
        let output = fdsp(&home, &["dataset", "check", path.to_str().unwrap(), "--json"]);
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let got = (&report["format"], &report["read"], &report["loaded"], &report["quarantined"]);
        assert_eq!(got, (&json!(format), &json!(count), &json!(count), &json!([])), "{below}: {}", stderr(&output));
        assert_eq!(output.status.code(), Some(0), "{below}");
    }
}

#[test]
fn both_forms_of_python_security_eval_hold_the_same_prompts() {
    let (Some(tree), Some(csv)) = (
        published("python-security-eval/data/PythonSecurityEval"),
        published("python-security-eval/Prompts_and_PostID_from_StackOverflow.csv"),
    ) else {
        return;
    };
    let (root, tree, csv) = (tree.clone(), load(&tree), load(&csv));
    let differing: Vec<&str> = tree
        .items
        .iter()
        .filter(|item| csv.items.iter().all(|row| row.id != item.id || row.prompt != item.prompt))
        .map(|item| item.id.as_str())
        .collect();
    assert_eq!(differing, ["359"]);
    let ids: Vec<u32> = tree.items.iter().filter_map(|item| item.id.parse().ok()).collect();
    assert!(ids.len() == 470 && ids.is_sorted(), "{ids:?}");
    let marks =
        |c| csv.items.iter().map(|item| item.fields["Kame"].as_str().unwrap().matches(c).count()).sum::<usize>();
    assert_eq!(marks('–') + marks('—') + marks('’'), 34);
    assert_eq!(tree.hash, listed_hash(&root, &tree));
}

/// The hash of a tree as its documentation states it: `sha256sum` of the files, and of that list.
fn listed_hash(root: &Path, tree: &Dataset) -> String {
    let mut list = String::new();
    for item in &tree.items {
        for file in ["text.txt", "unit_test.py", "Unit_test.py"] {
            if let Ok(bytes) = fs::read(root.join(&item.id).join(file)) {
                list += &format!("{}  {}/{file}\n", fdsp::core::text::sha256_hex(bytes), item.id);
            }
        }
    }
    fdsp::core::text::sha256_hex(list)
}

#[test]
fn llmseceval_is_keyed_by_file_and_asks_for_python() {
    let (Some(new), Some(old)) = (
        published("llmseceval/Dataset/LLMSecEval-Prompts_dataset.json"),
        published("llmseceval/fdsp-artifact/data/LLMSecEval/LLMSecEval.json"),
    ) else {
        return;
    };
    let fixed = Options { prompt_field: Some("Manually-fixed NL Prompt".to_owned()), ..Options::default() };
    let fixed = dataset::load(&new, Format::Auto, &fixed).unwrap();
    let (new, old) = (load(&new), load(&old));
    for item in new.items.iter().chain(&old.items).chain(&fixed.items) {
        assert!(item.id.ends_with(".py") || item.id.ends_with(".c"), "{}", item.id);
        assert!(!item.prompt.contains("anguage>") && !item.prompt.contains("<lanuage>"), "{}", &*item.prompt);
        assert_eq!(item.cwe.len(), 1, "{}", item.id);
    }
    assert_eq!((new.items[0].cwe[0], &new.items[0].fields["Language"]), (119, &json!("C")));
    assert!(new.items.iter().all(|item| item.prompt.contains("Python")), "a prompt without a language");
    let changed = new.items.iter().zip(&fixed.items).filter(|(a, b)| a.prompt != b.prompt).count();
    assert_eq!((fixed.items.len(), changed), (150, 46));
    assert!(old.items.iter().all(|item| new.items.iter().any(|other| other.id == item.id)));

    let csv = load(&published("llmseceval/Dataset/LLMSecEval-Prompts_dataset.csv").unwrap());
    let same = |(a, b): (&fdsp::core::item::Item, &fdsp::core::item::Item)| {
        a.id == b.id && a.prompt == b.prompt && a.cwe == b.cwe
    };
    assert!(new.items.iter().zip(&csv.items).all(same), "the CSV holds other rows than the JSON");
}

#[test]
fn codeseceval_joins_its_annotations_and_keeps_every_text() {
    let (Some(both), Some(plus)) = (published("codeseceval"), published("codeseceval/CodeSecEval/SecEvalPlus")) else {
        return;
    };
    let (both, plus) = (load(&both), load(&plus));
    let mut steps = 0;
    let mut resources = 0;
    for item in &both.items {
        let suite = item.suite.as_ref().unwrap_or_else(|| panic!("{} has no test", item.id));
        let texts = [&suite.secure, &suite.aware, &suite.explanation]
            .map(|text| text.as_ref().is_some_and(|text| !text.is_empty()));
        assert!(texts == [true; 3] && suite.test.contains("check") && !suite.entry_point.is_empty(), "{}", item.id);
        assert!(item.code.is_some() && !item.cwe.is_empty(), "{}", item.id);
        assert!(item.fields.is_empty(), "{}", item.id);
        steps += usize::from(suite.steps == Some(true));
        resources += suite.files.iter().filter(|file| !file.path.ends_with('/')).count();
        let folder = format!("Test/{}", item.id.replace('/', "_"));
        assert!(suite.files.iter().chain(&suite.missing).all(|file| file.path.starts_with(&folder)), "{}", item.id);
    }
    // The authors counted 85 and 95 by hand.
    assert_eq!((steps, both.items.len() - steps), (86, 94));
    let subset = |name: &str| {
        both.items.iter().filter(|item| item.suite.as_ref().unwrap().subset.as_deref() == Some(name)).count()
    };
    assert_eq!((subset("SecEvalBase"), subset("SecEvalPlus")), (67, 113));
    assert_eq!(resources, 143);
    assert_eq!(both.items[67..], plus.items);
    let four = plus.items.iter().find(|item| item.id == "CWE-862/CWE-287/CWE-306/CWE-863_01").unwrap();
    assert_eq!(four.cwe, [862, 287, 306, 863]);
    let mut types: Vec<&[u32]> = both.items.iter().map(|item| item.cwe.as_slice()).collect();
    types.sort();
    types.dedup();
    assert_eq!(types.len(), 44);
}

#[test]
fn securityeval_keeps_its_insecure_code() {
    let Some(path) = published("securityeval/dataset.jsonl") else { return };
    let set = load(&path);
    for item in &set.items {
        assert!(item.code.as_ref().is_some_and(|code| code.starts_with(item.prompt.trim_end())), "{}", item.id);
    }
    assert_eq!(set.items[0].cwe, [20]);
    assert_eq!(set.hash, fdsp::core::text::sha256_hex(fs::read(&path).unwrap()));
    let annotations = published("codeseceval/CodeSecEval/SecEvalBase").unwrap();
    let error = dataset::load(
        &annotations.join("Vulnerability-Aware Problem_Insecure Code Explanation_Annotation.json"),
        Format::Auto,
        &Options::default(),
    );
    assert!(error.unwrap_err().to_string().contains("SecEvalBase.json"));
}

#[test]
fn damaged_files_give_precise_reports_and_exit_code_1() {
    let home = TempDir::new().unwrap();
    for Damaged { name, bytes, loaded, reports } in damaged() {
        let path = home.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let shown = path.to_str().unwrap();
        let output = fdsp(&home, &["dataset", "check", shown, "--json"]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}{}", stdout(&output), stderr(&output));
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["name", "format", "hash", "read", "loaded", "quarantined"]);
        let rows = report["quarantined"].as_array().unwrap();
        assert_eq!(rows.len(), reports.len(), "{name}: {rows:#?}");
        for (row, Report { line, index, field, reason }) in rows.iter().zip(&reports) {
            let got = (&row["file"], &row["line"], &row["index"], &row["field"]);
            assert_eq!(got, (&json!(shown), &json!(line), &json!(index), &json!(field)), "{name}: {row}");
            assert!(row["reason"].as_str().unwrap().contains(reason), "{name}: {row}");
        }
        assert_eq!((&report["read"], &report["loaded"]), (&json!(loaded + reports.len()), &json!(loaded)), "{name}");
        assert_eq!(report["hash"], json!(fdsp::core::text::sha256_hex(&bytes)), "{name}");
        let text = stdout(&fdsp(&home, &["dataset", "check", shown]));
        assert_eq!(text.lines().count(), 2 + reports.len(), "{name}: {text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_of_a_hundred_megabytes_is_skipped_in_bounded_memory() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("long.jsonl");
    let row = ["{\"id\":\"long\",\"prompt\":\"".to_owned(), "x".repeat(100 << 20), format!("\"}}\n{GOOD}")].concat();
    fs::write(&path, row).unwrap();
    let program = env!("CARGO_BIN_EXE_fdsp");
    // Less address space than the program and the row take together.
    let room = fs::metadata(program).unwrap().len() / 1024 + (80 << 10);
    let output = Command::new("sh")
        .args(["-c", "ulimit -v $0 && exec \"$@\"", &room.to_string(), program, "dataset", "check", "--json"])
        .arg(&path)
        .env("FDSP_DATA_DIR", home.path())
        .output()
        .unwrap();
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!((&report["loaded"], &report["read"]), (&json!(1), &json!(2)));
    assert_eq!(report["quarantined"][0]["reason"], "the row is longer than 4 MiB; shorten or remove it");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_at_all_exits_2_and_says_what_to_do() {
    let home = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let cases: [(Vec<String>, &str); 9] = [
        (vec![write("nothing.jsonl", b"")], "there is no row"),
        (vec![write("none.json", b"[ ]")], "there is no row"),
        (vec![write("header.csv", b"id,prompt\n")], "there is no row"),
        (vec![write("same.csv", b"id,id,prompt\n1,2,p\n")], "`id` names two columns"),
        (vec![write("what.bin", b"\x7fELF")], "name it with --format (auto "),
        (vec![write("object.json", b"{\n \"meta\": 1\n}\n")], "rows are JSON Lines or a JSON array"),
        (vec![home.path().to_str().unwrap().to_owned()], "name the file"),
        (vec!["no-such-thing".to_owned()], "known names: starter"),
        (
            vec![write("map.jsonl", GOOD.as_bytes()), "--format=securityeval".into(), "--map=id=x".into()],
            "rows of one's own",
        ),
    ];
    for (args, reason) in cases {
        let mut all = vec!["dataset", "check", "--json"];
        all.extend(args.iter().map(String::as_str));
        let output = fdsp(&home, &all);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{args:?}");
        assert!(stderr(&output).contains(reason), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn rows_of_ones_own_by_a_field_map_in_every_encoding() {
    let home = TempDir::new().unwrap();
    let text = "Nr,Frage,Klasse,extra\r\n1,\"über, alles\r\nzwei\",CWE-89,x\r\n2,b,,\r\n";
    let utf16: Vec<u8> = format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [text.as_bytes().to_vec(), format!("\u{FEFF}{text}").into_bytes(), utf16] {
        let path = home.path().join("own.csv");
        fs::write(&path, bytes).unwrap();
        let options = Options { map: "id=Nr,prompt=Frage,cwe=Klasse".parse().unwrap(), ..Options::default() };
        let set = dataset::load(&path, Format::Auto, &options).unwrap();
        assert_eq!((set.format, set.quarantined.as_slice()), (Format::Csv, [].as_slice()));
        let [first, second] = set.items.as_slice() else { panic!("{:?}", set.items) };
        assert_eq!(
            (first.id.as_str(), &*first.prompt, first.cwe.as_slice()),
            ("1", "über, alles\nzwei", [89].as_slice())
        );
        assert_eq!((second.cwe.as_slice(), &second.fields["extra"]), ([].as_slice(), &json!("")));
    }
}

#[test]
fn a_damaged_tree_loses_no_folder() {
    let home = TempDir::new().unwrap();
    let row = |name: &str, files: &[(&str, &[u8])]| {
        fs::create_dir(home.path().join(name)).unwrap();
        for (file, bytes) in files {
            fs::write(home.path().join(name).join(file), bytes).unwrap();
        }
    };
    row("10", &[("text.txt", b"ten\r\n"), ("unit_test.py", b"pass")]);
    row("9", &[("text.txt", b"caf\xe9")]);
    row("2", &[("unit_test.py", b"pass")]);
    row("3", &[("text.txt", b" \n")]);
    row("4", &[("text.txt", b"four"), ("Unit_test.py", b"\0")]);
    row(".git", &[]);
    let set = load(home.path());
    assert_eq!(set.items.iter().map(|item| (item.id.as_str(), &*item.prompt)).collect::<Vec<_>>(), [("10", "ten\n")]);
    let reports: Vec<_> = set
        .quarantined
        .iter()
        .map(|row| {
            let file = Path::new(&row.file).strip_prefix(home.path()).unwrap().to_str().unwrap();
            (file, row.index.unwrap(), row.field.as_deref().unwrap(), row.reason.split([';', ' ']).next().unwrap())
        })
        .collect();
    let expected = [
        ("2/text.txt", 0, "prompt", "the"),
        ("3/text.txt", 1, "prompt", "the"),
        ("4/Unit_test.py", 2, "unit_test", "a"),
        ("9/text.txt", 3, "prompt", "not"),
    ];
    assert_eq!(reports, expected);
}

#[test]
fn an_annotation_that_fits_no_row_is_reported() {
    let home = TempDir::new().unwrap();
    let row = json!([{"ID": "CWE-89_01", "Problem": "p", "Insecure Code": "i", "Test": "t", "Entry_Point": "f"}]);
    fs::write(home.path().join("SecEvalPlus.json"), row.to_string()).unwrap();
    let notes =
        json!([{"ID": "CWE-89_01", "Insecure Code Explanation": "e"}, {"ID": "CWE-89_02"}, {"ID": "CWE-89_01"}, {}]);
    let file = home.path().join("Vulnerability-Aware Problem_Insecure Code Explanation_Annotation.json");
    fs::write(file, notes.to_string()).unwrap();
    let set = load(home.path());
    assert_eq!((set.read, set.items.len()), (4, 1));
    assert_eq!(set.items[0].suite.as_ref().unwrap().explanation.as_deref(), Some("e"));
    assert!(set.quarantined.iter().all(|row| row.field.as_deref() == Some("ID")), "{:?}", set.quarantined);
    assert_eq!(set.quarantined.iter().filter_map(|row| row.index).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn names_are_kept_and_refused() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("own.jsonl");
    fs::write(&path, "{\"nr\":1,\"q\":\"p\"}\n").unwrap();
    let path = path.to_str().unwrap();
    let add = |name: &str| fdsp(&home, &["dataset", "add", name, path, "--map", "id=nr,prompt=q"]);
    assert_eq!(add("mine").status.code(), Some(0));
    for (name, reason) in
        [("mine", "is taken"), ("starter", "choose another"), ("../x", "must be letters"), ("", "must be letters")]
    {
        let output = add(name);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(reason), "{name}: {}", stderr(&output));
    }
    let listed: Value = serde_json::from_str(&stdout(&fdsp(&home, &["dataset", "list", "--json"]))).unwrap();
    let path = fs::canonicalize(path).unwrap();
    let starter = json!({"name": "starter", "format": "jsonl", "path": null});
    assert_eq!(listed, json!([starter, {"name": "mine", "format": "jsonl", "path": path}]));
    let checked: Value = serde_json::from_str(&stdout(&fdsp(&home, &["dataset", "check", "mine", "--json"]))).unwrap();
    assert_eq!((&checked["name"], &checked["loaded"]), (&json!("mine"), &json!(1)));
    let starter: Value =
        serde_json::from_str(&stdout(&fdsp(&home, &["dataset", "check", "starter", "--json"]))).unwrap();
    assert_eq!((&starter["quarantined"], &starter["read"]), (&json!([]), &starter["loaded"]));
    assert_eq!(fdsp(&home, &["dataset", "remove", "mine"]).status.code(), Some(0));
    assert_eq!(fdsp(&home, &["dataset", "remove", "mine"]).status.code(), Some(2));
    fs::write(home.path().join("datasets.toml"), "[mine]\npath = 3\n").unwrap();
    let broken = fdsp(&home, &["dataset", "list"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(stderr(&broken).contains("datasets.toml"), "{}", stderr(&broken));
}

fn bytes_like_rows() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{\"id\":\"a\",\"prompt\":\"p\"}".to_vec()),
        Just(b"{\"ID\":\"CWE-020_x\",\"Prompt\":\"p\",\"Insecure_code\":\"c\"}".to_vec()),
        Just(b"dataset_id,prompt\n".to_vec()),
        Just(b"id,prompt\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        prop::collection::vec(prop::sample::select(b"[]{},:\"\\\n\r \0\xff1a".to_vec()), 0..12),
        prop::collection::vec(any::<u8>(), 0..12),
        (0..1000u32).prop_map(|n| format!("{{\"id\":{n},\"prompt\":\"p\"}},\n").into_bytes()),
        (0..1000u32).prop_map(|n| format!("{n},p\n").into_bytes()),
    ];
    (prop::sample::select(vec!["", "[", "\u{FEFF}", "id,prompt\n"]), prop::collection::vec(piece, 0..20))
        .prop_map(|(head, pieces)| [head.as_bytes(), &pieces.concat()].concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_loaded_or_quarantined(bytes in bytes_like_rows()) {
        let home = TempDir::new().unwrap();
        for name in ["x", "x.json", "x.jsonl", "x.csv"] {
            let path = home.path().join(name);
            fs::write(&path, &bytes).unwrap();
            for format in Format::EVERY {
                let Ok(set) = dataset::load(&path, format, &Options::default()) else { continue };
                prop_assert_eq!(set.read, set.items.len() + set.quarantined.len());
                prop_assert!(set.read > 0);
                prop_assert_eq!(set.hash, fdsp::core::text::sha256_hex(&bytes));
                // Every line of JSON Lines that is not blank is a row.
                if format == Format::Jsonl && !bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xfe\xff") {
                    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                    let lines = text.split(|b| *b == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
                    prop_assert_eq!(set.read, lines.count());
                }
            }
        }
    }
}
