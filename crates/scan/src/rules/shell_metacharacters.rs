//! `shell-metacharacters`: shell syntax in an argument.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Word};
use crate::finding::{Confidence, Finding, Persona, Severity};
use mantrap_clients::discover::Os;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "shell-metacharacters",
    title: "Shell syntax in an argument",
    why: "harmless where no shell is, and executed where a client, a bridge or Windows puts one in between",
    details: "Arguments that hold shell syntax which would do something: a command behind `;`, `|`, `&&` or \
        `&`, substitutions (`$(…)`, backticks), redirections between blanks, line breaks. Arguments that \
        are shell text or code by themselves belong to `shell-command`, `launcher-shell` and \
        `inline-code`.\n\nMedium with medium confidence on Windows, where `.cmd` launchers go through \
        cmd.exe; low elsewhere, for pedants where it may be prose.",
    remedy: "remove the shell syntax",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-78", "CWE-88"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    // Text that is meant to be executed is judged as such.
    let mut texts: Vec<mantrap_clients::Span> = Vec::new();
    for step in &subject.launch.steps {
        texts.extend(step.script.as_ref().map(|script| script.text.span));
        let is_text = |means| {
            matches!(
                means,
                Means::Code
                    | Means::ShellCode
                    | Means::Command
                    | Means::PassThrough
                    | Means::Preload
                    | Means::GitSetting
                    | Means::SshSetting
                    | Means::ContainerEnvironment
            )
        };
        texts.extend(
            step.options
                .iter()
                .filter(|flag| is_text(flag.means))
                .flat_map(|flag| [flag.span(), flag.word.span]),
        );
    }
    texts.sort_unstable();
    texts.dedup();
    let own = subject.server.args.iter().map(|arg| Word::new(arg.value.clone(), arg.span));
    for arg in own.chain(subject.launch.command_line.iter().skip(1).cloned()) {
        let is_text = || texts.iter().any(|text| text.start < arg.span.end && arg.span.start < text.end);
        let Some((what, is_sure)) = syntax(&arg.value).filter(|_| !is_text()) else {
            continue;
        };
        let on_windows = context.os == Os::Windows && is_sure;
        findings.push(Finding {
            severity: if on_windows { Severity::Medium } else { Severity::Low },
            confidence: if is_sure { Confidence::Medium } else { Confidence::Low },
            persona: if is_sure { Persona::Regular } else { Persona::Pedantic },
            message: format!("{} has {what} in an argument", subject.name()),
            subject: arg.value.clone(),
            ..subject.finding(&META, arg.span, what)
        });
    }
}

/// What a shell would see in `text`, and whether it is likely to be meant.
fn syntax(text: &str) -> Option<(&'static str, bool)> {
    let opens = text.find("$(");
    if opens.is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(')'))) {
        return Some(("a command substitution", true));
    }
    let ticks: Vec<&str> = text.split('`').collect();
    if let [_, inside, _, ..] = ticks.as_slice()
        && !inside.trim().is_empty()
    {
        // Prose quotes single words in backticks.
        return Some(("a command substitution", text.starts_with('`') || inside.contains(' ')));
    }
    if text.contains(['\n', '\r']) {
        return Some(("a line break", false));
    }
    for (separator, what) in [
        ("&&", "a second command"),
        ("||", "a second command"),
        (";", "a second command"),
        ("|", "a pipe"),
        ("&", "a second command"),
    ] {
        for (at, _) in text.match_indices(separator) {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at + separator.len()..).unwrap_or_default();
            if is_command(separator, before, after) {
                return Some((what, before.trim().is_empty() || separator != "&"));
            }
        }
    }
    if text.trim() != text && !text.trim().is_empty() {
        return Some(("blanks at an end", false));
    }
    let redirects = [" > ", " >> ", " < "].iter().any(|sign| text.contains(sign));
    redirects.then_some(("a redirection", false))
}

/// Whether a command with arguments follows: `; touch x`, `x;rm -rf /`, `| sh`; not `q=1;charset=utf-8`.
fn is_command(separator: &str, before: &str, after: &str) -> bool {
    let is_spaced = after.starts_with(' ') && (before.is_empty() || before.ends_with(' '));
    let rest = after.trim_start();
    let name = rest.split(' ').next().unwrap_or_default();
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
    let has_arguments = rest.len() > name.len();
    match separator {
        ";" => {
            is_name && (before.trim().is_empty() || (has_arguments && (is_spaced || !before.contains(' '))))
        }
        "&" | "|" => is_name && is_spaced && (has_arguments || before.trim().is_empty()),
        _ => is_name && is_spaced,
    }
}
