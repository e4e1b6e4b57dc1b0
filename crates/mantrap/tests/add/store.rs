//! What is installed, and its way to another machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::world::World;

const NOT_APPROVED: i32 = 121;

/// Two servers, of which one is removed from the lock.
fn two() -> (World, String, String) {
    let world = World::new();
    world.offer("one", &[("1.0.0", "console.log(1)\n")]);
    world.offer("two", &[("1.0.0", "console.log(2)\n")]);
    let tree = |shown: &Value| shown["entry"]["tree"].as_str().unwrap().to_owned();
    let one = tree(&world.json(&["add", "one", "npm:one"]));
    let two = tree(&world.json(&["add", "two", "npm:two"]));
    (world, one, two)
}

fn trees(listed: &Value) -> Vec<&str> {
    listed["trees"].as_array().unwrap().iter().map(|tree| tree["tree"].as_str().unwrap()).collect()
}

fn file(world: &World, tree: &str, path: &str) -> PathBuf {
    let hex = tree.strip_prefix("tree:").unwrap();
    world.home().join(".local/share/mantrap/store/trees").join(hex).join("tree").join(path)
}

#[test]
fn what_a_lock_names_stays_and_the_rest_goes() {
    let (world, one, two) = two();
    assert!(world.run(&["store", "gc"]).out.contains("every tree is named by a lock"));
    assert_eq!(world.run(&["remove", "two"]).code, 0);
    let listed = world.json(&["store", "list"]);
    let by = |tree: &str| {
        listed["trees"].as_array().unwrap().iter().find(|one| one["tree"] == tree).unwrap()["needed_by"]
            .clone()
    };
    assert_eq!((by(&one), by(&two)), (serde_json::json!(["one"]), serde_json::json!([])));
    let dry = world.json(&["store", "gc", "--dry-run"]);
    assert_eq!((dry["trees"][0].as_str(), dry["dry_run"].as_bool()), (Some(two.as_str()), Some(true)));
    assert_eq!(trees(&world.json(&["store", "list"])).len(), 2, "nothing was removed yet");
    assert_eq!(world.run(&["store", "gc"]).code, 0);
    assert_eq!(trees(&world.json(&["store", "list"])), [one.as_str()]);
    assert_eq!(world.run(&["store", "verify"]).code, 0);

    // A lock that cannot be read may name anything: nothing is removed on a guess.
    fs::write(world.home().join(".config/mantrap/mantrap.lock"), "version = 1\nbroken").unwrap();
    assert_eq!(world.run(&["store", "gc"]).code, NOT_APPROVED);
    assert!(file(&world, &one, "package.json").exists());
}

#[test]
fn a_project_whose_server_was_approved_keeps_its_tree_from_anywhere() {
    let (world, one, _) = two();
    let lock = fs::read_to_string(world.home().join(".config/mantrap/mantrap.lock")).unwrap();
    assert_eq!(world.run(&["remove", "one"]).code, 0);
    assert_eq!(world.run(&["remove", "two"]).code, 0);
    // The project's lock is where one stands; then it is looked for from elsewhere.
    let place = world.path.join("mantrap.lock");
    fs::write(&place, lock).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).unwrap();
    let digest = world.json(&["show", "one"])["digest"].as_str().unwrap().to_owned();
    let approved = world.run(&["approve", "one", "--digest", &digest]);
    assert_eq!(approved.code, 0, "{}", approved.err);
    assert_eq!(world.run_at("..", &["store", "gc"]).code, 0);
    assert!(file(&world, &one, "package.json").exists());
    // Gone is gone: a project that is no more needs nothing.
    fs::remove_file(&place).unwrap();
    assert_eq!(world.run(&["store", "gc"]).code, 0);
    assert!(!file(&world, &one, "package.json").exists());
}

#[test]
fn a_changed_byte_is_found_and_installing_again_mends_it() {
    let (world, one, two) = two();
    let victim = file(&world, &one, "node_modules/one/cli.js");
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&victim, "console.log(3)\n").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o444)).unwrap();
    let found = world.run(&["store", "verify"]);
    assert_eq!(found.code, NOT_APPROVED);
    assert!(found.out.contains("cli.js"), "{}", found.out);
    assert_eq!(world.run(&["store", "verify", "two"]).code, 0);
    assert_eq!(world.run(&["store", "verify", &one]).code, NOT_APPROVED);
    assert_eq!(world.run(&["store", "verify", "nobody"]).code, NOT_APPROVED);
    let out = world.path.join("bundle");
    let refused = world.run(&["store", "export", "--output", out.to_str().unwrap()]);
    assert!(refused.code == NOT_APPROVED && !out.exists(), "{}", refused.err);
    assert_eq!(world.run(&["store", "export", &two, "--output", out.to_str().unwrap()]).code, 0);
    assert_eq!(world.run(&["add", "again", "npm:one"]).code, 0);
    assert_eq!(world.run(&["store", "verify"]).code, 0);
}

#[test]
fn a_bundle_goes_to_a_machine_without_a_network_and_is_verified_there() {
    let (world, one, two) = two();
    let bundle = world.path.join("bundle");
    let exported = world.run(&["store", "export", "--output", bundle.to_str().unwrap()]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    fs::create_dir_all(world.path.join("other/.config/mantrap")).unwrap();
    fs::copy(
        world.home().join(".config/mantrap/mantrap.lock"),
        world.path.join("other/.config/mantrap/mantrap.lock"),
    )
    .unwrap();
    let other = |arguments: &[&str]| world.run_in("other", arguments);
    let state = || -> Value {
        let listed: Value = serde_json::from_str(&other(&["list", "--format", "json"]).out).unwrap();
        listed["servers"][0]["state"].clone()
    };
    assert_eq!(state(), "broken", "the trees are not there");
    let asked = world.web.connections();
    let imported = other(&["store", "import", bundle.to_str().unwrap(), "--format", "json"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let mut there: Vec<String> = serde_json::from_str::<Value>(&imported.out).unwrap()["trees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tree| tree.as_str().unwrap().to_owned())
        .collect();
    there.sort();
    let mut wanted = vec![one, two];
    wanted.sort();
    assert_eq!((there, state()), (wanted, "pending".into()));
    assert_eq!((other(&["store", "verify"]).code, world.web.connections()), (0, asked));

    // One flipped bit anywhere, and none of it that is not right is there.
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    let refused = world.run_in("third", &["store", "import", bundle.to_str().unwrap()]);
    assert_eq!(refused.code, NOT_APPROVED, "{}", refused.err);
    assert_eq!(world.run_in("third", &["store", "verify"]).code, 0);
}
