//! The supervisor, its warden or the host is killed at any moment; nothing of the tree is left a moment later.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::supervise::{loader, own, supervise};

/// Who is killed.
#[derive(Clone, Copy, Debug)]
enum Whom {
    Supervisor,
    Warden,
    Host,
    Descendant,
}

const WHOM: [Whom; 4] = [Whom::Supervisor, Whom::Warden, Whom::Host, Whom::Descendant];

pub(crate) fn nothing_outlives() {
    let rounds = std::env::var("GUARD_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(60_u32);
    let mut seed = 0x9e37_79b9_u32;
    for round in 0..rounds {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let whom = *WHOM.get((seed >> 16) as usize % WHOM.len()).unwrap();
        // Its words are the mark by which the tree is found; all of its processes hold this pipe.
        let mut supervisor = Command::new(own())
            .arg("supervise-tree")
            .env("GUARD_ROUND", format!("{}-{round}", std::process::id()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = supervisor.stdout.take().unwrap();
        let mut first = [0; 1];
        output.read_exact(&mut first).unwrap();
        std::thread::sleep(Duration::from_millis(u64::from(seed >> 24) % 20));
        let supervisor_pid = supervisor.id();
        let warden = children(supervisor_pid);
        let host: Vec<u32> = warden.iter().flat_map(|pid| children(*pid)).collect();
        let below: Vec<u32> = host.iter().flat_map(|pid| children(*pid)).collect();
        let victim = match whom {
            Whom::Supervisor => Some(supervisor_pid),
            Whom::Warden => warden.first().copied(),
            Whom::Host => host.first().copied(),
            Whom::Descendant => below.first().copied(),
        };
        if let Some(pid) = victim.and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            kill_process(pid, Signal::KILL).unwrap();
        }
        if matches!(whom, Whom::Descendant) {
            // The host goes on, and is ended as by `docker stop`.
            kill_process(Pid::from_raw(host.first().unwrap().cast_signed()).unwrap(), Signal::TERM).unwrap();
        }
        // The pipe ends when nobody holds it any more: nobody of the tree is left.
        let (told, over) = std::sync::mpsc::channel();
        std::thread::spawn(move || told.send(std::io::copy(&mut output, &mut std::io::sink()).is_ok()));
        let begun = Instant::now();
        let ended = over.recv_timeout(Duration::from_secs(20));
        assert!(ended.is_ok(), "{whom:?} in round {round}: something is left after {:?}", begun.elapsed());
        let status = supervisor.wait().unwrap();
        assert!(matches!(whom, Whom::Supervisor) == (status.signal() == Some(9)), "{whom:?} {status}");
    }
    println!("{rounds} times");
}

fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

pub(crate) fn supervised() {
    supervise(&["host-tree"], &[], vec![own(), loader()]);
}

/// The host: children, children of children, one of them in a session of its own whose parent is gone.
pub(crate) fn host() {
    kills_host::grow();
}

#[expect(unsafe_code, reason = "plays code that runs in the host")]
mod kills_host {
    use std::io::Write as _;
    use std::time::Duration;

    pub(super) fn grow() {
        for depth in 0..3 {
            // SAFETY: this program has one thread here.
            if unsafe { libc::fork() } == 0 {
                // SAFETY: takes no pointer.
                unsafe { libc::setsid() };
                // SAFETY: as above.
                if depth > 0 && unsafe { libc::fork() } != 0 && depth == 2 {
                    // SAFETY: ends this process, and leaves an orphan.
                    unsafe { libc::_exit(0) };
                }
                sleep();
            }
        }
        std::io::stdout().write_all(b"x").unwrap();
        std::io::stdout().flush().unwrap();
        sleep();
    }

    fn sleep() {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}
