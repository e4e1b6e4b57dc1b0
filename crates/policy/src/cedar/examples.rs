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
use serde::{Deserialize, Serialize};

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
    /// When it is asked, unless it says so itself.
    unix: u64,
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct More {
    /// Instead of what stands behind the `/`: for names with blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    user: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    client: String,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    labels: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    seen: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    era: Option<String>,
    /// `Mon 08:30`, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    /// The tool that a path or a host is given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
        let (words, json) = match text.find(" {").or_else(|| text.starts_with('{').then_some(0)) {
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
            name: more.name.clone().unwrap_or_else(|| name.to_owned()),
            more,
            unix: 0,
            line: line.to_string(),
        })
    }

    /// A question: an example that does not say what is to come out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn question(text: &str) -> Result<Self, String> {
        Self::read((String::new(), 0), &format!("deny {text}"))
    }

    /// The same at this moment, seconds since 1970, where it says none of its own.
    #[must_use]
    pub const fn at_time(mut self, unix: u64) -> Self {
        self.unix = unix;
        self
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
            time: self.more.time.as_deref().and_then(|text| time(text).ok()).unwrap_or(self.unix),
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

impl Facts<'_> {
    /// The question that these facts are, without the arguments, because the journal keeps no values, and without the time,
    /// which every record has.
    #[must_use]
    pub fn to_question(&self) -> String {
        let (name, labels, pinned) = match &self.on {
            On::Server | On::Path(..) | On::Host(..) => ("", None, None),
            On::Tool { name, labels, pinned } => (*name, Some(*labels), Some(*pinned)),
            On::Prompt(name) | On::Resource(name) => (*name, None, None),
        };
        let more = More {
            name: (!name.is_empty()).then(|| name.to_owned()),
            user: self.who.user.clone(),
            client: self.who.client.clone(),
            labels: labels.cloned().unwrap_or_default(),
            seen: self.seen.clone(),
            pinned,
            era: Some(self.era.to_owned()),
            ..More::default()
        };
        let more = serde_json::to_string(&more).unwrap_or_default();
        format!("{} {} {more}", self.action, self.server)
    }
}

/// 1970 began with the first of them.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A moment of this weekday and time.
fn time(text: &str) -> Result<u64, String> {
    let wrong = || "a time is written `Mon 08:30`".to_owned();
    let (day, clock) = text.split_once(' ').ok_or_else(wrong)?;
    let (hour, minute) = clock.split_once(':').ok_or_else(wrong)?;
    let day = DAYS.iter().position(|name| *name == day).ok_or_else(wrong)?;
    let hour: u64 = hour.parse().ok().filter(|hour| *hour < 24).ok_or_else(wrong)?;
    let minute: u64 = minute.parse().ok().filter(|minute| *minute < 60).ok_or_else(wrong)?;
    Ok(u64::try_from(day).unwrap_or_default() * 86_400 + hour * 3600 + minute * 60)
}
