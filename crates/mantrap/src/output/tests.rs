//! What holds for every format: valid, no secret, nothing that a terminal or a page would obey.

use clap::ValueEnum;
use serde_json::Value;

use super::sample::{SECRET, report};
use super::{Scene, Style, render};
use crate::cli::Format;

fn rendered(format: Format, is_verbose: bool) -> String {
    let report = report();
    let style = Style { is_colored: false, width: 100, is_verbose };
    let scene = Scene::new(&report, None, Some("/home/a".into()), "2026-11-21", style);
    String::from_utf8(render(&scene, format)).unwrap()
}

fn empty(format: Format) -> String {
    let mut report = report();
    report.configs.clear();
    report.findings.clear();
    report.ignored.clear();
    report.problems.clear();
    report.products.clear();
    report.packages.clear();
    let style = Style { is_colored: false, width: 100, is_verbose: false };
    let scene = Scene::new(&report, Some("/srv/repo".into()), None, "2026-11-21", style);
    String::from_utf8(render(&scene, format)).unwrap()
}

fn schema(text: &str, others: &[(&str, &str)]) -> jsonschema::Validator {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut registry = jsonschema::Registry::new();
    for (uri, text) in others {
        registry = registry.add(*uri, parse(text)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    jsonschema::options().with_registry(&registry).should_validate_formats(true).build(&parse(text)).unwrap()
}

/// One pattern of the schema has a bracket that only some regex dialects take as itself.
fn sarif_schema() -> jsonschema::Validator {
    let text = include_str!("../../tests/schemas/sarif-2.1.0.json");
    assert!(text.contains("{2}]?$"));
    schema(&text.replace("{2}]?$", "{2}\\\\]?$"), &[])
}

#[track_caller]
fn assert_valid(validator: &jsonschema::Validator, report: &str) {
    let value: Value = serde_json::from_str(report).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn no_format_shows_a_secret() {
    for format in Format::value_variants() {
        for is_verbose in [false, true] {
            let text = rendered(*format, is_verbose);
            assert!(!text.contains(SECRET), "{format:?}:\n{text}");
            assert!(!text.contains("EXAMPLEexample"), "{format:?} shows a part");
        }
    }
}

#[test]
fn no_format_holds_a_character_that_a_terminal_would_obey() {
    for format in Format::value_variants() {
        let text = rendered(*format, true);
        let found = text.chars().find(|c| *c != '\n' && mantrap_scan::excerpt::is_hidden(*c));
        assert_eq!(found, None, "{format:?}");
    }
}

#[test]
fn a_hostile_name_cannot_inject_markup() {
    let html = rendered(Format::Html, true);
    assert!(!html.contains("<script"));
    assert!(html.contains("&lt;script&gt;"));
    assert!(!html.contains("href=\"javascript"));
}

#[test]
fn a_hostile_name_is_no_markup_for_a_markdown_reader_either() {
    let md = rendered(Format::Md, true);
    let mut html = String::new();
    pulldown_cmark::html::push_html(
        &mut html,
        pulldown_cmark::Parser::new_ext(&md, pulldown_cmark::Options::all()),
    );
    assert!(!html.contains("<script") && !html.contains("javascript:1\""), "{html}");
    assert!(!html.contains("<h1"), "{html}");
    assert_eq!(html.matches("<table>").count(), 2, "{html}");
}

#[test]
fn json_is_valid_by_its_schema() {
    let validator = schema(include_str!("../../../../docs/json-schema/audit-1.json"), &[]);
    assert_valid(&validator, &rendered(Format::Json, true));
    assert_valid(&validator, &rendered(Format::Json, false));
    assert_valid(&validator, &empty(Format::Json));
    let wrong: Value = serde_json::json!({ "schema": "mantrap-audit/2" });
    assert!(!validator.is_valid(&wrong), "the schema refuses nothing");
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let validator = sarif_schema();
    let report = rendered(Format::Sarif, false);
    assert_valid(&validator, &report);
    let report: Value = serde_json::from_str(&report).unwrap();
    let run = report.pointer("/runs/0").unwrap();
    let rules = run.pointer("/tool/driver/rules").unwrap().as_array().unwrap();
    assert_eq!(rules.len(), mantrap_scan::rules::ALL.len());
    assert_eq!(run.pointer("/automationDetails/id").unwrap(), "mantrap/audit/");
    let results = run.pointer("/results").unwrap().as_array().unwrap();
    assert_eq!(results.len(), 7);
    assert!(results[0].get("fixes").is_some());
    assert!(results[1].get("fixes").is_none(), "an edit that holds a secret is not offered");
    let unreadable: Vec<&Value> =
        results.iter().filter(|result| result["ruleId"] == "unreadable-config").collect();
    assert_eq!(unreadable.len(), 2, "what was not analysed is a result and a notification");
    assert!(unreadable.iter().all(|result| result["level"] == "note"));
    assert_eq!(run.pointer("/invocations/0/toolExecutionNotifications/1/level").unwrap(), "warning");
    assert!(results[6].get("suppressions").is_some());
}

#[test]
fn a_clean_sarif_run_still_lists_every_rule_and_an_empty_list_of_results() {
    let report = empty(Format::Sarif);
    assert_valid(&sarif_schema(), &report);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report.pointer("/runs/0/results").unwrap(), &serde_json::json!([]));
    let rules = report.pointer("/runs/0/tool/driver/rules").unwrap().as_array().unwrap();
    assert_eq!(rules.len(), mantrap_scan::rules::ALL.len());
}

#[test]
fn cyclonedx_is_valid_by_its_schema() {
    let validator = schema(
        include_str!("../../tests/schemas/cyclonedx-1.6.json"),
        &[
            (
                "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
                include_str!("../../tests/schemas/spdx.json"),
            ),
            (
                "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
                include_str!("../../tests/schemas/jsf-0.82.json"),
            ),
        ],
    );
    assert_valid(&validator, &rendered(Format::Cyclonedx, false));
    assert_valid(&validator, &empty(Format::Cyclonedx));
    let purl = "pkg:npm/%40scope/flowise@3.0.13";
    assert!(rendered(Format::Cyclonedx, false).contains(purl));
}

#[test]
fn the_page_loads_nothing() {
    let html = rendered(Format::Html, true);
    for outside in ["src=", "@import", "url(", "<link", "<script", "<iframe", "<form", " style="] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn a_clean_machine_fits_one_screen() {
    let mut report = report();
    report.findings.clear();
    report.ignored.clear();
    report.problems.clear();
    report.products.clear();
    let style = Style { is_colored: true, width: 80, is_verbose: false };
    let scene = Scene::new(&report, None, None, "2026-11-21", style);
    let text = String::from_utf8(render(&scene, Format::Text)).unwrap();
    assert!(text.lines().count() <= 24, "{text}");
}
