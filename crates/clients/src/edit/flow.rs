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
    let mut patches = Vec::new();
    for (number, span) in
        elements.iter().enumerate().filter(|(number, _)| removed.get(*number) == Some(&true))
    {
        let range = span.range();
        let next = elements.get(number + 1).map_or(whole.end.saturating_sub(1), |next| next.start as usize);
        let comma = comma(text, range.end..next);
        let gap = |from: usize, to: usize| text.get(from..to).unwrap_or_default().trim().is_empty();
        let end = match comma {
            Some(comma) if number < last_kept && gap(comma + 1, next) => next,
            Some(comma) => comma + 1,
            None => range.end,
        };
        patches.push(Patch::new(range.start..end, ""));
    }
    // Behind the last one that stays there was a comma, which only a comma at the very end replaces.
    let tail = elements.get(last_kept).zip(elements.get(last_kept + 1)).zip(elements.last());
    if let Some(((kept, next), last)) = tail {
        let has_trailing = comma(text, last.end as usize..whole.end.saturating_sub(1)).is_some();
        let gap = kept.end as usize..next.start as usize;
        let is_bare = text.get(gap.clone()).is_some_and(|gap| gap.trim().trim_matches(',').trim().is_empty());
        patches.retain(|patch| patch.range.start < gap.start);
        let removed = elements.iter().skip(last_kept + 1);
        match (is_bare, has_trailing) {
            (true, _) => patches.push(Patch::new(gap.start..last.end as usize, "")),
            (false, _) => {
                if let Some(comma) = comma(text, gap).filter(|_| !has_trailing) {
                    patches.push(Patch::new(comma..comma + 1, ""));
                }
                let ends = elements.iter().skip(last_kept + 2).map(|next| next.start as usize);
                for (span, next) in removed.zip(ends.chain([whole.end.saturating_sub(1)])) {
                    let end =
                        comma(text, span.end as usize..next).map_or(span.end as usize, |comma| comma + 1);
                    patches.push(Patch::new(span.start as usize..end, ""));
                }
            }
        }
    }
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
