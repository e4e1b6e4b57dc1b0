//! Exceptions: findings that somebody decided to live with, each with a reason and perhaps an end.
//!
//! They live in `mantrap.toml`, or beside the entry as a comment (`// mantrap: ignore[RULE] reason`, `until
//! YYYY-MM-DD` at the end if it expires) or, where JSON has no comments, as a member
//! `"//": "mantrap: ignore[RULE] reason"`. One that matches nothing is itself a finding. Those beside an entry are
//! the word of the file's author and count only when the caller says that the files are its own.

use mantrap_clients::{Config, Node, Origin, Server, Source, Span, Value};
use serde::Deserialize;
use std::sync::Arc;

use crate::audit::Request;
use crate::finding::{Confidence, Finding, Location, Persona};
use crate::rules::{self, Meta};

/// The exceptions of one `mantrap.toml`.
#[derive(Debug, Default)]
pub struct Ignores {
    source: Option<Arc<Source>>,
    entries: Vec<Ignore>,
}

/// One exception.
#[derive(Debug)]
struct Ignore {
    source: Arc<Source>,
    span: Span,
    terms: Terms,
}

/// What an exception matches, as `mantrap.toml` spells it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Terms {
    rule: String,
    client: Option<String>,
    server: Option<String>,
    /// A path, matched from its end, whole components only.
    file: Option<String>,
    fingerprint: Option<String>,
    reason: String,
    until: Option<toml::value::Datetime>,
}

/// The part of `mantrap.toml` that an audit reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ignore: Vec<toml::Spanned<Terms>>,
}

/// Why a `mantrap.toml` could not be used.
#[derive(Debug, thiserror::Error)]
pub enum IgnoreError {
    /// Not the expected TOML.
    #[error("{origin}: {message}")]
    Malformed {
        /// The file.
        origin: Origin,
        /// What is wrong, with its line.
        message: String,
    },
    /// An exception names a rule that does not exist, or gives no reason.
    #[error("{origin}:{line}: {message}")]
    Entry {
        /// The file.
        origin: Origin,
        /// The line of the exception.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl Ignores {
    /// Reads a `mantrap.toml`.
    pub fn parse(source: Arc<Source>) -> Result<Self, IgnoreError> {
        let malformed = |error: toml::de::Error| IgnoreError::Malformed {
            origin: source.origin.clone(),
            message: error.to_string().trim_end().to_owned(),
        };
        let file: File = toml::from_str(&source.text).map_err(malformed)?;
        let mut entries = Vec::new();
        for spanned in file.ignore {
            let span = Span::new(spanned.span().start, spanned.span().end);
            let terms = spanned.into_inner();
            let wrong = if rules::rule(&terms.rule).is_none() {
                Some(format!("no rule is called `{}`; `mantrap rules` lists them", terms.rule))
            } else if terms.reason.trim().is_empty() {
                Some("an exception needs a reason".to_owned())
            } else if terms.file.as_deref().is_some_and(|file| file.trim().is_empty()) {
                Some("`file` names the end of a path, and an empty one would match every file".to_owned())
            } else if terms.until.is_some_and(|until| until.date.is_none()) {
                Some("`until` takes a date such as 2027-01-31".to_owned())
            } else {
                None
            };
            if let Some(message) = wrong {
                let (line, _) = source.line_column(span.start);
                return Err(IgnoreError::Entry { origin: source.origin.clone(), line, message });
            }
            entries.push(Ignore { source: Arc::clone(&source), span, terms });
        }
        Ok(Ignores { source: Some(source), entries })
    }

    /// The file they came from.
    pub fn source(&self) -> Option<&Arc<Source>> {
        self.source.as_ref()
    }

    /// Moves what an exception matches from `findings` to `ignored` and reports exceptions that expired or match
    /// nothing.
    pub fn apply(
        &self,
        configs: &[Config],
        request: &Request,
        findings: &mut Vec<Finding>,
        ignored: &mut Vec<(Finding, String)>,
    ) {
        let mut reports = Vec::new();
        for entry in &self.entries {
            let location = Location::at(&entry.source, entry.span, "this exception");
            entry.terms.settle(
                location,
                &|finding| entry.terms.matches(finding),
                request,
                findings,
                ignored,
                &mut reports,
            );
        }
        if request.trust_ignores_in_files {
            for config in configs {
                for (comment, target) in comments(config) {
                    let location = Location::at(&config.source, comment.span, "this exception");
                    match comment.terms {
                        Ok(terms) => terms.settle(
                            location,
                            &|finding| target.holds(config, finding) && terms.matches(finding),
                            request,
                            findings,
                            ignored,
                            &mut reports,
                        ),
                        Err(message) => {
                            reports.push(about(&rules::ignore_without_reason::META, location, message))
                        }
                    }
                }
            }
        }
        findings.append(&mut reports);
    }
}

impl Terms {
    fn matches(&self, finding: &Finding) -> bool {
        let file_matches =
            |file: &str| finding.primary().is_some_and(|place| place.origin.path.ends_with(file));
        self.rule == finding.rule.id
            && self.client.as_deref().is_none_or(|client| Some(client) == finding.client)
            && (self.server.is_none() || self.server == finding.server)
            && self.file.as_deref().is_none_or(file_matches)
            && self.fingerprint.as_deref().is_none_or(|print| print == finding.fingerprint())
    }

    fn settle(
        &self,
        location: Location,
        matches: &dyn Fn(&Finding) -> bool,
        request: &Request,
        findings: &mut Vec<Finding>,
        ignored: &mut Vec<(Finding, String)>,
        reports: &mut Vec<Finding>,
    ) {
        let until = self.until.and_then(|until| until.date).map(|date| date.to_string());
        if let Some(until) = until.filter(|until| *until < request.today) {
            let message = format!("the exception for `{}` expired on {until}", self.rule);
            reports.push(about(&rules::expired_ignore::META, location, message));
            return;
        }
        let before = ignored.len();
        let mut kept = Vec::with_capacity(findings.len());
        for finding in findings.drain(..) {
            if matches(&finding) { ignored.push((finding, self.reason.clone())) } else { kept.push(finding) }
        }
        *findings = kept;
        if ignored.len() == before {
            let message = format!("the exception for `{}` matches nothing any more", self.rule);
            reports.push(about(&rules::unused_ignore::META, location, message));
        }
    }
}

fn about(meta: &'static Meta, location: Location, message: String) -> Finding {
    Finding {
        rule: meta,
        severity: meta.worst,
        confidence: Confidence::High,
        persona: Persona::Regular,
        subject: message.clone(),
        message,
        client: None,
        server: None,
        locations: vec![location],
        remedy: meta.remedy.to_owned(),
        steps: Vec::new(),
        edit: None,
    }
}

struct Comment {
    span: Span,
    terms: Result<Terms, String>,
}

/// What a comment speaks for.
enum Reach<'a> {
    Server(&'a Server),
    File,
}

impl Reach<'_> {
    fn holds(&self, config: &Config, finding: &Finding) -> bool {
        let Some(place) = finding.primary() else {
            return false;
        };
        if place.origin != config.source.origin {
            return false;
        }
        match (self, &place.place) {
            (Reach::File, _) => true,
            (Reach::Server(server), Some((_, span))) => {
                span.start >= server.span.start && span.end <= server.span.end
            }
            (Reach::Server(server), None) => finding.server.as_deref() == Some(server.name.value.as_str()),
        }
    }
}

const MARK: &str = "mantrap: ignore[";
/// Exceptions that one file may hold. Those beyond it do not count, so their findings stay.
const MAX_COMMENTS: usize = 1000;

/// Comments of a file, each with the entry it stands in, beside or right above; elsewhere it speaks for the file.
fn comments(config: &Config) -> Vec<(Comment, Reach<'_>)> {
    let text = config.source.text.as_str();
    let marks = text.match_indices(MARK).filter(|(start, _)| is_comment(&config.tree, *start, ""));
    let mut found = Vec::new();
    for (start, _) in marks.take(MAX_COMMENTS) {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(['\n', '\r', '"']).unwrap_or(rest.len());
        let span = Span::new(start, start + end);
        let comment = Comment { span, terms: comment_terms(rest.get(MARK.len()..end).unwrap_or_default()) };
        found.push((comment, entry_of(config, span).map_or(Reach::File, Reach::Server)));
    }
    found
}

/// Whether `at` is no part of a value: an argument that holds the mark is data, and its author may not be a friend.
fn is_comment(node: &Node, at: usize, key: &str) -> bool {
    let holds = |span: Span| span.range().contains(&at);
    match &node.value {
        Value::Map(members) => members.iter().all(|member| {
            !holds(member.key_span)
                && (!holds(member.value.span) || is_comment(&member.value, at, &member.key))
        }),
        Value::List(items) => items.iter().all(|item| !holds(item.span) || is_comment(item, at, "")),
        _ => !holds(node.span) || key.starts_with("//"),
    }
}

/// The entry that a comment speaks for.
fn entry_of(config: &Config, comment: Span) -> Option<&Server> {
    let text = config.source.text.as_str();
    let between = |from: u32, to: u32| text.get(Span { start: from, end: to }.range());
    let is_one_line = |from, to| between(from, to).is_some_and(|gap| !gap.contains('\n'));
    let servers = || config.servers.iter();
    let inside = |server: &&Server| server.span.start <= comment.start && comment.end <= server.span.end;
    let before = |server: &&Server| is_one_line(server.span.end, comment.start);
    let after = |server: &&Server| is_one_line(comment.start, server.span.start);
    let below = |server: &&Server| {
        between(comment.end, server.span.start).is_some_and(|gap| leads_to(gap, &server.name.value))
    };
    (servers().find(inside))
        .or_else(|| servers().filter(before).max_by_key(|server| server.span.end))
        .or_else(|| servers().find(after))
        .or_else(|| servers().find(below))
}

/// Whether nothing but further comments and the entry's own beginning (`- `, `[servers.NAME]`) stands in `gap`.
fn leads_to(gap: &str, name: &str) -> bool {
    let comment = |line: &&str| ["//", "#", "/*", "*/"].iter().any(|sign| line.starts_with(sign));
    let mut lines = gap.lines().map(str::trim).filter(|line| !line.is_empty() && !comment(line));
    // A TOML entry begins at its name in the header, or behind the header.
    let is_header = |line: &str| {
        let closed = line.trim_end_matches([']', '"', '\'', ' ']);
        line.starts_with('[') && (!line.contains(']') || closed.ends_with(name))
    };
    lines.next().is_none_or(|line| line == "-" || is_header(line)) && lines.next().is_none()
}

/// `RULE] reason until YYYY-MM-DD`.
fn comment_terms(text: &str) -> Result<Terms, String> {
    let (rule, rest) = text.split_once(']').ok_or("the exception lacks its closing bracket")?;
    let rule = rule.trim();
    if rules::rule(rule).is_none() {
        return Err(format!("no rule is called `{rule}`; `mantrap rules` lists them"));
    }
    let rest = rest.trim().trim_end_matches("*/").trim();
    let (reason, until) = match rest.rsplit_once("until ") {
        Some((reason, date))
            if date.trim().parse::<toml::value::Datetime>().is_ok_and(|date| date.date.is_some()) =>
        {
            (reason.trim(), date.trim().parse().ok())
        }
        _ => (rest, None),
    };
    if reason.is_empty() {
        return Err(format!("the exception for `{rule}` gives no reason"));
    }
    Ok(Terms {
        rule: rule.to_owned(),
        client: None,
        server: None,
        file: None,
        fingerprint: None,
        reason: reason.to_owned(),
        until,
    })
}
