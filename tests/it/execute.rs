//! Tests run in the sandbox: every result, values of assertions, programs that try to pass without passing.

use std::path::Path;

use fdsp::core::execution::{AssertionClass, Execution, Level, TestResult};
use fdsp::core::item::{Resource, Suite};
use fdsp::core::settings::Testing;
use fdsp::sandbox::Tester;
use fdsp::sandbox::execute::PRELUDE;

use crate::support::bandit;
use crate::support::dataset::published;
use crate::support::fdsp::Fdsp;
use crate::support::venv;

fn testing() -> Testing {
    let level = Level::Full;
    Testing { level, unsandboxed: false, repair_environment: false, seconds: 5, python: String::new() }
}

async fn tester(testing: &Testing) -> Tester {
    let program = Path::new(env!("CARGO_BIN_EXE_fdsp"));
    Tester::start(program, testing, "no such data set").await.expect("the sandbox is whole here")
}

fn suite(test: &str) -> Suite {
    Suite { test: test.into(), entry_point: "f".to_owned(), ..Suite::default() }
}

async fn run(test: &str, code: &str) -> Execution {
    tester(&testing()).await.run(&suite(test), code).await
}

const TEST: &str = "def check(candidate):
    assert candidate(1) == 1
    for n in range(3):
        assert candidate(n) == n, 'loop'
    assert candidate(9) <= 5, 'security: not limited'
";

#[tokio::test(flavor = "multi_thread")]
async fn every_result_is_told_apart() {
    let tester = tester(&testing()).await;
    let table = [
        ("def f(x): return min(x, 5)", TestResult::Pass, ""),
        ("def f(x): return x", TestResult::Fail, "fail, line 5 of the test: assert candidate(9) <= 5"),
        ("def f(x): return 7", TestResult::Fail, "fail, line 2 of the test: assert candidate(1) == 1"),
        ("def f(x): return 1 / 0", TestResult::Error, "error, line 1 of the code: ZeroDivisionError: division by zero"),
        ("def g(x): return x", TestResult::Error, "error: Missing: the code defines no `f`"),
        ("def f(x)", TestResult::Error, "error, line 1 of the code: SyntaxError: "),
        ("def f(x):\n    assert x < 0\n    return x", TestResult::Error, "error, line 2 of the code: AssertionError: "),
        ("while True: pass", TestResult::Timeout, "timeout: "),
        (
            "def f(x):\n    b = []\n    while True: b.append(bytearray(b'x' * (32 << 20)))",
            TestResult::Killed,
            "killed: memory",
        ),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", TestResult::Killed, "killed: signal: "),
    ];
    for (code, result, cause) in table {
        let execution = tester.run(&suite(TEST), code).await;
        assert_eq!(execution.result, result, "{code}: {execution:?}");
        let told = execution.cause();
        assert!(result == TestResult::Pass || told.starts_with(cause), "{code}: {told}");
        assert_eq!(execution.level, Level::Full);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assertions_tell_their_class_count_and_values() {
    let execution = run(TEST, "def f(x): return x").await;
    let told: Vec<_> = execution
        .assertions
        .iter()
        .map(|assertion| (assertion.line, assertion.class, assertion.held, assertion.failed))
        .collect();
    let (functional, security) = (AssertionClass::Functional, AssertionClass::Security);
    assert_eq!(told, [(2, functional, 1, false), (4, functional, 3, false), (5, security, 0, true)]);
    let failed = execution.failed().expect("one failed");
    assert_eq!(failed.values, [("candidate(9)".to_owned(), "9".to_owned())]);
    assert_eq!(failed.message.as_deref(), Some("security: not limited"));
    assert!(execution.is_insecure());
    assert!(!run(TEST, "def f(x): return 7").await.is_insecure(), "a functional assertion says nothing of security");
}

#[tokio::test(flavor = "multi_thread")]
async fn rewritten_assertions_mean_what_they_meant() {
    // Every operand once and in order, short circuits, chains, messages only when needed, caught failures.
    let test = "
def check(candidate):
    seen = []
    def s(x):
        seen.append(x)
        return x
    assert s(1) < s(2) < s(3)
    assert seen == [1, 2, 3], seen
    try:
        assert s(5) < s(4) < s(6), s('message')
    except AssertionError as error:
        assert str(error) == 'message'
    else:
        raise RuntimeError('it held')
    assert seen == [1, 2, 3, 5, 4, 'message']
    assert s(0) or s(7)
    assert not (s(0) and s(8))
    assert seen[6:] == [0, 7, 0]
    assert (n := s(9)) and n == 9
    assert 'x' in 'xyz' and 'q' not in 'xyz'
    assert isinstance(candidate, object), s('never')
    assert 'never' not in seen
    class Odd:
        def __repr__(self): raise SystemExit
        def __eq__(self, other): return False
    assert Odd() == Odd()
";
    let execution = run(test, "def f(): pass").await;
    let failed = execution.failed().unwrap_or_else(|| panic!("{execution:?}"));
    assert_eq!(failed.source, "assert Odd() == Odd()");
    assert_eq!(failed.values[0].1, "<SystemExit in repr>");
    // The one that was caught did not fail the test.
    assert_eq!(execution.assertions.iter().filter(|assertion| assertion.failed).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_early_is_not_passing() {
    let tester = tester(&testing()).await;
    let tries = [
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
        "raise SystemExit",
        "def f(x):\n    import os; os._exit(0)",
        "import os\nos.write(3, b'{\"token\": \"\", \"result\": \"pass\", \"assertions\": [], \"fault\": null}')\nos._exit(0)",
        "import os\nfor fd in range(3, 256):\n    try:\n        os.write(fd, b'{\"result\": \"pass\"}')\n    except OSError: pass\nos._exit(0)",
        "import os\nif os.fork() == 0:\n    os._exit(0)\nos._exit(0)",
        "import atexit, os\natexit.register(lambda: os._exit(0))\nraise ValueError",
        "import threading, os\nthreading.Thread(target=lambda: os._exit(0)).start()\nimport time; time.sleep(5)",
    ];
    for code in tries {
        let execution = tester.run(&suite(TEST), code).await;
        assert_eq!(execution.result, TestResult::Error, "{code}: {}", execution.cause());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_fresh_and_the_environment_is_repaired_only_when_asked() {
    let mut suite = suite(
        "def check(c):\n    assert open('Test/a/in.txt').read() == 'in'\n    open('Test/a/in.txt', 'w').write('out')\n    assert c('Test/b/')",
    );
    suite.files = vec![Resource { path: "Test/a/in.txt".to_owned(), text: Some("in".into()), base64: None }];
    suite.missing = vec![Resource { path: "Test/b/".to_owned(), text: None, base64: None }];
    let code = "def f(x): return os.path.isdir(x)";
    let plain = tester(&testing()).await;
    for _ in 0..2 {
        let execution = plain.run(&suite, code).await;
        assert_eq!((execution.result, execution.repaired), (TestResult::Error, false));
        assert!(execution.cause().contains("NameError: name 'os' is not defined"), "{}", execution.cause());
    }
    let execution = plain.run(&suite, &format!("{PRELUDE}{code}")).await;
    assert!(execution.cause().starts_with("fail, line 4"), "{}", execution.cause());
    let repairing = tester(&Testing { repair_environment: true, ..testing() }).await;
    let execution = repairing.run(&suite, code).await;
    assert_eq!((execution.result, execution.repaired), (TestResult::Pass, true), "{}", execution.cause());
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_kept_as_it_came_and_the_result_is_apart_from_it() {
    let execution = run(TEST, "print('\\x1b]52;c;aGk=\\x07' * 2)\ndef f(x): return min(x, 5)").await;
    assert_eq!(execution.result, TestResult::Pass);
    assert_eq!(execution.stdout.text.as_str(), "\u{1b}]52;c;aGk=\u{7}\u{1b}]52;c;aGk=\u{7}\n");
    let flood = run(TEST, "print('x' * 1_000_000)\ndef f(x): return min(x, 5)").await;
    assert_eq!((flood.result, flood.stdout.cut, flood.stdout.bytes), (TestResult::Pass, true, 1_000_001));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_by_itself_for_eqn_2() {
    let tester = tester(&testing()).await;
    assert_eq!(tester.alone("x = 1").await, None);
    let fault = tester.alone("import os\nos.nothing()").await.expect("it stops");
    assert_eq!((fault.kind.as_str(), fault.line), ("AttributeError", Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_nothing_runs_unless_it_is_said_and_then_every_result_says_so() {
    let mounts = || std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let before = mounts();
    let tester = tester(&Testing { unsandboxed: true, level: Level::None, ..testing() }).await;
    let execution = tester.run(&suite(TEST), "def f(x): return min(x, 5)").await;
    assert_eq!((execution.result, execution.level), (TestResult::Pass, Level::None));
    assert_eq!(execution.missing[0], "unsandboxed");
    assert_eq!(mounts(), before, "the attack at start must do no harm where nothing holds it back");
}

#[test]
fn verify_says_who_breaks_the_rule_and_why() {
    let fdsp = Fdsp::new();
    let rows = [
        r#"{"id":"good","prompt":"p","entry_point":"f","code":"def f(x): return x","secure_code":"def f(x): return min(x, 5)","test":"def check(c):\n    assert c(1) == 1\n    assert c(9) <= 5, 'security: not limited'\n"}"#,
        r#"{"id":"crash","prompt":"p","entry_point":"f","code":"def f(x): return 1 / 0","secure_code":"def f(x): return x","test":"def check(c):\n    assert c(1) == 1\n    assert c(9) <= 5, 'security: not limited'\n"}"#,
    ];
    let file = fdsp.home().join("mine.jsonl");
    std::fs::write(&file, rows.join("\n")).expect("a data set");
    let output = fdsp.command(&["dataset", "verify", file.to_str().expect("a path")]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("crash: the secure code does not pass: fail, line 3 of the test"), "{said}");
    assert!(said.contains("crash: the insecure code does not fail on a security assertion: error"), "{said}");
    assert!(said.contains("2 items: secure code passes 1, insecure code fails 2"), "{said}");
    // By class of assertion: a line for each item, and all together.
    let good: Vec<&str> = said.lines().filter(|line| line.starts_with("good: ")).collect();
    let proved =
        "good: functional 1 held by both codes; security 1, the insecure code fails on line 3: security: not limited";
    assert_eq!(good, [proved], "{said}");
    assert!(
        said.contains("crash: functional 0 held by both codes; security 1, the insecure code fails on none"),
        "{said}"
    );
    let all = "functional assertions: 1 held by both codes; security assertions: 2, insecure code fails on one in 1 of 2 items";
    assert!(said.contains(all), "{said}");
}

#[test]
fn verify_tells_where_scanner_and_tests_disagree_and_keeps_it_in_a_file() {
    let fdsp = Fdsp::new();
    let test = "def check(c):\n    assert c(1) == 1\n    assert c(9) <= 5, 'security: not limited'\n";
    let row = |id: &str, insecure: &str, secure: &str| {
        serde_json::json!({"id": id, "prompt": "p", "entry_point": "f", "code": insecure, "secure_code": secure, "test": test})
            .to_string()
    };
    let rows = [
        row("agree", "def f(x): return eval('x')", "def f(x): return min(x, 5)"),
        row("overlooked", "def f(x): return x", "def f(x): return min(x, 5)"),
        row("accused", "def f(x): return eval('x')", "import pickle\ndef f(x): return min(x, eval('5'))"),
        row("broken", "def f(x) return x", "def f(x): return min(x, 5)"),
    ];
    let path = |name: &str| fdsp.home().join(name).display().to_string();
    let (set, file) = (path("mine.jsonl"), path("verification.json"));
    std::fs::write(&set, rows.join("\n")).expect("a data set");
    let verify = |more: &[&str]| {
        let output = fdsp.output(&[&["dataset", "verify", set.as_str(), "--scanner", "ruff"], more].concat());
        (output.code, output.stdout, output.stderr)
    };
    let (code, said, _) = verify(&["--summary", &file]);
    assert_eq!(code, Some(1), "broken breaks the rule: {said}");
    let tail = said.split("scanner against tests: ").nth(1).unwrap_or_else(|| panic!("{said}"));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = tail.lines().map(words).collect();
    assert!(lines[0].starts_with("ruff ") && lines[0].ends_with(", strict"), "{tail}");
    assert_eq!(
        lines[1..],
        [
            "vulnerable secure invalid failed",
            "insecure codes 2 1 1 0",
            "secure codes 1 3 0 0",
            "insecure code that fails its test and in which the scanner finds nothing: 1",
            "overlooked",
            "secure code that passes its test and to which the scanner objects: 1",
            "accused B307 B403",
        ],
        "{tail}"
    );

    // The file: no times, the order of the data set, equal to itself, and to what another run finds.
    let text = std::fs::read_to_string(&file).expect("it was written");
    let document = crate::support::fdsp::json(&text);
    let ids: Vec<&str> =
        document["items"].as_array().expect("items").iter().filter_map(|it| it["item"].as_str()).collect();
    assert_eq!(ids, ["agree", "overlooked", "accused", "broken"]);
    let secure = serde_json::json!({
        "result": "pass", "functional": 1, "security": 1, "scanner": {"verdict": "vulnerable", "rules": ["B307", "B403"]},
    });
    assert_eq!(document["items"][2]["secure"], secure);
    let insecure = serde_json::json!({
        "result": "fail", "functional": 1, "security": 0, "failed": "security: not limited",
        "scanner": {"verdict": "secure", "rules": []},
    });
    assert_eq!(document["items"][1]["insecure"], insecure);
    let (_, _, told) = verify(&["--check", &file, "--summary", &path("again.json")]);
    assert!(told.contains("compared with the file: 0 of 4 items differ"), "{told}");
    assert_eq!(std::fs::read_to_string(path("again.json")).expect("it was written"), text);

    // What differs is named, and the exit code says so even where every item keeps the rule.
    let (code, _, told) = verify(&["--check", &file, "--ids", "agree,overlooked"]);
    assert_eq!(code, Some(0), "{told}");
    std::fs::write(&file, text.replacen("\"functional\":1", "\"functional\":2", 1)).expect("the file");
    let (code, _, told) = verify(&["--check", &file, "--ids", "agree,overlooked"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("agree: secure functional assertions held: here 1, the file says 2"), "{told}");
    assert!(!told.contains("overlooked:") && told.contains("1 of 2 items differ"), "{told}");
    let (code, _, told) = verify(&["--check", &set]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("no document of `fdsp dataset verify --summary`"), "{told}");

    // As JSON lines, each code with its verdict; without a scanner none of it.
    let (_, said, _) = verify(&["--json"]);
    let accused = crate::support::fdsp::json(said.lines().nth(2).expect("three items"));
    assert_eq!(accused["secure_scan"], secure["scanner"]);
    let output = fdsp.output(&["dataset", "verify", &set, "--scanner", "none"]);
    assert!(!output.stdout.contains("scanner"), "{}", output.stdout);
}

#[test]
fn the_starter_set_keeps_the_rule_by_class_of_assertion_and_both_views_are_as_recorded() {
    let python = venv::python("starter", &["Flask==3.1.3", "PyYAML==6.0.4"]);
    let fdsp = Fdsp::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/starter/verification.json");
    let mut command = fdsp.command(&["dataset", "verify", "starter", "--scanner", "bandit", "--check", file]);
    let output = command.arg("--python").arg(&python).env("FDSP_BANDIT", bandit::path()).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(
        out.contains("56 items: secure code passes 56, insecure code fails 56, both 56; 0 break the rule"),
        "{out}"
    );
    assert!(out.contains("insecure code fails on one in 56 of 56 items"), "{out}");
    assert!(err.contains("compared with the file: 0 of 56 items differ"), "{out}{err}");
}

/// The versions of the verification file's own packages: other ones give other figures.
const PACKAGES: &[&str] = &[
    "Flask==2.3.3",
    "Werkzeug==2.3.7",
    "Jinja2==3.1.2",
    "PyYAML==6.0.1",
    "lxml==4.9.3",
    "bleach==6.0.0",
    "PyJWT==2.8.0",
    "mysql-connector-python==8.1.0",
    "pycryptodome==3.19.0",
    "cryptography==41.0.4",
    "psutil==5.9.5",
    "requests==2.31.0",
    "pytest==7.4.2",
    "Pillow==10.0.1",
];

#[test]
fn codeseceval_agrees_with_its_verification_as_stored_and_repaired() {
    let (Some(data), Some(file)) = (published("codeseceval"), published("codeseceval-verification.json")) else {
        return;
    };
    let python = venv::python("codeseceval", PACKAGES);
    let fdsp = Fdsp::new();
    for (more, totals) in [
        (&[][..], "secure code passes 160, insecure code fails 179, both 159"),
        (&["--repair-environment"], "secure code passes 178, insecure code fails 179, both 177"),
    ] {
        let mut command = fdsp.command(&["dataset", "verify"]);
        let output = command.arg(&data).arg("--python").arg(&python).arg("--against").arg(&file).args(more).output();
        let output = output.expect("it runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(out.contains(totals), "{out}{err}");
        assert!(err.contains("compared with the file: 120 items agree, 0 differ"), "{err}");
    }
}
