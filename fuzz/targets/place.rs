//! A directory for what an input becomes, and what must hold of it: nothing lies beside it, and it holds nothing but files,
//! directories and links.

use std::fs;
use std::path::{Path, PathBuf};

/// An empty directory alone in another one, gone at the end.
pub struct Place(PathBuf);

impl Place {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir().canonicalize().unwrap() };
        let place = base.join(format!("mantrap-fuzz-{}", std::process::id()));
        empty(&place);
        fs::create_dir_all(place.join("tree")).unwrap();
        Self(place)
    }

    pub fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }

    /// A file of these bytes, outside of the place.
    #[allow(dead_code)]
    pub fn file(&self, data: &[u8]) -> fs::File {
        let path = self.0.with_extension("input");
        fs::write(&path, data).unwrap();
        let file = fs::File::open(&path).unwrap();
        fs::remove_file(path).unwrap();
        file
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let beside: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside, ["tree"], "something lies beside the tree");
        plain(&self.tree());
        empty(&self.0);
    }
}

fn plain(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        assert!(kind.is_file() || kind.is_dir() || kind.is_symlink(), "{:?}", entry.path());
        if kind.is_dir() {
            plain(&entry.path());
        }
    }
}

/// Directories of a store are closed to writing.
fn empty(path: &Path) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    if !metadata.is_dir() {
        return fs::remove_file(path).unwrap();
    }
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(path).unwrap() {
        empty(&entry.unwrap().path());
    }
    fs::remove_dir(path).unwrap();
}
