//! A file as it was read: decoded text, where it came from, and spans that lead back to its bytes.
//!
//! Opening is hostile-proof: devices and FIFOs are refused without blocking, size is capped before reading,
//! and the text is always valid UTF-8 with a known mapping to the bytes on disk.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest config file that is read, in bytes (20 MiB; the same limit as other auditors use).
pub const MAX_CONFIG_BYTES: u64 = 20 * 1024 * 1024;

/// A half-open range of byte offsets into [`Source::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from offsets in a text that is at most [`MAX_CONFIG_BYTES`] long.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The same range for indexing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a source came from: a file, or a member of an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The path of the file as the target machine names it (under `--root`, without the root).
    pub path: PathBuf,
    /// The member inside the file, when it is a bundle or an archive.
    pub member: Option<String>,
}

impl Origin {
    /// The origin of a plain file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Origin { path: path.into(), member: None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            None => write!(out, "{}", self.path.display()),
            Some(member) => write!(out, "{}!{member}", self.path.display()),
        }
    }
}

/// How the bytes of a file became text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 behind a byte order mark of three bytes.
    Utf8Bom,
    /// UTF-16, little endian, with a byte order mark.
    Utf16Le,
    /// UTF-16, big endian, with a byte order mark.
    Utf16Be,
}

/// A decoded file.
#[derive(Debug)]
pub struct Source {
    /// Where it came from.
    pub origin: Origin,
    /// Its text, without a byte order mark.
    pub text: String,
    /// How it was encoded.
    pub encoding: Encoding,
}

impl Source {
    /// Decodes `bytes`; what is neither UTF-8 nor UTF-16 with a byte order mark is a [`Problem`].
    pub fn decode(origin: Origin, bytes: Vec<u8>) -> Result<Arc<Self>, Problem> {
        let (encoding, text) = match bytes.as_slice() {
            [0xef, 0xbb, 0xbf, rest @ ..] => {
                (Encoding::Utf8Bom, std::str::from_utf8(rest).map(str::to_owned).ok())
            }
            [0xff, 0xfe, rest @ ..] => (Encoding::Utf16Le, utf16(rest, u16::from_le_bytes)),
            [0xfe, 0xff, rest @ ..] => (Encoding::Utf16Be, utf16(rest, u16::from_be_bytes)),
            _ => (Encoding::Utf8, String::from_utf8(bytes).ok()),
        };
        match text {
            Some(text) => Ok(Arc::new(Source { origin, text, encoding })),
            None => Err(Problem::new(
                origin,
                ProblemKind::Encoding,
                "the file is neither UTF-8 nor UTF-16 with a byte order mark",
            )),
        }
    }

    /// Opens and decodes the regular file at `path` (the real path on this machine), which the target calls
    /// `origin`. Never blocks on a FIFO, never reads a device, never reads more than `limit` bytes.
    pub fn open(path: &Path, origin: Origin, limit: u64) -> Result<Arc<Self>, Problem> {
        let bytes = read_regular_file(path, &origin, limit)?;
        Source::decode(origin, bytes)
    }

    /// The text of `span`, or nothing if it does not fall on character boundaries.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// One-based line and column (in characters) of a byte offset.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let before = self.text.as_bytes().get(..offset as usize).unwrap_or(self.text.as_bytes());
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = self.text.get(line_start..offset as usize).map_or(0, |head| head.chars().count()) + 1;
        (line, column)
    }

    /// The byte range of `span` in the file on disk, whatever its encoding.
    pub fn file_range(&self, span: Span) -> std::ops::Range<u64> {
        let at = |offset: u32| match self.encoding {
            Encoding::Utf8 => u64::from(offset),
            Encoding::Utf8Bom => u64::from(offset) + 3,
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let head = self.text.get(..offset as usize).unwrap_or(&self.text);
                2 + 2 * head.encode_utf16().count() as u64
            }
        };
        at(span.start)..at(span.end)
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>().ok()
}

/// Reads a regular file of at most `limit` bytes. Everything else about it is a [`Problem`].
pub fn read_regular_file(path: &Path, origin: &Origin, limit: u64) -> Result<Vec<u8>, Problem> {
    let failed = |error: std::io::Error| Problem::io(origin.clone(), &error);
    let (file, length) = open_regular_file(path, origin, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    let mut file = file.take(limit + 1);
    file.by_ref().take(length).read_to_end(&mut bytes).map_err(failed)?;
    // All that it was said to hold is all of it; a length of zero says nothing (`/proc`).
    if length == 0 || bytes.len() as u64 != length {
        file.read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > limit {
        let message = format!("it grew past {limit} bytes while it was read");
        return Err(Problem::new(origin.clone(), ProblemKind::TooLarge, message));
    }
    Ok(bytes)
}

/// Opens a regular file of at most `limit` bytes, without blocking, and says how long it is.
pub fn open_regular_file(path: &Path, origin: &Origin, limit: u64) -> Result<(File, u64), Problem> {
    let failed = |error: std::io::Error| Problem::io(origin.clone(), &error);
    let regular = |metadata: &std::fs::Metadata| match metadata.is_file() {
        true => Ok(metadata.len()),
        false => Err(Problem::new(origin.clone(), ProblemKind::NotAFile, "not a regular file")),
    };
    // Looked at before it is opened, because opening some devices has effects; and again afterwards, because
    // the path may have been replaced in between.
    regular(&std::fs::metadata(path).map_err(failed)?)?;
    let file = open_without_blocking(path).map_err(failed)?;
    let length = regular(&file.metadata().map_err(failed)?)?;
    if length > limit {
        let message = format!("{length} bytes; files over {limit} bytes are not read");
        return Err(Problem::new(origin.clone(), ProblemKind::TooLarge, message));
    }
    Ok((file, length))
}

/// Opens a file for reading; a FIFO that nobody writes to does not hang it. What it is, is for the caller to ask.
#[cfg(unix)]
pub fn open_without_blocking(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // O_NONBLOCK: opening a FIFO that nobody writes to must not hang the audit (open(2)).
    const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };
    File::options().read(true).custom_flags(O_NONBLOCK).open(path)
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub fn open_without_blocking(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

/// Why something could not be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Opening or reading failed, usually for want of permission.
    Unreadable,
    /// A directory, device, socket or FIFO stands where a file is expected.
    NotAFile,
    /// Larger than the limit.
    TooLarge,
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    Encoding,
    /// The format's grammar is violated.
    Syntax,
    /// Nested deeper than the limit.
    TooDeep,
    /// A symbolic link that goes round in circles or leads out of the place it belongs to.
    Link,
    /// The file is readable, but a part of it is computed when it runs and is not known now.
    Dynamic,
    /// The store is known and not readable by design (an app's own database, a keychain).
    Opaque,
    /// A limit of the walk was reached and the rest was cut.
    Cut,
}

/// Something that could not be analysed: it becomes a finding and never ends the audit.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The file or folder.
    pub origin: Origin,
    /// What stood in the way.
    pub kind: ProblemKind,
    /// The place in the file, when there is one, with the source it belongs to.
    pub place: Option<(Arc<Source>, Span)>,
    /// One sentence for a person, lower case, without a full stop.
    pub message: String,
}

impl Problem {
    /// A problem with a whole file.
    pub fn new(origin: Origin, kind: ProblemKind, message: impl Into<String>) -> Self {
        Problem { origin, kind, place: None, message: message.into() }
    }

    /// A problem at a place in a source.
    pub fn at(source: &Arc<Source>, span: Span, kind: ProblemKind, message: impl Into<String>) -> Self {
        Problem {
            origin: source.origin.clone(),
            kind,
            place: Some((Arc::clone(source), span)),
            message: message.into(),
        }
    }

    /// A failed system call. `ELOOP` is a [`ProblemKind::Link`], the rest [`ProblemKind::Unreadable`].
    pub fn io(origin: Origin, error: &std::io::Error) -> Self {
        const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };
        let kind = match error.kind() {
            _ if cfg!(unix) && error.raw_os_error() == Some(ELOOP) => ProblemKind::Link,
            std::io::ErrorKind::IsADirectory => ProblemKind::NotAFile,
            _ => ProblemKind::Unreadable,
        };
        Problem::new(origin, kind, error.to_string().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Arc<Source> {
        Source::decode(Origin::file("x"), bytes.to_vec()).unwrap()
    }

    #[test]
    fn spans_lead_back_to_the_bytes_of_every_encoding() {
        let text = "ä{\"k\": 1}";
        let mut le = vec![0xff, 0xfe];
        le.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let mut be = vec![0xfe, 0xff];
        be.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        let mut bom = vec![0xef, 0xbb, 0xbf];
        bom.extend(text.as_bytes());
        let key = Span::new(3, 6);
        for (bytes, expected) in [(text.as_bytes(), 3..6), (&bom, 6..9), (&le, 6..12), (&be, 6..12)] {
            let source = decoded(bytes);
            assert_eq!(source.slice(key), "\"k\"");
            assert_eq!(source.file_range(key), expected);
        }
    }

    #[test]
    fn bytes_of_no_known_encoding_are_a_problem() {
        let problem = Source::decode(Origin::file("x"), vec![0xc3, 0x28]).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Encoding);
        let odd = Source::decode(Origin::file("x"), vec![0xff, 0xfe, 0x20]).unwrap_err();
        assert_eq!(odd.kind, ProblemKind::Encoding);
    }

    #[test]
    fn lines_and_columns_start_at_one_and_count_characters() {
        let source = decoded("a\näb".as_bytes());
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(4), (2, 2));
        assert_eq!(source.line_column(99), (2, 1));
    }
}
