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
        let place = Self { work: work.canonicalize().unwrap(), web: Web::start() };
        place.git(&["init", "--quiet", "repo"]);
        place.git(&["-C", "repo", "commit", "--quiet", "--allow-empty", "--message", "a first commit"]);
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
