//! `vulnerable-product`: installed product with a known vulnerability.

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};
use crate::report::{AdvisoryMatch, PackageEvidence, Product};
use mantrap_clients::Origin;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

pub(crate) static META: Meta = Meta {
    id: "vulnerable-product",
    title: "Installed product with a known vulnerability",
    why: "the way in is published, and some of these are being used",
    details: "Products found in Python environments, `node_modules`, lock files, compose and Helm files, container images and running processes, at a version that an advisory covers. The grid says for each how good its fix is: a filter that was bypassed before is not the same as a fix in the structure.\n\nSeverity is the advisory's; critical where exploitation is known.",
    remedy: "upgrade to the fixed version that the grid names, or take the product off the network today",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP04", "MCP05"],
        owasp_agentic: &["ASI04", "ASI05"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1395"],
        csf: &["ID.RA", "PR.PS"],
    },
};

/// One finding per product and version, wherever it is; what may or may not apply is for pedants. What a server entry
/// starts is left to `vulnerable-server` and `malicious-server`, which point at the entry.
pub(crate) fn findings(products: &[Product]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let at_rest = |product: &&Product| product.package.evidence != PackageEvidence::Launched;
    for product in products.iter().filter(at_rest) {
        let certain: Vec<&AdvisoryMatch> =
            product.advisories.iter().filter(|one| !one.range_unknown).collect();
        let is_certain = !certain.is_empty();
        let counted = if is_certain { certain } else { product.advisories.iter().collect() };
        let Some(worst) = counted.iter().max_by_key(|advisory| grade(advisory)) else {
            continue;
        };
        let package = &product.package;
        let mut ids: Vec<&str> = counted.iter().map(|advisory| advisory.id.as_str()).collect();
        ids.sort_unstable();
        let subject = format!("{}:{}@{} {}", package.ecosystem, package.name, package.version, ids.join(" "));
        let location =
            Location::file(Origin::file(&package.place), format!("{} {}", package.name, package.version));
        if let Some(known) = findings.iter_mut().find(|known| known.subject == subject) {
            known.locations.push(location);
            continue;
        }
        let version = if package.version.is_empty() { "of unknown version" } else { &package.version };
        let others = match ids.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let verb = if is_certain { "is" } else { "may be" };
        findings.push(Finding {
            rule: &META,
            severity: if is_certain { grade(worst) } else { grade(worst).min(Severity::Medium) },
            confidence: if is_certain { Confidence::High } else { Confidence::Low },
            persona: if is_certain { Persona::Regular } else { Persona::Pedantic },
            message: format!(
                "`{}` {version} {verb} open to `{}`{others}: {}",
                product.name, worst.id, worst.summary
            ),
            client: None,
            server: None,
            locations: vec![location],
            remedy: product.action.clone(),
            steps: Vec::new(),
            edit: None,
            subject,
        });
    }
    findings
}

/// The advisory's severity, and critical where it is being exploited.
fn grade(advisory: &AdvisoryMatch) -> Severity {
    match advisory.exploited.as_deref() {
        Some("active") => Severity::Critical,
        _ => advisory.severity,
    }
}
