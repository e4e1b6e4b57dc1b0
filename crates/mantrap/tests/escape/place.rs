//! Where an attack takes place: a canary, a directory that is granted, one that is not, and two ways to run the probe.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The ordinary user that root becomes.
pub(crate) const NOBODY: u32 = 65534;
/// After this long a run is ended and the test fails.
const PATIENCE: Duration = Duration::from_secs(40);
/// Guarantees that not every machine can keep; the tests about them do not waive them.
const WAIVED: [&str; 3] = ["memory", "pids", "cpu"];

/// Runs an attack as root and as an ordinary user, or only as the latter where the tests are not run by root.
pub(crate) fn everyone(attack: impl Fn(&Place)) {
    if am_root() {
        attack(&Place::of(Some(0)));
        attack(&Place::of(Some(NOBODY)));
    } else {
        println!("not root: tried as this user only");
        attack(&Place::of(None));
    }
}

/// Runs an attack that only root can commit even without a jail. The ordinary user's half is the kernel's own refusal,
/// for which root's twin stands in.
pub(crate) fn root_has_the_twin(attack: impl Fn(&Place)) {
    if !am_root() {
        println!("not root: the twin needs root, the kernel's own refusal stands in");
    }
    everyone(attack);
}

fn am_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t0"))
}

/// The programs, built and copied once to where every user can reach them.
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    pub(crate) fn get() -> &'static Self {
        static BUILT: OnceLock<Programs> = OnceLock::new();
        BUILT.get_or_init(Self::build)
    }

    fn build() -> Self {
        sweep();
        let folder = std::env::temp_dir().join(format!("mantrap-escape-{}-bin", std::process::id()));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let folder = folder.canonicalize().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../jail/probe");
        let cc = |name: &str, flags: &[&str], files: &[PathBuf]| {
            let out = Command::new("cc")
                .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pthread"])
                .args(flags)
                .arg("-o")
                .arg(folder.join(name))
                .args(files)
                .arg("-lrt")
                .output()
                .unwrap_or_else(|error| panic!("the probe needs a C compiler called `cc`: {error}"));
            assert!(
                out.status.success() || flags.contains(&"-static"),
                "cc: {}",
                String::from_utf8_lossy(&out.stderr)
            );
            out.status.success()
        };
        let mut files: Vec<_> = fs::read_dir(&sources).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "c") && !path.ends_with("preloaded.c"));
        if !cc("probe", &["-static", "-DWITHOUT_RESOLVER"], &files) {
            cc("probe", &[], &files);
        }
        cc("probe-named", &[], &files);
        cc("preloaded.so", &["-shared", "-fPIC"], &[sources.join("preloaded.c")]);
        fs::copy(env!("CARGO_BIN_EXE_mantrap"), folder.join("mantrap")).unwrap();
        Programs { folder }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

/// Takes away what earlier runs left: a test process has no moment after its last test.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix("mantrap-escape-") else { continue };
        let process = rest.split('-').next().unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// One attack's surroundings, owned by the attacker. Gone when dropped.
pub(crate) struct Place {
    uid: Option<u32>,
    top: PathBuf,
    /// What no jailed process may ever print.
    pub(crate) token: String,
}

impl Place {
    fn of(uid: Option<u32>) -> Self {
        Programs::get();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mantrap-escape-{}-{number}", std::process::id());
        let top = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&top).unwrap();
        let mut random = [0; 12];
        fs::File::open("/dev/urandom").unwrap().read_exact(&mut random).unwrap();
        let token = random.iter().fold("canary-".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        let place = Place { uid, top, token };
        for folder in ["", "secret", "readable", "writable", "home", "home/.ssh", "mine"] {
            let path = place.top.join(folder);
            if !folder.is_empty() {
                fs::create_dir(&path).unwrap();
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            place.own(&path);
        }
        place.file("secret/canary", &place.token);
        place.file("home/.ssh/id_ed25519", &place.token);
        place.file("readable/plain", "plain\n");
        place.file("writable/plain", "plain\n");
        place
    }

    /// Whether the attacker is root.
    pub(crate) fn is_root(&self) -> bool {
        self.uid == Some(0)
    }

    fn own(&self, path: &Path) {
        if let Some(uid) = self.uid {
            chown(path, Some(uid), Some(uid)).unwrap();
        }
    }

    /// Makes a file of the attacker's.
    pub(crate) fn file(&self, path: &str, text: &str) -> String {
        let path = self.top.join(path);
        fs::write(&path, text).unwrap();
        self.own(&path);
        path.to_str().unwrap().to_owned()
    }

    /// Makes a directory of the attacker's.
    pub(crate) fn folder(&self, path: &str) -> String {
        let path = self.top.join(path);
        fs::create_dir_all(&path).unwrap();
        self.own(&path);
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, path: &str) -> String {
        self.top.join(path).to_str().unwrap().to_owned()
    }

    /// The file that must not be read or changed.
    pub(crate) fn canary(&self) -> String {
        self.path("secret/canary")
    }

    /// A command that runs as the attacker, in an environment with nothing in it but a home.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", "/usr/bin:/bin")
            .current_dir(&self.top)
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(uid) = self.uid.filter(|uid| *uid != 0) {
            command.uid(uid).gid(uid);
        }
        command
    }

    /// The probe without the jail.
    pub(crate) fn raw_command(&self, words: &[&str]) -> Command {
        let mut command = self.command(&Programs::get().path("probe"));
        command.args(words);
        command
    }

    pub(crate) fn raw(&self, words: &[&str]) -> Outcome {
        finish(self.raw_command(words))
    }

    /// The probe as root of namespaces of its own.
    pub(crate) fn private(&self, words: &[&str]) -> Outcome {
        self.raw(&[&["--private"], words].concat())
    }

    /// `mantrap jail` with these grants, and after them any command.
    pub(crate) fn jail_command(&self, grants: &[&str], command: &[&str]) -> Command {
        let mut jail = self.command(&Programs::get().path("mantrap"));
        jail.args(jail_words(grants)).args(command);
        jail
    }

    /// The probe inside the jail.
    pub(crate) fn jailed(&self, grants: &[&str], words: &[&str]) -> Outcome {
        let probe = Programs::get().path("probe");
        finish(self.jail_command(grants, &[&[probe.as_str()], words].concat()))
    }

    /// The probe inside a jail that may read one directory and write another.
    pub(crate) fn inside(&self, words: &[&str]) -> Outcome {
        let (readable, writable) = (self.path("readable"), self.path("writable"));
        self.jailed(&["--read", &readable, "--write", &writable], words)
    }

    /// Runs a command that says a word and waits; `act` is done in between.
    pub(crate) fn meanwhile(&self, mut command: Command, act: impl FnOnce()) -> Outcome {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        lines.read_line(&mut said).unwrap();
        if said.starts_with("done")
            || said.starts_with("refused")
            || said.starts_with("error")
            || said.is_empty()
        {
            let mut outcome = Outcome::from(child.wait_with_output().unwrap());
            outcome.out = said;
            return outcome;
        }
        act();
        // The probe may have ended for a reason that its output tells.
        let _ = child.stdin.take().unwrap().write_all(b"\n");
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        let mut outcome = Outcome::from(child.wait_with_output().unwrap());
        outcome.out = rest;
        outcome
    }

    /// The canary as it was, and nothing beside it.
    pub(crate) fn is_untouched(&self) {
        assert_eq!(fs::read_to_string(self.canary()).unwrap(), self.token, "the canary was changed");
        let names: Vec<_> =
            fs::read_dir(self.path("secret")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["canary"], "something was made beside the canary");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.top);
    }
}

/// `jail`, the waivers, the grants and `--`.
pub(crate) fn jail_words(grants: &[&str]) -> Vec<String> {
    let mut words = vec!["jail".to_owned()];
    for guarantee in WAIVED {
        if !grants.iter().any(|word| word.strip_prefix("--") == Some(guarantee)) {
            words.extend(["--waive".to_owned(), guarantee.to_owned()]);
        }
    }
    words.extend(grants.iter().map(|word| (*word).to_owned()));
    words.push("--".to_owned());
    words
}

/// Runs a command to its end, which comes within bounds.
pub(crate) fn finish(mut command: Command) -> Outcome {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let group = child.id();
    let (send, receive) = mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        if receive.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status();
        }
    });
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    drop(send);
    watchdog.join().unwrap();
    outcome
}

/// How a run ended and what it said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Outcome {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// The act succeeded: what a twin must do.
    #[track_caller]
    pub(crate) fn succeeded(&self) -> &Self {
        assert!(self.code == Some(0) && self.out.contains("done: "), "the twin did not succeed: {self:?}");
        self
    }

    /// The act succeeded and got this.
    #[track_caller]
    pub(crate) fn got(&self, what: &str) -> &Self {
        self.succeeded();
        assert!(self.out.contains(what), "the twin did not get `{what}`: {self:?}");
        self
    }

    /// The probe ran, tried, and was refused.
    #[track_caller]
    pub(crate) fn was_refused(&self) -> &Self {
        assert!(!self.out.contains("done: "), "AN ESCAPE: {self:?}");
        assert!(
            self.code == Some(3) && self.out.contains("refused: "),
            "the probe did not get to try: {self:?}"
        );
        self
    }

    /// The same, and what was to be had is nowhere in the output.
    #[track_caller]
    pub(crate) fn was_refused_without(&self, what: &str) -> &Self {
        self.was_refused();
        assert!(!self.out.contains(what) && !self.err.contains(what), "AN ESCAPE: {self:?}");
        self
    }

    /// The jail itself would not start, said why, and ran nothing.
    #[track_caller]
    pub(crate) fn did_not_start(&self) -> &Self {
        assert!(self.out.is_empty() && self.code != Some(0) && !self.err.is_empty(), "it started: {self:?}");
        assert!(!self.err.contains("panicked"), "the supervisor panicked: {self:?}");
        self
    }
}
