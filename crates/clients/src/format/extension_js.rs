//! Server definitions in the JavaScript of a VS Code extension. Nothing is run: only literals are read.
//!
//! `new McpStdioServerDefinition(label, command, args, env, version)` and
//! `new McpHttpServerDefinition(label, uri, headers, version)` (VS Code 1.101), under any module name, also
//! minified. The document is `{"mcpServers": [{name, command, args, env, …}]}`; what is computed at run time is
//! left out and named as a problem.

use std::sync::Arc;

use super::Document;
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

mod literal;
use literal::{Literals, is_word};

/// The largest bundle that is read, in bytes.
pub const MAX_EXTENSION_BYTES: u64 = 16 * 1024 * 1024;

/// The most definitions of one file.
const MAX_DEFINITIONS: usize = 500;

/// Where the arguments of a constructor go. `None` is read by nobody.
struct Constructor {
    name: &'static str,
    arguments: [&'static str; 4],
}

const CONSTRUCTORS: [Constructor; 2] = [
    Constructor { name: "McpStdioServerDefinition", arguments: ["name", "command", "args", "env"] },
    Constructor { name: "McpHttpServerDefinition", arguments: ["name", "url", "headers", "version"] },
];

/// The member that keeps the constructor's name.
pub(crate) const DEFINITION: &str = "definition";

/// Finds the definitions in a JavaScript file.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    if source.text.len() as u64 > MAX_EXTENSION_BYTES {
        let message =
            format!("{} bytes; scripts over {MAX_EXTENSION_BYTES} bytes are not read", source.text.len());
        return Err(Problem::new(source.origin.clone(), ProblemKind::TooLarge, message));
    }
    let mut places: Vec<(usize, &Constructor)> = CONSTRUCTORS
        .iter()
        .flat_map(|constructor| {
            memchr::memmem::find_iter(source.text.as_bytes(), constructor.name)
                .filter(|at| is_construction(&source.text, *at, constructor.name.len()))
                .take(MAX_DEFINITIONS + 1)
                .map(move |at| (at, constructor))
        })
        .collect();
    places.sort_unstable_by_key(|(at, _)| *at);
    let mut document = Document::empty();
    if places.is_empty() {
        return Ok(document);
    }
    if places.len() > MAX_DEFINITIONS {
        let message = format!("more than {MAX_DEFINITIONS} server definitions; the rest is not read");
        let problem = Problem::new(source.origin.clone(), ProblemKind::Cut, message);
        document.push(problem);
    }
    let items: Vec<Node> = places
        .into_iter()
        .take(MAX_DEFINITIONS)
        .map(|(at, constructor)| definition(source, at, constructor, &mut document))
        .collect();
    let whole = items.first().zip(items.last());
    let span = whole.map_or(Span::default(), |(first, last)| Span {
        start: first.span.start,
        end: last.span.end.max(first.span.start),
    });
    let servers = Member {
        key: "mcpServers".into(),
        key_span: Span { end: span.start, ..span },
        value: Node { span, value: Value::List(items) },
    };
    document.root = Node { span, value: Value::Map(vec![servers]) };
    Ok(document)
}

/// Whether the name at `at` follows `new` (with any module path in between), precedes a parenthesis, and does
/// not stand in a comment line.
fn is_construction(text: &str, at: usize, length: usize) -> bool {
    let after = text.get(at + length..).unwrap_or_default();
    if !after.trim_start().starts_with('(') {
        return false;
    }
    let before = text.get(..at).unwrap_or_default();
    // A module path is short; a minified one shorter.
    let path = before.bytes().rev().take(200).take_while(|byte| is_word(*byte) || *byte == b'.').count();
    let Some(head) = before.get(..before.len() - path) else {
        return false;
    };
    let blanks = head.len() - head.trim_end().len();
    let is_new = blanks > 0
        && head.trim_end().ends_with("new")
        && !head.trim_end().bytes().rev().nth(3).is_some_and(is_word);
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or_default().trim_start();
    is_new && !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*")
}

fn definition(source: &Arc<Source>, at: usize, constructor: &Constructor, document: &mut Document) -> Node {
    let name = Span::new(at, at + constructor.name.len());
    let mut members = vec![Member {
        key: DEFINITION.into(),
        key_span: name,
        value: Node { span: name, value: Value::String(constructor.name.into()) },
    }];
    let mut literals = Literals::new(source, at + constructor.name.len());
    let arguments = literals.arguments();
    for (argument, key) in arguments.into_iter().zip(constructor.arguments) {
        members.push(Member {
            key: key.into(),
            key_span: Span { end: argument.span.start, ..argument.span },
            value: argument,
        });
    }
    for span in literals.dynamic {
        let message = format!("a part of this {} is computed when the extension runs", constructor.name);
        document.push(Problem::at(source, span, ProblemKind::Dynamic, message));
    }
    Node { span: Span::new(at, literals.at), value: Value::Map(members) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("extension.js"), text.as_bytes().to_vec()).unwrap()
    }

    fn slices(text: &str, pointer: &str) -> Vec<String> {
        let source = source(text);
        let document = parse(&source).unwrap();
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let nodes = document.root.pointer(pointer);
        nodes.iter().map(|node| source.slice(node.span).to_owned()).collect()
    }

    #[test]
    fn literals_are_read_in_plain_and_in_minified_code() {
        let plain = "provide: () => [new vscode.McpStdioServerDefinition(\n  'é', \"npx\", // the launcher\n  ['-y', `pkg@1`,],\n  { API_KEY: 'x', \"B\": 1, },\n  '1.0')]";
        assert_eq!(slices(plain, "/mcpServers/*/name"), ["'é'"]);
        assert_eq!(slices(plain, "/mcpServers/*/command"), ["\"npx\""]);
        assert_eq!(slices(plain, "/mcpServers/*/args/*"), ["'-y'", "`pkg@1`"]);
        assert_eq!(slices(plain, "/mcpServers/*/env/API_KEY"), ["'x'"]);
        let minified = "a(){return[new s.McpStdioServerDefinition(\"a\",\"node\",[\"s.js\"]),new McpHttpServerDefinition(\"b\",t.Uri.parse(\"https://example.com/mcp\"),{A:\"b\"})]}";
        assert_eq!(slices(minified, "/mcpServers/*/name"), ["\"a\"", "\"b\""]);
        assert_eq!(slices(minified, "/mcpServers/*/url"), ["\"https://example.com/mcp\""]);
        assert_eq!(slices(minified, "/mcpServers/*/headers/A"), ["\"b\""]);
    }

    #[test]
    fn what_is_computed_is_a_problem_with_its_place() {
        let text = "new vscode.McpStdioServerDefinition(label, path.join(dir, 'x(y'), ['-y', pkg + '@1', ...more], {K: get()}, v)";
        let source = source(text);
        let document = parse(&source).unwrap();
        let places: Vec<_> =
            document.problems.iter().map(|problem| source.slice(problem.place.as_ref().unwrap().1)).collect();
        assert_eq!(places, ["label", "path.join(dir, 'x(y')", "pkg + '@1'", "...more", "get()", "v"]);
        assert!(document.problems.iter().all(|problem| problem.kind == ProblemKind::Dynamic));
        let args = document.root.pointer("/mcpServers/*/args/*");
        assert_eq!(args.iter().filter_map(|node| node.text()).collect::<Vec<_>>(), ["-y"]);
    }

    #[test]
    fn mentions_are_not_definitions() {
        for text in [
            "class McpStdioServerDefinition { constructor(label) {} }",
            "x instanceof vscode.McpStdioServerDefinition",
            "// new vscode.McpStdioServerDefinition('a', 'b')",
            " * new vscode.McpStdioServerDefinition('a', 'b')",
            "renew McpStdioServerDefinition('a', 'b')",
            "McpStdioServerDefinition('a', 'b')",
            "",
        ] {
            assert_eq!(parse(&source(text)).unwrap().root.value, Value::Null, "{text}");
        }
    }

    #[test]
    fn broken_code_is_read_as_far_as_it_goes() {
        for text in [
            "new McpStdioServerDefinition(",
            "new McpStdioServerDefinition('a",
            "new McpStdioServerDefinition('a', [",
            "new McpStdioServerDefinition('a', {b",
            "new McpStdioServerDefinition('a', `${",
            "new McpStdioServerDefinition('a' b; c",
            "new McpStdioServerDefinition(['a' b; c",
            "new McpStdioServerDefinition({a: 'a' b; c",
            "new McpStdioServerDefinition(a + 'b\\",
            "new McpStdioServerDefinition(a + \"é",
        ] {
            let source = source(text);
            let document = parse(&source).unwrap();
            assert_eq!(document.root.members().len(), 1, "{text}");
            let slice = source.slice(document.root.span);
            assert!(text.contains(slice) && !slice.is_empty());
        }
    }

    #[test]
    fn deep_nesting_and_endless_definitions_do_not_crash_or_hang() {
        let deep = format!("new McpStdioServerDefinition('a', 'b', {}", "[".repeat(1_000_000));
        assert!(parse(&source(&deep)).is_ok());
        let dynamic = format!("new McpStdioServerDefinition('a', {}", "b,[c,".repeat(10_000)).repeat(250);
        assert!(parse(&source(&dynamic)).is_ok());
        let many = "new McpStdioServerDefinition(".repeat(100_000);
        let document = parse(&source(&many)).unwrap();
        assert!(document.problems.iter().any(|problem| problem.kind == ProblemKind::Cut));
    }
}
