//! A server that a guarded host asked for: `mantrap run NAME`, outside the host's tree, with the standard streams of the
//! process that stands in for it.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mantrap_jail::Exit;
use mantrap_jail::guard::{StandIn, Stood};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long a server has to end once its stand-in is gone.
const FAREWELL: Duration = Duration::from_secs(5);
/// The jail could not be built or watched.
const NOT_STARTED: i32 = 125;

/// Runs the server of this name until it or its stand-in has ended. `variables` are the supervisor's own: nothing that the
/// host wrote decides what is launched.
#[expect(
    clippy::disallowed_methods,
    reason = "mantrap itself is started, which jails what it starts in turn"
)]
pub(super) fn serve(name: &str, stood: Stood, variables: &[(OsString, OsString)]) {
    let Stood { standard: [input, output, error], control, .. } = stood;
    let stand_in = StandIn::new(control);
    let started = Command::new("/proc/self/exe")
        .args(["run", name])
        .env_clear()
        .envs(variables.iter().cloned())
        .stdin(input)
        .stdout(output)
        .stderr(error)
        .spawn();
    let exit = match started {
        Ok(mut server) => attend(&mut server, &stand_in),
        Err(_) => Exit::Code(NOT_STARTED),
    };
    stand_in.end(exit);
}

/// Passes signals on until either has ended.
fn attend(server: &mut Child, stand_in: &StandIn) -> Exit {
    let pid = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    let process = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    while let (Some(pid), Some(process)) = (pid, &process) {
        let mut watched =
            [PollFd::from_borrowed_fd(stand_in.as_fd(), PollFlags::IN), PollFd::new(process, PollFlags::IN)];
        if poll(&mut watched, None).is_err() {
            continue;
        }
        let [said, ended] = watched.map(|watched| watched.revents());
        if !ended.is_empty() {
            break;
        }
        if !said.is_empty() {
            match stand_in.signal() {
                // It is not reaped yet, so the number is its own.
                Some(signal) => drop(Signal::from_named_raw(signal).map(|signal| kill_process(pid, signal))),
                None => {
                    part(server, pid);
                    break;
                }
            }
        }
    }
    match server.wait() {
        Ok(status) => status.signal().map_or(Exit::Code(status.code().unwrap_or(NOT_STARTED)), Exit::Signal),
        Err(_) => Exit::Code(NOT_STARTED),
    }
}

/// The stand-in was killed: the server ends too, and its jail with it.
fn part(server: &mut Child, pid: Pid) {
    let _ = kill_process(pid, Signal::TERM); // It may have ended just now; it is not reaped yet.
    let begun = Instant::now();
    while matches!(server.try_wait(), Ok(None)) {
        if begun.elapsed() > FAREWELL {
            let _ = server.kill(); // As above.
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
