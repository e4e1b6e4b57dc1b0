//! The two processes beneath the supervisor: the warden, whom nothing of the tree outlives, and the host's first one.
//!
//! The warden inherits every orphan of the tree. It ends the tree when the host has ended, and when the supervisor has.
//! The supervisor inherits the orphans of a warden that was killed, and does the same.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, set_child_subreaper};
use rustix::thread::set_no_new_privs;
use serde::{Deserialize, Serialize};

use super::{Layer, layer};
use crate::report::Exit;
use crate::sys::process::{self, Forked};
use crate::sys::seccomp;
use crate::sys::signals::{self, Signals};
use crate::wire::Channel;

/// What the warden and the host's first process say.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    /// The tree is guarded from here on. Descriptor: the filter's listener.
    Listener,
    /// Nothing was executed: at which step, and why.
    Failed(String, String),
    /// The host ended, and all that it left.
    Ended(Exit),
}

/// What the supervisor orders.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Send this signal to the host.
    Signal(i32),
}

/// The host's first program, resolved.
#[derive(Clone, Debug)]
pub struct Host {
    /// The program's file, absolute.
    pub program: PathBuf,
    /// Its arguments, the name it is called by first.
    pub arguments: Vec<OsString>,
    /// Its variables.
    pub environment: Vec<(OsString, OsString)>,
    /// What is decided, and by whom.
    pub layer: Layer,
}

/// Becomes the warden. Never returns.
pub(super) fn attend(control: &Channel, host: &Host) -> ! {
    let done = begin(control, host).and_then(|host| watch(control, host));
    if let Err(error) = done {
        let _ = control.send(&Said::Failed("start the host".into(), error.to_string()), &[]);
    }
    end_all();
    process::end_now(0)
}

/// Starts the host's first process.
fn begin(control: &Channel, host: &Host) -> io::Result<(Pid, Signals)> {
    set_child_subreaper(Some(rustix::process::getpid()))?;
    rustix::thread::set_name(c"mantrap-warden")?;
    let all: Vec<i32> = (1..32).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal)).collect();
    let heard = Signals::block(&all)?;
    match process::fork()? {
        Forked::Parent(pid) => Ok((pid, heard)),
        Forked::Child => {
            drop(heard);
            let (step, error) = become_host(control, host);
            let _ = control.send(&Said::Failed(step.into(), error.to_string()), &[]);
            process::end_now(127)
        }
    }
}

/// The host's first process: from here to the program, only steps that take away. Returns the one that failed.
fn become_host(control: &Channel, host: &Host) -> (&'static str, io::Error) {
    signals::reset();
    if let Err(errno) = set_no_new_privs(true) {
        return ("forbid new privileges", errno.into());
    }
    if let Layer::Listed(programs) = &host.layer
        && let Err(error) = layer::restrict(programs)
    {
        return ("restrict what may be executed", error);
    }
    let listener = match seccomp::install_steady(&host.layer.filter()) {
        Ok(listener) => listener,
        Err(error) => return ("install the filter", error),
    };
    if let Err(error) = control.send(&Said::Listener, &[std::os::fd::AsFd::as_fd(&listener)]) {
        return ("hand over the listener", error);
    }
    // Whoever held the listener could answer itself.
    drop(listener);
    ("execute the host", process::execute(&host.program, &host.arguments, &host.environment))
}

/// Waits until the host or the supervisor has ended.
fn watch(control: &Channel, (host, heard): (Pid, Signals)) -> io::Result<()> {
    loop {
        let mut watched = [PollFd::new(control, PollFlags::IN), PollFd::new(&heard, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let [ordered, _] = &watched;
        if ordered.revents().contains(PollFlags::IN) {
            match control.receive::<Order>()? {
                // The host may have ended just now.
                Some((Order::Signal(number), _)) => {
                    if let Some(signal) = Signal::from_named_raw(number) {
                        let _ = kill_process(host, signal);
                    }
                }
                None => return Ok(()),
            }
        } else if !ordered.revents().is_empty() {
            return Ok(());
        }
        while heard.next()?.is_some() {}
        while let Ok(Some(reaped)) = process::reap() {
            if reaped.pid == host.as_raw_nonzero().get() {
                // Nothing that it left outlives it.
                end_all();
                control.send(&Said::Ended(Exit::of_status(reaped.status)), &[])?;
                return Ok(());
            }
        }
    }
}

/// Kills every child, and so, since orphans become children, every descendant, until there is none.
pub(super) fn end_all() {
    /// Between two looks for children that were born meanwhile.
    const PAUSE: Duration = Duration::from_millis(1);
    loop {
        for child in children() {
            let _ = kill_process(child, Signal::KILL); // It may have ended just now; its number is kept until it is reaped.
        }
        loop {
            match process::reap() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// The children of this process, whichever of its threads made them.
fn children() -> Vec<Pid> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read(thread.path().join("children")).ok());
    let numbers = |list: Vec<u8>| -> Vec<Pid> {
        let list = String::from_utf8_lossy(&list).into_owned();
        list.split_ascii_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
    };
    lists.flat_map(numbers).collect()
}
