//! `homoglyph-name`: letters that imitate others.

use std::cell::OnceCell;
use std::collections::HashMap;

use mantrap_clients::{Config, Span};

use super::typosquat_package::looks_like_a_known_one;
use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::address;
use crate::command::{self, Launch};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Fleet(check) };

static META: Meta = Meta {
    id: "homoglyph-name",
    title: "Letters that imitate others",
    why: "a name that reads like one you trust is started or approved in its place",
    details: "Names, programs, packages and hosts of servers that mix Latin letters with look-alikes of other alphabets (Cyrillic, Greek, fullwidth, mathematical), or that read like another server's name. A name wholly in another alphabet is a name. High for a program, package or host: what is fetched or started is then another's.",
    remedy: "type the name again by hand and compare; remove the entry if you did not mean it",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP03", "MCP09"],
        owasp_agentic: &["ASI04", "ASI09"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1007"],
        csf: &["PR.PS", "DE.CM"],
    },
};

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    // Only plain names can be imitated.
    let mut plain: HashMap<&str, &Config> = HashMap::new();
    for config in context.fleet {
        for server in config.servers.iter().filter(|server| server.name.value.is_ascii()) {
            plain.entry(&server.name.value).or_insert(config);
        }
    }
    for config in context.fleet {
        for server in &config.servers {
            let name = &server.name.value;
            if let Some(skeleton) = skeleton(name) {
                let twin = plain.contains_key(skeleton.as_str());
                if twin || mixes(name) {
                    let seems = if twin { "reads like the server" } else { "reads like" };
                    let severity = if twin { Severity::High } else { Severity::Medium };
                    findings.push(report(
                        config,
                        server.name.span,
                        severity,
                        format!("the name `{}` {seems} `{skeleton}`", escaped(name)),
                        name,
                    ));
                }
            }
            // A command may be a whole command line.
            let program = server.command.iter().flat_map(|command| {
                let words = command.value.split_whitespace();
                words.map(move |word| (command, last_part(word)))
            });
            // Words of a launch that name something: no blanks, and not a path to the user's own files.
            let words = server
                .args
                .iter()
                .filter(|word| !word.value.contains(char::is_whitespace))
                .map(|word| (word, word.value.as_str()));
            let launch = OnceCell::new();
            for (text, part) in program.chain(words) {
                if let Some(skeleton) = skeleton(part).filter(|_| mixes(part) || skeleton_is_launcher(part)) {
                    if is_package(launch.get_or_init(|| command::read(server, context.os)), part) {
                        continue;
                    }
                    let message = format!("`{}` reads like `{skeleton}`", escaped(part));
                    findings.push(report(config, text.span, Severity::High, message, part));
                }
            }
            for url in &server.urls {
                let Some(host) = address::parse(&url.value).map(|address| address.host) else {
                    continue;
                };
                if let Some(skeleton) = skeleton(host) {
                    let message = format!("the host `{}` reads like `{skeleton}`", escaped(host));
                    findings.push(report(config, url.span, Severity::High, message, host));
                }
            }
        }
    }
}

/// A package that looks like a known one is `typosquat-package`, which names that one.
fn is_package(launch: &Launch, word: &str) -> bool {
    launch.packages().iter().any(|package| package.spelled == word && looks_like_a_known_one(package))
}

fn report(config: &Config, span: Span, severity: Severity, message: String, what: &str) -> Finding {
    Finding {
        severity,
        confidence: Confidence::High,
        persona: Persona::Regular,
        message,
        subject: what.to_owned(),
        ..finding_at(&META, config, span, "letters of another alphabet")
    }
}

fn last_part(command: &str) -> &str {
    command.rsplit(['/', '\\']).next().unwrap_or(command)
}

/// The text as it reads in ASCII, if it holds look-alikes and is ASCII once they are replaced.
fn skeleton(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let plain: Option<String> =
        text.chars().map(|c| if c.is_ascii() { Some(c) } else { looks_like(c) }).collect();
    plain
}

/// Whether ASCII letters and look-alikes stand in one word.
fn mixes(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        word.chars().any(|c| c.is_ascii_alphabetic())
            && word.chars().any(|c| !c.is_ascii() && looks_like(c).is_some())
    }) || text.chars().any(|c| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}'))
}

fn skeleton_is_launcher(part: &str) -> bool {
    let launchers = [
        "npx", "uvx", "npm", "node", "python", "python3", "docker", "bun", "bunx", "deno", "uv", "bash",
        "sh", "cmd",
    ];
    skeleton(part).is_some_and(|skeleton| launchers.contains(&skeleton.as_str()))
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_ascii() { vec![c] } else { c.escape_unicode().collect() }).collect()
}

/// The ASCII letter that a character is commonly taken for. Source: the single-character Latin rows of Unicode's
/// confusables (UTS 39) for Cyrillic, Greek, Armenian, Cherokee, fullwidth forms and the mathematical alphabets.
fn looks_like(character: char) -> Option<char> {
    const PAIRS: &[(&str, &str)] = &[
        ("абвгдеѕіјкԁһӏорсԛтухԝѵмнъьѡґԍ", ""),
        ("аеосрухѕіјһԁԛԝѵӏҽһոսցօք", "aeocpyxsijhdqwvlehnugof"),
        ("АВЕКМНОРСТХУІЈЅԌԚԜѴҮ", "ABEKMHOPCTXYIJSGQWVY"),
        ("αοινρυκτχγωηςεϲϳ", "aoivpuktxywncecj"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
        ("ɑɡıȷʋѕⅰⅼⅽⅾⅿⅴⅹℓℯℊℴ", "agijvsilcdmvxlego"),
        ("к", "k"),
        ("‐‑‒–—−﹣⁃", "--------"),
        ("․∕⁄⧸", ".///"),
    ];
    let at = character as u32;
    match at {
        0xff01..=0xff5e => return char::from_u32(at - 0xff01 + 0x21),
        // Thirteen alphabets of 52 letters each, then digits in five styles.
        0x1d400..=0x1d6a3 => {
            let letter = (at - 0x1d400) % 52;
            return char::from_u32(if letter < 26 { 0x41 + letter } else { 0x61 + letter - 26 });
        }
        0x1d7ce..=0x1d7ff => return char::from_u32(0x30 + (at - 0x1d7ce) % 10),
        _ => {}
    }
    PAIRS.iter().find_map(|(from, to)| {
        let index = from.chars().position(|candidate| candidate == character)?;
        to.chars().nth(index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_read_as_what_they_imitate() {
        for (text, plain) in [
            ("gіthub", "github"),
            ("ｎｐｘ", "npx"),
            ("𝐧𝐩𝐱", "npx"),
            ("ѕlасk", "slack"),
            ("postgreѕ", "postgres"),
        ] {
            assert_eq!(skeleton(text).as_deref(), Some(plain));
            assert!(mixes(text), "{text}");
        }
    }

    #[test]
    fn names_of_other_alphabets_are_names() {
        for text in ["погода", "天気", "météo", "αθήνα", "über-suche"] {
            assert!(skeleton(text).is_none() || !mixes(text), "{text}");
        }
    }
}
