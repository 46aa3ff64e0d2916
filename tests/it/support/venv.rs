//! Python packages from PyPI in virtual environments under `target/`, each set up once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python of an environment that holds exactly these packages, such as `bandit==1.9.4`. The first process to ask
/// builds it; the others wait.
///
/// # Panics
/// Without a `python3` that can make virtual environments, or when a package cannot be installed.
pub fn python(name: &str, packages: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's folder for tests lies in target");
    let venv = target.join(format!("test-{name}"));
    let lock = File::create(venv.with_extension("lock")).expect("target is writable");
    lock.lock().expect("the file system has locks");
    let (python, done, wanted) = (venv.join("bin/python"), venv.join("packages"), packages.join("\n"));
    if !fs::read_to_string(&done).is_ok_and(|known| known == wanted) {
        let _ = fs::remove_dir_all(&venv);
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv), "python3 with its `venv` module is needed");
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        run(&mut pip, "a package could not be installed");
        fs::write(&done, wanted).expect("target is writable");
    }
    python
}

fn run(command: &mut Command, need: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{need}: {command:?}: {error}"));
    assert!(output.status.success(), "{need}: {command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
