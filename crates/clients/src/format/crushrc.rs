//! Crush's `crushrc`: a Bash script that Crush runs when it starts. It is read here and never evaluated.
//!
//! What is understood is `mcp add NAME --type T --url U --header K V … -- COMMAND ARGS` in literal words,
//! wherever it stands, conditions and functions included. The document is `{"mcpServers": [{name, type, …}]}`.
//! A word that Bash would expand keeps its raw text as its value and is named as a problem, and so is everything
//! that could bring further commands: `source`, `eval`, a command whose name is computed.

use std::sync::Arc;

use super::Document;
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

mod words;
use words::{Word, commands};

/// The largest script that is read, in bytes. Every word of it is kept, so it is less than for other files.
const MAX_SCRIPT_BYTES: usize = 1024 * 1024;

/// Finds the servers that a script adds.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    if source.text.len() > MAX_SCRIPT_BYTES {
        let message =
            format!("{} bytes; scripts over {MAX_SCRIPT_BYTES} bytes are not read", source.text.len());
        return Err(Problem::new(source.origin.clone(), ProblemKind::TooLarge, message));
    }
    let mut document = Document::empty();
    let mut servers = Vec::new();
    for command in commands(&source.text) {
        let words = past_prefix(&command);
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        let span =
            Span { start: first.span.start, end: words.last().map_or(first.span.end, |last| last.span.end) };
        let literals: Vec<&str> = words.iter().take(2).map(|word| word.value.as_str()).collect();
        let message = match literals.as_slice() {
            _ if !first.is_literal => "a command whose name is known only when the script runs",
            ["mcp", "add"] => {
                let arguments = rest.get(1..).unwrap_or_default();
                servers.push(server(source, span, arguments, &mut document));
                continue;
            }
            ["mcp", _] if rest.first().is_some_and(|word| !word.is_literal) => {
                "an `mcp` command that is known only when the script runs"
            }
            ["source" | "." | "eval", ..] => "more commands come from here; they are not followed",
            _ => continue,
        };
        document.push(Problem::at(source, span, ProblemKind::Dynamic, message));
    }
    let whole = servers.first().zip(servers.last());
    let span =
        whole.map_or(Span::default(), |(first, last)| Span { start: first.span.start, end: last.span.end });
    if !servers.is_empty() {
        let servers = Member {
            key: "mcpServers".into(),
            key_span: Span { end: span.start, ..span },
            value: Node { span, value: Value::List(servers) },
        };
        document.root = Node { span, value: Value::Map(vec![servers]) };
    }
    Ok(document)
}

/// The command without the reserved words, assignments and wrappers in front of it.
fn past_prefix(command: &[Word]) -> &[Word] {
    let is_prefix = |word: &Word| {
        let text = word.value.as_str();
        let is_reserved = matches!(
            text,
            "if" | "then"
                | "elif"
                | "else"
                | "while"
                | "until"
                | "do"
                | "!"
                | "{"
                | "("
                | "time"
                | "command"
                | "builtin"
                | "crush"
        );
        let is_assignment = text.split_once('=').is_some_and(|(name, _)| {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'+';
            !name.is_empty()
                && name.bytes().all(is_name)
                && !name.starts_with(|first: char| first.is_ascii_digit())
        });
        is_reserved && word.is_literal || is_assignment
    };
    let start = command.iter().position(|word| !is_prefix(word)).unwrap_or(command.len());
    command.get(start..).unwrap_or_default()
}

/// One `mcp add` at `span`, from the words behind it.
fn server(source: &Arc<Source>, span: Span, words: &[Word], document: &mut Document) -> Node {
    for word in words.iter().filter(|word| !word.is_literal) {
        let message = "a part of this server is known only when the script runs";
        document.push(Problem::at(source, word.span, ProblemKind::Dynamic, message));
    }
    let mut members: Vec<Member> = Vec::new();
    let mut headers = Vec::new();
    let mut variables = Vec::new();
    let mut command = Vec::new();
    let mut has_name = false;
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        if word.value == "--" && word.is_literal {
            command.extend(rest.by_ref().map(string));
            break;
        }
        let Some(flag) = word.value.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
            match has_name {
                false => members.push(member("name", word.span, string(word))),
                true => command.push(string(word)),
            }
            has_name = true;
            continue;
        };
        let (flag, inline) = match flag.trim_start_matches('-').split_once('=') {
            Some((flag, value)) => (flag, Some(Word { value: value.to_owned(), ..word.clone() })),
            None => (flag.trim_start_matches('-'), None),
        };
        if matches!(flag, "disabled" | "disable") {
            let on =
                Node { span: word.span, value: Value::Bool(inline.is_none_or(|word| word.value != "false")) };
            members.push(member("disabled", word.span, on));
            continue;
        }
        let Some(value) = inline.or_else(|| rest.next().cloned()) else {
            break;
        };
        match flag {
            "header" | "H" => headers.push(pair(value, &mut rest, ':')),
            "env" | "e" => variables.push(pair(value, &mut rest, '=')),
            "command" => command.insert(0, string(&value)),
            "arg" | "args" => command.push(string(&value)),
            _ => members.push(member(flag, word.span, string(&value))),
        }
    }
    let mut collect = |key: &str, value: Value, is_empty: bool| {
        let spans = match &value {
            Value::List(items) => {
                items.first().zip(items.last()).map(|(first, last)| (first.span, last.span))
            }
            Value::Map(members) => {
                members.first().zip(members.last()).map(|(first, last)| (first.key_span, last.value.span))
            }
            _ => None,
        };
        let (first, last) = spans.unwrap_or_default();
        let span = Span { start: first.start, end: last.end.max(first.start) };
        if !is_empty {
            members.push(member(key, Span { end: span.start, ..span }, Node { span, value }));
        }
    };
    let (no_headers, no_variables, no_command) =
        (headers.is_empty(), variables.is_empty(), command.is_empty());
    collect("headers", Value::Map(headers), no_headers);
    collect("env", Value::Map(variables), no_variables);
    collect("command", Value::List(command), no_command);
    Node { span, value: Value::Map(members) }
}

/// `K V` as two words, or `K: V` and `K=V` as one.
fn pair<'a>(
    first: Word,
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'a Word>>,
    separator: char,
) -> Member {
    if let Some((name, value)) = first.value.split_once(separator) {
        let node = Node { span: first.span, value: Value::String(value.trim().to_owned()) };
        return member(name.trim(), first.span, node);
    }
    let value = rest.next_if(|word| word.value != "--");
    let node = value.map_or(Node { span: first.span, value: Value::Null }, string);
    member(&first.value, first.span, node)
}

fn member(key: &str, key_span: Span, value: Node) -> Member {
    Member { key: key.to_owned(), key_span, value }
}

fn string(word: &Word) -> Node {
    Node { span: word.span, value: Value::String(word.value.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("crushrc"), text.as_bytes().to_vec()).unwrap()
    }

    fn slices(text: &str, pointer: &str) -> Vec<String> {
        let source = source(text);
        let document = parse(&source).unwrap();
        let nodes = document.root.pointer(pointer);
        nodes.iter().map(|node| source.slice(node.span).to_owned()).collect()
    }

    fn dynamic(text: &str) -> Vec<String> {
        let source = source(text);
        let document = parse(&source).unwrap();
        let place = |problem: &Problem| source.slice(problem.place.as_ref().unwrap().1).to_owned();
        document.problems.iter().map(place).collect()
    }

    #[test]
    fn literal_words_are_read() {
        let text = "# servers\r\nmcp add 'fs é' --type stdio --env A=1 -- npx -y \"pkg@1\" \\\n  /home\nif true; then mcp add web --type=http --url https://example.com/mcp --header Authorization 'Bearer x' --header 'X: y'; fi\n";
        assert_eq!(slices(text, "/mcpServers/*/name"), ["'fs é'", "web"]);
        assert_eq!(slices(text, "/mcpServers/*/command/*"), ["npx", "-y", "\"pkg@1\"", "/home"]);
        assert_eq!(slices(text, "/mcpServers/*/url"), ["https://example.com/mcp"]);
        assert_eq!(slices(text, "/mcpServers/*/headers/Authorization"), ["'Bearer x'"]);
        assert_eq!(slices(text, "/mcpServers/*/headers/X"), ["'X: y'"]);
        assert_eq!(slices(text, "/mcpServers/*/env/A"), ["A=1"]);
        assert!(dynamic(text).is_empty(), "{:?}", dynamic(text));
    }

    #[test]
    fn what_bash_would_expand_is_a_problem_with_its_place() {
        let text = "mcp add \"$NAME\" --header K \"Bearer $(op read x)\" -- sh -c `id` $'\\x41' *.js\nsource ~/.env\n\"$TOOL\" add x\neval \"$x\"\nmcp \"$verb\" x\n";
        assert_eq!(
            dynamic(text),
            [
                "\"$NAME\"",
                "\"Bearer $(op read x)\"",
                "`id`",
                "$'\\x41'",
                "*.js",
                "source ~/.env",
                "\"$TOOL\" add x",
                "eval \"$x\"",
                "mcp \"$verb\" x"
            ]
        );
        assert_eq!(slices(text, "/mcpServers/*/name"), ["\"$NAME\""]);
    }

    #[test]
    fn comments_here_documents_and_other_commands_add_nothing() {
        let text =
            "# mcp add x -- sh\necho mcp add y -- sh\ncat <<'EOF'\nmcp add z -- sh\nEOF\nexport A=$(date)\n";
        assert_eq!(parse(&source(text)).unwrap().root.value, Value::Null);
        assert!(dynamic(text).is_empty());
    }

    #[test]
    fn broken_scripts_are_read_as_far_as_they_go() {
        for text in [
            "mcp add 'x",
            "mcp add x --",
            "mcp add",
            "mcp",
            "mcp add x --url",
            "mcp add x \"$(",
            "<<",
            "\\",
            "mcp add x --header",
            "${",
            "mcp add x --header K --",
        ] {
            assert!(parse(&source(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_server_without_words_has_the_place_of_its_command() {
        let source = source("mcp add a -- sh\nmcp add\n");
        let root = parse(&source).unwrap().root;
        let items = root.pointer("/mcpServers/*");
        assert_eq!(source.slice(items[0].span), "mcp add a -- sh");
        assert_eq!(source.slice(items[1].span), "mcp add");
        assert_eq!(source.slice(root.span), "mcp add a -- sh\nmcp add");
    }

    #[test]
    fn nested_substitutions_do_not_crash_or_hang() {
        for text in [
            "$(".repeat(500_000),
            "mcp add ".repeat(100_000),
            "`\"".repeat(500_000),
            "<<a ".repeat(100_000),
            "$x;".repeat(300_000),
        ] {
            let document = parse(&source(&text)).unwrap();
            assert!(document.problems.len() <= crate::format::MAX_PROBLEMS + 1);
        }
        let large = "a\n".repeat(1_000_000);
        assert_eq!(parse(&source(&large)).unwrap_err().kind, ProblemKind::TooLarge);
    }
}
