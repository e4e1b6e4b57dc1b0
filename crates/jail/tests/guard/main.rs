//! A guarded host that does its worst, and its raw twin. Each way to another program writes a canary of its own: every one
//! of the twin's is there, and none of the guarded host's. Races are run as often as `GUARD_RACES` says.
//!
//! This program is the supervisor, the host and what the host may start, by its first argument.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and starts what it tests"
)]

#[cfg(target_os = "linux")]
mod acts;
#[cfg(target_os = "linux")]
mod kills;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod races;
#[cfg(target_os = "linux")]
mod supervise;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    let _ = mantrap_jail::enter_if_asked();
    let _ = mantrap_jail::guard::stand_in_if_asked();
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [_, "host-acts", directory] => acts::host(directory.as_ref()),
        [_, "host-race", kind, directory, count] => {
            races::host(kind, directory.as_ref(), count.parse().unwrap())
        }
        [_, "host-tree"] => kills::host(),
        [_, "supervise", kind, directory, count] => {
            races::supervised(kind, directory.as_ref(), count.parse().unwrap())
        }
        [_, "supervise-acts", kind, directory] => acts::supervised(*kind == "jailed", directory.as_ref()),
        [_, "supervise-tree"] => kills::supervised(),
        [_, "write", canary] => std::fs::write(canary, "").unwrap(),
        // Anything else is no role: the tests start this program again, and must never start the tests.
        [_, rest @ ..] if rest.iter().any(|word| !word.starts_with("--") || *word == "--list") => {}
        _ => {
            for (name, test) in TESTS {
                println!("{name}");
                test();
            }
        }
    }
}

#[cfg(target_os = "linux")]
const TESTS: &[(&str, fn())] = &[
    ("every_way_out_has_its_row_among_the_known_attacks", page::every_way_has_its_row),
    ("no_way_to_another_program_leads_out_of_a_guarded_host", acts::no_way_leads_out),
    ("what_is_executed_is_what_was_judged_whatever_changes_meanwhile", races::what_is_executed_was_judged),
    ("nothing_of_a_guarded_tree_outlives_its_supervisor_its_warden_or_its_host", kills::nothing_outlives),
];
