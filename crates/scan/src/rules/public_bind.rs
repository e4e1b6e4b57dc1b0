//! `public-bind`: server that listens on every interface.

use mantrap_clients::Span;

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::address::is_every_interface;
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "public-bind",
    title: "Server that listens on every interface",
    why: "everybody on the same network can talk to the server, and a web page can through DNS rebinding",
    details: "Arguments and variables that make a server listen on `0.0.0.0`, `::` or `*` (`--host`, `--bind`, `--listen`, `HOST=`), and container ports that are published without an address. Inside a container an address of every interface is how a port is reached at all, so only the publishing counts there.",
    remedy: "listen on 127.0.0.1, or publish the port as `127.0.0.1:PORT:PORT`",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP07"],
        owasp_agentic: &["ASI03"],
        aisvs: &["10.3.1", "10.3.3"],
        cwe: &["CWE-1327", "CWE-668"],
        csf: &["PR.AA", "PR.IR"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let server = subject.server;
    let is_container = server.command.as_ref().is_some_and(|command| is_container_program(&command.value));
    let words: Vec<(&str, Span)> = server.args.iter().map(|word| (word.value.as_str(), word.span)).collect();
    if is_container {
        for (value, span) in published_ports(&words) {
            findings.push(report(
                subject,
                span,
                format!("port `{value}` is published on every interface"),
                value,
            ));
        }
        return;
    }
    for (at, &(word, span)) in words.iter().enumerate() {
        let (name, value, span) = match word.split_once('=') {
            Some((name, value)) if is_bind_flag(name) => (name, value, span),
            _ if is_bind_flag(word) => match words.get(at + 1) {
                Some(&(value, span)) => (word, value, span),
                None => continue,
            },
            _ => continue,
        };
        if is_every_interface(value) {
            findings.push(report(
                subject,
                span,
                format!("`{name}` makes it listen on every interface"),
                name,
            ));
        }
    }
    for entry in &server.env {
        if is_bind_name(&entry.name.value) && is_every_interface(&entry.value.value) {
            let message = format!("`{}` makes it listen on every interface", entry.name.value);
            findings.push(report(subject, entry.value.span, message, &entry.name.value));
        }
    }
    for url in &server.urls {
        let host = crate::address::parse(&url.value).map_or("", |address| address.host);
        if is_every_interface(host) {
            let message =
                "it is reached under an address that means every interface, so it probably listens there"
                    .to_owned();
            let finding = report(subject, url.span, message, host);
            findings.push(Finding { severity: Severity::Low, confidence: Confidence::Medium, ..finding });
        }
    }
}

fn report(subject: &Subject<'_>, span: Span, message: String, what: &str) -> Finding {
    Finding {
        message: format!("`{}`: {message}", subject.server.name.value),
        subject: what.to_owned(),
        ..subject.finding(&META, span, "every interface")
    }
}

fn is_container_program(command: &str) -> bool {
    let name = crate::command::canonical_name(command);
    matches!(name.as_str(), "docker" | "podman" | "nerdctl")
}

/// Values of `-p` and `--publish` that name no address: `8080:80`, `0.0.0.0:8080:80`; and `-P`.
fn published_ports<'a>(words: &[(&'a str, Span)]) -> Vec<(&'a str, Span)> {
    let mut found = Vec::new();
    for (at, &(word, span)) in words.iter().enumerate() {
        let (value, span) = match word {
            "-p" | "--publish" => match words.get(at + 1) {
                Some(&next) => next,
                None => continue,
            },
            "-P" | "--publish-all" => (word, span),
            _ => match word.strip_prefix("--publish=").or_else(|| word.strip_prefix("-p")) {
                Some(value) if value.starts_with(|first: char| first.is_ascii_digit() || first == '[') => {
                    (value, span)
                }
                _ => continue,
            },
        };
        let parts = value.split(':').count();
        let is_public = value.starts_with('-')
            || value.starts_with("0.0.0.0:")
            || value.starts_with("[::]:")
            || parts <= 2;
        if is_public && value.bytes().any(|byte| byte.is_ascii_digit())
            || matches!(value, "-P" | "--publish-all")
        {
            found.push((value, span));
        }
    }
    found
}

fn is_bind_flag(word: &str) -> bool {
    let Some(name) = word.strip_prefix("--") else {
        return false;
    };
    is_bind_name(name)
}

fn is_bind_name(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "host",
        "bind",
        "bind_addr",
        "bind_address",
        "address",
        "addr",
        "listen",
        "listen_addr",
        "listen_address",
        "listen_host",
        "hostname",
        "interface",
    ];
    let name = name.to_ascii_lowercase().replace('-', "_");
    ENDS.iter().any(|end| name == *end || name.strip_suffix(end).is_some_and(|head| head.ends_with('_')))
}
