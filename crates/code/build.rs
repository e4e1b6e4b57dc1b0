//! Names the analyser by what it is made of, so that nothing that another one kept is ever read by this one.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its own tree, and is told by cargo where it is"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    let top = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = vec![top.join("../../Cargo.lock")];
    collect(&top.join("src"), &mut files);
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        std::fs::read(&file).unwrap_or_default().hash(&mut hash);
    }
    println!("cargo::rerun-if-changed={}", top.join("src").display());
    println!("cargo::rustc-env=MANTRAP_CODE_VERSION={:016x}", hash.finish());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
