//! Every client of the catalogue over its fixture folder `tests/clients/<id>/`.
//!
//! `linux/`, `macos/` and `windows/` (also `linux-<case>/` and so on) are mounted disks with the home of an account
//! called `dev`; `project/` is a repository; a variable `NAME` that only relocates leads to `/srv/NAME`.
//! `expected.txt` is what discovery says about them: `UPDATE=1` rewrites it, and `docs/clients.md` with it; read the
//! difference before you commit it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_clients::catalog::{Client, Dialect, Evidence, FileSpec, ProjectStart, clients};
use mantrap_clients::discover::{Found, Home, Os, Target, folder, homes, machine};
use mantrap_clients::paths::{Bases, Step, Style, alternatives, steps};
use mantrap_clients::{Config, Scope, Switch, Transport};

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn fixture(client: &Client) -> PathBuf {
    crate_folder().join("tests/clients").join(&client.id)
}

/// The cases of a fixture folder, in order.
fn cases(client: &Client) -> Vec<(String, PathBuf)> {
    let mut cases: Vec<(String, PathBuf)> = fs::read_dir(fixture(client))
        .unwrap_or_else(|error| panic!("{} has no fixture folder: {error}", client.id))
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    cases.sort();
    cases
}

fn os_of(case: &str) -> Option<Os> {
    match case.split('-').next()? {
        "linux" => Some(Os::Linux),
        "macos" => Some(Os::Macos),
        "windows" => Some(Os::Windows),
        _ => None,
    }
}

/// Every variable that a pattern of the client relocates by, each leading to its folder below `/srv`.
fn environment(client: &Client, os: Os) -> BTreeMap<String, String> {
    let specs = client.files.iter().flat_map(|spec| spec.paths(os));
    let only_relocated = specs.filter(|pattern| pattern.starts_with("${") && !pattern.contains(":-"));
    only_relocated
        .filter_map(|pattern| pattern.strip_prefix("${")?.split_once('}'))
        .map(|(name, _)| {
            let folder = match os {
                Os::Windows => format!("C:\\srv\\{name}"),
                Os::Linux | Os::Macos => format!("/srv/{name}"),
            };
            (name.to_owned(), folder)
        })
        .collect()
}

fn discover(client: &Client, case: &str, path: &Path) -> Found {
    let Some(os) = os_of(case) else {
        return folder(path, Os::Linux, &|_, _| false);
    };
    let mut homes = homes(os, Some(path), true);
    if homes.is_empty() {
        homes.push(Home { path: home(os).into(), account: None, current: true });
    }
    for home in &mut homes {
        home.current = true;
    }
    machine(&Target { os, root: Some(path.to_path_buf()), homes, environment: environment(client, os) })
}

fn home(os: Os) -> &'static str {
    match os {
        Os::Linux => "/home/dev",
        Os::Macos => "/Users/dev",
        Os::Windows => "C:\\Users\\dev",
    }
}

fn concerns(config: &Config, client: &Client) -> bool {
    config.client.id == client.id || config.also_read_by.iter().any(|other| other.id == client.id)
}

fn listing(client: &Client, case: &str, path: &Path, found: &Found) -> String {
    let mut text = String::new();
    let name = |path_of: &Path| {
        let relative = path_of.strip_prefix(path).unwrap_or(path_of);
        relative.display().to_string()
    };
    for config in found.configs.iter().filter(|config| concerns(config, client)) {
        let owner = match config.client.id == client.id {
            true => String::new(),
            false => format!(" as {}", config.client.id),
        };
        let member = config.origin().member.as_ref().map_or(String::new(), |member| format!("!{member}"));
        let doubt = if config.confirmed { "" } else { " unconfirmed" };
        writeln!(
            text,
            "{case} {} {}{member}{owner}{doubt}",
            word(&config.scope),
            name(&config.origin().path)
        )
        .unwrap();
        for server in &config.servers {
            write!(text, "  {} {}", server.name.value, word(&server.transport)).unwrap();
            let argv: Vec<&str> = server.argv().iter().map(|word| word.value.as_str()).collect();
            if !argv.is_empty() {
                write!(text, " {argv:?}").unwrap();
            }
            for url in &server.urls {
                write!(text, " url={}", url.value).unwrap();
            }
            for (label, entries) in [("env", &server.env), ("headers", &server.headers)] {
                if !entries.is_empty() {
                    let names: Vec<&str> = entries.iter().map(|entry| entry.name.value.as_str()).collect();
                    write!(text, " {label}={}", names.join(",")).unwrap();
                }
            }
            match server.switch {
                Switch::On => {}
                Switch::Off => text.push_str(" off"),
                Switch::NotLoaded => text.push_str(" not-loaded"),
            }
            text.push('\n');
        }
    }
    for problem in &found.problems {
        let path = name(&problem.origin.path);
        writeln!(text, "{case} problem {path}: {:?}: {}", problem.kind, problem.message).unwrap();
    }
    text
}

fn word(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

/// The files below a folder, relative to it.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![path.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => pending.push(entry.path()),
                false => found.push(entry.path().strip_prefix(path).unwrap().to_path_buf()),
            }
        }
    }
    found.sort();
    found
}

/// Whether a path, as names, goes the way of a pattern's steps.
fn goes(names: &[String], steps: &[Step]) -> bool {
    match (names, steps) {
        ([], []) => true,
        (_, [Step::Deep, rest @ ..]) => (0..=names.len()).any(|at| goes(names.split_at(at).1, rest)),
        ([name, names @ ..], [step, steps @ ..]) => step.matches(name, true) && goes(names, steps),
        _ => false,
    }
}

/// Where the patterns of a spec lead on a mounted disk or in a repository, as steps from its top.
fn ways(spec: &FileSpec, os: Option<Os>, environment: &BTreeMap<String, String>) -> Vec<Vec<Step>> {
    let Some(os) = os else {
        let patterns = spec.project.iter().flat_map(|pattern| alternatives(pattern));
        return patterns.map(|pattern| steps(&pattern, Style::Unix)).collect();
    };
    let style = match os {
        Os::Linux | Os::Macos => Style::Unix,
        Os::Windows => Style::Windows,
    };
    let own = Bases { os, style, home: Some(Path::new(home(os))), environment: Some(environment) };
    let machine = Bases { home: None, environment: None, ..own };
    let patterns = spec.paths(os).iter();
    let probes = patterns.flat_map(|pattern| own.probes(pattern).into_iter().chain(machine.probes(pattern)));
    probes
        .map(|probe| {
            let base = style.names(&probe.base).into_iter();
            let base = base.map(|name| Step::Name(name.into_string().unwrap()));
            base.chain(probe.steps).collect()
        })
        .collect()
}

#[test]
fn every_client_reads_its_fixtures_as_expected() {
    let mut wrong = Vec::new();
    for client in clients() {
        let mut text = String::new();
        for (case, path) in cases(client) {
            text.push_str(&listing(client, &case, &path, &discover(client, &case, &path)));
        }
        let expected = fixture(client).join("expected.txt");
        if is_update() {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(format!("--- {} says now:\n{text}", client.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_every_client_has_a_fixture_on_each_of_its_systems_and_is_read() {
    let mut missing = Vec::new();
    for client in clients() {
        let cases: Vec<_> = cases(client)
            .into_iter()
            .map(|(case, path)| (os_of(&case), files(&path), discover(client, &case, &path), path))
            .collect();
        for spec in client.files.iter().filter(|spec| spec.dialect != Dialect::Opaque) {
            let systems = [
                (Some(Os::Linux), &spec.linux),
                (Some(Os::Macos), &spec.macos),
                (Some(Os::Windows), &spec.windows),
                (None, &spec.project),
            ];
            for (os, patterns) in systems.into_iter().filter(|(_, patterns)| !patterns.is_empty()) {
                let environment = os.map(|os| environment(client, os)).unwrap_or_default();
                let ways = ways(spec, os, &environment);
                let covered = cases.iter().filter(|case| case.0 == os).any(|(_, files, found, path)| {
                    files
                        .iter()
                        .filter(|file| ways.iter().any(|way| goes(&names(file), way)))
                        .any(|file| is_read(client, spec, found, &path.join(file), file))
                });
                if !covered {
                    missing.push(format!("{} {os:?} {patterns:?}", client.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} not covered:\n{}", missing.len(), missing.join("\n"));
}

fn names(file: &Path) -> Vec<String> {
    file.iter().map(|name| name.to_str().unwrap().to_owned()).collect()
}

fn is_read(client: &Client, spec: &FileSpec, found: &Found, path: &Path, relative: &Path) -> bool {
    let style = |config: &Config| config.origin().path.display().to_string().replace('\\', "/");
    let end = format!("/{}", relative.display());
    found.configs.iter().filter(|config| concerns(config, client)).any(|config| {
        // An extension's servers are in the script beside its manifest.
        let is_script = spec.dialect == Dialect::Extension && config.scope == Scope::Extension;
        is_script || config.origin().path == path || style(config).ends_with(&end)
    })
}

#[test]
fn the_fixtures_hold_the_dialects_that_differ() {
    let mut transports = BTreeMap::<String, usize>::new();
    let mut off = 0;
    for client in clients() {
        for (case, path) in cases(client) {
            for config in discover(client, &case, &path).configs {
                for server in config.servers {
                    *transports.entry(word(&server.transport)).or_default() += 1;
                    off += usize::from(server.switch == Switch::Off);
                }
            }
        }
    }
    assert!(transports[&word(&Transport::Stdio)] > 300, "{transports:?}");
    assert!(transports[&word(&Transport::Http)] > 300, "{transports:?}");
    assert!(off > 50);
}

/// `docs/clients.md`, generated.
#[test]
fn the_table_of_clients_is_up_to_date() {
    let path = crate_folder().join("../../docs/clients.md");
    let text = table();
    if is_update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let written = fs::read_to_string(&path).expect("docs/clients.md; write it with `UPDATE=1`");
    assert!(written == text, "docs/clients.md is out of date: run this test with `UPDATE=1`");
}

fn table() -> String {
    let files: usize = clients().iter().map(|client| client.files.len()).sum();
    let mut text = format!(
        "# Clients\n\n<!-- Generated from crates/clients/clients/*.toml. Write it anew: UPDATE=1 cargo test -p mantrap-clients -->\n\n\
         {} clients with {files} families of files. A client is one file in `crates/clients/clients/` and one folder \
         of fixtures in `crates/clients/tests/clients/`, both called by its id; adding one needs no code.\n\n\
         A path marked `?` rests on one unconfirmed source: it is looked at, and findings in it say so. A path marked \
         `opaque` is known to hold servers and cannot be read; that it exists is reported. `~` is the home, \
         `${{NAME:-default}}` a variable that moves the place (set, both places are looked at), `*` any name, `**` any \
         folders. Project files are looked for in every folder that a client remembers and in the folders above it, and \
         at every level of a folder that is audited.\n\n\
         | Client | Before a project's servers start | Linux | macOS | Windows | Project |\n\
         |---|---|---|---|---|---|\n",
        clients().len()
    );
    for client in clients() {
        write!(text, "| {} (`{}`) | {} |", client.name, client.id, start(client.project_start)).unwrap();
        type Paths = fn(&FileSpec) -> &Vec<String>;
        let columns: [Paths; 4] =
            [|spec| &spec.linux, |spec| &spec.macos, |spec| &spec.windows, |spec| &spec.project];
        for paths in columns {
            let cells: Vec<String> = client
                .files
                .iter()
                .flat_map(|spec| paths(spec).iter().map(|path| cell(path, spec)))
                .collect();
            write!(text, " {} |", cells.join("<br>")).unwrap();
        }
        text.push('\n');
    }
    text.push_str("\n## Notes\n\n");
    for client in clients() {
        let mut notes: Vec<&str> = vec![&client.notes];
        notes.extend(client.files.iter().map(|spec| spec.notes.as_str()));
        notes.retain(|note| !note.is_empty());
        if !notes.is_empty() {
            writeln!(text, "- **{}**: {}", client.name, notes.join(" ")).unwrap();
        }
    }
    text
}

fn cell(path: &str, spec: &FileSpec) -> String {
    let mark = match (spec.dialect, spec.evidence) {
        (Dialect::Opaque, _) => " opaque",
        (_, Evidence::Inferred) => " ?",
        _ => "",
    };
    format!("`{}`{mark}", path.replace('|', "\\|"))
}

fn start(start: ProjectStart) -> &'static str {
    match start {
        ProjectStart::Undocumented => "",
        ProjectStart::Silent => "nothing is asked",
        ProjectStart::AsksPerFolder => "the folder is trusted",
        ProjectStart::AsksPerServer => "each server is approved",
        ProjectStart::OffByDefault => "off until switched on",
    }
}
