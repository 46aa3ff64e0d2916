//! The code of a run as files, for tools that are run elsewhere, and the way back from a path to its version.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::core::ids::{Step, StreamId};
use crate::store::{Store, StoreError};

/// Says which file holds which version; its name tells our folders from others.
pub const INDEX: &str = "fdsp-sources.json";
/// Items in hand at a time.
const PAGE: usize = 256;
/// Letters of an item's id that its folder shows.
const SHOWN: usize = 40;

#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {error}", .path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: the folder is not empty; name another, or one that holds this run's sources", .0.display())]
    NotEmpty(PathBuf),
}

/// Where a version lies: `ITEM/STREAM/STEP.py`, e.g. `0007-sql-row-count/fdsp-0/s2_k1.py`. `position` is the item's in
/// its run, from 0: an id is free text, so the folder only shows what is harmless of it behind its number.
pub fn path(position: usize, item: &str, stream: StreamId, step: Step) -> String {
    let mut shown = String::new();
    for c in item.chars().take(SHOWN) {
        match c.is_ascii_alphanumeric() {
            true => shown.push(c.to_ascii_lowercase()),
            false if shown.ends_with('-') || shown.is_empty() => {}
            false => shown.push('-'),
        }
    }
    let shown = shown.trim_end_matches('-');
    let dash = if shown.is_empty() { "" } else { "-" };
    let step = step.to_string().replace('.', "_");
    format!("{:04}{dash}{shown}/{}-{}/{step}.py", position + 1, stream.approach, stream.sample)
}

/// The last three parts of a path, which is what [`path`] gives, whatever folder it lies in.
pub fn key(path: &str) -> Option<&str> {
    let (third, _) = path.rmatch_indices('/').nth(2).unwrap_or((usize::MAX, ""));
    let key = path.get(third.wrapping_add(1)..)?;
    (key.matches('/').count() == 2).then_some(key)
}

/// Writes every version that holds code, and an index of them; the number of files.
///
/// # Errors
/// A folder that holds anything but this run's sources, and what the file system refuses.
pub async fn write(store: &Store, run: &str, folder: &Path) -> Result<usize, SourcesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| SourcesError::File { path, error }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let index = folder.join(INDEX);
    let ours = std::fs::read(&index).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let ours = ours.is_some_and(|known| known["run"] == run);
    if !ours && std::fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
        return Err(SourcesError::NotEmpty(folder.to_owned()));
    }
    let mut files = Vec::new();
    for from in (0..).step_by(PAGE) {
        let page = store.code(run, from, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for of in page {
            for (stream, version) in of.state.streams.iter().flat_map(|(id, s)| s.versions.iter().map(|v| (*id, v))) {
                let Some(code) = &version.code else { continue };
                let path = path(of.position, &of.item, stream, version.step);
                let file = folder.join(&path);
                if let Some(parent) = file.parent() {
                    std::fs::create_dir_all(parent).map_err(failed(parent))?;
                }
                std::fs::write(&file, code.as_bytes()).map_err(failed(&file))?;
                files.push(json!({
                    "path": path, "item": of.item, "approach": stream.approach, "sample": stream.sample,
                    "step": version.step, "sha256": code.hash(),
                }));
            }
        }
    }
    let count = files.len();
    let text = serde_json::to_vec_pretty(&json!({ "run": run, "files": files })).unwrap_or_default();
    std::fs::write(&index, text).map_err(failed(&index))?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::ApproachId;

    #[test]
    fn paths_are_harmless_and_lead_back() {
        let stream = StreamId::new(ApproachId::SelfDebug, 1);
        let step = Step::Refine { solution: Some(2), iteration: 1 };
        let of = |item: &str| path(6, item, stream, step);
        assert_eq!(of("SQL Row/Count.py"), "0007-sql-row-count-py/self-debug-1/s2_k1.py");
        assert_eq!(of("../../etc/passwd"), "0007-etc-passwd/self-debug-1/s2_k1.py");
        assert_eq!(of("日本"), "0007/self-debug-1/s2_k1.py");
        for item in ["a", "..", "日本", &"x/".repeat(300)] {
            let path = of(item);
            assert_eq!(key(&path), Some(path.as_str()));
            assert_eq!(key(&format!("/somewhere/else/{path}")), Some(path.as_str()));
        }
        assert_eq!(key("x.py"), None);
        assert_eq!(key("a/x.py"), None);
    }
}
