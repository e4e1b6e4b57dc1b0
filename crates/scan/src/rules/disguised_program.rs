//! `disguised-program`: program under a misleading name.

use super::target::is_absolute_anywhere;
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Place, Program, Reached, variable};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "disguised-program",
    title: "Program under a misleading name",
    why: "a reviewer reads one thing and the system starts another",
    details: "Program names with blanks at an end or a trailing dot (which Windows drops), with the extension \
        of a document (`invoice.pdf.exe`, `logo.png`), programs that are nothing but a variable (`$RUNNER`, low in \
        one's own files), and paths that climb back with `..` through other \
        folders. Medium; a climbing path is for pedants. Letters of other scripts that look alike are \
        `homoglyph-name`, invisible characters `hidden-characters`. Links and copies under other names \
        are not followed.",
    remedy: "name the program as it is called",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-451", "CWE-41"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(command) = &subject.server.command else {
        return;
    };
    variables(subject, findings);
    let linked = subject.launch.first().and_then(|step| target_of_link(context, &step.word.value));
    let look_alike = subject.launch.command_line.first().and_then(|word| look_alike(&word.value));
    let (severity, says) = match (judge(&command.value), linked, look_alike) {
        (Some((severity, says)), ..) => (severity, says.to_owned()),
        (None, Some(program), _) => (Severity::Medium, format!("which is a link to `{program}`")),
        (None, None, Some(program)) => (Severity::Medium, format!("which only looks like `{program}`")),
        (None, None, None) => return,
    };
    findings.push(Finding {
        severity,
        persona: if severity == Severity::Low { Persona::Pedantic } else { Persona::Regular },
        message: format!("{} starts `{}`, {says}", subject.name(), command.value.escape_debug()),
        subject: command.value.clone(),
        ..subject.finding(&META, command.span, says)
    });
}

/// Programs that a variable names, wherever the launch starts them.
fn variables(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let steps = subject.launch.steps.iter();
    for step in steps.filter(|step| step.place == Place::Host && step.reached != Reached::Script) {
        let Some(variable) = variable(&step.word.value) else { continue };
        findings.push(Finding {
            severity: subject.by_distance(Severity::Low, Severity::Medium),
            message: format!("{} starts whatever the variable `{variable}` names", subject.name()),
            remedy: "name the program itself".to_owned(),
            subject: step.word.value.clone(),
            ..subject.finding(&META, step.word.span, "a variable")
        });
    }
}

/// The shell or interpreter that a program of another name is a link to.
fn target_of_link(context: &Context<'_>, program: &str) -> Option<String> {
    let is_unknown = matches!(crate::command::program(program), Program::Other(_));
    let path = std::path::Path::new(program);
    if !is_unknown || !path.is_absolute() {
        return None;
    }
    let real = context.files.resolve(path)?;
    let name = real.file_name()?.to_str()?;
    let found = crate::command::program(name);
    (found.is_shell() || found.is_interpreter() || found.is_package_launcher())
        .then(|| real.display().to_string())
}

/// The launcher that a name in a command line looks like. A name of its own is the matter of `homoglyph-name`.
fn look_alike(program: &str) -> Option<String> {
    let skeleton = crate::known::skeleton(program);
    let is_known = !matches!(crate::command::program(&skeleton), Program::Other(_));
    (!program.is_ascii() && is_known).then_some(skeleton)
}

fn judge(command: &str) -> Option<(Severity, &'static str)> {
    const DOCUMENTS: &[&str] = &[
        "pdf", "png", "jpg", "jpeg", "gif", "txt", "log", "doc", "docx", "xls", "xlsx", "csv", "md", "html",
        "svg", "ico", "tmp", "dat", "bak", "mp4", "zip",
    ];
    if command.trim() != command && !command.trim().is_empty() {
        return Some((Severity::Medium, "whose name ends or begins with blanks"));
    }
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
    if name.ends_with('.') && name.len() > 1 && name != ".." {
        return Some((Severity::Medium, "whose last dot Windows drops"));
    }
    let mut extensions = name.split('.').skip(1).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    if extensions
        .last()
        .is_some_and(|last| matches!(last.as_str(), "exe" | "cmd" | "bat" | "com" | "scr" | "pif" | "ps1"))
    {
        extensions.pop();
    }
    if !name.contains(char::is_whitespace)
        && extensions.last().is_some_and(|last| DOCUMENTS.contains(&last.as_str()))
    {
        return Some((Severity::Medium, "which is called like a document"));
    }
    let climbs = is_absolute_anywhere(command) && command.split(['/', '\\']).any(|part| part == "..");
    climbs.then_some((Severity::Low, "whose path leads back through other folders"))
}
