//! The advisories that are compiled in, matching, and the product grid.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the helpers of a test may panic as its functions do"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use mantrap_scan::Severity;
use mantrap_scan::advisory::update::{Fetch, UpdateError, merge, packages, query_body, replace, update};
use mantrap_scan::advisory::{Database, DatabaseError, osv, products};
use mantrap_scan::report::{FixQuality, Package, PackageEvidence};
use mantrap_scan::version::{Ecosystem, Event, is_known};

fn package(ecosystem: &str, name: &str, version: &str) -> Package {
    Package {
        ecosystem: ecosystem.into(),
        name: name.into(),
        version: version.into(),
        place: "somewhere".into(),
        evidence: PackageEvidence::Installed,
    }
}

fn certain(ecosystem: &str, name: &str, version: &str) -> Vec<String> {
    let found = Database::embedded().matches(&package(ecosystem, name, version));
    found.into_iter().filter(|one| !one.range_unknown).map(|one| one.id).collect()
}

#[test]
fn every_compiled_in_file_is_valid_and_says_where_it_is_from() {
    for (name, text) in Database::embedded_files() {
        let advisory = osv::parse(text.as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .unwrap_or_else(|| panic!("{name}: withdrawn"));
        assert_eq!(advisory.id, *name, "the id is the file name");
        assert!(!advisory.summary.is_empty() && !advisory.product.is_empty(), "{name}");
        assert!(!advisory.references.is_empty(), "{name} has no sources");
        assert!(
            advisory.modified.as_str() >= "2025-01-01" && advisory.modified.as_str() <= "2026-12-31",
            "{name}"
        );
        let raw: serde_json::Value = serde_json::from_str(text).unwrap();
        let members = &raw["database_specific"];
        for member in ["product", "class", "severity", "fix_quality", "evidence", "sources", "checked"] {
            assert!(!members[member].is_null(), "{name} has no `{member}`");
        }
        let affected = raw["affected"].as_array().unwrap();
        assert!(!affected.is_empty(), "{name} affects nothing");
        assert_eq!(affected.len(), advisory.affected.len(), "{name} names an unknown ecosystem");
        for affected in affected.iter().filter(|one| !one["package"].is_null()) {
            let specific = &affected["database_specific"];
            assert!(specific["confirmed"].is_boolean() && specific["confirmed_by"].is_string(), "{name}");
        }
        for affected in &advisory.affected {
            for version in affected.versions.iter().map(String::as_str).chain(
                affected
                    .ranges
                    .iter()
                    .flat_map(|range| &range.events)
                    .map(Event::version)
                    .filter(|at| *at != "0"),
            ) {
                assert!(is_known(affected.ecosystem, version), "{name}: `{version}`");
            }
        }
        for by in &advisory.bypassed_by {
            assert!(Database::embedded().advisory(by).is_some(), "{name} is bypassed by the unknown `{by}`");
        }
    }
    assert!(Database::embedded().count() >= 90, "{}", Database::embedded().count());
    assert_eq!(Database::embedded().count(), Database::embedded_files().len());
    assert_eq!(Database::embedded().date(), "2026-11-21");
}

/// Names, number and date are answered from the texts; the parsed files must say the same.
#[test]
fn the_unparsed_answers_equal_the_parsed_ones() {
    let all = Database::embedded();
    let files = Database::embedded_files();
    let parsed: Vec<_> =
        files.iter().map(|(_, text)| osv::parse(text.as_bytes()).unwrap().unwrap()).collect();
    let parsed = Database::new(parsed);
    assert!(!all.knows(Ecosystem::Npm, "left-pad"));
    for (ecosystem, name) in parsed.packages() {
        assert!(all.knows(ecosystem, name), "{name}");
    }
    assert_eq!((all.count(), all.date()), (parsed.count(), parsed.date()));
}

#[test]
fn the_texts_of_advisories_have_no_line_breaks_or_machine_paths() {
    for (name, text) in Database::embedded_files() {
        let advisory = osv::parse(text.as_bytes()).unwrap().unwrap();
        assert!(!advisory.summary.contains('\n') && advisory.summary.len() < 300, "{name}");
        assert!(advisory.references.iter().all(|source| !source.starts_with('/')), "{name}");
    }
}

#[test]
fn ranges_decide_by_ecosystem_and_name() {
    assert_eq!(certain("pypi", "litellm", "1.83.0"), ["CVE-2026-42271", "CVE-2026-30623"]);
    assert_eq!(certain("pypi", "litellm", "1.60.0"), ["CVE-2026-30623"]);
    assert!(certain("pypi", "litellm", "1.83.7").is_empty());
    assert!(certain("pypi", "litellm", "1.83.7-stable").is_empty());
    assert!(certain("npm", "litellm", "0.1.0").is_empty(), "npm has an unrelated litellm");
    assert!(certain("pypi", "bisheng", "0.10.0").is_empty(), "PyPI has an unrelated bisheng");
    assert_eq!(certain("npm", "flowise", "3.0.13"), ["CVE-2026-40933", "CVE-2026-73601", "CVE-2026-58057"]);
    assert_eq!(certain("npm", "flowise-components", "3.1.0"), ["CVE-2026-73601", "CVE-2026-58057"]);
    assert!(certain("npm", "flowise", "3.1.3").is_empty());
    assert_eq!(certain("pypi", "lfx", "0.4.5"), ["CVE-2026-105697"]);
    assert!(certain("pypi", "lfx", "1.13.0").is_empty());
    assert_eq!(certain("pypi", "langflow-base", "0.10.2"), ["CVE-2026-105697"]);
    assert_eq!(certain("pypi", "chainlit", "2.4.0rc0"), ["CVE-2026-45018"]);
    assert!(certain("pypi", "chainlit", "2.3.9").is_empty());
    assert_eq!(certain("application", "LibreChat", "v0.8.2-rc1"), ["CVE-2026-22252"]);
    assert!(certain("application", "LibreChat", "0.8.2-rc2").is_empty());
    assert_eq!(certain("application", "MaxKB", "2.9.1-lts"), ["CVE-2026-54149"]);
    assert!(certain("application", "MaxKB", "2.10.0-lts").is_empty());
    assert_eq!(certain("cargo", "rmcp", "1.3.0"), ["CVE-2026-42559"]);
    assert_eq!(certain("cargo", "dynoxide-rs", "0.9.12"), ["RUSTSEC-2026-0140"]);
    assert_eq!(certain("npm", "@modelcontextprotocol/server-filesystem", "2025.3.28").len(), 2);
    assert!(certain("npm", "@modelcontextprotocol/server-filesystem", "2025.7.01").is_empty());
    assert!(certain("npm", "@modelcontextprotocol/server-filesystem", "0.6.4").is_empty());
    assert_eq!(certain("npm", "@azure/mcp", "2.0.0-beta.3"), ["CVE-2026-26118"]);
    assert!(certain("npm", "@azure/mcp", "2.0.5").is_empty());
}

#[test]
fn malicious_releases_are_found_and_their_neighbours_are_not() {
    assert_eq!(certain("npm", "postmark-mcp", "1.0.16"), ["NOID-postmark-mcp"]);
    assert!(certain("npm", "postmark-mcp", "1.0.12").is_empty());
    assert!(certain("pypi", "litellm", "1.82.8").contains(&"NOID-litellm-pypi-2026-03".to_owned()));
    assert!(!certain("pypi", "litellm", "1.82.6").contains(&"NOID-litellm-pypi-2026-03".to_owned()));
    assert_eq!(certain("pypi", "mcp_runcmd.server", ""), ["NOID-mcp-runcommand-server"]);
    assert_eq!(certain("npm", "@lanyer640/mcp-runcommand-server", "1.0.4"), ["NOID-mcp-runcommand-server"]);
}

#[test]
fn what_has_no_known_fix_is_a_maybe_outside_the_recorded_versions() {
    let database = Database::embedded();
    let later = database.matches(&package("pypi", "langbot", "4.11.2"));
    assert_eq!(later.len(), 1);
    assert!(later[0].range_unknown && later[0].fixed.is_none());
    let odd = database.matches(&package("pypi", "litellm", "local-build"));
    assert!(!odd.is_empty() && odd.iter().all(|one| one.range_unknown));
    assert!(database.matches(&package("pypi", "langflow", "1.13.0")).is_empty());
}

#[test]
fn images_are_matched_as_the_product_that_they_hold() {
    let ids = |name: &str, tag: &str| certain("oci", name, tag);
    assert_eq!(ids("ghcr.io/berriai/litellm", "main-v1.83.0-stable"), ["CVE-2026-42271", "CVE-2026-30623"]);
    assert!(ids("ghcr.io/berriai/litellm", "main-v1.83.14-stable").is_empty());
    assert_eq!(ids("docker.io/flowiseai/flowise", "3.1.0").len(), 2);
    assert!(ids("ghcr.io/berriai/litellm", "main-latest").is_empty(), "a moving tag is a maybe");
    assert!(
        !Database::embedded().matches(&package("oci", "ghcr.io/berriai/litellm", "main-latest")).is_empty()
    );
    assert!(ids("evil.example/litellm", "1.0.0").is_empty());
}

#[test]
fn the_grid_has_a_row_and_an_action_for_every_product() {
    let grid = Database::embedded().grid(&[
        package("npm", "flowise", "3.0.13"),
        package("npm", "litellm", "0.12.0"),
        package("pypi", "bisheng", "0.10.0"),
        package("pypi", "langchain-chatchat", "0.3.1.3"),
        package("pypi", "langflow", "1.10.0"),
        package("pypi", "litellm", "1.83.0"),
        package("pypi", "litellm", "1.83.7"),
        package("pypi", "requests", "2.32.0"),
        package("pypi", "open-webui", "0.12.4"),
        package("npm", "postmark-mcp", "1.0.20"),
        package("pypi", "chainlit", "2.11.0"),
    ]);
    let rows: Vec<String> = grid
        .iter()
        .map(|row| {
            let ids: Vec<String> = row
                .advisories
                .iter()
                .map(|one| format!("{}{}", one.id, if one.range_unknown { "?" } else { "" }))
                .collect();
            format!("{} {} [{}]\n  {}", row.name, row.package.version, ids.join(" "), row.action)
        })
        .collect();
    let expected = include_str!("advisories/grid.txt");
    assert_eq!(rows.join("\n").trim(), expected.trim(), "\n{}", rows.join("\n"));
    assert_eq!(grid[0].advisories[0].severity, Severity::Critical);
    assert_eq!(grid[0].advisories[0].exploited.as_deref(), Some("active"));
    assert_eq!(grid[0].advisories[0].fix_quality, FixQuality::Filter);
}

#[test]
fn the_first_rows_are_the_three_products() {
    let names: Vec<&str> = products::PRODUCTS.iter().take(3).map(|known| known.name).collect();
    assert_eq!(names, ["LiteLLM", "LangFlow", "Langchain-Chatchat"]);
    for advisory in Database::embedded().advisories() {
        for affected in &advisory.affected {
            let known = products::by_package(affected.ecosystem, &affected.name);
            if let Some(known) = known.filter(|known| known.is_host) {
                assert_eq!(known.name, advisory.product, "{}", advisory.id);
            }
        }
    }
}

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mantrap-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const RECORD: &str = r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2026-11-20T01:02:03Z","aliases":["CVE-2026-30623"],
    "summary":"upstream words","affected":[{"package":{"ecosystem":"PyPI","name":"litellm"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.83.8"}]}]}],
    "database_specific":{"severity":"HIGH","cwe_ids":[]},"severity":[]}"#;

#[test]
fn a_directory_is_taken_whole_or_not_at_all() {
    let scratch = Scratch::new("from-dir");
    let load = || Database::from_dir(&scratch.0);
    assert!(matches!(load(), Err(DatabaseError::Empty { .. })));
    let good = scratch.0.join("GHSA-aaaa-bbbb-cccc.json");
    std::fs::write(&good, RECORD).unwrap();
    let database = load().unwrap();
    assert_eq!((database.count(), database.date()), (1, "2026-11-20"));
    assert_eq!(database.matches(&package("pypi", "LiteLLM", "1.83.7")).len(), 1);
    assert_eq!(database.advisories()[0].severity, Severity::High);
    for (what, text) in [
        ("truncated", &RECORD[..RECORD.len() - 5]),
        ("not JSON", "<html>"),
        ("no id", r#"{"modified":"2026-11-20T01:02:03Z"}"#),
        ("a bad time", r#"{"id":"X-1","modified":"yesterday"}"#),
        (
            "an empty event",
            r#"{"id":"X-1","modified":"2026-11-20T01:02:03Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{}]}]}]}"#,
        ),
        (
            "no introduced",
            r#"{"id":"X-1","modified":"2026-11-20T01:02:03Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"fixed":"1"}]}]}]}"#,
        ),
        ("another id", r#"{"id":"Y-1","modified":"2026-11-20T01:02:03Z"}"#),
        ("a path for an id", r#"{"id":"../X-1","modified":"2026-11-20T01:02:03Z"}"#),
    ] {
        let bad = scratch.0.join("X-1.json");
        std::fs::write(&bad, text).unwrap();
        let error = load().expect_err(what);
        assert!(matches!(error, DatabaseError::Malformed { .. }), "{what}: {error}");
        assert!(
            error.to_string().contains("X-1.json") && error.to_string().contains("fetch it again"),
            "{error}"
        );
        std::fs::remove_file(&bad).unwrap();
    }
    assert!(load().is_ok());
}

/// Answers the body of a batch query.
type Batch = Box<dyn Fn(&serde_json::Value) -> Vec<u8>>;

/// An API that answers from a table.
struct Table {
    batch: Batch,
    records: BTreeMap<String, Vec<u8>>,
}

impl Fetch for Table {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.records.get(path).cloned().ok_or_else(|| "404".to_owned())
    }

    fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        assert_eq!(path, "/v1/querybatch");
        Ok((self.batch)(&serde_json::from_slice(body).unwrap()))
    }
}

/// One page with nothing, then a second page with the record.
fn paged(body: &serde_json::Value) -> Vec<u8> {
    let results: Vec<serde_json::Value> = body["queries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|query| match (query["package"]["name"].as_str(), query.get("page_token")) {
            (Some("litellm"), None) => serde_json::json!({"next_page_token": "two"}),
            (Some("litellm"), Some(_)) => {
                serde_json::json!({"vulns": [{"id": "GHSA-aaaa-bbbb-cccc", "modified": "x"}]})
            }
            _ => serde_json::json!({}),
        })
        .collect();
    serde_json::json!({ "results": results }).to_string().into_bytes()
}

fn records(text: &str) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("/v1/vulns/GHSA-aaaa-bbbb-cccc".to_owned(), text.as_bytes().to_vec())])
}

#[test]
fn an_update_keeps_the_judgement_and_takes_the_ranges() {
    let scratch = Scratch::new("update");
    let directory = scratch.0.join("advisories");
    let api = Table { batch: Box::new(paged), records: records(RECORD) };
    let updated = update(&api, &directory).unwrap();
    assert_eq!(updated.fetched, 1);
    assert_eq!(updated.advisories, Database::embedded().count());
    let database = Database::from_dir(&directory).unwrap();
    let found = database.matches(&package("pypi", "litellm", "1.83.7"));
    assert_eq!(found[0].id, "GHSA-aaaa-bbbb-cccc");
    assert_eq!(found[0].fixed.as_deref(), Some("1.83.8"));
    assert_eq!(found[0].fix_quality, FixQuality::Filter);
    assert!(database.advisory("CVE-2026-42271").is_some());
    // Again, over the set that is there.
    update(&api, &directory).unwrap();
    let left: Vec<_> = std::fs::read_dir(&scratch.0).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside the set: {left:?}");
}

#[test]
fn a_failed_update_leaves_the_old_set_as_it_was() {
    let scratch = Scratch::new("failed");
    let directory = scratch.0.join("advisories");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("GHSA-aaaa-bbbb-cccc.json"), RECORD).unwrap();
    let cases: Vec<(&str, Table)> = vec![
        ("no record", Table { batch: Box::new(paged), records: BTreeMap::new() }),
        ("truncated record", Table { batch: Box::new(paged), records: records(&RECORD[..200]) }),
        (
            "wrong record",
            Table {
                batch: Box::new(paged),
                records: records(&RECORD.replace("GHSA-aaaa-bbbb-cccc", "GHSA-dddd-bbbb-cccc")),
            },
        ),
        (
            "truncated batch",
            Table { batch: Box::new(|_| b"{\"results\":[".to_vec()), records: BTreeMap::new() },
        ),
        (
            "too few results",
            Table { batch: Box::new(|_| b"{\"results\":[]}".to_vec()), records: BTreeMap::new() },
        ),
        (
            "an id that is a path",
            Table {
                batch: Box::new(|body| {
                    let count = body["queries"].as_array().unwrap().len();
                    serde_json::json!({"results": vec![serde_json::json!({"vulns": [{"id": "../../etc/passwd"}]}); count]}).to_string().into_bytes()
                }),
                records: BTreeMap::new(),
            },
        ),
        (
            "endless pages",
            Table {
                batch: Box::new(|body| {
                    let count = body["queries"].as_array().unwrap().len();
                    serde_json::json!({"results": vec![serde_json::json!({"next_page_token": "more"}); count]}).to_string().into_bytes()
                }),
                records: BTreeMap::new(),
            },
        ),
    ];
    for (what, api) in cases {
        let error = update(&api, &directory).expect_err(what);
        assert!(error.to_string().contains("untouched"), "{what}: {error}");
        assert_eq!(Database::from_dir(&directory).unwrap().count(), 1, "{what}");
        assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 1, "{what}");
    }
}

#[test]
fn a_directory_with_anything_else_in_it_is_not_replaced() {
    let scratch = Scratch::new("foreign");
    std::fs::write(scratch.0.join("thesis.odt"), "years of work").unwrap();
    let error = replace(&scratch.0, &merge(Database::embedded_files(), Vec::new())).unwrap_err();
    assert!(matches!(error, UpdateError::NotAdvisories { .. }), "{error}");
    assert!(scratch.0.join("thesis.odt").exists());
}

#[test]
fn queries_name_packages_as_osv_does() {
    let packages = packages(Database::embedded());
    assert!(packages.contains(&(Ecosystem::Pypi, "litellm".into())));
    assert!(packages.iter().all(|(ecosystem, _)| ecosystem.osv_name().is_some()));
    let body = query_body(&[
        (Ecosystem::Cargo, "rmcp".into(), None),
        (Ecosystem::Pypi, "mcp".into(), Some("t".into())),
    ]);
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"queries":[{"package":{"ecosystem":"crates.io","name":"rmcp"}},{"package":{"ecosystem":"PyPI","name":"mcp"},"page_token":"t"}]}"#
    );
}
