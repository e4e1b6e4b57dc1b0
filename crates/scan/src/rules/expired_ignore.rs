//! `expired-ignore`: reported by [`crate::ignore`].

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

pub(crate) static META: Meta = Meta {
    id: "expired-ignore",
    title: "Exception past its end",
    why: "somebody promised to look at this again by that day",
    details: "Exceptions whose `until` date has passed. They no longer suppress anything.",
    remedy: "fix the finding, or give the exception a new date and reason",
    worst: Severity::Low,
    mappings: Mappings { owasp_mcp: &["MCP08"], owasp_agentic: &[], aisvs: &[], cwe: &[], csf: &["GV.PO"] },
};
