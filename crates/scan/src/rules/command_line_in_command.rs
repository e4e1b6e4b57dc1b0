//! `command-line-in-command`: whole command line in `command`.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Edit, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "command-line-in-command",
    title: "Whole command line in `command`",
    why: "some clients pass it to a shell and some look for a program of that name, so what runs depends on who reads it",
    details: "A `command` that holds a program and its arguments in one string. A path that holds blanks is \
        one program and is not reported. Everything else about the launch is judged as if the words were \
        separate. Low.",
    remedy: "put the program into `command` and the rest into `args`",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-88"],
        csf: &["PR.PS-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(command), [program, args @ ..]) =
        (&subject.server.command, subject.launch.command_line.as_slice())
    else {
        return;
    };
    findings.push(Finding {
        message: format!("{} has its arguments inside `command`", subject.name()),
        remedy: format!(
            "write `{}` as `command` and the other {} words as `args`",
            program.value,
            args.len()
        ),
        edit: split(subject, program, args),
        subject: command.value.clone(),
        ..subject.finding(&META, command.span, "a program and its arguments")
    });
}

/// The same entry with `args` of its own, where the file is JSON and has none yet.
fn split(
    subject: &Subject<'_>,
    program: &crate::command::Word,
    args: &[crate::command::Word],
) -> Option<Edit> {
    let command = subject.server.command.as_ref()?;
    let source = &subject.config.source;
    let is_json = source.text.trim_start().starts_with('{') && source.slice(command.span).starts_with('"');
    let is_member =
        subject.server.node.member("command").is_some_and(|member| member.value.span == command.span);
    let has_args = ["args", "arguments", "argv"].iter().any(|key| subject.server.node.member(key).is_some());
    if !is_json || !is_member || has_args {
        return None;
    }
    let words: Vec<&str> = args.iter().map(|word| word.value.as_str()).collect();
    let replacement = format!(
        "{}, \"args\": {}",
        serde_json::to_string(&program.value).ok()?,
        serde_json::to_string(&words).ok()?
    );
    Some(Edit { span: command.span, replacement, title: "split the command line".to_owned() })
}
