//! From a name to the Python that can import Bandit.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Options, ScannerError};

pub const VARIABLE: &str = "FDSP_BANDIT";

/// An interpreter and the arguments that come before its script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

/// Was a certain Bandit asked for?
pub fn is_explicit(options: &Options) -> bool {
    explicit(options).is_some()
}

fn explicit(options: &Options) -> Option<PathBuf> {
    let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    options.bandit.clone().or_else(variable)
}

/// The interpreter of the Bandit to use.
///
/// # Errors
/// Nothing found, or a file that leads to no interpreter.
pub fn locate(options: &Options) -> Result<Interpreter, ScannerError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let command = match explicit(options) {
        Some(given) if given.components().count() == 1 => on_path(given.as_os_str(), &path).unwrap_or(given),
        Some(given) => given,
        None => on_path(OsStr::new("bandit"), &path).ok_or(ScannerError::NotFound)?,
    };
    interpreter(&command, &path).map_err(|problem| ScannerError::Unusable { path: command, problem })
}

fn on_path(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

/// A Python is its own interpreter; a script names one in its first line, or, where that line could not hold the
/// path, in the `exec` of its second; else the Python beside the script is meant.
fn interpreter(command: &Path, path: &OsStr) -> Result<Interpreter, String> {
    let mut head = Vec::new();
    let file = std::fs::File::open(command).map_err(|error| format!("cannot be read ({error})"))?;
    file.take(4096).read_to_end(&mut head).map_err(|error| format!("cannot be read ({error})"))?;
    if is_python(command) || !head.starts_with(b"#!") {
        return Ok(Interpreter { program: command.to_owned(), arguments: Vec::new() });
    }
    let head = String::from_utf8_lossy(&head[2..]);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    from_shebang(first, path)
        .or_else(|| lines.next().and_then(from_exec))
        .or_else(|| beside(command))
        .ok_or_else(|| format!("`#!{first}` names no Python"))
}

fn from_shebang(line: &str, path: &OsStr) -> Option<Interpreter> {
    // The kernel takes the first word and the rest; Python's own options never hold blanks.
    let mut words = line.split_whitespace();
    let mut program = PathBuf::from(words.next()?);
    if program.file_name() == Some(OsStr::new("env")) {
        let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        program = if name.contains('/') { PathBuf::from(name) } else { on_path(OsStr::new(name), path)? };
    }
    is_python(&program).then(|| Interpreter { program, arguments: words.map(OsString::from).collect() })
}

/// `'''exec' "/a path/python" "$0" "$@"`, as installers write it under `#!/bin/sh`.
fn from_exec(line: &str) -> Option<Interpreter> {
    let rest = line.strip_prefix("'''exec'").or_else(|| line.strip_prefix("exec "))?.trim_start();
    let program = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split_whitespace().next()?,
    };
    let program = PathBuf::from(program);
    is_python(&program).then(|| Interpreter { program, arguments: Vec::new() })
}

fn beside(command: &Path) -> Option<Interpreter> {
    let real = command.canonicalize().ok()?;
    let folder = real.parent()?;
    let program = ["python3", "python"].into_iter().map(|name| folder.join(name)).find(|file| is_executable(file))?;
    Some(Interpreter { program, arguments: Vec::new() })
}

fn is_python(program: &Path) -> bool {
    let name = program.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.starts_with("python") || name.starts_with("pypy")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let file = folder.join(name);
        std::fs::write(&file, text).expect("the folder is ours");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
        file
    }

    #[test]
    fn every_way_to_name_an_interpreter() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().as_os_str();
        let python = script(folder.path(), "python3.11", "not read");
        let found = |name: &str, text: &str| interpreter(&script(folder.path(), name, text), path);
        let plain = |program: &Path| Ok(Interpreter { program: program.to_owned(), arguments: Vec::new() });
        assert_eq!(interpreter(&python, path), plain(&python));
        assert_eq!(found("a", "#!/opt/v/bin/python3\nimport re\n"), plain(Path::new("/opt/v/bin/python3")));
        assert_eq!(found("b", "#!/usr/bin/env python3.11\n"), plain(&python));
        assert_eq!(found("c", "#!/usr/bin/env -S A=1 python3.11\n"), plain(&python));
        let long = "#!/bin/sh\n'''exec' \"/a b/python\" \"$0\" \"$@\"\n' '''\n";
        assert_eq!(found("d", long), plain(Path::new("/a b/python")));
        let options = found("e", "#!/opt/python3 -sE\n").map(|found| found.arguments);
        assert_eq!(options, Ok(vec![OsString::from("-sE")]));
        assert!(found("f", "#!/bin/bash\nexit 1\n").is_err_and(|problem| problem.contains("/bin/bash")));
        assert!(interpreter(Path::new("/nonexistent/bandit"), path).is_err());
        let beside = script(folder.path(), "python3", "");
        assert_eq!(found("g", "#!/bin/bash\nexit 1\n"), plain(&beside.canonicalize().expect("it is there")));
    }
}
