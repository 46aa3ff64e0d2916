//! A verification as a document that can be kept beside its data set: the same codes, tests and tools give the same
//! text. No times, no memory, no values of a run.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::verify::{Opinion, Verified};
use crate::core::execution::{AssertionClass, Execution, TestResult};

/// The form of the document; another number is another form.
pub const FORM: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub form: u32,
    pub data_set: String,
    /// The data set's SHA-256.
    pub sha256: String,
    pub tools: Tools,
    /// The environment was repaired.
    #[serde(default)]
    pub repaired: bool,
    /// As the data set has them.
    pub items: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    pub fdsp: String,
    pub python: String,
    /// `None`: no scanner was asked.
    pub scanner: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub item: String,
    pub secure: Option<Came>,
    pub insecure: Option<Came>,
}

/// What one code came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Came {
    pub result: TestResult,
    /// Assertions that held, by class.
    pub functional: usize,
    pub security: usize,
    /// The message of the assertion that failed, else its text; the exception or limit where it was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<Opinion>,
}

impl Came {
    fn of(execution: &Execution, scanner: Option<&Opinion>) -> Self {
        let held = |class| {
            let held = |it: &&crate::core::execution::Assertion| it.class == class && it.held > 0 && !it.failed;
            execution.assertions.iter().filter(held).count()
        };
        let failed = match (execution.failed(), &execution.fault) {
            (Some(failed), _) => Some(failed.message.clone().unwrap_or_else(|| failed.source.clone())),
            (None, fault) => fault.as_ref().map(|fault| fault.kind.clone()),
        };
        Self {
            result: execution.result,
            functional: held(AssertionClass::Functional),
            security: held(AssertionClass::Security),
            failed,
            scanner: scanner.cloned(),
        }
    }
}

impl Entry {
    pub fn of(verified: &Verified) -> Self {
        let came = |execution: &Option<Execution>, scan: &Option<Opinion>| {
            execution.as_ref().map(|execution| Came::of(execution, scan.as_ref()))
        };
        Self {
            item: verified.item.clone(),
            secure: came(&verified.secure, &verified.secure_scan),
            insecure: came(&verified.insecure, &verified.insecure_scan),
        }
    }
}

/// An item that came out otherwise than the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    pub item: String,
    /// In words, such as `secure result: here pass, the file says fail`.
    pub what: Vec<String>,
}

impl Verification {
    /// One line for each item, so that a difference is a line.
    pub fn text(&self) -> serde_json::Result<String> {
        let head = serde_json::to_value(Self { items: Vec::new(), ..self.clone() })?;
        let mut text = String::from("{\n");
        for (name, value) in head.as_object().into_iter().flatten().filter(|(name, _)| *name != "items") {
            text += &format!("  \"{name}\": {value},\n");
        }
        text += "  \"items\": [";
        for (at, entry) in self.items.iter().enumerate() {
            text += if at == 0 { "\n    " } else { ",\n    " };
            text += &serde_json::to_string(entry)?;
        }
        text += if self.items.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" };
        Ok(text)
    }

    /// The document in a text.
    ///
    /// # Errors
    /// JSON that is no such document, or one of another form.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.form != FORM {
            return Err(format!("it has the form {}; this program reads form {FORM}", document.form));
        }
        Ok(document)
    }

    /// The items that differ from what `file` says, in this document's order; then those that `file` alone has, unless
    /// this document is of `part` of the data set. What a scanner says counts where both documents asked one.
    pub fn against(&self, file: &Self, part: bool) -> Vec<Differs> {
        let mut known: HashMap<&str, &Entry> = file.items.iter().map(|entry| (entry.item.as_str(), entry)).collect();
        let scanned = self.tools.scanner.is_some() && file.tools.scanner.is_some();
        let mut differ = Vec::new();
        for entry in &self.items {
            let what = match known.remove(entry.item.as_str()) {
                None => vec!["the file does not have it".to_owned()],
                Some(known) => {
                    [("secure", &entry.secure, &known.secure), ("insecure", &entry.insecure, &known.insecure)]
                        .into_iter()
                        .flat_map(|(code, here, there)| differences(code, here.as_ref(), there.as_ref(), scanned))
                        .collect()
                }
            };
            if !what.is_empty() {
                differ.push(Differs { item: entry.item.clone(), what });
            }
        }
        let gone = file.items.iter().filter(|entry| !part && known.contains_key(entry.item.as_str()));
        let what = || vec!["the file alone has it".to_owned()];
        differ.extend(gone.map(|entry| Differs { item: entry.item.clone(), what: what() }));
        differ
    }

    /// Tools and data that are not those of `file`, in words.
    pub fn other_tools(&self, file: &Self) -> Vec<String> {
        let none = || "none".to_owned();
        let (ours, theirs) = (&self.tools, &file.tools);
        let scanner = |tools: &Tools| tools.scanner.clone().unwrap_or_else(none);
        [
            ("data set", self.sha256.clone(), file.sha256.clone()),
            ("Python", ours.python.clone(), theirs.python.clone()),
            ("scanner", scanner(ours), scanner(theirs)),
            ("repaired environment", self.repaired.to_string(), file.repaired.to_string()),
        ]
        .into_iter()
        .filter(|(_, here, there)| here != there)
        .map(|(what, here, there)| format!("{what}: here {here}, the file says {there}"))
        .collect()
    }
}

fn differences(code: &str, here: Option<&Came>, there: Option<&Came>, scanned: bool) -> Vec<String> {
    let (here, there) = match (here, there) {
        (Some(here), Some(there)) => (here, there),
        (None, None) => return Vec::new(),
        (here, _) => {
            let side = if here.is_some() { "here" } else { "in the file" };
            return vec![format!("there is {code} code {side} alone")];
        }
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let opinion = |came: &Came| {
        let Some(opinion) = came.scanner.as_ref().filter(|_| scanned) else { return String::new() };
        let verdict = opinion.verdict.map_or("failed", |verdict| verdict.as_str());
        [&[verdict.to_owned()], opinion.rules.as_slice()].concat().join(" ")
    };
    [
        ("result", here.result.to_string(), there.result.to_string()),
        ("functional assertions held", here.functional.to_string(), there.functional.to_string()),
        ("security assertions held", here.security.to_string(), there.security.to_string()),
        ("failed", text(&here.failed), text(&there.failed)),
        ("scanner", opinion(here), opinion(there)),
    ]
    .into_iter()
    .filter(|(_, here, there)| here != there)
    .map(|(what, here, there)| format!("{code} {what}: here {here}, the file says {there}"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::verdict::Verdict;

    fn came(result: TestResult, verdict: Option<Verdict>) -> Came {
        let failed = (result == TestResult::Fail).then(|| "security: the \"query\" ran".to_owned());
        let scanner = Some(Opinion { verdict, rules: vec!["B608".to_owned()] });
        Came { result, functional: 3, security: 1, failed, scanner }
    }

    fn document() -> Verification {
        let entry = |item: &str| Entry {
            item: item.to_owned(),
            secure: Some(came(TestResult::Pass, Some(Verdict::Secure))),
            insecure: Some(came(TestResult::Fail, Some(Verdict::Vulnerable))),
        };
        let tools = Tools { fdsp: "1".to_owned(), python: "3.11".to_owned(), scanner: Some("bandit 1.9.4".to_owned()) };
        Verification {
            form: FORM,
            data_set: "mine".to_owned(),
            sha256: "ab".to_owned(),
            tools,
            repaired: false,
            items: vec![entry("a"), entry("b")],
        }
    }

    #[test]
    fn the_text_is_read_back_and_has_a_line_for_each_item() {
        let document = document();
        let text = document.text().unwrap();
        assert_eq!(Verification::read(&text), Ok(document.clone()));
        assert_eq!(text.lines().filter(|line| line.contains("\"item\":")).count(), 2);
        assert_eq!(text, document.text().unwrap());
        let none = Verification { items: Vec::new(), ..document.clone() };
        assert_eq!(Verification::read(&none.text().unwrap()), Ok(none));
        let other = text.replacen("\"form\": 1", "\"form\": 9", 1);
        assert!(Verification::read(&other).unwrap_err().contains("reads form 1"));
    }

    #[test]
    fn every_difference_is_named_and_a_part_misses_nothing() {
        let file = document();
        let mut here = document();
        assert_eq!(here.against(&file, false), []);
        let a = here.items[0].insecure.as_mut().unwrap();
        a.result = TestResult::Pass;
        a.failed = None;
        a.scanner.as_mut().unwrap().rules.clear();
        let differ = here.against(&file, false);
        let what = [
            "insecure result: here pass, the file says fail",
            "insecure failed: here nothing, the file says security: the \"query\" ran",
            "insecure scanner: here vulnerable, the file says vulnerable B608",
        ];
        assert_eq!(differ, [Differs { item: "a".to_owned(), what: what.map(str::to_owned).to_vec() }]);
        here.tools.scanner = None;
        assert_eq!(here.against(&file, false)[0].what.len(), 2, "without a scanner its opinions are not compared");
        assert_eq!(here.other_tools(&file), ["scanner: here none, the file says bandit 1.9.4"]);
        here.items.remove(0);
        assert_eq!(here.against(&file, true), []);
        assert_eq!(here.against(&file, false)[0].item, "a");
        assert_eq!(file.against(&here, false)[0].what, ["the file does not have it"]);
        here.items[0].secure = None;
        assert_eq!(here.against(&file, true)[0].what, ["there is secure code in the file alone"]);
    }
}
