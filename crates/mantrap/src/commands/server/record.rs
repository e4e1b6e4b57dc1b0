//! What a person decides about a server is recorded before it takes effect.

use std::path::Path;

use anyhow::Context;
use mantrap_journal::{Intent, Journal, Record, Says};
use mantrap_launch::{Located, Values};
use serde_json::{Value, json};

use crate::Failure;
use crate::environment::Environment;

/// Makes the decision durable in this user's journal; without that nothing is decided.
pub(super) fn record(
    act: &str,
    located: &Located,
    values: &Values,
    environment: &Environment,
) -> Result<(), Failure> {
    let document = mantrap_launch::Document::of(&located.name, &located.entry, values);
    let intent = Intent {
        act: act.to_owned(),
        entry: Some(located.name.to_string()),
        plan: document.value().clone(),
        digest: Some(document.digest().to_string()),
        rights: located.entry.grants.iter().map(|grant| grant.as_str().to_owned()).collect(),
        more: [("lock".to_owned(), located.lock.display().to_string().into())].into_iter().collect(),
        ..Intent::default()
    };
    append(intent, environment)
}

/// Makes it durable that code of a package may run now, to install it.
#[cfg(target_os = "linux")]
pub(super) fn record_build(what: &str, environment: &Environment) -> Result<(), Failure> {
    append(
        Intent { act: "build".to_owned(), plan: json!({ "source": what }), ..Intent::default() },
        environment,
    )
}

/// Makes it durable that a client's file is about to be rewritten, from one digest to another, for these entries.
pub(crate) fn record_edit(
    act: &str,
    file: &Path,
    [before, after]: [&str; 2],
    entries: &[String],
    environment: &Environment,
) -> Result<(), Failure> {
    let more =
        json!({ "file": file.display().to_string(), "before": before, "after": after, "entries": entries });
    let Value::Object(more) = more else { return Ok(()) };
    append(Intent { act: act.to_owned(), more, ..Intent::default() }, environment)
}

fn append(intent: Intent, environment: &Environment) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    if let Err(error) = environment.make_homes_known() {
        eprintln!(
            "mantrap: warning: `mantrap run` will not look here, because this home cannot be noted: {error}"
        );
    }
    let directory = environment.journal().ok_or_else(super::no_home)?;
    Journal::open(&directory)
        .map_err(anyhow::Error::from)
        .and_then(|journal| Ok(journal.append(&Record::now(Says::Intent(Box::new(intent))))?))
        .map(drop)
        .context("this could not be recorded, so nothing was changed")
        .map_err(Failure::Other)
}
