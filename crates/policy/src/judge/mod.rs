//! One session's judge: every message of both sides, in the order in which they come.
//!
//! Owns what a session has to remember to judge, and the order of the judges. Never reads a clock, a file or a stream,
//! and passes nothing on itself: [`Judgement::outcome`] says what to do. Whatever it has to
//! remember is bounded.

mod client;
mod outcome;
mod question;
mod screened;
mod server;
mod tools;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use mantrap_mcp::edit::{Cut, Retold};
use mantrap_mcp::{Envelope, Era, Id, Method, Raw, Side, Turn, meaning};

pub use outcome::Outcome;
pub use question::Question;

use crate::cedar::{Facts, On, Policies, Who};
use crate::digest::Digest;
use crate::labels::Labels;
use crate::limits::{Allowance, Limits, Now};
use crate::pins::{Kind, Pins, Seen, Shadows};
use crate::places::{Named, places};
use crate::screening::Screening;
use crate::verdict::{Action, Ground, Verdict};
use tools::Tools;

/// Bytes of definitions that are kept to be looked at.
const SHOWN: usize = 4 << 20;

/// Everything that a session is judged by.
#[derive(Debug)]
pub struct Setup {
    /// On whose behalf.
    pub who: Who,
    /// The server, by its name in the lock.
    pub server: String,
    /// What was approved of it. None at all: the session keeps to what it sees first.
    pub pins: Pins,
    /// The tools of other servers.
    pub shadows: Shadows,
    /// What is known of its tools.
    pub labels: Labels,
    /// Approved definitions of tools, by name, as JSON: for calls before any list. One that does not fit its pin is ignored.
    pub definitions: BTreeMap<String, String>,
    /// How much and how often.
    pub limits: Limits,
    /// Questions that were answered with yes for good, by [`Question::digest`].
    pub remembered: BTreeSet<Digest>,
    /// The rules about what messages say. Without any, nothing is read.
    pub screening: Option<Arc<Screening>>,
    /// What people wrote down.
    pub policies: Policies,
}

/// One session's judge.
#[derive(Debug)]
pub struct Judge {
    setup: Setup,
    seen: Seen,
    tools: Tools,
    /// The labels of what was answered so far.
    labels: BTreeSet<String>,
    /// The client's requests that were passed on and have no answer.
    asked: HashMap<Id<'static>, Asked>,
    /// What the server showed of itself last, as JSON, withheld or not.
    shown: BTreeMap<(Kind, String), String>,
    shown_bytes: usize,
    offers: Offers,
    calls: Allowance,
    bytes: Allowance,
    messages: Allowance,
}

/// A request of the client that waits for its answer.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    /// The tool that is called.
    tool: Option<String>,
    /// The labels that an answer brings.
    labels: Arc<BTreeSet<String>>,
    /// What the client offered when it asked.
    offers: Offers,
    since: Duration,
}

/// What the client said it can do for a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Offers {
    sampling: bool,
    form: bool,
    url: bool,
    roots: bool,
}

/// A message that is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Event<'e, 'a> {
    /// Who sent it.
    pub from: Side,
    /// What it says.
    pub envelope: &'e Envelope<'a>,
    /// What it is to its connection.
    pub turn: &'e Turn,
    /// The era of the connection.
    pub era: Era,
    /// Bytes of its line.
    pub bytes: usize,
    /// When.
    pub now: Now,
    /// Whether a person has been asked.
    pub consent: Consent,
}

/// Whether a person has said yes to exactly this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nobody was asked.
    Unasked,
    /// Somebody said yes. It is judged once more, because other things may have changed while they thought.
    Given,
}

/// What is to become of a message, and everything that there is to say about it.
#[derive(Clone, Debug, Default)]
pub struct Judgement<'a> {
    /// What to do, and why.
    pub verdict: Verdict,
    /// Parts that are not passed on though the rest is.
    pub cuts: Vec<Cut<'a>>,
    /// Strings that are passed on without what stands in them.
    pub redactions: Vec<Retold<'a>>,
    /// Why they are not, and what else is worth recording.
    pub notices: BTreeSet<Ground>,
    /// What a person is asked, if the verdict is to ask.
    pub question: Option<Question>,
    /// What it is about, for the journal.
    pub subject: Subject,
    /// Whether it is too much and not too bad, or no answer in time.
    pub(crate) limit: bool,
}

/// What a message is about, for the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its method, or that of the request that it answers.
    pub method: String,
    /// The tool, prompt or resource.
    pub name: Option<String>,
    /// What the policies were asked, as `mantrap policy explain` takes it: without the values of arguments.
    pub question: Option<Arc<str>>,
    /// Digests of what was judged: `arguments`, `result`, `definition`.
    pub digests: BTreeMap<&'static str, Digest>,
}

impl<'a> Judgement<'a> {
    fn say(&mut self, verdict: Verdict) {
        self.verdict = std::mem::take(&mut self.verdict).and(verdict);
    }
}

impl Judge {
    /// The judge of a session that has not begun.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let limits = setup.limits;
        Self {
            setup,
            seen: Seen::default(),
            tools: Tools::default(),
            labels: BTreeSet::new(),
            asked: HashMap::new(),
            shown: BTreeMap::new(),
            shown_bytes: 0,
            offers: Offers::default(),
            calls: Allowance::new(limits.calls_per_minute),
            bytes: Allowance::new(limits.bytes_per_minute),
            messages: Allowance::new(limits.server_messages_per_minute),
        }
    }

    /// Judges a message. What the session remembers of it is remembered only where it is passed on.
    pub fn judge<'a>(&mut self, event: &Event<'_, 'a>) -> Judgement<'a> {
        let mut judgement = Judgement::default();
        if !self.bytes.spend(u64::try_from(event.bytes).unwrap_or(u64::MAX), event.now.elapsed) {
            judgement.limit = true;
            judgement.say(Verdict::deny("limits/bytes", "more bytes in a minute than allowed"));
        }
        // One pass over the message. Its parts borrow from it, and the judges need all of `self`.
        let mut parts = Vec::new();
        if let Err(reason) = meaning::walk(event.envelope, &mut |part| parts.push(part)) {
            judgement.say(Verdict::deny(format!("wire/{}", reason.id()), reason.message()));
        }
        match event.from {
            Side::Client => self.client(event, &parts, &mut judgement),
            Side::Server => self.server(event, &parts, &mut judgement),
        }
        self.screen(event, &parts, &mut judgement);
        if judgement.verdict.action == Action::Ask {
            let question = Question::of(&self.setup.server, &judgement, &parts, &self.tools);
            if self.setup.remembered.contains(&question.digest) {
                judgement.verdict =
                    Verdict::new(Action::Allow, "consent/remembered", "somebody allowed it for good");
            } else if event.consent == Consent::Given {
                judgement.verdict = Verdict::new(Action::Allow, "consent/given", "somebody allowed it");
            } else {
                judgement.question = Some(question);
            }
        }
        if judgement.verdict.action == Action::Allow {
            self.passed(event, &judgement);
        }
        judgement
    }

    /// From now on what messages say is judged by these rules, which may take longer to read than a session to begin.
    pub fn screen_by(&mut self, screening: Arc<Screening>) {
        self.setup.screening = Some(screening);
    }

    /// A request was not passed on after all.
    pub fn forget(&mut self, id: &Id<'_>) {
        self.asked.remove(&id.clone().into_owned());
    }

    /// A question was answered with yes for good.
    pub fn remember(&mut self, question: &Question) {
        self.setup.remembered.insert(question.digest);
    }

    /// What the server showed of itself last, definition by definition, as JSON: what a person may look at and pin.
    #[must_use]
    pub const fn shown(&self) -> &BTreeMap<(Kind, String), String> {
        &self.shown
    }

    fn show(&mut self, kind: Kind, name: &str, definition: Raw<'_>) {
        let json = definition.json();
        let key = (kind, name.to_owned());
        if self.shown.get(&key).is_some_and(|old| old == json) {
            return;
        }
        let old = self.shown.remove(&key).map_or(0, |old| old.len());
        self.shown_bytes = self.shown_bytes.saturating_sub(old) + json.len() + name.len();
        if self.shown_bytes <= SHOWN {
            self.shown.insert(key, json.to_owned());
        }
    }

    /// When the next request is to be given up; nothing while none waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let patience = Duration::from_secs(self.setup.limits.call_seconds);
        let timed = self.asked.values().filter(|asked| asked.method != Method::Listen);
        timed.map(|asked| asked.since.saturating_add(patience)).min()
    }

    /// The requests of the client that have waited too long. They are forgotten here: the caller tells both sides.
    pub fn overdue(&mut self, now: Now) -> Vec<Id<'static>> {
        let patience = Duration::from_secs(self.setup.limits.call_seconds);
        let is_late = |asked: &Asked| {
            asked.method != Method::Listen && now.elapsed >= asked.since.saturating_add(patience)
        };
        let late: Vec<_> =
            self.asked.iter().filter(|(_, asked)| is_late(asked)).map(|(id, _)| id.clone()).collect();
        late.iter().for_each(|id| {
            self.asked.remove(id);
        });
        late
    }

    /// Puts a question to the policies: about the thing itself, and about every path and host that the arguments name, or
    /// the address.
    fn ask_policies(
        &mut self,
        event: &Event<'_, '_>,
        action: &str,
        on: &On<'_>,
        arguments: Option<Raw<'_>>,
        address: Option<&str>,
        judgement: &mut Judgement<'_>,
    ) {
        let names = self.setup.policies.names();
        let era = match event.era {
            Era::Undecided => "undecided",
            Era::Legacy(_) => "legacy",
            Era::Modern => "modern",
        };
        let mut facts = Facts {
            who: &self.setup.who,
            action,
            server: &self.setup.server,
            on: on.clone(),
            era,
            seen: &self.labels,
            time: event.now.unix,
            arguments,
        };
        let verdict = self.setup.policies.decide(&facts);
        // Of everyday questions about nothing in particular there are too many to keep.
        if *on != On::Server || verdict.action != Action::Allow {
            judgement.subject.question = Some(facts.to_question().into());
        }
        judgement.say(verdict);
        if !(names.paths || names.hosts) {
            return;
        }
        let mut named = match arguments.map_or(Some(Vec::new()), places) {
            Some(named) => named,
            None => {
                let reason = "it names more places than are looked at";
                return judgement.say(Verdict::deny("cedar/unsaid", reason));
            }
        };
        named.extend(address.and_then(crate::places::place));
        for place in &named {
            let of = Box::new(on.clone());
            (facts.action, facts.on) = match place {
                Named::Path(path) if names.paths => ("path", On::Path(path, of)),
                Named::Host(host) if names.hosts => ("host", On::Host(host, of)),
                _ => continue,
            };
            judgement.say(self.setup.policies.decide(&facts));
        }
    }

    /// Remembers what a message that is passed on changes.
    fn passed(&mut self, event: &Event<'_, '_>, judgement: &Judgement<'_>) {
        match (event.from, event.envelope, event.turn) {
            (Side::Client, Envelope::Request { id, params, .. }, Turn::Request(method)) => {
                let tool = judgement.subject.name.clone().filter(|_| *method == Method::CallTool);
                let labels = match (&tool, method) {
                    (Some(tool), _) => self.tools.labels(tool, &self.setup),
                    (None, Method::ReadResource) => {
                        resource_labels(judgement.subject.name.as_deref().unwrap_or_default())
                    }
                    _ => Arc::default(),
                };
                self.offers.note(*method, *params);
                if let Some(kind) = server::listed(*method)
                    && params.and_then(|params| params.field("cursor").ok()?).is_none()
                {
                    self.seen.begin(kind);
                }
                let asked =
                    Asked { method: *method, tool, labels, offers: self.offers, since: event.now.elapsed };
                self.asked.insert(id.clone().into_owned(), asked);
            }
            (
                Side::Server,
                Envelope::Result { id, .. } | Envelope::Error { id: Some(id), .. },
                Turn::Answer(_),
            ) => {
                if let Some(asked) = self.asked.remove(&id.clone().into_owned())
                    && !asked.labels.is_subset(&self.labels)
                {
                    self.labels.extend(asked.labels.iter().cloned());
                }
            }
            _ => {}
        }
    }
}

/// What is read from an address: of the web, what anybody may have written; of a disk, what is somebody's.
fn resource_labels(uri: &str) -> Arc<BTreeSet<String>> {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let label = match scheme.as_str() {
        "http" | "https" => crate::labels::READS_UNTRUSTED,
        "file" => crate::labels::READS_PRIVATE,
        _ => return Arc::default(),
    };
    Arc::new([label.to_owned()].into())
}

impl Offers {
    /// What a client says it can do, in either era.
    fn note(&mut self, method: Method, params: Option<Raw<'_>>) {
        let Some(params) = params else { return };
        let said = match method {
            Method::Initialize => params.field("capabilities").ok().flatten(),
            _ => params
                .field("_meta")
                .ok()
                .flatten()
                .and_then(|meta| meta.field("io.modelcontextprotocol/clientCapabilities").ok()?),
        };
        let Some(said) = said else { return };
        let of = |name: &str| said.field(name).ok().flatten().filter(|offer| offer.json() != "null");
        let elicits = of("elicitation");
        let [form, url] =
            elicits.and_then(|elicits| elicits.fields(["form", "url"]).ok()).unwrap_or_default();
        *self = Self {
            sampling: of("sampling").is_some(),
            // Before there were modes, elicitation was a form.
            form: elicits.is_some() && (form.is_some() || url.is_none()),
            url: url.is_some(),
            roots: of("roots").is_some(),
        };
    }
}

#[cfg(test)]
mod tests;
