//! What a person does with the servers of the locks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Run, Tree, mantrap};

/// The exit code for what is not approved.
const NOT_APPROVED: i32 = 121;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A home with a program and a script, whatever the umask of whoever runs the test.
fn tree() -> Tree {
    let tree = Tree::new()
        .with("bin/server", "a program")
        .with("srv/server.py", "print(1)\n")
        .with("srv/lib/a.py", "a = 1\n");
    for path in ["", "bin", "srv", "srv/lib", "bin/server"] {
        mode(&tree.join(path), 0o755);
    }
    for path in ["srv/server.py", "srv/lib/a.py"] {
        mode(&tree.join(path), 0o644);
    }
    fs::create_dir(tree.join("home")).unwrap();
    mode(&tree.join("home"), 0o755);
    tree
}

fn run(tree: &Tree, arguments: &[&str]) -> Run {
    let command = mantrap().args(arguments).env("HOME", tree.join("home")).current_dir(tree.path()).output();
    command.unwrap().into()
}

fn json(tree: &Tree, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&run(tree, &[arguments, &["--format", "json"]].concat()).out).unwrap()
}

fn state(tree: &Tree) -> String {
    json(tree, &["list"])["servers"][0]["state"].as_str().unwrap().to_owned()
}

/// Approves what is there now, by its digest.
fn approve(tree: &Tree, name: &str) -> Run {
    let digest = json(tree, &["show", name])["digest"].as_str().unwrap().to_owned();
    run(tree, &["approve", name, "--digest", &digest])
}

#[test]
fn a_server_goes_from_pending_to_approved_to_changed_and_back() {
    let tree = tree();
    let program = format!("bin:{}", tree.join("bin/server").display());
    let added = run(&tree, &["add", "notes", &program, "--grant", "net api.example.com:443", "--", "--fast"]);
    assert_eq!((added.code, state(&tree).as_str()), (0, "pending"), "{}", added.err);
    assert_eq!(run(&tree, &["add", "notes", &program]).code, 2, "a name is taken once");

    let asked = run(&tree, &["approve", "notes"]);
    assert_eq!(asked.code, 2);
    assert!(asked.err.contains("--digest sha256:"), "{}", asked.err);
    let wrong = run(&tree, &["approve", "notes", "--digest", &format!("sha256:{}", "0".repeat(64))]);
    assert_eq!(wrong.code, NOT_APPROVED, "{}", wrong.err);
    assert_eq!(run(&tree, &["approve", "notes", "--digest", "yes"]).code, 2);
    assert_eq!(run(&tree, &["lock", "verify"]).code, NOT_APPROVED);

    assert_eq!(approve(&tree, "notes").code, 0);
    assert_eq!((state(&tree).as_str(), run(&tree, &["lock", "verify"]).code), ("approved", 0));
    assert_eq!(run(&tree, &["diff", "notes"]).code, 0);

    fs::write(tree.join("bin/server"), "another program").unwrap();
    assert_eq!((state(&tree).as_str(), run(&tree, &["lock", "verify"]).code), ("changed", NOT_APPROVED));
    let changed = run(&tree, &["diff", "notes"]);
    assert_eq!(changed.code, NOT_APPROVED);
    assert!(changed.out.contains("runtime.digest\n    - sha256:"), "{}", changed.out);
    assert_eq!(run(&tree, &["approve", "notes"]).code, NOT_APPROVED, "the lock says something else");
    assert_eq!(run(&tree, &["update", "notes"]).code, 0);
    assert_eq!(state(&tree), "changed", "an update approves nothing");
    assert_eq!(run(&tree, &["diff", "notes"]).code, NOT_APPROVED);
    assert_eq!(approve(&tree, "notes").code, 0);
    assert_eq!(state(&tree), "approved");

    assert_eq!(run(&tree, &["revoke", "notes"]).code, 0);
    assert_eq!(state(&tree), "revoked");
    assert_eq!(approve(&tree, "notes").code, 0);
    assert_eq!(run(&tree, &["remove", "notes"]).code, 0);
    assert!(json(&tree, &["list"])["servers"].as_array().unwrap().is_empty());
    assert_eq!(run(&tree, &["show", "notes"]).code, NOT_APPROVED);
    let recorded = run(&tree, &["journal", "show", "--format", "json"]).out;
    let acts = ["add", "approve", "update", "approve", "revoke", "approve", "remove"]
        .map(|act| format!("\"act\":\"{act}\""));
    // Where there is a jail, it was started once.
    let decided = recorded.lines().filter(|line| !line.contains("\"act\":\"probe\""));
    let places: Vec<_> = decided.zip(&acts).map(|(line, act)| line.replace(' ', "").contains(act)).collect();
    assert_eq!(places, [true; 7], "{recorded}");
}

#[test]
fn consent_shows_everything_and_what_hides_is_spelled_out() {
    let tree = tree();
    let script = format!("script:{}", tree.join("srv/server.py").display());
    let (lib, long) = (tree.join("srv/lib").display().to_string(), "x".repeat(3000));
    let runtime = fs::canonicalize("/bin/sh").unwrap().display().to_string();
    let added = run(
        &tree,
        &[
            "add",
            "notes",
            &script,
            "--runtime",
            &runtime,
            "--file",
            &lib,
            "--grant",
            "secret API_KEY as env",
            "--grant",
            &format!("write {}", tree.join("home").display()),
            "--",
            "--name",
            "a\u{202e}b\u{200b}",
            &long,
            "{\"a\": 1}",
        ],
    );
    assert_eq!(added.code, 0, "{}", added.err);
    let shown = run(&tree, &["show", "notes"]).out;
    for wanted in [
        "a\\u{202e}b\\u{200b}",
        &long,
        "{{\"a\": 1}}",
        &lib,
        &runtime,
        "secret API_KEY as env",
        "it is handed a secret",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
    }
    assert!(!shown.contains(['\u{202e}', '\u{200b}']));
    assert!(shown.contains("Look twice") && shown.contains("[hidden-characters]"), "{shown}");
    // The home holds the lock: what runs could approve itself.
    assert!(run(&tree, &["approve", "notes"]).err.contains("lets the server change"));
}

#[test]
fn what_cannot_be_added_or_set_is_refused_before_anything_is_written() {
    let tree = tree();
    let program = format!("bin:{}", tree.join("bin/server").display());
    let script = format!("script:{}", tree.join("srv/server.py").display());
    for arguments in [
        vec!["add", "Notes", &program],
        vec!["add", "notes", "npx -y notes"],
        vec!["add", "notes", "npm:notes@file:../x"],
        vec!["add", "notes", "bin:/nothing/here"],
        vec!["add", "notes", &script],
        vec!["add", "notes", &program, "--grant", "everything"],
        vec!["add", "notes", &program, "--grant", "env LD_PRELOAD=/x.so"],
        vec!["add", "notes", &program, "--grant", "read notes"],
        vec!["approve", "../x", "--digest", "x"],
    ] {
        let run = run(&tree, &arguments);
        assert!(run.code == 2 && run.err.starts_with("error: "), "{arguments:?}: {} {}", run.code, run.err);
    }
    assert!(!tree.join("home/.config").exists());
    let added = run(&tree, &["add", "notes", &program]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert_eq!(run(&tree, &["approve", "notes", "--set", "root=/tmp"]).code, 2, "nothing is open");
}

#[test]
fn a_lock_that_a_repository_brings_counts_for_nothing_until_it_is_approved() {
    let tree = tree();
    let program = tree.join("bin/server").display().to_string();
    assert_eq!(run(&tree, &["add", "notes", &format!("bin:{program}")]).code, 0);
    assert_eq!(approve(&tree, "notes").code, 0);
    // The very same lock, brought by a project, under another name and under the same.
    let lock = fs::read_to_string(tree.join("home/.config/mantrap/mantrap.lock")).unwrap();
    fs::write(
        tree.join("mantrap.lock"),
        format!("{lock}{}", lock.split_once("version = 1").unwrap().1.replace("notes", "other")),
    )
    .unwrap();
    mode(&tree.join("mantrap.lock"), 0o644);
    let listed = json(&tree, &["list"]);
    let servers: Vec<_> = listed["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| {
            let text = |name: &str| server[name].as_str().unwrap_or_default().to_owned();
            (text("name"), text("scope"), text("state"), text("shadowed_by"))
        })
        .collect();
    let row = |name: &str, scope: &str, state: &str, shadow: &str| {
        (name.into(), scope.into(), state.into(), shadow.into())
    };
    assert_eq!(
        servers,
        [
            row("notes", "user", "approved", ""),
            row("notes", "project", "pending", "user"),
            row("other", "project", "pending", "")
        ]
    );
    assert_eq!(run(&tree, &["lock", "verify"]).code, NOT_APPROVED);
    assert_eq!(approve(&tree, "other").code, 0);
    assert_eq!(run(&tree, &["lock", "verify"]).code, 0);
    mode(&tree.join("mantrap.lock"), 0o666);
    let listed = run(&tree, &["list"]);
    assert!(listed.out.contains("others may write"), "{}", listed.out);
    assert_eq!(run(&tree, &["lock", "verify"]).code, NOT_APPROVED);
}
