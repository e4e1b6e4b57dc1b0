//! The `package.json` at the top of an Electron archive (`app.asar`).
//!
//! The archive begins with two pickles: the size of the header, and the header as JSON text; the files follow.
//! Source: the format's description in `electron/asar`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mantrap_clients::source::{Origin, Problem, ProblemKind, open_regular_file};
use serde::Deserialize;

/// The largest archive that is looked into, in bytes (4 GiB). Its files are not read.
const MAX_ARCHIVE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// The largest header, in bytes (32 MiB).
const MAX_HEADER_BYTES: u64 = 32 * 1024 * 1024;
/// The largest `package.json`, in bytes (1 MiB).
const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;

/// The version in the archive's manifest; nothing where the manifest is outside the archive or has none.
pub(super) fn version(real: &Path, named: &Path) -> Result<Option<String>, Problem> {
    let origin = Origin::file(named);
    let (mut file, _) = open_regular_file(real, &origin, MAX_ARCHIVE_BYTES)?;
    read(&mut file).map_err(|reason| Problem::new(origin, ProblemKind::Syntax, reason))
}

fn read(file: &mut File) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    struct Header {
        files: Files,
    }
    #[derive(Deserialize)]
    struct Files {
        #[serde(rename = "package.json")]
        manifest: Option<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        size: Option<u64>,
        offset: Option<String>,
    }
    #[derive(Deserialize)]
    struct Manifest {
        version: Option<String>,
    }
    let text = |error: std::io::Error| error.to_string().to_lowercase();
    let mut head = [0_u8; 16];
    file.read_exact(&mut head).map_err(text)?;
    let [size, header, _, json] = words(head);
    if size != 4 || json > header || u64::from(json) > MAX_HEADER_BYTES {
        return Err("it does not begin as an Electron archive does".to_owned());
    }
    let header_text = take(file, u64::from(json)).map_err(text)?;
    let parsed: Header = serde_json::from_slice(&header_text).map_err(|error| error.to_string())?;
    let place = parsed.files.manifest.and_then(|entry| {
        let offset: u64 = entry.offset?.parse().ok()?;
        let size = entry.size.filter(|size| *size <= MAX_MANIFEST_BYTES)?;
        Some((offset.checked_add(8)?.checked_add(u64::from(header))?, size))
    });
    let Some((offset, size)) = place else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(offset)).map_err(text)?;
    let manifest = take(file, size).map_err(text)?;
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
    Ok(manifest.version)
}

/// Four little-endian numbers.
fn words(head: [u8; 16]) -> [u32; 4] {
    let all = u128::from_le_bytes(head);
    #[expect(clippy::cast_possible_truncation, reason = "each word is the low half of what is shifted there")]
    [0, 32, 64, 96].map(|shift| (all >> shift) as u32)
}

fn take(file: &mut File, length: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
