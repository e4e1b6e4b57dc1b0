//! `mount_setattr(2)`.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Flags to set on and to clear from a mount (`MOUNT_ATTR_*` of `mount_setattr(2)`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    pub(crate) set: u64,
    pub(crate) clear: u64,
}

/// Whether the mounts beneath change too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This mount alone.
    Mount,
    /// This mount and all beneath it.
    Tree,
}

/// Changes the flags of the mount that `mount` is the root of.
pub(crate) fn change(mount: impl AsFd, change: Change, reach: Reach) -> io::Result<()> {
    let attributes =
        libc::mount_attr { attr_set: change.set, attr_clr: change.clear, propagation: 0, userns_fd: 0 };
    let recursive = if reach == Reach::Tree { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a NUL-terminated literal; `attributes` lives through the call and its size is given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | recursive,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
