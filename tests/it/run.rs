//! Runs against a scripted server: the calls of Algorithm 1, faults, kill -9 and resume.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fdsp::core::fold::ItemState;
use fdsp::core::ids::Step;
use fdsp::core::text::sha256_hex;
use fdsp::store::Store;
use serde_json::Value;

use crate::support::fdsp::{Fdsp, json};
use crate::support::server::{Reply, Server, prompt};

const VULNERABLE: &str = "import os\n\ndef go(command):\n    os.system(command)\n";
const SECURE: &str = "def go(command):\n    return command\n";

fn fenced(code: &str) -> String {
    format!("Here is the code:\n\n```python\n{code}```\n")
}

/// What a request asks for, told by our templates' own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Generation,
    Recompile,
    Solutions,
    Refinement(usize),
}

fn asked(request: &Value) -> Asked {
    let prompt = prompt(request);
    if prompt.contains("It does not compile") {
        Asked::Recompile
    } else if prompt.contains("different solutions") {
        Asked::Solutions
    } else if let Some(at) = prompt.find("by this solution:\n\n") {
        let number = prompt[at..].chars().find(char::is_ascii_digit).and_then(|c| c.to_digit(10));
        Asked::Refinement(number.unwrap_or(0) as usize)
    } else {
        Asked::Generation
    }
}

/// Vulnerable code, three solutions, and a fix at solution 2, iteration 2. Every refinement's code differs, so that
/// no two requests of an item are alike.
fn fixes_at_s2_k2(request: &Value) -> String {
    let prompt = prompt(request);
    let tried = prompt.matches("# tried").count();
    match asked(request) {
        Asked::Generation => fenced(&format!("# {}\n{VULNERABLE}", prompt.lines().next().unwrap_or_default())),
        Asked::Recompile => fenced(SECURE),
        Asked::Solutions => "1. Quote it\n2. Use a list\n3. Refuse it".to_owned(),
        Asked::Refinement(2) if tried >= 1 => fenced(SECURE),
        Asked::Refinement(_) => {
            let code = prompt.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
            fenced(&format!("{code}# tried\n"))
        }
    }
}

fn run(fdsp: &Fdsp, server: &Server, more: &[&str]) -> Value {
    let url = server.url();
    let mut arguments = vec!["run", "--model", "scripted", "--base-url", &url, "--scanner", "ruff", "--json"];
    arguments.extend_from_slice(more);
    let output = fdsp.output(&arguments);
    let last = output.stdout.lines().last().unwrap_or_else(|| panic!("no output: {}", output.stderr));
    json(last)
}

#[test]
fn a_fix_at_solution_2_iteration_2_costs_exactly_its_calls() {
    let server = Server::start(|request, _| Reply::text(fixes_at_s2_k2(request)));
    let fdsp = Fdsp::new();
    let last = run(&fdsp, &server, &["--prompt", "Write it.", "--name", "one"]);
    assert_eq!(last["event"], "finished");
    let counts = ["items", "vulnerable", "fixed", "calls", "failed"].map(|name| last[name].as_u64());
    assert_eq!(counts, [1, 1, 1, 7, 0].map(Some));

    let mut seen: BTreeMap<Asked, usize> = BTreeMap::new();
    for request in server.requests() {
        *seen.entry(asked(&request.json)).or_default() += 1;
    }
    let expected =
        [(Asked::Generation, 1), (Asked::Solutions, 1), (Asked::Refinement(1), 3), (Asked::Refinement(2), 2)];
    assert_eq!(seen, BTreeMap::from(expected));

    let shown = json(&fdsp.output(&["show", "one", "prompt", "--json"]).stdout);
    assert_eq!(shown["generation_calls"], 1);
    let outcome = &shown["outcome"];
    let facts = ["solution", "iteration", "calls"].map(|name| outcome[name].as_u64());
    assert_eq!(facts, [2, 2, 6].map(Some), "{outcome}");
    assert_eq!((&outcome["approach"], &outcome["verdict"]), (&"fdsp".into(), &"secure".into()));
    assert_eq!(shown["outcomes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_call_that_fails_for_good_leaves_its_item_without_outcome_and_resume_asks_again() {
    let server = Server::start(|request, nth| match nth {
        1 => Reply::status(400, "no such thing"),
        _ => Reply::text(fixes_at_s2_k2(request)),
    });
    let fdsp = Fdsp::new();
    let first = run(&fdsp, &server, &["--prompt", "Write it.", "--name", "one"]);
    assert_eq!((first["failed"].as_u64(), first["calls"].as_u64()), (Some(1), Some(1)));
    let resumed = fdsp.output(&["resume", "one", "--json"]);
    let last = json(resumed.stdout.lines().last().unwrap_or_default());
    assert_eq!((last["failed"].as_u64(), last["fixed"].as_u64(), last["calls"].as_u64()), (Some(0), Some(1), Some(7)));
    assert_eq!(server.count(), 8, "only the failed request is asked again");
}

fn data_set(folder: &Path, items: usize) -> String {
    let path = folder.join("items.jsonl");
    let lines: String =
        (0..items).map(|n| format!("{{\"id\": \"item-{n}\", \"prompt\": \"Write number {n}.\"}}\n")).collect();
    std::fs::write(&path, lines).expect("the folder is ours");
    path.to_string_lossy().into_owned()
}

/// Everything a table shows, without times.
async fn tables(db: &Path) -> Vec<String> {
    let store = Store::open(db).await.expect("the store opens");
    let rows = store.rows("killed").await.expect("the run is there");
    rows.iter().map(|row| format!("{row:?}")).collect()
}

/// The hashes of all requests with a stored answer.
async fn answered(db: &Path) -> BTreeSet<String> {
    let store = Store::open(db).await.expect("the store opens");
    let mut hashes = BTreeSet::new();
    for item in store.items("killed").await.unwrap_or_default() {
        let record = store.record("killed", &item.id).await.expect("the item is there");
        for stream in ItemState::of(&record.entries).streams.values() {
            let paid = stream.exchanges.iter().filter(|exchange| exchange.answer.is_some());
            hashes.extend(paid.map(|exchange| exchange.request.sent.clone()));
        }
    }
    hashes
}

#[test]
fn kill_9_at_100_random_points_costs_no_stored_answer_and_changes_no_table() {
    const ITEMS: usize = 24;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = Server::start(|request, _| Reply::text(fixes_at_s2_k2(request)).latency(Duration::from_millis(4)));
    let plain = Fdsp::new();
    let data = data_set(plain.home(), ITEMS);
    let url = server.url();
    let whole = run(&plain, &server, &["--dataset", &data, "--name", "killed", "--concurrency", "4"]);
    assert_eq!(whole["fixed"].as_u64(), Some(ITEMS as u64));
    let expected = runtime.block_on(tables(&plain.db()));

    let mut random = fastrand::Rng::with_seed(7);
    let mut kills = 0;
    while kills < 100 {
        let fdsp = Fdsp::new();
        let data = data_set(fdsp.home(), ITEMS);
        let mut started = false;
        loop {
            let stored = if started { runtime.block_on(answered(&fdsp.db())) } else { BTreeSet::new() };
            let before = server.count();
            let arguments: Vec<&str> = if started {
                vec!["resume", "killed", "--json"]
            } else {
                vec![
                    "run",
                    "--dataset",
                    &data,
                    "--name",
                    "killed",
                    "--concurrency",
                    "4",
                    "--model",
                    "scripted",
                    "--base-url",
                    &url,
                    "--scanner",
                    "ruff",
                    "--json",
                ]
            };
            let mut child: Command = fdsp.command(&arguments);
            let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
            // Counted in requests, so that a slow machine kills at the same points as a fast one.
            let point = before + random.usize(0..12);
            let mut ended = false;
            while !ended && server.count() < point {
                std::thread::sleep(Duration::from_millis(1));
                ended = child.try_wait().expect("it is our child").is_some();
            }
            std::thread::sleep(Duration::from_millis(random.u64(0..8)));
            let ended = ended || child.try_wait().expect("it is our child").is_some();
            child.kill().expect("it can be killed");
            child.wait().expect("it can be waited for");
            for request in server.requests().split_off(before) {
                assert!(!stored.contains(&sha256_hex(&request.body)), "an answer was paid for twice");
            }
            if ended && started {
                break;
            }
            kills += usize::from(!ended);
            started = fdsp.db().exists() && runtime.block_on(is_registered(&fdsp.db()));
        }
        assert_eq!(runtime.block_on(tables(&fdsp.db())), expected);
    }
}

async fn is_registered(db: &Path) -> bool {
    match Store::open(db).await {
        Ok(store) => store.run("killed").await.is_ok(),
        Err(_) => false,
    }
}

#[test]
fn a_second_driver_of_a_run_is_refused() {
    let server = Server::start(|request, _| Reply::text(fixes_at_s2_k2(request)).latency(Duration::from_millis(300)));
    let fdsp = Fdsp::new();
    let url = server.url();
    let mut first = fdsp.command(&[
        "run",
        "--prompt",
        "Write it.",
        "--name",
        "one",
        "--model",
        "scripted",
        "--base-url",
        &url,
        "--scanner",
        "ruff",
        "--json",
    ]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    while server.count() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = fdsp.output(&["resume", "one", "--json"]);
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(second.stderr.contains("one"), "{}", second.stderr);
    first.kill().expect("it can be killed");
    first.wait().expect("it can be waited for");
    let third = fdsp.output(&["resume", "one", "--json"]);
    assert_eq!(third.code, Some(0), "the lock died with its process: {}", third.stderr);
}

#[test]
fn requests_are_rendered_again_to_the_same_bytes() {
    let server = Server::start(|request, _| Reply::text(fixes_at_s2_k2(request)));
    let fdsp = Fdsp::new();
    run(&fdsp, &server, &["--prompt", "Write it.", "--name", "killed"]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sent: BTreeSet<String> = server.requests().iter().map(|request| sha256_hex(&request.body)).collect();
    let stored = runtime.block_on(answered(&fdsp.db()));
    assert_eq!(stored, sent, "what is stored of a request is what was sent");
    runtime.block_on(async {
        let store = Store::open(&fdsp.db()).await.expect("the store opens");
        let record = store.record("killed", "prompt").await.expect("the item is there");
        let state = ItemState::of(&record.entries);
        let sent = server.requests();
        for exchange in state.streams.values().flat_map(|stream| &stream.exchanges) {
            let message = fdsp::approach::template::render(&exchange.request.template, &exchange.request.parts)
                .expect("the parts are whole");
            let found = sent.iter().any(|request| request.prompt() == message);
            assert!(found, "{} renders to something that was not sent", exchange.step);
            assert_ne!(exchange.step, Step::Given);
        }
    });
}
