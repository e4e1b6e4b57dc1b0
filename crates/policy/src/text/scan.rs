//! The first pass: finds the places that a rule could be about, at the speed of memory where there are none.
//!
//! Never decides: whatever it points at is looked at again by the rule itself. What it does not point at, no rule sees, which
//! is why a rule names its anchors and is tested through this pass.

use std::ops::Range;

/// Bytes that are looked at at a time, several times: they stay in the first cache.
const CHUNK: usize = 4096;
/// The longest anchor.
pub(super) const LONGEST_ANCHOR: usize = 32;
/// The shortest anchor but for single bytes: every second place is looked at, and four bytes from there.
pub(super) const SHORTEST_ANCHOR: usize = 5;
/// The shortest run without a blank that may be a secret or an encoding.
const TOKEN: usize = 20;
/// The shortest run of numbers that may be letters.
const NUMBERS: usize = 30;
/// Bytes of which the letters are counted together.
const BLOCK: usize = 128;

/// Finds literals in any case: four bytes at every second place are looked up in a table of bits, and only where the bit is set
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

    /// Shows each literal that begins in this span, and where, in no order.
    fn find(&self, bytes: &[u8], span: Range<usize>, see: &mut dyn FnMut(usize, usize)) {
        let ahead = bytes.get(span.start..bytes.len().min(span.end + 8)).unwrap_or_default();
        let (words, _) = ahead.as_chunks::<8>();
        let mut at = span.start;
        if let Some((first, rest)) = words.split_first() {
            let mut low = folded(*first);
            // Four places at a time, which the processor does side by side.
            for next in rest {
                let next = folded(*next);
                // No loop and no closure: what is not inlined costs more than what it does.
                let (one, two, three) = (low as u32, (low >> 16) as u32, (low >> 32) as u32);
                let four = (low >> 48 | next << 16) as u32;
                if self.may_have(one) | self.may_have(two) | self.may_have(three) | self.may_have(four) {
                    for (number, gram) in [one, two, three, four].into_iter().enumerate() {
                        self.compare(bytes, at + 2 * number, gram, see);
                    }
                }
                at += 8;
                low = next;
            }
        }
        while at < span.end
            && let Some(gram) = bytes.get(at..at + 4).and_then(gram)
        {
            self.compare(bytes, at, gram, see);
            at += 2;
        }
    }

    fn compare(&self, bytes: &[u8], at: usize, gram: u32, see: &mut dyn FnMut(usize, usize)) {
        if !self.may_have(gram) {
            return;
        }
        let head = self.heads.get(usize::from(hash(gram))).copied().map_or(0, usize::from);
        let Some(from) = head.checked_sub(1) else { return };
        let alike = self.grams.get(from..).unwrap_or_default().iter();
        let alike =
            alike.take_while(|(other, ..)| hash(*other) == hash(gram)).filter(|(other, ..)| *other == gram);
        for (_, index, offset) in alike {
            let literal = self.literals.get(*index).map(String::as_bytes).unwrap_or_default();
            if let Some(start) = at.checked_sub(*offset)
                && bytes
                    .get(start..start + literal.len())
                    .is_some_and(|said| said.eq_ignore_ascii_case(literal))
            {
                see(*index, start);
            }
        }
    }
}

/// The bit that letters of ASCII differ by in case. What it makes alike besides them is told apart when literals are compared.
const CASE: u8 = 0x20;

#[inline]
fn folded(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes) | u64::from_le_bytes([CASE; 8])
}

fn gram(four: &[u8]) -> Option<u32> {
    let four: [u8; 4] = four.try_into().ok()?;
    Some(u32::from_le_bytes(four) | u32::from_le_bytes([CASE; 4]))
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
    let mut dense = Dense::default();
    for start in (0..bytes.len()).step_by(CHUNK) {
        let span = start..bytes.len().min(start + CHUNK);
        let chunk = bytes.get(span.clone()).unwrap_or_default();
        let (blocks, rest) = chunk.as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            look_at(block, start + number * BLOCK, &mut seen, &mut dense);
        }
        look_at(rest, span.end - rest.len(), &mut seen, &mut dense);
        anchors.find(bytes, span, &mut |index, at| seen.hits.push((index, at)));
        for (byte, index) in &anchors.bytes {
            seen.hits.extend(memchr::memchr_iter(*byte, chunk).map(|at| (*index, start + at)));
        }
    }
    seen.hits.sort_unstable_by_key(|(index, at)| (*at, *index));
    seen.escapes = has_escapes(bytes);
    seen.tokens = dense.words.iter().flat_map(|span| runs(bytes, span, TOKEN, &IN_TOKEN)).collect();
    seen.numbers = dense.numbers.iter().flat_map(|span| runs(bytes, span, NUMBERS, &IN_NUMBERS)).collect();
    seen
}

/// Where long runs may be: around blocks that have a group of bytes, all of which may stand in one.
#[derive(Default)]
struct Dense {
    words: Vec<Range<usize>>,
    numbers: Vec<Range<usize>>,
}

/// A run of 15 bytes holds one group of these, wherever it begins; what is left of it in the blocks around is shorter than two.
const GROUP: usize = 8;

/// Adds a block at `at` to spans that are in order.
fn widen(spans: &mut Vec<Range<usize>>, at: usize) {
    let (start, end) = (at.saturating_sub(2 * GROUP), at + BLOCK + 2 * GROUP);
    match spans.last_mut() {
        Some(last) if last.end >= start => last.end = end,
        _ => spans.push(start..end),
    }
}

/// Notes what bytes a block at `at` is made of, and whether digits stand beside letters in it, or letters alone, more often than in
/// prose.
#[inline]
fn look_at(block: &[u8], at: usize, seen: &mut Seen, dense: &mut Dense) {
    let letter = |byte: u8| (byte | CASE).wrapping_sub(b'a') < 26;
    let digit = |byte: u8| (byte.wrapping_sub(b'0') < 10) | (byte == b'@') | (byte == b'$');
    // More than the tables of runs have, in fewer steps: `+` to `/` and `@`, `$`, and all of ` ` to `;`.
    let mark_of_word = |byte: u8| (byte.wrapping_sub(b'+') < 5) | (byte == b'_');
    let of_number = |byte: u8| {
        (byte.wrapping_sub(b' ') < 28)
            | ((byte | CASE).wrapping_sub(b'a') < 6)
            | (byte == b'x')
            | (byte == b'\\')
    };
    let (mut words, mut tokens, mut numbers) = ([0_u8; BLOCK], [0_u8; BLOCK], [0_u8; BLOCK]);
    let (mut all, mut low, mut digits) = (0_u8, 0_u8, 0_u8);
    // A block has fewer bytes than a byte counts, and what checks for more cannot be done many at a time.
    for (((to, token), number), byte) in words.iter_mut().zip(&mut tokens).zip(&mut numbers).zip(block) {
        let is_digit = u8::from(digit(*byte));
        *to = u8::from(letter(*byte)) | is_digit;
        *token = *to | u8::from(mark_of_word(*byte));
        *number = u8::from(of_number(*byte));
        digits = digits.wrapping_add(is_digit);
        all |= *byte;
        low |= u8::from((*byte < 0x20) | (*byte == 0x7F));
    }
    seen.beyond_ascii |= all >= 0x80;
    if low != 0 && !seen.control {
        let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\n' | b'\t' | b'\r')) || *byte == 0x7F;
        seen.control = block.iter().any(control);
    }
    let has_group = |of: &[u8; BLOCK]| {
        let (groups, _) = of.as_chunks::<GROUP>();
        groups.iter().fold(false, |any, group| any | (*group == [1; GROUP]))
    };
    if has_group(&tokens) {
        widen(&mut dense.words, at);
    }
    if has_group(&numbers) {
        widen(&mut dense.numbers, at);
    }
    let mark = |ranges: &mut Vec<Range<usize>>| match ranges.last_mut() {
        Some(last) if last.end + BLOCK >= at => last.end = at + block.len(),
        _ => ranges.push(at..at + block.len()),
    };
    let second = block.get(1..).unwrap_or_default();
    // A digit has at most two letters beside it.
    if digits >= 3 {
        let mut mixed = 0_u8;
        for (one, two) in block.iter().zip(second) {
            let beside = (letter(*one) & digit(*two)) | (digit(*one) & letter(*two));
            mixed = mixed.wrapping_add(u8::from(beside));
        }
        if mixed >= 6 {
            mark(&mut seen.leet);
        }
    }
    let words = words.get(..block.len()).unwrap_or_default();
    let third = words.get(2..).unwrap_or_default();
    let mut gaps = 0_u8;
    for (one, three) in words.iter().zip(third) {
        gaps = gaps.wrapping_add((one | three) ^ 1);
    }
    // Whatever stands alone has a gap on either side.
    if gaps >= 8 {
        let mut alone = 0_u8;
        for ((one, two), three) in words.iter().zip(second).zip(third) {
            alone = alone.wrapping_add(u8::from(letter(*two)) & ((one | three) ^ 1));
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
    // Followed by what is no part of a word, which `a=10` is; or by the next one, where that is seldom.
    let quoted = || {
        let (mut signs, mut apart, mut in_a_row) = (0, 0, 0);
        for at in memchr::memchr_iter(b'=', bytes).filter(|at| hexadecimal(at + 1, 2)) {
            signs += 1;
            let next = bytes.get(at + 3);
            apart += u32::from(signs <= 64 && next.is_some_and(|next| !next.is_ascii_alphanumeric()));
            in_a_row += u32::from(next == Some(&b'='));
            if apart >= 2 || in_a_row >= 2 {
                return true;
            }
        }
        false
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

/// Runs of at least `least` members within a span. Looks at every `least`th byte and back from there: a run that long holds one of
/// them.
fn runs(bytes: &[u8], span: &Range<usize>, least: usize, members: &[bool; 256]) -> Vec<Range<usize>> {
    let within = bytes.get(..span.end.min(bytes.len())).unwrap_or_default();
    let is_member =
        |at: usize| within.get(at).is_some_and(|byte| members.get(usize::from(*byte)) == Some(&true));
    let mut found = Vec::new();
    let mut start = span.start; // no run that begins before is open
    let mut known = span.start; // members from start up to here
    while start + least <= within.len() {
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
        let rest = within.get(probe + 1..).unwrap_or_default();
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
        for before in 0..80 {
            for length in 15..50 {
                let text = format!("{}{} x", "a b ".repeat(before), "Z".repeat(length));
                let found = scan(&Anchors::new(Vec::new()), text.as_bytes()).tokens;
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
