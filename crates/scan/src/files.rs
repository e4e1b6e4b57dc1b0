//! Looks at files of the target without opening them: what rules may know about executables and scripts.

use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Disk, Home, Os, Target};

use crate::rules::{FileFacts, Files};

/// The target's file system, when this process can see it: this machine's, or one below a root.
#[derive(Debug)]
pub struct TargetFiles {
    disk: Disk,
    is_present: bool,
    homes: Vec<Home>,
    /// The accounts that own the homes.
    owners: Vec<u32>,
}

impl TargetFiles {
    /// The files of `target`.
    pub fn new(target: &Target) -> Self {
        let is_native = match target.os {
            Os::Windows => cfg!(windows),
            Os::Linux => cfg!(target_os = "linux"),
            Os::Macos => cfg!(target_os = "macos"),
        };
        let disk = Disk::new(target.os, target.root.as_deref());
        let located = target.homes.iter().filter_map(|home| disk.locate(&home.path));
        let owners = located.filter_map(|home| owner(&home.real)).collect();
        let is_present = is_native || (target.root.is_some() && target.os != Os::Windows);
        TargetFiles { disk, is_present, homes: target.homes.clone(), owners }
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
        facts(&self.real(path)?, &self.owners)
    }

    fn is_present(&self) -> bool {
        self.is_present
    }

    fn home(&self, file: &Path) -> Option<PathBuf> {
        let current = || self.homes.iter().find(|home| home.current).or_else(|| self.homes.first());
        let holds = |home: &&Home| {
            file.starts_with(&home.path)
                || self.disk.locate(&home.path).is_some_and(|located| file.starts_with(located.real))
        };
        self.homes.iter().find(holds).or_else(current).map(|home| home.path.clone())
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        std::fs::canonicalize(self.real(path)?).ok()
    }
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|metadata| metadata.uid())
}

#[cfg(not(unix))]
fn owner(_path: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn facts(path: &Path, owners: &[u32]) -> Option<FileFacts> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let metadata = std::fs::metadata(path).ok()?;
    let mode = metadata.mode();
    let is_sticky = metadata.is_dir() && mode & STICKY != 0;
    // Group-writable counts only for groups that are not the owner's private one (gid equal to uid).
    let is_open = mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != metadata.uid());
    let is_owned_by_another = !owners.is_empty() && metadata.uid() != 0 && !owners.contains(&metadata.uid());
    Some(FileFacts {
        is_directory: metadata.is_dir(),
        is_executable: metadata.is_file() && mode & 0o111 != 0,
        is_writable_by_others: is_open && !is_sticky,
        is_shared: is_open && is_sticky,
        is_owned_by_another,
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
fn facts(path: &Path, _owners: &[u32]) -> Option<FileFacts> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(FileFacts {
        is_directory: metadata.is_dir(),
        is_executable: metadata.is_file(),
        ..FileFacts::default()
    })
}
