//! `api-redirect`: model traffic sent to another host.

use mantrap_clients::Config;

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::address;
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::setting::settings;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "api-redirect",
    title: "Model traffic sent to another host",
    why: "prompts, files and the API key go to whoever runs that host, and its answers steer the agent",
    details: "Variables and settings that replace the address of a model's API (`ANTHROPIC_BASE_URL`, `OPENAI_BASE_URL` and their like) by a host that is neither the vendor's, nor a large cloud's, nor this machine. High in a file that a repository or package brings; in one's own file a gateway is an ordinary thing: low, for pedantic readers.",
    remedy: "delete the variable, or check that the host is yours",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP01", "MCP10"],
        owasp_agentic: &["ASI03", "ASI07"],
        aisvs: &["10.3.1"],
        cwe: &["CWE-441", "CWE-200"],
        csf: &["PR.DS", "PR.AA"],
    },
};

/// Names of variables and settings that hold the address of a model's API.
const NAMES: &[&str] = &[
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "CLAUDE_API_BASE_URL",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "OPENAI_API_BASE_URL",
    "OPENAI_API_HOST",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "GEMINI_BASE_URL",
    "MISTRAL_BASE_URL",
    "GROQ_BASE_URL",
    "DEEPSEEK_BASE_URL",
    "XAI_BASE_URL",
    "OPENROUTER_BASE_URL",
    "CODE_ASSIST_ENDPOINT",
    "COPILOT_API_URL",
    "DASHSCOPE_BASE_URL",
];
/// Hosts of the vendors and clouds that serve these models.
const VENDORS: &[&str] = &[
    "anthropic.com",
    "claude.com",
    "openai.com",
    "googleapis.com",
    "google.com",
    "amazonaws.com",
    "azure.com",
    "azure-api.net",
    "mistral.ai",
    "groq.com",
    "deepseek.com",
    "x.ai",
    "openrouter.ai",
    "githubcopilot.com",
    "github.com",
    "aliyuncs.com",
    "moonshot.ai",
    "moonshot.cn",
    "z.ai",
    "bigmodel.cn",
    "minimax.io",
    "cloudflare.com",
    "vercel.sh",
    "together.xyz",
    "fireworks.ai",
];

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for setting in settings(&config.tree) {
        let name = setting.name.to_ascii_uppercase();
        if !NAMES.contains(&name.as_str()) {
            continue;
        }
        let Some(address) = address::parse(setting.value) else {
            continue;
        };
        let host = address.host.trim_end_matches('.').to_ascii_lowercase();
        let is_vendor = VENDORS.iter().any(|vendor| {
            host == *vendor || host.strip_suffix(vendor).is_some_and(|head| head.ends_with('.'))
        });
        if is_vendor || address.is_loopback() || host.is_empty() || host.contains('$') {
            continue;
        }
        let (severity, persona) = match config.scope.is_foreign() {
            true => (Severity::High, Persona::Regular),
            false => (Severity::Low, Persona::Pedantic),
        };
        findings.push(Finding {
            severity,
            persona,
            confidence: Confidence::High,
            message: format!("`{}` sends model traffic to `{host}`", setting.name),
            subject: format!("{name}={host}"),
            ..finding_at(&META, config, setting.span, "goes here")
        });
    }
}
