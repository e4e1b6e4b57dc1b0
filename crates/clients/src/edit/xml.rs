//! Edits of the XML in which JetBrains programs keep their options: `<option name="command" value="…"/>`, and lists of
//! `<option value="…"/>`.

use std::ops::Range;

use super::patch::{Patch, elements};
use super::{CannotEdit, Wanted};
use crate::tree::{Member, Node, Value};

const SHAPE: CannotEdit = CannotEdit::Shape("its values are not all attributes of empty elements");

pub(super) fn patches(
    text: &str,
    command: &Member,
    args: Option<&Member>,
    wanted: &Wanted,
) -> Result<Vec<Patch>, CannotEdit> {
    let program = Patch::new(literal(text, &command.value)?, escaped(&wanted.command));
    let Some(args) = args else {
        return Err(CannotEdit::Shape("it has no list of arguments yet"));
    };
    let (Some(first), Some(last)) = (args.value.items().first(), args.value.items().last()) else {
        return Err(CannotEdit::Shape("it has no list of arguments yet"));
    };
    let (model, end) = (element(text, first.span.range())?, element(text, last.span.range())?.end);
    let value = literal(text, first)?;
    let head = text.get(model.start..value.start).ok_or(SHAPE)?;
    let tail = text.get(value.end..model.end).ok_or(SHAPE)?;
    let line =
        text.get(..model.start).and_then(|before| before.rfind('\n').and_then(|end| before.get(end..)));
    let gap = line.filter(|line| line.trim().is_empty()).unwrap_or_default();
    let crlf = if text.get(..model.start).is_some_and(|before| before.ends_with(&format!("\r{gap}"))) {
        "\r"
    } else {
        ""
    };
    let words: Vec<String> =
        wanted.args.iter().map(|word| format!("{head}{}{tail}", escaped(word))).collect();
    let list = Patch::new(model.start..end, words.join(&format!("{crlf}{gap}")));
    Ok(vec![program, list])
}

/// The elements of variables that go.
pub(super) fn without(text: &str, env: &Node, removed: &[bool]) -> Result<Vec<Patch>, CannotEdit> {
    let gone = elements(env).into_iter().zip(removed).filter(|(_, gone)| **gone);
    gone.map(|(span, _)| Ok(Patch::new(element(text, span.range())?, ""))).collect()
}

/// The value between its quotes.
fn literal(text: &str, node: &Node) -> Result<Range<usize>, CannotEdit> {
    let range = node.span.range();
    let is_attribute = text.get(..range.start).is_some_and(|head| head.ends_with(['"', '\'']));
    match &node.value {
        Value::String(_) if is_attribute => Ok(range),
        _ => Err(SHAPE),
    }
}

/// The empty element around attributes.
fn element(text: &str, inner: Range<usize>) -> Result<Range<usize>, CannotEdit> {
    let start = text.get(..inner.start).and_then(|head| head.rfind('<')).ok_or(SHAPE)?;
    let rest = text.get(inner.end..).ok_or(SHAPE)?;
    let end = rest.find("/>").filter(|end| rest.get(..*end).is_some_and(|gap| !gap.contains(['<', '>'])));
    Ok(start..inner.end + end.ok_or(SHAPE)? + 2)
}

fn escaped(value: &str) -> String {
    let mut out = String::new();
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}
