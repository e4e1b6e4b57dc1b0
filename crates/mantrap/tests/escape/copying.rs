//! Out of a copy: with `--learn`, what is granted for writing is a copy in memory, and nothing that is done to it may
//! reach the directory behind it. The acts succeed inside; what stays as it was is outside.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use crate::place::{Outcome, Place, Programs, everyone, finish};

/// A directory of the attacker's with something of every kind in it.
fn original(place: &Place) -> String {
    let work = place.folder("work");
    place.folder("work/sub");
    place.folder("work/sub/deep");
    for file in ["work/plain", "work/private", "work/sub/file", "work/sub/deep/file", "work/mapped"] {
        place.file(file, &"plain\n".repeat(2000));
    }
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(place.path("work/private"), private).unwrap();
    assert!(place.command("ln").args(["-s", "plain", &place.path("work/link")]).status().unwrap().success());
    fs::hard_link(place.path("work/plain"), place.path("work/second")).unwrap();
    work
}

/// Everything about everything beneath the directory but when it was last read: what it holds, whose it is, its times.
type Tree = BTreeMap<String, (Vec<u8>, [u64; 5], [i64; 4])>;

fn tree(top: &str) -> Tree {
    let (mut all, mut todo) = (Tree::new(), vec![top.to_owned()]);
    while let Some(path) = todo.pop() {
        let status = fs::symlink_metadata(&path).unwrap();
        let content = if status.is_dir() {
            todo.extend(fs::read_dir(&path).unwrap().map(|one| one.unwrap().path().to_str().unwrap().into()));
            Vec::new()
        } else if status.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path).unwrap()
        };
        let numbers =
            [status.mode().into(), status.uid().into(), status.gid().into(), status.nlink(), status.ino()];
        let times = [status.mtime(), status.mtime_nsec(), status.ctime(), status.ctime_nsec()];
        all.insert(path, (content, numbers, times));
    }
    all
}

/// The probe with the directory granted for writing, while learning.
fn learning(place: &Place, grants: &[&str], words: &[&str]) -> Outcome {
    place.jailed(&[&["--learn"], grants].concat(), words)
}

/// The act changes the directory without the jail, and with a copy of it succeeds and changes nothing.
fn changes_the_copy_alone(act: impl Fn(&str) -> Vec<String>) {
    everyone(|place| {
        let work = original(place);
        let words = act(&work);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let before = tree(&work);
        learning(place, &["--write", &work], &words).succeeded();
        assert!(tree(&work) == before, "AN ESCAPE: {words:?}");
        place.raw(&words).succeeded();
        assert!(tree(&work) != before, "the twin changed nothing: {words:?}");
    });
}

/// A line of the shell, as the probe runs it.
fn shell(line: &str) -> impl Fn(&str) -> Vec<String> + '_ {
    move |work| vec!["shell".to_owned(), format!("set -e; cd {work}; {line}; echo done: changed")]
}

/// writing a file of a copied directory: by its name, a reopened descriptor, a mapping
#[test]
fn what_is_written_to_a_copy_stays_in_it() {
    for technique in ["write", "write-reopened", "write-mapped", "truncate"] {
        changes_the_copy_alone(|work| vec![technique.to_owned(), format!("{work}/mapped")]);
    }
}

/// mode, times and attributes of a file of a copied directory
#[test]
fn what_is_said_about_a_copy_stays_in_it() {
    for technique in ["chmod", "utimes"] {
        for name in ["plain", "sub/deep"] {
            changes_the_copy_alone(|work| vec![technique.to_owned(), format!("{work}/{name}")]);
        }
    }
    changes_the_copy_alone(shell("chmod 700 ."));
}

/// making, removing and renaming in a copied directory
#[test]
fn what_is_made_and_removed_in_a_copy_is_not_outside() {
    for technique in ["create", "mkdir", "symlink"] {
        changes_the_copy_alone(|work| vec![technique.to_owned(), format!("{work}/sub/new")]);
    }
    changes_the_copy_alone(|work| vec!["unlink".to_owned(), format!("{work}/private")]);
    changes_the_copy_alone(|work| {
        vec!["rename".to_owned(), format!("{work}/plain"), format!("{work}/sub/moved")]
    });
    changes_the_copy_alone(|work| {
        vec!["tmpfile".to_owned(), format!("{work}/sub"), format!("{work}/sub/nameless")]
    });
    changes_the_copy_alone(shell("rm -r sub; mkdir sub; ln -s /etc/passwd sub/file; mv link other"));
}

/// hard links in a copied directory: one name written, the other kept; a file of the copy linked elsewhere
#[test]
fn a_hard_link_does_not_lead_out_of_a_copy() {
    changes_the_copy_alone(shell("ln private third; echo x >>third; echo x >>second"));
    everyone(|place| {
        let work = original(place);
        let before = tree(&work);
        for other in [place.path("readable/new"), "/tmp/new".to_owned()] {
            let line = format!("ln {work}/plain {other} && echo done: linked");
            let outcome = learning(place, &["--write", &work], &["shell", &line]);
            assert!(!outcome.out.contains("done: "), "AN ESCAPE: {outcome:?}");
        }
        assert!(tree(&work) == before && !fs::exists(place.path("readable/new")).unwrap());
    });
}

/// rename across the border of a copied directory
#[test]
fn nothing_is_renamed_out_of_a_copy() {
    everyone(|place| {
        let work = original(place);
        let before = tree(place.path("").trim_end_matches('/'));
        let (plain, moved) = (format!("{work}/plain"), place.path("readable/moved"));
        let into = format!("{work}/moved");
        for (from, to) in [(&plain, &moved), (&place.path("readable/plain"), &into)] {
            learning(place, &["--write", &work], &["rename", from, to]).was_refused();
        }
        assert!(tree(place.path("").trim_end_matches('/')) == before, "AN ESCAPE");
    });
}

/// attributes by which an overlay is told that a file is another: in the directory behind a copy, and from inside
#[test]
fn attributes_of_an_overlay_lead_nowhere() {
    everyone(|place| {
        let work = original(place);
        let key = place.path("home/.ssh/id_ed25519");
        place.file("work/empty", "");
        for (name, value) in [
            ("user.overlay.redirect", key.as_str()),
            ("user.overlay.metacopy", ""),
            ("user.overlay.origin", "x"),
            ("user.overlay.upper", key.as_str()),
            ("user.overlay.protattr", "x"),
        ] {
            for file in ["empty", "sub"] {
                // Where the file system has no attributes there is nothing to plant.
                let path = format!("{work}/{file}");
                if !place.raw(&["setxattr", &path, name, value]).out.contains("done: ") {
                    println!("no attribute {name} here");
                }
                // What the jailed process writes is kept apart from what the overlay itself keeps.
                let inside = learning(place, &["--write", &work], &["setxattr", &path, name, value]);
                assert!(inside.code == Some(0) || inside.code == Some(3), "{inside:?}");
            }
        }
        let before = tree(&work);
        for file in ["empty", "sub/id_ed25519", "sub/file", ".ssh/id_ed25519"] {
            let outcome = learning(place, &["--write", &work], &["read", &format!("{work}/{file}")]);
            assert!(!outcome.out.contains(&place.token), "AN ESCAPE: {outcome:?}");
        }
        // Whether it can be written is the kernel's to say; where to, is not.
        learning(place, &["--write", &work], &["write", &format!("{work}/empty")]);
        assert!(tree(&work) == before, "AN ESCAPE");
        assert_eq!(fs::read_to_string(&key).unwrap(), place.token, "AN ESCAPE");
        place.is_untouched();
    });
}

/// a whiteout or an opaque directory made by hand in a copied directory
#[test]
fn a_whiteout_made_by_hand_hides_only_in_the_copy() {
    everyone(|place| {
        let work = original(place);
        let before = tree(&work);
        let inside = learning(place, &["--write", &work], &["mknod", &format!("{work}/plain2"), "0", "0"]);
        assert!(!inside.out.contains("done: "), "AN ESCAPE: {inside:?}");
        assert!(tree(&work) == before, "AN ESCAPE");
    });
}

/// a program written to a copied directory
#[test]
fn what_was_written_to_a_copy_is_not_executed() {
    everyone(|place| {
        let work = original(place);
        let (program, copy) = (Programs::get().path("probe"), format!("{work}/copied"));
        place.raw(&["exec-copy", &program, &place.path("mine/copied"), "mark"]).got("ran");
        learning(place, &["--write", &work], &["exec-copy", &program, &copy, "mark"]).was_refused();
    });
}

/// a full memory by way of a copied directory
#[test]
fn room_in_copies_is_bounded() {
    everyone(|place| {
        let work = original(place);
        let (one, other) = (format!("{work}/sub"), format!("{work}/sub/deep"));
        let grants = ["--write", &work, "--write", &one, "--write", &other];
        place.raw(&["room", &format!("{work}/large"), "1024"]).succeeded();
        for folder in [&work, &one, &other] {
            learning(place, &grants, &["room", &format!("{folder}/large"), "1024"]).was_refused();
        }
        assert!(!fs::exists(format!("{work}/large")).unwrap());
    });
}

/// writing a single copied file, its name taken and its links followed
#[test]
fn a_copied_file_is_a_copy() {
    everyone(|place| {
        let work = original(place);
        let before = tree(&work);
        for name in ["private", "second"] {
            let file = format!("{work}/{name}");
            for technique in ["write", "truncate", "write-mapped", "chmod"] {
                learning(place, &["--write", &file], &[technique, &file]).succeeded();
                assert!(tree(&work) == before, "AN ESCAPE: {technique}");
            }
            learning(place, &["--write", &file], &["unlink", &file]).was_refused();
            learning(place, &["--write", &file], &["read", &file]).got("plain");
        }
        assert!(tree(&work) == before, "AN ESCAPE");
        place.raw(&["write", &format!("{work}/private")]).succeeded();
        assert!(tree(&work) != before);
    });
}

/// a pipe of a copied directory, whose other end a process outside holds
#[test]
fn a_pipe_in_a_copied_directory_leads_nowhere() {
    everyone(|place| {
        let work = original(place);
        let pipe = format!("{work}/pipe");
        let made = place.command("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let open = fs::File::options().read(true).write(true).open(&pipe).unwrap();
        let mut said = [0; 6];
        place.raw(&["write", &pipe]).succeeded();
        std::io::Read::read_exact(&mut &open, &mut said).unwrap();
        assert_eq!(&said, b"marked", "the twin");
        drop(open);
        let reader = fs::File::options().read(true).write(true).open(&pipe).unwrap();
        let line =
            format!("timeout 1 sh -c 'echo done: written >{pipe}' || echo refused: open: nobody reads");
        learning(place, &["--write", &work], &["shell", &line]);
        rustix::io::ioctl_fionbio(&reader, true).unwrap();
        let read = std::io::Read::read(&mut &reader, &mut said).map_err(|error| error.kind());
        assert_eq!(read, Err(std::io::ErrorKind::WouldBlock), "AN ESCAPE");
    });
}

/// what a mount beneath a copied directory hides
#[test]
fn a_copy_does_not_show_what_a_mount_hides() {
    everyone(|place| {
        let work = original(place);
        let before = tree(&work);
        let (mantrap, probe) = (Programs::get().path("mantrap"), Programs::get().path("probe"));
        let line = format!(
            "mount -t tmpfs none {work}/sub && exec {mantrap} jail --learn --write {work} -- {probe} read {work}/sub/file"
        );
        let mut command: Command = place.command("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &line]);
        let outcome = finish(command);
        outcome.did_not_start();
        assert!(outcome.err.contains(&format!("at `{work}`")), "{outcome:?}");
        assert!(outcome.err.contains("mounted beneath"), "{outcome:?}");
        assert!(tree(&work) == before, "AN ESCAPE");
    });
}

/// allowed: what is in a copied directory can be read and changed as if it were the real one, and seen changed
#[test]
fn a_copy_can_be_worked_with() {
    everyone(|place| {
        let work = original(place);
        let line = format!(
            "set -e; cd {work}; rm second; echo new >private; mkdir -p made/it; mv plain made/it/; ln -s made x; \
             cat private x/it/plain | sha256sum; test ! -e plain; rm -r sub; test ! -e sub; test -w .; \
             echo done: $(stat -c %a private) $(cat private)"
        );
        learning(place, &["--write", &work], &["shell", &line]).got("600 new");
    });
}
