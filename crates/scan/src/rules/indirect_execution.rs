//! `indirect-execution`: utility that executes its arguments.

mod utility;

use super::setting::names_a_git_program;
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Grade, Means, Place, Program, Step, Word};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "indirect-execution",
    title: "Utility that executes its arguments",
    why: "the program looks like a tool that only reads, and executes what its arguments say",
    details: "Programs that are no launchers and execute commands all the same: `find -exec`, `awk` with \
        `system()` or pipes, `sed` with `e`, `xargs`, `make --eval` and foreign makefiles, `tar \
        --checkpoint-action`, git configuration that names programs (`-c alias.x=!…`, `core.sshCommand`, \
        `ext::` URLs, `--upload-pack`), `ssh -o ProxyCommand`, debuggers, editors and database shells, tools \
        of the system whose options do it (`socat EXEC:`, `nc -e`, `certutil -urlcache`, `openssl -engine`), \
        `env -S`, the loader of the C library, and wrappers that hand a string to a shell (`flock -c`, \
        `script -c`, `watch`).\n\nHigh where an argument is a command, medium where the program is only \
        able to. Wrappers around an ordinary launcher (`timeout 60 npx …`) are not reported: what they \
        start is judged like any other program, unless there are so many of them that the end is not reached.",
    remedy: "name the program that should run, directly",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-88", "CWE-78"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    if let Some(last) = subject.launch.steps.last().filter(|_| subject.launch.is_truncated) {
        findings.push(Finding {
            message: format!("{} hides what it starts behind more programs than are read", subject.name()),
            subject: last.word.value.clone(),
            ..subject.finding(&META, last.word.span, "not read further than here")
        });
    }
    for step in &subject.launch.steps {
        let Some((severity, word, how)) = executes(step) else {
            continue;
        };
        // The text is reported as what it is.
        if step.script.as_ref().is_some_and(|script| !script.dangers.is_empty()) || says_more(subject, step) {
            continue;
        }
        let severity = if step.place == Place::Container { severity.min(Severity::Medium) } else { severity };
        findings.push(Finding {
            severity,
            confidence: if severity >= Severity::High { subject.suspicion() } else { Confidence::High },
            message: format!("{} lets `{}` execute {how}", subject.name(), step.word.value),
            subject: word.value.clone(),
            ..subject.finding(&META, word.span, "executed")
        });
    }
}

/// Whether what `env -S` splits is reported as what it is: a shell's text, an interpreter's code.
fn says_more(subject: &Subject<'_>, step: &Step) -> bool {
    let is_text = |inner: &Step| {
        (inner.program.is_shell() && (inner.script.is_some() || inner.flags(Means::Preload).next().is_some()))
            || inner.flags(Means::ShellCode).next().is_some()
            || (inner.program.is_interpreter() && inner.flags(Means::Code).next().is_some())
    };
    step.program == Program::Env && subject.launch.steps.iter().any(is_text)
}

/// How bad, which word, and what is executed.
fn executes(step: &Step) -> Option<(Severity, Word, &'static str)> {
    let value = |means: Means| step.flags(means).find_map(|flag| flag.value.clone());
    let high = |word: Word, how| Some((Severity::High, word, how));
    let medium = |word: Word, how| Some((Severity::Medium, word, how));
    if let Some(word) = utility::executes(step) {
        return high(word, "what this argument says");
    }
    match &step.program {
        Program::Find => high(value(Means::Command)?, "a command for what it finds"),
        Program::Awk => {
            let code = value(Means::Code)?;
            let runs = ["system(", "| getline", "|getline", "|&", "print |", "\" |", "\"|"]
                .iter()
                .any(|sign| code.value.contains(sign));
            if runs {
                high(code, "a command in its program")
            } else {
                medium(code, "a program of its own language")
            }
        }
        Program::Sed => {
            let code = value(Means::Code)?;
            is_sed_execution(&code.value).then_some((Severity::High, code, "a command in its script"))
        }
        Program::Make => match value(Means::Command) {
            Some(code) => high(code, "text as a makefile"),
            None => medium(value(Means::Script)?, "a makefile of another folder"),
        },
        Program::Tar => high(value(Means::Command)?, "a command while it packs"),
        Program::Git => git(step),
        Program::Ssh => {
            let setting = step
                .flags(Means::SshSetting)
                .find_map(|flag| flag.value.clone().filter(|word| is_ssh_command(&word.value)));
            match setting.or_else(|| value(Means::Command)) {
                Some(word) => high(word, "a command of its settings"),
                None => None,
            }
        }
        Program::Env => {
            let text = value(Means::Command)?;
            medium(text, "a string that it splits into a command")
        }
        Program::Scriptable => {
            let runs = |word: &&Word| {
                let text = word.value.as_str();
                text.starts_with(":!")
                    || text.starts_with("!")
                    || text.starts_with(".shell")
                    || text.starts_with(".system")
                    || text.starts_with("shell ")
                    || text.starts_with("\\!")
                    || text.contains("system(")
                    || text.contains(":!")
            };
            match step.args.iter().find(runs) {
                Some(word) => high(word.clone(), "a command of its script"),
                None => medium(step.word.clone(), "commands of its own language"),
            }
        }
        Program::Wrapper(name) => wrapper(step, name),
        Program::Nix => high(step.script.as_ref()?.text.clone(), "a command string"),
        Program::Cargo => high(utility::cargo(step)?, "a program that its settings name"),
        _ => None,
    }
}

fn wrapper(step: &Step, name: &str) -> Option<(Severity, Word, &'static str)> {
    // `strace -o '|CMD'`
    if let Some(piped) = step.options.iter().find_map(|flag| {
        flag.value.clone().filter(|word| word.value.starts_with(['|', '!']) && word.value.len() > 1)
    }) {
        return Some((Severity::High, piped, "the command that its output goes to"));
    }
    if name.starts_with("ld-") || name == "ld.so" {
        return Some((Severity::Medium, step.word.clone(), "another program under the loader's name"));
    }
    if let Some(script) = &step.script {
        let severity = if script.grade == Grade::Launches { Severity::Medium } else { Severity::High };
        return Some((severity, script.text.clone(), "a command string"));
    }
    match name {
        "xargs" | "gxargs" | "parallel" => {
            Some((Severity::High, step.operands.first()?.clone(), "a command for what it reads"))
        }
        "watch" | "entr" => {
            Some((Severity::Medium, step.operands.first()?.clone(), "a command again and again"))
        }
        _ => None,
    }
}

fn git(step: &Step) -> Option<(Severity, Word, &'static str)> {
    for flag in &step.options {
        let Some(value) = &flag.value else { continue };
        let is_program = match flag.means {
            Means::Command => true,
            Means::GitSetting => names_a_git_program(value.value.split('=').next().unwrap_or_default()),
            _ => false,
        };
        if is_program {
            return Some((Severity::High, value.clone(), "a program that its settings name"));
        }
    }
    let external = step.operands.iter().find(|word| word.value.starts_with("ext::"))?;
    Some((Severity::High, external.clone(), "the command in an `ext::` URL"))
}

fn is_ssh_command(setting: &str) -> bool {
    let key = setting.split(['=', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    [
        "proxycommand",
        "localcommand",
        "knownhostscommand",
        "permitlocalcommand",
        "pkcs11provider",
        "proxyusefdpass",
        "include",
    ]
    .contains(&key.as_str())
}

/// `1e CMD`, `e CMD`, `s/x/y/e`.
fn is_sed_execution(script: &str) -> bool {
    script.split([';', '\n']).any(|part| {
        let part = part.trim();
        let after_address = part.trim_start_matches(|letter: char| {
            letter.is_ascii_digit() || matches!(letter, '$' | ',' | '~' | '+')
        });
        if after_address == "e" || after_address.starts_with("e ") {
            return true;
        }
        let Some(rest) = after_address.strip_prefix('s') else {
            return false;
        };
        let Some(separator) = rest.chars().next().filter(|letter| !letter.is_ascii_alphanumeric()) else {
            return false;
        };
        rest.split(separator).nth(3).is_some_and(|flags| flags.contains('e'))
    })
}
