//! Who vouches for a package: signatures of its registry, and attestations of who built it from what.
//!
//! Owns the judging of what a registry says. Never asks a registry itself, and is only told what one answered. What is wrong is an
//! error: nothing is installed on a false word. What is not there, or of a form that is not known here, vouches for nothing, and is
//! called that.

mod certificate;
mod sigstore;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use serde_json::Value;
use webpki::RawPublicKeyEntity;
use webpki::ring::ECDSA_P256_SHA256;

use certificate::Holder;
use sigstore::Bundle;
pub use sigstore::Roots;

/// Signatures, and attestations, that are looked at.
const MOST: usize = 16;
/// What npm's own registry says when it publishes, which is no word of whoever built it.
const PUBLISHED: &str = "https://github.com/npm/attestation/";

/// Who vouches for an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouched {
    /// What was verified, as a lock has it.
    pub statements: BTreeSet<String>,
    /// What is there and was not verified, and why.
    pub notes: BTreeSet<String>,
}

/// Why something that a registry says vouches for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// It cannot be judged here.
    Unknown(&'static str),
    /// It is false.
    Wrong(&'static str),
}

/// The one artifact that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    /// The package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// As in Subresource Integrity.
    pub integrity: &'a str,
}

impl Vouched {
    /// Takes in a registry's signatures: `dist.signatures` of a version, and what `/-/npm/v1/keys` has.
    ///
    /// # Errors
    /// In words, what is wrong with one that is signed by a key of the registry.
    pub fn signatures(&mut self, of: Artifact<'_>, signatures: &Value, keys: &Value) -> Result<(), String> {
        let Artifact { package, version, integrity } = of;
        let signed = format!("{package}@{version}:{integrity}");
        for one in signatures.as_array().into_iter().flatten().take(MOST) {
            let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
            let id = text("keyid");
            let key = keys.get("keys").and_then(Value::as_array).into_iter().flatten();
            let key = key.filter(|key| key.get("keyid").and_then(Value::as_str) == Some(id));
            let key = key.filter_map(|key| STANDARD.decode(key.get("key")?.as_str()?).ok()).next();
            let Some(key) = key else {
                self.note("a signature of the registry is there and was not verified: the registry does not show its key");
                continue;
            };
            let key = SubjectPublicKeyInfoDer::from(key);
            let bytes = STANDARD.decode(text("sig")).unwrap_or_default();
            RawPublicKeyEntity::try_from(&key)
                .and_then(|key| key.verify_signature(ECDSA_P256_SHA256, signed.as_bytes(), &bytes))
                .map_err(|_| "the registry's signature is not of these bytes".to_owned())?;
            let is_plain = id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic());
            self.statements
                .insert(format!("signature {}", if is_plain { id } else { "of a key without a name" }));
        }
        Ok(())
    }

    /// Takes in attestations, as `/-/npm/v1/attestations/NAME@VERSION` has them.
    ///
    /// # Errors
    /// In words, what is wrong with one of them.
    pub fn npm(&mut self, of: Artifact<'_>, answer: &Value, roots: &Roots) -> Result<(), String> {
        let Artifact { package, version, integrity } = of;
        let name = format!("pkg:npm/{}@{version}", package.replacen('@', "%40", 1));
        for one in answer.get("attestations").and_then(Value::as_array).into_iter().flatten().take(MOST) {
            // Signed by a key of the registry, which its signatures say as well.
            let is_own = one.get("predicateType").and_then(Value::as_str);
            if is_own.is_some_and(|kind| kind.starts_with(PUBLISHED)) {
                continue;
            }
            let bundle = one.get("bundle").and_then(Bundle::of_npm);
            let judged = attested(bundle, roots, |subject| {
                let digests = subject.get("digest");
                let is_digest = ["sha512", "sha256"].iter().any(|kind| {
                    digests
                        .and_then(|digests| digests.get(kind)?.as_str())
                        .and_then(|hex| sri(kind, hex))
                        .as_deref()
                        == Some(integrity)
                });
                is_digest && subject.get("name").and_then(Value::as_str) == Some(&name)
            });
            self.take(judged)?;
        }
        Ok(())
    }

    /// Takes in attestations of a file, as `/integrity/PROJECT/VERSION/FILE/provenance` has them (PEP 740).
    ///
    /// # Errors
    /// In words, what is wrong with one of them.
    pub fn pypi(&mut self, file: &str, integrity: &str, answer: &Value, roots: &Roots) -> Result<(), String> {
        let bundles = answer.get("attestation_bundles").and_then(Value::as_array);
        for bundle in bundles.into_iter().flatten().take(MOST) {
            let publisher = |key: &str| bundle.pointer(&format!("/publisher/{key}")).and_then(Value::as_str);
            for one in bundle.get("attestations").and_then(Value::as_array).into_iter().flatten().take(MOST) {
                let judged = attested(Bundle::of_pypi(one), roots, |subject| {
                    let hex = subject.pointer("/digest/sha256").and_then(Value::as_str);
                    hex.and_then(|hex| sri("sha256", hex)).as_deref() == Some(integrity)
                        && subject.get("name").and_then(Value::as_str) == Some(file)
                });
                let judged = judged.and_then(|holder| {
                    // Whom the index expects: the same workflow, of any branch or tag.
                    let expected =
                        publisher("repository").zip(publisher("workflow")).map(|(repository, workflow)| {
                            format!("https://github.com/{repository}/.github/workflows/{workflow}@")
                        });
                    match expected.filter(|_| publisher("kind") == Some("GitHub")) {
                        Some(expected) if !holder.name.starts_with(&expected) => {
                            Err(Doubt::Wrong("it is by somebody else than the index says"))
                        }
                        _ => Ok(holder),
                    }
                });
                self.take(judged)?;
            }
        }
        Ok(())
    }

    /// Says that nothing could be asked.
    pub fn unasked(&mut self, why: &str) {
        let why: String = why.chars().take(300).collect();
        self.note(&format!("who vouches for it could not be asked: {}", crate::visible(&why)));
    }

    fn take(&mut self, judged: Result<Holder, Doubt>) -> Result<(), String> {
        match judged {
            Ok(Holder { name, issuer, commit }) => {
                let commit = commit.unwrap_or_else(|| "-".into());
                self.statements.insert(format!("attestation {name} {commit} {issuer}"));
            }
            Err(Doubt::Unknown(why)) => {
                self.note(&format!("an attestation is there and was not verified: {why}"))
            }
            Err(Doubt::Wrong(why)) => return Err(format!("an attestation is false: {why}")),
        }
        Ok(())
    }

    fn note(&mut self, note: &str) {
        self.notes.insert(note.to_owned());
    }
}

/// Who attests; each statement is about one artifact that `is_ours`.
fn attested(
    bundle: Option<Bundle<'_>>,
    roots: &Roots,
    is_ours: impl Fn(&Value) -> bool,
) -> Result<Holder, Doubt> {
    let bundle = bundle.ok_or(Doubt::Unknown("it is of a form that is not known here"))?;
    let (statement, holder) = bundle.verified(roots)?;
    let subjects = statement.get("subject").and_then(Value::as_array);
    match subjects.into_iter().flatten().any(is_ours) {
        true => Ok(holder),
        false => Err(Doubt::Wrong("it is about something else")),
    }
}

/// A digest in hexadecimal, as in Subresource Integrity.
fn sri(kind: &str, hex: &str) -> Option<String> {
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect();
    Some(format!("{kind}-{}", STANDARD.encode(bytes?)))
}
