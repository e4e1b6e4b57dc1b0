//! `malicious-server`: server that is known malware.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Ecosystem, PackageRef, PackageSource};
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::report::{AdvisoryMatch, Package, PackageEvidence};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    hook: Hook::Server(check),
};

static META: Meta = Meta {
    id: "malicious-server",
    title: "Server that is known malware",
    why: "the package itself is the attack: it ran with your rights every time the client started",
    details: "Packages and images that an advisory calls malicious, at a version it covers. Where only some versions were taken over and the launch names none, it is a low note for auditors.",
    remedy: "remove the entry, treat every secret that the machine held as known to others, and look for what it left behind",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP03", "MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-506"],
        csf: &["ID.RA", "RS.MI"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for package in subject.launch.packages() {
        let Known { malicious, .. } = known(package, context);
        let certain = malicious.iter().find(|found| !found.range_unknown);
        let Some(found) = certain.or(malicious.first()) else {
            continue;
        };
        let (severity, confidence, persona, is) =
            match (found.range_unknown, names_versions(found, package, context)) {
                (false, _) => (
                    Severity::Critical,
                    Confidence::High,
                    Persona::Regular,
                    "is malicious",
                ),
                (true, false) => (
                    Severity::High,
                    Confidence::Medium,
                    Persona::Regular,
                    "is listed as malicious, in which versions is not known",
                ),
                (true, true) => (
                    Severity::Low,
                    Confidence::Low,
                    Persona::Auditor,
                    "was malicious in some versions",
                ),
            };
        let at = package
            .version
            .as_ref()
            .map_or(String::new(), |version| format!(" {}", version.as_str()));
        findings.push(Finding {
            severity,
            confidence,
            persona,
            message: format!(
                "`{}`{at} {is} ({}): {}",
                package.name,
                found.id,
                found.summary.trim_end_matches('.')
            ),
            subject: format!("{}:{}: {}", package.ecosystem.as_str(), package.name, found.id),
            ..subject.finding(&META, package.span, "this package")
        });
    }
}

/// Whether the record says which versions of the package it means.
fn names_versions(found: &AdvisoryMatch, package: &PackageRef, context: &Context<'_>) -> bool {
    let Some(advisory) = context.advisories.advisory(&found.id) else {
        return false;
    };
    let named = advisory
        .affected
        .iter()
        .filter(|affected| affected.name == package.name);
    named
        .into_iter()
        .any(|affected| !affected.ranges.is_empty() || !affected.versions.is_empty())
}

/// What the advisories say about a package of a launch.
#[derive(Default)]
pub(super) struct Known {
    pub(super) vulnerable: Vec<AdvisoryMatch>,
    pub(super) malicious: Vec<AdvisoryMatch>,
}

/// Looks up a package that comes from its registry; what comes from elsewhere only shares its name.
pub(super) fn known(package: &PackageRef, context: &Context<'_>) -> Known {
    if package.name.is_empty() || package.source != PackageSource::Registry {
        return Known::default();
    }
    let exact = package.version.as_ref().map(|version| version.as_str());
    // A tag is all that most images have for a version.
    let tag = package
        .requirement
        .as_deref()
        .filter(|_| package.ecosystem == Ecosystem::Oci);
    let found = context.advisories.matches(&Package {
        ecosystem: package.ecosystem.as_str().to_owned(),
        name: package.name.clone(),
        version: exact.or(tag).unwrap_or_default().to_owned(),
        place: String::new(),
        evidence: PackageEvidence::Launched,
    });
    let is_malicious = |found: &AdvisoryMatch| {
        context
            .advisories
            .advisory(&found.id)
            .is_some_and(|advisory| advisory.is_malicious)
    };
    let (malicious, vulnerable) = found.into_iter().partition(is_malicious);
    Known {
        vulnerable,
        malicious,
    }
}
