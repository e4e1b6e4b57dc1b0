//! What the settings of pip and uv say about indexes (pip docs, "Configuration"; uv docs, "Package indexes").

use std::path::{Path, PathBuf};

use mantrap_jail::Delivery;

use super::InstallError;
use super::netrc::Netrc;
use super::settings::{self, Reach, Surroundings};

const PUBLIC: &str = "https://pypi.org/simple";
/// Where the public index keeps the files themselves.
const PUBLIC_FILES: &str = "https://files.pythonhosted.org/";

/// Indexes, and the certificates with which they are believed.
#[derive(Debug, Default)]
struct Indexes {
    first: Option<String>,
    extra: Vec<String>,
    certificates: Option<String>,
}

/// What reaches the indexes, in the words of uv or pip.
pub(super) fn reach(surroundings: &Surroundings, is_uv: bool) -> Result<Reach, InstallError> {
    let mut indexes = Indexes::default();
    let home = surroundings.home.as_deref();
    let configuration = surroundings
        .text("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| home.map(|home| home.join(".config")));
    let below = |name: &str| configuration.as_ref().map(|configuration| configuration.join(name));
    let pip = surroundings.text("PIP_CONFIG_FILE").map(PathBuf::from);
    for path in [
        Some("/etc/pip.conf".into()),
        home.map(|home| home.join(".pip/pip.conf")),
        below("pip/pip.conf"),
        pip,
    ]
    .into_iter()
    .flatten()
    {
        indexes.pip_file(&path)?;
    }
    if is_uv {
        for path in [Some("/etc/uv/uv.toml".into()), below("uv/uv.toml")].into_iter().flatten() {
            indexes.uv_file(&path)?;
        }
    }
    indexes.variables(surroundings);
    indexes.reach(surroundings, is_uv)
}

impl Indexes {
    fn pip_file(&mut self, path: &Path) -> Result<(), InstallError> {
        let mut counts = false;
        let mut key = String::new();
        for line in settings::read(path)?.unwrap_or_default().lines() {
            let is_more = line.starts_with([' ', '\t']);
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                counts = matches!(section, "global" | "install");
                continue;
            }
            let value = match line.split_once(['=', ':']).filter(|_| !is_more) {
                Some((name, value)) => {
                    key = name.trim().replace('_', "-");
                    if counts && key == "extra-index-url" {
                        self.extra.clear();
                    }
                    value.trim()
                }
                None => line,
            };
            match key.as_str() {
                _ if !counts || value.is_empty() => {}
                "index-url" => self.first = Some(value.into()),
                "extra-index-url" => self.extra.extend(value.split_whitespace().map(String::from)),
                "cert" => self.certificates = Some(value.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn uv_file(&mut self, path: &Path) -> Result<(), InstallError> {
        let Some(text) = settings::read(path)? else { return Ok(()) };
        let bad = |why: String| InstallError::Settings { path: path.display().to_string(), why };
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| bad(error.message().into()))?;
        let text = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).map(String::from);
        if let Some(first) = text(table.get("index-url")) {
            self.first = Some(first);
        }
        for extra in table.get("extra-index-url").and_then(toml::Value::as_array).into_iter().flatten() {
            self.extra.extend(text(Some(extra)));
        }
        for index in table.get("index").and_then(toml::Value::as_array).into_iter().flatten() {
            match (text(index.get("url")), index.get("default").and_then(toml::Value::as_bool)) {
                (Some(url), Some(true)) => self.first = Some(url),
                (url, _) => self.extra.extend(url),
            }
        }
        Ok(())
    }

    fn variables(&mut self, surroundings: &Surroundings) {
        if let Some(first) = surroundings.first(&["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"]) {
            // uv writes `name=address`.
            let address = first.split_once('=').filter(|(name, _)| !name.contains(':'));
            self.first = Some(address.map_or(first, |(_, address)| address).into());
        }
        if let Some(extra) = surroundings.first(&["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"]) {
            let plain = |word: &str| {
                let named = word.split_once('=').filter(|(name, _)| !name.contains(':'));
                named.map_or(word, |(_, address)| address).to_owned()
            };
            self.extra = extra.split_whitespace().map(plain).collect();
        }
        let certificates = surroundings.first(&["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"]);
        self.certificates = certificates.map(String::from).or(self.certificates.take());
    }

    fn reach(self, surroundings: &Surroundings, is_uv: bool) -> Result<Reach, InstallError> {
        let mut reach = Reach::default();
        let netrc = Netrc::read(surroundings)?;
        let mut first = self.first.unwrap_or_else(|| PUBLIC.into());
        let mut extra = self.extra;
        for text in [&mut first].into_iter().chain(&mut extra) {
            let address = reach.address(text)?;
            if address.host == "pypi.org" {
                reach.address(PUBLIC_FILES)?;
            }
            if let Some(user) = netrc.user(&address.host).filter(|_| address.user().is_none()) {
                *text = address.with_user(text, &user);
                // What is hidden is hidden as it is written there, too.
                reach.address(text)?;
            }
        }
        let (one, more) = match is_uv {
            true => ("UV_DEFAULT_INDEX", "UV_INDEX"),
            false => ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
        };
        // Addresses may hold passwords.
        reach.secret(one, Delivery::Env, first);
        if !extra.is_empty() {
            reach.secret(more, Delivery::Env, extra.join(" "));
        }
        if let Some(certificates) = &self.certificates {
            let path = reach.file(certificates)?;
            for name in ["SSL_CERT_FILE", "PIP_CERT"] {
                reach.variable(name, path.clone());
            }
        }
        reach.proxies(surroundings)?;
        Ok(reach)
    }
}
