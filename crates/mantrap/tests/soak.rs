//! Jails that are killed at random moments leave nothing behind. The long version is `make soak`.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test starts its own program")]

use std::path::Path;
use std::process::Command;

/// For each user that the test may be. The hour-long version starts tens of thousands.
const STARTS: &str = "200";
const AT_ONCE: &str = "64";

#[test]
fn a_jail_killed_at_any_moment_leaves_no_process_file_mount_or_control_group() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/soak");
    let output = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args(["--mantrap", env!("CARGO_BIN_EXE_mantrap"), "--starts", STARTS, "--at-once", AT_ONCE])
        .output()
        .expect("python3 runs");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("{STARTS} starts")), "{said}");
}
