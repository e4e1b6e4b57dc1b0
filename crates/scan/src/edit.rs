//! Exact edits of a source that keep its comments and its layout.

use mantrap_clients::{Config, Member, Node, Source, Span};

use crate::finding::Edit;

/// Replaces the text of a quoted or bare literal, keeping its quotes. Nothing if `text` would need escaping.
pub fn replace_text(source: &Source, literal: Span, text: &str, title: impl Into<String>) -> Option<Edit> {
    let raw = source.slice(literal);
    let quote = raw.chars().next().filter(|first| matches!(first, '"' | '\''));
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\'));
    if !is_plain {
        return None;
    }
    let replacement = match quote {
        Some(quote) => format!("{quote}{text}{quote}"),
        None => text.to_owned(),
    };
    Some(Edit { span: literal, replacement, title: title.into() })
}

/// Removes the smallest member for which `wanted` holds and whose value holds `place`, with its comma or its
/// line. Nothing where a comment would be lost or the layout is not understood.
pub fn remove_member(
    config: &Config,
    place: Span,
    wanted: &dyn Fn(&str) -> bool,
    title: impl Into<String>,
) -> Option<Edit> {
    let (siblings, at) = find(&config.tree, place, wanted)?;
    let text = &config.source.text;
    let extension = config.source.origin.path.extension().and_then(|extension| extension.to_str());
    let is_lines = matches!(extension, Some("toml" | "yaml" | "yml" | "md"));
    let span = if is_lines { line_span(text, siblings.get(at)?)? } else { json_span(text, siblings, at)? };
    Some(Edit { span, replacement: String::new(), title: title.into() })
}

fn find<'a>(node: &'a Node, place: Span, wanted: &dyn Fn(&str) -> bool) -> Option<(&'a [Member], usize)> {
    let holds = |span: Span| span.start <= place.start && place.end <= span.end;
    for (at, member) in node.members().iter().enumerate() {
        if holds(member.value.span) {
            let deeper = find(&member.value, place, wanted);
            return deeper.or_else(|| wanted(&member.key).then(|| (node.members(), at)));
        }
    }
    node.items().iter().filter(|item| holds(item.span)).find_map(|item| find(item, place, wanted))
}

/// The member and one comma: the one behind it, or the one before it when it is the last.
fn json_span(text: &str, siblings: &[Member], at: usize) -> Option<Span> {
    let member = siblings.get(at)?;
    let only_comma = |from: u32, to: u32| {
        let gap = text.get(from as usize..to as usize)?;
        (gap.trim() == ",").then_some(())
    };
    if let Some(next) = siblings.get(at + 1) {
        only_comma(member.value.span.end, next.key_span.start)?;
        return Some(Span { start: member.key_span.start, end: next.key_span.start });
    }
    match at.checked_sub(1).and_then(|before| siblings.get(before)) {
        Some(before) => {
            only_comma(before.value.span.end, member.key_span.start)?;
            Some(Span { start: before.value.span.end, end: member.value.span.end })
        }
        None => Some(Span { start: member.key_span.start, end: member.value.span.end }),
    }
}

/// The whole lines of a TOML or YAML member that shares them with nothing else.
fn line_span(text: &str, member: &Member) -> Option<Span> {
    let (start, end) = (member.key_span.start as usize, member.value.span.end as usize);
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    // A block list ends behind its last line break.
    let body = text.get(start..end)?;
    let end = start + body.trim_end().len();
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
    let is_alone =
        text.get(line_start..start)?.trim().is_empty() && text.get(end..line_end)?.trim().is_empty();
    is_alone.then(|| Span::new(line_start, line_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mantrap_clients::{Format, Origin, Scope};
    use mantrap_clients::{catalog, format};

    fn without(text: &str, format: Format, needle: &str) -> Option<String> {
        let source = Source::decode(Origin::file("x"), text.as_bytes().to_vec()).unwrap();
        let tree = format::parse(&source, format).unwrap().root;
        let at = text.find(needle).unwrap();
        let config = Config {
            client: catalog::client("cursor").unwrap(),
            scope: Scope::User,
            read_as: catalog::client("cursor").unwrap().files[0].clone(),
            also_read_by: Vec::new(),
            link: None,
            confirmed: true,
            project: None,
            home: None,
            servers: Vec::new(),
            tree,
            irregularities: Vec::new(),
            source,
        };
        let edit = remove_member(&config, Span::new(at, at + needle.len()), &|key| key == "trust", "x")?;
        let mut edited = text.to_owned();
        edited.replace_range(edit.span.range(), &edit.replacement);
        Some(edited)
    }

    #[test]
    fn a_json_member_goes_with_one_comma() {
        for (before, after) in [
            (r#"{"a": {"trust": true, "b": 1}}"#, r#"{"a": {"b": 1}}"#),
            (r#"{"a": {"b": 1, "trust": true}}"#, r#"{"a": {"b": 1}}"#),
            (r#"{"a": {"trust": true}}"#, r#"{"a": {}}"#),
            (
                "{\"a\": {\n  \"c\": 1,\n  \"trust\": true,\n  \"b\": 1\n}}",
                "{\"a\": {\n  \"c\": 1,\n  \"b\": 1\n}}",
            ),
        ] {
            assert_eq!(without(before, Format::Jsonc, "true").as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn a_comment_in_between_is_not_thrown_away() {
        assert_eq!(without("{\"trust\": true, // why\n \"b\": 1}", Format::Jsonc, "true"), None);
    }
}
