//! Runs a host, which nobody changed, so that no process comes out of it but by somebody's decision.
//!
//! Owns the host's tree, the filter that asks about every execution, the kernel's own list of what may be executed, and the
//! look at every new image before its first instruction. Never decides: [`Asked`] is answered by the caller, and what is
//! not answered is refused. Nothing here needs root, and but for a jail no namespace.
//!
//! ```text
//! supervisor ── warden ── host ── …       every process of the tree: no_new_privs, Landlock, one filter
//!     └─────────── asks ────┘             (or the init of a jail for the warden, and its layers beneath)
//! ```

mod asked;
mod filter;
mod image;
mod keeper;
mod launch;
pub(crate) mod layer;
mod stand_in;
mod warden;

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

pub use asked::Asked;
pub use image::{Identity, Image, Program};
pub use launch::{Launched, Stood};
pub use stand_in::{StandIn, stand_in_if_asked};
pub use warden::Host;

use keeper::Keeper;

use crate::outside::Jail;
use crate::profile::{Gate, Profile};
use crate::report::Exit;
use crate::seccomp::Instruction;
use crate::sys::seccomp::{self, Answer};

/// The first message to a stand-in.
const HELLO: &[u8] = b"mantrap stand-in/1";

/// What stands behind the supervisor's decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    /// The kernel itself executes nothing but these files (Landlock).
    Listed(Vec<PathBuf>),
    /// Nothing: the supervisor alone decides.
    Absent,
    /// Nothing, and nothing is refused.
    Observed,
}

/// Why there is no guarded host. Nothing of it was executed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller has threads, whose locks a copy of it would never get.
    #[error("a guard is started by a process with one thread")]
    Threads,
    /// A step of the host's first process.
    #[error("cannot {step}: {problem}")]
    Step {
        /// Which.
        step: String,
        /// The kernel's words.
        problem: String,
    },
    /// The jail's.
    #[error(transparent)]
    Jail(#[from] crate::outside::Error),
    /// The supervisor's own.
    #[error("cannot watch the host: {0}")]
    Watch(#[from] io::Error),
}

/// What is there to do.
#[derive(Debug)]
pub enum Event {
    /// A process wants to become another program.
    Asked(Box<Asked>),
    /// The descriptor that was given is readable.
    Other,
    /// The host has ended, and nothing of its tree is left.
    Ended(Exit),
}

impl From<io::ErrorKind> for Error {
    fn from(kind: io::ErrorKind) -> Self {
        Self::Watch(kind.into())
    }
}

/// A guarded host. When it is dropped the whole tree ends.
#[derive(Debug)]
pub struct Guard {
    keeper: Keeper,
    desk: Arc<Desk>,
}

/// What answers need.
#[derive(Debug)]
pub(crate) struct Desk {
    listener: OwnedFd,
    /// Threads that are about to execute a stand-in, and by which descriptor.
    expected: Mutex<HashMap<i32, i32>>,
}

impl Desk {
    fn expect(&self, thread: i32, program: i32) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(thread, program);
    }

    fn expect_no_more(&self, thread: i32) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(&thread);
    }

    /// Whether this is the call of a stand-in, which is looked at when it was made.
    fn is_expected(&self, call: &seccomp::Notification) -> bool {
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let [program, ..] = call.arguments;
        i64::from(call.number) == libc::SYS_execveat
            && expected.get(&call.thread).is_some_and(|by| u64::from(by.unsigned_abs()) == program)
    }
}

impl Layer {
    pub(crate) fn filter(&self) -> Vec<Instruction> {
        if *self == Self::Observed { filter::observing() } else { filter::deciding() }
    }
}

impl Guard {
    /// Starts the host. Its first program is asked about like every other. For a process with one thread.
    ///
    /// # Errors
    /// [`Error`].
    pub fn start(host: &Host) -> Result<Self, Error> {
        let (keeper, listener) = Keeper::warden(host)?;
        Ok(Self::over(keeper, listener))
    }

    /// Starts the profile's program as the host, in a jail: what it may read, change and reach is the jail's to hold, what it
    /// may execute is asked about, beginning with itself. The profile's gate is not: there is one listener.
    ///
    /// # Errors
    /// [`Error::Jail`].
    pub fn start_jailed(profile: &Profile, layer: Layer, standard: [OwnedFd; 3]) -> Result<Self, Error> {
        let profile = Profile { guard: Some(layer), gate: Gate::Off, probation: false, ..profile.clone() };
        let mut jail = Box::new(Jail::start(&profile, standard)?);
        let listener = jail.asks().ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self::over(Keeper::Jail(Some(jail)), listener))
    }

    fn over(keeper: Keeper, listener: OwnedFd) -> Self {
        seccomp::wake_in_turn(listener.as_fd());
        Self { keeper, desk: Arc::new(Desk { listener, expected: Mutex::default() }) }
    }

    /// Waits for something to do; also for `other` to be readable.
    ///
    /// # Errors
    /// When the kernel refuses to wait, or the host's first program was not executed.
    pub fn next(&mut self, other: impl AsFd) -> Result<Event, Error> {
        let other = other.as_fd();
        // With no process left under the filter the listener is always readable, and of no more use.
        let mut is_over = false;
        loop {
            let Some(keeper) = self.keeper.descriptor() else { return Ok(Event::Ended(Exit::Killed)) };
            let mut watched = [
                PollFd::from_borrowed_fd(keeper, PollFlags::IN),
                PollFd::from_borrowed_fd(other, PollFlags::IN),
                PollFd::new(&self.desk.listener, PollFlags::IN),
            ];
            let count = if is_over { 2 } else { 3 };
            match poll(watched.get_mut(..count).unwrap_or_default(), None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(Error::Watch(errno.into())),
            }
            let [said, also, asked] = watched.map(|watched| watched.revents());
            if !also.is_empty() {
                return Ok(Event::Other);
            }
            if asked.contains(PollFlags::IN) {
                if let Some(asked) = self.asked() {
                    return Ok(Event::Asked(Box::new(asked)));
                }
            } else if !asked.is_empty() {
                is_over = true;
            }
            if !said.is_empty() {
                return self.keeper.hear().map(Event::Ended);
            }
        }
    }

    /// Sends the host a signal.
    pub fn signal(&self, signal: i32) {
        self.keeper.signal(signal);
    }

    fn asked(&self) -> Option<Asked> {
        let call = seccomp::receive(self.desk.listener.as_fd()).ok()?;
        if self.desk.is_expected(&call) {
            let _ = seccomp::answer(self.desk.listener.as_fd(), call.id, Answer::Continue); // It may be gone.
            return None;
        }
        let asked = Asked::copy(&self.desk, call);
        if asked.is_none() {
            let _ = seccomp::answer(self.desk.listener.as_fd(), call.id, Answer::Errno(libc::EACCES)); // As above.
        }
        asked
    }
}
