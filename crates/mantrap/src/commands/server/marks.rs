//! What to look at twice in an entry: the same rules that judge a client's configuration judge what it would run.

use std::path::Path;

use mantrap_clients::catalog::clients;
use mantrap_clients::discover::Os;
use mantrap_clients::{Origin, Source, format, lower};
use mantrap_jail::Grant;
use mantrap_launch::Located;
use mantrap_scan::advisory::Database;
use mantrap_scan::audit::judge;
use mantrap_scan::finding::{Persona, Severity};
use mantrap_scan::rules::{Context, FileFacts, Files};
use serde_json::json;

/// Nothing is known of files: what an entry names is measured, not judged.
struct Unseen;

impl Files for Unseen {
    fn look(&self, _: &Path) -> Option<FileFacts> {
        None
    }

    fn is_present(&self) -> bool {
        false
    }
}

/// One thing to look at twice.
#[derive(Clone)]
pub(super) struct Mark {
    pub(super) severity: Severity,
    /// The rule; `mantrap explain` knows it. Nothing where the entry's own rights speak.
    pub(super) rule: Option<&'static str>,
    pub(super) text: String,
}

/// Marks of an entry, worst first.
pub(super) fn of(located: &Located) -> Vec<Mark> {
    let mut marks = commanded(located).unwrap_or_default();
    for locked in &located.entry.grants {
        // Whatever stands for a parameter, the kind of right is the same.
        let Ok(grant) = locked.fill(|_| Some("/x")) else { continue };
        let why = match grant {
            Grant::Write(_) => "it may change and delete everything there",
            Grant::Exec(_) => "it may execute what is there, which nobody measured",
            Grant::Socket(_) => "whatever listens there does what it asks for",
            Grant::Secret(_) => "it is handed a secret",
            _ => continue,
        };
        let text = format!("`{}`: {why}", locked.as_str());
        marks.push(Mark { severity: Severity::Low, rule: None, text });
    }
    for waiver in &located.entry.waivers {
        let text = format!("it runs where `{waiver}` is missing: {}", waiver.promise());
        marks.push(Mark { severity: Severity::Medium, rule: None, text });
    }
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.severity));
    marks
}

/// The entry as a client would have it, judged.
fn commanded(located: &Located) -> Option<Vec<Mark>> {
    let entry = &located.entry;
    let runtime = entry.runtime.as_ref()?;
    let arguments: Vec<&str> = entry.arguments.iter().map(|argument| argument.as_str()).collect();
    let variables = entry.grants.iter().filter_map(|grant| match grant.fill(|_| Some("/x")).ok()? {
        Grant::Env(variable) => {
            let value = variable.value.unwrap_or_default().to_string_lossy().into_owned();
            Some((variable.name, value.into()))
        }
        _ => None,
    });
    let config = json!({ "mcpServers": { located.name.as_str(): {
        "command": runtime.path.as_str(),
        "args": arguments,
        "env": variables.collect::<serde_json::Map<_, _>>(),
    } } });
    let client = clients().iter().find(|client| client.id == "claude-code")?;
    let spec = client.files.first()?;
    let source = Source::decode(Origin::file(&located.lock), config.to_string().into_bytes()).ok()?;
    let document = format::parse(&source, spec.format).ok()?;
    let (config, ..) = lower::config(source, document, client, spec);
    let fleet = [config];
    let context = Context { fleet: &fleet, os: Os::Linux, advisories: Database::embedded(), files: &Unseen };
    let findings = judge(&context).into_iter();
    let findings = findings
        .filter(|finding| finding.persona == Persona::Regular && !ABOUT_CLIENTS.contains(&finding.rule.id));
    let mark = |finding: mantrap_scan::finding::Finding| Mark {
        severity: finding.severity,
        rule: Some(finding.rule.id),
        text: finding.message,
    };
    Some(findings.map(mark).collect())
}

/// Rules about clients, of which there is none here, and about who may change a file, which is settled when it is measured.
const ABOUT_CLIENTS: &[&str] = &[
    "unmanaged-server",
    "unconfirmed-path",
    "inherited-environment",
    "writable-executable",
    "missing-executable",
];
