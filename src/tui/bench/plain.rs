//! Review by lines, for screen readers, pipes and bare terminals: no colour, no cursor, one fact a line, in reading order.

use std::io::{self, BufRead, Write};
use std::time::Instant;

use super::run::answer;
use super::{Answer, Ask, about, view};
use crate::core::diff::{Diff, Kind, Options};
use crate::core::escape::{TAB, line as safe};
use crate::core::label::LabelVerdict;
use crate::desk::{Card, Context, Desk, Progress, Said};
use crate::review::figures::PAUSE;
use crate::review::guideline::Guideline;
use crate::review::remark;
use crate::tui::style::Theme;

/// Unchanged lines read out round a change.
const CONTEXT: usize = 2;

const HELP: &str = "\
r  realistic, on to the next
u  unrealistic: asks for reasons and a comment; or with a comment at once: u 12-18: drops the check
x  unsure, on to the next
s  skip: no judgement by you
c  a comment: c 12-18: the words
f  flag it, to be looked at again
d  the changes again
p  the prompt
b  the code before, with line numbers
a  the code after, with line numbers
i  what is known of it, in an open review
v  reveal what a blind review hides; your label will say so
undo  take your last label back
redo  put it back
q  end; the review goes on here next time
";

/// Serves until the input ends, the annotator leaves or nothing is left.
pub async fn plain(
    mut desk: Desk,
    guideline: &Guideline,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> io::Result<Progress> {
    let progress = desk.progress();
    let kind = if desk.is_blind() { "Blind review" } else { "Review" };
    let (done, total) = (progress.done, progress.total);
    let author = safe(desk.author(), TAB);
    writeln!(
        out,
        "{kind} as {author}: {total} versions, {done} of them labelled by you. h and enter lists the commands."
    )?;
    let mut hand = Hand { card: None, context: None, since: Instant::now() };
    let served = told(answer(&mut desk, Ask::Next).await, out)?;
    hand.take(served, &mut desk, out)?;
    while let Some(card) = hand.card.clone() {
        // While the annotator reads, what comes next is fetched.
        let _ = desk.prepare().await;
        write!(out, "Your verdict (r realistic, u unrealistic, x unsure, s skip, h help): ")?;
        out.flush()?;
        let mut typed = String::new();
        if input.read_line(&mut typed)? == 0 {
            writeln!(out)?;
            break;
        }
        let typed = typed.trim();
        if matches!(typed, "u" | "unrealistic") && !guideline.reasons.is_empty() {
            if let Some(said) = why(guideline, input, out)? {
                let seconds = hand.since.elapsed().as_secs_f64().min(PAUSE);
                let ask = Ask::Label(card.sheet().token.clone(), Said { seconds, ..said });
                let answered = told(answer(&mut desk, ask).await, out)?;
                hand.take(answered, &mut desk, out)?;
            }
            continue;
        }
        let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let verdict = |verdict| Said { verdict: Some(verdict), ..remarked(rest) };
        let said = match word {
            "r" | "realistic" => Some(verdict(LabelVerdict::Realistic)),
            "u" | "unrealistic" => Some(verdict(LabelVerdict::Unrealistic)),
            "x" | "unsure" => Some(verdict(LabelVerdict::Unsure)),
            "s" | "skip" => Some(Said { skip: true, ..remarked(rest) }),
            "f" | "flag" => Some(Said { flag: Some(true), ..remarked(rest) }),
            "c" | "comment" if !rest.trim().is_empty() => Some(remarked(rest)),
            _ => None,
        };
        let sheet = card.sheet();
        let ask = match (said, word) {
            (Some(said), _) => {
                let seconds = hand.since.elapsed().as_secs_f64().min(PAUSE);
                Some(Ask::Label(sheet.token.clone(), Said { seconds, ..said }))
            }
            (None, "undo" | "U") => Some(Ask::Undo),
            (None, "redo") => Some(Ask::Redo),
            (None, "v" | "reveal") if desk.is_blind() => Some(Ask::Reveal(sheet.token.clone())),
            (None, "q" | "quit") => break,
            (None, word) => {
                match word {
                    "d" | "diff" => changes(&card, out)?,
                    "p" | "prompt" => prompt(&card, out)?,
                    "b" | "before" => code("before", &sheet.before, out)?,
                    "a" | "after" => code("after", &sheet.after, out)?,
                    "i" | "about" => match hand.about() {
                        Some(context) => known(context, out)?,
                        None => writeln!(out, "This is hidden in a blind review; v reveals it.")?,
                    },
                    "h" | "help" | "?" => write!(out, "{HELP}")?,
                    "" => {}
                    word => writeln!(out, "`{}` is no command; h lists them.", safe(word, TAB))?,
                }
                None
            }
        };
        if let Some(ask) = ask {
            let answered = told(answer(&mut desk, ask).await, out)?;
            hand.take(answered, &mut desk, out)?;
        }
    }
    let progress = desk.progress();
    for (_, line) in view::figures("This sitting", &progress.sitting) {
        writeln!(out, "{line}")?;
    }
    if let Err(error) = desk.close().await {
        writeln!(out, "The sitting did not end in order: {error}")?;
    }
    out.flush()?;
    Ok(progress)
}

/// Asks why a fix is unrealistic. `None` where the annotator has no reason and the guideline wants one.
fn why(guideline: &Guideline, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Option<Said>> {
    let mut ask = |question: &str, out: &mut dyn Write| -> io::Result<String> {
        write!(out, "{question}")?;
        out.flush()?;
        let mut typed = String::new();
        input.read_line(&mut typed)?;
        Ok(typed.trim().to_owned())
    };
    let mut reasons = Vec::new();
    if !guideline.reasons.is_empty() {
        for reason in &guideline.reasons {
            writeln!(out, "{}  {}: {}", reason.key, safe(&reason.name, TAB), safe(&reason.meaning, TAB))?;
        }
        let typed = ask("Reasons, by their letters, enter for none: ", out)?;
        let chosen = |key: char| typed.contains(key);
        reasons.extend(guideline.reasons.iter().filter(|reason| chosen(reason.key)).map(|reason| reason.id.clone()));
        let unknown = |key: &char| !key.is_whitespace() && guideline.reasons.iter().all(|reason| reason.key != *key);
        if let Some(key) = typed.chars().find(unknown) {
            writeln!(out, "`{}` is no reason's letter; nothing is stored.", safe(&key.to_string(), TAB))?;
            return Ok(None);
        }
        if reasons.is_empty() && guideline.require_reason {
            writeln!(out, "The guideline wants a reason; nothing is stored.")?;
            return Ok(None);
        }
    }
    let said = remarked(&ask("Comment, enter for none: ", out)?);
    Ok(Some(Said { verdict: Some(LabelVerdict::Unrealistic), reasons, ..said }))
}

fn remarked(typed: &str) -> Said {
    let (lines, comment) = remark::parse(typed);
    let comment = Some(comment.to_owned()).filter(|comment| !comment.is_empty());
    Said { lines: lines.filter(|_| comment.is_some()), comment, ..Said::default() }
}

fn told<T, E: std::fmt::Display>(result: Result<T, E>, out: &mut dyn Write) -> io::Result<Option<T>> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => {
            writeln!(out, "Not done: {}", safe(&error.to_string(), TAB))?;
            Ok(None)
        }
    }
}

struct Hand {
    card: Option<Card>,
    context: Option<Box<Context>>,
    since: Instant,
}

impl Hand {
    fn about(&self) -> Option<&Context> {
        match &self.card {
            Some(Card::Open(_, context)) => Some(context),
            _ => self.context.as_deref(),
        }
    }

    fn take(&mut self, answer: Option<Answer>, desk: &mut Desk, out: &mut dyn Write) -> io::Result<()> {
        let next = match answer {
            None => return Ok(()),
            Some(Answer::Served(next)) => Some(next),
            Some(Answer::Labelled(receipt, next)) => {
                let words = if receipt.settled { "Stored; undo takes it back." } else { "Stored." };
                writeln!(out, "{words}")?;
                next
            }
            Some(Answer::Undone(Some(card))) => {
                writeln!(out, "Your last label is taken back; this is its card again.")?;
                Some(Ok(card))
            }
            Some(Answer::Undone(None)) => return writeln!(out, "Nothing to undo."),
            Some(Answer::Redone(None, _)) => return writeln!(out, "Nothing to redo."),
            Some(Answer::Redone(Some(_), next)) => {
                writeln!(out, "Put back.")?;
                next
            }
            Some(Answer::Revealed(context)) => {
                known(&context, out)?;
                self.context = Some(context);
                None
            }
            Some(Answer::Drift(_)) => None,
        };
        match next {
            None => {}
            Some(Ok(card)) => {
                let progress = desk.progress();
                let token = &card.sheet().token;
                writeln!(out, "\nCard {} of {}, {token}.", progress.done + 1, progress.total.max(progress.done + 1))?;
                prompt(&card, out)?;
                changes(&card, out)?;
                *self = Self { card: Some(*card), context: None, since: Instant::now() };
            }
            Some(Err(held)) => {
                writeln!(out, "\nNothing is left for you; others have {held} in hand.")?;
                self.card = None;
            }
        }
        Ok(())
    }
}

fn prompt(card: &Card, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Prompt:")?;
    for line in card.sheet().prompt.lines() {
        writeln!(out, "  {}", safe(line, TAB))?;
    }
    Ok(())
}

fn code(name: &str, code: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "The code {name}, {} lines:", code.lines().count())?;
    for (number, line) in (1..).zip(code.lines()) {
        writeln!(out, "{number}: {}", safe(line, TAB))?;
    }
    Ok(())
}

fn changes(card: &Card, out: &mut dyn Write) -> io::Result<()> {
    let sheet = card.sheet();
    let diff = Diff::between(&sheet.before, &sheet.after, &Options { words: false, ..Options::default() });
    let count = diff.changes.len();
    writeln!(out, "{count} {} from before to after:", if count == 1 { "change" } else { "changes" })?;
    let mut last = None;
    for row in diff.unified(CONTEXT) {
        if row.change.is_some() && row.change != last {
            writeln!(out, "Change {} of {count}:", row.change.map_or(0, |change| change + 1))?;
        }
        last = row.change.or(last);
        let (word, of_old, index) = match (row.kind, row.old, row.new) {
            (Kind::Fold { old, new }, ..) => {
                writeln!(out, "  {} lines are the same.", old.max(new))?;
                continue;
            }
            (Kind::Removed, Some(old), _) => ("removed", true, old),
            (_, _, Some(new)) => (if row.kind == Kind::Added { "added" } else { "same" }, false, new),
            (_, Some(old), None) => ("removed", true, old),
            (_, None, None) => continue,
        };
        let source = if of_old { &diff.old } else { &diff.new };
        writeln!(out, "  {word} {}: {}", index + 1, safe(source.line(index), TAB))?;
    }
    Ok(())
}

fn known(context: &Context, out: &mut dyn Write) -> io::Result<()> {
    for line in about::page(context, &Theme::plain(), 100).lines {
        let words: String = line.into_iter().map(|(_, text)| text).collect();
        writeln!(out, "{}", words.trim_end())?;
    }
    Ok(())
}
