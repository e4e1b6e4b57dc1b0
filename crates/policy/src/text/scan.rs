//! The first pass: finds the places that a rule could be about, at the speed of memory where there are none.
//!
//! Never decides: whatever it points at is looked at again by the rule itself. What it does not point at, no rule sees, which
//! is why a rule names its anchors and is tested through this pass.

use std::ops::Range;

/// Bytes that are folded at a time: they stay in the first cache.
const CHUNK: usize = 4096;
/// The longest anchor. Chunks overlap by as much, so that none is cut.
pub(super) const LONGEST_ANCHOR: usize = 32;
/// The shortest anchor but for single bytes: every second place is looked at, and four bytes from there.
pub(super) const SHORTEST_ANCHOR: usize = 5;
/// The shortest run without a blank that may be a secret or an encoding.
const TOKEN: usize = 20;
/// The shortest run of numbers that may be letters.
const NUMBERS: usize = 30;
/// Bytes of which the letters are counted together.
const BLOCK: usize = 128;

/// Finds literals in folded text: four bytes at every second place are looked up in a table of bits, and only where the bit is set
/// are literals compared. Faster than the packed search of `aho-corasick` by far where there are hundreds of literals.
#[derive(Debug)]
pub(super) struct Anchors {
    literals: Vec<String>,
    /// Literals of one byte.
    bytes: Vec<(u8, usize)>,
    /// One bit for each hash of four bytes that a literal has at the place that it is found by.
    bits: Box<[u64; 1 << (BITS - 6)]>,
    /// Those four bytes, the literal and where in it they stand, by hash.
    grams: Vec<(u32, usize, usize)>,
    /// For each hash, one more than the number of the first of them; 0 for none.
    heads: Box<[u16]>,
}

const BITS: u32 = 16;

/// Fits the table: a number of 16 bits.
#[inline]
fn hash(gram: u32) -> u16 {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as u16
}

/// How common a letter is in prose, roughly; what is rare is better to look for.
fn commonness(byte: u8) -> u32 {
    match byte {
        b' ' | b'e' | b't' => 12,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 8,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' => 5,
        b'f' | b'g' | b'w' | b'y' | b'b' | b'v' => 3,
        _ => 1,
    }
}

impl Anchors {
    /// Takes literals in lower case, of one byte or of 5 to 32.
    pub(super) fn new(literals: Vec<String>) -> Self {
        let mut anchors = Self {
            literals: Vec::new(),
            bytes: Vec::new(),
            bits: Box::new([0; 1 << (BITS - 6)]),
            grams: Vec::new(),
            heads: vec![0; 1 << BITS].into(),
        };
        for (index, literal) in literals.iter().enumerate() {
            let bytes = literal.as_bytes();
            if let [byte] = bytes {
                anchors.bytes.push((*byte, index));
            }
            // Two neighbours, because one of them stands at an even place. The rarest five bytes of the literal.
            let rarity = |five: &[u8]| five.iter().map(|byte| commonness(*byte)).product::<u32>();
            let best = bytes.windows(5).enumerate().min_by_key(|(_, five)| rarity(five));
            for at in best.into_iter().flat_map(|(at, _)| [at, at + 1]) {
                if let Some(gram) = bytes.get(at..at + 4).and_then(gram) {
                    let place = hash(gram);
                    if let Some(word) = anchors.bits.get_mut(usize::from(place >> 6)) {
                        *word |= 1 << (place & 63);
                    }
                    anchors.grams.push((gram, index, at));
                }
            }
        }
        anchors.grams.sort_unstable_by_key(|(gram, index, at)| (hash(*gram), *gram, *index, *at));
        for (number, (gram, ..)) in anchors.grams.iter().enumerate().rev() {
            if let (Some(head), Ok(number)) =
                (anchors.heads.get_mut(usize::from(hash(*gram))), u16::try_from(number + 1))
            {
                *head = number;
            }
        }
        anchors.literals = literals;
        anchors
    }

    /// Whether a literal may have these four bytes where it is found by them.
    #[inline]
    fn may_have(&self, gram: u32) -> bool {
        let place = hash(gram);
        self.bits.get(usize::from(place >> 6)).is_some_and(|word| word >> (place & 63) & 1 == 1)
    }

    /// Shows each literal and where it begins, in no order.
    fn find(&self, folded: &[u8], see: &mut dyn FnMut(usize, usize)) {
        let mut at = 0;
        // Four places at a time, which the processor does side by side.
        while let (Some(low), Some(high)) = (word(folded, at), word(folded, at + 2)) {
            // No loop and no closure: what is not inlined costs more than what it does.
            let (one, two) = (low as u32, (low >> 16) as u32);
            let (three, four) = ((low >> 32) as u32, (high >> 32) as u32);
            if self.may_have(one) | self.may_have(two) | self.may_have(three) | self.may_have(four) {
                for (number, gram) in [one, two, three, four].into_iter().enumerate() {
                    self.compare(folded, at + 2 * number, gram, see);
                }
            }
            at += 8;
        }
        while let Some(&four) = folded.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            self.compare(folded, at, u32::from_le_bytes(four), see);
            at += 2;
        }
    }

    fn compare(&self, folded: &[u8], at: usize, gram: u32, see: &mut dyn FnMut(usize, usize)) {
        let head = self.heads.get(usize::from(hash(gram))).copied().map_or(0, usize::from);
        let Some(from) = head.checked_sub(1) else { return };
        let alike = self.grams.get(from..).unwrap_or_default().iter();
        let alike =
            alike.take_while(|(other, ..)| hash(*other) == hash(gram)).filter(|(other, ..)| *other == gram);
        for (_, index, offset) in alike {
            let literal = self.literals.get(*index).map(String::as_bytes).unwrap_or_default();
            if let Some(start) = at.checked_sub(*offset)
                && folded.get(start..start + literal.len()) == Some(literal)
            {
                see(*index, start);
            }
        }
    }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|word| u64::from_le_bytes(*word))
}

fn gram(four: &[u8]) -> Option<u32> {
    four.try_into().ok().map(u32::from_le_bytes)
}

/// What the first pass saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Anchors and where they begin, in order.
    pub(super) hits: Vec<(usize, usize)>,
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

pub(super) fn scan(anchors: &Anchors, bytes: &[u8]) -> Seen {
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
        anchors.find(folded, &mut |index, at| {
            if at < own {
                seen.hits.push((index, start + at));
            }
        });
        blocks(folded.get(..own).unwrap_or_default(), start, &mut seen);
        start += own;
    }
    for (byte, index) in &anchors.bytes {
        seen.hits.extend(memchr::memchr_iter(*byte, bytes).map(|at| (*index, at)));
    }
    seen.hits.sort_unstable_by_key(|(index, at)| (*at, *index));
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
        // A block has fewer pairs than a byte counts, and what checks for more cannot be done many at a time.
        let mut mixed = 0_u8;
        for (one, two) in block.iter().zip(second) {
            let beside = (letter(*one) & digit(*two)) | (digit(*one) & letter(*two));
            mixed = mixed.wrapping_add(u8::from(beside));
        }
        let mut alone = 0_u8;
        for ((one, two), three) in block.iter().zip(second).zip(third) {
            let apart = !(letter(*one) | digit(*one)) & !(letter(*three) | digit(*three));
            alone = alone.wrapping_add(u8::from(letter(*two) & apart));
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
        for at in CHUNK - 40..CHUNK + 40 {
            let text = format!("{}IGNORe {}@", " ".repeat(at), ".".repeat(CHUNK));
            let seen = scan(&anchors, text.as_bytes());
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
