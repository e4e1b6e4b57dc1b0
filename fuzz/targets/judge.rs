#![no_main]

//! The policy's judge on any message of any side at any time: no panic, a verdict that is the same when the same judge is asked from
//! the beginning again, and nothing but denials where a policy denies everything but a server's sign of life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mantrap_mcp::{Batches, Connection, Envelope, Limits, Scanner, Side};
use mantrap_policy::Action;
use mantrap_policy::cedar::{Policies, Scope, Who};
use mantrap_policy::judge::{Consent, Event, Judge, Outcome, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::Now;
use mantrap_policy::pins::{Pins, Shadows};
use mantrap_policy::screening::Screening;

static BUILT_IN: LazyLock<Arc<Scope>> = LazyLock::new(|| Scope::parse("built-in", []).expect("the default policy"));
/// Looks at everything that a policy can look at, and denies it.
static NOTHING: LazyLock<Arc<Scope>> = LazyLock::new(|| {
    Scope::parse("none", [("none.cedar", "forbid (principal, action, resource);")]).expect("a policy")
});
static SCREENING: LazyLock<Arc<Screening>> =
    LazyLock::new(|| Arc::new(Screening::built_in().expect("the rules about text")));

fn judge(scopes: Vec<Arc<Scope>>) -> Judge {
    Judge::new(Setup {
        who: Who::default(),
        server: "srv".into(),
        pins: Pins::default(),
        shadows: Shadows::default(),
        labels: Labels::default(),
        definitions: BTreeMap::new(),
        limits: Default::default(),
        remembered: BTreeSet::new(),
        screening: Some(Arc::clone(&SCREENING)),
        policies: Policies::new(scopes),
    })
}

/// What becomes of each message.
fn outcomes(mut judge: Judge, data: &[u8], see: &mut dyn FnMut(&Event<'_, '_>, Action)) -> Vec<Outcome> {
    let limits = Limits::default();
    let (mut connection, mut scanner) = (Connection::new(limits), Scanner::new(limits));
    let mut outcomes = Vec::new();
    for (number, line) in data.split(|byte| *byte == b'\n').enumerate() {
        let [side, line @ ..] = line else { continue };
        let from = if side % 2 == 0 { Side::Client } else { Side::Server };
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let Ok(message) = scanner.read(line, Batches::Allow) else { continue };
        for envelope in message.envelopes() {
            let Ok(turn) = connection.observe(from, envelope) else { continue };
            let now = Now { elapsed: Duration::from_secs(number as u64), unix: 0 };
            let consent = if side % 3 == 0 { Consent::Given } else { Consent::Unasked };
            let (turn, era) = (&turn, connection.era());
            let event = Event { from, envelope, turn, era, bytes: line.len(), now, consent };
            let judgement = judge.judge(&event);
            see(&event, judgement.verdict.action);
            outcomes.push(judgement.outcome(line, &event));
        }
    }
    outcomes
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let first = outcomes(judge(vec![Arc::clone(&BUILT_IN)]), data, &mut |_, _| {});
    let again = outcomes(judge(vec![Arc::clone(&BUILT_IN)]), data, &mut |_, _| {});
    assert_eq!(first, again);
    outcomes(judge(vec![Arc::clone(&BUILT_IN), Arc::clone(&NOTHING)]), data, &mut |event, action| {
        let asks = matches!(event.envelope, Envelope::Request { method, .. } if event.from == Side::Client || *method != "ping");
        assert!(!asks || action == Action::Deny);
    });
});
