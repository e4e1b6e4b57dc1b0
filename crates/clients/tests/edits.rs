//! A property of every fixture of every client: each server that is a process can be made to start something else, the
//! file then says exactly that and nothing else that is new, and undoing it gives the bytes that were there.
#![expect(clippy::unwrap_used, reason = "what fails here is a failing test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Home, Os, Target, folder, machine};
use mantrap_clients::edit::{CannotEdit, Wanted, Which, encode, replace, restore, rewrite};
use mantrap_clients::{Config, Format, Server, Transport};

/// Every config of every fixture, whoever reads it, once.
fn fleet() -> Vec<Config> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let mut fleet: BTreeMap<PathBuf, Config> = BTreeMap::new();
    for client in folders(&fixtures) {
        for case in folders(&client) {
            let name = case.file_name().unwrap().to_str().unwrap().to_owned();
            let found = match name.split('-').next().unwrap() {
                "linux" => on(&case, Os::Linux, "/home/dev"),
                "macos" => on(&case, Os::Macos, "/Users/dev"),
                "windows" => on(&case, Os::Windows, "C:\\Users\\dev"),
                _ => folder(&case, Os::Linux, &|_, _| false).configs,
            };
            let place =
                |config: Config| (case.join(config.origin().to_string().trim_start_matches('/')), config);
            fleet.extend(found.into_iter().map(place));
        }
    }
    fleet.into_values().collect()
}

fn folders(within: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = within.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn on(root: &Path, os: Os, home: &str) -> Vec<Config> {
    let homes = vec![Home { path: home.into(), account: None, current: true }];
    machine(&Target { os, root: Some(root.into()), homes, environment: BTreeMap::new() }).configs
}

fn names(server: &Server) -> Vec<String> {
    server.env.iter().map(|entry| entry.name.value.clone()).collect()
}

/// Every choice of variables that is worth trying: none, each alone, all.
fn choices(server: &Server) -> Vec<BTreeSet<String>> {
    let names = names(server);
    let single = names.iter().map(|name| [name.clone()].into());
    [BTreeSet::new(), names.iter().cloned().collect()].into_iter().chain(single).collect()
}

fn wanted(without: BTreeSet<String>) -> Wanted {
    let args = ["run", "some-server"].map(String::from).to_vec();
    Wanted { command: "/usr/local/bin/mantrap".into(), args, without }
}

/// What stands on the lines before and behind a server.
fn around<'a>(text: &'a str, server: &Server) -> (&'a str, &'a str) {
    let (head, tail) =
        (text.get(..server.span.start as usize).unwrap(), text.get(server.span.end as usize..).unwrap());
    let start = head.rfind('\n').map_or(0, |end| end + 1);
    let end = tail.find('\n').unwrap_or(tail.len());
    (head.get(..start).unwrap(), tail.get(end..).unwrap())
}

#[test]
fn every_server_of_every_fixture_is_edited_and_restored() {
    let (mut edits, mut refused) = (0, BTreeSet::new());
    for config in fleet() {
        let bytes = encode(&config.source);
        let processes = config.servers.iter().enumerate();
        for (index, server) in processes.filter(|(_, server)| server.transport == Transport::Stdio) {
            for without in choices(server) {
                let wanted = wanted(without);
                let edited = match rewrite(&config, index, &wanted) {
                    Ok(edited) => edited,
                    Err(error) => {
                        assert!(matches!(error, CannotEdit::Format(_)), "{}: {error}", config.origin());
                        refused.insert(config.client.id.as_str());
                        continue;
                    }
                };
                edits += 1;
                let place = config.origin();
                let says = edited.config.servers.get(index).unwrap();
                let argv: Vec<&str> = says.argv().iter().map(|word| word.value.as_str()).collect();
                assert_eq!(argv, ["/usr/local/bin/mantrap", "run", "some-server"], "{place}");
                let kept = names(server).into_iter().filter(|name| !wanted.without.contains(name));
                assert!(kept.eq(names(says)), "{place}");
                assert_eq!(Which::of(&edited.config, index), Which::of(&config, index), "{place}");
                let (old, new) = (&config.source.text, &edited.config.source.text);
                let (head, tail) = around(old, server);
                assert!(new.starts_with(head) && new.ends_with(tail), "{place}");
                assert_eq!(restore(&edited.config, &edited.undo).unwrap().bytes, bytes, "{place}");
                match replace(&edited.config, index, &config, index) {
                    Ok(again) => assert_eq!(again.servers.len(), config.servers.len(), "{place}"),
                    Err(error) => {
                        let is_one_piece =
                            !matches!(config.read_as.format, Format::Toml | Format::Xml | Format::Crushrc);
                        assert!(!is_one_piece, "{place}: {error}");
                    }
                }
            }
        }
    }
    assert!(edits >= 900, "{edits}");
    let kinds = ["claude-desktop", "docker-mcp-toolkit", "repository", "vscode", "vscode-server"];
    assert!(refused.iter().eq(&kinds), "{refused:?}");
}

#[test]
fn all_servers_of_a_file_are_edited_one_after_the_other_and_undone_backwards() {
    for config in fleet() {
        let bytes = encode(&config.source);
        let mut undo = Vec::new();
        let mut now = config;
        for index in 0..now.servers.len() {
            let server = now.servers.get(index).unwrap();
            if server.transport != Transport::Stdio {
                continue;
            }
            let all = names(server).into_iter().collect();
            match rewrite(&now, index, &wanted(all)) {
                Ok(edited) => {
                    undo.push(edited.undo);
                    now = edited.config;
                }
                Err(CannotEdit::Format(_)) => {}
                Err(error) => panic!("{}: {error}", now.origin()),
            }
        }
        for undo in undo.iter().rev() {
            now = restore(&now, undo).unwrap().config;
        }
        assert_eq!(encode(&now.source), bytes, "{}", now.origin());
    }
}
