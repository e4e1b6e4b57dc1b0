//! JSON strings: where one ends, whether it is legal, and what it says (RFC 8259, section 7).

use std::borrow::Cow;

use super::scan::Fault;
use crate::refusal::Reason;

/// Where a string ended.
#[derive(Clone, Copy)]
pub(super) struct End {
    /// The place of the closing quote.
    pub(super) quote: usize,
    /// Whether an escape stands in it, so that it says something else than it spells.
    pub(super) escaped: bool,
}

/// Checks the string whose first byte after the opening quote is at `from`. Its bytes are UTF-8 already.
#[inline]
pub(super) fn end(bytes: &[u8], from: usize) -> Result<End, Fault> {
    match short(bytes, from) {
        Some(quote) => Ok(End { quote, escaped: false }),
        None => end_of_long(bytes, from),
    }
}

#[inline(never)]
fn end_of_long(bytes: &[u8], from: usize) -> Result<End, Fault> {
    let mut at = from;
    let mut escaped = false;
    loop {
        at = special(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok(End { quote: at, escaped }),
            Some(b'\\') => {
                escaped = true;
                at = escape(bytes, at)?;
            }
            Some(0) => return Err(Fault(Reason::Nul, at)),
            Some(b'\r') => return Err(Fault(Reason::CarriageReturn, at)),
            Some(_) => return Err(Fault(Reason::ControlCharacter, at)),
            None => return Err(Fault(Reason::NotJson, at)),
        }
    }
}

/// The longest string of a message that was scanned: whoever walks the message passes it several times, and it may be nearly all
/// of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Longest {
    /// The address of its first byte. Of a message that is borrowed, so nothing else comes to stand there.
    first: usize,
    length: usize,
}

impl Longest {
    /// Shorter ones are as soon passed as looked up.
    const LONG: usize = 1024;

    /// Takes note of a string between two places.
    #[inline]
    pub(super) fn note(&mut self, bytes: &[u8], from: usize, quote: usize) {
        let length = quote.saturating_sub(from);
        if length >= Self::LONG && length > self.length {
            *self = Self { first: bytes.as_ptr().addr().wrapping_add(from), length };
        }
    }
}

/// Like [`end`], for a string that is known to be legal.
#[inline]
pub(super) fn end_of_legal(bytes: &[u8], from: usize, longest: Longest) -> usize {
    short(bytes, from).unwrap_or_else(|| {
        if longest.length > 0 && bytes.as_ptr().addr().wrapping_add(from) == longest.first {
            return from + longest.length;
        }
        end_of_long_legal(bytes, from)
    })
}

/// A quote ends the string unless an odd number of backslashes stands before it. Other escapes need no look.
#[inline(never)]
fn end_of_long_legal(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        let quote = at + found;
        let before = bytes.get(from..quote).unwrap_or_default();
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return quote;
        }
        at = quote + 1;
    }
    bytes.len()
}

/// The escape whose backslash is at `at`; gives the place behind it.
fn escape(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match unit(bytes, at + 2).ok_or(Fault(Reason::BadEscape, at))? {
            0xD800..=0xDBFF => {
                let low = bytes.get(at + 6..at + 8) == Some(br"\u") && {
                    matches!(unit(bytes, at + 8), Some(0xDC00..=0xDFFF))
                };
                if low { Ok(at + 12) } else { Err(Fault(Reason::LoneSurrogate, at)) }
            }
            0xDC00..=0xDFFF => Err(Fault(Reason::LoneSurrogate, at)),
            _ => Ok(at + 6),
        },
        _ => Err(Fault(Reason::BadEscape, at)),
    }
}

/// Four hexadecimal digits.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |sum, &digit| Some(sum << 4 | char::from(digit).to_digit(16)?))
}

/// What a legal string says, without its quotes.
pub(super) fn decode(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    decode_into(raw, &mut text);
    Cow::Owned(text)
}

/// Appends what a legal string says.
pub(super) fn decode_into(raw: &str, text: &mut String) {
    let mut rest = raw;
    while let Some((plain, behind)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut letters = behind.chars();
        let said = match letters.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (said, length) = code_point(behind.as_bytes());
                letters = behind.get(length..).unwrap_or_default().chars();
                said
            }
            Some(itself) => itself,
            None => break,
        };
        text.push(said);
        rest = letters.as_str();
    }
    text.push_str(rest);
}

/// The code point of `uXXXX` or `uXXXX\uXXXX`, and how many bytes that took.
fn code_point(bytes: &[u8]) -> (char, usize) {
    let high = unit(bytes, 1).unwrap_or(0xFFFD);
    if !(0xD800..0xDC00).contains(&high) {
        return (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 5);
    }
    let low = unit(bytes, 7).unwrap_or(0xDC00);
    let point = 0x1_0000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
    (char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
}

/// The closing quote, if it is near and nothing else stands before it: most names and many values are like that.
#[inline]
fn short(bytes: &[u8], from: usize) -> Option<usize> {
    let mut quote = from + step(bytes, from)?;
    if quote == from + 8 {
        quote += step(bytes, quote)?;
    }
    (bytes.get(quote) == Some(&b'"')).then_some(quote)
}

/// The next quote, backslash or control character at or behind `from`, or the end of the bytes.
///
/// Between the lines of a text few bytes come at once. Long runs are passed in blocks, whose plain loop the compiler
/// turns into vector instructions.
#[inline]
fn special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    for _ in 0..3 {
        match step(bytes, at) {
            Some(8) => at += 8,
            Some(found) => return at + found,
            None => return tail(bytes, at),
        }
    }
    let (blocks, _) = bytes.get(at..).unwrap_or_default().as_chunks::<64>();
    for block in blocks {
        if block.iter().fold(false, |any, &byte| any | is_special(byte)) {
            break;
        }
        at += 64;
    }
    loop {
        match step(bytes, at) {
            Some(8) => at += 8,
            Some(found) => return at + found,
            None => return tail(bytes, at),
        }
    }
}

/// How many of the next eight bytes are nothing special; nothing when there are not eight.
#[inline]
fn step(bytes: &[u8], at: usize) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk::<8>()?);
    // Each term has the high bit of every byte that matches. A borrow may set one too much, but only above a match,
    // and the lowest is the one that counts.
    let equal = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference & HIGHS
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    Some(((equal(b'"') | equal(b'\\') | control).trailing_zeros() / 8) as usize)
}

fn tail(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|&byte| is_special(byte)).map_or(bytes.len(), |found| from + found)
}

#[inline]
fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}
