//! What setting up a jail does to what it is set up on: nothing. And what somebody else does to it meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::place::{Place, Programs, everyone, finish};

/// Every file with its size and the times at which it and its data changed.
fn state(place: &Place) -> BTreeMap<String, (u64, i64, i64, i64)> {
    let mut all = BTreeMap::new();
    let mut todo = vec![place.path("")];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let status = fs::symlink_metadata(&path).unwrap();
            if status.is_dir() {
                todo.push(path.to_str().unwrap().to_owned());
            }
            all.insert(
                path.to_str().unwrap().to_owned(),
                (status.size(), status.mtime(), status.mtime_nsec(), status.ctime_nsec()),
            );
        }
    }
    all
}

/// placeholders left behind on the host (16 of another sandbox's users found them)
#[test]
fn nothing_is_left_behind() {
    everyone(|place| {
        let nested = place.folder("writable/a");
        let deep = place.folder("writable/a/b");
        let before = state(place);
        let (readable, writable) = (place.path("readable"), place.path("writable"));
        let grants = ["--read", &readable, "--write", &writable, "--read", &nested, "--write", &deep];
        place.jailed(&grants, &["mark"]).got("ran");
        assert_eq!(state(place), before, "after an ordinary end");
        // In the middle, and after the supervisor was killed.
        let mut jail = place.jail_command(&grants, &["/bin/sh", "-c", "echo started; sleep 5"]);
        let mut child = jail.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut byte = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut byte).unwrap();
        assert_eq!(state(place), before, "in the middle");
        child.kill().unwrap();
        child.wait().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(state(place), before, "after a kill");
        // The marks of a grant that was never there.
        let absent = place.path("writable/absent");
        finish(place.jail_command(&["--read", &absent], &["/bin/true"])).did_not_start();
        assert_eq!(state(place), before, "after a grant of nothing");
    });
}

/// no mount of the jail is seen outside
#[test]
fn no_mount_appears_outside() {
    everyone(|place| {
        let before = fs::read_to_string("/proc/self/mountinfo").unwrap();
        place.inside(&["mark"]).got("ran");
        assert_eq!(fs::read_to_string("/proc/self/mountinfo").unwrap(), before);
    });
}

/// Every control group that the children of this supervisor made.
fn control_groups(supervisor: u32) -> Vec<PathBuf> {
    let children =
        fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children")).unwrap_or_default();
    let namespace = fs::metadata("/proc/self/ns/pid").unwrap().ino();
    let names: Vec<String> =
        children.split_whitespace().map(|pid| format!("mantrap-{namespace}-{pid}-")).collect();
    let (mut found, mut todo) = (Vec::new(), vec![PathBuf::from("/sys/fs/cgroup")]);
    while let Some(folder) = todo.pop() {
        // Other groups of the machine come and go meanwhile.
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap().to_string_lossy();
            if names.iter().any(|begin| name.starts_with(begin)) {
                found.push(path);
            } else if path.is_dir() && !path.is_symlink() {
                todo.push(path);
            }
        }
    }
    found
}

/// control groups of a jail whose supervisor was killed
#[test]
fn no_control_group_is_left() {
    everyone(|place| {
        let limits = ["--memory", "128M", "--pids", "64", "--cpu", "400%"];
        if place.jailed(&limits, &["mark"]).code != Some(0) {
            println!("no control group may be made by this user here");
            return;
        }
        for ends_by_itself in [true, false] {
            let nap = if ends_by_itself { "1" } else { "20" };
            let line = format!("cat /proc/self/cgroup; echo; sleep {nap}");
            let mut jail = place.jail_command(&limits, &["/bin/sh", "-c", &line]);
            let mut child = jail.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
            let standing: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            assert!(!standing.is_empty() && standing.iter().all(|line| line.ends_with(":/")), "{standing:?}");
            let groups = control_groups(child.id());
            assert!(!groups.is_empty(), "the limits are kept by nothing");
            if !ends_by_itself {
                child.kill().unwrap();
            }
            child.wait().unwrap();
            let patience = Instant::now() + Duration::from_secs(if ends_by_itself { 0 } else { 10 });
            while groups.iter().any(|group| group.exists()) && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(10));
            }
            let left: Vec<_> = groups.iter().filter(|group| group.exists()).collect();
            assert!(left.is_empty(), "ended by itself: {ends_by_itself}, left: {left:?}");
        }
    });
}

/// CVE-2026-87766: a granted path that is a link when the jail is set up
#[test]
fn a_link_inside_a_writable_grant_is_not_followed_while_setting_up() {
    everyone(|place| {
        let (writable, link) = (place.path("writable"), place.path("writable/link"));
        std::os::unix::fs::symlink(place.path("secret"), &link).unwrap();
        place.raw(&["read", &format!("{link}/canary")]).got(&place.token);
        // A jailed process of yesterday made the link; today's grants name it.
        for grant in ["--read", "--write", "--exec"] {
            let outcome =
                place.jailed(&["--write", &writable, grant, &link], &["read", &format!("{link}/canary")]);
            assert!(!outcome.out.contains(&place.token), "AN ESCAPE: {outcome:?}");
        }
        place.is_untouched();
    });
}

/// a granted directory swapped for a link while the jail is set up
#[test]
fn a_path_that_is_swapped_for_a_link_while_setting_up_is_not_followed() {
    everyone(|place| {
        let (writable, inner, link) =
            (place.path("writable"), place.folder("writable/inner"), place.path("writable/link"));
        place.file("writable/inner/plain", "plain\n");
        std::os::unix::fs::symlink(place.path("secret"), &link).unwrap();
        let mut swap = place.raw_command(&["swap", &inner, &link]);
        let mut swapper = swap.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (mut started, mut refused) = (0, 0);
        for round in 0..40 {
            let words = if round % 2 == 0 { ["read", "canary"] } else { ["write", "canary"] };
            let canary = format!("{inner}/{}", words[1]);
            let outcome = place.jailed(&["--write", &writable, "--write", &inner], &[words[0], &canary]);
            assert!(
                !outcome.out.contains(&place.token) && !outcome.out.contains("done: "),
                "AN ESCAPE: {outcome:?}"
            );
            assert!(!outcome.err.contains("panicked"), "{outcome:?}");
            if outcome.out.is_empty() { refused += 1 } else { started += 1 }
        }
        drop(swapper.stdin.take());
        let _ = swapper.kill();
        swapper.wait().unwrap();
        println!("{started} started, {refused} refused to");
        place.is_untouched();
    });
}

/// a granted directory taken away from a writable one while the jail is set up, so that setting up makes it anew
#[test]
fn nothing_is_made_where_a_granted_directory_was_taken_away() {
    everyone(|place| {
        let (writable, inner) = (place.path("writable"), place.folder("writable/inner"));
        let (deep, file) = (place.folder("writable/inner/deep"), place.file("writable/file", "plain\n"));
        let parked = place.path("mine/parked");
        let over = AtomicBool::new(false);
        let (rounds, litter) = std::thread::scope(|scope| {
            let renamer = scope.spawn(|| {
                let (mut rounds, mut litter) = (0, Vec::new());
                while !over.load(Ordering::Relaxed) {
                    for path in [&inner, &file, &deep] {
                        if fs::rename(path, &parked).is_err() {
                            continue;
                        }
                        for _ in 0..5 {
                            std::thread::sleep(Duration::from_micros(100));
                            if Path::new(path).exists() {
                                litter.push(path.clone());
                                break;
                            }
                        }
                        let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
                        fs::rename(&parked, path).unwrap();
                        rounds += 1;
                        std::thread::sleep(Duration::from_micros(1500));
                    }
                }
                (rounds, litter)
            });
            let grants = ["--write", &writable, "--read", &inner, "--write", &deep, "--read", &file];
            let started = (0..100).filter(|_| place.jailed(&grants, &["mark"]).code == Some(0)).count();
            over.store(true, Ordering::Relaxed);
            println!("{started} of 100 started");
            renamer.join().unwrap()
        });
        assert!(rounds > 0 && litter.is_empty(), "made outside in {rounds} rounds: {litter:?}");
        let mut names: Vec<_> =
            fs::read_dir(&writable).unwrap().map(|one| one.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["file", "inner", "plain"]);
    });
}

/// an absent command, an absent directory, an empty profile: a jail never falls back to none
#[test]
fn what_cannot_be_set_up_does_not_run() {
    everyone(|place| {
        let mark = place.path("writable/mark");
        let program = Programs::get().path("probe");
        let writable = place.path("writable");
        let cases: &[&[&str]] = &[
            &["--read", "/nonexistent/path"],
            &["--write", "relative/none"],
            &["--profile", "/nonexistent/profile"],
            &["--net", "bad name:443"],
            &["--net", "*:443"],
            &["--memory", "much"],
            &["--waive", "everything"],
            &["--socket", "/nonexistent/socket"],
            &["--unknown-flag"],
        ];
        for case in cases {
            let grants = [&["--write", writable.as_str()], *case].concat();
            finish(place.jail_command(&grants, &[&program, "mark", &mark])).did_not_start();
            assert!(!Path::new(&mark).exists(), "AN ESCAPE: ran in spite of {case:?}");
        }
        finish(place.jail_command(&["--write", &writable], &[&program, "mark", &mark])).got("ran");
    });
}

/// everything after `--` is the command's, whatever it looks like
#[test]
fn options_of_the_command_are_not_mantraps() {
    everyone(|place| {
        let line = "echo done: \"$@\"";
        let words = ["/bin/sh", "-c", line, "sh", "--read", "/", "--net", "x:1", "-c", "--"];
        finish(place.jail_command(&[], &words)).got("--read / --net x:1 -c --");
        let secret = place.path("secret");
        let program = Programs::get().path("probe");
        finish(place.jail_command(&[], &[&program, "read", &place.canary(), "--read", &secret]))
            .was_refused_without(&place.token);
    });
}
