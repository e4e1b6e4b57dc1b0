//! The kernel's lesser used doors.

use crate::place::{Place, Programs, everyone, finish, root_has_the_twin};

/// Answers raw, and inside not.
fn is_raw_only(place: &Place, words: &[&str]) {
    place.raw(words).succeeded();
    place.inside(words).was_refused_without(&place.token);
}

/// Answers root of one's own namespaces, and inside not.
fn is_private_only(place: &Place, words: &[&str]) {
    place.private(words).succeeded();
    place.inside(words).was_refused();
}

/// Answers root, and inside nobody.
fn is_roots_only(technique: &[&str]) {
    root_has_the_twin(|place| {
        if place.is_root() {
            place.raw(technique).succeeded();
        }
        place.inside(technique).was_refused();
    });
}

/// io_uring, which opens files without any open
#[test]
fn there_is_no_ring() {
    everyone(|place| is_raw_only(place, &["io-uring", &place.canary()]));
}

/// bpf
#[test]
fn there_is_no_bpf() {
    is_roots_only(&["bpf"]);
}

/// perf_event_open
#[test]
fn there_is_no_perf() {
    everyone(|place| is_raw_only(place, &["perf"]));
}

/// userfaultfd, which stops the kernel in the middle of a copy
#[test]
fn there_is_no_userfaultfd() {
    everyone(|place| {
        is_raw_only(place, &["userfaultfd"]);
        place.inside(&["userfaultfd-device"]).was_refused();
    });
}

/// keys of the session's keyring
#[test]
fn no_key_of_the_session_is_read() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        let mantrap = Programs::get().path("mantrap");
        let session = ["key-session", "escape", &place.token];
        place.raw(&[&session[..], &[&probe, "key-read", "escape"]].concat()).got(&place.token);
        place.raw(&[&session[..], &[&probe, "key-request", "escape"]].concat()).succeeded();
        let jail = crate::place::jail_words(&[]);
        let jail: Vec<&str> = jail.iter().map(String::as_str).collect();
        for technique in ["key-read", "key-request"] {
            let words =
                [&session[..], &[mantrap.as_str()], &jail[..], &[probe.as_str(), technique, "escape"]]
                    .concat();
            place.raw(&words).was_refused_without(&place.token);
        }
    });
}

/// add_key
#[test]
fn no_key_is_added() {
    everyone(|place| is_raw_only(place, &["key-add"]));
}

/// init_module and kexec_load
#[test]
fn nothing_is_loaded_into_the_kernel() {
    root_has_the_twin(|place| {
        // A kernel without modules, or without kexec, answers nobody: `reboot`, which asks for the same trust,
        // stands in.
        place.inside(&["init-module"]).was_refused();
        place.inside(&["kexec"]).was_refused();
        if place.is_root() {
            place.raw(&["reboot"]).succeeded();
        }
    });
}

/// reboot
#[test]
fn the_machine_is_not_restarted() {
    is_roots_only(&["reboot"]);
}

/// syslog, the kernel's log
#[test]
fn the_log_of_the_kernel_is_not_read() {
    is_roots_only(&["syslog"]);
}

/// acct and swapon
#[test]
fn neither_accounting_nor_swap_is_switched_on() {
    root_has_the_twin(|place| {
        let file = place.file("writable/file", "plain\n");
        if place.is_root() {
            place.raw(&["swapon", &file]).succeeded();
        }
        place.inside(&["acct", &file]).was_refused();
        place.inside(&["swapon", &file]).was_refused();
    });
}

/// clock_settime
#[test]
fn the_clock_is_not_set() {
    is_roots_only(&["clock-settime"]);
}

/// adjtimex
#[test]
fn the_clock_is_not_adjusted() {
    is_roots_only(&["adjtimex"]);
}

/// sethostname and setdomainname
#[test]
fn the_host_is_not_renamed() {
    everyone(|place| {
        is_private_only(place, &["sethostname", "escaped"]);
        is_private_only(place, &["setdomainname", "escaped"]);
    });
}

/// personality without address randomisation
#[test]
fn addresses_stay_random() {
    everyone(|place| is_raw_only(place, &["personality"]));
}

/// quotactl
#[test]
fn there_are_no_quotas() {
    everyone(|place| is_raw_only(place, &["quotactl", "/dev/vda"]));
}

/// fanotify, which may hold every open of the machine
#[test]
fn there_is_no_fanotify() {
    everyone(|place| is_raw_only(place, &["fanotify"]));
}

/// iopl and modify_ldt
#[test]
fn the_processor_keeps_its_tables() {
    everyone(|place| {
        if cfg!(target_arch = "x86_64") {
            is_raw_only(place, &["modify-ldt"]);
        }
        place.inside(&["iopl"]).was_refused();
    });
}

/// memfd_secret: memory that nobody can look into
#[test]
fn no_memory_is_hidden() {
    everyone(|place| {
        // Off on most kernels unless asked for at boot; refused all the same.
        place.inside(&["memfd-secret"]).was_refused();
    });
}

/// 32-bit system calls, whose numbers mean something else
#[test]
fn calls_of_another_architecture_end_the_process() {
    everyone(|place| {
        if cfg!(target_arch = "x86_64") {
            let raw = place.raw(&["int80"]);
            if raw.code != Some(0) {
                println!("this kernel has no 32-bit calls");
            }
        }
        place.inside(&["int80"]).was_refused();
    });
}

/// x32 numbers: those of the 64-bit calls with one bit more
#[test]
fn calls_with_other_numbers_end_the_process() {
    everyone(|place| {
        let outcome = place.inside(&["x32"]);
        outcome.was_refused();
        if cfg!(target_arch = "x86_64") {
            assert!(
                outcome.out.contains("signal"),
                "only the kernel's own lack of x32 refused it: {outcome:?}"
            );
        }
    });
}

/// numbers that no list has
#[test]
fn calls_that_nobody_knows_are_refused() {
    everyone(|place| {
        place.inside(&["unknown-calls"]).was_refused();
    });
}

/// a listener of one's own for system calls, in the supervisor's place
#[test]
fn there_is_no_second_listener() {
    everyone(|place| {
        place.raw(&["seccomp-listener"]).succeeded();
        place.inside(&["seccomp-listener"]).was_refused();
    });
}

/// `PR_SET_MM`: a process that looks like another
#[test]
fn the_memory_map_is_not_forged() {
    everyone(|place| is_raw_only(place, &["set-mm"]));
}

/// a path that another thread exchanges while the call is judged
#[test]
fn a_path_that_changes_while_it_is_judged_gains_nothing() {
    everyone(|place| {
        let (granted, readable) = (place.path("readable/plain"), place.path("readable"));
        let words = ["flip-path", &granted, &place.canary(), "canary-", "500"];
        place.raw(&words).got(&place.token);
        let report = place.path("report.json");
        place.jailed(&["--read", &readable, "--report", &report], &words).was_refused_without(&place.token);
        place.jailed(&["--read", &readable], &words).was_refused_without(&place.token);
    });
}

/// allowed: ordinary calls are answered: the refusals above are not those of a jail that refuses everything.
#[test]
fn ordinary_calls_are_answered() {
    everyone(|place| {
        let line = "set -e; a=$(date +%s); mkdir /tmp/x; ln -s x /tmp/y; mv /tmp/x /tmp/z; ls -la /tmp >/tmp/o; sleep 0; echo done: $a";
        finish(place.jail_command(&[], &["/bin/sh", "-c", line])).succeeded();
    });
}
