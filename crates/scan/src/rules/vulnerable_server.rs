//! `vulnerable-server`: server with a known vulnerability.

use std::cmp::Ordering;

use super::malicious_server::{Known, Reach, known, reach};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::PackageRef;
use crate::edit;
use crate::finding::{Confidence, Edit, Finding, Persona, Severity};
use crate::report::AdvisoryMatch;
use crate::version::{self, Ecosystem};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "vulnerable-server",
    title: "Server with a known vulnerability",
    why: "the way in is published, and the client starts this very version",
    details: "Packages and images that a server starts at a version that an advisory covers: one finding a package, with the worst advisory first. Severity is the advisory's. A launch without an exact version takes the newest one, which counts where no release has the fix. Everything else is a maybe: medium at most, and for pedantic readers or auditors.",
    remedy: "pin a version that has the fix",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1395"],
        csf: &["ID.RA", "PR.PS"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for package in subject.launch.packages() {
        let Known { vulnerable, .. } = known(package, context);
        let mut by_reach: [Vec<AdvisoryMatch>; 3] = Default::default();
        let [certain, newest, maybe] = &mut by_reach;
        for found in vulnerable {
            match reach(&found, package, context) {
                Reach::ThisVersion => certain.push(found),
                Reach::NewestVersion => newest.push(found),
                Reach::NotKnown | Reach::SomeVersions => maybe.push(found),
            }
        }
        let surest = [(certain, Confidence::High), (newest, Confidence::Medium), (maybe, Confidence::Low)];
        let surest = surest.into_iter().find(|(found, _)| !found.is_empty());
        findings.extend(surest.and_then(|(found, confidence)| report(subject, package, found, confidence)));
    }
}

fn report(
    subject: &Subject<'_>,
    package: &PackageRef,
    found: &[AdvisoryMatch],
    confidence: Confidence,
) -> Option<Finding> {
    let worst = found.iter().max_by_key(|found| found.severity)?;
    let version = package.version.as_ref().map(|version| version.as_str());
    let (severity, persona, has) = match (confidence, version) {
        (Confidence::High, _) => (worst.severity, Persona::Regular, "has"),
        (Confidence::Medium, _) => (worst.severity, Persona::Regular, "has no release without"),
        (Confidence::Low, Some(_)) => (worst.severity.min(Severity::Medium), Persona::Pedantic, "may have"),
        (Confidence::Low, None) => (Severity::Low, Persona::Auditor, "may have"),
    };
    let at = version.map_or(String::new(), |version| format!(" {version}"));
    let more = match found.len() - 1 {
        0 => String::new(),
        count => format!("; {count} more"),
    };
    let mut ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
    ids.sort_unstable();
    let fixed = fixed(package, found).filter(|_| confidence == Confidence::High);
    Some(Finding {
        severity,
        confidence,
        persona,
        message: format!(
            "`{}`{at} {has} {}: {}{more}",
            package.name,
            worst.id,
            worst.summary.trim_end_matches('.')
        ),
        remedy: fixed
            .as_ref()
            .map_or(META.remedy.to_owned(), |fixed| format!("pin `{}` to {fixed} or later", package.name)),
        edit: fixed.and_then(|fixed| pin(subject, package, &fixed)),
        subject: format!("{}:{}: {}", package.ecosystem.as_str(), package.name, ids.join(" ")),
        ..subject.finding(&META, package.span, "this version")
    })
}

/// The first release that has every fix; nothing if one of them has none or is named in words.
fn fixed(package: &PackageRef, found: &[AdvisoryMatch]) -> Option<String> {
    let ecosystem = Ecosystem::from_name(package.ecosystem.as_str())?;
    let is_version = |text: &&str| {
        text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains(char::is_whitespace)
    };
    let fixes: Option<Vec<&str>> =
        found.iter().map(|found| found.fixed.as_deref().filter(is_version)).collect();
    fixes?
        .into_iter()
        .max_by(|left, right| version::compare(ecosystem, left, right).unwrap_or(Ordering::Equal))
        .map(str::to_owned)
}

fn pin(subject: &Subject<'_>, package: &PackageRef, fixed: &str) -> Option<Edit> {
    let version = package.version.as_ref()?.as_str();
    let (head, tail) = package.spelled.rsplit_once(version)?;
    let title = format!("start `{}` {fixed}", package.name);
    edit::replace_text(&subject.config.source, package.span, &format!("{head}{fixed}{tail}"), title)
}
