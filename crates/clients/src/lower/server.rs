//! One entry of a document, whatever its dialect, as a [`Server`]. Every known spelling of a field is understood
//! in every dialect: an attacker chooses the spelling, and a client that accepts one more than we know must not
//! hide a server.

use crate::config::{Entry, Server, Switch, Text, Transport};
use crate::format::extension_js::DEFINITION;
use crate::source::Span;
use crate::tree::{Member, Node, Value};

const COMMAND: &[&str] = &["command", "cmd"];
/// Inside a nested `command: {path, args, env}` (older Zed files).
const NESTED_COMMAND: &[&str] = &["path", "command", "cmd"];
const ARGS: &[&str] = &["args", "arguments", "argv"];
const ENV: &[&str] = &["env", "envs", "environment"];
const ENV_NAMES: &[&str] = &["env_keys", "env_vars"];
const ENV_FILE: &[&str] = &["envFile", "env_file", "envFiles"];
const CWD: &[&str] = &["cwd", "working_directory", "workingDirectory", "workdir"];
const URL: &[&str] = &["url", "serverUrl", "httpUrl", "uri", "tcp", "endpoint", "command_or_url"];
/// The members that say what is started and what it is given.
pub(crate) const STARTS: &[&[&str]] = &[COMMAND, ARGS, ENV, ENV_NAMES];
/// The spellings that make an unnamed map look like a server.
const SHAPE_URL: &[&str] = &["url", "serverUrl", "httpUrl", "uri"];
const HEADERS: &[&str] = &["headers", "http_headers", "requestInit"];
const TRANSPORT: &[&str] = &["type", "transport", "transportType", "transport_type"];
const HELPER: &[&str] = &["headersHelper", "checkCommand", "serverCommand"];
const TOKEN: &[&str] = &["bearer_token", "bearerToken"];
const APPROVE: &[&str] = &[
    "autoApprove",
    "auto_approve",
    "alwaysAllow",
    "trust",
    "default_tools_approval_mode",
    "trusted_read_only_tools",
];

/// The server that a member of a map describes; the member's name is its name.
pub(super) fn from_member(member: &Member) -> Option<Server> {
    let span = Span { start: member.key_span.start, end: member.value.span.end.max(member.key_span.end) };
    server(Text::new(member.key.clone(), member.key_span), &member.value, span)
}

/// Whether a node could be one server entry: a map with a command or a URL.
pub fn looks_like_server(node: &Node) -> bool {
    let has = |keys: &[&str], fits: fn(&Node) -> bool| {
        node.members().iter().any(|member| keys.contains(&member.key.as_str()) && fits(&member.value))
    };
    let is_nested = |node: &Node| {
        let inner = |key: &&str| node.member(key).is_some_and(|member| member.value.text().is_some());
        NESTED_COMMAND.iter().any(inner)
    };
    let is_transport = |member: &Member| member.key == "transport" && looks_like_flat_server(&member.value);
    looks_like_flat_server(node)
        || has(COMMAND, |node| node.items().iter().any(|item| item.text().is_some()))
        || node
            .members()
            .iter()
            .any(|member| COMMAND.contains(&member.key.as_str()) && is_nested(&member.value))
        || node.members().iter().any(is_transport)
}

fn looks_like_flat_server(node: &Node) -> bool {
    node.members().iter().any(|member| {
        let key = member.key.as_str();
        (COMMAND.contains(&key) || SHAPE_URL.contains(&key)) && member.value.text().is_some()
    })
}

/// One entry. Nothing if it is not a map, or one of a host's own built-in extensions (Goose).
pub fn server(name: Text, node: &Node, span: Span) -> Option<Server> {
    if !matches!(node.value, Value::Map(_)) {
        return None;
    }
    let parts = parts(node);
    let (command, mut args) = command(&parts);
    args.extend(all(&parts, ARGS).flat_map(texts));
    let urls: Vec<Text> = all(&parts, URL).filter_map(text).collect();
    let inline_code = all(&parts, &["code"]).find_map(text);
    if command.is_none() && urls.is_empty() && inline_code.is_none() && is_built_in(node) {
        return None;
    }
    let declared_transport = all(&parts, TRANSPORT).find_map(text);
    let env = all(&parts, ENV).flat_map(entries).chain(all(&parts, ENV_NAMES).flat_map(names)).collect();
    let headers = all(&parts, HEADERS)
        .flat_map(|node| match node.member("headers") {
            Some(nested) => entries(&nested.value),
            None => entries(node),
        })
        .chain(parts.iter().flat_map(|part| part.members()).filter_map(token))
        .collect();
    Some(Server {
        transport: constructed(node)
            .unwrap_or_else(|| transport(declared_transport.as_ref(), command.is_some(), &urls)),
        declared_transport,
        env_files: all(&parts, ENV_FILE).flat_map(texts).collect(),
        cwd: all(&parts, CWD).find_map(text),
        helper_commands: all(&parts, HELPER).filter_map(text).collect(),
        inline_code,
        switch: switch(node),
        auto_approve: approvals(&parts),
        project: None,
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

/// The maps that make up an entry: itself, a nested `transport` (older Continue files), a nested `command`.
fn parts(node: &Node) -> Vec<&Node> {
    let nested = node
        .members()
        .iter()
        .filter(|member| is_part(&member.key))
        .map(|member| &member.value)
        .filter(|value| matches!(value.value, Value::Map(_)));
    std::iter::once(node).chain(nested).collect()
}

/// Whether a map under this key is a part of the entry that it stands in.
pub(crate) fn is_part(key: &str) -> bool {
    key == "transport" || COMMAND.contains(&key)
}

/// The members of an entry that say what is started, wherever in it they stand.
pub(crate) struct Fields<'a> {
    /// Every `command`, with the map that it stands in.
    pub(crate) command: Vec<(&'a Node, &'a Member)>,
    /// Every list of arguments.
    pub(crate) args: Vec<&'a Member>,
    /// Every collection of variables.
    pub(crate) env: Vec<&'a Member>,
}

impl<'a> Fields<'a> {
    /// The members of `node`, an entry.
    pub(crate) fn of(node: &'a Node) -> Self {
        let mut fields = Fields { command: Vec::new(), args: Vec::new(), env: Vec::new() };
        for (number, part) in parts(node).into_iter().enumerate() {
            let names = if number == 0 { COMMAND } else { NESTED_COMMAND };
            for member in part.members() {
                let key = member.key.as_str();
                let is_value = !matches!(member.value.value, Value::Map(_) | Value::Null);
                match key {
                    _ if names.contains(&key) && is_value => fields.command.push((part, member)),
                    _ if ARGS.contains(&key) => fields.args.push(member),
                    _ if ENV.contains(&key) || ENV_NAMES.contains(&key) => fields.env.push(member),
                    _ => {}
                }
            }
        }
        fields
    }
}

/// Every member of the `parts` under one of the `keys`, duplicates included.
fn all<'a>(parts: &[&'a Node], keys: &'a [&'a str]) -> impl Iterator<Item = &'a Node> {
    parts
        .iter()
        .flat_map(|part| part.members())
        .filter(move |member| keys.contains(&member.key.as_str()))
        .map(|member| &member.value)
}

/// `command` as a string, as an array that includes the arguments, or as a nested map. Of duplicates the last
/// counts, as in JSON.
fn command(parts: &[&Node]) -> (Option<Text>, Vec<Text>) {
    let (own, nested) = parts.split_at(1);
    let found = all(own, COMMAND)
        .chain(all(nested, NESTED_COMMAND))
        .filter(|node| !matches!(node.value, Value::Map(_) | Value::Null))
        .last();
    match found.map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) => {
            let mut words = items.iter().filter_map(text);
            (words.next(), words.collect())
        }
        Some((node, _)) => (text(node), Vec::new()),
        None => (None, Vec::new()),
    }
}

/// Extensions that Goose brings itself: nothing that the file says is started.
fn is_built_in(node: &Node) -> bool {
    let is_own_type = node
        .member("type")
        .is_some_and(|member| matches!(member.value.text(), Some("builtin" | "platform" | "frontend")));
    is_own_type || node.member("bundled").and_then(|member| member.value.truth()) == Some(true)
}

/// The transport of a definition in an extension's code, which its constructor decides.
fn constructed(node: &Node) -> Option<Transport> {
    match node.member(DEFINITION)?.value.text()? {
        "McpStdioServerDefinition" => Some(Transport::Stdio),
        "McpHttpServerDefinition" => Some(Transport::Http),
        _ => None,
    }
}

fn token(member: &Member) -> Option<Entry> {
    TOKEN.contains(&member.key.as_str()).then_some(())?;
    Some(Entry { name: Text::new(member.key.clone(), member.key_span), value: text(&member.value)? })
}

/// A text that several servers carry, such as the name of their package: cut where its copies could fill memory.
pub(crate) fn shared(text: &Text) -> Text {
    const MAX_SHARED_CHARACTERS: usize = 1024;
    Text::new(text.value.chars().take(MAX_SHARED_CHARACTERS).collect::<String>(), text.span)
}

/// A scalar with its place. Numbers and truths are kept as they are written.
pub(crate) fn text(node: &Node) -> Option<Text> {
    match &node.value {
        Value::Bool(truth) => Some(Text::new(truth.to_string(), node.span)),
        _ => node.text().map(|value| Text::new(value, node.span)),
    }
}

/// The strings of a list, or a single string.
pub(crate) fn texts(node: &Node) -> Vec<Text> {
    match &node.value {
        Value::List(items) => items.iter().filter_map(text).collect(),
        _ => text(node).into_iter().collect(),
    }
}

/// A map `name → value`, a list of `{name, value}`, or a list of `NAME=value` or `Name: value` strings.
pub(crate) fn entries(node: &Node) -> Vec<Entry> {
    match &node.value {
        Value::Map(members) => members
            .iter()
            .filter_map(|member| {
                let value = text(&member.value).or_else(|| {
                    matches!(member.value.value, Value::Null).then(|| Text::new("", member.value.span))
                })?;
                Some(Entry { name: Text::new(member.key.clone(), member.key_span), value })
            })
            .collect(),
        Value::List(items) => items.iter().filter_map(list_entry).collect(),
        _ => Vec::new(),
    }
}

fn list_entry(item: &Node) -> Option<Entry> {
    if let Some(whole) = item.text() {
        let (name, value) = whole.split_once('=').or_else(|| whole.split_once(':')).unwrap_or((whole, ""));
        let part = |part: &str| Text::new(part.trim(), item.span);
        return Some(Entry { name: part(name), value: part(value) });
    }
    let name = item.member("name").or_else(|| item.member("key"))?;
    let value = item.member("value").and_then(|member| text(&member.value));
    Some(Entry { name: text(&name.value)?, value: value.unwrap_or_else(|| Text::new("", item.span)) })
}

/// Names without values: variables that are passed on from the client's own environment.
fn names(node: &Node) -> Vec<Entry> {
    let inherited = |name: Text| Entry { value: Text::new("", name.span), name };
    texts(node).into_iter().map(inherited).collect()
}

pub(crate) fn transport(declared: Option<&Text>, has_command: bool, urls: &[Text]) -> Transport {
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
    let is_manual = node.pointer("/anythingllm/autoStart").iter().any(|node| node.truth() == Some(false));
    if is_manual || is("disabled", true) || is("enabled", false) || is("isActive", false) {
        Switch::Off
    } else {
        Switch::On
    }
}

/// `autoApprove: ["tool"]`, `trust: true`, `default_tools_approval_mode: "auto"` and the like; empty lists and
/// `false` approve nothing.
fn approvals(parts: &[&Node]) -> Vec<Text> {
    let mut found: Vec<Text> = all(parts, APPROVE)
        .flat_map(texts)
        .filter(|text| !matches!(text.value.as_str(), "false" | "" | "untrusted" | "prompt" | "ask"))
        .collect();
    let modes = parts.iter().flat_map(|part| part.pointer("/tools/*/approval_mode"));
    for mode in modes {
        found.extend(text(mode).filter(|text| text.value == "auto" || text.value == "approve"));
    }
    found
}
