//! Second opinions: real producers of SARIF through `[scanners.NAME]`, files of results, and commands that misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fdsp::core::event::{Event, Scanned, StopReason};
use fdsp::core::finding::{Finding, Scan};
use fdsp::core::fold::{ItemState, Version};
use fdsp::core::ids::{Step, StreamId};
use fdsp::core::projection::Row;
use fdsp::core::settings::VerdictMode;
use fdsp::core::verdict::Verdict;
use fdsp::python;
use fdsp::scanner::{Options, Scanner};
use fdsp::store::{RECORDED, Store};
use serde_json::{Value, json};

use crate::support::fdsp::{Fdsp, Output, json};
use crate::support::stored::{FDSP, GENERATE, items, refine, run_info, stopped, version};
use crate::support::{bandit, venv};

const RUN: &str = "small";

/// Code of every kind that a scanner may meet; `refined` is another version of the first item.
fn codes() -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    vec![
        (
            "sql",
            text(
                "import sqlite3\n\n\ndef find(c, name):\n    return c.execute(\"SELECT * FROM t WHERE n = '%s'\" % name)\n",
            ),
        ),
        (
            "shell",
            text(
                "import subprocess\n\n\ndef run(x):\n    subprocess.call(\n        'ls ' + x,\n        shell=True,\n    )\n",
            ),
        ),
        ("eval", text("def f(x):\n    return eval(x)\n")),
        ("hidden", text("def f(x):\n    return eval(x)  # nosec\n\n\ndef g(x):\n    return exec(x)  # noqa: S102\n")),
        ("clean", text("def f(x):\n    return x\n")),
        ("wide", text("é = '日本語'; y = eval(é)\n")),
        ("broken", text("def f(:\n    eval(x)\n")),
        ("many", "eval(x)\n".repeat(40)),
    ]
}

fn refined() -> String {
    "import sqlite3\n\n\ndef find(c, name):\n    return c.execute('SELECT * FROM t WHERE n = ?', (name,))\n".to_owned()
}

/// A run over [`codes`] that `scanner` scanned: generated code, and for the first item one refinement of the same code as
/// the last item's twin.
async fn stored(fdsp: &Fdsp, scanner: &Scanner) -> Store {
    let store = Store::open(&fdsp.db()).await.expect("a store");
    let codes = codes();
    let mut info = run_info(RUN);
    info.settings.scanner = scanner.id().name;
    store.create_run(&info, &items(codes.len())).await.expect("a new run");
    for (n, (_, code)) in codes.iter().enumerate() {
        let mut events: Vec<(StreamId, Event)> = Vec::new();
        for mut event in version(Step::Generate, code, false) {
            if let Event::Scanned(Scanned { scan, .. }) = &mut event {
                *scan = scanner.scan(&code.as_str().into()).await;
            }
            events.push((GENERATE, event));
        }
        events.push((GENERATE, stopped(StopReason::Generated)));
        if n == 0 {
            events.extend(version(refine(1, 1), &refined(), false).into_iter().map(|event| (FDSP, event)));
            events.push((FDSP, stopped(StopReason::Fixed)));
        }
        store.append(RUN, &format!("item-{n}"), events).await.expect("a new item");
    }
    store
}

async fn by_ruff(fdsp: &Fdsp) -> Store {
    stored(fdsp, &Scanner::open("ruff").await.expect("ruff is built in")).await
}

fn configure(fdsp: &Fdsp, text: &str) {
    fs::write(fdsp.home().join("fdsp.toml"), text).expect("the folder is ours");
}

fn script(fdsp: &Fdsp, name: &str, text: &str) -> PathBuf {
    let file = fdsp.home().join(name);
    fs::write(&file, text).expect("the folder is ours");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
    file
}

fn rescan(fdsp: &Fdsp, arguments: &[&str]) -> Output {
    fdsp.output(&[&["rescan", RUN], arguments].concat())
}

fn report(output: &Output) -> Value {
    assert!(matches!(output.code, Some(0 | 1)), "{}", output.stderr);
    json(&output.stdout)
}

/// Versions of the run by item, with what `scanner` said of each.
async fn opinions(store: &Store, scanner: &str) -> Vec<(String, Version, Scan)> {
    let mut found = Vec::new();
    for item in store.items(RUN).await.expect("the run is there") {
        let record = store.record(RUN, &item.id).await.expect("the item is there");
        let state = ItemState::of(&record.entries);
        for version in state.streams.values().flat_map(|stream| &stream.versions) {
            if let Some(scan) = version.opinions.iter().find(|scan| scan.scanner.name == scanner) {
                found.push((item.id.clone(), version.clone(), scan.clone()));
            }
        }
    }
    found
}

/// The same findings. Of a statement on many lines Bandit's own SARIF gives the first two, not the line that Bandit names;
/// of all others the lines are equal.
fn assert_alike<'a>(sarif: &[Finding], own: impl IntoIterator<Item = &'a Finding>, item: &str) {
    let sorted = |mut findings: Vec<&'a Finding>| {
        findings.sort_by_key(|finding| (finding.rule.clone(), finding.line));
        findings
    };
    let own = sorted(own.into_iter().collect());
    let mut sarif: Vec<&Finding> = sarif.iter().collect();
    sarif.sort_by_key(|finding| (finding.rule.clone(), finding.line));
    assert_eq!(sarif.len(), own.len(), "{item}");
    for (theirs, own) in sarif.into_iter().zip(own) {
        if theirs.line == theirs.end_line {
            assert_eq!((theirs.line, theirs.end_line), (own.line, own.end_line), "{item}");
        } else {
            assert!(
                item == "item-1" && theirs.line <= own.line && own.end_line > theirs.end_line,
                "{theirs:?} {own:?}"
            );
        }
        let detail = |f: &Finding| (f.rule.clone(), f.name.clone(), f.cwe, f.severity, f.confidence, f.message.clone());
        assert_eq!(detail(theirs), detail(own), "{item}");
    }
}

#[tokio::test]
async fn bandits_sarif_says_what_our_worker_says() {
    let fdsp = Fdsp::new();
    let options = Options { bandit: Some(bandit::python()), ..Options::default() };
    let warm = Scanner::open_with("bandit", options).await.expect("Bandit is set up");
    let store = stored(&fdsp, &warm).await;
    let python = venv::python("bandit-sarif", &["bandit[sarif]==1.9.4"]);
    let command = python.with_file_name("bandit");
    configure(
        &fdsp,
        &format!(
            "[scanners.bandit-sarif]\ncommand = [{command:?}, '-q', '-f', 'sarif', '-o', '{{out}}', '-r', '{{dir}}']\nbatch = true\n"
        ),
    );
    let said = report(&rescan(&fdsp, &["--scanner", "bandit-sarif", "--json"]));
    assert_eq!(said["scanner"], json!({ "name": "bandit-sarif", "version": "1.9.4" }));
    assert_eq!((&said["versions"], &said["scanned"], &said["failed"]), (&json!(9), &json!(9), &json!(0)));
    let found = opinions(&store, "bandit-sarif").await;
    assert_eq!(found.len(), 9);
    let mut total = 0;
    for (item, version, opinion) in &found {
        let own = version.scan.as_ref().expect("it was scanned");
        assert_alike(&opinion.findings, own.reported(), item);
        assert_eq!(opinion.error.is_some(), own.error.is_some(), "{item}");
        total += opinion.findings.len();
    }
    assert!(total >= 45, "{total} findings");
    assert_eq!(said["findings"], json!(total));
}

#[tokio::test]
async fn ruffs_sarif_says_what_ruff_in_process_says() {
    let fdsp = Fdsp::new();
    let options = Options { bandit: Some(bandit::python()), ..Options::default() };
    let store = stored(&fdsp, &Scanner::open_with("bandit", options).await.expect("Bandit is set up")).await;
    let version = python::ruff_version();
    let command = venv::python("ruff", &[&format!("ruff=={version}")]).with_file_name("ruff");
    configure(
        &fdsp,
        &format!(
            "[scanners.ruff-command]\ncommand = [{command:?}, 'check', '--isolated', '--no-cache', '--select', 'S', '--preview', \
         '--target-version', 'py314', '--output-format', 'sarif', '{{file}}']\n"
        ),
    );
    let said = report(&rescan(&fdsp, &["--scanner", "ruff-command", "--json", "--concurrency", "2"]));
    assert_eq!(said["scanner"]["version"], version);
    let codes: BTreeMap<&str, String> =
        python::security_rules().into_iter().map(|rule| (rule.name, rule.code)).collect();
    let found = opinions(&store, "ruff-command").await;
    assert_eq!(found.len(), 9);
    let mut total = 0;
    for (item, version, opinion) in &found {
        // This ruff names its rules by name when it previews.
        let code = |rule: &str| codes.get(rule).cloned().unwrap_or_else(|| rule.to_owned());
        let theirs: BTreeSet<_> = opinion.findings.iter().map(|found| (code(&found.rule), found.line)).collect();
        let code = version.code.as_deref().expect("it holds code");
        match python::security(code, "3.14") {
            Ok(ours) => {
                let ours = ours.findings.iter().filter(|found| !found.hidden);
                assert_eq!(theirs, ours.map(|found| (found.code.clone(), found.place.line)).collect(), "{item}");
                assert_eq!(opinion.error, None, "{item}");
            }
            Err(_) => assert!(opinion.error.as_ref().is_some_and(|error| !error.failed && error.line == Some(1))),
        }
        total += theirs.len();
    }
    assert!(total >= 45, "{total} findings");
    // The same code by the built-in scanner: every finding has its place there too.
    assert!(report(&rescan(&fdsp, &["--scanner", "ruff", "--json"]))["findings"].as_u64() >= Some(total as u64));
}

const SEMGREP_RULES: &str = "rules:
  - id: eval-call
    languages: [python]
    severity: ERROR
    message: eval runs whatever it is given
    pattern: eval(...)
    metadata:
      cwe: 'CWE-95: Eval Injection'
  - id: shell-true
    languages: [python]
    severity: WARNING
    message: a shell reads what is joined here
    pattern: subprocess.call(..., shell=True)
    metadata:
      cwe: ['CWE-78: OS Command Injection']
  - id: formatted-sql
    languages: [python]
    severity: WARNING
    message: a value is put into SQL
    pattern: $C.execute($Q % ...)
    metadata:
      cwe: ['CWE-89: SQL Injection']
";

#[tokio::test]
async fn semgrep_with_rules_of_our_own_reaches_the_projection() {
    let fdsp = Fdsp::new();
    let store = by_ruff(&fdsp).await;
    let bin = venv::python("semgrep", &["semgrep==1.182.0"]).parent().expect("it lies in a folder").to_owned();
    fs::write(fdsp.home().join("house.yml"), SEMGREP_RULES).expect("the folder is ours");
    configure(&fdsp, "[scanners.semgrep]\nrules = 'house.yml'\n");
    let path = std::env::join_paths(
        [bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let output = fdsp
        .command(&["rescan", RUN, "--scanner", "semgrep", "--json"])
        .env("PATH", path.expect("no colon in a path"))
        .output()
        .expect("the binary starts");
    let said = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said["scanner"], json!({ "name": "semgrep", "version": "1.182.0" }));
    let found = opinions(&store, "semgrep").await;
    assert_eq!(found.len(), 9);
    let of = |item: &str| {
        let (_, _, scan) =
            found.iter().find(|(id, version, _)| id == item && version.step == Step::Generate).expect(item);
        scan.findings
            .iter()
            .map(|f| (f.rule.rsplit('.').next().unwrap_or_default(), f.cwe, f.line, f.end_line))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("item-0"), [("formatted-sql", Some(89), 5, 5)]);
    assert_eq!(of("item-1"), [("shell-true", Some(78), 5, 8)]);
    assert_eq!(of("item-2"), [("eval-call", Some(95), 2, 2)]);
    assert_eq!(of("item-4"), []);
    assert_eq!(of("item-5"), [("eval-call", Some(95), 1, 1)]);
    assert_eq!(of("item-7").len(), 40);

    let rows = store.rows(RUN).await.expect("the run is there");
    let opinion = |row: &Row, mode| {
        let opinions = row.facts(mode).expect("a strict run has both").opinions.clone();
        assert_eq!(opinions.len(), 1, "{row:?}");
        (
            opinions[0].scanner.clone(),
            opinions[0].verdict,
            opinions[0].cwes.iter().map(|c| (c.cwe, c.findings)).collect::<Vec<_>>(),
        )
    };
    let row = |item: &str, stream| rows.iter().find(|row| row.item == item && row.stream == stream).expect("a row");
    let semgrep = "semgrep".to_owned();
    let sql = (semgrep.clone(), Some(Verdict::Vulnerable), vec![(Some(89), 1)]);
    assert_eq!(opinion(row("item-0", GENERATE), VerdictMode::Strict), sql);
    let fixed = (semgrep.clone(), Some(Verdict::Secure), Vec::new());
    assert_eq!(opinion(row("item-0", FDSP), VerdictMode::Paper), fixed);
    let many = (semgrep, Some(Verdict::Vulnerable), vec![(Some(95), 40)]);
    assert_eq!(opinion(row("item-7", GENERATE), VerdictMode::Paper), many);
}

/// A scanner that flags every file that holds `eval`, and does what its first argument says on one that holds `日`.
const FAULTY: &str = r#"import json, os, sys, time
mode, folder = sys.argv[1], sys.argv[2]
files = [folder] if os.path.isfile(folder) else [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
results = []
for file in files:
    text = open(file, encoding="utf-8").read()
    if "日" in text or mode.startswith("always-"):
        fault = mode.removeprefix("always-")
        if fault == "fails":
            sys.exit("out of luck \x1b[31m")
        if fault == "hangs":
            if os.fork() == 0:
                time.sleep(600)
            time.sleep(600)
        if fault == "rubbish":
            print("Scanning " + file)
        if fault == "gigabytes":
            while True:
                sys.stdout.write("x" * 1000000)
        if fault == "malformed":
            print('{"version": "2.1.0", "runs": [{"results": [{"ruleId": 7}]}]}')
            sys.exit(0)
        if fault == "stranger":
            results.append({"ruleId": "z", "locations": [{"physicalLocation": {"artifactLocation": {"uri": "/etc/passwd"}}}]})
        if fault == "dies":
            os.kill(os.getpid(), 9)
    for number, line in enumerate(text.splitlines(), 1):
        if "eval" in line:
            place = {"artifactLocation": {"uri": "file://" + file}, "region": {"startLine": number}}
            results.append({"ruleId": "no-eval", "locations": [{"physicalLocation": place}]})
print(json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "faulty", "version": "3"}}, "results": results}]}))
"#;

fn faulty(fdsp: &Fdsp, name: &str, mode: &str, batch: bool) {
    let script = script(fdsp, "faulty.py", FAULTY);
    let target = if batch { "{dir}" } else { "{file}" };
    let text = format!(
        "[scanners.{name}]\ncommand = ['python3', '{}', '{mode}', '{target}']\nbatch = {batch}\ntimeout = {}\n",
        script.display(),
        if mode.contains("hangs") { 2 } else { 60 },
    );
    configure(fdsp, &text);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_the_command_fails_on_costs_only_itself() {
    let fdsp = Fdsp::new();
    let store = by_ruff(&fdsp).await;
    let cases = [
        ("fails", "ended with exit code 1: out of luck"),
        ("hangs", "not done within 2 s"),
        ("rubbish", "its report: expected value at line 1 column 1"),
        ("malformed", "runs[0].results[0].ruleId: invalid type"),
        ("dies", "killed by signal 9"),
        ("gigabytes", "wrote more than 64 MiB"),
        ("stranger", "a result is about /etc/passwd"),
    ];
    for (mode, problem) in cases {
        // A single file is meant whatever its result calls it.
        let batches = if mode == "stranger" { &[true][..] } else { &[true, false][..] };
        for &batch in batches {
            let name = format!("{mode}-{batch}");
            faulty(&fdsp, &name, mode, batch);
            let output = rescan(&fdsp, &["--scanner", &name, "--json"]);
            let said = report(&output);
            let found = opinions(&store, &name).await;
            assert_eq!(found.len(), 9, "{name}: every version has an answer");
            if mode == "stranger" {
                // Alone it is the file's own: the finding is kept.
                assert_eq!((output.code, said["failed"].as_u64()), (Some(0), Some(0)), "{said}");
                continue;
            }
            assert_eq!((output.code, said["failed"].as_u64()), (Some(1), Some(1)), "{name}: {said}");
            let failures = said["failures"].as_array().expect("a list");
            assert_eq!((&failures[0]["item"], &failures[0]["step"]), (&json!("item-5"), &json!("generate")), "{name}");
            let message = failures[0]["message"].as_str().unwrap_or_default();
            assert!(message.starts_with(&name) && message.contains(problem), "{message}");
            for (item, version, scan) in &found {
                let failed = scan.error.as_ref().is_some_and(|error| error.failed);
                assert_eq!(failed, item == "item-5", "{name} {item}");
                let evals =
                    version.code.as_deref().unwrap_or_default().lines().filter(|line| line.contains("eval")).count();
                assert_eq!(scan.findings.len(), if failed { 0 } else { evals }, "{name} {item}");
            }
        }
    }
    let text = rescan(&fdsp, &["--scanner", "stranger-true"]);
    assert!(text.stdout.contains("0 scanned") && text.stdout.contains("9 scanned before"), "{}", text.stdout);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_never_works_is_told_at_every_version_and_asked_again_later() {
    let fdsp = Fdsp::new();
    let store = by_ruff(&fdsp).await;
    for mode in ["always-fails", "always-hangs", "always-gigabytes"] {
        let start = Instant::now();
        faulty(&fdsp, "mine", mode, true);
        let output = rescan(&fdsp, &["--scanner", "mine"]);
        assert_eq!(output.code, Some(1), "{}", output.stderr);
        assert!(output.stdout.contains("9 scanned") && output.stdout.contains(", 9 failed\n"), "{}", output.stdout);
        assert!(!output.stdout.contains('\u{1b}'));
        assert!(start.elapsed() < Duration::from_secs(60), "halving a batch is no use here");
    }
    let verdicts = store.rows(RUN).await.expect("the run is there").into_iter();
    assert!(verdicts.map(|row| row.strict.expect("a strict run").opinions[0].verdict).all(|verdict| verdict.is_none()));
    faulty(&fdsp, "mine", "works", true);
    let said = report(&rescan(&fdsp, &["--scanner", "mine", "--json"]));
    assert_eq!((&said["known"], &said["scanned"], &said["failed"]), (&json!(0), &json!(9), &json!(0)));
    assert_eq!(said["scanner"]["version"], "3");
    assert_eq!(opinions(&store, "mine").await.len(), 9);
}

#[tokio::test]
async fn known_opinions_are_left_alone_and_the_runs_own_scanner_is_refused() {
    let fdsp = Fdsp::new();
    let options = Options { bandit: Some(bandit::python()), ..Options::default() };
    let store = stored(&fdsp, &Scanner::open_with("bandit", options).await.expect("Bandit is set up")).await;
    let count = async || {
        let record = store.record(RUN, "item-0").await.expect("the item is there");
        record.entries.iter().filter(|entry| matches!(entry.event, Event::Rescanned(_))).count()
    };
    let first = report(&rescan(&fdsp, &["--scanner", "ruff", "--json"]));
    assert_eq!((&first["scanned"], &first["known"], &first["distinct"]), (&json!(9), &json!(0), &json!(9)));
    let second = report(&rescan(&fdsp, &["--scanner", "ruff", "--json"]));
    assert_eq!((&second["scanned"], &second["known"]), (&json!(0), &json!(9)));
    assert_eq!(count().await, 2);
    report(&rescan(&fdsp, &["--scanner", "ruff", "--json", "--again"]));
    assert_eq!(count().await, 4);

    let refused = fdsp
        .command(&["rescan", RUN, "--scanner", "bandit"])
        .env("FDSP_BANDIT", bandit::path())
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said.contains("no second opinion") && said.contains("[scanners.NAME]"), "{said}");
    let unknown = rescan(&fdsp, &["--scanner", "pylint"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("[scanners.pylint]"), "{}", unknown.stderr);
    let absent = rescan(&fdsp, &["--scanner", "codeql"]);
    assert!(absent.code == Some(2) && absent.stderr.contains("scanner `codeql`"), "{}", absent.stderr);
    configure(&fdsp, "[scanners.mine]\ncommand = ['t', '{dir}']\ntimeout = -1\n");
    let wrong = rescan(&fdsp, &["--scanner", "mine"]);
    assert!(wrong.stderr.contains("[scanners.mine] timeout: -1"), "{}", wrong.stderr);
    assert_eq!(rescan(&fdsp, &[]).code, Some(2));
}

#[tokio::test]
async fn the_recorded_run_takes_opinions_without_a_model() {
    let fdsp = Fdsp::new();
    let store = Store::open(&fdsp.db()).await.expect("a store");
    let run = &store.import_recorded(RECORDED[0]).await.expect("it comes with the program");
    let said = report(&fdsp.output(&["rescan", run, "--scanner", "ruff", "--json"]));
    let number = |field: &str| said[field].as_u64().expect("a number");
    assert!(number("versions") > 100 && number("scanned") == number("versions") && number("failed") == 0, "{said}");
    assert!(number("distinct") < number("scanned"), "models repeat themselves: {said}");
    let rows = store.rows(run).await.expect("the run is there");
    let opinions = rows.iter().filter_map(|row| row.strict.as_ref()).filter(|facts| facts.step.is_some());
    assert!(opinions.clone().count() > 40);
    assert!(opinions.clone().all(|facts| facts.opinions.len() == 1 && facts.opinions[0].scanner == "ruff"));
    let before = store.rows(run).await.expect("rows");
    store.rebuild(run).await.expect("it can be made anew");
    assert_eq!(store.rows(run).await.expect("rows"), before);
}

#[tokio::test]
async fn sources_go_out_and_their_sarif_comes_back() {
    let fdsp = Fdsp::new();
    let store = by_ruff(&fdsp).await;
    let folder = fdsp.home().join("out");
    let out = folder.to_str().expect("UTF-8");
    assert_eq!(rescan(&fdsp, &["--write-sources", out]).code, Some(0));
    let index: Value = json(&fs::read_to_string(folder.join("fdsp-sources.json")).expect("an index"));
    let files = index["files"].as_array().expect("a list");
    assert_eq!((files.len(), &index["run"]), (9, &json!(RUN)));
    assert_eq!(fs::read_to_string(folder.join("0001-item-0/fdsp-0/s1_k1.py")).expect("a source"), refined());
    // Bandit scans them by hand.
    let python = venv::python("bandit-sarif", &["bandit[sarif]==1.9.4"]);
    let sarif = fdsp.home().join("by hand.sarif");
    let status = std::process::Command::new(python.with_file_name("bandit"))
        .args(["-q", "-f", "sarif", "-r", ".", "-o"])
        .arg(&sarif)
        .current_dir(&folder)
        .status();
    assert_eq!(status.expect("bandit runs").code(), Some(1));
    let said = report(&rescan(&fdsp, &["--json", "--scanner", &format!("sarif:{}", sarif.display())]));
    assert_eq!(said["scanner"], json!({ "name": "bandit", "version": "1.9.4" }));
    let found = opinions(&store, "bandit").await;
    assert_eq!(found.len(), 9);
    let options = Options { bandit: Some(bandit::python()), ..Options::default() };
    let warm = Scanner::open_with("bandit", options).await.expect("Bandit is set up");
    for (item, version, opinion) in &found {
        let own = warm.scan(version.code.as_ref().expect("it holds code")).await;
        assert_alike(&opinion.findings, own.reported(), item);
        assert_eq!(opinion.error.is_some(), own.error.is_some(), "{item}");
    }
    // What is not about this run is refused, and nothing is appended.
    let strange = fdsp.home().join("strange.sarif");
    let refuse = |text: &str, words: &str| {
        fs::write(&strange, text).expect("the folder is ours");
        let output = rescan(&fdsp, &["--scanner", &format!("sarif:{}", strange.display())]);
        assert!(output.code == Some(2) && output.stderr.contains(words), "{}", output.stderr);
    };
    let run = |name: &str, uri: &str| {
        json!({ "tool": { "driver": { "name": name } }, "results":
        [{ "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri } } }] }] })
    };
    let log = |runs: &[Value]| json!({ "version": "2.1.0", "runs": runs }).to_string();
    refuse(
        &log(&[run("a", "src/Main.java")]),
        "none of its 1 results is about a file of this run (the first: src/Main.java)",
    );
    refuse(&log(&[run("a", "x.py"), run("b", "x.py")]), "several tools (a, b)");
    refuse(&log(&[]), "no run of any tool");
    refuse("{\"version\": \"2.1.0\",\n\"runs\": 7}", "strange.sarif: runs: invalid type");
    let failed = json!({ "tool": { "driver": { "name": "a" } }, "invocations": [{ "executionSuccessful": false, "exitCode": 9 }] });
    refuse(&log(&[failed]), "the producer failed: the producer calls its execution unsuccessful: exit code 9");
    assert_eq!(opinions(&store, "a").await.len(), 0);
    // A folder of somebody else's is left alone.
    let other = fdsp.home().to_str().expect("UTF-8").to_owned();
    assert!(rescan(&fdsp, &["--write-sources", &other]).stderr.contains("not empty"));
}

/// Stands in for CodeQL, which cannot be had from PyPI: the preset's two calls in their order, results as CodeQL has them.
const CODEQL: &str = r#"#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if words[:2] == ["version", "--format=terse"]:
    print("2.20.0")
elif words[:2] == ["database", "create"]:
    options = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
    assert options["--language"] == "python", words
    os.mkdir(words[-1])
    open(os.path.join(words[-1], "src"), "w").write(options["--source-root"])
elif words[:2] == ["database", "analyze"]:
    options = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
    database, suite = words[-2:]
    assert suite == "codeql/python-queries:codeql-suites/python-security-extended.qls", words
    root = open(os.path.join(database, "src")).read()
    results, artifacts = [], []
    for name in sorted(os.listdir(root)):
        for number, line in enumerate(open(os.path.join(root, name), encoding="utf-8"), 1):
            if "eval" in line:
                artifacts.append({"location": {"uri": name, "uriBaseId": "%SRCROOT%", "index": len(artifacts)}})
                place = {"artifactLocation": {"index": len(artifacts) - 1}, "region": {"startLine": number, "startColumn": 5}}
                results.append({"ruleId": "py/code-injection", "rule": {"index": 0, "toolComponent": {"index": 0}},
                                "message": {"text": "depends on [a value](1)"}, "locations": [{"physicalLocation": place}]})
    rule = {"id": "py/code-injection", "name": "py/code-injection", "properties": {
        "name": "Code injection", "precision": "high", "security-severity": "9.3", "tags": ["security", "external/cwe/cwe-094", "external/cwe/cwe-095"]}}
    tool = {"driver": {"name": "CodeQL", "semanticVersion": "2.20.0", "rules": []}, "extensions": [{"name": "codeql/python-queries", "rules": [rule]}]}
    json.dump({"version": "2.1.0", "runs": [{"tool": tool, "artifacts": artifacts, "results": results}]}, open(options["--output"], "w"))
else:
    sys.exit("unknown: " + " ".join(words))
"#;

#[cfg(unix)]
#[tokio::test]
async fn the_codeql_preset_makes_a_database_and_analyses_it() {
    let fdsp = Fdsp::new();
    let store = by_ruff(&fdsp).await;
    let bin = fdsp.home().join("bin");
    fs::create_dir(&bin).expect("the folder is ours");
    script(&fdsp, "bin/codeql", CODEQL);
    let path = std::env::join_paths(
        [bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = fdsp.command(&["rescan", RUN, "--scanner", "codeql", "--json"]);
    let output = command.env("PATH", path.expect("no colon in a path")).output().expect("the binary starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    let said = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(said["scanner"], json!({ "name": "codeql", "version": "2.20.0" }));
    let found = opinions(&store, "codeql").await;
    let (_, _, eval) = found.iter().find(|(item, ..)| item == "item-2").expect("it was scanned");
    let [finding] = &eval.findings[..] else { panic!("{eval:?}") };
    assert_eq!(
        (finding.rule.as_str(), finding.name.as_str(), finding.cwe),
        ("py/code-injection", "Code injection", Some(94))
    );
    assert_eq!((finding.line, finding.column, finding.message.as_str()), (2, 5, "depends on a value"));
    assert_eq!(finding.severity.map(|level| level.to_string()).as_deref(), Some("high"));
}

#[cfg(unix)]
#[test]
fn a_command_scans_files_too() {
    let fdsp = Fdsp::new();
    faulty(&fdsp, "mine", "fails", false);
    for (name, text) in [("a.py", "eval(x)\n"), ("b.py", "x = '日'\n"), ("c.py", "x = 1\n")] {
        fs::write(fdsp.home().join(name), text).expect("the folder is ours");
    }
    let output = fdsp.output(&["scan", "--scanner", "mine", "--format", "json", "a.py", "b.py", "c.py"]);
    let said = json(&output.stdout);
    assert_eq!(output.code, Some(2), "{said}");
    assert_eq!(said["files"][0]["findings"][0]["rule"], "no-eval");
    assert_eq!((&said["files"][1]["error"]["failed"], &said["files"][2]["error"]), (&json!(true), &Value::Null));
}
