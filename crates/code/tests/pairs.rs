//! Pairs of programs: one in which an outsider decides what is started, and its twin in which nobody but the operator
//! does. Each pair is a folder `pairs/LANGUAGE/NAME/{vulnerable,fixed}`; a pair counts where both are judged right.
//! `UPDATE=1` writes the table of `docs/pairs.md`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mantrap_code::knowledge::Origin;
use mantrap_code::{Analysis, Digest32, Flow, Input, Keeper, analyse, analyse_again};

/// Of every hundred pairs of a language, so many have to be told apart.
const WANTED_PERCENT: usize = 95;

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn inputs(folder: &Path, top: &Path, found: &mut Vec<Input>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            inputs(&path, top, found);
        } else {
            let relative = path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Input { path: relative, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

fn analysed(folder: &Path) -> Analysis {
    let mut found = Vec::new();
    inputs(folder, folder, &mut found);
    assert!(!found.is_empty(), "{} holds no program", folder.display());
    analyse(found)
}

/// Flows that somebody else than the operator decides.
fn alarms(analysis: &Analysis) -> Vec<&Flow> {
    analysis.flows.iter().filter(|flow| flow.origin > Origin::Operator).collect()
}

/// What is wrong with how a pair is judged; nothing if it is told apart.
fn judged(pair: &Path) -> Option<String> {
    let vulnerable = analysed(&pair.join("vulnerable"));
    let fixed = analysed(&pair.join("fixed"));
    let show = |flow: &Flow| {
        let last = flow.steps.last().map(|step| format!("{} ({:?})", step.path, flow.origin));
        format!("{} guard {:?}", last.unwrap_or_default(), flow.guard)
    };
    let strongest = |analysis: &Analysis| alarms(analysis).iter().map(|flow| flow.guard).min();
    match (strongest(&vulnerable), strongest(&fixed)) {
        (None, _) => Some("the vulnerable program is not found".to_owned()),
        (Some(_), None) => None,
        (Some(vulnerable), Some(fixed)) if vulnerable < fixed => None,
        _ => Some(format!(
            "the fixed program is reported alike: {:?}",
            alarms(&fixed).into_iter().map(show).collect::<Vec<_>>()
        )),
    }
}

#[test]
fn pairs_are_told_apart() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let only = std::env::var("PAIR").ok();
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for language in folders(&top) {
        let name = language.file_name().unwrap().to_string_lossy().into_owned();
        let (right, all) = table.entry(name.clone()).or_default();
        for pair in folders(&language) {
            let title = format!("{name}/{}", pair.file_name().unwrap().to_string_lossy());
            if only.as_ref().is_some_and(|only| !title.contains(only.as_str())) {
                continue;
            }
            *all += 1;
            match judged(&pair) {
                None => *right += 1,
                Some(problem) => wrong.push(format!("{title}: {problem}")),
            }
        }
    }
    let mut text = String::from(
        "# Pairs told apart\n\nEach pair is a program in which an outsider decides what is started, and its fixed twin. It counts where the\nfirst is reported and the second is not, or with a stronger guard. `crates/code/tests/pairs` holds them.\n\n| language | pairs | told apart |\n|---|---:|---:|\n",
    );
    for (language, (right, all)) in &table {
        text.push_str(&format!("| {language} | {all} | {right} |\n"));
    }
    let (right, all) = table.values().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    text.push_str(&format!("| all | {all} | {right} |\n"));
    let report = wrong.join("\n");
    for (language, (right, all)) in &table {
        eprintln!("{language}: {right} of {all}");
    }
    for (language, (right, all)) in &table {
        assert!(right * 100 >= all * WANTED_PERCENT, "{language}: {right} of {all}\n{report}");
    }
    if only.is_some() {
        assert!(wrong.is_empty(), "{report}");
        return;
    }
    eprintln!("{report}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pairs.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    let known = std::fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(known, text, "docs/pairs.md is stale: UPDATE=1 cargo test -p mantrap-code --test pairs");
}

/// Keeps in memory, and counts what it was asked for and had.
#[derive(Debug, Default)]
struct Shelf {
    kept: Mutex<BTreeMap<Digest32, Vec<u8>>>,
    had: Mutex<usize>,
}

impl Keeper for Shelf {
    fn load(&self, name: &Digest32) -> Option<Vec<u8>> {
        let found = self.kept.lock().unwrap().get(name).cloned();
        *self.had.lock().unwrap() += usize::from(found.is_some());
        found
    }

    fn save(&self, name: &Digest32, bytes: &[u8]) {
        self.kept.lock().unwrap().insert(*name, bytes.to_vec());
    }
}

/// The same findings without anything kept, with everything kept, after an edit, and with every kept file damaged.
#[test]
fn what_is_kept_changes_nothing_but_time() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let shelf = Arc::new(Shelf::default());
    let again = |inputs: &[Input]| format!("{:?}", analyse_again(inputs.to_vec(), shelf.clone()));
    let mut seed = 1u32;
    for program in folders(&top).iter().flat_map(|language| folders(language)).flat_map(|pair| folders(&pair))
    {
        let mut found = Vec::new();
        inputs(&program, &program, &mut found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let without = analyse(found.clone());
        let (lowered, without) = (without.lowered, format!("{without:?}"));
        assert_eq!(again(&found), without, "{}: first", program.display());
        *shelf.had.lock().unwrap() = 0;
        assert_eq!(again(&found), without, "{}: again", program.display());
        assert_eq!(*shelf.had.lock().unwrap(), lowered, "{}: all that is lowered is kept", program.display());
        // One byte in each, somewhere else each time: nothing of it is believed, and all is kept anew.
        for bytes in shelf.kept.lock().unwrap().values_mut() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            bytes[at] ^= 1 << (seed >> 29);
        }
        assert_eq!(again(&found), without, "{}: damaged", program.display());
        let first = found.first_mut().unwrap();
        first.text = format!("\n\n{}", first.text.replacen("command", "command_", 1));
        assert_eq!(again(&found), format!("{:?}", analyse(found.clone())), "{}: edited", program.display());
        shelf.kept.lock().unwrap().clear();
    }
}
