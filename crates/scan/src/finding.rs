//! What an audit says: a [`Finding`], and the three axes it is judged on.

use std::sync::Arc;

use mantrap_clients::{Origin, Source, Span};
use serde::{Deserialize, Serialize};

use crate::rules::Meta;

/// How bad it is if it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hygiene.
    Low,
    /// Weakens a defence, or becomes dangerous with one more mistake.
    Medium,
    /// Executes what an attacker can influence, or hands over the machine or its secrets.
    High,
    /// The same, without anybody's mistake or click in between, or already exploited.
    Critical,
}

/// How sure the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Likely.
    Medium,
    /// A person who reads the excerpt will agree.
    High,
}

/// Who wants to read it. Each persona also sees what the ones before it see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// Everybody: few, and worth acting on.
    #[default]
    Regular,
    /// Who wants a clean configuration.
    Pedantic,
    /// Who is paid to look at everything.
    Auditor,
}

/// A place that a finding points at.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file, or archive member.
    pub origin: Origin,
    /// The excerpt, for text sources.
    pub place: Option<(Arc<Source>, Span)>,
    /// What stands here, a few words.
    pub label: String,
}

impl Location {
    /// A span in a source.
    pub fn at(source: &Arc<Source>, span: Span, label: impl Into<String>) -> Self {
        Location {
            origin: source.origin.clone(),
            place: Some((Arc::clone(source), span)),
            label: label.into(),
        }
    }

    /// A whole file.
    pub fn file(origin: Origin, label: impl Into<String>) -> Self {
        Location { origin, place: None, label: label.into() }
    }
}

/// An exact change to one file that remedies a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace, in decoded text; empty to insert.
    pub span: Span,
    /// What to put there, already escaped for the format.
    pub replacement: String,
    /// What the edit does, as an imperative sentence.
    pub title: String,
}

/// One thing to act on. One finding per fact.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that reports it.
    pub rule: &'static Meta,
    /// How bad. Never wider than the rule's documented worst.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Who wants to see it.
    pub persona: Persona,
    /// What is wrong here, one sentence with the names in backticks, lower case, no full stop.
    pub message: String,
    /// The client's id, when the finding is about a config.
    pub client: Option<&'static str>,
    /// The server's name, when it is about one.
    pub server: Option<String>,
    /// First the primary place, then related ones.
    pub locations: Vec<Location>,
    /// The way of a value through source code, from where it comes in to the primary place; empty for other findings.
    pub steps: Vec<Location>,
    /// What to do, one imperative sentence.
    pub remedy: String,
    /// The exact edit of the primary file, where there is one.
    pub edit: Option<Edit>,
    /// What makes it the same finding in the next run: rule, client, server and the normalised subject, never a
    /// line number and never an absolute path. Hashed into [`Finding::fingerprint`].
    pub subject: String,
}

impl Finding {
    /// The primary place.
    pub fn primary(&self) -> Option<&Location> {
        self.locations.first()
    }

    /// Stable identity for baselines and SARIF: hex SHA-256 over rule, client, server and subject.
    pub fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in
            [self.rule.id, self.client.unwrap_or(""), self.server.as_deref().unwrap_or(""), &self.subject]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
