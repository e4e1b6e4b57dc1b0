//! `smithery.yaml`: how Smithery starts a server.

use crate::config::{Server, Text, Transport};
use crate::lower::server::{server as lowered, text};
use crate::source::Span;
use crate::tree::Node;

/// The server, if the file describes one, and the places that are computed. Its command comes from a JavaScript
/// function (`startCommand.commandFunction`), which is not run and not read.
pub fn server(root: &Node) -> (Option<Server>, Vec<(Span, &'static str)>) {
    let functions = root.pointer("/startCommand/commandFunction");
    let message = "the command comes from a function that Smithery runs; it is not analysed";
    let dynamic = functions.iter().map(|node| (node.span, message)).collect();
    (described(root), dynamic)
}

fn described(root: &Node) -> Option<Server> {
    let start = root.member("startCommand")?;
    let name = root.member("name").and_then(|member| text(&member.value));
    let node = &start.value;
    let span = Span { start: start.key_span.start, end: node.span.end.max(start.key_span.end) };
    let server = lowered(name.unwrap_or_else(|| Text::new("", start.key_span)), node, span)?;
    Some(match server.transport {
        Transport::Unknown => Server { transport: Transport::Stdio, ..server },
        _ => server,
    })
}
