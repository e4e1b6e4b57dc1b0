//! What an audit returns. Every output format renders this and nothing else.

use mantrap_clients::Config;
use mantrap_clients::discover::Os;
use mantrap_clients::source::Problem;
use serde::Serialize;

use crate::finding::{Finding, Persona, Severity};
use crate::rules::unmanaged_server::is_managed;

/// One audit.
#[derive(Debug)]
pub struct Report {
    /// What was looked at, for people: `this machine`, `/srv/repo`, `/mnt/disk`.
    pub target: String,
    /// The target's system.
    pub os: Os,
    /// The configs that were read, in order of discovery.
    pub configs: Vec<Config>,
    /// What to act on, worst first; already filtered by persona, ignores and baseline.
    pub findings: Vec<Finding>,
    /// Findings that an ignore entry suppressed, with its reason.
    pub ignored: Vec<(Finding, String)>,
    /// How many findings were held back because they belong to another persona or to the baseline.
    pub held_back: HeldBack,
    /// What could not be analysed, without what an exception or the baseline covers. Each is a finding of
    /// [`crate::rules::unreadable_config`], which makes it.
    pub problems: Vec<Problem>,
    /// Installed products with an advisory, or without one and known: the grid.
    pub products: Vec<Product>,
    /// Every package that was identified, for the inventory.
    pub packages: Vec<Package>,
    /// How many files of source code were read.
    pub sources: usize,
    /// Every path or pattern that was looked at.
    pub probed: Vec<String>,
    /// The day the compiled-in or given advisories were last changed, `YYYY-MM-DD`.
    pub advisories_date: String,
    /// How many advisories were consulted.
    pub advisories_count: usize,
}

/// Counts of findings that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct HeldBack {
    /// By persona.
    pub persona: usize,
    /// By baseline.
    pub baseline: usize,
}

/// One package that was identified on the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Package {
    /// Lower-case ecosystem: `pypi`, `npm`, `cargo`, `go`, `maven`, `nuget`, `rubygems`, `packagist`, `oci`, or
    /// `application` for programs without a package.
    pub ecosystem: String,
    /// The name in that ecosystem's normal form.
    pub name: String,
    /// The version; empty when a manifest names none.
    pub version: String,
    /// Where it was read, for people.
    pub place: String,
    /// How it was read.
    pub evidence: PackageEvidence,
}

/// How a package was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageEvidence {
    /// Installed files (`dist-info`, `node_modules`).
    Installed,
    /// A lock file.
    Locked,
    /// A manifest or requirements file with an exact version.
    Declared,
    /// A layer of a container image.
    Image,
    /// An image reference in a compose or Helm file.
    Deployed,
    /// A running process.
    Running,
    /// A launch in a client config (`npx -y NAME@1.2.3`).
    Launched,
}

/// One row of the product grid: one product at one version in one place.
#[derive(Debug, Clone, Serialize)]
pub struct Product {
    /// The product's name for people.
    pub name: String,
    /// The package it was recognised by.
    pub package: Package,
    /// The advisories that apply, worst first. Empty: known product, nothing known against this version.
    pub advisories: Vec<AdvisoryMatch>,
    /// What to do today, one imperative sentence.
    pub action: String,
}

/// One advisory that applies to a product.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisoryMatch {
    /// CVE, GHSA, MAL or placeholder id.
    pub id: String,
    /// Other ids of the same thing.
    pub aliases: Vec<String>,
    /// One sentence.
    pub summary: String,
    /// Severity.
    pub severity: Severity,
    /// First fixed version, when one is known.
    pub fixed: Option<String>,
    /// How good that fix is.
    pub fix_quality: FixQuality,
    /// Exploitation as far as known: `active`, `reported`, `poc`.
    pub exploited: Option<String>,
    /// True when the affected range is not known, so that the match is a maybe.
    pub range_unknown: bool,
    /// Later advisories that went round this fix.
    pub bypassed_by: Vec<String>,
    /// Sources.
    pub references: Vec<String>,
}

/// How good a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixQuality {
    /// The request can no longer carry a command: it names operator-owned configuration.
    Structural,
    /// An ordinary bug, ordinarily fixed.
    Ordinary,
    /// A filter that nobody is known to have bypassed yet.
    Filter,
    /// A filter that was bypassed by a later advisory.
    FilterBypassed,
    /// A warning only.
    Warning,
    /// No fix is known.
    None,
    /// A fix is claimed, its kind is not known.
    Unknown,
}

impl Report {
    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The documented exit code: 0 nothing found, 3 nothing to look at, 4 something could not be analysed and
    /// nothing worse was found, 11 low, 12 medium, 13 high, 14 critical.
    pub fn exit_code(&self) -> u8 {
        match self.worst() {
            Some(Severity::Critical) => 14,
            Some(Severity::High) => 13,
            Some(Severity::Medium) => 12,
            Some(Severity::Low) => 11,
            None if !self.problems.is_empty() => 4,
            None if self.configs.is_empty() && self.packages.is_empty() && self.sources == 0 => 3,
            None => 0,
        }
    }

    /// How many servers were found.
    pub fn servers(&self) -> usize {
        self.configs.iter().map(|config| config.servers.len()).sum()
    }

    /// How many of them are started through mantrap.
    pub fn protected(&self) -> usize {
        let servers = self.configs.iter().flat_map(|config| &config.servers);
        servers.filter(|server| is_managed(server)).count()
    }
}

/// Keeps what `persona` wants to see and counts the rest.
pub fn for_persona(findings: Vec<Finding>, persona: Persona, held_back: &mut HeldBack) -> Vec<Finding> {
    let all = findings.len();
    let kept: Vec<Finding> = findings.into_iter().filter(|finding| finding.persona <= persona).collect();
    held_back.persona += all - kept.len();
    kept
}
