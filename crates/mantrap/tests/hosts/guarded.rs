//! Between: the same documents where nobody changed the host or its deployment, and `mantrap guard` is what starts it. Its
//! profile is learned from one good visit.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::held::run;
use crate::home::{Server, home, mantrap, program};
use crate::scratch::{Scratch, alone};
use crate::sdk::{SDKS, Sdk, of_each};
use crate::vectors::{Set, vectors};

/// One host for each way in which SDKs start programs: the others are the same language's.
const PLAYED: [&str; 6] = ["Python 1", "Python 2", "TypeScript 1", "Rust", "Java", "Go"];

#[test]
fn out_of_a_guarded_host_no_vector_fires_and_the_approved_server_works() {
    let _alone = alone();
    mantrap(&["list"]).unwrap(); // the home is there before the clocks start
    let played: Vec<_> = SDKS.iter().filter(|sdk| PLAYED.contains(&sdk.name)).collect();
    let wrong = of_each(&played, play).concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    mantrap(&["journal", "verify"]).unwrap();
}

/// What is wrong with one host.
fn play(sdk: &Sdk) -> Vec<String> {
    let scratch = Scratch::new();
    let profile = scratch.path().join("guard.json");
    let good = Server::named("reader").document(&run(&["reader".to_owned()]), false, 60);
    let works = |answer: &Value| answer["results"].to_string().contains(Server::named("reader").says);
    let learned = sdk.visit_beneath(
        &guard(&["learn", "--profile"], &profile),
        std::slice::from_ref(&good),
        home(),
        Duration::from_secs(120),
    );
    if !learned.iter().all(works) || !settled(&profile) {
        return vec![format!("{}: nothing was learned: {learned:?}", sdk.name)];
    }
    let refused = mantrap(&["guard", "profile", "approve", profile.to_str().unwrap()]).unwrap_err();
    let digest = refused.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    mantrap(&["guard", "profile", "approve", profile.to_str().unwrap(), "--digest", digest]).unwrap();

    let sets: Vec<Set> =
        vectors().iter().map(|vector| Set::up(vector, scratch.path().join(&vector.id))).collect();
    let mut documents: Vec<Value> =
        sets.iter().map(|set| json!({ "server": set.server(), "calls": [], "patience": 3 })).collect();
    documents.push(good);
    let answers =
        sdk.visit_beneath(&guard(&["--profile"], &profile), &documents, home(), Duration::from_secs(300));
    let mut wrong: Vec<String> = sets
        .iter()
        .zip(&answers)
        .filter(|(set, answer)| set.fired() || answer.get("failed").is_none())
        .map(|(set, answer)| format!("{} through {}: {answer}", set.vector.id, sdk.name))
        .collect();
    let last = answers.last().unwrap();
    if !works(last) {
        wrong.push(format!("{}: the approved server does not work: {last}", sdk.name));
    }
    wrong
}

fn guard(words: &[&str], profile: &Path) -> Vec<String> {
    let program = program();
    let before = [program.to_str().unwrap(), "guard"].into_iter().chain(words.iter().copied());
    before.chain([profile.to_str().unwrap(), "--"]).map(str::to_owned).collect()
}

/// Waits for the profile: it is written when the host has ended.
fn settled(profile: &Path) -> bool {
    for _ in 0..200 {
        if fs::metadata(profile).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
