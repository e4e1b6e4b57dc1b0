//! From a parsed document to servers. Every known spelling of a field is understood in every dialect: an
//! attacker chooses the spelling, and a client that accepts one more than we know must not hide a server.

use crate::catalog::{Dialect, FileSpec};
use crate::config::{Entry, Irregularity, IrregularityKind, Server, Switch, Text, Transport};
use crate::source::Span;
use crate::tree::{Member, Node, Value};

const COMMAND: &[&str] = &["command", "cmd", "path"];
const ARGS: &[&str] = &["args", "arguments", "argv"];
const ENV: &[&str] = &["env", "envs", "environment"];
const ENV_NAMES: &[&str] = &["env_keys", "env_vars"];
const ENV_FILE: &[&str] = &["envFile", "env_file", "envFiles"];
const CWD: &[&str] = &["cwd", "working_directory", "workingDirectory", "workdir"];
const URL: &[&str] = &[
    "url",
    "serverUrl",
    "httpUrl",
    "uri",
    "tcp",
    "endpoint",
    "command_or_url",
];
const HEADERS: &[&str] = &["headers", "http_headers", "requestInit"];
const TRANSPORT: &[&str] = &["type", "transport", "transportType", "transport_type"];
const HELPER: &[&str] = &["headersHelper", "checkCommand", "serverCommand"];
const APPROVE: &[&str] = &[
    "autoApprove",
    "alwaysAllow",
    "trust",
    "default_tools_approval_mode",
];

/// Servers of a document, and what did not have the shape of one.
pub fn servers(root: &Node, spec: &FileSpec, irregularities: &mut Vec<Irregularity>) -> Vec<Server> {
    let mut found: Vec<Server> = Vec::new();
    for key in &spec.keys {
        for node in root.pointer(key) {
            match spec.dialect {
                Dialect::Servers if key == "/" => found.extend(flat_map(node)),
                Dialect::Servers => found.extend(collection(node, irregularities)),
                Dialect::Single => found.extend(server(Text::new("", node.span), node, node.span)),
                _ => {}
            }
        }
    }
    found
}

/// A map `name → server` or a list of servers that carry their `name`.
fn collection(node: &Node, irregularities: &mut Vec<Irregularity>) -> Vec<Server> {
    let mut wrong = |span| {
        irregularities.push(Irregularity {
            kind: IrregularityKind::WrongShape,
            span,
        })
    };
    match &node.value {
        Value::Map(members) => members
            .iter()
            .filter(|member| {
                let is_map = matches!(member.value.value, Value::Map(_));
                if !is_map && !is_metadata(member) {
                    wrong(member.key_span);
                }
                is_map
            })
            .filter_map(from_member)
            .collect(),
        Value::List(items) => items
            .iter()
            .filter_map(|item| {
                let name = item
                    .member("name")
                    .or_else(|| item.member("id"))
                    .and_then(|member| text(&member.value));
                server(name.unwrap_or_else(|| Text::new("", item.span)), item, item.span)
            })
            .collect(),
        Value::Null => Vec::new(),
        _ => {
            wrong(node.span);
            Vec::new()
        }
    }
}

/// A whole file that is a map of servers without a wrapper. Only when every member looks like a server: a stray
/// `mcp.json` of some other program is no config.
fn flat_map(root: &Node) -> Vec<Server> {
    let members = root.members();
    if members.is_empty() || !members.iter().all(|member| looks_like_server(&member.value)) {
        return Vec::new();
    }
    members.iter().filter_map(from_member).collect()
}

fn from_member(member: &Member) -> Option<Server> {
    let span = Span {
        start: member.key_span.start,
        end: member.value.span.end.max(member.key_span.end),
    };
    server(
        Text::new(member.key.clone(), member.key_span),
        &member.value,
        span,
    )
}

/// Whether a node could be one server entry.
pub fn looks_like_server(node: &Node) -> bool {
    COMMAND.iter().chain(URL).any(|key| node.member(key).is_some())
}

/// `mcp.timeout` of OpenCode and its like: members of a server map that are settings.
fn is_metadata(member: &Member) -> bool {
    matches!(member.value.value, Value::Bool(_) | Value::Bare(_)) || member.key.starts_with('$')
}

/// One entry.
pub fn server(name: Text, node: &Node, span: Span) -> Option<Server> {
    if !matches!(node.value, Value::Map(_)) {
        return None;
    }
    let (command, mut args) = command(node);
    args.extend(all(node, ARGS).flat_map(texts));
    let urls: Vec<Text> = all(node, URL).filter_map(text).collect();
    let declared_transport = all(node, TRANSPORT).find_map(text);
    let env = all(node, ENV)
        .flat_map(entries)
        .chain(all(node, ENV_NAMES).flat_map(names))
        .collect();
    let headers = all(node, HEADERS)
        .flat_map(|node| match node.member("headers") {
            Some(nested) => entries(&nested.value),
            None => entries(node),
        })
        .collect();
    Some(Server {
        transport: transport(declared_transport.as_ref(), command.is_some(), &urls),
        declared_transport,
        env_files: all(node, ENV_FILE).flat_map(texts).collect(),
        cwd: all(node, CWD).find_map(text),
        helper_commands: all(node, HELPER).filter_map(text).collect(),
        inline_code: all(node, &["code"]).find_map(text),
        switch: switch(node),
        auto_approve: approvals(node),
        name,
        command,
        args,
        env,
        urls,
        headers,
        node: node.clone(),
        span,
    })
}

/// Every member of `node` under one of the `keys`, duplicates included.
fn all<'a>(node: &'a Node, keys: &'a [&'a str]) -> impl Iterator<Item = &'a Node> {
    node.members()
        .iter()
        .filter(move |member| keys.contains(&member.key.as_str()))
        .map(|member| &member.value)
}

/// `command` as a string, as an array that includes the arguments, or as Zed's nested `{path, args, env}`.
fn command(node: &Node) -> (Option<Text>, Vec<Text>) {
    let Some(found) = all(node, COMMAND).next() else {
        return (None, Vec::new());
    };
    match &found.value {
        Value::List(items) => {
            let mut words = items.iter().filter_map(text);
            (words.next(), words.collect())
        }
        Value::Map(_) => {
            let (inner, mut args) = command(found);
            args.extend(all(found, ARGS).flat_map(texts));
            (inner, args)
        }
        _ => (text(found), Vec::new()),
    }
}

fn text(node: &Node) -> Option<Text> {
    match &node.value {
        Value::Bool(truth) => Some(Text::new(truth.to_string(), node.span)),
        _ => node.text().map(|value| Text::new(value, node.span)),
    }
}

/// The strings of a list, or a single string.
fn texts(node: &Node) -> Vec<Text> {
    match &node.value {
        Value::List(items) => items.iter().filter_map(text).collect(),
        _ => text(node).into_iter().collect(),
    }
}

/// A map `name → value`, a list of `{name, value}`, or a list of `NAME=value` or `Name: value` strings.
fn entries(node: &Node) -> Vec<Entry> {
    match &node.value {
        Value::Map(members) => members
            .iter()
            .filter_map(|member| {
                let value = text(&member.value).or_else(|| {
                    matches!(member.value.value, Value::Null).then(|| Text::new("", member.value.span))
                })?;
                Some(Entry {
                    name: Text::new(member.key.clone(), member.key_span),
                    value,
                })
            })
            .collect(),
        Value::List(items) => items.iter().filter_map(list_entry).collect(),
        _ => Vec::new(),
    }
}

fn list_entry(item: &Node) -> Option<Entry> {
    if let Some(whole) = item.text() {
        let (name, value) = whole
            .split_once('=')
            .or_else(|| whole.split_once(':'))
            .unwrap_or((whole, ""));
        let part = |part: &str| Text::new(part.trim(), item.span);
        return Some(Entry {
            name: part(name),
            value: part(value),
        });
    }
    let name = item.member("name").or_else(|| item.member("key"))?;
    let value = item.member("value").and_then(|member| text(&member.value));
    Some(Entry {
        name: text(&name.value)?,
        value: value.unwrap_or_else(|| Text::new("", item.span)),
    })
}

/// Names without values: variables that are passed on from the client's own environment.
fn names(node: &Node) -> Vec<Entry> {
    let inherited = |name: Text| Entry {
        value: Text::new("", name.span),
        name,
    };
    texts(node).into_iter().map(inherited).collect()
}

fn transport(declared: Option<&Text>, has_command: bool, urls: &[Text]) -> Transport {
    let declared = declared.map(|text| text.value.to_ascii_lowercase());
    match declared.as_deref() {
        Some("stdio" | "local" | "command" | "inline_python") => Transport::Stdio,
        Some("sse") => Transport::Sse,
        Some("ws" | "websocket") => Transport::WebSocket,
        Some(
            "http" | "https" | "streamable-http" | "streamablehttp" | "streamable_http" | "streamable-https"
            | "remote",
        ) => Transport::Http,
        _ if has_command => Transport::Stdio,
        _ => match urls.first() {
            Some(url) if url.value.starts_with("ws:") || url.value.starts_with("wss:") => {
                Transport::WebSocket
            }
            Some(_) => Transport::Http,
            None => Transport::Unknown,
        },
    }
}

fn switch(node: &Node) -> Switch {
    let is = |key: &str, truth: bool| node.member(key).and_then(|member| member.value.truth()) == Some(truth);
    if is("disabled", true) || is("enabled", false) || is("isActive", false) {
        Switch::Off
    } else {
        Switch::On
    }
}

/// `autoApprove: ["tool"]`, `trust: true`, `default_tools_approval_mode: "auto"` and the like; empty lists and
/// `false` approve nothing.
fn approvals(node: &Node) -> Vec<Text> {
    let mut found: Vec<Text> = all(node, APPROVE)
        .flat_map(texts)
        .filter(|text| !matches!(text.value.as_str(), "false" | "" | "untrusted" | "prompt" | "ask"))
        .collect();
    for mode in node.pointer("/tools/*/approval_mode") {
        found.extend(text(mode).filter(|text| text.value == "auto" || text.value == "approve"));
    }
    found
}
