//! The process that is started to confine, from its parent's side. It ends when the jail's init exists; or stays until
//! that has ended, where there are control groups to remove. A prepared init needs none.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::jail::end;
use super::prepared::Prepared;
use crate::cgroup::sweep;
use crate::profile::Profile;
use crate::stages;
use crate::stages::groups;
use crate::wire::Channel;

/// A child of this process that is always reaped.
#[derive(Debug)]
pub(crate) struct Confining {
    child: Option<Child>,
    /// Whether it may stay for as long as the jail does.
    stays: bool,
}

impl Confining {
    /// Starts it, or takes the prepared init where the profile asks for what that has laid: the system,
    /// and no control group. Also this end of the
    /// conversation, and the init if there is one already.
    pub(crate) fn start(profile: &Profile) -> io::Result<(Channel, Option<OwnedFd>, Self)> {
        let stays = !groups::caps(&profile.limits).is_empty();
        match Prepared::take() {
            Some(Prepared { control, init }) if !stays && profile.system => {
                return Ok((control, Some(init), Self { child: None, stays }));
            }
            Some(Prepared { init, .. }) => end(&init),
            None => {}
        }
        let (control, inner) = Channel::pair()?;
        #[expect(clippy::disallowed_methods, reason = "this is the jail that children start in")]
        let child = Command::new("/proc/self/exe")
            .arg0(stages::CALLED)
            .env_clear()
            .stdin(inner.into_descriptor())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok((control, None, Self { child: Some(child), stays }))
    }

    /// The program has begun.
    pub(crate) fn begun(&mut self) {
        if let Some(child) = self.child.as_mut().filter(|_| !self.stays) {
            let _ = child.wait();
        }
    }

    /// No program will begin: the conversation is over, and the init, if there was one, has ended.
    pub(crate) fn failed(&mut self) {
        /// What it takes to notice that, and to remove control groups, many times over.
        const PATIENCE: Duration = Duration::from_secs(5);
        let ended = self.stays && self.ends_within(PATIENCE);
        if let Some(child) = self.child.as_mut().filter(|_| !ended) {
            let _ = child.kill(); // It may have ended just now.
        }
        self.over();
    }

    /// The jail is over.
    pub(crate) fn over(&mut self) {
        let removed = self.child.as_mut().map(|child| child.wait().is_ok_and(|status| status.success()));
        if self.stays && removed == Some(false) {
            sweep();
        }
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let pid =
            self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok()).and_then(Pid::from_raw);
        let process = pid.map(|pid| pidfd_open(pid, PidfdFlags::empty()));
        let Some(Ok(process)) = process else { return false };
        let Ok(patience) = Timespec::try_from(patience) else { return false };
        matches!(poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience)), Ok(1..))
    }
}
