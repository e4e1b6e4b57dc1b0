//! What in shell text executes what comes from elsewhere.

use mantrap_clients::Span;

use super::{Command, Danger, DangerKind, effective};
use crate::command::{Flag, Means, Program, Word, program, table};

fn fetches(command: &Command) -> bool {
    const POWERSHELL: &[&str] =
        &["iwr", "irm", "invoke-webrequest", "invoke-restmethod", "start-bitstransfer"];
    effective(command).first().is_some_and(|word| {
        program::program(&word.value) == Program::Fetcher
            || POWERSHELL.contains(&word.value.to_ascii_lowercase().as_str())
    })
}

fn decodes(command: &Command) -> bool {
    let words = effective(command);
    let Some(first) = words.first() else { return false };
    let has = |flags: &[&str]| words.iter().any(|word| flags.contains(&word.value.as_str()));
    match program::canonical_name(&first.value).as_str() {
        "base64" | "base32" | "gbase64" | "basenc" => has(&["-d", "-D", "--decode", "-di", "-id"]),
        "xxd" => has(&["-r", "-rp", "-p"]),
        "openssl" => has(&["enc", "base64", "-d"]),
        "uudecode" | "rev" => true,
        _ => false,
    }
}

/// Whether a command executes what comes on its input.
fn runs_input(command: &Command) -> bool {
    let words = effective(command);
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    let program = program::program(&first.value);
    if !(program.is_shell() || program.is_interpreter()) {
        return matches!(first.value.to_ascii_lowercase().as_str(), "iex" | "invoke-expression");
    }
    let has = |flags: &[&str]| rest.iter().any(|word| flags.contains(&word.value.as_str()));
    if has(&["-s", "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]) {
        return true;
    }
    // What its options take is no script: `bash -euo pipefail`, `python3 -W ignore`.
    let grammar = match program {
        Program::Shell => &table::SHELL,
        Program::Python => &table::PYTHON,
        Program::Node => &table::NODE,
        _ => return !has(&["-c", "-m", "-e", "-p"]) && rest.iter().all(|word| word.value.starts_with('-')),
    };
    let parsed = grammar.parse(rest);
    let names_other =
        |flag: &Flag| matches!(flag.means, Means::Code | Means::ShellCode | Means::Module | Means::Script);
    parsed.operands.is_empty() && !parsed.options.iter().any(names_other)
        || parsed.options.iter().any(|flag| flag.name == "-s")
}

/// Whether a command executes the text of its substitutions.
fn runs_substitution(command: &Command) -> bool {
    if command.starts_substituted {
        return true;
    }
    effective(command).first().is_some_and(|word| {
        let program = program::program(&word.value);
        program.is_shell()
            || program.is_interpreter()
            || matches!(
                word.value.to_ascii_lowercase().as_str(),
                "eval" | "source" | "." | "iex" | "invoke-expression"
            )
    })
}

pub(super) fn dangers(text: &Word, commands: &[Command]) -> Vec<Danger> {
    let mut found: Vec<Danger> = Vec::new();
    let span_of = |command: &Command| {
        let first = command.words.first().map_or(text.span, |word| word.span);
        let last = command.words.last().map_or(first, |word| word.span);
        Span { start: first.start, end: last.end.max(first.end) }
    };
    let mut add = |kind, from: Span, to: Span| {
        let danger =
            Danger { kind, span: Span { start: from.start.min(to.start), end: from.end.max(to.end) } };
        if !found.iter().any(|known| known.kind == danger.kind) {
            found.push(danger);
        }
    };
    let mut downloads: Vec<(String, Span)> = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let span = span_of(command);
        if command.piped && runs_input(command) {
            let pipeline = commands.get(..index).unwrap_or_default();
            let mut upstream = pipeline.iter().rev();
            let mut goes_on = true;
            while goes_on && let Some(source) = upstream.next() {
                goes_on = source.piped || source.nested != command.nested;
                if fetches(source) {
                    add(DangerKind::FetchAndRun, span_of(source), span);
                }
                if decodes(source) {
                    add(DangerKind::DecodeAndRun, span_of(source), span);
                }
            }
        }
        if runs_substitution(command) {
            for source in commands.get(command.inner.clone()).unwrap_or_default() {
                if fetches(source) {
                    add(DangerKind::FetchAndRun, span_of(source), span);
                }
                if decodes(source) {
                    add(DangerKind::DecodeAndRun, span_of(source), span);
                }
            }
        }
        if fetches(command) {
            downloads.extend(downloaded(command).map(|file| (file, span)));
            if hands_over_a_shell(command) {
                add(DangerKind::ReverseShell, span, span);
            }
        } else if let Some((_, from)) = downloads.iter().find(|(file, _)| executes(command, file)) {
            add(DangerKind::FetchAndRun, *from, span);
        }
    }
    for (kind, span) in code_dangers(text) {
        add(kind, span, span);
    }
    found
}

/// The file names that a fetching command writes.
fn downloaded(command: &Command) -> impl Iterator<Item = String> {
    let words = effective(command);
    let base = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let named: Vec<String> = words
        .windows(2)
        .filter_map(|pair| match pair {
            [flag, file]
                if ["-o", "--output", "-O", "--output-document", "-OutFile"]
                    .contains(&flag.value.as_str())
                    || flag.value.ends_with('o')
                        && flag.value.starts_with("-")
                        && !flag.value.starts_with("--") =>
            {
                Some(base(&file.value))
            }
            _ => None,
        })
        .collect();
    let redirected: Vec<String> = command.redirects.iter().map(|file| base(file)).collect();
    let remote: Vec<String> = words
        .iter()
        .filter(|word| word.value.contains("://"))
        .map(|word| base(word.value.split(['?', '#']).next().unwrap_or_default()))
        .collect();
    named.into_iter().chain(redirected).chain(remote).filter(|name| !name.is_empty() && name != "null")
}

/// Whether a command runs `file`, or makes it executable.
fn executes(command: &Command, file: &str) -> bool {
    let words = effective(command);
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    let names = |word: &Word| word.value.rsplit(['/', '\\']).next() == Some(file);
    let program = program::program(&first.value);
    names(first)
        || ((program.is_shell()
            || program.is_interpreter()
            || matches!(first.value.as_str(), "." | "source" | "chmod" | "start"))
            && rest.iter().any(names))
}

fn hands_over_a_shell(command: &Command) -> bool {
    let words = effective(command);
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    match program::canonical_name(&first.value).as_str() {
        "nc" | "ncat" | "netcat" => rest.iter().any(|word| {
            matches!(word.value.as_str(), "-e" | "-c" | "--exec" | "--sh-exec")
                || (word.value.starts_with('-') && !word.value.starts_with("--") && word.value.ends_with('e'))
        }),
        "socat" => rest.iter().any(|word| {
            let lower = word.value.to_ascii_lowercase();
            lower.starts_with("exec:") || lower.starts_with("system:")
        }),
        _ => false,
    }
}

/// Dangers that show in the text itself, whatever language it is in: shell, PowerShell, Python, JavaScript.
pub(in crate::command) fn code_dangers(text: &Word) -> Vec<(DangerKind, Span)> {
    const RUNS: &[&str] = &[
        "iex",
        "invoke-expression",
        "exec(",
        "eval(",
        "os.system",
        "subprocess",
        "child_process",
        "new function",
        "start-process",
        "spawn(",
    ];
    const FETCHES: &[&str] = &[
        "downloadstring",
        "downloadfile",
        "net.webclient",
        "invoke-webrequest",
        "invoke-restmethod",
        "iwr ",
        "irm ",
        "urlopen",
        "urlretrieve",
        "requests.get",
        "fetch(",
        "http.get",
        "https.get",
        "httpx.get",
        "open-uri",
        "curl ",
        "wget ",
    ];
    const DECODES: &[&str] = &[
        "frombase64string",
        "b64decode",
        "base64.decode",
        "'base64'",
        "\"base64\"",
        "atob(",
        "fromcharcode",
        "codecs.decode",
        "decode64",
    ];
    const SHELLS: &[&str] = &["/dev/tcp/", "/dev/udp/", "tcpclient(", "pty.spawn"];
    let lower = text.value.to_ascii_lowercase();
    let first = |needles: &[&str]| needles.iter().filter_map(|needle| find_word(&lower, needle)).min();
    let place = |range: std::ops::Range<usize>| text.part_span(range.start, range.end);
    let mut found = Vec::new();
    if let Some((start, length)) = first(SHELLS) {
        found.push((DangerKind::ReverseShell, place(start..start + length)));
    } else if lower.contains("socket")
        && (lower.contains("dup2") || lower.contains("/bin/sh") || lower.contains("/bin/bash"))
    {
        found.push((DangerKind::ReverseShell, text.span));
    }
    let is_code = first(RUNS).is_some();
    if is_code && let Some((start, length)) = first(DECODES) {
        found.push((DangerKind::DecodeAndRun, place(start..start + length)));
    }
    if is_code && let Some((start, length)) = first(FETCHES) {
        found.push((DangerKind::FetchAndRun, place(start..start + length)));
    }
    found
}

/// Where `needle` begins a word of `text`.
fn find_word(text: &str, needle: &str) -> Option<(usize, usize)> {
    text.match_indices(needle).find_map(|(at, hit)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + hit.len()..).and_then(|tail| tail.chars().next());
        let ends_open = needle.ends_with(|letter: char| letter.is_ascii_alphanumeric());
        let begins_open = needle.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        let is_letter = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        let is_part = (begins_open && is_letter(before)) || (ends_open && is_letter(after));
        (!is_part).then_some((at, hit.len()))
    })
}
