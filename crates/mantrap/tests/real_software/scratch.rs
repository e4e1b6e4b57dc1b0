//! A place for one case: the servers, an empty directory with a small repository, and a web server.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::web::Web;

/// Who runs the software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Whoever runs the test.
    Same,
    /// Somebody without any right. Only root can become that one.
    Nobody,
}

/// The number of that one.
const NOBODY: u32 = 65534;

impl User {
    /// Everyone that the software is to be run as. The other user only where the checkout is not in root's own home.
    pub(crate) fn all() -> Vec<Self> {
        let reachable = |path: &Path| {
            path.ancestors().all(|above| fs::metadata(above).is_ok_and(|found| found.mode() & 0o001 != 0))
        };
        let both =
            Self::is_root() && reachable(&tools()) && reachable(Path::new(env!("CARGO_BIN_EXE_mantrap")));
        if both { vec![Self::Same, Self::Nobody] } else { vec![Self::Same] }
    }

    pub(crate) fn is_root() -> bool {
        fs::metadata("/proc/self").unwrap().uid() == 0
    }

    /// What stands in front of a command that this one runs.
    pub(crate) fn words(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Same => &[],
            Self::Nobody => &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }
}

pub(crate) struct Place {
    work: PathBuf,
    pub(crate) user: User,
    web: Web,
}

impl Place {
    pub(crate) fn new(user: User) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mantrap-real-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let work = std::env::temp_dir().join(name);
        fs::create_dir(&work).unwrap();
        let work = work.canonicalize().unwrap();
        for directory in ["home", "out"] {
            fs::create_dir(work.join(directory)).unwrap();
        }
        let hosts = "127.0.0.1 localhost mirror.mantrap.test four.mantrap.test other.mantrap.test\n::1 six.mantrap.test\n";
        fs::write(work.join("hosts"), hosts).unwrap();
        fs::write(work.join("page.txt"), "a page from loopback").unwrap();
        let page =
            "<!doctype html><p id=p></p><script>p.textContent = ['built by', 'a script'].join(' ')</script>";
        fs::write(work.join("page.html"), page).unwrap();
        let place = Self { web: Web::start(work.clone()), user, work };
        place.git(&["init", "--quiet", "repo"]);
        place.git(&["-C", "repo", "commit", "--quiet", "--allow-empty", "--message", "a first commit"]);
        // What a plain file server needs to hand it out.
        place.git(&["-C", "repo", "update-server-info"]);
        if user == User::Nobody {
            let done =
                Command::new("chown").args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(&place.work).status();
            assert!(done.unwrap().success());
        }
        place
    }

    /// The text with its placeholders filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{browser}", browser())
            .replace("{browser-flags}", if Path::new(FLAGS).exists() { FLAGS } else { "/usr/share" })
            .replace("{tools}", tools().to_str().unwrap())
            .replace("{work}", self.work.to_str().unwrap())
            .replace("{port}", &self.web.port().to_string())
    }

    /// A command that the place's user runs, with a home of its own.
    pub(crate) fn command(&self, words: &[String]) -> Command {
        let words: Vec<String> = self.user.words().into_iter().chain(words.iter().cloned()).collect();
        let (program, arguments) = words.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(arguments).env("HOME", self.work.join("home"));
        command
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .args([
                "-c",
                "user.name=test",
                "-c",
                "user.email=test@mantrap.example",
                "-c",
                "commit.gpgSign=false",
            ])
            .args(arguments)
            .env("HOME", self.work.join("home"))
            .current_dir(&self.work)
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.work);
    }
}

/// Where Debian's browser has its flags.
const FLAGS: &str = "/etc/chromium.d";

fn browser() -> &'static str {
    let browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = browsers.into_iter().find(|path| Path::new(path).exists());
    found.unwrap_or_else(|| {
        panic!("no chromium: install Debian's package `chromium`, or let `make test` do it")
    })
}

/// Where `scripts/servers` puts them.
fn tools() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/servers");
    tools
        .canonicalize()
        .unwrap_or_else(|_| panic!("no servers: run `scripts/servers`, or let `make test` do it"))
}
