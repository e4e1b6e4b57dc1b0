//! The form of a case: the steps of a session, each a line of TOML.

use std::path::Path;

use serde_json::{Map, Value};

use crate::{here, read};

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structural,
    Textual,
}

/// The cases of one class.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) class: String,
    pub(crate) kind: Kind,
    /// Tools of another server that the client has too.
    #[serde(default)]
    pub(crate) other: Vec<String>,
    pub(crate) case: Vec<Case>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// What it is, and who documented it.
    pub(crate) technique: String,
    pub(crate) attack: Vec<Step>,
    pub(crate) twin: Vec<Step>,
}

/// One step. Which members it has says what it is.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    /// A tool that the server has when it is to be approved.
    pub(crate) define: Option<Value>,
    /// What the handshake says to the model.
    pub(crate) instructions: Option<String>,
    /// The server lists its approved tools again, these in place of those of their names or behind them.
    pub(crate) list: Option<Vec<Value>>,
    /// And no others.
    pub(crate) only: bool,
    /// A call, and its arguments.
    pub(crate) call: Option<String>,
    pub(crate) with: Map<String, Value>,
    /// Its answer: text, several texts, an error's message, or a whole result as JSON.
    pub(crate) result: Option<String>,
    pub(crate) results: Option<Vec<String>>,
    pub(crate) error: Option<String>,
    pub(crate) reply: Option<String>,
    /// A resource that is read, a prompt that is filled in.
    pub(crate) resource: Option<String>,
    pub(crate) prompt: Option<String>,
    /// A form, or an address to open.
    pub(crate) elicit: Option<String>,
    pub(crate) schema: Option<Value>,
    pub(crate) open: Option<String>,
    pub(crate) message_text: Option<String>,
    /// A message as it is, from whom, and the method of the client's request that it answers. `"@"` is a number that counts.
    pub(crate) message: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) asked: Option<String>,
    /// How often, how far apart, and whether the server answers; with how many bytes.
    pub(crate) times: Option<u32>,
    pub(crate) every_ms: u64,
    pub(crate) answered: bool,
    pub(crate) answer_bytes: usize,
}

impl Class {
    /// A file holds a class, or, as the fresh ones do, several under `group`.
    pub(crate) fn read(path: &Path) -> Vec<Self> {
        #[derive(serde::Deserialize)]
        struct Several {
            group: Vec<Class>,
        }
        let text = read(path);
        let read = match path.ends_with("fresh.toml") {
            true => toml::from_str::<Several>(&text).map(|several| several.group),
            false => toml::from_str(&text).map(|class| vec![class]),
        };
        let mut classes = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in classes.iter_mut().flat_map(|class| &mut class.case) {
            assert!(!case.technique.is_empty(), "{}", case.id);
            case.attack.iter_mut().chain(&mut case.twin).for_each(Step::expand);
        }
        classes
    }
}

/// The tools that every server of the corpus has.
pub(crate) fn approved() -> Vec<Value> {
    #[derive(serde::Deserialize)]
    struct Tools {
        tool: Vec<Value>,
    }
    toml::from_str::<Tools>(&read(&here().join("tools.toml"))).unwrap().tool
}

impl Step {
    fn expand(&mut self) {
        let strings =
            [&mut self.result, &mut self.error, &mut self.resource, &mut self.prompt, &mut self.elicit];
        strings.into_iter().flatten().for_each(|text| *text = disguised(text));
        self.results.iter_mut().flatten().for_each(|text| *text = disguised(text));
        self.with.values_mut().for_each(expand_value);
    }
}

fn expand_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = disguised(text),
        Value::Array(values) => values.iter_mut().for_each(expand_value),
        Value::Object(members) => members.values_mut().for_each(expand_value),
        _ => {}
    }
}

/// Secrets of the right form. Nobody's: they are made of the alphabet, here, so that no file holds one.
fn secret(name: &str) -> Option<String> {
    let made = |length: usize, seed: usize, letters: &str| -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length)
            .map(|place| letters[(place * place * 7 + place * 13 + seed * 31 + place / 3) % letters.len()])
            .collect()
    };
    let all = "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789";
    Some(match name {
        "aws" => format!("AKIA{}", made(16, 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        "github" => format!("ghp_{}", made(36, 5, all)),
        "openai" => format!("sk-proj-{}", made(48, 7, all)),
        "slack" => format!("xoxb-{}-{}", made(12, 2, "0123456789"), made(24, 4, all)),
        "pem" => {
            let line =
                |seed| made(64, seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
            format!(
                "-----BEGIN RSA {} KEY-----\n{}\n{}\n-----END RSA PRIVATE KEY-----",
                "PRIVATE",
                line(1),
                line(2)
            )
        }
        _ => return None,
    })
}

/// Replaces `{name}` and `{disguise:text}`, the innermost first.
fn disguised(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let mut replaced = None;
        for (start, _) in text.match_indices('{') {
            let rest = &text[start + 1..];
            let Some(length) = rest.find(['{', '}']) else { break };
            if rest.as_bytes()[length] == b'{' {
                continue;
            }
            let inside = &rest[..length];
            let said = secret(inside).or_else(|| {
                let (how, what) = inside.split_once(':')?;
                disguise(how, what)
            });
            if let Some(said) = said {
                replaced = Some((start..start + length + 2, said));
                break;
            }
        }
        match replaced {
            Some((span, said)) => text.replace_range(span, &said),
            None => return text,
        }
    }
}

fn disguise(how: &str, what: &str) -> Option<String> {
    let bits = |alphabet: &str, bits: u32| -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let (mut held, mut count, mut out) = (0_u32, 0, String::new());
        for byte in what.bytes() {
            held = (held << 8) | u32::from(byte);
            count += 8;
            while count >= bits {
                count -= bits;
                out.push(alphabet[((held >> count) & ((1 << bits) - 1)) as usize]);
                held &= (1 << count) - 1;
            }
        }
        if count > 0 {
            out.push(alphabet[((held << (bits - count)) & ((1 << bits) - 1)) as usize]);
        }
        out
    };
    let each = |say: &dyn Fn(char) -> String| what.chars().map(say).collect::<String>();
    let half = what.char_indices().nth(what.chars().count() / 2).map_or(0, |(at, _)| at);
    let rot = |letter: char| match letter {
        'a'..='z' => char::from((letter as u8 - b'a' + 13) % 26 + b'a'),
        'A'..='Z' => char::from((letter as u8 - b'A' + 13) % 26 + b'A'),
        other => other,
    };
    Some(match how {
        "base64" => bits("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6),
        "base32" => bits("abcdefghijklmnopqrstuvwxyz234567", 5),
        "hex" => what.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "percent" => what.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        "decimal" => what.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(" "),
        "binary" => what.bytes().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().join(" "),
        "rot13" => each(&|letter| rot(letter).to_string()),
        "reverse" => what.chars().rev().collect(),
        "escape" => each(&|letter| format!("\\u{:04x}", u32::from(letter))),
        "entity" => each(&|letter| format!("&#{};", u32::from(letter))),
        "fullwidth" => each(&|letter| match letter {
            '!'..='~' => char::from_u32(u32::from(letter) + 0xFEE0).unwrap().to_string(),
            other => other.to_string(),
        }),
        "zerowidth" => each(&|letter| format!("{letter}\u{200b}")),
        "spaced" => each(&|letter| format!("{letter} ")),
        "first" => what[..half].to_owned(),
        "second" => what[half..].to_owned(),
        _ => return None,
    })
}
