//! `preloaded-code`: code loaded before the program.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Flag, Means, Place, Program, Step, Word};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "preloaded-code",
    title: "Code loaded before the program",
    why: "the file runs first and with the same rights, however carefully the program itself was reviewed",
    details: "Options that load a file or module besides the program: `--require`, `--import`, `--loader`, \
        `--preload`, Java agents and argument files, `ruby -r`, `php -d auto_prepend_file`, `lua -l`, \
        `perl -M` and `-I`, `git --exec-path`, import maps from the network, and interpreters chosen by \
        path (`uvx --python FILE`).\n\nA URL is high. A file is medium, and high where a stranger wrote \
        the config. A module that is named without a path is low; well-known loaders (`tsx`, `ts-node`, \
        `dotenv/config`, OpenTelemetry) are for pedants. Files are not opened. `data:` URLs are \
        `inline-code`, environment variables are `loader-environment`.",
    remedy: "drop the option, or build the code into the program",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP04"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-427", "CWE-829"],
        csf: &["PR.PS-05"],
    },
};

/// What TypeScript and configuration loaders are called in READMEs.
const USUAL: &[&str] = &[
    "tsx",
    "tsx/esm",
    "tsx/cjs",
    "ts-node",
    "ts-node/register",
    "ts-node/esm",
    "ts-node/register/transpile-only",
    "dotenv/config",
    "tsconfig-paths/register",
    "source-map-support/register",
    "@swc-node/register",
    "@swc-node/register/esm-register",
    "esbuild-register",
    "esm",
    "strict",
    "warnings",
    "utf8",
    "bundler/setup",
    "@opentelemetry/auto-instrumentations-node/register",
];

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in &subject.launch.steps {
        if step.program.is_shell() {
            continue;
        }
        for flag in &step.options {
            let Some(what) = loaded(step, flag) else { continue };
            findings.push(finding(subject, step, &what, &flag.name));
        }
        let has_program = step.options.iter().any(|flag| matches!(flag.means, Means::Script | Means::Module));
        let argument_file = step.operands.first().filter(|word| word.value.starts_with('@'));
        if let Some(word) = argument_file.filter(|_| step.program == Program::Java && !has_program) {
            findings.push(finding(subject, step, word, "@"));
        }
    }
}

fn finding(subject: &Subject<'_>, step: &Step, what: &Word, option: &str) -> Finding {
    let text = what.value.as_str();
    let lower = text.to_ascii_lowercase();
    let is_remote = lower.starts_with("http://") || lower.starts_with("https://");
    let is_file =
        text.contains(['/', '\\']) && !USUAL.contains(&text) && !text.starts_with('@') || option == "@";
    let is_code_option =
        option.starts_with("-XX") || option.starts_with("-agent") || option.starts_with("-javaagent");
    let (severity, persona) = match () {
        () if USUAL.contains(&text) || lower.contains("opentelemetry") => (Severity::Low, Persona::Pedantic),
        () if step.place == Place::Container => (Severity::Low, Persona::Regular),
        () if is_remote => (Severity::High, Persona::Regular),
        () if is_file || is_code_option => {
            (subject.by_distance(Severity::Medium, Severity::High), Persona::Regular)
        }
        () => (subject.by_distance(Severity::Low, Severity::Medium), Persona::Regular),
    };
    Finding {
        severity,
        confidence: subject.suspicion(),
        persona,
        message: format!("{} loads `{text}` before `{}` starts", subject.name(), step.word.value),
        subject: format!("{option}={text}"),
        ..subject.finding(&META, what.span, "loaded first")
    }
}

/// What an option loads.
fn loaded(step: &Step, flag: &Flag) -> Option<Word> {
    let text = flag.text();
    match flag.means {
        Means::Preload => {
            let is_data = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
            let is_debugger = text.starts_with("jdwp");
            let is_code = step.program == Program::Perl && text.contains(';');
            let word = flag.value.clone().unwrap_or_else(|| flag.word.clone());
            let is_search_path = flag.name == "-I" && text.is_empty();
            (!is_data && !is_debugger && !is_code && !is_search_path).then_some(word)
        }
        Means::Interpreter => flag.value.clone().filter(|word| crate::command::is_path(&word.value)),
        Means::PhpSetting => {
            let key = text.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
            let loads = [
                "auto_prepend_file",
                "auto_append_file",
                "extension",
                "zend_extension",
                "extension_dir",
                "include_path",
                "allow_url_include",
                "ffi.preload",
                "opcache.preload",
            ];
            loads.contains(&key.as_str()).then(|| flag.value.clone()).flatten()
        }
        Means::ConfigFile if flag.name == "--import-map" => {
            flag.value.clone().filter(|word| word.value.to_ascii_lowercase().starts_with("http"))
        }
        Means::Plain if step.program == Program::Java => {
            let executes = text.starts_with("OnError")
                || text.starts_with("OnOutOfMemoryError")
                || text.starts_with("Flags=")
                || text.starts_with("VMOptionsFile");
            executes.then(|| flag.word.clone())
        }
        _ => None,
    }
}
