//! Which ruff rules are asked, and settings built once for each target version.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ruff_linter::codes::Rule;
use ruff_linter::registry::Linter;
use ruff_linter::settings::LinterSettings;
use ruff_linter::settings::types::PreviewMode;
use ruff_python_ast::PythonVersion;

/// A rule of ruff's security set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityRule {
    /// E.g. `S608`.
    pub code: String,
    /// E.g. `hardcoded-sql-expression`.
    pub name: &'static str,
    /// False for a rule that ruff still names and no longer runs.
    pub runs: bool,
}

/// Every security rule that this ruff names, rules it no longer runs included, by code.
pub fn security_rules() -> Vec<SecurityRule> {
    let mut rules: Vec<_> = Linter::Flake8Bandit
        .all_rules()
        .map(|rule| SecurityRule {
            code: rule.noqa_code().to_string(),
            name: rule.name().as_str(),
            runs: !rule.is_removed(),
        })
        .collect();
    rules.sort_by(|a, b| a.code.cmp(&b.code));
    rules
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleSet {
    Security,
    Names,
}

/// Rules that report what CPython's compiler rejects and its parser lets through.
const COMPILER: [Rule; 12] = [
    Rule::LateFutureImport,
    Rule::FutureFeatureNotDefined,
    Rule::LoadBeforeGlobalDeclaration,
    Rule::YieldOutsideFunction,
    Rule::UndefinedLocalWithNestedImportStarUsage,
    Rule::ReturnOutsideFunction,
    Rule::AwaitOutsideAsync,
    Rule::YieldFromInAsyncFunction,
    Rule::MultipleStarredExpressions,
    Rule::BreakOutsideLoop,
    Rule::ContinueOutsideLoop,
    Rule::NonlocalWithoutBinding,
];

type Cache = Mutex<HashMap<(RuleSet, PythonVersion), Arc<LinterSettings>>>;

pub fn settings(set: RuleSet, target: PythonVersion) -> Arc<LinterSettings> {
    static BUILT: LazyLock<Cache> = LazyLock::new(Cache::default);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(built.entry((set, target)).or_insert_with(|| Arc::new(build(set, target))))
}

fn build(set: RuleSet, target: PythonVersion) -> LinterSettings {
    let rules: Vec<Rule> = match set {
        RuleSet::Security => Linter::Flake8Bandit.all_rules().filter(|rule| !rule.is_removed()).collect(),
        RuleSet::Names => COMPILER.into_iter().chain([Rule::UndefinedName]).collect(),
    };
    LinterSettings {
        rules: rules.into_iter().collect(),
        preview: PreviewMode::Enabled,
        unresolved_target_version: target.into(),
        ..LinterSettings::default()
    }
}

/// `3.11`, `3.11.7`; anything else is read as 3.11.
pub fn target_version(target: &str) -> PythonVersion {
    let mut parts = target.trim().split('.');
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u8>().ok());
    match (number(parts.next()), number(parts.next())) {
        (Some(3), Some(minor)) => PythonVersion { major: 3, minor },
        _ => PythonVersion::PY311,
    }
}
