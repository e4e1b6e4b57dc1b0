//! `unpinned-image`: image without a digest.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::Ecosystem;
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "unpinned-image",
    title: "Image without a digest",
    why: "a tag can be moved, so the next pull may bring another program under the same name",
    details: "Images that `docker run`, `podman run` and `nerdctl run` start without `@sha256:…`. Without a \
        tag, or with `latest`, low, and medium where a stranger wrote the config; with another tag for \
        pedants. What is cached on the machine is not looked at.",
    remedy: "name the image by its digest",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1357", "CWE-494"],
        csf: &["GV.SC-05", "PR.PS-02"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for image in subject.launch.packages() {
        if image.ecosystem != Ecosystem::Oci
            || image.version.is_some()
            || image.name.contains(['$', '{', '%', '<'])
            || image.name.is_empty()
        {
            continue;
        }
        let tag = image.requirement.as_deref();
        let is_open = tag.is_none_or(|tag| tag == "latest");
        let says = match tag {
            Some(tag) => format!("the tag `{tag}` can be moved"),
            None => "no tag or digest is named".to_owned(),
        };
        findings.push(Finding {
            severity: if is_open {
                subject.by_distance(Severity::Low, Severity::Medium)
            } else {
                Severity::Low
            },
            persona: if is_open { Persona::Regular } else { Persona::Pedantic },
            message: format!("{} starts the image `{}`, and {says}", subject.name(), image.name),
            remedy: format!("write `{}@sha256:DIGEST` with the digest that was reviewed", image.name),
            subject: image.name.clone(),
            ..subject.finding(&META, image.span, "any image")
        });
    }
}
