//! What a server showed of itself in its last session, and what was pinned of it: definitions by the names that a lock
//! gives them, as JSON. Both are for people to look at; what counts is the digest in the lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mantrap_launch::scope::{Whose, open, replace};
use mantrap_policy::pins::Kind;

/// Bytes of one file.
const MOST_BYTES: u64 = 16 << 20;

/// Definitions, by [`key`].
pub(crate) type Definitions = BTreeMap<String, String>;

/// Where the definitions of servers are kept.
#[derive(Clone, Debug)]
pub(crate) struct Shown(PathBuf);

impl Shown {
    /// Beneath this directory of the user's.
    pub(crate) fn beneath(state: &Path) -> Self {
        Self(state.join("definitions"))
    }

    /// What a server showed last.
    pub(crate) fn last(&self, server: &str) -> Definitions {
        self.read(&format!("{server}.shown.json"))
    }

    /// What was pinned of it last.
    pub(crate) fn pinned(&self, server: &str) -> Definitions {
        self.read(&format!("{server}.pinned.json"))
    }

    pub(super) fn keep_last(&self, server: &str, definitions: &Definitions) -> std::io::Result<()> {
        self.write(&format!("{server}.shown.json"), definitions)
    }

    pub(crate) fn keep_pinned(&self, server: &str, definitions: &Definitions) -> std::io::Result<()> {
        self.write(&format!("{server}.pinned.json"), definitions)
    }

    /// A file that is not there, or does not count, says nothing.
    fn read(&self, name: &str) -> Definitions {
        let directory = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        let bytes = open::read(&directory.join(name), Whose::User, MOST_BYTES).ok().flatten();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn write(&self, name: &str, definitions: &Definitions) -> std::io::Result<()> {
        replace(&self.0.join(name), &serde_json::to_vec(definitions)?, 0o600)
    }
}

/// By which a lock knows a definition: a tool by its name, anything else behind a prefix that no tool's name may have.
pub(crate) fn key(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Tool => name.to_owned(),
        Kind::Prompt => format!("prompt:{name}"),
        Kind::Template => format!("template:{name}"),
        Kind::Server => format!("server:{name}"),
    }
}

/// What a key of a lock is of.
pub(crate) fn kind(key: &str) -> (Kind, &str) {
    match key.split_once(':') {
        Some(("prompt", name)) => (Kind::Prompt, name),
        Some(("template", name)) => (Kind::Template, name),
        Some(("server", name)) => (Kind::Server, name),
        _ => (Kind::Tool, key),
    }
}
