//! What a record says. One JSON object per record: `kind`, `time`, and the kind's own fields.
//!
//! The journal judges nothing in it: callers fill it, and a kind or field of another version is kept as it is.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A record and when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// RFC 3339 in UTC with milliseconds, by the clock of whoever wrote it.
    pub time: String,
    /// What it says.
    #[serde(flatten)]
    pub says: Says,
}

impl Record {
    /// A record of this moment.
    #[must_use]
    pub fn now(says: Says) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { time: timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)), says }
    }
}

/// The kinds of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Says {
    /// Something is about to be done. It is durable before it happens.
    Intent(Box<Intent>),
    /// What became of an intent.
    Outcome(Box<Outcome>),
    /// How a message was judged.
    Verdict(Box<Verdict>),
    /// Anything else worth keeping.
    Note(Note),
    /// A kind that this version does not know.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

/// Something is about to be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intent {
    /// What: `launch`, `jail`, `fetch`, `approve`, …
    pub act: String,
    /// To which entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// On whose behalf.
    pub who: Who,
    /// Everything that is about to run, absolute and hashed.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub plan: Value,
    /// The digest that was approved and that the plan has, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Who approved it: one object per approval.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Value>,
    /// The grants, each in its text form (`read /srv/data`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
    /// Guarantees that are done without, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<String>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// On whose behalf something is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Who {
    /// The account, as a name or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The MCP client, as it named itself or as its process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The processes that asked, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ancestry: Vec<Process>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A process among those that asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, as the system shows it.
    pub name: String,
    /// Its executable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What became of an intent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The index of the intent.
    pub intent: u64,
    /// How it ended, in words: `exit 0`, `signal 9`, `refused`, `did not speak MCP within 60 s`, …
    pub ended: String,
    /// The exit status, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// The signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// What it used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How probation went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation: Option<String>,
    /// Why it was refused, or what was: one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<String>,
    /// What it tried beyond its grants: one object per kind of attempt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Value>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What a process used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// From start to end, milliseconds.
    pub wall_ms: u64,
    /// Processor time of the tree, milliseconds.
    pub cpu_ms: u64,
    /// Most memory of the tree at one time, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// How a message was judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// The intent of the session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<u64>,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// The method of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The rules that made it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Digests of what was judged, by what they are of (`message`, `tool`, …).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// Fields of another version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Anything else worth keeping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// What it is about, as a word: `torn-tail`, `revoke`, …
    pub about: String,
    /// One sentence.
    pub text: String,
    /// Fields of another version, and what a program wants to know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// RFC 3339 of milliseconds since 1970.
fn timestamp(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + next;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(951_827_696_789), "2000-02-29T12:34:56.789Z");
        assert_eq!(timestamp(1_795_219_199_999), "2026-11-20T23:59:59.999Z");
    }

    #[test]
    fn a_record_comes_back_and_what_is_not_known_is_kept() {
        for text in [
            r#"{"time":"t","kind":"intent","act":"launch","who":{"user":"ada"},"rights":["read /srv"],"later":[1]}"#,
            r#"{"time":"t","kind":"outcome","intent":7,"ended":"exit 0","status":0}"#,
            r#"{"time":"t","kind":"verdict","verdict":"deny","rules":["r"],"digests":{"tool":"sha256:00"}}"#,
            r#"{"time":"t","kind":"note","about":"torn-tail","text":"x","bytes":3}"#,
            r#"{"time":"t","kind":"of-another-version","x":{"y":[null]}}"#,
        ] {
            let record: Record = serde_json::from_str(text).unwrap();
            let (was, is): (Value, Value) = (
                serde_json::from_str(text).unwrap(),
                serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap(),
            );
            assert_eq!(is, was);
            assert_eq!(
                matches!(record.says, Says::Other(_)),
                text.contains("of-another-version"),
                "{record:?}"
            );
        }
    }
}
