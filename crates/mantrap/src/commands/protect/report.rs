//! What was done, or would be, for people and for programs.

use mantrap_launch::visible;
use serde_json::{Value, json};

use super::source::Variable;
use super::survey::{Fate, Job, Spot, Survey, Written};
use crate::cli::{ListFormat, Protect, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Prints all of it.
pub(super) fn print(
    survey: &Survey,
    options: &Protect,
    color: When,
    environment: &Environment,
) -> Result<(), Failure> {
    let bytes = match options.format {
        ListFormat::Json => json_bytes(&as_json(survey, options.dry_run)),
        ListFormat::Text => text(survey, options.dry_run, color, environment).into_bytes(),
    };
    Ok(destination::print(&bytes)?)
}

/// What agreeing to a launch does beside the lock: for the consent.
pub(super) fn moves(survey: &Survey, nth: usize, environment: &Environment) -> String {
    let Some(job) = survey.jobs.get(nth) else { return String::new() };
    let mut out = String::from("\nWhen you agree\n");
    for (spot, _) in &job.spots {
        out.push_str(&format!("  {} starts mantrap instead\n", place(survey, *spot)));
    }
    lines(job, environment).iter().for_each(|line| out.push_str(&format!("  {line}\n")));
    out
}

/// Where its variables go, and the notes.
fn lines(job: &Job, environment: &Environment) -> Vec<String> {
    let moved = job.derived.variables.iter().map(|variable| match variable {
        Variable::Stays(name) => format!("`{name}` stays where it is; the server inherits it by its name"),
        Variable::Locked(name, value) => {
            format!("`{name}` moves from the client's file into the lock: `{}`", visible(value))
        }
        Variable::Secret(name, _) => {
            let root = environment.secrets().unwrap_or_default();
            let path = root.join(job.name.as_ref().map_or("NAME", |name| name.as_str())).join(name);
            format!(
                "`{name}` is a secret: it moves from the client's file to {}, for you alone",
                path.display()
            )
        }
    });
    let marks = job.marks.iter();
    let marks = marks.map(|(rule, message)| format!("look twice: {} [{rule}]", visible(message)));
    marks.chain(moved).chain(job.derived.notes.iter().map(|note| visible(note))).collect()
}

/// `CLIENT: SERVER in PATH`.
fn place(survey: &Survey, spot: Spot) -> String {
    let Some((config, server)) = survey.at(spot) else { return String::new() };
    let name = visible(&server.name.value);
    format!("`{name}` of {}, {}", config.client.name, visible(&config.origin().to_string()))
}

fn word(job: &Job, is_dry: bool) -> &'static str {
    match &job.fate {
        Fate::Refused(_) => "refused",
        Fate::Failed(_) => "silent",
        Fate::Declined => "declined",
        Fate::Open | Fate::Pending => {
            if is_dry {
                "would-protect"
            } else {
                "pending"
            }
        }
        Fate::Agreed if job.spots.iter().all(|(_, written)| *written == Written::Done) => "protected",
        Fate::Agreed => "failed",
    }
}

fn as_json(survey: &Survey, is_dry: bool) -> Value {
    let spot = |spot: Spot| -> Value {
        let Some((config, server)) = survey.at(spot) else { return Value::Null };
        json!({
            "path": config.origin().to_string(),
            "client": config.client.id,
            "server": server.name.value,
            "project": server.project.as_ref().map(|project| &project.value),
        })
    };
    let job = |job: &Job| {
        let spots = job.spots.iter().map(|(at, written)| {
            let mut value = spot(*at);
            if let (Value::Object(value), Written::Failed(why)) = (&mut value, written) {
                value.insert("failed".into(), why.as_str().into());
            }
            value
        });
        let variables = job.derived.variables.iter().map(|variable| {
            let to = match variable {
                Variable::Stays(_) => "stays",
                Variable::Locked(..) => "lock",
                Variable::Secret(..) => "secret",
            };
            json!({ "name": variable.name(), "to": to })
        });
        json!({
            "name": job.name.as_ref().map(|name| name.as_str()),
            "state": word(job, is_dry),
            "source": job.derived.source,
            "arguments": job.derived.arguments,
            "reads": job.derived.reads,
            "digest": job.digest.map(|digest| digest.to_string()),
            "why": if let Fate::Refused(why) | Fate::Failed(why) = &job.fate { Some(why) } else { None },
            "variables": variables.collect::<Vec<_>>(),
            "marks": job.marks.iter().map(|(rule, message)| json!({ "rule": rule, "message": message })).collect::<Vec<_>>(),
            "notes": job.derived.notes,
            "places": spots.collect::<Vec<_>>(),
        })
    };
    let left = |left: &super::survey::Left| {
        let mut value = spot(left.spot);
        if let Value::Object(value) = &mut value {
            value.insert("why".into(), left.why.as_str().into());
            value.insert("protected".into(), left.is_fine.into());
        }
        value
    };
    let problem = |problem: &mantrap_clients::Problem| json!({ "path": problem.origin.to_string(), "message": problem.message });
    json!({
        "schema": "mantrap-protect/1",
        "dry_run": is_dry,
        "complete": survey.is_complete(),
        "servers": survey.jobs.iter().map(job).collect::<Vec<_>>(),
        "left": survey.left.iter().map(left).collect::<Vec<_>>(),
        "not_read": survey.problems.iter().map(problem).collect::<Vec<_>>(),
    })
}

fn text(survey: &Survey, is_dry: bool, color: When, environment: &Environment) -> String {
    let paint = paint(color, environment);
    let mut out = String::new();
    for job in &survey.jobs {
        let name = job.name.as_ref().map_or("?", |name| name.as_str());
        let state = match (&job.fate, word(job, is_dry)) {
            (Fate::Refused(why), _) => format!("stays as it is: {}", visible(why)),
            (Fate::Failed(why), _) => format!(
                "is approved, and does not speak MCP in its jail, so the clients still start it as before: {}",
                visible(why)
            ),
            (Fate::Declined, _) => "stays as it is: you said no".to_owned(),
            (_, "would-protect") => "would be protected".to_owned(),
            (_, "pending") => "waits for an agreement".to_owned(),
            (_, "failed") => "is approved, but not every file was written".to_owned(),
            (..) => "is protected".to_owned(),
        };
        out.push_str(&format!("{}  {}\n  {state}\n", paint.bold(name), visible(&job.derived.source)));
        for (spot, written) in &job.spots {
            out.push_str(&format!("  {}\n", place(survey, *spot)));
            if let Written::Failed(why) = written {
                out.push_str(&format!("    not written: {}\n", visible(why)));
            }
        }
        if matches!(job.fate, Fate::Open | Fate::Pending) {
            lines(job, environment).iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        if let (Fate::Pending, Some(digest)) = (&job.fate, &job.digest) {
            out.push_str(&format!(
                "  look at it: mantrap show {name}\n  then: mantrap protect --yes-to {digest}\n"
            ));
        }
    }
    for (is_fine, title) in [(false, "Not protected"), (true, "Left alone")] {
        let mut left = survey.left.iter().filter(|left| left.is_fine == is_fine).peekable();
        if left.peek().is_some() {
            out.push_str(&format!("\n{}\n", paint.bold(title)));
        }
        for left in left {
            out.push_str(&format!("  {}\n    {}\n", place(survey, left.spot), visible(&left.why)));
        }
    }
    if !survey.problems.is_empty() {
        out.push_str(&format!("\n{}\n", paint.bold("Not read")));
        for problem in &survey.problems {
            out.push_str(&format!(
                "  {}: {}\n",
                visible(&problem.origin.to_string()),
                visible(&problem.message)
            ));
        }
    }
    if survey.jobs.is_empty() && survey.left.is_empty() {
        out.push_str("no client here starts a server\n");
    } else if is_dry {
        out.push_str("\nNothing was written and nothing was fetched.\n");
    } else if survey.jobs.iter().any(|job| job.spots.iter().any(|(_, written)| *written == Written::Done)) {
        out.push_str("\n`mantrap unprotect` gives every file its old bytes back.\n");
    }
    out
}
