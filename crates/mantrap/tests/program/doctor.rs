//! `mantrap doctor` where something really is missing: the machine is made so for the length of one command, in a
//! namespace or under a system call filter of the test's own.

use std::process::{Command, Stdio};

use crate::support::Run;
use serde_json::Value;

/// Puts a filter on itself and becomes the command: `listen` takes the one listener, a number refuses that call.
const FILTERED: &str = r#"
import ctypes, fcntl, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
listen = sys.argv[1] == "listen"
number = 0xffffffff if listen else int(sys.argv[1])
code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x00050001), (6, 0, 0, 0x7fff0000)]
program = b"".join(struct.pack("HBBI", *line) for line in code)
held = ctypes.create_string_buffer(program, len(program))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]
filter = Program(len(code), ctypes.addressof(held))
assert libc.prctl(38, 1, 0, 0, 0) == 0
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
descriptor = libc.syscall(SECCOMP, 1, 8 if listen else 0, ctypes.byref(filter))
assert descriptor >= 0, ctypes.get_errno()
if listen:
    fcntl.fcntl(descriptor, fcntl.F_SETFD, 0)
os.execv(sys.argv[2], sys.argv[2:])
"#;
/// `landlock_create_ruleset(2)`, the same on every machine.
const LANDLOCK: &str = "444";
/// `unshare(2)`.
const UNSHARE: &str = if cfg!(target_arch = "x86_64") { "272" } else { "97" };

/// What doctor says behind these words.
fn doctor(words: &[&str]) -> (Value, i32) {
    let (program, words) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(words).arg(env!("CARGO_BIN_EXE_mantrap")).args(["doctor", "--format", "json"]);
    let run: Run = command.stdin(Stdio::null()).output().unwrap().into();
    assert!(run.out.starts_with('{'), "{}{}", run.out, run.err);
    (serde_json::from_str(&run.out).unwrap(), run.code)
}

fn row<'a>(standing: &'a Value, guarantee: &str) -> &'a Value {
    let rows = standing["guarantees"].as_array().unwrap();
    rows.iter().find(|row| row["guarantee"] == guarantee).unwrap()
}

fn says(row: &Value, why: &str, remedy: &str) {
    assert_eq!(row["holds"], false, "{row}");
    assert!(row["why"].as_str().unwrap().contains(why), "{row}");
    assert!(row["remedy"].as_str().unwrap().contains(remedy), "{row}");
}

#[test]
fn without_user_namespaces_the_setting_is_named() {
    let line = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"";
    let (standing, code) = doctor(&["unshare", "--user", "--map-root-user", "sh", "-c", line, "sh"]);
    assert_eq!((standing["ready"].as_bool(), code), (Some(false), 123));
    says(
        row(&standing, "files"),
        "`user.max_user_namespaces` is 0",
        "sudo sysctl user.max_user_namespaces=15000",
    );
}

#[test]
fn under_a_filter_that_refuses_namespaces_the_filter_is_named() {
    let (standing, code) = doctor(&["python3", "-c", FILTERED, UNSHARE]);
    assert_eq!(code, 123);
    says(row(&standing, "net"), "filter", "mantrap o");
}

#[test]
fn under_a_filter_that_refuses_landlock_only_landlock_is_missing() {
    let (standing, code) = doctor(&["python3", "-c", FILTERED, LANDLOCK]);
    assert_eq!(code, 123);
    says(row(&standing, "landlock"), "filter", "mantrap o");
    assert_eq!(row(&standing, "files")["holds"], true);
}

#[test]
fn where_the_listener_is_taken_only_the_gate_is_missing() {
    let (standing, _) = doctor(&["python3", "-c", FILTERED, "listen"]);
    says(row(&standing, "gate"), "listener", "none is needed");
    for guarantee in ["files", "net", "syscalls"] {
        assert_eq!(row(&standing, guarantee)["holds"], true);
    }
}
