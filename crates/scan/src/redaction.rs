//! Keeps secrets out of everything that is said: excerpts, messages, remedies and the inventory.
//!
//! A secret is masked twice over: by its place, in excerpts and lowered values, and by its text, wherever a message
//! repeats it. Every output format goes through here; none prints a string of a config by itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use mantrap_clients::{Config, Node, Origin, Source, Span, Text, Value};

use crate::secret;

/// What stands in for a secret. Its length says nothing about the secret's.
pub const MASK: &str = "••••";

/// Shorter secrets are masked by their place only: their text occurs in ordinary words.
const SHORTEST_TEXT: usize = 4;

/// The secrets of one report.
#[derive(Debug, Default)]
pub struct Redaction {
    spans: BTreeMap<Origin, Vec<Span>>,
    texts: Option<AhoCorasick>,
}

impl Redaction {
    /// Collects the secrets of `configs`.
    pub fn of(configs: &[Config]) -> Self {
        let mut spans: BTreeMap<Origin, Vec<Span>> = BTreeMap::new();
        let mut texts: Vec<String> = Vec::new();
        for config in configs {
            let mut found = secret::spans(config);
            if found.is_empty() {
                continue;
            }
            for span in &mut found {
                *span = without_quotes(&config.source, *span);
            }
            found.retain(|span| span.end > span.start);
            found.sort_unstable();
            texts.extend(found.iter().map(|span| config.source.slice(*span).to_owned()));
            decoded(&config.tree, config, &found, &mut texts);
            spans.entry(config.source.origin.clone()).or_default().extend(found);
        }
        for found in spans.values_mut() {
            found.sort_unstable();
            merge(found);
        }
        texts.retain(|text| text.trim().len() >= SHORTEST_TEXT);
        texts.sort_unstable();
        texts.dedup();
        let texts = if texts.is_empty() {
            None
        } else {
            // Building fails only past 2³¹ states; then the places still mask.
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts).ok()
        };
        Redaction { spans, texts }
    }

    /// `text` with every known secret masked.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(texts) = &self.texts else {
            return Cow::Borrowed(text);
        };
        if !texts.is_match(text) {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        texts.replace_all_with(text, &mut masked, |_, _, out| {
            out.push_str(MASK);
            true
        });
        Cow::Owned(masked)
    }

    /// A lowered value. Where a secret stands in its literal but not verbatim in its value (the literal has
    /// escapes), nothing of the value is shown.
    pub fn value<'a>(&self, config: &Config, text: &'a Text) -> Cow<'a, str> {
        let mut value = Cow::Borrowed(text.value.as_str());
        for span in self.overlapping(&config.source.origin, text.span) {
            let secret = config.source.slice(span);
            if secret.is_empty() || !value.contains(secret) {
                return Cow::Borrowed(MASK);
            }
            value = Cow::Owned(value.replace(secret, MASK));
        }
        match self.text(&value) {
            Cow::Borrowed(_) => value,
            Cow::Owned(masked) => Cow::Owned(masked),
        }
    }

    /// The byte ranges of `source` within `window` that must not be shown, in order and apart.
    pub fn ranges(&self, source: &Source, window: Range<usize>) -> Vec<Range<usize>> {
        let within = Span::new(window.start, window.end);
        let mut masks: Vec<Span> = self.overlapping(&source.origin, within).collect();
        if let Some(texts) = &self.texts {
            let shown = source.text.get(window.clone()).unwrap_or_default();
            let at = |offset: usize| window.start + offset;
            masks.extend(texts.find_iter(shown).map(|found| Span::new(at(found.start()), at(found.end()))));
        }
        masks.sort_unstable();
        merge(&mut masks);
        masks.into_iter().map(Span::range).collect()
    }

    fn overlapping(&self, origin: &Origin, span: Span) -> impl Iterator<Item = Span> {
        let all = self.spans.get(origin).map_or(&[][..], Vec::as_slice);
        let first = all.partition_point(|mask| mask.end <= span.start);
        let rest = all.get(first..).unwrap_or_default();
        rest.iter().copied().take_while(move |mask| mask.start < span.end)
    }
}

/// Quotes are no part of a secret, and showing them keeps an excerpt readable.
fn without_quotes(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let quoted =
        ['"', '\''].iter().any(|quote| text.len() >= 2 && text.starts_with(*quote) && text.ends_with(*quote));
    if quoted { Span { start: span.start + 1, end: span.end - 1 } } else { span }
}

/// Joins ranges that touch or overlap. They are sorted.
fn merge(spans: &mut Vec<Span>) {
    spans.dedup_by(|next, kept| {
        let touches = next.start <= kept.end;
        if touches {
            kept.end = kept.end.max(next.end);
        }
        touches
    });
}

/// Adds the decoded value of every string that holds a secret which is not verbatim in it.
fn decoded(node: &Node, config: &Config, secrets: &[Span], texts: &mut Vec<String>) {
    let first = secrets.partition_point(|secret| secret.end <= node.span.start);
    let mut inside = secrets
        .get(first..)
        .unwrap_or_default()
        .iter()
        .take_while(|secret| secret.start < node.span.end)
        .peekable();
    match &node.value {
        Value::String(text) | Value::Bare(text) => {
            if inside.any(|secret| !text.contains(config.source.slice(*secret))) {
                texts.push(text.clone());
            }
        }
        // A YAML alias has the place of its anchor, outside its parent: descend whatever the parent's span says.
        Value::List(items) => items.iter().for_each(|item| decoded(item, config, secrets, texts)),
        Value::Map(members) => {
            members.iter().for_each(|member| decoded(&member.value, config, secrets, texts));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_by_place_and_by_text() {
        let source = Source::decode(Origin::file("x"), b"{\"k\": \"Bearer hunter22\"}".to_vec()).unwrap();
        let redaction = Redaction {
            spans: BTreeMap::from([(Origin::file("x"), vec![Span::new(14, 22)])]),
            texts: AhoCorasick::new(["hunter22"]).ok(),
        };
        assert_eq!(redaction.ranges(&source, 0..source.text.len()), vec![14..22; 1]);
        assert_eq!(redaction.text("it says hunter22!"), "it says ••••!");
        assert_eq!(redaction.text("nothing"), "nothing");
    }

    #[test]
    fn masks_that_touch_become_one() {
        let mut spans = vec![Span::new(0, 4), Span::new(4, 6), Span::new(5, 5), Span::new(8, 9)];
        merge(&mut spans);
        assert_eq!(spans, [Span::new(0, 6), Span::new(8, 9)]);
    }
}
