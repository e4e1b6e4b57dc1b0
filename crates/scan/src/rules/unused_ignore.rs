//! `unused-ignore`: reported by [`crate::ignore`].

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

pub(crate) static META: Meta = Meta {
    id: "unused-ignore",
    title: "Exception that matches nothing",
    why: "an exception nobody needs hides the next finding that looks like it",
    details: "Exceptions of `mantrap.toml` and beside entries that suppressed no finding in this run. Run the audit with the persona that the exception was written for.",
    remedy: "delete the exception",
    worst: Severity::Low,
    mappings: Mappings { owasp_mcp: &["MCP08"], owasp_agentic: &[], aisvs: &[], cwe: &[], csf: &["GV.PO"] },
};
