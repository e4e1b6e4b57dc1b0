//! A look at the shape of an XML file before it is parsed. The parser compares every attribute of a tag with
//! every other and resolves namespaces per level, so a tag with a million attributes would keep it busy for
//! hours.

use std::sync::Arc;

use super::super::{MAX_DEPTH, too_deep};
use crate::source::{Problem, ProblemKind, Source, Span};

/// The most attributes that one tag may have.
const MAX_ATTRIBUTES: usize = 256;

/// Refuses tags with too many attributes and elements nested too deep. What is not well formed is left to the
/// parser.
pub(super) fn check(source: &Arc<Source>) -> Result<(), Problem> {
    let bytes = source.text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
        let start = at + found;
        let rest = bytes.get(start..).unwrap_or_default();
        let skipped = [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];
        if let Some((_, end)) = skipped.iter().find(|(begin, _)| rest.starts_with(begin)) {
            at = match memchr::memmem::find(rest, end) {
                Some(length) => start + length + end.len(),
                None => return Ok(()),
            };
            continue;
        }
        let tag = Tag::read(rest);
        let place = Span::new(start, start + 1);
        if tag.attributes > MAX_ATTRIBUTES {
            let message = format!("a tag with more than {MAX_ATTRIBUTES} attributes");
            return Err(Problem::at(source, place, ProblemKind::TooLarge, message));
        }
        match rest.get(1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            _ if tag.is_empty => {}
            _ => depth += 1,
        }
        if depth > MAX_DEPTH {
            return Err(too_deep(source, place));
        }
        at = start + tag.length.max(1);
    }
    Ok(())
}

/// One tag, read without judging it.
struct Tag {
    length: usize,
    attributes: usize,
    is_empty: bool,
}

impl Tag {
    fn read(bytes: &[u8]) -> Self {
        let mut tag = Tag { length: bytes.len(), attributes: 0, is_empty: false };
        let mut quote = None;
        let mut previous = 0;
        for (at, byte) in bytes.iter().copied().enumerate() {
            match quote {
                Some(open) if byte == open => quote = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                None if byte == b'=' => tag.attributes += 1,
                None if byte == b'>' => {
                    tag.length = at + 1;
                    tag.is_empty = previous == b'/';
                    break;
                }
                None => {}
            }
            previous = byte;
        }
        tag
    }
}
