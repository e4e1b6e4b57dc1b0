//! Servers of the catalogue.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::world::World;

const SERVER: &str = "@modelcontextprotocol/server-filesystem";

#[test]
fn a_known_server_brings_its_rights_and_asks_for_what_is_open() {
    let world = World::new();
    world.offer(SERVER, &[("2026.1.1", "1"), ("2099.1.1", "2")]);
    fs::create_dir(world.path.join("notes")).unwrap();
    symlink("notes", world.path.join("link")).unwrap();
    let notes = world.path.join("notes").display().to_string();

    // From where one stands and through a link: the lock has the directory itself.
    let added = world.json(&["add", "filesystem", "--set", "directory=link"]);
    assert_eq!(added["entry"]["source"], format!("npm:{SERVER}@2099.1.1"));
    assert_eq!(added["entry"]["parameters"]["directory"], json!({ "type": "directory", "value": notes }));
    assert_eq!(added["entry"]["grants"], json!(["write {directory}"]));
    assert_eq!(added["entry"]["arguments"][1], "{directory}");
    let digest = added["digest"].as_str().unwrap();
    assert_eq!(world.run(&["approve", "filesystem", "--digest", digest]).code, 0);

    // Under another name, in another version, the directory left open.
    let added = world.run(&["add", "docs", "filesystem@2026.1.1"]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(added.out.contains("not with this version"), "{}", added.out);
    assert!(added.out.contains("choose its directory with `--set directory=…`"), "{}", added.out);
    assert_eq!(world.json(&["show", "docs"])["state"], "pending");

    // The package itself: no rights, and a word that there is more.
    let plain = world.run(&["add", "plain", &format!("npm:{SERVER}@2026.1.1")]);
    assert!(plain.out.contains("`mantrap add filesystem`"), "{}", plain.out);
    assert_eq!(world.json(&["show", "plain"])["entry"]["grants"], json!([]));

    for (wrong, why) in [
        (["add", "x", "filesystem", "--set", "directory=missing"], "cannot be found"),
        (["add", "x", "filesystem", "--set", "root=notes"], "there is no `root` to set; there is directory"),
        (["add", "x", "filesystem", "--set", "directory"], "write `--set NAME=VALUE`"),
        (["add", "x", "filesystem@latest;", "--set", "directory=notes"], "names no exact version"),
        (["add", "x", "nothing", "--set", "directory=notes"], "the catalogue has no `nothing`"),
    ] {
        let refused = world.run(&wrong);
        assert!(refused.code == 2 && refused.err.contains(why), "{wrong:?}: {}", refused.err);
    }
}

#[test]
fn the_catalogue_says_what_a_server_needs() {
    let world = World::new();
    let listed = world.json(&["catalogue", "list"]);
    let names: Vec<_> =
        listed["servers"].as_array().unwrap().iter().map(|server| server["name"].clone()).collect();
    assert!(names.contains(&json!("filesystem")) && names.contains(&json!("time")), "{names:?}");
    let shown = world.run(&["catalogue", "show", "filesystem"]).out;
    assert!(shown.contains("write {directory}") && shown.contains("--set directory=…"), "{shown}");
    assert_eq!(world.run(&["catalogue", "show", "nothing"]).code, 2);
}
