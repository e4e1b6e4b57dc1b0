//! `mantrap list` and `mantrap lock verify`.

use mantrap_launch::lock::ScopeName;
use mantrap_launch::{Located, visible};
use serde_json::{Value, json};

use super::{Desk, NOT_APPROVED, SCOPES, State};
use crate::cli::{ListFormat, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::output::text::Paint;
use crate::{Failure, destination};

/// A server of some lock.
struct Row {
    located: Located,
    state: State,
    /// The scope whose server of the same name counts instead.
    shadow: Option<ScopeName>,
}

/// Lists every server of every lock.
pub(crate) fn list(format: ListFormat, color: When, environment: &Environment) -> Result<u8, Failure> {
    let (rows, problems) = rows(&mut Desk::open(environment)?);
    print(&rows, &problems, format, paint(color, environment))?;
    Ok(0)
}

/// Says of every server whether it may run, and fails when one may not.
pub(crate) fn verify(format: ListFormat, color: When, environment: &Environment) -> Result<u8, Failure> {
    let (rows, problems) = rows(&mut Desk::open(environment)?);
    print(&rows, &problems, format, paint(color, environment))?;
    let good = |row: &Row| row.shadow.is_some() || matches!(row.state, State::Approved(_) | State::Remote);
    Ok(if problems.is_empty() && rows.iter().all(good) { 0 } else { NOT_APPROVED })
}

/// The servers, and what is wrong with locks.
fn rows(desk: &mut Desk) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut problems): (Vec<Row>, Vec<String>) = Default::default();
    let demands = desk.places.demands().unwrap_or_default();
    for scope in SCOPES {
        let found = match desk.places.read(scope) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        if let Some((_, by)) = demands.forbidden.iter().find(|(forbidden, _)| *forbidden == scope) {
            let by = by.display();
            problems.push(format!(
                "the {scope}'s lock `{}` does not count: `{by}` forbids it",
                found.path.display()
            ));
            continue;
        }
        for (name, entry) in found.lock.servers {
            let located = Located { name, entry, scope, lock: found.path.clone() };
            let shadow =
                rows.iter().find(|row| row.located.name == located.name).map(|row| row.located.scope);
            let state = desk.state(&located);
            rows.push(Row { located, state, shadow });
        }
    }
    (rows, problems)
}

fn print(rows: &[Row], problems: &[String], format: ListFormat, paint: Paint) -> anyhow::Result<()> {
    let bytes = match format {
        ListFormat::Json => json_bytes(&json!({
            "schema": "mantrap-list/1",
            "servers": rows.iter().map(as_json).collect::<Vec<_>>(),
            "problems": problems,
        })),
        ListFormat::Text => text(rows, problems, paint).into_bytes(),
    };
    destination::print(&bytes)
}

fn as_json(row: &Row) -> Value {
    json!({
        "name": row.located.name.as_str(),
        "scope": row.located.scope.word(),
        "lock": row.located.lock.display().to_string(),
        "source": row.located.entry.source.to_string(),
        "state": row.state.word(),
        "why": row.state.sentence(),
        "shadowed_by": row.shadow.map(ScopeName::word),
    })
}

fn text(rows: &[Row], problems: &[String], paint: Paint) -> String {
    let width = rows.iter().map(|row| row.located.name.as_str().len()).max().unwrap_or(0);
    let mut out = String::new();
    for Row { located, state, shadow } in rows {
        let word = format!("{:<8}", state.word());
        let word = match state {
            State::Approved(_) | State::Remote => paint.good(&word),
            _ => paint.severity(mantrap_scan::finding::Severity::Medium, &word),
        };
        let name = paint.bold(&format!("{:<width$}", located.name.as_str()));
        let source = visible(&located.entry.source.to_string());
        out.push_str(&format!("{name}  {word}  {:<7}  {source}\n", located.scope.word()));
        let more = match (state, shadow) {
            (_, Some(scope)) => Some(format!("the {scope}'s server of this name counts instead")),
            (State::Approved(_) | State::Remote, None) => None,
            (state, None) => Some(state.sentence()),
        };
        if let Some(more) = more {
            out.push_str(&format!("{:width$}  {}\n", "", visible(&more)));
        }
    }
    if rows.is_empty() && problems.is_empty() {
        out.push_str("no lock has a server yet; `mantrap add NAME SOURCE` makes the first\n");
    }
    for problem in problems {
        out.push_str(&format!("{} {}\n", paint.bold("problem:"), visible(problem)));
    }
    out
}
