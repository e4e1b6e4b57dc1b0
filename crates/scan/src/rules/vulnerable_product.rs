//! `vulnerable-product`: installed product with a known vulnerability.

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule {
    meta: &META,
    hook: Hook::Elsewhere,
};

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
