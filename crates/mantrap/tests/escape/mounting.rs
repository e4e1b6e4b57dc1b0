//! Making another view of the machine, or namespaces of one's own.

use crate::place::{Place, everyone};

/// Works as root of one's own namespaces, and not inside.
fn is_private_only(place: &Place, words: &[&str]) {
    place.private(words).succeeded();
    place.inside(words).was_refused_without(&place.token);
    place.is_untouched();
}

/// a bind mount of the canary's directory
#[test]
fn nothing_is_bound() {
    everyone(|place| is_private_only(place, &["bind", &place.path("secret"), &place.path("writable")]));
}

/// an overlay over the canary's directory
#[test]
fn nothing_is_laid_over() {
    everyone(|place| is_private_only(place, &["overlay", &place.path("secret"), &place.path("writable")]));
}

/// a tmpfs of one's own, without the private one's limits
#[test]
fn no_file_system_is_mounted() {
    everyone(|place| is_private_only(place, &["mount-tmpfs", &place.path("writable")]));
}

/// a fresh `/proc` without masks
#[test]
fn no_process_file_system_is_mounted() {
    everyone(|place| is_private_only(place, &["mount-proc", &place.path("writable")]));
}

/// a control group file system: the road to `release_agent`
#[test]
fn no_control_group_file_system_is_mounted() {
    everyone(|place| {
        if place.is_root() {
            // Only in the machine's own user namespace may it be mounted, and that is no place for a test: the
            // refusal of every other mount above, which has a twin, is the same call's.
            println!("the twin of `mount-tmpfs` stands in");
        }
        place.inside(&["mount-cgroup", &place.path("writable")]).was_refused();
    });
}

/// open_tree and move_mount, the newer calls
#[test]
fn no_tree_is_cloned() {
    everyone(|place| is_private_only(place, &["open-tree", &place.path("secret"), &place.path("writable")]));
}

/// fsopen and fsmount
#[test]
fn no_file_system_is_opened() {
    everyone(|place| is_private_only(place, &["fsopen"]));
}

/// a read-only grant remounted writable
#[test]
fn a_read_only_grant_stays_read_only() {
    everyone(|place| {
        let readable = place.path("readable");
        place.inside(&["remount", &readable]).was_refused();
        place.inside(&["remount", "/"]).was_refused();
        place.inside(&["remount", "/proc"]).was_refused();
        // Where a mount of one's own is at hand, the call works.
        place.private(&["remount", "/"]).succeeded();
    });
}

/// mount_setattr, which clears the read-only flag of a mount
#[test]
fn the_read_only_flag_is_not_cleared() {
    everyone(|place| {
        is_private_only(place, &["mount-setattr", "/"]);
        place.inside(&["mount-setattr", &place.path("readable")]).was_refused();
    });
}

/// umount of what covers something
#[test]
fn nothing_is_unmounted() {
    everyone(|place| {
        is_private_only(place, &["umount", "/proc"]);
        for mount in ["/", "/tmp", "/proc/sys", "/dev/null", &place.path("readable")] {
            place.inside(&["umount", mount]).was_refused();
        }
    });
}

/// chroot below an open directory, and up again
#[test]
fn chroot_is_no_way_out() {
    everyone(|place| {
        place.private(&["chroot", &place.path("writable"), &place.canary()]).got(&place.token);
        place.inside(&["chroot", &place.path("writable"), &place.canary()]).was_refused_without(&place.token);
    });
}

/// pivot_root
#[test]
fn the_root_is_not_turned() {
    everyone(|place| {
        place.private(&["pivot-root", &place.path("writable")]).succeeded();
        place.inside(&["pivot-root", &place.path("writable")]).was_refused();
        place.inside(&["pivot-root-bare", &place.path("writable")]).was_refused();
    });
}

/// unshare of a user namespace
#[test]
fn no_user_namespace_is_made_by_unshare() {
    everyone(|place| {
        place.raw(&["userns"]).succeeded();
        place.inside(&["userns"]).was_refused();
    });
}

/// clone with `CLONE_NEWUSER`
#[test]
fn no_user_namespace_is_made_by_clone() {
    everyone(|place| {
        place.raw(&["userns-clone"]).succeeded();
        place.inside(&["userns-clone"]).was_refused();
    });
}

/// clone3, whose flags lie in memory where no filter sees them
#[test]
fn no_user_namespace_is_made_by_clone3() {
    everyone(|place| {
        place.raw(&["userns-clone3"]).succeeded();
        place.inside(&["userns-clone3"]).was_refused();
    });
}

/// a mount or network namespace of one's own
#[test]
fn no_other_namespace_is_made() {
    everyone(|place| {
        is_private_only(place, &["mountns"]);
        is_private_only(place, &["netns"]);
    });
}

/// setns into the namespaces of another process
#[test]
fn no_namespace_is_entered() {
    everyone(|place| {
        place.private(&["setns", "self", "net"]).succeeded();
        for process in ["self", "1"] {
            for kind in ["user", "mnt", "net", "pid", "ipc", "uts", "cgroup"] {
                place.inside(&["setns", process, kind]).was_refused();
            }
        }
    });
}

/// the list of mounts, which tells what the machine has where
#[test]
fn the_list_of_mounts_does_not_name_what_was_not_granted() {
    everyone(|place| {
        place.raw(&["mountinfo", " /sys "]).succeeded();
        for name in [" /sys ", " cgroup ", " cgroup2 ", &place.path("secret"), "/boot"] {
            place.inside(&["mountinfo", name]).was_refused();
        }
    });
}
