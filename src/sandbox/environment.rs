//! Virtual environments that fdsp keeps, one for each data set, with the packages that its items import.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use etcetera::{BaseStrategy, choose_base_strategy};

/// Modules whose package has another name on PyPI.
const PACKAGES: [(&str, &str); 20] = [
    ("Crypto", "pycryptodome"),
    ("MySQLdb", "mysqlclient"),
    ("PIL", "Pillow"),
    ("OpenSSL", "pyOpenSSL"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python-headless"),
    ("dotenv", "python-dotenv"),
    ("flask", "Flask"),
    ("flask_login", "Flask-Login"),
    ("flask_sqlalchemy", "Flask-SQLAlchemy"),
    ("flask_testing", "Flask-Testing"),
    ("flask_wtf", "Flask-WTF"),
    ("jwt", "PyJWT"),
    ("ldap", "python-ldap"),
    ("mysql", "mysql-connector-python"),
    ("nacl", "PyNaCl"),
    ("pam", "python-pam"),
    ("psycopg2", "psycopg2-binary"),
    ("sklearn", "scikit-learn"),
    ("yaml", "PyYAML"),
];

#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("there is no folder for the user's data: {0}; set FDSP_DATA_DIR")]
    NoDataDir(String),
    #[error("{command} failed: {reason}")]
    Command { command: String, reason: String },
}

/// Where the environment of a data set lies, whether it is there or not.
pub fn folder(name: &str) -> Result<PathBuf, EnvironmentError> {
    let data = match std::env::var_os("FDSP_DATA_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let base = choose_base_strategy().map_err(|error| EnvironmentError::NoDataDir(error.to_string()))?;
            base.data_dir().join("fdsp")
        }
    };
    let tidy: String = name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    Ok(data.join("environments").join(tidy))
}

/// The interpreter of a data set's environment, where it was prepared.
pub fn python_of(name: &str) -> Option<PathBuf> {
    Some(folder(name).ok()?.join("bin/python")).filter(|python| python.exists())
}

/// The package that brings a module, and whether its name is more than a guess.
pub fn package_of(module: &str) -> (&str, bool) {
    match PACKAGES.iter().find(|(known, _)| *known == module) {
        Some((_, package)) => (package, true),
        None => (module, false),
    }
}

fn run(command: &mut Command) -> Result<Output, EnvironmentError> {
    let words = format!("{command:?}").replace('"', "");
    let failed = |reason: String| EnvironmentError::Command { command: words.clone(), reason };
    let output = command.output().map_err(|error: io::Error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().lines().last().unwrap_or("no reason was given").to_owned()))
}

/// Of these modules those that the interpreter does not have.
pub fn lacking(python: &Path, modules: &[String]) -> Result<Vec<String>, EnvironmentError> {
    const ASK: &str = "import importlib.util, sys\nfor name in sys.argv[1:]:\n    if name not in sys.stdlib_module_names and importlib.util.find_spec(name) is None:\n        print(name)";
    let output = run(Command::new(python).args(["-I", "-c", ASK]).args(modules))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// Makes the environment, if it is not there. Returns its interpreter.
pub fn create(python: &Path, folder: &Path) -> Result<PathBuf, EnvironmentError> {
    let own = folder.join("bin/python");
    if !own.exists() {
        run(Command::new(python).args(["-m", "venv"]).arg(folder))?;
    }
    Ok(own)
}

pub fn install(python: &Path, package: &str) -> Result<(), EnvironmentError> {
    run(Command::new(python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]))
        .map(drop)
}
