//! The jail that would be built, before anything runs. Values of variables and secrets are never shown.

use mantrap_jail::{DEFAULT_DATA, DEFAULT_PIDS, Gate, PRIVATE_BYTES, Profile};
use mantrap_scan::finding::Severity;
use serde_json::{Value, json};

use super::{Sheet, bytes, delivery, right, time};
use crate::output::text::Paint;

/// The name of the schema. Only additions keep it.
const SCHEMA: &str = "mantrap-jail-plan/1";
/// Columns of the words on the left.
const WORDS: usize = 11;

/// For programs.
pub(crate) fn json(profile: &Profile, warnings: &[String], notes: &[String]) -> Value {
    let limits = &profile.limits;
    json!({
        "schema": SCHEMA,
        "mantrap": env!("CARGO_PKG_VERSION"),
        "program": profile.program.to_string_lossy(),
        "arguments": profile.arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>(),
        "directory": profile.directory.to_string_lossy(),
        "home": profile.home.to_string_lossy(),
        "system": profile.system,
        "view": profile.view.iter().map(|view| json!({
            "path": view.path.to_string_lossy(),
            "right": right(view.right),
        })).collect::<Vec<_>>(),
        "links": profile.links.iter().map(|link| json!({
            "at": link.at.to_string_lossy(),
            "to": link.to.to_string_lossy(),
        })).collect::<Vec<_>>(),
        "net": profile.net.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "environment": names(profile),
        "secrets": profile.secrets.iter().map(|secret| json!({
            "name": secret.name,
            "as": delivery(secret.delivery),
        })).collect::<Vec<_>>(),
        "limits": {
            "memory_bytes": limits.memory,
            "pids": limits.pids.unwrap_or(DEFAULT_PIDS),
            "cpu_percent": limits.cpu,
            "time_ms": limits.time.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
            "private_bytes": PRIVATE_BYTES,
        },
        "gate": profile.gate,
        "probation": profile.probation,
        "waived": profile.waived.iter().map(|guarantee| guarantee.word()).collect::<Vec<_>>(),
        "warnings": warnings,
        "notes": notes,
    })
}

/// For people.
pub(crate) fn text(
    profile: &Profile,
    warnings: &[String],
    notes: &[String],
    paint: Paint,
    width: usize,
) -> String {
    let mut sheet = Sheet::new(paint, width);
    let command: Vec<String> =
        profile.arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let command = mantrap_scan::excerpt::visible(&command.join(" "));
    sheet.line(&format!("{} {command}", paint.bold("mantrap jail of")));
    sheet.plain("program", WORDS, &profile.program.to_string_lossy());
    sheet.plain("starts in", WORDS, &profile.directory.to_string_lossy());
    granted(profile, &mut sheet);
    by_default(profile, &mut sheet);
    limits(profile, &mut sheet);
    sheet.heading("Environment");
    sheet.plain("", 0, &names(profile).join(" "));
    if !warnings.is_empty() || !notes.is_empty() || !profile.waived.is_empty() {
        sheet.heading("Mind");
    }
    for guarantee in &profile.waived {
        let text = format!("{guarantee} is waived: {}, where this machine has it", guarantee.promise());
        sheet.row("waived", WORDS, &text, |paint, lead| paint.severity(Severity::High, lead));
    }
    for warning in warnings {
        sheet.row("warning", WORDS, warning, |paint, lead| paint.severity(Severity::Medium, lead));
    }
    for note in notes {
        sheet.plain("note", WORDS, note);
    }
    sheet.out
}

fn granted(profile: &Profile, sheet: &mut Sheet) {
    sheet.heading("Granted");
    for view in &profile.view {
        let why = if view.path == profile.program { " (the program)" } else { "" };
        let text = format!("{}{why}", view.path.to_string_lossy());
        sheet.row(right(view.right), WORDS, &text, Paint::bold);
    }
    for link in &profile.links {
        sheet.plain("link", WORDS, &format!("{} → {}", link.at.to_string_lossy(), link.to.to_string_lossy()));
    }
    for peer in &profile.net {
        sheet.row("net", WORDS, &peer.to_string(), Paint::bold);
    }
    for secret in &profile.secrets {
        let place = match secret.delivery {
            mantrap_jail::Delivery::Env => "as a variable".to_owned(),
            mantrap_jail::Delivery::File => format!("as /run/secrets/{}", secret.name),
        };
        sheet.row("secret", WORDS, &format!("{} {place}", secret.name), Paint::bold);
    }
    let is_bare = profile.view.is_empty() && profile.net.is_empty() && profile.secrets.is_empty();
    if is_bare {
        sheet.plain("", 0, "nothing");
    }
}

fn by_default(profile: &Profile, sheet: &mut Sheet) {
    sheet.heading("There by default");
    match profile.system {
        true => sheet.plain(
            "system",
            WORDS,
            "/usr, /bin, /sbin, /lib* and a few files of /etc: read and execute, nothing writable",
        ),
        false if profile.image.is_some() => {
            sheet.plain("system", WORDS, "that of its image, nothing writable")
        }
        false => sheet.plain("system", WORDS, "left out"),
    }
    let home = profile.home.to_string_lossy();
    sheet.plain(
        "private",
        WORDS,
        &format!(
            "{home}, /tmp and /dev/shm: empty, in memory, {} together, gone at the end",
            bytes(PRIVATE_BYTES)
        ),
    );
    sheet.plain("devices", WORDS, "null, zero, full, urandom");
    sheet.plain("processes", WORDS, "its own only");
    if profile.net.is_empty() {
        sheet.plain("network", WORDS, "none; only its own loopback");
    } else {
        sheet.plain(
            "network",
            WORDS,
            "its own loopback; names are answered, and TCP leaves, only as granted",
        );
    }
    let reported = match profile.gate {
        Gate::Off => "nothing",
        Gate::Refusals => "system calls that are refused, and refused names and connections",
        Gate::Acts => "every attempt beyond the grants",
    };
    sheet.plain("reported", WORDS, reported);
    if profile.probation {
        sheet.plain("probation", WORDS, "rights are held back at first");
    }
}

fn limits(profile: &Profile, sheet: &mut Sheet) {
    let limits = &profile.limits;
    sheet.heading("Limits");
    let memory = limits.memory.map_or_else(
        || format!("{} of its own data in each process; the tree has no cap", bytes(DEFAULT_DATA)),
        |memory| format!("{} together", bytes(memory)),
    );
    sheet.plain("memory", WORDS, &memory);
    let pids = limits.pids.unwrap_or(DEFAULT_PIDS);
    sheet.plain("pids", WORDS, &format!("{pids} processes and threads"));
    sheet.plain("cpu", WORDS, &limits.cpu.map_or("no cap".into(), |cpu| format!("{cpu}% of one processor")));
    sheet.plain("time", WORDS, &limits.time.map_or("no cap".into(), time));
}

fn names(profile: &Profile) -> Vec<String> {
    profile.environment.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect()
}
