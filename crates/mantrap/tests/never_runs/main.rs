//! Promise 5, looking never runs: the audit, caged, over every fixture there is.
//!
//! `cage/cage.py` starts the audit under a seccomp allow-list that kills it for an execve, a fork, a socket or a
//! write. `cage/probe.py` commits those acts one by one, so that a cage that does not kill fails here first.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
#![expect(clippy::disallowed_methods, reason = "a test starts the program under test")]

mod canaries;
mod scratch;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scratch::{Demo, Scratch};

const MANTRAP: &str = env!("CARGO_BIN_EXE_mantrap");
const CRATE: &str = env!("CARGO_MANIFEST_DIR");
const SIGSYS: i32 = 31;
const FORMATS: [&str; 6] = ["text", "json", "sarif", "html", "md", "cyclonedx"];
const PERSONAS: [&str; 3] = ["regular", "pedantic", "auditor"];
/// Every documented code but 2: a fixture is never a usage error.
const EXIT_CODES: [i32; 7] = [0, 3, 4, 11, 12, 13, 14];

/// Every act of `probe.py` but the two that are allowed.
const FORBIDDEN: &str = "exec_again exec_by_descriptor fork spawn shell connect bind datagram unix_socket \
    truncate make_directory link symlink fifo mode owner times signal_parent trace memory_file priority \
    write_existing read_and_write append truncate_on_open create nameless_file unlink rename";
/// Those of them that `--writable` allows under one folder and Landlock refuses elsewhere.
const WRITING: &str =
    "write_existing read_and_write append truncate_on_open create nameless_file unlink rename";

#[test]
fn the_cage_kills_every_act_but_looking() {
    for act in FORBIDDEN.split_whitespace() {
        let free = probe(act, None, &Scratch::new());
        assert!(free.status.success(), "the probe `{act}` fails without a cage: {free:?}");
        assert_eq!(said(&free), "ready\ndone\n", "{act}");
        let caged = probe(act, Some(&[]), &Scratch::new());
        assert_eq!(caged.status.signal(), Some(SIGSYS), "`{act}` survives the cage: {caged:?}");
        assert_eq!(said(&caged), "ready\n", "{act}");
    }
}

#[test]
fn a_caged_program_can_read_and_use_threads() {
    for act in ["read", "thread"] {
        let caged = probe(act, Some(&[]), &Scratch::new());
        assert!(caged.status.success(), "{act}: {caged:?}");
        assert_eq!(said(&caged), "ready\ndone\n", "{act}");
    }
}

#[test]
fn a_cage_with_one_writable_folder_still_kills_and_writes_nowhere_else() {
    let there = Scratch::new();
    require_landlock(&there);
    for act in FORBIDDEN.split_whitespace() {
        let writes = WRITING.split_whitespace().any(|writing| writing == act);
        let folder = ["--writable", there.text()];
        let elsewhere = probe(act, Some(&folder), &Scratch::new());
        if writes {
            assert_eq!(elsewhere.status.code(), Some(1), "`{act}` outside the folder: {elsewhere:?}");
            assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("PermissionError"), "{elsewhere:?}");
        } else {
            assert_eq!(elsewhere.status.signal(), Some(SIGSYS), "`{act}`: {elsewhere:?}");
        }
        let inside = Scratch::new();
        let inside = probe(act, Some(&["--writable", inside.text()]), &inside);
        assert_eq!(inside.status.success(), writes, "`{act}`: {inside:?}");
    }
}

#[test]
fn the_audit_lives_in_the_cage_on_every_fixture_format_and_persona() {
    let demo = Demo::unpack();
    let combinations = FORMATS.iter().flat_map(|format| PERSONAS.map(|persona| (*format, persona)));
    let mut runs: Vec<Vec<String>> = Vec::new();
    for (format, persona) in combinations.clone() {
        for mut look in [vec!["--home", demo.home.text()], vec![demo.repo.text()]] {
            look.extend(["--format", format, "--persona", persona]);
            runs.push(look.into_iter().map(str::to_owned).collect());
        }
    }
    // Every fixture once; the combinations take turns.
    for (mut look, (format, persona)) in fixtures().into_iter().zip(combinations.cycle()) {
        look.extend(["--format", format, "--persona", persona].map(str::to_owned));
        runs.push(look);
    }
    in_parallel(&runs, |look| {
        let run = caged_audit(&[], look, demo.home.path());
        let code = run.status.code();
        assert_ne!(run.status.signal(), Some(SIGSYS), "the cage killed `mantrap audit {}`", look.join(" "));
        assert!(
            code.is_some_and(|code| EXIT_CODES.contains(&code)),
            "`mantrap audit {}` ended with {:?}: {}",
            look.join(" "),
            run.status,
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(code == Some(3) || !run.stdout.is_empty(), "`mantrap audit {}` says nothing", look.join(" "));
    });
    println!("{} caged audits, none killed", runs.len());
}

#[test]
fn the_audit_writes_nothing_but_its_output() {
    let demo = Demo::unpack();
    let there = Scratch::empty();
    require_landlock(&there);
    let before = listing(demo.home.path());
    for format in FORMATS {
        let report = there.path().join(format!("report.{format}"));
        let look = ["--home", demo.home.text(), "--format", format, "--output", report.to_str().unwrap()];
        let run = caged_audit(&["--writable", there.text()], &look.map(str::to_owned), demo.home.path());
        assert_eq!(run.status.code(), Some(14), "{format}: {run:?}");
        assert!(fs::metadata(&report).unwrap().len() > 0, "{format}");
        let names = listing(there.path());
        assert_eq!(names, BTreeSet::from([report.clone()]), "something stands beside the report");
        fs::remove_file(report).unwrap();
    }
    assert_eq!(listing(demo.home.path()), before, "the audit changed the home it looked at");
}

#[test]
fn no_command_of_a_home_full_of_canaries_runs() {
    let home = Scratch::empty();
    let canaries = home.path().join("canaries");
    fs::create_dir(&canaries).unwrap();
    let commands = canaries::plant(home.path(), &canaries);
    // Without the cage: were anything started, nothing would stop it.
    for look in [
        vec!["audit", "--home", home.text()],
        vec!["audit", home.text()],
        vec!["audit", "--home", home.text(), "--persona", "auditor", "--verbose", "--processes"],
    ] {
        let run = Command::new(MANTRAP)
            .args(&look)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", home.path().join("bin"))
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(matches!(run.status.code(), Some(13 | 14)), "`{}` found nothing: {run:?}", look.join(" "));
        assert_eq!(listing(&canaries), BTreeSet::new(), "`{}` ran something", look.join(" "));
    }
    // The twin: each command does leave its mark when somebody starts it as a client would.
    for (number, command) in commands.iter().enumerate() {
        let run = Command::new(&command[0])
            .args(&command[1..])
            .env_clear()
            .env("PATH", format!("{}/bin:/usr/bin:/bin", home.text()))
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mark = canaries.join(number.to_string());
        assert!(mark.exists(), "the canary `{}` cannot sing: {run:?}", command.join(" "));
    }
}

/// Arguments of `mantrap audit` for every fixture of the other crates.
fn fixtures() -> Vec<Vec<String>> {
    let crates = Path::new(CRATE).parent().unwrap();
    let mut looks = Vec::new();
    let mut look = |words: &[&str]| looks.push(words.iter().map(|word| (*word).to_owned()).collect());
    for client in folders(&crates.join("clients/tests/clients")) {
        for disk in folders(&client) {
            let case = disk.file_name().unwrap().to_str().unwrap();
            let os = case.split('-').next().unwrap_or(case);
            if !["linux", "macos", "windows"].contains(&os) {
                continue;
            }
            look(&["--root", disk.to_str().unwrap(), "--os", os, "--all-users"]);
            let home = disk.join(if os == "linux" { "home/dev" } else { "Users/dev" });
            if home.is_dir() {
                look(&["--home", home.to_str().unwrap(), "--os", os]);
            }
        }
        look(&[client.to_str().unwrap()]);
    }
    for rule in folders(&crates.join("scan/tests/rules")) {
        for case in folders(&rule) {
            let home = case.join("home");
            if home.is_dir() {
                look(&["--home", home.to_str().unwrap()]);
            } else {
                look(&[case.to_str().unwrap()]);
            }
        }
    }
    for tree in ["scan/tests/real-world", "scan/tests/inventory"] {
        let tree = crates.join(tree);
        if tree.is_dir() {
            look(&[tree.to_str().unwrap()]);
        }
    }
    looks
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut folders: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn in_parallel<T: Sync>(items: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    act(item);
                }
            });
        }
    });
}

fn caged_audit(cage: &[&str], look: &[String], home: &Path) -> Output {
    python()
        .arg(Path::new(CRATE).join("tests/cage/cage.py"))
        .args(cage)
        .args(["--", MANTRAP, "audit"])
        .args(look)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Commits one act on a fresh `victim`, freely or in a cage.
fn probe(act: &str, cage: Option<&[&str]>, folder: &Scratch) -> Output {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let cages = Path::new(CRATE).join("tests/cage");
    let mut command = python();
    if let Some(words) = cage {
        command.arg(cages.join("cage.py")).args(words).arg("--").arg(interpreter()).args(["-I", "-S", "-B"]);
    }
    command.arg(cages.join("probe.py")).args([act, folder.text(), &port]).output().unwrap()
}

/// Python without the user's site packages and without writing byte code.
pub(crate) fn python() -> Command {
    let mut command = Command::new(interpreter());
    command.args(["-I", "-S", "-B"]);
    command
}

/// The interpreter itself: `python3` may be a shell script that finds one.
fn interpreter() -> &'static str {
    static FOUND: OnceLock<String> = OnceLock::new();
    FOUND.get_or_init(|| {
        let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        String::from_utf8(asked.unwrap().stdout).unwrap().trim().to_owned()
    })
}

fn said(output: &Output) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&output.stdout)
}

/// Without Landlock the cage cannot confine writing to a folder, and what rests on that would prove nothing.
fn require_landlock(folder: &Scratch) {
    let run = probe("read", Some(&["--writable", folder.text()]), &Scratch::new());
    assert_ne!(
        run.status.code(),
        Some(126),
        "this kernel has no Landlock; `--output` cannot be tested on it"
    );
}

fn listing(folder: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                todo.push(path.clone());
            }
            names.insert(path);
        }
    }
    names
}
