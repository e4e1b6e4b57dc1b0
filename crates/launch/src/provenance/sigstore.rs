//! Bundles of Sigstore: a statement, the signature on it, the certificate of whoever signed, and the record of a public log.
//!
//! Checked of each: the signature, the certificate's chain to an authority at the time of the record, the log's own signature on that
//! record, and that the record is of this very signature. Not checked: that the certificate is in a log of certificates, and that
//! the log is consistent (its promise is believed).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webpki::ring::{ECDSA_P256_SHA256, ECDSA_P384_SHA384};
use webpki::{EndEntityCert, KeyUsage, RawPublicKeyEntity, anchor_from_trusted_cert};

use super::Doubt;
use super::certificate::{self, Holder};

/// id-kp-codeSigning (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];
const STATEMENT: &str = "application/vnd.in-toto+json";

/// Whom to believe.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Certificates of authorities: those that sign themselves, and those between.
    authorities: Vec<CertificateDer<'static>>,
    /// Logs by their ids, each with its key.
    logs: Vec<(Vec<u8>, SubjectPublicKeyInfoDer<'static>)>,
}

impl Roots {
    /// Sigstore's public good instance, as its trust root of late 2025 has it.
    #[must_use]
    pub fn sigstore() -> Self {
        Self::read(include_str!("sigstore.json"))
            .unwrap_or(Self { authorities: Vec::new(), logs: Vec::new() })
    }

    /// `{"authorities": [CERTIFICATE…], "logs": [{"id": …, "key": SPKI}…]}`, everything in base64.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let all = |key: &str| value.get(key)?.as_array();
        let authorities = all("authorities")?.iter().map(|one| Some(decoded(one)?.into()));
        let log = |one: &Value| Some((decoded(one.get("id")?)?, decoded(one.get("key")?)?.into()));
        Some(Self {
            authorities: authorities.collect::<Option<_>>()?,
            logs: all("logs")?.iter().map(log).collect::<Option<_>>()?,
        })
    }
}

/// A signed statement and everything that comes with it, in the form of either registry.
pub(super) struct Bundle<'a> {
    pub(super) certificate: &'a Value,
    /// One record of a log.
    pub(super) record: &'a Value,
    pub(super) kind: &'a str,
    pub(super) payload: &'a Value,
    pub(super) signature: &'a Value,
}

impl<'a> Bundle<'a> {
    /// As npm has it (sigstore-bundle.proto).
    pub(super) fn of_npm(bundle: &'a Value) -> Option<Self> {
        let material = bundle.get("verificationMaterial")?;
        let envelope = bundle.get("dsseEnvelope")?;
        let chain = || material.pointer("/x509CertificateChain/certificates/0/rawBytes");
        Some(Self {
            certificate: material.pointer("/certificate/rawBytes").or_else(chain)?,
            record: material.pointer("/tlogEntries/0")?,
            kind: envelope.get("payloadType")?.as_str()?,
            payload: envelope.get("payload")?,
            signature: envelope.pointer("/signatures/0/sig")?,
        })
    }

    /// As PyPI has it (PEP 740).
    pub(super) fn of_pypi(attestation: &'a Value) -> Option<Self> {
        Some(Self {
            certificate: attestation.pointer("/verification_material/certificate")?,
            record: attestation.pointer("/verification_material/transparency_entries/0")?,
            kind: STATEMENT,
            payload: attestation.pointer("/envelope/statement")?,
            signature: attestation.pointer("/envelope/signature")?,
        })
    }

    /// The statement, and who made it.
    pub(super) fn verified(&self, roots: &Roots) -> Result<(Value, Holder), Doubt> {
        let wrong = |what: &'static str| move || Doubt::Wrong(what);
        if self.kind != STATEMENT {
            return Err(Doubt::Unknown("its statement is of another kind"));
        }
        let payload = decoded(self.payload).ok_or_else(wrong("its statement is no base64"))?;
        let signature = decoded(self.signature).ok_or_else(wrong("its signature is no base64"))?;
        let der = decoded(self.certificate).ok_or_else(wrong("its certificate is no base64"))?;
        let der = CertificateDer::from(der);
        let certificate =
            EndEntityCert::try_from(&der).map_err(|_| Doubt::Wrong("its certificate is none"))?;
        certificate
            .verify_signature(ECDSA_P256_SHA256, &encoded(&payload), &signature)
            .map_err(|_| Doubt::Wrong("its signature is not by its certificate"))?;
        let seconds = recorded(self.record, roots)?;
        binds(self.record, &payload, self.signature, &der)?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let anchors: Vec<_> = roots
            .authorities
            .iter()
            .filter_map(|authority| anchor_from_trusted_cert(authority).ok())
            .collect();
        let usage = KeyUsage::required(CODE_SIGNING);
        let algorithms = [ECDSA_P256_SHA256, ECDSA_P384_SHA384];
        let chain = certificate.verify_for_usage(&algorithms, &anchors, &[], time, usage, None, None);
        match chain {
            Ok(_) => {}
            Err(webpki::Error::UnknownIssuer) => {
                return Err(Doubt::Unknown("its certificate is by an authority that is not known here"));
            }
            Err(_) => return Err(Doubt::Wrong("its certificate was not good when it was used")),
        }
        let holder = certificate::holder(&der).ok_or(Doubt::Unknown("its certificate names nobody"))?;
        let statement =
            serde_json::from_slice(&payload).map_err(|_| Doubt::Wrong("its statement is no JSON"))?;
        Ok((statement, holder))
    }
}

/// The pre-authentication encoding (DSSE, protocol.md).
fn encoded(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {STATEMENT} {} ", STATEMENT.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// When the log says that it took the record in, in seconds since 1970: its signed promise (Rekor, "SignedEntryTimestamp").
fn recorded(record: &Value, roots: &Roots) -> Result<u64, Doubt> {
    let missing = || Doubt::Unknown("its record in a log is of a form that is not known here");
    let promise =
        record.pointer("/inclusionPromise/signedEntryTimestamp").and_then(decoded).ok_or_else(missing)?;
    let id = record.pointer("/logId/keyId").and_then(decoded).ok_or_else(missing)?;
    let body = record.get("canonicalizedBody").and_then(Value::as_str).ok_or_else(missing)?;
    let (time, index) =
        number(record, "integratedTime").zip(number(record, "logIndex")).ok_or_else(missing)?;
    let Some((_, key)) = roots.logs.iter().find(|(known, _)| *known == id) else {
        return Err(Doubt::Unknown("it is in a log that is not known here"));
    };
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    // The members in the order of RFC 8785, without blanks.
    let signed = format!(
        r#"{{"body":{},"integratedTime":{time},"logID":"{id}","logIndex":{index}}}"#,
        Value::from(body)
    );
    let key = RawPublicKeyEntity::try_from(key).map_err(|_| missing())?;
    key.verify_signature(ECDSA_P256_SHA256, signed.as_bytes(), &promise)
        .map_err(|_| Doubt::Wrong("its record is not signed by the log"))?;
    Ok(time)
}

/// Whether the record is of this statement, signature and certificate: the kinds `dsse` 0.0.1 and `intoto` 0.0.2.
fn binds(record: &Value, payload: &[u8], signature: &Value, der: &[u8]) -> Result<(), Doubt> {
    let body = record.get("canonicalizedBody").and_then(decoded);
    let body: Value = body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
    let (hash, signed, by) = match body.get("kind").and_then(Value::as_str) {
        Some("dsse") => (
            body.pointer("/spec/payloadHash"),
            body.pointer("/spec/signatures/0/signature"),
            body.pointer("/spec/signatures/0/verifier"),
        ),
        Some("intoto") => (
            body.pointer("/spec/content/payloadHash"),
            body.pointer("/spec/content/envelope/signatures/0/sig"),
            body.pointer("/spec/content/envelope/signatures/0/publicKey"),
        ),
        _ => return Err(Doubt::Unknown("its record in a log is of a kind that is not known here")),
    };
    let other = Doubt::Wrong("its record is of something else");
    let wanted: String = Sha256::digest(payload).iter().map(|byte| format!("{byte:02x}")).collect();
    let is_hash = hash.is_some_and(|hash| *hash == json!({ "algorithm": "sha256", "value": wanted }));
    let ours = decoded(signature).unwrap_or_default();
    // `intoto` encodes what is encoded already.
    let is_signature = signed.and_then(decoded).is_some_and(|one| {
        one == ours
            || String::from_utf8(one).is_ok_and(|two| decoded(&two.into()).is_some_and(|two| two == ours))
    });
    let pem = by.and_then(decoded).and_then(|pem| String::from_utf8(pem).ok());
    let is_certificate = pem.and_then(|pem| unarmoured(&pem)).is_some_and(|one| one == der);
    if is_hash && is_signature && is_certificate { Ok(()) } else { Err(other) }
}

/// The bytes of a certificate in PEM, which may be encoded once more.
fn unarmoured(text: &str) -> Option<Vec<u8>> {
    let inner = match text.split_once("-----BEGIN CERTIFICATE-----") {
        Some((_, inner)) => inner.split_once("-----END CERTIFICATE-----")?.0.to_owned(),
        None => {
            let once = String::from_utf8(decoded(&text.into())?).ok()?;
            once.split_once("-----BEGIN CERTIFICATE-----")?
                .1
                .split_once("-----END CERTIFICATE-----")?
                .0
                .to_owned()
        }
    };
    let plain: String = inner.split_whitespace().collect();
    STANDARD.decode(plain).ok()
}

/// A number, which both registries write as text.
fn number(record: &Value, name: &str) -> Option<u64> {
    let value = record.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn decoded(text: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(text.as_str()?).ok()
}
