//! Bytes from one socket to another by splice(2), which moves pages and copies nothing.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::Shutdown;
use rustix::pipe::{PipeFlags, SpliceFlags};

/// Bytes of a pipe. The kernel gives less when the user has many; then it goes slower.
const PIPE: usize = 1 << 20;
/// Bytes that one direction may move before others have their turn.
const TURN: u64 = 4 << 20;
/// At most this many pipes are kept for the next who needs one.
const KEPT: usize = 4;

/// Pipes that hold nothing. A direction has one only while bytes are on their way, so an idle connection has none.
#[derive(Debug, Default)]
pub(super) struct Pipes(Vec<Pipe>);

#[derive(Debug)]
struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipes {
    fn take(&mut self) -> Result<Pipe, Errno> {
        if let Some(pipe) = self.0.pop() {
            return Ok(pipe);
        }
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // A smaller one works too.
        let _ = rustix::pipe::fcntl_setpipe_size(&write, PIPE);
        Ok(Pipe { read, write })
    }

    fn give_back(&mut self, pipe: Pipe) {
        if self.0.len() < KEPT {
            self.0.push(pipe);
        }
    }
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// What was taken and not yet delivered, with how many bytes it holds.
    pipe: Option<(Pipe, usize)>,
    /// The sender will send no more.
    ended: bool,
    /// And the receiver knows.
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
    /// Moves what can be moved.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn pump(
        &mut self,
        from: impl AsFd,
        to: impl AsFd,
        pipes: &mut Pipes,
    ) -> Result<Paused, Errno> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let (from, to) = (from.as_fd(), to.as_fd());
        let mut moved = 0_u64;
        while !self.done {
            if moved >= TURN {
                return Ok(Paused::Turn);
            }
            let (pipe, mut held) = match self.pipe.take() {
                Some(pipe) => pipe,
                None if self.ended => {
                    let _ = rustix::net::shutdown(to, Shutdown::Write);
                    self.done = true;
                    break;
                }
                None => {
                    let pipe = pipes.take()?;
                    match rustix::pipe::splice(from, None, &pipe.write, None, PIPE, flags) {
                        Ok(count) => {
                            self.ended = count == 0;
                            (pipe, count)
                        }
                        Err(errno) => {
                            pipes.give_back(pipe);
                            match errno {
                                Errno::AGAIN => return Ok(Paused::Waiting),
                                Errno::INTR => continue,
                                errno => return Err(errno),
                            }
                        }
                    }
                }
            };
            while held > 0 {
                match rustix::pipe::splice(&pipe.read, None, to, None, held, flags) {
                    Ok(0) => return Err(Errno::PIPE),
                    Ok(count) => {
                        held = held.saturating_sub(count);
                        let count = u64::try_from(count).unwrap_or_default();
                        self.bytes = self.bytes.saturating_add(count);
                        moved = moved.saturating_add(count);
                    }
                    Err(Errno::AGAIN) => {
                        self.pipe = Some((pipe, held));
                        return Ok(Paused::Waiting);
                    }
                    Err(Errno::INTR) => {}
                    Err(errno) => return Err(errno),
                }
            }
            pipes.give_back(pipe);
        }
        Ok(Paused::Waiting)
    }
}
