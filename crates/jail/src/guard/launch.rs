//! From an approved wish to a process that is what was approved, or to none.
//!
//! The kernel reads the path and the arguments again after the supervisor's answer, from memory that other threads of the
//! asker can change. So the answer is not where the decision ends: the asker is traced while it executes, stands still with
//! its new image before the first instruction of that, and the image (its file, its arguments, its variables: in memory
//! that is the new process's alone) is compared with what was judged. If it is anything else it is killed.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal, kill_process, pidfd_getfd, pidfd_open};

use super::Desk;
use super::asked::Asked;
use super::image::{Image, Program};
use crate::sys::seccomp::Answer;
use crate::sys::trace::{self, Stop};
use crate::wire::Channel;

/// How long an execution may take: reading a program from a slow disk, stopping the asker's other threads.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of an approved wish.
#[derive(Debug)]
pub enum Launched {
    /// It runs.
    Runs,
    /// The kernel refused, and the asker knows.
    Failed,
    /// The asker is gone.
    Gone,
    /// Something else than what was judged was about to run, and was killed before its first instruction.
    Replaced,
    /// It could not be looked at, so it was refused or killed.
    NotSeen(io::Error),
}

/// A process of the tree that stands in for a server outside it.
#[derive(Debug)]
pub struct Stood {
    /// The process.
    pub process: i32,
    /// Its standard input, output and error, which it closes itself.
    pub standard: [OwnedFd; 3],
    /// Its control socket. When it hangs up, the process has ended.
    pub control: OwnedFd,
}

impl Asked {
    /// Executes what was judged, and nothing else; `then` is told what became of it. Returns at once.
    pub fn launch(self, image: Image, then: impl FnOnce(Launched) + Send + 'static) {
        aside(self, move |asked| then(asked.launch_here(&image)));
    }

    /// Has the asker become `stand_in` in place of the program that it asked for; `then` gets what it stands in for.
    /// Returns at once.
    pub fn replace(self, stand_in: Program, then: impl FnOnce(Result<Stood, Launched>) + Send + 'static) {
        aside(self, move |asked| then(asked.replace_here(&stand_in)));
    }

    fn launch_here(&mut self, image: &Image) -> Launched {
        match self.seize() {
            Ok(()) => {}
            Err(error) => return not_seen(error),
        }
        self.say(Answer::Continue);
        follow(self.thread(), self.process, image)
    }

    fn replace_here(&mut self, stand_in: &Program) -> Result<Stood, Launched> {
        let prepared = (|| {
            let standard = self.standard()?;
            let (ours, theirs) = Channel::pair()?;
            let program = self.give(&stand_in.file)?;
            self.give(&theirs)?;
            // The first message, by which the stand-in knows its socket among the host's descriptors.
            rustix::net::send(&ours, super::HELLO, rustix::net::SendFlags::NOSIGNAL)?;
            self.seize()?;
            Ok((standard, ours.into_descriptor(), program))
        })();
        let (standard, control, program) = prepared.map_err(not_seen)?;
        let (thread, process) = (self.thread(), self.process);
        let entering = Entering::of(self, program);
        self.say(Answer::Errno(libc::EAGAIN));
        let stopped = wait(process);
        let done = match stopped {
            Stop::Interrupted(_) => trace::execute_instead(thread, program, self.zero_byte())
                .and_then(|()| trace::to_next_call(thread))
                .map_or_else(Launched::NotSeen, |()| follow(thread, process, &Image::alone(stand_in))),
            Stop::Gone => Launched::Gone,
            _ => Launched::NotSeen(io::ErrorKind::InvalidData.into()),
        };
        drop(entering);
        match done {
            Launched::Runs => Ok(Stood { process, standard, control }),
            Launched::NotSeen(error) => {
                kill(process);
                Err(Launched::NotSeen(error))
            }
            other => Err(other),
        }
    }

    /// Traces the asker, and has it stop when its call is over.
    fn seize(&self) -> io::Result<()> {
        trace::seize(self.thread())?;
        self.still_waits()?;
        trace::interrupt(self.thread())
    }

    /// Copies of the asker's standard descriptors; one that is closed is nothing.
    fn standard(&self) -> io::Result<[OwnedFd; 3]> {
        let pid = Pid::from_raw(self.process).ok_or(Errno::SRCH)?;
        let process = pidfd_open(pid, PidfdFlags::empty())?;
        self.still_waits()?;
        let take = |number| match pidfd_getfd(&process, number, PidfdGetfdFlags::empty()) {
            Ok(descriptor) => Ok(descriptor),
            Err(Errno::BADF) => {
                Ok(OwnedFd::from(std::fs::File::options().read(true).write(true).open("/dev/null")?))
            }
            Err(errno) => Err(io::Error::from(errno)),
        };
        Ok([take(0)?, take(1)?, take(2)?])
    }
}

/// A thread that executes a stand-in: its second call, which the filter asks about too, is expected while this lives.
struct Entering {
    desk: Arc<Desk>,
    thread: i32,
}

impl Entering {
    fn of(asked: &Asked, program: i32) -> Self {
        let (desk, thread) = (Arc::clone(asked.desk()), asked.thread());
        desk.expect(thread, program);
        Self { desk, thread }
    }
}

impl Drop for Entering {
    fn drop(&mut self) {
        self.desk.expect_no_more(self.thread);
    }
}

fn aside(mut asked: Asked, work: impl FnOnce(&mut Asked) + Send + 'static) {
    let work = move || work(&mut asked);
    // Where no thread can be had the wish is dropped with it, and so refused.
    let _ = std::thread::Builder::new().name("launch".into()).stack_size(256 << 10).spawn(work);
}

/// Sees the execution through, and lets go of what is right.
fn follow(thread: i32, process: i32, image: &Image) -> Launched {
    let mut calls = 0;
    loop {
        match wait(process) {
            Stop::Executed(process) => {
                return match image.is(process) {
                    Ok(true) => trace::let_go(process, 0).map_or(Launched::Gone, |()| Launched::Runs),
                    Ok(false) => {
                        kill(process);
                        Launched::Replaced
                    }
                    Err(error) => {
                        kill(process);
                        Launched::NotSeen(error)
                    }
                };
            }
            // On the way into the call of a stand-in; at its exit it has failed.
            Stop::AtCall(_) if calls == 0 => {
                calls += 1;
                if trace::to_next_call(thread).is_err() {
                    return Launched::Gone;
                }
            }
            Stop::AtCall(_) | Stop::Interrupted(_) => {
                let _ = trace::let_go(thread, 0); // It may have been killed just now.
                return Launched::Failed;
            }
            Stop::Signal(_, signal) => {
                let _ = trace::let_go(thread, signal); // As above.
                return Launched::Failed;
            }
            Stop::Gone => return Launched::Gone,
        }
    }
}

/// Waits for the one thread that this thread traces. One that takes too long is killed.
fn wait(process: i32) -> Stop {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(20);
    let mut killed = false;
    loop {
        match trace::next() {
            Ok(Some(stop)) => return stop,
            Ok(None) => {}
            Err(_) => return Stop::Gone,
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(1));
        if !killed && begun.elapsed() > PATIENCE {
            kill(process);
            killed = true;
        }
    }
}

fn kill(process: i32) {
    if let Some(pid) = Pid::from_raw(process) {
        let _ = kill_process(pid, Signal::KILL); // It may have ended just now; traced, its number is still its own.
    }
}

fn not_seen(error: io::Error) -> Launched {
    if error.raw_os_error() == Some(libc::ESRCH) { Launched::Gone } else { Launched::NotSeen(error) }
}
