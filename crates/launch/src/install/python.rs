//! What the settings of pip and uv say about indexes (pip docs, "Configuration"; uv docs, "Package indexes").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mantrap_jail::Delivery;

use super::InstallError;
use super::netrc::{Netrc, escaped};
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
    /// Names of indexes by their addresses: who one is there stands in variables of that name.
    names: BTreeMap<String, String>,
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
            if let Some((name, url)) = text(index.get("name")).zip(text(index.get("url"))) {
                self.names.insert(url, name);
            }
            match (text(index.get("url")), index.get("default").and_then(toml::Value::as_bool)) {
                (Some(url), Some(true)) => self.first = Some(url),
                (url, _) => self.extra.extend(url),
            }
        }
        Ok(())
    }

    fn variables(&mut self, surroundings: &Surroundings) {
        if let Some(first) = surroundings.first(&["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"]) {
            self.first = Some(self.named(first));
        }
        if let Some(extra) = surroundings.first(&["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"]) {
            self.extra = extra.split_whitespace().map(|word| self.named(word)).collect();
        }
        let certificates = surroundings.first(&["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"]);
        self.certificates = certificates.map(String::from).or(self.certificates.take());
    }

    /// The address of `name=address`, as uv writes it, or of an address alone.
    fn named(&mut self, word: &str) -> String {
        let Some((name, address)) = word.split_once('=').filter(|(name, _)| !name.contains(':')) else {
            return word.to_owned();
        };
        self.names.insert(address.to_owned(), name.to_owned());
        address.to_owned()
    }

    /// `user:password` for an address that has a name, from uv's variables (uv docs, "Providing credentials directly").
    fn user(&self, address: &str, surroundings: &Surroundings) -> Option<String> {
        let name = self.names.get(address)?.to_ascii_uppercase();
        let name = name.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
        let said = |what: &str| surroundings.text(&format!("UV_INDEX_{name}_{what}")).map(escaped);
        match (said("USERNAME"), said("PASSWORD")) {
            (None, None) => None,
            (user, password) => {
                Some(format!("{}:{}", user.unwrap_or_default(), password.unwrap_or_default()))
            }
        }
    }

    fn reach(self, surroundings: &Surroundings, is_uv: bool) -> Result<Reach, InstallError> {
        let mut reach = Reach::default();
        let netrc = Netrc::read(surroundings)?;
        let mut first = self.first.clone().unwrap_or_else(|| PUBLIC.into());
        let mut extra = self.extra.clone();
        for text in [&mut first].into_iter().chain(&mut extra) {
            let address = reach.address(text)?;
            if address.host == "pypi.org" {
                reach.address(PUBLIC_FILES)?;
            }
            let user = self.user(text, surroundings).or_else(|| netrc.user(&address.host));
            if let Some(user) = user.filter(|_| address.user().is_none()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_with_a_name_is_given_the_password_of_that_name_and_as_a_secret() {
        let mut surroundings = Surroundings::default();
        for (name, value) in [
            ("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple"),
            ("UV_INDEX", "my-mirror=http://127.0.0.1:2/simple other=http://127.0.0.1:3/simple"),
            ("UV_INDEX_MY_MIRROR_USERNAME", "me"),
            ("UV_INDEX_MY_MIRROR_PASSWORD", "s3cret@x"),
            ("UV_INDEX_ANOTHER_PASSWORD", "unused"),
        ] {
            surroundings.variables.insert(name.into(), value.into());
        }
        let reach = reach(&surroundings, true).unwrap();
        let given = |name: &str| {
            let secret = reach.secrets.iter().find(|secret| secret.name == name).unwrap();
            secret.value.to_str().unwrap().to_owned()
        };
        assert_eq!(given("UV_DEFAULT_INDEX"), "http://127.0.0.1:1/simple");
        assert_eq!(given("UV_INDEX"), "http://me:s3cret%40x@127.0.0.1:2/simple http://127.0.0.1:3/simple");
        assert_eq!(reach.censored(b"cannot reach me:s3cret%40x"), "cannot reach ***");
        assert!(!format!("{reach:?}").contains("s3cret"));
    }
}
