//! One form for every DNS name: the same function for grants, DNS questions and TLS server names.
//!
//! Two parsers that disagree on a name are the oldest hole of allow-lists by name, so nothing else in mantrap compares
//! names: bytes become a [`Name`] here or they are refused. Names are ASCII; a name in another script is written in its
//! `xn--` form, by the user in a grant and by every resolver and TLS library on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bytes of the longest name in text form without the trailing dot (RFC 1035, section 2.3.4).
const NAME_BYTES: usize = 253;
/// Bytes of the longest label.
const LABEL_BYTES: usize = 63;

/// A DNS name in canonical form: ASCII, lower case, no trailing dot, labels of 1 to 63 bytes, no form of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A [`Name`] whose labels may be `*`, each standing for exactly one label. The last two labels are always spelled out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// Why bytes are not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing, or nothing between two dots.
    #[error("a label of the name is empty")]
    Empty,
    /// Longer than a DNS name may be.
    #[error("a name has at most 253 bytes and each of its labels at most 63")]
    Long,
    /// Not ASCII.
    #[error("only ASCII names are understood: write it in its `xn--` form")]
    Script,
    /// A byte that no host name contains.
    #[error("a name consists of letters, digits, `-`, `_` and dots")]
    Byte,
    /// A label begins or ends with a hyphen.
    #[error("a label neither begins nor ends with `-`")]
    Hyphen,
    /// Some program would read it as an address: `127.0.0.1`, `0x7f.1`, `2130706433`.
    #[error("this reads as an address, not as a name: write a plain address such as `203.0.113.5`")]
    Address,
    /// `*` where it is not understood.
    #[error("`*` stands for one whole label, and never for one of the last two: write `*.example.com`")]
    Wildcard,
}

impl Name {
    /// The name that these bytes spell, if they spell one.
    ///
    /// # Errors
    /// Where two programs could read the bytes differently, or as no name at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadName> {
        canonical(bytes, Stars::Refused).map(Self)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Pattern {
    /// The pattern that this text spells.
    ///
    /// # Errors
    /// As [`Name::parse`], and for a `*` that is not a whole label or is one of the last two.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let pattern = canonical(text.as_bytes(), Stars::Labels)?;
        let mut labels = pattern.rsplit('.');
        let end = [labels.next(), labels.next()];
        if end.contains(&Some("*")) {
            return Err(BadName::Wildcard);
        }
        Ok(Self(pattern))
    }

    /// Whether the name is one of those meant: label by label, as many labels, `*` for exactly one.
    #[must_use]
    pub fn matches(&self, name: &Name) -> bool {
        let mut wanted = self.0.split('.');
        let mut labels = name.0.split('.');
        loop {
            match (wanted.next(), labels.next()) {
                (None, None) => return true,
                (Some(wanted), Some(label)) if wanted == "*" || wanted == label => {}
                _ => return false,
            }
        }
    }

    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What `*` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stars {
    Refused,
    Labels,
}

fn canonical(bytes: &[u8], stars: Stars) -> Result<String, BadName> {
    let bytes = bytes.strip_suffix(b".").unwrap_or(bytes);
    if bytes.len() > NAME_BYTES {
        return Err(BadName::Long);
    }
    let mut name = String::with_capacity(bytes.len());
    for (place, label) in bytes.split(|&byte| byte == b'.').enumerate() {
        check_label(label, stars)?;
        if place > 0 {
            name.push('.');
        }
        name.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if reads_as_number(last) { Err(BadName::Address) } else { Ok(name) }
}

fn check_label(label: &[u8], stars: Stars) -> Result<(), BadName> {
    if label.is_empty() {
        return Err(BadName::Empty);
    }
    if label.len() > LABEL_BYTES {
        return Err(BadName::Long);
    }
    if !label.is_ascii() {
        return Err(BadName::Script);
    }
    if label.contains(&b'*') {
        return if label == b"*" && stars == Stars::Labels { Ok(()) } else { Err(BadName::Wildcard) };
    }
    if !label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        // The message for an address of IPv6 helps more.
        let address =
            label.contains(&b':') && label.iter().all(|&byte| byte == b':' || byte.is_ascii_hexdigit());
        return Err(if address { BadName::Address } else { BadName::Byte });
    }
    if label.starts_with(b"-") || label.ends_with(b"-") { Err(BadName::Hyphen) } else { Ok(()) }
}

/// Whether a resolver may take a name that ends in this label for an address (WHATWG URL, "ends in a number"): all
/// digits, or `0x` and hexadecimal digits, or `0x` alone. No top-level domain looks like this.
fn reads_as_number(label: &str) -> bool {
    let hexadecimal =
        label.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || label.bytes().all(|byte| byte.is_ascii_digit())
}

impl TryFrom<String> for Name {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(text.as_bytes())
    }
}

impl TryFrom<String> for Pattern {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_one_trailing_dot_make_no_difference() {
        for spelling in ["api.example.com", "API.Example.COM", "api.example.com.", "Api.Example.Com."] {
            assert_eq!(Name::parse(spelling.as_bytes()).unwrap().as_str(), "api.example.com");
        }
        assert_eq!(Name::parse(b"xn--bcher-kva.example").unwrap().as_str(), "xn--bcher-kva.example");
        assert_eq!(Name::parse(b"_acme.example").unwrap().as_str(), "_acme.example");
        assert_eq!(Name::parse(b"intranet").unwrap().as_str(), "intranet");
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_no_name() {
        let label = "a".repeat(64);
        let long = vec!["a".repeat(49); 6].join(".");
        let cases: [(&[u8], BadName); 24] = [
            (b"", BadName::Empty),
            (b".", BadName::Empty),
            (b"..", BadName::Empty),
            (b"example.com..", BadName::Empty),
            (b".example.com", BadName::Empty),
            (b"a..b", BadName::Empty),
            (b"allowed.example\0.evil.example", BadName::Byte),
            (b"evil.example%00.allowed.example", BadName::Byte),
            (b"evil.example#.allowed.example", BadName::Byte),
            (b"evil.example/.allowed.example", BadName::Byte),
            (b"evil.example@allowed.example", BadName::Byte),
            (b"allowed.example\n", BadName::Byte),
            (b" allowed.example", BadName::Byte),
            (b"allowed\t.example", BadName::Byte),
            ("bücher.example".as_bytes(), BadName::Script),
            ("allowed。example".as_bytes(), BadName::Script),
            (b"allowed.\xffexample", BadName::Script),
            (b"*.example.com", BadName::Wildcard),
            (b"-a.example", BadName::Hyphen),
            (b"a-.example", BadName::Hyphen),
            (b"::1", BadName::Address),
            (b"2001:db8::1", BadName::Address),
            (label.as_bytes(), BadName::Long),
            (long.as_bytes(), BadName::Long),
        ];
        for (bytes, why) in cases {
            assert_eq!(Name::parse(bytes), Err(why), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_no_name() {
        for spelling in [
            "127.0.0.1",
            "127.0.0.1.",
            "0x7f.1",
            "0x7F000001",
            "0X7f.0.0.0x1",
            "2130706433",
            "0177.1",
            "0177.0.0.01",
            "127.1",
            "0",
            "0x",
            "example.com.1",
            "a.0x1f",
            "1.2.3.4.5",
            "999.999.999.999",
        ] {
            assert_eq!(Name::parse(spelling.as_bytes()), Err(BadName::Address), "{spelling}");
        }
        for name in ["1.example", "127.0.0.1.example", "3com.com", "0xcafe.example", "1password.com"] {
            assert!(Name::parse(name.as_bytes()).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_star_is_exactly_one_label() {
        let pattern = Pattern::parse("*.Example.com").unwrap();
        let matches = |name: &str| pattern.matches(&Name::parse(name.as_bytes()).unwrap());
        assert!(matches("api.example.com") && matches("API.EXAMPLE.COM."));
        for other in [
            "example.com",
            "a.b.example.com",
            "api.example.com.evil.net",
            "apiexample.com",
            "api.example.org",
        ] {
            assert!(!matches(other), "{other}");
        }
        let inner = Pattern::parse("a.*.example.com").unwrap();
        assert!(inner.matches(&Name::parse(b"a.b.example.com").unwrap()));
        assert!(!inner.matches(&Name::parse(b"b.b.example.com").unwrap()));
    }

    #[test]
    fn a_star_for_half_a_label_or_a_whole_domain_is_refused() {
        for pattern in
            ["*", "*.com", "example.*", "*.*", "api*.example.com", "**.example.com", "a.*.com", "*.*.com"]
        {
            assert_eq!(Pattern::parse(pattern), Err(BadName::Wildcard), "{pattern}");
        }
        assert!(Pattern::parse("*.*.example.com").is_ok());
    }
}
