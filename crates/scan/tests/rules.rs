//! Every rule over every case: `tests/rules/<id>/<bad|good>-<name>/` is a small tree, `expected.txt` beside its
//! files is what the audit says about it. `UPDATE=1` rewrites it; read the difference before you commit it.
//!
//! A case lists every finding of its own rule, and those of other rules that everybody would see: what the others
//! say to pedants and auditors is their own cases' business. Lines `MODE PATH` of a file `modes` set permissions
//! before the audit, since a checkout keeps none but the execute bit.
//!
//! A case with a `home/` folder is audited as a machine with that home, any other as a repository. The case name
//! decides: in `bad-…` the rule must speak, in `good-…` it must be silent.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Home, Os, Target};
use mantrap_scan::{Persona, Report, Request, audit, rules};

fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Applies the lines `MODE PATH` of a case's `modes` file.
#[cfg(unix)]
fn set_modes(case: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for line in fs::read_to_string(case.join("modes")).unwrap_or_default().lines() {
        let (mode, path) = line.split_once(' ').unwrap();
        let mode = u32::from_str_radix(mode, 8).unwrap();
        fs::set_permissions(case.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[cfg(not(unix))]
fn set_modes(_case: &Path) {}

fn run(case: &Path) -> Report {
    set_modes(case);
    let home = case.join("home");
    let os = match name(case).rsplit('-').next() {
        Some("windows") => Os::Windows,
        Some("macos") => Os::Macos,
        _ => Os::Linux,
    };
    let is_machine = home.is_dir();
    let homes = if is_machine { vec![Home { path: home, account: None, current: true }] } else { Vec::new() };
    audit(&Request {
        target: Target { os, root: None, homes, environment: BTreeMap::new() },
        folder: (!is_machine).then(|| case.to_path_buf()),
        name: "case".into(),
        processes: false,
        advisories: None,
        persona: Persona::Auditor,
        baseline: Default::default(),
        ignores: Default::default(),
        trust_ignores_in_files: true,
        keeper: None,
        today: "2026-11-21".into(),
    })
}

/// One line a finding, and what it says, proposes and would edit. Paths are relative to the case.
fn listing(report: &Report, case: &Path, id: &str) -> String {
    let mut text = String::new();
    let findings = report.findings.iter();
    for finding in findings.filter(|finding| finding.rule.id == id || finding.persona == Persona::Regular) {
        let place = finding.primary().map_or(String::new(), |location| {
            let path = location.origin.to_string().replace(&format!("{}/", case.display()), "");
            match &location.place {
                Some((source, span)) => {
                    let (line, column) = source.line_column(span.start);
                    let excerpt = source.slice(*span).split_whitespace().collect::<Vec<_>>().join(" ");
                    format!("{path}:{line}:{column} {excerpt}")
                }
                None => path,
            }
        });
        let grade =
            format!("{:?}/{:?}/{:?}", finding.severity, finding.confidence, finding.persona).to_lowercase();
        writeln!(text, "{} {grade} {place}", finding.rule.id).unwrap();
        writeln!(text, "    {}", finding.message.replace(&case.display().to_string(), "CASE")).unwrap();
        writeln!(text, "    help: {}", finding.remedy.replace(&case.display().to_string(), "CASE")).unwrap();
        if let Some(edit) = &finding.edit {
            writeln!(text, "    edit: {} -> {}", edit.title, edit.replacement).unwrap();
        }
    }
    for problem in &report.problems {
        let origin = problem.origin.to_string().replace(&format!("{}/", case.display()), "");
        writeln!(text, "not analysed ({:?}) {origin}: {}", problem.kind, problem.message).unwrap();
    }
    text
}

#[test]
fn every_case_says_what_its_file_expects() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    let mut count = 0;
    for folder in folders(&cases_folder()) {
        let id = name(&folder);
        assert!(rules::rule(id).is_some(), "tests/rules/{id} belongs to no rule");
        for case in folders(&folder) {
            count += 1;
            let report = run(&case);
            let speaks = report.findings.iter().any(|finding| finding.rule.id == id);
            let is_bad = name(&case).starts_with("bad-");
            assert!(
                is_bad || name(&case).starts_with("good-"),
                "{}: call it bad-… or good-…",
                case.display()
            );
            if speaks != is_bad {
                writeln!(
                    wrong,
                    "{id}/{}: the rule {}",
                    name(&case),
                    if speaks { "speaks" } else { "is silent" }
                )
                .unwrap();
            }
            let actual = listing(&report, &case, id);
            let file = case.join("expected.txt");
            if update {
                fs::write(&file, actual).unwrap();
            } else if fs::read_to_string(&file).unwrap_or_default() != actual {
                writeln!(wrong, "{id}/{}: expected.txt differs; now:\n{actual}", name(&case)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 0);
}

#[test]
fn every_rule_has_a_bad_case_and_a_good_one() {
    for rule in rules::ALL {
        if matches!(rule.hook, rules::Hook::Elsewhere) {
            continue;
        }
        let cases = folders(&cases_folder().join(rule.meta.id));
        for kind in ["bad-", "good-"] {
            assert!(
                cases.iter().any(|case| name(case).starts_with(kind)),
                "{} has no {kind}… case",
                rule.meta.id
            );
        }
    }
}

#[test]
fn rules_are_in_order_and_their_texts_are_whole() {
    assert!(rules::ALL.is_sorted_by_key(|rule| rule.meta.id));
    for meta in rules::ALL.iter().map(|rule| rule.meta) {
        for text in [meta.title, meta.why, meta.details, meta.remedy] {
            assert!(!text.is_empty(), "{}", meta.id);
        }
        assert!(!meta.why.ends_with('.') && !meta.remedy.ends_with('.'), "{}: no full stop", meta.id);
        assert!(!meta.mappings.csf.is_empty(), "{}: every rule maps to CSF", meta.id);
    }
}

#[test]
fn every_rule_file_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let stems = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (
            path.file_stem().unwrap().to_str().unwrap().replace('_', "-"),
            fs::read_to_string(&path).unwrap_or_default(),
        )
    });
    let is_rule = |(_, text): &(String, String)| text.contains("static RULE: Rule");
    for (id, _) in stems.filter(is_rule) {
        assert!(rules::rule(&id).is_some(), "`{id}` is not in rules::ALL");
    }
}
