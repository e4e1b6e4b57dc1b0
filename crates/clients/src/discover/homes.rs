//! Whose configs to read: the accounts of a machine or of a mounted disk.

use std::path::{Path, PathBuf};

use super::disk::{Disk, Kind};
use super::{Home, Os};
use crate::source::{Origin, Source};

/// `/etc/passwd` and its like are small; one that is not is not one.
const MAX_PASSWD_BYTES: u64 = 4 * 1024 * 1024;

/// Folders below `C:\Users` and `/Users` that are nobody's home.
const NOBODY: &[&str] = &["public", "default", "default user", "all users", "shared", "guest"];

/// WSL distributions by the names that they install under. Windows keeps the real list in the registry, and asking
/// `wsl.exe` would be running something.
const DISTRIBUTIONS: &[&str] = &[
    "Ubuntu",
    "Ubuntu-20.04",
    "Ubuntu-22.04",
    "Ubuntu-24.04",
    "Ubuntu-26.04",
    "Debian",
    "kali-linux",
    "Alpine",
    "Arch",
    "archlinux",
    "FedoraLinux-42",
    "FedoraLinux-43",
    "openSUSE-Tumbleweed",
    "AlmaLinux-9",
    "AlmaLinux-10",
    "OracleLinux_9_1",
];

/// Every account's home on a machine, in order of paths. Below a `root` there is no current user and every account
/// counts; without one, nothing is returned unless `all_users` is asked for, because only the caller knows whose
/// session this is. On Windows that includes the homes of WSL distributions: looking at one starts it, which is why
/// it must be asked for.
pub fn homes(os: Os, root: Option<&Path>, all_users: bool) -> Vec<Home> {
    if root.is_none() && !all_users {
        return Vec::new();
    }
    let disk = Disk::new(os, root);
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    match os {
        Os::Linux => {
            found.extend(folders(&disk, "/home"));
            found.extend(existing(&disk, "/root", "root"));
            found.extend(passwd(&disk));
        }
        Os::Macos => {
            found.extend(folders(&disk, "/Users"));
            found.extend(existing(&disk, "/var/root", "root"));
        }
        Os::Windows => {
            found.extend(folders(&disk, "C:\\Users"));
            for name in ["wsl.localhost", "wsl$"] {
                for distribution in DISTRIBUTIONS {
                    found.extend(folders(&disk, &format!("\\\\{name}\\{distribution}\\home")));
                }
                if !found.iter().all(|(path, _)| !crate::paths::is_in_wsl(path)) {
                    break;
                }
            }
        }
    }
    found.retain(|(_, account)| !NOBODY.contains(&account.to_lowercase().as_str()));
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    let home = |(path, account)| Home { path, account: Some(account), current: false };
    found.into_iter().map(home).collect()
}

fn folders(disk: &Disk, parent: &str) -> Vec<(PathBuf, String)> {
    let Some(place) = disk.locate(Path::new(parent)) else {
        return Vec::new();
    };
    let Ok(listing) = disk.listing(&place.real) else {
        return Vec::new();
    };
    let names = listing.entries.iter().filter(|(_, kind)| *kind != Kind::Other);
    names
        .map(|(name, _)| (disk.style().join(&place.named, name), name.to_string_lossy().into_owned()))
        .filter(|(path, _)| disk.locate(path).is_some_and(|place| place.real.is_dir()))
        .collect()
}

fn existing(disk: &Disk, path: &str, account: &str) -> Option<(PathBuf, String)> {
    let place = disk.locate(Path::new(path))?;
    place.real.is_dir().then(|| (place.named, account.to_owned()))
}

/// People and containers' own users: not the system accounts whose homes are `/` or below `/usr` and `/var/lib`.
fn passwd(disk: &Disk) -> Vec<(PathBuf, String)> {
    let Some(place) = disk.locate(Path::new("/etc/passwd")) else {
        return Vec::new();
    };
    let Ok(source) = Source::open(&place.real, Origin::file(&place.named), MAX_PASSWD_BYTES) else {
        return Vec::new();
    };
    let account = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let &[name, _, id, _, _, home, ..] = fields.as_slice() else {
            return None;
        };
        let id: u32 = id.parse().ok()?;
        // 65534 is nobody; ids below 1000 belong to services (Debian policy 9.2.2, systemd's uid table).
        let is_person = id == 0 || (1000..65534).contains(&id) || home.starts_with("/home/");
        let home = home.trim_end_matches('/');
        (is_person && home.starts_with('/')).then(|| existing(disk, home, name))?
    };
    source.text.lines().filter_map(account).collect()
}
