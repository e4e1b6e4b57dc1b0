//! Looks at files of the target without opening them: what rules may know about executables and scripts.

use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Disk, Os, Target};

use crate::rules::{FileFacts, Files};

/// The target's file system, when this process can see it: this machine's, or one below a root.
#[derive(Debug)]
pub struct TargetFiles {
    disk: Disk,
    is_present: bool,
}

impl TargetFiles {
    /// The files of `target`.
    pub fn new(target: &Target) -> Self {
        let is_native = match target.os {
            Os::Windows => cfg!(windows),
            Os::Linux => cfg!(target_os = "linux"),
            Os::Macos => cfg!(target_os = "macos"),
        };
        TargetFiles {
            disk: Disk::new(target.os, target.root.as_deref()),
            is_present: is_native || (target.root.is_some() && target.os != Os::Windows),
        }
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        if !self.is_present || !path.is_absolute() {
            return None;
        }
        Some(self.disk.locate(path)?.real)
    }
}

impl Files for TargetFiles {
    fn look(&self, path: &Path) -> Option<FileFacts> {
        facts(&self.real(path)?)
    }

    fn is_present(&self) -> bool {
        self.is_present
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        std::fs::canonicalize(self.real(path)?).ok()
    }
}

#[cfg(unix)]
fn facts(path: &Path) -> Option<FileFacts> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let metadata = std::fs::metadata(path).ok()?;
    let mode = metadata.mode();
    let shared_but_sticky = metadata.is_dir() && mode & STICKY != 0;
    Some(FileFacts {
        is_directory: metadata.is_dir(),
        is_executable: metadata.is_file() && mode & 0o111 != 0,
        // Group-writable counts only for groups that are not the owner's private one (gid equal to uid).
        is_writable_by_others: !shared_but_sticky
            && (mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != metadata.uid())),
        is_readable_by_others: mode & 0o004 != 0 && is_reachable_by_others(path),
    })
}

/// Whether every folder above `path` lets any account pass.
#[cfg(unix)]
fn is_reachable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let mut above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    above.all(|folder| std::fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0))
}

#[cfg(not(unix))]
fn facts(path: &Path) -> Option<FileFacts> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(FileFacts {
        is_directory: metadata.is_dir(),
        is_executable: metadata.is_file(),
        is_writable_by_others: false,
        is_readable_by_others: false,
    })
}
