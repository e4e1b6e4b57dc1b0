//! Signed notes and their keys (c2sp.org/signed-note): Ed25519, and nothing else.
//!
//! A key is written as Go's `sumdb/note` writes it, so that its tools read ours.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::merkle::Hash;

/// Signature type of Ed25519.
const ED25519_TYPE: u8 = 1;
/// Bytes of the largest note that is looked at.
const LARGEST_NOTE: usize = 64 * 1024;
const MOST_SIGNATURES: usize = 64;
const SIGNATURE_LINE: &str = "\u{2014} ";

/// Why text is no note of the key that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// It does not have the form of a signed note.
    #[error("it is not a signed note")]
    Malformed,
    /// Other keys signed it.
    #[error("the expected key did not sign it")]
    Unsigned,
    /// The signature is not that of the text.
    #[error("the signature is not that of the text")]
    Forged,
}

/// Why text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not an Ed25519 key of a signed note (`name+id+base64`)")]
pub struct BadKey;

/// The public key of a journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: u32,
    key: [u8; 32],
}

impl Verifier {
    fn new(name: &str, key: [u8; 32]) -> Result<Self, BadKey> {
        if !is_name(name) {
            return Err(BadKey);
        }
        let mut named = format!("{name}\n").into_bytes();
        named.push(ED25519_TYPE);
        named.extend(key);
        let [a, b, c, d, ..] = Hash::plain(&named).0;
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes([a, b, c, d]), key })
    }

    /// The name of the key, which is the origin of the journal.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key signed. Other keys' signatures are passed over, as the specification wants.
    ///
    /// # Errors
    /// When it is no note, or this key did not sign it, or the signature is wrong.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, BadNote> {
        let (text, signatures) = split(note)?;
        let mut found = Err(BadNote::Unsigned);
        for line in signatures.lines() {
            let (name, signature) = signature(line)?;
            match signature.split_first_chunk::<4>() {
                Some((id, signature)) if name == self.name && u32::from_be_bytes(*id) == self.id => {
                    let key = UnparsedPublicKey::new(&ED25519, &self.key);
                    key.verify(text.as_bytes(), signature).map_err(|_| BadNote::Forged)?;
                    found = Ok(text);
                }
                Some(_) => {}
                None => return Err(BadNote::Malformed),
            }
        }
        found
    }

    /// As [`Self::open`], of a note that carries this one signature: no byte of it is without meaning.
    pub(crate) fn open_sole<'a>(&self, note: &'a str) -> Result<&'a str, BadNote> {
        let (_, signatures) = split(note)?;
        if signatures.lines().count() != 1 {
            return Err(BadNote::Malformed);
        }
        self.open(note)
    }
}

impl FromStr for Verifier {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let (name, rest) = text.split_once('+').ok_or(BadKey)?;
        let (id, key) = rest.split_once('+').ok_or(BadKey)?;
        let verifier = Self::new(name, typed_key(key)?)?;
        if verifier.to_string() == format!("{name}+{id}+{key}") { Ok(verifier) } else { Err(BadKey) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, with_type(&self.key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The private key of a journal.
pub(crate) struct Signer {
    verifier: Verifier,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl Signer {
    /// A new key, named by `name` and sixteen hexadecimal digits of its own.
    ///
    /// # Errors
    /// When the system has no randomness, or the name is none.
    pub(crate) fn generate(name: &str) -> Result<Self, BadKey> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| BadKey)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| BadKey)?;
        let own: String = Hash::plain(pair.public_key().as_ref())
            .0
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self::new(&format!("{name}/{own}"), seed)
    }

    pub(crate) fn new(name: &str, seed: [u8; 32]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| BadKey)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| BadKey)?;
        Ok(Self { verifier: Verifier::new(name, key)?, seed, pair })
    }

    /// The public key.
    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The note of a text, which ends with a newline.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier.id.to_be_bytes().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{SIGNATURE_LINE}{} {}\n", self.verifier.name, STANDARD.encode(signature))
    }

    /// The secret text from which [`str::parse`] makes this key again.
    pub(crate) fn to_secret_text(&self) -> String {
        format!("PRIVATE+KEY+{}+{:08x}+{}", self.verifier.name, self.verifier.id, with_type(&self.seed))
    }
}

impl FromStr for Signer {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let (name, rest) = text.strip_prefix("PRIVATE+KEY+").ok_or(BadKey)?.split_once('+').ok_or(BadKey)?;
        let (_, seed) = rest.split_once('+').ok_or(BadKey)?;
        let signer = Self::new(name, typed_key(seed)?)?;
        // The id is that of the public key: a seed that was changed does not pass.
        if signer.to_secret_text() == text { Ok(signer) } else { Err(BadKey) }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private key of {}", self.verifier)
    }
}

fn with_type(key: &[u8; 32]) -> String {
    let mut bytes = vec![ED25519_TYPE];
    bytes.extend(key);
    STANDARD.encode(bytes)
}

fn typed_key(text: &str) -> Result<[u8; 32], BadKey> {
    match STANDARD.decode(text).map_err(|_| BadKey)?.split_first() {
        Some((&ED25519_TYPE, key)) => key.try_into().map_err(|_| BadKey),
        _ => Err(BadKey),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control())
}

/// The text with its last newline, and the signature lines.
fn split(note: &str) -> Result<(&str, &str), BadNote> {
    if note.len() > LARGEST_NOTE || note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(BadNote::Malformed);
    }
    let at = note.rfind("\n\n").ok_or(BadNote::Malformed)?;
    let (text, rest) = note.split_at_checked(at + 1).ok_or(BadNote::Malformed)?;
    let signatures = rest.strip_prefix('\n').unwrap_or_default();
    let count = signatures.lines().count();
    if !signatures.ends_with('\n') || count == 0 || count > MOST_SIGNATURES {
        return Err(BadNote::Malformed);
    }
    Ok((text, signatures))
}

/// Name and decoded bytes of a signature line.
fn signature(line: &str) -> Result<(&str, Vec<u8>), BadNote> {
    let line = line.strip_prefix(SIGNATURE_LINE).ok_or(BadNote::Malformed)?;
    let (name, encoded) = line.split_once(' ').ok_or(BadNote::Malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| BadNote::Malformed)?;
    if is_name(name) && bytes.len() > 4 { Ok((name, bytes)) } else { Err(BadNote::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation of Go's golang.org/x/mod/sumdb/note.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_implementation_opens() {
        let verifier: Verifier = KEY.parse().unwrap();
        assert_eq!(verifier.to_string(), KEY);
        assert!(verifier.open_sole(NOTE).unwrap().ends_with("your problem is.\n"));
    }

    #[test]
    fn no_byte_of_a_note_or_a_key_can_change() {
        let verifier: Verifier = KEY.parse().unwrap();
        for at in 0..NOTE.len() {
            for bit in 0..8 {
                let mut bytes = NOTE.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    assert!(verifier.open_sole(text).is_err(), "{at} {bit}");
                }
            }
        }
        let secret = Signer::generate("journal").unwrap().to_secret_text();
        for at in 0..secret.len() {
            let mut bytes = secret.as_bytes().to_vec();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(changed.parse::<Signer>().is_err(), "{changed}");
        }
    }

    #[test]
    fn other_keys_signatures_are_passed_over_and_a_forged_one_is_not() {
        let (one, other) = (Signer::generate("journal").unwrap(), Signer::generate("journal").unwrap());
        let note = one.sign("text\n");
        let line = other.sign("text\n").lines().last().unwrap().to_owned();
        let both = format!("{note}{line}\n");
        assert_eq!(one.verifier().open(&both), Ok("text\n"));
        assert_eq!(other.verifier().open(&both), Ok("text\n"));
        assert_eq!(other.verifier().open(&note), Err(BadNote::Unsigned));
        assert_eq!(one.verifier().open_sole(&both), Err(BadNote::Malformed));
        assert_eq!(one.verifier().open(&both.replace("text", "test")), Err(BadNote::Forged));
    }

    #[test]
    fn a_private_key_comes_back_from_its_text_and_never_from_its_debug_form() {
        let signer = Signer::generate("journal").unwrap();
        let again: Signer = signer.to_secret_text().parse().unwrap();
        assert_eq!(again.verifier(), signer.verifier());
        assert!(!format!("{signer:?}").contains(&with_type(&signer.seed)));
    }
}
