//! `shell-command`: shell with a command string.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Flag, Grade, Means, Place, Program, Reached, Step, canonical_name};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "shell-command",
    title: "Shell with a command string",
    why: "the string is a program of its own, and everything that is pasted into it is executed",
    details: "Every shell of the launch (`sh`, `bash`, `zsh`, `fish`, `cmd`, PowerShell and their like), also \
        behind wrappers and launchers, that gets its commands as text: `-c` in any cluster, `/c` and \
        `/k`, `-Command`, `-EncodedCommand`, and shells that read commands from files (`--rcfile`, \
        `--init-file`) or from the client's messages (`-s`, or no script at all).\n\nA string that \
        prepares its environment and then starts one known launcher is medium; `cmd /c npx …`, which \
        Windows needs, is not reported. Anything else is high; the confidence is high where a stranger \
        wrote the file. Inside a container it is medium. Text that downloads and executes is \
        `pull-through-pipe`. Script files are not opened, and variables are not expanded.",
    remedy: "name the program and its arguments directly, without a shell",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-78"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    // Text that fetches what it executes is `pull-through-pipe`, with every shell it holds.
    let has_danger = |step: &Step| step.script.as_ref().is_some_and(|script| !script.dangers.is_empty());
    if subject.launch.steps.iter().any(has_danger) {
        return;
    }
    // One finding for a launch: the worst of its shells.
    let judged = subject.launch.steps.iter().filter_map(|step| judge(subject, step));
    let worst = judged.reduce(|best, next| {
        let grade = |finding: &Finding| (finding.severity, finding.confidence);
        if grade(&next) > grade(&best) { next } else { best }
    });
    findings.extend(worst);
}

fn judge(subject: &Subject<'_>, step: &Step) -> Option<Finding> {
    // A container whose entry point is replaced is the matter of `container-entrypoint`.
    let has_entrypoint = step.place == Place::Container
        && subject.launch.steps.iter().any(|outer| outer.flags(Means::Entrypoint).next().is_some());
    if !step.program.is_shell() || has_entrypoint {
        return None;
    }
    let (severity, confidence, says) = grade(subject, step)?;
    let severity = if step.place == Place::Container { severity.min(Severity::Medium) } else { severity };
    let span = step.script.as_ref().map_or(step.word.span, |script| script.text.span);
    let place = step.script.as_ref().map_or("this shell", |_| "read by a shell");
    Some(Finding {
        severity,
        confidence,
        message: format!("{} starts the shell `{}`, which {says}", subject.name(), shell(step)),
        subject: step.script.as_ref().map_or_else(String::new, |script| script.text.value.clone()),
        ..subject.finding(&META, span, place)
    })
}

fn grade(subject: &Subject<'_>, step: &Step) -> Option<(Severity, Confidence, &'static str)> {
    let suspicion = subject.suspicion();
    if step.flags(Means::Code).next().is_some() {
        return Some((Severity::High, Confidence::High, "executes an encoded string that nobody can read"));
    }
    if let Some(script) = &step.script {
        // A bridge that hands its argument to a shell has no shell to take away.
        let is_bridge = step.reached == Reached::Wrapped && !is_shell_word(step);
        return match script.grade {
            Grade::Launches if step.program == Program::Cmd || is_bridge => None,
            Grade::Launches => Some((Severity::Medium, Confidence::High, "only starts one program")),
            Grade::Composes => Some((Severity::High, suspicion, "executes a command string")),
        };
    }
    if step.flags(Means::Preload).next().is_some() {
        return Some((Severity::High, suspicion, "executes a start-up file"));
    }
    let reads_input = step.operands.is_empty() || step.options.iter().any(|flag| flag.name == "-s");
    if step.program == Program::Shell && reads_input && step.reached != Reached::Script {
        return Some((Severity::High, suspicion, "executes whatever the client sends it"));
    }
    let bypasses = |flag: &Flag| flag.name.starts_with("-ex") && flag.text().eq_ignore_ascii_case("bypass");
    if step.program == Program::PowerShell && step.options.iter().any(bypasses) {
        return Some((
            Severity::Medium,
            suspicion,
            "executes an unsigned script despite the execution policy",
        ));
    }
    None
}

fn is_shell_word(step: &Step) -> bool {
    !step.word.value.is_empty()
}

fn shell(step: &Step) -> String {
    if is_shell_word(step) { canonical_name(&step.word.value) } else { "sh".to_owned() }
}
