//! A baseline is an earlier JSON report: what it holds is not reported again.

use std::collections::HashSet;

use crate::finding::Finding;
use crate::report::HeldBack;
use crate::rules::unreadable_config;

/// The fingerprints of an earlier report.
#[derive(Debug, Default)]
pub struct Baseline {
    fingerprints: HashSet<String>,
}

/// Why a baseline could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not a JSON report.
    #[error("the baseline is not a report of `mantrap audit --format json`: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(serde::Deserialize)]
struct EarlierReport {
    findings: Vec<EarlierFinding>,
    /// What could not be analysed. Reports of early versions name it without a fingerprint.
    #[serde(default)]
    problems: Vec<EarlierProblem>,
}

#[derive(serde::Deserialize)]
struct EarlierProblem {
    fingerprint: Option<String>,
}

#[derive(serde::Deserialize)]
struct EarlierFinding {
    fingerprint: String,
}

impl Baseline {
    /// Reads a report that `mantrap audit --format json` wrote.
    pub fn parse(report: &[u8]) -> Result<Self, BaselineError> {
        let report: EarlierReport = serde_json::from_slice(report)?;
        let findings = report.findings.into_iter().map(|finding| finding.fingerprint);
        let problems = report.problems.into_iter().filter_map(|problem| problem.fingerprint);
        Ok(Baseline { fingerprints: findings.chain(problems).collect() })
    }

    /// What a report holds.
    pub fn of(report: &crate::Report) -> Self {
        let findings = report.findings.iter().map(Finding::fingerprint);
        let problems =
            report.problems.iter().map(|problem| unreadable_config::finding(problem).fingerprint());
        Baseline { fingerprints: findings.chain(problems).collect() }
    }

    /// Takes in what another holds.
    pub fn add(&mut self, other: Baseline) {
        self.fingerprints.extend(other.fingerprints);
    }

    /// Keeps what the baseline does not hold and counts the rest.
    pub fn only_new(&self, findings: Vec<Finding>, held_back: &mut HeldBack) -> Vec<Finding> {
        if self.fingerprints.is_empty() {
            return findings;
        }
        let all = findings.len();
        let new: Vec<Finding> = findings
            .into_iter()
            .filter(|finding| !self.fingerprints.contains(&finding.fingerprint()))
            .collect();
        held_back.baseline += all - new.len();
        new
    }
}
