//! What programs read is what docs/json-schema says.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::world::World;

fn fits(schema: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/json-schema/{schema}.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

#[test]
fn every_json_output_about_servers_fits_its_schema() {
    let world = World::new();
    world.offer("one", &[("1.0.0", "console.log(1)\n"), ("1.1.0", "console.log(2)\n")]);
    fits("add-1", &world.json(&["add", "one", "npm:one@1.0.0"]));
    fits("show-1", &world.json(&["show", "one"]));
    let digest = world.json(&["show", "one"])["digest"].as_str().unwrap().to_owned();
    assert_eq!(world.run(&["approve", "one", "--digest", &digest]).code, 0);
    let update = world.json(&["update", "one"]);
    assert!(update["files"][0]["field"].is_string() && update["packages"][0]["is"] == "1.1.0", "{update}");
    fits("update-1", &update);
    fits("update-1", &world.json(&["update", "one", "--yes"]));
    let diff = world.json(&["diff", "one"]);
    assert!(diff["changes"][0].is_object(), "{diff}");
    fits("diff-1", &diff);
    fits("list-1", &world.json(&["list"]));
    fits("list-1", &world.json(&["lock", "verify"]));
    fits("store-1", &world.json(&["store", "list"]));
    fits("store-verify-1", &world.json(&["store", "verify"]));
    fits("store-gc-1", &world.json(&["store", "gc"]));
    let bundle = world.path.join("bundle");
    assert_eq!(world.run(&["store", "export", "--output", bundle.to_str().unwrap()]).code, 0);
    fits("store-import-1", &world.json(&["store", "import", bundle.to_str().unwrap()]));
    fits("catalogue-1", &world.json(&["catalogue", "list"]));
    // A schema that everything fits says nothing.
    let fails =
        std::panic::catch_unwind(|| fits("add-1", &serde_json::json!({ "schema": "mantrap-show/1" })));
    assert!(fails.is_err());
}
