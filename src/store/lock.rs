//! Operating-system file locks: they die with the process that holds them, so a kill -9 blocks nobody.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::core::text::sha256_hex;

/// The right to drive a run; given back when dropped or when the process ends.
#[derive(Debug)]
pub struct DriverLock {
    _file: File,
}

pub(super) fn folder(store: &Path) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_os_string();
    name.push(".locks");
    store.with_file_name(name)
}

fn open(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::File { path: path.to_owned(), message: error.to_string() };
    if let Some(parent) = path.parent() {
        super::open::private_folder(parent)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)
}

/// Says that an annotator's sitting goes on; ends when dropped or when the process ends.
#[derive(Debug)]
pub struct SittingLock {
    _file: File,
    path: PathBuf,
}

impl Drop for SittingLock {
    fn drop(&mut self) {
        // A file that is left behind says nothing: the lock is gone with the process.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn of_sitting(store: &Path, session: &str) -> PathBuf {
    folder(store).join(format!("{}.sitting", sha256_hex(session)))
}

pub(super) fn for_sitting(store: &Path, session: &str) -> Result<SittingLock, StoreError> {
    let path = of_sitting(store, session);
    let file = open(&path)?;
    file.lock().map_err(|error| StoreError::File { path: path.clone(), message: format!("cannot lock: {error}") })?;
    Ok(SittingLock { _file: file, path })
}

/// Whether the process of a sitting still lives.
pub(super) fn goes_on(store: &Path, session: &str) -> bool {
    let file = OpenOptions::new().read(true).write(true).open(of_sitting(store, session));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Waits for the lock under which a store is created and migrated.
pub(super) fn for_opening(store: &Path) -> Result<File, StoreError> {
    let path = folder(store).join("open.lock");
    let file = open(&path)?;
    file.lock().map_err(|error| StoreError::File { path, message: format!("cannot lock: {error}") })?;
    Ok(file)
}

pub(super) fn for_driving(store: &Path, run: &str) -> Result<DriverLock, StoreError> {
    let path = folder(store).join(format!("{}.lock", sha256_hex(run)));
    let mut file = open(&path)?;
    let failed = |error: std::io::Error| StoreError::File { path: path.clone(), message: error.to_string() };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The number is a courtesy: the lock holds without it.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim().parse::<u32>() {
                Ok(pid) if pid == std::process::id() => format!("this process ({pid})"),
                Ok(pid) => format!("process {pid}"),
                Err(_) => "another process".to_owned(),
            };
            return Err(StoreError::Driven { run: run.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    Ok(DriverLock { _file: file })
}
