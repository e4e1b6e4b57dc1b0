//! The first process of the jail: reaps, passes signals on, keeps time, and dies with the supervisor.
//!
//! When it ends the kernel ends every other process of the pid namespace, whatever they ignore.

use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::groups::Memory;
use super::memory::{INTERVAL, exceeds};
use super::network::for_a_guest;
use super::step::Step;
use super::{During, Failed};
use crate::cgroup::has_killed;
use crate::profile::Profile;
use crate::report::Exit;
use crate::sys::process;
use crate::sys::signals::Signals;
use crate::wire::{Channel, Knock, Message, Order};

/// Stays until the program has ended, the time is up, or the supervisor is gone.
pub(crate) fn stay(
    control: &Channel,
    mut door: Option<Channel>,
    profile: &Profile,
    program: Pid,
    memory: &Memory,
) -> Result<(), Failed> {
    let children = Signals::block(&[libc::SIGCHLD]).during(Step::Init)?;
    let deadline = profile.limits.time.map(|time| Instant::now() + time);
    let mut looked: Option<Instant> = None;
    let private = [Path::new("/tmp"), Path::new("/dev/shm"), Path::new("/var/tmp"), &profile.home];
    let exit = loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            break Exit::TimedOut;
        }
        if let Some(exit) = reap_all(program) {
            break match (exit, memory) {
                (Exit::Signal(libc::SIGKILL), Memory::Kernel(counter)) if has_killed(counter) => {
                    Exit::OutOfMemory
                }
                _ => exit,
            };
        }
        let left = if let Memory::Init { bytes } = memory {
            if looked.is_none_or(|looked| looked.elapsed() >= INTERVAL) {
                if exceeds(*bytes, &private) {
                    break Exit::OutOfMemory;
                }
                looked = Some(Instant::now());
            }
            Some(left.unwrap_or(INTERVAL).min(INTERVAL))
        } else {
            left
        };
        let door_or_control = door.as_ref().unwrap_or(control);
        let mut watched = [
            PollFd::new(control, PollFlags::IN),
            PollFd::from_borrowed_fd(children.as_fd(), PollFlags::IN),
            PollFd::new(door_or_control, PollFlags::IN),
        ];
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut watched, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno).during(Step::Init),
        }
        let [from_supervisor, _, knocked] = watched.map(|watched| watched.revents());
        if !knocked.is_empty() && door.as_ref().is_some_and(|door| open_to(door).is_err()) {
            door = None;
        }
        if !from_supervisor.is_empty() {
            match control.receive::<Order>() {
                Ok(Some((Order::Signal(number), _))) => {
                    if let Some(signal) = Signal::from_named_raw(number) {
                        let _ = kill_process(program, signal); // It may have ended just now.
                    }
                }
                // The supervisor is gone, or speaks nonsense: either way nobody watches any more.
                Ok(None) | Err(_) => return Ok(()),
            }
        }
        while matches!(children.next(), Ok(Some(_))) {}
    };
    // A supervisor that is gone needs no account.
    let _ = control.send(&Message::Ended { exit, usage: process::usage_of_children() }, &[]);
    Ok(())
}

/// Answers one knock.
fn open_to(door: &Channel) -> std::io::Result<()> {
    let Some((Knock { v6 }, _)) = door.receive::<Knock>()? else {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    };
    match for_a_guest(v6) {
        Ok(socket) => door.send(&Knock { v6 }, &[socket.as_fd()]),
        Err(_) => door.send(&Knock { v6 }, &[]),
    }
}

/// Reaps every process that has ended, orphans included; the program's own end, if it was among them.
fn reap_all(program: Pid) -> Option<Exit> {
    let mut exit = None;
    while let Ok(Some(reaped)) = process::reap() {
        if reaped.pid == program.as_raw_nonzero().get() {
            exit = Some(if libc::WIFSIGNALED(reaped.status) {
                Exit::Signal(libc::WTERMSIG(reaped.status))
            } else {
                Exit::Code(libc::WEXITSTATUS(reaped.status))
            });
        }
    }
    exit
}
