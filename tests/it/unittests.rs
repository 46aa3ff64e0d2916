//! Tests that are `unittest` modules: every case runs in the sandbox, in one namespace with the code.

use std::path::Path;

use fdsp::core::execution::{AssertionClass, Execution, Level, TestResult};
use fdsp::core::item::{Suite, SuiteKind};
use fdsp::core::settings::Testing;
use fdsp::dataset::unittest::units;
use fdsp::dataset::{self, Format, Options};
use fdsp::sandbox::Tester;

use crate::support::dataset::published;
use crate::support::fdsp::{Fdsp, json};

fn testing() -> Testing {
    let level = Level::Full;
    Testing { level, unsandboxed: false, repair_environment: false, seconds: 5, python: String::new() }
}

async fn tester(testing: &Testing) -> Tester {
    let program = Path::new(env!("CARGO_BIN_EXE_fdsp"));
    Tester::start(program, testing, "no such data set").await.expect("the sandbox is whole here")
}

fn suite(test: &str) -> Suite {
    Suite { kind: SuiteKind::Unittest, test: test.into(), ..Suite::default() }
}

/// A module with these methods in one case.
fn module(before: &str, methods: &str) -> String {
    let methods = methods.replace('\n', "\n    ");
    format!("import unittest\nfrom unittest.mock import patch\n{before}\nclass T(unittest.TestCase):\n    {methods}\n")
}

fn told(execution: &Execution) -> Vec<(&str, u32, bool, Option<&str>)> {
    let cases = execution.assertions.iter();
    cases.map(|case| (case.source.as_str(), case.held, case.failed, case.message.as_deref())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_runs_and_is_told_apart() {
    let test = module(
        "",
        "def setUp(self): self.x = f(1)\ndef test_a(self): self.assertEqual(self.x, 1)\n\
         def test_b(self):\n    self.assertEqual(f(2), 3)\ndef test_c(self): f(None)\n\
         def test_d(self): raise SystemExit\n@unittest.skip('not now')\ndef test_e(self): f(1)\n\
         def test_f(self):\n    for n in (1, 2, 3):\n        with self.subTest(n=n): self.assertLess(f(n), 2)\n\
         @unittest.expectedFailure\ndef test_g(self): self.fail()\ndef helper(self): raise ValueError",
    ) + "\nclass U(unittest.IsolatedAsyncioTestCase):\n    async def test_h(self): self.assertTrue(f(1))\nunittest.main()\n";
    let tester = tester(&testing()).await;
    let execution = tester.run(&suite(&test), "def f(x): return x + 0").await;
    let wanted = [
        ("T.test_a", 1, false, None),
        ("T.test_b", 0, true, Some("2 != 3")),
        ("T.test_c", 0, true, Some("TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'")),
        ("T.test_d", 0, true, Some("SystemExit: ")),
        ("T.test_f", 0, true, Some("(n=2): 2 not less than 2")),
        ("T.test_g", 1, false, None),
        ("U.test_h", 1, false, None),
    ];
    assert_eq!(told(&execution), wanted, "{}", execution.cause());
    assert_eq!(execution.result, TestResult::Fail);
    assert_eq!(execution.cause(), "fail, line 8 of the test: T.test_b");
    assert!(
        execution.assertions.iter().all(|case| case.class == AssertionClass::Functional) && !execution.is_insecure()
    );
    // A case that passed stands at its own line, one that did not where it ended.
    assert_eq!((execution.assertions[0].line, execution.assertions[1].line), (6, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_passes_only_if_every_case_does_and_one_ran() {
    let tester = tester(&testing()).await;
    let one = |body: &str| module("", &format!("def test_it(self): {body}"));
    let table = [
        (one("self.assertEqual(f(1), 1)"), TestResult::Pass, ""),
        (one("self.assertEqual(f(1), 2)"), TestResult::Fail, "fail, line 5 of the test: T.test_it"),
        (one("g(1)"), TestResult::Error, "error in T.test_it, line 5 of the test: NameError: name 'g' is not defined"),
        (one("f(*[])"), TestResult::Error, "error in T.test_it, line 5 of the test: TypeError: "),
        (
            module("", "@unittest.skip('x')\ndef test_it(self): pass"),
            TestResult::Error,
            "error: Missing: no case of the test ran to its end: 1 skipped",
        ),
        (
            module("", "def test_it(self):\n    for n in (1, 2):\n        with self.subTest(n=n): self.skipTest('x')"),
            TestResult::Error,
            "error: Missing: no case of the test ran to its end: 2 skipped",
        ),
        (module("", "def check(self): pass"), TestResult::Error, "error: Missing: the test holds no test case"),
        ("import unittest, sys\nx = 1".to_owned(), TestResult::Error, "error: Missing: the test holds no test case"),
        ("def f(:\n".to_owned(), TestResult::Error, "error, line 1 of the test: SyntaxError: "),
        (one("f(1)") + "import sys\nsys.exit(unittest.main())\n", TestResult::Pass, ""),
        (one("f(1)") + "unittest.main()\n", TestResult::Pass, ""),
        (one("f(1)") + "if __name__ == '__main__':\n    raise ValueError\n", TestResult::Pass, ""),
        (
            format!("import no_such_module.of_theirs\n{}", one("f(1)")),
            TestResult::Error,
            "error, line 1 of the test: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            module("", "@classmethod\ndef setUpClass(cls): raise OSError('no')\ndef test_it(self): pass"),
            TestResult::Error,
            "error in setUpClass (program.T), line 6 of the test: OSError: no",
        ),
        (one("__import__('os')._exit(0)"), TestResult::Error, "error: exit: the program ended with exit code 0"),
        (one("__import__('time').sleep(60)"), TestResult::Timeout, "timeout: "),
    ];
    for (test, result, cause) in table {
        let execution = tester.run(&suite(&test), "def f(x): return x").await;
        assert_eq!(execution.result, result, "{test}: {}", execution.cause());
        assert!(result == TestResult::Pass || execution.cause().starts_with(cause), "{test}: {}", execution.cause());
    }
    // An assertion of the code's own is its error; the test did not fail.
    let execution = tester.run(&suite(&one("f(1)")), "def f(x):\n    assert x < 0").await;
    assert!(
        execution.cause().starts_with("error in T.test_it, line 2 of the code: AssertionError"),
        "{}",
        execution.cause()
    );
    // The cause names the module, for whoever counts them.
    let execution = tester.run(&suite(&one("f(1)")), "def f(x):\n    import no_such_module.below").await;
    assert_eq!((execution.result, execution.lacking()), (TestResult::Error, Some("no_such_module")));
    // Code that brings cases of its own passes by none of them.
    let code = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): pass\ndef f(x): return x";
    let execution = tester.run(&suite("import unittest\n"), code).await;
    assert_eq!(execution.result, TestResult::Error, "{:?}", execution.assertions);
    let execution = tester.run(&suite(&one("self.assertEqual(f(1), 2)")), code).await;
    assert_eq!(execution.result, TestResult::Fail);
}

const CODE: &str = "import json, os
LIMIT = 5
def helper(x): return x
def f(x): return min(helper(x), LIMIT)
def load(path):
    with open(path) as file: return json.load(file)
";

#[tokio::test(flavor = "multi_thread")]
async fn names_that_stand_for_the_code_are_the_code() {
    let tester = tester(&testing()).await;
    let passes = [
        // Known names, with and without the name that is taken from them.
        ("from your_module import f", "self.assertEqual(f(9), 5)"),
        ("import my_module", "self.assertEqual(my_module.f(9), 5)"),
        ("import your_flask_app.views as v", "self.assertEqual(v.f(9), 5)"),
        // Names of nobody's, by what is taken from them.
        ("from limiter import f, load", "self.assertEqual(f(9), 5)"),
        ("import limiter as l", "self.assertEqual(l.f(9), 5)"),
        // None at all.
        ("", "self.assertEqual(f(9), 5)"),
    ];
    for (import, body) in passes {
        let execution = tester.run(&suite(&module(import, &format!("def test_it(self): {body}"))), CODE).await;
        assert_eq!(execution.result, TestResult::Pass, "{import}: {}", execution.cause());
    }
    // What is patched there is patched for the code's own functions, and only as long as the test says.
    let patches = [
        "@patch('your_module.helper', return_value=2)\ndef test_it(self, m): self.assertEqual(f(9), 2)",
        "def test_it(self):\n    with patch('limiter.LIMIT', 7): self.assertEqual(f(9), 7)\n    self.assertEqual(f(9), 5)",
        "@patch('__main__.helper', return_value=2)\ndef test_it(self, m): self.assertEqual(f(9), 2)",
        "@patch('your_module.json.load', return_value=3)\n@patch('builtins.open')\n\
         def test_it(self, o, m):\n    self.assertEqual(load('x'), 3)\n    o.assert_called_once_with('x')",
    ];
    for methods in patches {
        let execution = tester.run(&suite(&module("", methods)), CODE).await;
        assert_eq!(execution.result, TestResult::Pass, "{methods}: {}", execution.cause());
    }
    // A module that is there stays what it is, and one that has nothing of the code's is missing.
    for (import, cause) in [
        ("from json import f", "ImportError: cannot import name 'f' from 'json'"),
        ("from limiter import g", "ModuleNotFoundError: No module named 'limiter'"),
        ("from your_module import g", "ImportError: cannot import name 'g'"),
    ] {
        let execution = tester.run(&suite(&module(import, "def test_it(self): f(1)")), CODE).await;
        assert!(execution.cause().contains(cause), "{import}: {}", execution.cause());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_never_imports_is_supplied_only_when_asked() {
    let suite = suite(
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): self.assertIsNot(f(Mock()), ANY)\n",
    );
    let code = "def f(x): return os.sep";
    let execution = tester(&testing()).await.run(&suite, code).await;
    assert!(execution.cause().contains("NameError: name 'Mock' is not defined"), "{}", execution.cause());
    let execution = tester(&Testing { repair_environment: true, ..testing() }).await.run(&suite, code).await;
    assert_eq!((execution.result, execution.repaired), (TestResult::Pass, true), "{}", execution.cause());
}

#[test]
fn rows_of_ones_own_may_bring_unittest_modules() {
    let fdsp = Fdsp::new();
    let test = "from my_module import f\nimport unittest\nclass T(unittest.TestCase):\n    def test_it(self): self.assertEqual(f(1), 1)\n";
    let row = serde_json::json!({"id": "a", "prompt": "p", "test_kind": "unittest", "test": test, "code": "def f(x): return 2", "secure_code": "def f(x): return 1"});
    let file = fdsp.home().join("mine.jsonl");
    std::fs::write(&file, row.to_string()).expect("a data set");
    let output = fdsp.output(&["dataset", "verify", &file.display().to_string(), "--scanner", "none"]);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    assert_eq!(output.stdout.trim(), "1 items: secure code passes 1, insecure code fails 1, both 1; 0 break the rule");
    let output = fdsp.output(&["dataset", "check", &file.display().to_string()]);
    assert!(
        output.stdout.contains("1 of 1 items with a unit test; 1 can be executed; 0 cannot\n"),
        "{}",
        output.stdout
    );
}

#[test]
fn the_published_unit_tests_are_loaded_and_counted() {
    let Some(path) = published("python-security-eval") else { return };
    let set = dataset::load(&path, Format::Auto, &Options::default()).expect("it loads");
    let units = units(&set.items).expect("it has unit tests");
    assert_eq!((units.items, units.with_test, units.executable), (470, 458, 453));
    let reasons: Vec<(&str, usize)> = units.not_executable.into_iter().collect();
    let wanted = [("it uses nothing of the code under test", 4), ("no test case in it", 1), ("no test file", 12)];
    assert_eq!(reasons, wanted);
    assert_eq!(set.items.iter().filter(|item| item.suite.is_some()).count(), 453);
    let imports = dataset::stats::imports(&set.items);
    assert!(
        imports.contains(&"flask".to_owned()) && !imports.iter().any(|module| module.starts_with("your")),
        "{imports:?}"
    );
    let fdsp = Fdsp::new();
    let path = path.display().to_string();
    let said = fdsp.output(&["dataset", "stats", &path]).stdout;
    let wanted = "458 of 470 items with a unit test; 453 can be executed; 17 cannot: no test file 12, it uses nothing of the \
                  code under test 4, no test case in it 1";
    assert!(said.contains(wanted), "{said}");
    let checked = json(&fdsp.output(&["dataset", "check", &path, "--json"]).stdout);
    assert_eq!(checked["unit_tests"]["executable"], 453);
    let output = fdsp.output(&["dataset", "verify", &path]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("its items bring tests but no code to run them on"), "{}", output.stderr);
}
