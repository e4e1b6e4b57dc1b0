//! What becomes of clients' files that somebody else changes, that are hostile, or that are written when mantrap is killed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{FILES, PENDING, Place, SECRET, digests};
use crate::support::Run;

#[test]
fn a_file_that_was_changed_since_loses_only_what_mantrap_wrote() {
    let place = Place::new(&FILES);
    assert_eq!(place.protect(&["--client", "claude-code"]).0, 0);
    let changed =
        place.read(".claude.json").replace("\"numStartups\": 3", "\"numStartups\": 4, \"more\": {\"x\": []}");
    place.write(".claude.json", &changed);
    let (code, undone) = place.json(&["unprotect"]);
    assert_eq!((code, undone["files"][0]["exact"].as_bool()), (0, Some(false)), "{undone:#}");
    let home = place.home().display().to_string();
    let expected = FILES[0].1.replace('@', &home).replace("$SECRET", SECRET);
    let expected = expected.replace("\"numStartups\": 3", "\"numStartups\": 4, \"more\": {\"x\": []}");
    assert_eq!(place.read(".claude.json"), expected);

    assert_eq!(place.protect(&["--client", "claude-code"]).0, 0);
    let changed = place.read(".claude.json").replacen("[\"run\", \"notes\"]", "[\"run\", \"notes2\"]", 1);
    place.write(".claude.json", &changed);
    let (code, undone) = place.json(&["unprotect"]);
    assert_eq!(code, PENDING, "{undone:#}");
    assert_eq!(undone["files"][0]["kept"].as_array().unwrap().len(), 1);
    assert!(undone["files"][0]["kept"][0]["why"].as_str().unwrap().contains(".old`"), "{undone:#}");
    assert!(place.read(".claude.json").contains("notes2") && place.read(".claude.json").contains("--other"));
}

#[test]
fn a_file_that_its_client_wrote_anew_gets_its_old_entries_back() {
    let place = Place::new(&FILES);
    let parsed = |path: &str| -> Value { serde_json::from_str(&place.read(path)).unwrap() };
    let mut original = parsed(".claude.json");
    assert_eq!(place.protect(&["--client", "claude-code"]).0, 0);
    assert_eq!(place.protect(&["--client", "goose"]).0, 0);
    // As Claude Code writes it whenever it starts, and as Goose does.
    let mut anew = parsed(".claude.json");
    anew["numStartups"] = 5.into();
    place.write(".claude.json", &serde_json::to_string_pretty(&anew).unwrap());
    let program = env!("CARGO_BIN_EXE_mantrap");
    let goose = format!(
        "extensions:\n  gus:\n    type: stdio\n    enabled: true\n    cmd: {program}\n    args:\n    - run\n    - gus\n    envs: {{}}\n    timeout: 300\nGOOSE_MODE: auto\n"
    );
    place.write(".config/goose/config.yaml", &goose);
    let (code, undone) = place.json(&["unprotect"]);
    assert_eq!(code, 0, "{undone:#}");
    original["numStartups"] = 5.into();
    assert_eq!(parsed(".claude.json"), original);
    let server = place.home().join("bin/server").display().to_string();
    let restored = place.read(".config/goose/config.yaml");
    let entry =
        format!("\"cmd\": \"{server}\", \"args\": [\"--goose\"], \"envs\": {{\"API_KEY\": \"{SECRET}\"}}");
    assert!(restored.contains(&entry) && restored.ends_with("GOOSE_MODE: auto\n"), "{restored}");
}

#[test]
fn a_file_is_protected_twice_and_undone_at_once() {
    let place = Place::new(&FILES);
    let original = place.read(".cursor/mcp.json");
    assert_eq!(place.protect(&["--client", "cursor"]).0, 0);
    let server = place.home().join("bin/server").display().to_string();
    let second = format!("\"second\": {{ \"command\": \"{server}\", \"args\": [\"2\"] }},\r\n\t\t\"far\"");
    let grown = place.read(".cursor/mcp.json").replace("\"far\"", &second);
    place.write(".cursor/mcp.json", &grown);
    assert_eq!(place.protect(&["--client", "cursor"]).0, 0);
    assert!(!place.read(".cursor/mcp.json").contains(&server));
    assert_eq!(place.run(&["unprotect"]).code, 0);
    assert_eq!(place.read(".cursor/mcp.json"), original.replace("\"far\"", &second));
}

#[test]
fn hostile_files_stay_as_they_are() {
    let json = r#"{"mcpServers": {"a": {"command": "@/bin/server", "args": []}}}"#;
    let twice =
        r#"{"mcpServers": {"a": {"command": "@/bin/server", "command": "@/bin/server", "args": []}}}"#;
    let place = Place::new(&[
        (".cursor/mcp.json", json),
        (".kiro/settings/mcp.json", json),
        (".gemini/settings.json", json),
        (".factory/mcp.json", twice),
        (".codeium/windsurf/real.json", json),
        (".copilot/second.json", json),
    ]);
    let home = place.home();
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(home.join(path), fs::Permissions::from_mode(mode)).unwrap()
    };
    mode(".cursor/mcp.json", 0o666);
    mode(".kiro/settings/mcp.json", 0o444);
    mode(".gemini", 0o777);
    fs::hard_link(home.join(".copilot/second.json"), home.join(".copilot/mcp-config.json")).unwrap();
    fs::rename(home.join(".codeium/windsurf/real.json"), place.0.join("outside.json")).unwrap();
    symlink(place.0.join("outside.json"), home.join(".codeium/windsurf/mcp_config.json")).unwrap();
    let huge = format!("{{\"mcpServers\": {{}}, \"x\": \"{}\"}}", "x".repeat(21 << 20));
    fs::create_dir_all(home.join(".qwen")).unwrap();
    fs::write(home.join(".qwen/settings.json"), huge).unwrap();
    let before = place.files();
    let (code, report) = place.protect(&[]);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(place.files(), before);
    let text = report.to_string();
    for why in ["others may write", "read-only", "second name", "is not in", "more than once", "files over"] {
        assert!(text.contains(why), "{why}: {report:#}");
    }
    assert_eq!(place.json(&["unprotect"]).0, 0);
    assert_eq!(place.files(), before);
}

#[test]
fn a_link_inside_the_home_is_followed_and_stays_a_link() {
    let place =
        Place::new(&[("dotfiles/cursor.json", r#"{"mcpServers": {"a": {"command": "@/bin/server"}}}"#)]);
    fs::create_dir(place.home().join(".cursor")).unwrap();
    symlink("../dotfiles/cursor.json", place.home().join(".cursor/mcp.json")).unwrap();
    let before = place.read("dotfiles/cursor.json");
    assert_eq!(place.protect(&[]).0, 0);
    assert!(place.home().join(".cursor/mcp.json").is_symlink());
    assert!(place.read("dotfiles/cursor.json").contains("\"run\", \"a\""));
    assert_eq!(place.run(&["unprotect"]).code, 0);
    assert_eq!(place.read("dotfiles/cursor.json"), before);
}

#[test]
fn a_file_that_a_variable_moved_out_of_the_home_is_found_and_one_behind_a_link_is_not() {
    let json = r#"{"context_servers": {"a": {"command": "@/bin/server", "args": []}}}"#;
    let place = Place::new(&[("../moved/zed/settings.json", json), ("../linked/mcp.json", json)]);
    symlink("../linked", place.home().join(".cursor")).unwrap();
    let server = json.replace("context_servers", "mcpServers");
    fs::write(place.0.join("linked/mcp.json"), server.replace('@', place.home().to_str().unwrap())).unwrap();
    let before = fs::read(place.0.join("linked/mcp.json")).unwrap();
    let run = |arguments: &[&str]| -> Run {
        place.command(arguments).env("XDG_CONFIG_HOME", place.0.join("moved")).output().unwrap().into()
    };
    let pending = run(&["protect", "--format", "json"]);
    let digest = digests(&serde_json::from_str(&pending.out).unwrap()).remove(0);
    let done = run(&["protect", "--untried", "--yes-to", &digest]);
    assert!(done.code == 1 && done.out.contains("is not in"), "{}{}", done.out, done.err);
    let moved = place.0.join("moved/zed/settings.json");
    assert!(fs::read_to_string(&moved).unwrap().contains("\"run\", \"a\""), "{}", done.out);
    assert_eq!(fs::read(place.0.join("linked/mcp.json")).unwrap(), before);
    assert_eq!(run(&["unprotect"]).code, 0);
    assert!(fs::read_to_string(moved).unwrap().contains("/bin/server"));
}

#[test]
fn whenever_it_is_killed_every_file_is_whole_and_can_be_undone() {
    let place = Place::new(&FILES);
    let before = place.files();
    let (_, pending) = place.json(&["protect"]);
    let digests = digests(&pending);
    let mut agree = vec!["protect", "--untried"];
    digests.iter().for_each(|digest| agree.extend(["--yes-to", digest]));
    let started = std::time::Instant::now();
    assert_eq!(place.run(&agree).code, 0);
    let whole = started.elapsed();
    let after = place.files();
    assert_eq!(place.run(&["unprotect"]).code, 0);
    assert_eq!(place.files(), before);
    for round in 0..24_u32 {
        let (arguments, from, to) = match round % 2 {
            0 => (agree.clone(), &before, &after),
            _ => (vec!["unprotect"], &after, &before),
        };
        let child = place.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        killed(child, whole.mul_f64(f64::from(round / 2 + 1) / 12.0));
        for (path, bytes) in place.files() {
            let is_temporary = path.to_string_lossy().ends_with(".mantrap.tmp");
            let is_whole = [from, to].iter().any(|files| files.get(&path) == Some(&bytes));
            assert!(is_temporary || is_whole, "{} in round {round}", path.display());
        }
        let rest = place.run(&arguments);
        assert_eq!(rest.code, 0, "it goes on where it ended: {}{}", rest.out, rest.err);
        assert_eq!(&place.files(), to, "round {round}");
    }
    assert_eq!(place.run(&["journal", "verify"]).code, 0);
}

fn killed(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    // It may be over already.
    let _ = child.kill();
    child.wait().unwrap();
}
