//! A throwaway home with settings, a store, and a place for canaries.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mantrap_launch::install::{How, Surroundings, tools};
use mantrap_launch::store::{DiskStore, Limits};

pub(crate) struct World(pub(crate) PathBuf);

impl World {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("mantrap-install-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(path.join("home")).unwrap();
        Self(path)
    }

    pub(crate) fn store(&self) -> DiskStore {
        DiskStore::open(&self.0.join("store")).unwrap()
    }

    /// What an attack creates when it works.
    pub(crate) fn canary(&self) -> PathBuf {
        self.0.join("canary")
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings { home: Some(self.0.join("home")), ..Surroundings::default() }
    }

    /// Nothing usable, nothing in the making.
    pub(crate) fn left(&self) -> usize {
        let count = |below: &str| fs::read_dir(self.0.join("store").join(below)).unwrap().count();
        count("trees") + count("staging")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The store's directories are closed to writing.
        let _ = Command::new("chmod").arg("-R").arg("u+w").arg(&self.0).status();
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program of this machine that is no script.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let places = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&places).map(|place| place.join(name)).filter(|path| path.is_file());
    found
        .filter_map(|path| path.canonicalize().ok())
        .find(|path| fs::read(path).is_ok_and(|bytes| !bytes.starts_with(b"#!")))
}

/// Node and npm.
pub(crate) fn node() -> Option<How> {
    tools::node(&std::env::var_os("PATH")?, None).map(quick)
}

/// Python, with pip or uv.
pub(crate) fn python() -> Option<PathBuf> {
    let asked =
        Command::new("python3").args(["-I", "-c", "import sys; print(sys.executable)"]).output().ok()?;
    Path::new(String::from_utf8(asked.stdout).ok()?.trim()).canonicalize().ok()
}

pub(crate) fn quick(mut how: How) -> How {
    how.patience = Duration::from_secs(90);
    how.limits = Limits { items: 5_000, bytes: 20 << 20, depth: 32 };
    how
}
