//! Every approach against a scripted server: what each asks, what each costs, and runs from another run's code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::fdsp::{Fdsp, json as parse};
use crate::support::server::{Reply, Server, prompt};

const VULNERABLE: &str = "import os\n\ndef go(command):\n    os.system(command)\n";

fn fenced(code: &str) -> String {
    format!("```python\n{code}```\n")
}

/// What a request asks for, told by our templates' own words.
fn asked(request: &Value) -> &'static str {
    const WORDS: [(&str, &str); 9] = [
        ("different solutions", "solutions"),
        ("by this solution:", "fdsp"),
        ("have a security issue?", "direct"),
        ("Explain this Python code", "explain"),
        ("The explanation:", "self-debug"),
        ("into plain words", "verbalize"),
        ("The report in plain words:", "verbalization"),
        ("Its report:", "feedback"),
        ("Write ", "generate"),
    ];
    let prompt = prompt(request);
    WORDS.iter().find(|(words, _)| prompt.contains(words)).map_or("unknown", |(_, name)| name)
}

/// Nothing is ever fixed; `secure` prompts get secure code.
fn never_fixes(request: &Value) -> Reply {
    Reply::text(match asked(request) {
        "solutions" => "1. Quote it\n2. Use a list\n3. Refuse it".to_owned(),
        "explain" => "It hands its input to a shell.".to_owned(),
        "verbalize" => "Line 4 starts a shell.".to_owned(),
        "generate" if prompt(request).contains("secure") => fenced("print('all is well')\n"),
        _ => fenced(VULNERABLE),
    })
}

fn run(fdsp: &Fdsp, server: &Server, more: &[&str]) -> Value {
    let url = server.url();
    let mut arguments = vec!["run", "--model", "scripted", "--base-url", &url, "--scanner", "ruff", "--json"];
    arguments.extend_from_slice(more);
    let output = fdsp.output(&arguments);
    parse(output.stdout.lines().last().unwrap_or_else(|| panic!("no output: {}", output.stderr)))
}

fn counts(server: &Server) -> BTreeMap<&'static str, usize> {
    let mut seen = BTreeMap::new();
    for request in server.requests() {
        *seen.entry(asked(&request.json)).or_default() += 1;
    }
    seen
}

#[test]
fn all_generates_once_and_every_approach_costs_its_calls() {
    let server = Server::start(|request, _| never_fixes(request));
    let fdsp = Fdsp::new();
    let data = fdsp.home().join("items.jsonl");
    let lines = [json!({"id": "one", "prompt": "Write it."}), json!({"id": "two", "prompt": "Write it secure."})];
    std::fs::write(&data, lines.map(|line| format!("{line}\n")).concat()).expect("the folder is ours");
    let last = run(&fdsp, &server, &["--dataset", &data.to_string_lossy(), "--approach", "all", "--name", "all"]);
    assert_eq!(["items", "vulnerable", "fixed", "failed"].map(|name| last[name].as_u64()), [2, 1, 0, 0].map(Some));
    let expected = [
        ("generate", 2),
        ("direct", 1),
        ("explain", 1),
        ("self-debug", 1),
        ("feedback", 1),
        ("verbalize", 1),
        ("verbalization", 1),
        ("solutions", 1),
        ("fdsp", 9),
    ];
    assert_eq!(counts(&server), BTreeMap::from(expected), "the item that is secure from the start is not refined");

    let calls = |item: &str| -> Vec<(String, u64)> {
        let shown = parse(&fdsp.output(&["show", "all", item, "--json"]).stdout);
        let outcomes = shown["outcomes"].as_array().cloned().unwrap_or_default();
        let read = |outcome: &Value| (outcome["approach"].as_str().map(str::to_owned), outcome["calls"].as_u64());
        outcomes.iter().map(read).map(|(id, calls)| (id.unwrap_or_default(), calls.unwrap_or_default())).collect()
    };
    let expected = |calls: [u64; 5]| -> Vec<(String, u64)> {
        ["direct", "self-debug", "feedback", "verbalize", "fdsp"].map(str::to_owned).into_iter().zip(calls).collect()
    };
    assert_eq!(expected([1, 2, 1, 2, 10]), calls("one"));
    assert_eq!(expected([0; 5]), calls("two"));
}

#[test]
fn a_run_from_another_runs_code_asks_only_for_what_is_missing() {
    let server = Server::start(|request, _| never_fixes(request));
    let fdsp = Fdsp::new();
    run(&fdsp, &server, &["--prompt", "Write it.", "--name", "first"]);
    assert_eq!(server.count(), 11);
    let last = run(&fdsp, &server, &["--from", "first", "--approach", "direct,fdsp", "--name", "second"]);
    assert_eq!((last["calls"].as_u64(), last["failed"].as_u64()), (Some(12), Some(0)));
    assert_eq!(server.count(), 12, "generation and FDSP are there; direct prompting is not");
    let last = run(&fdsp, &server, &["--from", "second", "--iterations", "1", "--name", "third"]);
    assert_eq!(last["calls"].as_u64(), Some(1 + 4));
    assert_eq!(server.count(), 16, "under other settings FDSP begins anew, from the same code");

    let code = |run: &str| {
        let shown = parse(&fdsp.output(&["show", run, "prompt", "--json"]).stdout);
        shown["events"].as_array().into_iter().flatten().find(|event| event["kind"] == "extracted").cloned()
    };
    assert!(code("first").is_some());
    assert_eq!(code("first"), code("third"), "with the time at which it was generated");
}

#[test]
fn under_a_data_set_as_it_is_now_what_was_asked_alike_is_kept_and_its_new_test_judges_it() {
    let server = Server::start(|request, _| never_fixes(request));
    let fdsp = Fdsp::new();
    let data = fdsp.home().join("items.jsonl");
    let path = data.to_string_lossy().into_owned();
    let write = |rows: &[Value]| {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(&data, lines).expect("the folder is ours");
    };
    write(&[json!({"id": "kept", "prompt": "Write it."}), json!({"id": "changed", "prompt": "Write that."})]);
    run(&fdsp, &server, &["--dataset", &path, "--approach", "generate", "--name", "first"]);
    assert_eq!(server.count(), 2);

    let test = "def check(candidate):\n    assert callable(candidate)\n";
    let tested = |id: &str, prompt: &str| json!({"id": id, "prompt": prompt, "test": test, "entry_point": "go"});
    write(&[tested("kept", "Write it."), tested("changed", "Write another."), tested("new", "Write more.")]);
    let more = ["--from", "first", "--dataset", &path, "--approach", "generate", "--test", "--name", "second"];
    run(&fdsp, &server, &more);
    assert_eq!(server.count(), 4, "asked for the prompt that changed and for the new item");
    let results = ["kept", "changed", "new"].map(|id| {
        let shown = parse(&fdsp.output(&["show", "second", id, "--json"]).stdout);
        let events = shown["events"].as_array().cloned().unwrap_or_default();
        events.iter().filter(|event| event["kind"] == "executed").count()
    });
    assert_eq!(results, [1, 1, 1], "tests written since then judge what was answered before");
}

#[test]
fn templates_come_from_a_folder_and_a_wrong_one_is_named() {
    let server = Server::start(|_, _| Reply::text(fenced(VULNERABLE)));
    let fdsp = Fdsp::new();
    let folder = fdsp.home().join("templates");
    std::fs::create_dir(&folder).expect("the folder is ours");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("the folder is ours");
    write("direct.txt", "Mend this:\n{{ code }}");
    write("notes.md", "left alone");
    let dir = folder.to_string_lossy().into_owned();
    let arguments = ["--prompt", "Write it.", "--approach", "direct", "--templates", &dir, "--name", "own"];
    run(&fdsp, &server, &arguments);
    let requests = server.requests();
    assert!(requests.last().expect("it was asked").prompt().starts_with("Mend this:\nimport os"));

    write("feedback.txt", "{{ raport }}");
    let url = server.url();
    let wrong = ["run", "--prompt", "x", "--model", "m", "--base-url", &url, "--scanner", "ruff", "--templates", &dir];
    let output = fdsp.output(&wrong);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    for word in ["feedback.txt", "it is given: code report"] {
        assert!(output.stderr.contains(word), "{}", output.stderr);
    }
    assert_eq!(server.count(), 2, "nothing was sent");
}
