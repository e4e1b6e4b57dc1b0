//! `.mcpb` and `.dxt` bundles: ZIP archives whose `manifest.json` says how the server inside is started.
//!
//! One member is read, into memory and to a limit; nothing is extracted. The central directory is walked entry
//! by entry, so an archive cannot make us keep its list of members.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::{Document, Format, unwound};
use crate::source::{Origin, Problem, ProblemKind, Source, open_regular_file};

/// The largest bundle that is looked into, in bytes (1 GiB). It is not read as a whole.
pub const MAX_BUNDLE_BYTES: u64 = 1024 * 1024 * 1024;
/// The largest manifest, in bytes. Real ones are under 100 kB.
const MAX_MANIFEST_BYTES: u64 = 2 * 1024 * 1024;
/// The most members of a bundle; a bundled `node_modules` has some ten thousand.
const MAX_MEMBERS: usize = 200_000;
/// The most members with a hostile name that are reported one by one.
const MAX_REPORTED: usize = 5;
const MANIFEST: &str = "manifest.json";

/// Reads the manifest of the bundle at `path` (the real path on this machine), which the target calls `origin`.
/// The source is the manifest; its origin names the bundle and the member.
pub fn read(path: &Path, origin: Origin) -> Result<(Arc<Source>, Document), Problem> {
    let (file, _) = open_regular_file(path, &origin, MAX_BUNDLE_BYTES)?;
    read_archive(std::io::BufReader::new(file), origin)
}

/// Reads the manifest of a bundle that is already open.
pub fn read_archive(archive: impl Read + Seek, origin: Origin) -> Result<(Arc<Source>, Document), Problem> {
    let mut problems = Vec::new();
    let caught =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| manifest(archive, &origin, &mut problems)));
    let bytes = caught.unwrap_or_else(|_| {
        let message = "the archive reader gave up on this file; please report it with the file attached";
        Err(Problem::new(origin.clone(), ProblemKind::Syntax, message))
    })?;
    let member = Origin { member: Some(MANIFEST.to_owned()), ..origin };
    let source = Source::decode(member, bytes)?;
    let mut document = unwound(&source, || super::json::parse(&source, Format::Json))?;
    document.problems.append(&mut problems);
    Ok((source, document))
}

fn manifest(
    archive: impl Read + Seek,
    origin: &Origin,
    problems: &mut Vec<Problem>,
) -> Result<Vec<u8>, Problem> {
    let failed = |error: ZipError| problem(origin, &error);
    let mut archive = ZipIterable::try_new(archive, Config::default()).map_err(failed)?;
    if archive.len() > MAX_MEMBERS {
        let message = format!("{} members; archives of over {MAX_MEMBERS} are not read", archive.len());
        return Err(Problem::new(origin.clone(), ProblemKind::TooLarge, message));
    }
    let mut found = None;
    let mut hostile = 0_usize;
    for entry in archive.files().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.name_raw();
        if name == MANIFEST.as_bytes() {
            if found.is_some() {
                let message =
                    "two members are called `manifest.json`: which one counts depends on the reader";
                problems.push(Problem::new(origin.clone(), ProblemKind::Syntax, message));
            }
            found = Some(entry);
        } else if leads_out(name) {
            hostile += 1;
            if hostile <= MAX_REPORTED {
                // Escaped, because the name is the attacker's and the message goes to a terminal.
                let name = String::from_utf8_lossy(name);
                let shown: String = name.chars().take(200).flat_map(char::escape_debug).collect();
                let message =
                    format!("the member `{shown}` leads out of the folder that the bundle is unpacked to");
                problems.push(Problem::new(origin.clone(), ProblemKind::Link, message));
            }
        }
    }
    if hostile > MAX_REPORTED {
        let message = format!("{} more members lead out of the bundle's folder", hostile - MAX_REPORTED);
        problems.push(Problem::new(origin.clone(), ProblemKind::Link, message));
    }
    let Some(entry) = found else {
        let message = "the bundle has no `manifest.json`";
        return Err(Problem::new(origin.clone(), ProblemKind::Syntax, message));
    };
    if entry.encrypted() {
        let message = "its `manifest.json` is encrypted";
        return Err(Problem::new(origin.clone(), ProblemKind::Opaque, message));
    }
    let too_large = || {
        let message = format!("its `manifest.json` is over {MAX_MANIFEST_BYTES} bytes and is not read");
        Problem::new(origin.clone(), ProblemKind::TooLarge, message)
    };
    if entry.size() > MAX_MANIFEST_BYTES {
        return Err(too_large());
    }
    let files = archive.files().map_err(failed)?;
    let member = entry.with_reader(files.reader_mut(), zip::ZipReadOptions::new()).map_err(failed)?;
    let mut bytes = Vec::new();
    // The stated size may be a lie, so the stream is what is limited.
    let read = member.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > MAX_MANIFEST_BYTES {
        return Err(too_large());
    }
    read.map_err(|error| {
        Problem::new(origin.clone(), ProblemKind::Syntax, error.to_string().to_lowercase())
    })?;
    Ok(bytes)
}

/// `../x`, `/x`, `C:\x`, `\\host\x`: names that an unpacker could be led astray by.
fn leads_out(name: &[u8]) -> bool {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    name.first().is_some_and(is_separator)
        || name.get(1) == Some(&b':')
        || name.contains(&0)
        || name.split(|byte| is_separator(byte)).any(|part| part == b"..")
}

fn problem(origin: &Origin, error: &ZipError) -> Problem {
    let kind = match error {
        ZipError::UnsupportedArchive(_) => ProblemKind::Opaque,
        ZipError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            ProblemKind::Unreadable
        }
        _ => ProblemKind::Syntax,
    };
    Problem::new(origin.clone(), kind, error.to_string().to_lowercase())
}

#[cfg(test)]
mod tests;
