//! Another version, after the difference was shown.

use std::fs;
use std::process::Command;

use crate::world::World;

const NOT_APPROVED: i32 = 121;

fn approve(world: &World, name: &str) {
    let digest = world.json(&["show", name])["digest"].as_str().unwrap().to_owned();
    let approved = world.run(&["approve", name, "--digest", &digest]);
    assert_eq!(approved.code, 0, "{}", approved.err);
}

fn source(world: &World, name: &str) -> String {
    world.json(&["show", name])["entry"]["source"].as_str().unwrap().to_owned()
}

#[test]
fn nothing_is_replaced_before_the_difference_was_shown_and_agreed_to() {
    let world = World::new();
    world.offer("one", &[("1.0.0", "console.log(1)\n"), ("1.1.0", "console.log(2)\n")]);
    let grant = ["--grant", "net api.example.com:443", "--no-probe", "--", "--fast"];
    assert_eq!(world.run(&[&["add", "one", "npm:one@1.0.0"], &grant[..]].concat()).code, 0);
    approve(&world, "one");

    let shown = world.run(&["update", "one"]);
    assert_eq!(shown.code, NOT_APPROVED, "{}", shown.err);
    for wanted in [
        "npm:one@1.0.0 could be npm:one@1.1.0",
        "1.0.0 → 1.1.0",
        "5 changed",
        "as before",
        "nothing was replaced",
    ] {
        assert!(shown.out.contains(wanted), "{wanted} is missing in\n{}", shown.out);
    }
    assert_eq!((source(&world, "one").as_str(), world.run(&["lock", "verify"]).code), ("npm:one@1.0.0", 0));

    assert_eq!(world.run(&["update", "one", "--yes"]).code, 0);
    let now = world.json(&["show", "one"]);
    assert_eq!(now["entry"]["source"], "npm:one@1.1.0");
    assert_eq!(now["entry"]["arguments"][1], "--fast");
    assert_eq!(now["entry"]["grants"][0], "net api.example.com:443");
    assert_eq!(now["state"], "changed", "an update approves nothing");
    approve(&world, "one");
    assert!(world.run(&["update", "one"]).out.contains("is what the lock says"));

    // And back, by name; then the old one is approved again.
    assert_eq!(world.run(&["update", "one", "1.0.0", "--yes"]).code, 0);
    assert_eq!(source(&world, "one"), "npm:one@1.0.0");
    assert_eq!(world.run(&["update", "one", "9.9.9", "--yes"]).code, 1);
    assert_eq!(world.run(&["update", "one", "file:../x", "--yes"]).code, 2);
}

#[test]
fn a_tree_that_is_gone_is_installed_again_only_as_it_was() {
    let world = World::new();
    world.offer("one", &[("1.0.0", "console.log(1)\n")]);
    assert_eq!(world.run(&["add", "one", "npm:one", "--no-probe"]).code, 0);
    approve(&world, "one");
    let lose = || {
        let store = world.home().join(".local/share/mantrap/store");
        assert!(Command::new("chmod").args(["-R", "u+w"]).arg(&store).status().unwrap().success());
        fs::remove_dir_all(store).unwrap();
    };
    lose();
    assert_eq!(world.run(&["lock", "verify"]).code, NOT_APPROVED);
    let again = world.run(&["update", "one"]);
    assert_eq!((again.code, world.run(&["lock", "verify"]).code), (0, 0), "{}", again.err);
    // The registry gives something else under the same version by now.
    lose();
    world.offer("one", &[("1.0.0", "console.log('evil')\n")]);
    let refused = world.run(&["update", "one"]);
    assert!(refused.code == 1 && refused.err.contains("not what was installed before"), "{}", refused.err);
    assert_eq!(world.run(&["lock", "verify"]).code, NOT_APPROVED);
}

#[test]
fn an_approval_is_signed_and_counts_for_whoever_believes_the_key() {
    let world = World::new();
    world.offer("one", &[("1.0.0", "console.log(1)\n")]);
    assert_eq!(world.run(&["add", "one", "npm:one", "--no-probe"]).code, 0);
    let key = world.path.join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-t", "ed25519", "-C", "x", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let digest = world.json(&["show", "one"])["digest"].as_str().unwrap().to_owned();
    let sign =
        ["approve", "one", "--digest", &digest, "--sign", key.to_str().unwrap(), "--as", "me@example.com"];
    let signed = world.run(&sign);
    assert!(signed.code == 0 && signed.out.contains("not believed here yet"), "{}{}", signed.out, signed.err);
    let trust = world.home().join(".config/mantrap/trust");
    fs::write(trust.join("allowed_signers"), format!("me@example.com {public}")).unwrap();
    fs::set_permissions(trust.join("allowed_signers"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    assert!(world.run(&["show", "one"]).out.contains("signature of me@example.com"));
    // Changed, the signature says nothing any more.
    let lock = world.home().join(".config/mantrap/mantrap.lock");
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace("cli.js\"", "cli.js\",\n    \"--evil\"")).unwrap();
    assert_eq!(world.run(&["lock", "verify"]).code, NOT_APPROVED);
    assert_eq!(world.run(&["approve", "one", "--sign", "missing"]).code, 2, "nobody said who signs");
}
