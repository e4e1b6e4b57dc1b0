//! What a process finds around itself: descriptors, terminals, environment, files of the kernel.

use std::process::Stdio;

use crate::place::{Outcome, Place, Programs, everyone, finish, jail_words, root_has_the_twin};

/// Runs the probe on a terminal of its own, raw or in the jail, and answers whether it was able to type a line.
fn on_a_terminal(place: &Place, jailed: bool, words: &[&str]) -> Outcome {
    let probe = Programs::get().path("probe");
    let mantrap = Programs::get().path("mantrap");
    let jail = jail_words(&[]);
    let mut all = vec!["pty", "injected"];
    if jailed {
        all.push(&mantrap);
        all.extend(jail.iter().map(String::as_str));
    }
    all.push(&probe);
    all.extend(words);
    finish(place.raw_command(&all))
}

/// TIOCSTI: a line typed into the terminal of the user, run by the shell afterwards
#[test]
fn nothing_is_typed_into_the_terminal() {
    everyone(|place| {
        for technique in ["tiocsti", "tiocsti-wide"] {
            let words = [technique, "injected\n"];
            let raw = on_a_terminal(place, false, &words);
            if raw.code == Some(0) {
                assert!(raw.out.contains("typed: yes"), "{raw:?}");
            } else {
                println!("this kernel refuses TIOCSTI by itself (dev.tty.legacy_tiocsti=0): {raw:?}");
            }
            let inside = on_a_terminal(place, true, &words);
            inside.was_refused();
            assert!(inside.out.contains("typed: no"), "AN ESCAPE: {inside:?}");
        }
    });
}

/// the user's terminal as controlling terminal, and stealing it
#[test]
fn there_is_no_controlling_terminal() {
    everyone(|place| {
        on_a_terminal(place, false, &["dev-tty"]).succeeded();
        on_a_terminal(place, true, &["dev-tty"]).was_refused();
        on_a_terminal(place, false, &["tcgetpgrp"]).succeeded();
        on_a_terminal(place, true, &["tcgetpgrp"]).was_refused();
        on_a_terminal(place, true, &["tiocsctty"]).was_refused();
    });
}

/// TIOCLINUX and TIOCSETD: the console's selection, and other line disciplines
#[test]
fn the_terminal_is_not_reprogrammed() {
    everyone(|place| {
        on_a_terminal(place, false, &["tiocsetd"]).succeeded();
        on_a_terminal(place, true, &["tiocsetd"]).was_refused();
        on_a_terminal(place, true, &["tioclinux"]).was_refused();
    });
}

/// descriptors that the starter left open
#[test]
fn no_descriptor_is_inherited() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        let mantrap = Programs::get().path("mantrap");
        let leak = ["leak", &place.canary()];
        place.raw(&[&leak[..], &[&probe, "inherited", &place.token]].concat()).got(&place.token);
        place.raw(&[&leak[..], &[&probe, "fds"]].concat()).succeeded();
        let jail = jail_words(&[]);
        let jail: Vec<&str> = jail.iter().map(String::as_str).collect();
        place
            .raw(&[&leak[..], &[mantrap.as_str()], &jail, &[probe.as_str(), "inherited", "canary-"]].concat())
            .was_refused_without(&place.token);
        place.raw(&[&leak[..], &[mantrap.as_str()], &jail, &[probe.as_str(), "fds"]].concat()).was_refused();
        // With everything granted that makes the supervisor open something for the jail.
        let report = place.path("report.json");
        let all = [
            "--read",
            &place.path("readable"),
            "--write",
            &place.path("writable"),
            "--net",
            "elsewhere.invalid:443",
            "--report",
            &report,
        ];
        place.jailed(&all, &["fds"]).was_refused();
    });
}

/// secrets in the starter's environment
#[test]
fn the_environment_is_not_inherited() {
    everyone(|place| {
        let program = Programs::get().path("probe");
        let mut raw = place.raw_command(&["environment", "canary-"]);
        raw.env("AWS_SECRET_ACCESS_KEY", &place.token);
        finish(raw).got(&place.token);
        let mut jail = place.jail_command(&[], &[&program, "environment", "canary-"]);
        jail.env("AWS_SECRET_ACCESS_KEY", &place.token).env("LD_PRELOAD_", &place.token);
        finish(jail).was_refused_without(&place.token);
        // Nor is it found in the processes of the jail.
        for process in ["1", "self"] {
            let mut jail = place.jail_command(&[], &[&program, "proc-read", process, "environ"]);
            jail.env("AWS_SECRET_ACCESS_KEY", &place.token);
            let outcome = finish(jail);
            assert!(!outcome.out.contains(&place.token), "AN ESCAPE: {outcome:?}");
        }
    });
}

/// loader variables in the starter's environment
#[test]
fn loader_variables_do_not_reach_the_program() {
    everyone(|place| {
        let program = Programs::get().path("probe");
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "LD_AUDIT",
            "NODE_OPTIONS",
            "PYTHONPATH",
            "BASH_ENV",
            "GCONV_PATH",
        ] {
            let mut raw = place.raw_command(&["environment", name]);
            raw.env(name, "/nowhere");
            finish(raw).succeeded();
            let mut jail = place.jail_command(&[], &[&program, "environment", &format!("{name}=")]);
            jail.env(name, "/nowhere");
            finish(jail).was_refused();
        }
    });
}

/// the kernel's settings: `core_pattern`, `modprobe`, `sysrq-trigger` and others that root's helpers obey
#[test]
fn kernel_settings_are_not_written() {
    root_has_the_twin(|place| {
        let files = [
            "writable",
            "/proc/sys/kernel/core_pattern",
            "/proc/sys/kernel/modprobe",
            "/proc/sys/kernel/hotplug",
            "/proc/sysrq-trigger",
            "/proc/sys/vm/drop_caches",
            "/proc/sys/net/ipv4/ip_forward",
            "/proc/sys/fs/binfmt_misc/register",
            "/proc/sys/kernel/hostname",
        ];
        if place.is_root() {
            place.raw(&files).succeeded();
        }
        place.private(&["writable", "/proc/sys/net/ipv4/ip_forward"]).succeeded();
        place.inside(&files).was_refused();
    });
}

/// the kernel's memory and what tells about it
#[test]
fn the_memory_of_the_kernel_is_not_read() {
    everyone(|place| {
        let files = [
            "readable",
            "/proc/kallsyms",
            "/proc/kcore",
            "/proc/kmsg",
            "/proc/kpageflags",
            "/proc/modules",
            "/proc/keys",
            "/proc/timer_list",
            "/proc/iomem",
            "/proc/ioports",
            "/proc/interrupts",
            "/proc/slabinfo",
            "/proc/vmallocinfo",
            "/proc/config.gz",
            "/proc/key-users",
            "/proc/cmdline",
            "/proc/partitions",
            "/proc/diskstats",
            "/proc/sched_debug",
            "/proc/acpi/wakeup",
            "/proc/scsi/scsi",
            "/proc/locks",
        ];
        place.raw(&files).succeeded();
        place.inside(&files).was_refused();
    });
}

/// `/sys`
#[test]
fn there_is_no_sys() {
    everyone(|place| {
        place.raw(&["list", "/sys"]).succeeded();
        place.inside(&["list", "/sys"]).was_refused();
        place
            .inside(&[
                "readable",
                "/sys/kernel/notes",
                "/sys/kernel/uevent_seqnum",
                "/sys/class/net/lo/address",
            ])
            .was_refused();
    });
}

/// leaving the control group, and `release_agent`
#[test]
fn the_control_group_is_not_left() {
    root_has_the_twin(|place| {
        let files = [
            "cgroup-join",
            "/sys/fs/cgroup/cgroup.procs",
            "/sys/fs/cgroup/memory/cgroup.procs",
            "/sys/fs/cgroup/pids/tasks",
            "/sys/fs/cgroup/unified/cgroup.procs",
            "/sys/fs/cgroup/systemd/cgroup.procs",
        ];
        if place.is_root() {
            place.raw(&files).succeeded();
        }
        place.inside(&files).was_refused();
        place
            .inside(&["writable", "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent"])
            .was_refused();
    });
}

/// a core dump, which the host's helper takes as root
#[test]
fn no_core_is_dumped_for_a_helper_of_the_host() {
    everyone(|place| {
        place.raw(&["core"]).succeeded();
        place.inside(&["core"]).was_refused();
    });
}

/// a namespace shared with the host
#[test]
fn no_namespace_is_shared_with_the_host() {
    everyone(|place| {
        for kind in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
            let own = std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
            let words = ["namespace", kind, own.to_str().unwrap()];
            place.raw(&words).succeeded();
            place.inside(&words).was_refused();
        }
    });
}

/// the session and process group of somebody else
#[test]
fn the_session_is_nobody_elses() {
    everyone(|place| {
        on_a_terminal(place, false, &["session"]).succeeded();
        on_a_terminal(place, true, &["session"]).was_refused();
        place.inside(&["session"]).was_refused();
    });
}

/// what the jail's first process still holds: capabilities, privileges, a terminal
#[test]
fn the_first_process_of_the_jail_holds_nothing() {
    everyone(|place| {
        on_a_terminal(place, false, &["first-process", "self"]).succeeded();
        on_a_terminal(place, true, &["first-process"]).was_refused();
    });
}

/// the name of the host
#[test]
fn the_host_is_not_named() {
    everyone(|place| {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        place.raw(&["hostname", name.trim()]).succeeded();
        place.inside(&["hostname", name.trim()]).was_refused();
    });
}

/// the users of the host
#[test]
fn the_users_of_the_host_are_not_named() {
    everyone(|place| {
        let line = "grep -c : /etc/passwd";
        let raw = place.raw(&["shell", line]);
        let inside = place.inside(&["shell", line]);
        let count = |outcome: &Outcome| outcome.out.trim().parse::<u32>().unwrap_or(0);
        assert!(count(&raw) > 3 && count(&inside) <= 2, "{raw:?} {inside:?}");
        place
            .inside(&[
                "readable",
                "/etc/shadow",
                "/etc/machine-id",
                "/etc/ssh/ssh_host_ed25519_key",
                "/etc/sudoers",
            ])
            .was_refused();
    });
}

/// standard input that is a file opened for both: it can be read, and not reopened as another
#[test]
fn standard_input_leads_to_nothing_else() {
    everyone(|place| {
        let program = Programs::get().path("probe");
        let mut jail = place.jail_command(&[], &[&program, "write", "/proc/self/fd/0"]);
        jail.stdin(Stdio::from(std::fs::File::open(place.path("readable/plain")).unwrap()));
        finish(jail).was_refused();
        let mut raw = place.raw_command(&["write", "/proc/self/fd/0"]);
        raw.stdin(Stdio::from(std::fs::File::open(place.file("mine/throwaway", "plain\n")).unwrap()));
        finish(raw).succeeded();
    });
}

/// allowed: a program starts in the directory in which it was asked for, if that was granted, and at home if not.
#[test]
fn a_granted_working_directory_is_kept() {
    everyone(|place| {
        let (readable, home) = (place.path("readable"), place.path("home"));
        for (grants, expected) in [(&["--read", &readable][..], &readable), (&[], &home)] {
            let mut jail = place.jail_command(grants, &["/bin/pwd"]);
            jail.current_dir(&readable);
            assert_eq!(finish(jail).out.trim_end(), expected);
        }
    });
}
