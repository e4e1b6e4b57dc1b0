//! A host may bring any environment. It does not choose the lock, the approvals, the policy or the journal.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::desk::{Client, Desk, text};

/// A name that no home of this machine's accounts has.
const NAME: &str = "server-of-the-test-of-homes";

#[test]
fn an_environment_brings_no_lock_and_no_approval() {
    let desk = Desk::new();
    desk.probe(NAME, &["good"], &[]);
    let mut client = desk.start(NAME);
    assert!(client.initialize()["result"].is_object(), "somebody approved something in this home");
    client.end();

    // The same home, copied, with every path in it adapted: what somebody can make who writes files and sets variables.
    let (home, evil) = (desk.join("home"), desk.join("evil"));
    copy(&home, &evil, &|text| text.replace(home.to_str().unwrap(), evil.to_str().unwrap()));
    let mut attack = desk.command(&["run", NAME]);
    attack.env("HOME", &evil);
    refused(attack);
    // Its twin: the environment is all that was missing.
    let mut shown = desk.command(&["show", NAME]);
    let shown = text(&shown.env("HOME", &evil).output().unwrap().stdout);
    assert!(shown.contains("approved by you"), "{shown}");

    // Nor one place of it: a journal that nobody reads, a lock beside the approvals.
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        let mut mixed = desk.command(&["run", NAME]);
        mixed.env(variable, evil.join(".config"));
        refused(mixed);
    }
    let mut none = desk.command(&["run", NAME]);
    none.env_remove("HOME");
    refused(none);
}

#[test]
fn a_home_that_was_moved_is_a_home_when_somebody_decided_something_there() {
    let desk = Desk::new();
    let moved = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env("XDG_CONFIG_HOME", desk.join("moved"));
        command
    };
    fs::create_dir(desk.join("moved")).unwrap();
    refused(moved(&["run", NAME]));
    let script = format!("script:{}", desk.join("probe.py").display());
    let python = fs::canonicalize("/usr/bin/python3").unwrap().display().to_string();
    let added = moved(&["add", NAME, &script, "--runtime", &python, "--format", "json", "--", "good"])
        .output()
        .unwrap();
    let added: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    let digest = added["digest"].as_str().unwrap();
    assert!(moved(&["approve", NAME, "--digest", digest]).status().unwrap().success());
    let mut client = Client::start(moved(&["run", NAME]));
    assert!(client.initialize()["result"].is_object());
    client.end();
}

fn refused(command: Command) {
    let mut client = Client::start(command);
    let said = client.initialize().to_string();
    assert!(said.contains("no lock has a server"), "{said}");
    client.end();
}

fn copy(from: &Path, to: &Path, change: &dyn Fn(String) -> String) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to, change);
        } else {
            fs::copy(&from, &to).unwrap();
            if let Ok(text) = String::from_utf8(fs::read(&from).unwrap()) {
                let mode = fs::metadata(&to).unwrap().permissions();
                fs::set_permissions(&to, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
                fs::write(&to, change(text)).unwrap();
                fs::set_permissions(&to, mode).unwrap();
            }
        }
    }
}
