//! Digests: SHA-256 of a file's bytes, of a tree's manifest, of a canonical document.
//!
//! A digest says what it is a digest of, so that one can never stand for the other: `sha256:` for bytes, `tree:` for the
//! manifest of a directory ([`tree`](mod@tree)).

pub mod canonical;
#[cfg(unix)]
pub mod known;
#[cfg(unix)]
pub mod measure;
#[cfg(unix)]
pub mod tree;

use std::fmt::{self, Write as _};
use std::str::FromStr;

use sha2::Digest as _;

/// What a digest is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// The bytes of a file or of a canonical document.
    Bytes,
    /// The manifest of a directory.
    Tree,
}

/// SHA-256, and of what. Written `sha256:` or `tree:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    of: Of,
    hash: [u8; 32],
}

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { of: Of::Bytes, hash: sha2::Sha256::digest(bytes).into() }
    }

    /// One that was calculated piece by piece.
    #[must_use]
    pub const fn new(of: Of, hash: [u8; 32]) -> Self {
        Self { of, hash }
    }

    /// What it is a digest of.
    #[must_use]
    pub const fn kind(&self) -> Of {
        self.of
    }

    /// The 32 bytes alone.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 32] {
        self.hash
    }

    /// The 64 hexadecimal digits alone: the name of the file that is kept under this digest.
    #[must_use]
    pub fn hex(&self) -> String {
        let mut out = String::with_capacity(64);
        for byte in self.hash {
            // Writing to a string cannot fail.
            let _ = write!(out, "{byte:02x}");
        }
        out
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.of {
            Of::Bytes => "sha256",
            Of::Tree => "tree",
        };
        write!(formatter, "{kind}:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Why a text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest; it is `sha256:` or `tree:` and 64 lower-case hexadecimal digits")]
pub struct BadDigest(String);

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let bad = || BadDigest(text.chars().take(80).collect());
        let (kind, hex) = text.split_once(':').ok_or_else(bad)?;
        let of = match kind {
            "sha256" => Of::Bytes,
            "tree" => Of::Tree,
            _ => return Err(bad()),
        };
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut hash = [0; 32];
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        if pairs.len() != hash.len() || !rest.is_empty() {
            return Err(bad());
        }
        for (place, [high, low]) in hash.iter_mut().zip(pairs) {
            *place = digit(high).ok_or_else(bad)? << 4 | digit(low).ok_or_else(bad)?;
        }
        Ok(Self { of, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(Digest::of(b"")));
        let tree: Digest = text.replace("sha256", "tree").parse().unwrap();
        assert_ne!(tree, Digest::of(b""), "a tree's digest is not a file's");
        for bad in [
            "",
            "sha256:",
            &text.to_uppercase(),
            &format!("{text}0"),
            text.get(..70).unwrap(),
            &text.replace("sha256", "sha1"),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
