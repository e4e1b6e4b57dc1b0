//! `inline-code`: interpreter with code on its command line.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Place, Program, Reached, Step, Word, code_dangers};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "inline-code",
    title: "Interpreter with code on its command line",
    why: "the configuration itself is the program, so whoever can edit it executes anything",
    details: "Every interpreter of the launch, also behind `npx`, `uv run` and wrappers, whose arguments are \
        source code: `-e`, `-p`, `-c` in clusters and glued, `--eval`, `deno eval`, `data:` modules, \
        `perl -M` with a semicolon, modules that evaluate their arguments (`python -m timeit`), programs \
        on standard input, and inline programs of the client's own (`inline_python`).\n\nHigh; the \
        confidence is high where a stranger wrote the file. Code that decodes or downloads what it \
        executes is critical. `import x; x.main()` is medium, and so is anything inside a container. An \
        unknown program whose `-c` or `-e` looks like code is medium with low confidence.",
    remedy: "put the code into a file that you review, and name the file",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-94"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    // Shell text that fetches what it executes is reported as a whole by `pull-through-pipe`.
    let is_reported = subject
        .launch
        .steps
        .iter()
        .any(|step| step.script.as_ref().is_some_and(|script| !script.dangers.is_empty()));
    for step in &subject.launch.steps {
        if is_reported && step.reached == Reached::Script {
            continue;
        }
        for (code, how) in inline(step) {
            let dangers = code_dangers(&code);
            let (severity, confidence) = match () {
                () if step.place == Place::Container => (Severity::Medium, Confidence::High),
                () if !dangers.is_empty() => (Severity::Critical, Confidence::High),
                () if is_plain_entry(&code.value) => (Severity::Medium, Confidence::High),
                () => (Severity::High, subject.suspicion()),
            };
            findings.push(Finding {
                severity,
                confidence,
                message: format!("{} executes {how} as a program", subject.name()),
                subject: code.value.clone(),
                ..subject.finding(&META, code.span, "source code")
            });
        }
    }
    if let Some(code) = &subject.server.inline_code {
        findings.push(Finding {
            severity: subject.by_distance(Severity::Medium, Severity::High),
            message: format!("{} is a program inside its configuration", subject.name()),
            subject: code.value.clone(),
            ..subject.finding(&META, code.span, "source code")
        });
    }
    guess(subject, findings);
}

/// The code of a step and what to call it.
fn inline(step: &Step) -> Vec<(Word, String)> {
    let mut found = Vec::new();
    let interprets = step.program.is_interpreter();
    for flag in &step.options {
        let Some(value) = &flag.value else { continue };
        let is_code = match flag.means {
            Means::Code => interprets,
            Means::Preload | Means::Script => {
                is_data(&value.value) || (step.program == Program::Perl && value.value.contains(';'))
            }
            _ => false,
        };
        if is_code {
            found.push((value.clone(), format!("the value of `{}`", flag.name)));
        }
    }
    // `perl -Mstrict;CODE -e0` is one program in two options.
    found.truncate(1);
    if found.is_empty() {
        found.extend(operand(step));
    }
    found
}

fn operand(step: &Step) -> Option<(Word, String)> {
    const EVALUATING: &[&str] = &[
        "timeit", "code", "codeop", "pdb", "bdb", "cProfile", "profile", "trace", "runpy", "doctest",
        "IPython", "idlelib", "asyncio", "pyclbr", "ptpython", "bpython",
    ];
    let first = step.operands.first();
    match step.program {
        Program::Python => {
            if let Some(module) = step.flags(Means::Module).find_map(|flag| flag.value.clone()) {
                let base = module.value.split('.').next().unwrap_or_default();
                let evaluates = EVALUATING.contains(&base);
                return evaluates
                    .then(|| (module.clone(), format!("the arguments of `-m {}`", module.value)));
            }
            let has_stdin = first.is_none_or(|word| word.value == "-" || word.value == "/dev/stdin");
            let informs = step
                .options
                .iter()
                .any(|flag| matches!(flag.name.as_str(), "-V" | "-h" | "--version" | "--help"));
            (has_stdin && !informs)
                .then(|| (first.unwrap_or(&step.word).clone(), "what the client sends".to_owned()))
        }
        Program::Node | Program::Bun | Program::Deno => {
            if let Some(module) = step.operands.iter().take(2).find(|word| is_data(&word.value)) {
                return Some((module.clone(), "a `data:` URL".to_owned()));
            }
            let names_script =
                step.options.iter().any(|flag| matches!(flag.means, Means::Task | Means::Script));
            let has_stdin = first.is_some_and(|word| word.value == "-")
                || (step.program == Program::Node
                    && first.is_none()
                    && !names_script
                    && !step.options.iter().any(|flag| {
                        flag.means == Means::Code || flag.name == "--test" || flag.name.contains("version")
                    }));
            has_stdin.then(|| (first.unwrap_or(&step.word).clone(), "what the client sends".to_owned()))
        }
        Program::Perl => step
            .options
            .iter()
            .find(|flag| flag.name == "-x")
            .map(|flag| (flag.word.clone(), "the script hidden in a file".to_owned())),
        Program::Uv => {
            let word =
                first.filter(|word| word.value == "-" && step.args.iter().any(|arg| arg.value == "run"))?;
            Some((word.clone(), "what the client sends".to_owned()))
        }
        Program::Scriptable => first
            .filter(|word| word.value == "/dev/stdin" || word.value == "-")
            .map(|word| (word.clone(), "what the client sends".to_owned())),
        Program::WindowsHost => {
            let runs = |word: &&Word| {
                let lower = word.value.to_ascii_lowercase();
                ["javascript:", "vbscript:", "http:", "https:", "/i:http"]
                    .iter()
                    .any(|scheme| lower.contains(scheme))
            };
            step.args.iter().find(runs).map(|word| (word.clone(), "what the URL holds".to_owned()))
        }
        _ => None,
    }
}

fn is_data(text: &str) -> bool {
    text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// `from server import main; main()` and the like: a module's entry point, spelled out.
fn is_plain_entry(code: &str) -> bool {
    let parts: Vec<&str> = code
        .trim()
        .trim_end_matches(';')
        .split([';', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    };
    match parts.as_slice() {
        [import, call] => {
            let imports = import.strip_prefix("import ").is_some_and(is_name)
                || import
                    .strip_prefix("from ")
                    .and_then(|rest| rest.split_once(" import "))
                    .is_some_and(|(module, name)| is_name(module) && is_name(name));
            let call =
                call.strip_prefix("asyncio.run(").and_then(|inner| inner.strip_suffix(')')).unwrap_or(call);
            let name = call.strip_suffix("()");
            imports
                && name.is_some_and(is_name)
                && !["os", "subprocess", "pty", "code", "sys"]
                    .contains(&name.unwrap_or_default().split('.').next().unwrap_or_default())
        }
        _ => false,
    }
}

/// An interpreter under another name is known by how it is called.
fn guess(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(step) = subject.launch.first().filter(|step| matches!(step.program, Program::Other(_))) else {
        return;
    };
    let [flag, code, ..] = step.args.as_slice() else {
        return;
    };
    let looks = matches!(flag.value.as_str(), "-c" | "-e" | "-p" | "-r" | "--eval" | "-Command")
        && code.value.contains('(')
        && code.value.contains(')')
        && code.value.contains(['\'', '"', ';', '=']);
    if looks {
        findings.push(Finding {
            severity: Severity::Medium,
            confidence: Confidence::Low,
            persona: Persona::Regular,
            message: format!("{} gives `{}` what looks like source code", subject.name(), step.word.value),
            subject: code.value.clone(),
            ..subject.finding(&META, code.span, "looks like source code")
        });
    }
}
