//! The book: what was changed in which file, so that it can be undone. One record and the old bytes per file, under the
//! user's state directory, written before the file is touched.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use mantrap_clients::catalog::{Dialect, Evidence, FileSpec, client};
use mantrap_clients::edit::Undo;
use mantrap_clients::source::MAX_CONFIG_BYTES;
use mantrap_clients::{Config, Format, Origin, Scope, Source, format, lower};
use mantrap_launch::Digest;
use mantrap_launch::scope::{Whose, open, replace};
use serde::{Deserialize, Serialize};

/// The largest record that is read, in bytes: a generation holds at most the text of its file twice.
const MOST_BYTES: u64 = 16 * MAX_CONFIG_BYTES;

/// What was done to one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The format of the record.
    pub(super) version: u32,
    /// The file, without links.
    pub(super) path: PathBuf,
    /// The client whose file it is.
    pub(super) client: String,
    /// How it is read.
    pub(super) format: Format,
    /// Where in it the servers are.
    pub(super) keys: Vec<String>,
    /// For whom it speaks.
    pub(super) scope: Scope,
    /// Each time that it was rewritten, the oldest first.
    pub(super) generations: Vec<Generation>,
}

/// One time that a file was rewritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generation {
    /// When, RFC 3339.
    pub(super) at: String,
    /// The digest of its bytes before; the bytes are kept beside the record.
    pub(super) before: String,
    /// The digest of its bytes after.
    pub(super) after: String,
    /// The servers, in the order in which they were edited.
    pub(super) servers: Vec<Protected>,
}

/// One server of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Protected {
    /// The entry that it starts now.
    pub(super) entry: String,
    /// What undoes it.
    pub(super) undo: Undo,
}

impl Record {
    /// A record of `config`, at `path`, in which nothing was done yet.
    pub(super) fn of(config: &Config, path: &Path) -> Self {
        Self {
            version: 1,
            path: path.into(),
            client: config.client.id.clone(),
            format: config.read_as.format,
            keys: config.read_as.keys.clone(),
            scope: config.read_as.scope,
            generations: Vec::new(),
        }
    }

    /// Reads bytes of the file as they were read when it was edited.
    pub(super) fn config(&self, bytes: Vec<u8>) -> anyhow::Result<Config> {
        let client =
            client(&self.client).with_context(|| format!("no client is called `{}`", self.client))?;
        let spec = FileSpec {
            scope: self.scope,
            linux: Vec::new(),
            macos: Vec::new(),
            windows: Vec::new(),
            project: Vec::new(),
            format: self.format,
            keys: self.keys.clone(),
            dialect: Dialect::Servers,
            evidence: Evidence::Code,
            notes: String::new(),
        };
        let source =
            Source::decode(Origin::file(&self.path), bytes).map_err(|problem| anyhow!(problem.message))?;
        let document = format::parse(&source, spec.format).map_err(|problem| anyhow!(problem.message))?;
        Ok(lower::config(source, document, client, &spec).0)
    }

    /// The name of the record's files.
    fn stem(&self) -> String {
        let hex = Digest::of(self.path.as_os_str().as_encoded_bytes()).hex();
        hex.get(..24).unwrap_or_default().to_owned()
    }
}

/// The book, locked for this process.
pub(super) struct Book {
    directory: PathBuf,
    _lock: File,
}

impl Book {
    /// Opens the book at `directory`, and waits for nobody.
    pub(super) fn open(directory: &Path) -> anyhow::Result<Self> {
        let shown = directory.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .with_context(|| format!("cannot create `{shown}`"))?;
        let directory = directory.canonicalize().with_context(|| format!("cannot look at `{shown}`"))?;
        let lock = File::options().create(true).append(true).open(directory.join("lock"));
        let lock = lock.with_context(|| format!("cannot open `{shown}/lock`"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory, _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => {
                bail!("another `mantrap protect` or `unprotect` is at work; wait for it")
            }
            Err(fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock `{shown}/lock`"))
            }
        }
    }

    /// Every record, by path. One that cannot be used is an error: what it undoes would be forgotten.
    pub(super) fn records(&self) -> anyhow::Result<Vec<Record>> {
        let shown = self.directory.display();
        let mut records = Vec::new();
        for entry in fs::read_dir(&self.directory).with_context(|| format!("cannot read `{shown}`"))? {
            let path = entry.with_context(|| format!("cannot read `{shown}`"))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                records.extend(self.read(&path)?);
            }
        }
        records.sort_by(|one: &Record, other| one.path.cmp(&other.path));
        Ok(records)
    }

    /// The record of a file.
    pub(super) fn record(&self, of: &Record) -> anyhow::Result<Option<Record>> {
        self.read(&self.directory.join(format!("{}.json", of.stem())))
    }

    fn read(&self, path: &Path) -> anyhow::Result<Option<Record>> {
        let Some(bytes) = open::read(path, Whose::User, MOST_BYTES)? else { return Ok(None) };
        let record: Record =
            serde_json::from_slice(&bytes).with_context(|| format!("`{}` is no record", path.display()))?;
        if record.version != 1 {
            bail!("`{}` was written by another version of mantrap", path.display());
        }
        Ok(Some(record))
    }

    /// Keeps a record, and first the old bytes that its last generation needs.
    pub(super) fn keep(&self, record: &Record, old: &[u8]) -> anyhow::Result<()> {
        let stem = record.stem();
        let written = |name: &Path, bytes: &[u8]| {
            replace(name, bytes, 0o600).with_context(|| format!("cannot write `{}`", name.display()))
        };
        if let Some(last) = record.generations.last() {
            written(&self.backup(record, last), old)?;
        }
        written(&self.directory.join(format!("{stem}.json")), &serde_json::to_vec_pretty(record)?)
    }

    /// The old bytes of a generation, if they are still what they were.
    pub(super) fn old(&self, record: &Record, generation: &Generation) -> Option<Vec<u8>> {
        let path = self.backup(record, generation);
        let bytes = open::read(&path, Whose::User, MAX_CONFIG_BYTES).ok()??;
        (digest(&bytes) == generation.before).then_some(bytes)
    }

    /// Forgets a file, and last its record.
    pub(super) fn forget(&self, record: &Record) -> anyhow::Result<()> {
        let stem = record.stem();
        let backups = record.generations.iter().map(|generation| self.backup(record, generation));
        for path in backups.chain([self.directory.join(format!("{stem}.json"))]) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove `{}`", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the old bytes of a generation are.
    pub(super) fn backup(&self, record: &Record, generation: &Generation) -> PathBuf {
        let hex = generation.before.rsplit(':').next().unwrap_or_default().chars();
        let hex: String = hex.filter(char::is_ascii_hexdigit).take(24).collect();
        self.directory.join(format!("{}.{hex}.old", record.stem()))
    }
}

/// How a record names bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}
