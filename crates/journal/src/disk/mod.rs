//! The few things that the journal does to a disk, so that a test can be the disk.
//!
//! Paths are relative to the journal's directory and use `/`. Whoever writes holds the exclusive lock.

mod files;
#[cfg(test)]
pub(crate) mod simulated;

use std::fs::File;
use std::io;
use std::time::Duration;

pub(crate) use files::Files;

/// Who else may be at it meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Nobody.
    Exclusive,
    /// Whoever only reads.
    Shared,
}

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "closing it is what unlocks")] pub(crate) Option<File>);

/// A directory of files.
pub(crate) trait Disk: Send + Sync {
    /// Waits for the lock, for at most `patience`; then it is [`io::ErrorKind::WouldBlock`].
    fn lock(&self, how: Lock, patience: Duration) -> io::Result<Held>;
    /// The bytes from `from` on, at most `at_most` of them.
    fn read(&self, path: &str, from: u64, at_most: usize) -> io::Result<Vec<u8>>;
    /// Bytes of a file.
    fn size(&self, path: &str) -> io::Result<u64>;
    /// Writes at `at`, which is the end of the file. Durable when it returns.
    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file. Durable when it returns.
    fn truncate(&self, path: &str, size: u64) -> io::Result<()>;
    /// A new file in place of any old one, readable by its owner only. Its bytes are durable when it returns, its name
    /// is after [`Self::sync_directory`].
    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// As [`Self::create`] for many files, which a disk may do at the same time.
    fn create_all(&self, files: &[(String, Vec<u8>)]) -> io::Result<()> {
        files.iter().try_for_each(|(path, bytes)| self.create(path, bytes))
    }
    /// Gives a file another name, in place of whatever had it. Durable after [`Self::sync_directory`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes a directory and those above it; nothing when it is there. Durable when it returns.
    fn make_directory(&self, path: &str) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &str) -> io::Result<()>;
}

/// Puts a file in its place whole or not at all; durable after the directory is.
pub(crate) fn replace(disk: &dyn Disk, path: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = format!("{path}{NEW}");
    disk.create(&temporary, bytes)?;
    disk.rename(&temporary, path)
}

/// Puts files in their places, each whole or not at all; durable after their directories are.
pub(crate) fn replace_all(disk: &dyn Disk, files: Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let named = |(path, bytes)| (format!("{path}{NEW}"), bytes);
    let files: Vec<(String, Vec<u8>)> = files.into_iter().map(named).collect();
    disk.create_all(&files)?;
    let temporaries = files.iter().map(|(path, _)| path.as_str());
    temporaries
        .filter_map(|path| Some((path, path.strip_suffix(NEW)?)))
        .try_for_each(|(from, to)| disk.rename(from, to))
}

/// What a file is called until it has all its bytes.
const NEW: &str = ".new";

/// The directory of a path; `""` is the journal's own.
pub(crate) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
