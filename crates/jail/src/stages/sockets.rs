//! Which Unix sockets a jail may reach: its own, and those that were granted.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

use rustix::fs::fstat;
use serde::{Deserialize, Serialize};

use super::root::Built;
use crate::profile::{Profile, Right};
use crate::seccomp::{Listener, Unix};

/// What tells sockets of the jail from sockets of the host that lie in a granted directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sockets {
    /// Whether something of the host is in the jail that is, or can come to hold, a socket.
    host: bool,
    /// Device numbers of the file systems that are the jail's own.
    own: Vec<u64>,
    /// Device and inode numbers of the granted sockets.
    granted: Vec<(u64, u64)>,
    /// Whether those are held back at first.
    held: bool,
}

impl Sockets {
    /// Looks from inside the finished view.
    pub(crate) fn of(profile: &Profile, built: &Built) -> io::Result<Self> {
        let mut sockets = Self { held: profile.probation, ..Self::default() };
        for view in &profile.view {
            match std::fs::symlink_metadata(&view.path) {
                Ok(status) if status.is_file() => {}
                Ok(status) if view.right == Right::Socket && status.file_type().is_socket() => {
                    sockets.granted.push((status.dev(), status.ino()));
                }
                _ => sockets.host = true,
            }
        }
        for part in built.parts.iter().filter(|part| part.private) {
            sockets.own.push(fstat(&part.mount)?.st_dev);
        }
        Ok(sockets)
    }

    /// How the filter treats Unix sockets.
    pub(crate) fn unix(&self, listener: Listener) -> Unix {
        let judged = self.host || (self.held && !self.granted.is_empty());
        match listener {
            _ if !judged => Unix::Native,
            Listener::Asked => Unix::Brokered,
            Listener::Absent => Unix::Refused,
        }
    }

    /// Whether the socket with these device and inode numbers may be connected to; in probation, only the jail's own.
    pub(crate) fn reach(&self, device: u64, inode: u64, holding: bool) -> bool {
        self.own.contains(&device) || (!holding && self.granted.contains(&(device, inode)))
    }
}
