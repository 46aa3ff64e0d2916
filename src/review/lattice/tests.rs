use super::*;
use crate::core::event::{
    Asked, CallFailed, Checked, Entry, Event, Extracted, Proposed, Request, Scanned, Solution, StopReason, Stopped,
    SyntaxProblem,
};
use crate::core::finding::{Finding, Scan, ScannerId};
use crate::core::label::{Label, LabelVerdict};

const GENERATE: StreamId = StreamId { approach: ApproachId::Generate, sample: 0 };
const FDSP: StreamId = StreamId { approach: ApproachId::Fdsp, sample: 0 };
const DIRECT: StreamId = StreamId { approach: ApproachId::Direct, sample: 0 };

fn finding(rule: &str, line: u32) -> Finding {
    Finding {
        rule: rule.to_owned(),
        name: String::new(),
        cwe: Some(78),
        severity: None,
        confidence: None,
        line,
        end_line: line,
        column: 1,
        message: String::new(),
        suppressed: None,
    }
}

/// `a B1 | b | c B2` is code of three lines with findings on the first and the last; `!` in front: it does not parse.
fn version(code: &str) -> (String, Option<String>, Vec<Finding>) {
    let broken = code.strip_prefix('!');
    let mut text = String::new();
    let mut findings = Vec::new();
    for (line, words) in broken.unwrap_or(code).split(" | ").zip(1..).map(|(words, line)| (line, words)) {
        let mut words = words.split(' ');
        text.push_str(words.next().unwrap_or(""));
        text.push('\n');
        findings.extend(words.map(|rule| finding(rule, line)));
    }
    (text, broken.map(|_| "expected an expression".to_owned()), findings)
}

#[derive(Default)]
struct Story(Vec<(StreamId, Event)>);

impl Story {
    fn version(mut self, stream: StreamId, step: Step, code: &str) -> Self {
        let (text, error, findings) = version(code);
        self.0.push((
            stream,
            Event::Extracted(Extracted { step, code: Some(text.into()), why: String::new(), unclosed: false }),
        ));
        let error = error.map(|message| SyntaxProblem { line: 1, column: 1, message });
        let failed = error.as_ref().map(|error| crate::core::finding::ScanError {
            line: Some(1),
            message: error.message.clone(),
            failed: false,
        });
        self.0.push((
            stream,
            Event::Checked(Checked { step, target: "3.11".into(), error, raised: None, undefined: Vec::new() }),
        ));
        let scanner = ScannerId { name: "bandit".into(), version: "1".into() };
        self.0.push((stream, Event::Scanned(Scanned { step, scan: Scan { scanner, error: failed, findings } })));
        self
    }

    fn event(mut self, stream: StreamId, event: Event) -> Self {
        self.0.push((stream, event));
        self
    }

    fn proposed(self, titles: &[&str]) -> Self {
        let solutions =
            titles.iter().map(|title| Solution { title: (*title).to_owned(), text: (*title).into() }).collect();
        self.event(FDSP, Event::Proposed(Proposed { wanted: 3, solutions }))
    }

    fn stopped(self, stream: StreamId, reason: StopReason) -> Self {
        self.event(stream, Event::Stopped(Stopped { reason }))
    }

    fn state(self) -> ItemState {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let entries: Vec<Entry> =
            self.0.into_iter().zip(1..).map(|((stream, event), seq)| Entry { seq, at, stream, event }).collect();
        ItemState::of(&entries)
    }
}

fn k(solution: u32, iteration: u32) -> Step {
    Step::Refine { solution: Some(solution), iteration }
}

fn wanted() -> Wanted {
    Wanted { mode: VerdictMode::Strict, solutions: 3, iterations: 3, opinions: true }
}

fn signs(marks: &[Mark]) -> String {
    let sign = |mark: &Mark| match mark {
        Mark::Before => " ".to_owned(),
        Mark::New(line) => format!("n{line}"),
        Mark::Still(line) => format!("s{line}"),
        Mark::Moved(line) => format!("m{line}"),
        Mark::Back(line) => format!("b{line}"),
        Mark::Gone => "o".to_owned(),
        Mark::Unread => "?".to_owned(),
        Mark::Nothing => "-".to_owned(),
    };
    marks.iter().map(sign).collect::<Vec<_>>().join(" ")
}

/// The versions of a row, then of each finding its rules and what became of it, and of each version its changes.
#[test]
fn findings_along_a_row() {
    let table: &[(&[&str], &[&str], &[&str])] = &[
        // Lines shift: the same finding.
        (&["a B1", "x | y | a B1"], &["B1 n1 s3"], &["-", "+0-0m0b0"]),
        // Fixed, and back: on the line as it was, and on another one.
        (&["a B1", "x", "y | a B1"], &["B1 n1 o b2"], &["-", "+0-1m0b0", "+0-0m0b1"]),
        (&["a B1", "x", "c B1"], &["B1 n1 o b1"], &["-", "+0-1m0b0", "+0-0m0b1"]),
        // Its line rewritten; another rule of the same role in its place; a rule of another role.
        (&["a B1", "b B1"], &["B1 n1 m1"], &["-", "+0-0m1b0"]),
        (&["a B602", "a B605"], &["B602>B605 n1 m1"], &["-", "+0-0m1b0"]),
        (&["a B404", "a B605"], &["B404 n1 o", "B605   n1"], &["-", "+1-1m0b0"]),
        // Of two alike one goes: the text says which, and it is that one that comes back.
        (&["a B1 | b B1", "b B1", "a B1"], &["B1 n1 o b1", "B1 n2 s1 o"], &["-", "+0-1m0b0", "+0-1m0b1"]),
        // What no scanner read tells nothing; the next version is compared with the last that was read.
        (&["a B1", "!a", "a B1"], &["B1 n1 ? s1"], &["-", "-", "+0-0m0b0"]),
        (&["!a", "a B1"], &["B1   n1"], &["-", "-"]),
        (&["!a", "a B1", "a"], &["B1   n1 o"], &["-", "-", "+0-1m0b0"]),
        // Twice on one line is two findings.
        (&["a B1 B1", "a B1"], &["B1 n1 s1", "B1 n1 o"], &["-", "+0-1m0b0"]),
    ];
    for (versions, tracks, changes) in table {
        let mut story = Story::default().version(GENERATE, Step::Generate, versions[0]).proposed(&["one"]);
        for (code, iteration) in versions[1..].iter().zip(1..) {
            story = story.version(FDSP, k(1, iteration), code);
        }
        let story = story.stopped(FDSP, StopReason::Exhausted);
        let lattice =
            Lattice::of(&story.state(), &[FDSP], Wanted { iterations: versions.len() as u32 - 1, ..wanted() });
        let row = &lattice.rows[0];
        let told: Vec<String> =
            row.tracks.iter().map(|track| format!("{} {}", track.rules.join(">"), signs(&track.marks))).collect();
        assert_eq!(told, *tracks, "{versions:?}");
        let change = |cell: &Cell| match cell.seen().and_then(|seen| seen.changes) {
            Some(it) => format!("+{}-{}m{}b{}", it.born, it.fixed, it.moved, it.back),
            None => "-".to_owned(),
        };
        assert_eq!(row.cells.iter().map(change).collect::<Vec<_>>(), *changes, "{versions:?}");
    }
}

fn shape(lattice: &Lattice) -> Vec<String> {
    let cell = |cell: &Cell| match cell {
        Cell::Version(seen) => {
            format!("{}{}", seen.verdict.map_or("-", |it| it.as_str()), if seen.fix { "*" } else { "" })
        }
        Cell::Asked(why) => format!("asked {}", why.as_deref().unwrap_or("")),
        Cell::ToCome => "to come".to_owned(),
        Cell::NotNeeded => "not needed".to_owned(),
    };
    let row = |row: &Row| {
        let head = row.solution.map_or_else(|| row.stream.approach.to_string(), |j| format!("S{j} {}", row.title));
        format!("{head}: {}", row.cells.iter().map(cell).collect::<Vec<_>>().join(", "))
    };
    lattice.rows.iter().map(row).collect()
}

fn asked(step: Step) -> Event {
    let request = Request { template: String::new(), parts: Vec::new(), max_tokens: 1, sent: String::new() };
    Event::Asked(Asked { step, request })
}

#[test]
fn a_row_for_each_solution_and_baseline() {
    let streams = [DIRECT, FDSP];
    let first = Lattice::of(&ItemState::default(), &streams, wanted());
    assert_eq!(
        shape(&first),
        [
            "direct: to come, to come",
            "S1 : to come, to come, to come, to come",
            "S2 : to come, to come, to come, to come",
            "S3 : to come, to come, to come, to come",
        ]
    );
    let failed = CallFailed {
        step: k(2, 1),
        reason: "half".into(),
        message: String::new(),
        status: None,
        partial: None,
        tries: 1,
        seconds: 1.0,
    };
    let story = || {
        let single = Step::Refine { solution: None, iteration: 1 };
        Story::default()
            .version(GENERATE, Step::Generate, "a B602")
            .stopped(GENERATE, StopReason::Generated)
            .event(DIRECT, asked(single))
            .version(DIRECT, single, "b B602")
            .stopped(DIRECT, StopReason::Exhausted)
            .proposed(&["quote", "list"])
            .version(FDSP, k(1, 1), "!x")
            .event(FDSP, asked(k(2, 1)))
    };
    let open = Lattice::of(&story().event(FDSP, Event::CallFailed(failed)).state(), &streams, wanted());
    assert_eq!(
        shape(&open),
        [
            "direct: vulnerable, vulnerable",
            "S1 quote: vulnerable, invalid, to come, to come",
            "S2 list: vulnerable, asked half, to come, to come",
        ]
    );
    let state = story().version(FDSP, k(2, 1), "b").stopped(FDSP, StopReason::Fixed).state();
    let fixed = Lattice::of(&state, &streams, wanted());
    assert_eq!(shape(&fixed)[2], "S2 list: vulnerable, secure*, not needed, not needed");
    assert_eq!(fixed.iterations, 3);
    assert_eq!(fixed.find(FDSP, FDSP, k(2, 1)), Some((2, 1)));
    assert_eq!(fixed.find(FDSP, GENERATE, Step::Generate), Some((1, 0)));
    assert_eq!(fixed.find(DIRECT, GENERATE, Step::Generate), Some((0, 0)));
    // What was never refined has one cell.
    let secure = Story::default()
        .version(GENERATE, Step::Generate, "a")
        .stopped(GENERATE, StopReason::Generated)
        .stopped(FDSP, StopReason::SecureFromStart);
    assert_eq!(shape(&Lattice::of(&secure.state(), &[FDSP], wanted())), ["fdsp: secure"]);
}

#[test]
fn labels_and_hints_are_left_out_where_they_are_not_wanted() {
    let story = Story::default().version(GENERATE, Step::Generate, "a B602").proposed(&["quote"]).version(
        FDSP,
        k(1, 1),
        "a | b B605",
    );
    let code = story.0.iter().rev().find_map(|(_, event)| match event {
        Event::Extracted(extracted) => extracted.code.as_ref().map(crate::core::text::Text::hash),
        _ => None,
    });
    let label = Label { verdict: Some(LabelVerdict::Unsure), ..Label::on("ben", k(1, 1), &code.unwrap_or_default()) };
    let state = story.event(FDSP, Event::Labelled(label)).state();
    for opinions in [true, false] {
        let lattice = Lattice::of(&state, &[FDSP], Wanted { opinions, ..wanted() });
        let seen = lattice.cell(0, 1).and_then(Cell::seen).expect("a version");
        assert_eq!(seen.hints.iter().any(|hint| hint.kind == HintKind::FindingMoved), opinions);
        assert_eq!(seen.standing == Standing::Agreed(LabelVerdict::Unsure), opinions);
    }
}
