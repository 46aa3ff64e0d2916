//! Texts that leave the workbench: to the clipboard, to an editor. All of them pass the gate.

use std::borrow::Cow;

use super::App;
use super::input::Input;
use super::item::OpenItem;
use super::message::{Edit, Effect, Purpose};
use super::model::{Overlay, Tab};
use super::shown::Body;
use crate::core::diff::{Diff, Options};
use crate::core::escape;
use crate::core::ids::Step;

/// What can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    Code,
    Patch,
    Findings,
    Reference,
    Text,
}

impl Take {
    pub const EVERY: [(char, Take, &'static str); 5] = [
        ('c', Self::Code, "the code shown"),
        ('d', Self::Patch, "the diff, as a patch"),
        ('f', Self::Findings, "the findings: rule, CWE, message, place"),
        ('i', Self::Reference, "where this is: run/item/approach/step, for `fdsp show`"),
        ('t', Self::Text, "the page shown: prompt, answer, findings or test"),
    ];
}

/// Unchanged lines round a change of a patch, as `diff -u` has them.
const CONTEXT: usize = 3;
/// Longer comments are no comments.
const LONGEST_COMMENT: usize = 4096;

impl App {
    pub(super) fn copy(&mut self, what: Take, effects: &mut Vec<Effect>) {
        let told = match self.taken(what) {
            Ok((text, words)) => match escape::portable(&text) {
                // `\r\n` alone changes nothing that anybody sees.
                Cow::Owned(safe) if safe != text.replace("\r\n", "\n") => {
                    effects.push(Effect::Copy(safe));
                    self.tell(format!("{words} sent to the clipboard; characters that hide are written out"), true)
                }
                safe => {
                    effects.push(Effect::Copy(safe.into_owned()));
                    self.tell(format!("{words} sent to the clipboard"), true)
                }
            },
            Err(why) => self.tell(why, false),
        };
        effects.push(told);
    }

    /// The text, and what it is.
    fn taken(&self, what: Take) -> Result<(String, String), &'static str> {
        let item = self.item.as_ref().ok_or("there is nothing to copy here")?;
        match what {
            Take::Code => {
                let code = item.selected().and_then(|(_, version)| version.code.clone());
                let code = code.ok_or("there is no code to copy here")?;
                Ok((code.to_string(), lines(&code)))
            }
            Take::Patch => {
                let patch = patch(item).ok_or("there is no diff to copy here: it needs two versions")?;
                if patch.is_empty() { Err("the two versions are the same") } else { Ok((patch, "a patch".to_owned())) }
            }
            Take::Findings => {
                let (_, version) = item.selected().ok_or("there is no code on this line")?;
                let found: Vec<_> = version.scan.iter().flat_map(|scan| &scan.findings).collect();
                if found.is_empty() {
                    return Err("this version has no findings");
                }
                let place = reference(item);
                let line = |finding: &&crate::core::finding::Finding| {
                    let cwe = finding.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
                    let message = finding.message.split_whitespace().collect::<Vec<_>>().join(" ");
                    format!("{place}:{}: {}{cwe} {}: {message}\n", finding.line, finding.rule, finding.name)
                };
                let words = if found.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", found.len()) };
                Ok((found.iter().map(line).collect(), words))
            }
            Take::Reference => Ok((reference(item), "its name".to_owned())),
            Take::Text => match &self.shown.body {
                Body::Text(page) => {
                    let text = page.plain();
                    let words = lines(&text);
                    Ok((text, words))
                }
                Body::Diff(_) => self.taken(Take::Patch),
                _ => self.taken(Take::Code),
            },
        }
    }

    /// What the main pane shows, for a program outside, and how such a file's name ends.
    fn shown_text(&self) -> Option<(String, &'static str)> {
        Some(match (&self.shown.body, self.effective_tab()) {
            (Body::Text(page), Tab::Code | Tab::Diff | Tab::Answer | Tab::Prompt) => (page.plain(), ".md"),
            (Body::Text(page), _) => (page.plain(), ".txt"),
            (Body::Diff(_), _) => (patch(self.item.as_ref()?)?, ".diff"),
            (Body::Code(doc), _) => (doc.code.to_string(), ".py"),
            (Body::Nothing, _) => return None,
        })
    }

    pub(super) fn view_in_editor(&mut self, effects: &mut Vec<Effect>) {
        match self.shown_text() {
            Some((text, suffix)) => {
                let text = escape::portable(&text).into_owned();
                effects.push(Effect::Edit(Box::new(Edit { text, suffix, purpose: Purpose::View })));
            }
            None => effects.push(self.tell("there is nothing to open here", false)),
        }
    }

    /// An editor has ended: with what it saved, where it was asked to write.
    pub(super) fn take_edited(&mut self, result: Result<Option<String>, String>, effects: &mut Vec<Effect>) {
        match result {
            Err(trouble) => effects.push(self.tell(trouble, false)),
            Ok(None) => {}
            Ok(Some(text)) => {
                let Some(Overlay::Say(panel, _)) = &mut self.overlay else { return };
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let end = text.floor_char_boundary(LONGEST_COMMENT);
                panel.comment = Input::of(&text[..end]);
                if end < text.len() {
                    effects.push(
                        self.tell(format!("a comment has {LONGEST_COMMENT} bytes at most: the rest is cut"), false),
                    );
                }
            }
        }
    }
}

fn lines(text: &str) -> String {
    match text.lines().count() {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// `run/item/approach/step`, as far as the cursor's line has them; a sample after the first is `approach@2`.
pub fn reference(item: &OpenItem) -> String {
    let selected = item.selected().map(|(stream, version)| (stream, version.step));
    let node = selected.or_else(|| item.node().and_then(|node| node.step()));
    let (stream, step): (_, Option<Step>) = node.map_or((item.stream, None), |(stream, step)| (stream, Some(step)));
    let sample = if stream.sample > 0 { format!("@{}", stream.sample + 1) } else { String::new() };
    let step = step.map(|step| format!("/{step}")).unwrap_or_default();
    escape::line(&format!("{}/{}/{}{sample}{step}", item.run, item.item.id, stream.approach), escape::TAB)
}

/// From what the selected version is compared with to it, whatever the screen hides.
fn patch(item: &OpenItem) -> Option<String> {
    let (of, base) = item.compared_with()?;
    let (_, version) = item.selected()?;
    let options = Options { words: false, ..Options::default() };
    let diff = Diff::between(base.code.as_ref()?, version.code.as_ref()?, &options);
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
    let file: String = item.item.id.chars().map(plain).collect();
    let (was, is) = (item.name_of(of, base.step), item.title());
    let text = diff.patch(&format!("a/{file}.py"), &format!("b/{file}.py"), CONTEXT);
    Some(if text.is_empty() { text } else { format!("{}: {was} to {is}\n{text}", item.item.id.replace('\n', " ")) })
}
