//! `hidden-characters`: characters that cannot be seen.

use std::borrow::Cow;

use mantrap_clients::discover::Os;
use mantrap_clients::{Config, Node, Server, Span, Value};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::command::{self, Word};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "hidden-characters",
    title: "Characters that cannot be seen",
    why: "whoever reviews the entry sees another text than the one that runs",
    details: "Bidirectional controls, zero-width characters, tag characters, other format characters and control characters in any name, key or value of a server, `description` and its like excepted. A line break in a command, name or URL counts too; in a variable it is ordinary. High for what reorders or hides text, medium for control characters, low and for pedantic readers for line breaks and blanks at the edge of an argument.",
    remedy: "delete the characters and review the entry again as it then reads",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP03", "MCP05"],
        owasp_agentic: &["ASI09"],
        aisvs: &["10.4.7"],
        cwe: &["CWE-1007", "CWE-451"],
        csf: &["PR.PS", "DE.CM"],
    },
};

/// Members that are prose for people.
const PROSE: &[&str] = &[
    "description",
    "notes",
    "note",
    "instructions",
    "//",
    "comment",
    "title",
    "prompt",
    "summary",
    "$schema",
];

fn check(config: &Config, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for server in &config.servers {
        let before = findings.len();
        examine(config, &server.name.value, server.name.span, Role::Line, findings);
        // The name of a list-shaped entry is also one of its members: one finding a place.
        let name_span = server.name.span;
        let mut words: Vec<Span> = server.argv().iter().map(|word| word.span).collect();
        words.sort_unstable();
        walk(&server.node, &mut |text, span, role| {
            let role =
                if words.binary_search(&span).is_ok() && role == Role::Value { Role::Word } else { role };
            if span != name_span && findings.len() < before + MOST {
                examine(config, text, span, role, findings);
            }
        });
        // Inside a whole command line only the words have edges; what the line shows was examined above.
        for word in command_line(server, context.os) {
            if word.value.trim() != word.value && findings.len() < before + MOST {
                examine(config, &word.value, word.span, Role::Word, findings);
            }
        }
    }
}

/// The words of a command that is a whole command line.
fn command_line(server: &Server, os: Os) -> Vec<Word> {
    let command = server.command.as_ref();
    if command.is_none_or(|command| !command.value.contains(char::is_whitespace)) {
        return Vec::new();
    }
    command::read(server, os).command_line
}

/// An entry of nothing but such characters gets no more findings than this.
const MOST: usize = 8;

/// What a text is, as far as line breaks and blanks at its edge are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A name, a program, a URL: one line.
    Line,
    /// An argument.
    Word,
    /// Anything else: a key may have line breaks.
    Value,
}

/// Every key and string below `node`.
fn walk(node: &Node, visit: &mut dyn FnMut(&str, Span, Role)) {
    for member in node.members() {
        if PROSE.contains(&member.key.as_str()) {
            continue;
        }
        visit(&member.key, member.key_span, Role::Line);
        match &member.value.value {
            Value::String(text) => {
                let line = ["command", "cmd", "url", "serverUrl", "httpUrl", "uri", "cwd", "name"];
                let role = if line.contains(&member.key.as_str()) { Role::Line } else { Role::Value };
                visit(text, member.value.span, role);
            }
            _ => walk(&member.value, visit),
        }
    }
    for item in node.items() {
        match &item.value {
            Value::String(text) => visit(text, item.span, Role::Value),
            _ => walk(item, visit),
        }
    }
}

fn examine(config: &Config, text: &str, span: Span, role: Role, findings: &mut Vec<Finding>) {
    let mut before = None;
    let mut worst = (role != Role::Value && text.trim() != text).then_some(Kind::Layout);
    for character in without_flags(text).chars() {
        worst = worst.max(kind(character, before, role));
        before = Some(character);
    }
    let Some(kind) = worst else { return };
    let (severity, confidence, persona) = match kind {
        Kind::Layout => (Severity::Low, Confidence::Medium, Persona::Pedantic),
        Kind::Control => (Severity::Medium, Confidence::High, Persona::Regular),
        Kind::Hidden => (Severity::High, Confidence::High, Persona::Regular),
    };
    findings.push(Finding {
        severity,
        confidence,
        persona,
        message: format!("`{}` holds {}", visible(text), kind.phrase()),
        subject: visible(text),
        ..finding_at(&META, config, span, "not what it looks like")
    });
}

/// The text without the flags of England, Scotland and Wales, which are tags behind a black flag.
fn without_flags(text: &str) -> Cow<'_, str> {
    const FLAGS: [&str; 3] = [
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
    ];
    if !text.contains('\u{1f3f4}') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, "")))
}

/// How bad a character is, from harmless to hiding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Layout,
    Control,
    Hidden,
}

impl Kind {
    fn phrase(self) -> &'static str {
        match self {
            Kind::Layout => "a line break, a blank at its edge, or a space that is not a plain one",
            Kind::Control => "control characters",
            Kind::Hidden => "characters that hide or reorder text",
        }
    }
}

fn kind(character: char, before: Option<char>, role: Role) -> Option<Kind> {
    match (character, role) {
        ('\n', Role::Word) => return Some(Kind::Layout),
        ('\t', _) | ('\n' | '\r', Role::Value) => return None,
        _ => {}
    }
    match character {
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(Kind::Control),
        // A joiner or selector behind an emoji, or in a script that needs it, draws the emoji or the letter.
        '\u{200d}' | '\u{200c}' | '\u{fe00}'..='\u{fe0f}'
            if before.is_some_and(|before| before > '\u{2ff}') =>
        {
            None
        }
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' => {
            Some(Kind::Hidden)
        }
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => Some(Kind::Hidden),
        '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' => Some(Kind::Hidden),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => Some(Kind::Hidden),
        '\u{a0}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(Kind::Layout),
        _ => None,
    }
}

/// The text with what cannot be seen as `\u{…}`, at most 80 characters of it around the first such place.
fn visible(text: &str) -> String {
    let is_odd = |character: char| kind(character, None, Role::Line).is_some() || character.is_control();
    let characters: Vec<char> = text.chars().collect();
    let first = characters.iter().position(|c| is_odd(*c)).unwrap_or(0);
    let start = first.saturating_sub(30);
    let mut shown = String::new();
    if start > 0 {
        shown.push('…');
    }
    for character in characters.iter().skip(start).take(80) {
        if is_odd(*character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(*character);
        }
    }
    if characters.len() > start + 80 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_and_scripts_that_need_joiners_are_ordinary() {
        for text in [
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "می\u{200c}خواهم",
            "serveur-été",
            "日本",
        ] {
            let mut before = None;
            for character in without_flags(text).chars() {
                assert_eq!(kind(character, before, Role::Line), None, "{text:?} at {character:?}");
                before = Some(character);
            }
        }
    }

    #[test]
    fn what_hides_is_shown_as_its_number() {
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(kind('\u{200b}', Some('a'), Role::Value), Some(Kind::Hidden));
        assert_eq!(kind('\u{e0041}', Some('a'), Role::Value), Some(Kind::Hidden));
        assert_eq!(kind('\r', None, Role::Line), Some(Kind::Control));
        assert_eq!(kind('\n', None, Role::Value), None);
    }
}
