//! Data sets damaged in every way that a loader must report, and what it must report.

use std::path::{Path, PathBuf};

/// A file of the published data; says so and gives `None` where they are not at hand.
pub fn published(below: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets");
    if !root.is_dir() {
        eprintln!("skipped: the published benchmark data are not in ../shared/datasets");
        return None;
    }
    Some(root.join(below))
}

pub struct Damaged {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub loaded: usize,
    pub reports: Vec<Report>,
}

/// What a quarantined row's report must say; `reason` is a piece of it.
pub struct Report {
    pub line: u64,
    pub index: usize,
    pub field: Option<&'static str>,
    pub reason: &'static str,
}

fn file(name: &'static str, loaded: usize, pieces: &[&[u8]]) -> Damaged {
    Damaged { name, bytes: pieces.concat(), loaded, reports: Vec::new() }
}

impl Damaged {
    fn row(mut self, line: u64, index: usize, reason: &'static str) -> Self {
        self.reports.push(Report { line, index, field: None, reason });
        self
    }

    fn field(mut self, line: u64, index: usize, field: &'static str, reason: &'static str) -> Self {
        self.reports.push(Report { line, index, field: Some(field), reason });
        self
    }
}

/// A row that is always loaded.
pub const GOOD: &str = "{\"id\":\"good\",\"prompt\":\"p\"}\n";

pub fn damaged() -> Vec<Damaged> {
    let mut all = lines();
    all.extend(arrays());
    all.extend(csv());
    all
}

fn lines() -> Vec<Damaged> {
    let good = GOOD.as_bytes();
    let nested = [b"{\"id\":".as_slice(), &b"[".repeat(200_000), b"\n"].concat();
    let half: Vec<u16> = format!("\u{FEFF}{GOOD}{{\"id\":\"b\",\"prompt\":\"").encode_utf16().chain([0xD800]).collect();
    let half: Vec<u8> = half.into_iter().chain("\"}".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![
        file("truncated.jsonl", 1, &[good, br#"{"id":"b","prompt":"half"#]).field(
            2,
            1,
            "prompt",
            "not valid JSON: EOF while parsing a string at column 24",
        ),
        file("twice.jsonl", 1, &[good, b"\r\n", good]).field(3, 1, "id", "the id `good` is taken by"),
        file("empty.jsonl", 1, &[b"{\"id\":\"\",\"prompt\":\"p\"}\n", b"{\"id\":\"b\",\"prompt\":\" \\n\"}\n", good])
            .field(1, 0, "id", "the id is empty")
            .field(2, 1, "prompt", "the prompt is empty"),
        file(
            "types.jsonl",
            1,
            &[
                b"{\"id\":1.5,\"prompt\":\"p\"}\n",
                b"{\"id\":\"b\",\"prompt\":[\"p\"]}\n",
                b"{\"id\":\"c\",\"prompt\":\"p\",\"cwe\":\"SQL\"}\n",
                b"17\n",
                b"{\"id\":\"d\",\"prompt\":\"p\",\"code\":false}\n",
                good,
            ],
        )
        .field(1, 0, "id", "the id is a number")
        .field(2, 1, "prompt", "the prompt is an array")
        .field(3, 2, "cwe", "`SQL` is no CWE number")
        .row(4, 3, "the row is a number")
        .field(5, 4, "code", "the value is a boolean"),
        file("missing.jsonl", 1, &[b"{\"prompt\":\"p\"}\n\n{\"id\":\"b\"}\n", good])
            .field(1, 0, "id", "missing")
            .field(3, 1, "prompt", "missing"),
        file(
            "nul.jsonl",
            1,
            &[b"{\"id\":\"a\",\"prompt\":\"p\0\"}\n", br#"{"id":"b","prompt":"p","note":"\u0000"}"#, b"\n", good],
        )
        .field(1, 0, "prompt", "a NUL byte")
        .field(2, 1, "note", "a NUL character"),
        file("latin1.jsonl", 1, &[b"{\"id\":\"a\",\"prompt\":\"caf\xe9\"}\n", good]).field(
            1,
            0,
            "prompt",
            "not valid UTF-8 at byte 24 of the row",
        ),
        file("half.jsonl", 1, &[&half]).field(2, 1, "prompt", "not valid UTF-16"),
        file("deep.jsonl", 1, &[&nested, good]).field(1, 0, "id", "recursion limit exceeded"),
        file("key.jsonl", 1, &[b"{\"id\":\"a\",\"id\":\"b\",\"prompt\":\"p\"}\n", good]).field(
            1,
            0,
            "id",
            "occurs twice",
        ),
        file(
            "SecurityEval.json",
            1,
            &[
                b"{\"ID\":\"CWE-020_author_1.py\",\"Prompt\":\"p\",\"Insecure_code\":\n",
                b"{\"ID\":\"CWE-021_a.py\",\"Prompt\":\"p\",\"Insecure_code\":\"c\"}",
            ],
        )
        .field(1, 0, "Insecure_code", "EOF while parsing a value"),
    ]
}

fn arrays() -> Vec<Damaged> {
    let (a, c) = (br#"{"id":"a","prompt":"p"}"#, br#"{"id":"c","prompt":"p"}"#);
    vec![
        file("array.json", 2, &[b"[\n ", a, b",\n {\"id\":\"b\",,\n \"x\":1},\n ", c, b",\n"])
            .row(3, 1, "not valid JSON")
            .row(6, 3, "before the array is closed"),
        file("cut.json", 1, &[b"[", a, b",\r\n{\"id\":\"b\",\"prom"]).row(2, 1, "the file ends inside this row"),
        file("tail.json", 1, &[b"[", a, b"]\n", c]).row(2, 1, "text after the end of the array"),
        file("gap.json", 2, &[b"[", a, b",\n,", c, b"]"]).row(2, 1, "no element between two commas"),
    ]
}

fn csv() -> Vec<Damaged> {
    vec![
        file(
            "fields.csv",
            1,
            &[b"\xEF\xBB\xBFid,prompt,cwe\r\n1,\"two\r\nlines\",89\r\n\r\n", b"2,p\r\n3,p,89,x\r\n4,caf\xe9,\r\n"],
        )
        .field(5, 1, "cwe", "has 2 fields, the header names 3")
        .row(6, 2, "has 4 fields")
        .field(7, 3, "prompt", "not valid UTF-8"),
        file("quote.csv", 1, &[b"id,prompt\n1,p\n2,\"never closed\n3,p\n"]).row(3, 1, "the file ends inside this row"),
    ]
}
