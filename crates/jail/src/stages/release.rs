//! The end of probation: a process of its own enters the jail's user and mount namespaces and lets writes through.
//!
//! The mounts are descriptors that the jail handed out before its program existed, so no path that the program could
//! have changed is looked up.

use std::os::fd::{AsFd, OwnedFd};

use rustix::thread::{ThreadNameSpaceType, move_into_thread_name_spaces};

use super::step::Step;
use super::{During, Failed};
use crate::sys::mount::{Change, Reach, change};
use crate::wire::{Channel, Opening};

/// The name that this process is started by.
pub(crate) const CALLED: &str = "mantrap-jail-release";

/// Receives the namespaces and the mounts, and makes the mounts writable.
pub(crate) fn release(control: &Channel) -> Result<(), Failed> {
    let invalid = || std::io::Error::from_raw_os_error(libc::EPROTO);
    let (Opening {}, descriptors) =
        control.receive().during(Step::Opening)?.ok_or_else(invalid).during(Step::Opening)?;
    let mut descriptors = descriptors.into_iter();
    let mut next = || descriptors.next().ok_or_else(invalid).during(Step::Opening);
    let (user, mount): (OwnedFd, OwnedFd) = (next()?, next()?);
    move_into_thread_name_spaces(user.as_fd(), ThreadNameSpaceType::USER).during(Step::Release)?;
    move_into_thread_name_spaces(mount.as_fd(), ThreadNameSpaceType::MOUNT).during(Step::Release)?;
    for held in descriptors {
        change(&held, Change { set: 0, clear: u64::from(libc::MOUNT_ATTR_RDONLY as u32) }, Reach::Mount)
            .during(Step::Release)?;
    }
    Ok(())
}
