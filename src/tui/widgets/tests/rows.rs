//! Rows of a diff: moved runs, what is hidden, long lines wrapped.

use super::*;

/// How a diff is made and drawn.
struct Way {
    hide: bool,
    layout: Layout,
    wrap: bool,
    size: (u16, u16),
    top: usize,
}

const UNIFIED: Way = Way { hide: false, layout: Layout::Unified, wrap: false, size: (60, 20), top: 0 };
const SPLIT: Way = Way { layout: Layout::Split, size: (130, 20), ..UNIFIED };

/// Findings on line 4 of the old text and on line 2 of the new one.
fn drawn(texts: (&str, &str), way: &Way) -> String {
    let theme = theme("dark");
    let options = Options { words: true, ignore_space: way.hide, ignore_comments: way.hide };
    let diff = Diff::between(texts.0, texts.1, &options);
    let rows = if way.layout == Layout::Split { diff.split(2) } else { diff.unified(2) };
    let (before, after) = (Marks::new(&[finding("B608", 89, (4, 4))]), Marks::new(&[finding("B602", 78, (2, 2))]));
    let wrap = way.wrap.then(|| Wrap::new(&diff, (&before, &after), &rows, way.layout, way.size.0));
    let mut buffer = Buffer::empty(Rect::new(0, 0, way.size.0, way.size.1));
    DiffView {
        diff: &diff,
        rows: &rows,
        layout: way.layout,
        wrap: wrap.as_ref(),
        old: Ink { spans: None, marks: &before },
        new: Ink { spans: None, marks: &after },
        top: way.top,
        left: 0,
        current: None,
        theme: &theme,
    }
    .render(buffer.area, &mut buffer);
    svg::to_text(&buffer)
}

#[test]
fn moved_runs() {
    let run = "def checked(path, base):\n    full = resolve(base, path)\n    check(full)\n    return full\n";
    let rest: String = (1..9).map(|line| format!("statement_that_stays({line})\n")).collect();
    let deeper: String = run.lines().map(|line| format!("    {line}\n")).collect();
    let (old, new) = (format!("{run}\n{rest}"), format!("{rest}\nclass Paths:\n{deeper}"));
    for (name, way) in
        [("moved_unified_60", UNIFIED), ("moved_split_130", SPLIT), ("moved_split_70", Way { size: (70, 20), ..SPLIT })]
    {
        assert_snapshot!(name, drawn((&old, &new), &way));
    }
}

/// Side by side each half shows its own text, whatever is hidden: its numbers and marks belong to it.
#[test]
fn each_half_shows_its_own_text() {
    let way = Way { hide: true, size: (60, 4), ..SPLIT };
    let rows = drawn(("if  a:  # old\n", "if a:  # new\n"), &way);
    assert_eq!(rows.lines().next(), Some("≈  1  if  a:  # old           ≈  1  if a:  # new"));
}

#[test]
fn hints_give_way_to_findings_and_to_code() {
    let theme = theme("dark");
    let mut marks = Marks::new(&[finding("B608", 89, (2, 2))]);
    for line in [1, 2, 4] {
        marks.hint(line, line + u32::from(line == 4), "a stub stands where there was work", "stub", Role::Warn);
    }
    marks.hint(4, 4, "nothing is left", "little remains", Role::Text);
    let text = "def run(path):\n    return path\n\n    a_line_that_takes_some_of_the_room()\n    pass\n";
    let drawn = |width: u16| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 5));
        let source = Source::new(text);
        CodeView { source: &source, spans: None, marks: &marks, top: 0, left: 0, selected: None, theme: &theme }
            .render(buffer.area, &mut buffer);
        buffer
    };
    assert_snapshot!("hints", [110, 72, 48, 30].map(|width| svg::to_text(&drawn(width))).join("\n"));
    // A hint has no ground of its own.
    let buffer = drawn(110);
    let ground = |line: u16| buffer[(20, line)].bg;
    assert_eq!(ground(0), ground(2));
    assert_ne!(ground(0), ground(1));
}

#[test]
fn what_is_hidden_is_marked() {
    let old = "import os\n# by hand\nif  path:\n  run(path)  # as it is\n  log(path)\nend(path)\n";
    let new = "import os\nif path:\n\n    run(path)\n    log(path, None)\n    # nosec\nend(path)\n";
    for (name, way) in [("hidden_unified_60", UNIFIED), ("hidden_split_100", Way { size: (100, 20), ..SPLIT })] {
        assert_snapshot!(name, drawn((old, new), &Way { hide: true, ..way }));
    }
}

const LONG: (&str, &str) = (
    "def rows(db, table):\n    cur = db.cursor()\n    cur.execute('SELECT name FROM ' + table + ' WHERE name = ' + name)\n    return cur.fetchall()  # every row of the table, as a list of tuples\n",
    "def rows(db, table):\n    run('ls ' + table, shell=True)\n    cur = db.cursor()\n    cur.execute(f'SELECT name, 漢字漢字漢字漢字漢字漢字漢字漢字 FROM {ALLOWED[table]} WHERE name = ?', [name])\n    return cur.fetchall()  # every row of the table, as a list of tuples\n",
);

#[test]
fn long_lines_go_on_below_on_both_sides_in_step() {
    for (name, way) in [
        ("wrap_unified_40", Way { size: (40, 20), ..UNIFIED }),
        ("wrap_split_70", Way { size: (70, 20), ..SPLIT }),
        ("wrap_split_130", SPLIT),
        ("wrap_split_40_from_the_middle", Way { size: (40, 12), top: 7, ..SPLIT }),
    ] {
        assert_snapshot!(name, drawn(LONG, &Way { wrap: true, ..way }));
    }
}

/// The text column of a unified diff of one added line, its rows put together again.
fn together(text: &str, width: u16) -> String {
    let way = Way { wrap: true, size: (width, 40), ..UNIFIED };
    drawn(("", &format!("{text}\n")), &way).lines().map(|row| row.chars().skip(6).collect::<String>()).collect()
}

#[test]
fn parts_keep_tab_stops_and_whole_characters() {
    // Tab stops count from the line's begin: the tab behind `abcdefghij` is two columns wide.
    assert_eq!(together("abcdefghij\tk", 17), "abcdefghij  k");
    assert_eq!(together("abcdefgh\tk", 15), "abcdefgh    k");
    assert_eq!(together("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", 8), "e\u{301}".repeat(5));
    // A wide character goes to the next part as a whole; what is shown for a hidden one too.
    assert_eq!(together("a漢字b", 8), "a漢字b");
    assert_eq!(together("ab\u{202e}c", 14), "ab⟦U+202E⟧c");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn parts_cover_their_lines_and_fit(old in hostile(), new in hostile(), width in 0u16..80, split: bool) {
        let diff = Diff::between(&old, &new, &Options::default());
        let (rows, layout) = if split { (diff.split(3), Layout::Split) } else { (diff.unified(3), Layout::Unified) };
        let marks = Marks::new(&findings());
        let wrap = Wrap::new(&diff, (&marks, &marks), &rows, layout, width);
        let mut height = 0;
        for (index, row) in rows.iter().enumerate() {
            prop_assert_eq!(wrap.first(index), height);
            let mut most = 1;
            for (of_old, line) in super::super::diff::Sides::drawn(row, layout) {
                let text = if of_old { diff.old.line(line) } else { diff.new.line(line) };
                let parts = wrap.parts(of_old, line);
                most = most.max(parts.len());
                let whole: String = parts.iter().map(|part| &text[part.bytes.clone()]).collect();
                prop_assert!(parts.is_empty() || whole == text);
                for (part, next) in parts.iter().zip(parts.iter().skip(1)) {
                    prop_assert_eq!(part.bytes.end, next.bytes.start);
                    prop_assert_eq!(escape::width(&text[..next.bytes.start], 0, escape::TAB), next.column);
                }
            }
            prop_assert_eq!(wrap.at(height), Some((index, 0)));
            height += most;
        }
        prop_assert_eq!(wrap.len(), height);
    }
}
