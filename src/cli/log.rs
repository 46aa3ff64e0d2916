//! `FDSP_LOG=debug` writes a log to `fdsp.log` beside the store; never to the screen.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Without the variable, or where the file cannot be written, nothing is logged.
pub fn start(store: &Path) {
    let Ok(filter) = EnvFilter::try_from_env("FDSP_LOG") else { return };
    let path = store.with_file_name("fdsp.log");
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    match OpenOptions::new().create(true).append(true).open(&path) {
        Ok(file) => {
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file)).init();
        }
        Err(error) => eprintln!("fdsp: no log: {}: {error}", path.display()),
    }
}
