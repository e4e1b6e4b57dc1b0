//! Reading what was not granted, by every route that leads to a file.

use std::fs;
use std::process::Stdio;

use crate::place::{Place, Programs, everyone, root_has_the_twin};

/// The canary is read raw, and inside by a jail that may read one directory and write another it is not.
fn is_not_read(place: &Place, words: &[&str]) {
    place.raw(words).got(&place.token);
    place.inside(words).was_refused_without(&place.token);
    place.is_untouched();
}

/// open of a file that was not granted
#[test]
fn a_file_that_was_not_granted_is_not_read() {
    everyone(|place| is_not_read(place, &["read", &place.canary()]));
}

/// openat2, which a filter on openat would miss
#[test]
fn openat2_reads_no_more_than_open() {
    everyone(|place| is_not_read(place, &["read-openat2", &place.canary()]));
}

/// mmap of a file that was not granted
#[test]
fn a_mapping_reads_no_more_than_open() {
    everyone(|place| is_not_read(place, &["read-mapped", &place.canary()]));
}

/// stat, to learn what is there
#[test]
fn what_was_not_granted_cannot_be_asked_about() {
    everyone(|place| {
        place.raw(&["stat", &place.canary()]).succeeded();
        place.inside(&["stat", &place.canary()]).was_refused();
    });
}

/// a listing of the user's home
#[test]
fn the_home_of_the_user_is_empty() {
    everyone(|place| {
        place.raw(&["list", &place.path("home")]).got(".ssh");
        place.inside(&["list", &place.path("home")]).was_refused();
        let key = place.path("home/.ssh/id_ed25519");
        is_not_read(place, &["read", &key]);
    });
}

/// a listing of the directory above a granted one
#[test]
fn what_lies_beside_a_granted_directory_is_not_listed() {
    everyone(|place| {
        place.raw(&["list", &place.path("")]).got("secret");
        let inside = place.inside(&["list", &place.path("")]);
        assert!(!inside.out.contains("secret") && !inside.out.contains("mine"), "{inside:?}");
    });
}

/// `..` from a granted directory
#[test]
fn dot_dot_leads_nowhere() {
    everyone(|place| {
        let below = place.canary().trim_start_matches('/').to_owned();
        is_not_read(place, &["read-dotdot", &place.path("readable"), &below]);
    });
}

/// a symbolic link made in a granted directory
#[test]
fn a_symbolic_link_out_of_a_granted_directory_reads_nothing() {
    everyone(|place| {
        place.raw(&["read-symlink", &place.canary(), &place.path("writable/link")]).got(&place.token);
        fs::remove_file(place.path("writable/link")).unwrap();
        place
            .inside(&["read-symlink", &place.canary(), &place.path("writable/link")])
            .was_refused_without(&place.token);
    });
}

/// a symbolic link that somebody left in a granted directory
#[test]
fn a_symbolic_link_found_in_a_granted_directory_reads_nothing() {
    everyone(|place| {
        std::os::unix::fs::symlink(place.canary(), place.path("readable/left")).unwrap();
        std::os::unix::fs::symlink("../secret", place.path("readable/relative")).unwrap();
        is_not_read(place, &["read", &place.path("readable/left")]);
        is_not_read(place, &["read", &place.path("readable/relative/canary")]);
    });
}

/// a hard link into a granted directory
#[test]
fn a_hard_link_into_a_granted_directory_cannot_be_made() {
    everyone(|place| {
        let link = place.path("writable/link");
        place.raw(&["read-hard-link", &place.canary(), &link]).got(&place.token);
        fs::remove_file(&link).unwrap();
        place.inside(&["read-hard-link", &place.canary(), &link]).was_refused_without(&place.token);
    });
}

/// linkat of a descriptor through `/proc/self/fd`
#[test]
fn a_hard_link_of_a_descriptor_cannot_be_made() {
    everyone(|place| {
        let link = place.path("writable/link");
        place.raw(&["read-hard-link-fd", &place.canary(), &link]).got(&place.token);
        fs::remove_file(&link).unwrap();
        place.inside(&["read-hard-link-fd", &place.canary(), &link]).was_refused_without(&place.token);
    });
}

/// rename into a granted directory
#[test]
fn nothing_is_renamed_into_a_granted_directory() {
    everyone(|place| {
        let there = place.path("writable/renamed");
        place.raw(&["read-renamed", &place.canary(), &there]).got(&place.token);
        fs::rename(&there, place.canary()).unwrap();
        place.inside(&["read-renamed", &place.canary(), &there]).was_refused_without(&place.token);
        place.is_untouched();
    });
}

/// `RENAME_EXCHANGE` with a file of a granted directory
#[test]
fn nothing_is_exchanged_with_a_granted_file() {
    everyone(|place| {
        let there = place.path("writable/exchanged");
        place.raw(&["read-exchanged", &place.canary(), &there]).got(&place.token);
        fs::rename(&there, place.canary()).unwrap();
        place.inside(&["read-exchanged", &place.canary(), &there]).was_refused_without(&place.token);
        place.is_untouched();
    });
}

/// `/proc/PID/root` of every process that can be seen
#[test]
fn no_root_of_another_process_is_a_way_out() {
    everyone(|place| {
        let _somebody = crate::peers::Victim::of(place);
        let canary = place.canary();
        let words = ["read-proc", "root", canary.get(1..).unwrap()];
        place.raw(&words).got(&place.token);
        place.inside(&words).was_refused_without(&place.token);
    });
}

/// `/proc/PID/cwd` of every process that can be seen
#[test]
fn no_working_directory_of_another_process_is_a_way_out() {
    everyone(|place| {
        let _somebody = crate::peers::Victim::of(place);
        let name = format!("beside-{}", place.token.get(7..).unwrap());
        place.file(&name, &place.token);
        let words = ["read-proc", "cwd", &name];
        place.raw(&words).got(&place.token);
        place.inside(&words).was_refused_without(&place.token);
    });
}

/// `/proc/PID/fd` of every process that can be seen
#[test]
fn no_descriptor_of_another_process_is_a_way_out() {
    everyone(|place| {
        let _somebody = crate::peers::Victim::of(place);
        place.raw(&["read-proc-fd", &place.token]).got(&place.token);
        // The words of a search are known to the searcher: what it finds must come from a file.
        place.inside(&["read-proc-fd", &place.token]).was_refused();
    });
}

/// `/proc/self/root`, `/proc/self/cwd/..` and `/proc/1/root`
#[test]
fn the_process_file_system_names_no_other_root() {
    everyone(|place| is_not_read(place, &["read-own-proc", &place.canary()]));
}

/// open_by_handle_at with a handle made outside
#[test]
fn a_handle_made_outside_opens_nothing() {
    root_has_the_twin(|place| {
        let made = place.raw(&["handle-make", &place.canary()]);
        let words: Vec<_> = made.succeeded().out.trim().trim_start_matches("done: ").split(' ').collect();
        let readable = place.path("readable");
        let words = ["handle-open", &readable, words[0], words[1]];
        if place.is_root() {
            place.raw(&words).got(&place.token);
        }
        place.inside(&words).was_refused_without(&place.token);
    });
}

/// CVE-2025-68736: a directory moved out of the granted tree while it is held open
#[test]
fn a_directory_moved_out_of_a_grant_leads_nowhere() {
    everyone(|place| {
        let inner = place.folder("writable/inner");
        let there = place.path("mine/moved");
        let probe = ["disconnected", &inner, "../../secret/canary"];
        let swap = || fs::rename(&inner, &there).unwrap();
        place.meanwhile(place.raw_command(&probe), swap).got(&place.token);
        fs::rename(&there, &inner).unwrap();
        let writable = place.path("writable");
        let program = Programs::get().path("probe");
        let jail = place.jail_command(&["--write", &writable], &[&[program.as_str()], &probe[..]].concat());
        place.meanwhile(jail, swap).was_refused_without(&place.token);
    });
}

/// the same by the working directory, upwards step by step
#[test]
fn a_working_directory_moved_out_of_a_grant_leads_nowhere() {
    everyone(|place| {
        let inner = place.folder("writable/inner");
        let there = place.path("mine/moved");
        let probe = ["disconnected-cwd", &inner, "secret/canary"];
        let swap = || fs::rename(&inner, &there).unwrap();
        place.meanwhile(place.raw_command(&probe), swap).got(&place.token);
        fs::rename(&there, &inner).unwrap();
        let writable = place.path("writable");
        let program = Programs::get().path("probe");
        let jail = place.jail_command(&["--write", &writable], &[&[program.as_str()], &probe[..]].concat());
        place.meanwhile(jail, swap).was_refused_without(&place.token);
    });
}

/// the same to write beside the moved directory
#[test]
fn a_directory_moved_out_of_a_grant_takes_nothing_along() {
    everyone(|place| {
        let inner = place.folder("writable/inner");
        let there = place.path("mine/moved");
        let probe = ["disconnected-write", &inner, "mark"];
        let swap = || fs::rename(&inner, &there).unwrap();
        place.meanwhile(place.raw_command(&probe), swap).succeeded();
        fs::remove_file(place.path("mine/mark")).unwrap();
        fs::rename(&there, &inner).unwrap();
        let writable = place.path("writable");
        let program = Programs::get().path("probe");
        let jail = place.jail_command(&["--write", &writable], &[&[program.as_str()], &probe[..]].concat());
        place.meanwhile(jail, swap).was_refused();
        assert!(!fs::exists(place.path("mine/mark")).unwrap());
    });
}

/// inotify on a file that was not granted
#[test]
fn what_was_not_granted_cannot_be_watched() {
    everyone(|place| {
        place.raw(&["watch", &place.canary()]).succeeded();
        place.inside(&["watch", &place.canary()]).was_refused();
    });
}

/// disks, memory, terminals and other devices
#[test]
fn no_device_but_the_harmless_ones_is_there() {
    everyone(|place| {
        let devices = [
            "devices",
            "/dev/ptmx",
            "/dev/mem",
            "/dev/kmem",
            "/dev/port",
            "/dev/kmsg",
            "/dev/fuse",
            "/dev/kvm",
            "/dev/vda",
            "/dev/sda",
            "/dev/nvme0n1",
            "/dev/loop0",
            "/dev/loop-control",
            "/dev/net/tun",
            "/dev/vsock",
            "/dev/userfaultfd",
            "/dev/input/event0",
            "/dev/dri/card0",
            "/dev/snd/seq",
            "/dev/uinput",
            "/dev/vhost-net",
            "/dev/mapper/control",
        ];
        place.raw(&devices).succeeded();
        place.inside(&devices).was_refused();
    });
}

/// mantrap's own files, and those of MCP clients: no policy within reach of the confined
#[test]
fn the_files_that_decide_are_out_of_reach() {
    everyone(|place| {
        place.folder("home/.config/mantrap");
        for path in
            ["home/.config/mantrap/policy", "home/mantrap.lock", "home/.claude.json", "home/.mcp.json"]
        {
            let path = place.file(path, &place.token);
            is_not_read(place, &["read", &path]);
            place.inside(&["write", &path]).was_refused();
            place.inside(&["rename", &place.path("writable/plain"), &path]).was_refused();
            assert_eq!(fs::read_to_string(&path).unwrap(), place.token);
        }
    });
}

/// standard input that is a directory of the host: where it leads
#[test]
fn a_directory_as_standard_input_leads_nowhere() {
    everyone(|place| {
        let words = ["read-own-proc", "/../fd/0/canary"];
        let directory = || Stdio::from(fs::File::open(place.path("secret")).unwrap());
        let through = ["read", "/proc/self/fd/0/canary"];
        let mut raw = place.raw_command(&through);
        raw.stdin(directory());
        crate::place::finish(raw).got(&place.token);
        let program = Programs::get().path("probe");
        for words in [&words[..], &through] {
            let mut jail = place.jail_command(&[], &[&[program.as_str()], words].concat());
            jail.stdin(directory());
            let outcome = crate::place::finish(jail);
            assert!(!outcome.out.contains(&place.token), "AN ESCAPE: {outcome:?}");
        }
    });
}
