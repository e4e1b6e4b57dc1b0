//! `mantrap guard`, from the outside: a shell script is the host.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and starts what it tests"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What the host does: what it always does, a server that is not in the lock, and what a request has it do.
const HOST: &str = "uname -s\nmantrap run nothing 2>/dev/null\necho served $?\n[ ! -f request ] || sh request\necho over $?\nexit 7\n";

struct Lab(PathBuf);

impl Lab {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("mantrap-guard-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("bin")).unwrap();
        let lab = Self(root.canonicalize().unwrap());
        fs::set_permissions(&lab.0, fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mantrap"), lab.0.join("bin/mantrap")).unwrap();
        lab.write("host", HOST);
        lab
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
        fs::set_permissions(self.0.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn mantrap(&self, words: &[&str]) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.0.join("bin").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantrap"));
        command
            .args(words)
            .env_clear()
            .env("HOME", &self.0)
            .env("PATH", path)
            .current_dir(&self.0)
            .output()
            .unwrap()
    }

    fn guard(&self, options: &[&str]) -> Output {
        self.mantrap(&[&["guard"], options, &["--", "sh", "host"]].concat())
    }

    fn approve(&self) {
        let said = text(&self.mantrap(&["guard", "profile", "approve", "p.json"]).stderr);
        let digest = said.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap().to_owned();
        let approved = self.mantrap(&["guard", "profile", "approve", "p.json", "--digest", &digest]);
        assert!(approved.status.success(), "{approved:?}");
    }

    fn journal(&self) -> String {
        text(&self.mantrap(&["journal", "show", "--all", "--format", "json"]).stdout)
    }

    fn canary(&self) -> PathBuf {
        self.0.join("canary")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const AS_EVER: &str = "Linux\nserved 121\nover 0\n";

#[test]
fn a_host_starts_what_was_learned_and_approved_and_nothing_else() {
    let lab = Lab::new("whole");
    let learned = lab.guard(&["learn", "--profile", "p.json"]);
    assert_eq!((learned.status.code(), text(&learned.stdout).as_str()), (Some(7), AS_EVER), "{learned:?}");

    let pending = lab.guard(&["--profile", "p.json"]);
    assert_eq!((pending.status.code(), text(&pending.stdout).as_str()), (Some(121), ""), "{pending:?}");
    lab.approve();
    let as_ever = lab.guard(&["--profile", "p.json"]);
    assert_eq!((as_ever.status.code(), text(&as_ever.stdout).as_str()), (Some(7), AS_EVER), "{as_ever:?}");

    lab.write("request", ": > canary\ntouch canary\n");
    let raw = Command::new("sh").arg("host").current_dir(&lab.0).output().unwrap();
    assert!(lab.canary().exists(), "{raw:?}");
    fs::remove_file(lab.canary()).unwrap();
    let guarded = lab.guard(&["--profile", "p.json"]);
    assert_eq!(guarded.status.code(), Some(7), "{guarded:?}");
    assert!(!lab.canary().exists() && text(&guarded.stdout).contains("over 126"), "{guarded:?}");
    let journal = lab.journal();
    assert!(
        journal.contains("guard-refused") && journal.contains(r#""command":["sh","request"]"#),
        "{journal}"
    );

    let observed = lab.guard(&["--profile", "p.json", "--observe"]);
    assert!(observed.status.code() == Some(7) && lab.canary().exists(), "{observed:?}");
    assert!(lab.journal().contains("guard-would-refuse"));
    assert!(lab.mantrap(&["journal", "verify"]).status.success());
}

#[test]
fn a_profile_or_a_program_that_changed_is_not_what_was_approved() {
    let lab = Lab::new("changed");
    fs::copy("/usr/bin/uname", lab.0.join("bin/uname")).unwrap();
    assert_eq!(lab.guard(&["learn", "--profile", "p.json"]).status.code(), Some(7));
    lab.approve();
    assert_eq!(text(&lab.guard(&["--profile", "p.json"]).stdout), AS_EVER);

    // Other bytes at the same place: the kernel's list takes them for new, and the digest does.
    fs::copy("/usr/bin/touch", lab.0.join("bin/uname")).unwrap();
    let changed = lab.guard(&["--profile", "p.json"]);
    assert_eq!(text(&changed.stdout), AS_EVER.replace("Linux\n", ""), "{changed:?}");
    assert!(lab.journal().contains("the program is not what was approved"));

    let profile = fs::read_to_string(lab.0.join("p.json")).unwrap();
    lab.write("p.json", &profile.replace("\"-s\"", "\"-a\""));
    let refused = lab.guard(&["--profile", "p.json"]);
    assert_eq!(refused.status.code(), Some(121), "{refused:?}");
    assert!(
        text(&lab.mantrap(&["guard", "profile", "diff", "p.json"]).stdout)
            .contains("+     [\"uname\",\"-a\"]")
    );
}

#[test]
fn the_hosts_end_is_the_guards_and_what_it_left_ends_with_it() {
    let lab = Lab::new("ends");
    lab.write("host", "sleep 1000 &\necho $!\nkill -TERM $$\n");
    let done = lab.guard(&["learn", "--profile", "p.json"]);
    assert_eq!((done.status.code(), done.status.signal()), (Some(128 + 15), None), "{done:?}");
    let left: u32 = text(&done.stdout).trim().parse().unwrap();
    assert!(!Path::new(&format!("/proc/{left}")).exists());
}

/// A host that serves: tells a guest his address, what it can read, and what became of a launch and of a connection out.
const SERVES: &str = r#"
import os, socket, sys
listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
guest, peer = listener.accept()
def tried(act):
    try:
        return str(act())
    except OSError as error:
        return type(error).__name__
answers = [
    peer[0],
    tried(lambda: open("host.py").readline().strip()),
    tried(lambda: open(os.path.join(os.path.dirname(os.getcwd()), "outside")).read()),
    tried(lambda: os.spawnv(os.P_WAIT, "/usr/bin/touch", ["touch", "canary"])),
    tried(lambda: os.posix_spawn("/usr/bin/touch", ["touch", "canary"], {})),
    tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 5)),
    tried(lambda: os.waitstatus_to_exitcode(os.waitpid(os.posix_spawnp("mantrap", ["mantrap", "run", "nothing"], os.environ), 0)[1])),
]
guest.sendall("\n".join(answers).encode())
guest.close()
"#;

#[test]
fn a_host_in_a_jail_has_its_grants_its_guests_and_the_servers_of_the_lock_and_no_more() {
    let lab = Lab::new("jailed");
    fs::create_dir(lab.0.join("work")).unwrap();
    lab.write("work/host.py", SERVES);
    lab.write("outside", "not granted");
    let out = TcpListener::bind("127.0.0.1:0").unwrap();
    let (away, port) = (out.local_addr().unwrap().port().to_string(), free_port().to_string());
    let python = fs::canonicalize("/usr/bin/python3").unwrap().display().to_string();
    let words = [python.as_str(), "host.py", &port, &away];
    let visit = |options: &[&str]| {
        let path = format!("{}:/usr/bin:/bin", lab.0.join("bin").display());
        let mut guard = Command::new(env!("CARGO_BIN_EXE_mantrap"))
            .args([&["guard"], options, &["--"], &words[..]].concat())
            .env_clear()
            .envs([("HOME", lab.0.to_str().unwrap()), ("PATH", &path)])
            .current_dir(lab.0.join("work"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(guard.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n");
        let mut said = String::new();
        let guest = TcpStream::connect(format!("127.0.0.1:{port}"));
        guest.unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(guard.wait().unwrap().code(), Some(0), "{said}");
        said
    };
    let profile = lab.0.join("p.json").display().to_string();
    let raw = visit(&["learn", "--profile", &profile]);
    let as_raw = "127.0.0.1\n\nnot granted\n0\n";
    assert!(raw.starts_with(as_raw) && raw.contains("socket.socket") && raw.ends_with("\n121"), "{raw}");

    // What it did as an attacker would is taken out of what was learned.
    let learned = fs::read_to_string(&profile).unwrap();
    let mut learned: serde_json::Value = serde_json::from_str(&learned).unwrap();
    learned["programs"].as_array_mut().unwrap().retain(|program| program["arguments"][0] != "touch");
    learned["servers"] =
        serde_json::json!([{ "entry": "nothing", "command": ["mantrap", "run", "nothing"] }]);
    lab.write("p.json", &learned.to_string());
    lab.approve();
    fs::remove_file(lab.0.join("work/canary")).unwrap();
    let held = visit(&["--profile", &profile, "--write", ".", "--listen", &port]);
    assert_eq!(held, "127.0.0.1\n\nFileNotFoundError\n127\nPermissionError\nConnectionRefusedError\n121");
    assert!(!lab.0.join("work/canary").exists());
    let journal = lab.journal();
    let refused: Vec<&str> = journal.lines().filter(|line| line.contains("guard-refused")).collect();
    // The record says who was connected to the host meanwhile.
    let at = format!(r#""at":"127.0.0.1:{port}""#);
    assert!(!refused.is_empty() && refused.iter().all(|line| line.contains(&at)), "{refused:?}");
    assert!(journal.contains("guard-served"));
    let socket = lab.guard(&["--profile", &profile, "--socket", "/run/x"]);
    assert_eq!(socket.status.code(), Some(2), "{socket:?}");
}

/// What the host does when the file system is there: two launches that wait for it, and one that does not.
const WAITS: &str = "echo ready\nread go\n./hang/silent -s &\n./hang/tool -s &\nread on\nuname -s\necho elsewhere all goes on\nwait\n";

#[test]
fn a_file_system_that_never_answers_keeps_its_asker_waiting_and_nobody_else() {
    assert!(
        Path::new("/dev/fuse").exists(),
        "there is no /dev/fuse to play a hanging file system with: modprobe fuse"
    );
    let lab = Lab::new("hanging");
    lab.write("host", WAITS);
    lab.write("hanging.py", include_str!("guard/hanging.py"));
    fs::create_dir(lab.0.join("hang")).unwrap();
    for name in ["silent", "tool"] {
        fs::copy("/usr/bin/uname", lab.0.join("hang").join(name)).unwrap();
    }
    assert!(lab.guard(&["learn", "--profile", "p.json"]).status.success());
    lab.approve();
    let own = env!("CARGO_BIN_EXE_mantrap");
    let done = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "python3", "hanging.py"])
        .args([own, "guard", "--profile", "p.json", "--", "sh", "host"])
        .env_clear()
        .envs([("HOME", lab.0.to_str().unwrap()), ("PATH", "/usr/bin:/bin")])
        .current_dir(&lab.0)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that says who it is, and then waits for the end of its input.
const SERVER: &str = r#"
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    if said.get("method") == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
        print(json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": result}), flush=True)
"#;
const HELLO: &[u8] = br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
"#;

/// `GUARD_KILLS` says how often.
#[test]
fn whoever_is_killed_no_server_and_nothing_of_the_host_is_left() {
    let lab = Lab::new("kills");
    lab.write("server.py", SERVER);
    let script = lab.0.join("server.py").display().to_string();
    let python = fs::canonicalize("/usr/bin/python3").unwrap().display().to_string();
    let added =
        lab.mantrap(&["add", "srv", "--format", "json", &format!("script:{script}"), "--runtime", &python]);
    let added: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    let approved = lab.mantrap(&["approve", "srv", "--digest", added["digest"].as_str().unwrap()]);
    assert!(approved.status.success(), "{approved:?}");
    lab.write("host", "mantrap run srv\n");
    lab.guard(&["learn", "--profile", "p.json"]);
    lab.approve();

    let rounds = std::env::var("GUARD_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5_usize);
    for round in 0..rounds {
        let path = format!("{}:/usr/bin:/bin", lab.0.join("bin").display());
        let mut guard = Command::new(env!("CARGO_BIN_EXE_mantrap"))
            .args(["guard", "--profile", "p.json", "--", "sh", "host"])
            .env_clear()
            .envs([("HOME", lab.0.to_str().unwrap()), ("PATH", &path)])
            .current_dir(&lab.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(guard.stdout.take().unwrap());
        guard.stdin.as_mut().unwrap().write_all(HELLO).unwrap();
        let mut said = String::new();
        output.read_line(&mut said).unwrap();
        assert!(said.contains("serverInfo"), "{said}");

        let (wardens, launchers): (Vec<u32>, Vec<u32>) =
            children(guard.id()).into_iter().partition(|pid| named(*pid, "mantrap-warden"));
        let host = children(wardens[0])[0];
        let stand_in = children(host)[0];
        let server = beneath(launchers[0]).pop().unwrap();
        let victims = [guard.id(), wardens[0], host, stand_in, launchers[0], server];
        let victim = victims[round % victims.len()];
        let every: Vec<(u32, u64)> = [victims.to_vec(), beneath(launchers[0])]
            .concat()
            .into_iter()
            .filter(|pid| *pid != guard.id())
            .map(|pid| (pid, begun(pid).unwrap_or(0)))
            .collect();
        let signal = rustix::process::Signal::KILL;
        rustix::process::kill_process(rustix::process::Pid::from_raw(victim.cast_signed()).unwrap(), signal)
            .unwrap();
        let ended = guard.wait().unwrap();
        assert_eq!(ended.signal() == Some(9), victim == guard.id(), "{round}: {ended:?}");
        let left = || every.iter().filter(|(pid, since)| begun(*pid) == Some(*since)).collect::<Vec<_>>();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !left().is_empty() {
            assert!(Instant::now() < deadline, "{round}: {:?} of {victims:?} are left", left());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(lab.mantrap(&["journal", "verify"]).status.success());
}

/// The children of all threads of a process.
fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    lists
        .flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

/// All descendants, the farthest last.
fn beneath(pid: u32) -> Vec<u32> {
    children(pid).into_iter().flat_map(|child| [vec![child], beneath(child)].concat()).collect()
}

fn named(pid: u32, name: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
}

/// When a process that lives began, which tells it from another with its number (proc_pid_stat(5)).
fn begun(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    (*rest.first()? != "Z").then(|| rest.get(19)?.parse().ok()).flatten()
}
