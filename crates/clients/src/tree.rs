//! The one tree that every format parses into. Every node and every key knows its span.

use std::borrow::Cow;

use crate::source::Span;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value, quotes and braces included.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing after a YAML key.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, date or other bare word, as it was written.
    Bare(String),
    /// A string, decoded.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map in source order. Duplicate keys are kept: parsers differ on which one wins.
    Map(Vec<Member>),
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The decoded key.
    pub key: String,
    /// The bytes of the key, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of the last member called `key` (JSON parsers let the last one win), if this is a map.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| member.key == key)
    }

    /// The members, or none if this is not a map.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// The items, or none if this is not a list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string or bare scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) | Value::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a boolean, also where a file spells it as a string.
    pub fn truth(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Every node that a JSON Pointer (RFC 6901) reaches; a `*` token stands for any member or item.
    pub fn pointer(&self, pointer: &str) -> Vec<&Node> {
        let mut found = vec![self];
        for token in tokens(pointer) {
            // Most pointers lead nowhere in most files.
            if found.is_empty() {
                break;
            }
            found = found
                .into_iter()
                .flat_map(|node| -> Vec<&Node> {
                    if token == "*" {
                        let members = node.members().iter().map(|member| &member.value);
                        members.chain(node.items()).collect()
                    } else {
                        node.member(&token).map(|member| &member.value).into_iter().collect()
                    }
                })
                .collect();
        }
        found
    }

    /// Like [`Node::pointer`], with the map each node stands in, the members that `*` stood for, and every
    /// duplicate of a key: a parser that lets the first one win sees the first.
    pub fn find(&self, pointer: &str) -> Vec<Found<'_>> {
        let mut found = vec![Found { node: self, parent: None, wildcard: None }];
        for token in tokens(pointer) {
            if found.is_empty() {
                break;
            }
            let is_wildcard = token == "*";
            let mut next = Vec::new();
            for Found { node, wildcard, .. } in found {
                let parent = Some(node);
                let members = node.members().iter().filter(|member| is_wildcard || member.key == token);
                next.extend(members.map(|member| Found {
                    node: &member.value,
                    parent,
                    wildcard: if is_wildcard { Some(member) } else { wildcard },
                }));
                let items = node.items().iter().filter(|_| is_wildcard);
                next.extend(items.map(|item| Found { node: item, parent, wildcard }));
            }
            found = next;
        }
        found
    }
}

/// The tokens of a JSON Pointer, decoded. Nearly none of them has an escape.
fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).filter(|token| !token.is_empty()).map(|token| match token.contains('~') {
        true => Cow::Owned(token.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(token),
    })
}

/// A node that a pointer reaches.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The node.
    pub node: &'a Node,
    /// The map or list it stands in; nothing for the root.
    pub parent: Option<&'a Node>,
    /// The member that the last `*` of the pointer stood for, when it stood for one.
    pub wildcard: Option<&'a Member>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Node {
        Node { span: Span::default(), value: Value::String(text.into()) }
    }

    fn map(members: Vec<(&str, Node)>) -> Node {
        let members = members
            .into_iter()
            .map(|(key, value)| Member { key: key.into(), key_span: Span::default(), value })
            .collect();
        Node { span: Span::default(), value: Value::Map(members) }
    }

    #[test]
    fn pointers_take_literal_dots_escapes_and_wildcards() {
        let tree = map(vec![
            ("amp.mcpServers", string("dotted")),
            ("a/b", string("escaped")),
            (
                "projects",
                map(vec![("/one", map(vec![("x", string("1"))])), ("/two", map(vec![("x", string("2"))]))]),
            ),
        ]);
        let texts = |pointer: &str| {
            tree.pointer(pointer).iter().filter_map(|n| n.text()).map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(texts("/amp.mcpServers"), ["dotted"]);
        assert_eq!(texts("/a~1b"), ["escaped"]);
        assert_eq!(texts("/projects/*/x"), ["1", "2"]);
        assert_eq!(tree.pointer("/"), [&tree]);
        assert!(tree.pointer("/none/x").is_empty());
    }

    #[test]
    fn finding_yields_every_duplicate_and_what_a_wildcard_stood_for() {
        let project = |name| map(vec![("servers", string(name)), ("servers", string("twin"))]);
        let tree = map(vec![("projects", map(vec![("/one", project("a")), ("/two", project("b"))]))]);
        let found = tree.find("/projects/*/servers");
        let names: Vec<_> = found
            .iter()
            .map(|found| (found.wildcard.unwrap().key.as_str(), found.node.text().unwrap()))
            .collect();
        assert_eq!(names, [("/one", "a"), ("/one", "twin"), ("/two", "b"), ("/two", "twin")]);
        assert_eq!(found[0].parent.unwrap().members().len(), 2);
    }

    #[test]
    fn the_last_duplicate_wins() {
        let tree = map(vec![("k", string("first")), ("k", string("last"))]);
        assert_eq!(tree.member("k").unwrap().value.text(), Some("last"));
    }
}
