//! A reader of tar streams (POSIX ustar and pax, GNU long names), one entry at a time and byte for byte. Names are bounded, and
//! sizes are believed only as far as bytes follow.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// The longest name, in bytes (limits.h, `PATH_MAX`).
const LONGEST_NAME: usize = 4096;
/// The largest pax header, in bytes: extended attributes are in it.
const LARGEST_PAX: u64 = 1 << 20;

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    /// A symbolic link, and what it says.
    Link(Vec<u8>),
    /// Another name of a file that came before, from the root of the archive.
    Same(Vec<Vec<u8>>),
    /// A device, a pipe, a file with holes, or something newer.
    Other,
}

/// One entry. Its bytes are read from the [`Tar`] before the next one is asked for.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its names from the root, none of them empty, `.` or `..`. No names: the root itself.
    pub(super) path: Vec<Vec<u8>>,
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) is_executable: bool,
}

/// An archive being read.
pub(super) struct Tar<R> {
    input: R,
    /// Bytes of the entry that were not read yet, and of the filling behind it.
    left: u64,
    filling: u64,
    /// Where the next byte stands.
    at: u64,
}

impl<R: Read> Tar<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, left: 0, filling: 0, at: 0 }
    }

    /// Where the bytes of the entry begin that was answered last, if none of them was read.
    pub(super) const fn position(&self) -> u64 {
        self.at
    }

    /// What it reads from, for what stands behind the archive.
    pub(super) fn into_input(self) -> R {
        self.input
    }

    /// The next entry, or nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        let (mut long_name, mut long_link, mut long_size) = (None, None, None);
        let mut is_sparse = false;
        loop {
            self.pass_over()?;
            let mut header = [0; BLOCK];
            self.fill(&mut header)?;
            if header == [0; BLOCK] {
                return Ok(None);
            }
            let fields = Fields::of(&header).ok_or_else(|| bad("it is no tar archive, or damaged"))?;
            let size = match fields.flag {
                b'L' | b'K' | b'x' | b'g' => fields.size,
                _ => long_size.unwrap_or(fields.size),
            };
            (self.left, self.filling) = (size, (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64);
            match fields.flag {
                b'L' => long_name = Some(text(self.all(LONGEST_NAME as u64 + 1)?)),
                b'K' => long_link = Some(text(self.all(LONGEST_NAME as u64 + 1)?)),
                b'x' => {
                    for (key, value) in pax(&self.all(LARGEST_PAX)?) {
                        match key {
                            b"path" => long_name = Some(value.to_vec()),
                            b"linkpath" => long_link = Some(value.to_vec()),
                            b"size" => {
                                long_size = str::from_utf8(value).ok().and_then(|size| size.parse().ok())
                            }
                            key if key.starts_with(b"GNU.sparse") => is_sparse = true,
                            _ => {}
                        }
                    }
                }
                b'g' => {}
                flag => {
                    let link = long_link.unwrap_or(fields.link);
                    let kind = match flag {
                        _ if is_sparse => Kind::Other,
                        b'0' | 0 | b'7' => Kind::File,
                        b'5' => Kind::Directory,
                        b'2' if link.is_empty() || link.len() > LONGEST_NAME || link.contains(&0) => {
                            return Err(bad("a link in it leads nowhere"));
                        }
                        b'2' => Kind::Link(link),
                        b'1' => Kind::Same(names(&link)?),
                        _ => Kind::Other,
                    };
                    let path = names(&long_name.unwrap_or(fields.name))?;
                    return Ok(Some(Entry { path, kind, size, is_executable: fields.mode & 0o111 != 0 }));
                }
            }
        }
    }

    /// All bytes of the entry, if they are at most so many.
    pub(super) fn all(&mut self, most: u64) -> io::Result<Vec<u8>> {
        if self.left > most {
            return Err(bad("something in it is larger than it can be"));
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        let wanted = self.left.saturating_add(self.filling);
        (self.left, self.filling) = (0, 0);
        self.at = self.at.saturating_add(wanted);
        match io::copy(&mut self.input.by_ref().take(wanted), &mut io::sink())? == wanted {
            true => Ok(()),
            false => Err(broken()),
        }
    }

    fn fill(&mut self, block: &mut [u8]) -> io::Result<()> {
        self.input.read_exact(block).map_err(|_| broken())?;
        self.at += block.len() as u64;
        Ok(())
    }
}

/// Reads the entry's bytes.
impl<R: Read> Read for Tar<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let count = self.input.read(buffer)?;
        if count == 0 {
            return Err(broken());
        }
        self.left -= count as u64;
        self.at += count as u64;
        Ok(count)
    }
}

pub(super) fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle")
}

/// The names of a path. What does not change it is left out; what climbs is refused.
fn names(path: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let parts = path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let names: Vec<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
    let fits = |name: &Vec<u8>| name.len() < 256 && name != b".." && !name.contains(&0);
    match path.len() <= LONGEST_NAME && names.iter().all(fits) {
        true => Ok(names),
        false => Err(bad("a name in it leads out of it, or is longer than any name")),
    }
}

/// A text up to its end, as C has it.
fn text(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    bytes
}

/// What of a header matters.
struct Fields {
    name: Vec<u8>,
    size: u64,
    mode: u64,
    flag: u8,
    link: Vec<u8>,
}

impl Fields {
    /// Nothing, if the checksum is wrong: whatever this is, it is no header.
    fn of(header: &[u8; BLOCK]) -> Option<Self> {
        let field = |from: usize, long: usize| header.get(from..from + long);
        let sum = header.iter().enumerate().fold(0, |sum, (at, byte)| {
            sum + if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) }
        });
        if number(field(148, 8)?)? != sum {
            return None;
        }
        let mut name = text(field(0, 100)?.to_vec());
        // GNU's own form has times there.
        if field(257, 6)? == b"ustar\0" {
            let prefix = text(field(345, 155)?.to_vec());
            if !prefix.is_empty() {
                name = [&*prefix, b"/", &*name].concat();
            }
        }
        Some(Self {
            name,
            size: number(field(124, 12)?)?,
            mode: number(field(100, 8)?)?,
            flag: *header.get(156)?,
            link: text(field(157, 100)?.to_vec()),
        })
    }
}

/// Octal digits between blanks and zeros, or GNU's base 256 behind a set high bit.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (high, low) = field.split_at_checked(field.len().checked_sub(8)?)?;
        let is_small = high.iter().skip(1).all(|byte| *byte == 0);
        let value = low.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
        // A field of eight bytes has its mark among them.
        let value = if high.is_empty() { value & !(1 << 63) } else { value };
        return (is_small && value < 1 << 62).then_some(value);
    }
    let text = str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The records `LENGTH KEY=VALUE\n` of a pax header (POSIX, pax, "Extended Header"). The first that is none ends them.
fn pax(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut records = Vec::new();
    let next = |bytes: &[u8]| -> Option<(usize, usize)> {
        let blank = bytes.iter().position(|byte| *byte == b' ')?;
        let length = str::from_utf8(bytes.get(..blank)?).ok()?.parse().ok()?;
        (length > blank + 1 && length <= bytes.len()).then_some((blank + 1, length))
    };
    while let Some((from, length)) = next(bytes) {
        let Some((record, rest)) = bytes.split_at_checked(length) else { break };
        let content = record.get(from..).unwrap_or_default();
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        if let Some(equals) = content.iter().position(|byte| *byte == b'=') {
            let (key, value) = content.split_at(equals);
            records.push((key, value.get(1..).unwrap_or_default()));
        }
        bytes = rest;
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> Option<Vec<String>> {
        let names = names(path.as_bytes()).ok()?;
        Some(names.into_iter().map(|name| String::from_utf8(name).unwrap()).collect())
    }

    #[test]
    fn a_path_is_its_names_and_never_climbs() {
        assert_eq!(parts("./usr//bin/./x/").unwrap(), ["usr", "bin", "x"]);
        assert_eq!(parts("/etc/passwd").unwrap(), ["etc", "passwd"]);
        assert_eq!(parts("./").unwrap(), [""; 0]);
        for bad in ["..", "a/../b", "a/..", &"x".repeat(256), &"a/".repeat(3000), "a\0b"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }

    #[test]
    fn records_end_with_the_first_that_is_none() {
        let text = b"11 path=ab\n13 linkpath=\n9 a=b=c\n8 bad\n99999 x=y\n";
        let records = pax(text);
        assert_eq!(records, [(&b"path"[..], &b"ab"[..]), (b"linkpath", b""), (b"a", b"b=c")]);
        assert_eq!(pax(b"0 x=y\n"), []);
        assert_eq!(pax(b"18446744073709551615 x=y\n"), []);
    }

    #[test]
    fn numbers_are_octal_or_of_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\x01\0\0\0"), Some(1 << 24));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x01"), Some(1));
        for bad in [&b"9\0"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"-1", b""] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }
}
