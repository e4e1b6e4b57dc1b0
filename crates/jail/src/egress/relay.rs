//! Bytes from one socket to another, by way of one buffer of the thread.
//!
//! Copying beats splice(2) here: the block stays in the processor's cache, and fewer, larger packets wake the receiver
//! less often. What a receiver does not take at once is kept, within a budget for all connections together.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, sockopt};

/// Bytes that are moved at once.
const BLOCK: usize = 256 << 10;
/// And as long as receivers that are slow have the budget.
const SMALL_BLOCK: usize = 4 << 10;
/// Bytes that slow receivers may keep waiting, all together, before blocks are small.
pub(super) const BUDGET: usize = 4 << 20;
/// Bytes that one direction may move before others have their turn.
const TURN: u64 = 4 << 20;
/// Bytes that the buffers of a socket hold where both ends are this machine: few enough that they stay in the cache,
/// and what every kernel grants without asking (`net.core.rmem_max` and `wmem_max`, by default).
const NEAR: usize = 208 << 10;

/// Makes a socket whose peer is on this machine fast: no buffers of megabytes, and no pacing against a congestion that
/// cannot be. A listener hands it on to what it accepts.
pub(super) fn is_near(socket: impl AsFd) {
    let socket = socket.as_fd();
    // Without them it is slower, and right.
    let _ = sockopt::set_socket_recv_buffer_size(socket, NEAR);
    let _ = sockopt::set_socket_send_buffer_size(socket, NEAR);
    let _ = sockopt::set_tcp_congestion(socket, "reno");
}

/// What all directions share.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Empty before the first use.
    block: Box<[u8]>,
    /// Bytes that all directions keep.
    kept: Arc<AtomicUsize>,
}

impl Buffer {
    /// Bytes that were taken from senders and wait for receivers.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    fn receive(&mut self, from: BorrowedFd<'_>) -> Result<&[u8], Errno> {
        if self.block.is_empty() {
            self.block = vec![0; BLOCK].into();
        }
        let size = if self.kept.load(Ordering::Relaxed) < BUDGET { BLOCK } else { SMALL_BLOCK };
        let place = self.block.get_mut(..size).unwrap_or_default();
        let (count, _) = rustix::net::recv(from, &mut *place, RecvFlags::DONTWAIT)?;
        Ok(place.get(..count).unwrap_or_default())
    }
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Flow {
    /// What was taken and not yet delivered, from this place on.
    kept: Vec<u8>,
    at: usize,
    all_kept: Arc<AtomicUsize>,
    /// The sender has ended, and the receiver knows.
    pub(super) done: bool,
    /// Bytes delivered.
    pub(super) bytes: u64,
}

/// Why a direction stopped for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paused {
    /// Until one of the sockets has something new to say.
    Waiting,
    /// Until its next turn.
    Turn,
}

impl Flow {
    pub(super) fn new(buffer: &Buffer) -> Self {
        Self { kept: Vec::new(), at: 0, all_kept: buffer.kept.clone(), done: false, bytes: 0 }
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
    pub(super) fn pump(
        &mut self,
        from: impl AsFd,
        to: impl AsFd,
        buffer: &mut Buffer,
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
            let block = match buffer.receive(from) {
                Ok(block) => block,
                Err(Errno::AGAIN) => return Ok(Paused::Waiting),
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            if block.is_empty() {
                let _ = rustix::net::shutdown(to, Shutdown::Write);
                self.done = true;
                break;
            }
            let count = send(to, block)?.unwrap_or_default();
            self.keep(block.get(count..).unwrap_or_default());
            turn = turn.saturating_add(self.delivered(count));
        }
        Ok(Paused::Waiting)
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
