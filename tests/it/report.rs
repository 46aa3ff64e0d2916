//! Reports: the same cells in every format, whatever the names are.

use std::io::Write;
use std::process::{Command, Stdio};

use fdsp::core::escape;
use fdsp::core::event::Event;
use fdsp::core::ids::ApproachId;
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::VerdictMode;
use fdsp::dataset::stats::by_subset;
use fdsp::metrics::agreement::Agreement;
use fdsp::metrics::codeseceval::Published;
use fdsp::metrics::paper::Paper;
use fdsp::metrics::{RunRows, Study, Wanted};
use fdsp::report::{Document, Fact, Layout, Part, SetStats, Source, Table, TableId, build, json};
use fdsp::store::Store;
use serde_json::Value;

use crate::support::experiments;
use crate::support::fdsp::Fdsp;
use crate::support::stored::{FDSP, fixed, items, label, refine, run_info};
use crate::support::tables::{Names, labels, run};
use crate::support::venv;

const TEXT: Layout = Layout::Text { bold: false };
const LAYOUTS: [Layout; 5] = [TEXT, Layout::Markdown, Layout::Csv, Layout::Latex, Layout::Html];

/// Words that mean something to a terminal or to one of the formats.
const HOSTILE: [&str; 14] = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\" onload='x' &amp; &lt;",
    "\\input{/etc/passwd} \\write18{id}",
    "50 % of $x_1^2$ #{a}~{b} & more \\\\",
    "| a | b | \\| `c` ``",
    "[link](https://example.org) <https://example.org> www.example.org @name ~~x~~",
    "*bold* _it_ # head - item 1. one",
    "1. one\n\n2. two\r\n| --- |\t|",
    "\u{1b}]52;c;eA==\u{7}\u{1b}[31m\u{9b}2J",
    "user\u{202e}nimda\u{200b}\u{feff}",
    "=HYPERLINK(\"x\"),\"y\"",
    "- [ ] * + ` ' \" < > -- --- ?` !` [x",
    "漢字 ä é ł ″ 👩 ↓ –",
];

struct Made {
    rows: Vec<RunRows>,
    study: Study,
    agreement: Option<Agreement>,
}

impl Made {
    fn of(rows: Vec<RunRows>) -> Self {
        Self { study: Study::of(&rows, &Wanted::default()), rows, agreement: None }
    }

    /// With the labels of three annotators.
    fn labelled(rows: Vec<RunRows>, names: &Names) -> Self {
        let made = Self::of(rows);
        let agreement = Agreement::of(&made.study.runs, &labels(names));
        Self { agreement: Some(agreement), ..made }
    }

    fn source(&self) -> Source<'_> {
        Source {
            study: &self.study,
            rows: &self.rows,
            part: Part::All,
            sets: &[],
            agreement: self.agreement.as_ref(),
            why: &[],
            paper: None,
        }
    }

    fn document(&self) -> Document {
        build(&self.source())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&json(&self.source()).expect("a study is JSON")).expect("it is read back")
    }
}

/// All approaches under strict verdicts, and two under those of the paper.
fn two_runs() -> Made {
    let names = Names::plain("run-a", "model-a");
    let rows = vec![
        run(&names, VerdictMode::Strict, &ApproachId::REFINEMENTS),
        run(&Names::plain("run-b", "model-b"), VerdictMode::Paper, &[ApproachId::Direct, ApproachId::Fdsp]),
    ];
    Made::labelled(rows, &names)
}

fn hostile(word: &str) -> Made {
    let names = Names::all(word);
    Made::labelled(vec![run(&names, VerdictMode::Strict, &ApproachId::REFINEMENTS)], &names)
}

/// What parsers that forgive nothing find in the document's HTML, Markdown and LaTeX.
fn read_back(document: &Document) -> Value {
    let packages = ["html5lib==1.1", "markdown-it-py==4.0.0", "linkify-it-py==2.0.3", "pylatexenc==2.10"];
    let mut python = Command::new(venv::python("report", &packages));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/report/read.py");
    let mut child = python
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the environment's Python starts");
    let [html, markdown, latex] = [Layout::Html, Layout::Markdown, Layout::Latex].map(|layout| document.render(layout));
    let input = serde_json::json!({ "html": html, "markdown": markdown, "latex": latex });
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    stdin.write_all(input.to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "a report does not parse");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

fn cells(table: &Table) -> Vec<Vec<String>> {
    let head = table.columns.iter().map(|column| column.title.clone()).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(|cell| cell.text.clone()).collect());
    if table.rows.is_empty() { Vec::new() } else { std::iter::once(head).chain(rows).collect() }
}

/// The tables as every format must show them, each text changed by `shown`.
fn expected(document: &Document, shown: impl Fn(&str) -> String) -> Value {
    let table = |table: &Table| {
        let rows: Vec<Vec<String>> =
            cells(table).iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
        serde_json::json!({ "title": shown(&table.title), "rows": rows })
    };
    document.tables.iter().map(table).collect()
}

/// LaTeX's standard fonts end here; spaces at the ends of a cell do not show.
fn latin(text: &str) -> String {
    let kept = |c: char| matches!(c, ' '..='~' | '–' | '↓' | '×' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ');
    let one = |c: char| if kept(c) { c.to_string() } else { format!("[U+{:04X}]", c as u32) };
    words(&text.chars().map(one).collect::<String>())
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words_in(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(words(text)),
        Value::Array(values) => values.iter().map(words_in).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), words_in(value))).collect(),
        other => other.clone(),
    }
}

fn facts(document: &Document) -> Vec<(TableId, &Fact)> {
    let of = |table: &'_ Table| table.id;
    let facts = |table| {
        let table: &Table = table;
        table.rows.iter().flatten().filter_map(|cell| cell.fact.as_ref()).map(move |fact| (of(table), fact))
    };
    document.tables.iter().flat_map(facts).collect()
}

fn records(document: &Document) -> Vec<csv::StringRecord> {
    let text = document.render(Layout::Csv);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|record| record.expect("every record is as long as the head")).collect()
}

#[test]
fn text_and_markdown() {
    let document = two_runs().document();
    insta::assert_snapshot!("text", document.render(TEXT));
    insta::assert_snapshot!("markdown", document.render(Layout::Markdown));
}

#[test]
fn text_fits_the_terminal_and_is_bold_only_there() {
    let document = two_runs().document();
    let text = document.render(TEXT);
    let widest = text.lines().map(escape::columns).max();
    assert!(widest <= Some(100), "{widest:?}");
    assert!(!text.contains('\u{1b}'));
    assert!(document.render(Layout::Text { bold: true }).contains("\u{1b}[1mThe runs\u{1b}[0m\n"));
}

#[test]
fn every_format_shows_the_same_cells() {
    let document = two_runs().document();
    let found = read_back(&document);
    let all = expected(&document, str::to_owned);
    assert_eq!(found["html"]["tables"], all);
    assert_eq!(found["markdown"]["tables"], all);
    assert_eq!(words_in(&found["latex"]["tables"]), expected(&document, latin));
    let text = document.render(TEXT);
    for row in document.tables.iter().flat_map(cells) {
        let line = row.iter().filter(|cell| !cell.is_empty()).map(|cell| words(cell)).collect::<Vec<_>>().join(" ");
        assert!(text.lines().any(|found| words(found) == line), "not in the text: {line}");
    }
    let (facts, records) = (facts(&document), records(&document));
    assert_eq!(facts.len(), records.len());
    for ((table, fact), record) in facts.iter().zip(&records) {
        let number = |at: usize| record[at].parse::<f64>().ok();
        assert_eq!((&record[5], &record[7]), (table.as_str(), fact.measure.as_str()));
        assert_eq!(number(8), Some(fact.value));
        assert_eq!((number(9), number(10), number(11)), (fact.n.map(f64::from), fact.low, fact.high));
    }
}

/// Equal but for the last digit, which the JSON parser does not promise.
fn same(a: Option<f64>, b: Option<f64>) {
    let equal = match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs()),
        (None, None) => true,
        _ => false,
    };
    assert!(equal, "{a:?} {b:?}");
}

#[test]
fn csv_and_json_hold_the_same_numbers_in_full() {
    let made = two_runs();
    let (found, document) = (made.json(), made.document());
    let mut compared = 0;
    for record in records(&document).iter().filter(|record| &record[5] == "table1") {
        let field = match &record[7] {
            "vulnerable" | "invalid" | "pending" => &record[7],
            "drop in points" => "drop_points",
            "relative drop" => "relative_drop",
            other => panic!("{other} is not in Table 1"),
        };
        let tables = found["table1"].as_array().expect("tables");
        let table = tables.iter().find(|table| table["mode"] == record[3] && table["labels"] == record[4]);
        let block = &table.expect("its mode and labels")["blocks"][0];
        let column = block["runs"].as_array().and_then(|runs| runs.iter().position(|run| *run == record[0]));
        let rows = block["rows"].as_array().expect("rows");
        let line = rows.iter().find(|row| row["approach"] == record[6]).expect("its approach");
        let value = &line["cells"][column.expect("its run")][field];
        let number = |at: usize| record[at].parse::<f64>().ok();
        match value.as_f64() {
            Some(value) => same(Some(value), number(8)),
            None => {
                let parts = ["value", "of", "low", "high"].map(|name| value[name].as_f64());
                for (found, at) in parts.into_iter().zip(8..) {
                    same(found, number(at));
                }
                let evidence = value["evidence"].as_array().map(Vec::len);
                assert_eq!(evidence, value["count"].as_u64().map(|count| count as usize));
            }
        }
        compared += 1;
    }
    assert_eq!(compared, facts(&document).iter().filter(|(table, _)| *table == TableId::Table1).count());
    assert!(compared > 100, "{compared}");
    let fdsp = &found["unrealistic"][4];
    assert_eq!(fdsp["unrealistic"]["evidence"], serde_json::json!(["item-0"]));
    assert_eq!(fdsp["unrealistic"]["of"], fdsp["labelled"]["count"]);
    assert_eq!(fdsp["labelled"]["of"], 6);
    assert_eq!(found["unrealistic"][4]["versions"], 2);
}

#[test]
fn strict_over_a_paper_run_is_not_available() {
    let made = two_runs();
    let document = made.document();
    let strict = document.tables.iter().find(|table| {
        table.id == TableId::Table1 && table.title.contains("strict") && table.context[0].contains("run run-b")
    });
    let strict = strict.expect("the run has its table");
    assert!(strict.rows.iter().all(|row| row[1].text == "not available" || row[1].text == "not run"), "{strict:?}");
    assert!(strict.rows.iter().any(|row| row[1].text == "not available"));
    assert!(strict.notes.iter().any(|note| note.contains("not available")));
    assert!(made.json()["table1"][0]["blocks"][0]["rows"][0]["cells"][1].is_null());
}

/// Over a data set of the paper, with the published values.
#[test]
fn published_values_stand_beside_ours() {
    let paper = Paper::load().expect("the published values come with the program");
    let codeseceval = Published::load().expect("the published values come with the program");
    let mut names = Names::plain("run-a", "model-a");
    names.dataset = "python-security-eval".to_owned();
    let made = Made::of(vec![run(&names, VerdictMode::Strict, &ApproachId::REFINEMENTS)]);
    let source = Source { paper: Some((&paper, &codeseceval)), ..made.source() };
    let document = build(&source);
    assert!(document.tables.iter().all(|table| !table.id.as_str().starts_with("codeseceval")), "nothing was tested");
    let beside: Vec<&Table> =
        document.tables.iter().filter(|table| table.title.contains("published and ours")).collect();
    assert_eq!(beside.len(), 4);
    let shown = cells(beside[0]);
    assert_eq!(shown[0], ["approach", "GPT-4", "drop", "GPT-3.5", "drop", "CodeLlama", "drop", "ours: model-a"]);
    assert_eq!(shown[6], ["FDSP", "7.4", "32.7", "15.7", "32.7", "13.6", "28.7", "2/11 18.2 % (↓ 48.5)"]);
    let counts = document.tables.iter().find(|table| table.id == TableId::PaperCounts).expect("the counts");
    assert_eq!(counts.rows.len(), 18);
    let line = |row: &Vec<String>| row[0] == "FDSP" && row[1] == "GPT-4";
    assert_eq!(cells(counts).iter().find(|row| line(row)).map(|row| row[3].clone()).as_deref(), Some("35/470 rounded"));
    let found = read_back(&document);
    assert_eq!(found["html"]["tables"], expected(&document, str::to_owned));
    assert_eq!(found["markdown"]["tables"], expected(&document, str::to_owned));
    assert_eq!(words_in(&found["latex"]["tables"]), expected(&document, latin));
    let published =
        |record: &&csv::StringRecord| &record[0] == "published" && &record[7] == "published share in percent";
    let of_paper: Vec<csv::StringRecord> = records(&document);
    let fdsp = of_paper.iter().filter(published).find(|record| &record[2] == "GPT-4" && &record[6] == "fdsp");
    assert_eq!(fdsp.map(|record| record[8].to_owned()).as_deref(), Some("7.4"));
    let text = json(&source).expect("JSON");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["paper"]["table1"].as_array().map(Vec::len), Some(1));
    let cell = &value["paper"]["table1"][0]["rows"][5]["cells"][0];
    assert_eq!((&cell["share"], &cell["reproduced"]["counts"][0]["count"]), (&"7.4".into(), &35.into()));
    // A data set that the paper does not have is said to be one.
    let other = two_runs();
    let text = build(&Source { paper: Some((&paper, &codeseceval)), ..other.source() }).render(TEXT);
    assert!(text.contains("The paper has no values for the data set starter."), "{text}");
    assert!(text.contains("57/149") && text.contains("no count of the stated 150 prints so"), "{text}");
}

/// The four experiments of CodeSecEval, read from a store.
async fn four_experiments(store: &Store) -> Result<(), fdsp::store::StoreError> {
    let items: Vec<_> = experiments::ITEMS.iter().map(experiments::item).collect();
    store.create_run(&experiments::info(), &items).await?;
    for line in &experiments::ITEMS {
        store.append(experiments::RUN, line.0, experiments::events(line)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn codeseceval_has_tables_of_its_own_name() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    four_experiments(&store).await?;
    let made = Made::of(vec![store.study_rows(experiments::RUN).await?]);
    let parts = by_subset(&store.items(experiments::RUN).await?);
    let sets = [SetStats { dataset: "codeseceval".to_owned(), parts }];
    let (paper, codeseceval) = (Paper::load()?, Published::load()?);
    let source = Source { part: Part::CodeSecEval, sets: &sets, ..made.source() };
    let document = build(&source);
    insta::assert_snapshot!("codeseceval", document.render(TEXT));
    let compared = Source { paper: Some((&paper, &codeseceval)), ..source };
    let beside = build(&compared);
    let found = read_back(&beside);
    assert_eq!(found["html"]["tables"], expected(&beside, str::to_owned));
    assert_eq!(found["markdown"]["tables"], expected(&beside, str::to_owned));
    assert_eq!(words_in(&found["latex"]["tables"]), expected(&beside, latin));
    assert_eq!(facts(&beside).len(), records(&beside).len());
    // Ours stand below the published values of the same items; a line for each column of the paper's table.
    let generation = beside.tables.iter().find(|table| table.title.contains("Direct Code Generation")).expect("it");
    let ours: Vec<Vec<String>> = cells(generation).into_iter().filter(|row| row[0].starts_with("ours")).collect();
    let items: Vec<[&str; 2]> = ours.iter().map(|row| [row[2].as_str(), row[3].as_str()]).collect();
    assert_eq!(items, [["CodeSecEval", "7"], ["SecEvalBase", "2"], ["SecEvalPlus", "5"]]);
    assert_eq!(ours[0][4], "25.71", "18 of 70 samples pass");
    let sets = beside.tables.iter().find(|table| table.title == "CodeSecEval, Table 1: published and ours");
    let last = sets.and_then(|table| cells(table).pop()).expect("Table 1");
    assert_eq!(last[..2], ["ours: codeseceval, SecEvalPlus", "5"]);
    let text = beside.render(TEXT);
    for words in ["85 and 95 by hand", "54.97", "16.23 to 29.23", "one of 66 items does", "cannot fall as k grows"] {
        assert!(words_in_order(&text, words), "{words}: {text}");
    }
    assert!(!text.contains("Table 1, codeseceval: share of vulnerable code"), "the other study is not in it");
    let value: Value = serde_json::from_str(&json(&compared)?)?;
    assert_eq!(value["executed"][0]["all"]["pass"]["count"], 18);
    assert_eq!(value["executed"][0]["subsets"][1]["types"][0]["cwe"], serde_json::json!([78]));
    assert_eq!(value["codeseceval"]["figures"][0]["k"], 5);
    assert_eq!(value["codeseceval"]["table1"][0]["parts"][0]["stats"]["cwe_types"], 5);
    assert_eq!(value["codeseceval_paper"]["misfits"].as_array().map(Vec::len), Some(15));
    assert_eq!(value.get("paper"), None);
    Ok(())
}

/// Four samples of ten are tested: no pass@5, and the figures say which k they show.
#[tokio::test]
async fn what_too_few_samples_cannot_answer() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    let items: Vec<_> = experiments::ITEMS.iter().map(experiments::item).collect();
    store.create_run(&experiments::info(), &items).await?;
    for line in &experiments::ITEMS {
        let mut events = experiments::events(line);
        events.retain(|(stream, event)| stream.sample < 4 || !matches!(event, Event::Executed(_)));
        store.append(experiments::RUN, line.0, events).await?;
    }
    let made = Made::of(vec![store.study_rows(experiments::RUN).await?]);
    let document = build(&Source { part: Part::CodeSecEval, ..made.source() });
    let find = |id| document.tables.iter().find(|table| table.id == id).expect("the table");
    let generation = find(TableId::CodeSecEval2);
    assert_eq!(cells(generation)[1][..4], ["Generated code", "all items", "7", "4"]);
    assert_eq!(cells(generation)[1][7..], ["–", "–", "–"], "pass@5, pass@7 and pass@10");
    assert!(generation.notes.iter().any(|note| note.contains("28/70 samples are tested")), "{:?}", generation.notes);
    let figure = find(TableId::CodeSecEvalFigure3);
    assert!(figure.title.contains("pass@3 by CWE type, SecEvalPlus"), "{}", figure.title);
    assert!(figure.notes.iter().any(|note| note.contains("not pass@5 as published")), "{:?}", figure.notes);
    Ok(())
}

/// Whether `wanted` stands in a text whose lines are broken between words.
fn words_in_order(text: &str, wanted: &str) -> bool {
    words(text).contains(wanted)
}

#[test]
fn a_part_holds_its_tables_alone() {
    let made = two_runs();
    let ids = |part| {
        let document = build(&Source { part, ..made.source() });
        let mut ids: Vec<&str> = document.tables.iter().map(|table| table.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.join(" ")
    };
    assert_eq!(
        ids(Part::Table1),
        "agreement agreement-by-approach agreement-by-item agreement-by-reason agreement-confusion agreement-pairs hollow \
         labels mcnemar overview runs table1 unrealistic"
    );
    assert_eq!(ids(Part::Table2), "hollow runs scanners scanners-by-cwe scanners-by-item table2");
    assert_eq!(ids(Part::Hints), "hints hollow queue runs");
    assert!(ids(Part::All).contains(" figure3 figure4 figure5"));
    let two = json(&Source { part: Part::Table2, ..made.source() }).expect("JSON");
    let two: Value = serde_json::from_str(&two).expect("JSON");
    assert_eq!((two.get("table1"), two["scanners"][0]["second"].as_str()), (None, Some("semgrep")));
}

#[test]
fn no_name_acts_on_a_terminal_or_changes_a_format() {
    let packed: Vec<Made> = HOSTILE.iter().map(|word| hostile(word)).collect();
    let names = Names::plain("run-a", "model-a");
    let rows = vec![run(&names, VerdictMode::Strict, &ApproachId::REFINEMENTS)];
    let plain = read_back(&Made::labelled(rows, &names).document());
    for (word, made) in HOSTILE.iter().zip(&packed) {
        let document = made.document();
        for layout in LAYOUTS {
            let text = document.render(layout);
            let bad = text.chars().find(|&c| c != '\n' && escape::is_hidden(c));
            assert_eq!(bad, None, "{word:?} in {layout:?}");
        }
        let found = read_back(&document);
        // Nothing but what a report over plain names has, and every cell reads back as it was.
        for (format, part) in [
            ("html", "elements"),
            ("html", "attributes"),
            ("html", "links"),
            ("markdown", "kinds"),
            ("latex", "comments"),
        ] {
            assert_eq!(found[format][part], plain[format][part], "{word:?} in {format}");
        }
        assert_eq!(found["html"]["tables"], expected(&document, str::to_owned), "{word:?}");
        let markdown = words_in(&found["markdown"]["tables"]);
        assert_eq!(markdown, expected(&document, words), "{word:?}");
        assert_eq!(words_in(&found["latex"]["tables"]), expected(&document, latin), "{word:?}");
        let (macros, known) = (&found["latex"]["macros"], &plain["latex"]["macros"]);
        for name in macros.as_array().expect("a list").iter().filter_map(Value::as_str) {
            let character = name.starts_with("text") || matches!(name, "#" | "$" | "%" | "&" | "_" | "{" | "}");
            let plain = known.as_array().is_some_and(|known| known.iter().any(|known| known == name));
            assert!(character || plain || name == "downarrow", "{word:?}: {name}");
        }
        let name = escape::line(word, escape::TAB);
        let first = &records(&document)[0];
        assert!(first[0] == name || first[0] == format!("'{name}"), "{word:?}: {}", &first[0]);
        assert!(!first[0].starts_with(['=', '+', '-', '@']), "{word:?}");
        let text = json(&made.source()).expect("JSON");
        assert!(!text.chars().any(|c| c != '\n' && escape::is_hidden(c)), "{word:?}");
        assert_eq!(made.json()["runs"][0]["info"]["id"], *word);
        assert_eq!(made.json()["table1"][0]["blocks"][0]["dataset"], *word);
    }
    plain["html"]["elements"].as_array().expect("a list").iter().for_each(|name| assert_ne!(name, "script"));
}

#[test]
fn html_needs_nothing_from_elsewhere() {
    let document = two_runs().document();
    let html = document.render(Layout::Html);
    for word in ["http", "src=", "@import", "url(", "<script", "<link"] {
        assert!(!html.contains(word), "{word}");
    }
    let charts: usize = document.tables.iter().map(|table| table.charts.len()).sum();
    assert_eq!(html.matches("<svg ").count(), charts);
    assert!(charts > 10 && html.contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn the_command_writes_each_format() -> Result<(), Box<dyn std::error::Error>> {
    let fdsp = Fdsp::new();
    let store = Store::open(&fdsp.db()).await?;
    store.create_run(&run_info("alpha"), &items(2)).await?;
    store.append("alpha", "item-0", fixed("x", 2)).await?;
    store.append("alpha", "item-0", vec![(FDSP, label("ana", refine(1, 2), LabelVerdict::Unrealistic))]).await?;
    let whole = fdsp.output(&["report", "alpha", "alp"]);
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    assert!(!whole.stdout.contains('\u{1b}') && whole.stdout.contains("Table 1, starter"), "{}", whole.stdout);
    for (format, file, begins) in [
        ("text", "a.txt", "Report of fdsp\n"),
        ("markdown", "a.md", "# Report of fdsp\n"),
        ("csv", "a.csv", "run,dataset,model,"),
        ("latex", "a.tex", "\\documentclass"),
        ("json", "a.json", "{"),
        ("html", "a.html", "<!DOCTYPE html>"),
    ] {
        let printed = fdsp.output(&["report", "alpha", "--format", format]);
        assert!(printed.code == Some(0) && printed.stdout.starts_with(begins), "{format}: {}", printed.stderr);
        assert_eq!(fdsp.output(&["report", "alpha", "--out", file]).code, Some(0));
        assert_eq!(std::fs::read_to_string(fdsp.home().join(file))?, printed.stdout, "{format}");
    }
    let some = fdsp.output(&["report", "alpha", "--table", "1", "--verdict", "paper", "--labels", "with"]).stdout;
    assert!(some.contains("(paper verdicts, with labels)"), "{some}");
    assert!(!some.contains("without labels") && !some.contains("(strict verdicts") && !some.contains("Figure"));
    let compared = fdsp.output(&["report", "alpha", "--compare", "paper"]);
    assert!(compared.code == Some(0) && compared.stdout.contains("the counts behind"), "{}", compared.stderr);
    let alone = fdsp.output(&["report", "alpha", "--study", "codeseceval"]);
    assert!(
        alone.code == Some(0) && alone.stdout.contains("The items of these runs have no tests"),
        "{}",
        alone.stdout
    );
    assert!(!alone.stdout.contains("Table 1, starter"), "{}", alone.stdout);
    let both = fdsp.output(&["report", "alpha", "--study", "codeseceval", "--table", "1"]);
    assert!(both.code == Some(2) && both.stderr.contains("leave out --study codeseceval"), "{}", both.stderr);
    four_experiments(&store).await?;
    let tested = fdsp.output(&["report", "experiments"]);
    assert!(tested.stdout.contains("CodeSecEval, Table 2") && tested.stdout.contains("Table 1, codeseceval: share"));
    let fdsp_alone = fdsp.output(&["report", "experiments", "--study", "fdsp"]);
    assert!(fdsp_alone.code == Some(0) && !fdsp_alone.stdout.contains("CodeSecEval, Table"), "{}", fdsp_alone.stdout);
    let missing = fdsp.output(&["report", "beta"]);
    assert!(missing.code == Some(2) && missing.stderr.contains("no run `beta`"), "{}", missing.stderr);
    let nowhere = fdsp.output(&["report", "alpha", "--out", "no/such/folder.md"]);
    assert!(nowhere.code == Some(2) && nowhere.stderr.contains("no/such/folder.md"), "{}", nowhere.stderr);
    Ok(())
}
