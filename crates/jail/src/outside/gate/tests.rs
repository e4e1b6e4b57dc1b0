use std::fs::{File, OpenOptions};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::decision::{Decision, Phase};
use super::{Gate, Learned};
use crate::profile::{Profile, Right, View};
use crate::report::{Act, Attempts};
use crate::seccomp::{Listener, Unix, program};
use crate::stages::sockets::Sockets;
use crate::sys::seccomp::install;

/// What a run under the gate left behind.
struct Run<T> {
    value: T,
    attempts: Vec<(Act, String, String, String, u64)>,
    learned: Vec<(Act, PathBuf)>,
}

impl<T> Run<T> {
    fn tried(&self, act: Act, target: &str) -> bool {
        self.attempts.iter().any(|attempt| (attempt.0, attempt.1.as_str()) == (act, target))
    }
}

/// Runs `body` on a thread of its own under the real filter, whose listener a gate answers.
fn run<T: Send + 'static>(
    reports: crate::Gate,
    holding: bool,
    view: &[(&str, Right)],
    body: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Run<T> {
    let attempts = Arc::new(Attempts::since(Instant::now()));
    let learned = Arc::new(Learned::default());
    let holding = Arc::new(AtomicBool::new(holding));
    let mut profile = Profile::new("/usr/bin/true", Vec::new(), "/home/nobody");
    profile.gate = reports;
    profile.view = view.iter().map(|&(path, right)| View { path: path.into(), right }).collect();
    let (send, receive) = mpsc::channel();
    let (go, ready) = mpsc::channel();
    let phase = Arc::clone(&holding);
    let thread = std::thread::spawn(move || {
        let program = program(reports, Listener::Asked, Unix::Native);
        rustix::thread::set_no_new_privs(true).unwrap();
        send.send(install(&program, Listener::Asked).unwrap().unwrap()).unwrap();
        ready.recv().unwrap();
        // What comes before the program is the jail's own and is not reported. There is no such program: the thread stays.
        let _ = crate::sys::process::execute("/usr/lib/mantrap/program".as_ref(), &[], &[]);
        body(&phase)
    });
    let listener = receive.recv().unwrap();
    let gate = Gate::start(
        listener,
        Sockets::default(),
        &profile,
        Arc::clone(&attempts),
        holding,
        Some(Arc::clone(&learned)),
    )
    .unwrap();
    go.send(()).unwrap();
    let value = thread.join().unwrap();
    drop(gate);
    let attempts = attempts.collected().0.into_iter();
    Run {
        value,
        attempts: attempts.map(|a| (a.act, a.target, a.through, a.reason, a.times)).collect(),
        learned: learned.collected().0,
    }
}

#[test]
fn an_open_outside_the_grants_is_reported_and_one_inside_is_not() {
    let run = run(crate::Gate::Acts, false, &[("/etc/ssl", Right::Read)], |_| {
        let _ = File::open("/etc/../etc/./mantrap-canary");
        let _ = File::open("/usr/lib");
        let _ = OpenOptions::new().write(true).open("/usr/mantrap-canary");
    });
    assert!(run.tried(Act::Read, "/etc/mantrap-canary"), "{:?}", run.attempts);
    assert!(run.tried(Act::Write, "/usr/mantrap-canary"), "{:?}", run.attempts);
    assert_eq!(run.attempts.len(), 2, "{:?}", run.attempts);
    assert!(run.learned.contains(&(Act::Read, "/usr/lib".into())));
}

#[test]
fn a_relative_path_is_seen_from_where_it_starts() {
    let directory = std::env::temp_dir();
    let run = run(crate::Gate::Acts, false, &[], move |_| {
        let root = File::open("/").unwrap();
        let flags = rustix::fs::OFlags::RDONLY;
        let _ = rustix::fs::openat(&root, "etc/mantrap-relative", flags, rustix::fs::Mode::empty());
        let tmp = File::open(directory).unwrap();
        let _ = rustix::fs::openat(&tmp, "../etc/mantrap-climbed", flags, rustix::fs::Mode::empty());
    });
    assert!(run.tried(Act::Read, "/etc/mantrap-relative"), "{:?}", run.attempts);
    assert!(run.tried(Act::Read, "/etc/mantrap-climbed"), "{:?}", run.attempts);
}

#[test]
fn what_the_jail_does_before_the_program_is_not_reported() {
    let mut phase = Phase::before(crate::Gate::Acts, Unix::Native);
    let execve = u32::try_from(libc::SYS_execve).unwrap();
    assert!(!phase.has_begun());
    assert_eq!(
        phase.decide(execve, &[0; 6], true),
        Decision::GoOn,
        "the program itself is executed in probation"
    );
    assert!(phase.has_begun());
    assert_eq!(phase.decide(execve, &[0; 6], true), Decision::NotYet(libc::EACCES));
}

#[test]
fn the_same_attempt_a_thousand_times_is_one_line() {
    let run = run(crate::Gate::Acts, false, &[], |_| {
        for _ in 0..1000 {
            let _ = File::open("/etc/mantrap-canary");
        }
    });
    assert_eq!((run.attempts.len(), run.attempts[0].4), (1, 1000));
}

#[test]
fn a_name_that_is_not_text_is_shown_escaped() {
    use std::os::unix::ffi::OsStrExt;
    let run = run(crate::Gate::Acts, false, &[], |_| {
        let _ = File::open(std::ffi::OsStr::from_bytes(b"/etc/\xff\x1b[2J"));
    });
    assert!(run.tried(Act::Read, "/etc/\\xff\\u{1b}[2J"), "{:?}", run.attempts);
}

#[test]
fn refused_calls_are_reported_with_what_they_were_about() {
    let run = run(crate::Gate::Refusals, false, &[], |_| {
        let socket =
            |family| rustix::net::socket(rustix::net::AddressFamily::from_raw(family), SEQPACKET, None);
        let refused = [socket(40).unwrap_err(), socket(17).unwrap_err()];
        let namespaces = crate::sys::process::unshare(libc::CLONE_NEWUSER).unwrap_err();
        // Nothing is asked of the gate here.
        let _ = File::open("/etc/mantrap-canary");
        (refused, namespaces.raw_os_error())
    });
    let nosupport = rustix::io::Errno::AFNOSUPPORT;
    assert_eq!(run.value, ([nosupport, nosupport], Some(libc::EPERM)));
    assert!(run.tried(Act::Connect, "vsock socket, type 5, protocol 0"), "{:?}", run.attempts);
    assert!(run.tried(Act::Connect, "packet socket, type 5, protocol 0"), "{:?}", run.attempts);
    assert!(run.tried(Act::Call, "unshare"), "{:?}", run.attempts);
    assert_eq!(run.attempts.len(), 3);
}

const SEQPACKET: rustix::net::SocketType = rustix::net::SocketType::SEQPACKET;

#[test]
fn probation_holds_back_and_release_lets_go() {
    let run = run(crate::Gate::Acts, true, &[], |holding| {
        let place = std::env::temp_dir().join(format!("mantrap-probation-{}", std::process::id()));
        let code = |result: io::Result<()>| result.err().and_then(|error| error.raw_os_error());
        let listener = || rustix::net::socket(rustix::net::AddressFamily::INET, STREAM, None).map(drop);
        let execute = || crate::sys::process::execute("/mantrap/nothing".as_ref(), &[], &[]).raw_os_error();
        let held = (code(File::create(&place).map(drop)), listener().err(), execute());
        let pair = UnixStream::pair().is_ok();
        holding.store(false, Ordering::Release);
        let free = (code(File::create(&place).map(drop)), listener().err(), execute());
        let _ = std::fs::remove_file(&place);
        (held, pair, free)
    });
    let (held, pair, free) = run.value;
    assert_eq!(held, (Some(libc::EROFS), Some(rustix::io::Errno::ACCESS), Some(libc::EACCES)));
    assert!(pair, "a pair of sockets goes nowhere");
    assert_eq!(free, (None, None, Some(libc::ENOENT)));
    assert!(run.attempts.iter().any(|attempt| attempt.3 == "held back in probation"), "{:?}", run.attempts);
}

const STREAM: rustix::net::SocketType = rustix::net::SocketType::STREAM;

#[test]
fn a_connection_to_nobody_in_the_jail_is_reported_and_one_to_itself_is_not() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = own.local_addr().map(|address| (own, address)).unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = own.1;
    let run = run(crate::Gate::Acts, false, &[], move |_| {
        let _ = TcpStream::connect(address);
        let _ = TcpStream::connect(closed);
        let _ = UnixStream::connect("/run/mantrap-canary.sock");
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_raw(0x3f_fff0).unwrap(),
            rustix::process::Signal::TERM,
        );
    });
    assert!(run.tried(Act::Connect, &closed.to_string()), "{:?}", run.attempts);
    assert!(run.tried(Act::Connect, "/run/mantrap-canary.sock"), "{:?}", run.attempts);
    assert!(run.tried(Act::Signal, "process 4194288"), "{:?}", run.attempts);
    assert_eq!(run.attempts.len(), 3, "{:?}", run.attempts);
}

#[test]
fn a_gate_that_is_dropped_leaves_nobody_waiting() {
    let (send, receive) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let program = program(crate::Gate::Acts, Listener::Asked, Unix::Native);
        rustix::thread::set_no_new_privs(true).unwrap();
        send.send(install(&program, Listener::Asked).unwrap().unwrap()).unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        // As a jail whose supervisor went away: every call that would be asked about is refused.
        loop {
            match File::open("/etc/passwd") {
                Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => return true,
                _ if Instant::now() > end => return false,
                _ => {}
            }
        }
    });
    let profile = Profile::new("/usr/bin/true", Vec::new(), "/home/nobody");
    let attempts = Arc::new(Attempts::since(Instant::now()));
    let gate =
        Gate::start(receive.recv().unwrap(), Sockets::default(), &profile, attempts, Arc::default(), None)
            .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    drop(gate);
    assert!(thread.join().unwrap());
}

#[test]
fn a_second_listener_is_refused_as_busy() {
    let refused = std::thread::spawn(|| {
        let program = program(crate::Gate::Refusals, Listener::Asked, Unix::Native);
        rustix::thread::set_no_new_privs(true).unwrap();
        // A filter with a listener that allows everything, so that the second installation reaches the kernel.
        let open = [crate::seccomp::Instruction { code: 6, jt: 0, jf: 0, k: 0x7fff_0000 }];
        let first = install(&open, Listener::Asked).unwrap();
        let second = install(&program, Listener::Asked);
        drop(first);
        second.err().and_then(|error| error.raw_os_error())
    });
    assert_eq!(refused.join().unwrap(), Some(libc::EBUSY));
}

/// Calls that name something by address, and where in their arguments.
const NAMING: [(libc::c_long, &[usize]); 9] = [
    (libc::SYS_openat, &[1]),
    (libc::SYS_renameat2, &[1, 3]),
    (libc::SYS_linkat, &[1, 3]),
    (libc::SYS_unlinkat, &[1]),
    (libc::SYS_truncate, &[0]),
    (libc::SYS_execve, &[0]),
    (libc::SYS_execveat, &[1]),
    (libc::SYS_connect, &[1]),
    (libc::SYS_mount, &[1]),
];

#[test]
fn wild_pointers_and_endless_paths_do_not_stop_the_gate() {
    let endless = vec![b'a'; 16 << 20];
    let address = endless.as_ptr() as u64;
    let run = run(crate::Gate::Acts, false, &[], move |_| {
        let begun = Instant::now();
        for (number, places) in NAMING {
            for pointer in [0, 1, u64::MAX, 1 << 47, 1 << 63, u64::MAX - 4095, address] {
                for descriptor in [u64::MAX, 0, libc::AT_FDCWD as u64, 0x7fff_ffff] {
                    let mut arguments = [descriptor, 0, u64::MAX >> 1, 0, 0x1000, 0];
                    places.iter().for_each(|&place| arguments[place] = pointer);
                    assert!(crate::sys::seccomp::raw(number, arguments).is_err());
                }
            }
        }
        let _ = File::open("/etc/mantrap-after");
        drop(endless);
        begun.elapsed()
    });
    assert!(run.value < Duration::from_secs(5), "{:?}", run.value);
    assert!(run.tried(Act::Read, "/etc/mantrap-after"), "the gate still answers");
    assert!(run.attempts.iter().all(|attempt| attempt.1.len() < 1024));
}

#[test]
fn callers_that_are_killed_in_the_middle_of_a_call_do_not_stop_the_gate() {
    use rustix::process::{Signal, WaitOptions, kill_process, waitpid};
    let run = run(crate::Gate::Acts, false, &[], |_| {
        for round in 0..100 {
            match crate::sys::process::fork().unwrap() {
                crate::sys::process::Forked::Child => loop {
                    let path = c"/etc/mantrap-killed".as_ptr() as u64;
                    let _ = crate::sys::seccomp::raw(libc::SYS_openat, [0, path, 0, 0, 0, 0]);
                },
                crate::sys::process::Forked::Parent(child) => {
                    std::thread::sleep(Duration::from_micros(round * 37));
                    kill_process(child, Signal::KILL).unwrap();
                    waitpid(Some(child), WaitOptions::empty()).unwrap();
                }
            }
        }
        let _ = File::open("/etc/mantrap-after");
    });
    assert!(run.tried(Act::Read, "/etc/mantrap-after"), "{:?}", run.attempts);
}

#[test]
fn a_flood_of_different_paths_is_bounded() {
    let run = run(crate::Gate::Acts, false, &[], |_| {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in 0..1000 {
                        let _ = File::open(format!("/etc/{thread}-{number}-{}", "x".repeat(3000)));
                    }
                });
            }
        });
    });
    assert_eq!(run.attempts.len(), 1000);
    assert!(run.learned.len() < 2000, "{}", run.learned.len());
}

/// `cargo test -p mantrap-jail --release gated -- --ignored --nocapture` prints the price of one gated open.
#[test]
#[ignore = "a measurement"]
fn a_gated_open_costs_little() {
    let time = |_: &AtomicBool| {
        let mut each: Vec<_> = (0..5000)
            .map(|_| {
                let start = Instant::now();
                let _ = File::open("/etc/passwd");
                start.elapsed()
            })
            .collect();
        each.sort_unstable();
        (each[each.len() / 2], each[each.len() * 9 / 10])
    };
    let free = time(&AtomicBool::new(false));
    let ungated = run(crate::Gate::Refusals, false, &[], time).value;
    let gated = run(crate::Gate::Acts, false, &[], time).value;
    eprintln!(
        "open+close, median and 90th percentile: no filter {free:?}, filter {ungated:?}, gated {gated:?}"
    );
}
