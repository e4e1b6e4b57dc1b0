//! Questions that a client shows to its user, beside those that wait for `mantrap approvals`.
//!
//! Owns what such a question looks like and what counts as a yes. In the legacy era it is a request of its own; a modern
//! client is asked in the answer to its call (`input_required`), and makes the call once more with what its user said
//! (multi-round-trip requests, revision 2026-07-28). The server sees neither.

use std::collections::BTreeMap;
use std::time::Instant;

use mantrap_mcp::edit::{Cut, edited};
use mantrap_mcp::{
    Batches, Connection, Envelope, Era, Id, Limits, Message, Method, Raw, Scanner, Side, Turn, Version,
};
use mantrap_policy::Digest;
use mantrap_policy::judge::{Consent, Outcome, Question};
use serde_json::{Value, json};

use super::{Deed, Held, Policed, Word};

/// What a session's own questions to a client are called, behind which a number stands.
const OWN: &str = "mantrap-asks-";
/// Bytes of the arguments that are shown.
const SHOWN: usize = 600;
/// What a second round adds to a request.
const ADDED: [&str; 3] = ["inputResponses", "requestState", "_meta"];

/// Where a client was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a request of ours with this id.
    Request(Id<'static>),
    /// In the answer to this request, which it has to make again with these params.
    Answer(Method, BTreeMap<String, Digest>),
}

/// Whether a client that says this of itself can show a form. Before there were modes, elicitation was one.
pub(super) fn shows_forms(capabilities: Option<Raw<'_>>) -> bool {
    let of =
        |raw: Raw<'_>, name: &str| raw.field(name).ok().flatten().is_some_and(|raw| raw.json() != "null");
    let Some(offer) = capabilities.and_then(|said| said.field("elicitation").ok()?) else { return false };
    offer.json() != "null" && (of(offer, "form") || !of(offer, "url"))
}

/// What a filled form says: yes only if it says so.
pub(super) fn word(result: Raw<'_>) -> Word {
    let text = |raw: Raw<'_>, name| -> Option<String> { Some(raw.field(name).ok()??.text()?.into_owned()) };
    let content = result.field("content").ok().flatten();
    let accepted = text(result, "action").as_deref() == Some("accept");
    let allowed = content.and_then(|content| text(content, "decision")).as_deref() == Some("allow");
    if accepted && allowed { Word::Once } else { Word::No }
}

/// Whether an id is that of a question of ours.
pub(super) fn is_own(id: &Id<'_>) -> bool {
    matches!(id, Id::Text(text) if text.starts_with(OWN))
}

/// What a form asks.
fn form(question: &Question) -> Value {
    let what = question.name.as_deref().unwrap_or(&question.method);
    let arguments: String = question.arguments.chars().take(SHOWN).collect();
    json!({
        "message": format!("mantrap asks: may `{}` do `{what}`? {}. {arguments}", question.server, question.reason),
        "requestedSchema": {"type": "object", "required": ["decision"], "properties": {
            "decision": {"type": "string", "title": "Your decision", "enum": ["deny", "allow"], "default": "deny"}}}})
}

/// What has to be the same in both rounds.
fn essence(params: Raw<'_>) -> BTreeMap<String, Digest> {
    let members = params.members().map(|(name, value)| (name.said().into_owned(), Digest::of(value)));
    members.filter(|(name, _)| !ADDED.contains(&name.as_str())).collect()
}

impl Policed<'_> {
    /// Asks the client too, where it can show a form.
    pub(super) fn ask_client(&mut self, connection: &mut Connection, deeds: &mut Vec<Deed>) {
        let era = connection.era();
        let by_request =
            self.shows_forms && matches!(era, Era::Legacy(version) if version >= Some(Version::V2025_06_18));
        for held in self.held.iter_mut().filter(|held| held.asked.is_none() && held.word.is_none()) {
            let own = format!("{OWN}{}", held.id);
            let mut form = form(&held.question);
            if era == Era::Modern && held.from == Side::Client {
                let Turn::Request(method) = held.turn else { continue };
                let read = self.scanner.read(&held.line, Batches::Refuse);
                let Ok(Message::Single(Envelope::Request { id, params: Some(params), .. })) = read else {
                    continue;
                };
                if !may_ask_again(method, params) {
                    continue;
                }
                // In this era a form says that it is one.
                form.as_object_mut().map(|form| form.insert("mode".to_owned(), json!("form")));
                let request = json!({"method": "elicitation/create", "params": form});
                let result = json!({"resultType": "input_required", "inputRequests": {&own: request}, "requestState": own});
                let id = id.into_owned();
                let line = json!({"jsonrpc": "2.0", "id": id_json(&id), "result": result});
                held.asked = Some(Place::Answer(method, essence(params)));
                deeds.push(Deed::Tell(Side::Client, line.to_string()));
                deeds.push(Deed::Withdraw(Side::Client, id));
            } else if by_request {
                let line =
                    json!({"jsonrpc": "2.0", "id": own, "method": "elicitation/create", "params": form});
                let line = line.to_string();
                let read = self.scanner.read(&line, Batches::Refuse);
                let Ok(Message::Single(envelope)) = &read else { continue };
                if connection.observe(Side::Server, envelope).is_ok() {
                    held.asked = Some(Place::Request(Id::Text(own.into())));
                    deeds.push(Deed::Tell(Side::Client, line.clone()));
                }
            }
        }
    }

    /// A call that a client makes once more because it was asked in the answer to the first one. Nothing for any other.
    pub(super) fn second_round(
        &mut self,
        envelope: &Envelope<'_>,
        line: &str,
        turn: &Turn,
        connection: &Connection,
    ) -> Option<Outcome> {
        let (Envelope::Request { params: Some(params), .. }, Turn::Request(method)) = (envelope, turn) else {
            return None;
        };
        let state = params.field("requestState").ok()??.text()?;
        let id = state.strip_prefix(OWN)?;
        let refuse =
            |this: &mut Self, rule, why| this.refuse(Side::Client, envelope, turn, connection, rule, why);
        let is_it = |held: &Held| held.id == id && matches!(held.asked, Some(Place::Answer(..)));
        let Some(at) = self.held.iter().position(is_it) else {
            return Some(refuse(self, "consent/silence", "nobody said yes in time"));
        };
        let held = self.held.remove(at);
        let at_terminal = held.word.or_else(|| self.queue.answer(&held.id, held.question.digest));
        self.queue.forget(&held.id);
        if held.asked != Some(Place::Answer(*method, essence(*params))) {
            return Some(refuse(self, "consent/changed", "this is not what was asked about"));
        }
        let answer = params.field("inputResponses").ok().flatten();
        let answer = answer.and_then(|answers| answers.field(&state).ok()?);
        let word = at_terminal.unwrap_or_else(|| answer.map_or(Word::No, word));
        if word == Word::No || Instant::now() >= held.until {
            return Some(refuse(self, "consent/refused", "somebody said no, or nobody yes in time"));
        }
        if word == Word::Always {
            self.judge.remember(&held.question);
        }
        // The server is asked what it would have been asked at first.
        let ours =
            params.members().filter(|(name, _)| ["inputResponses", "requestState"].contains(&&*name.said()));
        let cuts: Vec<_> = ours.map(|(name, value)| Cut::Member(name, value)).collect();
        let Some(line) = edited(line, &cuts, &[]) else {
            return Some(refuse(self, "consent/changed", "this is not what was asked about"));
        };
        let mut scanner = std::mem::replace(&mut self.scanner, Scanner::new(Limits::default()));
        let outcome = match scanner.read(&line, Batches::Refuse) {
            Ok(Message::Single(envelope)) => {
                match self.one(Side::Client, &line, &envelope, turn, connection, Consent::Given) {
                    Outcome::Forward => Outcome::Instead(line.clone()),
                    other => other,
                }
            }
            _ => refuse(self, "consent/changed", "this is not what was asked about"),
        };
        self.scanner = scanner;
        Some(outcome)
    }
}

/// Whether this request may be answered with a question, and is not itself the answer to one of the server's.
fn may_ask_again(method: Method, params: Raw<'_>) -> bool {
    let first = params.fields(["inputResponses", "requestState"]).is_ok_and(|found| found == [None, None]);
    let meta = params.field("_meta").ok().flatten();
    let said = meta.and_then(|meta| meta.field("io.modelcontextprotocol/clientCapabilities").ok()?);
    matches!(method, Method::CallTool | Method::ReadResource | Method::GetPrompt)
        && first
        && shows_forms(said)
}

fn id_json(id: &Id<'_>) -> Value {
    match id {
        Id::Integer(integer) => json!(integer),
        Id::Text(text) => json!(text),
    }
}
