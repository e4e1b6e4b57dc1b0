//! Changing what was granted for reading only, or not at all.

use std::fs;

use crate::place::{Place, everyone, root_has_the_twin};

/// The act works raw on a throwaway file; inside it works neither on a file that may only be read nor on the canary.
fn changes_nothing(place: &Place, technique: &str, more: &[&str]) {
    let throwaway = place.file("mine/throwaway", "plain\n");
    place.raw(&[&[technique, &throwaway], more].concat()).succeeded();
    for path in [place.path("readable/plain"), place.canary()] {
        let before = fs::metadata(&path).unwrap();
        place.inside(&[&[technique, path.as_str()], more].concat()).was_refused();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(before.modified().unwrap(), after.modified().unwrap());
        assert_eq!(before.permissions(), after.permissions());
        assert_eq!(before.len(), after.len());
    }
    assert_eq!(fs::read_to_string(place.path("readable/plain")).unwrap(), "plain\n");
    place.is_untouched();
}

/// Something new appears raw, and inside neither in what may only be read nor beside the canary.
fn makes_nothing(place: &Place, technique: &str) {
    place.raw(&[technique, &place.path("mine/new")]).succeeded();
    for path in [
        place.path("readable/new"),
        place.path("secret/new"),
        "/new".into(),
        "/etc/new".into(),
        "/usr/new".into(),
    ] {
        place.inside(&[technique, &path]).was_refused();
        assert!(!fs::exists(&path).unwrap());
    }
    place.is_untouched();
}

/// write
#[test]
fn what_may_be_read_is_not_written() {
    everyone(|place| changes_nothing(place, "write", &[]));
}

/// a descriptor reopened for writing through `/proc/self/fd`
#[test]
fn what_may_be_read_is_not_reopened_for_writing() {
    everyone(|place| changes_nothing(place, "write-reopened", &[]));
}

/// a shared writable mapping
#[test]
fn what_may_be_read_is_not_written_through_a_mapping() {
    everyone(|place| changes_nothing(place, "write-mapped", &[]));
}

/// truncate
#[test]
fn what_may_be_read_is_not_cut() {
    everyone(|place| changes_nothing(place, "truncate", &[]));
}

/// chmod
#[test]
fn what_may_be_read_keeps_its_mode() {
    everyone(|place| changes_nothing(place, "chmod", &[]));
}

/// utimensat
#[test]
fn what_may_be_read_keeps_its_times() {
    everyone(|place| changes_nothing(place, "utimes", &[]));
}

/// setxattr
#[test]
fn what_may_be_read_keeps_its_attributes() {
    everyone(|place| changes_nothing(place, "setxattr", &[]));
}

/// chown of a writable file to somebody else
#[test]
fn nothing_is_given_to_somebody_else() {
    root_has_the_twin(|place| {
        let file = place.file("writable/owned", "plain\n");
        if place.is_root() {
            let other = place.file("mine/owned", "plain\n");
            place.raw(&["chown", &other, "1"]).succeeded();
        }
        place.inside(&["chown", &file, "1"]).was_refused();
    });
}

/// creat
#[test]
fn no_file_is_made_where_writing_was_not_granted() {
    everyone(|place| makes_nothing(place, "create"));
}

/// mkdir
#[test]
fn no_directory_is_made_where_writing_was_not_granted() {
    everyone(|place| makes_nothing(place, "mkdir"));
}

/// symlink
#[test]
fn no_link_is_made_where_writing_was_not_granted() {
    everyone(|place| makes_nothing(place, "symlink"));
}

/// `O_TMPFILE` given a name by linkat
#[test]
fn no_nameless_file_is_named_where_writing_was_not_granted() {
    everyone(|place| {
        place.raw(&["tmpfile", &place.path("mine"), &place.path("mine/new")]).succeeded();
        place.inside(&["tmpfile", &place.path("readable"), &place.path("readable/new")]).was_refused();
        place.inside(&["tmpfile", &place.path("writable"), &place.path("readable/new")]).was_refused();
        assert!(!fs::exists(place.path("readable/new")).unwrap());
    });
}

/// unlink
#[test]
fn what_may_be_read_is_not_removed() {
    everyone(|place| {
        let throwaway = place.file("mine/throwaway", "plain\n");
        place.raw(&["unlink", &throwaway]).succeeded();
        for path in [place.path("readable/plain"), place.canary()] {
            place.inside(&["unlink", &path]).was_refused();
        }
        assert!(fs::exists(place.path("readable/plain")).unwrap());
        place.is_untouched();
    });
}

/// rename within, into and out of a granted directory
#[test]
fn nothing_is_renamed_across_the_border_of_a_grant() {
    everyone(|place| {
        let throwaway = place.file("mine/throwaway", "plain\n");
        place.raw(&["rename", &throwaway, &place.path("mine/renamed")]).succeeded();
        let pairs = [
            ("readable/plain", "readable/renamed"),
            ("readable/plain", "writable/renamed"),
            ("writable/plain", "readable/renamed"),
            ("writable/plain", "secret/renamed"),
            ("writable/plain", "readable/plain"),
        ];
        for (from, to) in pairs {
            place.inside(&["rename", &place.path(from), &place.path(to)]).was_refused();
        }
        assert!(
            fs::exists(place.path("readable/plain")).unwrap()
                && fs::exists(place.path("writable/plain")).unwrap()
        );
        place.is_untouched();
    });
}

/// mknod of a device, by which the disk or the kernel's memory could be read
#[test]
fn no_device_can_be_made() {
    root_has_the_twin(|place| {
        // The machine's null device: harmless, and opened only if devices work where it was made.
        let words = |path: &str| ["mknod".to_owned(), path.to_owned(), "1".into(), "3".into()];
        let run = |words: &[String]| place.raw(&words.iter().map(String::as_str).collect::<Vec<_>>());
        if place.is_root() {
            run(&words(&place.path("mine/device"))).succeeded();
        }
        for path in [place.path("writable/device"), "/tmp/device".into(), "/dev/shm/device".into()] {
            place.inside(&words(&path).each_ref().map(String::as_str)).was_refused();
        }
    });
}

/// a directory in the root of the jail itself
#[test]
fn nothing_is_made_beside_what_was_granted() {
    everyone(|place| {
        place.raw(&["mkdir", &place.path("mine/beside")]).succeeded();
        for folder in ["", "/usr", "/etc", "/run", "/var", "/dev", "/proc"] {
            place.inside(&["mkdir", &format!("{folder}/beside-{}", place.token)]).was_refused();
        }
    });
}

/// allowed: what was granted for writing can be written: the refusals above are not those of a jail that refuses everything.
#[test]
fn what_was_granted_can_be_done() {
    everyone(|place| {
        place.inside(&["read", &place.path("readable/plain")]).got("plain");
        place.inside(&["write", &place.path("writable/plain")]).succeeded();
        assert!(fs::read_to_string(place.path("writable/plain")).unwrap().starts_with("marked"));
        for technique in ["create", "mkdir", "symlink"] {
            place.inside(&[technique, &place.path(&format!("writable/{technique}"))]).succeeded();
        }
        for folder in ["/tmp", "/dev/shm", &place.path("home")] {
            place.inside(&["create", &format!("{folder}/new")]).succeeded();
        }
        assert!(!fs::exists("/tmp/new").unwrap() && !fs::exists(place.path("home/new")).unwrap());
    });
}
