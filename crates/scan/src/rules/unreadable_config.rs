//! `unreadable-config`: config file that could not be analysed.

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::Severity;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

pub(crate) static META: Meta = Meta {
    id: "unreadable-config",
    title: "Config file that could not be analysed",
    why: "a file that cannot be read cannot be judged, and a client may still start what is in it",
    details: "Files on a path that a client reads which are not readable, not a regular file, too large, in an unknown encoding, syntactically wrong, nested too deeply, computed when they run, or stored in a form that is opaque by design. The audit goes on without them.",
    remedy: "look at the file by hand, or repair it so that it can be judged",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP08", "MCP09"],
        owasp_agentic: &["ASI09"],
        aisvs: &[],
        cwe: &["CWE-1059"],
        csf: &["ID.AM", "DE.AE"],
    },
};
