//! Rules as files: read, checked against their own examples, compiled when first needed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;

use super::check::{self, Check};
use super::kind::Kind;
use crate::text::{Act, RuleError};

macro_rules! built_in {
    ($($id:literal)*) => { [$(($id, include_str!(concat!("../../rules/arguments/", $id, ".toml")))),*] };
}

/// The rules of this crate, by their ids.
const BUILT_IN: [(&str, &str); 24] = built_in![
    "address-ambiguous"
    "address-hidden"
    "address-inside"
    "address-metadata"
    "address-odd-scheme"
    "address-scheme"
    "address-to-open"
    "dangerous-command"
    "expression"
    "line-break"
    "logger-lookup"
    "member-name"
    "nul"
    "odd-path"
    "option"
    "package-source"
    "private-file"
    "repository-transport"
    "shell-syntax"
    "sql-escape"
    "sql-in-value"
    "sql-statements"
    "traversal"
    "xml-entity"
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    what: String,
    /// What is asked for, by the kind of value.
    acts: BTreeMap<Kind, Act>,
    /// What is asked for when the name of a member matches.
    #[serde(default)]
    name: Option<Act>,
    #[serde(default)]
    patterns: Vec<String>,
    /// Checks that are code, by the kinds that they are for; `any` for all others.
    #[serde(default)]
    checks: BTreeMap<Kind, String>,
    example: Vec<Example>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    kind: Kind,
    value: String,
    matches: bool,
}

#[derive(Debug)]
struct Rule {
    id: String,
    what: String,
    acts: BTreeMap<Kind, Act>,
    name: Option<Act>,
    pattern: Option<Pattern>,
    checks: BTreeMap<Kind, Check>,
    examples: Vec<Example>,
}

#[derive(Debug)]
struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.source).unicode(false).case_insensitive(true).size_limit(4 << 20).build()
    }

    /// What cannot be compiled matches: a rule that fails denies.
    fn matches(&self, value: &str) -> bool {
        let regex = self.compiled.get_or_init(|| self.compile().ok());
        regex.as_ref().is_none_or(|regex| regex.is_match(value.as_bytes()))
    }
}

/// A rule that a value breaks, and what it asks for there.
pub(super) struct Broken<'a> {
    rule: &'a Rule,
    act: Act,
}

impl Broken<'_> {
    pub(super) fn at(&self, at: String, kind: Kind) -> super::Match {
        super::Match { rule: self.rule.id.clone(), at, kind, act: self.act, what: self.rule.what.clone() }
    }
}

/// Rules about arguments.
#[derive(Debug)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// The rules of this crate.
    ///
    /// # Errors
    /// Never: a test loads them with their examples.
    pub fn built_in() -> Result<Self, RuleError> {
        Self::load(&[])
    }

    /// Whether this crate has a rule of this id.
    pub(crate) fn has(id: &str) -> bool {
        BUILT_IN.iter().any(|(own, _)| *own == id)
    }

    /// The rules of this crate and those of a user, by file name. A user's rule of an id that exists replaces it.
    ///
    /// # Errors
    /// The first thing that is wrong with a file of the user's, its examples included.
    pub fn with(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let rules = Self::load(files)?;
        for (name, _) in files {
            rules.check_examples(name.trim_end_matches(".toml"))?;
        }
        Ok(rules)
    }

    /// Ids and what each finds.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|rule| (rule.id.as_str(), rule.what.as_str()))
    }

    /// The rules that a value breaks.
    pub(super) fn about(&self, kind: Kind, value: &str) -> Vec<Broken<'_>> {
        let forms = forms(kind, value);
        let breaks = |rule: &Rule| {
            let check = rule.checks.get(&kind).or(rule.checks.get(&Kind::Any));
            forms.iter().any(|form| {
                rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(form))
                    || check.is_some_and(|check| check(form))
            })
        };
        let about = self.0.iter().filter_map(|rule| Some(Broken { rule, act: *rule.acts.get(&kind)? }));
        about.filter(|broken| breaks(broken.rule)).collect()
    }

    /// The rules that the name of a member breaks.
    pub(super) fn about_name(&self, name: &str) -> impl Iterator<Item = Broken<'_>> {
        let about = self.0.iter().filter_map(|rule| Some(Broken { rule, act: rule.name? }));
        about.filter(move |broken| broken.rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(name)))
    }

    fn load(users: &[(&str, &str)]) -> Result<Self, RuleError> {
        let mut rules: Vec<Rule> = Vec::new();
        for (name, text) in BUILT_IN.iter().chain(users) {
            let form = |error: toml::de::Error| RuleError::Form {
                file: (*name).into(),
                reason: error.message().into(),
            };
            let file: File = toml::from_str(text).map_err(form)?;
            let useless = |what| RuleError::Useless { file: (*name).into(), what };
            if file.id != name.trim_end_matches(".toml") {
                return Err(useless("its id has to be the name of its file"));
            }
            if ![true, false]
                .iter()
                .all(|matches| file.example.iter().any(|example| example.matches == *matches))
            {
                return Err(useless("it needs an example that matches and one that does not"));
            }
            if file.patterns.is_empty() && file.checks.is_empty() {
                return Err(useless("it needs patterns or checks"));
            }
            let find = |(kind, check): (Kind, String)| {
                let unknown = || RuleError::Unknown { file: (*name).into(), name: check.clone() };
                check::named(&check).map(|check| (kind, check)).ok_or_else(unknown)
            };
            let checks = file.checks.into_iter().map(find).collect::<Result<_, _>>()?;
            let all: Vec<_> = file.patterns.iter().map(|pattern| format!("(?:{pattern})")).collect();
            let pattern =
                (!all.is_empty()).then(|| Pattern { source: all.join("|"), compiled: OnceLock::new() });
            rules.retain(|rule| rule.id != file.id);
            let File { id, what, acts, name, example: examples, .. } = file;
            rules.push(Rule { id, what, acts, name, pattern, checks, examples });
        }
        Ok(Self(rules))
    }

    fn check_examples(&self, id: &str) -> Result<(), RuleError> {
        for rule in self.0.iter().filter(|rule| rule.id == id) {
            if let Some(pattern) = &rule.pattern {
                pattern.compile().map_err(|error| RuleError::Pattern {
                    file: id.into(),
                    pattern: pattern.source.clone(),
                    reason: error.to_string(),
                })?;
            }
            for example in &rule.examples {
                let named = self.about_name(&example.value).filter(|_| rule.name.is_some());
                let found = self
                    .about(example.kind, &example.value)
                    .into_iter()
                    .chain(named)
                    .any(|broken| broken.rule.id == id);
                if found != example.matches {
                    return Err(RuleError::Example {
                        file: id.into(),
                        text: example.value.clone(),
                        matches: example.matches,
                    });
                }
            }
        }
        Ok(())
    }
}

/// A value as it stands, with percent-encoding undone once and twice, and in compatibility forms: what some reader
/// makes of it. Text and code are read as they stand.
fn forms(kind: Kind, value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    if matches!(kind, Kind::Text | Kind::Code | Kind::Command | Kind::Sql | Kind::Opened) {
        return forms;
    }
    if !value.is_ascii() {
        let plain: String = value.nfkc().collect();
        if plain != value {
            forms.push(plain);
        }
    }
    // A URL's escapes are its own syntax, and its checks undo them where they count.
    if value.contains('%') && !matches!(kind, Kind::Url | Kind::Repository) {
        let mut decoded = value.to_owned();
        for _ in 0..2 {
            // Longer than the legal encodings: two bytes for a slash, three for a point.
            let overlong = decoded
                .to_ascii_lowercase()
                .replace("%c0%ae", ".")
                .replace("%c0%af", "/")
                .replace("%c1%9c", "\\");
            let next = crate::text::unescaped(&overlong);
            if next == decoded {
                break;
            }
            decoded = next;
            forms.push(decoded.clone());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_this_crate_holds_its_examples() {
        let rules = Rules::built_in().unwrap();
        let broken = rules.0.iter().filter_map(|rule| rules.check_examples(&rule.id).err());
        let broken: Vec<_> = broken.map(|error| error.to_string()).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        assert_eq!(rules.0.len(), BUILT_IN.len());
    }
}
