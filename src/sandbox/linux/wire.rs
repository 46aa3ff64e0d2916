//! Messages between caller, supervisor and monitor: a length in eight bytes, then MessagePack.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// No message is longer: a job carries an item's resources.
const LONGEST: u64 = 256 << 20;

pub fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = rmp_serde::to_vec(message).map_err(io::Error::other)?;
    let mut framed = Vec::with_capacity(body.len() + 8);
    framed.extend((body.len() as u64).to_be_bytes());
    framed.extend(body);
    Ok(framed)
}

pub fn checked(length: u64) -> io::Result<usize> {
    if length > LONGEST {
        return Err(io::Error::other(format!("a message of {length} bytes; {LONGEST} are allowed")));
    }
    Ok(length as usize)
}

pub fn open<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    rmp_serde::from_slice(bytes).map_err(io::Error::other)
}

pub fn send(stream: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    stream.write_all(&frame(message)?)
}

pub fn receive<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 8];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; checked(u64::from_be_bytes(length))?];
    stream.read_exact(&mut bytes)?;
    open(&bytes)
}
