//! Replaces a file whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Writes `bytes` to `path`, with `mode`, in one step: whoever reads meanwhile sees the old file or the new one, and after
/// a crash one of them is there. Missing directories are created for this user alone.
///
/// # Errors
/// The system's. The old file is then untouched.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let named = || io::Error::new(io::ErrorKind::InvalidInput, "it names no file");
    let (directory, name) = (path.parent().ok_or_else(named)?, path.file_name().ok_or_else(named)?);
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = directory.join(temporary);
    // Left by a process that was killed, and only this one has this number now.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // `create_new` follows no link and reuses nothing (open(2), O_EXCL).
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&temporary)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one that matters.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    // The name is durable when the directory is.
    File::open(directory)?.sync_all()
}
