//! The official conformance suites, with mantrap between the two sides and without it: every check comes out the same.
//!
//! Server side, the suite is the client of our fixture; client side, our fixture is the client of the suite's servers. The suites speak
//! HTTP, so `bridge.mjs` stands on the other side of a process that speaks on its standard streams: the fixture itself, or
//! `mantrap run`. `scripts/conformance` fetches the suites and builds the fixture.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own output, and starts what it tests"
)]

mod stage;
mod suite;

use std::collections::BTreeMap;

use stage::{Stage, Way};
use suite::{Check, LEGS, Leg};

/// So many checks pass at least; fewer would mean that a suite did not run as it did.
const SERVER_CHECKS: usize = 250;
const CLIENT_CHECKS: usize = 35;

/// The suites wait for some messages for less than a second. What a busy machine makes differ does not differ each time.
const ATTEMPTS: usize = 3;

/// Runs each leg both ways at once and compares, check by check.
fn compare(run: impl Fn(&Stage, Way, &Leg) -> Vec<Check> + Sync, least: usize) {
    let stage = Stage::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for leg in &LEGS {
        let mut wrong = String::new();
        for _ in 0..ATTEMPTS {
            let [through, direct] = std::thread::scope(|scope| {
                let direct = scope.spawn(|| run(&stage, Way::Direct, leg));
                [run(&stage, Way::Through, leg), direct.join().unwrap()]
            });
            wrong = differences(&direct, &through);
            if wrong.is_empty() {
                direct.into_iter().for_each(|check| *counts.entry(check.status).or_default() += 1);
                break;
            }
            eprintln!("{leg}:\n{wrong}");
        }
        assert!(wrong.is_empty(), "{leg}, {ATTEMPTS} times:\n{wrong}");
    }
    eprintln!("{counts:?}");
    assert!(counts.get("SUCCESS").is_some_and(|passed| *passed >= least), "{counts:?}");
}

/// What only one of them found, and what the fixture itself does wrong.
fn differences(direct: &[Check], through: &[Check]) -> String {
    let failed = direct.iter().filter(|check| check.status == "FAILURE").map(|check| ("failed", check));
    let only = |here: &[Check], there: &[Check]| {
        here.iter().filter(|check| !there.contains(check)).cloned().collect::<Vec<_>>()
    };
    let (without, with) = (only(direct, through), only(through, direct));
    let found = failed
        .chain(without.iter().map(|check| ("without mantrap", check)))
        .chain(with.iter().map(|check| ("with mantrap", check)));
    let mut wrong: String = found.map(|(way, check)| format!("{way}: {check:?}\n")).collect();
    if direct.len() != through.len() {
        wrong += &format!("{} checks without mantrap and {} with it\n", direct.len(), through.len());
    }
    wrong
}

#[test]
fn servers_conform_through_mantrap_exactly_as_they_do_without() {
    compare(suite::of_server, SERVER_CHECKS);
}

#[test]
fn clients_conform_through_mantrap_exactly_as_they_do_without() {
    compare(suite::of_client, CLIENT_CHECKS);
}
