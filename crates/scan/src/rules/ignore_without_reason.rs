//! `ignore-without-reason`: reported by [`crate::ignore`].

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

pub(crate) static META: Meta = Meta {
    id: "ignore-without-reason",
    title: "Exception that cannot be honoured",
    why: "an exception without a reason cannot be reviewed, and one for an unknown rule suppresses nothing",
    details: "Exceptions beside an entry that give no reason, name no known rule, or are malformed. They suppress nothing.",
    remedy: "write the exception as `mantrap: ignore[RULE] reason`",
    worst: Severity::Low,
    mappings: Mappings { owasp_mcp: &["MCP08"], owasp_agentic: &[], aisvs: &[], cwe: &[], csf: &["GV.PO"] },
};
