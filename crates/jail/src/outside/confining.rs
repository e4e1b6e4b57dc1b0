//! The process that is started to confine, from its parent's side. It ends when the jail's init exists; or stays until
//! that has ended, where there are control groups to remove.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};

use super::spawned::Spawned;
use crate::cgroup::sweep;
use crate::profile::Profile;
use crate::stages::groups;
use crate::wire::Channel;

/// A child of this process that is always reaped.
#[derive(Debug)]
pub(crate) struct Confining {
    child: Spawned,
    /// Whether it may stay for as long as the jail does.
    stays: bool,
}

impl Confining {
    /// A new process, or the prepared one where the profile asks for no control group; and this end of the conversation
    /// with it.
    pub(crate) fn start(profile: &Profile) -> io::Result<(Channel, Self)> {
        let stays = !groups::caps(&profile.limits).is_empty();
        let prepared = match Spawned::prepared() {
            // It has left the place where groups are made, so it ends unused.
            Some((control, mut unused)) if stays => {
                drop(control);
                let _ = unused.wait();
                None
            }
            prepared => prepared,
        };
        let (control, child) = prepared.map_or_else(Spawned::execute, Ok)?;
        Ok((control, Self { child, stays }))
    }

    /// The program has begun.
    pub(crate) fn begun(&mut self) {
        if !self.stays {
            let _ = self.child.wait();
        }
    }

    /// No program will begin: the conversation is over, and the init, if there was one, has ended.
    pub(crate) fn failed(&mut self) {
        /// What it takes to notice that, and to remove control groups, many times over.
        const PATIENCE: Duration = Duration::from_secs(5);
        if !(self.stays && self.ends_within(PATIENCE)) {
            self.child.kill();
        }
        self.over();
    }

    /// The jail is over.
    pub(crate) fn over(&mut self) {
        let removed = self.child.wait().is_ok_and(|status| status.success());
        if self.stays && !removed {
            sweep();
        }
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let process = self.child.pid().map(|pid| pidfd_open(pid, PidfdFlags::empty()));
        let Some(Ok(process)) = process else { return false };
        let Ok(patience) = Timespec::try_from(patience) else { return false };
        matches!(poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience)), Ok(1..))
    }
}
