//! What waits to be written to a side.

use std::ops::Range;

use crate::Lines;

/// Space that is kept when nothing waits.
const USUAL: usize = 64 << 10;

/// After so many times without a long message the space for one is given back: they often come in a row, and fresh space costs
/// as much as the message.
const QUIET: u32 = 64;

/// Lines in the order in which they are written.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The buffer in which a long line came, and where it stands there. It is written first.
    lent: Vec<u8>,
    span: Range<usize>,
    bytes: Vec<u8>,
    /// Up to here they have been written.
    written: usize,
    /// How many times in a row everything was written and [`USUAL`] had been enough.
    quiet: u32,
}

impl Outbox {
    /// Adds a message, and the end of its line.
    pub(super) fn push(&mut self, line: &str) {
        // At once, because what grows by one byte more doubles.
        self.bytes.reserve(line.len() + 1);
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
    }

    /// Takes over the line that this stream gave last, with the buffer in which it came; nothing else waits.
    pub(super) fn take_over(&mut self, from: &mut Lines) {
        (self.lent, self.span) = from.hand_over(std::mem::take(&mut self.lent));
        self.quiet = 0;
    }

    /// Adds what waits in another one.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.bytes.extend_from_slice(other.waiting());
        *other = Self::default();
    }

    /// What is to be written next.
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        if self.span.is_empty() {
            return self.bytes.get(self.written..).unwrap_or_default();
        }
        self.lent.get(self.span.clone()).unwrap_or_default()
    }

    /// How many bytes wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.span.len() + self.bytes.len().saturating_sub(self.written)
    }

    /// Whether none do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// So many bytes of [`Self::waiting`] were written.
    pub fn wrote(&mut self, count: usize) {
        match self.span.is_empty() {
            true => self.written = self.written.saturating_add(count),
            false => self.span.start = self.span.start.saturating_add(count),
        }
        if self.is_empty() {
            self.clear();
        }
    }

    /// Nobody reads any more.
    pub fn clear(&mut self) {
        self.quiet = if self.bytes.len() > USUAL { 0 } else { self.quiet.saturating_add(1) };
        (self.written, self.span) = (0, 0..0);
        self.bytes.clear();
        if self.quiet >= QUIET {
            self.bytes.shrink_to(USUAL);
            self.lent = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_for_long_lines_is_given_back() {
        let mut outbox = Outbox::default();
        outbox.push(&"x".repeat(3 << 20));
        for _ in 0..=QUIET {
            outbox.wrote(outbox.len());
            outbox.push("{}");
        }
        assert!(outbox.bytes.capacity() <= USUAL, "{}", outbox.bytes.capacity());
    }
}
