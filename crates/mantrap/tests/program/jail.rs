//! `mantrap jail` and `mantrap doctor` as their users meet them: status, refusals, what is explained and reported.
//! What a jail holds is the escape suite's to show.

use std::fs;
use std::process::Stdio;

use crate::support::{Run, Tree, mantrap};
use serde_json::Value;

const SEARCH: &str = "/usr/local/bin:/usr/bin:/bin";

fn jail(tree: &Tree, options: &[&str], command: &[&str]) -> Run {
    mantrap()
        .env("PATH", SEARCH)
        .env("HOME", tree.path())
        .env("TOKEN", "s3cret-value")
        .current_dir(tree.path())
        .arg("jail")
        .args(options)
        .arg("--")
        .args(command)
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into()
}

/// Holds an output against its published schema.
fn fits(name: &str, value: &Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json-schema").join(name);
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

#[test]
fn the_status_is_the_commands_own() {
    let tree = Tree::new();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let run = jail(&tree, &[], &["sh", "-c", script]);
        assert_eq!(run.code, code, "{script}: {}", run.err);
    }
    let run = jail(&tree, &[], &["sh", "-c", "echo out; echo err >&2"]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("out\n", "err\n"));
}

#[test]
fn mantraps_own_ends_have_their_own_codes() {
    let tree = Tree::new().with("plain", "").with("bad.jail", "read .\nraed .\n");
    for (options, command, code, said) in [
        (&["--read", "missing"][..], "true", 2, "it does not exist"),
        (&["--memory", "12MB"], "true", 2, "ambiguous"),
        (&["--profile", "bad.jail"], "true", 2, "line 2: `raed` is not a grant"),
        (&["--waive", "everything"], "true", 2, "is not a guarantee"),
        (&["--write", "/"], "true", 2, "is everything"),
        (&[], "./plain", 126, "chmod +x"),
        (&[], "no-such-program", 127, "in PATH"),
    ] {
        let run = jail(&tree, options, &[command]);
        assert_eq!(run.code, code, "{options:?}: {}", run.err);
        assert!(run.err.contains(said), "{options:?}: {}", run.err);
    }
}

#[test]
fn only_what_is_granted_is_there() {
    let tree = Tree::new().with("given/file", "inside").with("kept/file", "secret");
    let given = tree.join("given/file");
    let kept = tree.join("kept/file");
    let read =
        |path: &std::path::Path, options: &[&str]| jail(&tree, options, &["cat", path.to_str().unwrap()]);
    assert_eq!(read(&given, &["--read", "given"]).out, "inside");
    let refused = read(&kept, &["--read", "given"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("is not granted; --read would grant it"), "{}", refused.err);
    let wrote = jail(
        &tree,
        &["--write", "given"],
        &["sh", "-c", "echo new > given/file || echo new > \"$1\"", "sh", given.to_str().unwrap()],
    );
    assert_eq!(wrote.code, 0, "{}", wrote.err);
    assert_eq!(fs::read_to_string(&given).unwrap(), "new\n");
}

#[test]
fn what_would_be_there_is_explained_and_nothing_is_started() {
    let tree = Tree::new().with("file", "");
    let options = ["--read", ".", "--secret", "TOKEN as env", "--env", "A=hidden", "--explain"];
    let run = jail(&tree, &options, &["sh", "-c", "touch file2"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!tree.join("file2").exists());
    for part in ["Granted", "There by default", "Limits", "TOKEN as a variable", "starts in"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(!run.out.contains("s3cret-value") && !run.out.contains("hidden"), "{}", run.out);
    let run = jail(&tree, &[&options[..], &["--format", "json"]].concat(), &["sh", "-c", "x\u{1b}[2J"]);
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    fits("jail-plan-1.json", &plan);
    assert_eq!(plan["schema"], "mantrap-jail-plan/1");
    assert_eq!(plan["secrets"][0]["name"], "TOKEN");
    assert!(!run.out.contains("s3cret-value") && !run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn the_environment_inside_is_made_and_not_inherited() {
    let tree = Tree::new();
    let run = jail(&tree, &["--env", "TOKEN", "--env", "SET=a b"], &["env"]);
    let mut names: Vec<&str> = run.out.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "PATH", "SET", "TMPDIR", "TOKEN"], "{}", run.out);
    let bare = jail(&tree, &[], &["env"]);
    assert!(!bare.out.contains("TOKEN"), "{}", bare.out);
}

#[test]
fn a_report_is_written_in_one_step_and_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::new().with("precious", "precious").with("work/x", "");
    let run = jail(&tree, &["--report", "report.json"], &["sh", "-c", "exit 3"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let report: Value = serde_json::from_slice(&fs::read(tree.join("report.json")).unwrap()).unwrap();
    fits("jail-report-1.json", &report);
    assert_eq!(report["schema"], "mantrap-jail-report/1");
    assert_eq!(report["exit"]["number"], 3);
    assert_eq!(fs::metadata(tree.join("report.json")).unwrap().permissions().mode() & 0o777, 0o600);
    std::os::unix::fs::symlink("precious", tree.join("link")).unwrap();
    let run = jail(&tree, &["--report", "link"], &["true"]);
    assert_ne!(run.code, 0);
    assert!(run.err.contains("symbolic link"), "{}", run.err);
    assert_eq!(fs::read_to_string(tree.join("precious")).unwrap(), "precious");
    let run = jail(&tree, &["--write", "work", "--report", "work/r.json"], &["true"]);
    assert!(run.code == 2 && run.err.contains("granted for writing"), "{}", run.err);
    let run = jail(&tree, &["--report", "-"], &["true"]);
    assert!(run.err.contains("ended with 0"), "{}", run.err);
}

#[test]
fn a_signal_is_handed_on() {
    let tree = Tree::new();
    let mut child = mantrap()
        .env("PATH", SEARCH)
        .current_dir(tree.path())
        .args(["jail", "--", "sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.1; done"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
    let killed = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(42));
}

#[test]
fn doctor_says_the_same_in_words_and_as_data() {
    let run: Run = mantrap().args(["doctor", "--format", "json"]).output().unwrap().into();
    let standing: Value = serde_json::from_str(&run.out).unwrap();
    fits("doctor-1.json", &standing);
    assert_eq!(standing["schema"], "mantrap-doctor/1");
    assert_eq!(standing["ready"], run.code == 0);
    let text: Run = mantrap().arg("doctor").output().unwrap().into();
    for row in standing["guarantees"].as_array().unwrap() {
        assert!(text.out.contains(row["guarantee"].as_str().unwrap()), "{}", text.out);
        assert!(row["holds"] == true || !row["remedy"].is_null(), "{row}");
    }
    assert_eq!(text.code, run.code);
}

#[test]
fn a_watched_run_proposes_folders_and_changes_nothing() {
    let tree = Tree::new().with("app/a", "one").with("app/b/c", "two");
    let app = tree.join("app");
    let script = "cat \"$1/a\" \"$1/b/c\" >&2; echo x > \"$1/new\"";
    let watched = |options: &[&str]| -> Run {
        let mut command = mantrap();
        command.env("PATH", SEARCH).env("HOME", "/nonexistent").current_dir(&app).args(["jail", "--learn"]);
        command.args(options).args(["--", "sh", "-c", script, "sh", app.to_str().unwrap()]);
        command.output().unwrap().into()
    };
    let app = app.display();
    let run = watched(&[]);
    assert_eq!(run.err.matches("one").count(), 1, "{}", run.err);
    assert!(run.out.contains(&format!("\nread {app}\n")) && !run.out.contains("\nwrite "), "{}", run.out);
    assert!(run.out.contains("wanted to write, not proposed"), "{}", run.out);
    let run = watched(&["--write", "."]);
    assert!(run.out.contains(&format!("\nwrite {app}\n")), "{}", run.out);
    assert!(run.out.lines().count() <= 24, "{}", run.out);
    assert!(!tree.join("app/new").exists());
}
