//! Items whose test is a `unittest` module, as PythonSecurityEval brings them: which can be executed, and why not the
//! others. Told by the text alone; nothing is run.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::core::item::{Item, Suite, SuiteKind};
use crate::core::settings::Settings;
use crate::python;

/// Where an item keeps a test that cannot be executed.
pub const FIELD: &str = "unit_test";

/// What the text of a test says of its execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// It can be executed. These names of `unittest` it uses without importing them, so that it fails as stored.
    Executable { unimported: Vec<String> },
    /// It does not parse, in this line.
    Unparsable { line: u32 },
    /// No class of it is a test case with a test method.
    NoCase,
    /// Every name in it is its own, the language's or a library's: it would say the same of any code.
    Unrelated,
}

/// Names of `unittest` and `unittest.mock` that published tests use without importing them.
const MOCK: [&str; 12] = [
    "ANY",
    "AsyncMock",
    "DEFAULT",
    "MagicMock",
    "Mock",
    "PropertyMock",
    "call",
    "mock",
    "mock_open",
    "patch",
    "sentinel",
    "unittest",
];

/// Third-party modules that are no code under test, whatever the test does with them.
const LIBRARIES: &str = "Crypto MySQLdb OpenSSL PIL PyPDF2 aiohttp bcrypt boto3 bs4 cryptography defusedxml django dotenv \
    fastapi flask flask_login flask_sqlalchemy flask_testing flask_wtf httpx itsdangerous jinja2 jwt ldap ldap3 lxml \
    markupsafe mysql numpy openai pam pandas paramiko psycopg2 pymongo pymysql pyodbc pytesseract pytest qrcode redis \
    requests sqlalchemy werkzeug xmltodict yaml";

/// The modules that come with Python, those of Python 2 among them that tests name.
const STANDARD: &str = "__future__ abc argparse array ast asyncio asyncore atexit base64 bdb binascii bisect builtins bz2 \
    cPickle calendar cgi cgitb chunk cmath cmd code codecs collections colorsys concurrent configparser contextlib \
    contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis email encodings enum \
    errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob \
    graphlib grp gzip hashlib heapq hmac html http imaplib imp importlib inspect io ipaddress itertools json keyword \
    linecache locale logging lzma mailbox marshal math mimetypes mmap multiprocessing netrc nntplib numbers operator \
    optparse os pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile \
    pstats pty pwd pydoc queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select \
    selectors shelve shlex shutil signal site smtpd smtplib socket socketserver spwd sqlite3 ssl stat statistics \
    string struct subprocess symtable sys sysconfig syslog tarfile telnetlib tempfile termios textwrap threading time \
    timeit tkinter token tokenize tomllib trace traceback tracemalloc tty types typing unicodedata unittest urllib \
    urllib2 uuid venv warnings wave weakref webbrowser wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

pub fn is_library(module: &str) -> bool {
    LIBRARIES.split_ascii_whitespace().any(|known| known == module)
}

fn is_standard(module: &str) -> bool {
    STANDARD.split_ascii_whitespace().any(|known| known == module)
}

pub fn unit(test: &str) -> Unit {
    let check = python::check(test, &Settings::default().target_python);
    if let Some(error) = check.error {
        return Unit::Unparsable { line: error.line };
    }
    let facts = python::facts(test);
    if facts.cases == 0 {
        return Unit::NoCase;
    }
    let mut names: Vec<String> = check.undefined.into_iter().map(|name| name.name).collect();
    names.sort();
    names.dedup();
    let (unimported, others): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| MOCK.contains(&name.as_str()));
    let foreign = |module: &String| !is_standard(module) && !is_library(module);
    if others.is_empty() && !facts.imports.iter().any(foreign) {
        return Unit::Unrelated;
    }
    Unit::Executable { unimported }
}

/// Gives the item its test: as a suite where it can be executed, else as a field.
pub fn attach(item: &mut Item, test: String) {
    match unit(&test) {
        Unit::Executable { .. } => {
            let suite = Suite { kind: SuiteKind::Unittest, test: test.into(), ..Suite::default() };
            item.suite = Some(Box::new(suite));
        }
        Unit::Unparsable { .. } | Unit::NoCase | Unit::Unrelated => {
            item.fields.insert(FIELD.to_owned(), Value::String(test));
        }
    }
}

/// The third-party modules that a test imports or patches. Others that it imports stand for the code under test, and
/// are asked of nobody.
pub fn libraries(test: &str) -> Vec<String> {
    let facts = python::facts(test);
    let mut modules: Vec<String> =
        facts.imports.into_iter().chain(facts.patched).filter(|module| is_library(module)).collect();
    modules.sort();
    modules.dedup();
    modules
}

/// A data set's unit tests, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Units {
    pub items: usize,
    pub with_test: usize,
    pub executable: usize,
    /// Of these the ones that use names of `unittest` which they never import.
    pub unimported: usize,
    /// Why the others cannot be executed, and how many.
    pub not_executable: BTreeMap<&'static str, usize>,
    /// Third-party modules that executable tests import or patch, and in how many.
    pub libraries: BTreeMap<String, usize>,
}

/// `None` where no item has a unit test.
pub fn units(items: &[Item]) -> Option<Units> {
    let mut units = Units {
        items: items.len(),
        with_test: 0,
        executable: 0,
        unimported: 0,
        not_executable: BTreeMap::new(),
        libraries: BTreeMap::new(),
    };
    for item in items {
        let suite = item.suite.as_ref().filter(|suite| suite.kind == SuiteKind::Unittest);
        let test = suite.map(|suite| suite.test.as_str()).or_else(|| item.fields.get(FIELD)?.as_str());
        let Some(test) = test else {
            *units.not_executable.entry("no test file").or_default() += 1;
            continue;
        };
        units.with_test += 1;
        let reason = match unit(test) {
            Unit::Executable { unimported } => {
                units.executable += 1;
                units.unimported += usize::from(!unimported.is_empty());
                for module in libraries(test) {
                    *units.libraries.entry(module).or_default() += 1;
                }
                continue;
            }
            Unit::Unparsable { .. } => "the test does not parse",
            Unit::NoCase => "no test case in it",
            Unit::Unrelated => "it uses nothing of the code under test",
        };
        *units.not_executable.entry(reason).or_default() += 1;
    }
    (units.with_test > 0).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        ";

    #[test]
    fn what_a_test_needs_to_be_executed() {
        let executable =
            |names: &[&str]| Unit::Executable { unimported: names.iter().map(|n| (*n).to_owned()).collect() };
        for (test, wanted) in [
            (format!("{CASE}f(1)\n"), executable(&[])),
            (format!("{CASE}f(Mock(), patch)\n"), executable(&["Mock", "patch"])),
            (format!("from your_module import f\n{CASE}f(1)\n"), executable(&[])),
            (format!("import helper_of_theirs\n{CASE}helper_of_theirs.f(1)\n"), executable(&[])),
            (format!("import os, flask\ndef f(x): return os\n{CASE}f(Mock())\n"), Unit::Unrelated),
            ("import pytest\ndef test_it():\n    assert f(1)\n".to_owned(), Unit::NoCase),
            ("import unittest\nclass T(unittest.TestCase):\n    def check(self): f()\n".to_owned(), Unit::NoCase),
            ("def f(:\n".to_owned(), Unit::Unparsable { line: 1 }),
            (String::new(), Unit::NoCase),
        ] {
            assert_eq!(unit(&test), wanted, "{test}");
        }
    }

    #[test]
    fn the_code_under_test_is_no_library() {
        let test = format!("import your_module, requests\nfrom flask.testing import x\n{CASE}patch('bcrypt.hashpw')\n");
        assert_eq!(libraries(&test), ["bcrypt", "flask", "requests"]);
    }

    #[test]
    fn tests_are_counted_by_why_they_cannot_be_executed() {
        let mut items: Vec<Item> = (0..5).map(|n| Item::new(n.to_string(), "p")).collect();
        attach(&mut items[0], format!("{CASE}f(Mock())\n"));
        attach(&mut items[1], format!("import flask\n{CASE}g(1)\n"));
        attach(&mut items[2], "x = (".to_owned());
        attach(&mut items[3], "x = 1".to_owned());
        let units = units(&items).unwrap();
        assert_eq!((units.items, units.with_test, units.executable, units.unimported), (5, 4, 2, 1));
        let reasons: Vec<(&str, usize)> = units.not_executable.into_iter().collect();
        assert_eq!(reasons, [("no test case in it", 1), ("no test file", 1), ("the test does not parse", 1)]);
        assert_eq!(units.libraries.into_iter().collect::<Vec<_>>(), [("flask".to_owned(), 1)]);
        assert!(super::units(&items[4..]).is_none());
        assert!(items[0].suite.is_some() && !items[0].fields.contains_key(FIELD));
        assert!(items[2].suite.is_none() && items[2].fields.contains_key(FIELD));
    }
}
