//! `mantrap show` and `mantrap diff`: all of an entry, and all of a difference. Nothing is cut, and what cannot be seen
//! is spelled out.

use mantrap_launch::diff::{self, Change};
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::ScopeName;
use mantrap_launch::{Document, Located, Values, observe, visible};
use mantrap_scan::finding::Severity;
use serde_json::{Value, json};

use super::marks::{self, Mark};
use super::{Desk, NOT_APPROVED, State, no_home, refused};
use crate::cli::{ListFormat, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::output::text::Paint;
use crate::output::{json_bytes, words};
use crate::{Failure, destination};

/// Shows all of one server.
pub(crate) fn show(
    name: &str,
    format: ListFormat,
    color: When,
    environment: &Environment,
) -> Result<u8, Failure> {
    let mut desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let (values, state) = (desk.values(&located), desk.state(&located));
    let bytes = match format {
        ListFormat::Json => json_bytes(&as_json(&located, &values, &state)),
        ListFormat::Text => {
            text(&desk, &located, &values, &state.sentence(), paint(color, environment)).into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

/// For programs.
pub(super) fn as_json(located: &Located, values: &Values, state: &State) -> Value {
    let document = Document::of(&located.name, &located.entry, values);
    let mark = |mark: &Mark| json!({ "severity": mark.severity, "rule": mark.rule, "message": mark.text });
    json!({
        "schema": "mantrap-show/1",
        "lock": located.lock.display().to_string(),
        "scope": located.scope.word(),
        "state": state.word(),
        "why": state.sentence(),
        "digest": document.digest().to_string(),
        "entry": document.value(),
        "marks": marks::of(located).iter().map(mark).collect::<Vec<_>>(),
    })
}

/// For people: everything that decides what runs, one thing per line.
pub(crate) fn text(desk: &Desk, located: &Located, values: &Values, state: &str, paint: Paint) -> String {
    let mut sheet = Sheet { paint, out: String::new() };
    let entry = &located.entry;
    sheet.line(&format!(
        "{}  {}'s lock {}",
        paint.bold(located.name.as_str()),
        located.scope,
        located.lock.display()
    ));
    sheet.row("state", [state]);
    sheet.row("source", [entry.source.to_string()]);
    sheet.row("integrity", entry.integrity.iter());
    sheet.row("tree", entry.tree.iter());
    if let Some(runtime) = &entry.runtime {
        let version = runtime.version.as_ref().map(|version| format!("version {version}"));
        let called = runtime.called.as_ref().map(|called| format!("called {called}"));
        let lines = [runtime.path.as_str().to_owned(), runtime.digest.to_string()].into_iter();
        let lines = lines.chain(version).chain(called);
        sheet.row("executes", lines);
    }
    let argument =
        |(nth, argument): (usize, &mantrap_launch::lock::Template)| format!("{nth}  {}", argument.as_str());
    sheet.row("arguments", (1..).zip(&entry.arguments).map(argument));
    if entry.runtime.is_some() {
        sheet.row(
            "starts in",
            [entry.directory.as_ref().map_or("its private, empty home", |directory| directory.as_str())],
        );
    }
    sheet.row("files", entry.files.iter().map(|(path, digest)| format!("{}  {digest}", path.as_str())));
    let parameter = |(name, parameter): (&String, &mantrap_launch::lock::Parameter)| {
        let of = match &parameter.of {
            mantrap_launch::lock::Type::Word(words) => format!("one of {}", words.join(", ")),
            of => of.word().to_owned(),
        };
        match (&parameter.value, values.get(name)) {
            (Some(value), _) => format!("{name} = {value}  ({of})"),
            (None, Some(value)) => format!("{name} = {value}  ({of}, chosen at approval)"),
            (None, None) => format!("{name}  ({of}, to be chosen at approval)"),
        }
    };
    sheet.row("parameters", entry.parameters.iter().map(parameter));
    if entry.runtime.is_some() {
        match entry.grants.is_empty() {
            true => sheet.row("may", ["nothing but run: no file of yours, no network"]),
            false => sheet.row("may", entry.grants.iter().map(|grant| grant.as_str())),
        }
    }
    sheet.row("answers", entry.deadline.map(|deadline| format!("within {deadline}, or is ended")));
    sheet.row(
        "waives",
        entry.waivers.iter().map(|waiver| format!("{waiver}, where it is missing: {}", waiver.promise())),
    );
    // What `mantrap add` verified stands in the user's own lock; what another lock says, somebody wrote.
    let whose = match located.scope {
        ScopeName::User => "",
        _ => "  (so says its lock; nothing of it was verified here)",
    };
    sheet.row("vouched", entry.provenance.iter().map(|statement| format!("{statement}{whose}")));
    sheet.row("notes", desk.notes(located));
    #[cfg(target_os = "linux")]
    let pinned = super::tools::pinned(desk, located);
    #[cfg(target_os = "linux")]
    sheet.row("tools", super::tools::lines(located, &pinned));
    #[cfg(not(target_os = "linux"))]
    sheet.row("tools", entry.tools.iter().map(|(tool, digest)| format!("{tool}  {digest}")));
    sheet.row("signed by", entry.approvals.iter().map(|signed| signed.by.as_str()));
    sheet.row("digest", [Document::of(&located.name, entry, values).digest()]);
    let marks = marks::of(located);
    #[cfg(target_os = "linux")]
    let marks = [super::tools::marks(&pinned), marks].concat();
    if !marks.is_empty() {
        sheet.line("");
        sheet.line(&paint.bold("Look twice"));
    }
    for Mark { severity, rule, text } in marks {
        let word = paint.severity(severity, &format!("{:<8}", words::severity(severity)));
        let rule = rule.map(|rule| format!(" [{rule}]")).unwrap_or_default();
        sheet.line(&format!("  {word}  {}{rule}", visible(&text)));
    }
    sheet.out
}

struct Sheet {
    paint: Paint,
    out: String,
}

impl Sheet {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A name and what stands under it, each on a line of its own, whole.
    fn row(&mut self, lead: &str, lines: impl IntoIterator<Item = impl ToString>) {
        let mut lead = self.paint.dim(&format!("{lead:<10}"));
        for line in lines {
            self.line(&format!("  {lead}  {}", visible(&line.to_string())));
            lead = " ".repeat(10);
        }
    }
}

/// Shows what changed since a server was approved: in the lock, and in what is there.
pub(crate) fn diff(
    name: &str,
    format: ListFormat,
    color: When,
    environment: &Environment,
) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let trust = desk.places.trust().ok_or_else(no_home)?;
    let values = desk.values(&located);
    let present = observe(&located, &values, &desk.store, &mut Known::default());
    let is = Document::of(&located.name, &present.entry, &values);
    let given = desk.approvals.given(&located.lock, &located.name);
    let (was, against) = match given {
        Some(given) => (
            trust.document(&given.digest).ok_or_else(|| {
                refused(anyhow::anyhow!(
                    "what was approved of `{name}` was not kept; look at it with `mantrap show {name}`"
                ))
            })?,
            format!("approved {}", given.at),
        ),
        None => (
            Document::of(&located.name, &located.entry, &values),
            "in the lock; never approved by you".to_owned(),
        ),
    };
    let changes = diff::documents(&was, &is);
    let mut trees: Vec<(&str, Vec<Change>)> = Vec::new();
    for (field, manifest) in &present.trees {
        let before =
            changes.iter().find(|change| change.field == *field).and_then(|change| change.was.as_ref());
        if let Some(before) = before.and_then(|digest| trust.tree(&digest.parse().ok()?)) {
            trees.push((field, diff::trees(&before, manifest)));
        }
    }
    let problems: Vec<String> = present.problems.iter().map(|(_, problem)| problem.to_string()).collect();
    let bytes = match format {
        ListFormat::Json => {
            let json = |change: &Change| json!({ "field": change.field, "was": change.was, "is": change.is });
            let all = |changes: &[Change]| changes.iter().map(json).collect::<Vec<_>>();
            let tree =
                |(field, changes): &(&str, Vec<Change>)| json!({ "field": field, "changes": all(changes) });
            json_bytes(&json!({
                "schema": "mantrap-diff/1",
                "name": name,
                "against": against,
                "changes": all(&changes),
                "trees": trees.iter().map(tree).collect::<Vec<_>>(),
                "problems": problems,
            }))
        }
        ListFormat::Text => {
            let paint = paint(color, environment);
            let mut out = format!("{}  against what is {against}\n", paint.bold(name));
            changes.iter().for_each(|change| push(change, "  ", paint, &mut out));
            for (field, changes) in &trees {
                out.push_str(&format!("  in {}\n", visible(field)));
                changes.iter().for_each(|change| push(change, "    ", paint, &mut out));
            }
            problems
                .iter()
                .for_each(|problem| out.push_str(&format!("  cannot be looked at: {}\n", visible(problem))));
            if changes.is_empty() && problems.is_empty() {
                out.push_str("  nothing changed\n");
            }
            out.into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(if changes.is_empty() && problems.is_empty() { 0 } else { NOT_APPROVED })
}

pub(super) fn push(change: &Change, indent: &str, paint: Paint, out: &mut String) {
    out.push_str(&format!("{indent}{}\n", paint.bold(&visible(&change.field))));
    if let Some(was) = &change.was {
        out.push_str(&format!("{indent}  {} {}\n", paint.severity(Severity::High, "-"), visible(was)));
    }
    if let Some(is) = &change.is {
        out.push_str(&format!("{indent}  {} {}\n", paint.good("+"), visible(is)));
    }
}
