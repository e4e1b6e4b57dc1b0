//! A reader of tar streams (POSIX ustar and pax, GNU long names) that holds one entry at a time.
//!
//! Names are bounded, sizes are believed only as far as bytes follow, and nothing is ever written to a disk.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// The longest name that is kept, in bytes; PATH_MAX is 4096.
const MAX_NAME: u64 = 16 * 1024;
/// The longest pax header that is read, in bytes.
const MAX_PAX: u64 = 1024 * 1024;

/// A source that can pass over bytes, by seeking where that is possible.
pub(super) trait Skip: Read {
    /// Passes over `count` bytes; an end before that is an error.
    fn skip(&mut self, count: u64) -> io::Result<()>;
}

/// Passes over bytes by reading them.
pub(super) struct Streamed<R>(pub(super) R);

impl<R: Read> Read for Streamed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Streamed<R> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.0.by_ref().take(count), &mut io::sink())?;
        match skipped == count {
            true => Ok(()),
            false => Err(truncated()),
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file with its bytes.
    File,
    /// A directory.
    Directory,
    /// A symbolic or hard link.
    Link(String),
    /// A device, FIFO, or something newer.
    Other,
}

/// One entry. Its bytes are read through [`Tar`] before the next one is asked for.
#[derive(Debug)]
pub(super) struct Entry {
    /// The path without `./`, leading slashes and a slash at its end; `None` if it climbs (`..`).
    pub(super) path: Option<String>,
    /// Its length in bytes.
    pub(super) size: u64,
    /// What it is.
    pub(super) kind: Kind,
}

/// A tar being read.
pub(super) struct Tar<R> {
    source: R,
    /// Bytes of the current entry that were not read yet.
    left: u64,
    /// Bytes behind it up to the next block.
    padding: u64,
}

impl<R: Skip> Tar<R> {
    pub(super) fn new(source: R) -> Self {
        Tar { source, left: 0, padding: 0 }
    }

    /// The next entry, or `None` at the end of the archive.
    pub(super) fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        let mut long_name: Option<String> = None;
        let mut long_link: Option<String> = None;
        let mut long_size: Option<u64> = None;
        loop {
            self.source.skip(self.left + self.padding)?;
            (self.left, self.padding) = (0, 0);
            let Some(header) = self.block()? else {
                return Ok(None);
            };
            if header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let Some(fields) = Fields::parse(&header) else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a tar archive"));
            };
            let size = match fields.flag {
                b'L' | b'K' | b'x' | b'g' => fields.size,
                _ => long_size.unwrap_or(fields.size),
            };
            self.left = size;
            self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
            match fields.flag {
                b'L' => long_name = Some(self.text(MAX_NAME)?),
                b'K' => long_link = Some(self.text(MAX_NAME)?),
                b'x' => {
                    let bytes = self.content(MAX_PAX)?;
                    for (key, value) in pax(&bytes) {
                        match key {
                            "path" => long_name = Some(value.to_owned()),
                            "linkpath" => long_link = Some(value.to_owned()),
                            "size" => long_size = value.parse().ok(),
                            _ => {}
                        }
                    }
                }
                b'g' => {}
                flag => {
                    let kind = match flag {
                        b'0' | 0 | b'7' => Kind::File,
                        b'5' => Kind::Directory,
                        b'1' | b'2' => Kind::Link(long_link.unwrap_or(fields.link)),
                        _ => Kind::Other,
                    };
                    return Ok(Some(Entry { path: plain(&long_name.unwrap_or(fields.name)), size, kind }));
                }
            }
        }
    }

    /// The bytes of the current entry, if they are at most `limit`.
    pub(super) fn content(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        if self.left > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a header is longer than any real one"));
        }
        let size = self.left;
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(truncated()),
        }
    }

    fn text(&mut self, limit: u64) -> io::Result<String> {
        let bytes = self.content(limit)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned())
    }

    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest)? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(truncated()),
                count => filled += count,
            }
        }
        Ok(Some(block))
    }
}

/// Reads the current entry's bytes.
impl<R: Read> Read for Tar<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let count = self.source.read(buffer)?;
        if count == 0 {
            return Err(truncated());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is truncated")
}

/// The members of a header that matter.
struct Fields {
    name: String,
    size: u64,
    flag: u8,
    link: String,
}

impl Fields {
    /// `None` if the checksum is wrong: whatever this is, it is no header.
    fn parse(header: &[u8; BLOCK]) -> Option<Fields> {
        let field = |from: usize, length: usize| header.get(from..from + length);
        let text = |from, length| {
            let bytes = field(from, length)?;
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            Some(String::from_utf8_lossy(bytes.get(..end)?).into_owned())
        };
        let sum: u64 = header
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
            .sum();
        if number(field(148, 8)?)? != sum {
            return None;
        }
        let name = text(0, 100)?;
        let prefix = match field(257, 5)? == b"ustar" && *field(262, 1)?.first()? == 0 {
            true => text(345, 155)?,
            false => String::new(),
        };
        Some(Fields {
            name: match prefix.is_empty() {
                true => name,
                false => format!("{prefix}/{name}"),
            },
            size: number(field(124, 12)?)?,
            flag: *header.get(156)?,
            link: text(157, 100)?,
        })
    }
}

/// Octal digits between spaces and zeros, or GNU's base 256 behind a set high bit.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let low = field.get(field.len().checked_sub(8)?..)?;
        let value = low.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        return (value < 1 << 62).then_some(value);
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    match text.is_empty() {
        true => Some(0),
        false => u64::from_str_radix(text, 8).ok(),
    }
}

/// The records `LENGTH KEY=VALUE\n` of a pax header.
fn pax(mut bytes: &[u8]) -> Vec<(&str, &str)> {
    let mut records = Vec::new();
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let length =
            bytes.get(..space).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok());
        let record = length.and_then(|length| bytes.split_at_checked(length));
        let Some((record, rest)) = record.filter(|(record, _)| record.len() > space) else {
            break;
        };
        let content = record.get(space + 1..).and_then(|content| std::str::from_utf8(content).ok());
        records.extend(content.and_then(|content| content.trim_end_matches('\n').split_once('=')));
        bytes = rest;
    }
    records
}

/// The path without what does not change it; `None` if it climbs.
pub(super) fn plain(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}
