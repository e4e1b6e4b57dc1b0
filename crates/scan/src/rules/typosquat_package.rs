//! `typosquat-package`: package with almost the name of a known one.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{self, PackageRef, PackageSource};
use crate::edit;
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::known::{self, Resemblance};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "typosquat-package",
    title: "Package with almost the name of a known one",
    why: "a name that is one slip away from a well-known server is what an impostor registers",
    details: "npm and PyPI packages that a server starts and whose name is not a well-known server's but nearly is: look-alike characters, a missing scope, other separators, one or two slips, or a word that promises the real thing. No registry is asked, so an honest package with a similar name can be meant. High where look-alike characters leave no honest reading, medium otherwise.",
    remedy: "compare the name with the server's own documentation, and pin what you meant",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1007", "CWE-829"],
        csf: &["GV.SC", "ID.RA"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for package in subject.launch.packages() {
        let Some(near) = nearest(package) else {
            continue;
        };
        let (severity, confidence, persona, how) = match near.how {
            Resemblance::Homoglyph => {
                (Severity::High, Confidence::High, Persona::Regular, "looks the same as")
            }
            Resemblance::Scope => {
                (Severity::Medium, Confidence::Medium, Persona::Regular, "lacks the scope of")
            }
            Resemblance::Separator => {
                (Severity::Medium, Confidence::Medium, Persona::Regular, "differs by a separator from")
            }
            Resemblance::Misspelling => (Severity::Medium, Confidence::Medium, Persona::Regular, "is nearly"),
            Resemblance::Promise => (Severity::Low, Confidence::Low, Persona::Pedantic, "promises to be"),
        };
        let by = near.known.publisher.map_or(String::new(), |publisher| format!(" ({publisher})"));
        let title = format!("start `{}` instead, if you meant it", near.known.name);
        let spelled = package.spelled.replacen(&package.name, near.known.name, 1);
        let edit = (spelled != package.spelled)
            .then(|| edit::replace_text(&subject.config.source, package.span, &spelled, title))
            .flatten();
        findings.push(Finding {
            severity,
            confidence,
            persona,
            message: format!("`{}` {how} the well-known `{}`{by}", package.name, near.known.name),
            edit,
            subject: format!("{}:{}", package.ecosystem.as_str(), package.name),
            ..subject.finding(&META, package.span, "this package")
        });
    }
}

/// Whether a package is reported here for its look-alike characters, and needs no second finding for them.
pub(super) fn looks_like_a_known_one(package: &PackageRef) -> bool {
    nearest(package).is_some_and(|near| near.how == Resemblance::Homoglyph)
}

fn nearest(package: &PackageRef) -> Option<known::Near> {
    let ecosystem = match package.ecosystem {
        command::Ecosystem::Npm => known::Ecosystem::Npm,
        command::Ecosystem::Pypi => known::Ecosystem::Pypi,
        _ => return None,
    };
    let is_named = package.source == PackageSource::Registry && !package.name.is_empty();
    is_named.then(|| known::nearest(ecosystem, &package.name)).flatten()
}
