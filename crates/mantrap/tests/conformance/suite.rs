//! Running a suite, and reading what it found.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::stage::{Bridge, Stage, Way};

/// A suite at a revision of the protocol.
pub(crate) struct Leg {
    /// Its package in `suites/package.json`.
    package: &'static str,
    revision: &'static str,
    /// How that revision is asked for.
    version: &'static [&'static str],
    /// Its scenarios for clients. Without those of authorization, of headers that are made from a tool's schema and of
    /// streams that are taken up again: all of them are HTTP's, and never seen on the standard streams. And without
    /// `request-metadata`, which is about the first answer, and that is the relay's.
    clients: &'static [&'static str],
}

/// Both suites, and both eras of the second.
pub(crate) const LEGS: [Leg; 3] = [
    Leg {
        package: "conformance-1",
        revision: "2025-11-25",
        version: &[],
        clients: &["initialize", "tools_call", "elicitation-sep1034-client-defaults"],
    },
    Leg {
        package: "conformance-2",
        revision: "2025-11-25",
        version: &["--spec-version", "2025-11-25"],
        clients: &[
            "initialize",
            "tools_call",
            "elicitation-sep1034-client-defaults",
            "json-schema-2020-12-preservation",
        ],
    },
    Leg {
        package: "conformance-2",
        revision: "2026-07-28",
        version: &["--spec-version", "2026-07-28"],
        clients: &[
            "tools_call",
            "sep-2322-client-request-state",
            "http-standard-headers",
            "json-schema-ref-no-deref",
            "json-schema-2020-12-preservation",
        ],
    },
];

/// The same of the scenarios for servers: only with the whole suite are they run.
const NOT_OURS: &str = "server-http-custom-header-server-validation";

/// One check that a suite made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Check {
    scenario: String,
    id: String,
    name: String,
    pub(crate) status: String,
}

/// The suite as a client of the fixture.
pub(crate) fn of_server(stage: &Stage, way: Way, leg: &Leg) -> Vec<Check> {
    let bridge = Bridge::serve(stage, way);
    let out = stage.folder();
    let words = ["server", "--suite", "all", "--url", bridge.address(), "--output-dir"];
    stage.suite(leg.package, &[&words[..], &[out.to_str().unwrap()], leg.version].concat());
    leg.found(&out)
}

/// The suite as the fixture's servers.
pub(crate) fn of_client(stage: &Stage, way: Way, leg: &Leg) -> Vec<Check> {
    let command = format!("{} client {}", stage.fixture().display(), stage.relay(way).join(" "));
    let out = stage.folder();
    for scenario in leg.clients {
        let words = ["client", "--command", &command, "--scenario", scenario, "--output-dir"];
        stage.suite(leg.package, &[&words[..], &[out.to_str().unwrap()], leg.version].concat());
    }
    leg.found(&out)
}

impl fmt::Display for Leg {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}", self.package, self.revision)
    }
}

impl Leg {
    /// What is in the files of every scenario: `SCENARIO-TIME/checks.json`.
    fn found(&self, out: &Path) -> Vec<Check> {
        let mut checks = Vec::new();
        for entry in fs::read_dir(out).unwrap() {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_str().unwrap();
            let scenario = &name[..name.len() - "-2026-01-01T00-00-00-000Z".len()];
            if scenario == NOT_OURS {
                continue;
            }
            let found: Vec<Value> =
                serde_json::from_str(&fs::read_to_string(folder.join("checks.json")).unwrap()).unwrap();
            checks.extend(found.iter().map(|check| {
                let word = |of: &str| check[of].as_str().unwrap_or_default().to_owned();
                Check {
                    scenario: scenario.to_owned(),
                    id: word("id"),
                    name: word("name"),
                    status: word("status"),
                }
            }));
        }
        // What the two sides of a scenario sent each other is listed too, as it came.
        checks.retain(|check| check.status != "INFO");
        checks.sort();
        checks
    }
}
