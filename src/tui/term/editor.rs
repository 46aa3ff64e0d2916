//! The user's own editor, on a private file that is gone afterwards.

use std::io::{self, Read};
use std::path::Path;
use std::process::Command;

/// More is not read back.
const LARGEST: u64 = 1 << 20;

/// Runs `$VISUAL`, else `$EDITOR`, on `text` and waits for its end; the terminal must have been lent to it. With `write`
/// the text as it was saved comes back.
///
/// # Errors
/// In words for the screen: no editor is set, it does not start, it fails, or what it saved cannot be read.
pub fn edit(
    text: &str,
    suffix: &str,
    write: bool,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, String> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| env(name).filter(|value| !value.trim().is_empty()));
    let line = named.ok_or("no editor is set: name one in VISUAL or EDITOR, such as `export EDITOR=vim`")?;
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default().to_owned();
    let said = |error: io::Error| format!("the file for the editor: {error}");
    // A folder of its own, so that what the editor leaves beside the file goes with it.
    let folder = tempfile::Builder::new().prefix("fdsp-").tempdir().map_err(said)?;
    let path = folder.path().join(format!("text{suffix}"));
    std::fs::write(&path, text).map_err(said)?;
    private(folder.path(), &path, write).map_err(said)?;
    let mut command = Command::new(&program);
    command.args(words);
    if matches!(Path::new(&program).file_name().and_then(|name| name.to_str()), Some("vim" | "nvim" | "gvim")) {
        // A model may have written a line that sets options.
        command.args(["--cmd", "set nomodeline"]);
    }
    command.arg(&path);
    let ended = wait(command).map_err(|error| format!("the editor `{program}` does not start: {error}"))?;
    if let Some(how) = ended {
        return Err(format!("the editor `{program}` {how}: nothing is taken from it"));
    }
    if !write {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(&path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(said)?;
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| "what the editor saved is no UTF-8: nothing is taken from it".to_owned())
}

#[cfg(unix)]
fn private(folder: &Path, file: &Path, write: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(if write { 0o600 } else { 0o400 }))
}

#[cfg(not(unix))]
fn private(_: &Path, _: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

/// Waits for the end; `None` when all was well. Where the editor is stopped by the shell's ctrl-z, so is this program.
#[cfg(unix)]
fn wait(mut command: Command) -> io::Result<Option<String>> {
    use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};
    let child = command.spawn()?;
    let id = Pid::from_child(&child);
    loop {
        let status = match waitpid(Some(id), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) => status,
            Ok(None) | Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if status.stopped() {
            kill_process(getpid(), Signal::STOP)?;
            // The shell woke the whole job; an editor that was stopped alone is woken here.
            let _ = kill_process(id, Signal::CONT);
            continue;
        }
        return Ok(match (status.exit_status(), status.terminating_signal()) {
            (Some(0), _) => None,
            (Some(code), _) => Some(format!("ended with code {code}")),
            (None, Some(signal)) => Some(format!("was ended by signal {signal}")),
            (None, None) => Some("ended".to_owned()),
        });
    }
}

#[cfg(not(unix))]
fn wait(mut command: Command) -> io::Result<Option<String>> {
    let status = command.status()?;
    Ok((!status.success()).then(|| format!("ended with {status}")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(body: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("editor");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        let name = path.to_str().unwrap().to_owned();
        (folder, name)
    }

    fn with(editor: &str, text: &str, write: bool) -> Result<Option<String>, String> {
        edit(text, ".py", write, |name| (name == "EDITOR").then(|| editor.to_owned()))
    }

    #[test]
    fn what_is_saved_comes_back_and_the_file_is_gone() {
        let (folder, editor) =
            script("echo \"$2\" > \"${0%/*}/path\"; stat -c %a \"$2\" >> \"${0%/*}/path\"; echo more >> \"$2\"");
        assert_eq!(with(&format!("{editor} --wait"), "typed\n", true), Ok(Some("typed\nmore\n".to_owned())));
        let told = std::fs::read_to_string(folder.path().join("path")).unwrap();
        let (path, mode) = told.trim().split_once('\n').unwrap();
        assert!(path.ends_with(".py") && !Path::new(path).exists(), "{path}");
        assert_eq!(mode, "600");
        let (_folder, editor) = script("test \"$(stat -c %a \"$1\")\" = 400");
        assert_eq!(with(&editor, "looked at", false), Ok(None));
    }

    #[test]
    fn trouble_is_told_in_words() {
        assert!(edit("", ".txt", false, |_| None).unwrap_err().contains("VISUAL or EDITOR"));
        assert!(with("/nowhere/ed", "", false).unwrap_err().contains("`/nowhere/ed` does not start"));
        let (_folder, editor) = script("exit 3");
        assert!(with(&editor, "", true).unwrap_err().contains("ended with code 3"));
        let (_folder, editor) = script("printf '\\377' > \"$1\"");
        assert!(with(&editor, "", true).unwrap_err().contains("UTF-8"));
    }
}
