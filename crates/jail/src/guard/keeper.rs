//! Who holds the host's tree together beneath the supervisor: a warden, or the init of a jail.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::process::{Pid, set_child_subreaper};

use super::Error;
use super::warden::{self, Host, Order, Said};
use crate::outside::Jail;
use crate::report::Exit;
use crate::sys::process::{self, Forked};
use crate::wire::Channel;

/// One of the two. When it is dropped the tree ends.
#[derive(Debug)]
pub(super) enum Keeper {
    /// A process of ours, without any namespace.
    Warden { control: Option<Channel>, warden: Pid },
    /// A jail; none when it has ended.
    Jail(Option<Box<Jail>>),
}

impl Keeper {
    /// Starts the host beneath a warden; also the filter's listener.
    pub(super) fn warden(host: &Host) -> Result<(Self, OwnedFd), Error> {
        if !process::has_one_thread() {
            return Err(Error::Threads);
        }
        // Orphans of a warden that was killed come here.
        set_child_subreaper(Some(rustix::process::getpid())).map_err(std::io::Error::from)?;
        let (control, inner) = Channel::pair()?;
        let warden = match process::fork()? {
            Forked::Child => {
                drop(control);
                warden::attend(&inner, host)
            }
            Forked::Parent(warden) => warden,
        };
        drop(inner);
        match control.receive::<Said>()? {
            Some((Said::Listener, descriptors)) => {
                let listener = descriptors.into_iter().next().ok_or(std::io::ErrorKind::InvalidData)?;
                Ok((Self::Warden { control: Some(control), warden }, listener))
            }
            Some((Said::Failed(step, problem), _)) => {
                let _ = process::wait_for(warden); // It ends by itself.
                Err(Error::Step { step, problem })
            }
            _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Readable when there is something to [`hear`](Self::hear); none when the tree has ended.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Warden { control, .. } => control.as_ref().map(Channel::as_fd),
            Self::Jail(jail) => jail.as_ref().map(|jail| jail.as_fd()),
        }
    }

    /// How the host ended, with all that it left.
    pub(super) fn hear(&mut self) -> Result<Exit, Error> {
        match self {
            Self::Warden { control, .. } => match control.as_ref().map(Channel::receive::<Said>) {
                Some(Ok(Some((Said::Ended(exit), _)))) => Ok(exit),
                Some(Ok(Some((Said::Failed(step, problem), _)))) => Err(Error::Step { step, problem }),
                // The warden was killed.
                _ => Ok(Exit::Killed),
            },
            Self::Jail(jail) => match jail.take() {
                Some(jail) => Ok(jail.wait()?.exit),
                None => Ok(Exit::Killed),
            },
        }
    }

    pub(super) fn signal(&self, signal: i32) {
        // It may have ended just now.
        match self {
            Self::Warden { control: Some(control), .. } => drop(control.send(&Order::Signal(signal), &[])),
            Self::Jail(Some(jail)) => drop(jail.signal(signal)),
            Self::Warden { control: None, .. } | Self::Jail(None) => {}
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        match self {
            // The warden ends the tree, then itself; what it could not, because it was killed, is ended below.
            Self::Warden { control, warden } => {
                drop(control.take());
                let _ = process::wait_for(*warden);
            }
            Self::Jail(jail) => drop(jail.take()),
        }
        // And servers that did not end with the host.
        warden::end_all();
    }
}
