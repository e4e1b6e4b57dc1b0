//! Installed trees, by digest: read-only, deduplicated, whole or not there.
//!
//! Owns the directory `mantrap/store` of the data home. Never fetches anything and never executes anything in it.
//!
//! ```text
//! lock                      held by whoever adds (shared) or removes (alone)
//! trees/HEX/tree/           the tree: directories 555, files 444 or 555
//! trees/HEX/manifest        its manifest; SHA-256 of it is HEX
//! trees/HEX/record.json     where it came from; nothing rests on it
//! files/HE/HEX.r, HEX.x     every file once, hard-linked into the trees
//! staging/…                 what is being made; gone at the next start after a crash
//! ```
//! A tree appears by one rename(2), after everything in it is on the disk. Whether it still is what it was is asked at every
//! launch, by [`measure`]: a stamp for every file, and the hash of those whose stamp is new.

mod bundle;
mod error;
mod guard;
mod publish;
mod record;
mod removal;
mod shape;
mod tar;

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::Digest;
use crate::digest::Of;
use crate::digest::known::Known;
use crate::digest::measure::{Measured, measure};
use crate::digest::tree::{Item, Manifest};
use crate::scope::Whose;
use crate::scope::open::{self, file_or_directory};

pub use error::StoreError;
pub use publish::Staging;
pub use record::{Package, Record};
pub use shape::Limits;

use guard::{Guard, Wanted};

/// Bytes of the largest manifest: half a million lines.
const LARGEST_MANIFEST: u64 = 256 << 20;
/// Bytes of the largest record.
const LARGEST_RECORD: u64 = 16 << 20;

/// The store of one user.
#[derive(Clone, Debug)]
pub struct DiskStore {
    root: PathBuf,
}

/// One installed tree.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Of the tree.
    pub digest: Digest,
    /// Where it came from, if that is still to be read.
    pub record: Option<Record>,
}

/// A store from which nothing is collected while this lives.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "it only has to live")] Guard);

/// What a collection removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Trees.
    pub trees: u64,
    /// Files that were in no tree any more.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl DiskStore {
    /// Opens the store in this directory, which is absolute and without links, and makes it if it is not there. What an
    /// interrupted process left is removed, unless another process is adding something right now.
    ///
    /// # Errors
    /// When somebody else can have a hand in it, and the system's.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let store = Self { root: root.into() };
        for directory in ["trees", "files", "staging"] {
            let path = root.join(directory);
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(|error| StoreError::io("created", &path, error))?;
        }
        file_or_directory(root, Whose::User)?;
        if let Some(_alone) = Guard::at_once(&store.root, Wanted::Alone)? {
            // What cannot be removed now, because a jail is still dying, is at the next start.
            let _ = removal::empty(&store.root.join("staging"));
        }
        Ok(store)
    }

    /// The store in this directory, if there is one. Nothing is made and nothing is swept away.
    ///
    /// # Errors
    /// When somebody else can have a hand in it.
    pub fn existing(root: &Path) -> Result<Option<Self>, StoreError> {
        if !root.join("trees").is_dir() {
            return Ok(None);
        }
        file_or_directory(root, Whose::User)?;
        Ok(Some(Self { root: root.into() }))
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Nothing is collected until the answer is dropped: what was installed is there still when a lock names it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], and the system's.
    pub fn hold(&self) -> Result<Hold, StoreError> {
        Guard::wait(&self.root, Wanted::Shared).map(Hold)
    }

    /// A place to make a tree in, which nobody else sees before it is published.
    ///
    /// # Errors
    /// [`StoreError::Busy`], and the system's.
    pub fn stage(&self) -> Result<Staging, StoreError> {
        Staging::new(self)
    }

    /// Every installed tree, by digest.
    ///
    /// # Errors
    /// The system's.
    pub fn list(&self) -> Result<Vec<Stored>, StoreError> {
        let trees = self.root.join("trees");
        let mut stored = Vec::new();
        for entry in fs::read_dir(&trees).map_err(|error| StoreError::io("listed", &trees, error))? {
            let entry = entry.map_err(|error| StoreError::io("listed", &trees, error))?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if let Ok(digest) = format!("tree:{name}").parse() {
                stored.push(Stored { digest, record: self.record(&digest) });
            }
        }
        stored.sort_by_key(|stored| stored.digest);
        Ok(stored)
    }

    /// Where the tree came from, if that is known.
    #[must_use]
    pub fn record(&self, digest: &Digest) -> Option<Record> {
        let bytes = open::read(&self.place(digest).join("record.json"), Whose::User, LARGEST_RECORD);
        serde_json::from_slice(&bytes.ok()??).ok()
    }

    /// The manifest that the tree had when it was published.
    ///
    /// # Errors
    /// [`StoreError::Missing`], and [`StoreError::Damaged`] when the manifest itself is not what it was.
    pub fn manifest(&self, digest: &Digest) -> Result<Manifest, StoreError> {
        let bytes = open::read(&self.place(digest).join("manifest"), Whose::User, LARGEST_MANIFEST)?;
        let text = String::from_utf8(bytes.ok_or(StoreError::Missing(*digest))?);
        let manifest = text.ok().and_then(|text| Manifest::parse(&text));
        manifest
            .filter(|manifest| manifest.digest() == *digest)
            .ok_or_else(|| StoreError::Damaged { digest: *digest, path: "its manifest".into() })
    }

    /// Reads every byte of a tree.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], by the first path that differs.
    pub fn verify(&self, digest: &Digest) -> Result<(), StoreError> {
        let wanted = self.manifest(digest)?;
        let path = self.place(digest).join("tree");
        let damaged = |path: String| StoreError::Damaged { digest: *digest, path };
        let Measured::Tree(found, _) = measure(&path, &mut Known::default())? else {
            return Err(damaged("the tree".into()));
        };
        let differs = |path: &&Vec<u8>| wanted.0.get(*path) != found.0.get(*path);
        match wanted.0.keys().chain(found.0.keys()).find(differs) {
            Some(path) => Err(damaged(format!("`{}`", String::from_utf8_lossy(path)))),
            None => Ok(()),
        }
    }

    /// Removes the trees that `garbage` chooses, and every file that is then in no tree. It is asked while nobody is adding
    /// anything, so what locks name then is all that they name.
    ///
    /// # Errors
    /// Its own; [`StoreError::Busy`] while something is being added, and the system's.
    pub fn collect<E: From<StoreError>>(
        &self,
        garbage: impl FnOnce(Vec<Stored>) -> Result<Vec<Digest>, E>,
    ) -> Result<Collected, E> {
        let _alone = Guard::wait(&self.root, Wanted::Alone)?;
        let mut collected = Collected::default();
        for digest in garbage(self.list()?)? {
            removal::remove(&self.place(&digest), &self.root.join("staging"))?;
            collected.trees += 1;
        }
        let (files, bytes) = removal::unlinked(&self.root.join("files"))?;
        Ok(Collected { files, bytes, ..collected })
    }

    /// The bytes of a tree's files, and how many they are.
    ///
    /// # Errors
    /// As [`manifest`](Self::manifest).
    pub fn size(&self, digest: &Digest) -> Result<(u64, u64), StoreError> {
        let manifest = self.manifest(digest)?;
        let sizes = manifest.0.values().filter_map(|item| match item {
            Item::File { size, .. } => Some(*size),
            _ => None,
        });
        Ok(sizes.fold((0_u64, 0), |(bytes, files), size| (bytes.saturating_add(size), files + 1)))
    }

    /// The directory of a published tree and what is known of it.
    fn place(&self, digest: &Digest) -> PathBuf {
        self.root.join("trees").join(digest.hex())
    }
}

impl crate::Store for DiskStore {
    fn tree(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.place(digest).join("tree");
        (digest.kind() == Of::Tree && path.is_dir()).then_some(path)
    }
}

/// No store holds nothing.
impl crate::Store for Option<DiskStore> {
    fn tree(&self, digest: &Digest) -> Option<PathBuf> {
        self.as_ref()?.tree(digest)
    }
}

#[cfg(test)]
mod tests;
