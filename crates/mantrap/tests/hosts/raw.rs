//! Before: every vector, through every SDK.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::scratch::{Scratch, alone};
use crate::sdk::{SDKS, Sdk, of_each};
use crate::vectors::{Set, Vector, vectors};

/// Whether each vector fired: by SDK, then by vector.
pub(crate) fn fired() -> &'static Vec<Vec<bool>> {
    static FIRED: OnceLock<Vec<Vec<bool>>> = OnceLock::new();
    FIRED.get_or_init(|| {
        let _alone = alone();
        of_each(&SDKS.iter().collect::<Vec<_>>(), play)
    })
}

/// Plays all; then once more, with more time, what should have fired and did not.
fn play(sdk: &Sdk) -> Vec<bool> {
    let mut fired = round(sdk, &vectors().iter().collect::<Vec<_>>(), 40);
    let missed =
        |&number: &usize| !fired[number] && !vectors()[number].spared.iter().any(|spared| spared == sdk.name);
    let again: Vec<usize> = (0..fired.len()).filter(missed).collect();
    let late = round(sdk, &again.iter().map(|&number| &vectors()[number]).collect::<Vec<_>>(), 60);
    for (number, late) in again.into_iter().zip(late) {
        fired[number] = late;
    }
    fired
}

fn round(sdk: &Sdk, vectors: &[&'static Vector], patience: u64) -> Vec<bool> {
    let scratch = Scratch::new();
    let sets: Vec<Set> =
        vectors.iter().map(|vector| Set::up(vector, scratch.path().join(&vector.id))).collect();
    let documents: Vec<Value> =
        sets.iter().map(|set| json!({ "server": set.server(), "calls": [], "patience": patience })).collect();
    let answers = sdk.visit(&documents, &scratch.folder("home"), Duration::from_secs(300));
    let mut fired = Vec::new();
    for (set, answer) in sets.iter().zip(answers) {
        assert!(
            answer.get("failed").is_some(),
            "{} is no server, and {} says {answer}",
            set.vector.id,
            sdk.name
        );
        fired.push(set.fired());
        if !set.fired() {
            eprintln!("{} through {}: {answer}", set.vector.id, sdk.name);
        }
    }
    fired
}

#[test]
fn every_vector_fires_through_every_sdk_but_those_that_it_says_spare_it() {
    let mut wrong = Vec::new();
    for (sdk, fired) in SDKS.iter().zip(fired()) {
        for (vector, fired) in vectors().iter().zip(fired) {
            if *fired == vector.spared.iter().any(|spared| spared == sdk.name) {
                wrong.push(format!("{} through {}: fired {fired}", vector.id, sdk.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
