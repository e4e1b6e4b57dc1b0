//! Forbidden acts, tried from inside a jail that exists for nothing else. `mantrap doctor` asks for it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, getpid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::guarantee::Guarantee;
use crate::sys::process::{self, Forked};

/// What the acts need to know of the outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// A process outside.
    pub(crate) outsider: i32,
    /// A file outside that its owner can read.
    pub(crate) canary: PathBuf,
}

/// One act that succeeded and must not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Escape {
    pub(crate) guarantee: Guarantee,
    pub(crate) act: String,
}

/// Tries everything and writes what succeeded to standard output.
pub(crate) fn run(trial: &Trial) -> std::io::Result<()> {
    let mut escapes = Vec::new();
    let mut tried = |guarantee, act: &str, succeeded: bool| {
        if succeeded {
            escapes.push(Escape { guarantee, act: act.to_owned() });
        }
    };
    tried(Guarantee::Files, "read a file that is not granted", File::open(&trial.canary).is_ok());
    tried(Guarantee::Files, "write to the root", File::create("/trial").is_ok());
    tried(Guarantee::Files, "write to /usr", File::create("/usr/trial").is_ok());
    tried(Guarantee::Exec, "execute a file of its own", executes_its_own());
    let outside = SocketAddr::from(([192, 0, 2, 1], 9));
    tried(
        Guarantee::Net,
        "open a connection",
        TcpStream::connect_timeout(&outside, Duration::from_millis(50)).is_ok(),
    );
    let datagram = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"trial", outside));
    tried(Guarantee::Net, "send a datagram", datagram.is_ok());
    tried(Guarantee::Ipc, "see queues or shared memory of the host", File::open("/proc/sysvipc/shm").is_ok());
    let outsider = Pid::from_raw(trial.outsider);
    let signalled = outsider.is_some_and(|pid| test_kill_process(pid).is_ok());
    tried(Guarantee::Processes, "signal a process outside", signalled && trial.outsider > 512);
    tried(Guarantee::Processes, "have a number outside the namespace", getpid().as_raw_nonzero().get() > 64);
    tried(Guarantee::Syscalls, "make a user namespace", process::unshare(libc::CLONE_NEWUSER).is_ok());
    let renamed = rustix::system::sethostname(b"trial").is_ok();
    tried(Guarantee::Privileges, "name the machine", renamed);
    tried(Guarantee::Pids, "start more processes than the limit", exceeds_pids()?);
    // This process ends without flushing anything by itself.
    let mut output = std::io::stdout();
    output.write_all(&serde_json::to_vec(&escapes)?)?;
    output.flush()
}

/// The limit on processes of the jail that the acts are tried in.
pub(crate) const PIDS: u32 = 48;

/// Starts processes that wait, as many as the limit and this process itself, until that is refused.
fn exceeds_pids() -> std::io::Result<bool> {
    let (read, write) = std::io::pipe()?;
    let mut started = 0;
    while started < PIDS {
        match process::fork() {
            Ok(Forked::Child) => {
                drop(write);
                // Nothing is ever written: this ends when the parent closes its end.
                let _ = (&read).read(&mut [0]);
                process::end_now(0)
            }
            Ok(Forked::Parent(_)) => started += 1,
            Err(_) => break,
        }
    }
    drop(write);
    process::wait_for_all();
    Ok(started == PIDS)
}

/// Writes a script and executes it.
fn executes_its_own() -> bool {
    let path = Path::new("/tmp/trial");
    let write = || -> std::io::Result<()> {
        fs::write(path, "#!/bin/sh\nexit 0\n")?;
        let mode = rustix::fs::Mode::from_raw_mode(0o755);
        Ok(rustix::fs::chmodat(rustix::fs::CWD, path, mode, rustix::fs::AtFlags::empty())?)
    };
    if write().is_err() {
        return false;
    }
    match process::fork() {
        Ok(Forked::Child) => {
            let _ = process::execute(path, &["trial".into()], &[]);
            process::end_now(1)
        }
        Ok(Forked::Parent(pid)) => process::wait_for(pid).is_ok_and(|status| status == 0),
        Err(_) => false,
    }
}
