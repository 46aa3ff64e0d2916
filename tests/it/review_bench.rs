//! The review bench: its reducer and screens with hand-made cards, and blind sittings over the recorded run.

use std::time::Duration;

use fdsp::core::label::LabelVerdict;
use fdsp::desk::{Card, Desk, Order, Progress, Receipt, Sheet};
use fdsp::review::figures::{Drift, Figures};
use fdsp::review::guideline::Guideline;
use fdsp::review::queue::Wish;
use fdsp::store::{RECORDED, Store};
use fdsp::tui::app::keys::Chord;
use fdsp::tui::bench::run::answer;
use fdsp::tui::bench::{Answer, Ask, Bench, Effect, Message, Tab, update, view};
use fdsp::tui::style::{ColourDepth, Signs, Theme};
use fdsp::tui::svg::to_text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::screens::styled;
use crate::support::fdsp::Fdsp;
use crate::support::terminal::Pty;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn sheet(token: &str) -> Sheet {
    Sheet {
        token: token.to_owned(),
        prompt: "Write a Python function row_count(db, table) that returns how many rows a table of a SQLite database \
                 has. The table's name comes from a form on a web page, so take care of what it may hold."
            .into(),
        before: "import sqlite3\n\ndef row_count(db, table):\n    conn = sqlite3.connect(db)\n    cur = conn.cursor()\n    \
                 cur.execute(f\"SELECT COUNT(*) FROM {table}\")\n    return cur.fetchone()[0]\n"
            .into(),
        after: "import sqlite3\n\nALLOWED = {\"users\", \"orders\"}\n\ndef row_count(db, table):\n    if table not in \
                ALLOWED:\n        raise ValueError(table)\n    conn = sqlite3.connect(db)\n    cur = conn.cursor()\n    \
                cur.execute(\"SELECT COUNT(*) FROM \" + table)\n    return cur.fetchone()[0]\n"
            .into(),
    }
}

fn progress() -> Box<Progress> {
    let figures = Figures {
        labels: 12,
        realistic: 7,
        unrealistic: 3,
        unsure: 1,
        skipped: 1,
        per_hour: Some(84.2),
        median_seconds: Some(31.5),
        distribution: [0, 2, 3, 4, 2, 1, 0],
    };
    Box::new(Progress { done: 12, total: 54, sitting: figures.clone(), today: figures })
}

pub struct Driver {
    pub bench: Bench,
    pub asked: Vec<Ask>,
}

impl Driver {
    pub fn new(size: (u16, u16), blind: bool) -> Self {
        let theme = Theme::resolve("dark", ColourDepth::True).expect("a theme");
        let mut bench = Bench::new(theme, ColourDepth::True, "ana", blind);
        bench.size = size;
        let mut driver = Self { bench, asked: Vec::new() };
        let begun = driver.bench.begin();
        driver.take(begun);
        driver
    }

    fn take(&mut self, effects: Vec<Effect>) {
        self.asked.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Ask(ask) => Some(ask),
            _ => None,
        }));
    }

    pub fn send(&mut self, message: Message) -> &mut Self {
        let effects = update(&mut self.bench, message);
        self.take(effects);
        self
    }

    pub fn answers(&mut self, answer: Answer) -> &mut Self {
        self.send(Message::Answered(Ok(answer), progress()))
    }

    pub fn served(&mut self, token: &str) -> &mut Self {
        self.answers(Answer::Served(Ok(Box::new(Card::Blind(sheet(token))))))
    }

    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            self.send(Message::Key(Chord::parse(key).unwrap_or_else(|| panic!("{key} is no key"))));
        }
        self
    }

    pub fn types(&mut self, text: &str) -> &mut Self {
        self.send(Message::Paste(text.to_owned()))
    }

    pub fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.bench.size.0, self.bench.size.1));
        view::draw(&self.bench, &mut buffer);
        buffer
    }

    pub fn screen(&self) -> String {
        to_text(&self.buffer())
    }
}

#[test]
fn keys_pressed_while_the_desk_works_go_to_the_card_that_comes() {
    let mut driver = Driver::new((80, 24), true);
    assert_eq!(driver.asked, [Ask::Next]);
    driver.served("one").keys("r x F");
    // One question is out at a time.
    assert_eq!(driver.asked.len(), 2);
    let receipt = |token: &str, settled| Receipt { token: token.to_owned(), settled };
    driver.answers(Answer::Labelled(receipt("one", true), Some(Ok(Box::new(Card::Blind(sheet("two")))))));
    driver.answers(Answer::Labelled(receipt("two", true), Some(Ok(Box::new(Card::Blind(sheet("three")))))));
    let said = driver.asked.iter().filter_map(|ask| match ask {
        Ask::Label(token, said) => Some((token.as_str(), said.verdict, said.flag)),
        _ => None,
    });
    let (yes, no) = (Some(LabelVerdict::Realistic), Some(LabelVerdict::Unsure));
    assert_eq!(said.collect::<Vec<_>>(), [("one", yes, None), ("two", no, None), ("three", None, Some(true))]);
}

#[test]
fn a_failed_label_stays_on_its_card_and_forgets_what_was_typed_on() {
    let mut driver = Driver::new((80, 24), true);
    driver.served("one").keys("r x");
    driver.send(Message::Answered(Err("the disk is full".to_owned()), progress()));
    assert!(driver.screen().contains("the disk is full"));
    assert_eq!(driver.asked.len(), 2, "the second label was meant for the next card");
    driver.keys("x");
    assert!(matches!(driver.asked.last(), Some(Ask::Label(token, _)) if token == "one"));
}

#[test]
fn the_clock_of_a_card_stops_in_a_long_pause() {
    let mut driver = Driver::new((80, 24), true);
    driver.served("one");
    driver.bench.now = Duration::from_secs(7);
    driver.keys("n");
    driver.bench.now = Duration::from_secs(4000);
    driver.keys("r");
    let Some(Ask::Label(_, said)) = driver.asked.last() else { panic!("a label") };
    assert_eq!(said.seconds, 307.0);
}

#[test]
fn a_comment_names_its_lines() {
    let mut driver = Driver::new((80, 24), true);
    driver.served("one").keys("n c").types("refuses\nwhat it should count").keys("ctrl-l enter");
    let Some(Ask::Label(_, said)) = driver.asked.last() else { panic!("a comment") };
    assert_eq!((said.lines, said.comment.as_deref()), (Some((3, 4)), Some("refuses what it should count")));
    assert_eq!(said.verdict, None);
    driver.answers(Answer::Labelled(Receipt { token: "one".to_owned(), settled: false }, None));
    assert!(driver.screen().contains("commented"));
}

#[test]
fn unrealistic_asks_why_and_goes_on() {
    let mut driver = Driver::new((80, 24), true);
    let reasons = &Guideline::builtin().reasons;
    driver.served("one").keys(&format!("u {}", reasons[1].key));
    assert_eq!(driver.asked.len(), 1, "nothing is stored before enter");
    driver.keys("enter");
    let Some(Ask::Label(_, said)) = driver.asked.last() else { panic!("a label") };
    assert_eq!((said.verdict, &said.reasons), (Some(LabelVerdict::Unrealistic), &vec![reasons[1].id.clone()]));
    let mut driver = Driver::new((80, 24), true);
    driver.served("one").keys("u esc");
    assert_eq!(driver.asked.len(), 1);
}

#[test]
fn quitting_waits_for_the_label_on_its_way() {
    let mut driver = Driver::new((80, 24), true);
    driver.served("one").keys("r q");
    let last = Answer::Labelled(Receipt { token: "one".to_owned(), settled: true }, Some(Err(0)));
    let effects = update(&mut driver.bench, Message::Answered(Ok(last), progress()));
    assert!(effects.contains(&Effect::Ask(Ask::Drift)) && !effects.contains(&Effect::Quit));
    let effects = update(&mut driver.bench, Message::Answered(Ok(Answer::Drift(Drift::default())), progress()));
    assert!(effects.contains(&Effect::Quit));
}

#[test]
fn screens() {
    for size in SIZES {
        let mut driver = Driver::new(size, true);
        let snapshot = |name: &str, driver: &Driver| {
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), driver.screen());
        };
        snapshot("opening", &driver);
        driver.served("one");
        snapshot("blind", &driver);
        driver.keys("d");
        snapshot("blind-other", &driver);
        driver.keys("p");
        snapshot("prompt", &driver);
        driver.keys("a F").answers(Answer::Labelled(Receipt { token: "one".to_owned(), settled: false }, None));
        snapshot("after-flagged", &driver);
        driver.keys("c").types("refuses what it should count");
        snapshot("comment", &driver);
        driver.keys("esc u");
        snapshot("reasons", &driver);
        driver.keys("esc V");
        snapshot("reveal", &driver);
        driver.keys("esc ?");
        snapshot("help", &driver);
        driver.keys("esc r");
        let drift = Drift { repeats: 4, repeats_same: 3, gold: 2, gold_same: 2 };
        let receipt = Receipt { token: "one".to_owned(), settled: true };
        driver.answers(Answer::Labelled(receipt, Some(Err(2)))).answers(Answer::Drift(drift));
        snapshot("end", &driver);
    }
}

#[test]
fn themes() {
    let looks = [
        ("dark", ColourDepth::True),
        ("light", ColourDepth::True),
        ("high-contrast", ColourDepth::True),
        ("ansi16", ColourDepth::Ansi16),
        ("dark", ColourDepth::Mono),
    ];
    for (name, depth) in looks {
        let mut driver = Driver::new((100, 20), true);
        driver.bench.theme = Theme::resolve(name, depth).expect("a theme");
        driver.served("one").keys("F");
        let name = if depth == ColourDepth::Mono { "no-colour" } else { name };
        insta::assert_snapshot!(format!("theme-{name}"), styled(&driver.buffer()));
    }
    let mut driver = Driver::new((80, 24), true);
    let theme = Theme::resolve("dark", ColourDepth::Mono).expect("a theme");
    driver.bench.theme = theme.with_signs(Signs::ASCII);
    driver.served("one");
    let screen = driver.screen();
    assert!(screen.is_ascii(), "{screen}");
}

#[tokio::test]
async fn a_blind_sitting_shows_nothing_that_it_hides() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("s.db")).await?;
    let run = store.import_recorded(RECORDED[0]).await?;
    let model = store.run(&run).await?.model.name;
    let mut hidden: Vec<String> =
        ["fdsp", "direct", "self-debug", "feedback", "verbaliz", "S1", "k1", "bandit", "secure"]
            .map(str::to_owned)
            .to_vec();
    hidden.extend([run.clone(), model]);
    hidden.extend(store.items(&run).await?.into_iter().map(|item| item.id));
    let wish = Wish { runs: vec![run], blind: true, ..Wish::default() };
    let order = Order { author: "ana".to_owned(), wish, anew: false, guideline: None };
    let mut desk = Desk::open(store, order).await?;
    let mut driver = Driver::new((80, 24), true);
    let mut seen = 0;
    while let Some(ask) = driver.asked.pop() {
        let answered = answer(&mut desk, ask).await?;
        driver.send(Message::Answered(Ok(answered), Box::new(desk.progress())));
        desk.prepare().await?;
        let Some(card) = &driver.bench.card else { continue };
        seen += 1;
        // All that the bench was handed of the card.
        let Card::Blind(Sheet { token: _, prompt, before, after }) = &card.card else { panic!("an open card") };
        assert!(card.context().is_none());
        let own = [prompt, before, after].map(|text| text.as_str()).join("\n");
        for keys in ["d", "d", "p", "b", "a", "tab", "?"] {
            driver.keys(keys);
            let screen = driver.screen();
            for word in hidden.iter().filter(|word| !own.contains(word.as_str())) {
                assert!(!screen.contains(word.as_str()), "{word} is on the screen:\n{screen}");
            }
            if keys == "?" {
                driver.keys("esc");
            }
        }
        assert_eq!(driver.bench.tabs(), &Tab::EVERY[..4]);
        driver.keys("x");
    }
    assert!(seen >= 54, "{seen}");
    assert!(driver.screen().contains("Nothing is left"));
    Ok(())
}

#[test]
fn the_workbench_leads_to_the_bench_and_takes_one_back() {
    let home = Fdsp::new();
    let mut terminal = Pty::open(&home, &["open", "--annotator", "ana"], (120, 30));
    terminal.sees(&["Steps", "0 of 54 labelled"]).keys("Q").sees(&["review-blind"]).keys("b");
    terminal.sees(&["blind review", "0 of 54 done"]).keys("r").sees(&["1 of 54 done", "U undoes"]);
    terminal.keys("u").sees(&["why?"]).keys("d\r").sees(&["2 of 54 done"]).keys("q");
    terminal.sees(&["Steps", "2 of 54 labelled"]);
    terminal.quits();
    let stored = home.output(&["labels", "export", "starter-all"]);
    let text = stored.stdout;
    assert_eq!(text.lines().filter(|line| line.contains("\"ana\"") && line.contains("\"blind\":true")).count(), 2);
    assert!(text.contains("does-not-run"));
}
