//! What a person is asked, and what makes two questions the same one.

use mantrap_mcp::meaning::Part;
use mantrap_mcp::{Kind, Raw};

use super::Judgement;
use super::tools::Tools;
use crate::digest::Digest;
use crate::pins::shown;

/// Bytes of the arguments that are shown.
const SHOWN: usize = 4000;

/// A question to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is remembered of an answer: the server, the method, the tool with its definition, the shape of the arguments
    /// and the rules that ask. None of the values.
    pub digest: Digest,
    /// The server.
    pub server: String,
    /// The method, or what a server wants.
    pub method: String,
    /// The tool, prompt or resource.
    pub name: Option<String>,
    /// Why it is asked, and by which rules.
    pub reason: String,
    /// The arguments, as they will be sent, shortened where they are long; everything that cannot be seen is spelled out.
    pub arguments: String,
}

impl Question {
    pub(super) fn of(server: &str, judgement: &Judgement<'_>, parts: &[Part<'_>], tools: &Tools) -> Self {
        let subject = &judgement.subject;
        let arguments = parts.iter().find_map(|part| match part {
            Part::Call { arguments, .. } | Part::Prompt { arguments, .. } => *arguments,
            Part::Ask(ask) => wanted(ask),
            _ => None,
        });
        let mut text = String::new();
        let name = subject.name.as_deref().unwrap_or_default();
        let definition = tools.digest(name).map(|digest| digest.to_string()).unwrap_or_default();
        for part in [server, &subject.method, name, &definition].into_iter().chain(judgement.verdict.rules())
        {
            text.push_str(&format!("{}:{part}", part.len()));
        }
        text.push_str(" with ");
        if let Some(arguments) = arguments {
            shape(arguments, &mut text);
        }
        Self {
            digest: Digest::of_bytes(text.as_bytes()),
            server: server.to_owned(),
            method: subject.method.clone(),
            name: subject.name.as_deref().map(|name| shown(name).into_owned()),
            reason: judgement.verdict.reason(),
            arguments: arguments.map(|arguments| visible(arguments.json())).unwrap_or_default(),
        }
    }
}

fn wanted<'a>(ask: &mantrap_mcp::meaning::Ask<'a>) -> Option<Raw<'a>> {
    use mantrap_mcp::meaning::Ask;
    match ask {
        Ask::Sampling { params, .. } | Ask::Form { params, .. } | Ask::Url { params, .. } => Some(*params),
        Ask::Roots { params, .. } | Ask::Unknown { params, .. } => *params,
    }
}

/// The names of all members and the kinds of all values, in the order of the names. Words that could be choices are part
/// of it: `"mode":"append"` is not `"mode":"replace"`.
fn shape(value: Raw<'_>, out: &mut String) {
    match value.kind() {
        Kind::Object => {
            let mut members: Vec<_> = value.members().map(|(name, value)| (name.said(), value)).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            out.push('{');
            for (name, value) in members {
                out.push_str(&format!("{}:{name}=", name.len()));
                shape(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Kind::Array => {
            // A list of many things of one shape is a list of one.
            let mut shapes: Vec<String> = value
                .elements()
                .map(|element| {
                    let mut text = String::new();
                    shape(element, &mut text);
                    text
                })
                .collect();
            shapes.sort();
            shapes.dedup();
            out.push('[');
            shapes.iter().for_each(|shape| out.push_str(shape));
            out.push(']');
        }
        Kind::String => {
            let text = value.text().unwrap_or_default();
            let is_word =
                text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            out.push_str(if is_word { "=" } else { "text" });
            out.push_str(if is_word { &text } else { "" });
            out.push(';');
        }
        Kind::Number => out.push_str("number;"),
        Kind::Boolean | Kind::Null => {
            out.push_str(value.json());
            out.push(';');
        }
    }
}

/// For a terminal: no control character, nothing that cannot be seen or turns the direction, and not too long.
fn visible(text: &str) -> String {
    let is_plain = |letter: char| {
        matches!(letter, ' '..='~')
            || (letter.is_alphanumeric()
                && !matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'))
    };
    let mut out = String::new();
    for letter in text.chars() {
        if out.len() > SHOWN {
            out.push_str(&format!(" … ({} bytes in all)", text.len()));
            break;
        }
        if is_plain(letter) { out.push(letter) } else { out.extend(letter.escape_unicode()) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    fn of(json: &str) -> String {
        raw(json, |raw| {
            let mut text = String::new();
            shape(raw, &mut text);
            text
        })
    }

    #[test]
    fn values_are_no_part_of_a_shape_and_everything_else_is() {
        assert_eq!(of(r#"{"a":"/x/y","b":1}"#), of(r#"{"b":7,"a":"/other file"}"#));
        assert_eq!(of(r#"{"a":["/x","/y","/z"]}"#), of(r#"{"a":["/w"]}"#));
        for other in
            [r#"{"a":"/x"}"#, r#"{"a":"/x","b":"1 "}"#, r#"{"a":"/x","b":1,"c":1}"#, r#"{"a":["/x"],"b":1}"#]
        {
            assert_ne!(of(r#"{"a":"/x/y","b":1}"#), of(other));
        }
        assert_ne!(of(r#"{"mode":"append"}"#), of(r#"{"mode":"replace"}"#));
        assert_ne!(of(r#"{"force":true}"#), of(r#"{"force":false}"#));
        assert_ne!(of(r#"{"a=1:b":true}"#), of(r#"{"a":{"b":true}}"#));
    }

    #[test]
    fn what_is_shown_is_what_is_there() {
        assert_eq!(visible("a\u{202e}b\u{1b}[1mé"), "a\\u{202e}b\\u{1b}[1mé");
        assert!(visible(&"x".repeat(10_000)).ends_with("(10000 bytes in all)"));
    }
}
