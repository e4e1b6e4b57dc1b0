//! Who vouches for a package: signatures and attestations by an authority, a log and a registry of the test's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mantrap_launch::provenance::{Artifact, Roots, Vouched};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("vouch::every_part_of_an_attestation_has_to_be_true", attestations),
    ("vouch::a_signature_is_of_one_artifact_and_by_a_key_that_is_shown", signatures),
    ("vouch::the_roots_of_sigstore_are_read", roots),
];

/// November 2023, when the certificates of this page are good.
const THEN: u64 = 1_700_000_000;
const BUILDER: &str = "https://github.com/acme/server/.github/workflows/release.yml@refs/tags/v1";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    /// SubjectPublicKeyInfo.
    pub(crate) fn public(&self) -> Vec<u8> {
        let curve = [
            &[6, 7][..],
            &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
            &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        ];
        let point = [&[0], self.0.public_key().as_ref()].concat();
        der(0x30, &[der(0x30, &[curve.concat()]), der(3, &[point])])
    }
}

fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let inner = parts.concat();
    let length = match inner.len() {
        short @ 0..=0x7f => vec![short as u8],
        one @ 0x80..=0xff => vec![0x81, one as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [vec![tag], length, inner].concat()
}

fn certificate(by: &Key, of: &Key, extensions: &[Vec<u8>], subject: &[Vec<u8>]) -> Vec<u8> {
    let algorithm = || der(0x30, &[der(6, &[vec![0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]);
    let time = |text: &str| der(0x17, &[text.as_bytes().to_vec()]);
    let signed = der(
        0x30,
        &[
            der(0xa0, &[der(2, &[vec![2]])]),
            der(2, &[vec![1]]),
            algorithm(),
            der(0x30, &[name()]),
            der(0x30, &[time("231114220000Z"), time("231114230000Z")]),
            der(0x30, subject),
            of.public(),
            der(0xa3, &[der(0x30, extensions)]),
        ],
    );
    let signature = [vec![0], by.sign(&signed)].concat();
    der(0x30, &[signed, algorithm(), der(3, &[signature])])
}

fn name() -> Vec<u8> {
    der(0x31, &[der(0x30, &[der(6, &[vec![0x55, 4, 3]]), der(0x0c, &[b"test".to_vec()])])])
}

fn extension(id: &[u8], critical: &[u8], value: Vec<u8>) -> Vec<u8> {
    der(0x30, &[der(6, &[id.to_vec()]), critical.to_vec(), der(4, &[value])])
}

/// Authority, log and builder.
pub(crate) struct Signer {
    authority: Key,
    log: Key,
    leaf: Key,
    certificate: Vec<u8>,
    pub(crate) time: u64,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let (authority, log, leaf) = (Key::new(), Key::new(), Key::new());
        let fulcio = |last| [0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, last];
        let text = |text: &str| der(0x0c, &[text.as_bytes().to_vec()]);
        let extensions = [
            extension(&[0x55, 0x1d, 0x25], &[], der(0x30, &[der(6, &[vec![0x2b, 6, 1, 5, 5, 7, 3, 3]])])),
            extension(
                &[0x55, 0x1d, 0x11],
                &[1, 1, 0xff],
                der(0x30, &[der(0x86, &[BUILDER.as_bytes().to_vec()])]),
            ),
            extension(&fulcio(8), &[], text(ISSUER)),
            extension(&fulcio(13), &[], text(COMMIT)),
        ];
        let certificate = certificate(&authority, &leaf, &extensions, &[]);
        Self { authority, log, leaf, certificate, time: THEN }
    }

    pub(crate) fn roots(&self) -> Roots {
        let constraints = der(0x30, &[der(1, &[vec![0xff]])]);
        let own = [extension(&[0x55, 0x1d, 0x13], &[1, 1, 0xff], constraints)];
        let root = certificate(&self.authority, &self.authority, &own, &[name()]);
        let log = json!({ "id": STANDARD.encode(b"log"), "key": STANDARD.encode(self.log.public()) });
        let roots = json!({ "authorities": [STANDARD.encode(root)], "logs": [log] });
        Roots::read(&roots.to_string()).unwrap()
    }

    /// Signature, record and certificate of a statement.
    fn attest(&self, statement: &Value) -> (String, String, Value) {
        let payload = statement.to_string();
        let kind = "application/vnd.in-toto+json";
        let signed = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let signature = STANDARD.encode(self.leaf.sign(signed.as_bytes()));
        let encoded = STANDARD.encode(&self.certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
        let body = json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": {
            "payloadHash": { "algorithm": "sha256", "value": hex(&Sha256::digest(&payload)) },
            "signatures": [{ "signature": signature, "verifier": STANDARD.encode(pem) }],
        } });
        let body = STANDARD.encode(body.to_string());
        let promise = format!(
            r#"{{"body":"{body}","integratedTime":{},"logID":"{}","logIndex":7}}"#,
            self.time,
            hex(b"log")
        );
        let record = json!({
            "logIndex": "7",
            "logId": { "keyId": STANDARD.encode(b"log") },
            "integratedTime": self.time.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": STANDARD.encode(self.log.sign(promise.as_bytes())) },
            "canonicalizedBody": body,
        });
        (STANDARD.encode(payload), signature, record)
    }

    /// What npm's registry answers for an artifact with this name and these bytes.
    pub(crate) fn npm(&self, name: &str, bytes: &[u8]) -> Value {
        let (payload, signature, record) = self.attest(&json!({
            "subject": [{ "name": name, "digest": { "sha512": hex(&Sha512::digest(bytes)) } }],
        }));
        json!({ "attestations": [
            { "predicateType": "https://github.com/npm/attestation/tree/main/specs/publish/v0.1", "bundle": {} },
            { "predicateType": "https://slsa.dev/provenance/v1", "bundle": {
                "verificationMaterial": {
                    "certificate": { "rawBytes": STANDARD.encode(&self.certificate) },
                    "tlogEntries": [record],
                },
                "dsseEnvelope": { "payload": payload, "payloadType": "application/vnd.in-toto+json",
                    "signatures": [{ "sig": signature }] },
            } },
        ] })
    }

    /// What an index answers for a file.
    pub(crate) fn pypi(&self, file: &str, bytes: &[u8], workflow: &str) -> Value {
        let (statement, signature, record) = self.attest(
            &json!({ "subject": [{ "name": file, "digest": { "sha256": hex(&Sha256::digest(bytes)) } }] }),
        );
        json!({ "version": 1, "attestation_bundles": [{
            "publisher": { "kind": "GitHub", "repository": "acme/server", "workflow": workflow },
            "attestations": [{ "version": 1,
                "verification_material": { "certificate": STANDARD.encode(&self.certificate),
                    "transparency_entries": [record] },
                "envelope": { "statement": statement, "signature": signature } }],
        }] })
    }
}

/// What a lock says of the builder of this page.
pub(crate) fn statement() -> String {
    format!("attestation {BUILDER} {COMMIT} {ISSUER}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

fn attestations() {
    let (mut signer, bytes) = (Signer::new(), b"an archive".as_slice());
    let (roots, integrity) = (signer.roots(), integrity(bytes));
    let judged = |answer: &Value, roots: &Roots| {
        let mut vouched = Vouched::default();
        let of = Artifact { package: "@acme/server", version: "1.0.0", integrity: &integrity };
        vouched.npm(of, answer, roots).map(|()| vouched)
    };
    let good = signer.npm("pkg:npm/%40acme/server@1.0.0", bytes);
    let vouched = judged(&good, &roots).unwrap();
    assert_eq!(vouched.statements.into_iter().collect::<Vec<_>>(), [statement()]);
    assert!(vouched.notes.is_empty());

    let refused = |answer: &Value, why: &str| {
        let error = judged(answer, &roots).unwrap_err();
        assert!(error.contains(why), "{error}");
    };
    for other in ["pkg:npm/%40acme/server@1.0.1", "pkg:npm/other@1.0.0"] {
        refused(&signer.npm(other, bytes), "about something else");
    }
    refused(&signer.npm("pkg:npm/%40acme/server@1.0.0", b"other bytes"), "about something else");
    // Every text of it, one character different.
    let at = "/attestations/1/bundle/";
    for (place, why) in [
        ("dsseEnvelope/payload", "its signature is not by its certificate"),
        ("dsseEnvelope/signatures/0/sig", "its signature is not by its certificate"),
        ("verificationMaterial/certificate/rawBytes", "its certificate is none"),
        ("verificationMaterial/tlogEntries/0/canonicalizedBody", "not signed by the log"),
        ("verificationMaterial/tlogEntries/0/integratedTime", "not signed by the log"),
        ("verificationMaterial/tlogEntries/0/logIndex", "not signed by the log"),
        ("verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp", "not signed by the log"),
    ] {
        let mut bad = good.clone();
        let text = bad.pointer_mut(&format!("{at}{place}")).unwrap();
        let (first, rest) = text.as_str().unwrap().split_at(1);
        *text = format!("{}{rest}", if first == "8" { "9" } else { "8" }).into();
        let error = judged(&bad, &roots).unwrap_err();
        assert!(
            error.contains("false") && (error.contains(why) || error.contains("its ")),
            "{place}: {error}"
        );
    }
    // A record of another signature, by the same log.
    let mut bad = good.clone();
    let elsewhere = signer.npm("pkg:npm/other@1.0.0", bytes);
    let record = format!("{at}verificationMaterial/tlogEntries/0");
    *bad.pointer_mut(&record).unwrap() = elsewhere.pointer(&record).unwrap().clone();
    refused(&bad, "its record is of something else");

    // By an authority, or in a log, that nobody here knows: it vouches for nothing.
    let strange = judged(&Signer::new().npm("pkg:npm/%40acme/server@1.0.0", bytes), &roots);
    assert!(strange.is_err(), "the same name of a log and another key is a forgery");
    let vouched = judged(&good, &Roots::sigstore()).unwrap();
    assert!(vouched.statements.is_empty());
    assert!(vouched.notes.iter().any(|note| note.contains("not verified")), "{:?}", vouched.notes);

    // Signed when the certificate was not good.
    signer.time = THEN - 40_000_000;
    let roots = signer.roots();
    let late = judged(&signer.npm("pkg:npm/%40acme/server@1.0.0", bytes), &roots).unwrap_err();
    assert!(late.contains("not good when it was used"), "{late}");
}

fn signatures() {
    let key = Key::new();
    let integrity = integrity(b"an archive");
    let keys = json!({ "keys": [{ "keyid": "SHA256:test", "key": STANDARD.encode(key.public()) }] });
    let sign =
        |text: &str| json!([{ "keyid": "SHA256:test", "sig": STANDARD.encode(key.sign(text.as_bytes())) }]);
    let judged = |signatures: &Value, keys: &Value| {
        let mut vouched = Vouched::default();
        let of = Artifact { package: "server", version: "1.0.0", integrity: &integrity };
        vouched.signatures(of, signatures, keys).map(|()| vouched)
    };
    let good = sign(&format!("server@1.0.0:{integrity}"));
    let vouched = judged(&good, &keys).unwrap();
    assert_eq!(vouched.statements.into_iter().collect::<Vec<_>>(), ["signature SHA256:test"]);
    for other in [format!("server@1.0.1:{integrity}"), format!("other@1.0.0:{integrity}"), String::new()] {
        assert!(judged(&sign(&other), &keys).is_err(), "{other}");
    }
    let vouched = judged(&good, &json!({ "keys": [] })).unwrap();
    assert!(vouched.statements.is_empty() && vouched.notes.len() == 1);
}

fn roots() {
    // Two certificates of the authority and one log: an answer by an unknown one shows that there are some.
    let text = format!("{:?}", Roots::sigstore());
    assert_eq!(text.matches("CertificateDer").count(), 2, "{text}");
    assert_eq!(text.matches("SubjectPublicKeyInfoDer").count(), 1, "{text}");
}
