//! `audit --cache`: the same report sooner, in a folder that nobody else can use.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Run, Tree, mantrap};

const APP: &str = "from flask import Flask, request\nfrom starter import start\n\napp = Flask(__name__)\n\n\n\
    @app.post(\"/start\")\ndef begin():\n    return start(request.get_json()[\"command\"])\n";
const STARTER: &str = "from mcp import StdioServerParameters\n\n\ndef start(command):\n    return StdioServerParameters(command=command)\n";
const FIXED: &str = "from mcp import StdioServerParameters\n\n\ndef start(command):\n    return StdioServerParameters(command=\"server\")\n";

fn audit(folder: &Path, cache: Option<&Path>) -> Run {
    let mut command = mantrap();
    command.arg("audit").arg(folder).args(["--format", "json"]);
    if let Some(cache) = cache {
        command.arg("--cache").arg(cache);
    }
    command.output().unwrap().into()
}

fn kept(cache: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_is_kept_changes_nothing_in_a_report() {
    let tree = Tree::new().with("app.py", APP).with("starter.py", STARTER);
    let place = Tree::new();
    let cache = place.join("cache");
    let without = audit(tree.path(), None);
    assert_eq!(without.code, 14, "{}{}", without.out, without.err);
    for turn in 0..2 {
        assert_eq!(audit(tree.path(), Some(&cache)).out, without.out, "run {turn}");
    }
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let files = kept(&cache);
    assert_eq!(files.len(), 2);
    // Flipped, emptied, replaced by a link, a folder, another's rights: all of it is read anew.
    for file in &files {
        let whole = fs::read(file).unwrap();
        for at in [0, 31, 32, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            fs::write(file, damaged).unwrap();
            assert_eq!(audit(tree.path(), Some(&cache)).out, without.out, "byte {at}");
            assert_eq!(fs::read(file).unwrap(), whole, "byte {at}");
        }
        fs::write(file, "").unwrap();
        assert_eq!(audit(tree.path(), Some(&cache)).out, without.out);
    }
    let other = place.join("other");
    fs::rename(&files[0], &other).unwrap();
    symlink(&other, &files[0]).unwrap();
    assert_eq!(audit(tree.path(), Some(&cache)).out, without.out);
    fs::write(tree.join("starter.py"), FIXED).unwrap();
    assert_eq!(audit(tree.path(), Some(&cache)).out, audit(tree.path(), None).out);
    assert_eq!(audit(tree.path(), Some(&cache)).code, 0);
}

#[test]
fn a_folder_that_others_could_use_is_refused() {
    let tree = Tree::new().with("app.py", APP).with("starter.py", STARTER).with("inside/x", "");
    let place = Tree::new().with("open/x", "");
    fs::set_permissions(tree.join("inside"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(place.join("open"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::create_dir(place.join("own")).unwrap();
    fs::set_permissions(place.join("own"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink(place.join("own"), place.join("link")).unwrap();
    for (cache, words) in [
        (tree.join("inside"), "is in the folder that is audited"),
        (place.join("open"), "can be used by others than you"),
        (place.join("link"), "that is no link"),
        (place.join("none/none"), "cannot make"),
    ] {
        let run = audit(tree.path(), Some(&cache));
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", cache.display());
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(audit(tree.path(), Some(&place.join("own"))).code, 14);
}
