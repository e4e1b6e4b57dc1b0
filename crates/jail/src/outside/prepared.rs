//! The first process of the next jail, made before its supervisor has read anything.

use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use crate::stages;
use crate::stages::namespaces::{BORN_IN, Identity};
use crate::sys::process::{self, Forked};
use crate::wire::Channel;

/// What [`prepare`] made and nobody took yet.
static PREPARED: Mutex<Option<Prepared>> = Mutex::new(None);

/// A process in a user and a pid namespace of its own that makes the others and then waits for a profile. It ends by
/// itself when the conversation does.
#[derive(Debug)]
pub(super) struct Prepared {
    /// This end of the conversation.
    pub(super) control: Channel,
    /// Its pidfd; it is a child of this process.
    pub(super) init: OwnedFd,
}

impl Prepared {
    /// The one that there is.
    pub(super) fn take() -> Option<Self> {
        PREPARED.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Makes the first process of the next [`Jail`](crate::Jail) now, so that its namespaces are ready when this process has
/// read its arguments. It is a copy of this one: no second start of the program, the slowest part of a jail. What it must
/// not hold is not there yet (nothing was read, nothing opened), or is wiped: the arguments and the environment.
///
/// For the second line of `main`, before this process has read anything or started a thread; with more than one thread
/// nothing is done. Like [`enter_if_asked`](crate::enter_if_asked) it answers `None` to whoever is to go on. Where
/// anything fails, nothing was prepared, and the jail says why when it is started.
#[must_use]
pub fn prepare() -> Option<ExitCode> {
    if !process::has_one_thread() {
        return None;
    }
    let identity = Identity::own();
    let (control, inner) = Channel::pair().ok()?;
    match process::clone(BORN_IN).ok()? {
        Forked::Child => {
            drop(control);
            // All descriptors are closed there, this one by its number.
            Some(stages::enter_prepared(&ManuallyDrop::new(inner), identity))
        }
        Forked::Parent(init) => {
            *PREPARED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Prepared { control, init });
            None
        }
    }
}
