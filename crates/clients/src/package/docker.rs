//! Docker MCP Toolkit: the registry of enabled servers and the catalogues they come from. Images, not commands.

use crate::config::{Server, Text, Transport};
use crate::lower::server::{server, texts};
use crate::source::Span;
use crate::tree::{Member, Node, Value};

/// The servers at the `keys` (`/registry`, also when none is given). `command` of a catalogue entry is what the
/// container gets as arguments; its image stays in the entry's node.
pub fn servers<'a>(root: &'a Node, keys: &'a [String]) -> impl Iterator<Item = Server> {
    let keys = match keys.is_empty() {
        true => vec!["/registry"],
        false => keys.iter().map(String::as_str).collect(),
    };
    keys.into_iter().flat_map(|key| root.pointer(key)).flat_map(Node::members).filter_map(image)
}

fn image(member: &Member) -> Option<Server> {
    let node = &member.value;
    let name = Text::new(member.key.clone(), member.key_span);
    let span = Span { start: member.key_span.start, end: node.span.end.max(member.key_span.end) };
    if matches!(node.value, Value::Null) {
        return None;
    }
    let lowered = server(name, node, span)?;
    if let Some(remote) = node.member("remote") {
        let inner = server(lowered.name.clone(), &remote.value, remote.value.span);
        if let Some(inner) = inner.filter(|inner| !inner.urls.is_empty()) {
            return Some(Server { node: lowered.node, span, ..inner });
        }
    }
    let arguments = node.member("command").map(|command| texts(&command.value));
    Some(Server {
        transport: match node.member("image") {
            Some(_) => Transport::Stdio,
            None => Transport::Unknown,
        },
        // `type: server` of a catalogue is no transport.
        declared_transport: None,
        command: None,
        args: arguments.unwrap_or_default(),
        ..lowered
    })
}
