//! Every allowed call is made under the real filter, in a process of its own, and by a twin without the filter.

use std::os::fd::AsRawFd;

use super::install;
use crate::Gate;
use crate::seccomp::{Listener, Unix, Verdict, allowed_and_refused, name, program, verdict};

/// Arguments that do nothing: descriptor -1, the address 0, the length 0; or the mildest that the table allows.
fn harmless(number: u32) -> [u64; 6] {
    let minus = u64::MAX;
    match name(number) {
        "clone" => [libc::SIGCHLD as u64, 0, 0, 0, 0, 0],
        "socket" | "socketpair" => [1, 1, 0, 0, 0, 0],
        "ioctl" => [minus, libc::TCGETS, 0, 0, 0, 0],
        "fcntl" => [minus, 1, 0, 0, 0, 0],
        "memfd_create" => [0, 8, 0, 0, 0, 0],
        "prctl" => [16, 0, 0, 0, 0, 0],
        "arch_prctl" => [0x1003, 0, 0, 0, 0, 0],
        _ => [minus, 0, 0, 0, 0, 0],
    }
}

/// What a call in a process of its own came to: its errno, 0 if it had none, or 1000 and the signal that ended it.
fn outcome(filter: bool, number: u32, arguments: [u64; 6]) -> i32 {
    let program = program(Gate::Off, Listener::Absent, Unix::Native);
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the child calls nothing that takes a lock: raw system calls on memory made before it.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        // A call that waits is ended after this, twin and all.
        let soon = libc::itimerval {
            it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 },
            it_value: libc::timeval { tv_sec: 0, tv_usec: 300_000 },
        };
        // SAFETY: raw system calls; the pointers are to locals that outlive them.
        unsafe { libc::syscall(libc::SYS_setitimer, 0, &raw const soon, 0) };
        // SAFETY: a flag of this thread.
        unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        if filter && install(&program, Listener::Absent).is_err() {
            // SAFETY: ends this process.
            unsafe { libc::_exit(254) };
        }
        // SAFETY: the arguments are descriptors that are not open, addresses that are not mapped, lengths of 0. What
        // changes, changes in this process, which ends here.
        let result = unsafe { libc::syscall(i64::from(number), a, b, c, d, e, f) };
        let error = std::io::Error::last_os_error().raw_os_error();
        let errno = if result == -1 { error.unwrap_or(255) } else { 0 };
        // SAFETY: ends this process, by the call itself: the C library's would run handlers.
        unsafe { libc::syscall(libc::SYS_exit_group, errno) };
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call; the child is ours.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 1000 + libc::WTERMSIG(status) }
}

#[test]
fn every_allowed_call_reaches_the_kernel() {
    let (allowed, _) = allowed_and_refused();
    let mut missing = Vec::new();
    for number in allowed {
        let arguments = harmless(number);
        assert_eq!(verdict(Unix::Native, number, &arguments), Verdict::Allow, "{}", name(number));
        // Its child would return into a frame that the parent has left; `clone` has the same flags in its row.
        if name(number) == "vfork" {
            continue;
        }
        let (free, filtered) = (outcome(false, number, arguments), outcome(true, number, arguments));
        assert_eq!(filtered, free, "{}", name(number));
        if free == libc::ENOSYS {
            missing.push(name(number));
        }
    }
    // Calls that this kernel or this processor does not have.
    assert!(missing.len() <= 4, "{missing:?}");
}

#[test]
fn every_refused_call_answers_its_errno() {
    let (_, refused) = allowed_and_refused();
    assert!(refused.len() > 100);
    for number in refused {
        let Verdict::Errno(errno) = verdict(Unix::Native, number, &[u64::MAX, 0, 0, 0, 0, 0]) else {
            panic!("{}", name(number));
        };
        assert_eq!(outcome(true, number, [u64::MAX, 0, 0, 0, 0, 0]), errno, "{}", name(number));
    }
    assert_eq!(outcome(true, 599, [0; 6]), libc::ENOSYS, "a call that nobody knows");
}

#[test]
fn arguments_decide_in_the_kernel_as_they_do_in_the_table() {
    let null = std::fs::File::open("/dev/null").unwrap();
    let null = null.as_raw_fd() as u64;
    let cases: [(libc::c_long, [u64; 6]); 13] = [
        (libc::SYS_socket, [40, 1, 0, 0, 0, 0]),
        (libc::SYS_socket, [2, 3, 1, 0, 0, 0]),
        (libc::SYS_socket, [2, 1, 262, 0, 0, 0]),
        (libc::SYS_socket, [16, 3, 15, 0, 0, 0]),
        (libc::SYS_ioctl, [null, libc::TIOCSTI, 0, 0, 0, 0]),
        (libc::SYS_ioctl, [null, libc::TIOCSTI | 1 << 32, 0, 0, 0, 0]),
        (libc::SYS_clone, [libc::CLONE_NEWUSER as u64 | 17, 0, 0, 0, 0, 0]),
        (libc::SYS_memfd_create, [0, 0, 0, 0, 0, 0]),
        (libc::SYS_sendto, [null, 0, 0, 0x2000_0000, 0, 0]),
        (libc::SYS_prctl, [35, 0, 0, 0, 0, 0]),
        (libc::SYS_fcntl, [null, 1031, 1 << 20, 0, 0, 0]),
        (libc::SYS_fchmod, [null, 0o4755, 0, 0, 0, 0]),
        (libc::SYS_personality, [0x40_0000, 0, 0, 0, 0, 0]),
    ];
    for (number, arguments) in cases {
        let number = u32::try_from(number).unwrap();
        let Verdict::Errno(errno) = verdict(Unix::Native, number, &arguments) else {
            panic!("{}", name(number))
        };
        assert_eq!(outcome(true, number, arguments), errno, "{} {arguments:x?}", name(number));
    }
}
