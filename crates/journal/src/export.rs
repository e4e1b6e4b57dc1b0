//! A copy that others can serve and verify: a directory as c2sp.org/tlog-tiles describes, for any web server.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::merkle::{Hash, TILE_WIDTH};
use crate::proof::Tiles as _;
use crate::reader::Reader;
use crate::tile::{bundle_path, push_entry, tile_bytes, tile_path};

/// Writes the whole journal as it was read into a directory that is new or empty: `checkpoint`, `tile/…`, and the public
/// key as `vkey`. The checkpoint comes last: without one, the copy is not complete.
///
/// # Errors
/// When the directory holds something, the disk refuses, or a record is not what it was.
pub fn export(reader: &Reader, into: &Path) -> Result<(), Error> {
    let failed = |act, path: &Path, error| Error::io(act, path.to_owned(), error);
    fs::create_dir_all(into).map_err(|error| failed("create", into, error))?;
    let mut there = fs::read_dir(into).map_err(|error| failed("read", into, error))?;
    if there.next().is_some() {
        return Err(failed(
            "export into",
            into,
            std::io::Error::new(ErrorKind::AlreadyExists, "it is not empty"),
        ));
    }
    let put = |path: String, bytes: &[u8]| {
        let path: PathBuf = into.join(path);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(into))?;
            let mut file = fs::File::options().write(true).create_new(true).open(&path)?;
            file.write_all(bytes)
        };
        write().map_err(|error| failed("write", &path, error))
    };
    let size = reader.len();
    for (number, begin) in (0..).zip((0..size).step_by(256)) {
        let mut bundle = Vec::new();
        for entry in reader.entries(begin..begin + TILE_WIDTH) {
            push_entry(&mut bundle, &entry?.bytes);
        }
        put(bundle_path(number, (size - begin).min(TILE_WIDTH)), &bundle)?;
    }
    let (mut level, mut width) = (0, size);
    while width > 0 {
        for index in 0..width.div_ceil(TILE_WIDTH) {
            let hashes = reader.with_tile(level, index, |hashes: &[Hash]| Some(tile_bytes(hashes)))?;
            put(tile_path(level, index, (width - index * TILE_WIDTH).min(TILE_WIDTH)), &hashes)?;
        }
        (level, width) = (level + 1, width / TILE_WIDTH);
    }
    put("vkey".to_owned(), format!("{}\n", reader.verifier()).as_bytes())?;
    put("checkpoint".to_owned(), reader.checkpoint().as_bytes())
}
