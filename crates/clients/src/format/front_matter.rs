//! Markdown with YAML front matter: agent files that bring servers along.

use std::sync::Arc;

use super::{Document, yaml};
use crate::source::{Problem, Source};

/// Parses the front matter of a Markdown file. A file without one is an empty document.
///
/// Front matter is often not quite YAML (`description: first: second`), and the hosts that read it are lenient.
/// It is a problem only where the broken part could be about servers, that is where it mentions MCP at all.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    let Some((offset, text)) = front_matter(&source.text) else {
        return Ok(Document::empty());
    };
    match yaml::parse_text(source, text, offset) {
        Err(_) if !text.to_ascii_lowercase().contains("mcp") => Ok(Document::empty()),
        parsed => parsed,
    }
}

/// The text between the first line `---` and the next line `---` or `...`, and where it starts. Without a
/// closing line it goes on to the end, as in `gray-matter`.
fn front_matter(text: &str) -> Option<(usize, &str)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" {
        return None;
    }
    let start = first.len();
    let mut end = start;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            break;
        }
        end += line.len();
    }
    Some((start, text.get(start..end)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;
    use crate::tree::Value;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("agent.md"), text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn spans_count_from_the_start_of_the_file() {
        let source = source("---\r\nname: é\r\nmcp-servers:\r\n  x: {command: npx}\r\n---\r\n# Heading\r\n");
        let document = parse(&source).unwrap();
        let command = document.root.pointer("/mcp-servers/x/command")[0];
        assert_eq!(source.slice(command.span), "npx");
        assert!(document.problems.is_empty());
    }

    #[test]
    fn a_file_without_front_matter_is_an_empty_document() {
        for text in ["", "# Heading\n---\nmcpServers: {}\n---\n", "---\n---\n", "text"] {
            assert_eq!(parse(&source(text)).unwrap().root.value, Value::Null, "{text:?}");
        }
    }

    #[test]
    fn front_matter_without_an_end_is_still_read() {
        let document = parse(&source("---\nmcpServers:\n  x: {command: sh}\n")).unwrap();
        assert_eq!(document.root.pointer("/mcpServers/x/command").len(), 1);
    }

    #[test]
    fn sloppy_front_matter_is_a_problem_only_where_it_could_be_about_servers() {
        assert!(parse(&source("---\ndescription: use when: always\n---\n")).is_ok());
        assert!(parse(&source("---\ndescription: use when: always\nmcpServers:\n---\n")).is_err());
    }
}
