//! Real network namespaces for the tests of this crate, without root where the kernel lets an ordinary user have them.

use std::process::Command;

use crate::sys::network::enter_new;

/// Set in the process that already has its own user namespace.
const INSIDE: &str = "MANTRAP_TEST_NAMESPACES";

/// Runs the test with the capabilities of a namespace of its own: here for root, else in this program started again
/// by unshare(1) with only this test. Fails where neither works, because a test that is skipped proves nothing.
pub(crate) fn in_own_namespaces(test: &str, body: impl FnOnce()) {
    if rustix::process::geteuid().is_root() || std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--"])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare(1) runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Runs the body on a thread whose network is new and empty.
pub(crate) fn in_empty_network<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                enter_new().expect("a network namespace of its own");
                body()
            })
            .join()
            .unwrap()
    })
}
