//! `sdk-setting`: source code that switches off a defence of an MCP SDK.

use mantrap_code::knowledge::Defence;
use mantrap_code::{Place, SettingAt};

use super::tainted_launch::is_aside;
use super::{Hook, Mappings, Meta, Rule};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

static META: Meta = Meta {
    id: "sdk-setting",
    title: "Source code that switches off a defence of an MCP SDK",
    why: "a page in a browser reaches a server on the same machine under a name of its own, and a server that is handed everything can give everything away",
    details: "Calls of the official SDKs, and of what is used with them, by which a defence is given up. Medium: `Origin` and `Host` of requests are \
        not compared with what the server is called, so that a page whose name is made to point at this machine calls its tools (DNS \
        rebinding: CVE-2025-66414, CVE-2025-66416, CVE-2026-34742, CVE-2026-35568, CVE-2026-42559). Where an SDK checks only when it is asked to \
        (the transports of TypeScript), a call that does not ask is for pedants: something in front of it may check. Low, for pedants: the whole \
        environment is handed to a server that is started, with every secret in it; a line may be of any length, and fills the memory. Code in \
        folders of tests, examples and documents is for pedants.\n\nRead in all languages of `tainted-launch`; what is known is a table, one entry \
        for each setting. Versions of SDKs in which the defence is missing are `vulnerable-product`.",
    remedy: "leave the defence on, and name what is to be let through",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP07"],
        owasp_agentic: &["ASI03"],
        aisvs: &["10.3.3"],
        cwe: &["CWE-346", "CWE-350", "CWE-526", "CWE-770"],
        csf: &["PR.PS-01"],
    },
};

/// The finding that a setting is. `locate` finds its place.
pub(crate) fn finding(setting: &SettingAt, locate: &mut dyn FnMut(&Place) -> Location) -> Finding {
    let known = setting.known;
    let (severity, mut persona) = match known.defence {
        Defence::OriginCheck if known.lacks.is_empty() => (Severity::Medium, Persona::Regular),
        Defence::OriginCheck => (Severity::Medium, Persona::Pedantic),
        Defence::Environment | Defence::LineCap => (Severity::Low, Persona::Pedantic),
    };
    if is_aside(&setting.at.path) {
        persona = persona.max(Persona::Pedantic);
    }
    let what = match known.defence {
        Defence::OriginCheck => {
            "any page in a browser can call the server: `Origin` and `Host` are not checked"
        }
        Defence::Environment => {
            "a server that is started is handed the whole environment, with every secret in it"
        }
        Defence::LineCap => "a line may be of any length, so that one message fills the memory",
    };
    let call = known.call.first().map(String::as_str).unwrap_or_default();
    Finding {
        rule: &META,
        severity,
        confidence: if known.lacks.is_empty() { Confidence::High } else { Confidence::Medium },
        persona,
        message: format!("{what} ({})", known.product),
        client: None,
        server: None,
        locations: vec![locate(&setting.at)],
        steps: Vec::new(),
        remedy: known.remedy.clone(),
        edit: None,
        subject: format!("{} {call} {:?}", setting.at.path, known.defence),
    }
}
