//! The end of probation, from the supervisor's side: starts the process that enters the jail's namespaces.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use super::error::Error;
use crate::stages::release::CALLED;
use crate::wire::{Channel, Failure, Message, Opening};

/// Makes these mounts of the jail that `init` is the first process of writable.
pub(crate) fn release(init: &OwnedFd, held: &[OwnedFd]) -> Result<(), Error> {
    let (control, inner) = Channel::pair().map_err(Error::Spawn)?;
    let namespaces = namespaces(init).map_err(|_| Error::Over)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the jail's own process, not one that a grant names"
    )]
    let mut process = Command::new("/proc/self/exe")
        .arg0(CALLED)
        .env_clear()
        .stdin(inner.into_descriptor())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::Spawn)?;
    let descriptors: Vec<_> =
        namespaces.iter().map(AsFd::as_fd).chain(held.iter().map(AsFd::as_fd)).collect();
    let sent = control.send(&Opening {}, &descriptors);
    let answer = control.receive::<Message>();
    let status = process.wait().map_err(Error::Spawn)?;
    sent.map_err(Error::Spawn)?;
    match answer {
        Ok(None) if status.success() => Ok(()),
        Ok(Some((Message::Failed(Failure { step, path, errno }), _))) => {
            Err(Failure { step, path, errno }.into())
        }
        _ => Err(Error::OutOfTurn("release")),
    }
}

/// The user and the mount namespace of a process that a pidfd stands for.
fn namespaces(process: &OwnedFd) -> io::Result<[File; 2]> {
    let status = std::fs::read(format!("/proc/self/fdinfo/{}", process.as_raw_fd()))?;
    let status = String::from_utf8_lossy(&status);
    let pid = status.lines().find_map(|line| line.strip_prefix("Pid:")).map(str::trim);
    let pid: u32 = pid.and_then(|pid| pid.parse().ok()).ok_or(io::ErrorKind::NotFound)?;
    let namespaces =
        [File::open(format!("/proc/{pid}/ns/user"))?, File::open(format!("/proc/{pid}/ns/mnt"))?];
    // The number could have been reused between reading and opening, had the process ended: it has not.
    rustix::process::pidfd_send_signal(process, rustix::process::Signal::CONT)?;
    Ok(namespaces)
}
