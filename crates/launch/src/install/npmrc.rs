//! What `.npmrc` files and `npm_config_*` variables say about registries (npm docs, "npmrc", "config").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mantrap_jail::Delivery;

use super::InstallError;
use super::settings::{self, Reach, Surroundings};

const PUBLIC: &str = "https://registry.npmjs.org/";
/// Settings that say where registries are, who one is there, and how they are reached.
const KEPT: &[&str] =
    &["registry", "strict-ssl", "replace-registry-host", "noproxy", "always-auth", "ca", "ca[]"];
/// The same for one registry, behind `//host/path/:`.
const KEPT_OF_ONE: &[&str] = &["_authToken", "_auth", "username", "_password", "email"];
/// Where npm finds its settings inside.
pub(super) const INSIDE: &str = "/run/secrets/npmrc";

/// What reaches npm's registries. `global` is the file beside npm itself.
pub(super) fn reach(surroundings: &Surroundings, global: &Path) -> Result<Reach, InstallError> {
    let user = match surroundings.first(&["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"]) {
        Some(path) => Some(PathBuf::from(path)),
        None => surroundings.home.as_ref().map(|home| home.join(".npmrc")),
    };
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in [Some(global.to_path_buf()), user].into_iter().flatten() {
        if let Some(text) = settings::read(&path)? {
            merge(&mut lines, &text, surroundings, &path)?;
        }
    }
    for (name, value) in &surroundings.variables {
        let lower = name.to_ascii_lowercase();
        let key = lower.strip_prefix("npm_config_").map(|key| key.replace('_', "-"));
        if let (Some(key), Some(value)) = (key, value.to_str().filter(|value| !value.is_empty())) {
            lines.insert(key, vec![value.to_owned()]);
        }
    }
    compose(&lines, surroundings)
}

fn merge(
    lines: &mut BTreeMap<String, Vec<String>>,
    text: &str,
    surroundings: &Surroundings,
    path: &Path,
) -> Result<(), InstallError> {
    let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with([';', '#', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let value = expanded(bare, surroundings).ok_or_else(|| InstallError::Settings {
            path: path.display().to_string(),
            why: format!("`{}` takes its value from a variable that is not set", key.trim()),
        });
        let key = key.trim();
        // An unset variable matters where it is used only.
        if is_kept(key) || is_path(key) || is_proxy(key) {
            own.entry(key.to_owned()).or_default().push(value?);
        }
    }
    lines.extend(own);
    Ok(())
}

/// `${NAME}` is a variable; `${NAME?}` may be unset.
fn expanded(value: &str, surroundings: &Surroundings) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("${") {
        let (name, after) = behind.split_once('}')?;
        out.push_str(before);
        match name.strip_suffix('?') {
            Some(name) => out.push_str(surroundings.text(name).unwrap_or_default()),
            None => out.push_str(surroundings.text(name)?),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn compose(
    lines: &BTreeMap<String, Vec<String>>,
    surroundings: &Surroundings,
) -> Result<Reach, InstallError> {
    let mut reach = Reach::default();
    let mut text = String::new();
    let mut say = |key: &str, value: &str| {
        // A value that ended its line could begin another setting.
        if !key.contains(['\n', '\r']) && !value.contains(['\n', '\r']) {
            text.push_str(&format!("{key}={value}\n"));
        }
    };
    if !lines.contains_key("registry") {
        reach.address(PUBLIC)?;
        reach.registries.push((String::new(), PUBLIC.to_owned()));
    }
    for (key, values) in lines {
        for value in values {
            if key == "registry" || (key.starts_with('@') && key.ends_with(":registry")) {
                let address = reach.address(value)?;
                if address.user().is_some() {
                    return Err(InstallError::Address {
                        address: address.to_string(),
                        why: "npm takes no password in an address; write `//host/:_authToken` into .npmrc"
                            .into(),
                    });
                }
                let scope = key.split_once(':').map_or("", |(scope, _)| scope);
                reach.registries.push((scope.to_owned(), value.clone()));
                say(key, value);
            } else if is_kept(key) {
                if of_one(key).is_some_and(|setting| matches!(setting, "_authToken" | "_auth" | "_password"))
                {
                    reach.hidden.add(value);
                }
                say(key, value);
            } else if is_path(key) {
                say(key, &reach.file(value)?);
            } else if is_proxy(key) {
                reach.address(value)?;
                say(key, value);
            }
        }
    }
    reach.secret("npmrc", Delivery::File, text);
    if let Some(path) = surroundings.text("NODE_EXTRA_CA_CERTS") {
        let path = reach.file(path)?;
        reach.variable("NODE_EXTRA_CA_CERTS", path);
    }
    reach.proxies(surroundings)?;
    Ok(reach)
}

fn of_one(key: &str) -> Option<&str> {
    key.strip_prefix("//")?.rsplit_once(':').map(|(_, setting)| setting)
}

fn is_kept(key: &str) -> bool {
    KEPT.contains(&key)
        || (key.starts_with('@') && key.ends_with(":registry"))
        || of_one(key).is_some_and(|setting| KEPT_OF_ONE.contains(&setting))
}

fn is_path(key: &str) -> bool {
    key == "cafile" || of_one(key).is_some_and(|setting| matches!(setting, "certfile" | "keyfile"))
}

fn is_proxy(key: &str) -> bool {
    matches!(key, "proxy" | "https-proxy" | "http-proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_reaches_a_registry_passes_and_only_as_a_secret() {
        let directory = std::env::temp_dir().join(format!("mantrap-npmrc-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join(".npmrc");
        let text = "registry=http://127.0.0.1:4873/\n@acme:registry=http://localhost:4874/\n//127.0.0.1:4873/:_authToken=${TOKEN}\n\
            ; comment\nscript-shell=/tmp/evil\nnode-options=--require /tmp/evil.js\nignore-scripts=false\nprefix=/\nuserconfig=/x\n";
        std::fs::write(&file, text).unwrap();
        let mut surroundings = Surroundings { home: Some(directory.clone()), ..Surroundings::default() };
        let unset = reach(&surroundings, Path::new("/nowhere")).unwrap_err().to_string();
        assert!(unset.contains("_authToken") && unset.contains("not set"), "{unset}");
        surroundings.variables.insert("TOKEN".into(), "s3cret".into());
        let reach = reach(&surroundings, Path::new("/nowhere")).unwrap();
        let given = reach.secrets[0].value.to_str().unwrap();
        assert_eq!(
            given,
            "//127.0.0.1:4873/:_authToken=s3cret\n@acme:registry=http://localhost:4874/\nregistry=http://127.0.0.1:4873/\n"
        );
        let net: Vec<String> = reach.net.iter().map(ToString::to_string).collect();
        assert_eq!(net, ["loopback:4874", "loopback:4873"]);
        assert!(!format!("{reach:?}").contains("s3cret"));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
