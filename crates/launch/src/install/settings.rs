//! What the user has said to the installers, as far as it says where registries are and how they are reached. Everything
//! else in those files (scripts, shells, paths, options for the runtime) is left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mantrap_jail::{Delivery, NetGrant, Right, Secret, View};

use super::InstallError;
use super::address::Address;

/// Bytes of the largest file of settings.
const LARGEST: u64 = 1 << 20;

/// Where the user's settings come from.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment.
    pub variables: BTreeMap<String, OsString>,
    /// The home.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).and_then(|value| value.to_str()).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }
}

/// What reaches the registries.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) net: Vec<NetGrant>,
    pub(super) views: Vec<View>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) secrets: Vec<Secret>,
    /// Registries by the scope that they are for, which is empty for all others; without what is secret.
    pub(super) registries: Vec<(String, String)>,
    /// What is never shown, whoever prints it.
    pub(super) hidden: Hidden,
}

/// Texts that not even a debugging output shows.
#[derive(Default)]
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    pub(super) fn add(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Reach {
    pub(super) fn address(&mut self, text: &str) -> Result<Address, InstallError> {
        let address = Address::parse(text)?;
        let grant = address.grant()?;
        if let Some(user) = address.user() {
            let password = user.split_once(':').map_or(user, |(_, password)| password);
            self.hidden.add(user);
            self.hidden.add(password);
        }
        if !self.net.contains(&grant) {
            self.net.push(grant);
        }
        Ok(address)
    }

    /// A file of the user that the installer reads: certificates, a key.
    pub(super) fn file(&mut self, path: &str) -> Result<String, InstallError> {
        let bad = |why: String| InstallError::Settings { path: path.into(), why };
        let real = Path::new(path).canonicalize().map_err(|error| bad(error.to_string()))?;
        let text = real.to_str().ok_or_else(|| bad("its name is no text".into()))?.to_owned();
        if !real.starts_with("/etc/ssl/certs") && !real.starts_with("/usr") {
            self.views.push(View { path: real, right: Right::Read });
        }
        Ok(text)
    }

    pub(super) fn variable(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.push((name.into(), value.into()));
    }

    pub(super) fn secret(&mut self, name: &str, delivery: Delivery, value: impl Into<OsString>) {
        self.secrets.push(Secret { name: name.into(), delivery, value: value.into() });
    }

    /// An installer's own words, without secrets.
    pub(super) fn censored(&self, said: &[u8]) -> String {
        let secrets = self.hidden.0.iter().filter(|secret| !secret.is_empty());
        secrets.fold(String::from_utf8_lossy(said).into_owned(), |said, secret| said.replace(secret, "***"))
    }

    /// Proxies of the environment, which every installer understands. A proxy may need a password.
    pub(super) fn proxies(&mut self, surroundings: &Surroundings) -> Result<(), InstallError> {
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            let Some(value) = surroundings.first(&[name, &name.to_ascii_lowercase()]) else { continue };
            self.address(value)?;
            self.secret(name, Delivery::Env, value);
        }
        if let Some(value) = surroundings.first(&["NO_PROXY", "no_proxy"]) {
            self.variable("NO_PROXY", value);
        }
        Ok(())
    }
}

/// The text of a file of settings; nothing when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<String>, InstallError> {
    let bad = |why: String| InstallError::Settings { path: path.display().to_string(), why };
    let file = match File::open(path) {
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied
            ) =>
        {
            return Ok(None);
        }
        file => file.map_err(|error| bad(error.to_string()))?,
    };
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    Ok(Some(text))
}
