//! What judging costs: to read the policies once, a question to them, and a message of a session.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use mantrap_mcp::{Batches, Connection, Message, Scanner, Side};
use mantrap_policy::cedar::{Facts, On, Policies, Scope, Who};
use mantrap_policy::judge::{Consent, Event, Judge, Outcome, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::{Limits, Now};
use mantrap_policy::pins::{Pins, Shadows};

/// Messages and questions that are measured.
const MANY: usize = 20_000;

fn main() {
    for _ in 0..3 {
        let start = Instant::now();
        let Ok(scope) = Scope::parse("built-in", []) else { return };
        let read = start.elapsed();
        let start = Instant::now();
        let proved = scope.prove().is_ok();
        let proof = start.elapsed();
        let start = Instant::now();
        let checked = scope.check().is_ok();
        println!("read {read:?}, examples {proof:?} {proved}, schema {:?} {checked}", start.elapsed());
        questions(&scope);
        session(&scope, false);
        session(&scope, true);
    }
}

fn questions(scope: &Arc<Scope>) {
    let mut policies = Policies::new(vec![Arc::clone(scope)]);
    let (labels, seen, who) = (BTreeSet::from(["a".to_owned()]), BTreeSet::new(), Who::default());
    for (what, distinct) in [("asked before", 1), ("new", 2000)] {
        let names: Vec<String> = (0..distinct).map(|nth| format!("tool{nth}")).collect();
        let start = Instant::now();
        for name in names.iter().cycle().take(2000) {
            let on = On::Tool { name, labels: &labels, pinned: true };
            black_box(policies.decide(&Facts {
                who: &who,
                action: "tools/call",
                server: "files",
                on,
                era: "legacy",
                seen: &seen,
                time: 0,
                arguments: None,
            }));
        }
        println!("  a question, {what}: {:?}", start.elapsed() / 2000);
    }
}

/// A call and its result, over and over: with the judge, and without.
fn session(scope: &Arc<Scope>, judged: bool) {
    let mut judge = Judge::new(Setup {
        who: Who::default(),
        server: "files".into(),
        pins: Pins::default(),
        shadows: Shadows::default(),
        labels: Labels::default(),
        definitions: BTreeMap::new(),
        limits: Limits { calls_per_minute: u64::MAX >> 20, ..Limits::default() },
        screening: None,
        remembered: BTreeSet::new(),
        policies: Policies::new(vec![Arc::clone(scope)]),
    });
    let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"path":"/srv/data/report.txt","options":{"depth":3,"follow":false}}}}"#;
    let result = r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"a short answer of a tool"}],"isError":false}}"#;
    let limits = mantrap_mcp::Limits::default();
    let (mut connection, mut scanner) = (Connection::new(limits), Scanner::new(limits));
    let start = Instant::now();
    let mut forwarded = 0;
    for _ in 0..MANY {
        for (from, line) in [(Side::Client, call), (Side::Server, result)] {
            let Ok(Message::Single(envelope)) = scanner.read(line, Batches::Refuse) else { return };
            let Ok(turn) = connection.observe(from, &envelope) else { return };
            if judged {
                let (era, now) = (connection.era(), Now { elapsed: start.elapsed(), unix: 0 });
                let consent = Consent::Unasked;
                let event =
                    Event { from, envelope: &envelope, turn: &turn, era, bytes: line.len(), now, consent };
                let judgement = judge.judge(&event);
                forwarded += usize::from(judgement.outcome(line, &event) == Outcome::Forward);
            }
        }
    }
    let each = start.elapsed() / u32::try_from(2 * MANY).unwrap_or(1);
    println!("  a message, {}: {each:?} ({forwarded} forwarded)", if judged { "judged" } else { "read" });
}
