//! The syntax check against the real compiler of the Python that the tests set up.

use std::io::Write;
use std::process::{Command, Stdio};

use fdsp::python::check;

use crate::support::bandit;

const COMPILE: &str = "
import json, sys, warnings
warnings.simplefilter('ignore')
def compiles(code):
    try:
        compile(code, 'code.py', 'exec')
    except (SyntaxError, ValueError):
        return False
    return True
print(json.dumps(['%d.%d' % sys.version_info[:2], [compiles(code) for code in json.load(sys.stdin)]]))
";

/// The Python's version, and whether it compiles each code.
fn by_python(codes: &[String]) -> (String, Vec<bool>) {
    let mut python = Command::new(bandit::python())
        .args(["-c", COMPILE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let input = serde_json::to_vec(codes).expect("texts are JSON");
    python.stdin.take().expect("a pipe").write_all(&input).expect("python reads");
    let output = python.wait_with_output().expect("python ends");
    serde_json::from_slice(&output.stdout).expect("python answers")
}

fn assert_same(codes: &[String]) -> usize {
    let (version, compiles) = by_python(codes);
    assert_eq!(compiles.len(), codes.len());
    let differ = codes.iter().zip(&compiles).filter_map(|(code, compiles)| {
        let error = check(code, &version).error;
        (error.is_none() != *compiles).then(|| format!("{code:?}: Python {version} says {compiles}, we say {error:?}"))
    });
    let differ: Vec<String> = differ.collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    compiles.iter().filter(|compiles| !**compiles).count()
}

#[test]
fn agrees_with_the_compiler_on_small_code() {
    let valid = [
        "",
        "\n",
        "pass",
        "x = 1;",
        "def f(a, /, b, *, c): return a",
        "async def f():\n  async with a as b: await b",
        "class A(B, metaclass=C): x: int = 1",
        "match x:\n  case [1, *_]: pass\n  case {'a': b, **c}: pass",
        "try:\n  pass\nexcept* E:\n  pass",
        "with (a as b, c as d): pass",
        "print(f'{x!r:>{w}} {y=}')",
        "x = [a for b in c if d]",
        "lambda *a, **k: (yield)",
        "global x\nx = 1",
        "def f():\n  global x\n  x = 1",
        "def f():\n  x = 1\n  def g():\n    nonlocal x\n    x = 2",
        "from __future__ import annotations\nimport os",
        "'doc'\nfrom __future__ import annotations",
        "if x:\n\tpass\nelse:\n        pass",
        "x = 0xFF + 1_000 + 1j",
        "@a.b[c]\ndef f(): pass",
        "for x in *a, *b: pass",
        "while 1:\n  break\nelse:\n  pass",
        "del x, (y), [z]",
        "x = yield_ = 1",
        "type = 1\nmatch = type\ncase = match",
        "assert x, 'y'",
        "x: 'str'",
        "\u{e9} = 'ü'",
        "a = b'x' b'y'",
        "def f():\n  return (yield)",
        "x = not -+~1",
        "raise A from B",
        "import a.b as c",
        "from . import x",
        "print((yield_ := 1))",
        "def f(*, a=1, **k): pass",
        "class A:\n  def f(self): return __class__",
        "x = ...",
    ];
    let broken = [
        "(",
        ")",
        "x = ",
        "def f(:\n",
        "return 1",
        "yield x",
        "await x",
        "break",
        "continue",
        "x = 'a",
        "x = '''a",
        "if x:\npass",
        "  x = 1",
        "if x:\n    a\n  b",
        "print 'x'",
        "exec 'x'",
        "x = 1 +",
        "def f(a, a): pass",
        "def f(a=1, b): pass",
        "f(a=1, a=2)",
        "f(**a, *b)",
        "f(a=1, b)",
        "1 = x",
        "f() = 1",
        "x + 1 = 2",
        "del f()",
        "global x\nnonlocal x",
        "def f():\n  x = 1\n  global x",
        "def f(x):\n  global x",
        "nonlocal x",
        "def f():\n  nonlocal y",
        "x = 1\nfrom __future__ import annotations",
        "from __future__ import braces",
        "from __future__ import klingon",
        "def f():\n  from a import *",
        "class A:\n  return 1",
        "lambda: (return)",
        "*a = 1",
        "a, *b, *c = d",
        "x = *a",
        "async def f():\n  yield from x",
        "def f():\n  async with a: pass",
        "def f():\n  async for a in b: pass",
        "[await x for y in z]",
        "None = 1",
        "True = 1",
        "__debug__ = 1",
        "for None in x: pass",
        "with a as 1: pass",
        "import a as b.c",
        "from a import",
        "try:\n  pass",
        "try:\n  pass\nexcept:\n  pass\nexcept A:\n  pass",
        "try:\n  pass\nexcept A:\n  pass\nexcept* B:\n  pass",
        "x = {**a for a in b}",
        "[*a for a in b]",
        "(x for x in y, z)",
        "f(x for x in y, 1)",
        "0777",
        "1__0",
        "0b2",
        "1a",
        "x = f'{'",
        "x = f'{}'",
        "x = f'{a!z}'",
        "x = '\\N{no such name}'",
        "b'\u{e9}'",
        "x = '\\x1'",
        "'\\u12'",
        "match x:\n  case a: pass\n  case b: pass",
        "match x:\n  case [*a, *b]: pass",
        "match x:\n  case {1: a, 1: b}: pass",
        "match x:\n  case a | 1: pass",
        "match x:\n  case a, a: pass",
        "x: int: str",
        "def f() -> : pass",
        "class A(: pass",
        "x := 1",
        "(x := 1) = 2",
        "[x := 1 for x in y]",
        "[a for a in (b := c)]",
        "a b",
        "a ? b",
        "x = $1",
        "!x",
        "x++",
        "if x = 1: pass",
        "else: pass",
        "elif x: pass",
        "@\ndef f(): pass",
        "import",
        "x = 1 if y",
        "not",
        "x not y",
        "\0",
        "x = '\0'",
        "def f():",
        "class A:",
        "for x in y:",
        "x\\ y",
        "\u{201c}x\u{201d}",
        "x = \u{2018}y\u{2019}",
    ];
    let codes: Vec<String> = valid.iter().chain(&broken).map(|code| (*code).to_owned()).collect();
    let rejected = assert_same(&codes);
    assert!(rejected > broken.len() - 10, "{rejected}");
}

#[test]
fn agrees_with_the_compiler_on_the_benchmarks() {
    let Some(code) = bandit::benchmark_code() else { return };
    // Cut off at a fifth, two fifths and so on, as answers are.
    let cut = |text: &str| {
        (1..=5).map(|n| text.chars().take(text.chars().count() * n / 5).collect()).collect::<Vec<String>>()
    };
    let codes: Vec<String> = code.iter().flat_map(|(_, text)| cut(text)).collect();
    assert!(assert_same(&codes) > 500);
}
