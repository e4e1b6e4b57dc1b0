//! `product-setting`: product setting that opens a door.

use mantrap_clients::Config;

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::setting::settings;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "product-setting",
    title: "Product setting that opens a door",
    why: "the product's own defence against started commands, or its login, is switched off here",
    details: "Environment variables of products that start MCP servers, in compose files and wherever else they stand: switches that turn validation off (`CUSTOM_MCP_SECURITY_CHECK`), let users define local servers (`CUSTOM_MCP_PROTOCOL=stdio`), widen the list of allowed programs (`LITELLM_MCP_STDIO_EXTRA_COMMANDS`), or take the login away (`LANGFLOW_AUTO_LOGIN`, `DANGEROUSLY_OMIT_AUTH`, `WEBUI_AUTH`).",
    remedy: "take the setting out, or keep the product off every network until you can",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP07"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-1188", "CWE-306"],
        csf: &["PR.PS", "PR.AA"],
    },
};

/// One variable of one product.
struct Door {
    name: &'static str,
    when: When,
    severity: Severity,
    opens: &'static str,
}

enum When {
    On,
    Off,
    Is(&'static str),
    Set,
}

/// Sources: the products' own environment references and the advisories about them.
const DOORS: &[Door] = &[
    Door {
        name: "CUSTOM_MCP_SECURITY_CHECK",
        when: When::Off,
        severity: Severity::High,
        opens: "Flowise checks the commands of its users no longer",
    },
    Door {
        name: "CUSTOM_MCP_PROTOCOL",
        when: When::Is("stdio"),
        severity: Severity::High,
        opens: "Flowise lets its users start local servers",
    },
    Door {
        name: "CUSTOM_MCP_ALLOWED_COMMANDS",
        when: When::Set,
        severity: Severity::Medium,
        opens: "Flowise lets its users start these programs",
    },
    Door {
        name: "LITELLM_MCP_STDIO_EXTRA_COMMANDS",
        when: When::Set,
        severity: Severity::Medium,
        opens: "LiteLLM lets its users start these programs too",
    },
    Door {
        name: "LANGFLOW_AUTO_LOGIN",
        when: When::On,
        severity: Severity::High,
        opens: "LangFlow makes every visitor its administrator",
    },
    Door {
        name: "LANGFLOW_SKIP_AUTH_AUTO_LOGIN",
        when: When::On,
        severity: Severity::High,
        opens: "LangFlow asks nobody who they are",
    },
    Door {
        name: "LANGFLOW_MCP_SERVER_ENV_ALLOWLIST",
        when: When::Is("*"),
        severity: Severity::Medium,
        opens: "LangFlow lets its users set any variable of a server",
    },
    Door {
        name: "DANGEROUSLY_OMIT_AUTH",
        when: When::On,
        severity: Severity::High,
        opens: "the MCP Inspector's proxy starts commands for whoever reaches it",
    },
    Door {
        name: "ADK_ALLOW_CONFIG_STDIO_MCP_SERVERS",
        when: When::On,
        severity: Severity::Medium,
        opens: "ADK starts servers that an agent's config names",
    },
    Door {
        name: "WEBUI_AUTH",
        when: When::Off,
        severity: Severity::High,
        opens: "Open WebUI makes every visitor its administrator",
    },
    Door {
        name: "GEMINI_CLI_TRUST_WORKSPACE",
        when: When::On,
        severity: Severity::Medium,
        opens: "Gemini CLI trusts every folder, with the servers that it brings",
    },
    Door {
        name: "N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE",
        when: When::On,
        severity: Severity::Low,
        opens: "n8n lets agents use community packages as tools",
    },
];

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for setting in settings(&config.tree) {
        let Some(door) = DOORS.iter().find(|door| door.name == setting.name) else {
            continue;
        };
        if !door.when.holds(setting.value) {
            continue;
        }
        findings.push(Finding {
            severity: door.severity,
            confidence: Confidence::High,
            persona: Persona::Regular,
            message: format!("`{}`: {}", door.name, door.opens),
            subject: door.name.to_owned(),
            ..finding_at(&META, config, setting.span, "opens the door")
        });
    }
}

impl When {
    fn holds(&self, value: &str) -> bool {
        let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        match self {
            When::On => matches!(value.as_str(), "true" | "1" | "yes" | "on"),
            When::Off => matches!(value.as_str(), "false" | "0" | "no" | "off"),
            When::Is(expected) => value == *expected,
            When::Set => !value.is_empty() && !value.starts_with('$'),
        }
    }
}
