//! What a review must endure: a process killed at any key, and another that labels the same store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use fdsp::core::event::{Event, StopReason};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{Step, StreamId};
use fdsp::core::label::LabelVerdict;
use fdsp::store::{RECORDED, Store, StoreError};

use crate::support::fdsp::Fdsp;
use crate::support::stored::{self, FDSP, GENERATE, refine};
use crate::support::terminal::Pty;

type Version = (String, StreamId, Step);

/// What an annotator did. Labels are named by their number among the annotator's.
#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Said(Version, Option<LabelVerdict>, Option<String>),
    Undone(usize),
    Redone(usize),
}

/// All that a store holds of an annotator, in the order of the doing.
async fn deeds(store: &Store, run: &str, author: &str) -> Result<Vec<Deed>, StoreError> {
    let mut events = store.label_events(run, Some(author)).await?;
    events.sort_by_key(|(_, entry)| entry.at);
    let mut labels: HashMap<(String, u32), usize> = HashMap::new();
    let of = |(item, entry): (String, fdsp::core::event::Entry)| match entry.event {
        Event::Labelled(label) => {
            assert!(label.settles(), "{label:?}");
            let number = labels.len();
            labels.insert((item.clone(), entry.seq), number);
            Deed::Said((item, entry.stream, label.step), label.verdict, label.comment)
        }
        Event::LabelUndone(turn) => Deed::Undone(labels[&(item, turn.label)]),
        Event::LabelRedone(turn) => Deed::Redone(labels[&(item, turn.label)]),
        other => panic!("no label event: {other:?}"),
    };
    Ok(events.into_iter().map(of).collect())
}

/// What an annotator must find again.
#[derive(Debug, Clone, Default)]
struct Told {
    deeds: Vec<Deed>,
    labels: Vec<Version>,
    /// Numbers of the labels that stand, and of those that redo puts back.
    done: Vec<usize>,
    undone: Vec<usize>,
}

impl Told {
    fn say(&mut self, version: Version, verdict: Option<LabelVerdict>, comment: Option<String>) {
        self.deeds.push(Deed::Said(version.clone(), verdict, comment));
        self.done.push(self.labels.len());
        self.labels.push(version);
        self.undone.clear();
    }

    fn undo(&mut self) -> Option<&Version> {
        let number = self.done.pop()?;
        self.undone.push(number);
        self.deeds.push(Deed::Undone(number));
        Some(&self.labels[number])
    }

    fn redo(&mut self) -> Option<&Version> {
        let number = self.undone.pop()?;
        self.done.push(number);
        self.deeds.push(Deed::Redone(number));
        Some(&self.labels[number])
    }

    /// The first version of the queue without a label that stands.
    fn next<'a>(&self, queue: &'a [Version]) -> &'a Version {
        let done: BTreeSet<&Version> = self.done.iter().map(|number| &self.labels[*number]).collect();
        queue.iter().find(|version| !done.contains(version)).expect("the queue is long enough")
    }

    fn press(&mut self, key: &str, queue: &[Version]) {
        let mut say = |verdict| self.say(self.next(queue).clone(), verdict, None);
        match key {
            "r" => say(Some(LabelVerdict::Realistic)),
            "u\r" => say(Some(LabelVerdict::Unrealistic)),
            "x" => say(Some(LabelVerdict::Unsure)),
            "s" => say(None),
            "U" => assert!(self.undo().is_some()),
            _ => assert!(self.redo().is_some()),
        }
    }
}

/// A key that changes something. The panel of reasons, where it comes, is left with enter.
fn key(random: &mut Rng, told: &Told) -> &'static str {
    match random.u32(0..100) {
        0..12 if !told.done.is_empty() => "U",
        12..40 if !told.undone.is_empty() => "\x12",
        _ => random.choice(["r", "r", "u\r", "u\r", "x", "s"]).expect("a key"),
    }
}

/// Every refinement of a run, in the run's order.
async fn every(store: &Store, run: &str) -> Result<Vec<Version>, StoreError> {
    let mut all = Vec::new();
    for item in store.items(run).await? {
        let state = ItemState::of(&store.record(run, &item.id).await?.entries);
        for (stream, held) in &state.streams {
            let refined = held.versions.iter().filter(|it| matches!(it.step, Step::Refine { .. }) && it.code.is_some());
            all.extend(refined.map(|version| (item.id.clone(), *stream, version.step)));
        }
    }
    Ok(all)
}

/// `12 of 270 done` in the header, which counts what is durable alone.
fn counted(screen: &vt100::Screen) -> Option<(usize, usize)> {
    let header = screen.rows(0, screen.size().1.get()).next()?;
    let words: Vec<&str> = header.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "done")?;
    Some((words.get(at.checked_sub(3)?)?.parse().ok()?, words[at - 1].parse().ok()?))
}

fn seed() -> u64 {
    let set = std::env::var("FDSP_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    set.unwrap_or_else(|| fastrand::u64(..))
}

const LABELS: usize = 200;
const KILLS: usize = 50;

#[test]
fn no_acknowledged_label_is_lost_to_a_kill() {
    let seed = seed();
    println!("FDSP_TEST_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let home = Fdsp::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (run, queue) = runtime.block_on(async {
        let store = Store::open(&home.db()).await.expect("a store");
        let run = store.import_recorded(RECORDED[0]).await.expect("the recorded run");
        let queue = every(&store, &run).await.expect("its versions");
        (run, queue)
    });
    assert!(queue.len() > LABELS, "{} refinements", queue.len());
    let stored = || {
        runtime.block_on(async {
            let store = Store::open(&home.db()).await.expect("the store opens");
            deeds(&store, &run, "ana").await.expect("its labels")
        })
    };
    let start = |told: &Told| {
        let arguments = ["review", &run, "--every", "--annotator", "ana"];
        let mut pty = Pty::open(&home, &arguments, (100, 30));
        pty.until("the count", |screen| counted(screen) == Some((told.done.len(), queue.len())));
        pty
    };
    let mut keys: Vec<usize> = (0..LABELS).collect();
    random.shuffle(&mut keys);
    let kills: BTreeSet<usize> = keys.into_iter().take(KILLS).collect();
    let (mut told, mut pressed, mut lost) = (Told::default(), 0, 0);
    let mut pty = start(&told);
    while told.done.len() < LABELS {
        let key_now = key(&mut random, &told);
        pty.keys(key_now);
        let mut next = told.clone();
        next.press(key_now, &queue);
        if kills.contains(&pressed) {
            // What was not acknowledged is there or not, and in its order.
            let mut possible = vec![told.clone(), next];
            if random.bool() {
                let further = key(&mut random, &possible[1]);
                pty.keys(further);
                let mut last = possible[1].clone();
                last.press(further, &queue);
                possible.push(last);
            }
            std::thread::sleep(Duration::from_millis(random.u64(0..20)));
            pty.killed();
            let found = stored();
            let fits = possible.into_iter().find(|possible| possible.deeds == found);
            let Some(fits) = fits else {
                panic!("key {pressed}: acknowledged were {:?}\n\nthe store has {found:?}", told.deeds)
            };
            lost += usize::from(fits.deeds.len() == told.deeds.len());
            told = fits;
            pty = start(&told);
        } else {
            told = next;
            pty.until(&format!("key {pressed}, {key_now:?}"), |screen| {
                counted(screen) == Some((told.done.len(), queue.len()))
            });
        }
        pressed += 1;
    }
    pty.quits();
    assert_eq!(stored(), told.deeds);
    // Undo reaches over every restart, back to the first label.
    let mut pty = start(&told);
    let before = told.done.len();
    while told.done.len() > before - 20 {
        told.press("U", &queue);
        pty.keys("U").until("the label taken back", |screen| counted(screen).is_some_and(|it| it.0 == told.done.len()));
    }
    pty.killed();
    assert_eq!(stored(), told.deeds);
    let verified = home.output(&["labels", "verify", &run]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
    println!("{pressed} keys, {KILLS} kills, {lost} keys not stored when the kill came");
}

/// Versions in the store of two annotators: more than both label in the time.
const CROWD: usize = 3500;

async fn crowd(store: &Store) -> Result<(), StoreError> {
    store.create_run(&stored::run_info("crowd"), &stored::items(CROWD)).await?;
    let known = |event: &Event| !matches!(event, Event::Asked(_) | Event::Answered(_));
    let numbers: Vec<usize> = (0..CROWD).collect();
    for some in numbers.chunks(250) {
        let mut events = Vec::new();
        for number in some {
            let mut push = |stream, event: Event| events.push((format!("item-{number}"), stream, event));
            let of = |step, code: &str, vulnerable| stored::version(step, code, vulnerable).into_iter().filter(known);
            for event in of(Step::Generate, &format!("v{number} = 'before'"), true) {
                push(GENERATE, event);
            }
            push(GENERATE, stored::stopped(StopReason::Generated));
            for event in of(refine(1, 1), &format!("v{number} = 'after'"), false) {
                push(FDSP, event);
            }
            push(FDSP, stored::stopped(StopReason::Fixed));
        }
        store.append_all("crowd", events).await?;
    }
    Ok(())
}

/// A card in hand: from when it was read to just before the command that puts it away.
struct Held {
    number: usize,
    from: Instant,
    to: Instant,
}

const PROMPT: &[u8] = b"h help): ";

/// All that is printed up to the next question, or to the end.
fn reply(out: &mut BufReader<ChildStdout>) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(PROMPT) && out.read_until(b' ', &mut bytes).expect("its output") > 0 {}
    String::from_utf8(bytes).expect("UTF-8")
}

/// The number of the version whose card was printed last.
fn card(reply: &str) -> Option<usize> {
    let line = reply.lines().rev().find_map(|line| line.strip_prefix("  added 1: v"))?;
    line.split_once(' ')?.0.parse().ok()
}

/// Labels by lines until the time is over.
fn annotate(home: &Fdsp, author: &str, until: Instant, seed: u64) -> (Told, Vec<Held>) {
    let mut random = Rng::with_seed(seed);
    let mut command = home.command(&["review", "crowd", "--every", "--plain", "--annotator", author]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let (mut input, mut out) = (child.stdin.take().expect("piped"), child.stdout.take().map(BufReader::new));
    let out = out.as_mut().expect("piped");
    let version = |number: usize| (format!("item-{number}"), FDSP, refine(1, 1));
    let (mut told, mut held) = (Told::default(), Vec::new());
    let first = reply(out);
    let mut here = card(&first).unwrap_or_else(|| panic!("no card: {first}"));
    let mut since = Instant::now();
    while Instant::now() < until {
        let line = match random.u32(0..100) {
            0..12 => "undo".to_owned(),
            12..30 if !told.undone.is_empty() => "redo".to_owned(),
            12..20 => "s".to_owned(),
            20..45 => format!("u it drops check {}", told.deeds.len()),
            45..60 => "x".to_owned(),
            _ => "r".to_owned(),
        };
        held.push(Held { number: here, from: since, to: Instant::now() });
        writeln!(input, "{line}").expect("it reads");
        let answer = reply(out);
        let acknowledged = |words: &str| assert!(answer.starts_with(words), "{author}, `{line}`: {answer}");
        let back = match line.as_str() {
            "undo" if told.done.is_empty() => {
                acknowledged("Nothing to undo.");
                continue;
            }
            "undo" => {
                acknowledged("Your last label is taken back");
                told.undo().cloned()
            }
            "redo" => {
                acknowledged("Put back.");
                assert_eq!(told.redo(), Some(&version(here)));
                None
            }
            said => {
                acknowledged("Stored; undo takes it back.");
                let verdict = match said {
                    "s" => None,
                    "r" => Some(LabelVerdict::Realistic),
                    "x" => Some(LabelVerdict::Unsure),
                    _ => Some(LabelVerdict::Unrealistic),
                };
                told.say(version(here), verdict, said.strip_prefix("u ").map(str::to_owned));
                None
            }
        };
        here = card(&answer).unwrap_or_else(|| panic!("{author} has no card: {answer}"));
        since = Instant::now();
        assert!(back.is_none_or(|back| back == version(here)), "{author}, `{line}`: {answer}");
        std::thread::sleep(Duration::from_millis(random.u64(5..40)));
    }
    held.push(Held { number: here, from: since, to: Instant::now() });
    writeln!(input, "q").expect("it reads");
    let last = reply(out);
    assert!(child.wait().expect("its end").success() && last.contains("This sitting"), "{last}");
    (told, held)
}

/// `FDSP_TEST_SECONDS` shortens it for trials.
#[test]
fn two_processes_label_one_store() {
    let seconds = std::env::var("FDSP_TEST_SECONDS").ok().and_then(|it| it.parse().ok()).unwrap_or(60);
    let seed = seed();
    println!("FDSP_TEST_SEED={seed}");
    let home = Fdsp::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = runtime.block_on(async {
        let store = Store::open(&home.db()).await.expect("a store");
        crowd(&store).await.expect("a run");
        store
    });
    let until = Instant::now() + Duration::from_secs(seconds);
    let [ana, ben] = std::thread::scope(|scope| {
        let one = scope.spawn(|| annotate(&home, "ana", until, seed));
        let two = scope.spawn(|| annotate(&home, "ben", until, seed ^ 1));
        [one, two].map(|thread| thread.join().expect("an annotator"))
    });
    for (author, (told, _)) in [("ana", &ana), ("ben", &ben)] {
        let found = runtime.block_on(deeds(&store, "crowd", author)).expect("the labels");
        assert!(found == told.deeds, "{author}: {} deeds were acknowledged, {} found", told.deeds.len(), found.len());
        assert!(told.deeds.len() as u64 > seconds * 2, "{author} did {} things", told.deeds.len());
        let count = |is: fn(&Deed) -> bool| told.deeds.iter().filter(|deed| is(deed)).count();
        let (undone, redone) = (count(|it| matches!(it, Deed::Undone(_))), count(|it| matches!(it, Deed::Redone(_))));
        println!("{author}: {} deeds, {undone} undone, {redone} redone, {} stand", told.deeds.len(), told.done.len());
    }
    // No version was in two hands at once: times of reading lie inside those of the leases.
    let mut hands: BTreeMap<usize, Vec<(Instant, Instant, &str)>> = BTreeMap::new();
    for (author, (_, held)) in [("ana", &ana), ("ben", &ben)] {
        held.iter().for_each(|it| hands.entry(it.number).or_default().push((it.from, it.to, author)));
    }
    for (number, times) in &mut hands {
        times.sort_unstable();
        for pair in times.windows(2) {
            assert!(
                pair[0].2 == pair[1].2 || pair[0].1 <= pair[1].0,
                "version {number} was in the hands of {} and {} at once",
                pair[0].2,
                pair[1].2
            );
        }
    }
    // At no time had a version labels of both that stood.
    let mut events = runtime.block_on(store.label_events("crowd", None)).expect("the labels");
    events.sort_by(|(one, a), (other, b)| (one, a.seq).cmp(&(other, b.seq)));
    let mut standing: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
    for (item, entry) in &events {
        let authors = standing.entry(item).or_default();
        match &entry.event {
            Event::Labelled(label) => {
                authors.insert(&label.author, entry.seq);
            }
            Event::LabelUndone(turn) => authors.retain(|author, seq| *author != turn.author || *seq != turn.label),
            Event::LabelRedone(turn) => {
                authors.insert(&turn.author, turn.label);
            }
            other => panic!("no label event: {other:?}"),
        }
        assert!(authors.len() < 2, "{item} is labelled by {authors:?}");
    }
    let verified = home.output(&["labels", "verify", "crowd"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
}
