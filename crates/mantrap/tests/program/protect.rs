//! What clients start becomes `mantrap run NAME`, and what it was before: on a home with the files of many clients.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Run, Tree, mantrap};

const PENDING: i32 = 121;
const SECRET: &str = "ghp_EXAMPLEexampleEXAMPLEexample0123456789";

/// The files of the home, with a name each in which `@` is the home. Every client starts the same program or script
/// with other arguments, in its own dialect.
const FILES: [(&str, &str); 14] = [
    (
        ".claude.json",
        "{\n  \"numStartups\": 3,\n  \"mcpServers\": {\n    \"notes\": { \"type\": \"stdio\", \"command\": \"@/bin/server\", \"args\": [\"--notes\"], \"env\": { \"MODE\": \"fast\", \"GITHUB_TOKEN\": \"$SECRET\", \"REGION\": \"${REGION}\" } }\n  },\n  \"projects\": { \"@/src\": { \"mcpServers\": { \"notes\": { \"command\": \"@/bin/server\", \"args\": [\"--other\"] } } } }\n}\n",
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        "{\"mcpServers\":{\"desk\":{\"command\":\"@/bin/server\",\"args\":[]}}}",
    ),
    (
        ".cursor/mcp.json",
        "{\r\n\t\"mcpServers\": {\r\n\t\t\"cur\": {\r\n\t\t\t\"command\": \"@/bin/server\"\r\n\t\t},\r\n\t\t\"far\": { \"url\": \"https://mcp.example/mcp\" }\r\n\t}\r\n}\r\n",
    ),
    (
        ".config/Code/User/mcp.json",
        "{\n  // shared\n  \"servers\": {\n    \"code\": { \"type\": \"stdio\", \"command\": \"@/bin/server\", \"args\": [\"a\", /* b */ \"c\"], },\n  },\n}\n",
    ),
    (
        ".codex/config.toml",
        "model = \"x\" # é\n\n[mcp_servers.dex]\ncommand = \"@/bin/server\"\nargs = [\"--dex\"]\n\n[mcp_servers.dex.env]\nMODE = 'slow'\n",
    ),
    (
        ".config/goose/config.yaml",
        "extensions:\n  gus:\n    type: stdio\n    enabled: true\n    cmd: @/bin/server\n    args:\n      - --goose\n    envs:\n      API_KEY: $SECRET\n    timeout: 300\n",
    ),
    (
        ".continue/config.yaml",
        "name: x\nmcpServers:\n  - name: cont # first\n    command: @/bin/server\n    args: [\"--continue\"]\n",
    ),
    (
        ".config/zed/settings.json",
        "{\n  \"context_servers\": {\n    \"zed\": { \"source\": \"custom\", \"command\": \"@/bin/server\", \"args\": [\"--zed\"], \"env\": {}, },\n  },\n}\n",
    ),
    (
        ".codeium/windsurf/mcp_config.json",
        "{\"mcpServers\": {\"surf\": {\"command\": \"@/bin/server\", \"args\": [\"--surf\"]}}}\n",
    ),
    (
        ".gemini/settings.json",
        "{\"mcpServers\": {\"gem\": {\"command\": \"@/bin/server\", \"args\": [\"--gem\"], \"trust\": false}}}\n",
    ),
    (
        ".config/opencode/opencode.json",
        "{\"mcp\": {\"open\": {\"type\": \"local\", \"command\": [\"@/bin/server\", \"--open\"], \"enabled\": true}}}\n",
    ),
    (
        ".config/amp/settings.json",
        "{\"amp.mcpServers\": {\"amp\": {\"command\": \"@/bin/server\", \"args\": [\"--notes\"]}}}\n",
    ),
    (
        ".kiro/settings/mcp.json",
        "{\"mcpServers\": {\"desk\": {\"command\": \"@/bin/server\", \"args\": []}}}\n",
    ),
    (".config/crush/crushrc", "# by hand\nmcp add crush --type stdio -- @/bin/server --crush\n"),
];

struct Place(Tree);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree::new();
        let home = tree.join("home").display().to_string();
        let mut tree = tree.with("home/bin/server", "a program").with("home/src/README", "x\n");
        for (path, text) in files {
            tree = tree.with(&format!("home/{path}"), &text.replace('@', &home).replace("$SECRET", SECRET));
        }
        closed(tree.path());
        Self(tree)
    }

    fn home(&self) -> PathBuf {
        self.0.join("home")
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = mantrap();
        command
            .args(arguments)
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).output().unwrap().into()
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        assert!(run.out.starts_with('{'), "{}", run.err);
        let value: Value = serde_json::from_str(&run.out).unwrap();
        if let Some(schema) = value["schema"].as_str().filter(|schema| schema.contains("protect")) {
            let name = schema.trim_start_matches("mantrap-").replace('/', "-");
            let file =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/json-schema/{name}.json"));
            let schema = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let errors: Vec<String> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        (run.code, value)
    }

    /// Agrees to everything that waits.
    fn protect(&self, arguments: &[&str]) -> (i32, Value) {
        let digests = digests(&self.json(&[&["protect"], arguments].concat()).1);
        let mut all = [&["protect", "--untried"], arguments].concat();
        digests.iter().for_each(|digest| all.extend(["--yes-to", digest]));
        self.json(&all)
    }

    /// Every file but mantrap's own, by path.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.0.path(), &mut files);
        let own = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "mantrap");
        files.retain(|path, _| !own(path));
        files
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home().join(path)).unwrap()
    }
}

/// Nobody else may write, whatever the umask of whoever runs the test.
fn closed(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => closed(&path),
            false => fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap(),
        }
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match (path.is_symlink(), path.is_dir()) {
            (false, true) => collect(&path, files),
            _ => drop(files.insert(path.clone(), fs::read(&path).unwrap_or_default())),
        }
    }
}

fn digests(report: &Value) -> Vec<String> {
    let servers = report["servers"].as_array().unwrap().iter();
    servers.filter_map(|server| Some(server["digest"].as_str()?.to_owned())).collect()
}

fn states(report: &Value) -> BTreeMap<String, String> {
    let servers = report["servers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    servers.map(|server| (text(&server["name"]), text(&server["state"]))).collect()
}

#[test]
fn every_client_starts_mantrap_and_then_again_what_it_did() {
    let place = Place::new(&FILES);
    let before = place.files();

    let (code, would) = place.json(&["protect", "--dry-run"]);
    assert_eq!((code, would["complete"].as_bool()), (0, Some(false)));
    assert!(states(&would).values().all(|state| state == "would-protect"), "{would:#}");
    let own = [".config/mantrap", ".local"].map(|path| place.home().join(path));
    assert!(own.iter().all(|path| !path.exists()), "a dry run writes nothing");
    assert_eq!(place.files(), before);

    let (code, pending) = place.json(&["protect"]);
    assert_eq!(code, PENDING);
    assert!(states(&pending).values().all(|state| state == "pending"), "{pending:#}");
    assert_eq!(place.files(), before, "nobody agreed yet");
    // 15 servers in 14 files, of which three start the same.
    assert_eq!(states(&pending).len(), 13, "{pending:#}");

    let (code, done) = place.protect(&[]);
    assert!(states(&done).values().all(|state| state == "protected"), "{done:#}");
    assert_eq!((code, done["complete"].as_bool()), (0, Some(true)), "{done:#}");
    let after = place.files();
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "no litter");
    for (path, _) in FILES {
        let now = place.read(path);
        assert!(!now.contains("/bin/server"), "{path}: {now}");
        assert!(!now.contains(SECRET), "{path}: {now}");
        let mode = fs::metadata(place.home().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o640, "{path}");
    }
    let program = env!("CARGO_BIN_EXE_mantrap");
    let claude = place.read(".claude.json");
    let expected = format!(
        "\"command\": \"{program}\", \"args\": [\"run\", \"notes\"], \"env\": {{ \"REGION\": \"${{REGION}}\" }}"
    );
    assert!(claude.contains(&expected), "{claude}");
    let list = place.json(&["list"]).1;
    let servers = list["servers"].as_array().unwrap();
    assert!(servers.len() == 13 && servers.iter().all(|server| server["state"] == "approved"), "{list:#}");
    let lock = place.read(".config/mantrap/mantrap.lock");
    assert!(
        lock.contains("env MODE=fast") && lock.contains("env REGION") && !lock.contains(SECRET),
        "{lock}"
    );
    let secret = place.home().join(".local/share/mantrap/secrets/notes/GITHUB_TOKEN");
    assert_eq!(fs::read_to_string(&secret).unwrap(), format!("{SECRET}\n"));
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let journal = place.run(&["journal", "show"]).out;
    assert!(journal.contains("protect") && !journal.contains(SECRET), "{journal}");

    assert_eq!(place.json(&["protect"]).0, 0, "there is nothing left to do");
    assert_eq!(place.files(), after);

    let (code, undone) = place.json(&["unprotect"]);
    let files = undone["files"].as_array().unwrap();
    assert!(code == 0 && files.len() == 14 && files.iter().all(|file| file["exact"] == true), "{undone:#}");
    assert_eq!(place.files(), before);
    assert_eq!(place.json(&["unprotect"]).1["files"].as_array().unwrap().len(), 0);

    let (code, again) = place.protect(&[]);
    assert_eq!((code, place.files()), (0, after), "the same entries again: {again:#}");
}

#[test]
fn one_launch_is_one_entry_and_one_name_means_one_launch() {
    let place = Place::new(&[
        (
            ".factory/mcp.json",
            r#"{"mcpServers": {"c": {"command": "@/bin/server", "args": ["1"], "env": {"X": "1"}}, "d": {"command": "@/bin/server"}}}"#,
        ),
        (".cursor/mcp.json", r#"{"mcpServers": {"a": {"command": "@/bin/server", "args": ["1"]}}}"#),
        (".kiro/settings/mcp.json", r#"{"mcpServers": {"b": {"command": "@/bin/server", "args": ["1"]}}}"#),
        (".gemini/settings.json", r#"{"mcpServers": {"A": {"command": "@/bin/server", "args": ["2"]}}}"#),
    ]);
    let (code, done) = place.protect(&[]);
    assert_eq!(code, 0, "{done:#}");
    let names: Vec<String> = states(&done).into_keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let fits = |name: &String| {
        ["a", "c", "d"].contains(&name.as_str()) || name.len() == "a-123456".len() && name.starts_with("a-")
    };
    assert!(names.iter().all(fits), "{names:?}");
    let (code, again) = place.json(&["protect"]);
    assert_eq!((code, again["servers"].as_array().unwrap().len()), (0, 0), "{again:#}");
    assert_eq!(place.run(&["unprotect"]).code, 0);
    let (_, again) = place.json(&["protect"]);
    assert_eq!(states(&again).into_keys().collect::<Vec<_>>(), names, "every launch finds its entry again");
    assert_eq!(place.protect(&[]).0, 0);
    assert!(place.read(".kiro/settings/mcp.json").contains(r#""b": {"command": ""#));
    assert!(place.read(".kiro/settings/mcp.json").contains(r#"["run", "a"]"#));
}

#[test]
fn only_the_clients_and_the_project_that_are_named_are_looked_at() {
    let place = Place::new(&FILES);
    let before = place.files();
    let (code, done) = place.protect(&["--client", "codex"]);
    assert_eq!((code, states(&done).len()), (0, 1), "{done:#}");
    let changed = |now: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<PathBuf> {
        before
            .iter()
            .filter(|(path, bytes)| now.get(*path) != Some(bytes))
            .map(|(path, _)| path.clone())
            .collect()
    };
    assert_eq!(changed(&place.files()), [place.home().join(".codex/config.toml")]);
    assert_eq!(place.run(&["protect", "--client", "codecs"]).code, 2);
    assert_eq!(place.json(&["unprotect", "--client", "cursor"]).1["files"].as_array().unwrap().len(), 0);
    assert_eq!(place.run(&["unprotect", "--client", "codex"]).code, 0);
    assert_eq!(place.files(), before);

    let server = place.home().join("bin/server").display().to_string();
    let text = format!("{{\"mcpServers\": {{\"p\": {{\"command\": \"{server}\", \"args\": [\"p\"]}}}}}}");
    fs::write(place.home().join("src/.mcp.json"), &text).unwrap();
    closed(&place.home().join("src"));
    let folder = place.home().join("src").display().to_string();
    let (code, done) = place.protect(&[&folder]);
    assert_eq!(code, 0, "{done:#}");
    let expected = text.replace(&server, "mantrap").replace("[\"p\"]", "[\"run\", \"p\"]");
    assert_eq!(place.read("src/.mcp.json"), expected, "a shared file names no path of this machine");
    assert_eq!(place.run(&["unprotect", &folder]).code, 0);
    assert_eq!(place.read("src/.mcp.json"), text);
}

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
fn what_no_lock_can_pin_is_left_with_its_reason() {
    let place = Place::new(&[(
        ".cursor/mcp.json",
        r#"{"mcpServers": {
            "shell": {"command": "sh", "args": ["-c", "x"]},
            "image": {"command": "docker", "args": ["run", "x"]},
            "filled": {"command": "@/bin/server", "args": ["${workspaceFolder}"]},
            "tilde": {"command": "~/bin/server"},
            "relative": {"command": "./server"},
            "absent": {"command": "no-such-program-anywhere"},
            "option": {"command": "npx", "args": ["--registry", "http://x", "y"]},
            "git": {"command": "npx", "args": ["-y", "github:a/b"]},
            "url": {"command": "uvx", "args": ["--from", "git+https://x", "y"]},
            "module": {"command": "python3", "args": ["-m", "my_module"]},
            "inline": {"command": "python3", "args": ["-c", "pass"]},
            "loader": {"command": "@/bin/server", "env": {"LD_PRELOAD": "/tmp/x.so"}},
            "off": {"command": "@/bin/server", "disabled": true}
        }}"#,
    )]);
    let before = place.files();
    let (code, report) = place.json(&["protect"]);
    assert_eq!(code, PENDING);
    let left = report["left"].as_array().unwrap();
    assert_eq!((left.len(), report["servers"].as_array().unwrap().len()), (12, 1), "{report:#}");
    assert!(left.iter().all(|left| !left["why"].as_str().unwrap().is_empty()));
    assert_eq!(left.iter().filter(|left| left["protected"] == true).count(), 1, "one is switched off");
    assert!(report["servers"][0]["why"].as_str().unwrap().contains("LD_PRELOAD"), "{report:#}");
    assert_eq!(place.files(), before);
    assert!(!place.home().join(".config/mantrap/mantrap.lock").exists());
}

#[test]
fn a_person_at_a_terminal_sees_everything_and_is_asked_once_per_server() {
    const PTY: &str = "import os, pty, sys\nanswers = sys.argv[1].split(',')\ncommand = sys.argv[2:]\npid, fd = pty.fork()\nif pid == 0:\n    os.execv(command[0], command)\nseen, done = b'', 0\nwhile True:\n    try:\n        data = os.read(fd, 65536)\n    except OSError:\n        break\n    if not data:\n        break\n    seen += data\n    while seen.count(b'type its name: ') > done:\n        os.write(fd, (answers[done] if done < len(answers) else 'no').encode() + b'\\n')\n        done += 1\nsys.stdout.buffer.write(seen)\nsys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";
    let place = Place::new(&[(
        ".cursor/mcp.json",
        r#"{"mcpServers": {"yes": {"command": "@/bin/server", "args": ["1"], "env": {"API_KEY": "$SECRET"}}, "no": {"command": "@/bin/server", "args": ["2"]}}}"#,
    )]);
    let run = |answers: &str, arguments: &[&str]| -> Run {
        let mut command = std::process::Command::new("python3");
        command.args(["-c", PTY, answers, env!("CARGO_BIN_EXE_mantrap")]).args(arguments);
        command
            .env_clear()
            .env("HOME", place.home())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(place.0.path());
        command.output().unwrap().into()
    };
    let asked = run("yes,", &["protect", "--untried"]);
    assert_eq!(asked.code, PENDING, "{}", asked.out);
    for shown in ["executes", "sha256:", "API_KEY` is a secret", "starts mantrap instead", "you said no"] {
        assert!(asked.out.contains(shown), "{shown}: {}", asked.out);
    }
    assert!(!asked.out.contains(SECRET));
    let text = place.read(".cursor/mcp.json");
    assert!(text.contains("[\"run\", \"yes\"]") && text.contains("[\"2\"]"), "{text}");
    let list = place.json(&["list"]).1;
    assert_eq!(list["servers"].as_array().unwrap().len(), 1, "what was declined is in no lock");
    let again = run("no", &["protect", "--untried"]);
    assert_eq!(again.code, 0, "only the other one is asked about: {}", again.out);
    assert_eq!(again.out.matches("type its name").count(), 1);
}

#[test]
fn a_server_that_does_not_speak_in_its_jail_takes_no_servers_place() {
    const GOOD: &str = "#!/usr/bin/python3\nimport json, os, sys\nassert os.environ['API_KEY'] == 'hunter2hunter2' and os.environ['MODE'] == 'fast'\nfor line in sys.stdin:\n    ask = json.loads(line)\n    if 'id' in ask:\n        print(json.dumps({'jsonrpc': '2.0', 'id': ask['id'], 'result': {'protocolVersion': '2025-11-25', 'capabilities': {}, 'serverInfo': {'name': 'x', 'version': '1'}}}), flush=True)\n";
    const SILENT: &str = "#!/usr/bin/python3\nprint('hello, world', flush=True)\n";
    let place = Place::new(&[
        ("bin/good", GOOD),
        ("bin/silent", SILENT),
        (
            ".cursor/mcp.json",
            r#"{"mcpServers": {
                "good": {"command": "@/bin/good", "args": [], "env": {"API_KEY": "hunter2hunter2", "MODE": "fast"}},
                "silent": {"command": "@/bin/silent", "args": []}
            }}"#,
        ),
    ]);
    let digests = digests(&place.json(&["protect"]).1);
    let (code, done) = place.json(
        &[&["protect"][..], &digests.iter().flat_map(|digest| ["--yes-to", digest]).collect::<Vec<_>>()]
            .concat(),
    );
    assert_eq!(code, PENDING, "{done:#}");
    let expected = [("good", "protected"), ("silent", "silent")]
        .map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(&done), expected.into(), "{done:#}");
    let text = place.read(".cursor/mcp.json");
    assert!(text.contains("\"run\", \"good\"") && text.contains("bin/silent"), "{text}");
    assert!(!text.contains("hunter2") && !done.to_string().contains("hunter2"));
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

#[test]
fn a_policy_lists_exactly_the_servers_of_the_lock() {
    let place = Place::new(&FILES);
    assert_eq!(place.run(&["export", "--for", "claude-code"]).code, 2, "there is nothing to allow");
    assert_eq!(place.protect(&["--client", "cursor"]).0, 0);
    assert_eq!(place.protect(&["--client", "codex"]).0, 0);
    let export = |product: &str, more: &[&str]| -> String {
        let run =
            place.run(&[&["export", "--for", product, "--program", "/opt/mantrap.d/mantrap"], more].concat());
        assert_eq!(run.code, 0, "{product}: {}", run.err);
        assert!(run.err.contains("note: "), "{product}");
        run.out
    };
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let program = "/opt/mantrap.d/mantrap";
    let both = serde_json::json!([
        { "serverCommand": [program, "run", "cur"] },
        { "serverCommand": [program, "run", "dex"] },
    ]);
    for product in ["claude-code", "copilot"] {
        let policy = json(&export(product, &[]));
        assert_eq!(
            (&policy["allowedMcpServers"], &policy["allowManagedMcpServersOnly"]),
            (&both, &true.into())
        );
    }
    let vscode = json(&export("vscode", &[]));
    assert_eq!(json(vscode["ChatAllowedMcpServers"].as_str().unwrap()), both);
    let windsurf = json(&export("windsurf", &["cur"]));
    assert_eq!(windsurf.as_array().unwrap().len(), 1);
    let config = json(windsurf[0]["Server Config (JSON)"].as_str().unwrap());
    assert_eq!(config, serde_json::json!({ "command": "/opt/mantrap\\.d/mantrap", "args": ["run", "cur"] }));
    let gemini = json(&export("gemini", &[]));
    assert_eq!(gemini["mcp"]["allowed"], serde_json::json!(["cur", "dex"]));
    assert_eq!(gemini["mcpServers"]["dex"]["args"], serde_json::json!(["run", "dex"]));
    let codex = export("codex", &["dex"]);
    let expected = "[mcp_servers.dex.identity.command]\nexecutable = \"/opt/mantrap.d/mantrap\"\nargs = [{ match = \"exact\", value = \"run\" }, { match = \"exact\", value = \"dex\" }]\n";
    assert_eq!(codex, expected);
    assert_eq!(place.run(&["export", "--for", "codex", "nobody"]).code, PENDING);
    assert_eq!(place.run(&["export", "--for", "codex", "--program", "mantrap"]).code, 2);
    assert_eq!(place.run(&["export", "--for", "netscape"]).code, 2);
}

fn killed(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    // It may be over already.
    let _ = child.kill();
    child.wait().unwrap();
}
