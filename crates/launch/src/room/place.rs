//! From what a person typed to where it really is. Links are followed here, once, and never again: what the jail is
//! given holds none.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links that are followed before a path counts as a circle (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// A path that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Absolute, without links.
    pub(super) path: PathBuf,
    /// The links on the way, each at its real place.
    pub(super) links: Vec<Crossed>,
}

/// A symbolic link that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crossed {
    /// Where it is, without links.
    pub(super) at: PathBuf,
    /// What it leads to in the end, without links.
    pub(super) to: PathBuf,
}

/// Follows `typed`, which is relative to `base`; `~` at its beginning is `home`.
pub(super) fn resolve(typed: &Path, base: &Path, home: Option<&Path>) -> io::Result<Place> {
    let whole = absolute(typed, base, home);
    let mut ahead: VecDeque<OsString> = names(&whole).collect();
    let mut path = PathBuf::from("/");
    let mut links = Vec::new();
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            path.pop();
            continue;
        }
        let next = path.join(&name);
        if !fs::symlink_metadata(&next)?.is_symlink() {
            path = next;
            continue;
        }
        if links.len() == MOST_LINKS {
            return Err(io::Error::other("its links lead in a circle"));
        }
        let target = fs::read_link(&next)?;
        if target.is_absolute() {
            path = PathBuf::from("/");
        }
        for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
            ahead.push_front(name);
        }
        links.push(Crossed { to: fs::canonicalize(&next)?, at: next });
    }
    // A file with something behind it (`/etc/passwd/..`) is no path.
    fs::symlink_metadata(&whole)?;
    Ok(Place { path, links })
}

/// `typed` from the root on, links not followed.
pub(super) fn absolute(typed: &Path, base: &Path, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => base.join(typed),
    }
}

/// The names of a path. `.` says nothing; `..` stays, because what it means depends on links.
fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("mantrap-place-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path.canonicalize().unwrap())
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_link_on_the_way_is_told() {
        let scratch = Scratch::new("links");
        let root = &scratch.0;
        fs::create_dir_all(root.join("real/sub")).unwrap();
        symlink("real", root.join("one")).unwrap();
        symlink(root.join("one"), root.join("two")).unwrap();
        let place = resolve(Path::new("two/./sub/../sub"), root, None).unwrap();
        assert_eq!(place.path, root.join("real/sub"));
        let real = root.join("real");
        let crossed = |at: &str| Crossed { at: root.join(at), to: real.clone() };
        assert_eq!(place.links, [crossed("two"), crossed("one")]);
        assert_eq!(resolve(Path::new("~/real"), Path::new("/"), Some(root)).unwrap().path, real);
    }

    #[test]
    fn circles_and_files_as_folders_are_errors() {
        let scratch = Scratch::new("circles");
        let root = &scratch.0;
        symlink("b", root.join("a")).unwrap();
        symlink("a", root.join("b")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        for wrong in ["a", "file/x", "file/..", "nothing", "real/../nothing"] {
            assert!(resolve(Path::new(wrong), root, None).is_err(), "{wrong}");
        }
    }
}
