//! Taking away what jails left whose remover was itself killed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::place::{Version, find};
use super::{Controller, delegated, kernel_text};

/// The beginning of every name. What follows is the pid namespace, as its inode, the process in it that removes the group,
/// and when that was started, in ticks since the machine was (proc_pid_stat(5), field 22): a number that is used again is
/// somebody else, and in another namespace it says nothing.
const PREFIX: &str = "mantrap-";
/// Entries that one sweep looks at.
const ENTRIES: usize = 4_096;

/// The name of a group that this process removes.
pub(super) fn own_name() -> Option<String> {
    let pid = rustix::process::getpid().as_raw_nonzero().to_string();
    Some(format!("{PREFIX}{}-{pid}-{}", namespace()?, stat(&pid, 22)?))
}

/// The pid namespace of this process.
fn namespace() -> Option<String> {
    Some(fs::metadata("/proc/self/ns/pid").ok()?.ino().to_string())
}

/// Removes the groups of this user beneath this process's own whose removers are gone. The kernel keeps any that still
/// has a process.
pub(crate) fn sweep() {
    let (groups, mounts) = texts();
    let places = Controller::ALL.iter().filter_map(|&controller| find(controller, &groups, &mounts));
    let parents: BTreeSet<PathBuf> = places
        .map(|place| match place.version {
            Version::One => place.directory,
            Version::Two => delegated::parent(&place.directory).to_owned(),
        })
        .collect();
    for parent in parents {
        sweep_beneath(&parent);
    }
}

pub(super) fn sweep_beneath(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.take(ENTRIES).flatten() {
        let name = entry.file_name();
        let own = || entry.metadata().is_ok_and(|status| status.uid() == geteuid().as_raw());
        if name.to_str().is_some_and(is_abandoned) && own() {
            // Somebody else may have been quicker, or a process may still be in it.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// What the kernel says of this process's groups, and of where they can be seen.
pub(super) fn texts() -> (String, String) {
    let read = |path| kernel_text(path).unwrap_or_default();
    (read("/proc/self/cgroup"), read("/proc/self/mountinfo"))
}

/// Whether the name is one of ours and its remover is gone.
fn is_abandoned(name: &str) -> bool {
    let is_number =
        |text: &str| !text.is_empty() && text.len() < 21 && text.bytes().all(|it| it.is_ascii_digit());
    let Some((within, rest)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let Some((pid, started)) = rest.split_once('-').filter(|_| namespace().as_deref() == Some(within)) else {
        return false;
    };
    let lives =
        || stat(pid, 22).as_deref() == Some(started) && !matches!(stat(pid, 3).as_deref(), Some("Z" | "X"));
    is_number(pid) && is_number(started) && !lives()
}

/// A field of `/proc/PID/stat`, counted as in proc_pid_stat(5); those behind the name only, which may hold anything.
pub(super) fn stat(pid: &str, field: usize) -> Option<String> {
    let text = kernel_text(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = text.rsplit_once(')')?;
    behind.split_whitespace().nth(field.checked_sub(3)?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_abandoned_groups_of_ours_are_taken() {
        let own = own_name().unwrap();
        assert!(!is_abandoned(&own), "{own}: its remover is this very process");
        let (within, rest) = own.strip_prefix(PREFIX).unwrap().split_once('-').unwrap();
        let (pid, started) = rest.split_once('-').unwrap();
        assert!(is_abandoned(&format!("{PREFIX}{within}-{pid}-{started}0")), "the number is used again");
        assert!(!is_abandoned(&format!("{PREFIX}1-{pid}-{started}0")), "the number is another namespace's");
        for other in
            ["mantrap", "mantrap-", "mantrap-soak-1", "mantrap-1", "mantrap-1-", "mantrap-1-2-3", "user-1-2"]
        {
            assert!(!is_abandoned(other), "{other}");
        }
    }

    #[test]
    fn a_sweep_takes_nothing_but_them() {
        let top = std::env::temp_dir().join(format!("mantrap-sweep-{}", std::process::id()));
        let gone = format!("{PREFIX}{}-4194305-77", namespace().unwrap());
        let names = ["mantrap", &gone, "mantrap-soak-x", &own_name().unwrap()];
        for name in names {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        sweep_beneath(&top);
        let left = names.map(|name| top.join(name).exists());
        fs::remove_dir_all(&top).unwrap();
        assert_eq!(left, [true, false, true, true]);
    }
}
