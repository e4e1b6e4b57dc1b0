//! What stands in the way of discovery, one test per obstacle: links, devices, size, names, homes, relocated
//! folders, folders that clients remember.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and makes its own tree, FIFOs included"
)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use mantrap_clients::discover::{Found, Home, Os, Target, folder, homes, machine};
use mantrap_clients::{Config, ProblemKind, Scope, Switch};

/// A folder that vanishes with the test.
struct Tree(PathBuf);

impl Tree {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("mantrap-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Tree(fs::canonicalize(path).unwrap())
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn folder(&self, path: &str) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    fn target(&self, os: Os, root: &str) -> Target {
        let root = self.0.join(root);
        Target { os, homes: homes(os, Some(&root), true), root: Some(root), environment: BTreeMap::new() }
    }

    /// A machine whose only home is this folder.
    fn home(&self) -> Target {
        Target {
            os: Os::Linux,
            root: None,
            homes: vec![Home { path: self.0.clone(), account: None, current: true }],
            environment: BTreeMap::new(),
        }
    }

    fn walk(&self) -> Found {
        folder(&self.0, Os::Linux, &|_, _| false)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SERVERS: &str = r#"{"mcpServers": {"files": {"command": "npx", "args": ["pkg@1.0.0"]}}}"#;

fn paths(found: &Found) -> Vec<String> {
    found.configs.iter().map(|config| config.origin().path.display().to_string()).collect()
}

fn kinds(found: &Found) -> Vec<ProblemKind> {
    found.problems.iter().map(|problem| problem.kind).collect()
}

fn only(found: &Found) -> &Config {
    assert_eq!(found.configs.len(), 1, "{:?} {:?}", paths(found), found.problems);
    found.configs.first().unwrap()
}

#[test]
fn a_link_that_goes_round_in_circles_is_a_problem() {
    let tree = Tree::new();
    tree.link(".cursor/mcp.json", "other.json").link(".cursor/other.json", "mcp.json");
    for found in [tree.walk(), machine(&tree.home())] {
        assert_eq!(kinds(&found), [ProblemKind::Link], "{:?}", found.problems);
    }
    let disk = Tree::new();
    disk.link("home/u/.cursor/mcp.json", "other.json").link("home/u/.cursor/other.json", "mcp.json");
    assert_eq!(kinds(&machine(&disk.target(Os::Linux, ""))), [ProblemKind::Link]);
}

#[test]
fn a_config_of_a_repository_that_waits_for_its_target_is_a_problem() {
    let tree = Tree::new();
    tree.link(".cursor/mcp.json", "/nonexistent/mcp.json");
    let found = tree.walk();
    assert_eq!(kinds(&found), [ProblemKind::Link]);
    assert!(found.problems[0].message.contains("does not exist"));
}

#[test]
fn folders_that_contain_themselves_end() {
    let tree = Tree::new();
    tree.file(".claude/plugins/cache/a/.mcp.json", SERVERS).link(".claude/plugins/cache/a/again", "..");
    let found = machine(&tree.home());
    assert_eq!(only(&found).scope, Scope::Plugin);
    let tree = Tree::new();
    tree.file("a/.mcp.json", SERVERS).link("a/again", "..");
    only(&tree.walk());
}

#[test]
fn a_fifo_at_a_config_path_does_not_block() {
    let tree = Tree::new();
    let folder = tree.folder(".cursor");
    let made = std::process::Command::new("mkfifo").arg(folder.join("mcp.json")).status();
    assert!(made.unwrap().success());
    for found in [tree.walk(), machine(&tree.home())] {
        assert_eq!(kinds(&found), [ProblemKind::NotAFile], "{:?}", found.problems);
    }
}

#[test]
fn a_directory_or_a_device_at_a_config_path_is_a_problem() {
    let tree = Tree::new();
    tree.folder(".cursor/mcp.json");
    tree.link(".kiro/settings/mcp.json", "/dev/zero");
    let found = machine(&tree.home());
    assert_eq!(kinds(&found), [ProblemKind::NotAFile, ProblemKind::NotAFile]);
    let found = tree.walk();
    assert_eq!(kinds(&found), [ProblemKind::NotAFile], "a directory of that name is only a directory");
}

#[test]
fn a_file_of_100_megabytes_is_refused_unread() {
    let tree = Tree::new();
    tree.file(".cursor/mcp.json", "");
    let file = fs::File::options().write(true).open(tree.0.join(".cursor/mcp.json")).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    for found in [tree.walk(), machine(&tree.home())] {
        assert_eq!(kinds(&found), [ProblemKind::TooLarge]);
    }
}

#[test]
fn names_that_are_no_text_are_walked_through() {
    let tree = Tree::new();
    let odd = tree.0.join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir_all(odd.join(".cursor")).unwrap();
    fs::write(odd.join(".cursor/mcp.json"), SERVERS).unwrap();
    fs::write(odd.join(OsStr::from_bytes(b"\xff.code-workspace")), "{}").unwrap();
    let found = tree.walk();
    assert_eq!(found.configs.len(), 2);
    assert!(found.problems.is_empty());

    let disk = Tree::new();
    let home = disk.0.join("home").join(OsStr::from_bytes(b"\xfc"));
    fs::create_dir_all(home.join(".cursor")).unwrap();
    fs::write(home.join(".cursor/mcp.json"), SERVERS).unwrap();
    only(&machine(&disk.target(Os::Linux, "")));
}

#[test]
fn a_folder_that_may_not_be_entered_is_one_problem() {
    let tree = Tree::new();
    tree.file(".cursor/mcp.json", SERVERS).file(".kiro/settings/mcp.json", SERVERS);
    let cursor = tree.0.join(".cursor");
    fs::set_permissions(&cursor, fs::Permissions::from_mode(0o000)).unwrap();
    let enters_anyway = fs::read_dir(&cursor).is_ok();
    let found = machine(&tree.home());
    fs::set_permissions(&cursor, fs::Permissions::from_mode(0o755)).unwrap();
    // Root goes through every mode: there the file is simply read.
    match enters_anyway {
        true => assert_eq!(found.configs.len(), 2),
        false => assert_eq!(kinds(&found), [ProblemKind::Unreadable]),
    }
}

#[test]
fn links_below_a_root_stay_below_it() {
    let outside = Tree::new();
    outside.file("etc/secret.json", SERVERS);
    let disk = Tree::new();
    disk.file("srv/real.json", SERVERS)
        .link("home/a/.cursor/mcp.json", "/srv/real.json")
        .link("home/b/.cursor/mcp.json", outside.0.join("etc/secret.json"))
        .link("home/c/.cursor/mcp.json", "../../../../../../../../etc/passwd")
        .link("home/d/.cursor", "/srv/folder")
        .file("srv/folder/mcp.json", SERVERS)
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    let found = machine(&disk.target(Os::Linux, ""));
    assert_eq!(paths(&found), ["/home/a/.cursor/mcp.json", "/home/d/.cursor/mcp.json"]);
    assert_eq!(found.configs[0].link.as_deref(), Some(Path::new("/srv/real.json")));
    assert_eq!(found.configs[1].link.as_deref(), Some(Path::new("/srv/folder/mcp.json")));
    assert_eq!(kinds(&found), [ProblemKind::Link], "{:?}", found.problems);
    assert!(found.problems[0].message.contains("out of the root"));
}

#[test]
fn a_project_config_that_leads_out_of_the_folder_is_read_and_says_where() {
    let outside = Tree::new();
    outside.file("shared.json", SERVERS).file("config/mcp.json", SERVERS);
    let tree = Tree::new();
    tree.link("a/.mcp.json", outside.0.join("shared.json"))
        .link("b/.cursor", outside.0.join("config"))
        .link("c/.mcp.json", "../real.json")
        .file("real.json", SERVERS);
    let found = tree.walk();
    let links: Vec<Option<PathBuf>> = found.configs.iter().map(|config| config.link.clone()).collect();
    assert_eq!(links, [Some(outside.0.join("shared.json")), Some(outside.0.join("config/mcp.json")), None,]);
    assert_eq!(kinds(&found), [ProblemKind::Link]);
    assert_eq!(found.problems[0].origin.path, tree.0.join("b/.cursor"));
}

#[test]
fn one_real_file_is_one_config_with_every_reader() {
    let tree = Tree::new();
    tree.file(".mcp.json", SERVERS).link(".cursor/mcp.json", "../.mcp.json");
    let found = tree.walk();
    let config = only(&found);
    assert_eq!(config.client.id, "claude-code");
    assert_eq!(config.servers.len(), 1);
    let readers: Vec<&str> = config.also_read_by.iter().map(|client| client.id.as_str()).collect();
    assert!(readers.contains(&"cursor") && readers.contains(&"forgecode"), "{readers:?}");
    assert!(!readers.contains(&"repository"));
}

#[test]
fn the_sweep_takes_only_what_looks_like_mcp() {
    let tree = Tree::new();
    tree.file("a/mcp.json", r#"{"servers": {"x": {"command": "npx"}}}"#)
        .file("b/mcp.json", r#"{"servers": {"x": {"port": 25565}}}"#)
        .file("c/mcp.json", r#"{"minecraft": "coder pack"}"#)
        .file("d/mcp.json", r#"{"x": {"url": "https://mcp.example.com"}}"#)
        .file("e/plugin.json", "{ not json")
        .file("f/mcp.json", r#"{"mcpServers": {"#);
    let found = tree.walk();
    let names: Vec<_> = found.configs.iter().map(|c| c.project.clone().unwrap()).collect();
    assert_eq!(names, [tree.0.join("a"), tree.0.join("d")]);
    assert_eq!(kinds(&found), [ProblemKind::Syntax]);
}

#[test]
fn configs_are_found_where_ignore_files_hide_them() {
    let tree = Tree::new();
    tree.file(".gitignore", "node_modules\nhidden\n*.json\n")
        .file("node_modules/pkg/.cursor/mcp.json", SERVERS)
        .file("hidden/.vscode/mcp.json", r#"{"servers": {}}"#)
        .file(".git/hooks/.mcp.json", SERVERS)
        .file("hidden/notes.txt", "");
    let found = folder(&tree.0, Os::Linux, &|name, relative| {
        name == "notes.txt" && relative == Path::new("hidden/notes.txt")
    });
    assert_eq!(found.configs.len(), 2);
    assert_eq!(found.other_files, [tree.0.join("hidden/notes.txt")]);
}

#[test]
fn a_repository_is_read_as_a_system_that_ignores_case_would() {
    let tree = Tree::new();
    tree.file(".Cursor/MCP.json", SERVERS);
    assert_eq!(only(&tree.walk()).client.id, "cursor");
    let disk = Tree::new();
    disk.file("users/u/appdata/roaming/claude/CLAUDE_desktop_config.json", SERVERS);
    assert_eq!(
        paths(&machine(&disk.target(Os::Windows, ""))),
        ["C:\\Users\\u\\AppData\\Roaming\\Claude\\claude_desktop_config.json"]
    );
    let linux = Tree::new();
    linux.file("home/u/.Cursor/mcp.json", SERVERS);
    assert!(machine(&linux.target(Os::Linux, "")).configs.is_empty());
}

#[test]
fn a_walk_deeper_than_the_limit_says_so() {
    let tree = Tree::new();
    let deep = "d/".repeat(70);
    tree.file(&format!("{deep}.mcp.json"), SERVERS);
    let found = tree.walk();
    assert!(found.configs.is_empty());
    assert_eq!(kinds(&found), [ProblemKind::Cut]);
}

#[test]
fn every_account_of_a_disk_is_found() {
    let disk = Tree::new();
    for home in ["home/ann", "home/bob", "root", "srv/app", "nonexistent-not"] {
        disk.folder(home);
    }
    disk.file(
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\napp:x:1001:1001::/srv/app:/bin/sh\n\
         daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/bin/sh\nbroken line\n",
    );
    disk.link("home/linked", "/srv/app").link("home/away", "/nowhere");
    let found: Vec<(String, String)> = homes(Os::Linux, Some(&disk.0), true)
        .into_iter()
        .map(|home| (home.path.display().to_string(), home.account.unwrap()))
        .collect();
    let expected = [
        ("/home/ann", "ann"),
        ("/home/bob", "bob"),
        ("/home/linked", "linked"),
        ("/root", "root"),
        ("/srv/app", "app"),
    ];
    assert_eq!(found, expected.map(|(path, account)| (path.to_owned(), account.to_owned())));
    assert!(homes(Os::Linux, None, false).is_empty(), "only the caller knows whose session this is");

    let windows = Tree::new();
    windows.folder("Users/Ann");
    windows.folder("Users/Public");
    windows.folder("wsl.localhost/Ubuntu/home/ann");
    windows.file("wsl.localhost/Ubuntu/home/ann/.cursor/mcp.json", SERVERS);
    let target = windows.target(Os::Windows, "");
    let found: Vec<_> = target.homes.iter().map(|home| home.path.display().to_string()).collect();
    assert_eq!(found, ["C:\\Users\\Ann", "\\\\wsl.localhost\\Ubuntu\\home\\ann"]);
    assert_eq!(paths(&machine(&target)), ["\\\\wsl.localhost\\Ubuntu\\home\\ann\\.cursor\\mcp.json"]);
}

#[test]
fn relocation_variables_count_for_the_current_account_only() {
    let tree = Tree::new();
    tree.file("elsewhere/.claude.json", SERVERS);
    tree.folder("ann");
    tree.folder("bob");
    let home =
        |name: &str, current| Home { path: tree.0.join(name), account: Some(name.to_owned()), current };
    let elsewhere = tree.0.join("elsewhere").display().to_string();
    let mut target = Target {
        os: Os::Linux,
        root: None,
        homes: vec![home("bob", false), home("ann", true)],
        environment: BTreeMap::from([("CLAUDE_CONFIG_DIR".to_owned(), elsewhere)]),
    };
    assert_eq!(only(&machine(&target)).home.as_deref(), Some("ann"));
    target.homes.pop();
    assert!(machine(&target).configs.is_empty());
}

#[test]
fn a_windows_home_is_read_on_any_system() {
    let tree = Tree::new();
    tree.file("AppData/Roaming/Claude/claude_desktop_config.json", SERVERS);
    let target = Target { os: Os::Windows, ..tree.home() };
    let found = machine(&target);
    assert_eq!(only(&found).origin().path, tree.0.join("AppData/Roaming/Claude/claude_desktop_config.json"));
}

#[test]
fn remembered_folders_are_looked_into_with_those_above_them() {
    let disk = Tree::new();
    disk.file("home/u/work/mono/app/.cursor/mcp.json", SERVERS)
        .file("home/u/work/mono/.mcp.json", SERVERS)
        .file("home/u/work/a b/.vscode/mcp.json", r#"{"servers": {"x": {"command": "npx"}}}"#)
        .file("home/u/.cursor/mcp.json", SERVERS)
        .file("home/u/gone-not/.mcp.json", SERVERS)
        .file("home/u/.claude.json", r#"{"projects": {"/home/u/work/mono/app": {}, "/home/u/gone": {}, "relative": {}}}"#)
        .file(
            "home/u/.config/Code/User/workspaceStorage/1/workspace.json",
            r#"{"folder": "file:///home/u/work/a%20b"}"#,
        )
        .file("home/u/.config/Code/User/workspaceStorage/2/workspace.json", r#"{"folder": "vscode-remote://ssh-remote%2Bx/y"}"#)
        .file("home/u/.config/Code/User/workspaceStorage/3/workspace.json", r#"{"workspace": "file:///home/u/ws/all.code-workspace"}"#)
        .file("home/u/ws/all.code-workspace", r#"{"folders": [{"path": "../listed"}], "settings": {"mcp": {"servers": {"w": {"command": "npx"}}}}}"#)
        .file("home/u/listed/.mcp.json", SERVERS)
        .file("home/u/.codex/config.toml", "[projects.\"/home/u/trusted\"]\ntrust_level = \"trusted\"\n")
        .file("home/u/trusted/.codex/config.toml", "[mcp_servers.x]\ncommand = \"npx\"\n")
        .file("home/u/.copilot/session-state/1/workspace.yaml", "cwd: /home/u/session\ngit_root: /home/u/session\n")
        .file("home/u/session/.github/mcp.json", SERVERS)
        .file("home/u/.gemini/trustedFolders.json", r#"{"/home/u/gemini": "TRUST_FOLDER"}"#)
        .file("home/u/gemini/.gemini/settings.json", SERVERS)
        .file("home/u/.gemini/config/projects/p.json", r#"{"projectResources": {"resources": [{"folderUri": "file:///home/u/anti"}]}}"#)
        .file("home/u/anti/.agents/mcp_config.json", SERVERS);
    let found = machine(&disk.target(Os::Linux, ""));
    let projects: Vec<_> = found.projects.iter().map(|path| path.display().to_string()).collect();
    assert_eq!(
        projects,
        [
            "/home/u/anti",
            "/home/u/gemini",
            "/home/u/listed",
            "/home/u/session",
            "/home/u/trusted",
            "/home/u/work/a b",
            "/home/u/work/mono/app",
            "/home/u/ws",
        ]
    );
    let mut project_files: Vec<String> = found
        .configs
        .iter()
        .filter(|config| config.scope.is_foreign())
        .map(|config| config.origin().path.display().to_string())
        .collect();
    project_files.sort();
    assert_eq!(
        project_files,
        [
            "/home/u/anti/.agents/mcp_config.json",
            "/home/u/gemini/.gemini/settings.json",
            "/home/u/listed/.mcp.json",
            "/home/u/session/.github/mcp.json",
            "/home/u/trusted/.codex/config.toml",
            "/home/u/work/a b/.vscode/mcp.json",
            "/home/u/work/mono/.mcp.json",
            "/home/u/work/mono/app/.cursor/mcp.json",
            "/home/u/ws/all.code-workspace",
        ]
    );
    let own: Vec<_> =
        found.configs.iter().filter(|c| c.origin().path.ends_with("u/.cursor/mcp.json")).collect();
    assert_eq!(own.len(), 1, "the home above a project is still the user's");
    assert_eq!(own[0].scope, Scope::User);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn remembered_network_folders_are_named_and_not_opened() {
    let disk = Tree::new();
    disk.file(
        "Users/u/AppData/Roaming/Code/User/workspaceStorage/1/workspace.json",
        r#"{"folder": "file://server/share/p"}"#,
    )
    .file(
        "Users/u/AppData/Roaming/Code/User/workspaceStorage/2/workspace.json",
        r#"{"folder": "file:///c%3A/src/p"}"#,
    )
    .file(
        "Users/u/AppData/Roaming/Code/User/workspaceStorage/3/workspace.json",
        r#"{"workspace": "file://server/share/x.code-workspace"}"#,
    )
    .file("server/share/p/.mcp.json", SERVERS)
    .file("src/p/.mcp.json", SERVERS);
    let found = machine(&disk.target(Os::Windows, ""));
    assert_eq!(paths(&found), ["C:\\src\\p\\.mcp.json"]);
    let remote: Vec<_> =
        found.problems.iter().map(|problem| problem.origin.path.display().to_string()).collect();
    assert_eq!(remote, ["\\\\server\\share\\p", "\\\\server\\share"]);
}

#[test]
fn a_database_of_projects_is_named() {
    let tree = Tree::new();
    tree.file(".local/share/opencode/opencode.db", "SQLite format 3");
    let found = machine(&tree.home());
    assert_eq!(kinds(&found), [ProblemKind::Opaque]);
}

#[test]
fn files_that_a_manifest_names_are_read_once_and_inside_its_folder() {
    let outside = Tree::new();
    outside.file("x/.mcp.json", SERVERS);
    let away = outside.0.join("x/.mcp.json").display().to_string();
    let tree = Tree::new();
    tree.file("a/.claude-plugin/plugin.json", r#"{"name": "a", "mcpServers": "./servers.json"}"#)
        .file("a/servers.json", SERVERS)
        .file("b/.claude-plugin/plugin.json", r#"{"name": "b", "mcpServers": "./.mcp.json"}"#)
        .file("b/.mcp.json", SERVERS)
        .file("c/plugin.json", r#"{"name": "c", "mcpServers": "../../../etc/servers.json"}"#)
        .file("d/plugin.json", &format!(r#"{{"mcpServers": "{away}"}}"#))
        .file("e/plugin.json", r#"{"name": "e", "mcpServers": "./plugin.json"}"#);
    let found = tree.walk();
    let with_servers: Vec<PathBuf> = found
        .configs
        .iter()
        .filter(|config| !config.servers.is_empty())
        .map(|config| config.origin().path.strip_prefix(&tree.0).unwrap().to_path_buf())
        .collect();
    assert_eq!(with_servers, [Path::new("a/servers.json"), Path::new("b/.mcp.json")]);
    assert_eq!(kinds(&found), [ProblemKind::Link, ProblemKind::Link], "{:?}", found.problems);
}

#[test]
fn a_windows_plugin_is_followed_on_any_system() {
    let disk = Tree::new();
    let plugin = "Users/u/.claude/plugins/cache/m/p";
    disk.file(
        &format!("{plugin}/.claude-plugin/plugin.json"),
        r#"{"name": "p", "mcpServers": ".\\conf\\s.json"}"#,
    )
    .file(&format!("{plugin}/conf/s.json"), SERVERS);
    let found = machine(&disk.target(Os::Windows, ""));
    let expected = r"C:\Users\u\.claude\plugins\cache\m\p\conf\s.json";
    assert_eq!(paths(&found).last().map(String::as_str), Some(expected), "{:?}", found.problems);
}

#[test]
fn an_extension_that_computes_its_servers_says_so() {
    let tree = Tree::new();
    let manifest =
        r#"{"main": "./out/main", "contributes": {"mcpServerDefinitionProviders": [{"id": "x"}]}}"#;
    tree.file(".vscode/extensions/a-1/package.json", manifest)
        .file(
            ".vscode/extensions/a-1/out/main.js",
            "new vscode.McpStdioServerDefinition('a', command(), ['x'])",
        )
        .file(".vscode/extensions/b-1/package.json", manifest)
        .file(".vscode/extensions/c-1/package.json", r#"{"main": "./out/main"}"#)
        .file(".vscode/extensions/d-1/package.json", &manifest.replace("./out", "../a-1/out"));
    let found = machine(&tree.home());
    assert!(found.problems.iter().all(|problem| problem.kind == ProblemKind::Dynamic));
    let said: Vec<String> = found
        .problems
        .iter()
        .map(|problem| problem.origin.path.strip_prefix(&tree.0).unwrap().display().to_string())
        .collect();
    assert_eq!(
        said,
        [
            ".vscode/extensions/a-1/out/main.js",
            ".vscode/extensions/b-1/package.json",
            ".vscode/extensions/d-1/package.json",
        ]
    );
}

#[test]
fn an_exclusive_policy_leaves_live_what_another_client_reads() {
    let disk = Tree::new();
    disk.file("etc/claude-code/managed-mcp.json", SERVERS)
        .file(
            "home/u/.claude.json",
            r#"{"mcpServers": {"x": {"command": "npx"}}, "projects": {"/srv/p": {}}}"#,
        )
        .file("srv/p/.mcp.json", SERVERS);
    let switch = |found: &Found, end: &str| {
        let config = found.configs.iter().find(|config| config.origin().path.ends_with(end)).unwrap();
        config.servers[0].switch
    };
    let found = machine(&disk.target(Os::Linux, ""));
    assert_eq!(switch(&found, "managed-mcp.json"), Switch::On);
    assert_eq!(switch(&found, ".claude.json"), Switch::NotLoaded);
    assert_eq!(switch(&found, ".mcp.json"), Switch::NotLoaded);
    disk.file("home/u/.cursor/mcp.json", SERVERS);
    let found = machine(&disk.target(Os::Linux, ""));
    assert_eq!(switch(&found, "p/.mcp.json"), Switch::On);
}

#[test]
fn the_order_is_the_same_in_every_run() {
    let tree = Tree::new();
    for at in 0..200 {
        tree.file(&format!("{}/{at}/.mcp.json", at % 7), SERVERS);
    }
    let first = paths(&tree.walk());
    assert_eq!(first.len(), 200);
    for _ in 0..5 {
        assert_eq!(paths(&tree.walk()), first);
    }
}
