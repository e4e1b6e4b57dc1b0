//! The manifest of an `.mcpb` or `.dxt` bundle: one server, with differences per system.

use std::collections::HashSet;

use crate::config::{Server, Text, Transport};
use crate::lower::server::{server, shared, text};
use crate::tree::{Member, Node, Value};

/// The systems that an override can be for are fewer than this.
const MAX_OVERRIDES: usize = 8;

/// The server at `key` (`/server/mcp_config` of a bundle) and one more for every system in its
/// `platform_overrides`, with the members that this system replaces. All carry the manifest's name.
pub fn servers(root: &Node, key: &str) -> Vec<Server> {
    let name = |node: &Node| {
        let name = root.member("name").or_else(|| root.member("display_name"));
        name.and_then(|member| text(&member.value))
            .map(|name| shared(&name))
            .unwrap_or_else(|| Text::new("", node.span))
    };
    let mut found = Vec::new();
    for node in root.pointer(key) {
        found.extend(server(name(node), node, node.span));
        let overrides = node.pointer("/platform_overrides").into_iter();
        for member in overrides.flat_map(Node::members).take(MAX_OVERRIDES) {
            let merged = overridden(node, &member.value);
            found.extend(server(name(node), &merged, member.value.span));
        }
    }
    // Without `mcp_config` the host starts the entry point with an interpreter of its own.
    let described = root.member("server").filter(|_| found.is_empty() && key == "/server/mcp_config");
    if let Some(member) = described.filter(|member| member.value.member("entry_point").is_some()) {
        let node = &member.value;
        found.extend(server(name(node), node, node.span).map(|server| Server {
            transport: Transport::Stdio,
            declared_transport: None,
            ..server
        }));
    }
    found
}

/// The members of `node`, those that `other` has too taken from there. Environments are merged by name.
fn overridden(node: &Node, other: &Node) -> Node {
    let mut members = missing(node, other);
    members.retain(|member| member.key != "platform_overrides");
    for member in other.members() {
        let mut member = member.clone();
        if member.key == "env"
            && let Some(base) = node.member("env")
        {
            let inherited = missing(&base.value, &member.value);
            if let Value::Map(variables) = &mut member.value.value {
                variables.extend(inherited);
            }
        }
        members.push(member);
    }
    Node { span: other.span, value: Value::Map(members) }
}

/// The members of `node` that `other` has none of.
fn missing(node: &Node, other: &Node) -> Vec<Member> {
    let own: HashSet<&str> = other.members().iter().map(|member| member.key.as_str()).collect();
    let members = node.members().iter();
    members.filter(|member| !own.contains(member.key.as_str())).cloned().collect()
}
