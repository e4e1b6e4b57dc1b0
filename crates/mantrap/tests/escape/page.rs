//! The table of techniques in `docs/known-attacks.md`, written from the tests themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Where the table begins; what is above is another test's.
const HEAD: &str = "\n## Out of the jail\n";

/// The techniques, by family: what is said above each test, and the test's name.
fn table() -> (String, usize) {
    let mut page = format!(
        "{HEAD}\n<!-- Written by `UPDATE=1 cargo test -p mantrap --test escape page`. -->\n\n\
         What a jailed process may try, and the test that tries it (`cargo test -p mantrap --test escape`): first without\n\
         the jail, where it must succeed, then inside, where it must not. Lines marked *allowed* are the counterparts that\n\
         show that the jail does not simply refuse everything. All of them apply.\n\n\
         | technique | the test |\n|---|---|\n"
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut techniques = 0;
    for file in files.iter().filter(|file| !file.ends_with("page.rs")) {
        let text = fs::read_to_string(file).unwrap();
        let family = file.file_stem().unwrap().to_str().unwrap();
        let lines: Vec<_> = text.lines().collect();
        for (number, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[test]") {
            let name = lines[number + 1].trim_start_matches("fn ").split('(').next().unwrap();
            let said = lines[number - 1].trim_start_matches("/// ");
            assert!(lines[number - 1].starts_with("/// "), "`{name}` does not say what it tries");
            let allowed = said.starts_with("allowed: ");
            techniques += usize::from(!allowed);
            let said = if allowed { "*allowed*".to_owned() } else { said.to_owned() };
            writeln!(page, "| {said} | `{family}::{name}` |").unwrap();
        }
    }
    writeln!(page, "\n**Techniques: {techniques}.**").unwrap();
    (page, techniques)
}

#[test]
fn every_technique_has_its_row() {
    let (table, techniques) = table();
    assert!(techniques >= 80, "{techniques} techniques");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/known-attacks.md");
    let page = fs::read_to_string(&file).unwrap();
    let above = page.split(HEAD).next().unwrap();
    let whole = format!("{above}{table}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, whole).unwrap();
    } else {
        assert!(page == whole, "docs/known-attacks.md is out of step: UPDATE=1");
    }
}
