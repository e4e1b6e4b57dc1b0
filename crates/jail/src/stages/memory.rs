//! The memory of the tree, where no control group counts it: the init looks. Weaker than the kernel's cap, because what
//! grows faster than it looks is seen too late, and memory in files that nobody maps is not seen.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use crate::cgroup::kernel_text;

/// How often the init looks.
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

/// Whether the processes of this pid namespace, without its first one, and the files in `folders` use more than `bytes`.
pub(crate) fn exceeds(bytes: u64, folders: &[&Path]) -> bool {
    let files = files(folders);
    // Pages that processes share are counted for each of them: an upper bound, and cheap.
    let most: u64 = processes().map(|pid| resident(pid).unwrap_or(0)).fold(files, u64::saturating_add);
    most > bytes
        && processes()
            .filter_map(|pid| shared_out(pid).or_else(|_| resident(pid)).ok())
            .fold(files, u64::saturating_add)
            > bytes
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| *pid != 1)
}

/// Bytes that are in memory for this process (proc_pid_status(5)).
fn resident(pid: u32) -> io::Result<u64> {
    said(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// The same, where a page that n processes share counts as its nth part (proc_pid_smaps(5)). A process can keep others
/// from reading this.
fn shared_out(pid: u32) -> io::Result<u64> {
    said(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// The bytes of the line that begins with `label`, which the kernel writes in `kB` of 1024.
fn said(path: &str, label: &str) -> io::Result<u64> {
    let text = kernel_text(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(label));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes.saturating_mul(1024)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Bytes in the private file systems, each counted once.
fn files(folders: &[&Path]) -> u64 {
    let mut seen = Vec::new();
    let mut sum = 0_u64;
    for folder in folders {
        let Ok(device) = fs::metadata(folder).map(|status| status.dev()) else { continue };
        if !seen.contains(&device) {
            seen.push(device);
            let used = rustix::fs::statvfs(*folder)
                .map_or(0, |fs| fs.f_blocks.saturating_sub(fs.f_bfree).saturating_mul(fs.f_frsize));
            sum = sum.saturating_add(used);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_holds_is_counted() {
        let own = std::process::id();
        let before = (resident(own).unwrap(), shared_out(own).unwrap());
        // Other tests of this process give memory back meanwhile, much less than this, and copy it: then it is shared.
        let held = vec![1_u8; 256 << 20];
        let after = (resident(own).unwrap(), shared_out(own).unwrap());
        assert!(
            after.0 >= before.0 + (128 << 20) && after.1 >= before.1 + (32 << 20),
            "{before:?} {after:?}"
        );
        assert!(
            exceeds(u64::try_from(held.len() / 8).unwrap(), &[]) && !exceeds(u64::MAX, &[Path::new("/tmp")])
        );
    }
}
