//! `auto-approval`: tools or servers that run without a question.

use mantrap_clients::{Config, Node, Server, Span};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::edit;
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::setting::scalar;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "auto-approval",
    title: "Tools or servers that run without a question",
    why: "a prompt that an attacker hides in a page, an issue or a tool result then acts with nobody in between",
    details: "Members of an entry that approve its tools (`autoApprove`, `alwaysAllow`, `trust`, approval modes), and switches of a whole client that approve tools, commands, folders or a repository's servers. Everything at once is medium in one's own file, and high where the file is a repository's, because its author then decides what needs no question. A list of named tools is low, or medium from a repository.",
    remedy: "remove the approval, or name the few tools that only read",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP02", "MCP06"],
        owasp_agentic: &["ASI02", "ASI09"],
        aisvs: &["10.4.7"],
        cwe: &["CWE-862", "CWE-1188"],
        csf: &["PR.AA", "PR.PS"],
    },
};

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(config.servers.iter().filter_map(|server| entry(config, server)));
    for switch in SWITCHES {
        for node in config.tree.pointer(switch.pointer) {
            if let Some(place) = switch.when.place(node) {
                findings.push(file_switch(config, switch, node, place));
            }
        }
    }
}

/// The approvals of one entry, as one finding.
fn entry(config: &Config, server: &Server) -> Option<Finding> {
    const MEMBERS: &[&str] = &["autoApprove", "alwaysAllow", "trust", "default_tools_approval_mode"];
    let first = server.auto_approve.first()?;
    let is_everything =
        |text: &str| matches!(text, "*" | "true" | "full" | "auto" | "approve" | "all" | "always");
    let everything =
        server.auto_approve.iter().find(|text| is_everything(&text.value) && !is_one_tool(server, text.span));
    let place = everything.unwrap_or(first).span;
    let (severity, persona) = grade(everything.is_some(), config.scope.is_foreign());
    let what = match everything {
        Some(_) => "every tool".to_owned(),
        None => tools(server),
    };
    let brought = if config.scope.is_foreign() { ", in a file that the folder brings" } else { "" };
    Some(Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message: format!("`{}` runs {what} without a question{brought}", server.name.value),
        edit: edit::remove_member(config, place, &|key| MEMBERS.contains(&key), "ask before the tools run"),
        subject: if everything.is_some() { "every tool" } else { "some tools" }.into(),
        ..finding_at(&META, config, place, "no question asked")
    })
}

/// `tools.NAME.approval_mode`: the approval of one tool.
fn is_one_tool(server: &Server, span: Span) -> bool {
    server.node.pointer("/tools/*/approval_mode").iter().any(|node| node.span == span)
}

fn tools(server: &Server) -> String {
    const SHOWN: usize = 3;
    let names: Vec<String> =
        server.auto_approve.iter().take(SHOWN).map(|text| format!("`{}`", text.value)).collect();
    let one_by_one = server.auto_approve.iter().all(|text| is_one_tool(server, text.span));
    match (one_by_one, server.auto_approve.len()) {
        (true, 1) => "one tool".to_owned(),
        (true, count) => format!("{count} tools"),
        (false, count) if count > SHOWN => format!("{} and {} more", names.join(", "), count - SHOWN),
        (false, _) => names.join(", "),
    }
}

fn grade(is_everything: bool, is_foreign: bool) -> (Severity, Persona) {
    match (is_everything, is_foreign) {
        (true, true) => (Severity::High, Persona::Regular),
        (true, false) => (Severity::Medium, Persona::Regular),
        (false, true) => (Severity::Medium, Persona::Regular),
        (false, false) => (Severity::Low, Persona::Pedantic),
    }
}

fn file_switch(config: &Config, switch: &Switch, node: &Node, place: Span) -> Finding {
    let is_foreign = config.scope.is_foreign();
    let (severity, persona) = match switch.reach {
        Reach::Everything => grade(true, is_foreign),
        Reach::Some => grade(false, is_foreign),
        Reach::Own if is_foreign => (Severity::Low, Persona::Pedantic),
        Reach::Own => (Severity::Low, Persona::Auditor),
    };
    let name = switch.pointer.trim_start_matches('/').replace('/', ".");
    let last = switch.pointer.rsplit('/').next().unwrap_or_default();
    let edit = match switch.when {
        When::False => edit::replace_text(&config.source, place, "true", format!("set `{name}` to true")),
        When::Holds(_) => None,
        _ => edit::remove_member(config, node.span, &|key| key == last, format!("remove `{name}`")),
    };
    Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message: format!("`{name}` {}", switch.does),
        edit,
        subject: switch.pointer.to_owned(),
        ..finding_at(&META, config, place, "no question asked")
    }
}

/// One switch of a client's settings.
struct Switch {
    /// Where it stands. The names are particular enough that the client need not be asked.
    pointer: &'static str,
    /// When it approves.
    when: When,
    /// How much it approves.
    reach: Reach,
    /// What it does, after its name.
    does: &'static str,
}

enum When {
    True,
    False,
    NotEmpty,
    Is(&'static [&'static str]),
    Holds(&'static [&'static str]),
}

enum Reach {
    Everything,
    Some,
    /// The user's own record of approvals that were given.
    Own,
}

impl When {
    /// What to point at, when it approves.
    fn place(&self, node: &Node) -> Option<Span> {
        let whole = |holds: bool| holds.then_some(node.span);
        match self {
            When::True => whole(node.truth() == Some(true)),
            When::False => whole(node.truth() == Some(false)),
            When::NotEmpty => whole(!node.items().is_empty() || !node.members().is_empty()),
            When::Is(values) => whole(scalar(node).is_some_and(|text| values.contains(&text))),
            When::Holds(values) => {
                let named = |text: Option<&str>| text.is_some_and(|text| values.contains(&text));
                let item = node.items().iter().find(|item| named(item.text())).map(|item| item.span);
                let mut members = node.members().iter();
                item.or_else(|| {
                    let member =
                        members.find(|member| named(Some(&member.key)) && member.value.truth() == Some(true));
                    member.map(|member| member.key_span)
                })
            }
        }
    }
}

/// Sources: the settings references of Claude Code, VS Code, Cursor, Gemini CLI, Qwen Code, Codex, Amp, Zed,
/// OpenCode, Kilo Code, Roo Code, Kiro, Goose and Crush.
const SWITCHES: &[Switch] = &[
    Switch {
        pointer: "/enableAllProjectMcpServers",
        when: When::True,
        reach: Reach::Everything,
        does: "starts every server that a repository brings without a question",
    },
    Switch {
        pointer: "/enabledMcpjsonServers",
        when: When::NotEmpty,
        reach: Reach::Own,
        does: "starts these servers of the repository, whatever their command becomes",
    },
    Switch {
        pointer: "/permissions/defaultMode",
        when: When::Is(&["bypassPermissions"]),
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/skipDangerousModePermissionPrompt",
        when: When::True,
        reach: Reach::Everything,
        does: "takes away the warning before every question is skipped",
    },
    Switch {
        pointer: "/permissions/allow",
        when: When::Holds(&[
            "*",
            "mcp__*",
            "mcp__*__*",
            "Bash",
            "Bash(*)",
            "Bash(*:*)",
            "Bash(:*)",
            "Shell(*)",
            "Mcp(*:*)",
        ]),
        reach: Reach::Everything,
        does: "allows every command or every server's tools",
    },
    Switch {
        pointer: "/chat.tools.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/chat.tools.global.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/settings/chat.tools.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/settings/chat.tools.global.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/customizations/vscode/settings/chat.tools.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/customizations/vscode/settings/chat.tools.global.autoApprove",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/chat.tools.terminal.autoApprove",
        when: When::Holds(&["*", "/.*/", "/^.*$/", "/.+/", "/(?:)/", "/^/"]),
        reach: Reach::Everything,
        does: "lets every terminal command run without a question",
    },
    Switch {
        pointer: "/chat.mcp.autostart",
        when: When::Is(&["newAndOutdated", "true"]),
        reach: Reach::Some,
        does: "starts servers again by itself when their entry changes",
    },
    Switch {
        pointer: "/chat.mcp.discovery.enabled",
        when: When::True,
        reach: Reach::Some,
        does: "takes over the servers of other clients",
    },
    Switch {
        pointer: "/security.workspace.trust.enabled",
        when: When::False,
        reach: Reach::Everything,
        does: "trusts every folder",
    },
    Switch {
        pointer: "/mcpAllowlist",
        when: When::Holds(&["*", "*:*"]),
        reach: Reach::Everything,
        does: "lets every server's tools run without a question",
    },
    Switch {
        pointer: "/security/folderTrust/enabled",
        when: When::False,
        reach: Reach::Some,
        does: "trusts every folder, with the servers that it brings",
    },
    Switch {
        pointer: "/folderTrust",
        when: When::False,
        reach: Reach::Some,
        does: "trusts every folder, with the servers that it brings",
    },
    Switch {
        pointer: "/tools/autoAccept",
        when: When::True,
        reach: Reach::Some,
        does: "runs tools that are thought safe without a question",
    },
    Switch {
        pointer: "/autoAccept",
        when: When::True,
        reach: Reach::Some,
        does: "runs tools that are thought safe without a question",
    },
    Switch {
        pointer: "/tools/approvalMode",
        when: When::Is(&["yolo"]),
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/general/defaultApprovalMode",
        when: When::Is(&["yolo"]),
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/approval_policy",
        when: When::Is(&["never"]),
        reach: Reach::Everything,
        does: "never asks before a command",
    },
    Switch {
        pointer: "/profiles/*/approval_policy",
        when: When::Is(&["never"]),
        reach: Reach::Some,
        does: "never asks before a command",
    },
    Switch {
        pointer: "/sandbox_mode",
        when: When::Is(&["danger-full-access"]),
        reach: Reach::Everything,
        does: "takes the sandbox away",
    },
    Switch {
        pointer: "/profiles/*/sandbox_mode",
        when: When::Is(&["danger-full-access"]),
        reach: Reach::Some,
        does: "takes the sandbox away",
    },
    Switch {
        pointer: "/amp.dangerouslyAllowAll",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every command run without a question",
    },
    Switch {
        pointer: "/agent/always_allow_tool_actions",
        when: When::True,
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/agent/tool_permissions/default",
        when: When::Is(&["allow"]),
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/permission",
        when: When::Is(&["allow"]),
        reach: Reach::Everything,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/permission/*",
        when: When::Is(&["allow"]),
        reach: Reach::Some,
        does: "lets these tools run without a question",
    },
    Switch {
        pointer: "/roo-cline.allowedCommands",
        when: When::Holds(&["*"]),
        reach: Reach::Everything,
        does: "lets every command run without a question",
    },
    Switch {
        pointer: "/kiroAgent.trustedCommands",
        when: When::Holds(&["*"]),
        reach: Reach::Everything,
        does: "lets every command run without a question",
    },
    Switch {
        pointer: "/GOOSE_MODE",
        when: When::Is(&["auto"]),
        reach: Reach::Some,
        does: "lets every tool run without a question",
    },
    Switch {
        pointer: "/permissions/allowed_tools",
        when: When::NotEmpty,
        reach: Reach::Some,
        does: "lets these tools run without a question",
    },
];
