//! Packages and bundles become entries.

use std::fs;

use crate::archive::zip;
use crate::world::World;

const NOT_INSTALLED: i32 = 1;
const NOT_APPROVED: i32 = 121;

#[test]
fn a_package_is_added_pinned_approved_and_noticed_when_it_changes() {
    let world = World::new();
    world.offer("weather", &[("1.0.0", "console.log(1)\n"), ("1.2.0", "console.log(2)\n")]);
    let added = world.run(&["add", "sky", "npm:weather", "--", "--units", "{metric}"]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(added.out.contains("npm:weather is npm:weather@1.2.0 now, and stays that"), "{}", added.out);
    assert!(added.out.contains("install script, which was not run"), "{}", added.out);
    let shown = world.json(&["show", "sky"]);
    assert_eq!(shown["state"], "pending");
    assert_eq!(shown["entry"]["source"], "npm:weather@1.2.0");
    assert_eq!(
        shown["entry"]["arguments"],
        serde_json::json!(["{tree}/node_modules/weather/cli.js", "--units", "{{metric}}"])
    );
    let digest = shown["digest"].as_str().unwrap();
    assert_eq!(world.run(&["approve", "sky", "--digest", digest]).code, 0);
    assert_eq!(world.run(&["lock", "verify"]).code, 0);

    let hex = shown["entry"]["tree"].as_str().unwrap().strip_prefix("tree:").unwrap();
    let file =
        world.home().join(format!(".local/share/mantrap/store/trees/{hex}/tree/node_modules/weather/cli.js"));
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(&file, "console.log(3)\n").unwrap();
    assert_eq!(world.run(&["lock", "verify"]).code, NOT_APPROVED, "a file of the tree was changed");
    let diff = world.run(&["diff", "sky"]);
    assert!(diff.code == NOT_APPROVED && diff.out.contains("cli.js"), "{}", diff.out);
}

#[test]
fn a_wish_is_a_version_of_the_registry_or_nothing() {
    let world = World::new();
    world.offer("weather", &[("1.0.0", "1"), ("1.2.0", "2"), ("2.0.0", "3")]);
    for (name, wish, wanted) in [
        ("a", "npm:weather@^1.0", "1.2.0"),
        ("b", "npm:weather@latest", "2.0.0"),
        ("c", "npm:weather@1.0.0", "1.0.0"),
    ] {
        let added = world.json(&["add", name, wish]);
        assert_eq!(added["entry"]["source"], format!("npm:weather@{wanted}"), "{wish}");
    }
    for wish in ["npm:weather@3.0.0", "npm:weather@^9", "npm:nothing", "npm:nothing@1.0.0"] {
        let refused = world.run(&["add", "d", wish]);
        assert_eq!(refused.code, NOT_INSTALLED, "{wish}: {}", refused.err);
        assert!(refused.err.contains(&format!("`{wish}` was not installed")), "{}", refused.err);
    }
    for wish in ["npm:weather@file:../x", "npm:weather@--registry=http://127.0.0.1/", "npm:../x", "cargo:x"] {
        assert_eq!(world.run(&["add", "d", wish]).code, 2, "{wish}");
    }
    assert_eq!(world.run(&["add", "a", "npm:weather"]).code, 2, "a name is taken once");
    assert_eq!(world.json(&["list"])["servers"].as_array().unwrap().len(), 3);
}

#[test]
fn a_bundle_is_added_from_where_one_stands() {
    let world = World::new();
    let about = br#"{"server":{"type":"node","entry_point":"server/index.js"}}"#;
    fs::write(
        world.path.join("a.mcpb"),
        zip(&[("manifest.json", about), ("server/index.js", b"console.log(1)\n")]),
    )
    .unwrap();
    fs::set_permissions(world.path.join("a.mcpb"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    let added = world.json(&["add", "notes", "mcpb:a.mcpb", "--grant", "net api.example.com:443"]);
    assert_eq!(added["entry"]["source"], format!("mcpb:{}", world.path.join("a.mcpb").display()));
    assert_eq!(added["entry"]["arguments"][0], "{tree}/server/index.js");
    assert_eq!(added["entry"]["grants"][0], "net api.example.com:443");
    assert_eq!(world.web.connections(), 0, "a bundle needs no network");
    let broken = world.run(&["add", "other", "mcpb:missing.mcpb"]);
    assert!(broken.code == 2 && broken.err.contains("cannot be found"), "{}", broken.err);
}
