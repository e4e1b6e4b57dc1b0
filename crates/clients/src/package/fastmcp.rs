//! `fastmcp.json`: a Python server, its environment and its deployment.

use crate::config::{Server, Text, Transport};
use crate::lower::server::{server as lowered, text, transport};
use crate::tree::Node;

/// The server of a FastMCP project file. FastMCP itself imports `source.path`; there is no command.
pub fn server(root: &Node) -> Option<Server> {
    let source = root.member("source")?;
    let name = root
        .member("name")
        .map(|member| &member.value)
        .or_else(|| source.value.member("path").map(|member| &member.value))
        .and_then(text)?;
    let deployment = root.member("deployment").map_or(root, |member| &member.value);
    let server = lowered(name, deployment, root.span)?;
    let declared = deployment.member("transport").and_then(|member| text(&member.value));
    Some(Server {
        transport: match &declared {
            Some(declared) => transport(Some(declared), false, &[]),
            None => Transport::Stdio,
        },
        declared_transport: declared,
        command: None::<Text>,
        node: root.clone(),
        ..server
    })
}
