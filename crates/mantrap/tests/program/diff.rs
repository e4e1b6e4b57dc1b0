//! `audit --diff`: only what a change brings in, and nothing of the repository is run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::{Run, Tree, mantrap};
use serde_json::Value;

const FLOW: &str = "from flask import Flask, request\nfrom mcp import StdioServerParameters\n\napp = Flask(__name__)\n\n\n\
    @app.post(\"/start\")\ndef start():\n    body = request.get_json()\n    return StdioServerParameters(command=body[\"command\"])\n";

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(tree: &Tree, message: &str) {
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-q", "-m", message]);
}

fn audit(folder: &Path, arguments: &[&str]) -> Run {
    mantrap()
        .arg("audit")
        .arg(folder)
        .args(["--format", "json"])
        .args(arguments)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap()
        .into()
}

fn files_of(run: &Run) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.out).unwrap_or(Value::Null);
    assert!(report.is_object(), "{}", run.err);
    let findings = report["findings"].as_array().unwrap().iter();
    let file = |finding: &Value| finding["locations"][0]["path"].as_str().unwrap_or_default().to_owned();
    findings.filter(|finding| finding["rule"] == "tainted-launch").map(file).collect()
}

/// A repository whose first commit has a flaw, and whose second adds another.
fn repository() -> Tree {
    let tree = Tree::new().with("old/app.py", FLOW);
    git(tree.path(), &["init", "-q"]);
    commit(&tree, "first");
    git(tree.path(), &["branch", "before"]);
    let tree = tree.with("new/app.py", FLOW);
    commit(&tree, "second");
    tree
}

#[test]
fn only_what_the_change_brings_in_is_reported() {
    let tree = repository();
    assert_eq!(files_of(&audit(tree.path(), &[])).len(), 2);
    let first = git(tree.path(), &["rev-parse", "HEAD~1"]);
    for base in ["before", "HEAD~1", "refs/heads/before", &first, first.get(..10).unwrap()] {
        let run = audit(tree.path(), &["--diff", base]);
        let files = files_of(&run);
        assert_eq!(files.len(), 1, "{base}: {} {}", run.out, run.err);
        assert!(files[0].contains("new/app.py"), "{files:?}");
    }
    git(tree.path(), &["pack-refs", "--all"]);
    git(tree.path(), &["gc", "-q"]);
    assert_eq!(files_of(&audit(tree.path(), &["--diff", "before"])).len(), 1);
    assert_eq!(files_of(&audit(tree.path(), &["--diff", "HEAD"])), Vec::<String>::new());
    assert_eq!(files_of(&audit(&tree.join("old"), &["--diff", "before"])), Vec::<String>::new());
    assert_eq!(files_of(&audit(&tree.join("new"), &["--diff", "before"])).len(), 1);
}

#[test]
fn a_flaw_that_main_gained_meanwhile_is_not_the_branchs() {
    let tree = repository();
    git(tree.path(), &["checkout", "-q", "-b", "topic", "before"]);
    let tree = tree.with("topic/app.py", FLOW);
    commit(&tree, "topic");
    let files = files_of(&audit(tree.path(), &["--diff", "main"]));
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].contains("topic/app.py"), "{files:?}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let tree = repository();
    for (base, word) in
        [("nothing", "is no branch"), ("--upload-pack=x", "is no name"), ("a..b", "is no name")]
    {
        let run = audit(tree.path(), &[&format!("--diff={base}")]);
        assert_eq!(run.code, 2, "{base}: {}", run.out);
        assert!(run.err.contains(word), "{base}: {}", run.err);
    }
    let plain = Tree::new().with("app.py", FLOW);
    let run = audit(plain.path(), &["--diff", "main"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("is in no git repository"), "{}", run.err);
}

#[test]
fn nothing_that_the_repository_configures_is_run() {
    let tree = repository();
    let marker = tree.join("marker");
    let script = tree.join("canary");
    fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", marker.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let canary = script.display().to_string();
    let hooks = tree.join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in
        ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"]
    {
        fs::copy(&script, hooks.join(hook)).unwrap();
    }
    let config = fs::read_to_string(tree.join(".git/config")).unwrap();
    let hostile = format!(
        "{config}[core]\n\tfsmonitor = {canary}\n\tsshCommand = {canary}\n\tpager = {canary}\n\teditor = {canary}\n\
         [filter \"x\"]\n\tsmudge = {canary}\n\tprocess = {canary}\n\trequired = true\n\
         [diff \"x\"]\n\ttextconv = {canary}\n\tcommand = {canary}\n[alias]\n\tls-tree = !{canary}\n\
         [extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ext::{canary}\n\tpromisor = true\n\
         \tuploadpack = {canary}\n[protocol \"ext\"]\n\tallow = always\n[trace2]\n\teventTarget = {canary}\n"
    );
    fs::write(tree.join(".git/config"), hostile).unwrap();
    fs::write(tree.join(".git/info/attributes"), "* filter=x diff=x\n").unwrap();
    fs::write(tree.join(".gitattributes"), "* filter=x diff=x\n").unwrap();
    assert_eq!(files_of(&audit(tree.path(), &["--diff", "before"])).len(), 1);
    // Also where an object is missing, which a partial clone would fetch.
    for pack in fs::read_dir(tree.join(".git/objects"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().len() == 2)
    {
        for object in fs::read_dir(pack.path()).unwrap().flatten() {
            let name = format!("{}{}", pack.file_name().display(), object.file_name().display());
            if name == git_of(&tree, "before") {
                fs::remove_file(object.path()).unwrap();
            }
        }
    }
    assert_eq!(audit(tree.path(), &["--diff", "before"]).code, 2);
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap_or_default());
    // The canary does start where git believes the configuration.
    let _ = Command::new("git").args(["status"]).current_dir(tree.path()).output().unwrap();
    assert!(marker.exists(), "the canary cannot fail");
}

/// The id of the file of a commit, without asking git, whose configuration is hostile now.
fn git_of(tree: &Tree, _base: &str) -> String {
    let output = Command::new("git")
        .args(["hash-object", "--no-filters"])
        .arg(tree.join("old/app.py"))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
