use mantrap_clients::catalog::client;
use mantrap_clients::{Origin, Source, format, lower};
use serde_json::{Value, json};

use super::*;

/// What the entry of a client's file is.
fn derived(entry: Value) -> Result<Derived, String> {
    let text = json!({ "mcpServers": { "x": entry } }).to_string();
    let client = client("cursor").unwrap();
    let spec = client.files.first().unwrap();
    let source = Source::decode(Origin::file("/home/dev/.cursor/mcp.json"), text.into_bytes()).unwrap();
    let document = format::parse(&source, spec.format).unwrap();
    let (config, ..) = lower::config(source, document, client, spec);
    let here = Here { search: OsStr::new("/usr/bin:/bin"), home: Path::new("/home/dev") };
    derive(&config, config.servers.first().unwrap(), &here)
}

fn launch(command: &str, args: &[&str]) -> Result<Derived, String> {
    derived(json!({ "command": command, "args": args }))
}

fn source(command: &str, args: &[&str]) -> (String, Option<String>, Vec<String>) {
    let derived = launch(command, args).unwrap();
    (derived.source, derived.program, derived.arguments)
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn packages_are_found_behind_their_launchers() {
    for (command, args, package, program, rest) in [
        ("npx", &["-y", "pkg@1.2.3", "--flag", "-y"][..], "npm:pkg@1.2.3", None, &["--flag", "-y"][..]),
        ("/usr/local/bin/npx", &["--yes", "@scope/pkg"], "npm:@scope/pkg", None, &[]),
        ("npm", &["exec", "--", "pkg", "x"], "npm:pkg", None, &["x"]),
        ("npx", &["-y", "--package=pkg@2", "prog", "x"], "npm:pkg@2", Some("prog"), &["x"]),
        ("npx", &["-p", "pkg@2", "prog"], "npm:pkg@2", Some("prog"), &[]),
        ("pnpm", &["dlx", "pkg"], "npm:pkg", None, &[]),
        ("bunx", &["pkg"], "npm:pkg", None, &[]),
        ("uvx", &["pkg==1.0", "--x"], "pypi:pkg@1.0", None, &["--x"]),
        ("uvx", &["pkg@latest"], "pypi:pkg", None, &[]),
        ("uvx", &["--from", "pkg==1.0", "prog", "y"], "pypi:pkg@1.0", Some("prog"), &["y"]),
        ("uvx", &["--from=pkg", "pkg"], "pypi:pkg", None, &[]),
        ("uv", &["tool", "run", "pkg"], "pypi:pkg", None, &[]),
        ("pipx", &["run", "pkg"], "pypi:pkg", None, &[]),
        ("python3", &["-m", "mcp_server_time", "--tz"], "pypi:mcp-server-time", None, &["--tz"]),
    ] {
        let found = source(command, args);
        assert_eq!(found, (package.to_owned(), program.map(String::from), texts(rest)), "{command} {args:?}");
    }
    assert_eq!(source("npx -y pkg@1 --x", &[]), ("npm:pkg@1".into(), None, texts(&["--x"])));
}

#[test]
fn what_would_be_another_thing_tomorrow_or_here_is_refused() {
    for (command, args) in [
        ("npx", &["-c", "pkg"][..]),
        ("npx", &["--call=sh", "pkg"]),
        ("npx", &["--registry", "http://x", "pkg"]),
        ("npx", &["--node-options=--require=x", "pkg"]),
        ("npx", &["-p", "a", "-p", "b", "c"]),
        ("npx", &["./local"]),
        ("npx", &["github:a/b"]),
        ("npx", &["a/b"]),
        ("npx", &["https://x/y.tgz"]),
        ("npx", &[]),
        ("uvx", &["--from", "git+https://x", "y"]),
        ("uvx", &["--with", "x", "y"]),
        ("uvx", &["--index-url", "https://x", "y"]),
        ("uvx", &["pkg[extra]"]),
        ("uvx", &["pkg>=1"]),
        ("uvx", &["./x"]),
        ("uv", &["run", "x"]),
        ("uv", &["--directory", "/x", "run", "y"]),
        ("python3", &["-m", "internal_tools"]),
        ("python3", &["-c", "pass"]),
        ("node", &["--require", "x", "/y.js"]),
        ("node", &["relative.js"]),
        ("node", &["/no/such/file.js"]),
        ("sh", &["-c", "x"]),
        ("env", &["-S", "x"]),
        ("sudo", &["x"]),
        ("docker", &["run", "x"]),
        ("cmd.exe", &["/c", "npx", "pkg"]),
        ("java", &["-jar", "x"]),
        ("./server", &[]),
        ("~/server", &[]),
        ("/usr/bin/env", &["x"]),
        ("no-such-program-anywhere", &[]),
        ("npx -y pkg; rm x", &[]),
        ("npx", &["-y", "pkg", "${workspaceFolder}"]),
        ("npx", &["-y", "pkg", "$HOME/x"]),
        ("npx", &["-y", "pkg", "%APPDATA%\\x"]),
        ("npx", &["-y", "pkg", "{env:X}"]),
        ("npx", &["-y", "pkg", "~/x"]),
    ] {
        let refused = launch(command, args);
        assert!(refused.as_ref().is_err_and(|why| why.len() > 10), "{command} {args:?}: {refused:?}");
    }
    let token = "ghp_EXAMPLEexampleEXAMPLEexample0123456789";
    assert!(
        launch("npx", &["p", "--token", token])
            .is_err_and(|why| why.contains("argument 3") && !why.contains(token))
    );
    assert!(derived(json!({ "command": "npx", "args": ["p"], "url": "https://x" })).is_err());
    assert!(derived(json!({ "command": "npx", "args": ["p"], "cwd": "relative" })).is_err());
    assert!(derived(json!({ "command": "npx", "args": ["p"], "env": { "A-B": "x" } })).is_err());
}

#[test]
fn a_package_of_the_catalogue_gets_the_rights_that_were_reviewed() {
    let package = "@modelcontextprotocol/server-filesystem";
    let asked = Asked::parse(&format!("npm:{package}"), Path::new("/")).unwrap();
    let reviewed = catalogue::of(&asked).next().unwrap().reviewed;
    let one = launch("npx", &["-y", package, "/srv/{notes}"]).unwrap();
    assert_eq!(one.source, format!("npm:{package}@{reviewed}"));
    assert_eq!(one.rights.as_deref(), Some(&["write /srv/{{notes}}".to_owned()][..]));
    assert!(one.reads.is_empty() && one.arguments == ["/srv/{notes}"]);
    let older = launch("npx", &["-y", &format!("{package}@2025.8.21"), "/srv/notes"]).unwrap();
    assert_eq!(older.source, format!("npm:{package}@2025.8.21"));
    assert!(older.rights.is_some());
    let two = launch("npx", &["-y", package, "/srv/notes", "/srv/other"]).unwrap();
    assert_eq!((two.rights, two.source), (None, format!("npm:{package}")), "it is known with one directory");
}

#[test]
fn prices_and_percentages_are_no_references() {
    let args = ["-y", "pkg", "--limit=5$", "--share", "50%", "--range", "1% of 2"];
    assert_eq!(source("npx", &args).2, texts(&args[2..]));
}

#[test]
fn a_script_is_pinned_with_its_project_and_its_runtime() {
    let place = std::env::temp_dir().join(format!("mantrap-source-{}", std::process::id()));
    std::fs::create_dir_all(place.join("p/dist")).unwrap();
    let place = place.canonicalize().unwrap();
    std::fs::write(place.join("p/package.json"), "{}").unwrap();
    std::fs::write(place.join("p/dist/index.js"), "x").unwrap();
    std::fs::write(place.join("p/data.txt"), "x").unwrap();
    std::fs::write(place.join("tool"), "#!/usr/bin/env sh\necho\n").unwrap();
    std::fs::write(place.join("odd"), "#!/bin/sh -x y\necho\n").unwrap();
    std::fs::write(place.join("runtime"), "a program").unwrap();
    let text = |path: &str| place.join(path).display().to_string();
    let here = Here { search: OsStr::new("/usr/bin:/bin"), home: Path::new("/home/dev") };
    let of =
        |script: &str, rest: &[&str]| from_script(&place.join(script), place.join("runtime"), rest, &here);
    let script = of("p/dist/index.js", &["a"]).unwrap();
    assert_eq!(script.source, format!("script:{}", text("p/dist/index.js")));
    assert_eq!((script.files, script.runtime), (vec![place.join("p")], Some(place.join("runtime"))));
    let inside = Here { home: &place.join("p"), ..here };
    let at_home = from_script(&place.join("p/dist/index.js"), place.join("runtime"), &[], &inside).unwrap();
    assert!(at_home.files.is_empty(), "a home is never part of a server");

    let tool = launch(&text("tool"), &["x"]).unwrap();
    assert_eq!(tool.source, format!("script:{}", text("tool")));
    assert!(tool.runtime.is_some_and(|runtime| runtime.is_absolute()));
    assert!(launch(&text("odd"), &[]).is_err(), "its first line says more than a program");

    let reads = launch(&text("runtime"), &[&text("p"), &format!("--file={}", text("p/data.txt"))]).unwrap();
    assert_eq!(reads.source, format!("bin:{}", text("runtime")));
    assert_eq!(reads.reads, [place.join("p"), place.join("p/data.txt")]);
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn every_variable_goes_where_it_belongs() {
    let env = json!({
        "API_KEY": "sk-EXAMPLE-not-a-key", "DATABASE_PASSWORD": "hunter2", "REGION": "eu", "PORT": 8080, "EMPTY": "",
        "FROM_SHELL": "${FROM_SHELL}", "TOKEN": "${input:token}", "NOTE": "two\nlines",
    });
    let variables = derived(json!({ "command": "npx", "args": ["p"], "env": env })).unwrap().variables;
    let is = |name: &str| variables.iter().find(|variable| variable.name() == name).cloned().unwrap();
    assert_eq!(is("API_KEY"), Variable::Secret("API_KEY".into(), "sk-EXAMPLE-not-a-key".into()));
    assert!(matches!(is("DATABASE_PASSWORD"), Variable::Secret(..)));
    assert_eq!(is("REGION"), Variable::Locked("REGION".into(), "eu".into()));
    assert_eq!(is("PORT"), Variable::Locked("PORT".into(), "8080".into()));
    for stays in ["EMPTY", "FROM_SHELL", "TOKEN", "NOTE"] {
        assert_eq!(is(stays), Variable::Stays(stays.into()));
    }
}
