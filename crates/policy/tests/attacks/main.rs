//! The corpus of attacks: every case a session, and beside it a benign one that is as close to it as makes sense.
//!
//! The cases are data (`cases/*.toml`; `fresh.toml` holds those that were written when the rules were done, and after which no
//! rule was changed for them). `docs/attacks.md` is what they give, and drift fails. `UPDATE=1` writes it anew; `SHOW=1` prints
//! every miss of the half of the cases on which rules may be worked, and nothing of the other half.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what fails here is a failing test"
)]

mod benign;
mod case;
mod judges;
mod page;
mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use case::{Case, Class, Kind};
use judges::Stopped;

pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks")
}

pub(crate) fn read(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "the test's own data")]
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What became of one case.
pub(crate) struct Outcome {
    pub(crate) id: String,
    pub(crate) attack: Stopped,
    pub(crate) twin: Stopped,
    pub(crate) held_out: bool,
}

pub(crate) struct Results {
    pub(crate) class: String,
    pub(crate) kind: Kind,
    pub(crate) fresh: bool,
    pub(crate) outcomes: Vec<Outcome>,
}

fn run(file: &Path) -> Vec<Results> {
    let classes = Class::read(file);
    let fresh = file.ends_with("fresh.toml");
    let run_case = |(number, class, case): (usize, &Class, &Case)| {
        let session = |steps: &[case::Step]| wire::Session::of(class, steps);
        Outcome {
            id: format!("{}/{}", class.class, case.id),
            attack: judges::stops(&session(&case.attack)),
            twin: judges::stops(&session(&case.twin)),
            held_out: number % 2 == 1 || fresh,
        }
    };
    let of = |class: Class| {
        let cases = class.case.iter().enumerate();
        let outcomes = cases.map(|(number, case)| run_case((number, &class, case))).collect();
        Results { class: class.class.clone(), kind: class.kind, fresh, outcomes }
    };
    classes.into_iter().map(of).collect()
}

pub(crate) fn all() -> Vec<Results> {
    let mut files: Vec<_> =
        std::fs::read_dir(here().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.push(here().join("fresh.toml"));
    files.iter().flat_map(|file| run(file)).collect()
}

#[test]
fn the_corpus_is_stopped_and_its_twins_are_not() {
    let results = all();
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever works on rules")]
    let show = std::env::var_os("SHOW").is_some();
    for results in &results {
        for outcome in results.outcomes.iter().filter(|outcome| show && !outcome.held_out) {
            if !outcome.attack.is_stopped() {
                println!("MISSED {} {:?}", outcome.id, outcome.attack);
            }
            if outcome.twin.is_stopped() {
                println!("WRONGLY STOPPED {} {:?}", outcome.id, outcome.twin);
            }
        }
    }
    let mut ids = BTreeMap::new();
    for outcome in results.iter().flat_map(|results| &results.outcomes) {
        assert!(ids.insert(&outcome.id, ()).is_none(), "{} is there twice", outcome.id);
    }
    let share = |of: &dyn Fn(&Results) -> bool, stopped: fn(&Outcome) -> bool| {
        let outcomes: Vec<_> =
            results.iter().filter(|results| of(results)).flat_map(|results| &results.outcomes).collect();
        let hits = outcomes.iter().filter(|outcome| stopped(outcome)).count();
        (hits, outcomes.len(), 100 * hits / outcomes.len().max(1))
    };
    let structural = share(&|results| results.kind == Kind::Structural && !results.fresh, |outcome| {
        outcome.attack.is_stopped()
    });
    let textual = share(&|results| results.kind == Kind::Textual && !results.fresh, |outcome| {
        outcome.attack.is_stopped()
    });
    let twins = share(&|_| true, |outcome| outcome.twin.is_stopped());
    println!("structural {structural:?}, textual {textual:?}, twins {twins:?}");
    page::check(&results);
    assert!(structural.1 + textual.1 >= 150, "the corpus is too small");
    assert!(textual.2 >= 80, "textual classes: {textual:?}");
    assert!(structural.2 >= 95, "structural classes: {structural:?}");
    assert!(twins.0 * 50 <= twins.1, "benign twins stopped: {twins:?}");
}
