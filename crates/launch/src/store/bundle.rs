//! Trees on their way to a machine without a network: one archive, out and in.
//!
//! ```text
//! mantrap-bundle            "1", a line feed
//! files/HEX                 every file once, named by its SHA-256
//! trees/HEX/record.json     where the tree came from
//! trees/HEX/manifest        what the tree is made of; behind every file that it names
//! ```
//! No name in the archive becomes a path, and nothing of it but bytes reaches the disk: the manifest, whose digest is the
//! tree's, says what is made, and it is judged like any installed tree.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::record::Record;
use super::shape::{Limits, OPEN, PLAIN, stays_inside};
use super::{DiskStore, LARGEST_MANIFEST, LARGEST_RECORD, StoreError, tar};
use crate::Digest;
use crate::digest::known::Known;
use crate::digest::measure::hash;
use crate::digest::tree::{Item, Manifest};
use crate::scope::Whose;
use crate::scope::open;

const FIRST: &str = "mantrap-bundle";
const VERSION: &[u8] = b"1\n";
/// Trees in one bundle.
const MOST_TREES: usize = 1000;

impl DiskStore {
    /// Writes these trees as one archive. Every byte is checked on the way.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Damaged`], and the system's.
    pub fn export(&self, trees: &BTreeSet<Digest>, out: &mut impl Write) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("written", Path::new("the bundle"), error);
        let whole = |out: &mut _, name: &str, bytes: &[u8]| -> io::Result<()> {
            let size = bytes.len() as u64;
            tar::begin(out, name, size)?;
            Write::write_all(out, bytes)?;
            tar::pad(out, size)
        };
        whole(out, FIRST, VERSION).map_err(failed)?;
        let mut written = BTreeSet::new();
        for tree in trees {
            self.verify(tree)?;
            let manifest = self.manifest(tree)?;
            for (path, item) in &manifest.0 {
                let Item::File { digest, size, .. } = item else { continue };
                if !written.insert(*digest) {
                    continue;
                }
                let path = self.place(tree).join("tree").join(std::ffi::OsStr::from_bytes(path));
                let file = open::file(&path, Whose::User)?;
                tar::begin(out, &format!("files/{}", digest.hex()), *size).map_err(failed)?;
                // The bytes that are written are the bytes that were hashed, or the import says so.
                if io::copy(&mut file.take(*size), out).map_err(failed)? != *size {
                    return Err(StoreError::Damaged { digest: *tree, path: path.display().to_string() });
                }
                tar::pad(out, *size).map_err(failed)?;
            }
            let record = self.record(tree).unwrap_or_default();
            let record = serde_json::to_vec(&record).map_err(io::Error::from).map_err(failed)?;
            whole(out, &format!("trees/{}/record.json", tree.hex()), &record).map_err(failed)?;
            whole(out, &format!("trees/{}/manifest", tree.hex()), manifest.to_text().as_bytes())
                .map_err(failed)?;
        }
        tar::end(out).map_err(failed)
    }

    /// Reads an archive and publishes its trees, each when all of it is there and right. Answers which.
    ///
    /// # Errors
    /// [`StoreError::Bundle`] by the first thing that is wrong; trees before it are in the store, whole.
    pub fn import(&self, input: &mut impl Read) -> Result<Vec<Digest>, StoreError> {
        let bad = |why: String| StoreError::Bundle(why);
        let first = tar::next(input).map_err(bad)?;
        let version = first.filter(|first| first.name == FIRST && first.size == VERSION.len() as u64);
        let version = version.ok_or_else(|| bad("it does not begin as one".into()))?;
        if bytes(input, version.size, 16)? != VERSION {
            return Err(bad("it is of another version; import it with the mantrap that wrote it".into()));
        }
        let files = self.stage()?;
        let mut importing =
            Importing { store: self, files: files.scratch(), room: Limits::TREE, names: BTreeSet::new() };
        let mut record = None;
        let mut imported = Vec::new();
        while let Some(tar::Entry { name, size }) = tar::next(input).map_err(bad)? {
            if let Some(hex) = name.strip_prefix("files/") {
                importing.file(input, hex, size)?;
            } else if let Some(hex) = between(&name, "trees/", "/record.json") {
                let read = bytes(input, size, LARGEST_RECORD)?;
                let read: Record = serde_json::from_slice(&read)
                    .map_err(|error| bad(format!("a record in it cannot be read: {error}")))?;
                record = Some((hex.to_owned(), read));
            } else if let Some(hex) = between(&name, "trees/", "/manifest") {
                let text = bytes(input, size, LARGEST_MANIFEST)?;
                let of = record.take().filter(|(of, _)| of == hex).map(|(_, record)| record);
                imported.push(importing.tree(hex, text, &of.unwrap_or_default())?);
            } else {
                return Err(bad(format!("`{name}` has no place in one")));
            }
            if imported.len() > MOST_TREES {
                return Err(bad("it holds more than 1,000 trees".into()));
            }
        }
        match imported.is_empty() {
            true => Err(bad("it holds no tree".into())),
            false => Ok(imported),
        }
    }
}

struct Importing<'a> {
    store: &'a DiskStore,
    /// Where files are put until a tree wants them.
    files: std::path::PathBuf,
    /// What may still come.
    room: Limits,
    names: BTreeSet<String>,
}

impl Importing<'_> {
    fn file(&mut self, input: &mut impl Read, hex: &str, size: u64) -> Result<(), StoreError> {
        let bad = StoreError::Bundle;
        let wanted: Digest = format!("sha256:{hex}")
            .parse()
            .map_err(|_| bad(format!("`files/{hex}` is not named by a digest")))?;
        let room = self.room.bytes.checked_sub(size).zip(self.room.items.checked_sub(1));
        let Some((bytes, items)) = room else { return Err(bad("it holds more than any server does".into())) };
        self.room = Limits { bytes, items, ..self.room };
        if !self.names.insert(hex.to_owned()) {
            return Err(bad(format!("`files/{hex}` is in it twice")));
        }
        let path = self.files.join(hex);
        let failed = |error| StoreError::io("written", &path, error);
        let mut file = File::options().write(true).read(true).create_new(true).open(&path).map_err(failed)?;
        let copied = io::copy(&mut input.take(size), &mut file).map_err(failed)?;
        if copied != size || tar::skip_padding(input, size).is_err() {
            return Err(bad("it ends in the middle".into()));
        }
        let file = File::open(&path).map_err(failed)?;
        if hash(&file, &path, &mut Known::default())? != wanted {
            return Err(bad(format!("`files/{hex}` is not what its name says")));
        }
        Ok(())
    }

    /// Makes the tree of a manifest.
    fn tree(&self, hex: &str, text: Vec<u8>, record: &Record) -> Result<Digest, StoreError> {
        let bad = |why: &str| StoreError::Bundle(format!("the tree `{hex}` {why}"));
        let manifest = String::from_utf8(text).ok().and_then(|text| Manifest::parse(&text));
        let manifest = manifest.filter(|manifest| manifest.digest().hex() == hex);
        let manifest = manifest.ok_or_else(|| bad("has a manifest that is not what its name says"))?;
        let sum = manifest.0.values().fold(0_u64, |sum, item| match item {
            Item::File { size, .. } => sum.saturating_add(*size),
            _ => sum,
        });
        // One small file can be named two hundred thousand times.
        if manifest.0.len() as u64 > Limits::TREE.items || sum > Limits::TREE.bytes {
            return Err(bad("is larger than any server is"));
        }
        let staging = self.store.stage()?;
        let root = staging.tree();
        for (path, item) in &manifest.0 {
            // A link that an earlier line made may not stand on the way.
            let above = path.iter().rposition(|byte| *byte == b'/').and_then(|at| path.get(..at));
            let above = manifest.0.get(above.unwrap_or(b"."));
            if !is_plain(path) || !matches!(above, Some(Item::Directory { .. })) {
                return Err(bad("names a path that leads elsewhere"));
            }
            let to = root.join(std::ffi::OsStr::from_bytes(path));
            let made = match item {
                Item::Directory { mode } if *mode == OPEN => match path.as_slice() {
                    b"." => Ok(()),
                    _ => DirBuilder::new().mode(0o755).create(&to),
                },
                Item::File { mode, digest, .. } if matches!(*mode, PLAIN | OPEN) => {
                    let from = self.files.join(digest.hex());
                    fs::copy(&from, &to).and_then(|_| {
                        let mode = std::os::unix::fs::PermissionsExt::from_mode(*mode);
                        fs::set_permissions(&to, mode)
                    })
                }
                Item::Link(target) if stays_inside(path, target) => {
                    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), &to)
                }
                _ => return Err(bad("holds what no tree of a store does")),
            };
            made.map_err(|error| bad(&format!("cannot be made: {error}")))?;
        }
        let digest = staging.publish_as(record, &manifest.digest())?;
        Ok(digest)
    }
}

fn between<'a>(name: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    name.strip_prefix(before)?.strip_suffix(behind)
}

/// All bytes of a small file.
fn bytes(input: &mut impl Read, size: u64, most: u64) -> Result<Vec<u8>, StoreError> {
    let ends = || StoreError::Bundle("it ends in the middle".into());
    if size > most {
        return Err(StoreError::Bundle("a manifest or record in it is too large".into()));
    }
    let mut bytes = Vec::new();
    input.take(size).read_to_end(&mut bytes).map_err(|_| ends())?;
    tar::skip_padding(input, size).map_err(|_| ends())?;
    (bytes.len() as u64 == size).then_some(bytes).ok_or_else(ends)
}

/// A path that stays where it is put: names between single `/`, none of them `.` or `..`; or `.` alone.
fn is_plain(path: &[u8]) -> bool {
    let is_name = |name: &[u8]| !name.is_empty() && name != b"." && name != b".." && !name.contains(&0);
    path == b"." || (path.len() < 4096 && path.split(|byte| *byte == b'/').all(is_name))
}
