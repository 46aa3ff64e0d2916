//! Syntax colours of Python as roles: what a grammar's scope means, never a colour.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::Role;
use crate::core::text::Text;

/// A longer line, in bytes, stays plain: such a line is data, and a grammar's regular expressions crawl on it.
pub const LONGEST_LINE: usize = 2_000;
/// Lines past this one stay plain.
pub const MOST_LINES: usize = 20_000;
/// Lines of a long text that are shown before the rest is done.
const FIRST_PART: usize = 128;
/// Texts kept in the cache.
const KEPT: usize = 64;
/// Texts waiting; older ones are no longer on the screen.
const WAITING: usize = 8;

/// A run of one role; bytes of its line in the original text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub bytes: Range<usize>,
    pub role: Role,
}

/// Spans of each line, ascending; what no span covers is plain.
pub type Lines = Vec<Vec<Span>>;

/// From the general to the particular is no matter: the longest prefix of a scope wins.
const ROLES: [(&str, Role); 34] = [
    ("comment", Role::Comment),
    ("punctuation.definition.comment", Role::Comment),
    ("string", Role::String),
    ("punctuation.definition.string", Role::String),
    ("storage.type.string", Role::StringEscape),
    ("constant.character.escape", Role::StringEscape),
    ("constant.other.placeholder", Role::StringEscape),
    ("meta.interpolation", Role::Syntax),
    ("source.python.embedded", Role::Syntax),
    ("punctuation.section.interpolation", Role::StringEscape),
    ("constant.numeric", Role::Literal),
    ("constant", Role::Constant),
    ("constant.language", Role::Constant),
    ("keyword", Role::Keyword),
    ("keyword.operator", Role::Operator),
    ("keyword.operator.logical", Role::Keyword),
    ("storage", Role::Keyword),
    ("entity.name.function", Role::Function),
    ("entity.name.class", Role::Type),
    ("entity.name.type", Role::Type),
    ("entity.other.inherited-class", Role::Type),
    ("support.type", Role::Type),
    ("support.class", Role::Type),
    ("support.function", Role::Function),
    ("variable.function", Role::Function),
    ("variable.annotation", Role::Decorator),
    ("punctuation.definition.annotation", Role::Decorator),
    ("variable.parameter", Role::Parameter),
    ("variable.language", Role::Constant),
    ("punctuation", Role::Punctuation),
    ("punctuation.separator", Role::Punctuation),
    ("punctuation.accessor", Role::Punctuation),
    ("punctuation.section", Role::Punctuation),
    ("invalid", Role::Invalid),
];

/// Making one reads the grammars, which takes some milliseconds; its first text compiles the grammar's expressions.
pub struct Highlighter {
    grammars: SyntaxSet,
    table: Vec<(Scope, Role)>,
    known: HashMap<Scope, Option<Role>>,
}

impl Default for Highlighter {
    fn default() -> Self {
        Self::new()
    }
}

impl Highlighter {
    pub fn new() -> Self {
        let table = ROLES.iter().filter_map(|(scope, role)| Some((Scope::new(scope).ok()?, *role))).collect();
        Self { grammars: two_face::syntax::extra_newlines(), table, known: HashMap::new() }
    }

    /// Spans of Python source. A line the grammar gives up on stays plain, and so do those past the bounds above.
    pub fn python(&mut self, text: &str) -> Lines {
        self.python_by_parts(text, |_| {})
    }

    /// As [`Self::python`]; `part` gets what there is after the first lines, and each time there is four times as much.
    pub fn python_by_parts(&mut self, text: &str, mut part: impl FnMut(&Lines)) -> Lines {
        let mut next = FIRST_PART;
        let Some(grammar) = self.grammars.find_syntax_by_extension("py") else { return Vec::new() };
        let mut state = ParseState::new(grammar);
        let mut stack = ScopeStack::new();
        let mut lines = Lines::new();
        for line in text.split_inclusive('\n').take(MOST_LINES) {
            if line.len() > LONGEST_LINE {
                lines.push(Vec::new());
                continue;
            }
            // The grammar wants every line to end in a newline.
            let ended = if line.ends_with('\n') { None } else { Some(format!("{line}\n")) };
            let Ok(output) = state.parse_line(ended.as_deref().unwrap_or(line), &self.grammars) else {
                lines.push(Vec::new());
                continue;
            };
            let length = line.trim_end_matches('\n').len();
            let mut spans: Vec<Span> = Vec::new();
            let mut at = 0;
            let ends = output.iter().map(|(start, op)| (*start, Some(op))).chain([(length, None)]);
            for (end, op) in ends {
                let end = end.min(length);
                if end > at {
                    push(&mut spans, at..end, role(&mut self.known, &self.table, &stack));
                    at = end;
                }
                if let Some(op) = op
                    && stack.apply(op).is_err()
                {
                    stack = ScopeStack::new();
                }
            }
            lines.push(spans);
            if lines.len() == next {
                part(&lines);
                next *= 4;
            }
        }
        lines
    }
}

fn push(spans: &mut Vec<Span>, bytes: Range<usize>, role: Option<Role>) {
    let Some(role) = role else { return };
    match spans.last_mut() {
        Some(last) if last.role == role && last.bytes.end == bytes.start => last.bytes.end = bytes.end,
        _ => spans.push(Span { bytes, role }),
    }
}

/// The role of the innermost scope that has one.
fn role(known: &mut HashMap<Scope, Option<Role>>, table: &[(Scope, Role)], stack: &ScopeStack) -> Option<Role> {
    let mut of = |scope: Scope| {
        *known.entry(scope).or_insert_with(|| {
            // A grammar within a string (SQL, regular expressions) guesses; a string reads best as one thing.
            if !scope.build_string().ends_with(".python") {
                return None;
            }
            let fits = table.iter().filter(|(prefix, _)| prefix.is_prefix_of(scope));
            fits.max_by_key(|(prefix, _)| prefix.len()).map(|(_, role)| *role)
        })
    };
    stack.as_slice().iter().rev().find_map(|scope| of(*scope))
}

/// Spans when they are there, plain text until then: a thread of its own reads the grammars and works, newest text
/// first, so that no frame waits.
pub struct Syntax {
    shared: Arc<Shared>,
    /// Without a thread: every text at once, for pictures and tests.
    inline: Option<Mutex<Highlighter>>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Text>,
    pending: HashSet<Key>,
    /// The text is kept beside its spans, so that its address stays its own.
    done: HashMap<Key, (Text, Arc<Lines>)>,
    order: VecDeque<Key>,
    closed: bool,
}

/// Address and length of a text that is kept alive.
type Key = (usize, usize);

fn key(text: &Text) -> Key {
    (text.as_ptr() as usize, text.len())
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, text: Text, lines: Arc<Lines>) {
        let key = key(&text);
        if self.done.insert(key, (text, lines)).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }
}

impl Syntax {
    /// `ready` is called, from that thread, each time a text is done: ask for a frame then.
    pub fn start(ready: impl Fn() + Send + 'static) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), work: Condvar::new() });
        let worker = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("syntax".into()).spawn(move || serve(&worker, ready));
        if let Err(error) = spawned {
            tracing::warn!("no syntax colours: {error}");
        }
        Self { shared, inline: None }
    }

    /// Every text at once, on the caller's thread.
    pub fn inline() -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), work: Condvar::new() });
        Self { shared, inline: Some(Mutex::new(Highlighter::new())) }
    }

    /// The spans of `text`, of a long one perhaps only the first lines so far; `None` for now, while they are being made.
    pub fn lines(&self, text: &Text) -> Option<Arc<Lines>> {
        let key = key(text);
        let mut state = self.shared.lock();
        if let Some((_, lines)) = state.done.get(&key) {
            return Some(Arc::clone(lines));
        }
        if let Some(highlighter) = &self.inline {
            let lines = Arc::new(highlighter.lock().unwrap_or_else(PoisonError::into_inner).python(text));
            state.keep(text.clone(), Arc::clone(&lines));
            return Some(lines);
        }
        if state.pending.insert(key) {
            state.waiting.push(text.clone());
            if state.waiting.len() > WAITING {
                let dropped = state.waiting.remove(0);
                state.pending.remove(&self::key(&dropped));
            }
            self.shared.work.notify_one();
        }
        None
    }
}

impl Drop for Syntax {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

fn serve(shared: &Shared, ready: impl Fn()) {
    let mut highlighter = None;
    loop {
        let text = {
            let mut state = shared.lock();
            loop {
                if state.closed {
                    return;
                }
                if let Some(text) = state.waiting.pop() {
                    break text;
                }
                state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let keep = |lines: Lines| {
            shared.lock().keep(text.clone(), Arc::new(lines));
            ready();
        };
        let work = std::panic::AssertUnwindSafe(|| {
            let highlighter = highlighter.get_or_insert_with(Highlighter::new);
            highlighter.python_by_parts(&text, |lines| keep(lines.clone()))
        });
        let lines = std::panic::catch_unwind(work).unwrap_or_else(|_| {
            highlighter = None;
            Lines::new()
        });
        keep(lines);
        shared.lock().pending.remove(&key(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(text: &str) -> Vec<String> {
        let lines = Highlighter::new().python(text);
        let show = |(line, spans): (&str, &Vec<Span>)| {
            let mut out = String::new();
            for span in spans {
                let text = line[span.bytes.clone()].trim();
                if !text.is_empty() && !matches!(span.role, Role::Punctuation | Role::Operator) {
                    out += &format!("{:?}:{text} ", span.role);
                }
            }
            out.trim_end().to_owned()
        };
        text.lines().zip(&lines).map(show).collect()
    }

    #[test]
    fn python_by_meaning() {
        let text = "import os  # why\n@app.route('/x')\nclass A(Base):\n    def run(self, db: str = None):\n        \
                    cur.execute(f\"SELECT {table}\\n\", 3)\n        return not x and True\n";
        assert_eq!(
            draw(text),
            [
                "Keyword:import Comment:# why",
                "Decorator:@ Decorator:route String:'/x'",
                "Keyword:class Type:A Type:Base",
                "Keyword:def Function:run Parameter:self Parameter:db Type:str Constant:None",
                "Function:execute StringEscape:f String:\"SELECT StringEscape:{ Syntax:table StringEscape:}\\n String:\" Literal:3",
                "Keyword:return Keyword:not Keyword:and Constant:True",
            ]
        );
    }

    #[test]
    fn state_goes_on_over_lines_and_long_lines_stay_plain() {
        assert_eq!(draw("x = '''a\nimport os\n'''\n")[1], "String:import os");
        let long = format!("x = 1 # {}\ny = 2\n", "é".repeat(LONGEST_LINE));
        let lines = Highlighter::new().python(&long);
        assert!(lines[0].is_empty() && !lines[1].is_empty());
    }

    #[test]
    fn hostile_text_keeps_its_lines() {
        let text = "\u{0}\u{202e}def\r\n'''\u{1b}[31m\n\"\"\"\n(((((((((\n";
        let lines = Highlighter::new().python(text);
        assert_eq!(lines.len(), 4);
        for (line, spans) in text.split('\n').zip(&lines) {
            assert!(spans.iter().all(|span| line.get(span.bytes.clone()).is_some()), "{line:?}");
        }
    }

    #[test]
    fn a_thread_makes_them_and_says_so() {
        let (send, receive) = std::sync::mpsc::channel();
        let syntax = Syntax::start(move || send.send(()).unwrap_or_default());
        let text = Text::from("import os\n");
        assert!(syntax.lines(&text).is_none());
        receive.recv().unwrap();
        assert_eq!(*syntax.lines(&text).unwrap(), Highlighter::new().python(&text));
        assert_eq!(syntax.lines(&text), Syntax::inline().lines(&text));
    }
}
