//! Real software, unchanged: it works raw, works inside the jail with the grants that stand beside it, and fails there
//! without them in words that name what is missing. `scripts/servers` fetches and builds it.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and starts the software under test"
)]

mod cases;
mod clients;
mod learned;
mod scratch;
mod session;
mod tools;
mod web;

use std::process::Command;

use cases::{CASES, Case};
use scratch::{Place, User};
use session::Session;

/// Starts the server, asks for its tools and calls one. Answers what the call said, or what went wrong and every word
/// that the server left behind.
fn exercise(case: &Case, command: &mut Command, place: &Place) -> Result<String, String> {
    let mut session = Session::start(command);
    let spoken = session.initialize().and_then(|()| {
        let tools = session.tools()?;
        if !tools.iter().any(|tool| tool == case.tool) {
            return Err(format!("no tool `{}` among {tools:?}", case.tool));
        }
        session.call(case.tool, &place.fill(case.arguments))
    });
    let left = session.end();
    spoken.map_err(|error| format!("{error}\n{left}"))
}

/// The command as a user's configuration has it.
fn raw(case: &Case, place: &Place) -> Command {
    let words: Vec<String> = case.command.iter().map(|word| place.fill(word)).collect();
    place.command(&words)
}

/// The same command behind `mantrap jail` with these grants.
fn jailed(case: &Case, grants: &[&str], place: &Place) -> Command {
    let grants: Vec<String> = grants.iter().map(|grant| place.fill(grant)).collect();
    let words: Vec<String> =
        jail(&grants).into_iter().chain(case.command.iter().map(|word| place.fill(word))).collect();
    place.command(&words)
}

/// `mantrap jail` with these grants, up to where the command begins.
fn jail(grants: &[String]) -> Vec<String> {
    let mut words = vec![env!("CARGO_BIN_EXE_mantrap").to_owned(), "jail".to_owned()];
    for grant in grants {
        let (kind, what) = grant.split_once(' ').unwrap();
        words.extend([format!("--{kind}"), what.to_owned()]);
    }
    words.push("--".to_owned());
    words
}

/// Every case as every user, with all that failed named at once.
fn for_each_case(check: impl Fn(&Case, &Place) -> Result<(), String>) {
    let failures: Vec<String> = User::all()
        .into_iter()
        .flat_map(|user| CASES.iter().map(move |case| (user, case)))
        .filter_map(|(user, case)| {
            let failure = check(case, &Place::new(user)).err();
            failure.map(|error| format!("{} as {user:?}: {error}", case.name))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn must_say(case: &Case, said: &str) -> Result<(), String> {
    if said.contains(case.says) { Ok(()) } else { Err(format!("no `{}` in {said}", case.says)) }
}

#[test]
fn every_server_works_without_the_jail() {
    for_each_case(|case, place| must_say(case, &exercise(case, &mut raw(case, place), place)?));
}

/// The demo checks its own claims; this is where they are checked each day.
fn demo(arguments: &[&str]) {
    let show = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/hostile/show.py");
    let done = Command::new("python3").arg("-B").arg(show).args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
}

#[test]
fn the_hostile_server_gets_all_ten_without_the_jail() {
    demo(&["--raw"]);
}

#[test]
fn the_hostile_server_gets_none_of_ten_in_the_jail_and_the_report_names_each() {
    demo(&[env!("CARGO_BIN_EXE_mantrap")]);
}

#[test]
fn every_server_works_in_the_jail_with_its_grants() {
    for_each_case(|case, place| {
        must_say(case, &exercise(case, &mut jailed(case, case.grants, place), place)?)
    });
}

#[test]
fn without_its_last_grant_every_server_fails_and_the_words_name_what_is_missing() {
    for_each_case(|case, place| {
        let (_, fewer) = case.grants.split_last().unwrap();
        let said = match exercise(case, &mut jailed(case, fewer, place), place) {
            Ok(said) if said.contains(case.says) => return Err(format!("it worked: {said}")),
            Ok(said) | Err(said) => said,
        };
        let name = place.fill(case.lacks);
        if said.contains(&name) { Ok(()) } else { Err(format!("nothing names `{name}` in {said}")) }
    });
}
