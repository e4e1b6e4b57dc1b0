//! The digest of a directory: SHA-256 of its manifest, a text with one line for everything in it.
//!
//! The lines are sorted, so the manifest does not depend on the order in which a file system answers; each holds the
//! digest of its file, so two manifests can be compared without the files. `docs/lock-format.md` is the specification.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr};
use std::fmt::Write as _;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};

use super::known::{Known, Stamp};
use super::measure::{Unmeasurable, hash};
use super::{Digest, Of};
use crate::scope::open::{Whose, is_nobody_elses, nobody_else, permissions, words};

const FIRST_LINE: &str = "mantrap-tree/1";
/// Files, directories and links of the largest tree.
const MOST: usize = 500_000;
/// Directories inside each other.
const DEEPEST: usize = 128;

/// What is in a directory: relative path (raw bytes, `/` between names, `.` for itself) to what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(pub BTreeMap<Vec<u8>, Item>);

/// One thing in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A directory and its permission bits.
    Directory {
        /// The permission bits.
        mode: u32,
    },
    /// A file.
    File {
        /// The permission bits.
        mode: u32,
        /// Bytes.
        size: u64,
        /// Of its bytes.
        digest: Digest,
    },
    /// A symbolic link and what it says, raw bytes.
    Link(Vec<u8>),
}

impl Manifest {
    /// The manifest as text; its SHA-256 is the digest of the tree.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{FIRST_LINE}\n");
        for (path, item) in &self.0 {
            let path = encoded(path);
            // Writing to a string cannot fail.
            let _ = match item {
                Item::Directory { mode } => writeln!(out, "dir {mode:o} {path}"),
                Item::File { mode, size, digest } => {
                    writeln!(out, "file {mode:o} {size} {} {path}", digest.hex())
                }
                Item::Link(target) => writeln!(out, "link {} {path}", encoded(target)),
            };
        }
        out
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        (lines.next()? == FIRST_LINE).then_some(())?;
        let manifest = Self(lines.map(line).collect::<Option<_>>()?);
        // One manifest, one text: what is written differently has another digest and is no manifest.
        (manifest.to_text() == text).then_some(manifest)
    }

    /// The digest of the tree.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::new(Of::Tree, Digest::of(self.to_text().as_bytes()).hash)
    }
}

fn line(line: &str) -> Option<(Vec<u8>, Item)> {
    let octal = |word: &str| u32::from_str_radix(word, 8).ok();
    let words: Vec<&str> = line.split(' ').collect();
    match *words.as_slice() {
        ["dir", mode, path] => Some((decoded(path)?, Item::Directory { mode: octal(mode)? })),
        ["link", target, path] => Some((decoded(path)?, Item::Link(decoded(target)?))),
        ["file", mode, size, hex, path] => {
            let digest = format!("sha256:{hex}").parse().ok()?;
            Some((decoded(path)?, Item::File { mode: octal(mode)?, size: size.parse().ok()?, digest }))
        }
        _ => None,
    }
}

/// Every byte but the visible ones of ASCII as `%` and two upper-case digits, and `%` itself (as in RFC 3986, 2.1).
fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'!'..=b'~' if *byte != b'%' => out.push(char::from(*byte)),
            // Writing to a string cannot fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        out.push(u8::try_from(digit()? << 4 | digit()?).ok()?);
    }
    Some(out)
}

/// Measures the directory that is open as `root` and is called `path` in errors. No link is followed, and every file is
/// opened relative to its directory, so what is hashed is what is there.
///
/// # Errors
/// When something can be written by another account, cannot be read, changes meanwhile, is neither file, directory nor
/// link, or when there is more than any package holds.
pub(crate) fn measure(root: &OwnedFd, path: &Path, known: &mut Known) -> Result<Manifest, Unmeasurable> {
    let stat = rustix::fs::fstat(root).map_err(|errno| Unmeasurable::io(path, errno))?;
    let mut walk = Walk { root: path, manifest: Manifest::default(), known };
    walk.manifest.0.insert(b".".to_vec(), Item::Directory { mode: permissions(&stat) });
    walk.directory(root, &[], 0)?;
    Ok(walk.manifest)
}

struct Walk<'a> {
    root: &'a Path,
    manifest: Manifest,
    known: &'a mut Known,
}

impl Walk<'_> {
    /// Everything in a directory. At most [`DEEPEST`] of them are open at once.
    fn directory(&mut self, directory: &OwnedFd, within: &[u8], depth: usize) -> Result<(), Unmeasurable> {
        for name in listed(directory, &self.root.join(OsStr::from_bytes(within)))? {
            let mut relative = within.to_vec();
            if !relative.is_empty() {
                relative.push(b'/');
            }
            relative.extend(name.to_bytes());
            if self.manifest.0.len() >= MOST || depth >= DEEPEST {
                return Err(Unmeasurable::Vast(self.root.into()));
            }
            let (item, below) = self.item(directory, &name, &relative)?;
            self.manifest.0.insert(relative.clone(), item);
            if let Some(below) = below {
                self.directory(&below, &relative, depth + 1)?;
            }
        }
        Ok(())
    }

    /// What `name` is, and the open directory when it is one.
    fn item(
        &mut self,
        above: &OwnedFd,
        name: &CStr,
        relative: &[u8],
    ) -> Result<(Item, Option<OwnedFd>), Unmeasurable> {
        let look = statat(above, name, AtFlags::SYMLINK_NOFOLLOW);
        // Thousands of files are as they were: for them no path is made, and nothing is opened.
        if let Ok(look) = &look
            && FileType::from_raw_mode(look.st_mode) == FileType::RegularFile
            && is_nobody_elses(look, Whose::User)
            && let Some(hash) = self.known.look(&Stamp::of(look))
        {
            return Ok((file_item(look, Digest::new(Of::Bytes, hash)), None));
        }
        let at = self.root.join(OsStr::from_bytes(relative));
        let failed = |errno| Unmeasurable::io(&at, errno);
        let look = look.map_err(failed)?;
        nobody_else(&look, &at, Whose::User)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        match FileType::from_raw_mode(look.st_mode) {
            FileType::Symlink => {
                let target = readlinkat(above, name, Vec::new()).map_err(failed)?;
                Ok((Item::Link(target.into_bytes()), None))
            }
            FileType::Directory => {
                let below = openat(above, name, flags | OFlags::DIRECTORY, Mode::empty()).map_err(failed)?;
                let stat = rustix::fs::fstat(&below).map_err(failed)?;
                nobody_else(&stat, &at, Whose::User)?;
                Ok((Item::Directory { mode: permissions(&stat) }, Some(below)))
            }
            FileType::RegularFile => {
                let file = File::from(openat(above, name, flags, Mode::empty()).map_err(failed)?);
                let stat = rustix::fs::fstat(&file).map_err(failed)?;
                nobody_else(&stat, &at, Whose::User)?;
                let digest = hash(&file, &at, self.known)?;
                Ok((file_item(&stat, digest), None))
            }
            kind => Err(Unmeasurable::Kind { path: at, is: words(kind) }),
        }
    }
}

fn file_item(stat: &Stat, digest: Digest) -> Item {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    Item::File { mode: permissions(stat), size, digest }
}

fn listed(directory: &OwnedFd, path: &Path) -> Result<Vec<CString>, Unmeasurable> {
    let failed = |errno| Unmeasurable::io(path, errno);
    let mut names = Vec::new();
    // A copy of the descriptor: opening it again would look everything up again.
    let copy = directory.try_clone().map_err(|error| Unmeasurable::Io { path: path.into(), error })?;
    for entry in Dir::new(copy).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
        if names.len() > MOST {
            return Err(Unmeasurable::Vast(path.into()));
        }
    }
    Ok(names)
}
