//! `[scanners.NAME]` in `fdsp.toml`: a command that writes SARIF, said in full or by a preset.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::scanner::ScannerError;

/// One `[scanners.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `codeql` or `semgrep`; default: the table's name, where it is one of these and no `command` is given.
    pub preset: Option<String>,
    /// Program and arguments, run without a shell. `{file}`, `{dir}`: what to scan; `{out}`: where to write (without it
    /// standard output is read); `{rules}`: see below; `{work}`: a folder to work in.
    pub command: Option<Vec<String>>,
    /// A file or folder beside `fdsp.toml`, or whatever else the command takes for its rules.
    pub rules: Option<String>,
    /// Scan many files, in one folder, by one call. Needs `{dir}`.
    pub batch: Option<bool>,
    /// Seconds for one call; default: 60, and 1 more for each file.
    pub timeout: Option<f64>,
    /// Exit codes that leave a report; default: 0 and 1.
    pub ok_exit: Option<Vec<i32>>,
    /// Program and arguments that print the version; default: the version in the SARIF of an empty file.
    pub version: Option<Vec<String>>,
    /// Environment variables to pass on beside PATH, HOME and TMPDIR.
    #[serde(default)]
    pub pass_env: Vec<String>,
}

/// Every `[scanners.NAME]`, and the folder of the file that says so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adapters {
    pub entries: BTreeMap<String, Entry>,
    pub base: PathBuf,
}

/// A command ready to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    pub name: String,
    /// Run one after the other; each with its placeholders.
    pub steps: Vec<Vec<String>>,
    pub version: Option<Vec<String>>,
    /// Files to a call at most.
    pub batch: usize,
    /// `None`: by the number of files.
    pub timeout: Option<Duration>,
    pub ok_exit: Vec<i32>,
    pub pass_env: Vec<String>,
}

const BATCH: usize = 500;
/// A database of few files costs CodeQL as much as one of many.
const CODEQL_BATCH: usize = 5_000;
/// For one step on a batch.
const CODEQL_TIMEOUT: Duration = Duration::from_secs(3600);
const CODEQL_SUITE: &str = "codeql/python-queries:codeql-suites/python-security-extended.qls";
const BUILT_IN: [&str; 3] = ["auto", "bandit", "ruff"];
const PRESETS: [&str; 2] = ["codeql", "semgrep"];

impl Adapters {
    /// Names that can be asked for beside those built in.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let presets = PRESETS.into_iter().filter(|preset| !self.entries.contains_key(*preset));
        self.entries.keys().map(String::as_str).chain(presets)
    }

    /// `None` where the name is neither configured nor a preset's.
    ///
    /// # Errors
    /// A field that cannot be, with what to write there.
    pub fn find(&self, name: &str) -> Option<Result<Adapter, ScannerError>> {
        let entry = match self.entries.get(name) {
            Some(entry) => entry.clone(),
            None if PRESETS.contains(&name) => Entry::default(),
            None => return None,
        };
        Some(entry.adapter(name, &self.base))
    }

    /// # Errors
    /// A table under the name of a scanner that is built in.
    pub fn check(&self) -> Result<(), ScannerError> {
        match self.entries.keys().find(|name| BUILT_IN.contains(&name.as_str())) {
            Some(name) => Err(wrong(name, "name", "this scanner is built in; give yours another name")),
            None => Ok(()),
        }
    }
}

fn wrong(name: &str, field: &'static str, message: impl Into<String>) -> ScannerError {
    ScannerError::Config { name: name.to_owned(), field, message: message.into() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

impl Entry {
    fn adapter(self, name: &str, base: &Path) -> Result<Adapter, ScannerError> {
        let wrong = |field, message: String| wrong(name, field, message);
        let preset = match (&self.preset, &self.command) {
            (Some(_), Some(_)) => return Err(wrong("preset", "give a preset or a command, not both".to_owned())),
            (Some(preset), None) => Some(preset.as_str()),
            (None, None) if PRESETS.contains(&name) => Some(name),
            (None, None) => {
                return Err(wrong("command", "missing; write command = [\"PROGRAM\", …, \"{dir}\"]".to_owned()));
            }
            (None, Some(_)) => None,
        };
        let timeout = match self.timeout {
            None => None,
            Some(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Some(Duration::from_secs_f64(seconds)),
            Some(seconds) => return Err(wrong("timeout", format!("{seconds} is not between 0 and 86400 seconds"))),
        };
        let mut adapter = Adapter {
            name: name.to_owned(),
            steps: Vec::new(),
            version: self.version,
            batch: BATCH,
            timeout,
            ok_exit: self.ok_exit.unwrap_or_else(|| vec![0, 1]),
            pass_env: self.pass_env,
        };
        let mut rules = self.rules;
        match preset {
            None => adapter.steps = self.command.into_iter().collect(),
            Some("semgrep") => {
                if rules.is_none() {
                    let how =
                        "missing; write rules = \"FILE.yml\", or a name of Semgrep's registry such as \"p/python\"";
                    return Err(wrong("rules", how.to_owned()));
                }
                adapter.steps = vec![words(&[
                    "semgrep",
                    "scan",
                    "--config",
                    "{rules}",
                    "--sarif",
                    "--output",
                    "{out}",
                    "--metrics=off",
                    "--disable-version-check",
                    "--no-git-ignore",
                    "--quiet",
                    "{dir}",
                ])];
                adapter.version.get_or_insert_with(|| words(&["semgrep", "--version", "--disable-version-check"]));
            }
            Some("codeql") => {
                rules.get_or_insert_with(|| CODEQL_SUITE.to_owned());
                adapter.steps = vec![
                    words(&[
                        "codeql",
                        "database",
                        "create",
                        "--language=python",
                        "--source-root={dir}",
                        "--overwrite",
                        "{work}/db",
                    ]),
                    words(&[
                        "codeql",
                        "database",
                        "analyze",
                        "--format=sarif-latest",
                        "--output={out}",
                        "--threads=0",
                        "{work}/db",
                        "{rules}",
                    ]),
                ];
                adapter.version.get_or_insert_with(|| words(&["codeql", "version", "--format=terse"]));
                adapter.batch = CODEQL_BATCH;
                adapter.timeout.get_or_insert(CODEQL_TIMEOUT);
            }
            Some(other) => {
                return Err(wrong("preset", format!("`{other}` is unknown; use one of: {}", PRESETS.join(" "))));
            }
        }
        let has = |adapter: &Adapter, mark: &str| adapter.steps.iter().flatten().any(|word| word.contains(mark));
        if adapter.steps.iter().any(Vec::is_empty) {
            return Err(wrong("command", "empty; the first word is the program".to_owned()));
        }
        let (file, dir) = (has(&adapter, "{file}"), has(&adapter, "{dir}"));
        if !file && !dir {
            return Err(wrong("command", "names nothing to scan; put {file} or {dir} where it belongs".to_owned()));
        }
        match self.batch {
            Some(true) if file || !dir => {
                return Err(wrong("batch", "many files need {dir}, and no {file}, in the command".to_owned()));
            }
            None if preset.is_some() => {}
            Some(true) => {}
            _ => adapter.batch = 1,
        }
        match rules {
            None if has(&adapter, "{rules}") => {
                return Err(wrong("rules", "missing, though the command has {rules}".to_owned()));
            }
            None => {}
            Some(rules) => {
                let beside = base.join(&rules);
                let rules = if beside.exists() { absolute(&beside) } else { rules };
                for word in adapter.steps.iter_mut().flatten() {
                    *word = word.replace("{rules}", &rules);
                }
            }
        }
        // A program beside the file that names it; one without a slash is looked for on PATH.
        for program in adapter.steps.iter_mut().chain(adapter.version.as_mut()).filter_map(|step| step.first_mut()) {
            if program.contains('/') && base.join(&*program).exists() {
                *program = absolute(&base.join(&*program));
            }
        }
        Ok(adapter)
    }
}

/// Commands run in a folder of their own.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str, table: &str) -> Result<Adapter, String> {
        let entry: Entry = toml::from_str(table).map_err(|error| error.message().to_owned())?;
        let adapters = Adapters { entries: [(name.to_owned(), entry)].into(), base: PathBuf::new() };
        adapters.check().map_err(|error| error.to_string())?;
        adapters.find(name).expect("it is configured").map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_in_full() {
        let text = "command = ['t', '--rules={rules}', '{dir}', '{out}']\nrules = 'p/python'\nbatch = true\ntimeout = 2.5\nok_exit = [0, 7]";
        let adapter = find("mine", text).expect("it is complete");
        assert_eq!(adapter.steps, [["t", "--rules=p/python", "{dir}", "{out}"]]);
        assert_eq!((adapter.batch, adapter.timeout), (BATCH, Some(Duration::from_millis(2500))));
        assert_eq!(adapter.ok_exit, [0, 7]);
        assert_eq!(find("mine", "command = ['t', '{file}']").map(|adapter| adapter.batch), Ok(1));
    }

    #[test]
    fn presets() {
        let codeql = Adapters::default().find("codeql").expect("a preset").expect("it needs nothing");
        assert_eq!(codeql.steps.len(), 2);
        assert_eq!(codeql.steps[1].last().map(String::as_str), Some(CODEQL_SUITE));
        let semgrep = find("house", "preset = 'semgrep'\nrules = 'p/python'").expect("rules are named");
        assert_eq!(semgrep.steps[0][..4], ["semgrep", "scan", "--config", "p/python"]);
        assert!(semgrep.batch > 1);
        assert!(Adapters::default().find("pylint").is_none());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let says = |name: &str, text: &str, words: &str| {
            let error = find(name, text).expect_err(text);
            assert!(error.contains(words), "{error}");
        };
        says("semgrep", "", "[scanners.semgrep] rules: missing");
        says("mine", "", "[scanners.mine] command: missing");
        says("mine", "command = []", "command: empty");
        says("mine", "command = ['t']", "{file} or {dir}");
        says("mine", "command = ['t', '{file}']\nbatch = true", "batch: many files need {dir}");
        says("mine", "command = ['t', '{dir}', '{rules}']", "rules: missing");
        says("mine", "command = ['t', '{dir}']\ntimeout = 0", "timeout: 0 is not between");
        says("mine", "preset = 'pylint'", "`pylint` is unknown");
        says("mine", "preset = 'codeql'\ncommand = ['t']", "not both");
        says("ruff", "command = ['ruff', '{dir}']", "[scanners.ruff] name: this scanner is built in");
        says("mine", "comand = ['t', '{dir}']", "unknown field `comand`");
    }
}
