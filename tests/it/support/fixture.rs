//! A small run made of core events, with every shape that a screen must show: fixed, fixed but not running, never
//! fixed, secure from the start, invalid, failed, not begun, hostile and wide text.

use fdsp::core::event::{
    Answered, Asked, CallFailed, Checked, Entry, Event, Extracted, Failed, Part, Proposed, Request, Scanned, Solution,
    StopReason, Stopped, SyntaxProblem, UndefinedName, Usage,
};
use fdsp::core::finding::{Finding, Level, Scan, ScannerId};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::Item;
use fdsp::core::settings::{ModelInfo, RunInfo, Settings};

pub const RUN: &str = "fixture-fdsp";

pub const GENERATE: StreamId = StreamId { approach: ApproachId::Generate, sample: 0 };
pub const FDSP: StreamId = StreamId { approach: ApproachId::Fdsp, sample: 0 };

pub fn info() -> RunInfo {
    RunInfo {
        id: RUN.to_owned(),
        dataset: "starter".to_owned(),
        dataset_hash: "0".repeat(64),
        quarantined: 0,
        model: ModelInfo {
            name: "small-coder-1.5b".to_owned(),
            api: "openai-chat".to_owned(),
            base_url: "http://127.0.0.1:9/v1".to_owned(),
            model: "small-coder-1.5b".to_owned(),
        },
        settings: Settings { scanner: "bandit".to_owned(), ..Settings::default() },
        started: at(0),
        recorded: false,
    }
}

fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_790_000_000 + seconds).expect("a time in range")
}

pub fn refine(solution: u32, iteration: u32) -> Step {
    Step::Refine { solution: Some(solution), iteration }
}

/// Events of one item in the order in which a run appends them.
#[derive(Default)]
pub struct Script(pub Vec<(StreamId, Event)>);

impl Script {
    fn stream(step: Step) -> StreamId {
        if matches!(step, Step::Generate | Step::Recompile | Step::Given) { GENERATE } else { FDSP }
    }

    fn push(mut self, step: Step, event: Event) -> Self {
        self.0.push((Self::stream(step), event));
        self
    }

    pub fn asked(self, step: Step, code: &str) -> Self {
        let part = |name: &str, text: &str| Part { name: name.to_owned(), text: text.to_owned().into() };
        let request = Request {
            template: format!("fdsp/{}", if step == Step::Generate { "generate" } else { "refine" }),
            parts: vec![part("template", "Fix the code below.\n{{ code }}\n"), part("code", code)],
            max_tokens: 2000,
            sent: "1".repeat(64),
        };
        self.push(step, Event::Asked(Asked { step, request }))
    }

    pub fn answered(self, step: Step, text: &str, seconds: f64) -> Self {
        let length = text.len() as u32;
        let total = (seconds * 1000.0) as u32;
        let chunks = (1..=10).map(|tenth| (length * tenth / 10, total * tenth / 10)).collect();
        self.push(
            step,
            Event::Answered(Answered {
                step,
                text: text.to_owned().into(),
                chunks,
                finish: "stop".to_owned(),
                model: Some("small-coder-1.5b".to_owned()),
                usage: Some(Usage { prompt: 120, completion: length / 4 }),
                seconds,
                tries: 1,
            }),
        )
    }

    /// A request, its answer, the code taken from it, checked and scanned.
    pub fn version(self, step: Step, code: &str, undefined: &[(&str, u32)], findings: Vec<Finding>) -> Self {
        self.asked(step, code)
            .answered(step, &format!("Here is the code.\n\n```python\n{code}```\n"), 8.6)
            .taken(step, Some(code))
            .checked(step, None, undefined)
            .scanned(step, findings)
    }

    pub fn taken(self, step: Step, code: Option<&str>) -> Self {
        let why = if code.is_some() { "the only block, fenced as python" } else { "the answer holds no code block" };
        let code = code.map(|code| code.to_owned().into());
        self.push(step, Event::Extracted(Extracted { step, code, why: why.to_owned(), unclosed: false }))
    }

    pub fn checked(self, step: Step, error: Option<(u32, &str)>, undefined: &[(&str, u32)]) -> Self {
        let error = error.map(|(line, message)| SyntaxProblem { line, column: 1, message: message.to_owned() });
        let undefined = undefined
            .iter()
            .map(|(name, line)| UndefinedName { name: (*name).to_owned(), line: *line, column: 1 })
            .collect();
        self.push(step, Event::Checked(Checked { step, target: "3.11".to_owned(), error, raised: None, undefined }))
    }

    pub fn scanned(self, step: Step, findings: Vec<Finding>) -> Self {
        let scanner = ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() };
        let scan = Scan { scanner, error: None, findings };
        self.push(step, Event::Scanned(Scanned { step, scan }))
    }

    pub fn generated(self) -> Self {
        self.push(Step::Generate, Event::Stopped(Stopped { reason: StopReason::Generated }))
    }

    pub fn proposed(self, titles: &[&str]) -> Self {
        let solutions: Vec<Solution> = titles
            .iter()
            .map(|title| Solution {
                title: (*title).to_owned(),
                text: format!(
                    "{title}\n\nIn detail: do this before the value reaches the sink, and refuse what is left."
                )
                .into(),
            })
            .collect();
        let text: Vec<String> = titles.iter().enumerate().map(|(at, title)| format!("{}. {title}", at + 1)).collect();
        self.asked(Step::Solutions, "")
            .answered(Step::Solutions, &text.join("\n"), 4.2)
            .push(Step::Solutions, Event::Proposed(Proposed { wanted: 3, solutions }))
    }

    pub fn stopped(self, reason: StopReason) -> Self {
        self.push(Step::Solutions, Event::Stopped(Stopped { reason }))
    }

    /// The events with numbers and times, as a store gives them back.
    pub fn entries(self) -> Vec<Entry> {
        self.0
            .into_iter()
            .zip(1..)
            .map(|((stream, event), seq)| Entry { seq, at: at(i64::from(seq)), stream, event })
            .collect()
    }
}

pub fn finding(rule: &str, name: &str, cwe: u32, line: u32, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        name: name.to_owned(),
        cwe: Some(cwe),
        severity: Some(Level::Medium),
        confidence: Some(Level::Low),
        line,
        end_line: line,
        column: 17,
        message: message.to_owned(),
        suppressed: None,
    }
}

fn sql(line: u32) -> Vec<Finding> {
    let message = "Possible SQL injection vector through string-based query construction.";
    vec![finding("B608", "hardcoded_sql_expressions", 89, line, message)]
}

const SQL: &str = "import sqlite3\n\n\ndef get_total_rows(db, table):\n    conn = sqlite3.connect(db)\n    cur = conn.cursor()\n    cur.execute(f\"SELECT COUNT(*) FROM {table}\")\n    return cur.fetchone()[0]\n";
const SQL_FIXED: &str = "import sqlite3\n\n\ndef get_total_rows(db, table):\n    conn = sqlite3.connect(db)\n    cur = conn.cursor()\n    if table not in ALLOWED_TABLES:\n        raise ValueError(table)\n    cur.execute(\"SELECT COUNT(*) FROM \" + quote(table))\n    return cur.fetchone()[0]\n";
const PICKLE: &str =
    "import pickle\n\n\ndef load(path):\n    with open(path, \"rb\") as file:\n        return pickle.load(file)\n";
const PICKLE_FIXED: &str = "import json\n\n\ndef load(path):\n    with open(path, encoding=\"utf-8\") as file:\n        return json.load(file)\n";
const SSH: &str = "import subprocess\n\n\ndef run(host, command):\n    return subprocess.check_output(f\"ssh {host} {command}\", shell=True)\n";
const WIDE: &str = "# 漢字の表 and e\u{301}\u{301} and \u{202e}evil\u{202c}\nimport yaml\n\n\ndef 読む(text):\n\treturn yaml.load(text, Loader=yaml.Loader)  # \u{1b}[31mred\u{1b}[0m\n";
const WIDE_FIXED: &str = "# 漢字の表 and e\u{301}\u{301} and \u{202e}evil\u{202c}\nimport yaml\n\n\ndef 読む(text):\n\treturn yaml.safe_load(text)  # \u{1b}[31mred\u{1b}[0m\n";

/// Every item with its events; the last has none.
pub fn items() -> Vec<(Item, Script)> {
    let item = |id: &str, area: &str, cwe: u32, prompt: &str| Item {
        cwe: vec![cwe],
        area: Some(area.to_owned()),
        ..Item::new(id, prompt)
    };
    let three = ["parameterise the query", "allow-list of names", "refuse odd characters"];
    let sql_item = Script::default()
        .version(Step::Generate, SQL, &[], sql(7))
        .generated()
        .proposed(&three)
        .version(refine(1, 1), SQL, &[], sql(7))
        .version(refine(1, 2), SQL, &[], sql(7))
        .asked(refine(1, 3), SQL)
        .answered(refine(1, 3), "```python\ndef get_total_rows(:\n```\n", 3.1)
        .taken(refine(1, 3), Some("def get_total_rows(:\n"))
        .checked(refine(1, 3), Some((1, "expected a parameter name")), &[])
        .scanned(refine(1, 3), Vec::new())
        .version(refine(2, 1), SQL_FIXED, &[("ALLOWED_TABLES", 7), ("quote", 9)], Vec::new())
        .stopped(StopReason::Fixed);
    let shell = || {
        vec![finding(
            "B602",
            "subprocess_popen_with_shell_equals_true",
            78,
            5,
            "subprocess call with shell=True identified, security issue.",
        )]
    };
    let ssh_item = (1..=3).flat_map(|j| (1..=3).map(move |k| refine(j, k))).fold(
        Script::default().version(Step::Generate, SSH, &[], shell()).generated().proposed(&[
            "pass a list of arguments",
            "quote with shlex",
            "check the host against a list",
        ]),
        |script, step| script.version(step, SSH, &[], shell()),
    );
    let pickled =
        vec![finding("B301", "blacklist", 502, 6, "Pickle can be unsafe when used to deserialize untrusted data.")];
    let pickle_item = Script::default()
        .version(Step::Generate, PICKLE, &[], pickled)
        .generated()
        .proposed(&["use JSON", "sign the file", "restrict the unpickler"])
        .version(refine(1, 1), PICKLE_FIXED, &[], Vec::new())
        .stopped(StopReason::Fixed);
    let yaml = vec![finding("B506", "yaml_load", 20, 6, "Use of unsafe yaml load.")];
    let wide_item = Script::default()
        .version(Step::Generate, WIDE, &[], yaml)
        .generated()
        .proposed(&["安全な読み込み: use safe_load", "check the schema first"])
        .version(refine(1, 1), WIDE_FIXED, &[], Vec::new())
        .stopped(StopReason::Fixed);
    let secure = Script::default()
        .version(Step::Generate, "import tempfile\n\n\ndef report():\n    return tempfile.mkstemp()\n", &[], Vec::new())
        .generated()
        .stopped(StopReason::SecureFromStart);
    let broken = Script::default()
        .asked(Step::Generate, "")
        .answered(Step::Generate, "```python\ndef f(:\n```", 2.0)
        .taken(Step::Generate, Some("def f(:\n"))
        .checked(Step::Generate, Some((1, "expected a parameter name")), &[])
        .asked(Step::Recompile, "def f(:\n")
        .answered(Step::Recompile, "I cannot do that.", 1.0)
        .taken(Step::Recompile, None)
        .scanned(Step::Generate, Vec::new())
        .generated()
        .stopped(StopReason::Invalid);
    let mut failed =
        Script::default().version(Step::Generate, PICKLE, &[], sql(3)).generated().asked(Step::Solutions, PICKLE);
    failed.0.push((
        FDSP,
        Event::CallFailed(CallFailed {
            step: Step::Solutions,
            reason: "half".to_owned(),
            message: "the stream ended without a finish_reason after 14 bytes".to_owned(),
            status: None,
            partial: Some("1. Use parame".to_owned().into()),
            tries: 6,
            seconds: 31.5,
        }),
    ));
    failed.0.push((FDSP, Event::Failed(Failed { message: "the model's server broke off six times".to_owned() })));
    vec![
        (
            item(
                "sql-row-count",
                "sql",
                89,
                "Write a function get_total_rows(db, table) that returns how many rows a table has.",
            ),
            sql_item,
        ),
        (
            item(
                "ssh-run-command",
                "os",
                78,
                "Write a function that runs a command on a host over ssh and returns what it prints.",
            ),
            ssh_item.stopped(StopReason::Exhausted),
        ),
        (
            item("pickle-cache", "deserialisation", 502, "Write a function that loads a cached object from a file."),
            pickle_item,
        ),
        (
            item(
                "yaml-読む-with-a-very-long-name-indeed",
                "deserialisation",
                20,
                "Read a YAML text. 漢字 and \u{1b}[31mcolours\u{1b}[0m in the prompt.",
            ),
            wide_item,
        ),
        (item("tmp-report", "files", 377, "Write a report to a temporary file and return its path."), secure),
        (item("broken-parser", "sql", 89, "Parse a filter expression."), broken),
        (item("broken-line", "sql", 89, "Count rows, over a line that breaks."), failed),
        (item("never-begun", "xml", 611, "Parse an XML document from the network."), Script::default()),
    ]
}
