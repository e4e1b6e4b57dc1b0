use super::*;
use crate::digest::Digest;
use crate::lock::{Lock, Registry, Runtime};
use crate::{ServerName, Source};

/// An entry as an installation makes it.
fn installed(recipe: &Recipe) -> Entry {
    let Asked::Wish { registry, package, .. } = &recipe.package else { panic!("no package") };
    let source = Asked::exactly(*registry, package, &recipe.reviewed).expect("a version was reviewed");
    let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
    let mut entry = Entry::new(source);
    entry.tree = Some(format!("tree:{}", "0".repeat(64)).parse().unwrap());
    entry.integrity = Some(format!("sha256-{}=", "A".repeat(43)));
    entry.runtime =
        Some(Runtime { path: Template::literal("/usr/bin/x"), digest, version: None, called: None });
    entry
}

#[test]
fn every_file_makes_an_entry_of_a_lock() {
    for (id, text) in FILES {
        let recipe = read(id, text).unwrap_or_else(|why| panic!("catalogue/{id}.toml: {why}"));
        let name: ServerName = id.parse().unwrap_or_else(|why| panic!("catalogue/{id}.toml: {why}"));
        let mut entry = installed(&recipe);
        recipe.complete(&mut entry, &Values::new());
        let mut lock = Lock::default();
        lock.servers.insert(name, entry);
        if let Err(why) = Lock::parse(lock.to_string().as_bytes()) {
            panic!("catalogue/{id}.toml: {why}");
        }
        for line in [&recipe.about, &recipe.reviewed].into_iter().chain(&recipe.notes) {
            assert!(
                !line.is_empty() && line.trim() == line && !line.contains(crate::is_hidden),
                "{id}: {line}"
            );
        }
        for (name, choice) in &recipe.parameters {
            assert!(!choice.about.is_empty(), "{id}: {name}");
            assert!(choice.usual.as_ref().is_none_or(|usual| choice.of.check(usual).is_ok()), "{id}: {name}");
        }
        assert!(of(&recipe.package).any(|found| found.id == *id));
    }
    assert!(recipe("filesystem").is_some() && recipe("../filesystem").is_none() && recipe("").is_none());
}

#[test]
fn what_somebody_chose_is_found_in_what_they_start() {
    let recipe = recipe("filesystem").unwrap();
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let values = recipe.values(&words(&["/home/u/docs"])).unwrap();
    assert_eq!(values.get("directory").map(String::as_str), Some("/home/u/docs"));
    for other in [&[] as &[&str], &["docs"], &["/"], &["/a", "/b"], &["--root=/a"]] {
        assert_eq!(recipe.values(&words(other)), None, "{other:?}");
    }
    let source: Source = "npm:@modelcontextprotocol/server-filesystem@1.2.3".parse().unwrap();
    assert_eq!(of(&Asked::Exact(source)).map(|recipe| recipe.id).collect::<Vec<_>>(), ["filesystem"]);
    let nobody = Asked::Wish { registry: Registry::Npm, package: "nobody".into(), wish: None };
    assert_eq!(of(&nobody).count(), 0);
}
