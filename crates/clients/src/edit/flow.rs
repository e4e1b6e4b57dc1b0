//! Takes elements out of a collection between braces or brackets, with their commas.

use std::ops::Range;

use super::patch::Patch;
use crate::source::Span;

/// The patches that leave the elements which are not `removed`. Comments between elements stay.
pub(super) fn without(text: &str, whole: Range<usize>, elements: &[Span], removed: &[bool]) -> Vec<Patch> {
    let Some(last_kept) = removed.iter().rposition(|gone| !gone) else {
        // Nothing is left, and nothing is between the brackets then.
        let inner = whole.start + 1..whole.end.saturating_sub(1).max(whole.start + 1);
        return vec![Patch::new(inner, "")];
    };
    let inner = whole.end.saturating_sub(1);
    let next = |number: usize| elements.get(number + 1).map_or(inner, |next| next.start as usize);
    let is_blank = |range: Range<usize>| text.get(range).is_some_and(|gap| gap.trim().is_empty());
    // With its comma, if one follows.
    let behind = |number: usize, span: &Span| {
        let end = span.end as usize;
        comma(text, end..next(number)).map_or(end, |comma| comma + 1)
    };
    let gone = |(number, _): &(usize, &Span)| removed.get(*number) == Some(&true);
    let mut patches: Vec<Patch> = elements
        .iter()
        .enumerate()
        .take(last_kept)
        .filter(gone)
        .map(|(number, span)| {
            let end = behind(number, span);
            let end = if is_blank(end..next(number)) { next(number) } else { end };
            Patch::new(span.start as usize..end, "")
        })
        .collect();
    let (Some(kept), Some(first), Some(last)) =
        (elements.get(last_kept), elements.get(last_kept + 1), elements.last())
    else {
        return patches;
    };
    // Everything behind the last one that stays goes. A comma at the very end then takes the place of its own.
    let gap = kept.end as usize..first.start as usize;
    let own = comma(text, gap.clone());
    if own.is_some_and(|own| is_blank(gap.start..own) && is_blank(own + 1..gap.end)) {
        patches.push(Patch::new(gap.start..last.end as usize, ""));
        return patches;
    }
    let has_trailing = comma(text, last.end as usize..inner).is_some();
    patches.extend(own.filter(|_| !has_trailing).map(|own| Patch::new(own..own + 1, "")));
    let tail = elements.iter().enumerate().skip(last_kept + 1);
    patches.extend(tail.map(|(number, span)| Patch::new(span.start as usize..behind(number, span), "")));
    patches
}

/// The first comma in a range that holds only commas, blanks and comments.
fn comma(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes().get(range.clone())?;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let skipped = match byte {
            b',' => return Some(range.start + at),
            b'/' if rest.starts_with(b"/*") => memchr::memmem::find(rest, b"*/").map(|end| end + 2),
            b'/' | b'#' => memchr::memchr(b'\n', rest).map(|end| end + 1),
            _ => Some(1),
        };
        at += skipped?;
    }
    None
}
