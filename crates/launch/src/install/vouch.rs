//! Asks a registry who vouches for an artifact: in the jail, by the package's own runtime, which reaches the registry and nothing
//! else. What is answered is judged outside, by [`provenance`](crate::provenance).

use std::ffi::OsString;
use std::path::PathBuf;

use mantrap_jail::Right;
use serde::Deserialize;
use serde_json::Value;

use super::errand::Errand;
use super::settings::Reach;
use super::{How, InstallError};
use crate::provenance::{Artifact, Roots, Vouched};
use crate::store::Staging;

const NPM: &str = include_str!("vouch.js");
const PYPI: &str = include_str!("vouch.py");

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) vouched: Vouched,
    /// What the runtime calls itself: for people.
    pub(super) runtime: Option<String>,
}

/// What was answered to one address.
#[derive(Deserialize)]
struct Answer {
    /// Of HTTP; nothing when there was no answer at all.
    status: Option<u16>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    error: String,
}

impl Answer {
    /// The JSON; nothing where the registry has no such thing, which many do not.
    fn read(self, vouched: &mut Vouched) -> Option<Value> {
        match self.status {
            Some(200) => match serde_json::from_str(&self.body) {
                Ok(value) => return Some(value),
                Err(error) => vouched.unasked(&error.to_string()),
            },
            Some(404 | 405 | 501) => {}
            Some(status) => vouched.unasked(&format!("the registry answered {status}")),
            None => vouched.unasked(&self.error),
        }
        None
    }
}

/// Who vouches for a package of npm: the registry by its signatures, and whoever built it.
pub(super) fn npm(
    of: Artifact<'_>,
    reach: &Reach,
    installations: Vec<PathBuf>,
    staging: &Staging,
    how: &How,
) -> Result<Heard, InstallError> {
    #[derive(Deserialize)]
    struct Answers {
        runtime: String,
        about: Answer,
        keys: Option<Answer>,
        attestations: Option<Answer>,
    }
    let mut heard = Heard::default();
    let vouched = &mut heard.vouched;
    let scope = of.package.split_once('/').map(|(scope, _)| scope);
    let registry = |wanted: &str| reach.registries.iter().find(|(scope, _)| scope == wanted);
    let Some((_, registry)) = scope.and_then(registry).or_else(|| registry("")) else { return Ok(heard) };
    let printed = Errand {
        tool: "node",
        program: &how.runtime,
        arguments: ["-e", NPM, "--", registry, of.package, of.version].map(OsString::from).into(),
        reach,
        installations,
        staging: (staging.path(), Right::Write),
        how,
        online: true,
        views: Vec::new(),
        variables: Vec::new(),
    }
    .run();
    let Some(Answers { runtime, about, keys, attestations }) = answered(printed, vouched) else {
        return Ok(heard);
    };
    heard.runtime = named(&runtime);
    let Some(about) = about.read(vouched) else { return Ok(heard) };
    let wrong = |why| InstallError::package(of.package, why);
    if let Some(signatures) = about.pointer("/dist/signatures") {
        let keys = keys.and_then(|keys| keys.read(vouched)).unwrap_or_default();
        vouched.signatures(of, signatures, &keys).map_err(wrong)?;
    }
    if let Some(attestations) = attestations.and_then(|answer| answer.read(vouched)) {
        vouched.npm(of, &attestations, &roots(how)).map_err(wrong)?;
    }
    Ok(heard)
}

/// Who vouches for a file of PyPI. `ask` runs a program of Python's in the jail that reaches the index.
pub(super) fn pypi(
    of: Artifact<'_>,
    file: &str,
    how: &How,
    ask: impl FnOnce(Vec<OsString>) -> Result<Vec<u8>, InstallError>,
) -> Result<Heard, InstallError> {
    #[derive(Deserialize)]
    struct Answers {
        runtime: String,
        provenance: Answer,
    }
    let mut heard = Heard::default();
    let vouched = &mut heard.vouched;
    let arguments = ["-I", "-S", "-c", PYPI, of.package, of.version, file].map(OsString::from);
    let Some(Answers { runtime, provenance }) = answered(ask(arguments.into()), vouched) else {
        return Ok(heard);
    };
    heard.runtime = named(&runtime);
    if let Some(provenance) = provenance.read(vouched) {
        let wrong = |why| InstallError::package(of.package, why);
        vouched.pypi(file, of.integrity, &provenance, &roots(how)).map_err(wrong)?;
    }
    Ok(heard)
}

/// A version that a lock takes.
fn named(version: &str) -> Option<String> {
    let fits =
        !version.is_empty() && version.len() <= 64 && version.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| version.to_owned())
}

fn roots(how: &How) -> Roots {
    how.roots.clone().unwrap_or_else(Roots::sigstore)
}

/// What a program printed. One that failed has asked nobody.
fn answered<T: for<'a> Deserialize<'a>>(
    printed: Result<Vec<u8>, InstallError>,
    vouched: &mut Vouched,
) -> Option<T> {
    let read = printed.map_err(|error| error.to_string());
    let read = read.and_then(|printed| serde_json::from_slice(&printed).map_err(|error| error.to_string()));
    read.map_err(|why| vouched.unasked(&why)).ok()
}
