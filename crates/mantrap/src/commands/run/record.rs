//! What a launch leaves in the journal: the intent before there is a process, the outcome when there is none any more.

use std::cell::Cell;
use std::error::Error;

use anyhow::Context;
use mantrap_jail::{Exit, Report};
use mantrap_journal::{Intent, Journal, Outcome, Record, Says, Usage, Verdict, Who};
use mantrap_launch::Admission;
use mantrap_launch::lock::Deadline;
use serde_json::{Value, json};

use super::running::Launcher;
use super::{NOT_RECORDED, ancestry};
use crate::Failure;
use crate::environment::Environment;
use crate::session::policed;
use crate::session::pump::Over;
use crate::session::{Session, UNSPOKEN};

/// Attempts that one outcome holds; how many more there were is said.
const ATTEMPTS: usize = 50;

/// The journal of this user, open.
pub(super) struct Recorder {
    journal: Journal,
    who: Who,
}

/// What there is to say at the end.
pub(super) struct Course<'a, 's> {
    pub(super) admission: Admission,
    pub(super) report: &'a Report,
    pub(super) over: Over,
    pub(super) deadline: Deadline,
    pub(super) session: &'a Session<'s>,
}

impl Recorder {
    pub(super) fn open(environment: &Environment) -> Result<Self, Failure> {
        let directory = environment.journal().ok_or_else(super::super::server::no_home)?;
        let journal = Journal::open(&directory)
            .context("the journal cannot be written, so nothing is launched")
            .map_err(|error| Failure::Refused(NOT_RECORDED, error))?;
        Ok(Self { journal, who: ancestry::who(environment) })
    }

    /// Where the verdicts of a session go.
    pub(super) const fn of_session(&self) -> Verdicts<'_> {
        Verdicts { journal: &self.journal, intent: Cell::new(None) }
    }

    /// The account that asks.
    pub(super) fn user(&self) -> Option<&str> {
        self.who.user.as_deref()
    }

    /// The program that asks.
    pub(super) fn program(&self) -> Option<&str> {
        self.who.ancestry.first().map(|process| process.name.as_str())
    }

    /// The plan was admitted and could not be started.
    pub(super) fn not_entered(&self, intent: u64, failure: &Failure) {
        let outcome = Outcome {
            intent,
            ended: "refused".into(),
            refusals: vec![failure.to_string().chars().take(2000).collect()],
            ..Outcome::default()
        };
        // The intent says enough where this cannot be written, and the error is told anyway.
        let _ = self.journal.append(&Record::now(Says::Outcome(Box::new(outcome))));
    }

    pub(super) fn outcome(&self, course: &Course<'_, '_>) -> Result<(), Failure> {
        let outcome = Says::Outcome(Box::new(outcome(course)));
        self.journal
            .append(&Record::now(outcome))
            .map(drop)
            .context("what came of it could not be recorded")
            .map_err(|error| Failure::Refused(NOT_RECORDED, error))
    }
}

/// The verdicts of one session.
pub(super) struct Verdicts<'a> {
    journal: &'a Journal,
    intent: Cell<Option<u64>>,
}

impl Verdicts<'_> {
    /// The session is that of this intent.
    pub(super) fn belong_to(&self, intent: u64) {
        self.intent.set(Some(intent));
    }
}

impl policed::Recording for Verdicts<'_> {
    fn verdicts(&self, verdicts: Vec<Verdict>) -> anyhow::Result<()> {
        let record =
            |verdict| Record::now(Says::Verdict(Box::new(Verdict { intent: self.intent.get(), ..verdict })));
        let records: Vec<Record> = verdicts.into_iter().map(record).collect();
        self.journal.append_all(&records)?;
        Ok(())
    }
}

impl mantrap_launch::Journal for Recorder {
    fn append(&self, intent: &mantrap_launch::Intent<'_>) -> Result<u64, Box<dyn Error + Send + Sync>> {
        let plan = intent.to_json();
        let intent = Intent {
            act: "launch".to_owned(),
            entry: Some(intent.plan.name().to_string()),
            who: self.who.clone(),
            digest: Some(intent.plan.document().digest().to_string()),
            approvals: vec![intent.word.to_json()],
            waivers: intent.plan.located().entry.waivers.iter().map(ToString::to_string).collect(),
            rights: intent.plan.grants().iter().map(ToString::to_string).collect(),
            plan,
            more: [("launcher".to_owned(), json!(Launcher::own()))].into_iter().collect(),
        };
        let receipt = self.journal.append(&Record::now(Says::Intent(Box::new(intent))))?;
        Ok(receipt.index)
    }
}

fn outcome(course: &Course<'_, '_>) -> Outcome {
    let Course { admission, report, over, deadline, session } = course;
    let milliseconds = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let (how, status, signal) = match report.exit {
        Exit::Code(code) => (format!("exit {code}"), Some(code), None),
        Exit::Signal(signal) => (format!("signal {signal}"), None, Some(signal)),
        Exit::TimedOut => ("time limit".to_owned(), None, None),
        Exit::OutOfMemory => ("memory limit".to_owned(), None, None),
        Exit::Killed => ("killed".to_owned(), None, None),
    };
    let ended = match over {
        Over::Server | Over::Client => how,
        Over::NeverSpoke => format!("did not speak MCP within {} s", deadline.span().as_secs()),
        Over::Babbled => format!("wrote {} MiB that are no MCP", UNSPOKEN >> 20),
        Over::NeverAsked => "was never asked".to_owned(),
        Over::NotReleased => "rights could not be released".to_owned(),
    };
    let probation = if session.is_trusted() { "spoke MCP" } else { "ran, never spoke MCP" };
    let tally = session.tally();
    let attempts = report.attempts.iter().take(ATTEMPTS).map(|attempt| json!(attempt)).collect();
    let unseen = report.attempts.len().saturating_sub(ATTEMPTS) as u64 + report.more_attempts;
    let more = json!({
        "client": session.caller(),
        "by": if *over == Over::Client { "client" } else { "server" },
        "messages": { "client": tally.client, "server": tally.server },
        "refused": { "client": tally.refused_client, "server": tally.refused_server },
        "reasons": tally.reasons.iter().map(|reason| reason.id()).collect::<Vec<_>>(),
        "dropped_in_probation": tally.dropped,
        "more_attempts": unseen,
        "missing": report.missing.iter().map(|missing| missing.guarantee.to_string()).collect::<Vec<_>>(),
        "net": report.net.iter().take(ATTEMPTS).collect::<Vec<_>>(),
    });
    Outcome {
        intent: admission.intent,
        ended,
        status,
        signal,
        usage: Some(Usage {
            wall_ms: milliseconds(report.wall),
            cpu_ms: milliseconds(report.usage.user.saturating_add(report.usage.system)),
            memory_bytes: Some(report.usage.peak_resident),
            ..Usage::default()
        }),
        probation: Some(probation.to_owned()),
        attempts,
        more: match more {
            Value::Object(more) => more,
            _ => Default::default(),
        },
        ..Outcome::default()
    }
}
