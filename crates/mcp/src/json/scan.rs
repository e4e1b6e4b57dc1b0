//! One strict pass over a JSON text: every byte is checked, nothing is copied, nothing recurses.
//!
//! Strict because the bytes are passed on as they are: what is accepted here has one reading in every parser.

use super::names::{Mark, Names};
use super::strings::Longest;
use super::{numbers, strings};
use crate::refusal::{Reason, Refusal};

/// What is wrong, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault(pub(crate) Reason, pub(crate) usize);

impl From<Fault> for Refusal {
    fn from(Fault(reason, at): Fault) -> Self {
        Self::new(reason, at)
    }
}

/// A container that is open.
#[derive(Clone, Copy, Debug)]
enum Open {
    Array,
    Object(Mark),
}

/// The memory of a scan, kept between messages.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    names: Names,
    open: Vec<Open>,
    depth: usize,
    members: usize,
    longest: Longest,
}

/// A name that was passed: where its inside is, and whether it holds an escape.
#[derive(Clone, Copy)]
pub(crate) struct Passed {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) escaped: bool,
}

impl Scan {
    pub(crate) fn new(depth: usize, members: usize) -> Self {
        Self { depth, members, ..Self::default() }
    }

    /// Forgets the message before.
    pub(crate) fn begin(&mut self) {
        self.open.clear();
        self.names.clear();
        self.longest = Longest::default();
    }

    /// The longest string value of the message so far.
    pub(crate) fn longest(&self) -> Longest {
        self.longest
    }

    /// Gives back what a large message made it take.
    pub(crate) fn shrink(&mut self) {
        self.names.shrink();
    }

    /// Where an object that begins now has its names.
    pub(crate) fn mark(&self) -> Mark {
        self.names.mark()
    }

    /// At the end of an object, `at`: its names since `mark` must all differ.
    pub(crate) fn close(&mut self, text: &str, mark: Mark, at: usize) -> Result<(), Fault> {
        if self.names.close(text, mark) { Ok(()) } else { Err(Fault(Reason::DuplicateMember, at)) }
    }

    /// Passes one value with `outside` containers around it; gives the place behind it.
    pub(crate) fn value(&mut self, text: &str, from: usize, outside: usize) -> Result<usize, Fault> {
        let depth = self.depth.saturating_sub(outside);
        let bytes = text.as_bytes();
        let mut at = from;
        'value: loop {
            at = blanks(bytes, at);
            match bytes.get(at) {
                Some(b'"') => {
                    let quote = strings::end(bytes, at + 1)?.quote;
                    self.longest.note(bytes, at + 1, quote);
                    at = quote + 1;
                }
                Some(b'{') => {
                    if self.open.len() >= depth {
                        return Err(Fault(Reason::TooDeep, at));
                    }
                    self.open.push(Open::Object(self.names.mark()));
                    at = blanks(bytes, at + 1);
                    if bytes.get(at) != Some(&b'}') {
                        (_, at) = self.name(text, at)?;
                        continue 'value;
                    }
                }
                Some(b'[') => {
                    if self.open.len() >= depth {
                        return Err(Fault(Reason::TooDeep, at));
                    }
                    self.open.push(Open::Array);
                    at = blanks(bytes, at + 1);
                    if bytes.get(at) != Some(&b']') {
                        continue 'value;
                    }
                }
                Some(b'-' | b'0'..=b'9') => at = numbers::end(bytes, at)?,
                Some(b't') => at = word(bytes, at, b"true")?,
                Some(b'f') => at = word(bytes, at, b"false")?,
                Some(b'n') => at = word(bytes, at, b"null")?,
                _ => return Err(unexpected(bytes, at)),
            }
            // Behind a value, or before the end of an empty container.
            while let Some(&open) = self.open.last() {
                at = blanks(bytes, at);
                match (open, bytes.get(at)) {
                    (Open::Object(_), Some(b',')) => {
                        (_, at) = self.name(text, blanks(bytes, at + 1))?;
                        continue 'value;
                    }
                    (Open::Array, Some(b',')) => {
                        at += 1;
                        continue 'value;
                    }
                    (Open::Object(mark), Some(b'}')) => {
                        self.close(text, mark, at)?;
                    }
                    (Open::Array, Some(b']')) => {}
                    _ => return Err(unexpected(bytes, at)),
                }
                self.open.pop();
                at += 1;
            }
            return Ok(at);
        }
    }

    /// Passes a name of the innermost object and its colon: the name, and the place behind the colon.
    #[inline]
    pub(crate) fn name(&mut self, text: &str, at: usize) -> Result<(Passed, usize), Fault> {
        let bytes = text.as_bytes();
        if bytes.get(at) != Some(&b'"') {
            return Err(unexpected(bytes, at));
        }
        let end = strings::end(bytes, at + 1)?;
        let colon = blanks(bytes, end.quote + 1);
        if bytes.get(colon) != Some(&b':') {
            return Err(unexpected(bytes, colon));
        }
        if self.names.len() >= self.members {
            return Err(Fault(Reason::TooManyMembers, at));
        }
        let name = Passed { start: at + 1, end: end.quote, escaped: end.escaped };
        self.names.push(text, name.start, name.end, name.escaped);
        Ok((name, colon + 1))
    }
}

/// Behind the blanks at `at`. A line holds no line feed, and a carriage return inside it is refused.
#[inline]
pub(crate) fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// What the byte at `at`, which nothing legal begins with, says about the text.
pub(crate) fn unexpected(bytes: &[u8], at: usize) -> Fault {
    let reason = match bytes.get(at) {
        Some(b'\r') => Reason::CarriageReturn,
        Some(0) => Reason::Nul,
        Some(b'+' | b'.') => Reason::BadNumber,
        _ => Reason::NotJson,
    };
    Fault(reason, at)
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word) { Ok(end) } else { Err(Fault(Reason::NotJson, at)) }
}
