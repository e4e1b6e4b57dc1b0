//! What an image says of how it is run: the configuration that lies beside its files in the store.
//!
//! ```text
//! {tree}/config.json    the configuration of the image, as it came (OCI image specification, "Image Configuration")
//! {tree}/root/          its files
//! ```
//! Both are pinned by the tree's digest. The environment is read from there at every start, and not copied into the lock:
//! what may be in it (`PATH`, a search path of libraries) is harmless only where everything that it could find is pinned too.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

/// Bytes of the largest configuration.
const LARGEST: u64 = 4 << 20;
/// Where programs are looked for, where the image does not say.
const SEARCH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Variables that the launcher sets itself.
const OWN: [&str; 8] = ["HOME", "TMPDIR", "USER", "LOGNAME", "TERM", "PATH", "HOSTNAME", "PWD"];

/// The configuration.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) os: String,
    pub(crate) architecture: String,
    pub(crate) rootfs: Layers,
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) config: Run,
}

/// The layers, from the lowest.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Layers {
    pub(crate) diff_ids: Vec<String>,
}

/// How it is run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Run {
    #[serde(deserialize_with = "or_null")]
    pub(crate) entrypoint: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    pub(crate) cmd: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    env: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    pub(crate) working_dir: String,
    #[serde(deserialize_with = "or_null")]
    pub(crate) user: String,
}

/// Docker writes `null` for what is empty.
fn or_null<'d, D: Deserializer<'d>, T: Default + Deserialize<'d>>(value: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

/// Where the files of an image are in its tree.
pub(crate) fn root(tree: &Path) -> PathBuf {
    tree.join("root")
}

/// Where its configuration is.
pub(crate) fn configuration(tree: &Path) -> PathBuf {
    tree.join("config.json")
}

impl Configuration {
    /// Reads it from the tree.
    pub(crate) fn read(tree: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(configuration(tree))?.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// What it sets, but for what the launcher sets itself.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let all = self.config.env.iter().filter_map(|line| line.split_once('='));
        let fits = |name: &str| !name.is_empty() && !OWN.contains(&name) && !name.starts_with("XDG_");
        let plain =
            move |(name, value): &(&str, &str)| fits(name) && !name.contains('\0') && !value.contains('\0');
        all.filter(plain).map(|(name, value)| (name.into(), value.into()))
    }

    /// Where programs are looked for, in it.
    pub(crate) fn search(&self) -> &str {
        let said = self.config.env.iter().find_map(|line| line.strip_prefix("PATH="));
        said.filter(|said| !said.is_empty() && !said.contains('\0')).unwrap_or(SEARCH)
    }
}
