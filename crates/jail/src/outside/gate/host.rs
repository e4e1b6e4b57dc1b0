//! Whether the host has something at a path that a jailed process named, asked so that no answer is waited for from
//! another machine or program: the gate has one thread, and what stops it stops the jail.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// File systems that a disk or memory of this machine answers for. Every other, a newer kernel's too, may make one wait.
const NEAR: &[&str] = &[
    "bcachefs", "btrfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "erofs", "exfat", "ext2", "ext3", "ext4",
    "f2fs", "iso9660", "mqueue", "ntfs3", "overlay", "proc", "ramfs", "rootfs", "squashfs", "sysfs", "tmpfs",
    "vfat", "xfs", "zfs",
];

/// The host's file systems, as far as they are to be kept away from.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// Where something is mounted that may make one wait. Read when it is first needed.
    far: OnceLock<Vec<PathBuf>>,
}

impl Host {
    /// Whether there is something at this plain absolute path. False where that cannot be told without waiting.
    pub(super) fn has(&self, path: &Path) -> bool {
        let look = |resolve: ResolveFlags| {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            openat2(CWD, path, flags, Mode::empty(), resolve | ResolveFlags::NO_MAGICLINKS)
        };
        match look(ResolveFlags::CACHED) {
            Ok(_) => true,
            // Not in memory, or a kernel before 5.12.
            Err(Errno::AGAIN | Errno::INVAL) => {
                let far = self.far.get_or_init(|| far(&fs::read("/proc/self/mountinfo").unwrap_or_default()));
                !far.iter().any(|mount| path.starts_with(mount)) && look(ResolveFlags::NO_SYMLINKS).is_ok()
            }
            Err(_) => false,
        }
    }
}

/// Where what is not near is mounted (proc_pid_mountinfo(5)).
fn far(mountinfo: &[u8]) -> Vec<PathBuf> {
    let place = |line: &[u8]| {
        let mut fields = line.split(|byte| *byte == b' ');
        let place = fields.nth(4)?;
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        let near = NEAR.iter().any(|near| near.as_bytes() == kind);
        (!near).then(|| PathBuf::from(std::ffi::OsString::from_vec(unescaped(place))))
    };
    mountinfo.split(|byte| *byte == b'\n').filter_map(place).collect()
}

/// Blanks, line breaks and backslashes of a path are written as `\` and three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.first_chunk::<3>().filter(|_| byte == b'\\');
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(code.unwrap_or(byte));
        rest = code.and_then(|_| after.get(3..)).unwrap_or(after);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_make_one_wait_is_told_from_what_may_not() {
        let mounts = br"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:30 / /home/user/with\040blank rw - fuse.sshfs host:/ rw
24 22 0:31 / /mnt/nfs rw shared:2 master:3 - nfs4 host:/ rw
25 22 0:32 / /tmp rw - tmpfs none rw
26 22 0:33 / /net rw - autofs auto rw
27 22
";
        assert_eq!(far(mounts), ["/home/user/with blank", "/mnt/nfs", "/net"].map(PathBuf::from));
    }

    #[test]
    fn what_is_there_is_found_and_what_is_not_is_not() {
        let host = Host::default();
        assert!(host.has(Path::new("/etc")) && host.has(Path::new("/usr/bin")));
        assert!(!host.has(Path::new("/etc/mantrap-is-not-here")));
        assert!(
            !Host { far: OnceLock::from(vec!["/".into()]) }.has(Path::new("/etc/mantrap-is-not-here-either"))
        );
    }
}
