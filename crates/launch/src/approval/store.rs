//! What a person approved, kept in the user's `trust` directory:
//!
//! - `approvals.json`: who approved which digest, when, and with which values;
//! - `documents/HEX.json`: the approved documents, so that a difference can be shown; each is checked by its name;
//! - `trees/HEX`: the manifests of their directories, likewise;
//! - `known`: what was hashed before.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Approval, Approvals};
use crate::digest::known::Known;
use crate::digest::tree::Manifest;
use crate::document::Values;
use crate::scope::open::{self, Untrusted, Whose};
use crate::scope::replace;
use crate::{Digest, Document, ServerName};

/// Bytes of the largest file here: the manifest of half a million files.
const MOST_BYTES: u64 = 256 << 20;
const VERSION: u32 = 1;

/// The directory.
#[derive(Clone, Debug)]
pub struct Trust(PathBuf);

/// Why the approvals cannot be read or kept. Then nothing is approved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Somebody else may have a hand in it.
    #[error("what you approved does not count: {0}")]
    Untrusted(#[from] Untrusted),
    /// Not what mantrap writes.
    #[error("`{}` is not what mantrap wrote: {problem}; remove it and approve again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The system's own words.
    #[error("`{}` cannot be written: {error}", path.display())]
    Io {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    approvals: Vec<KeptApproval>,
    revoked: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptApproval {
    lock: PathBuf,
    name: String,
    digest: String,
    values: Values,
    at: String,
}

impl Trust {
    /// The directory `trust` of the user's configuration.
    #[must_use]
    pub const fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// What was approved and revoked; the other fields are left empty.
    ///
    /// # Errors
    /// When the file does not count or is damaged.
    pub fn read(&self) -> Result<Approvals, TrustError> {
        let path = self.0.join("approvals.json");
        let Some(bytes) = open::read(&path, Whose::User, MOST_BYTES)? else {
            return Ok(Approvals::default());
        };
        let damaged = |problem: String| TrustError::Damaged { path: path.clone(), problem };
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if kept.version != VERSION {
            return Err(damaged(format!("it is of version {}", kept.version)));
        }
        let mut approvals = Approvals::default();
        for KeptApproval { lock, name, digest, values, at } in kept.approvals {
            let name: ServerName = name.parse().map_err(|error| damaged(format!("{error}")))?;
            let digest = digest.parse().map_err(|error| damaged(format!("{error}")))?;
            approvals.given.push(Approval { lock, name, digest, values, at });
        }
        for digest in kept.revoked {
            approvals.revoked.push(digest.parse().map_err(|error| damaged(format!("{error}")))?);
        }
        Ok(approvals)
    }

    /// Keeps a person's approval of a document, in place of any earlier one of the same entry. `signed` is the document
    /// with its parameters open: it is revoked no more. What a difference will need is kept first, so that an approval
    /// is never there without it.
    ///
    /// # Errors
    /// When it cannot be written durably; then nothing is approved that was not.
    pub fn approve(
        &self,
        approval: Approval,
        document: &Document,
        signed: &Document,
        trees: &[(String, Manifest)],
    ) -> Result<(), TrustError> {
        self.keep("documents", &format!("{}.json", approval.digest.hex()), &document.bytes())?;
        for (_, manifest) in trees {
            self.keep("trees", &manifest.digest().hex(), manifest.to_text().as_bytes())?;
        }
        self.change(|approvals| {
            approvals.revoked.retain(|digest| *digest != signed.digest());
            approvals.given.retain(|given| given.lock != approval.lock || given.name != approval.name);
            approvals.given.push(approval);
        })
    }

    /// Takes an approval back, and refuses the signed document with its parameters open, whoever else approved it.
    ///
    /// # Errors
    /// When it cannot be written durably.
    pub fn revoke(
        &self,
        lock: &Path,
        name: &ServerName,
        signed: Option<&Document>,
    ) -> Result<(), TrustError> {
        let digest = signed.map(Document::digest);
        self.change(|approvals| {
            approvals.given.retain(|given| given.lock != lock || given.name != *name);
            approvals.revoked.extend(digest.filter(|digest| !approvals.revoked.contains(digest)));
        })
    }

    /// The document that was approved under this digest; nothing when it is gone or is not that any more.
    #[must_use]
    pub fn document(&self, digest: &Digest) -> Option<Document> {
        let path = self.0.join("documents").join(format!("{}.json", digest.hex()));
        Document::parse(&open::read(&path, Whose::User, MOST_BYTES).ok()??, digest)
    }

    /// The manifest of a tree that was approved; nothing when it is gone or is not that any more.
    #[must_use]
    pub fn tree(&self, digest: &Digest) -> Option<Manifest> {
        let path = self.0.join("trees").join(digest.hex());
        let bytes = open::read(&path, Whose::User, MOST_BYTES).ok()??;
        Manifest::parse(str::from_utf8(&bytes).ok()?).filter(|manifest| manifest.digest() == *digest)
    }

    /// What was hashed before.
    #[must_use]
    pub fn known(&self) -> Known {
        let bytes = open::read(&self.0.join("known"), Whose::User, MOST_BYTES);
        Known::parse(&bytes.ok().flatten().unwrap_or_default())
    }

    /// Keeps what was hashed. Losing it costs time and nothing else, so a failure is nobody's concern.
    pub fn remember(&self, known: &Known) {
        if known.is_changed() {
            let _ = replace(&self.0.join("known"), known.to_text().as_bytes(), 0o600);
        }
    }

    fn keep(&self, folder: &str, name: &str, bytes: &[u8]) -> Result<(), TrustError> {
        let path = self.0.join(folder).join(name);
        replace(&path, bytes, 0o600).map_err(|error| TrustError::Io { path, error })
    }

    /// Reads, changes and writes, alone.
    fn change(&self, change: impl FnOnce(&mut Approvals)) -> Result<(), TrustError> {
        let guard = self.0.join(".changing");
        let failed = |error| TrustError::Io { path: guard.clone(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed)?;
        let options = File::options().create(true).truncate(false).write(true).mode(0o600).clone();
        let alone = options.open(&guard).map_err(failed)?;
        alone.lock().map_err(failed)?;
        let mut approvals = self.read()?;
        change(&mut approvals);
        let kept = Kept {
            version: VERSION,
            approvals: approvals.given.into_iter().map(kept).collect(),
            revoked: approvals.revoked.iter().map(Digest::to_string).collect(),
        };
        let path = self.0.join("approvals.json");
        let bytes = serde_json::to_vec_pretty(&kept).map_err(|error| failed(error.into()))?;
        replace(&path, &bytes, 0o600).map_err(|error| TrustError::Io { path, error })
    }

    /// Removes documents and manifests that no approval needs.
    ///
    /// # Errors
    /// When the approvals do not count.
    pub fn sweep(&self) -> Result<(), TrustError> {
        let approvals = self.read()?;
        let needed: Vec<String> =
            approvals.given.iter().map(|given| format!("{}.json", given.digest.hex())).collect();
        for entry in fs::read_dir(self.0.join("documents")).into_iter().flatten().flatten() {
            if !needed.iter().any(|name| *entry.file_name() == **name) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

fn kept(approval: Approval) -> KeptApproval {
    let Approval { lock, name, digest, values, at } = approval;
    KeptApproval { lock, name: name.to_string(), digest: digest.to_string(), values, at }
}
