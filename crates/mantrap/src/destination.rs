//! Where a report goes: standard output, or one file that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Writes to standard output.
pub(crate) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Whether [`write()`] could replace `path`: for a report that is written after something long.
#[cfg(target_os = "linux")]
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    let (directory, name) = parts(path)?;
    let (_, temporary) = create_beside(directory, name)
        .with_context(|| format!("cannot create a file in `{}`", directory.display()))?;
    fs::remove_file(&temporary).with_context(|| format!("cannot remove `{}`", temporary.display()))
}

/// Replaces the file at `path`, readable by its owner only: a report lists what can be attacked. A link at `path`
/// is refused, because whoever placed it chose the file that would be overwritten.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_with(path, |file| Ok(file.write_all(bytes)?))
}

/// As [`write()`], with whatever `fill` writes; nothing appears when it fails.
pub(crate) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (directory, name) = parts(path)?;
    let (mut file, temporary) = create_beside(directory, name)
        .with_context(|| format!("cannot create a file in `{}`", directory.display()))?;
    let written =
        fill(&mut file).and_then(|()| Ok(file.sync_all()?)).and_then(|()| Ok(fs::rename(&temporary, path)?));
    if written.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&temporary);
    }
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

/// The directory and the name of a file that may be replaced.
fn parts(path: &Path) -> anyhow::Result<(&Path, &std::ffi::OsStr)> {
    if let Ok(metadata) = fs::symlink_metadata(path) {
        if metadata.is_symlink() {
            bail!("`{}` is a symbolic link; name the file itself", path.display());
        }
        if !metadata.is_file() {
            bail!("`{}` is not a regular file; print to it with a redirection", path.display());
        }
    }
    let Some(name) = path.file_name() else { bail!("`{}` names no file", path.display()) };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((directory, name))
}

/// A new file in `directory`; `create_new` never follows or reuses what is there (open(2), `O_EXCL`).
fn create_beside(directory: &Path, name: &std::ffi::OsStr) -> io::Result<(File, PathBuf)> {
    let mut attempt = 0;
    loop {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let path = directory.join(temporary);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}
