//! A tree in the making, and the one step by which it becomes one of the store.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::guard::{Guard, Wanted};
use super::record::Record;
use super::shape::{self, Limits, OPEN};
use super::{DiskStore, StoreError, removal};
use crate::Digest;
use crate::digest::known::Known;
use crate::digest::measure::{Measured, hash, measure};
use crate::digest::tree::{Item, Manifest};

/// A directory of the store in which a tree is made. Dropped, it is gone.
#[derive(Debug)]
pub struct Staging {
    store: DiskStore,
    /// Absolute, without links.
    path: PathBuf,
    limits: Limits,
    /// Last: what is in the directory is removed while nobody else may think it abandoned.
    _guard: Guard,
}

impl Staging {
    pub(super) fn new(store: &DiskStore) -> Result<Self, StoreError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let guard = Guard::wait(&store.root, Wanted::Shared)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = store.root.join("staging").join(format!("{}-{number}", std::process::id()));
        // A process that was killed had this number, while another one, which keeps sweeping away, is at work.
        if path.symlink_metadata().is_ok() {
            removal::wipe(&path).map_err(|error| StoreError::io("removed", &path, error))?;
        }
        for path in [path.clone(), path.join("out"), path.join("out/tree"), path.join("scratch")] {
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(|error| StoreError::io("created", &path, error))?;
        }
        Ok(Self { store: store.clone(), path, limits: Limits::TREE, _guard: guard })
    }

    /// With other limits than a tree's usual ones.
    #[must_use]
    pub const fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the tree is made.
    #[must_use]
    pub fn tree(&self) -> PathBuf {
        self.path.join("out/tree")
    }

    /// Room for what is needed on the way and not kept.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.path.join("scratch")
    }

    /// The whole of it: what an installer is watched by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the tree one of the store: modes set, hashed, deduplicated, on the disk, then there by one rename. Nothing
    /// may be writing in it any more. A tree that is there already and whole is left as it is; one that was changed is
    /// replaced.
    ///
    /// # Errors
    /// [`StoreError::Shape`] for what no tree may hold, and the system's. The store is then as before.
    pub fn publish(self, record: &Record) -> Result<Digest, StoreError> {
        self.publish_if(record, |_| true)
    }

    /// As [`publish`](Self::publish), if the tree has this digest.
    ///
    /// # Errors
    /// As [`publish`](Self::publish), and [`StoreError::Damaged`] for any other tree.
    pub(crate) fn publish_as(self, record: &Record, wanted: &Digest) -> Result<Digest, StoreError> {
        self.publish_if(record, |digest| digest == wanted)
    }

    fn publish_if(self, record: &Record, is_wanted: impl Fn(&Digest) -> bool) -> Result<Digest, StoreError> {
        let tree = self.tree();
        shape::settle(&tree, self.limits)?;
        let Measured::Tree(mut manifest, _) = measure(&tree, &mut Known::default())? else {
            return Err(StoreError::shape(b"the tree", "is no directory"));
        };
        for item in manifest.0.values_mut() {
            if let Item::Directory { mode } = item {
                *mode = OPEN;
            }
        }
        let digest = manifest.digest();
        if !is_wanted(&digest) {
            return Err(StoreError::Damaged { digest, path: "it is another tree than was wanted".into() });
        }
        self.deduplicate(&manifest)?;
        close(&tree, &manifest)?;
        let out = self.path.join("out");
        self.write(&out.join("manifest"), manifest.to_text().as_bytes())?;
        let record = serde_json::to_vec_pretty(record).map_err(io::Error::from);
        self.write(
            &out.join("record.json"),
            &record.map_err(|error| StoreError::io("written", &out, error))?,
        )?;
        self.appear(&out, &digest)?;
        Ok(digest)
    }

    /// One inode for one content, as far as the file system allows links.
    fn deduplicate(&self, manifest: &Manifest) -> Result<(), StoreError> {
        for (path, item) in &manifest.0 {
            let Item::File { mode, digest, .. } = item else { continue };
            let here = self.tree().join(std::ffi::OsStr::from_bytes(path));
            let hex = digest.hex();
            let shelf = self.store.root.join("files").join(hex.get(..2).unwrap_or_default());
            let kept = shelf.join(format!("{hex}.{}", if *mode == OPEN { "x" } else { "r" }));
            let linked = DirBuilder::new().recursive(true).mode(0o700).create(&shelf).and_then(|()| {
                match is_whole(&kept, *mode, digest) {
                    true => self.link(&kept, &here),
                    false => self.link(&here, &kept),
                }
            });
            match linked {
                // A file system without links, or one inode with as many as it can have: the file stays its own.
                Err(error) if is_unlinkable(&error) => {}
                linked => linked.map_err(|error| StoreError::io("linked", &kept, error))?,
            }
        }
        Ok(())
    }

    /// `to` becomes another name of `from`, in one step and whatever was there.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let between = self.path.join("link");
        match fs::remove_file(&between) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::hard_link(from, &between)?;
        fs::rename(&between, to)?;
        // rename(2) does nothing, and keeps both, when both are one inode already.
        fs::remove_file(&between).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let created = File::options().write(true).create_new(true).mode(0o400).open(path);
        created
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| StoreError::io("written", path, error))
    }

    fn appear(&self, out: &Path, digest: &Digest) -> Result<(), StoreError> {
        let place = self.store.place(digest);
        let failed = |error: io::Error| StoreError::io("published", &place, error);
        let trees = File::open(self.store.root.join("trees")).map_err(failed)?;
        // Everything is on the disk before its name is.
        synchronize(&trees).map_err(failed)?;
        for _ in 0..3 {
            match fs::rename(out, &place) {
                Ok(()) => return trees.sync_all().map_err(failed),
                // Somebody has published the same, now or long ago.
                Err(_) if place.is_dir() && self.store.verify(digest).is_ok() => return Ok(()),
                Err(error) if !place.is_dir() => return Err(failed(error)),
                Err(_) => match removal::remove(&place, &self.path) {
                    Err(StoreError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
                    removed => removed?,
                },
            }
        }
        Err(StoreError::Busy(self.store.root.clone()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What stays is swept away at the next start.
        let _ = removal::wipe(&self.path);
    }
}

/// The directories last, the deepest first: a closed one takes no change.
fn close(tree: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    for (path, item) in manifest.0.iter().rev() {
        if matches!(item, Item::Directory { .. }) {
            let path = tree.join(std::ffi::OsStr::from_bytes(path));
            fs::set_permissions(&path, Permissions::from_mode(OPEN))
                .map_err(|error| StoreError::io("closed", &path, error))?;
        }
    }
    Ok(())
}

/// Whether the file is there and every byte of it is what its name says.
fn is_whole(path: &Path, mode: u32, digest: &Digest) -> bool {
    let Ok(file) = crate::scope::open::file(path, crate::scope::Whose::User) else { return false };
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o7777 == mode)
        && hash(&file, path, &mut Known::default()).is_ok_and(|found| found == *digest)
}

fn is_unlinkable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TooManyLinks | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
    )
}

#[cfg(target_os = "linux")]
fn synchronize(directory: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(directory)?)
}

#[cfg(not(target_os = "linux"))]
fn synchronize(directory: &File) -> io::Result<()> {
    directory.sync_all()
}
