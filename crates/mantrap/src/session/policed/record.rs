//! What a session leaves in the journal about its messages.
//!
//! A denial and a question are durable before anybody is told. Of what is allowed, a few hundred records wait for at most a
//! second; what comes faster than that is counted and not listed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mantrap_journal::Verdict;
use mantrap_mcp::{Envelope, Side, Turn};
use mantrap_policy::Action;
use mantrap_policy::judge::Judgement;
use serde_json::json;

use super::Recording;

/// Records that wait at once.
const MOST: usize = 256;
/// How long they wait.
const WAIT: Duration = Duration::from_secs(1);
/// Rules and notices of one record.
const MOST_GROUNDS: usize = 50;

pub(super) struct Ledger<'a> {
    recording: &'a dyn Recording,
    waiting: Vec<Verdict>,
    /// Allowed ones beyond those, by method.
    more: BTreeMap<String, u64>,
    since: Instant,
    broken: bool,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(recording: &'a dyn Recording, now: Instant) -> Self {
        Self { recording, waiting: Vec::new(), more: BTreeMap::new(), since: now, broken: false }
    }

    /// Takes note of a verdict. Whether what it is about may be done.
    pub(super) fn note(
        &mut self,
        from: Side,
        envelope: &Envelope<'_>,
        turn: &Turn,
        judgement: &Judgement<'_>,
    ) -> bool {
        let allowed = judgement.verdict.action == Action::Allow;
        let quiet = allowed && judgement.notices.is_empty();
        // What nobody asked for and nothing speaks against: news, and answers that are as they should be.
        if quiet && (matches!(turn, Turn::Answer(_)) || matches!(envelope, Envelope::Notification { .. })) {
            return !self.broken;
        }
        if self.waiting.is_empty() && self.more.is_empty() {
            self.since = Instant::now();
        }
        if quiet && self.waiting.len() >= MOST {
            *self.more.entry(judgement.subject.method.clone()).or_default() += 1;
            return !self.broken;
        }
        self.waiting.push(record(from, judgement));
        if !quiet || !allowed {
            self.flush();
        }
        !self.broken
    }

    /// When something has to be written.
    pub(super) fn next(&self) -> Option<Instant> {
        (!self.waiting.is_empty() || !self.more.is_empty()).then(|| self.since + WAIT)
    }

    pub(super) fn flush_if_due(&mut self) {
        if self.next().is_some_and(|next| Instant::now() >= next) {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        let mut verdicts = std::mem::take(&mut self.waiting);
        for (method, count) in std::mem::take(&mut self.more) {
            let mut verdict = Verdict { verdict: "allow".into(), method: Some(method), ..Verdict::default() };
            verdict.more.insert("count".into(), json!(count));
            verdicts.push(verdict);
        }
        if verdicts.is_empty() {
            return;
        }
        if let Err(error) = self.recording.verdicts(verdicts)
            && !std::mem::replace(&mut self.broken, true)
        {
            eprintln!("mantrap: verdicts cannot be recorded, so nothing more is allowed: {error:#}");
        }
    }
}

fn record(from: Side, judgement: &Judgement<'_>) -> Verdict {
    let subject = &judgement.subject;
    let mut record = Verdict {
        verdict: judgement.verdict.action.word().to_owned(),
        method: Some(subject.method.clone()),
        rules: judgement.verdict.rules().take(MOST_GROUNDS).map(str::to_owned).collect(),
        digests: subject.digests.iter().map(|(of, digest)| ((*of).to_owned(), digest.to_string())).collect(),
        ..Verdict::default()
    };
    let side = if from == Side::Client { "client" } else { "server" };
    record.more.insert("from".into(), json!(side));
    if let Some(question) = &subject.question {
        record.more.insert("question".into(), json!(question.as_ref()));
    }
    if let Some(name) = &subject.name {
        record.more.insert("name".into(), json!(mantrap_policy::pins::shown(name)));
    }
    if judgement.verdict.action != Action::Allow {
        let reason: String = judgement.verdict.reason().chars().take(2000).collect();
        record.more.insert("reason".into(), json!(reason));
    }
    if !judgement.notices.is_empty() {
        let notices = judgement.notices.iter().take(MOST_GROUNDS);
        let notices: Vec<_> = notices.map(|notice| format!("{} ({})", notice.reason, notice.rule)).collect();
        record.more.insert("withheld".into(), json!(notices));
    }
    record
}
