//! The gate: answers the calls that the filter asks about, and reports those that come to nothing.
//!
//! Owns the listener and one thread. Decides on the phase, the number and the scalar arguments alone, never on memory,
//! which another thread of the caller can change after it was looked at: with a gate that always says yes the process
//! still could not leave the jail. Paths and addresses are read for the report only, and are hints; but for connections that
//! are made here, with what was copied (see `connection`).

mod act;
mod connection;
mod decision;
mod granted;
mod host;
mod learned;
mod observed;
mod path;
mod peer;
mod refused;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;

use crate::profile::Profile;
use crate::report::Attempts;
use crate::seccomp as seccomp_table;
use crate::stages::sockets::Sockets;
use crate::sys::seccomp::{self, Answer, Notification};
use connection::{AT_ONCE, Connection};
use decision::{Decision, Phase};
pub use granted::Granted;
pub(crate) use learned::Learned;
use observed::{Observer, Seen};

/// A running gate. Dropping it ends its thread; from then on what the filter asks about answers `ENOSYS`.
#[derive(Debug)]
pub(crate) struct Gate {
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Gate {
    /// Answers on `listener` until the last process under its filter has ended. While `holding`, what changes files,
    /// opens network sockets or executes another program is refused. What is outside the profile's grants is noted in
    /// `attempts`; what is tried at all, in `learned`.
    ///
    /// # Errors
    /// When the system has no descriptor or thread left.
    pub(crate) fn start(
        listener: OwnedFd,
        sockets: Sockets,
        profile: &Profile,
        attempts: Arc<Attempts>,
        holding: Arc<AtomicBool>,
        learned: Option<Arc<Learned>>,
    ) -> io::Result<Self> {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
        let stopped = Arc::clone(&stop);
        let observer = Observer::new(Granted::by(profile), attempts, learned);
        let phase = Phase::before(profile.gate, sockets.unix(seccomp_table::Listener::Asked));
        seccomp::wake_in_turn(listener.as_fd());
        let desk = Desk { listener, observer, sockets, connecting: AtomicUsize::new(0) };
        let thread = std::thread::Builder::new()
            .name("gate".to_owned())
            .stack_size(256 << 10)
            .spawn(move || answer_all(&Arc::new(desk), &stopped, &holding, phase))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

/// What is needed to answer. Connections that wait keep it until they are made.
#[derive(Debug)]
struct Desk {
    listener: OwnedFd,
    observer: Observer,
    sockets: Sockets,
    /// Connections that are being made.
    connecting: AtomicUsize,
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = rustix::io::write(&self.stop, &1_u64.to_ne_bytes()); // It only fails when it was written before.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // It does not panic; if it did, the message has been printed.
        }
    }
}

fn answer_all(desk: &Arc<Desk>, stop: &OwnedFd, holding: &AtomicBool, mut phase: Phase) {
    loop {
        let mut watched = [PollFd::new(&desk.listener, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        let [asked, stopped] = &watched;
        if !stopped.revents().is_empty() {
            return;
        }
        if asked.revents().contains(PollFlags::IN) {
            answer_one(desk, &mut phase, holding.load(Ordering::Acquire));
        } else if asked.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return;
        }
    }
}

fn answer_one(desk: &Arc<Desk>, phase: &mut Phase, holding: bool) {
    // The caller may be killed at any moment; then every further step fails and the next one is taken.
    let Ok(call) = seccomp::receive(desk.listener.as_fd()) else { return };
    let decision = phase.decide(call.number, &call.arguments, holding);
    let seen = desk.observer.look(desk.listener.as_fd(), &call, decision);
    if decision == Decision::Broker {
        return broker(desk, call, seen, holding);
    }
    // The caller waits for this; what comes after it, it does not wait for.
    let answer = decision.refusal().map_or(Answer::Continue, |(errno, _)| Answer::Errno(errno));
    if seccomp::answer(desk.listener.as_fd(), call.id, answer).is_ok() && phase.has_begun() {
        desk.observer.account(seen);
    }
}

/// Makes a connection in the caller's place, and lets nobody else wait for it.
fn broker(desk: &Arc<Desk>, call: Notification, seen: Seen, holding: bool) {
    let refuse = move |desk: &Desk, errno: Errno| {
        let answer = Answer::Errno(errno.raw_os_error());
        let _ = seccomp::answer(desk.listener.as_fd(), call.id, answer); // It fails when the caller is gone.
    };
    let connection = match Connection::copied(&call) {
        // The thread number may have passed to another process while we copied.
        Ok(connection) if seccomp::waits(desk.listener.as_fd(), call.id) => connection,
        Ok(_) => return,
        Err(errno) => return refuse(desk, errno),
    };
    if desk.connecting.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
        desk.connecting.fetch_sub(1, Ordering::Relaxed);
        return refuse(desk, Errno::AGAIN);
    }
    let work = Arc::clone(desk);
    let started =
        std::thread::Builder::new().name("connection".to_owned()).stack_size(128 << 10).spawn(move || {
            let made = connection.make(&work.sockets, holding);
            // Nobody waits for this thread, so what the caller goes on after is on the account.
            work.observer.account_brokered(&seen, made);
            match made {
                Ok(()) => drop(seccomp::answer(work.listener.as_fd(), call.id, Answer::Done)),
                Err(refused) => refuse(&work, refused.errno()),
            }
            work.connecting.fetch_sub(1, Ordering::Relaxed);
        });
    if started.is_err() {
        desk.connecting.fetch_sub(1, Ordering::Relaxed);
        refuse(desk, Errno::AGAIN);
    }
}

/// The readers of what a jailed process has in its memory, for the fuzzer.
#[doc(hidden)]
pub mod fuzzing {
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    /// A path, an address, and how they are shown.
    pub fn memory(bytes: &[u8]) {
        let path = super::path::normal(Path::new("/home/user"), bytes);
        assert!(path.is_absolute() && !path.components().any(|part| part.as_os_str() == ".."));
        assert_eq!(super::path::normal(Path::new("/"), path.as_os_str().as_bytes()), path);
        let shown = super::path::shown(bytes);
        assert!(!shown.contains(char::is_control));
        let _ = super::peer::Peer::parsed(bytes, || Some("/home/user".into())); // Any answer is right.
    }
}
