//! The digest of a JSON value, whatever the order of its members, its blanks and its escapes.

use std::fmt;
use std::str::FromStr;

use mantrap_mcp::{Batches, Envelope, Kind, Limits, Message, Raw, Scanner};
use sha2::{Digest as _, Sha256};

/// SHA-256. Written `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is `sha256:` and 64 lower-case hexadecimal digits")]
pub struct BadDigest;

impl Digest {
    /// Of these bytes as they are.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of what a value says: of its [`canonical`] form.
    #[must_use]
    pub fn of(value: Raw<'_>) -> Self {
        Self::of_bytes(&canonical(value))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let digits = text.strip_prefix("sha256:").ok_or(BadDigest)?.as_bytes();
        let value = |digit: &u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(BadDigest),
        };
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(BadDigest);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |sum, digit| Ok(sum << 4 | value(digit)?))?;
        }
        Ok(Self(bytes))
    }
}

/// Reads a value that was kept as text, as strictly as one that came over the wire; nothing where it is none.
pub fn read<T>(json: &str, with: impl FnOnce(Raw<'_>) -> T) -> Option<T> {
    let line = format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"value":{json}}}}}"#);
    let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).ok()?;
    let Message::Single(Envelope::Result { result, .. }) = message else { return None };
    // More than one member would be more than one value.
    let mut members = result.members();
    let (_, value) = members.next()?;
    members.next().is_none().then(|| with(value))
}

/// A value in the form of RFC 8785 (JCS): no blanks, members by the UTF-16 code units of their names, the shortest
/// escapes. One thing differs: a number stays as it is written, so that two numbers that a double cannot tell apart
/// are still two.
#[must_use]
pub fn canonical(value: Raw<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.json().len());
    write(value, &mut out);
    out
}

/// As deep as the scan lets values be.
fn write(value: Raw<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Object => {
            let mut members: Vec<_> = value.members().map(|(name, value)| (name.said(), value)).collect();
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push(b'{');
            for (nth, (name, value)) in members.into_iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                string(&name, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for (nth, element) in value.elements().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                write(element, out);
            }
            out.push(b']');
        }
        Kind::String => string(&value.text().unwrap_or_default(), out),
        Kind::Null | Kind::Boolean | Kind::Number => out.extend(value.json().bytes()),
    }
}

/// RFC 8785, 3.2.2.2: `serde_json` escapes just that much and just so. Writing to memory cannot fail.
fn string(text: &str, out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    #[test]
    fn the_example_of_the_rfc_holds_but_for_its_numbers() {
        // RFC 8785, 3.2.2 and 3.2.3.
        let text =
            r#"{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false],
            "1": 1E30, "\r": 4.50, "\ud83d\ude00": {}, "\ufb33": [] }"#
                .replace('\n', " ");
        let expected = "{\"\\r\":4.50,\"1\":1E30,\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"\u{1f600}\":{},\"\u{fb33}\":[]}";
        raw(&text, |value| assert_eq!(String::from_utf8(canonical(value)).unwrap(), expected));
    }

    #[test]
    fn what_says_the_same_has_one_digest_and_what_does_not_has_another() {
        let digest = |text: &str| raw(text, Digest::of);
        assert_eq!(digest(r#"{"a":[1, 2],"b":"\u00e9"}"#), digest(r#"{ "b":"é","\u0061":[1,2]}"#));
        let all = [
            r#"{"a":[1,2]}"#,
            r#"{"a":[2,1]}"#,
            r#"{"a":[12]}"#,
            r#"{"a":["1",2]}"#,
            r#"{"a":[1,2],"b":null}"#,
            "9007199254740993",
            "9007199254740992",
            r#""a\u200bb""#,
            r#""ab""#,
            "[]",
            "{}",
        ];
        for (nth, one) in all.iter().enumerate() {
            for other in &all[nth + 1..] {
                assert_ne!(digest(one), digest(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_digest_is_read_as_it_is_written_and_not_otherwise() {
        let digest = Digest::of_bytes(b"x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for wrong in ["", "sha256:", &digest.to_string().to_uppercase(), &format!("{digest}0"), "sha256:zz"] {
            assert_eq!(wrong.parse::<Digest>(), Err(BadDigest), "{wrong}");
        }
    }
}
