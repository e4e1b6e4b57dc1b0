//! What judges a session: the reader of the wire, the pins and the screening, as a session of mantrap puts them together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use mantrap_mcp::meaning::{Part, walk};
use mantrap_mcp::{Batches, Connection, Envelope, Limits, Method, Scanner, Side, Turn};
use mantrap_policy::arguments::Shape;
use mantrap_policy::pins::{Kind, Pins, Seen, Shadows};
use mantrap_policy::screening::Screening;
use mantrap_policy::text::Act;
use mantrap_policy::{Action, Digest};

use crate::wire::Session;

pub(crate) static SCREENING: LazyLock<Screening> = LazyLock::new(|| Screening::built_in().unwrap());

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
    let mut judge = Judge::new(session);
    for line in &session.lines {
        judge.line(line.from, &line.text, line.approving);
    }
    judge.stopped
}

struct Judge {
    scanner: Scanner,
    connection: Connection,
    pins: Pins,
    shadows: Shadows,
    seen: Seen,
    shapes: BTreeMap<String, Arc<Shape>>,
    asked: BTreeMap<String, Method>,
    stopped: Stopped,
    /// The line before: a flood says the same again and again, and is to be counted, not read.
    before: String,
}

impl Judge {
    fn new(session: &Session) -> Self {
        let mut pins = Pins::default();
        let mut shapes = BTreeMap::new();
        for tool in &session.approved {
            let name = tool["name"].as_str().unwrap();
            let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{tool}}}"#);
            let mut scanner = Scanner::new(Limits::default());
            let message = scanner.read(&line, Batches::Refuse).unwrap();
            let Envelope::Result { result, .. } = &message.envelopes()[0] else { unreachable!() };
            pins.insert(Kind::Tool, name, Digest::of(*result));
            let description = tool["description"].as_str().unwrap_or_default();
            shapes.insert(name.to_owned(), Arc::new(Shape::of(name, description, tool.get("inputSchema"))));
        }
        let mut shadows = Shadows::default();
        session.other.iter().for_each(|tool| shadows.insert("messenger", tool));
        Self {
            scanner: Scanner::new(Limits::default()),
            connection: Connection::new(Limits::default()),
            pins,
            shadows,
            seen: Seen::default(),
            shapes,
            asked: BTreeMap::new(),
            stopped: Stopped::default(),
            before: String::new(),
        }
    }

    fn line(&mut self, from: Side, line: &str, approving: bool) {
        let message = match self.scanner.read(line, Batches::Refuse) {
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
        let turn: Result<Turn, _> = self.connection.observe(from, envelope);
        let mut parts = Vec::new();
        let walked = walk(envelope, &mut |part| parts.push(part));
        if let Some(reason) = turn.err().or(walked.err()) {
            self.stopped.by.insert(format!("wire/{}", reason.id()));
            return;
        }
        for part in &parts {
            let surprise = match part {
                // What is being approved is pinned by being approved.
                Part::Tool(tool) if !approving => {
                    let name = tool.name.said();
                    self.seen.weigh(&self.pins, &self.shadows, Kind::Tool, &name, tool.definition).err()
                }
                Part::Call { name, .. } if from == Side::Client => {
                    self.seen.may_ask(&self.pins, Kind::Tool, &name.said()).err()
                }
                _ => None,
            };
            if let Some(surprise) = surprise {
                self.stopped.by.extend(surprise.verdict(Kind::Tool, "x").rules().map(str::to_owned));
            }
        }
        let said =
            line.split_once("\"params\"").or(line.split_once("\"result\"")).map_or("", |(_, said)| said);
        if std::mem::replace(&mut self.before, said.to_owned()) == said {
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
