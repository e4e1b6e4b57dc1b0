#![no_main]

//! A whole session with whatever both sides send, cut anywhere, under the default policy and all rules about text: what comes out is
//! a message that the other side may read, and a message that is passed on came in as it is.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mantrap_mcp::session::{Judge, Session, Verdict};
use mantrap_mcp::{Batches, Connection, Limits, Passed, Scanner, Side};
use mantrap_policy::cedar::{Policies, Scope, Who};
use mantrap_policy::judge::{self, Consent, Event, Outcome, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::Now;
use mantrap_policy::pins::{Pins, Shadows};
use mantrap_policy::screening::Screening;

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| Scope::parse("built-in", []).expect("the default policy"));
static SCREENING: LazyLock<Arc<Screening>> =
    LazyLock::new(|| Arc::new(Screening::built_in().expect("the rules about text")));

/// The policy's judge without a clock, a journal and a person; a question is answered with yes where its line has an even length.
struct Pure(judge::Judge, u64);

impl Judge for Pure {
    fn judge(&mut self, from: Side, passed: &Passed<'_>, connection: &Connection) -> Verdict {
        self.1 += 1;
        let mut last = Verdict::Forward;
        for (envelope, turn) in passed.each() {
            let (era, bytes, now) = (connection.era(), passed.line.len(), Now { elapsed: Duration::from_millis(self.1), unix: 0 });
            let consent = if bytes % 2 == 0 { Consent::Given } else { Consent::Unasked };
            let event = Event { from, envelope, turn, era, bytes, now, consent };
            last = match self.0.judge(&event).outcome(passed.line, &event) {
                Outcome::Forward => continue,
                Outcome::Instead(line) => Verdict::Edited(line),
                Outcome::Answer(line) => Verdict::Answer(line),
                Outcome::Withhold | Outcome::Hold => Verdict::Withhold,
            };
            // Of a batch everything passes or nothing.
            return if passed.message.envelopes().len() > 1 { Verdict::Withhold } else { last };
        }
        last
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut judge = Pure(
        judge::Judge::new(Setup {
            who: Who::default(),
            server: "srv".into(),
            pins: Pins::default(),
            shadows: Shadows::default(),
            labels: Labels::default(),
            definitions: BTreeMap::new(),
            limits: Default::default(),
            remembered: BTreeSet::new(),
            screening: Some(Arc::clone(&SCREENING)),
            policies: Policies::new(vec![Arc::clone(&SCOPE)]),
        }),
        0,
    );
    let mut session = Session::new(&mut judge);
    // Each line is of the side that its first byte names; the second says how it is cut.
    let mut came: HashSet<Vec<u8>> = HashSet::new();
    let mut out = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let [side, cut, line @ ..] = line else { continue };
        let side = if side % 2 == 0 { Side::Client } else { Side::Server };
        let whole = line.strip_suffix(b"\n").unwrap_or(line);
        came.insert(whole.strip_suffix(b"\r").unwrap_or(whole).to_vec());
        for piece in line.chunks(usize::from(*cut) + 1) {
            let space = session.space(side);
            let count = piece.len().min(space.len());
            space[..count].copy_from_slice(&piece[..count]);
            session.came(side, count);
        }
        session.tick();
        for side in [Side::Client, Side::Server] {
            let waiting = session.out(side).waiting().to_vec();
            session.out(side).wrote(waiting.len());
            out.extend(waiting.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }
    }
    let (tally, is_trusted) = (session.tally().clone(), session.is_trusted());
    let mut scanner = Scanner::new(Limits::default());
    let mut untouched = 0;
    for line in out {
        let line = line.strip_suffix(b"\n").expect("whole lines");
        let text = std::str::from_utf8(line).expect("text");
        assert!(scanner.read(text, Batches::Allow).is_ok(), "{text}");
        untouched += u64::from(came.contains(line));
    }
    // What waits for the end of probation is counted and not there yet.
    assert!(!is_trusted || untouched >= tally.client + tally.server);
});
