//! Bytes to text as Python's tokenizer reads them: byte-order mark, coding line, else UTF-8.

use std::borrow::Cow;

use crate::core::finding::ScanError;

/// The text of a source file.
///
/// # Errors
/// An unknown encoding, or bytes that are not in the one named.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ScanError> {
    let error = |message: String| ScanError { line: None, message, failed: false };
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = std::str::from_utf8(rest).map_err(|bad| error(format!("not UTF-8 in spite of its mark: {bad}")))?;
        return Ok(Cow::Borrowed(text));
    }
    let label = coding(bytes);
    match label.as_deref() {
        None | Some("utf-8" | "utf8" | "utf-8-sig") => {
            let text =
                std::str::from_utf8(bytes).map_err(|bad| error(format!("not UTF-8, and no coding line: {bad}")))?;
            Ok(Cow::Borrowed(text))
        }
        // The encodings of the web read Latin-1 as Windows-1252; Python does not.
        Some("latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1") => {
            Ok(Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()))
        }
        Some("ascii" | "us-ascii") if bytes.is_ascii() => Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())),
        Some("ascii" | "us-ascii") => Err(error("not ASCII in spite of its coding line".to_owned())),
        Some(label) => {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes())
                .ok_or_else(|| error(format!("unknown encoding: {label}")))?;
            encoding
                .decode_without_bom_handling_and_without_replacement(bytes)
                .ok_or_else(|| error(format!("not {label} in spite of its coding line")))
        }
    }
}

/// The encoding named in a comment of the first two lines (PEP 263), in lower case with hyphens.
fn coding(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(2);
    lines.find_map(|line| {
        let text = String::from_utf8_lossy(line);
        let comment = text.trim_start_matches([' ', '\t', '\x0c']).strip_prefix('#')?;
        let after = &comment[comment.find("coding")? + "coding".len()..];
        let name = after.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(name.len());
        (end > 0).then(|| name[..end].to_ascii_lowercase().replace('_', "-"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_coding_lines() {
        let text = |bytes: &[u8]| decode(bytes).map(Cow::into_owned).map_err(|error| error.message);
        assert_eq!(text(b"\xef\xbb\xbfx = 1"), Ok("x = 1".to_owned()));
        assert_eq!(text("x = 'é'".as_bytes()), Ok("x = 'é'".to_owned()));
        assert_eq!(text(b"# -*- coding: latin-1 -*-\n'\xe9'"), Ok("# -*- coding: latin-1 -*-\n'é'".to_owned()));
        assert_eq!(
            text(b"#!x\n# vim: set fileencoding=Shift_JIS :\n'\x82\xa0'").map(|t| t.ends_with("'あ'")),
            Ok(true)
        );
        assert!(text(b"'\xe9'").is_err_and(|message| message.contains("not UTF-8")));
        assert!(text(b"# coding: klingon\n").is_err_and(|message| message.contains("klingon")));
        assert_eq!(coding(b"x = 1\n\n# coding: latin-1\n"), None);
    }
}
