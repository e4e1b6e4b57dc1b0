//! The broker: makes connections on behalf of the jailed process, to granted names only.
//!
//! Owns the sockets that the jail's network offers, the resolver behind them and every connection out. Runs in the
//! supervisor, outside. A connection is made in this order: a granted name is looked up, its addresses are admitted and
//! remembered; a connection to one of them arrives, its address is admitted again and dialled, exactly that one; its
//! first bytes say which of the names that have this address it is for; then bytes are relayed and counted. Never
//! forwards a question and never decides what is granted.

mod broker;
mod connection;
mod dns;
mod pace;
pub(crate) mod ranges;
pub(crate) mod relay;
mod rules;
mod sni;
mod stub;
mod world;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use rustix::event::EventfdFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use broker::Shared;
use world::World;

use crate::grant::NetGrant;
use crate::report::{Attempts, NetUse};
use crate::stages::network::Sockets;

/// Bytes of the stack of the broker's thread.
const STACK: usize = 256 << 10;

/// The broker of one jail. Dropping it resets every connection and ends its thread.
pub(crate) struct Egress {
    shared: Arc<Shared>,
    wake: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Egress {
    /// Starts answering on the sockets that [`open`](crate::stages::network::open) made. As long as `holding` is set,
    /// every name and new connection is refused and reported.
    ///
    /// # Errors
    /// When the kernel has no descriptor, memory or thread left.
    pub(crate) fn start(
        sockets: Sockets,
        grants: &[NetGrant],
        attempts: Arc<Attempts>,
        holding: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        Self::start_in(Arc::new(world::Host), sockets, grants, attempts, holding)
    }

    fn start_in(
        world: Arc<dyn World>,
        sockets: Sockets,
        grants: &[NetGrant],
        attempts: Arc<Attempts>,
        holding: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        have_descriptors();
        let shared = Shared::new(sockets, grants, attempts, holding, world)?;
        let wake = Arc::new(rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (runs, woken) = (shared.clone(), wake.clone());
        let thread = std::thread::Builder::new()
            .name("mantrap-egress".to_owned())
            .stack_size(STACK)
            .spawn(move || runs.run(woken.as_fd()))?;
        Ok(Self { shared, wake, thread: Some(thread) })
    }

    /// Takes a grant back: its connections are reset before this returns, and no new ones are made. Whether it was
    /// there to take.
    pub(crate) fn revoke(&self, grant: &NetGrant) -> bool {
        self.shared.borrow().revoke(grant)
    }

    /// What passed so far, by grant and peer, live connections included.
    pub(crate) fn usage(&self) -> Vec<NetUse> {
        self.shared.borrow().usage()
    }
}

/// Raises this process's own limit of open files to what it may be: 512 connections have 1,024 descriptors, which is the
/// usual limit. Programs in the jail do not get it: theirs is set by the stages.
pub(crate) fn have_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // Without it there are fewer connections at once; the others wait.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

impl Drop for Egress {
    fn drop(&mut self) {
        self.shared.borrow().stop();
        // Writing to an eventfd fails only where it is full, and then it wakes all the same.
        let _ = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the panic hook; here is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests start processes and read the environment")]
pub(crate) mod testing;

#[cfg(test)]
mod tests;

/// The parsers of what a jailed process sends, for the fuzzer. They return nothing because any return is right; a panic
/// or a hang is not.
#[doc(hidden)]
pub mod fuzzing {
    /// A DNS message.
    pub fn dns(message: &[u8]) {
        if let Ok(question) = super::dns::question(message) {
            let answer = super::dns::answer(&question, super::dns::Code::Fine, &[[192, 0, 2, 1].into()], 1);
            assert!(answer.len() <= super::dns::ANSWER);
        }
    }

    /// The first bytes of a connection: what is known of a part stays true of the whole.
    pub fn sni(bytes: &[u8]) {
        use super::sni::{Hello, hello};
        let part = hello(bytes.get(..bytes.len() / 2).unwrap_or_default());
        let whole = hello(bytes);
        assert!(!matches!(part, Hello::Name(_)) || part == whole);
    }
}
