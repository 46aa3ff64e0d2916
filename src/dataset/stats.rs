//! What a data set is described by, as Table 1 of the CodeSecEval paper does.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Serialize;

use super::unittest;
use crate::core::item::{Item, SuiteKind};
use crate::python;

/// Averages are over the items that have the thing; `None` where no item has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stats {
    pub size: usize,
    /// Words (`\b\w+\b`) of the problem.
    pub problem_words: Option<f64>,
    /// Lines without blank ones, comments and docstrings.
    pub insecure_lines: Option<f64>,
    pub secure_lines: Option<f64>,
    /// Assert statements of the test.
    pub test_cases: Option<f64>,
    /// CWE types; an item about several CWEs at once is of one type.
    pub cwe_types: usize,
    /// Items whose vulnerability-aware problem holds detailed steps, and those whose does not.
    pub with_steps: usize,
    pub without_steps: usize,
}

fn average(values: impl Iterator<Item = Option<u32>>) -> Option<f64> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for value in values.flatten() {
        sum += u64::from(value);
        count += 1;
    }
    (count > 0).then(|| sum as f64 / count as f64)
}

pub fn stats(items: &[Item]) -> Stats {
    let word = Regex::new(r"\b\w+\b").ok();
    let words = |text: &str| word.as_ref().map(|word| word.find_iter(text).count() as u32);
    let suite = |item: &Item| item.suite.as_deref().cloned();
    let steps =
        |wanted: bool| items.iter().filter(|item| suite(item).and_then(|suite| suite.steps) == Some(wanted)).count();
    let types: BTreeSet<&[u32]> = items.iter().map(|item| item.cwe.as_slice()).filter(|cwe| !cwe.is_empty()).collect();
    Stats {
        size: items.len(),
        problem_words: average(items.iter().map(|item| words(&item.prompt))),
        insecure_lines: average(items.iter().map(|item| item.code.as_ref().map(|code| python::facts(code).lines))),
        secure_lines: average(items.iter().map(|item| Some(python::facts(&suite(item)?.secure?).lines))),
        test_cases: average(items.iter().map(|item| Some(python::facts(&suite(item)?.test).asserts))),
        cwe_types: types.len(),
        with_steps: steps(true),
        without_steps: steps(false),
    }
}

/// What the whole set is described by, and each subset that it names, in their order.
pub fn by_subset(items: &[Item]) -> Vec<(Option<String>, Stats)> {
    let subset = |item: &Item| item.suite.as_deref().and_then(|suite| suite.subset.clone());
    let mut names: Vec<String> = Vec::new();
    for name in items.iter().filter_map(subset) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: String| {
        let part: Vec<Item> = items.iter().filter(|item| subset(item).as_deref() == Some(&name)).cloned().collect();
        (Some(name), stats(&part))
    };
    std::iter::once((None, stats(items))).chain(names.into_iter().map(of)).collect()
}

/// The modules that the items' programs import, prelude, codes and tests, without those that an item's prelude brings.
pub fn imports(items: &[Item]) -> Vec<String> {
    let mut modules = BTreeSet::new();
    for item in items {
        let Some(suite) = item.suite.as_deref() else { continue };
        if suite.kind == SuiteKind::Unittest {
            // What else such a test imports stands for the code under test; a package of that name is a stranger's.
            modules.extend(unittest::libraries(&suite.test));
            continue;
        }
        let prelude = suite.prelude.as_ref().map(|prelude| python::facts(prelude)).unwrap_or_default();
        let texts = [item.code.as_ref(), suite.secure.as_ref(), Some(&suite.test)];
        let others = texts.into_iter().flatten().flat_map(|text| python::facts(text).imports);
        modules.extend(prelude.imports.iter().cloned().chain(others).filter(|name| !prelude.stand_ins.contains(name)));
    }
    modules.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::item::Suite;

    #[test]
    fn what_a_prelude_stands_in_for_is_not_asked_for() {
        let item = |id: &str, prelude: Option<&str>| {
            let mut item = Item::new(id, "p");
            item.code = Some("import flask\nimport yaml\n".into());
            item.suite = Some(Box::new(Suite {
                test: "import lxml.etree\n".into(),
                prelude: prelude.map(Into::into),
                ..Suite::default()
            }));
            item
        };
        let prelude = Some("import sys, types\nsys.modules['flask'] = types.ModuleType('flask')\n");
        assert_eq!(imports(&[item("a", prelude)]), ["lxml", "sys", "types", "yaml"]);
        let mut unit = Item::new("u", "p");
        let case = "import unittest\nclass T(unittest.TestCase):\n    def test(self): f(patch('requests.get'))\n";
        unittest::attach(&mut unit, format!("import your_module\n{case}"));
        assert_eq!(imports(&[unit]), ["requests"]);
        // One item's stand-in helps no other item.
        assert_eq!(imports(&[item("a", prelude), item("b", None)]), ["flask", "lxml", "sys", "types", "yaml"]);
    }
}
