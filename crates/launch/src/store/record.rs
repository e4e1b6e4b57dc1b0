//! Where a tree came from, for people and for `update`. It is no part of the digest, and nothing is decided by it.

use serde::{Deserialize, Serialize};

/// Where a tree came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// As in the lock.
    pub source: String,
    /// Of the artifact that was named, as in Subresource Integrity.
    pub integrity: String,
    /// What made the tree, with its version: `npm 11.4.2`.
    pub installer: String,
    /// The program that was asked for by its name, where the package has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Everything that is in the tree, the named package among it, sorted.
    pub packages: Vec<Package>,
    /// What a person should know before approving, one sentence each.
    pub notes: Vec<String>,
    /// Packages whose own code ran when the tree was made, on this machine or where it was exported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub built: Vec<String>,
}

impl Record {
    /// All that a person should know before approving, one sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let built = self.built.iter().map(|name| {
            format!(
                "`{name}` was built here from source: its own code made what is installed, jailed and offline"
            )
        });
        built.chain(self.notes.iter().cloned()).collect()
    }
}

/// One package of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Its name in its registry.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Of its artifact, as its registry says, checked by the installer.
    pub integrity: String,
}
