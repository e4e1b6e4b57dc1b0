//! `hidden-characters`: characters that cannot be seen.

use mantrap_clients::{Config, Node, Span, Value};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    hook: Hook::Config(check),
};

static META: Meta = Meta {
    id: "hidden-characters",
    title: "Characters that cannot be seen",
    why: "whoever reviews the entry sees another text than the one that runs",
    details: "Bidirectional controls, zero-width characters, tag characters, other format characters and control characters in any name, key or value of a server, `description` and its like excepted. A line break in a command, name or URL counts too; in arguments and variables it is ordinary. High for what reorders or hides text, low for the rest.",
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

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for server in &config.servers {
        let before = findings.len();
        examine(config, &server.name.value, server.name.span, true, findings);
        // The name of a list-shaped entry is also one of its members: one finding a place.
        let name_span = server.name.span;
        walk(&server.node, &mut |text, span, is_line| {
            if span != name_span && findings.len() < before + 8 {
                examine(config, text, span, is_line, findings);
            }
        });
    }
}

/// Every key and string below `node`; `is_line` where a line break would be odd.
fn walk(node: &Node, visit: &mut dyn FnMut(&str, Span, bool)) {
    for member in node.members() {
        if PROSE.contains(&member.key.as_str()) {
            continue;
        }
        visit(&member.key, member.key_span, true);
        match &member.value.value {
            Value::String(text) => {
                let is_line = matches!(
                    member.key.as_str(),
                    "command" | "cmd" | "url" | "serverUrl" | "httpUrl" | "uri" | "cwd" | "name"
                );
                visit(text, member.value.span, is_line);
            }
            _ => walk(&member.value, visit),
        }
    }
    for item in node.items() {
        match &item.value {
            Value::String(text) => visit(text, item.span, false),
            _ => walk(item, visit),
        }
    }
}

fn examine(config: &Config, text: &str, span: Span, is_line: bool, findings: &mut Vec<Finding>) {
    let mut worst: Option<Kind> = None;
    let mut before = None;
    for character in text.chars() {
        let kind = kind(character, before, is_line);
        worst = worst.max(kind);
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
        message: format!("`{}` holds {}", visible(text, is_line), kind.phrase()),
        subject: visible(text, is_line),
        ..finding_at(&META, config, span, "not what it looks like")
    });
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
            Kind::Layout => "a space that is not a plain one, or a mark at its edge",
            Kind::Control => "control characters",
            Kind::Hidden => "characters that hide or reorder text",
        }
    }
}

fn kind(character: char, before: Option<char>, is_line: bool) -> Option<Kind> {
    match character {
        '\t' => None,
        '\n' | '\r' => is_line.then_some(Kind::Control),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(Kind::Control),
        // A joiner or selector behind an emoji, or in a script that needs it, draws the emoji or the letter.
        '\u{200d}' | '\u{200c}' | '\u{fe00}'..='\u{fe0f}'
            if before.is_some_and(|before| before > '\u{2ff}') =>
        {
            None
        }
        // The flags of England, Scotland and Wales are tags behind a black flag.
        '\u{e0020}'..='\u{e007f}'
            if before.is_some_and(|before| before == '\u{1f3f4}' || before >= '\u{e0000}') =>
        {
            if before == Some('\u{1f3f4}') || before.is_some_and(|before| before >= '\u{e0000}') {
                None
            } else {
                Some(Kind::Hidden)
            }
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
fn visible(text: &str, is_line: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let first = characters
        .iter()
        .position(|c| kind(*c, None, is_line).is_some())
        .unwrap_or(0);
    let start = first.saturating_sub(30);
    let mut shown = String::new();
    if start > 0 {
        shown.push('…');
    }
    for character in characters.iter().skip(start).take(80) {
        if kind(*character, None, true).is_some() || character.is_control() {
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
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
            "می\u{200c}خواهم",
            "serveur-été",
            "日本",
        ] {
            let mut before = None;
            for character in text.chars() {
                assert_eq!(kind(character, before, true), None, "{text:?} at {character:?}");
                before = Some(character);
            }
        }
    }

    #[test]
    fn what_hides_is_shown_as_its_number() {
        assert_eq!(visible("a\u{202e}b", true), "a\\u{202e}b");
        assert_eq!(kind('\u{200b}', Some('a'), false), Some(Kind::Hidden));
        assert_eq!(kind('\u{e0041}', Some('a'), false), Some(Kind::Hidden));
        assert_eq!(kind('\r', None, true), Some(Kind::Control));
        assert_eq!(kind('\n', None, false), None);
    }
}
