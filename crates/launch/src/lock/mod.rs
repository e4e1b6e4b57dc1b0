//! `mantrap.lock`: what may run, in a file that people read in a diff. `docs/lock-format.md` is its specification.
//!
//! Owns the text, both ways: [`Lock`]'s `Display` writes the one canonical form, [`Lock::parse`] reads any form of the
//! same meaning and nothing else. Never looks at the file system, and approves nothing.

mod asked;
mod deadline;
mod environment;
mod error;
pub mod grant;
pub mod parameter;
mod parse;
mod print;
mod source;
pub mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use mantrap_jail::Guarantee;

pub use asked::{Asked, Kind, Registry};
pub use deadline::{BadDeadline, Deadline};
pub use error::LockError;
pub use grant::LockedGrant;
pub use parameter::{BadValue, Parameter, Type};
#[cfg(target_os = "linux")]
pub(crate) use source::normal;
pub use source::{BadSource, Source};
pub use template::{BadTemplate, Template};

use crate::digest::Digest;

/// Bytes of the largest lock.
pub const MOST_BYTES: u64 = 4 << 20;
/// The version of the format.
pub const VERSION: i64 = 1;
/// The names of places that are no parameters: the directory of a project's lock, and where the store keeps the tree.
pub const RESERVED: [&str; 2] = ["project", "tree"];

/// A lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// What else counts. Only a system's or a user's lock may have any.
    pub rules: Rules,
    /// The servers, by name.
    pub servers: BTreeMap<ServerName, Entry>,
}

/// What a lock demands of every launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The scopes beside its own from which servers may be launched; `None` forbids none.
    pub scopes: Option<BTreeSet<ScopeName>>,
    /// Whether an approval needs a signature.
    pub signature: bool,
}

/// A kind of place where a lock can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeName {
    /// `/etc/mantrap`.
    System,
    /// The user's configuration directory.
    User,
    /// The directory somebody works in.
    Project,
}

impl ScopeName {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Project => "project",
        }
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// The name of a server: what clients, people and the journal call it. Lower-case ASCII letters, digits, `.`, `_`, `-`,
/// a letter or digit first, at most 64: no two names look alike, and none is an option or a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerName(String);

/// Why a text is no name of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a server; a name has at most 64 lower-case letters, digits, `.`, `_` and `-`, a letter or digit first"
)]
pub struct BadServerName(String);

impl ServerName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServerName {
    type Err = BadServerName;

    fn from_str(text: &str) -> Result<Self, BadServerName> {
        let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = |byte: u8| is_alphanumeric(byte) || matches!(byte, b'.' | b'_' | b'-');
        let begins = text.bytes().next().is_some_and(is_alphanumeric);
        if begins && text.len() <= 64 && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadServerName(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One server: everything that decides what runs, and with which rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it comes from.
    pub source: Source,
    /// What the registry says of the artifact, or the hash of the file (W3C Subresource Integrity, one hash).
    pub integrity: Option<String>,
    /// The installed tree in the store.
    pub tree: Option<Digest>,
    /// What is executed; nothing for a remote server.
    pub runtime: Option<Runtime>,
    /// The arguments behind the program's name.
    pub arguments: Vec<Template>,
    /// The working directory; without one it is the private home inside.
    pub directory: Option<Template>,
    /// How long it has to show that it speaks MCP; [`Deadline::USUAL`] without one.
    pub deadline: Option<Deadline>,
    /// Every other file and directory that decides what runs, with its digest.
    pub files: BTreeMap<Template, Digest>,
    /// What its arguments and grants leave open.
    pub parameters: BTreeMap<String, Parameter>,
    /// Its rights, its environment and its secrets, in the words of `mantrap jail`.
    pub grants: BTreeSet<LockedGrant>,
    /// What the jail may lack where it runs: nobody else can waive anything for it.
    pub waivers: BTreeSet<Guarantee>,
    /// Who vouched for the artifact when it was installed, one statement each that was verified.
    pub provenance: BTreeSet<String>,
    /// Tools and the digests of their definitions.
    pub tools: BTreeMap<String, Digest>,
    /// Signatures. They are no part of what is approved.
    pub approvals: Vec<Signed>,
}

/// What is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// Absolute and without links, or beneath `{project}` or `{tree}`.
    pub path: Template,
    /// Of its bytes.
    pub digest: Digest,
    /// What it calls itself; for people.
    pub version: Option<String>,
    /// For an image: the name that it is started by (`argv[0]`), a path in the image, of which `path` may be behind a link.
    /// Programs of many names, and Python's environments, go by it.
    pub called: Option<String>,
}

/// Somebody's signature on an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The principal, as `allowed_signers` names it.
    pub by: String,
    /// An armoured SSH signature (PROTOCOL.sshsig).
    pub signature: String,
}

impl Entry {
    /// An entry of this source and nothing else.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            source,
            integrity: None,
            tree: None,
            runtime: None,
            arguments: Vec::new(),
            directory: None,
            deadline: None,
            files: BTreeMap::new(),
            parameters: BTreeMap::new(),
            grants: BTreeSet::new(),
            waivers: BTreeSet::new(),
            provenance: BTreeSet::new(),
            tools: BTreeMap::new(),
            approvals: Vec::new(),
        }
    }

    /// The parameters whose values the lock leaves open.
    pub fn open_parameters(&self) -> impl Iterator<Item = (&str, &Type)> {
        let is_open = |(_, parameter): &(&String, &Parameter)| parameter.value.is_none();
        self.parameters.iter().filter(is_open).map(|(name, parameter)| (name.as_str(), &parameter.of))
    }
}

impl Lock {
    /// Reads a lock: at most 4 MiB of TOML of version 1, in which every field is known and everything that can be wrong
    /// without looking at the file system is right.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(bytes: &[u8]) -> Result<Self, LockError> {
        parse::lock(bytes)
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::lock(self, formatter)
    }
}

#[cfg(test)]
mod tests;
