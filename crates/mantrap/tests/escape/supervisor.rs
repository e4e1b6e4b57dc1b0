//! The supervisor attacked through every message that it reads. It must stand, stay small, and go on as before.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::peers::tcp;
use crate::place::{Outcome, Place, Programs, everyone, finish};

/// More than this the supervisor never needs, in kilobytes; a debug build included.
const PEAK: u64 = 96 * 1024;

/// Runs a jail to its end and measures the supervisor's largest resident set.
fn watched(mut jail: Command) -> (Outcome, u64) {
    let child = jail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(str::to_owned);
            let Some(line) = line else { break };
            peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        peak
    });
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    (outcome, watcher.join().unwrap())
}

/// Attacks, and then does something that was granted in the same jail.
fn stands(place: &Place, grants: &[&str], attack: &str, afterwards: &str) {
    let folder = Programs::get().path("");
    let report = place.path("report.json");
    let grants = [&["--exec", folder.trim_end_matches('/'), "--report", &report], grants].concat();
    let probe = Programs::get().path("probe");
    let line = format!("{probe} {attack}; echo then; {probe} {afterwards}");
    let (outcome, peak) = watched(place.jail_command(&grants, &["/bin/sh", "-c", &line]));
    let (_, after) =
        outcome.out.split_once("then").unwrap_or_else(|| panic!("the attack ended the jail: {outcome:?}"));
    assert!(after.contains("done: "), "nothing works after `{attack}`: {outcome:?}");
    assert!(!outcome.err.contains("panicked"), "{outcome:?}");
    assert!(peak < PEAK, "the supervisor grew to {peak} kB under `{attack}`");
    let written = fs::read_to_string(&report).unwrap();
    assert!(
        serde_json::from_str::<serde_json::Value>(&written).is_ok(),
        "the report is no JSON: {written:.200}"
    );
    assert!(written.len() < 4 << 20, "the report grew to {} bytes", written.len());
    assert!(!outcome.err.contains('\u{1b}'), "the attacker's text reached the terminal: {outcome:?}");
}

/// the socket by which the jail is told what to do, and its messages
#[test]
fn the_control_socket_is_nowhere_to_be_found() {
    everyone(|place| {
        let probe = Programs::get().path("probe");
        place.raw(&["leak", &place.canary(), &probe, "control-socket"]).succeeded();
        let grants = ["--net", "elsewhere.invalid:443", "--report", &place.path("report.json")];
        place.jailed(&grants, &["control-socket"]).was_refused();
        place.inside(&["control-socket"]).was_refused();
    });
}

/// refused calls without end, with wild pointers, from several threads
#[test]
fn a_flood_of_refused_calls_is_stood() {
    everyone(|place| stands(place, &[], "flood", "mark"));
}

/// processes that die while their calls are judged
#[test]
fn callers_that_die_are_stood() {
    everyone(|place| stands(place, &[], "die-judged", "mark"));
}

/// broken questions to the name server inside
#[test]
fn broken_questions_are_stood() {
    everyone(|place| {
        let (address, heard) = tcp("127.0.0.1:0");
        let port = address.port().to_string();
        let grant = format!("loopback:{port}");
        stands(place, &["--net", &grant], "dns-garbage 127.0.0.53 53", &format!("tcp 127.0.0.1 {port}"));
        assert!(heard.take().contains("beacon"));
    });
}

/// broken TLS hellos, cut, flipped, by the hundred
#[test]
fn broken_hellos_are_stood() {
    everyone(|place| {
        let (address, heard) = tcp("127.0.0.1:0");
        let port = address.port().to_string();
        let grant = format!("loopback:{port}");
        stands(
            place,
            &["--net", &grant],
            &format!("tls-garbage 127.0.0.1 {port}"),
            &format!("tcp 127.0.0.1 {port}"),
        );
        assert!(heard.take().contains("beacon"));
    });
}

/// more connections than anybody needs, held open
#[test]
fn connections_without_end_are_stood() {
    everyone(|place| {
        let (address, _heard) = tcp("127.0.0.1:0");
        let port = address.port().to_string();
        let grant = format!("loopback:{port}");
        stands(
            place,
            &["--net", &grant],
            &format!("hold 127.0.0.1 {port}"),
            &format!("tcp 127.0.0.1 {port}"),
        );
    });
}

/// a report written through a link, or over somebody's file
#[test]
fn the_report_follows_no_link() {
    everyone(|place| {
        let link = place.path("writable/report.json");
        std::os::unix::fs::symlink(place.canary(), &link).unwrap();
        let writable = place.path("writable");
        let program = Programs::get().path("probe");
        let outcome =
            finish(place.jail_command(&["--write", &writable, "--report", &link], &[&program, "mark"]));
        place.is_untouched();
        assert!(!outcome.err.contains("panicked"), "{outcome:?}");
    });
}
