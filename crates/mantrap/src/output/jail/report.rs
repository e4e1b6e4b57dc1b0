//! The account of a run: how it ended, what it used, what it tried beyond its grants.

use mantrap_jail::{Act, Exit, Profile, Report};
use mantrap_scan::finding::Severity;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Sheet, bytes, time};
use crate::output::text::Paint;
use crate::output::words::counted;

/// The name of the schema. Only additions keep it.
const SCHEMA: &str = "mantrap-jail-report/1";
/// Columns of a target before its reason goes to the next line.
const TARGET: usize = 60;

/// For programs.
pub(crate) fn json(report: &Report, profile: &Profile) -> Value {
    let (ended, number) = match report.exit {
        Exit::Code(code) => ("code", Some(code)),
        Exit::Signal(signal) => ("signal", Some(signal)),
        Exit::TimedOut => ("timed-out", None),
        Exit::OutOfMemory => ("out-of-memory", None),
        Exit::Killed => ("killed", None),
    };
    let milliseconds = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    json!({
        "schema": SCHEMA,
        "mantrap": env!("CARGO_PKG_VERSION"),
        "program": profile.program.to_string_lossy(),
        "exit": { "how": ended, "number": number },
        "wall_ms": milliseconds(report.wall),
        "usage": {
            "user_ms": milliseconds(report.usage.user),
            "system_ms": milliseconds(report.usage.system),
            "peak_resident_bytes": report.usage.peak_resident,
        },
        "missing": report.missing,
        "attempts": report.attempts.iter().map(|attempt| json!({
            "act": attempt.act,
            "target": attempt.target,
            "through": attempt.through,
            "reason": attempt.reason,
            "times": attempt.times,
            "first_ms": milliseconds(attempt.first),
        })).collect::<Vec<_>>(),
        "more_attempts": report.more_attempts,
        "net": report.net,
    })
}

/// For people.
pub(crate) fn text(report: &Report, name: &str, paint: Paint, width: usize) -> String {
    let mut sheet = Sheet::new(paint, width);
    let end = match report.exit {
        Exit::Code(code) => format!("ended with {code}"),
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::TimedOut => "was ended by the time limit".into(),
        Exit::OutOfMemory => "was ended by the memory limit".into(),
        Exit::Killed => "was ended from outside".into(),
    };
    let name = mantrap_scan::excerpt::visible(name);
    let title = paint.bold(&format!("mantrap jail: {name} {end}"));
    let cpu = report.usage.user.saturating_add(report.usage.system);
    sheet.line(&format!(
        "{title} after {} · {} of processor time · {} at most in one process",
        time(report.wall),
        time(cpu),
        bytes(report.usage.peak_resident)
    ));
    if !report.missing.is_empty() {
        sheet.heading("Without");
        for missing in &report.missing {
            sheet.plain(missing.guarantee.word(), 10, &format!("{}; {}", missing.why, missing.remedy));
        }
    }
    attempts(report, &mut sheet);
    if !report.net.is_empty() {
        sheet.heading("Network");
        for used in &report.net {
            let text = format!(
                "{} under `{}`: {}, {} sent, {} received",
                used.peer,
                used.grant,
                counted(usize::try_from(used.connections).unwrap_or(usize::MAX), "connection"),
                bytes(used.sent),
                bytes(used.received)
            );
            sheet.plain("", 0, &text);
        }
    }
    sheet.out
}

fn attempts(report: &Report, sheet: &mut Sheet) {
    let attempts = &report.attempts;
    if attempts.is_empty() {
        let nothing = sheet.paint.good("nothing was refused");
        sheet.line(&nothing);
        return;
    }
    sheet.heading("Tried and refused");
    let column = attempts.iter().map(|attempt| attempt.target.width()).filter(|width| *width <= TARGET).max();
    let column = column.unwrap_or_default();
    for attempt in attempts {
        let times = if attempt.times > 1 { format!(" ({} times)", attempt.times) } else { String::new() };
        let gap = " ".repeat(column.saturating_sub(attempt.target.width()));
        let text = format!("{}{gap}  {}: {}{times}", attempt.target, attempt.through, attempt.reason);
        sheet.row(act(attempt.act), 8, &text, |paint, lead| paint.severity(Severity::Medium, lead));
    }
    if report.more_attempts > 0 {
        sheet.plain("", 8, &format!("and {} more that were not kept", report.more_attempts));
    }
}

fn act(act: Act) -> &'static str {
    match act {
        Act::Read => "read",
        Act::Write => "write",
        Act::Execute => "execute",
        Act::Connect => "connect",
        Act::Resolve => "resolve",
        Act::Trace => "trace",
        Act::Signal => "signal",
        Act::Call => "call",
    }
}
