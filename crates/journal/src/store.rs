//! Where a journal lives: its directory, its files' names, and its errors' places.
//!
//! ```text
//! key           the private key, readable by its owner only          vkey      the public key
//! tail          the records since the last full tiles                checkpoint  a checkpoint, renewed with the tiles
//! tile/         full tiles and entry bundles, as tlog-tiles says     torn/       what was cut from the tail, as evidence
//! lock          held while something is written
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::{Disk, Files, Held, Lock};
use crate::error::Error;
use crate::note::Verifier;
use crate::tail::{self, Care, Found, HEAD, Tail};

pub(crate) const KEY: &str = "key";
pub(crate) const VKEY: &str = "vkey";
pub(crate) const TAIL: &str = "tail";
pub(crate) const CHECKPOINT: &str = "checkpoint";
pub(crate) const TORN: &str = "torn";
const LOCK: &str = "lock";

/// Bytes of the largest tail that is read.
pub(crate) const LARGEST_TAIL: usize = 256 * 1024 * 1024;
/// Bytes of the largest key or checkpoint.
const LARGEST_TEXT: usize = 64 * 1024;
/// How long another process may hold the lock.
const PATIENCE: Duration = Duration::from_secs(20);

/// A journal's directory.
pub(crate) struct Store {
    pub(crate) directory: PathBuf,
    pub(crate) disk: Box<dyn Disk>,
}

impl Store {
    pub(crate) fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), disk: Box::new(Files::at(directory)) }
    }

    pub(crate) fn lock(&self, how: Lock) -> Result<Held, Error> {
        self.disk.lock(how, PATIENCE).map_err(|error| self.error("lock", LOCK, error))
    }

    pub(crate) fn error(&self, act: &'static str, path: &str, error: std::io::Error) -> Error {
        Error::io(act, self.directory.join(path), error)
    }

    pub(crate) fn damaged(&self, path: &str, what: impl Into<String>) -> Error {
        Error::damaged(&self.directory, path, what)
    }

    pub(crate) fn read(&self, path: &str, at_most: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.disk.read(path, 0, at_most + 1).map_err(|error| self.error("read", path, error))?;
        if bytes.len() > at_most {
            return Err(self.damaged(path, "it is larger than it can be"));
        }
        Ok(bytes)
    }

    /// A small text file; `None` when there is none.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, Error> {
        match self.read(path, LARGEST_TEXT) {
            Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| self.damaged(path, "it is no text")),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The public key that lies beside the journal.
    pub(crate) fn verifier(&self) -> Result<Verifier, Error> {
        let text = self.text(VKEY)?.ok_or_else(|| Error::Missing { path: self.directory.clone() })?;
        let line = text.strip_suffix('\n').unwrap_or_default();
        line.parse().map_err(|bad: crate::note::BadKey| self.damaged(VKEY, bad.to_string()))
    }

    /// The tail from its beginning, with its bytes. What it found is in these bytes behind the first `usize` of them.
    pub(crate) fn whole_tail(
        &self,
        verifier: &Verifier,
        care: Care,
    ) -> Result<(Tail, Vec<u8>, Begun), Error> {
        let bytes = self.read(TAIL, LARGEST_TAIL)?;
        let mut tail = Tail::begin(&bytes, verifier).map_err(|what| self.damaged(TAIL, what))?;
        let from = usize::try_from(tail.good).unwrap_or(usize::MAX);
        let first = tail.clone();
        let found = tail.advance(bytes.get(from..).unwrap_or_default(), verifier, care);
        Ok((tail, bytes, Begun { first, from, found }))
    }

    /// What follows the part of the tail that is known: its bytes, and what they are. `None` when the tail has been put
    /// into tiles meanwhile.
    pub(crate) fn more_of(
        &self,
        tail: &mut Tail,
        verifier: &Verifier,
    ) -> Result<Option<(Vec<u8>, Found)>, Error> {
        let found = self.behind(tail, verifier);
        // Looked at last: whoever only reads holds no lock, and what was found may be of another tail.
        let head = self.disk.read(TAIL, 0, HEAD).map_err(|error| self.error("read", TAIL, error))?;
        if tail::start(&head) == Some(tail.start) { found.map(Some) } else { Ok(None) }
    }

    fn behind(&self, tail: &mut Tail, verifier: &Verifier) -> Result<(Vec<u8>, Found), Error> {
        let size = self.disk.size(TAIL).map_err(|error| self.error("read", TAIL, error))?;
        if size < tail.good {
            return Err(self.damaged(TAIL, "it is shorter than it was"));
        }
        if size == tail.good {
            return Ok(Default::default());
        }
        let bytes = self.disk.read(TAIL, tail.good, LARGEST_TAIL);
        let bytes = bytes.map_err(|error| self.error("read", TAIL, error))?;
        let found = tail.advance(&bytes, verifier, Care::Records);
        Ok((bytes, found))
    }
}

/// The beginning of a tail and what followed it.
pub(crate) struct Begun {
    /// The tail before its first record.
    pub(crate) first: Tail,
    /// Where the records begin.
    pub(crate) from: usize,
    pub(crate) found: Found,
}
