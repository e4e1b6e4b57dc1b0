//! SSH signatures (OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f): read and verified here, made by `ssh-keygen -Y sign`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature as algorithm;
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

/// What the signature is for: one that was made for another purpose never counts.
pub const NAMESPACE: &str = "mantrap-entry";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
/// Bytes of the longest armour: one by an RSA key of 8192 bits is a third of it.
const LONGEST: usize = 16 * 1024;

/// Why a signature is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadSignature {
    /// Not what `ssh-keygen -Y sign` writes.
    #[error("it is no SSH signature: {0}")]
    Malformed(&'static str),
    /// Made for something else.
    #[error("it was made for `{0}`; sign with `-n {NAMESPACE}`")]
    Namespace(String),
    /// An algorithm that is weak or unknown here.
    #[error("`{0}` is not accepted; use an Ed25519, ECDSA P-256 or P-384 key, or RSA of 2048 bits or more")]
    Algorithm(String),
    /// A security key that nobody touched.
    #[error("nobody touched the security key when it signed")]
    Untouched,
    /// It belongs to another text or another key.
    #[error("it does not fit what is there")]
    Wrong,
}

const CUT: BadSignature = BadSignature::Malformed("it ends early");

/// A public key: the bytes that SSH calls its blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(pub(super) Vec<u8>);

impl Key {
    /// `SHA256:` and base64, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, &self.0);
        format!("SHA256:{}", STANDARD_NO_PAD.encode(hash))
    }
}

/// A signature, read.
#[derive(Clone, Debug)]
pub struct Signature {
    key: Key,
    reserved: Vec<u8>,
    hash: String,
    value: Vec<u8>,
}

impl Signature {
    /// Reads an armoured signature.
    ///
    /// # Errors
    /// When it is none, or was made for another namespace.
    pub fn parse(armour: &str) -> Result<Self, BadSignature> {
        let malformed = |why| BadSignature::Malformed(why);
        if armour.len() > LONGEST {
            return Err(malformed("it is too long"));
        }
        let body = armour.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let body: String = body.ok_or(malformed("it has no armour"))?.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(body).map_err(|_| malformed("its armour holds no base64"))?;
        let mut reader = Reader(&bytes);
        if reader.take(MAGIC.len()) != Some(MAGIC) || reader.number() != Some(1) {
            return Err(malformed("it is of another version"));
        }
        let key = Key(reader.string().ok_or(CUT)?.to_vec());
        let namespace = reader.text().ok_or(CUT)?;
        let reserved = reader.string().ok_or(CUT)?.to_vec();
        let hash = reader.text().ok_or(CUT)?;
        let value = reader.string().ok_or(CUT)?.to_vec();
        if !reader.0.is_empty() {
            return Err(malformed("something stands behind it"));
        }
        if namespace != NAMESPACE {
            return Err(BadSignature::Namespace(namespace.chars().take(80).collect()));
        }
        Ok(Self { key, reserved, hash, value })
    }

    /// Whose it says it is; [`verify`](Self::verify) says whether that is so.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Whether the key signed `message`.
    ///
    /// # Errors
    /// When it did not, or in a way that is not accepted.
    pub fn verify(&self, message: &[u8]) -> Result<(), BadSignature> {
        let hash = match self.hash.as_str() {
            "sha256" => &ring::digest::SHA256,
            "sha512" => &ring::digest::SHA512,
            other => return Err(unknown(other)),
        };
        let mut signed = MAGIC.to_vec();
        put(NAMESPACE.as_bytes(), &mut signed);
        put(&self.reserved, &mut signed);
        put(self.hash.as_bytes(), &mut signed);
        put(ring::digest::digest(hash, message).as_ref(), &mut signed);
        self.check(signed)
    }

    fn check(&self, mut signed: Vec<u8>) -> Result<(), BadSignature> {
        let (mut key, mut value) = (Reader(&self.key.0), Reader(&self.value));
        let kind = key.text().ok_or(CUT)?;
        let made = value.text().ok_or(CUT)?;
        let bytes = value.string().ok_or(CUT)?;
        // An RSA key has several algorithms; every other key's is its own name.
        if kind != "ssh-rsa" && kind != made {
            return Err(BadSignature::Wrong);
        }
        let on_token = kind.strip_prefix("sk-").and_then(|kind| kind.strip_suffix("@openssh.com"));
        let good = match (on_token.unwrap_or(&kind), made.as_str()) {
            ("ssh-ed25519", _) => {
                let public = key.string().ok_or(CUT)?;
                signed = if on_token.is_some() { touched(&signed, &mut key, &mut value)? } else { signed };
                UnparsedPublicKey::new(&algorithm::ED25519, public).verify(&signed, bytes)
            }
            (name @ ("ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384"), _) => {
                let (algorithm, width): (&dyn VerificationAlgorithm, _) = match name {
                    "ecdsa-sha2-nistp256" => (&algorithm::ECDSA_P256_SHA256_FIXED, 32),
                    _ => (&algorithm::ECDSA_P384_SHA384_FIXED, 48),
                };
                if key.text().is_none_or(|curve| !name.ends_with(&curve) || curve.len() != "nistp256".len()) {
                    return Err(BadSignature::Wrong);
                }
                let public = key.string().ok_or(CUT)?;
                let bytes = fixed(bytes, width).ok_or(BadSignature::Wrong)?;
                signed = if on_token.is_some() { touched(&signed, &mut key, &mut value)? } else { signed };
                UnparsedPublicKey::new(algorithm, public).verify(&signed, &bytes)
            }
            ("ssh-rsa", "rsa-sha2-256" | "rsa-sha2-512") => {
                let parameters = match made.as_str() {
                    "rsa-sha2-256" => &algorithm::RSA_PKCS1_2048_8192_SHA256,
                    _ => &algorithm::RSA_PKCS1_2048_8192_SHA512,
                };
                let (e, n) = (key.positive().ok_or(CUT)?, key.positive().ok_or(CUT)?);
                RsaPublicKeyComponents { n, e }.verify(parameters, &signed, bytes)
            }
            _ => return Err(unknown(&made)),
        };
        let is_all = key.0.is_empty() && value.0.is_empty();
        if good.is_ok() && is_all { Ok(()) } else { Err(BadSignature::Wrong) }
    }
}

fn unknown(algorithm: &str) -> BadSignature {
    BadSignature::Algorithm(algorithm.chars().take(80).collect())
}

/// What a security key signs for `signed` (PROTOCOL.u2f): the hashes of what it is for and of the text, whether somebody
/// touched it, and its counter.
fn touched(signed: &[u8], key: &mut Reader<'_>, value: &mut Reader<'_>) -> Result<Vec<u8>, BadSignature> {
    let hash = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
    let application = key.string().ok_or(CUT)?;
    let flags = value.take(1).ok_or(CUT)?;
    let counter = value.take(4).ok_or(CUT)?;
    if flags.first().is_none_or(|flags| flags & 1 == 0) {
        return Err(BadSignature::Untouched);
    }
    Ok([hash(application).as_ref(), flags, counter, hash(signed).as_ref()].concat())
}

/// The two numbers of an ECDSA signature, each as `width` bytes.
fn fixed(bytes: &[u8], width: usize) -> Option<Vec<u8>> {
    let mut reader = Reader(bytes);
    let mut out = Vec::new();
    for _ in 0..2 {
        let number = reader.positive()?;
        out.resize(out.len() + width.checked_sub(number.len())?, 0);
        out.extend(number);
    }
    reader.0.is_empty().then_some(out)
}

fn put(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

/// The data types of RFC 4251, 5.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.string()?.to_vec()).ok()
    }

    /// A positive multiple-precision integer, without its leading zero.
    fn positive(&mut self) -> Option<&'a [u8]> {
        match self.string()? {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 128) => Some(rest),
            bytes if bytes.first().is_some_and(|first| (1..128).contains(first)) => Some(bytes),
            _ => None,
        }
    }
}
