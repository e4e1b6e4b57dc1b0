//! Bytes from one socket to another by splice(2), which moves pages and copies nothing, through one pipe of the thread.
//!
//! What a receiver does not take at once is taken out of the pipe and kept, within a budget for all connections together.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;
use rustix::net::{SendFlags, Shutdown, sockopt};
use rustix::pipe::{PipeFlags, SpliceFlags};

/// Bytes that are moved at once.
const BLOCK: usize = 256 << 10;
/// And as long as receivers that are slow have the budget.
const SMALL_BLOCK: usize = 4 << 10;
/// Bytes that slow receivers may keep waiting, all together, before blocks are small.
pub(super) const BUDGET: usize = 4 << 20;
/// Bytes that one direction may move before others have their turn.
const TURN: u64 = 4 << 20;
const FLAGS: SpliceFlags = SpliceFlags::MOVE.union(SpliceFlags::NONBLOCK);

/// Makes a socket whose peer is on this machine fast: without pacing, or caution, for a network that is not there. A
/// listener hands it on to what it accepts.
pub(crate) fn is_near(socket: impl AsFd) {
    // Every kernel has it and everyone may use it; otherwise it is slower, and right.
    let _ = sockopt::set_tcp_congestion(socket, "reno");
}

/// What all directions share.
#[derive(Debug, Default)]
pub(crate) struct Middle {
    /// Empty whenever it is here.
    pipe: Option<Pipe>,
    /// Bytes that all directions keep.
    kept: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Middle {
    /// Bytes that were taken from senders and wait for receivers.
    pub(super) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    fn pipe(&mut self) -> Result<Pipe, Errno> {
        if let Some(pipe) = self.pipe.take() {
            return Ok(pipe);
        }
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // Who has many pipes gets no larger one; a smaller one works too.
        let _ = rustix::pipe::fcntl_setpipe_size(&write, BLOCK);
        Ok(Pipe { read, write })
    }
}

/// One direction of a connection.
#[derive(Debug)]
pub(crate) struct Flow {
    /// What was taken and not yet delivered, from this place on.
    kept: Vec<u8>,
    at: usize,
    all_kept: Arc<AtomicUsize>,
    /// The sender has ended, and the receiver knows.
    pub(crate) done: bool,
    /// Bytes delivered.
    pub(super) bytes: u64,
}

/// Why a direction stopped for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paused {
    /// Until one of the sockets has something new to say.
    Waiting,
    /// Until its next turn.
    Turn,
}

impl Flow {
    pub(crate) fn new(middle: &Middle) -> Self {
        Self { kept: Vec::new(), at: 0, all_kept: middle.kept.clone(), done: false, bytes: 0 }
    }

    /// Keeps bytes that were taken, behind those that it keeps already.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        self.all_kept.fetch_add(bytes.len(), Ordering::Relaxed);
    }

    /// What it keeps.
    pub(super) fn kept(&self) -> &[u8] {
        self.kept.get(self.at..).unwrap_or_default()
    }

    /// Moves what can be moved.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(crate) fn pump(
        &mut self,
        from: impl AsFd,
        to: impl AsFd,
        middle: &mut Middle,
    ) -> Result<Paused, Errno> {
        let (from, to) = (from.as_fd(), to.as_fd());
        let mut turn = 0;
        while !self.done {
            if turn >= TURN {
                return Ok(Paused::Turn);
            }
            if !self.kept().is_empty() {
                let Some(count) = send(to, self.kept())? else { return Ok(Paused::Waiting) };
                self.at = self.at.saturating_add(count);
                turn = turn.saturating_add(self.delivered(count));
                if self.kept().is_empty() {
                    self.forget();
                }
                continue;
            }
            let size = if middle.kept() < BUDGET { BLOCK } else { SMALL_BLOCK };
            // A pipe that is dropped on the way out of here may hold something.
            let pipe = middle.pipe()?;
            let taken = rustix::pipe::splice(from, None, &pipe.write, None, size, FLAGS);
            if let Ok(count @ 1..) = taken {
                turn = turn.saturating_add(self.deliver(&pipe, to, count)?);
            }
            middle.pipe = Some(pipe);
            match taken {
                Ok(0) => {
                    let _ = rustix::net::shutdown(to, Shutdown::Write);
                    self.done = true;
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(Paused::Waiting),
                Err(errno) => return Err(errno),
            }
        }
        Ok(Paused::Waiting)
    }

    /// Empties the pipe, which holds so many bytes: what the receiver does not take is kept.
    fn deliver(&mut self, pipe: &Pipe, to: BorrowedFd<'_>, count: usize) -> Result<u64, Errno> {
        let mut held = count;
        while held > 0 {
            match rustix::pipe::splice(&pipe.read, None, to, None, held, FLAGS) {
                Ok(0) => return Err(Errno::PIPE),
                Ok(count) => held = held.saturating_sub(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        let moved = self.delivered(count.saturating_sub(held));
        let mut rest = vec![0; held];
        let mut at = 0;
        while let Some(place) = rest.get_mut(at..).filter(|place| !place.is_empty()) {
            match rustix::io::read(&pipe.read, place) {
                Ok(0) => return Err(Errno::PIPE),
                Ok(count) => at = at.saturating_add(count),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        self.keep(&rest);
        Ok(moved)
    }

    fn forget(&mut self) {
        self.all_kept.fetch_sub(self.kept.len(), Ordering::Relaxed);
        (self.kept, self.at) = (Vec::new(), 0);
    }

    fn delivered(&mut self, count: usize) -> u64 {
        let count = u64::try_from(count).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(count);
        count
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.forget();
    }
}

/// How many bytes the socket took; none where it has no room.
fn send(to: BorrowedFd<'_>, bytes: &[u8]) -> Result<Option<usize>, Errno> {
    loop {
        match rustix::net::send(to, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(count) => return Ok(Some(count)),
            Err(Errno::AGAIN) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}
