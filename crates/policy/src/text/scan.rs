//! The first pass: finds the places that a rule could be about, at the speed of memory where there are none.
//!
//! Never decides: whatever it points at is looked at again by the rule itself. What it does not point at, no rule sees, which
//! is why a rule names its anchors and is tested through this pass.

use std::ops::Range;

use aho_corasick::{AhoCorasick, packed};

/// Bytes that are folded at a time: they stay in the first cache.
const CHUNK: usize = 4096;
/// The longest anchor. Chunks overlap by as much, so that none is cut.
pub(super) const LONGEST_ANCHOR: usize = 32;
/// The shortest run without a blank that may be a secret or an encoding.
const TOKEN: usize = 20;
/// The shortest run of numbers that may be letters.
const NUMBERS: usize = 30;
/// Bytes of which the letters are counted together.
const BLOCK: usize = 128;

/// Finds literals in folded text.
#[derive(Debug)]
pub(super) struct Anchors {
    /// Literals of one byte.
    bytes: Vec<(u8, usize)>,
    searchers: Vec<(Searcher, Vec<usize>)>,
}

#[derive(Debug)]
enum Searcher {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Anchors {
    /// Takes literals in lower case. An anchor that holds another is found with it; the caller sees to that by
    /// [`Anchors::covering`].
    pub(super) fn new(literals: Vec<String>) -> Self {
        let mut long: Vec<usize> = Vec::new();
        let mut bytes = Vec::new();
        for (index, literal) in literals.iter().enumerate() {
            match literal.as_bytes() {
                [byte] => bytes.push((*byte, index)),
                _ => long.push(index),
            }
        }
        // Alike beginnings side by side share a bucket of the packed search.
        long.sort_by_key(|index| literals.get(*index).cloned());
        let groups = long.chunks(64).map(|group| {
            let patterns = || group.iter().filter_map(|index| literals.get(*index));
            let mut builder = packed::Config::new().builder();
            let packed = builder.extend(patterns()).build().map(Searcher::Packed);
            let searcher = packed.or_else(|| AhoCorasick::new(patterns()).ok().map(Searcher::Automaton));
            searcher.map(|searcher| (searcher, group.to_vec()))
        });
        let searchers = groups.flatten().collect();
        Self { bytes, searchers }
    }

    /// Keeps of several literals those that hold no other, and says for each which one finds it.
    pub(super) fn covering(mut literals: Vec<String>) -> Vec<String> {
        literals.sort_by_key(String::len);
        let mut kept: Vec<String> = Vec::new();
        for literal in literals {
            if !kept
                .iter()
                .any(|short| short.len() > 1 && literal.contains(short.as_str()) || *short == literal)
            {
                kept.push(literal);
            }
        }
        kept
    }

    fn find_folded(&self, folded: &[u8], see: &mut dyn FnMut(usize, usize)) {
        for (searcher, group) in &self.searchers {
            let mut from = 0;
            loop {
                let span = aho_corasick::Span { start: from, end: folded.len() };
                let found = match searcher {
                    Searcher::Packed(packed) => packed.find_in(folded, span),
                    Searcher::Automaton(automaton) => {
                        automaton.find(aho_corasick::Input::new(folded).span(span))
                    }
                };
                let Some(found) = found else { break };
                if let Some(index) = group.get(found.pattern().as_usize()) {
                    see(*index, found.start());
                }
                from = found.start() + 1;
            }
        }
    }
}

/// What the first pass saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Anchors and where they begin, in order within a chunk.
    pub(super) hits: Vec<(usize, usize)>,
    /// The same for anchors of disguised text.
    pub(super) disguised: Vec<(usize, usize)>,
    pub(super) beyond_ascii: bool,
    pub(super) control: bool,
    pub(super) escapes: bool,
    /// Long runs without a blank.
    pub(super) tokens: Vec<Range<usize>>,
    /// Long runs of digits and separators.
    pub(super) numbers: Vec<Range<usize>>,
    /// Where digits stand in words.
    pub(super) leet: Vec<Range<usize>>,
    /// Where letters stand apart.
    pub(super) spaced: Vec<Range<usize>>,
}

pub(super) fn scan(anchors: &Anchors, disguised: &Anchors, bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let mut folded = [0_u8; CHUNK + LONGEST_ANCHOR];
    let mut start = 0;
    while start < bytes.len() {
        let end = bytes.len().min(start + CHUNK + LONGEST_ANCHOR);
        let chunk = bytes.get(start..end).unwrap_or_default();
        let folded = folded.get_mut(..chunk.len()).unwrap_or_default();
        let mut all = 0_u8;
        let mut control = 0_u8;
        for (to, from) in folded.iter_mut().zip(chunk) {
            *to = from.to_ascii_lowercase();
            all |= *from;
            let blank = (*from == b'\n') | (*from == b'\t') | (*from == b'\r');
            control |= u8::from(((*from < 0x20) & !blank) | (*from == 0x7F));
        }
        seen.beyond_ascii |= all >= 0x80;
        seen.control |= control != 0;
        // What begins in the overlap belongs to the next chunk.
        let own = if end == bytes.len() { chunk.len() } else { CHUNK };
        anchors.find_folded(folded, &mut |index, at| {
            if at < own {
                seen.hits.push((index, start + at));
            }
        });
        disguised.find_folded(folded, &mut |index, at| {
            if at < own {
                seen.disguised.push((index, start + at));
            }
        });
        blocks(folded.get(..own).unwrap_or_default(), start, &mut seen);
        start += own;
    }
    for (byte, index) in &anchors.bytes {
        seen.hits.extend(memchr::memchr_iter(*byte, bytes).map(|at| (*index, at)));
    }
    seen.escapes = has_escapes(bytes);
    seen.tokens = runs(bytes, TOKEN, &IN_TOKEN);
    seen.numbers = runs(bytes, NUMBERS, &IN_NUMBERS);
    seen
}

/// Marks the blocks in which digits stand beside letters, or letters alone, more often than in prose.
fn blocks(folded: &[u8], start: usize, seen: &mut Seen) {
    let letter = |byte: u8| byte.wrapping_sub(b'a') < 26;
    let digit = |byte: u8| (byte.wrapping_sub(b'0') < 10) | (byte == b'@') | (byte == b'$');
    for (number, block) in folded.chunks(BLOCK).enumerate() {
        let second = block.get(1..).unwrap_or_default();
        let third = block.get(2..).unwrap_or_default();
        let mut mixed = 0_u8;
        for (one, two) in block.iter().zip(second) {
            mixed += u8::from((letter(*one) & digit(*two)) | (digit(*one) & letter(*two)));
        }
        let mut alone = 0_u8;
        for ((one, two), three) in block.iter().zip(second).zip(third) {
            let apart = !(letter(*one) | digit(*one)) & !(letter(*three) | digit(*three));
            alone += u8::from(letter(*two) & apart);
        }
        let at = start + number * BLOCK;
        let mark = |ranges: &mut Vec<Range<usize>>| match ranges.last_mut() {
            Some(last) if last.end + BLOCK >= at => last.end = at + block.len(),
            _ => ranges.push(at..at + block.len()),
        };
        if mixed >= 6 {
            mark(&mut seen.leet);
        }
        if alone >= 8 {
            mark(&mut seen.spaced);
        }
    }
}

/// Whether at least two characters are written as escapes: `%20`, `\x20`, `\u0020`, `&#32;`, `=20`.
fn has_escapes(bytes: &[u8]) -> bool {
    let hexadecimal = |at: usize, count: usize| {
        bytes.get(at..at + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let is_escape = |at: usize| match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'%'), Some(_)) => hexadecimal(at + 1, 2),
        (Some(b'\\'), Some(b'x' | b'X')) => hexadecimal(at + 2, 2),
        (Some(b'\\'), Some(b'u')) => hexadecimal(at + 2, 4) || bytes.get(at + 2) == Some(&b'{'),
        (Some(b'&'), Some(b'#')) => true,
        (Some(b'&'), Some(b'l' | b'g' | b'q' | b'a' | b'n')) => true,
        _ => false,
    };
    let quoted = || {
        let signs = memchr::memchr_iter(b'=', bytes).filter(|at| hexadecimal(at + 1, 2));
        signs
            .take(64)
            .filter(|at| bytes.get(at + 3).is_some_and(|next| !next.is_ascii_alphanumeric()))
            .count()
            >= 2
            || memchr::memchr_iter(b'=', bytes)
                .filter(|at| bytes.get(at + 3) == Some(&b'=') && hexadecimal(at + 1, 2))
                .nth(1)
                .is_some()
    };
    memchr::memchr3_iter(b'%', b'\\', b'&', bytes).filter(|at| is_escape(*at)).nth(1).is_some() || quoted()
}

const IN_TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is within a table of 256, and this runs at compile time"
        )]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-');
        }
        byte += 1;
    }
    table
};

const IN_NUMBERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is within a table of 256, and this runs at compile time"
        )]
        {
            table[byte as usize] =
                byte.is_ascii_hexdigit() || matches!(byte, b' ' | b',' | b';' | b':' | b'x' | b'\\');
        }
        byte += 1;
    }
    table
};

/// Runs of at least `least` members. Looks at every `least`th byte and back from there: a run that long holds one of them.
fn runs(bytes: &[u8], least: usize, members: &[bool; 256]) -> Vec<Range<usize>> {
    let is_member =
        |at: usize| bytes.get(at).is_some_and(|byte| members.get(usize::from(*byte)) == Some(&true));
    let mut found = Vec::new();
    let mut start = 0; // no run that begins before is open
    let mut known = 0; // members from start up to here
    while start + least <= bytes.len() {
        let probe = start + least - 1;
        let mut back = probe + 1;
        while back > known && is_member(back - 1) {
            back -= 1;
        }
        if back > known {
            // A byte that is no member stands at back - 1.
            start = back;
            known = probe + 1;
            continue;
        }
        let rest = bytes.get(probe + 1..).unwrap_or_default();
        let more = rest.iter().take_while(|byte| members.get(usize::from(**byte)) == Some(&true)).count();
        let end = probe + 1 + more;
        found.push(start..end);
        start = end + 1;
        known = start;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_found_wherever_it_stands() {
        for before in 0..50 {
            for length in 15..50 {
                let text = format!("{}{} x", "a b ".repeat(before), "Z".repeat(length));
                let found = runs(text.as_bytes(), TOKEN, &IN_TOKEN);
                let whole = before * 4..before * 4 + length;
                assert_eq!(found, if length >= TOKEN { vec![whole] } else { vec![] }, "{text}");
            }
        }
    }

    #[test]
    fn an_anchor_is_found_across_the_edge_of_a_chunk_and_once() {
        let anchors = Anchors::new(vec!["ignor".into(), "@".into()]);
        let none = Anchors::new(vec![]);
        for at in CHUNK - 40..CHUNK + 40 {
            let text = format!("{}IGNORe {}@", " ".repeat(at), ".".repeat(CHUNK));
            let seen = scan(&anchors, &none, text.as_bytes());
            assert_eq!(seen.hits, [(0, at), (1, text.len() - 1)]);
        }
    }

    #[test]
    fn escapes_count_and_percentages_do_not() {
        assert!(has_escapes(b"a%20b%21"));
        assert!(has_escapes(b"\\u0069\\u0067"));
        assert!(has_escapes(b"&#105;&#103;"));
        assert!(!has_escapes(b"50% of 80%, \\n and a && b"));
    }
}
