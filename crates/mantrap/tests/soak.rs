//! Jails that are killed at random moments leave nothing behind. The long version is `make soak`.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test starts its own program, and panics to fail"
)]

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// For each user that the test may be. The hour-long version starts tens of thousands.
const STARTS: &str = "200";
const SESSIONS: &str = "100";

#[test]
fn a_jail_killed_at_any_moment_leaves_no_process_file_mount_or_control_group() {
    soak(&["--starts", STARTS, "--at-once", "64"], &format!("{STARTS} starts"));
}

#[test]
fn a_session_whose_client_launcher_or_server_is_killed_leaves_nothing_and_the_journal_verifies() {
    soak(&["--sessions", "--starts", SESSIONS, "--at-once", "8"], &format!("{SESSIONS} starts"));
}

/// One at a time: a jail that starts clears away what another's twin left to be seen.
static TURN: Mutex<()> = Mutex::new(());

fn soak(options: &[&str], told: &str) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/soak");
    let mut command = Command::new("python3");
    command.arg("-B").arg(script).args(["--mantrap", env!("CARGO_BIN_EXE_mantrap")]).args(options);
    let output = command.output().expect("python3 runs");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains(told), "{said}");
}
