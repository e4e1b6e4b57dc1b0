//! Examples: lines of a policy file that say what it does. They are run whenever the file is read.
//!
//! ```text
//! //: deny tools/call github/create_issue {"seen": ["reads-untrusted"], "arguments": {"owner": "ada"}}
//! ```
//!
//! The action, the method, the server and behind its `/` the tool, prompt, resource, path or host, and what
//! else matters.

use std::collections::BTreeSet;

use mantrap_mcp::{Batches, Envelope, Limits, Message, Raw, Scanner};
use serde::Deserialize;

use super::facts::{Facts, On, Who};
use super::{Policies, scope::BadPolicy};
use crate::verdict::{Action, Verdict};

/// One example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The file, and the line in it, from 1.
    pub at: (String, usize),
    /// As it is written, without the `//:`.
    pub text: String,
    /// What is to come out.
    pub action: Action,
    method: String,
    server: String,
    name: String,
    more: More,
    /// The arguments in a message, to be borrowed from.
    line: String,
}

/// An example that says otherwise than the policies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: `{text}`, but the policies say {}", outcome(verdict))]
pub struct Failed {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The example.
    pub text: String,
    /// What comes out.
    pub verdict: Box<Verdict>,
}

fn outcome(verdict: &Verdict) -> String {
    format!("{}: {}", verdict.action, verdict.reason())
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct More {
    user: String,
    client: String,
    labels: BTreeSet<String>,
    seen: BTreeSet<String>,
    pinned: Option<bool>,
    era: Option<String>,
    /// `Mon 08:30`, in UTC.
    time: Option<String>,
    /// The tool that a path or a host is given to.
    tool: Option<String>,
    arguments: Option<serde_json::Value>,
}

pub(super) fn read(file: &str, text: &str) -> Result<Vec<Example>, BadPolicy> {
    let lines =
        text.lines().enumerate().filter_map(|(nth, line)| Some((nth + 1, line.trim().strip_prefix("//:")?)));
    lines
        .map(|(line, text)| {
            Example::read((file.to_owned(), line), text.trim()).map_err(|problem| BadPolicy::Example {
                file: file.to_owned(),
                line,
                problem,
            })
        })
        .collect()
}

impl Example {
    fn read(at: (String, usize), text: &str) -> Result<Self, String> {
        let (words, json) = match text.find('{') {
            Some(brace) => text.split_at(brace),
            None => (text, "{}"),
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        let [action, method, on] = words[..] else {
            return Err("it is `allow`, `ask` or `deny`, a method, `server/name`, and perhaps `{…}`".into());
        };
        let action = Action::of(action).ok_or("it begins with `allow`, `ask` or `deny`")?;
        let more: More = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let (server, name) = on.split_once('/').unwrap_or((on, ""));
        more.time.as_deref().map(time).transpose()?;
        let arguments = more.arguments.clone().unwrap_or(serde_json::Value::Null);
        let line = serde_json::json!({"jsonrpc": "2.0", "id": 1, "result": {"arguments": arguments}});
        Ok(Self {
            at,
            text: text.to_owned(),
            action,
            method: method.to_owned(),
            server: server.to_owned(),
            name: name.to_owned(),
            more,
            line: line.to_string(),
        })
    }

    /// What the policies say of it.
    pub fn decide(&self, policies: &mut Policies) -> Verdict {
        let message = Scanner::new(Limits::default()).read(&self.line, Batches::Refuse);
        let arguments = match &message {
            Ok(Message::Single(Envelope::Result { result, .. })) => result.field("arguments").ok().flatten(),
            _ => None,
        };
        let More { user, client, .. } = &self.more;
        let who = Who { user: user.clone(), client: client.clone(), session: "example".into() };
        let tool =
            |name| On::Tool { name, labels: &self.more.labels, pinned: self.more.pinned.unwrap_or(true) };
        let of = || Box::new(self.more.tool.as_deref().map_or(On::Server, tool));
        let on = match self.method.as_str() {
            "tools/call" => tool(&self.name),
            "prompts/get" => On::Prompt(&self.name),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => On::Resource(&self.name),
            "path" => On::Path(&self.name, of()),
            "host" => On::Host(&self.name, of()),
            _ => On::Server,
        };
        policies.decide(&Facts {
            who: &who,
            action: &self.method,
            server: &self.server,
            on,
            era: self.more.era.as_deref().unwrap_or("legacy"),
            seen: &self.more.seen,
            time: self.more.time.as_deref().and_then(|text| time(text).ok()).unwrap_or_default(),
            arguments: arguments.filter(|arguments: &Raw<'_>| arguments.json() != "null"),
        })
    }

    /// Whether the policies say what it says.
    ///
    /// # Errors
    /// What they say instead.
    pub fn test(&self, policies: &mut Policies) -> Result<Verdict, Failed> {
        let verdict = self.decide(policies);
        if verdict.action == self.action {
            return Ok(verdict);
        }
        let (file, line) = self.at.clone();
        Err(Failed { file, line, text: self.text.clone(), verdict: Box::new(verdict) })
    }
}

/// A moment of this weekday and time: 1970 began on a Thursday.
fn time(text: &str) -> Result<u64, String> {
    let wrong = || "a time is written `Mon 08:30`".to_owned();
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let (day, clock) = text.split_once(' ').ok_or_else(wrong)?;
    let (hour, minute) = clock.split_once(':').ok_or_else(wrong)?;
    let day = days.iter().position(|name| *name == day).ok_or_else(wrong)?;
    let hour: u64 = hour.parse().ok().filter(|hour| *hour < 24).ok_or_else(wrong)?;
    let minute: u64 = minute.parse().ok().filter(|minute| *minute < 60).ok_or_else(wrong)?;
    Ok(u64::try_from(day).unwrap_or_default() * 86_400 + hour * 3600 + minute * 60)
}
