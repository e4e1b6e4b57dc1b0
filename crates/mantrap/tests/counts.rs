//! The counts that the project claims, taken from what is there: `docs/counts.md`. `UPDATE=1` rewrites it; a count
//! that falls below its floor fails whatever the page says.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_clients::catalog::{self, Evidence};
use mantrap_clients::discover::Os;
use mantrap_scan::advisory::Database;
use mantrap_scan::rules;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// The bold line of a generated page, which that page's own test keeps true.
fn verdict(page: &str) -> String {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let line = text.lines().find(|line| line.starts_with("**")).unwrap();
    line.trim_matches('*').to_owned()
}

#[test]
fn the_counts_are_what_the_page_says() {
    let clients = catalog::clients();
    let families: usize = clients.iter().map(|client| client.files.len()).sum();
    let unconfirmed = clients
        .iter()
        .flat_map(|client| &client.files)
        .filter(|family| family.evidence == Evidence::Inferred)
        .count();
    let fixtures = folders(&root().join("crates/clients/tests/clients"));
    let on = |system: &str| fixtures.iter().filter(|folder| folder.join(system).is_dir()).count();
    let read_on = |os: Os| {
        clients.iter().filter(|client| client.files.iter().any(|family| !family.paths(os).is_empty())).count()
    };
    let mut formats: BTreeMap<String, usize> = BTreeMap::new();
    for family in clients.iter().flat_map(|client| &client.files) {
        *formats
            .entry(serde_json::to_value(family.format).unwrap().as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let formats: Vec<String> = formats.iter().map(|(format, count)| format!("{format} {count}")).collect();
    let cases: usize =
        folders(&root().join("crates/scan/tests/rules")).iter().map(|folder| folders(folder).len()).sum();
    let advisories = Database::embedded();

    let mut page = String::from(
        "# Counts\n\n<!-- Written by `UPDATE=1 cargo test -p mantrap --test counts`. -->\n\n| what | how many |\n|---|---|\n",
    );
    let mut row = |what: &str, count: String| writeln!(page, "| {what} | {count} |").unwrap();
    row("clients", clients.len().to_string());
    row("families of files that they read", format!("{families}, of which {unconfirmed} rest on one source"));
    row("formats of those files", formats.join(", "));
    row(
        "clients with user-level files on Linux, macOS, Windows",
        format!("{}, {}, {}", read_on(Os::Linux), read_on(Os::Macos), read_on(Os::Windows)),
    );
    row(
        "clients with fixtures, and of them on Linux, macOS, Windows, in a project",
        format!("{}: {}, {}, {}, {}", fixtures.len(), on("linux"), on("macos"), on("windows"), on("project")),
    );
    row("rules", rules::ALL.len().to_string());
    row("cases of rules", cases.to_string());
    row("launch vectors", verdict("docs/known-attacks.md"));
    row("documented configurations", verdict("crates/scan/tests/real-world/RESULTS.md"));
    row("advisories", format!("{}, last changed {}", advisories.count(), advisories.date()));

    assert!(clients.len() >= 100 && fixtures.len() >= clients.len(), "a client lost its fixtures");
    assert!(rules::ALL.len() >= 30 && advisories.count() >= 81);
    let file = root().join("docs/counts.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, page).unwrap();
    } else {
        assert_eq!(
            fs::read_to_string(&file).unwrap_or_default(),
            page,
            "docs/counts.md is out of step: UPDATE=1"
        );
    }
}
