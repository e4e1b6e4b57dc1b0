//! Real servers, from a path: the same tools through mantrap as without it. scripts/servers fetches and builds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::desk::{Client, Desk};

fn servers() -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/servers");
    place.canonicalize().expect("the real servers are not there: run scripts/servers, or make test")
}

/// A server, its program, what is part of it, its arguments, and a call.
struct Case {
    name: &'static str,
    program: &'static str,
    files: &'static [&'static str],
    arguments: &'static [&'static str],
    call: (&'static str, Value),
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "everything",
            program: "/usr/bin/node",
            files: &["node/node_modules"],
            arguments: &["node/node_modules/@modelcontextprotocol/server-everything/dist/index.js", "stdio"],
            call: ("echo", json!({ "message": "hello" })),
        },
        Case {
            name: "time",
            program: "/usr/bin/python3",
            files: &["{packages}"],
            arguments: &[
                "-I",
                "-c",
                "import sys; sys.path.insert(0, sys.argv.pop(1)); import mcp_server_time; mcp_server_time.main()",
                "{packages}",
            ],
            call: (
                "convert_time",
                json!({ "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo" }),
            ),
        },
        Case { name: "go", program: "go/server", files: &[], arguments: &[], call: nowhere() },
        Case { name: "rust", program: "rust/server", files: &[], arguments: &[], call: nowhere() },
    ]
}

/// A file that is neither in a jail nor here: both say so.
fn nowhere() -> (&'static str, Value) {
    ("read", json!({ "path": "/nowhere/to/be/found" }))
}

#[test]
fn real_servers_say_the_same_through_mantrap_as_without_it() {
    let servers = servers();
    let mut packages = fs::read_dir(servers.join("python/lib")).unwrap();
    let packages = packages.next().unwrap().unwrap().path().join("site-packages");
    let place = |word: &str| {
        let path = if word == "{packages}" { packages.clone() } else { servers.join(word) };
        if path.exists() { path.display().to_string() } else { word.to_owned() }
    };
    let desk = Desk::new();
    for Case { name, program, files, arguments, call: (tool, call) } in cases() {
        let program = fs::canonicalize(place(program)).unwrap().display().to_string();
        let arguments: Vec<String> = arguments.iter().map(|word| place(word)).collect();
        let source = format!("bin:{program}");
        let pinned: Vec<String> = files.iter().map(|file| place(file)).collect();
        let mut words = vec![source.as_str()];
        pinned.iter().for_each(|file| words.extend(["--file", file.as_str()]));
        words.push("--");
        words.extend(arguments.iter().map(String::as_str));
        desk.approved(name, &words);

        let mut alone = Command::new(&program);
        alone.args(&arguments);
        let mut said = Vec::new();
        for mut client in [Client::start(alone), desk.start(name)] {
            let welcome = client.initialize()["result"].take();
            let tools = client.ask("tools/list", &json!({}))["result"].take();
            let called = client.ask("tools/call", &json!({ "name": tool, "arguments": call }));
            said.push((welcome, tools, called));
            client.end();
        }
        assert!(said[0].1["tools"].as_array().is_some_and(|tools| !tools.is_empty()), "{name}: {said:?}");
        assert_eq!(said[0], said[1], "{name}");
        let outcome = desk.outcome();
        assert_eq!(outcome["probation"], json!("spoke MCP"), "{name}");
        assert_eq!(outcome["refused"], json!({ "client": 0, "server": 0 }), "{name}");
    }
}
