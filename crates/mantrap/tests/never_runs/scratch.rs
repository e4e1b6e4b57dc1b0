//! Folders that live as long as a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::python;

/// The demo's home and repository, woken in a throwaway folder.
pub(crate) struct Demo {
    pub(crate) home: Scratch,
    pub(crate) repo: Scratch,
}

impl Demo {
    pub(crate) fn unpack() -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let wake = |tree: &str| {
            let scratch = Scratch::empty();
            let run = python()
                .arg(top.join("scripts/unpack-tree"))
                .arg(top.join("demo").join(tree))
                .arg(scratch.path())
                .output()
                .unwrap();
            assert!(run.status.success(), "{run:?}");
            scratch
        };
        Demo { home: wake("home.tree"), repo: wake("repo.tree") }
    }
}

/// A folder that is gone when the test is.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// With a file `victim` in it.
    pub(crate) fn new() -> Self {
        let scratch = Scratch::empty();
        fs::write(scratch.0.join("victim"), "hello\n").unwrap();
        scratch
    }

    pub(crate) fn empty() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mantrap-cage-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path.canonicalize().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing to do about a folder that will not go; the next run has another name.
        let _ = fs::remove_dir_all(&self.0);
    }
}
