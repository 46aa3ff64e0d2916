//! From an artifact location to a path: by index, from a base, percent-encoded, as a URL or as somebody's own path.

use percent_encoding::percent_decode_str;

use super::format::{ArtifactLocation, Run};

/// Bases may stand on bases; a circle must end.
const DEPTH: usize = 8;

/// A path with `/` between its parts, without `.` and `..`; absolute where the log says so. `None`: no place is named.
pub fn path(run: &Run, location: &ArtifactLocation) -> Option<String> {
    let known = || {
        let index = usize::try_from(location.index?).ok()?;
        run.artifacts.as_ref()?.get(index)?.location.as_ref()
    };
    let named = if location.uri.is_some() { location } else { known()? };
    let mut whole = plain(named.uri.as_deref()?);
    let mut base = named.uri_base_id.as_deref();
    for _ in 0..DEPTH {
        if whole.starts_with('/') || has_drive(&whole) {
            break;
        }
        // `%SRCROOT%` is often left undefined: the path is then relative to what was scanned.
        let Some(above) = base.and_then(|name| run.original_uri_base_ids.as_ref()?.get(name)) else { break };
        if let Some(uri) = &above.uri {
            whole = format!("{}/{whole}", plain(uri));
        }
        base = above.uri_base_id.as_deref();
    }
    Some(tidy(&whole))
}

/// The path inside a URI reference, decoded.
fn plain(uri: &str) -> String {
    let uri = uri.trim();
    let rest = match uri.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file:") => match uri[5..].strip_prefix("//") {
            // A host, or nothing, stands between `file://` and the path.
            Some(after) => after.find('/').map_or("", |at| &after[at..]),
            None => &uri[5..],
        },
        _ => uri,
    };
    let path = percent_decode_str(rest).decode_utf8_lossy().replace('\\', "/");
    match path.strip_prefix('/') {
        Some(local) if has_drive(local) => local.to_owned(),
        _ => path,
    }
}

fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(run: &str, location: &str) -> Option<String> {
        let run: Run = serde_json::from_str(run).expect("a run");
        path(&run, &serde_json::from_str(location).expect("a location"))
    }

    #[test]
    fn uris_as_producers_write_them() {
        let alone = |uri: &str| resolved("{}", &serde_json::json!({ "uri": uri }).to_string());
        assert_eq!(alone("a/b%20c.py").as_deref(), Some("a/b c.py"));
        assert_eq!(alone("./a/../b.py").as_deref(), Some("b.py"));
        assert_eq!(alone("../b.py").as_deref(), Some("../b.py"));
        assert_eq!(alone("file:///tmp/x%C3%A9.py").as_deref(), Some("/tmp/xé.py"));
        assert_eq!(alone("file:/tmp/x.py").as_deref(), Some("/tmp/x.py"));
        assert_eq!(alone("file://host/share/x.py").as_deref(), Some("/share/x.py"));
        assert_eq!(alone("file:///C:/code/x.py").as_deref(), Some("C:/code/x.py"));
        assert_eq!(alone("src\\x.py").as_deref(), Some("src/x.py"));
        assert_eq!(alone("100%.py").as_deref(), Some("100%.py"));
    }

    #[test]
    fn bases_and_indices() {
        let run = r#"{"originalUriBaseIds": {"TOP": {"uri": "file:///top/"}, "SRC": {"uri": "s%20rc/", "uriBaseId": "TOP"},
            "A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}},
            "artifacts": [{"location": {"uri": "x.py", "uriBaseId": "SRC"}}]}"#;
        assert_eq!(resolved(run, r#"{"uri": "y.py", "uriBaseId": "SRC"}"#).as_deref(), Some("/top/s rc/y.py"));
        assert_eq!(resolved(run, r#"{"uri": "y.py", "uriBaseId": "%SRCROOT%"}"#).as_deref(), Some("y.py"));
        assert_eq!(resolved(run, r#"{"index": 0}"#).as_deref(), Some("/top/s rc/x.py"));
        assert_eq!(resolved(run, r#"{"index": 7}"#), None);
        assert_eq!(resolved(run, r#"{"index": -1}"#), None);
        assert!(resolved(run, r#"{"uri": "y.py", "uriBaseId": "A"}"#).is_some_and(|path| path.ends_with("/a/y.py")));
    }
}
