//! `mantrap unprotect`: files become what they were. A file that is as it was left gets its old bytes back; in one that was
//! changed since, only what mantrap wrote is taken back.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mantrap_clients::edit::{encode, replace, restore};
use serde_json::json;

use super::book::{Book, Generation, Protected, Record, digest};
use super::{FAILED, NOT_APPROVED, file, known, no_home};
use crate::cli::{ListFormat, Unprotect};
use crate::commands::server::record_edit;
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// What became of one file.
struct Undone {
    path: PathBuf,
    /// Whether the bytes are those from before.
    is_exact: bool,
    /// Entries that nothing starts any more.
    entries: Vec<String>,
    /// Entries that could not be taken out, and why.
    kept: Vec<(String, String)>,
    /// Why the file as a whole was not written.
    failed: Option<String>,
}

/// Gives clients' files back what they started before.
pub(crate) fn unprotect(options: &Unprotect, environment: &Environment) -> Result<u8, Failure> {
    known(&options.client)?;
    let below = match &options.path {
        Some(path) => {
            let real = path.canonicalize().with_context(|| format!("cannot look at `{}`", path.display()));
            Some(real.map_err(Failure::Usage)?)
        }
        None => None,
    };
    let directory = environment.protected().ok_or_else(no_home)?;
    if !directory.is_dir() {
        return print(&[], options);
    }
    let book = Book::open(&directory)?;
    let mut undone = Vec::new();
    for record in book.records().map_err(Failure::Other)? {
        let is_asked = options.client.is_empty() || options.client.contains(&record.client);
        if is_asked && below.as_ref().is_none_or(|below| record.path.starts_with(below)) {
            undone.push(undo(&record, &book, options.dry_run, environment)?);
        }
    }
    print(&undone, options)
}

fn undo(record: &Record, book: &Book, is_dry: bool, environment: &Environment) -> Result<Undone, Failure> {
    let mut undone = Undone {
        path: record.path.clone(),
        is_exact: true,
        entries: Vec::new(),
        kept: Vec::new(),
        failed: None,
    };
    let within = record.path.parent().unwrap_or(Path::new("/"));
    let opened = match file::open(&record.path, within) {
        Ok(opened) => opened,
        Err(why) => {
            undone.failed = Some(why);
            return Ok(undone);
        }
    };
    let mut bytes = opened.bytes.clone();
    for generation in record.generations.iter().rev() {
        back(record, generation, book, &mut bytes, &mut undone);
    }
    if is_dry {
        return Ok(undone);
    }
    if bytes != opened.bytes {
        record_edit(
            "unprotect",
            &opened.real,
            [&digest(&opened.bytes), &digest(&bytes)],
            &undone.entries,
            environment,
        )?;
        if let Err(error) = opened.replace(&bytes) {
            undone.failed = Some(error.to_string());
            return Ok(undone);
        }
    }
    // What could not be taken out may be wanted from the book yet.
    if undone.kept.is_empty() {
        book.forget(record).map_err(Failure::Other)?;
    }
    Ok(undone)
}

/// Takes one generation back.
fn back(record: &Record, generation: &Generation, book: &Book, bytes: &mut Vec<u8>, undone: &mut Undone) {
    let now = digest(bytes);
    if now == generation.before {
        // It did not come to be, or was taken back already.
        return;
    }
    if now == generation.after
        && let Some(old) = book.old(record, generation)
    {
        *bytes = old;
        undone.entries.extend(generation.servers.iter().map(|server| server.entry.clone()));
        return;
    }
    undone.is_exact = false;
    for server in generation.servers.iter().rev() {
        let old = book.old(record, generation);
        match taken_back(record, server, bytes.clone(), old) {
            Ok(restored) => {
                *bytes = restored;
                undone.entries.push(server.entry.clone());
            }
            Err(why) => {
                let old = book.backup(record, generation);
                let why = format!("{why}; what stood there before is in `{}`", old.display());
                undone.kept.push((server.entry.clone(), why));
            }
        }
    }
}

/// The bytes of the file with one entry as it was: its old text in the place of the new one, or, where the client has
/// written the file anew and the entry still starts what mantrap wrote, the old entry as a whole.
fn taken_back(
    record: &Record,
    server: &Protected,
    bytes: Vec<u8>,
    old: Option<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let config = record.config(bytes)?;
    let changed = match restore(&config, &server.undo) {
        Ok(restored) => return Ok(restored.bytes),
        Err(changed) => changed,
    };
    let which = &server.undo.which;
    let old = old.map(|old| record.config(old)).transpose()?;
    let Some((index, old)) = which.index(&config).zip(old) else { return Err(changed.into()) };
    let now = config.servers.get(index).map(|server| server.argv()).unwrap_or_default();
    let now: Vec<&str> = now.into_iter().map(|word| word.value.as_str()).skip(1).collect();
    match which.index(&old).filter(|_| now == ["run", server.entry.as_str()]) {
        Some(before) => Ok(encode(&replace(&config, index, &old, before)?.source)),
        None => Err(changed.into()),
    }
}

fn print(undone: &[Undone], options: &Unprotect) -> Result<u8, Failure> {
    let bytes = match options.format {
        ListFormat::Json => {
            let file = |undone: &Undone| {
                let kept = |(entry, why): &(String, String)| json!({ "entry": entry, "why": why });
                json!({
                    "path": undone.path.display().to_string(),
                    "exact": undone.is_exact && undone.failed.is_none(),
                    "entries": undone.entries,
                    "kept": undone.kept.iter().map(kept).collect::<Vec<_>>(),
                    "failed": undone.failed,
                })
            };
            json_bytes(&json!({
                "schema": "mantrap-unprotect/1",
                "dry_run": options.dry_run,
                "files": undone.iter().map(file).collect::<Vec<_>>(),
            }))
        }
        ListFormat::Text => text(undone, options.dry_run).into_bytes(),
    };
    destination::print(&bytes)?;
    let has_failed = undone.iter().any(|undone| undone.failed.is_some());
    let is_left = undone.iter().any(|undone| !undone.kept.is_empty());
    Ok(match (options.dry_run, has_failed, is_left) {
        (true, ..) | (false, false, false) => 0,
        (false, true, _) => FAILED,
        (false, false, true) => NOT_APPROVED,
    })
}

fn text(undone: &[Undone], is_dry: bool) -> String {
    let visible = mantrap_launch::visible;
    let mut out = String::new();
    for Undone { path, is_exact, entries, kept, failed } in undone {
        out.push_str(&format!("{}\n", visible(&path.display().to_string())));
        let would = if is_dry { "would be " } else { "" };
        match failed {
            Some(why) => out.push_str(&format!("  not undone: {}\n", visible(why))),
            None if *is_exact => out.push_str(&format!("  {would}what it was before, byte for byte\n")),
            None => out.push_str(&format!(
                "  it was changed since; {would}rid only of what mantrap wrote: {}\n",
                if entries.is_empty() { "nothing".into() } else { entries.join(", ") }
            )),
        }
        for (entry, why) in kept {
            out.push_str(&format!("  {entry} stays: {}\n", visible(why)));
        }
    }
    if undone.is_empty() {
        out.push_str("nothing is protected here\n");
    } else {
        out.push_str("\nThe servers are still in the lock; `mantrap remove NAME` takes one out.\n");
    }
    out
}
