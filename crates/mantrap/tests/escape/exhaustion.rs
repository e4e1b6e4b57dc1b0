//! Taking more than one's share.

use std::os::unix::process::ExitStatusExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::place::{Outcome, Place, everyone, finish};

/// A user's pipes share one budget, raw or jailed: the tests that spend it take turns.
static PIPES: Mutex<()> = Mutex::new(());

/// Ended, or not begun because this machine cannot keep the limit: then the refusal names it, and nothing ran.
fn is_capped(guarantee: &str, outcome: &Outcome) {
    assert!(!outcome.out.contains("done: ") && outcome.code != Some(0), "AN ESCAPE: {outcome:?}");
    if outcome.err.contains(&format!("--waive {guarantee}")) {
        println!("this machine cannot cap {guarantee} for this user, and the jail refuses to start");
        outcome.did_not_start();
    }
}

/// Whether a limit can be kept here, for this user.
fn can_cap(place: &Place, grants: &[&str]) -> bool {
    place.jailed(grants, &["mark"]).code == Some(0)
}

/// Works raw, and inside not.
fn is_bounded(place: &Place, grants: &[&str], words: &[&str]) {
    place.raw(words).succeeded();
    place.jailed(grants, words).was_refused();
}

/// Root is exempt from the limit on processes. Without a control group its pid namespace runs out of numbers instead,
/// and of those the kernel keeps 300 more than are asked for.
fn many(place: &Place) -> &'static str {
    if place.is_root() { "400" } else { "100" }
}

/// a fork bomb
#[test]
fn processes_are_bounded() {
    everyone(|place| {
        place.raw(&["forks", many(place)]).succeeded();
        let outcome = place.jailed(&["--pids", "64"], &["forks", "100"]);
        is_capped("pids", &outcome);
        // Waived, there is still a bound, and the one that `many` passes.
        place.jailed(&["--waive", "pids", "--pids", "64"], &["forks", many(place)]).was_refused();
        place.jailed(&["--waive", "pids", "--pids", "64"], &["forks", "20"]).succeeded();
    });
}

/// threads without end
#[test]
fn threads_are_bounded() {
    everyone(|place| {
        place.raw(&["threads", many(place)]).succeeded();
        let outcome = place.jailed(&["--pids", "64"], &["threads", "100"]);
        is_capped("pids", &outcome);
        // Waived, there is still a bound, and the one that `many` passes.
        place.jailed(&["--waive", "pids", "--pids", "64"], &["threads", many(place)]).was_refused();
    });
}

/// processes without end where no number was asked for
#[test]
fn processes_are_bounded_by_default() {
    everyone(|place| is_bounded(place, &[], &["forks", "900"]));
}

/// memory
#[test]
fn memory_is_bounded() {
    everyone(|place| {
        place.raw(&["memory", "300"]).succeeded();
        is_capped("memory", &place.jailed(&["--memory", "96M"], &["memory", "300"]));
        if can_cap(place, &["--memory", "96M"]) {
            place.jailed(&["--memory", "96M"], &["memory", "20"]).succeeded();
            let outcome = place.jailed(&["--memory", "96M"], &["memory", "300"]);
            assert_eq!(outcome.code, Some(137), "{outcome:?}");
            assert!(outcome.err.contains("the memory limit ended it"), "{outcome:?}");
        }
    });
}

/// memory of many processes where no control group may be had, and the limit was waived for one that is looked at
#[test]
fn memory_is_watched_where_it_cannot_be_capped() {
    everyone(|place| {
        // Each `tail` keeps what it was given, because nobody takes it.
        let line = "for i in 1 2 3 4; do head -c 50000000 /dev/zero | tail -c 50000000 | sleep 8 & done; sleep 6; echo done: grown";
        let jail =
            |limit| place.jail_command(&["--waive", "memory", "--memory", limit], &["/bin/sh", "-c", line]);
        if !can_cap(place, &["--memory", "128M"]) {
            finish(jail("1G")).got("grown");
            let outcome = finish(jail("128M"));
            assert!(!outcome.out.contains("done: "), "AN ESCAPE: {outcome:?}");
            assert!(outcome.err.contains("the memory limit ended it"), "{outcome:?}");
        }
    });
}

/// memory of many processes, each of which stays below
#[test]
fn memory_is_bounded_for_the_whole_tree() {
    everyone(|place| {
        place.raw(&["memory-many", "60", "5"]).succeeded();
        let outcome = place.jailed(&["--memory", "128M"], &["memory-many", "60", "5"]);
        is_capped("memory", &outcome);
    });
}

/// memory in files that have no file system
#[test]
fn memory_in_files_is_bounded() {
    everyone(|place| {
        place.raw(&["memory-files", "300"]).succeeded();
        let outcome = place.jailed(&["--memory", "96M"], &["memory-files", "304"]);
        is_capped("memory", &outcome);
    });
}

/// System V shared memory
#[test]
fn shared_memory_is_bounded() {
    everyone(|place| {
        place.raw(&["sysv-memory", "300"]).succeeded();
        let outcome = place.jailed(&["--memory", "96M"], &["sysv-memory", "300"]);
        is_capped("memory", &outcome);
    });
}

/// a full disk by way of `/tmp`, `/dev/shm` and the home
#[test]
fn room_on_private_file_systems_is_bounded() {
    everyone(|place| {
        place.raw(&["room", &place.path("mine/large"), "1024"]).succeeded();
        for folder in ["/tmp", "/dev/shm", "/var/tmp", &place.path("home")] {
            place.inside(&["room", &format!("{folder}/large"), "1024"]).was_refused();
        }
    });
}

/// one file that is larger than any
#[test]
fn the_size_of_a_file_is_bounded() {
    everyone(|place| {
        place.raw(&["large-file", &place.path("mine/large"), "9"]).succeeded();
        place.inside(&["large-file", &place.path("writable/large"), "9"]).was_refused();
    });
}

/// inodes
#[test]
fn the_number_of_files_is_bounded() {
    everyone(|place| {
        place.raw(&["inodes", &place.folder("mine/many"), "2000"]).succeeded();
        place.inside(&["inodes", "/tmp", "2000"]).succeeded();
        place.inside(&["inodes", "/tmp", "110000"]).was_refused();
    });
}

/// descriptors
#[test]
fn descriptors_are_bounded() {
    everyone(|place| is_bounded(place, &[], &["open-files", "5000"]));
}

/// pipes
#[test]
fn pipes_are_bounded() {
    let _turn = PIPES.lock().unwrap_or_else(PoisonError::into_inner);
    everyone(|place| is_bounded(place, &[], &["pipes", "2500"]));
}

/// pipes of a mebibyte each
#[test]
fn pipes_are_not_enlarged() {
    let _turn = PIPES.lock().unwrap_or_else(PoisonError::into_inner);
    everyone(|place| is_bounded(place, &[], &["large-pipe"]));
}

/// real-time priority, or a better one than others
#[test]
fn nobody_pushes_to_the_front() {
    everyone(|place| {
        if place.is_root() {
            place.raw(&["priority"]).succeeded();
            place.raw(&["real-time"]).succeeded();
        }
        place.inside(&["priority"]).was_refused();
        place.inside(&["real-time"]).was_refused();
    });
}

/// limits raised again
#[test]
fn limits_are_not_raised() {
    everyone(|place| {
        // Raising needs a privilege that even root may lack.
        let raw = place.raw(&["raise-limits"]);
        println!("raw: {}", raw.out.trim());
        place.inside(&["raise-limits"]).was_refused();
    });
}

/// time on the clock
#[test]
fn time_is_bounded() {
    everyone(|place| {
        place.raw(&["spin", "2500"]).succeeded();
        let began = Instant::now();
        let outcome = place.jailed(&["--time", "1s"], &["spin", "10000"]);
        assert!(!outcome.out.contains("done: ") && outcome.code != Some(0), "AN ESCAPE: {outcome:?}");
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    });
}

/// processor time, where the machine lets it be capped
#[test]
fn processor_time_is_bounded_or_the_jail_says_that_it_cannot() {
    everyone(|place| {
        // Far from each other, because a busy machine takes its part of both.
        let outcome = place.jailed(&["--cpu", "5%"], &["share", "10"]);
        if outcome.out.is_empty() {
            assert!(outcome.err.contains("cpu"), "{outcome:?}");
            outcome.did_not_start();
            return;
        }
        // A machine that is busy enough leaves even the twin little, but not each time.
        let succeeds = || place.raw(&["share", "10"]).code == Some(0);
        assert!((0..5).any(|_| succeeds()), "the twin did not succeed");
        outcome.was_refused();
    });
}

/// output without end
#[test]
fn output_without_end_does_not_fill_the_supervisor() {
    everyone(|place| {
        let mut jail = place.jail_command(
            &["--time", "2s"],
            &["/bin/sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"],
        );
        // Nobody reads: the writer must wait, and nobody in between may keep what it wrote.
        let mut child =
            jail.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .unwrap();
        let ended = child.wait().unwrap();
        assert!(peak < 64 * 1024, "{peak} kB");
        assert!(ended.code().is_some() || ended.signal().is_some());
    });
}

/// allowed: a limit that is kept says nothing: work within it goes on.
#[test]
fn work_within_limits_goes_on() {
    everyone(|place| {
        let line = "i=0; while [ $i -lt 20 ]; do /bin/true & i=$((i+1)); done; wait; echo done: all";
        let memory: &[&str] = if can_cap(place, &["--memory", "128M"]) { &["--memory", "128M"] } else { &[] };
        let grants = [&["--waive", "pids", "--pids", "64", "--time", "20s"], memory].concat();
        let jail = place.jail_command(&grants, &["/bin/sh", "-c", line]);
        finish(jail).got("all");
    });
}
