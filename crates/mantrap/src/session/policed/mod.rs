//! The judge of a real session: the clock, the questions and the journal around [`mantrap_policy::judge`], which has none.
//!
//! Owns what waits for a person, and what is still to be recorded. A denial is on record before anybody is told of it; what
//! is allowed is recorded together with what comes shortly after.

mod ask;
pub(crate) mod queue;
mod record;
pub(crate) mod rules;
pub(crate) mod shown;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mantrap_launch::scope::Places;
use mantrap_launch::{Entry, Located};
use mantrap_mcp::reply::{self, Code};
use mantrap_mcp::session::{Deed, Verdict};
use mantrap_mcp::{Batches, Connection, Envelope, Id, Limits, Message, Method, Passed, Scanner, Side, Turn};
use mantrap_policy::Action;
use mantrap_policy::cedar::Who;
use mantrap_policy::judge::{Consent, Event, Judge, Outcome, Question, Setup};
use mantrap_policy::limits::Now;
use mantrap_policy::pins::{Pins, Shadows};
use mantrap_policy::screening::Screening;

use ask::Place;
use queue::{Queue, Word};
use record::Ledger;
use shown::Shown;

/// How long a person is waited for. The SDKs give a request up after a minute.
const SILENCE: Duration = Duration::from_secs(50);
/// How often it is looked whether somebody has answered.
const LOOK: Duration = Duration::from_millis(250);
/// Messages that wait for a person at once.
const MOST_HELD: usize = 16;

/// Where a session finds and leaves things.
pub(crate) struct Desk<'a> {
    pub(crate) places: &'a Places,
    /// Where questions wait.
    pub(crate) queue: PathBuf,
    /// What was allowed for good.
    pub(crate) consents: PathBuf,
    /// Where what servers show of themselves is kept.
    pub(crate) shown: Shown,
    pub(crate) who: Who,
    /// Seconds since 1970 when the session begins.
    pub(crate) now: u64,
}

/// A session's judge.
pub(crate) struct Policed<'a> {
    judge: Judge,
    server: String,
    shown: Shown,
    /// The built-in rules about text, which are read while the jail is built.
    screening: Option<JoinHandle<Option<Screening>>>,
    /// They could not be read, so nothing passes.
    is_blind: bool,
    began: Instant,
    unix: u64,
    queue: Queue,
    held: Vec<Held>,
    asked: u64,
    ledger: Ledger<'a>,
    /// Whether the client can show a form, as it said in a handshake.
    shows_forms: bool,
    scanner: Scanner,
    look: Instant,
}

/// A message that waits for a person.
struct Held {
    from: Side,
    line: String,
    turn: Turn,
    question: Question,
    /// Of the question's file.
    id: String,
    /// Where the client was asked too, if it was.
    asked: Option<Place>,
    until: Instant,
    word: Option<Word>,
}

/// Records verdicts. What cannot be recorded is not done.
pub(crate) trait Recording {
    /// Makes them durable.
    fn verdicts(&self, verdicts: Vec<mantrap_journal::Verdict>) -> anyhow::Result<()>;
}

impl<'a> Policed<'a> {
    /// Reads everything that a session of this server is judged by.
    pub(crate) fn open(
        located: &Located,
        desk: Desk<'_>,
        recording: &'a dyn Recording,
    ) -> anyhow::Result<Self> {
        let server = located.name.to_string();
        let (limits, labels) = rules::settings(desk.places, &server)?;
        // What people wrote has to hold before anything is launched; what is built in does.
        let own = rules::own(desk.places)?.screening()?.map(Arc::new);
        let later = own.is_none().then(|| std::thread::spawn(|| Screening::built_in().ok()));
        let setup = Setup {
            who: desk.who,
            pins: pins(&located.entry),
            shadows: shadows(desk.places, &server),
            labels,
            definitions: desk.shown.pinned(&server),
            limits,
            screening: own,
            remembered: queue::remembered(&desk.consents),
            policies: rules::policies(desk.places)?,
            server: server.clone(),
        };
        let now = Instant::now();
        Ok(Self {
            judge: Judge::new(setup),
            server,
            shown: desk.shown,
            is_blind: false,
            screening: later,
            began: now,
            unix: desk.now,
            queue: Queue::at(desk.queue),
            held: Vec::new(),
            asked: 0,
            ledger: Ledger::new(recording, now),
            shows_forms: false,
            scanner: Scanner::new(Limits::default()),
            look: now,
        })
    }

    fn now(&self) -> Now {
        let elapsed = self.began.elapsed();
        Now { elapsed, unix: self.unix.saturating_add(elapsed.as_secs()) }
    }

    fn one(
        &mut self,
        from: Side,
        line: &str,
        envelope: &Envelope<'_>,
        turn: &Turn,
        connection: &Connection,
        consent: Consent,
    ) -> Outcome {
        if from == Side::Client && consent == Consent::Unasked {
            let here = self.answered_here(envelope, turn);
            if let Some(outcome) = here.or_else(|| self.second_round(envelope, line, turn, connection)) {
                return outcome;
            }
        }
        if let (
            Side::Client,
            Envelope::Request { params: Some(params), .. },
            Turn::Request(Method::Initialize),
        ) = (from, envelope, turn)
        {
            self.shows_forms = ask::shows_forms(params.field("capabilities").ok().flatten());
        }
        if let Some(screening) = self.screening.take() {
            match screening.join() {
                Ok(Some(screening)) => self.judge.screen_by(Arc::new(screening)),
                _ => self.is_blind = true,
            }
        }
        let now = self.now();
        let event = Event { from, envelope, turn, era: connection.era(), bytes: line.len(), now, consent };
        let mut judgement = self.judge.judge(&event);
        if self.is_blind {
            judgement.verdict =
                mantrap_policy::Verdict::deny("text/unread", "the rules about text cannot be read");
        }
        if !self.ledger.note(from, envelope, turn, &judgement) && judgement.verdict.action != Action::Deny {
            judgement.verdict =
                mantrap_policy::Verdict::deny("journal/unwritable", "what is done cannot be recorded");
        }
        match (judgement.outcome(line, &event), judgement.question.take()) {
            (Outcome::Hold, Some(question)) => match self.hold(from, line, turn, question) {
                true => Outcome::Hold,
                false => {
                    judgement.verdict =
                        mantrap_policy::Verdict::deny("consent/unasked", "nobody can be asked about it now");
                    judgement.refusal(&event)
                }
            },
            (outcome, _) => outcome,
        }
    }

    /// Keeps a message and asks a person about it. Whether that was possible.
    fn hold(&mut self, from: Side, line: &str, turn: &Turn, question: Question) -> bool {
        if self.held.len() >= MOST_HELD {
            return false;
        }
        self.asked += 1;
        let id = format!("{}-{}-{}", std::process::id(), self.unix, self.asked);
        let until = self.now().unix + SILENCE.as_secs();
        if let Err(error) = self.queue.ask(&question, &id, until) {
            eprintln!("mantrap: nobody can be asked: {error}");
            return false;
        }
        let what = question.name.as_deref().unwrap_or(&question.method);
        let what = mantrap_scan::excerpt::visible(what);
        eprintln!("mantrap: `{}` waits for your word on `{what}`: mantrap approvals", question.server);
        let (turn, line) = (turn.clone(), line.to_owned());
        let until = Instant::now() + SILENCE;
        self.held.push(Held { from, line, turn, question, id, asked: None, until, word: None });
        self.look = Instant::now();
        true
    }

    /// What a client says to a question of ours, or of a message of its own that still waits. The server sees neither.
    fn answered_here(&mut self, envelope: &Envelope<'_>, turn: &Turn) -> Option<Outcome> {
        match (envelope, turn) {
            (Envelope::Result { id, .. } | Envelope::Error { id: Some(id), .. }, Turn::Answer(_)) => {
                let is_of = |held: &Held| matches!(&held.asked, Some(Place::Request(own)) if own == id);
                if let Some(held) = self.held.iter_mut().find(|held| is_of(held)) {
                    held.word = Some(match envelope {
                        Envelope::Result { result, .. } => ask::word(*result),
                        _ => Word::No,
                    });
                    return Some(Outcome::Withhold);
                }
                // One that came too late.
                ask::is_own(id).then_some(Outcome::Withhold)
            }
            (
                Envelope::Notification { params: Some(params), .. },
                Turn::Notification(Method::Cancelled, _),
            ) => {
                let id = Id::of(params.field("requestId").ok()??, &Limits::default()).ok()?;
                let is_of =
                    |held: &Held| held.from == Side::Client && asked(&held.line).as_ref() == Some(&id);
                let held = self.held.iter_mut().find(|held| is_of(held))?;
                held.word = Some(Word::No);
                Some(Outcome::Withhold)
            }
            _ => None,
        }
    }

    /// What becomes of a message about which there is a word, or silence.
    fn decided(&mut self, held: Held, connection: &mut Connection, deeds: &mut Vec<Deed>) {
        self.queue.forget(&held.id);
        match held.asked {
            Some(Place::Request(own)) => deeds.push(Deed::Withdraw(Side::Server, own)),
            // Its request has its answer; what comes next is another one.
            Some(Place::Answer(..)) => return,
            None => {}
        }
        let word = held.word.unwrap_or(Word::No);
        if word == Word::Always {
            self.judge.remember(&held.question);
        }
        let line = held.line;
        let mut scanner = std::mem::replace(&mut self.scanner, Scanner::new(Limits::default()));
        if let Ok(Message::Single(envelope)) = scanner.read(&line, Batches::Refuse) {
            let outcome = if word == Word::No {
                let said = if held.word.is_some() { "somebody said no" } else { "nobody said yes in time" };
                let rule = if held.word.is_some() { "consent/refused" } else { "consent/silence" };
                self.refuse(held.from, &envelope, &held.turn, connection, rule, said)
            } else {
                self.one(held.from, &line, &envelope, &held.turn, connection, Consent::Given)
            };
            let id = match &envelope {
                Envelope::Request { id, .. } => Some(id.clone().into_owned()),
                _ => None,
            };
            match outcome {
                Outcome::Forward => deeds.push(Deed::Tell(held.from.other(), line.clone())),
                Outcome::Instead(line) => deeds.push(Deed::Tell(held.from.other(), line)),
                Outcome::Answer(line) => {
                    deeds.push(Deed::Tell(held.from, line));
                    deeds.extend(id.map(|id| Deed::Withdraw(held.from, id)));
                }
                Outcome::Withhold | Outcome::Hold => {
                    deeds.extend(id.map(|id| Deed::Withdraw(held.from, id)));
                }
            }
        }
        self.scanner = scanner;
    }

    fn refuse(
        &mut self,
        from: Side,
        envelope: &Envelope<'_>,
        turn: &Turn,
        connection: &Connection,
        rule: &'static str,
        said: &str,
    ) -> Outcome {
        let (era, now) = (connection.era(), self.now());
        let event = Event { from, envelope, turn, era, bytes: 0, now, consent: Consent::Unasked };
        let mut judgement = mantrap_policy::judge::Judgement::default();
        judgement.verdict = mantrap_policy::Verdict::deny(rule, said);
        self.ledger.note(from, envelope, turn, &judgement);
        judgement.refusal(&event)
    }
}

impl mantrap_mcp::session::Judge for Policed<'_> {
    fn judge(&mut self, from: Side, passed: &Passed<'_>, connection: &Connection) -> Verdict {
        let mut outcomes: Vec<Outcome> = Vec::new();
        for (envelope, turn) in passed.each() {
            let outcome = self.one(from, passed.line, envelope, turn, connection, Consent::Unasked);
            outcomes.push(outcome);
        }
        let single = matches!(passed.message, Message::Single(_));
        match outcomes.pop() {
            Some(outcome) if single => verdict(outcome),
            last if outcomes.iter().chain(&last).all(|outcome| *outcome == Outcome::Forward) => {
                Verdict::Forward
            }
            // Of a batch everything passes or nothing.
            _ => self.refuse_batch(from, passed),
        }
    }

    fn next(&self) -> Option<Instant> {
        let overdue = self.judge.deadline().map(|deadline| self.began + deadline);
        let look = (!self.held.is_empty()).then_some(self.look);
        overdue.into_iter().chain(look).chain(self.ledger.next()).min()
    }

    fn due(&mut self, connection: &mut Connection) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for id in self.judge.overdue(self.now()) {
            let why = "no answer in time";
            deeds.push(Deed::Tell(Side::Server, reply::cancelled(&id, why)));
            deeds.push(Deed::Tell(Side::Client, reply::error(Some(&id), Code::TimedOut, why)));
            deeds.push(Deed::Withdraw(Side::Client, id));
        }
        if !self.held.is_empty() {
            let now = Instant::now();
            let looks = now >= self.look;
            if looks {
                self.look = now + LOOK;
            }
            self.ask_client(connection, &mut deeds);
            let (mut at, queue) = (0, self.queue.clone());
            while let Some(held) = self.held.get_mut(at) {
                if held.word.is_none() && looks {
                    held.word = queue.answer(&held.id, held.question.digest);
                }
                // A client that was asked in an answer has the word, until its time is up.
                let is_elsewhere = matches!(held.asked, Some(Place::Answer(..)));
                if (held.word.is_some() && !is_elsewhere) || now >= held.until {
                    let held = self.held.remove(at);
                    self.decided(held, connection, &mut deeds);
                } else {
                    at += 1;
                }
            }
        }
        self.ledger.flush_if_due();
        deeds
    }
}

impl Policed<'_> {
    fn refuse_batch(&mut self, from: Side, passed: &Passed<'_>) -> Verdict {
        let why = "mantrap denied this: something in its batch is not allowed";
        let mut lines = Vec::new();
        for (envelope, turn) in passed.each() {
            match (envelope, turn) {
                (Envelope::Request { id, .. }, _) => {
                    self.judge.forget(id);
                    lines.push(reply::error(Some(id), Code::Denied, why));
                }
                (Envelope::Result { id, .. } | Envelope::Error { id: Some(id), .. }, Turn::Answer(_)) => {
                    lines.push(reply::error(Some(id), Code::Denied, why));
                }
                _ => {}
            }
        }
        let has_request =
            passed.message.envelopes().iter().any(|one| matches!(one, Envelope::Request { .. }));
        self.held.retain(|held| held.line != passed.line);
        let line = format!("[{}]", lines.join(","));
        match (lines.is_empty(), has_request) {
            (true, _) => Verdict::Withhold,
            (false, true) => Verdict::Answer(line),
            (false, false) if from == Side::Server => Verdict::Edited(line),
            (false, false) => Verdict::Withhold,
        }
    }

    /// What is still to be recorded is recorded, and no question of this session waits any more.
    pub(crate) fn close(&mut self) {
        self.held.iter().for_each(|held| self.queue.forget(&held.id));
        self.held.clear();
        self.ledger.flush();
        let shown: shown::Definitions = self
            .judge
            .shown()
            .iter()
            .map(|((kind, name), json)| (shown::key(*kind, name), json.clone()))
            .collect();
        // For people only; the next session shows it again.
        if !shown.is_empty() && shown != self.shown.last(&self.server) {
            let _ = self.shown.keep_last(&self.server, &shown);
        }
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Forward => Verdict::Forward,
        Outcome::Instead(line) => Verdict::Edited(line),
        Outcome::Answer(line) => Verdict::Answer(line),
        Outcome::Withhold => Verdict::Withhold,
        Outcome::Hold => Verdict::Hold,
    }
}

/// The id of the request in a line that was read before.
fn asked(line: &str) -> Option<Id<'static>> {
    let mut scanner = Scanner::new(Limits::default());
    scanner.read(line, Batches::Refuse).ok()?.asker()
}

/// The pins of an entry.
fn pins(entry: &Entry) -> Pins {
    let pin = |(key, digest): (&String, &mantrap_launch::Digest)| {
        let (kind, name) = shown::kind(key);
        Some((kind, name.to_owned(), digest.to_string().parse().ok()?))
    };
    entry.tools.iter().filter_map(pin).collect()
}

/// The tools that are pinned of all other servers. A lock that does not count says nothing here.
fn shadows(places: &Places, server: &str) -> Shadows {
    let mut shadows = Shadows::default();
    for scope in super::super::commands::server::SCOPES {
        let Ok(Some(scope)) = places.read(scope) else { continue };
        for (name, entry) in scope.lock.servers.iter().filter(|(name, _)| name.as_str() != server) {
            let tools = entry.tools.keys().filter(|tool| !tool.contains(':'));
            tools.for_each(|tool| shadows.insert(name.as_str(), tool));
        }
    }
    shadows
}
