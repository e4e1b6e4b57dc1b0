//! The process of the tree that stands in for a server outside it. It holds nothing of the host's but its place: it passes on
//! the signals that it gets, and ends as the server did.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::net::{RecvFlags, SocketType, recv, sockopt};
use rustix::process::{Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::HELLO;
use crate::report::Exit;
use crate::sys::process;
use crate::sys::signals::{self, Signals};
use crate::wire::Channel;

/// What is said over the control socket of a stand-in.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// The host sent this signal.
    Signal(i32),
    /// The server ended.
    Ended(Exit),
}

/// Stands in for a server if this process was started to, and answers `None` if it was not. For the first line of `main`.
///
/// Only a stand-in is executed without a name: everything else has one.
#[must_use]
pub fn stand_in_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let nameless = arguments.next().is_none_or(|name| name.is_empty()) && arguments.next().is_none();
    if !nameless {
        return None;
    }
    let control = find()?;
    match stand(&control) {
        Ok(Exit::Code(code)) => process::end_now(code),
        Ok(Exit::Signal(signal)) => end_by(signal),
        _ => process::end_now(125),
    }
}

/// The control socket: the one in which the first message lies.
fn find() -> Option<Channel> {
    let entries = std::fs::read_dir("/proc/self/fd").ok()?;
    let numbers: Vec<i32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.into_iter().filter(|number| *number > 2).find_map(|number| {
        let control = process::inherited(number)?;
        is_control(control.as_fd()).then(|| Channel::from_descriptor(control))
    })
}

fn is_control(descriptor: BorrowedFd<'_>) -> bool {
    let mut hello = [0; HELLO.len() + 1];
    let mut peeked = || recv(descriptor, &mut hello, RecvFlags::PEEK | RecvFlags::DONTWAIT);
    sockopt::socket_type(descriptor) == Ok(SocketType::SEQPACKET)
        && peeked().is_ok_and(|(read, _)| read == HELLO.len())
        && hello.starts_with(HELLO)
}

fn stand(control: &Channel) -> io::Result<Exit> {
    let control: OwnedFd = fcntl_dupfd_cloexec(control, 3)?;
    let control = Channel::from_descriptor(control);
    let mut hello = [0; HELLO.len()];
    recv(&control, &mut hello, RecvFlags::DONTWAIT)?;
    // Whoever waits for the end of the server's output must not wait for this process's copy of it.
    process::close_all_but(control.as_fd())?;
    signals::reset();
    let passed: Vec<i32> = (1..32)
        .filter(|signal| {
            ![libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD, libc::SIGTSTP, libc::SIGCONT].contains(signal)
        })
        .collect();
    let heard = Signals::block(&passed)?;
    loop {
        let mut watched = [PollFd::new(&control, PollFlags::IN), PollFd::new(&heard, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        if watched.first().is_some_and(|control| !control.revents().is_empty()) {
            return match control.receive::<Word>()? {
                Some((Word::Ended(exit), _)) => Ok(exit),
                _ => Err(ErrorKind::UnexpectedEof.into()),
            };
        }
        while let Some(signal) = heard.next()? {
            control.send(&Word::Signal(signal), &[])?;
        }
    }
}

/// Ends by the signal that ended the server, so that whoever waits for this process sees the same.
fn end_by(signal: i32) -> ! {
    signals::reset();
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(rustix::process::getpid(), signal); // A signal that is no end is followed by one.
    }
    process::end_now(128_i32.saturating_add(signal))
}

/// The supervisor's end of a stand-in.
#[derive(Debug)]
pub struct StandIn(Channel);

impl StandIn {
    /// Takes the control socket.
    #[must_use]
    pub fn new(control: OwnedFd) -> Self {
        Self(Channel::from_descriptor(control))
    }

    /// The next signal that the host sent; `None` when the stand-in has ended.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        match self.0.receive::<Word>() {
            Ok(Some((Word::Signal(signal), _))) => Some(signal),
            _ => None,
        }
    }

    /// Has it end as the server did.
    pub fn end(&self, exit: Exit) {
        let _ = self.0.send(&Word::Ended(exit), &[]); // It may have been killed.
    }
}

impl AsFd for StandIn {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
