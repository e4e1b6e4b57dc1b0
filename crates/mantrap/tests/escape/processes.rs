//! Other processes: seeing, signalling, tracing, reading, slowing them.

use std::time::Duration;

use crate::peers::Victim;
use crate::place::{Place, Programs, everyone, finish};

/// The victim feels the raw probe, and the jailed one not.
fn signals_nobody(place: &Place, technique: &str) {
    let mut victim = Victim::of(place);
    let words = [technique, &victim.pid.clone()];
    place.raw(&words).succeeded();
    std::thread::sleep(Duration::from_millis(10));
    assert_ne!(victim.asked().1, 0, "the twin was not felt");
    place.inside(&words).was_refused();
    // The same process by any small number, in case the numbers are those inside.
    assert_eq!(victim.asked().1, 0, "AN ESCAPE: {technique} was felt");
}

/// Reads the victim raw, and inside not.
fn reads_nobody(place: &Place, technique: &str) {
    let mut victim = Victim::of(place);
    let words = [technique, &victim.pid.clone(), &victim.address.clone()];
    place.raw(&words).succeeded();
    place.inside(&words).was_refused_without(&place.token);
    assert_eq!(victim.asked().0, place.token);
}

/// kill
#[test]
fn nobody_outside_is_killed() {
    everyone(|place| signals_nobody(place, "kill"));
}

/// kill of everybody at once
#[test]
fn everybody_at_once_is_not_signalled() {
    everyone(|place| {
        place.private(&["kill-all"]).succeeded();
        let mut victim = Victim::of(place);
        // Within the jail the call may succeed: it reaches nobody outside.
        place.inside(&["kill-all"]);
        assert_eq!(victim.asked().1, 0, "AN ESCAPE");
    });
}

/// tgkill and tkill
#[test]
fn no_thread_outside_is_signalled() {
    everyone(|place| signals_nobody(place, "tgkill"));
}

/// sigqueue
#[test]
fn no_signal_is_queued_for_somebody_outside() {
    everyone(|place| signals_nobody(place, "sigqueue"));
}

/// pidfd_send_signal
#[test]
fn nobody_outside_is_signalled_by_descriptor() {
    everyone(|place| signals_nobody(place, "pidfd-signal"));
}

/// CVE-2026-72183: SIGIO to the owner of a descriptor, who is somebody else
#[test]
fn nobody_outside_gets_sigio() {
    everyone(|place| {
        signals_nobody(place, "sigio");
        signals_nobody(place, "sigio-ex");
    });
}

/// ptrace of a process outside
#[test]
fn nobody_outside_is_traced() {
    everyone(|place| reads_nobody(place, "ptrace"));
}

/// ptrace of one's own child, which turns many bugs into exploits
#[test]
fn nobody_at_all_is_traced() {
    everyone(|place| {
        place.raw(&["ptrace-child"]).succeeded();
        place.inside(&["ptrace-child"]).was_refused();
    });
}

/// process_vm_readv
#[test]
fn nobodys_memory_is_read() {
    everyone(|place| reads_nobody(place, "vm-read"));
}

/// process_vm_writev
#[test]
fn nobodys_memory_is_written() {
    everyone(|place| {
        let mut victim = Victim::of(place);
        let words = ["vm-write", &victim.pid.clone(), &victim.address.clone()];
        place.inside(&words).was_refused();
        assert_eq!(victim.asked().0, place.token, "AN ESCAPE");
        place.raw(&words).succeeded();
        assert!(victim.asked().0.starts_with("overwritten"), "the twin was not felt");
    });
}

/// `/proc/PID/mem`
#[test]
fn nobodys_memory_is_a_file() {
    everyone(|place| reads_nobody(place, "proc-mem"));
}

/// pidfd_getfd: an open file of another process
#[test]
fn no_descriptor_is_taken() {
    everyone(|place| {
        let victim = Victim::of(place);
        let words = ["pidfd-getfd", &victim.pid, &victim.descriptor];
        place.raw(&words).got(&place.token);
        place.inside(&words).was_refused_without(&place.token);
        place.raw(&["pidfd-getfd-child"]).succeeded();
        place.inside(&["pidfd-getfd-child"]).was_refused();
    });
}

/// kcmp
#[test]
fn nobody_is_compared() {
    everyone(|place| {
        let victim = Victim::of(place);
        place.raw(&["kcmp", &victim.pid]).succeeded();
        place.inside(&["kcmp", &victim.pid]).was_refused();
        place.raw(&["kcmp-self"]).succeeded();
        place.inside(&["kcmp-self"]).was_refused();
    });
}

/// process_madvise
#[test]
fn nobodys_memory_is_advised_about() {
    everyone(|place| {
        let victim = Victim::of(place);
        let words = ["process-madvise", &victim.pid, &victim.address];
        let raw = place.raw(&words);
        if place.is_root() {
            raw.succeeded();
        }
        place.inside(&words).was_refused();
    });
}

/// setpriority, sched_setaffinity and prlimit of somebody outside
#[test]
fn nobody_outside_is_slowed() {
    everyone(|place| {
        for technique in ["setpriority", "setaffinity", "prlimit"] {
            let victim = Victim::of(place);
            place.inside(&[technique, &victim.pid]).was_refused();
            place.raw(&[technique, &victim.pid]).succeeded();
        }
    });
}

/// `/proc` of the host's processes
#[test]
fn nobody_outside_is_seen() {
    everyone(|place| {
        let victim = Victim::of(place);
        place.raw(&["proc-see", &victim.pid, "probe-victim"]).succeeded();
        place.inside(&["proc-see", &victim.pid, "probe-victim"]).was_refused();
        for number in ["1", "2", "3"] {
            for name in ["probe-victim", "systemd", "kthreadd"] {
                place.inside(&["proc-see", number, name]).was_refused();
            }
        }
    });
}

/// the environment, arguments and memory of the jail's first process
#[test]
fn the_first_process_of_the_jail_is_not_read() {
    everyone(|place| {
        let victim = Victim::of(place);
        for file in ["environ", "maps", "auxv"] {
            place.raw(&["proc-read", &victim.pid, file]).succeeded();
            place.inside(&["proc-read", "1", file]).was_refused();
        }
        place.inside(&["vm-read", "1", "0x400000"]).was_refused();
        place.inside(&["ptrace", "1", "0x400000"]).was_refused();
        place.inside(&["proc-mem", "1", "0x400000"]).was_refused();
        place.inside(&["pidfd-getfd", "1", "0"]).was_refused();
        place.inside(&["proc-read", "1", "fd/0"]).was_refused();
    });
}

/// a signal to the jail's first process, which only Landlock's scope refuses
#[test]
fn the_first_process_of_the_jail_is_not_signalled() {
    everyone(|place| {
        let victim = Victim::of(place);
        place.raw(&["signal-first", &victim.pid]).succeeded();
        place.inside(&["signal-first"]).was_refused();
        place.inside(&["stop-first"]).was_refused();
    });
}

/// a daemon that goes on after the end
#[test]
fn nobody_stays_behind() {
    everyone(|place| {
        let mark = place.path("writable/mark");
        place.raw(&["stay", &mark, "150"]).succeeded();
        std::thread::sleep(Duration::from_millis(500));
        assert!(std::fs::exists(&mark).unwrap(), "the twin did not stay");
        std::fs::remove_file(&mark).unwrap();
        place.inside(&["stay", &mark, "150"]).succeeded();
        std::thread::sleep(Duration::from_millis(500));
        assert!(!std::fs::exists(&mark).unwrap(), "AN ESCAPE");
    });
}

/// a supervisor that is killed: nobody goes on without it
#[test]
fn nobody_outlives_the_supervisor() {
    everyone(|place| {
        let mark = place.path("writable/mark");
        let line = format!("(sleep 0.4; echo x > {mark}) & echo started; sleep 5");
        let mut raw = place.command("/bin/sh");
        raw.args(["-c", &line]);
        kill_in_the_middle(raw);
        std::thread::sleep(Duration::from_millis(700));
        assert!(std::fs::exists(&mark).unwrap(), "the twin did not go on");
        std::fs::remove_file(&mark).unwrap();
        let writable = place.path("writable");
        kill_in_the_middle(place.jail_command(&["--write", &writable], &["/bin/sh", "-c", &line]));
        std::thread::sleep(Duration::from_millis(700));
        assert!(!std::fs::exists(&mark).unwrap(), "AN ESCAPE");
    });
}

/// Kills the process itself, not its group, once it has said a word.
fn kill_in_the_middle(mut command: std::process::Command) {
    use std::io::BufRead;
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), "started");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// allowed: what was granted can be done: children are started, signalled and waited for.
#[test]
fn ones_own_children_can_be_signalled() {
    everyone(|place| {
        let outcome = place.inside(&["shell", "sleep 5 & kill $! && wait $!; echo done: $?"]);
        assert!(outcome.out.contains("done: 143"), "{outcome:?}");
        let program = Programs::get().path("probe");
        finish(place.jail_command(&[], &[&program, "mark"])).got("ran");
    });
}
