//! `folder-open-task`: command that runs when the folder is opened.

use mantrap_clients::{Config, Node, Span, Value};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::setting::scalar;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "folder-open-task",
    title: "Command that runs when the folder is opened",
    why: "a repository that is only looked at already runs something",
    details: "Files of a repository that make an editor or agent run a command by themselves: VS Code tasks with `runOn: folderOpen`, hooks in `.claude/settings*.json`, `initializeCommand` of a dev container (it runs on the host), and workspace settings that choose a terminal or interpreter inside the workspace. Most clients ask once whether the folder is trusted, so this is medium; commands that run inside the container are for auditors.",
    remedy: "read the command before you trust the folder; start such tasks by hand",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP09"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.4.7"],
        cwe: &["CWE-829"],
        csf: &["PR.PS"],
    },
};

/// A file with more of them is not read further.
const MOST: usize = 32;

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !config.scope.is_foreign() {
        return;
    }
    let before = findings.len();
    tasks(config, findings);
    hooks(config, findings);
    dev_container(config, findings);
    workspace_settings(config, findings);
    findings.truncate(before + MOST);
}

fn tasks(config: &Config, findings: &mut Vec<Finding>) {
    for task in ["/tasks/*", "/tasks/tasks/*"].iter().flat_map(|pointer| config.tree.pointer(pointer)) {
        let run_on =
            task.pointer("/runOptions/runOn").into_iter().find(|node| node.text() == Some("folderOpen"));
        let Some(run_on) = run_on else { continue };
        let label = ["label", "taskName", "command"]
            .iter()
            .find_map(|key| task.member(key)?.value.text())
            .unwrap_or("a task");
        findings.push(report(
            config,
            run_on.span,
            format!("the task `{label}` runs when the folder is opened"),
            label,
            Severity::Medium,
            Persona::Regular,
        ));
    }
    for pointer in ["/task.allowAutomaticTasks", "/settings/task.allowAutomaticTasks"] {
        for node in config.tree.pointer(pointer).into_iter().filter(|node| node.text() == Some("on")) {
            findings.push(report(
                config,
                node.span,
                "automatic tasks run without a question".into(),
                "task.allowAutomaticTasks",
                Severity::Medium,
                Persona::Regular,
            ));
        }
    }
}

/// Claude Code's hooks: event, matchers, commands.
fn hooks(config: &Config, findings: &mut Vec<Finding>) {
    let Some(events) = config.tree.member("hooks") else {
        return;
    };
    for event in events.value.members() {
        // These run without any tool being called.
        let is_start = matches!(
            event.key.as_str(),
            "SessionStart" | "Setup" | "UserPromptSubmit" | "InstructionsLoaded"
        );
        let (severity, persona) =
            if is_start { (Severity::Medium, Persona::Regular) } else { (Severity::Low, Persona::Pedantic) };
        for command in event.value.pointer("/*/hooks/*/command") {
            let message = format!("a hook runs this command on `{}`", event.key);
            findings.push(report(config, command.span, message, &event.key, severity, persona));
        }
    }
}

fn dev_container(config: &Config, findings: &mut Vec<Finding>) {
    for name in [
        "initializeCommand",
        "onCreateCommand",
        "updateContentCommand",
        "postCreateCommand",
        "postStartCommand",
        "postAttachCommand",
    ] {
        let Some(member) =
            config.tree.member(name).filter(|member| !matches!(member.value.value, Value::Null))
        else {
            continue;
        };
        let (severity, persona, place) = match name {
            "initializeCommand" => (Severity::Medium, Persona::Regular, "on the host"),
            _ => (Severity::Low, Persona::Auditor, "in the container"),
        };
        findings.push(report(
            config,
            member.value.span,
            format!("`{name}` runs {place}"),
            name,
            severity,
            persona,
        ));
    }
}

fn workspace_settings(config: &Config, findings: &mut Vec<Finding>) {
    let blocks = ["/", "/settings", "/customizations/vscode/settings"];
    for member in blocks.iter().flat_map(|pointer| config.tree.pointer(pointer)).flat_map(Node::members) {
        let key = member.key.as_str();
        let is_terminal = [
            "terminal.integrated.profiles.",
            "terminal.integrated.automationProfile.",
            "terminal.integrated.shell.",
            "terminal.integrated.env.",
        ]
        .iter()
        .any(|head| key.starts_with(head));
        let is_program = key.contains('.')
            && [
                "interpreterPath",
                "pythonPath",
                "nodePath",
                "serverPath",
                "executablePath",
                "nodeRuntime",
                "binaryPath",
                "server.path",
            ]
            .iter()
            .any(|tail| key.ends_with(tail));
        if !(is_terminal || is_program) || !points_inside(&member.value) {
            continue;
        }
        // A virtual environment in the project is how Python is used.
        let is_usual = texts(&member.value).iter().any(|text| text.contains("venv"));
        let persona = if is_usual { Persona::Auditor } else { Persona::Pedantic };
        findings.push(report(
            config,
            member.value.span,
            format!("`{key}` chooses a program inside the workspace"),
            key,
            Severity::Low,
            persona,
        ));
    }
}

fn points_inside(node: &Node) -> bool {
    texts(node).iter().any(|text| {
        text.starts_with("./")
            || text.starts_with(".\\")
            || text.contains("${workspaceFolder")
            || text.contains("${workspaceRoot")
    })
}

fn texts(node: &Node) -> Vec<&str> {
    match scalar(node) {
        Some(text) => vec![text],
        None => {
            node.members().iter().map(|member| &member.value).chain(node.items()).flat_map(texts).collect()
        }
    }
}

fn report(
    config: &Config,
    span: Span,
    message: String,
    what: &str,
    severity: Severity,
    persona: Persona,
) -> Finding {
    Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message,
        subject: what.to_owned(),
        ..finding_at(&META, config, span, "runs by itself")
    }
}
