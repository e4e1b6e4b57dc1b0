//! What judges a session: the reader of the wire, the session's judge with the default policy, and the screening.
//!
//! What the default policy asks about because of what a tool is, whatever it is called with, is not counted: a question about
//! every shell command recognises no attack.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mantrap_mcp::meaning::walk;
use mantrap_mcp::{Batches, Connection, Envelope, Limits, Method, Scanner, Side, Turn};
use mantrap_policy::arguments::Shape;
use mantrap_policy::cedar::{Policies, Scope, Who};
use mantrap_policy::judge::{Consent, Event, Judge, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::Now;
use mantrap_policy::pins::{Kind, Pins, Shadows};
use mantrap_policy::screening::Screening;
use mantrap_policy::text::Act;
use mantrap_policy::{Action, Digest};

use crate::wire::{Line, Session};

static SCREENING: LazyLock<Screening> = LazyLock::new(|| Screening::built_in().unwrap());
static DEFAULT: LazyLock<Arc<Scope>> = LazyLock::new(|| Scope::parse("built-in", []).unwrap());

/// What became of a session.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    /// The rules that stopped something of it: it was refused, asked about, or redacted.
    pub(crate) by: BTreeSet<String>,
    /// The rules that only noted something.
    pub(crate) flagged: BTreeSet<String>,
}

impl Stopped {
    pub(crate) fn is_stopped(&self) -> bool {
        !self.by.is_empty()
    }
}

pub(crate) fn stops(session: &Session) -> Stopped {
    let mut table = Table::new(session);
    session.lines.iter().for_each(|line| table.line(line));
    table.stopped
}

struct Table {
    scanner: Scanner,
    connection: Connection,
    judge: Judge,
    shapes: BTreeMap<String, Arc<Shape>>,
    asked: BTreeMap<String, Method>,
    stopped: Stopped,
    /// The line before: a flood says the same again and again, and is to be counted, not read.
    before: String,
}

impl Table {
    fn new(session: &Session) -> Self {
        let mut pins = Pins::default();
        let mut shapes = BTreeMap::new();
        let mut definitions = BTreeMap::new();
        for tool in &session.approved {
            let name = tool["name"].as_str().unwrap();
            let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{tool}}}"#);
            let mut scanner = Scanner::new(Limits::default());
            let message = scanner.read(&line, Batches::Refuse).unwrap();
            let Envelope::Result { result, .. } = &message.envelopes()[0] else { unreachable!() };
            pins.insert(Kind::Tool, name, Digest::of(*result));
            definitions.insert(name.to_owned(), tool.to_string());
            let description = tool["description"].as_str().unwrap_or_default();
            shapes.insert(name.to_owned(), Arc::new(Shape::of(name, description, tool.get("inputSchema"))));
        }
        let mut shadows = Shadows::default();
        session.other.iter().for_each(|tool| shadows.insert("messenger", tool));
        let setup = Setup {
            who: Who { user: "ada".into(), client: "corpus".into(), session: "1".into() },
            server: "corpus".into(),
            pins,
            shadows,
            labels: Labels::default(),
            definitions,
            limits: mantrap_policy::limits::Limits::default(),
            screening: None,
            remembered: BTreeSet::new(),
            policies: Policies::new(vec![DEFAULT.clone()]),
        };
        Self {
            scanner: Scanner::new(Limits::default()),
            connection: Connection::new(Limits::default()),
            judge: Judge::new(setup),
            shapes,
            asked: BTreeMap::new(),
            stopped: Stopped::default(),
            before: String::new(),
        }
    }

    fn line(&mut self, line: &Line) {
        let (from, text) = (line.from, line.text.as_str());
        let message = match self.scanner.read(text, Batches::Refuse) {
            Ok(message) => message,
            Err(refusal) => {
                self.stopped.by.insert(format!("wire/{refusal:?}"));
                return;
            }
        };
        let envelope = &message.envelopes()[0];
        let asked = match envelope {
            Envelope::Result { id, .. } => self.asked.get(&format!("{id:?}")).copied(),
            Envelope::Request { id, method, .. } if from == Side::Client => {
                self.asked.insert(format!("{id:?}"), Method::of(method));
                None
            }
            _ => None,
        };
        let turn = match self.connection.observe(from, envelope) {
            Ok(turn) => turn,
            Err(reason) => {
                self.stopped.by.insert(format!("wire/{}", reason.id()));
                return;
            }
        };
        let elapsed = Duration::from_millis(line.at_ms);
        let event = Event {
            from,
            envelope,
            turn: &turn,
            era: self.connection.era(),
            bytes: text.len(),
            now: Now { elapsed, unix: 1_800_000_000 },
            consent: Consent::Unasked,
        };
        let judgement = self.judge.judge(&event);
        let by_what_it_is = from == Side::Client && matches!(turn, Turn::Request(_));
        let counts = |rule: &&str| !by_what_it_is || !rule.starts_with("cedar/");
        if judgement.verdict.action > Action::Allow {
            self.stopped.by.extend(judgement.verdict.rules().filter(counts).map(str::to_owned));
        }
        // Definitions that are cut out of a list.
        if !judgement.cuts.is_empty() {
            self.stopped.by.extend(judgement.notices.iter().map(|notice| notice.rule.to_string()));
        }
        let said = text.split_once("\"params\"").or(text.split_once("\"result\""));
        let said = said.map_or("", |(_, said)| said);
        if std::mem::replace(&mut self.before, said.to_owned()) == said {
            return;
        }
        let mut parts = Vec::new();
        if let Err(reason) = walk(envelope, &mut |part| parts.push(part)) {
            self.stopped.by.insert(format!("wire/{}", reason.id()));
            return;
        }
        let shapes = &self.shapes;
        for finding in SCREENING.message(envelope, asked, &parts, &|tool| shapes.get(tool).cloned()) {
            let stops = finding.act > Act::Flag;
            assert_eq!(stops, finding.verdict().action > Action::Allow);
            let rules = if stops { &mut self.stopped.by } else { &mut self.stopped.flagged };
            rules.insert(finding.rule);
        }
    }
}
