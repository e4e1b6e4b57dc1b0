//! What real servers say their tools are (`README.md` says which, and whence): the judge passes on their definitions as they
//! are, and hardly has anything to note.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here is a failing test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use mantrap_mcp::{Batches, Connection, Limits, Scanner, Side};
use mantrap_policy::Action;
use mantrap_policy::cedar::{Policies, Scope, Who};
use mantrap_policy::judge::{Consent, Event, Judge, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::Now;
use mantrap_policy::pins::{Pins, Shadows};
use mantrap_policy::schema::Schema;
use mantrap_policy::screening::Screening;
use serde_json::{Value, json};

static SCREENING: LazyLock<Arc<Screening>> = LazyLock::new(|| Arc::new(Screening::built_in().unwrap()));
static DEFAULT: LazyLock<Arc<Scope>> = LazyLock::new(|| Scope::parse("built-in", []).unwrap());

/// Every server's tools, by its file's name.
fn servers() -> BTreeMap<String, Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benign");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let lists = paths.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    lists
        .map(|path| {
            #[expect(clippy::disallowed_methods, reason = "the test's own data")]
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

/// What a session made of a list of tools: how many of them it withheld, and the rules that spoke.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    withheld: usize,
    rules: BTreeSet<String>,
}

fn judged(tools: &[Value]) -> Said {
    let setup = Setup {
        who: Who { user: "ada".into(), client: "test".into(), session: "1".into() },
        server: "server".into(),
        pins: Pins::default(),
        shadows: Shadows::default(),
        labels: Labels::default(),
        definitions: BTreeMap::new(),
        limits: mantrap_policy::limits::Limits::default(),
        screening: Some(SCREENING.clone()),
        remembered: BTreeSet::new(),
        policies: Policies::new(vec![DEFAULT.clone()]),
    };
    let (mut judge, mut connection) = (Judge::new(setup), Connection::new(Limits::default()));
    let version = "2025-11-25";
    let info = json!({"name": "x", "version": "1"});
    let hello = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": info});
    let welcome = json!({"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info});
    let lines = [
        (Side::Client, json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})),
        (Side::Server, json!({"jsonrpc": "2.0", "id": 1, "result": welcome})),
        (Side::Client, json!({"jsonrpc": "2.0", "method": "notifications/initialized"})),
        (Side::Client, json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})),
        (Side::Server, json!({"jsonrpc": "2.0", "id": 2, "result": {"tools": tools}})),
    ];
    let mut said = Said::default();
    let mut scanner = Scanner::new(Limits::default());
    for (from, line) in lines {
        let line = line.to_string();
        let message = scanner.read(&line, Batches::Refuse).unwrap();
        let envelope = &message.envelopes()[0];
        let turn = connection.observe(from, envelope).unwrap();
        let event = Event {
            from,
            envelope,
            turn: &turn,
            era: connection.era(),
            bytes: line.len(),
            now: Now::default(),
            consent: Consent::Unasked,
        };
        let judgement = judge.judge(&event);
        if judgement.verdict.action > Action::Allow {
            panic!("the list is not passed on: {:?}", judgement.verdict);
        }
        said.withheld += judgement.cuts.len();
        said.rules
            .extend(judgement.notices.iter().map(|notice| format!("{}: {}", notice.rule, notice.reason)));
    }
    said
}

#[test]
fn definitions_of_real_servers_are_passed_on_and_hardly_anything_is_said_of_them() {
    let servers = servers();
    let (mut seen, mut withheld, mut flagged) = (0, 0, Vec::new());
    for (server, tools) in &servers {
        let together = judged(tools);
        let mut alone = 0;
        for tool in tools {
            let said = judged(std::slice::from_ref(tool));
            alone += said.withheld;
            if said != Said::default() {
                flagged.push(format!("{server}/{}: {said:?}", tool["name"]));
            }
        }
        assert_eq!(
            together.withheld, alone,
            "{server}, whose tools say together what none does: {together:?}"
        );
        seen += tools.len();
        withheld += alone;
    }
    println!("of {seen} tools of {} servers {withheld} withheld; {flagged:#?}", servers.len());
    assert!(servers.len() >= 20 && seen >= 250, "{} servers, {seen} tools", servers.len());
    assert!(withheld == 0 && flagged.len() * 50 <= seen, "{flagged:#?}");
}

#[test]
fn schemas_of_real_servers_can_be_used() {
    for (server, tools) in servers() {
        for tool in tools {
            for side in ["inputSchema", "outputSchema"] {
                let schema = tool.get(side).map(|schema| Schema::compile(&schema.to_string()));
                assert!(!matches!(schema, Some(Err(_))), "{server}/{} {side}: {schema:?}", tool["name"]);
            }
        }
    }
}
