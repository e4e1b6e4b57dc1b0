//! `mantrap policy`: what a person does with the policies. Nothing here changes one.

mod pin;
mod simulate;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use mantrap_clients::Origin;
use mantrap_policy::Action;
use mantrap_policy::cedar::{Example, Policies, Scope};

use super::server::{Desk, refused};
use crate::cli::Policy;
use crate::environment::Environment;
use crate::session::policed::rules;
use crate::{Failure, destination};

/// Something differs from what was expected.
const DIFFERS: u8 = 1;
/// Bytes of a policy file.
const MOST_BYTES: u64 = 1 << 20;

pub(crate) fn run(command: &Policy, environment: &Environment) -> Result<u8, Failure> {
    match command {
        Policy::Check => check(environment),
        Policy::Test { files } => test(&scopes(files, environment)?),
        Policy::Pin { name, digest } => pin::run(name, digest.as_deref(), environment),
        Policy::Explain { question } => explain(question, scopes(&[], environment)?),
        Policy::Simulate { journal, files } => {
            simulate::run(journal.as_deref(), scopes(files, environment)?, environment)
        }
    }
}

/// The policies of these files as if they were the only ones, or those that count.
fn scopes(files: &[PathBuf], environment: &Environment) -> Result<Vec<Arc<Scope>>, Failure> {
    if files.is_empty() {
        return rules::scopes(&Desk::open(environment)?.places).map_err(refused);
    }
    let mut texts = Vec::new();
    for path in files {
        let bytes =
            mantrap_clients::source::read_regular_file(path, &Origin::file(path.as_path()), MOST_BYTES)
                .map_err(|error| Failure::Usage(anyhow!("`{}`: {}", path.display(), error.message)))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = String::from_utf8(bytes)
            .with_context(|| format!("`{}` is not UTF-8", path.display()))
            .map_err(Failure::Usage)?;
        texts.push((name, text));
    }
    let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let scope = Scope::parse("user", texts).map_err(|error| Failure::Usage(error.into()))?;
    scope.check().map_err(|error| Failure::Usage(error.into()))?;
    Ok(vec![scope])
}

fn check(environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let scopes = rules::scopes(&desk.places).map_err(refused)?;
    // Limits and labels of servers that nobody names are read as well.
    rules::settings(&desk.places, "").map_err(refused)?;
    let own = rules::own(&desk.places).map_err(refused)?;
    own.screening().map_err(refused)?;
    let mut text = String::new();
    for scope in &scopes {
        let (rules, examples) = (scope.rules().count(), scope.examples().len());
        text.push_str(&format!("{}: {rules} rules, {examples} examples, all as they say\n", scope.name));
    }
    if let (about_text, about_arguments) = own.count()
        && about_text + about_arguments > 0
    {
        let counted = format!("{about_text} about text and {about_arguments} about arguments");
        text.push_str(&format!("rules of your own: {counted}, all examples as they say\n"));
    }
    destination::print(text.as_bytes())?;
    Ok(0)
}

fn test(scopes: &[Arc<Scope>]) -> Result<u8, Failure> {
    let (mut text, mut failed) = (String::new(), 0);
    for scope in scopes {
        let mut policies = Policies::new(vec![Arc::clone(scope)]);
        for example in scope.examples() {
            let (file, line) = &example.at;
            let shown = mantrap_scan::excerpt::visible(&example.text);
            match example.test(&mut policies) {
                Ok(verdict) => {
                    let by = verdict.rules().collect::<Vec<_>>().join(", ");
                    text.push_str(&format!("ok      {file}:{line}: {shown} ({by})\n"));
                }
                Err(said) => {
                    failed += 1;
                    let reason = format!("{}: {}", said.verdict.action, said.verdict.reason());
                    text.push_str(&format!("FAILED  {file}:{line}: {shown}\n        it is {reason}\n"));
                }
            }
        }
    }
    let all: usize = scopes.iter().map(|scope| scope.examples().len()).sum();
    text.push_str(&format!("{} of {all} examples are as they say\n", all - failed));
    destination::print(text.as_bytes())?;
    Ok(if failed == 0 { 0 } else { DIFFERS })
}

fn explain(question: &str, scopes: Vec<Arc<Scope>>) -> Result<u8, Failure> {
    let example = Example::question(question).map_err(|problem| {
        Failure::Usage(anyhow!("`{question}` is no question: {problem}; for example `tools/call mail/send`"))
    })?;
    let mut policies = Policies::new(scopes.clone());
    let verdict = example.decide(&mut policies);
    let mut text = format!("{}\n", verdict.action);
    for ground in &verdict.grounds {
        text.push_str(&format!("\n{}: {}\n", ground.rule, mantrap_scan::excerpt::visible(&ground.reason)));
        let rule = scopes.iter().flat_map(|scope| scope.rules()).find(|rule| rule.id == ground.rule);
        if let Some(rule) = rule {
            text.push_str(&format!("in {}:\n{}\n", rule.file, indented(&rule.text)));
        }
    }
    destination::print(text.as_bytes())?;
    Ok(if verdict.action == Action::Allow { 0 } else { DIFFERS })
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {}", mantrap_scan::excerpt::visible(line)))
        .collect::<Vec<_>>()
        .join("\n")
}
