//! A client's file, opened so that nobody else has a hand in it, and replaced so that nothing that anybody wrote to it
//! meanwhile is lost.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use mantrap_clients::source::MAX_CONFIG_BYTES;
use mantrap_launch::scope::{Whose, open};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// A file as it was read.
#[derive(Debug)]
pub(super) struct Opened {
    /// Where it really is, without links.
    pub(super) real: PathBuf,
    pub(super) bytes: Vec<u8>,
    mode: u32,
    group: u32,
}

/// Opens a file of this user that may be rewritten. Links are followed once, and may not lead out of `within`.
///
/// # Errors
/// Why it may not, and what to do.
pub(super) fn open(path: &Path, within: &Path) -> Result<Opened, String> {
    let real =
        path.canonicalize().map_err(|error| format!("`{}` cannot be found: {error}", path.display()))?;
    let shown = real.display();
    if !real.starts_with(within) {
        return Err(format!(
            "`{}` leads to `{shown}`, which is not in `{}`",
            path.display(),
            within.display()
        ));
    }
    let bytes = open::read(&real, Whose::User, MAX_CONFIG_BYTES).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("`{shown}` is gone"))?;
    let metadata =
        fs::symlink_metadata(&real).map_err(|error| format!("`{shown}` cannot be looked at: {error}"))?;
    if metadata.nlink() != 1 {
        return Err(format!(
            "`{shown}` has a second name (a hard link), which would keep the old content; remove it"
        ));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o200 == 0 {
        return Err(format!(
            "`{shown}` is read-only, so somebody means it to stay as it is; `chmod u+w` it first"
        ));
    }
    Ok(Opened { real, bytes, mode, group: metadata.gid() })
}

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotReplaced {
    #[error("it was changed meanwhile and is as somebody else wrote it; try again")]
    Changed,
    #[error("it cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl Opened {
    /// Puts `bytes` in place of what was read, in one step and with the same mode and group. Whoever reads meanwhile sees
    /// the old file or the new one, and after a crash one of them is there.
    ///
    /// # Errors
    /// [`NotReplaced`]; the file is then what it was, or what somebody else made of it.
    pub(super) fn replace(&self, bytes: &[u8]) -> Result<(), NotReplaced> {
        let named = || io::Error::new(io::ErrorKind::InvalidInput, "it names no file");
        let (directory, name) = self.real.parent().zip(self.real.file_name()).ok_or_else(named)?;
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(".mantrap.tmp");
        let temporary = directory.join(temporary);
        // Left by one that was killed; the book is locked, so nobody is at work beside this process.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let replaced =
            self.write(&temporary, bytes).map_err(NotReplaced::from).and_then(|()| self.exchange(&temporary));
        if replaced.is_err() {
            // The first error is the one that matters.
            let _ = fs::remove_file(&temporary);
        }
        replaced?;
        // The name is durable when the directory is.
        Ok(File::open(directory)?.sync_all()?)
    }

    fn write(&self, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
        // `create_new` follows no link and reuses nothing (open(2), O_EXCL).
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(temporary)?;
        if file.metadata()?.gid() != self.group {
            fchown(&file, None, Some(self.group))?;
        }
        file.set_permissions(fs::Permissions::from_mode(self.mode))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Exchanges both files, and only then looks whether the old one was still what was read: between looking and
    /// renaming somebody could write.
    fn exchange(&self, temporary: &Path) -> Result<(), NotReplaced> {
        let exchange = || renameat_with(CWD, temporary, CWD, &self.real, RenameFlags::EXCHANGE);
        match exchange() {
            Ok(()) => {}
            // Some file systems cannot (renameat2(2)).
            Err(Errno::INVAL | Errno::NOSYS) => {
                if fs::read(&self.real)? != self.bytes {
                    return Err(NotReplaced::Changed);
                }
                return Ok(fs::rename(temporary, &self.real)?);
            }
            Err(errno) => return Err(io::Error::from(errno).into()),
        }
        // A link put there meanwhile is not followed: whatever it is, it is not what was read.
        let is_ours = fs::symlink_metadata(temporary).is_ok_and(|metadata| metadata.is_file())
            && fs::read(temporary).is_ok_and(|old| old == self.bytes);
        if !is_ours {
            exchange().map_err(io::Error::from)?;
            return Err(NotReplaced::Changed);
        }
        Ok(fs::remove_file(temporary)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("mantrap-file-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
        place.canonicalize().unwrap()
    }

    fn written(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_and_behind_its_link() {
        let place = place("mode");
        let (file, link) = (place.join("f"), place.join("l"));
        written(&file, "old", 0o640);
        std::os::unix::fs::symlink("f", &link).unwrap();
        let opened = open(&link, &place).unwrap();
        opened.replace(b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(&place).unwrap().count(), 2, "nothing is left");
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn what_was_written_meanwhile_is_not_lost() {
        let place = place("meanwhile");
        let file = place.join("f");
        written(&file, "old", 0o600);
        let opened = open(&file, &place).unwrap();
        written(&file, "theirs", 0o600);
        assert!(matches!(opened.replace(b"new"), Err(NotReplaced::Changed)));
        assert_eq!(fs::read(&file).unwrap(), b"theirs");
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
        assert!(matches!(opened.replace(b"new"), Err(NotReplaced::Changed)));
        assert!(file.is_symlink());
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "nothing is left");
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_file_that_is_not_the_users_alone_is_not_opened() {
        let place = place("whose");
        let file = place.join("f");
        for (mode, why) in [(0o666, "others may write"), (0o620, "others may write"), (0o400, "read-only")] {
            written(&file, "x", 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert!(open(&file, &place).unwrap_err().contains(why), "{mode:o}");
            fs::remove_file(&file).unwrap();
        }
        written(&file, "x", 0o600);
        fs::hard_link(&file, place.join("second")).unwrap();
        assert!(open(&file, &place).unwrap_err().contains("second name"));
        std::os::unix::fs::symlink("/etc/passwd", place.join("out")).unwrap();
        assert!(open(&place.join("out"), &place).unwrap_err().contains("is not in"));
        assert!(open(&place.join("none"), &place).unwrap_err().contains("cannot be found"));
        fs::remove_dir_all(place).unwrap();
    }
}
