//! Records and what verifying them found, as a person or a program reads them.

use std::fmt::Write as _;

use mantrap_journal::{Account, Entry, Trust};
use mantrap_scan::excerpt::{is_hidden, visible};
use mantrap_scan::finding::Severity;
use serde_json::{Value, json};

use super::text::Paint;

/// One record on one line.
pub(crate) fn line(entry: &Entry, paint: Paint, width: usize) -> String {
    let index = format!("#{:<6}", entry.index);
    let Some(record) = parsed(entry) else {
        return format!("{} {} bytes that are no record\n", paint.dim(&index), entry.bytes.len());
    };
    let time = word(&record, "time");
    // To the second; the page has the rest.
    let time = time.get(..19).unwrap_or(&time).replace('T', " ");
    let kind = word(&record, "kind");
    let (summary, is_bad) = summary(&record, &kind);
    let room = width.saturating_sub(8 + 20 + 9).max(20);
    let summary = shortened(&visible(&summary), room);
    let summary = if is_bad { paint.severity(Severity::High, &summary) } else { summary };
    format!("{} {} {:<8} {summary}\n", paint.dim(&index), visible(&time), visible(&kind))
}

/// What a record says in a few words, and whether that is bad news.
fn summary(record: &Value, kind: &str) -> (String, bool) {
    let list = |name: &str| record.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    let mut text = String::new();
    let mut is_bad = false;
    match kind {
        "intent" => {
            text = format!("{} {}", word(record, "act"), word(record, "entry"));
            if list("waivers") > 0 {
                is_bad = true;
                let _ = write!(text, " ({} waived)", counted(list("waivers"), "guarantee"));
            }
            for (lead, name) in [("for", "client"), ("by", "user")] {
                let value = record.get("who").map(|who| word(who, name)).unwrap_or_default();
                if !value.is_empty() {
                    let _ = write!(text, " {lead} {value}");
                }
            }
        }
        "outcome" => {
            let intent = record.get("intent").and_then(Value::as_u64).unwrap_or_default();
            text = format!("of #{intent}: {}", word(record, "ended"));
            for (name, one) in [("refusals", "refusal"), ("attempts", "refused attempt")] {
                if list(name) > 0 {
                    is_bad = true;
                    let _ = write!(text, ", {}", counted(list(name), one));
                }
            }
        }
        "verdict" => {
            is_bad = word(record, "verdict") == "deny";
            text = format!("{} {}", word(record, "verdict"), word(record, "method"));
        }
        "note" => text = format!("{}: {}", word(record, "about"), word(record, "text")),
        _ => {}
    }
    (text.trim().to_owned(), is_bad)
}

/// All that a record says.
pub(crate) fn page(entry: &Entry, paint: Paint) -> String {
    let mut out = format!("{}\n", paint.bold(&format!("record {}", entry.index)));
    match parsed(entry) {
        Some(record) => branch(&mut out, &record, 2, paint),
        None => out.push_str(&visible(&String::from_utf8_lossy(&entry.bytes))),
    }
    out
}

/// A value as an indented list: names and values as they are, untruncated, hidden characters spelled out. The journal
/// reads no value deeper than serde_json does.
fn branch(out: &mut String, value: &Value, indent: usize, paint: Paint) {
    let mut item = |lead: String, value: &Value| {
        let _ = write!(out, "{}{}", " ".repeat(indent), paint.dim(&lead));
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                out.push('\n');
                branch(out, value, indent + 2, paint);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                branch(out, value, indent + 2, paint);
            }
            Value::String(text) => {
                let _ = writeln!(out, " {}", visible(text));
            }
            other => {
                let _ = writeln!(out, " {other}");
            }
        }
    };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| item(format!("{}:", visible(name)), value))
        }
        Value::Array(items) => items.iter().for_each(|value| item("-".to_owned(), value)),
        other => item(String::new(), other),
    }
}

/// One record as one line of JSON, safe in a terminal.
pub(crate) fn json_line(entry: &Entry) -> String {
    let value = match parsed(entry) {
        Some(record) => json!({ "index": entry.index, "record": record }),
        None => json!({ "index": entry.index, "text": String::from_utf8_lossy(&entry.bytes) }),
    };
    let mut out = String::new();
    for character in value.to_string().chars() {
        if is_hidden(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.push('\n');
    out
}

/// The kind of a record.
pub(crate) fn kind(entry: &Entry) -> Option<String> {
    parsed(entry).map(|record| word(&record, "kind"))
}

/// What verifying found.
pub(crate) fn account(account: &Account, trust: &Trust, paint: Paint) -> String {
    let mut out = String::new();
    let records = counted(usize::try_from(account.records).unwrap_or(usize::MAX), "record");
    if account.holds() {
        let _ = writeln!(
            out,
            "{} {records}, signed by `{}`",
            paint.good("everything holds:"),
            account.key.name()
        );
    } else {
        let count = counted(usize::try_from(account.problem_count).unwrap_or(usize::MAX), "problem");
        let _ = writeln!(out, "{} in a journal of {records}", paint.severity(Severity::High, &count));
        for problem in &account.problems {
            let _ = writeln!(out, "  {}: {}", paint.bold(&visible(&problem.place)), visible(&problem.what));
        }
        if account.problem_count > account.problems.len() as u64 {
            let _ = writeln!(out, "  and others");
        }
        out.push_str(
            "keep the directory as it is: it is evidence. A new journal begins where there is none\n",
        );
    }
    if account.torn_bytes > 0 {
        let _ = writeln!(
            out,
            "{} bytes at the end are of a write that was ended; it was never acknowledged, and the next record says so",
            account.torn_bytes
        );
    }
    if trust.key.is_none() {
        out.push_str("checked with the key beside it; --key with one from elsewhere shows that it is the same journal\n");
    }
    if trust.checkpoints.is_empty() {
        out.push_str(
            "records may be gone from its end; --checkpoint with one from elsewhere (mantrap journal prove) shows that none are\n",
        );
    }
    out
}

/// The same for a program.
pub(crate) fn account_json(account: &Account) -> Value {
    let problems: Vec<Value> = account
        .problems
        .iter()
        .map(|problem| json!({ "place": problem.place, "what": problem.what }))
        .collect();
    json!({
        "holds": account.holds(),
        "records": account.records,
        "key": account.key.to_string(),
        "checkpoint": account.checkpoint,
        "torn_bytes": account.torn_bytes,
        "problem_count": account.problem_count,
        "problems": problems,
    })
}

fn parsed(entry: &Entry) -> Option<Value> {
    serde_json::from_slice(&entry.bytes).ok().filter(Value::is_object)
}

fn word(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn counted(count: usize, one: &str) -> String {
    super::words::counted(count, one)
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
