use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Terminals drop longer ones, some without a word.
pub const LIMIT: usize = 74_994;

/// Puts `text` on the clipboard by OSC 52, which also works over ssh. A longer text than [`LIMIT`] bytes is refused.
pub fn copy(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.len() > LIMIT {
        let message = format!("{} bytes are too many for the terminal's clipboard, which takes {LIMIT}", text.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    write!(out, "\x1b]52;c;{}\x07", STANDARD.encode(text))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_inert_in_the_sequence() {
        let mut out = Vec::new();
        copy(&mut out, "a\x1b]0;x\x07").unwrap();
        assert_eq!(out, b"\x1b]52;c;YRtdMDt4Bw==\x07");
        assert!(copy(&mut out, &"x".repeat(LIMIT + 1)).is_err());
    }
}
