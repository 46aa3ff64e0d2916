use proptest::prelude::*;

use super::*;
use crate::core::event::Checked;
use crate::core::execution::{Execution, TestResult};
use crate::core::finding::{Finding, Level, Scan, ScanError, ScannerId};
use crate::python::check;

/// A version with its syntax check, and findings as `(rule, line)`.
fn version(code: &str, found: &[(&str, u32)]) -> Version {
    let finding = |(rule, line): &(&str, u32)| Finding {
        rule: (*rule).to_owned(),
        name: String::new(),
        cwe: None,
        // As Bandit has it for the rules of these tests.
        severity: Some(if *rule == "B602" { Level::High } else { Level::Low }),
        confidence: None,
        line: *line,
        end_line: *line,
        column: 1,
        message: String::new(),
        suppressed: None,
    };
    let step = Step::Refine { solution: Some(1), iteration: 1 };
    let checked = check(code, "3.11");
    let scanner = ScannerId { name: "bandit".to_owned(), version: "1".to_owned() };
    Version {
        step,
        code: Some(code.into()),
        why: String::new(),
        truncated: false,
        checked: Some(Checked {
            step,
            target: "3.11".to_owned(),
            error: checked.error,
            raised: None,
            undefined: checked.undefined,
        }),
        scan: Some(Scan { scanner, error: None, findings: found.iter().map(finding).collect() }),
        opinions: Vec::new(),
        execution: None,
    }
}

fn told(before: &Version, after: &Version) -> Vec<String> {
    let hints = hints(Some(before), after, &Context::default());
    hints.iter().map(|hint| format!("{}: {hint}", hint.kind)).collect()
}

type Found<'a> = &'a [(&'a str, u32)];

/// A pair, what was found before and after, and every hint on it.
fn tell(before: (&str, Found), after: (&str, Found), expected: &[&str]) {
    let found = told(&version(before.0, before.1), &version(after.0, after.1));
    assert_eq!(found, expected, "\n{}\n----\n{}", before.0, after.0);
}

/// Code without findings.
fn pair(before: &str, after: &str, expected: &[&str]) {
    tell((before, &[]), (after, &[]), expected);
}

const RUN: &str = "import subprocess\n\ndef run(cmd, shell=True):\n    out = subprocess.run(cmd, shell=shell)\n    \
                   log(out)\n    return out.stdout\n\ndef log(x):\n    print(x)\n";

#[test]
fn honest_fixes_have_no_hints() {
    for (before, after) in [
        // A list in place of a shell; a new last parameter that has a default.
        (
            "import subprocess\ndef ping(host):\n    return subprocess.run(f'ping {host}', shell=True).returncode\n",
            "import subprocess\ndef ping(host, count=1):\n    done = subprocess.run(['ping', '-c', str(count), host])\n    return done.returncode\n",
        ),
        // A secret from the environment.
        (
            "import psycopg2\ndef connect():\n    return psycopg2.connect(user='admin', password='s3cret!')\n",
            "import os\nimport psycopg2\ndef connect():\n    return psycopg2.connect(user='admin', password=os.environ['DB_PASSWORD'])\n",
        ),
        // A bound value, and a name checked against a list.
        (
            "def find(cur, table, who):\n    cur.execute(f\"SELECT * FROM {table} WHERE name = '{who}'\")\n    return cur.fetchall()\n",
            "TABLES = {'users'}\ndef find(cur, table, who):\n    if table not in TABLES:\n        raise ValueError(table)\n    cur.execute('SELECT * FROM users WHERE name = ?', (who,))\n    return cur.fetchall()\n",
        ),
        // Another library for the same work.
        (
            "import pickle\ndef load(path):\n    with open(path, 'rb') as file:\n        return pickle.load(file)\n",
            "import json\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n",
        ),
        (
            "import yaml\ndef load(text):\n    return yaml.load(text)\n",
            "import yaml\ndef load(text):\n    return yaml.safe_load(text)\n",
        ),
        // A library that may be missing.
        (
            "import xml.etree.ElementTree as ET\nprint(ET.parse('a'))\n",
            "try:\n    import somexml as ET\nexcept ImportError:\n    import xml.etree.ElementTree as ET\nprint(ET.parse('a'))\n",
        ),
        // A narrow error that is dropped, a comment that has `placeholder` and `todo list` in it.
        (
            "import os\ndef rm(p):\n    os.remove(p)\n    return True\n",
            "import os\ndef rm(p):\n    # the placeholders of the query\n    try:\n        os.remove(p)\n    except FileNotFoundError:\n        pass\n    return True\n",
        ),
        // A base class that declares, a body that was a stub before, an empty class of errors.
        (
            "def later(x):\n    pass\nprint(1)\n",
            "from abc import ABC, abstractmethod\nclass Base(ABC):\n    @abstractmethod\n    def go(self):\n        pass\nclass Bad(ValueError):\n    pass\ndef later(x):\n    pass\nprint(2)\n",
        ),
        // A helper nobody else called.
        ("def _mix(a):\n    return a\ndef go(a):\n    return _mix(a) + 1\n", "def go(a):\n    return a + 1\n"),
        // Constants of one system, and names that a package binds in two ways.
        ("import os\nprint(os.open('a', 0))\n", "import os\nprint(os.open('a', os.O_BINARY))\n"),
        (
            "import datetime\nprint(datetime.date(1, 1, 1))\n",
            "from datetime import datetime\nimport datetime as dt\ndatetime = dt\nprint(datetime.anything())\n",
        ),
        // Python fills this in, no driver does.
        ("def q(t):\n    return 'SELECT 1'\n", "def q(t):\n    return 'SELECT * FROM %s' % t\n"),
        (
            "token_url = 'a'\nprint(token_url)\n",
            "token_url = 'https://example.org/token'\npassword_field = 'pw'\nprint(token_url, password_field)\n",
        ),
        ("def f(x):\n    return eval(x)\n", "import ast\ndef f(x):\n    return ast.literal_eval(x)\n"),
    ] {
        pair(before, after, &[]);
    }
    // What was found is what goes: its call, its default, its constant.
    tell(
        ("def serve(host='0.0.0.0', port=80):\n    print(host, port)\n", &[("B104", 1)]),
        ("def serve(host='127.0.0.1', port=80):\n    print(host, port)\n", &[]),
        &[],
    );
    // A milder finding of the same family is a step of the repair.
    tell(
        ("import subprocess\nsubprocess.run('a', shell=True)\n", &[("B602", 2)]),
        ("import subprocess\nsubprocess.run(['a'])\n", &[("B603", 2)]),
        &[],
    );
}

#[test]
fn names_modules_attributes_and_arguments() {
    pair(
        "def f():\n    return 1 + 1\n",
        "def f():\n    return os.getenv('A') + os.getenv('B') + x\n",
        &[
            "missing-import: `os` is used and never imported, 2 times (line 2)",
            "undefined-name: `x` is not defined (line 2)",
        ],
    );
    pair(
        "import json\nprint(json.loads('1'))\n",
        "print(json.loads('2'))\n",
        &["missing-import: `json` is used and no longer imported (line 1, before line 1)"],
    );
    pair("print(y)\n", "print(y, 1)\n", &["undefined-name: `y` is not defined, as before (line 1)"]);
    pair(
        "import safe_eval_pro\nprint(1)\n",
        "import safe_eval_pro\nfrom trusted_exec.core import run\nimport trusted_exec\nimport numpy, tomllib\nfrom . import here\nprint(run)\n",
        &["unknown-import: `trusted_exec` is neither a standard module nor a well-known package, and new (line 2)"],
    );
    pair(
        "import os\nprint(os.path.safe_open('a'))\n",
        "import os\nfrom secrets import token_text\nprint(os.path.safe_open('a'), os.path.secure_join('b'), os.getcwd().strip())\n",
        &[
            "unknown-attribute: `secrets` has no `token_text` (line 2)",
            "unknown-attribute: `os.path` has no `secure_join` (line 3)",
        ],
    );
    pair(
        "import xml.etree.ElementTree as ET\nprint(ET.parse('a'))\n",
        "import defusedxml.etree.ElementTree as ET\nimport defusedxml.ElementTree\nprint(ET.parse('a'))\n",
        &["unknown-attribute: `defusedxml` has no `etree` (line 1)"],
    );
    pair(
        "import ast, hashlib\nprint(ast, hashlib)\n",
        "import ast, hashlib\nfrom tempfile import mkstemp as mk\nprint(ast.literal_eval('1', {}, {}), hashlib.sha256(b'', forsecurity=False))\nmk(mode='w')\nmk(*[1, 2, 3, 4, 5], **{})\n",
        &[
            "unknown-argument: `ast.literal_eval` takes 1 argument by place, not 3 (line 3)",
            "unknown-argument: `hashlib.sha256` takes no argument `forsecurity` (line 3)",
            "unknown-argument: `tempfile.mkstemp` takes no argument `mode` (line 4)",
        ],
    );
}

#[test]
fn bodies_that_do_nothing() {
    let with = |body: &str| {
        format!("import subprocess\n\ndef run(cmd, shell=True):\n    {body}\n\ndef log(x):\n    print(x)\n")
    };
    for (body, words) in [
        ("pass", "is now empty"),
        ("...", "is now empty"),
        ("'''Runs it.'''", "is now empty"),
        ("return", "is now empty"),
        ("raise NotImplementedError('later')", "now raises NotImplementedError"),
        ("return True", "now only returns True"),
        ("return ''", "now only returns ''"),
        ("return []", "now only returns []"),
    ] {
        let found = told(&version(RUN, &[]), &version(&with(body), &[]));
        let expected = format!("stub: `run` did work and {words} (lines 3–4, before lines 3–6)");
        assert!(found.contains(&expected), "{body}: {found:?}");
        assert!(hollow(RUN, &with(body)), "{body}");
    }
    pair(
        "def save(x):\n    print(x)\n    return x\n",
        "def is_safe(x):\n    return True\ndef later(x):\n    ...\ndef unused(x):\n    pass\ndef save(x):\n    if is_safe(x):\n        later(x)\n    print(x)\n    return x\n",
        &[
            "stub: `is_safe` is new and always returns True (lines 1–2)",
            "stub: `later` is new, is called and does nothing (lines 3–4)",
        ],
    );
    // The repair of `return eval(x)` may be a constant; of one statement without a call it is.
    pair("DEBUG = 1\ndef debug():\n    return DEBUG\n", "DEBUG = 1\ndef debug():\n    return False\n", &[]);
}

#[test]
fn what_is_left_to_the_reader() {
    let before = "def f(x):\n    return x + 1\n";
    for comment in [
        "# your code here",
        "# Add your validation logic here",
        "# TODO: implement",
        "# ... rest of the code",
        "# the existing code remains unchanged",
        "# Replace this with your actual key",
    ] {
        let found =
            told(&version(before, &[]), &version(&format!("def f(x):\n    {comment}\n    return x + 2\n"), &[]));
        assert_eq!(found, [format!("placeholder: work is left to the reader: {comment} (line 2)")]);
    }
    for text in ["your_api_key", "YOUR_SECRET_KEY", "<your-token>", "path/to/file", "/path/to/file", "changeme"] {
        let found = told(&version(before, &[]), &version(&format!("def f(x):\n    return x + '{text}'\n"), &[]));
        assert_eq!(found, [format!("placeholder: a placeholder stands for a value: \"{text}\" (line 2)")]);
    }
    pair(before, "def f(x):\n    return x + 2\nf('/path/to/file')\n", &[]);
    pair(before, "def f(x):\n    # the todo list remains the same, add it to what is here\n    return x + 2\n", &[]);
    pair(before, "def f(x):\n    # Users put their files here, your name included.\n    return x + 'your text'\n", &[]);
}

#[test]
fn secrets_that_stay_literal() {
    let before = "import db\nimport os\ndb.connect(user='admin', password='s3cret!')\n";
    let one = |after: &str, expected: &[&str]| tell((before, &[("B106", 3)]), (after, &[]), expected);
    let kept = "literal-secret: the literal that `password` held still stands in the code";
    one(
        "import db\nimport os\nword = 's3cret!'\ndb.connect(user='admin', password=word)\n",
        &[&format!("{kept} (line 3, before line 3)")],
    );
    one(
        "import db\nimport os\ndb.connect(user='admin', password=os.getenv('DB_PASSWORD', 's3cret!'))\n",
        &[&format!("{kept} (line 3, before line 3)")],
    );
    let other = "literal-secret: one literal secret for another in";
    one(
        "import db\nimport os\ndb.connect(user='admin', password='n3w-s3cret')\n",
        &[&format!("{other} `password` (line 3, before line 3)")],
    );
    one(
        "import db\nimport os\ndb.connect(user='admin', password=os.environ.get('DB_PASSWORD', 'hunter2'))\n",
        &[&format!("{other} `DB_PASSWORD` (line 3, before line 3)")],
    );
    one("import db\nimport os\ndb.connect(user='admin', password=os.environ['DB_PASSWORD'])\n", &[]);
    one("import db\nimport os\nimport getpass\ndb.connect(user='admin', password=getpass.getpass())\n", &[]);
}

#[test]
fn parameters_where_names_belong() {
    let before = "def f(cur, t):\n    cur.execute(f'SELECT * FROM {t}')\n";
    for (sql, found) in [
        ("SELECT * FROM ?", Some("FROM ?")),
        ("DELETE FROM %s WHERE a = %s", Some("FROM %s")),
        ("INSERT INTO :name VALUES (1)", Some("INTO :name")),
        ("SELECT * FROM users WHERE ? = ?", Some("WHERE ? =")),
        ("SELECT * FROM users ORDER BY ? LIMIT ?", Some("ORDER BY ?")),
        ("SELECT * FROM users WHERE a = ? AND b IN (?, ?)", None),
        ("INSERT INTO users (a, b) VALUES (?, :b)", None),
        ("UPDATE users SET a = %s WHERE b = %(b)s", None),
        ("a letter from ? to ?", None),
    ] {
        let told =
            told(&version(before, &[]), &version(&format!("def f(cur, t):\n    cur.execute('{sql}', (t,))\n"), &[]));
        let words = |found| {
            format!("bound-name: a parameter cannot stand for the name of a table or column: `{found}` (line 2)")
        };
        assert_eq!(told, found.map(words).into_iter().collect::<Vec<_>>(), "{sql}");
    }
}

#[test]
fn scanners_and_errors_that_are_silenced() {
    let before = "import os\ndef f(x):\n    os.system(x)  # nosec\n    return eval(x)\n";
    pair(
        before,
        "import os\ndef f(x):\n    os.system(x)  # nosec\n    return eval(x)  # nosec B307\n",
        &[
            "suppression: a new comment silences a scanner: # nosec B307 (line 4)",
            "unchanged: only comments, docstrings or layout changed",
        ],
    );
    let mut hidden =
        version("import os\ndef f(x):\n    os.system(x)  # nosec\n    return eval(x)  # noqa: S307\n", &[("B307", 4)]);
    for finding in hidden.scan.iter_mut().flat_map(|scan| &mut scan.findings) {
        finding.suppressed = Some("noqa".to_owned());
    }
    let found = told(&version(before, &[("B307", 4)]), &hidden);
    assert_eq!(found[0], "suppression: a new comment hides B307: # noqa: S307 (line 4)");
    pair(before, "import os\ndef f(x):\n    os.system(x)  # nosec\n    return x  # noqa: E501\n", &[]);
    let drop = |handler: &str| {
        format!(
            "import os\ndef f(x):\n    try:\n        os.system(x)  # nosec\n        return eval(x)\n    {handler}\n"
        )
    };
    for handler in
        ["except Exception:\n        pass", "except:\n        ...", "except BaseException as e:\n        pass"]
    {
        let found = told(&version(before, &[]), &version(&drop(handler), &[]));
        assert_eq!(found, ["dropped-error: every error of lines 4–5 is caught and dropped (lines 6–7)"]);
    }
    for handler in ["except ValueError:\n        pass", "except Exception as e:\n        print(e)"] {
        pair(before, &drop(handler), &[]);
    }
    pair(&drop("except:\n        pass"), &drop("except Exception:\n        pass"), &[]);
}

#[test]
fn findings_that_move_come_back_or_are_new() {
    tell(
        ("connect(password='x')\n", &[("B106", 1)]),
        ("a = 1\npassword = 'x'\nconnect(password=password)\n", &[("B105", 2)]),
        &[
            "undefined-name: `connect` is not defined, as before (line 3)",
            "finding-moved: B106 is gone and B105 stands in its place (line 2, before line 1)",
        ],
    );
    tell(
        ("exec('x')\n", &[("B102", 1)]),
        ("import pickle\neval('x')\n", &[("B403", 1), ("B307", 2)]),
        &[
            "finding-moved: B102 is gone and B307 stands in its place (line 2, before line 1)",
            "new-finding: B403 is new (line 1)",
        ],
    );
    tell(("a = 1\n", &[("B608", 1)]), ("a = 2\n", &[("B608", 1)]), &[]);
    let (before, gone, back) =
        (version("a = 1\n", &[("B608", 1)]), version("a = 2\n", &[]), version("b = a = 3\n", &[("B608", 1)]));
    let context = Context { between: vec![&gone] };
    let found = hints(Some(&before), &back, &context);
    assert_eq!(
        found.iter().map(Hint::to_string).collect::<Vec<_>>(),
        ["B608 was gone in between and is back (line 1)"]
    );
    assert_eq!(found[0].kind, HintKind::FindingBack);
    // Of code that could not be scanned nothing is known.
    let mut unread = version("a = 4\n", &[]);
    if let Some(scan) = &mut unread.scan {
        scan.error = Some(ScanError { line: None, message: "killed".to_owned(), failed: true });
    }
    assert_eq!(told(&before, &unread), ["scan-failed: the scanner failed: killed"]);
}

#[test]
fn interfaces() {
    let one = |before: &str, after: &str, words: &str| {
        let found = told(&version(before, &[]), &version(after, &[]));
        assert!(found.iter().any(|it| it.starts_with(&format!("interface-changed: {words}"))), "{words}: {found:?}");
    };
    let none = |before: &str, after: &str| {
        let found = told(&version(before, &[]), &version(after, &[]));
        assert!(!found.iter().any(|it| it.starts_with("interface")), "{found:?}");
    };
    let body = "\n    return a\n";
    let def = |head: &str| format!("{head}{body}");
    one(&def("def f(a, b):"), &def("def f(a):"), "`f(a, b)` is now `f(a)` (line 1, before line 1)");
    one(&def("def f(a, b):"), &def("def f(b, a):"), "`f(a, b)` is now `f(b, a)`");
    one(&def("def f(a):"), &def("def f(a, b):"), "`f(a)` is now `f(a, b)`");
    one(&def("def f(a, b=1):"), &def("def f(a, b):"), "`f(a, b=1)` is now `f(a, b)`");
    one(&def("def f(a, **k):"), &def("def f(a):"), "`f(a, **k)` is now `f(a)`");
    one(&def("def f(a, *, k=1):"), &def("def f(a):"), "`f(a, k=1)` is now `f(a)`");
    one(&def("def f(a, b=1):"), &def("def f(a, b=2):"), "the default of `b` was 1 and is 2");
    one(&def("def f(a):"), &def("async def f(a):"), "`f` is now asynchronous");
    one(&def("def f(a):"), &def("def g(a):"), "`f` is gone, and `g` is new (lines 1–2, before lines 1–2)");
    one(&def("def f(a):"), "def g(a):\n    return a\ndef h(a):\n    return a\n", "`f` is gone (lines 1–2 before)");
    one(&def("def f(a):"), "def f(a):\n    print(a)\n", "`f` returned a value and now returns none");
    one(&def("def f(a):"), "def f(a):\n    return a, 1\n", "`f` returned one value and now returns 2");
    one("def f(a):\n    return a, 1\n", "def f(a):\n    return a, 1, 2\n", "`f` returned 2 values and now returns 3");
    one(&def("def f(a):"), "def f(a):\n    yield a\n", "`f` now yields");
    one(
        "class C:\n    def m(self):\n        return 1 + 1\n",
        "def m():\n    return 1 + 1\n",
        "class `C` is gone (lines 1–3 before)",
    );
    one("class C:\n    def m(self):\n        return 1 + 1\n", "class C:\n    x = 1\n", "`C.m` is gone");
    one(
        "class C:\n    x = 1\n",
        "class C:\n    def __init__(self, key):\n        self.x = key\n",
        "`C` now needs `key` to be made (lines 2–3, before lines 1–2)",
    );
    none(&def("def f(a):"), &def("def f(a, *args, **k):"));
    none(&def("def f(a):"), &def("def f(a, *, k=None):"));
    none(&def("def f(a, b):"), &def("def f(a, b: int = 3) -> int:"));
    none(&def("def _f(a):"), &def("def g(a):"));
    none("class C:\n    x = 1\n", "class C:\n    def __init__(self, key=None):\n        self.x = key\n");
    none(
        "class C:\n    def m(self, a):\n        return a\n",
        "class C:\n    @staticmethod\n    def m(a):\n        return a\n",
    );
    none(
        "def f(a):\n    if a:\n        return None\n    return a, 1\n",
        "def f(a):\n    if not a:\n        return\n    return a, 2\n",
    );
}

#[test]
fn little_is_left() {
    let before = "import csv\ndef load(path):\n    rows = []\n    with open(path) as file:\n        for row in csv.reader(file):\n            rows.append(clean(row))\n    store(rows)\n    notify(rows)\n    return rows\ndef clean(row):\n    return [cell.strip() for cell in row]\ndef store(rows):\n    print(rows)\ndef notify(rows):\n    print(rows)\n";
    let after = "def load(path):\n    rows = open(path)\n    return rows\n";
    let found = told(&version(before, &[]), &version(after, &[]));
    assert!(found.contains(&"little-remains: 16 % of the syntax tree is left".to_owned()), "{found:?}");
    let gone = "calls-vanished: 4 of 5 calls are gone: `reader`, `clean`, `store`, `notify` (lines 5–8 before)";
    assert!(found.contains(&gone.to_owned()), "{found:?}");
    let same = before.replace("store(rows)\n", "save(rows)\n");
    let found = told(&version(before, &[]), &version(&same, &[]));
    assert!(!found.iter().any(|it| it.starts_with("calls") || it.starts_with("little")), "{found:?}");
}

fn hollow(before: &str, after: &str) -> bool {
    let found = hints(Some(&version(before, &[])), &version(after, &[]), &Context::default());
    found.iter().any(|hint| hint.kind.is_hollow())
}

#[test]
fn fixes_that_are_none() {
    for after in ["", "  \n", "# nothing is left\n", "def f(:\n", "import subprocess  # nosec\n", "'''All of it.'''\n"]
    {
        assert!(hollow(RUN, after), "{after}");
    }
    assert!(!hollow(RUN, &RUN.replace("shell=shell", "shell=False")));
    let empty = Version { code: None, checked: None, scan: None, ..version("", &[]) };
    let found = hints(Some(&version(RUN, &[])), &empty, &Context::default());
    assert_eq!(found.iter().map(|it| it.kind).collect::<Vec<_>>(), [HintKind::Empty]);
    let cut = Version { truncated: true, ..version(&RUN.replace("shell=True", "shell=False"), &[]) };
    assert_eq!(
        told(&version(RUN, &[("B602", 3)]), &cut),
        ["truncated: the answer was cut off: the code may lack its end"]
    );
    assert_eq!(
        told(&version(RUN, &[]), &version("def f(:\n", &[])),
        ["unparsable: does not parse: Expected a parameter or the end of the parameter list (line 1)"]
    );
    pair(RUN, RUN, &["unchanged: the code is as it was"]);
    pair(RUN, &format!("# Fixed.\n{RUN}"), &["unchanged: only comments, docstrings or layout changed"]);
    pair(
        RUN,
        &RUN.replace("def log(x):", "def log(x):\n    '''Prints.'''"),
        &["unchanged: only comments, docstrings or layout changed"],
    );
}

#[test]
fn a_failed_test_comes_first() {
    let execution = |result: &str| -> Execution {
        serde_json::from_value(serde_json::json!({
            "test": "", "result": result, "seconds": 0.1, "cpu_seconds": 0.1, "peak_memory": 1, "level": "full",
            "python": "3.11",
        }))
        .unwrap_or_else(|error| panic!("{error}"))
    };
    let mut after = version("print(y)\n", &[]);
    after.execution = Some(execution("timeout"));
    assert_eq!(after.execution.as_ref().map(|it| it.result), Some(TestResult::Timeout));
    let found = hints(Some(&version("print(1)\n", &[])), &after, &Context::default());
    assert_eq!(found[0].kind, HintKind::TestFails);
    after.execution = Some(execution("pass"));
    let found = hints(Some(&version("print(1)\n", &[])), &after, &Context::default());
    assert_eq!(found[0].kind, HintKind::UndefinedName);
}

#[test]
fn hostile_shapes_do_not_stop_it() {
    let deep = "(".repeat(50_000);
    let chain = format!("x = y{}\n", ".z()".repeat(900));
    let wide = "def f(): pass\n".repeat(2_000);
    let known = version(RUN, &[]);
    let indented: String = (0..99).map(|n| " ".repeat(n) + "def f():\n").collect();
    let shapes =
        [("-", ""), ("1 if x else ", ""), ("lambda: ", ""), ("", ".z"), ("", "()"), ("", ".f(x)"), ("", " + 1")];
    for (before, after) in shapes {
        let line = format!("eval({}x{})\n", before.repeat(1400), after.repeat(1400));
        let code = format!("{indented}{}{line}", " ".repeat(99));
        assert!(crate::python::outline(&code).is_some_and(|it| it.functions.len() == 99), "{before}x{after}");
        hints(Some(&known), &version(&code, &[]), &Context::default());
        hints(Some(&version(&code, &[])), &known, &Context::default());
    }
    let elif = format!("if x:\n  pass\n{}", "elif eval(x):\n  pass\n".repeat(5_000));
    assert_eq!(crate::python::outline(&elif).map(|it| it.calls.len()), Some(5_000));
    for code in [deep.as_str(), chain.as_str(), wide.as_str(), "\0", "\u{feff}import os\n", "a\r\nb\rc\n", "\u{c}"] {
        hints(Some(&known), &version(code, &[("B608", 4_000_000_000)]), &Context::default());
        hints(Some(&version(code, &[("B608", 0)])), &known, &Context::default());
    }
}

/// Words that hints look for, and what surrounds them.
fn code() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "def f(a, b=1):\n",
        "class C:\n",
        "    ",
        "        ",
        "return ",
        "yield ",
        "pass\n",
        "...\n",
        "import os\n",
        "from secrets import token\n",
        "password = 's3cret'\n",
        "# nosec\n",
        "# your code here\n",
        "try:\n",
        "except:\n",
        "eval(x)\n",
        "'SELECT * FROM ?'",
        "\n",
        "x",
        "(",
        ")",
        ",",
        "é",
        "\r\n",
        "\u{2028}",
        "\t",
        "'''",
        "\0",
        "lambda: ",
        "async ",
        "*",
        "**",
        "raise NotImplementedError\n",
        "os.path.nothing(1, k=2)\n",
    ]);
    prop_oneof![prop::collection::vec(words, 0..40).prop_map(|words| words.concat()), any::<String>(),]
}

proptest! {
    #[test]
    fn never_a_panic_and_no_line_outside(
        before in code(), after in code(), lines in (any::<u32>(), any::<u32>(), 0_u32..9), none in any::<bool>(),
    ) {
        let old = version(&before, &[("B106", lines.0), ("B602", lines.2)]);
        let new = version(&after, &[("B105", lines.1), ("B301", lines.2)]);
        let context = Context { between: vec![&old, &new] };
        let found = hints((!none).then_some(&old), &new, &context);
        for hint in &found {
            prop_assert!(!hint.text.is_empty());
            for (range, text) in [(hint.before, &before), (hint.after, &after)] {
                let Some(range) = range else { continue };
                prop_assert!(1 <= range.first && range.first <= range.last, "{:?}", hint);
                prop_assert!(range.last as usize <= text.lines().count(), "{:?} in {:?}", hint, text);
            }
        }
        prop_assert!(found.is_sorted_by_key(|hint| hint.kind));
        prop_assert_eq!(&found, &hints((!none).then_some(&old), &new, &context));
    }
}
