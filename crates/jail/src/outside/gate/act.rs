//! What a call is and which of its arguments name something. Pure.

use libc::c_long;

use crate::seccomp::low;

/// What a call does, as far as its scalar arguments tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
    Execute,
    /// A socket that could leave the jail, if there were a way out.
    NetworkSocket,
    Connect,
    Signal,
}

/// A path in the caller's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The descriptor of the directory that a relative path starts from; `AT_FDCWD` for the working directory.
    pub(super) directory: i32,
    /// The address of the path.
    pub(super) address: u64,
    /// An empty path names the descriptor itself.
    pub(super) may_be_empty: bool,
}

/// What the call does. `None` for a call that is no act.
pub(super) fn kind(number: u32, arguments: &[u64; 6]) -> Option<Kind> {
    let [first, second, third, ..] = *arguments;
    let opening = |flags: u64| if writes(low(flags)) { Kind::Write } else { Kind::Read };
    #[cfg(target_arch = "x86_64")]
    match c_long::from(number) {
        libc::SYS_open => return Some(opening(second)),
        libc::SYS_creat
        | libc::SYS_rename
        | libc::SYS_renameat
        | libc::SYS_link
        | libc::SYS_unlink
        | libc::SYS_symlink
        | libc::SYS_mkdir
        | libc::SYS_rmdir
        | libc::SYS_mknod => return Some(Kind::Write),
        _ => {}
    }
    match c_long::from(number) {
        libc::SYS_openat => Some(opening(third)),
        libc::SYS_truncate
        | libc::SYS_renameat2
        | libc::SYS_linkat
        | libc::SYS_unlinkat
        | libc::SYS_symlinkat
        | libc::SYS_mkdirat
        | libc::SYS_mknodat => Some(Kind::Write),
        #[cfg(target_arch = "aarch64")]
        RENAMEAT => Some(Kind::Write),
        libc::SYS_execve | libc::SYS_execveat => Some(Kind::Execute),
        libc::SYS_socket => {
            matches!(low(first).cast_signed(), libc::AF_INET | libc::AF_INET6).then_some(Kind::NetworkSocket)
        }
        libc::SYS_connect => Some(Kind::Connect),
        libc::SYS_kill => Some(Kind::Signal),
        _ => None,
    }
}

/// The paths that the call names; both of a renaming.
pub(super) fn paths(number: u32, arguments: &[u64; 6]) -> [Option<Named>; 2] {
    let [first, second, third, fourth, fifth, _] = *arguments;
    let plain = |address: u64| Some(Named { directory: libc::AT_FDCWD, address, may_be_empty: false });
    let at = |directory: u64, address: u64| {
        Some(Named { directory: low(directory).cast_signed(), address, may_be_empty: false })
    };
    #[cfg(target_arch = "x86_64")]
    match c_long::from(number) {
        libc::SYS_open
        | libc::SYS_creat
        | libc::SYS_unlink
        | libc::SYS_rmdir
        | libc::SYS_mkdir
        | libc::SYS_mknod => {
            return [plain(first), None];
        }
        libc::SYS_rename | libc::SYS_link => return [plain(first), plain(second)],
        libc::SYS_symlink => return [plain(second), None],
        libc::SYS_renameat => return [at(first, second), at(third, fourth)],
        _ => {}
    }
    match c_long::from(number) {
        libc::SYS_execve | libc::SYS_truncate => [plain(first), None],
        libc::SYS_openat | libc::SYS_unlinkat | libc::SYS_mkdirat | libc::SYS_mknodat => {
            [at(first, second), None]
        }
        libc::SYS_renameat2 => [at(first, second), at(third, fourth)],
        #[cfg(target_arch = "aarch64")]
        RENAMEAT => [at(first, second), at(third, fourth)],
        libc::SYS_linkat => [with_flags(at(first, second), fifth), at(third, fourth)],
        libc::SYS_symlinkat => [at(second, third), None],
        libc::SYS_execveat => [with_flags(at(first, second), fifth), None],
        _ => [None, None],
    }
}

/// Whether the call gives a file that is there a second name.
pub(super) fn links(number: u32) -> bool {
    #[cfg(target_arch = "x86_64")]
    if c_long::from(number) == libc::SYS_link {
        return true;
    }
    c_long::from(number) == libc::SYS_linkat
}

#[cfg(target_arch = "aarch64")]
const RENAMEAT: c_long = 38;

fn with_flags(named: Option<Named>, flags: u64) -> Option<Named> {
    let may_be_empty = low(flags).cast_signed() & libc::AT_EMPTY_PATH != 0;
    named.map(|named| Named { may_be_empty, ..named })
}

/// Whether an open with these flags can change something.
fn writes(flags: u32) -> bool {
    let flags = flags.cast_signed();
    // O_PATH opens nothing: the other flags are ignored.
    if flags & libc::O_PATH != 0 {
        return false;
    }
    flags & libc::O_ACCMODE != libc::O_RDONLY
        || flags & (libc::O_CREAT | libc::O_TRUNC) != 0
        || flags & libc::O_TMPFILE == libc::O_TMPFILE
}
