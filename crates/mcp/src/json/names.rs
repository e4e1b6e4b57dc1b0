//! The names of the objects that are open while a message is scanned, and whether one of them comes twice.
//!
//! No hash and so no key to guess: names are compared pairwise in small objects and sorted in large ones, and
//! both their number and their bytes are bounded by the line.

use super::strings;

/// A name as it stands in the message, or, if escaped, decoded in [`Names::decoded`].
#[derive(Clone, Copy)]
struct Name {
    /// The first eight bytes, zeros behind the end: settles nearly every comparison.
    head: u64,
    start: u32,
    length: u32,
    escaped: bool,
}

/// Names of open objects, innermost last. Kept between messages for its memory.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    decoded: String,
}

/// Where the names of one object begin.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    names: usize,
    decoded: usize,
}

impl std::fmt::Debug for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}+{}", self.start, self.length)
    }
}

impl Names {
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.decoded.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Where an object that begins now has its names.
    pub(super) fn mark(&self) -> Mark {
        Mark { names: self.names.len(), decoded: self.decoded.len() }
    }

    /// Remembers the name between `start` and `end` of `text`, which are inside its quotes.
    #[inline]
    pub(super) fn push(&mut self, text: &str, start: usize, end: usize, escaped: bool) {
        let (start, end) = if escaped {
            let first = self.decoded.len();
            strings::decode_into(text.get(start..end).unwrap_or_default(), &mut self.decoded);
            (first, self.decoded.len())
        } else {
            (start, end)
        };
        let source = if escaped { &self.decoded } else { text };
        let head = head(source.as_bytes(), start, end - start);
        self.names.push(Name { head, start: narrow(start), length: narrow(end - start), escaped });
    }

    /// Forgets the names since `mark`; whether they were all different.
    #[inline]
    pub(super) fn close(&mut self, text: &str, mark: Mark) -> bool {
        let decoded = &self.decoded;
        let of = |name: &Name| -> &[u8] {
            let source = if name.escaped { decoded } else { text };
            let start = name.start as usize;
            source.as_bytes().get(start..start + name.length as usize).unwrap_or_default()
        };
        let names = self.names.get_mut(mark.names..).unwrap_or_default();
        let same = |a: &Name, b: &Name| {
            a.head == b.head && a.length == b.length && (a.length <= 8 || of(a) == of(b))
        };
        let twice = if names.len() <= 16 {
            let mut rest = &*names;
            let mut twice = false;
            while let Some((first, others)) = rest.split_first() {
                twice |= others.iter().any(|other| same(first, other));
                rest = others;
            }
            twice
        } else {
            names.sort_unstable_by(|a, b| {
                (a.head, a.length).cmp(&(b.head, b.length)).then_with(|| of(a).cmp(of(b)))
            });
            names.windows(2).any(|pair| matches!(pair, [a, b] if same(a, b)))
        };
        self.names.truncate(mark.names);
        self.decoded.truncate(mark.decoded);
        !twice
    }

    /// Gives back what a large message made it take.
    pub(super) fn shrink(&mut self) {
        self.names.shrink_to(256);
        self.decoded.shrink_to(256);
    }
}

#[inline]
fn head(bytes: &[u8], start: usize, length: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or_default();
    let word = if let Some(word) = rest.first_chunk::<8>() {
        u64::from_le_bytes(*word)
    } else {
        let mut word = [0; 8];
        word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(word)
    };
    match length {
        0 => 0,
        1..8 => word & (u64::MAX >> (64 - 8 * length)),
        _ => word,
    }
}

/// Lines are shorter than 4 GiB: `Scanner::read` refuses longer ones.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
