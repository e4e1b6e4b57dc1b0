//! Two real servers from the configured registries, started from the store.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use mantrap_launch::Store as _;
use mantrap_launch::install::{How, Installed, Surroundings, npm, pypi};

use crate::Test;
use crate::world::{World, node, program, python};

pub(crate) const TESTS: &[Test] = &[("real::two_servers_are_installed_and_answer", servers)];

fn servers() {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    let home = std::env::var_os("HOME").map(Into::into);
    let surroundings = Surroundings { variables, home };
    let world = World::new();
    let store = world.store();
    let node = node().unwrap();
    let node = How::with(node.runtime, node.installer);
    let installed =
        npm::install(&store, "@modelcontextprotocol/server-everything", "2026.8.31", &node, &surroundings);
    answers(&world, &node.runtime, &installed.unwrap());
    // With pip, and with uv where that is installed.
    for installer in std::iter::once(None).chain(program("uv").map(Some)) {
        let how = How::with(python().unwrap(), installer);
        let installed = pypi::install(&store, "mcp-server-time", "2026.10.19", &how, &surroundings);
        answers(&world, &how.runtime, &installed.unwrap());
    }
    for stored in store.list().unwrap() {
        store.verify(&stored.digest).unwrap();
    }
}

fn answers(world: &World, runtime: &Path, installed: &Installed) {
    println!(
        "{}: {} packages, {:?}",
        installed.record.source,
        installed.record.packages.len(),
        installed.record.notes
    );
    let tree = world.store().tree(&installed.tree).unwrap();
    let arguments = installed.arguments.iter().map(|word| word.replace("{tree}", tree.to_str().unwrap()));
    let mut child = Command::new(runtime)
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ask = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"0"}}}"#;
    writeln!(child.stdin.as_mut().unwrap(), "{ask}").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("serverInfo"), "{line}");
}
