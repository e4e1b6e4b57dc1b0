//! `mantrap journal`: what was recorded, whether it still holds, and proofs of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_clients::Origin;
use mantrap_clients::source::read_regular_file;
use mantrap_journal::{
    Checkpoint, Entry, Error, LARGEST_ENTRY, Proof, Reader, Trust, Verifier, export, verify,
};

use super::rules::paint;
use crate::cli::{Journal, ListFormat, Place, When};
use crate::environment::Environment;
use crate::output::journal as output;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// There is no journal.
const NOTHING: u8 = 3;
/// Something in it does not hold.
const BROKEN: u8 = 10;
/// How often it is looked at again for new records.
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes of the largest key, checkpoint or proof.
const LARGEST_TEXT: u64 = 64 * 1024;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing { .. } => Self::Refused(NOTHING, error.into()),
            Error::Damaged { .. } | Error::Key { .. } => Self::Refused(BROKEN, error.into()),
            Error::NoSuchRecord { .. } => Self::Usage(error.into()),
            _ => Self::Other(error.into()),
        }
    }
}

/// Answers one question.
pub(crate) fn run(command: &Journal, color: When, environment: &Environment) -> Result<u8, Failure> {
    let show = |format, entry: &Entry| match format {
        ListFormat::Json => output::json_line(entry),
        ListFormat::Text => output::line(entry, paint(color, environment), environment.width),
    };
    match command {
        Journal::Show { index: Some(index), raw, format, place, .. } => {
            let bytes = Reader::open(&directory(place, environment)?)?.entry(*index)?;
            let entry = Entry { index: *index, bytes };
            let text = match format {
                ListFormat::Text if *raw => return print(&entry.bytes),
                ListFormat::Text => output::page(&entry, paint(color, environment)),
                ListFormat::Json => output::json_line(&entry),
            };
            print(text.as_bytes())
        }
        Journal::Show { last, all, kind, format, place, .. } => {
            let reader = Reader::open(&directory(place, environment)?)?;
            if *all {
                for entry in reader.entries(0..reader.len()) {
                    let entry = entry?;
                    if is_of(&entry, kind) {
                        destination::print(show(*format, &entry).as_bytes())?;
                    }
                }
                return Ok(0);
            }
            let mut shown = Vec::new();
            for entry in newest_first(&reader) {
                let entry = entry?;
                if shown.len() as u64 >= *last {
                    break;
                }
                if is_of(&entry, kind) {
                    shown.push(show(*format, &entry));
                }
            }
            shown.reverse();
            print(shown.concat().as_bytes())
        }
        Journal::Follow { from, count, format, place } => {
            let mut reader = Reader::open(&directory(place, environment)?)?;
            let mut next = from.unwrap_or_else(|| reader.len());
            let mut left = count.unwrap_or(u64::MAX);
            loop {
                for entry in reader.entries(next..u64::MAX) {
                    if left == 0 {
                        return Ok(0);
                    }
                    destination::print(show(*format, &entry?).as_bytes())?;
                    (next, left) = (next + 1, left - 1);
                }
                if left == 0 {
                    return Ok(0);
                }
                std::thread::sleep(PAUSE);
                reader.refresh()?;
            }
        }
        Journal::Verify { proof: Some(proof), record: Some(record), key: Some(key), format, .. } => {
            check_proof(proof, record, &read_key(key)?, *format)
        }
        Journal::Verify { checkpoint, key, format, place, .. } => {
            let mut trust = Trust::default();
            if let Some(key) = key {
                trust.key = Some(read_key(key)?);
            }
            for path in checkpoint {
                trust.checkpoints.push(read_text(path)?);
            }
            let account = verify(&directory(place, environment)?, &trust)?;
            match format {
                ListFormat::Json => destination::print(&json_bytes(&output::account_json(&account)))?,
                ListFormat::Text => {
                    let text = output::account(&account, &trust, paint(color, environment));
                    destination::print(text.as_bytes())?;
                }
            }
            Ok(if account.holds() { 0 } else { BROKEN })
        }
        Journal::Prove { index, place } => {
            let reader = Reader::open(&directory(place, environment)?)?;
            match index {
                Some(index) => print(reader.prove(*index)?.to_string().as_bytes()),
                None => print(reader.checkpoint().as_bytes()),
            }
        }
        Journal::Export { into, place } => {
            let reader = Reader::open(&directory(place, environment)?)?;
            export(&reader, into)?;
            Ok(0)
        }
    }
}

fn print(bytes: &[u8]) -> Result<u8, Failure> {
    destination::print(bytes)?;
    Ok(0)
}

fn directory(place: &Place, environment: &Environment) -> Result<PathBuf, Failure> {
    place.journal.clone().or_else(|| environment.journal()).ok_or_else(|| {
        Failure::Usage(anyhow!("this account has no home, and so no journal; name one with --journal DIR"))
    })
}

fn is_of(entry: &Entry, kinds: &[String]) -> bool {
    kinds.is_empty() || output::kind(entry).is_some_and(|kind| kinds.contains(&kind))
}

/// Every record from the last to the first, a bundle's worth at a time.
fn newest_first(reader: &Reader) -> impl Iterator<Item = Result<Entry, Error>> + '_ {
    (0..reader.len().div_ceil(256)).rev().flat_map(|number| {
        let mut entries: Vec<_> = reader.entries(number * 256..(number + 1) * 256).collect();
        entries.reverse();
        entries
    })
}

fn check_proof(proof: &Path, record: &Path, key: &Verifier, format: ListFormat) -> Result<u8, Failure> {
    let unusable = |path: &Path| format!("`{}` cannot be used", path.display());
    let text = read_text(proof)?;
    let parsed: Proof = text.parse().with_context(|| unusable(proof)).map_err(Failure::Usage)?;
    let bytes = read_file(record, LARGEST_ENTRY as u64)?;
    let found: Option<Checkpoint> = parsed.check(&bytes, key);
    match format {
        ListFormat::Json => destination::print(&json_bytes(&serde_json::json!({
            "holds": found.is_some(), "index": parsed.index, "key": key.to_string(),
            "records": found.as_ref().map(|checkpoint| checkpoint.size),
        })))?,
        ListFormat::Text => destination::print(
            match &found {
                Some(checkpoint) => {
                    format!(
                        "this is record {} of the {} of `{}`\n",
                        parsed.index,
                        checkpoint.size,
                        key.name()
                    )
                }
                None => format!("this is not proven to be record {} of `{}`\n", parsed.index, key.name()),
            }
            .as_bytes(),
        )?,
    }
    Ok(if found.is_some() { 0 } else { BROKEN })
}

/// A public key, as itself or in a file.
fn read_key(key: &str) -> Result<Verifier, Failure> {
    if let Ok(verifier) = key.parse() {
        return Ok(verifier);
    }
    let text = read_text(Path::new(key))?;
    text.trim_end().parse().with_context(|| format!("`{key}` cannot be used")).map_err(Failure::Usage)
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read_file(path, LARGEST_TEXT)?;
    String::from_utf8(bytes).map_err(|_| Failure::Usage(anyhow!("`{}` is no text", path.display())))
}

fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    read_regular_file(path, &Origin::file(path), limit)
        .map_err(|problem| Failure::Usage(anyhow!("cannot read `{}`: {}", path.display(), problem.message)))
}
