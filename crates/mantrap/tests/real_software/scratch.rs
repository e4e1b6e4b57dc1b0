//! A place for one case: the servers, an empty directory with a small repository, and a web server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::web::Web;

pub(crate) struct Place {
    work: PathBuf,
    web: Web,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mantrap-real-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let work = std::env::temp_dir().join(name);
        fs::create_dir(&work).unwrap();
        let work = work.canonicalize().unwrap();
        fs::create_dir(work.join("out")).unwrap();
        fs::write(work.join("hosts"), "127.0.0.1 localhost mirror.mantrap.test\n").unwrap();
        fs::write(work.join("page.txt"), "a page from loopback").unwrap();
        let page =
            "<!doctype html><p id=p></p><script>p.textContent = ['built by', 'a script'].join(' ')</script>";
        fs::write(work.join("page.html"), page).unwrap();
        let place = Self { web: Web::start(work.clone()), work };
        place.git(&["init", "--quiet", "repo"]);
        place.git(&["-C", "repo", "commit", "--quiet", "--allow-empty", "--message", "a first commit"]);
        // What a plain file server needs to hand it out.
        place.git(&["-C", "repo", "update-server-info"]);
        place
    }

    /// The text with its placeholders filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{tools}", tools().to_str().unwrap())
            .replace("{work}", self.work.to_str().unwrap())
            .replace("{port}", &self.web.port().to_string())
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

/// Where `scripts/servers` puts them.
fn tools() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/servers");
    tools
        .canonicalize()
        .unwrap_or_else(|_| panic!("no servers: run `scripts/servers`, or let `make test` do it"))
}
