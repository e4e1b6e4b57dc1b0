//! The test vectors of `docs/lock-format.md`, which were calculated by another program.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure::{Measured, measure};
use mantrap_launch::digest::tree::Manifest;
use mantrap_launch::{Document, Lock, Values};
use support::{World, mode, name};

/// The page, and its blocks of code of a language.
fn blocks(language: &str) -> (String, Vec<String>) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lock-format.md");
    let page = fs::read_to_string(page).unwrap();
    let mut rest = page.as_str();
    let mut blocks = Vec::new();
    while let Some((_, behind)) = rest.split_once(&format!("```{language}\n")) {
        let (block, behind) = behind.split_once("```").unwrap();
        blocks.push(block.to_owned());
        rest = behind;
    }
    (page, blocks)
}

#[test]
fn a_tree_has_the_digest_of_the_page() {
    let (page, blocks) = blocks("manifest");
    let world = World::new();
    world.put("tree/a.txt", "hello\n");
    world.put("tree/bin/run", "#!/bin/sh\n");
    mode(&world.path("tree/bin/run"), 0o755);
    world.put("tree/ü b%", "");
    mode(&world.path("tree/ü b%"), 0o600);
    symlink("a.txt", world.path("tree/link")).unwrap();
    let Measured::Tree(manifest, digest) = measure(&world.path("tree"), &mut Known::default()).unwrap()
    else {
        panic!("it is a directory");
    };
    assert_eq!(manifest.to_text(), *blocks.first().unwrap());
    assert!(page.contains(&format!("and the digest `{digest}`")));
    assert_eq!(Manifest::parse(&manifest.to_text()), Some(manifest));
}

#[test]
fn a_manifest_has_one_spelling() {
    let (_, blocks) = blocks("manifest");
    let text = blocks.first().unwrap();
    for (was, is) in [
        ("mantrap-tree/1", "mantrap-tree/2"),
        ("dir 755", "dir 0755"),
        ("%C3", "%c3"),
        ("a.txt\n", "%61.txt\n"),
        ("file 644 6 ", "file 644 06 "),
        ("file 644 6 ", "file 644  6 "),
        ("link a.txt link\n", "link a.txt link\nlink a.txt link\n"),
        ("link a.txt link\n", "link a.txt AAA\n"),
        ("b%25\n", "b%25"),
    ] {
        assert_eq!(Manifest::parse(&text.replacen(was, is, 1)), None, "{is}");
    }
}

#[test]
fn an_entry_has_the_documents_and_digests_of_the_page() {
    let (page, locks) = blocks("toml");
    let (_, documents) = blocks("json");
    let lock = Lock::parse(locks.first().unwrap().as_bytes()).unwrap();
    // The page's lock is in the form in which locks are written, but for the comment at the top.
    let written = lock.to_string();
    assert_eq!(written.split_once('\n').unwrap().1, *locks.first().unwrap());
    let entry = lock.servers.get(&name("notes")).unwrap();
    let values: Values = [("root".to_owned(), "/home/u/notes".to_owned())].into();
    for (values, document) in [(Values::new(), documents.first()), (values, documents.last())] {
        let computed = Document::of(&name("notes"), entry, &values);
        assert_eq!(String::from_utf8(computed.bytes()).unwrap(), document.unwrap().trim_end());
        assert!(page.contains(&format!("digest `{}`", computed.digest())));
        assert_eq!(Document::parse(&computed.bytes(), &computed.digest()), Some(computed));
    }
}
