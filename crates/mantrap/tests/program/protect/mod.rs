//! What clients start becomes `mantrap run NAME`, and what it was before: on a home with the files of many clients.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Run, Tree, mantrap};

mod files;
mod policies;
mod servers;

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
