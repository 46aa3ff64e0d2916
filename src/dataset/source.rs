//! Bytes of a file as UTF-8: hashed as they are read, the byte order mark dropped, UTF-16 recoded.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use sha2::{Digest, Sha256};

const CHUNK: usize = 64 * 1024;

/// Stands in the recoded text where UTF-16 was malformed; it is no byte of UTF-8, so the row will be quarantined.
const BROKEN: u8 = 0xFF;

struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// What the byte order mark says; without one a row is UTF-8 (or whatever its format says).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
}

pub struct Source<R> {
    reader: BufReader<Hashing<R>>,
    recode: Option<Recode>,
}

struct Recode {
    decoder: Decoder,
    out: Vec<u8>,
    /// The part of `out` that is still to be read.
    from: usize,
    to: usize,
    done: bool,
}

impl<R: Read> Source<R> {
    pub fn new(inner: R) -> io::Result<Self> {
        let hashing = Hashing { inner, hash: Sha256::new() };
        let mut reader = BufReader::with_capacity(CHUNK, hashing);
        let head = fill(&mut reader)?;
        let (mark, encoding) = match head {
            [0xEF, 0xBB, 0xBF, ..] => (3, None),
            [0xFF, 0xFE, ..] => (2, Some(UTF_16LE)),
            [0xFE, 0xFF, ..] => (2, Some(UTF_16BE)),
            _ => (0, None),
        };
        reader.consume(mark);
        let recode = encoding.map(|encoding| Recode {
            decoder: encoding.new_decoder_without_bom_handling(),
            out: vec![0; CHUNK],
            from: 0,
            to: 0,
            done: false,
        });
        Ok(Self { reader, recode })
    }

    pub fn encoding(&self) -> Encoding {
        if self.recode.is_some() { Encoding::Utf16 } else { Encoding::Utf8 }
    }

    /// Reads what is left and gives the hash of all bytes.
    pub fn finish(mut self) -> io::Result<String> {
        loop {
            let count = fill(&mut self.reader)?.len();
            if count == 0 {
                break;
            }
            self.reader.consume(count);
        }
        let digest = self.reader.into_inner().hash.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn fill<R: Read>(reader: &mut BufReader<R>) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(reader.buffer())
}

impl Recode {
    fn refill<R: Read>(&mut self, reader: &mut BufReader<Hashing<R>>) -> io::Result<()> {
        (self.from, self.to) = (0, 0);
        while !self.done && self.to == 0 {
            let source = fill(reader)?;
            let last = source.is_empty();
            let room = self.out.len() - 1;
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(source, &mut self.out[..room], last);
            reader.consume(read);
            self.to = written;
            match result {
                DecoderResult::InputEmpty => self.done = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.out[self.to] = BROKEN;
                    self.to += 1;
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Some(recode) = &mut self.recode else { return fill(&mut self.reader) };
        if recode.from == recode.to {
            recode.refill(&mut self.reader)?;
        }
        Ok(&recode.out[recode.from..recode.to])
    }

    fn consume(&mut self, count: usize) {
        match &mut self.recode {
            Some(recode) => recode.from = (recode.from + count).min(recode.to),
            None => self.reader.consume(count),
        }
    }
}

/// Mac Roman to text; every byte is a character.
pub fn mac_roman(bytes: &[u8]) -> String {
    let (text, _) = encoding_rs::MACINTOSH.decode_without_bom_handling(bytes);
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, String) {
        let mut source = Source::new(bytes).unwrap();
        let mut out = Vec::new();
        source.read_to_end(&mut out).unwrap();
        (out, source.finish().unwrap())
    }

    #[test]
    fn marks_are_dropped_and_utf16_is_recoded_and_the_hash_is_of_the_bytes() {
        let little: Vec<u8> = "\u{FEFF}a€😀\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{FEFF}a€😀\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little.as_slice(), big.as_slice(), "\u{FEFF}a€😀\n".as_bytes()] {
            let (text, hash) = read(bytes);
            assert_eq!(text, "a€😀\n".as_bytes());
            assert_eq!(hash, crate::core::text::sha256_hex(bytes));
        }
    }

    #[test]
    fn half_a_character_of_utf16_is_marked_not_replaced() {
        let (lone, _) = read(&[0xFF, 0xFE, b'a', 0, 0x00, 0xD8, b'b', 0]);
        assert_eq!(lone, [b'a', BROKEN, b'b']);
        let (odd, _) = read(&[0xFF, 0xFE, b'a', 0, b'b']);
        assert_eq!(odd, [b'a', BROKEN]);
    }

    #[test]
    fn mac_roman_dashes() {
        assert_eq!(mac_roman(&[b'a', 0xD0, 0xD1, 0xD5]), "a–—’");
    }
}
