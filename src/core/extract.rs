//! Takes the code out of a model's answer and says which piece was taken and why.

use super::event::Extracted;
use super::ids::Step;

/// A fenced block of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    info: String,
    code: String,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Python,
    Unnamed,
    Other,
}

impl Block {
    fn kind(&self) -> Kind {
        match self.info.split([' ', ',', '{', ':']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "python" | "py" | "python3" | "py3" | "python2" | "{python}" => Kind::Python,
            "" => Kind::Unnamed,
            _ => Kind::Other,
        }
    }
}

/// Chooses in this order: the longest block fenced as Python, the longest unnamed block, an answer without any fence
/// that begins with code. A reasoning block (`<think>`) before the answer is passed over. Of two equally long
/// blocks the later is taken: models correct themselves downwards.
pub fn extract(step: Step, answer: &str) -> Extracted {
    let (body, reasoned) = without_reasoning(answer);
    let blocks = blocks(body);
    let (code, mut why, unclosed) = choose(body, &blocks);
    if reasoned {
        why.push_str("; the reasoning before it was passed over");
    }
    Extracted { step, code: code.map(Into::into), why, unclosed }
}

fn choose(body: &str, blocks: &[Block]) -> (Option<String>, String, bool) {
    for (kind, name) in [(Kind::Python, "fenced as Python"), (Kind::Unnamed, "with an unnamed fence")] {
        let of_kind: Vec<&Block> = blocks.iter().filter(|block| block.kind() == kind).collect();
        let Some(block) = of_kind.iter().max_by_key(|block| block.code.trim().len()) else { continue };
        if block.code.trim().is_empty() {
            continue;
        }
        let mut why = match of_kind.len() {
            1 => format!("the one block {name}"),
            count => format!("the longest of {count} blocks {name}"),
        };
        if !block.closed {
            why.push_str(", which was never closed");
        }
        return (Some(block.code.clone()), why, !block.closed);
    }
    if blocks.is_empty() && begins_with_code(body) {
        return (Some(with_newline(body.trim())), "an answer without fences that begins with code".to_owned(), false);
    }
    let why = match blocks {
        [] => "no code: the answer is prose".to_owned(),
        blocks if blocks.iter().all(|block| block.code.trim().is_empty()) => "no code: the fence is empty".to_owned(),
        blocks => format!("no code: only blocks fenced as `{}`", blocks[0].info),
    };
    (None, why, false)
}

/// The answer after a leading `<think>` block; nothing is left of one that never ends.
fn without_reasoning(answer: &str) -> (&str, bool) {
    const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];
    let start = answer.trim_start();
    for (open, close) in TAGS {
        if start.starts_with(open) {
            return match start.find(close) {
                Some(at) => (&start[at + close.len()..], true),
                None => ("", true),
            };
        }
        // Some servers swallow the opening tag.
        if let Some(at) = answer.find(close).filter(|at| !answer[..*at].contains(open)) {
            return (&answer[at + close.len()..], true);
        }
    }
    (answer, false)
}

fn blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::opening(line) else { continue };
        let mut block = Block { info: fence.info.to_owned(), code: String::new(), closed: false };
        for line in lines.by_ref() {
            if fence.closes(line) {
                block.closed = true;
                break;
            }
            block.code.push_str(strip_indent(line, fence.indent));
            block.code.push('\n');
        }
        blocks.push(block);
    }
    blocks
}

struct Fence<'a> {
    indent: usize,
    mark: char,
    length: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn opening(line: &'a str) -> Option<Self> {
        let body = line.trim_start();
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = body.chars().take_while(|c| *c == mark).count();
        let info = body[length..].trim();
        // `` ```x``` `` on one line is inline code.
        (length >= 3 && !(mark == '`' && info.contains('`'))).then(|| Self {
            indent: line.len() - body.len(),
            mark,
            length,
            info,
        })
    }

    fn closes(&self, line: &str) -> bool {
        let body = line.trim();
        body.chars().count() >= self.length && body.chars().all(|c| c == self.mark)
    }
}

/// Removes at most `indent` leading blanks, so that a block inside a list keeps its own indentation.
fn strip_indent(line: &str, indent: usize) -> &str {
    let blanks = line.bytes().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &line[blanks..]
}

fn begins_with_code(body: &str) -> bool {
    let Some(first) = body.lines().map(str::trim).find(|line| !line.is_empty()) else { return false };
    let keyword = |word: &str| first.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(']));
    (first.starts_with('@') && first.len() > 1)
        || first.starts_with("#!")
        || (keyword("import") && !first.ends_with('.'))
        || (keyword("from") && first.contains(" import "))
        || ((keyword("def") || keyword("async def") || keyword("class"))
            && (first.contains(':') || first.contains('(')))
}

fn with_newline(code: &str) -> String {
    format!("{code}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(answer: &str) -> Option<String> {
        extract(Step::Generate, answer).code.map(|code| code.as_str().to_owned())
    }

    #[test]
    fn fences_of_every_name_are_taken() {
        for info in ["python", "py", "Python", "python3", "PYTHON", "", "python title=x.py"] {
            let answer = format!("Here it is:\n\n```{info}\nimport os\n```\nDone.");
            assert_eq!(code(&answer).as_deref(), Some("import os\n"), "{info}");
        }
    }

    #[test]
    fn python_wins_over_other_blocks_and_length_over_order() {
        let answer =
            "```bash\npip install flask and a good deal more\n```\n```python\nx = 1\n```\n```python\nlonger = 2\n```\n";
        let taken = extract(Step::Generate, answer);
        assert_eq!(taken.code.as_deref(), Some("longer = 2\n"));
        assert_eq!(taken.why, "the longest of 2 blocks fenced as Python");
    }

    #[test]
    fn an_unclosed_fence_is_taken_and_marked() {
        let taken = extract(Step::Generate, "```python\ndef f():\n    return (");
        assert_eq!(taken.code.as_deref(), Some("def f():\n    return (\n"));
        assert!(taken.unclosed);
    }

    #[test]
    fn reasoning_is_passed_over() {
        let answer = "<think>\n```python\nwrong = 1\nwrong = 2\n```\n</think>\n```python\nright = 1\n```";
        assert_eq!(code(answer).as_deref(), Some("right = 1\n"));
        assert_eq!(code("hm\n</think>\n```\nright = 1\n```").as_deref(), Some("right = 1\n"));
        assert_eq!(code("<think>\n```python\nwrong = 1\n```"), None);
    }

    #[test]
    fn prose_is_not_code() {
        for prose in
            ["", "There is no security issue in this code.", "import it, then run it.", "```\n\n```", "Use `x`."]
        {
            assert_eq!(code(prose), None, "{prose}");
        }
        assert_eq!(code("```bash\nrm -rf x\n```"), None);
    }

    #[test]
    fn code_without_a_fence_is_taken_whole() {
        assert_eq!(code("\nimport os\n\nprint(os.name)").as_deref(), Some("import os\n\nprint(os.name)\n"));
        assert_eq!(code("def f(x):\n    return x").as_deref(), Some("def f(x):\n    return x\n"));
    }

    #[test]
    fn a_block_inside_a_list_loses_the_indentation_of_its_fence() {
        let answer = "1. Like so:\n   ```python\n   def f():\n       pass\n   ```\n";
        assert_eq!(code(answer).as_deref(), Some("def f():\n    pass\n"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_answers_never_panic(answer in "(?s).{0,200}|[`~\n pythn]{0,60}") {
            extract(Step::Generate, &answer);
        }
    }
}
