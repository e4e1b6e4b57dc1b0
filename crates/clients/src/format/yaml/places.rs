//! From the scanner's character counts to byte spans of exactly one literal.

use saphyr_parser::ScalarStyle;

use crate::source::Span;

/// Every so many characters the byte offset is remembered.
const STEP: usize = 64;

/// Finds bytes in a text by character index, and trims what the scanner counts to a token but is not the value:
/// anchors and tags in front, blanks and comments behind.
pub(super) struct Places<'a> {
    text: &'a str,
    offset: usize,
    /// The byte offset of every [`STEP`]th character; empty when every character is one byte.
    steps: Vec<u32>,
}

impl<'a> Places<'a> {
    /// Places in `text`, which begins at byte `offset` of its file.
    pub(super) fn new(text: &'a str, offset: usize) -> Self {
        let steps = match text.is_ascii() {
            true => Vec::new(),
            false => text
                .char_indices()
                .step_by(STEP)
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect(),
        };
        Places { text, offset, steps }
    }

    /// The byte offset in the file of the character `index` of the text.
    pub(super) fn byte(&self, index: usize) -> u32 {
        u32::try_from(self.offset + self.local(index)).unwrap_or(u32::MAX)
    }

    /// The span between two character indices.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let start = self.byte(start);
        Span { start, end: self.byte(end).max(start) }
    }

    /// The place of a scalar, quotes included and properties excluded.
    pub(super) fn scalar(&self, start: usize, end: usize, style: ScalarStyle) -> Span {
        let (start, end) = (self.local(start), self.local(end).max(self.local(start)));
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let start = match is_block {
            true => start,
            false => self.past_properties(start, end),
        };
        let literal = self.text.get(start..end).unwrap_or_default();
        let length = match style {
            ScalarStyle::SingleQuoted => quoted(literal, b'\'').unwrap_or(literal.len()),
            ScalarStyle::DoubleQuoted => quoted(literal, b'"').unwrap_or(literal.len()),
            _ => literal.trim_end().len(),
        };
        Span::new(self.offset + start, self.offset + start + length)
    }

    /// Where a collection starts, properties excluded, and whether it is a flow collection.
    pub(super) fn collection(&self, start: usize, end: usize) -> (u32, bool) {
        let (start, end) = (self.local(start), self.local(end));
        // In block style the event ends where it starts, and an anchor there belongs to the first key.
        let start = match start < end {
            true => self.past_properties(start, end),
            false => start,
        };
        let is_flow = start < end && matches!(self.text.as_bytes().get(start), Some(b'[' | b'{'));
        (u32::try_from(self.offset + start).unwrap_or(u32::MAX), is_flow)
    }

    fn local(&self, index: usize) -> usize {
        if self.steps.is_empty() {
            return index.min(self.text.len());
        }
        let Some(base) = self.steps.get(index / STEP) else {
            return self.text.len();
        };
        let base = *base as usize;
        let rest = self.text.get(base..).unwrap_or_default();
        let inside = rest.char_indices().nth(index % STEP);
        inside.map_or(self.text.len(), |(at, _)| base + at)
    }

    /// The first byte in `start..end` that is not part of an anchor (`&a`), a tag (`!t`, `!<t>`), a blank or a
    /// comment.
    fn past_properties(&self, mut start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let run = |from: usize, stops: &dyn Fn(u8) -> bool| {
            let rest = bytes.get(from..end).unwrap_or_default();
            from + rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len())
        };
        let mut had_property = false;
        loop {
            start = match bytes.get(start..end).and_then(<[u8]>::first) {
                Some(b'!') if bytes.get(start + 1) == Some(&b'<') => {
                    (run(start, &|byte| byte == b'>') + 1).min(end)
                }
                Some(b'&' | b'!') => run(start, &|byte| {
                    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | b'{' | b'}')
                }),
                Some(b' ' | b'\t' | b'\r' | b'\n') if had_property => start + 1,
                Some(b'#') if had_property => run(start, &|byte| byte == b'\n'),
                _ => return start,
            };
            had_property = true;
        }
    }
}

/// The length of the quoted literal at the start of `text`.
fn quoted(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&quote) {
        return None;
    }
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match *byte {
            b'\\' if quote == b'"' => 2,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => 2,
            byte if byte == quote => return Some(at + 1),
            _ => 1,
        };
    }
    None
}
