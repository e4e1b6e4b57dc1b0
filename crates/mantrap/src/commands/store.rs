//! `mantrap store`: what is installed, whether it still is what it was, and its way to another machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, anyhow};
use mantrap_launch::store::{Collected, DiskStore, StoreError, Stored};
use mantrap_launch::{Digest, visible};
use serde_json::{Value, json};

use super::server::{Desk, NOT_APPROVED, no_home, refused, usage};
use crate::cli::{ListFormat, Store};
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination, progress};

/// Does what is asked of the store.
pub(crate) fn run(command: &Store, environment: &Environment) -> Result<u8, Failure> {
    let root = environment.store().ok_or_else(no_home)?;
    let store = DiskStore::open(&root).map_err(refused)?;
    match command {
        Store::List { format } => list(&store, *format, environment),
        Store::Verify { what, format } => verify(&store, what, *format, environment),
        Store::Gc { dry_run, format } => collect(&store, *dry_run, *format, environment),
        Store::Export { what, output } => export(&store, what, output, environment),
        Store::Import { file, format } => import(&store, file, *format, environment),
    }
}

/// The servers of known locks that need a tree, as `NAME` or, in another lock than the user's, `NAME in PATH`.
fn needed(environment: &Environment) -> Result<BTreeMap<Digest, BTreeSet<String>>, Failure> {
    let mut needed: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
    let desk = Desk::open(environment)?;
    let own = desk.places.place(mantrap_launch::lock::ScopeName::User).map(|(path, _)| path);
    for (path, lock) in desk.locks()? {
        for (name, entry) in lock.servers {
            let said = match Some(&path) == own.as_ref() {
                true => name.to_string(),
                false => format!("{name} in {}", path.display()),
            };
            if let Some(tree) = entry.tree {
                needed.entry(tree).or_default().insert(said);
            }
        }
    }
    Ok(needed)
}

/// Trees that something runs from, whatever the locks say by now.
#[cfg(target_os = "linux")]
fn running(environment: &Environment) -> Result<BTreeSet<Digest>, Failure> {
    crate::commands::run::trees(environment)
        .context("the journal does not say what runs, so nothing was removed")
        .map_err(Failure::Other)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as where something can run")]
fn running(_: &Environment) -> Result<BTreeSet<Digest>, Failure> {
    Ok(BTreeSet::new())
}

fn list(store: &DiskStore, format: ListFormat, environment: &Environment) -> Result<u8, Failure> {
    let needed = needed(environment)?;
    let stored = store.list()?;
    let needed_by = |stored: &Stored| needed.get(&stored.digest).cloned().unwrap_or_default();
    let bytes = match format {
        ListFormat::Json => {
            let tree = |stored: &Stored| {
                let size = store.size(&stored.digest).ok();
                json!({
                    "tree": stored.digest.to_string(),
                    "bytes": size.map(|(bytes, _)| bytes),
                    "files": size.map(|(_, files)| files),
                    "record": stored.record,
                    "needed_by": needed_by(stored),
                })
            };
            json_bytes(&json!({
                "schema": "mantrap-store/1",
                "store": store.root().display().to_string(),
                "trees": stored.iter().map(tree).collect::<Vec<_>>(),
            }))
        }
        ListFormat::Text => {
            let mut out = String::new();
            for stored in &stored {
                let (bytes, files) = store.size(&stored.digest).map_err(refused)?;
                let by: Vec<String> = needed_by(stored).into_iter().collect();
                let by =
                    if by.is_empty() { "needed by no lock".into() } else { format!("for {}", by.join(", ")) };
                out.push_str(&format!("{}  {}\n", name(stored), stored.digest));
                out.push_str(&format!("    {} in {files} files, {by}\n", amount(bytes)));
            }
            if stored.is_empty() {
                out.push_str("nothing is installed\n");
            }
            visible_lines(&out)
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

fn verify(
    store: &DiskStore,
    what: &[String],
    format: ListFormat,
    environment: &Environment,
) -> Result<u8, Failure> {
    let chosen = chosen(store, what, environment)?;
    let (done, count) = (AtomicU64::new(0), chosen.len());
    let how_far = || format!("{} of {count} trees", done.load(Ordering::Relaxed));
    let found: Vec<(&Stored, Option<StoreError>)> =
        progress::during(environment, "reading what is installed", how_far, || {
            let mut found = Vec::new();
            for stored in &chosen {
                found.push((stored, store.verify(&stored.digest).err()));
                done.fetch_add(1, Ordering::Relaxed);
            }
            found
        });
    let is_whole = found.iter().all(|(_, problem)| problem.is_none());
    let bytes = match format {
        ListFormat::Json => {
            let tree = |(stored, problem): &(&Stored, Option<StoreError>)| {
                json!({
                    "tree": stored.digest.to_string(),
                    "source": stored.record.as_ref().map(|record| &record.source),
                    "problem": problem.as_ref().map(ToString::to_string),
                })
            };
            let trees: Vec<Value> = found.iter().map(tree).collect();
            json_bytes(&json!({ "schema": "mantrap-store-verify/1", "trees": trees }))
        }
        ListFormat::Text => {
            let line = |(stored, problem): &(&Stored, Option<StoreError>)| match problem {
                None => format!("{}  every byte is what it was\n", name(stored)),
                Some(problem) => format!("{}  {problem}\n", name(stored)),
            };
            visible_lines(&found.iter().map(line).collect::<String>())
        }
    };
    destination::print(&bytes)?;
    Ok(if is_whole { 0 } else { NOT_APPROVED })
}

fn collect(
    store: &DiskStore,
    is_dry: bool,
    format: ListFormat,
    environment: &Environment,
) -> Result<u8, Failure> {
    let mut removed = Vec::new();
    let mut garbage = |mut stored: Vec<Stored>| -> Result<Vec<Digest>, Failure> {
        let needed = needed(environment)?;
        let running = running(environment)?;
        let is_idle =
            |stored: &Stored| !needed.contains_key(&stored.digest) && !running.contains(&stored.digest);
        stored.retain(is_idle);
        removed = stored;
        Ok(removed.iter().map(|stored| stored.digest).collect())
    };
    let collected = match is_dry {
        true => garbage(store.list()?).map(|_| Collected::default())?,
        false => progress::during(environment, "removing what no lock names", String::new, || {
            store.collect(garbage)
        })?,
    };
    let bytes = match format {
        ListFormat::Json => json_bytes(&json!({
            "schema": "mantrap-store-gc/1",
            "dry_run": is_dry,
            "trees": removed.iter().map(|stored| stored.digest.to_string()).collect::<Vec<_>>(),
            "files": collected.files,
            "bytes": collected.bytes,
        })),
        ListFormat::Text => {
            let word = if is_dry { "would be removed" } else { "removed" };
            let line = |stored: &Stored| format!("{}  {word}\n", name(stored));
            let mut out: String = removed.iter().map(line).collect();
            match (removed.is_empty(), is_dry) {
                (true, _) => out.push_str("every tree is named by a lock, or something runs from it\n"),
                (false, true) => {}
                (false, false) => out.push_str(&format!("{} are free again\n", amount(collected.bytes))),
            }
            visible_lines(&out)
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

fn export(
    store: &DiskStore,
    what: &[String],
    output: &Path,
    environment: &Environment,
) -> Result<u8, Failure> {
    let chosen = chosen(store, what, environment)?;
    if chosen.is_empty() {
        return Err(Failure::Usage(anyhow!("nothing is installed, so there is nothing to export")));
    }
    let trees: BTreeSet<Digest> = chosen.iter().map(|stored| stored.digest).collect();
    let written = AtomicU64::new(0);
    let how_far = || amount(written.load(Ordering::Relaxed));
    let write = |out: &mut dyn Write| -> anyhow::Result<()> {
        let mut out = BufWriter::new(Counted { inner: out, count: &written });
        store.export(&trees, &mut out)?;
        Ok(out.flush()?)
    };
    if output == Path::new("-") {
        if environment.stdout_is_terminal {
            return Err(Failure::Usage(anyhow!("a bundle is no text; name a file with --output")));
        }
        progress::during(environment, "exporting", how_far, || write(&mut io::stdout().lock()))?;
        return Ok(0);
    }
    let done = progress::during(environment, "exporting", how_far, || {
        destination::write_with(output, |file| write(file))
    });
    done.map_err(|error| Failure::Refused(NOT_APPROVED, error))?;
    let count = trees.len();
    let said = format!("{count} trees, {}, in {}\n", how_far(), visible(&output.display().to_string()));
    destination::print(said.as_bytes())?;
    Ok(0)
}

fn import(
    store: &DiskStore,
    file: &Path,
    format: ListFormat,
    environment: &Environment,
) -> Result<u8, Failure> {
    let mut input: Box<dyn io::Read> = match file == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => {
            let opened = File::open(file).with_context(|| format!("`{}` cannot be read", file.display()));
            Box::new(opened.map_err(Failure::Usage)?)
        }
    };
    let staging = store.root().join("staging");
    let how_far = || progress::megabytes_below(&staging);
    let imported = progress::during(environment, "importing and verifying", how_far, || {
        store.import(&mut BufReader::new(&mut input))
    });
    let imported = imported.map_err(refused)?;
    let stored = |digest: &Digest| Stored { digest: *digest, record: store.record(digest) };
    let imported: Vec<Stored> = imported.iter().map(stored).collect();
    let bytes = match format {
        ListFormat::Json => json_bytes(&json!({
            "schema": "mantrap-store-import/1",
            "trees": imported.iter().map(|stored| stored.digest.to_string()).collect::<Vec<_>>(),
        })),
        ListFormat::Text => {
            let line = |stored: &Stored| format!("{}  {}\n", name(stored), stored.digest);
            visible_lines(&imported.iter().map(line).collect::<String>())
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

/// The trees that were named by digest or by a server's name; all where none was.
fn chosen(store: &DiskStore, what: &[String], environment: &Environment) -> Result<Vec<Stored>, Failure> {
    let stored = store.list()?;
    if what.is_empty() {
        return Ok(stored);
    }
    let desk = Desk::open(environment)?;
    let mut wanted = BTreeSet::new();
    for word in what {
        let digest = match word.starts_with("tree:") {
            true => word.parse().map_err(usage)?,
            false => desk.find(word)?.entry.tree.ok_or_else(|| {
                Failure::Usage(anyhow!("`{word}` is not installed in the store: its files lie elsewhere"))
            })?,
        };
        if !stored.iter().any(|stored| stored.digest == digest) {
            return Err(refused(StoreError::Missing(digest)));
        }
        wanted.insert(digest);
    }
    Ok(stored.into_iter().filter(|stored| wanted.contains(&stored.digest)).collect())
}

fn name(stored: &Stored) -> String {
    let source = stored.record.as_ref().map(|record| record.source.clone());
    source.unwrap_or_else(|| stored.digest.to_string())
}

/// Bytes, for people.
fn amount(bytes: u64) -> String {
    match bytes {
        0..=999_999 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Records come from other machines.
fn visible_lines(text: &str) -> Vec<u8> {
    (mantrap_scan::excerpt::visible_lines(text) + "\n").into_bytes()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Other(error.into())
    }
}

struct Counted<'a, W: Write + ?Sized> {
    inner: &'a mut W,
    count: &'a AtomicU64,
}

impl<W: Write + ?Sized> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
