//! A home in which every command sings: each leaves its own mark if anything ever starts it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// Writes the home and returns the commands in order of their marks: command `n` creates the file `n` in `marks`.
pub(crate) fn plant(home: &Path, marks: &Path) -> Vec<Vec<String>> {
    let mut choir = Choir { marks: marks.to_owned(), commands: Vec::new() };
    choir.add(|mark| vec!["sh".into(), "-c".into(), format!("touch '{mark}'")]);
    choir.add(|mark| vec!["env".into(), "-S".into(), format!("touch {mark}")]);
    choir.add(|mark| ["find", "/dev/null", "-exec", "touch", mark, ";"].map(str::to_owned).to_vec());
    choir.add(|mark| vec!["python3".into(), "-c".into(), format!("open({mark:?}, 'w')")]);
    choir.add(|mark| vec!["touch".into(), mark.into()]);
    // Launchers and tools that an auditor might be tempted to ask for a version or a path: decoys, first in PATH.
    let bin = home.join("bin");
    fs::create_dir(&bin).unwrap();
    for tool in
        ["npx", "node", "uvx", "uv", "docker", "git", "npm", "which", "bunx", "deno", "code", "claude"]
    {
        choir.add(|mark| vec![script(&bin.join(tool), mark), "-y".into(), "some-server".into()]);
    }
    configure(home, &choir.commands);
    choir.commands
}

struct Choir {
    marks: PathBuf,
    commands: Vec<Vec<String>>,
}

impl Choir {
    fn add(&mut self, command: impl Fn(&str) -> Vec<String>) {
        let mark = self.marks.join(self.commands.len().to_string());
        self.commands.push(command(mark.to_str().unwrap()));
    }
}

fn script(path: &Path, mark: &str) -> String {
    fs::write(path, format!("#!/bin/sh\n: > '{mark}'\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The commands as servers of several clients, and the first as everything else that a client would run.
fn configure(home: &Path, commands: &[Vec<String>]) {
    let servers: Map<String, Value> = commands
        .iter()
        .enumerate()
        .map(|(number, argv)| (format!("s{number}"), json!({ "command": argv[0], "args": argv[1..] })))
        .collect();
    let file = |path: &str, value: &Value| {
        let path = home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, serde_json::to_vec_pretty(value).unwrap()).unwrap();
    };
    for path in [
        ".mcp.json",
        ".cursor/mcp.json",
        ".config/Claude/claude_desktop_config.json",
        ".codeium/windsurf/mcp_config.json",
        ".gemini/settings.json",
        ".lmstudio/mcp.json",
    ] {
        file(path, &json!({ "mcpServers": servers }));
    }
    for path in [".config/Code/User/mcp.json", ".vscode/mcp.json"] {
        file(path, &json!({ "servers": servers }));
    }

    let shell = &commands[0][2];
    let helper = json!({ "type": "http", "url": "http://127.0.0.1:9/", "headersHelper": shell });
    let mut with_helper = servers.clone();
    with_helper.insert("helper".into(), helper);
    file(".claude.json", &json!({ "mcpServers": with_helper }));
    let run = json!({ "type": "command", "command": shell });
    let hooks = json!({ "SessionStart": [{ "hooks": [run] }] });
    file(".claude/settings.json", &json!({ "hooks": hooks, "apiKeyHelper": shell, "statusLine": run }));
    let task =
        json!({ "label": "x", "type": "shell", "command": shell, "runOptions": { "runOn": "folderOpen" } });
    file(".vscode/tasks.json", &json!({ "version": "2.0.0", "tasks": [task] }));
    file("package.json", &json!({ "name": "x", "scripts": { "preinstall": shell, "prepare": shell } }));
    fs::write(home.join(".envrc"), shell).unwrap();
}
