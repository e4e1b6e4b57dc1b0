//! The process that confines: a fresh start of this program, or one that was made before this one had read anything.
//!
//! Either way it has one thread, no environment, no argument and no descriptor but its end of the conversation.

use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::stages;
use crate::sys::process::{self, Forked};
use crate::wire::Channel;

/// A confining process, a child of this one that must be reaped.
#[derive(Debug)]
pub(super) enum Spawned {
    /// Executed when it was needed.
    Executed(Child),
    /// Made by [`prepare`].
    Prepared(Pid),
}

/// What [`prepare`] made and nobody took yet.
static PREPARED: Mutex<Option<(Channel, Pid)>> = Mutex::new(None);

/// Makes the confining process of the next [`Jail::start`](super::Jail::start) now, so that it does its part while this
/// one still reads its arguments. It is a copy of this process without another `execve`, the slowest part of a start;
/// what it must not hold is not there yet, or wiped.
///
/// For the second line of `main`, before this process has read anything or started a thread; with more than one thread
/// nothing is done. Like [`enter_if_asked`](crate::enter_if_asked) it answers `None` to whoever is to go on.
#[must_use]
pub fn prepare() -> Option<ExitCode> {
    if !process::has_one_thread() {
        return None;
    }
    let (control, inner) = Channel::pair().ok()?;
    match process::fork().ok()? {
        Forked::Child => {
            drop(control);
            // The number of its own copy is closed there.
            Some(stages::enter_prepared(&ManuallyDrop::new(inner)))
        }
        Forked::Parent(pid) => {
            *PREPARED.lock().unwrap_or_else(PoisonError::into_inner) = Some((control, pid));
            None
        }
    }
}

impl Spawned {
    /// The prepared process, if there is one, and this end of the conversation with it.
    pub(super) fn prepared() -> Option<(Channel, Self)> {
        let (control, pid) = PREPARED.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some((control, Self::Prepared(pid)))
    }

    /// A new process.
    pub(super) fn execute() -> io::Result<(Channel, Self)> {
        let (control, inner) = Channel::pair()?;
        #[expect(clippy::disallowed_methods, reason = "this is the jail that children start in")]
        let child = Command::new("/proc/self/exe")
            .arg0(stages::CALLED)
            .env_clear()
            .stdin(inner.into_descriptor())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok((control, Self::Executed(child)))
    }

    /// Ends it. It may have ended just now.
    pub(super) fn kill(&mut self) {
        match self {
            Self::Executed(child) => drop(child.kill()),
            Self::Prepared(pid) => drop(kill_process(*pid, Signal::KILL)),
        }
    }

    pub(super) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Executed(child) => i32::try_from(child.id()).ok().and_then(Pid::from_raw),
            Self::Prepared(pid) => Some(*pid),
        }
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        match self {
            Self::Executed(child) => child.wait(),
            Self::Prepared(pid) => {
                let status = rustix::io::retry_on_intr(|| waitpid(Some(*pid), WaitOptions::empty()))?;
                let (_, status) = status.ok_or(io::ErrorKind::NotFound)?;
                Ok(ExitStatus::from_raw(status.as_raw()))
            }
        }
    }
}
