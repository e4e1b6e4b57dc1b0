//! Finds secrets in configs, for the `secret-in-config` rule and so that no output format ever prints one.
//!
//! Two ways of knowing: the shape of the token (`formats`, over the whole text, comments included), and the
//! place it stands in (`named`, over the parsed tree). Nothing is decoded further and nothing is tried out.

mod formats;
mod named;
mod placeholder;

use mantrap_clients::{Config, Node, Span, Value};

use crate::finding::Confidence;
pub use named::is_secret_name;
pub use placeholder::is_placeholder;

/// One secret in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// Its bytes, without quotes; the whole literal where escapes hide the exact place.
    pub span: Span,
    /// What it is, a few words.
    pub kind: &'static str,
    /// How sure that it is one.
    pub confidence: Confidence,
}

/// The bytes of `config` that hold secrets, in source order, never overlapping. Every renderer masks them.
pub fn spans(config: &Config) -> Vec<Span> {
    find(config).into_iter().map(|secret| secret.span).collect()
}

/// The secrets of `config`, in source order, never overlapping.
pub fn find(config: &Config) -> Vec<Secret> {
    let text = &config.source.text;
    let by_shape = formats::scan(text).into_iter().map(|(range, kind)| Secret {
        span: Span::new(range.start, range.end),
        kind,
        confidence: Confidence::High,
    });
    let mut secrets: Vec<Secret> = by_shape.collect();
    let mut search = Search { text, secrets: &mut secrets };
    search.node(None, &config.tree);
    merge(secrets)
}

struct Search<'a> {
    text: &'a str,
    secrets: &'a mut Vec<Secret>,
}

impl Search<'_> {
    /// `name` is the member, header or variable that `node` is the value of.
    fn node(&mut self, name: Option<&str>, node: &Node) {
        match &node.value {
            Value::String(value) | Value::Bare(value) => self.value(name, value, value, node.span),
            Value::Map(members) => {
                let named =
                    node.member("name").or_else(|| node.member("key")).and_then(|member| member.value.text());
                for member in members {
                    // `{name: API_KEY, value: …}` of list-shaped environments.
                    let name = if member.key == "value" {
                        named.or(Some("value"))
                    } else {
                        Some(member.key.as_str())
                    };
                    self.node(name, &member.value);
                }
            }
            Value::List(items) => {
                let mut flag: Option<&str> = None;
                for item in items {
                    match item.text() {
                        Some(word) => {
                            self.word(flag, word, item.span);
                            flag = word.starts_with('-').then_some(word).filter(|word| !word.contains('='));
                        }
                        None => {
                            flag = None;
                            self.node(name, item);
                        }
                    }
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// One argument, or one `NAME=value` or `Name: value` of a list.
    fn word(&mut self, flag: Option<&str>, word: &str, span: Span) {
        let is_name =
            |name: &str| !name.is_empty() && name.len() <= 80 && !name.contains(['/', ' ', '?', '"', '\'']);
        let pair = word.split_once('=').filter(|(name, _)| is_name(name) && !name.contains(':'));
        let pair = pair.or_else(|| word.split_once(": ").filter(|(name, _)| is_name(name)));
        match pair {
            Some((name, value)) => self.value(Some(name), value, word, span),
            None if word.starts_with('-') => {}
            None => self.value(flag, word, word, span),
        }
    }

    /// `value` is a slice of `whole`, which is what the literal at `literal` says.
    fn value(&mut self, name: Option<&str>, value: &str, whole: &str, literal: Span) {
        let parts = named::parts(name, value);
        if parts.is_empty() {
            return;
        }
        let raw = self.text.get(literal.range()).unwrap_or_default();
        let whole_at = raw.find(whole).map(|at| literal.start as usize + at);
        for part in parts {
            // The part is a slice of `whole`, so the distance of their addresses is its offset.
            let offset = (part.text.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
            let span = match (whole_at, offset) {
                (Some(at), Some(offset)) => Span::new(at + offset, at + offset + part.text.len()),
                _ => literal,
            };
            self.secrets.push(Secret { span, kind: part.kind, confidence: part.confidence });
        }
    }
}

/// Sorts, and joins what overlaps. What is known by its shape comes first and keeps its name.
fn merge(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.sort_by_key(|secret| secret.span.start);
    let mut merged: Vec<Secret> = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match merged.last_mut() {
            Some(last) if secret.span.start < last.span.end => {
                last.span.end = last.span.end.max(secret.span.end);
                last.confidence = last.confidence.max(secret.confidence);
            }
            _ => merged.push(secret),
        }
    }
    merged
}
