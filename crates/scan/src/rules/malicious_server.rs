//! `malicious-server`: server that is known malware.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Ecosystem, PackageRef, PackageSource};
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::report::{AdvisoryMatch, Package, PackageEvidence};
use crate::version::{Event, Range};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

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
        let (severity, confidence, persona, is) = match reach(found, package, context) {
            Reach::ThisVersion => (Severity::Critical, Confidence::High, Persona::Regular, "is malicious"),
            Reach::NewestVersion => (
                Severity::Critical,
                Confidence::Medium,
                Persona::Regular,
                "names no version, and the newest ones are malicious",
            ),
            Reach::NotKnown => (
                Severity::High,
                Confidence::Medium,
                Persona::Regular,
                "is listed as malicious, in which versions is not known",
            ),
            Reach::SomeVersions => {
                (Severity::Low, Confidence::Low, Persona::Auditor, "was malicious in some versions")
            }
        };
        let at = package.version.as_ref().map_or(String::new(), |version| format!(" {}", version.as_str()));
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

/// How an advisory meets the version that a launch names, or names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It covers this version.
    ThisVersion,
    /// The launch takes the newest version, and no release ends what the advisory covers.
    NewestVersion,
    /// The advisory does not say which versions it means.
    NotKnown,
    /// It covers versions that this launch need not take.
    SomeVersions,
}

/// How `found` meets `package`.
pub(super) fn reach(found: &AdvisoryMatch, package: &PackageRef, context: &Context<'_>) -> Reach {
    if !found.range_unknown {
        return Reach::ThisVersion;
    }
    let advisory = context.advisories.advisory(&found.id);
    let affected = advisory.map_or(&[][..], |advisory| &advisory.affected);
    let named = || affected.iter().filter(|affected| affected.name == package.name);
    let never_ends = |range: &Range| range.events.iter().all(|event| matches!(event, Event::Introduced(_)));
    if named().all(|affected| affected.ranges.is_empty() && affected.versions.is_empty()) {
        Reach::NotKnown
    } else if package.version.is_none() && named().any(|affected| affected.ranges.iter().any(never_ends)) {
        Reach::NewestVersion
    } else {
        Reach::SomeVersions
    }
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
    let tag = package.requirement.as_deref().filter(|_| package.ecosystem == Ecosystem::Oci);
    let found = context.advisories.matches(&Package {
        ecosystem: package.ecosystem.as_str().to_owned(),
        name: package.name.clone(),
        version: exact.or(tag).unwrap_or_default().to_owned(),
        place: String::new(),
        evidence: PackageEvidence::Launched,
    });
    let is_malicious = |found: &AdvisoryMatch| {
        context.advisories.advisory(&found.id).is_some_and(|advisory| advisory.is_malicious)
    };
    let (malicious, vulnerable) = found.into_iter().partition(is_malicious);
    Known { vulnerable, malicious }
}
