//! The manifest of an `.mcpb` or `.dxt` bundle: one server, with differences per system.

use crate::config::{Server, Text, Transport};
use crate::lower::server::{server, text};
use crate::tree::{Member, Node, Value};

/// The server at `key` (`/server/mcp_config` of a bundle) and one more for every system in its
/// `platform_overrides`, with the members that this system replaces. All carry the manifest's name.
pub fn servers(root: &Node, key: &str) -> Vec<Server> {
    let name = |node: &Node| {
        let name = root.member("name").or_else(|| root.member("display_name"));
        name.and_then(|member| text(&member.value))
            .unwrap_or_else(|| Text::new("", node.span))
    };
    let mut found = Vec::new();
    for node in root.pointer(key) {
        found.extend(server(name(node), node, node.span));
        for member in node
            .pointer("/platform_overrides")
            .into_iter()
            .flat_map(Node::members)
        {
            let merged = overridden(node, &member.value);
            found.extend(server(name(node), &merged, member.value.span));
        }
    }
    // Without `mcp_config` the host starts the entry point with an interpreter of its own.
    let described = root
        .member("server")
        .filter(|_| found.is_empty() && key == "/server/mcp_config");
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
    let inherited = node
        .members()
        .iter()
        .filter(|member| member.key != "platform_overrides" && other.member(&member.key).is_none());
    let mut members: Vec<Member> = inherited.cloned().collect();
    for member in other.members() {
        let mut member = member.clone();
        if member.key == "env"
            && let (Value::Map(variables), Some(base)) = (&mut member.value.value, node.member("env"))
        {
            let base = base.value.members().iter();
            let missing: Vec<Member> = base
                .filter(|base| !variables.iter().any(|own| own.key == base.key))
                .cloned()
                .collect();
            variables.extend(missing);
        }
        members.push(member);
    }
    Node {
        span: other.span,
        value: Value::Map(members),
    }
}
