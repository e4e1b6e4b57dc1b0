//! Connections made in the caller's place, where the jail holds something of the host that may be a socket.
//!
//! The address is copied from the caller once and the socket is a copy of the caller's descriptor; what was judged is
//! what is connected to, whatever the caller changes meanwhile. Each is made on a thread of its own, for a connection may
//! wait, and there are never more than [`AT_ONCE`].

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use rustix::io::Errno;
use rustix::net::{AddressFamily, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::observed::base;
use crate::stages::sockets::Sockets;
use crate::sys::seccomp::Notification;
use crate::sys::{memory, net};

/// Connections that may wait at a time.
pub(super) const AT_ONCE: usize = 64;
/// `sizeof(struct sockaddr_storage)`: the kernel takes no longer address.
const ADDRESS_BYTES: usize = 128;
/// `PIDFD_THREAD` (Linux 6.9): a descriptor of a thread rather than of its process.
const THREAD: PidfdFlags = PidfdFlags::from_bits_retain(libc::O_EXCL.cast_unsigned());

/// A connection that was asked for, whole and our own.
#[derive(Debug)]
pub(super) struct Connection {
    socket: OwnedFd,
    address: Vec<u8>,
    /// For a Unix socket with a path: the caller's root, and the path from there.
    path: Option<(OwnedFd, PathBuf)>,
}

/// Why a connection was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is a socket, and it is not the jail's and not granted.
    NotGranted,
    /// What the kernel said.
    Kernel(Errno),
}

impl From<Errno> for Refused {
    fn from(errno: Errno) -> Self {
        Self::Kernel(errno)
    }
}

impl Refused {
    pub(super) fn errno(self) -> Errno {
        match self {
            Self::NotGranted => Errno::ACCESS,
            Self::Kernel(errno) => errno,
        }
    }
}

impl Connection {
    /// Copies what a `connect` names. The caller must be found to wait still before anything is done with it.
    pub(super) fn copied(call: &Notification) -> Result<Self, Errno> {
        let [descriptor, address, length, ..] = call.arguments;
        let length = usize::try_from(length & 0xffff_ffff).unwrap_or(usize::MAX);
        let mut bytes = [0; ADDRESS_BYTES];
        let wanted = bytes.get_mut(..length).ok_or(Errno::INVAL)?;
        if memory::read(call.thread, address, wanted).map_err(|_| Errno::FAULT)? != length {
            return Err(Errno::FAULT);
        }
        let address = wanted.to_vec();
        let socket = pidfd_getfd(
            process(call.thread)?,
            crate::seccomp::low(descriptor).cast_signed(),
            PidfdGetfdFlags::empty(),
        )?;
        let path = match sockopt::socket_domain(&socket)? {
            // Nothing of the host can be named by these.
            AddressFamily::INET | AddressFamily::INET6 => None,
            AddressFamily::UNIX => unix_path(&address).map(|path| located(call, path)).transpose()?,
            _ => return Err(Errno::OPNOTSUPP),
        };
        Ok(Self { socket, address, path })
    }

    /// Makes it, if it may be made.
    pub(super) fn make(&self, sockets: &Sockets, holding: bool) -> Result<(), Refused> {
        match self.peer(sockets, holding)? {
            Some(peer) => Ok(net::connect_to_opened(&self.socket, &peer)?),
            None => Ok(net::connect(&self.socket, &self.address)?),
        }
    }

    /// The socket that the path leads to, if it may be connected to. `None` where no path is named.
    fn peer(&self, sockets: &Sockets, holding: bool) -> Result<Option<OwnedFd>, Refused> {
        let Some((root, path)) = &self.path else { return Ok(None) };
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let peer = openat2(root, path, flags, Mode::empty(), resolve)?;
        let status = fstat(&peer)?;
        if !FileType::from_raw_mode(status.st_mode).is_socket() {
            return Err(Errno::CONNREFUSED.into());
        }
        if !sockets.reach(status.st_dev, status.st_ino, holding) {
            return Err(Refused::NotGranted);
        }
        Ok(Some(peer))
    }
}

/// The path in the address of a Unix socket, up to its end or the first NUL. `None` for a name of its own, or none.
fn unix_path(address: &[u8]) -> Option<&Path> {
    let (family, rest) = address.split_first_chunk::<2>()?;
    if i32::from(u16::from_ne_bytes(*family)) != libc::AF_UNIX {
        return None;
    }
    let name = rest.split(|&byte| byte == 0).next()?;
    (!name.is_empty()).then(|| Path::new(OsStr::from_bytes(name)))
}

/// The caller's root, and where the path leads from there; the caller may have changed its directory since.
fn located(call: &Notification, path: &Path) -> Result<(OwnedFd, PathBuf), Errno> {
    let root = File::open(format!("/proc/{}/root", call.thread)).map_err(|_| Errno::SRCH)?;
    let base =
        if path.is_absolute() { PathBuf::new() } else { base(call, libc::AT_FDCWD).ok_or(Errno::NOENT)? };
    Ok((root.into(), base.join(path)))
}

/// A descriptor of the process that a thread is of.
fn process(thread: i32) -> Result<OwnedFd, Errno> {
    let number = |number: i32| Pid::from_raw(number).ok_or(Errno::SRCH);
    match pidfd_open(number(thread)?, THREAD) {
        Err(Errno::INVAL) => {
            let mut status = String::new();
            let file = File::open(format!("/proc/{thread}/status")).map_err(|_| Errno::SRCH)?;
            file.take(1 << 10).read_to_string(&mut status).map_err(|_| Errno::SRCH)?;
            let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
            let group = group.and_then(|group| group.trim().parse().ok()).ok_or(Errno::SRCH)?;
            pidfd_open(number(group)?, PidfdFlags::empty())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_ends_where_the_kernel_ends_it() {
        let path = |bytes: &'static [u8]| unix_path(bytes).map(Path::to_owned);
        assert_eq!(path(b"\x01\0/run/x\0/etc"), Some("/run/x".into()));
        assert_eq!(path(b"\x01\0x"), Some("x".into()));
        for bytes in [&b"\x01\0"[..], b"\x01\0\0bus", b"\x01", b"", b"\x02\0/run/x"] {
            assert_eq!(path(bytes), None);
        }
    }
}
