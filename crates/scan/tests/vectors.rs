//! Every vector of `vectors.toml` in every dialect is found; its benign twin is not.
//!
//! The result is `docs/known-attacks.md`; `UPDATE=1` rewrites it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

#[path = "vectors/dialects.rs"]
mod dialects;
#[path = "vectors/imagined.rs"]
mod imagined;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{self, Found, Home, Os, Target};
use mantrap_scan::audit::judge;
use mantrap_scan::rules::{self, Context};
use mantrap_scan::{Finding, Severity};

use dialects::{COMMAND_LINE, Dialect};
use imagined::{Extra, Imagined};

/// What a configuration would start.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launch {
    command: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    #[serde(default)]
    files: Vec<Extra>,
}

/// A vector and its twin, or the reason why there is none.
#[derive(Debug, serde::Deserialize)]
struct Vector {
    id: String,
    variant: String,
    #[serde(default = "yes")]
    config: bool,
    #[serde(default)]
    rule: Vec<String>,
    name: Option<String>,
    note: Option<String>,
    #[serde(flatten)]
    launch: Option<Launch>,
    twin: Option<Launch>,
}

fn yes() -> bool {
    true
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    id: String,
    what: String,
    #[serde(default)]
    seen: String,
}

#[derive(serde::Deserialize)]
struct Corpus {
    family: Vec<Family>,
    vector: Vec<Vector>,
}

impl Vector {
    fn label(&self) -> String {
        format!("{}/{}", self.id, self.variant)
    }

    /// The server's name in the rendered file.
    fn server(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}-{}", self.id.to_lowercase(), self.variant))
    }
}

/// What the rules said: server name to findings.
type Said = BTreeMap<String, Vec<Finding>>;

/// Writes one file of servers into an empty home and discovers it.
fn discovered(dialect: &Dialect, kind: &str, servers: &[(String, &Launch)]) -> Found {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vectors").join(kind).join(dialect.name);
    let _ = fs::remove_dir_all(&home);
    let file = home.join(dialect.file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, (dialect.render)(servers)).unwrap();
    discover::machine(&Target {
        os: Os::Linux,
        root: None,
        homes: vec![Home { path: home, account: None, current: true }],
        environment: BTreeMap::new(),
    })
}

/// Judges the servers of one file against an imagined target. `None` when none of them was discovered.
fn said(dialect: &Dialect, kind: &str, servers: &[(String, &Launch)]) -> Option<Said> {
    let found = discovered(dialect, kind, servers);
    let count: usize = found.configs.iter().map(|config| config.servers.len()).sum();
    if count == 0 {
        return None;
    }
    let mut files = Imagined::new();
    for (_, launch) in servers {
        files.extend(&launch.files);
    }
    let context = Context {
        fleet: &found.configs,
        os: Os::Linux,
        advisories: mantrap_scan::advisory::Database::embedded(),
        files: &files,
    };
    let mut said = Said::new();
    // A server that nothing was said about is there all the same; one that was not discovered is not.
    for server in found.configs.iter().flat_map(|config| &config.servers) {
        said.entry(server.name.value.clone()).or_default();
    }
    for finding in judge(&context) {
        if let Some(server) = finding.server.clone().or_else(|| server_at(&found, &finding)) {
            said.entry(server).or_default().push(finding);
        }
    }
    Some(said)
}

/// The server whose entry a finding about the whole file points into.
fn server_at(found: &Found, finding: &Finding) -> Option<String> {
    let (_, place) = finding.primary()?.place.as_ref()?;
    found
        .configs
        .iter()
        .flat_map(|config| &config.servers)
        .find(|server| server.span.start <= place.start && place.end <= server.span.end)
        .map(|server| server.name.value.clone())
}

/// Counts of one family.
#[derive(Default)]
struct Tally {
    vectors: usize,
    found: usize,
    flagged: usize,
    reported_by: BTreeSet<&'static str>,
}

/// One outcome for a vector or twin, and the dialects that share it.
type Outcomes = BTreeMap<String, Vec<&'static str>>;

#[test]
fn every_vector_is_found_in_every_dialect_and_no_twin_is_flagged() {
    let corpus = corpus();
    let vectors: Vec<&Vector> = corpus.vector.iter().filter(|vector| vector.config).collect();
    let expected_anywhere: BTreeSet<&str> =
        vectors.iter().flat_map(|vector| vector.rule.iter().map(String::as_str)).collect();

    let mut wrong = String::new();
    let mut missed: BTreeMap<String, Outcomes> = BTreeMap::new();
    let mut flagged: BTreeMap<String, Outcomes> = BTreeMap::new();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for dialect in dialects::ALL {
        let attacks: Vec<_> =
            vectors.iter().map(|vector| (vector.server(), vector.launch.as_ref().unwrap())).collect();
        let twins: Vec<_> =
            vectors.iter().map(|vector| (twin_name(vector), vector.twin.as_ref().unwrap())).collect();
        let about_attacks = said(dialect, "attacks", &attacks);
        let about_twins = said(dialect, "twins", &twins);
        let (Some(about_attacks), Some(about_twins)) = (about_attacks, about_twins) else {
            writeln!(wrong, "{}: `{}` was not discovered", dialect.name, dialect.file).unwrap();
            continue;
        };
        for vector in &vectors {
            let tally = tallies.entry(&vector.id).or_default();
            match about_attacks.get(&vector.server()) {
                None => note(&mut missed, vector, dialect, "not discovered".into()),
                Some(findings) => {
                    let reported = findings.iter().map(|finding| finding.rule.id);
                    let hits: BTreeSet<&str> =
                        reported.filter(|id| vector.rule.iter().any(|rule| rule == id)).collect();
                    tally.reported_by.extend(&hits);
                    if hits.is_empty() {
                        note(&mut missed, vector, dialect, list(findings));
                    }
                }
            }
            match about_twins.get(&twin_name(vector)) {
                None => note(&mut flagged, vector, dialect, "not discovered".into()),
                Some(findings) => {
                    let wrong: Vec<Finding> = findings
                        .iter()
                        .filter(|finding| is_wrong_about_a_twin(finding, dialect, &expected_anywhere))
                        .cloned()
                        .collect();
                    if !wrong.is_empty() {
                        note(&mut flagged, vector, dialect, list(&wrong));
                    }
                }
            }
        }
    }
    for vector in &vectors {
        let tally = tallies.entry(&vector.id).or_default();
        tally.vectors += 1;
        tally.found += usize::from(!missed.contains_key(&vector.label()));
        tally.flagged += usize::from(flagged.contains_key(&vector.label()));
    }
    let page = page(&corpus, &tallies);
    println!("{}", page.lines().find(|line| line.starts_with("**")).unwrap());

    wrong += &compact("missed", &vectors, &missed);
    wrong += &compact("twin flagged", &vectors, &flagged);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/known-attacks.md");
    // The tables of the guard's and the jail's suites follow; those tests keep them.
    let there = fs::read_to_string(&file).unwrap_or_default();
    let (above, below) = there.split_at(there.find("\n## Out of ").unwrap_or(there.len()));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, page + below).unwrap();
    } else if above != page {
        wrong += "docs/known-attacks.md is out of step; rewrite it with UPDATE=1\n";
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The twin of a vector about a name has an ordinary name; the others keep the vector's, so that only the launch
/// differs.
fn twin_name(vector: &Vector) -> String {
    format!("{}-{}", vector.id.to_lowercase(), vector.variant)
}

/// High is wrong whatever the rule; medium is wrong for rules that vectors rely on.
fn is_wrong_about_a_twin(finding: &Finding, dialect: &Dialect, expected: &BTreeSet<&str>) -> bool {
    let is_the_dialects_fault = dialect.name == COMMAND_LINE && finding.rule.id == "command-line-in-command";
    !is_the_dialects_fault
        && (finding.severity >= Severity::High
            || (finding.severity >= Severity::Medium && expected.contains(finding.rule.id)))
}

fn note(outcomes: &mut BTreeMap<String, Outcomes>, vector: &Vector, dialect: &Dialect, outcome: String) {
    let of_vector = outcomes.entry(vector.label()).or_default();
    of_vector.entry(outcome).or_default().push(dialect.name);
}

fn list(findings: &[Finding]) -> String {
    let said: BTreeSet<String> = findings
        .iter()
        .map(|finding| format!("{} {:?}", finding.rule.id, finding.severity).to_lowercase())
        .collect();
    if said.is_empty() {
        return "nothing said".into();
    }
    said.into_iter().collect::<Vec<_>>().join(", ")
}

/// One line for each vector and outcome.
fn compact(what: &str, vectors: &[&Vector], outcomes: &BTreeMap<String, Outcomes>) -> String {
    let mut text = String::new();
    for vector in vectors {
        for (outcome, dialects) in outcomes.get(&vector.label()).into_iter().flatten() {
            let where_ = if dialects.len() == dialects::ALL.len() {
                "every dialect".to_owned()
            } else {
                dialects.join(" ")
            };
            let launch = if what == "missed" { &vector.launch } else { &vector.twin };
            let launch = launch.as_ref().unwrap();
            let rule = vector.rule.join("|");
            writeln!(
                text,
                "{what} {} [{rule}] in {where_}: {outcome}\n    {} {:?} {:?} {:?}",
                vector.label(),
                launch.command,
                launch.args,
                launch.env,
                launch.cwd
            )
            .unwrap();
        }
    }
    text
}

fn page(corpus: &Corpus, tallies: &BTreeMap<&str, Tally>) -> String {
    let sum = |count: fn(&Tally) -> usize| tallies.values().map(count).sum::<usize>();
    let (vectors, found, flagged) =
        (sum(|tally| tally.vectors), sum(|tally| tally.found), sum(|tally| tally.flagged));
    let mut page = format!(
        "# Known attacks\n\n\
         <!-- Written by `UPDATE=1 cargo test -p mantrap-scan --test vectors`. -->\n\n\
         How an entry of a client config becomes a process that nobody meant to start, and the rules that say so.\n\
         Each variant is written in {} dialects (JSON, JSONC, JSON with escaped letters, TOML, YAML; maps and lists;\n\
         array, nested and one-string commands; environment as map, objects or strings) and counts as found only when\n\
         one of its rules reports it in all of them. Each has a benign twin, the same launcher in a harmless shape,\n\
         which must stay free of those rules at medium and above and of every rule at high.\n\
         The test is `crates/scan/tests/vectors.rs`, the data `vectors.toml` beside it.\n\n\
         **Vectors found: {found} of {vectors}. Benign twins flagged: {flagged} of {vectors}.**\n\n\
         | family | attack | seen in the wild | found | twins flagged | reported by |\n|---|---|---|---|---|---|\n",
        dialects::ALL.len()
    );
    for family in &corpus.family {
        let seen = if family.seen.is_empty() { "-" } else { &family.seen };
        match tallies.get(family.id.as_str()) {
            Some(tally) => {
                let rules: Vec<String> = tally.reported_by.iter().map(|id| format!("`{id}`")).collect();
                writeln!(
                    page,
                    "| {} | {} | {seen} | {}/{} | {}/{} | {} |",
                    family.id,
                    family.what,
                    tally.found,
                    tally.vectors,
                    tally.flagged,
                    tally.vectors,
                    rules.join(" ")
                )
                .unwrap();
            }
            None => writeln!(page, "| {} | {} | {seen} | - | - | - |", family.id, family.what).unwrap(),
        }
    }
    page += "\n## What no configuration can carry\n\n";
    for vector in corpus.vector.iter().filter(|vector| !vector.config) {
        let reason = vector.note.as_deref().unwrap_or_default();
        writeln!(page, "- {} ({}): {reason}.", vector.id, vector.variant.replace('-', " ")).unwrap();
    }
    page
}

fn corpus() -> Corpus {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors.toml");
    toml::from_str(&fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("vectors.toml: {error}"))
}

#[test]
fn the_corpus_is_whole() {
    let corpus = corpus();
    let mut labels = BTreeSet::new();
    let mut servers = BTreeSet::new();
    for vector in &corpus.vector {
        assert!(labels.insert(vector.label()), "{} stands twice", vector.label());
        assert!(servers.insert(vector.server()), "{} shares its name", vector.label());
        assert!(
            corpus.family.iter().any(|family| family.id == vector.id),
            "{} has no family",
            vector.label()
        );
        if vector.config {
            assert!(vector.launch.is_some() && vector.twin.is_some(), "{}", vector.label());
            assert!(!vector.rule.is_empty(), "{}", vector.label());
        } else {
            assert!(vector.note.is_some(), "{} gives no reason", vector.label());
        }
    }
    for (letter, last) in [("A", 40), ("E", 29), ("P", 11)] {
        for number in 1..=last {
            let id = format!("{letter}{number:02}");
            assert!(corpus.vector.iter().any(|vector| vector.id == id), "{id} is missing");
        }
    }
    for rule in corpus.vector.iter().flat_map(|vector| &vector.rule) {
        if rules::rule(rule).is_none() {
            println!("no rule is called `{rule}` yet");
        }
    }
}

#[test]
fn a_dialect_says_what_the_others_say() {
    let launch = Launch {
        command: "npx".into(),
        args: vec!["-y".into(), "a \"b\" \\ 'c' ü\u{202e}".into()],
        env: BTreeMap::from([("NAME".to_owned(), "va=lue".to_owned())]),
        cwd: Some("/opt/empty".into()),
        files: Vec::new(),
    };
    for dialect in dialects::ALL.iter().filter(|dialect| dialect.name != COMMAND_LINE) {
        let found = discovered(dialect, "same", &[("one".to_owned(), &launch)]);
        let servers: Vec<_> = found.configs.iter().flat_map(|config| &config.servers).collect();
        assert_eq!(servers.len(), 1, "{}: {:?}", dialect.name, found.problems);
        let server = servers[0];
        assert_eq!(server.name.value, "one", "{}", dialect.name);
        let argv: Vec<&str> = server.argv().into_iter().map(|word| word.value.as_str()).collect();
        assert_eq!(argv, [&launch.command, &launch.args[0], &launch.args[1]], "{}", dialect.name);
        let env: Vec<_> =
            server.env.iter().map(|entry| (entry.name.value.as_str(), entry.value.value.as_str())).collect();
        assert_eq!(env, [("NAME", "va=lue")], "{}", dialect.name);
        assert_eq!(server.cwd.as_ref().map(|cwd| cwd.value.as_str()), Some("/opt/empty"), "{}", dialect.name);
    }
}
