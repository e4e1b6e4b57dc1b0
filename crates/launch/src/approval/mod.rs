//! Who approved what.
//!
//! An approval is bound to the digest of the whole entry, the values of its parameters included, and to the lock it
//! stands in. It comes from a person at a terminal, and is kept in the user's `trust` directory; from an SSH signature in
//! the lock by somebody whom `allowed_signers` names; or from root, whose lock is `/etc/mantrap`'s.

mod signature;
mod signers;
#[cfg(unix)]
mod store;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub use signature::{BadSignature, Key, NAMESPACE, Signature};
pub use signers::{BadSigners, Signers};
#[cfg(unix)]
pub use store::{Trust, TrustError};

use crate::digest::Digest;
use crate::document::Values;
use crate::lock::ServerName;

/// On whose word something runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A person of this account, at a terminal.
    Person {
        /// When, RFC 3339 in UTC.
        at: String,
    },
    /// A signature.
    Signer {
        /// The principal.
        by: String,
        /// The fingerprint of the key, as `ssh-keygen -l` prints it.
        key: String,
    },
    /// Root, who wrote the lock.
    Root,
}

impl Word {
    /// For a record.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Person { at } => json!({ "by": "person", "at": at }),
            Self::Signer { by, key } => json!({ "by": "signature", "principal": by, "key": key }),
            Self::Root => json!({ "by": "root" }),
        }
    }
}

/// A person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The lock, absolute and without links.
    pub lock: PathBuf,
    /// The server.
    pub name: ServerName,
    /// Of the entry's document, with these values.
    pub digest: Digest,
    /// What the person chose for the parameters that the lock leaves open.
    pub values: Values,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

/// Everything that can speak for a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// What this account's user approved.
    pub given: Vec<Approval>,
    /// The digests of documents, parameters open, that this account's user does not want to run, whoever approved them.
    pub revoked: Vec<Digest>,
    /// Whose signatures count.
    pub signers: Signers,
    /// Whether a signature is required.
    pub signature: bool,
    /// Seconds since 1970: the time at which signers have to be valid.
    pub now: u64,
}

/// Why nothing speaks for a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotApproved {
    /// Nobody approved the entry.
    #[error(
        "`{name}` was never approved; look at it with `mantrap show {name}`, then `mantrap approve {name}`"
    )]
    Never {
        /// The server.
        name: ServerName,
        /// Of what is there.
        digest: Digest,
    },
    /// Something else was approved.
    #[error("`{name}` is not what was approved; `mantrap diff {name}` shows what changed")]
    Changed {
        /// The server.
        name: ServerName,
        /// What was approved.
        approved: Digest,
        /// What is there.
        present: Digest,
    },
    /// The user took it back.
    #[error("`{0}` was revoked; `mantrap approve {0}` takes that back")]
    Revoked(ServerName),
    /// A signature is required, and no good one is there.
    #[error("`{name}` needs a signature by somebody whom allowed_signers names; {}", why(.problems))]
    Unsigned {
        /// The server.
        name: ServerName,
        /// Why each signature that is there is not good.
        problems: Vec<String>,
    },
}

fn why(problems: &[String]) -> String {
    if problems.is_empty() { "it has none".to_owned() } else { problems.join("; ") }
}

impl Approvals {
    /// What the user approved under this name in this lock.
    #[must_use]
    pub fn given(&self, lock: &Path, name: &ServerName) -> Option<&Approval> {
        self.given.iter().find(|approval| approval.lock == lock && approval.name == *name)
    }

    /// Who approved exactly this plan.
    ///
    /// Root's word and a signature cover the entry as its lock has it. Where they leave parameters open, and in a project,
    /// whose lock anybody may have brought, the user's own word has to come to it.
    ///
    /// # Errors
    /// [`NotApproved`].
    #[cfg(unix)]
    pub fn judge(&self, plan: &crate::Plan) -> Result<Word, NotApproved> {
        use crate::lock::ScopeName;
        let located = plan.located();
        let name = || located.name.clone();
        let signed = plan.signed_document();
        if self.revoked.contains(&signed.digest()) {
            return Err(NotApproved::Revoked(name()));
        }
        let signature = self.signature_on(&located.entry, signed);
        if let (true, Err(problems)) = (self.signature, &signature) {
            return Err(NotApproved::Unsigned { name: name(), problems: problems.clone() });
        }
        let is_root = located.scope == ScopeName::System;
        let others = signature.ok().or(is_root.then_some(Word::Root));
        let is_open = located.entry.open_parameters().next().is_some();
        let needs_a_person = located.scope == ScopeName::Project || is_open;
        if let (Some(word), false) = (&others, needs_a_person) {
            return Ok(word.clone());
        }
        let present = plan.document().digest();
        match self.given(&located.lock, &located.name) {
            Some(given) if given.digest == present => {
                Ok(others.unwrap_or_else(|| Word::Person { at: given.at.clone() }))
            }
            Some(given) => Err(NotApproved::Changed { name: name(), approved: given.digest, present }),
            None => Err(NotApproved::Never { name: name(), digest: present }),
        }
    }

    /// The first good signature of an entry on its document.
    ///
    /// # Errors
    /// Why each of them is not good: none, where there is none.
    pub fn signature_on(
        &self,
        entry: &crate::Entry,
        document: &crate::Document,
    ) -> Result<Word, Vec<String>> {
        let mut problems = Vec::new();
        for signed in &entry.approvals {
            let good = Signature::parse(&signed.signature)
                .and_then(|signature| signature.verify(&document.bytes()).map(|()| signature))
                .map_err(|error| error.to_string())
                .and_then(|signature| {
                    let key = signature.key();
                    self.signers.accepts(&signed.by, key, self.now).map(|()| key.fingerprint())
                });
            match good {
                Ok(key) => return Ok(Word::Signer { by: signed.by.clone(), key }),
                Err(problem) => problems.push(format!("`{}`: {problem}", signed.by)),
            }
        }
        Err(problems)
    }
}
