//! JSON as it stands in a line: borrowed, in order, nothing lost.
//!
//! A [`Raw`] is a value that the strict scan has passed, so its own methods never fail on syntax; they only look. It
//! owns nothing and converts nothing that is not asked for.

mod names;
mod numbers;
mod scan;
mod strings;

use std::borrow::Cow;

pub(crate) use scan::{Fault, Scan, blanks, unexpected};
use strings::Longest;

use crate::refusal::Reason;

/// One JSON value inside a message, known to be legal and without duplicate members at any depth.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    json: &'a str,
    longest: Longest,
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for Raw<'_> {}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number, of any size that a double can hold.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'a> Raw<'a> {
    /// Only of what a scan has passed, without blanks around it.
    pub(crate) const fn of_scanned(json: &'a str, longest: Longest) -> Self {
        Self { json, longest }
    }

    /// The value as it is written.
    #[must_use]
    pub const fn json(self) -> &'a str {
        self.json
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.json.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// A string; nothing of another kind.
    #[must_use]
    pub fn string(self) -> Option<Text<'a>> {
        self.json.strip_prefix('"')?.strip_suffix('"').map(Text)
    }

    /// What a string says, escapes resolved; nothing of another kind.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        self.string().map(Text::said)
    }

    /// A number without fraction and exponent that 64 bits hold; `-0` is none.
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        (self.kind() == Kind::Number && self.json != "-0").then(|| self.json.parse().ok())?
    }

    /// A truth value.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.json {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The members of an object in their order; none of another kind.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        Members(Walk::new(self, b'{'))
    }

    /// The elements of an array in their order; none of another kind.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        Elements(Walk::new(self, b'['))
    }

    /// The member of an object whose decoded name is this.
    ///
    /// # Errors
    /// [`Reason::CaseVariant`] when a member differs from it only in case: readers that fold names (Go's
    /// `encoding/json`) would take that one.
    pub fn field(self, name: &str) -> Result<Option<Raw<'a>>, Reason> {
        self.fields([name]).map(|[field]| field)
    }

    /// Several members at once, in one pass.
    ///
    /// # Errors
    /// As [`Raw::field`].
    pub fn fields<const N: usize>(self, names: [&str; N]) -> Result<[Option<Raw<'a>>; N], Reason> {
        let mut found = [None; N];
        for (name, value) in self.members() {
            let name = name.said();
            for (field, wanted) in found.iter_mut().zip(names) {
                if name == wanted {
                    *field = Some(value);
                } else if folds_to(&name, wanted) {
                    return Err(Reason::CaseVariant);
                }
            }
        }
        Ok(found)
    }

    /// Every string inside this value, names of members included, in their order. What nobody has a type for is
    /// still read by whoever screens text.
    #[must_use]
    pub const fn strings(self) -> Strings<'a> {
        Strings { text: self.json, longest: self.longest, at: 0 }
    }
}

/// Whether `name` is `wanted` to a reader that ignores case, but not letter for letter. `wanted` is ASCII.
///
/// Besides ASCII, two letters fold into it: U+017F to `s` and U+212A to `k` (Unicode simple folding, as Go does).
pub(crate) fn folds_to(name: &str, wanted: &str) -> bool {
    if name.len() == wanted.len() {
        return name != wanted && name.eq_ignore_ascii_case(wanted);
    }
    if name.is_ascii() || name.len() < wanted.len() || name.len() > 3 * wanted.len() {
        return false;
    }
    let folded = name.chars().map(|letter| match letter {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    });
    folded.eq(wanted.chars().map(|letter| letter.to_ascii_lowercase()))
}

/// A string inside a message, or the name of a member: between its quotes, escapes and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// What the string between these quotes of a scanned text says.
    pub(crate) const fn of_scanned(inside: &'a str) -> Self {
        Self(inside)
    }

    /// How it is written. What it says is at most as long.
    #[must_use]
    pub const fn spelled(self) -> &'a str {
        self.0
    }

    /// What it says, escapes resolved.
    #[must_use]
    pub fn said(self) -> Cow<'a, str> {
        strings::decode(self.0)
    }
}

/// The members of an object: [`Raw::members`].
#[derive(Clone, Debug)]
pub struct Members<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Text<'a>, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let Walk { text, longest, at } = &mut self.0;
        let bytes = text.as_bytes();
        let quote = next_byte(bytes, *at, b'"')?;
        let end = strings::end_of_legal(bytes, quote + 1, *longest);
        let name = Text(text.get(quote + 1..end)?);
        let value = blanks(bytes, next_byte(bytes, end + 1, b':')? + 1);
        self.0.take(value).map(|value| (name, value))
    }
}

/// The elements of an array: [`Raw::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a>(Walk<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        let from = blanks(self.0.text.as_bytes(), self.0.at);
        self.0.take(from)
    }
}

/// A way through a container: the place where the next name or element begins, behind blanks.
#[derive(Clone, Debug)]
struct Walk<'a> {
    text: &'a str,
    longest: Longest,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(of: Raw<'a>, opening: u8) -> Self {
        match of.json.as_bytes().first() {
            Some(&first) if first == opening => Self { text: of.json, longest: of.longest, at: 1 },
            _ => Self { text: "", longest: of.longest, at: 0 },
        }
    }

    /// The value at `from`, if it is one and not the end of the container.
    fn take(&mut self, from: usize) -> Option<Raw<'a>> {
        let bytes = self.text.as_bytes();
        let end = end_of_legal(bytes, from, self.longest);
        let value = self.text.get(from..end).filter(|value| !value.is_empty())?;
        let comma = blanks(bytes, end);
        self.at = if bytes.get(comma) == Some(&b',') { comma + 1 } else { bytes.len() };
        Some(Raw { json: value, longest: self.longest })
    }
}

/// Every string of a value: [`Raw::strings`].
#[derive(Clone, Debug)]
pub struct Strings<'a> {
    text: &'a str,
    longest: Longest,
    at: usize,
}

impl<'a> Iterator for Strings<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let bytes = self.text.as_bytes();
        let quote = next_byte(bytes, self.at, b'"')?;
        let end = strings::end_of_legal(bytes, quote + 1, self.longest);
        self.at = end + 1;
        self.text.get(quote + 1..end).map(Text)
    }
}

fn next_byte(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    memchr::memchr(byte, bytes.get(from..)?).map(|found| from + found)
}

/// The place behind the legal value at `from`; `from` itself where none begins.
fn end_of_legal(bytes: &[u8], from: usize, longest: Longest) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b'"') => {
                at = strings::end_of_legal(bytes, at + 1, longest) + 1;
            }
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(b'}' | b']') => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
                at += 1;
            }
            Some(b',' | b':' | b' ' | b'\t') => {
                if depth == 0 {
                    return at;
                }
                at += 1;
                continue;
            }
            // Part of a number or a word, which ends where something else begins.
            Some(_) => {
                at += 1;
                continue;
            }
            None => return at,
        }
        if depth == 0 {
            return at;
        }
    }
}
