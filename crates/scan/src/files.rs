//! Looks at files of the target without opening them: what rules may know about executables and scripts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

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
    /// What was looked at before: rules ask about the same file, and about the folders above every file.
    known: Mutex<HashMap<PathBuf, Option<FileFacts>>>,
    /// Real folders that any account may pass through, the folders above them not counted.
    #[cfg(unix)]
    passable: Mutex<HashMap<PathBuf, bool>>,
}

/// Files whose facts are kept, at most.
const MAX_KNOWN: usize = 100_000;

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
        TargetFiles {
            disk,
            is_present: is_native || (target.root.is_some() && target.os != Os::Windows),
            homes: target.homes.clone(),
            owners,
            known: Mutex::default(),
            #[cfg(unix)]
            passable: Mutex::default(),
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
        if let Some(known) = self.known.lock().ok().and_then(|known| known.get(path).copied()) {
            return known;
        }
        let found = self.real(path).and_then(|real| self.facts(&real));
        if let Ok(mut known) = self.known.lock()
            && known.len() < MAX_KNOWN
        {
            known.insert(path.to_path_buf(), found);
        }
        found
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
impl TargetFiles {
    fn facts(&self, path: &Path) -> Option<FileFacts> {
        use std::os::unix::fs::MetadataExt;
        const STICKY: u32 = 0o1000;
        let metadata = std::fs::metadata(path).ok()?;
        let mode = metadata.mode();
        let is_sticky = metadata.is_dir() && mode & STICKY != 0;
        // Group-writable counts only for groups that are not the owner's private one (gid equal to uid).
        let is_open = mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != metadata.uid());
        let owners = &self.owners;
        let is_owned_by_another =
            !owners.is_empty() && metadata.uid() != 0 && !owners.contains(&metadata.uid());
        Some(FileFacts {
            is_directory: metadata.is_dir(),
            is_executable: metadata.is_file() && mode & 0o111 != 0,
            is_writable_by_others: is_open && !is_sticky,
            is_shared: is_open && is_sticky,
            is_owned_by_another,
            is_readable_by_others: mode & 0o004 != 0 && self.is_reachable_by_others(path),
        })
    }

    /// Whether every folder above `path` lets any account pass.
    fn is_reachable_by_others(&self, path: &Path) -> bool {
        let mut above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        above.all(|folder| self.is_passable(folder))
    }

    fn is_passable(&self, folder: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        if let Some(known) = self.passable.lock().ok().and_then(|known| known.get(folder).copied()) {
            return known;
        }
        let passes = std::fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
        if let Ok(mut known) = self.passable.lock()
            && known.len() < MAX_KNOWN
        {
            known.insert(folder.to_path_buf(), passes);
        }
        passes
    }
}

#[cfg(not(unix))]
impl TargetFiles {
    fn facts(&self, path: &Path) -> Option<FileFacts> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(FileFacts {
            is_directory: metadata.is_dir(),
            is_executable: metadata.is_file(),
            ..FileFacts::default()
        })
    }
}
