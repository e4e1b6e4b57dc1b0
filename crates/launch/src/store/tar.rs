//! The one form of tar(5) that a bundle has: ustar headers, regular files, names of at most 100 bytes. Everything that makes
//! archives dangerous (links, devices, long names, sparse files, extensions) is no part of it, so it is not read.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;

/// One file in an archive.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size: u64,
}

/// Writes the header of a file; its bytes and [`pad`] follow.
pub(super) fn begin(out: &mut impl Write, name: &str, size: u64) -> io::Result<()> {
    let mut header = [0u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| {
        for (place, byte) in header.iter_mut().skip(at).zip(text) {
            *place = *byte;
        }
    };
    if name.len() > 100 || size >= 1 << 33 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too long for this form of tar"));
    }
    put(0, name.as_bytes());
    put(100, b"0000444\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = checksum(&header);
    for (place, byte) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *place = byte;
    }
    out.write_all(&header)
}

/// Fills the last block of a file of `size` bytes.
pub(super) fn pad(out: &mut impl Write, size: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(padding(size)), out).map(drop)
}

/// Ends the archive.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

/// The next header; `None` at the end.
///
/// # Errors
/// A word for a person: what it is that no bundle holds.
pub(super) fn next(input: &mut impl Read) -> Result<Option<Entry>, String> {
    let mut header = [0u8; BLOCK];
    input.read_exact(&mut header).map_err(|error| format!("it ends in the middle ({error})"))?;
    if header == [0; BLOCK] {
        return Ok(None);
    }
    let field = |at: usize, long: usize| header.get(at..at + long).unwrap_or_default();
    let text = |at, long| {
        let bytes = field(at, long).split(|byte| *byte == 0).next().unwrap_or_default();
        str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
    };
    let octal = |at, long| {
        let digits = str::from_utf8(field(at, long)).ok()?.trim_end_matches(['\0', ' ']);
        u64::from_str_radix(digits, 8).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if field(257, 8) != b"ustar\x0000" || octal(148, 8) != Some(checksum(&header)) {
        return Err("it is no archive of this form, or damaged".into());
    }
    let (Some(name), Some(size)) = (text(0, 100), octal(124, 12)) else {
        return Err("a name or size in it cannot be read".into());
    };
    if field(156, 1) != b"0" || field(345, 155).iter().any(|byte| *byte != 0) {
        return Err(format!("`{name}` is no plain file with a short name"));
    }
    Ok(Some(Entry { name: name.into(), size }))
}

/// Reads the filling behind a file of `size` bytes.
pub(super) fn skip_padding(input: &mut impl Read, size: u64) -> io::Result<()> {
    let wanted = padding(size);
    match io::copy(&mut input.take(wanted), &mut io::sink())? == wanted {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

/// The sum of all bytes, those of the sum itself taken as blanks.
fn checksum(header: &[u8; BLOCK]) -> u64 {
    header
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
        .sum()
}
