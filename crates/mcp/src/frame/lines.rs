//! One message per line: the framing of the stdio transport, in every revision.
//!
//! A line that is too long is dropped up to its end, and the next one is read as usual: the peer of an ordinary program
//! recovers, and whoever thinks that worse has happened has been told.

use std::ops::Range;
use std::str;

use memchr::memchr;

use super::Framing;
use crate::limits::Limits;
use crate::refusal::Reason;

/// What is read at once, and what is kept when nothing is waiting.
const USUAL: usize = 64 << 10;

/// After so many reads without a long line the space for one is given back.
const QUIET: u32 = 64;

/// Lines that end with a line feed, or with a carriage return before it.
#[derive(Debug)]
pub struct Lines {
    /// Filled from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where the line that was taken last begins. It ends before `start`.
    last: usize,
    /// Up to here there is no line feed.
    searched: usize,
    /// Inside a line that is too long.
    dropping: bool,
    /// How many times in a row everything had been taken before more space was wanted.
    quiet: u32,
    limit: usize,
}

impl Lines {
    /// An empty stream.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            buffer: vec![0; USUAL],
            start: 0,
            end: 0,
            last: 0,
            searched: 0,
            dropping: false,
            quiet: 0,
            limit: limits.line,
        }
    }

    /// Gives away the buffer with the line that was taken last, ended by a line feed, and goes on in `fresh`: what a long line
    /// would cost to copy. Only what came behind it is.
    pub(crate) fn hand_over(&mut self, mut fresh: Vec<u8>) -> (Vec<u8>, Range<usize>) {
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        // What a buffer of this size was given for once is left as it is.
        fresh.resize(fresh.len().max(rest.len() + USUAL), 0);
        fresh.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let mut line = self.last..self.start;
        let end = self.buffer.get_mut(line.clone()).unwrap_or_default();
        if let [.., before @ b'\r', _] = end {
            *before = b'\n';
            line.end -= 1;
        }
        (self.start, self.end, self.last, self.searched) = (0, self.end - self.start, 0, 0);
        (std::mem::replace(&mut self.buffer, fresh), line)
    }

    /// Makes room behind `end`: moves what is waiting to the front, and grows up to a line and its end.
    fn make_room(&mut self) {
        if self.start == self.end {
            (self.start, self.end, self.searched) = (0, 0, 0);
            // Long lines often come in a row: the space for them is given back when they seem to be over.
            self.quiet = if self.buffer.len() > USUAL { self.quiet + 1 } else { 0 };
            if self.quiet > QUIET {
                self.buffer.truncate(USUAL);
                self.buffer.shrink_to_fit();
            }
            return;
        }
        if self.end < self.buffer.len() {
            return;
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.quiet = 0;
        if self.end == self.buffer.len() {
            // A line feed, a carriage return and one byte that tells a line to be too long.
            let most = self.limit.saturating_add(3).max(USUAL);
            let size = self.buffer.len().saturating_mul(2).min(most);
            // Exactly, because a vector left to itself doubles once more.
            self.buffer.reserve_exact(size - self.buffer.len());
            self.buffer.resize(size, 0);
        }
    }
}

impl Framing for Lines {
    fn space(&mut self) -> &mut [u8] {
        self.make_room();
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    fn filled(&mut self, bytes: usize) {
        self.end = self.end.saturating_add(bytes).min(self.buffer.len());
    }

    fn next(&mut self) -> Option<Result<&str, Reason>> {
        loop {
            let fresh = self.buffer.get(self.searched..self.end)?;
            let Some(feed) = memchr(b'\n', fresh) else {
                self.searched = self.end;
                // One more than allowed may be the carriage return of a line of just the allowed length.
                if self.dropping {
                    self.start = self.end;
                } else if self.end - self.start > self.limit + 1 {
                    self.start = self.end;
                    self.dropping = true;
                    return Some(Err(Reason::LongLine));
                }
                return None;
            };
            let line = self.start..self.searched + feed;
            self.last = line.start;
            self.start = line.end + 1;
            self.searched = self.start;
            if std::mem::take(&mut self.dropping) {
                continue;
            }
            let line = self.buffer.get(line).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return Some(if line.len() > self.limit { Err(Reason::LongLine) } else { text(line) });
        }
    }

    fn end(&mut self) -> Option<Reason> {
        let left = self.start < self.end || self.dropping;
        (self.start, self.dropping) = (self.end, false);
        left.then_some(Reason::PartialLine)
    }

    fn write(&self, message: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(message.as_bytes());
        out.push(b'\n');
    }
}

fn text(line: &[u8]) -> Result<&str, Reason> {
    if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
        return Err(Reason::BlankLine);
    }
    if line.starts_with(b"\xEF\xBB\xBF") {
        return Err(Reason::ByteOrderMark);
    }
    // The standard library checks 10 GB/s of ASCII and over 1 GB/s of other scripts: no dependency beats its own cost.
    str::from_utf8(line).map_err(|_| Reason::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a line of this length, and gives the size of the buffer afterwards.
    fn after(lines: &mut Lines, length: usize) -> usize {
        let mut rest = vec![b'x'; length];
        rest.push(b'\n');
        while !rest.is_empty() {
            let space = lines.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            lines.filled(count);
            rest.drain(..count);
        }
        assert_eq!(lines.next().map(|line| line.map(str::len)), Some(Ok(length)));
        assert_eq!(lines.next(), None);
        lines.buffer.capacity()
    }

    #[test]
    fn the_space_for_a_long_line_is_kept_while_long_lines_come_and_given_back_afterwards() {
        let limits = Limits::default();
        let mut lines = Lines::new(&limits);
        for _ in 0..3 * QUIET {
            let size = after(&mut lines, limits.line);
            assert!((limits.line..=limits.line + 3).contains(&size), "{size}");
        }
        for _ in 0..QUIET {
            after(&mut lines, 100);
        }
        assert_eq!(after(&mut lines, 100), USUAL);
    }

    #[test]
    fn a_stream_without_line_ends_takes_no_more_than_a_line() {
        let limits = Limits { line: 100_000, ..Limits::default() };
        let mut lines = Lines::new(&limits);
        let mut refused = 0;
        for _ in 0..1000 {
            let space = lines.space();
            space.fill(b'x');
            let count = space.len();
            lines.filled(count);
            while let Some(line) = lines.next() {
                assert_eq!(line, Err(Reason::LongLine));
                refused += 1;
            }
            assert!(lines.buffer.capacity() <= limits.line + 3);
        }
        assert_eq!((refused, lines.end()), (1, Some(Reason::PartialLine)));
    }
}
