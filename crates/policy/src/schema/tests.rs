use serde_json::json;

use super::*;

fn check(schema: &Value, value: &Value) -> Result<(), Invalid> {
    Schema::compile(&schema.to_string()).unwrap().check(value)
}

#[test]
fn a_value_is_valid_or_it_is_said_where_and_why_without_repeating_it() {
    let schema = json!({"type": "object", "properties": {"path": {"type": "string", "maxLength": 5}},
        "required": ["path"], "additionalProperties": false});
    assert_eq!(check(&schema, &json!({"path": "a"})), Ok(()));
    let Err(Invalid::Value { at, problem }) = check(&schema, &json!({"path": "secret value"})) else {
        panic!("valid")
    };
    assert_eq!(at, "`/path`");
    assert!(!problem.contains("secret"), "{problem}");
    assert!(check(&schema, &json!({})).is_err());
    assert!(check(&schema, &json!({"path": "a", "other": 1})).is_err());
    assert!(check(&json!({"properties": {"a": {"const": 1}}}), &json!({"a": 2})).is_err());
}

#[test]
fn nothing_beyond_the_schema_is_looked_at() {
    for to in [
        "https://example.com/s.json",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "other.json",
        "#/nowhere",
    ] {
        let refused = Schema::compile(&json!({"$ref": to}).to_string()).unwrap_err();
        assert_eq!(refused, BadSchema::Remote(to.to_owned()));
        let deep = json!({"properties": {"a": {"items": {"anyOf": [{"$ref": to}]}}}});
        assert!(Schema::compile(&deep.to_string()).is_err());
    }
    let elsewhere = json!({"properties": {"a": {"$id": "https://example.com/", "$ref": "#/properties/a"}}});
    assert!(Schema::compile(&elsewhere.to_string()).is_err());
}

#[test]
fn references_inside_are_followed() {
    let tree = json!({"$defs": {"node": {"type": "object", "required": ["v"], "properties":
        {"v": {"type": "integer"}, "left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}}},
        "$ref": "#/$defs/node"});
    assert_eq!(check(&tree, &json!({"v": 1, "left": {"v": 2, "right": {"v": 3}}})), Ok(()));
    assert!(check(&tree, &json!({"v": 1, "left": {"v": 2, "right": {"v": "x"}}})).is_err());
    assert!(
        check(&json!({"$anchor": "a", "properties": {"b": {"$ref": "#a"}}}), &json!({"b": {"b": 1}})).is_ok()
    );
}

#[test]
fn a_schema_that_never_ends_or_costs_too_much_is_refused_in_no_time() {
    assert_eq!(Schema::compile(r##"{"$ref":"#"}"##).unwrap_err(), BadSchema::Endless);
    assert_eq!(Schema::compile(r##"{"allOf":[{"anyOf":[{"$ref":"#"}]}]}"##).unwrap_err(), BadSchema::Endless);
    // Each doubles the one before it: 2^40 steps at one place.
    let mut bomb = serde_json::Map::new();
    for nth in 0..40 {
        let next = format!("#/$defs/d{}", nth + 1);
        bomb.insert(format!("d{nth}"), json!({"allOf": [{"$ref": next.clone()}, {"$ref": next}]}));
    }
    bomb.insert("d40".into(), json!({"type": "integer"}));
    let bomb = json!({"$defs": bomb, "$ref": "#/$defs/d0"});
    assert_eq!(Schema::compile(&bomb.to_string()).unwrap_err(), BadSchema::Endless);
    // Doubles at every level of the value.
    let doubling = json!({"anyOf": [{"properties": {"a": {"$ref": "#"}}, "required": ["b"]},
        {"properties": {"a": {"$ref": "#"}}, "required": ["c"]}, {"type": "integer"}]});
    let schema = Schema::compile(&doubling.to_string()).unwrap();
    let mut value = json!(1);
    for _ in 0..60 {
        value = json!({"a": value, "b": 1});
    }
    assert_eq!(schema.check(&value), Err(Invalid::Cost));
    assert_eq!(schema.check(&json!({"a": {"a": 1, "b": 2}, "c": 1})), Ok(()));
}

#[test]
fn a_pattern_costs_no_more_than_its_steps() {
    let schema = Schema::compile(r#"{"pattern":"^(a+)+$"}"#).unwrap();
    assert!(schema.check(&json!(format!("{}b", "a".repeat(100_000)))).is_err());
    let schema = Schema::compile(r#"{"pattern":"^(?=(a+)+$)(a+)+$"}"#).unwrap();
    assert!(schema.check(&json!(format!("{}b", "a".repeat(10_000)))).is_err());
    assert!(Schema::compile(r#"{"pattern":"((a{1000}){1000}){1000}"}"#).is_err());
    assert!(Schema::compile(r#"{"pattern":"("}"#).is_err());
}

#[test]
fn what_is_no_schema_is_refused() {
    for wrong in ["", "[]", "1", r#"{"type":"strang"}"#, r#"{"properties":1}"#, r#"{"minLength":"x"}"#] {
        assert!(Schema::compile(wrong).is_err(), "{wrong}");
    }
    let large = format!(r#"{{"description":"{}"}}"#, "x".repeat(MOST_BYTES));
    assert_eq!(Schema::compile(&large).unwrap_err(), BadSchema::Large);
    assert!(check(&json!(true), &json!({})).is_ok());
    assert!(
        check(&json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}), &json!({}))
            .is_ok()
    );
}

#[test]
fn a_huge_value_is_not_checked_against_a_large_schema() {
    let names: serde_json::Map<_, _> =
        (0..500).map(|nth| (format!("m{nth}"), json!({"type": "string"}))).collect();
    let schema = Schema::compile(&json!({"properties": names}).to_string()).unwrap();
    assert_eq!(schema.check(&json!({"m1": "x"})), Ok(()));
    assert_eq!(schema.check(&json!({"rows": vec![0; 100_000]})), Err(Invalid::Cost));
    let rows = Schema::compile(r#"{"items":{"type":"integer"}}"#).unwrap();
    assert_eq!(rows.check(&json!(vec![0; 100_000])), Ok(()));
}
