//! What is not analysed, said where it could matter: code in other languages, and minified code, that speak of MCP servers.

use crate::analysis::{Cut, Flow};
use crate::ir::Span;
use crate::knowledge::{Act, Knowledge, Sink};
use crate::program::{Input, Program};

/// Minified files that mention a launch to which no way was found.
pub(crate) fn minified(program: &Program, flows: &[Flow]) -> Vec<Cut> {
    let is_found = |path: &str| flows.iter().any(|flow| flow.at.path == path);
    let why = "the code is minified: what leads to the launch that it mentions may be lost";
    program
        .files()
        .filter(|(index, file)| is_minified(&file.text) && !is_found(&file.path) && launches(program, *index))
        .map(|(_, file)| Cut { path: file.path.clone(), span: Span::default(), why })
        .collect()
}

/// Code in a language that is not read, if it speaks of MCP servers.
pub(crate) fn foreign(input: &Input) -> Option<Cut> {
    const WORDS: [&str; 5] = [
        "StdioClientTransport",
        "StdioTransport",
        "mcpServers",
        "modelcontextprotocol",
        "ModelContextProtocol",
    ];
    let why = "code in this language is not read, and it speaks of MCP servers";
    let speaks =
        WORDS.iter().any(|word| memchr::memmem::find(input.text.as_bytes(), word.as_bytes()).is_some());
    speaks.then(|| Cut { path: input.path.clone(), span: Span::default(), why })
}

/// Whether a text is what a machine made for machines: few and long lines.
fn is_minified(text: &str) -> bool {
    const LARGE: usize = 10_000;
    const WIDE: usize = 400;
    text.len() > LARGE && text.len() / text.lines().count().max(1) > WIDE
}

/// Whether a file mentions the start of an MCP server.
fn launches(program: &Program, file: u32) -> bool {
    let Some(here) = program.file(file) else { return false };
    let sinks = Knowledge::of(here.language).sinks.iter();
    let is_plain = |sink: &&Sink| sink.act == Act::Launch && sink.with.is_empty() && sink.on.is_empty();
    // Only names that mean nothing else: `Client` is anybody's.
    sinks
        .filter(is_plain)
        .flat_map(|sink| &sink.call)
        .any(|name| (name.contains("Stdio") || name.contains("MCP")) && program.mentions(file, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;

    fn cut(path: &str, text: &str) -> Vec<Cut> {
        analyse(vec![Input { path: path.into(), text: text.into() }]).cut
    }

    #[test]
    fn a_language_that_is_not_read_is_said_where_it_matters() {
        assert_eq!(cut("a.swift", "let transport = StdioTransport()").len(), 1);
        assert_eq!(cut("a.swift", "print(1)"), []);
    }

    #[test]
    fn minified_code_that_starts_servers_is_said() {
        let padding = "var a=1;".repeat(4000);
        assert_eq!(cut("a.min.js", &format!("{padding}new StdioClientTransport(a)")).len(), 1);
        assert_eq!(cut("jquery.min.js", &padding), []);
        assert_eq!(cut("a.js", &format!("{}new StdioClientTransport(a)", padding.replace(';', ";\n"))), []);
    }
}
