use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::shape::Limits;
use super::{Collected, DiskStore, Record, Staging, StoreError, Stored, removal, tar};
use crate::Digest;
use crate::Store as _;

/// A directory that is gone when the test is over.
struct World(PathBuf);

impl World {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mantrap-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    fn store(&self) -> DiskStore {
        DiskStore::open(&self.0.join("store")).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = removal::wipe(&self.0);
    }
}

fn put(staging: &Staging, below: &str, text: &str) {
    let path = staging.tree().join(below);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A package of a program, a link and a module of its own.
fn publish(store: &DiskStore, own: &str) -> Digest {
    let staging = store.stage().unwrap();
    put(&staging, "bin/run", "#!/bin/sh\n");
    fs::set_permissions(staging.tree().join("bin/run"), Permissions::from_mode(0o777)).unwrap();
    put(&staging, "lib/shared.js", "shared");
    put(&staging, "lib/own.js", own);
    symlink("../lib/own.js", staging.tree().join("bin/link")).unwrap();
    staging.publish(&Record { source: format!("npm:{own}@1.0.0"), ..Record::default() }).unwrap()
}

fn refusal(make: impl FnOnce(&Path)) -> String {
    let world = World::new();
    let store = world.store();
    let limits = Limits { items: 100, bytes: 10_000, depth: 8 };
    let staging = store.stage().unwrap().within(limits);
    make(&staging.tree());
    let error = staging.publish(&Record::default()).unwrap_err().to_string();
    assert_eq!(left(&store), (0, 0, 0), "{error}");
    error
}

/// Trees, files, and things in the making.
fn left(store: &DiskStore) -> (usize, usize, usize) {
    let count = |below: &str| fs::read_dir(store.root().join(below)).unwrap().count();
    let files = fs::read_dir(store.root().join("files")).unwrap();
    let files = files.map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap().count()).sum();
    (count("trees"), files, count("staging"))
}

/// Removes every tree but these.
fn collect(store: &DiskStore, keep: impl Fn(&Digest) -> bool) -> Collected {
    let garbage = |stored: Vec<Stored>| -> Result<Vec<Digest>, StoreError> {
        Ok(stored.iter().map(|stored| stored.digest).filter(|digest| !keep(digest)).collect())
    };
    store.collect(garbage).unwrap()
}

#[test]
fn a_published_tree_is_read_only_whole_and_shares_its_files() {
    let world = World::new();
    let store = world.store();
    let (one, other) = (publish(&store, "one"), publish(&store, "other"));
    assert_ne!(one, other);
    assert_eq!(publish(&store, "one"), one, "the same again is the same");
    assert_eq!(left(&store), (2, 4, 0));
    let path = store.tree(&one).unwrap();
    let inode = |tree: &Path, below: &str| fs::metadata(tree.join(below)).unwrap().ino();
    assert_eq!(inode(&path, "lib/shared.js"), inode(&store.tree(&other).unwrap(), "lib/shared.js"));
    for (below, mode) in [("", 0o555), ("lib", 0o555), ("lib/own.js", 0o444), ("bin/run", 0o555)] {
        assert_eq!(fs::metadata(path.join(below)).unwrap().permissions().mode() & 0o7777, mode, "{below}");
    }
    store.verify(&one).unwrap();
    let listed = store.list().unwrap();
    assert_eq!(listed.len(), 2);
    let sources: BTreeSet<_> = listed.into_iter().map(|stored| stored.record.unwrap().source).collect();
    assert_eq!(sources, ["npm:one@1.0.0".to_owned(), "npm:other@1.0.0".to_owned()].into());
    assert!(store.tree(&Digest::of(b"")).is_none());
}

#[test]
fn what_was_begun_and_not_published_is_gone_at_the_next_start() {
    let world = World::new();
    let store = world.store();
    let staging = store.stage().unwrap();
    put(&staging, "half", "a file");
    let litter = store.root().join("staging/999999-0/out/tree/closed");
    fs::create_dir_all(&litter).unwrap();
    fs::write(litter.join("file"), "x").unwrap();
    fs::set_permissions(&litter, Permissions::from_mode(0o555)).unwrap();
    DiskStore::open(store.root()).unwrap();
    assert_eq!(left(&store), (0, 0, 2), "nothing is swept away while somebody is at work");
    drop(staging);
    DiskStore::open(store.root()).unwrap();
    assert_eq!(left(&store), (0, 0, 0));
}

#[test]
fn a_changed_tree_is_found_and_mended_by_installing_it_again() {
    for change in ["bytes", "mode", "more", "less", "link", "manifest"] {
        let world = World::new();
        let store = world.store();
        let digest = publish(&store, "one");
        let path = store.tree(&digest).unwrap();
        let file = path.join("lib/own.js");
        for folder in [path.clone(), path.join("lib"), path.join("bin")] {
            fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        }
        match change {
            "bytes" => {
                fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
                fs::write(&file, "two").unwrap();
                fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
            }
            "mode" => fs::set_permissions(&file, Permissions::from_mode(0o4755)).unwrap(),
            "more" => fs::write(path.join("lib/more.js"), "").unwrap(),
            "less" => fs::remove_file(&file).unwrap(),
            "link" => {
                fs::remove_file(path.join("bin/link")).unwrap();
                symlink("/etc/passwd", path.join("bin/link")).unwrap();
            }
            _ => {
                let manifest = path.parent().unwrap().join("manifest");
                fs::remove_file(&manifest).unwrap();
                fs::write(manifest, "mantrap-tree/1\n").unwrap();
            }
        }
        for folder in [path.join("bin"), path.join("lib"), path.clone()] {
            fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
        }
        let error = store.verify(&digest).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{change}: {error}");
        assert_eq!(publish(&store, "one"), digest, "{change}");
        store.verify(&digest).unwrap_or_else(|error| panic!("{change}: {error}"));
        assert_eq!(fs::read(store.tree(&digest).unwrap().join("lib/own.js")).unwrap(), b"one", "{change}");
    }
}

#[test]
fn a_package_that_no_tree_may_hold_is_refused_and_leaves_nothing() {
    type Make = Box<dyn FnOnce(&Path)>;
    let refusals: [(&str, Make, &str); 9] = [
        ("out", Box::new(|tree| symlink("../../x", tree.join("l")).unwrap()), "leads out"),
        ("absolute", Box::new(|tree| symlink("/etc", tree.join("l")).unwrap()), "leads out"),
        (
            "by another link",
            Box::new(|tree| {
                fs::create_dir(tree.join("d")).unwrap();
                symlink("..", tree.join("d/up")).unwrap();
                symlink("d/up/../../x", tree.join("l")).unwrap();
            }),
            "leads out",
        ),
        (
            "socket",
            Box::new(|tree| drop(std::os::unix::net::UnixListener::bind(tree.join("s")).unwrap())),
            "neither file",
        ),
        (
            "cases",
            Box::new(|tree| {
                fs::write(tree.join("Readme"), "").unwrap();
                fs::write(tree.join("README"), "").unwrap();
            }),
            "upper and lower",
        ),
        (
            "cases of another script",
            Box::new(|tree| {
                fs::create_dir(tree.join("Ä")).unwrap();
                fs::create_dir(tree.join("ä")).unwrap();
            }),
            "upper and lower",
        ),
        (
            "many",
            Box::new(|tree| (0..101).for_each(|nth| fs::write(tree.join(nth.to_string()), "").unwrap())),
            "more files",
        ),
        ("large", Box::new(|tree| fs::write(tree.join("f"), vec![0; 10_001]).unwrap()), "larger"),
        ("deep", Box::new(|tree| fs::create_dir_all(tree.join("a/a/a/a/a/a/a/a/a")).unwrap()), "deeper"),
    ];
    for (what, make, wanted) in refusals {
        let error = refusal(make);
        assert!(error.contains(wanted), "{what}: {error}");
    }
}

#[test]
fn a_collection_keeps_what_is_named_and_the_files_of_it() {
    let world = World::new();
    let store = world.store();
    let (one, other) = (publish(&store, "one"), publish(&store, "other"));
    let busy = store.stage().unwrap();
    drop(busy);
    let collected = collect(&store, |digest| *digest == one);
    assert_eq!((collected.trees, collected.files, collected.bytes), (1, 1, 5));
    store.verify(&one).unwrap();
    assert!(matches!(store.verify(&other), Err(StoreError::Missing(_))));
    collect(&store, |_| false);
    assert_eq!(left(&store), (0, 0, 0));
}

#[test]
fn many_may_publish_the_same_at_once() {
    let world = World::new();
    let store = world.store();
    let digests: BTreeSet<Digest> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| publish(&store, "one"))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(digests.len(), 1);
    store.verify(digests.first().unwrap()).unwrap();
    assert_eq!(left(&store), (1, 3, 0));
}

fn bundle(store: &DiskStore, trees: &[Digest]) -> Vec<u8> {
    let mut out = Vec::new();
    store.export(&trees.iter().copied().collect(), &mut out).unwrap();
    out
}

#[test]
fn a_bundle_brings_the_same_trees_elsewhere() {
    let (here, there) = (World::new(), World::new());
    let (from, to) = (here.store(), there.store());
    let trees = [publish(&from, "one"), publish(&from, "other")];
    let bytes = bundle(&from, &trees);
    let imported: BTreeSet<Digest> = to.import(&mut bytes.as_slice()).unwrap().into_iter().collect();
    assert_eq!(imported, trees.into());
    for tree in &trees {
        to.verify(tree).unwrap();
        assert_eq!(to.record(tree), from.record(tree));
        assert_eq!(to.manifest(tree).unwrap(), from.manifest(tree).unwrap());
    }
    assert_eq!(left(&to), (2, 4, 0));
    assert_eq!(bundle(&to, &trees), bytes, "the same trees are the same bundle");
}

#[test]
fn no_damage_to_a_bundle_goes_unnoticed() {
    let world = World::new();
    let from = world.store();
    let tree = publish(&from, "one");
    let bytes = bundle(&from, &[tree]);
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(61) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let other = World::new();
        let to = other.store();
        if to.import(&mut damaged.as_slice()).is_err() {
            refused += 1;
        }
        // What came in, in spite of it (filling, a word of the record) or before it (the end), is whole.
        assert!(left(&to).0 == 0 || to.verify(&tree).is_ok(), "byte {at}");
        assert_eq!(left(&to).2, 0, "byte {at}");
        let cut = World::new();
        let to = cut.store();
        assert!(to.import(&mut bytes.get(..at).unwrap()).is_err() || left(&to).0 == 1, "cut at {at}");
        assert_eq!(left(&to).2, 0);
    }
    assert!(refused > 20, "{refused}");
}

/// A bundle with this manifest and one file of four bytes.
fn forged(manifest: &str, extra: &[(&str, &[u8])]) -> Vec<u8> {
    let tree = Digest::of(manifest.as_bytes()).hex();
    let mut out = Vec::new();
    let file = format!("files/{}", Digest::of(b"evil").hex());
    let name = format!("trees/{tree}/manifest");
    let mut all: Vec<(&str, &[u8])> = vec![("mantrap-bundle", b"1\n"), (&file, b"evil")];
    all.extend(extra);
    all.push((&name, manifest.as_bytes()));
    for (name, bytes) in all {
        tar::begin(&mut out, name, bytes.len() as u64).unwrap();
        out.extend(bytes);
        tar::pad(&mut out, bytes.len() as u64).unwrap();
    }
    tar::end(&mut out).unwrap();
    out
}

#[test]
fn a_hostile_bundle_is_refused_and_writes_nowhere() {
    let evil = Digest::of(b"evil").hex();
    let file = |path: &str| format!("file 444 4 {evil} {path}\n");
    let tree = |lines: &str| format!("mantrap-tree/1\ndir 555 .\n{lines}");
    let good = tree(&file("a"));
    for (what, manifest) in [
        ("up", tree(&file("../../../../canary"))),
        ("absolute", tree(&file("/canary"))),
        ("in the middle", tree(&format!("dir 555 d\n{}", file("d/../../canary")))),
        ("no directory", tree(&file("d/canary"))),
        ("through a link", tree(&format!("link .. l\n{}", file("l/canary")))),
        ("through a link inside", tree(&format!("dir 555 d\nlink d l\n{}", file("l/canary")))),
        ("a link out", tree("link ../../canary l\n")),
        ("an absolute link", tree("link /etc/passwd l\n")),
        ("set-user-id", tree(&format!("file 4555 4 {evil} a\n"))),
        ("writable", tree(&format!("file 666 4 {evil} a\n"))),
        ("a writable directory", format!("mantrap-tree/1\ndir 777 .\n{}", file("a"))),
        ("another size", tree(&format!("file 444 5 {evil} a\n"))),
        ("cases", tree(&format!("{}{}", file("A"), file("a")))),
        ("a file that is not in it", tree(&format!("file 444 1 {} a\n", Digest::of(b"x").hex()))),
        ("an empty name", tree(&file(""))),
        ("no root", format!("mantrap-tree/1\n{}", file("a"))),
        ("a sum that is too large", tree(&format!("file 444 99999999999999 {evil} a\n"))),
    ] {
        let world = World::new();
        let store = world.store();
        let imported = store.import(&mut forged(&manifest, &[]).as_slice());
        assert!(imported.is_err(), "{what}: {imported:?}");
        assert_eq!(left(&store).0, 0, "{what}");
        assert!(!world.0.join("canary").exists() && !store.root().join("canary").exists(), "{what}");
    }
    for (name, bytes) in [
        ("files/../../canary", b"x".as_slice()),
        ("canary", b""),
        ("/etc/canary", b""),
        ("trees/x/manifest", b""),
    ] {
        let world = World::new();
        let imported = world.store().import(&mut forged(&good, &[(name, bytes)]).as_slice());
        assert!(imported.is_err(), "{name}");
    }
    // The twin: without any of it, it comes in.
    let world = World::new();
    assert_eq!(world.store().import(&mut forged(&good, &[]).as_slice()).unwrap().len(), 1);
    // Kinds of entries that no bundle has: links, devices, directories, long names, sparse files.
    for kind in *b"123456LKxgS" {
        let mut bytes = forged(&good, &[]);
        let at = 1024;
        bytes[at + 156] = kind;
        let sum: u64 =
            (0..512).map(|nth| if (148..156).contains(&nth) { 32 } else { u64::from(bytes[at + nth]) }).sum();
        bytes[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let world = World::new();
        let error = world.store().import(&mut bytes.as_slice()).unwrap_err().to_string();
        assert!(error.contains("no plain file"), "{error}");
    }
}
