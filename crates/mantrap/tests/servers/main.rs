//! Every server of the catalogue, installed from its registry: through `mantrap run` it lists and answers as it does when
//! it is started directly, and each of its rights is needed for that. `calls.toml` says what is called.
//!
//! `SERVERS=memory,time` tries these alone. `UPDATE=1` writes down what they say their tools are, for the tests of what is
//! screened (`crates/policy/tests/benign`). What is installed stays in `.tools/catalogue`; a server that is there already needs no network.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test panics to fail, starts servers, and reads its own tree"
)]

mod client;
mod served;
mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use client::ask;
use served::Served;
use workshop::{Case, Workshop};

/// How many servers there have to be.
const AT_LEAST: usize = 28;
/// How many are tried at once: a good part of it is waiting.
const AT_ONCE: usize = 3;

#[test]
fn every_server_of_the_catalogue_answers_as_it_does_directly_and_needs_each_of_its_rights() {
    let mut cases = workshop::cases();
    assert!(cases.len() >= AT_LEAST, "only {} servers are called", cases.len());
    if let Ok(wanted) = std::env::var("SERVERS") {
        cases.retain(|id, _| wanted.split(',').any(|wanted| wanted == id));
    }
    let served = Served::start();
    let left = Mutex::new(cases.into_iter());
    let told = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((id, case)) = left.lock().unwrap().next() else { return };
                    let tried = thread::scope(|alone| alone.spawn(|| attempt(&id, &case, &served)).join());
                    told.lock().unwrap().insert(id, tried.is_ok());
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    let wrong: Vec<&String> = told.iter().filter(|(_, good)| !**good).map(|(id, _)| id).collect();
    assert!(!told.is_empty() && wrong.is_empty(), "of {} servers, wrong: {wrong:?}", told.len());
}

/// Tries one server: the same as directly with its rights, and not without any of them.
fn attempt(id: &str, case: &Case, served: &Served) {
    let shop = Workshop::new(id, case, served);
    let added = shop.add();
    let directly = ask(shop.directly(&added), case, &shop);
    assert!(directly.spoke(), "{id} answers directly: {directly:?}");
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../policy/tests/benign/{id}.json"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(definitions, format!("{}\n", directly.definitions().unwrap())).unwrap();
    }
    let through = ask(shop.run(), case, &shop);
    assert_eq!(through, directly, "{id}");
    for narrower in shop.narrower(&added) {
        shop.grant(&narrower.grants);
        assert!(
            ask(shop.run(), case, &shop) != directly,
            "{id} answers the same with `{}`, so the catalogue grants too much",
            narrower.what
        );
    }
}
