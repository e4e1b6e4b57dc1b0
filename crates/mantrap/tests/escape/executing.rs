//! Running code that was not granted, and gaining rights by running what was.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::place::{NOBODY, Place, Programs, everyone, root_has_the_twin};

/// Places where a jailed process may write. None of them may execute.
fn writable_places(place: &Place) -> [String; 4] {
    [place.path("writable"), "/tmp".into(), "/dev/shm".into(), place.path("home")]
}

/// a program written into a granted directory, `/tmp`, `/dev/shm` or the home
#[test]
fn what_was_written_is_not_executed() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        place.raw(&["exec-copy", &probe, &place.path("mine/copy"), "mark"]).got("ran");
        for folder in writable_places(place) {
            place.inside(&["exec-copy", &probe, &format!("{folder}/copy"), "mark"]).was_refused();
        }
    });
}

/// a program found in a directory that may be read
#[test]
fn what_may_be_read_is_not_executed() {
    everyone(|place| {
        let program = place.path("readable/program");
        fs::copy(Programs::get().path("probe"), &program).unwrap();
        place.raw(&["exec", &program, "mark"]).got("ran");
        place.inside(&["exec", &program, "mark"]).was_refused();
    });
}

/// memfd_create and execveat: a program that was never a file
#[test]
fn a_file_in_memory_is_not_executed() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        place.raw(&["exec-memfd", &probe, "mark"]).got("ran");
        for technique in ["exec-memfd", "exec-memfd-exec", "exec-memfd-noexec"] {
            place.inside(&[technique, &probe, "mark"]).was_refused();
        }
    });
}

/// a file without a name, executed by its descriptor
#[test]
fn a_nameless_file_is_not_executed() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        place.raw(&["exec-tmpfile", &place.path("mine"), &probe, "mark"]).got("ran");
        for folder in writable_places(place) {
            place.inside(&["exec-tmpfile", &folder, &probe, "mark"]).was_refused();
        }
    });
}

/// the loader called by hand: `ld.so ./file`
#[test]
fn the_loader_maps_nothing_that_may_not_be_executed() {
    everyone(|place| {
        let named = Programs::get().path("probe-named");
        let loader = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"]
            .into_iter()
            .find(|path| fs::exists(path).unwrap())
            .unwrap();
        place.raw(&["exec-loader", loader, &named, &place.path("mine/copy"), "mark"]).got("ran");
        let exec = Programs::get().path("");
        for folder in writable_places(place) {
            let writable = place.path("writable");
            let copy = format!("{folder}/copy");
            place
                .jailed(
                    &["--exec", exec.trim_end_matches('/'), "--write", &writable],
                    &["exec-loader", loader, &named, &copy, "mark"],
                )
                .was_refused();
        }
    });
}

/// `LD_PRELOAD` and `LD_AUDIT` of a library that was written inside
#[test]
fn a_library_that_was_written_is_not_loaded() {
    everyone(|place| {
        let library = Programs::get().path("preloaded.so");
        let exec = Programs::get().path("");
        let exec = exec.trim_end_matches('/');
        for variable in ["LD_PRELOAD", "LD_AUDIT"] {
            let copy = place.path("mine/library.so");
            place.raw(&["preload", &library, &copy, variable, &place.path("mine/mark")]).got("loaded");
            fs::remove_file(&copy).unwrap();
            for folder in writable_places(place) {
                let writable = place.path("writable");
                let (copy, mark) = (format!("{folder}/library.so"), place.path("writable/mark"));
                place
                    .jailed(
                        &["--exec", exec, "--write", &writable],
                        &["preload", &library, &copy, variable, &mark],
                    )
                    .was_refused();
                assert!(!fs::exists(&mark).unwrap());
                let _ = fs::remove_file(&copy);
            }
        }
    });
}

/// mmap with `PROT_EXEC` of a file that was written inside, and mprotect of such a mapping
#[test]
fn what_was_written_is_not_mapped_as_code() {
    everyone(|place| {
        place.raw(&["map-executable", &place.path("mine/code")]).got("42");
        for folder in writable_places(place) {
            place.inside(&["map-executable", &format!("{folder}/code")]).was_refused();
        }
    });
}

/// a script with `#!`, whose interpreter is granted
#[test]
fn a_script_that_was_written_is_not_executed() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        place.raw(&["exec-script", &place.path("mine/script"), &probe, "mark"]).got("ran");
        for folder in writable_places(place) {
            let outcome = place.inside(&["exec-script", &format!("{folder}/script"), &probe, "mark"]);
            outcome.was_refused();
        }
    });
}

/// an interpreter that is there, told to do it instead
#[test]
fn an_interpreter_may_do_no_more_than_the_probe() {
    everyone(|place| {
        let line = format!("cat {} && echo done: x", place.canary());
        let outcome = place.raw(&["shell", &line]);
        assert!(outcome.out.contains(&place.token), "{outcome:?}");
        let outcome = place.inside(&["shell", &line]);
        assert!(
            !outcome.out.contains("done: ") && !outcome.out.contains(&place.token),
            "AN ESCAPE: {outcome:?}"
        );
        let line =
            format!("echo '#!/bin/sh\necho done: x' > {0}/s; chmod 700 {0}/s; {0}/s", place.path("writable"));
        let outcome = place.inside(&["shell", &line]);
        assert!(!outcome.out.contains("done: "), "AN ESCAPE: {outcome:?}");
    });
}

/// a setuid program in a directory that may be executed
#[test]
fn a_setuid_program_gives_nothing() {
    root_has_the_twin(|place| {
        let folder = place.folder("mine/programs");
        let program = format!("{folder}/setuid");
        fs::copy(Programs::get().path("probe"), &program).unwrap();
        if place.is_root() {
            std::os::unix::fs::chown(&program, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        fs::set_permissions(&program, fs::Permissions::from_mode(0o6755)).unwrap();
        let words = ["exec", &program, "uid"];
        let words = [words[0], words[1], "identity", words[2]];
        let is_somebody_elses = fs::metadata("/proc/self").is_ok() && nobodys_twin(place, &program);
        if is_somebody_elses {
            place.raw(&words).got("effective uid");
        }
        place.jailed(&["--exec", &folder], &words).was_refused();
    });
}

/// a file system that lends the rights of a program's owner
#[test]
fn no_granted_place_lends_rights() {
    everyone(|place| {
        place.raw(&["lends-rights", "/usr"]).succeeded();
        let (readable, writable) = (place.path("readable"), place.path("writable"));
        let grants = ["--exec", &readable, "--write", &writable];
        for path in ["/usr", "/tmp", "/dev", "/proc", &readable, &writable] {
            place.jailed(&grants, &["lends-rights", path]).was_refused();
        }
    });
}

/// Root's setuid program is nobody's; nobody's twin is one of root's, which only root can make.
fn nobodys_twin(place: &Place, program: &str) -> bool {
    // `chown` by the test, which is root whenever there are two attackers.
    let owner = if place.is_root() { NOBODY } else { 0 };
    let given = std::os::unix::fs::chown(program, Some(owner), Some(owner)).is_ok();
    fs::set_permissions(program, fs::Permissions::from_mode(0o6755)).unwrap();
    given
}

/// a program with file capabilities in a directory that may be executed
#[test]
fn a_program_with_file_capabilities_gives_nothing() {
    root_has_the_twin(|place| {
        let folder = place.folder("mine/programs");
        let program = format!("{folder}/capable");
        fs::copy(Programs::get().path("probe"), &program).unwrap();
        // By the test itself, which is root or cannot.
        let given = std::process::Command::new(Programs::get().path("probe"))
            .args(["file-capability", &program])
            .output()
            .unwrap();
        let words = ["exec", &program, "identity", "capability"];
        if given.status.success() {
            place.raw(&words).got("capabilities");
        }
        place.jailed(&["--exec", &folder], &words).was_refused();
    });
}

/// capabilities in any set, the bounding and ambient ones included, and capset to get them back
#[test]
fn no_capability_is_held_or_raised() {
    everyone(|place| {
        place.private(&["capabilities"]).succeeded();
        place.inside(&["capabilities"]).was_refused();
    });
}

/// no_new_privs left off
#[test]
fn no_privilege_can_be_gained_by_executing() {
    everyone(|place| {
        place.raw(&["new-privileges"]).succeeded();
        place.inside(&["new-privileges"]).was_refused();
    });
}

/// a jail without its system call filter (nsjail pull request 285)
#[test]
fn a_filter_is_set() {
    everyone(|place| {
        place.raw(&["unfiltered"]).succeeded();
        place.inside(&["unfiltered"]).was_refused();
    });
}

/// setresuid to another user
#[test]
fn nobody_else_can_be_become() {
    root_has_the_twin(|place| {
        if place.is_root() {
            place.raw(&["setuid", "1"]).succeeded();
        }
        for uid in ["0", "1", "65534"] {
            if place.is_root() == (uid != "0") {
                place.inside(&["setuid", uid]).was_refused();
            }
        }
    });
}

/// setgroups
#[test]
fn no_group_can_be_joined() {
    root_has_the_twin(|place| {
        if place.is_root() {
            place.raw(&["setgroups"]).succeeded();
        }
        place.inside(&["setgroups"]).was_refused();
    });
}

/// binfmt_misc: a handler that the kernel runs for everybody
#[test]
fn no_binary_format_is_registered() {
    everyone(|place| {
        // Registering is the machine's affair; that the file may not even be opened is checked beside others that the
        // twin of `kernel_settings_are_not_written` can open.
        place.inside(&["binfmt"]).was_refused();
    });
}

/// allowed: what was granted can be executed: the refusals above are not those of a jail that refuses everything.
#[test]
fn what_was_granted_can_be_executed() {
    everyone(|place| {
        let folder = place.folder("mine/programs");
        let program = format!("{folder}/program");
        fs::copy(Programs::get().path("probe"), &program).unwrap();
        place.jailed(&["--exec", &folder], &["exec", &program, "mark"]).got("ran");
        let outcome = place.inside(&["shell", "echo done: by the shell"]);
        assert!(outcome.out.contains("by the shell"), "{outcome:?}");
    });
}
