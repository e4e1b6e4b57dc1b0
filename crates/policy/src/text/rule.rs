//! Rules as files: read, checked against their own examples, compiled when first needed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::scan::{Anchors, LONGEST_ANCHOR, SHORTEST_ANCHOR};
use super::view::rot13;
use super::{Act, Where, screen};

/// The words that the rules of this crate are made of.
const VOCABULARY: &str = include_str!("../../rules/vocabulary.toml");

macro_rules! built_in {
    ($($id:literal)*) => { [$(($id, include_str!(concat!("../../rules/text/", $id, ".toml")))),*] };
}

/// The rules of this crate, by their ids.
const BUILT_IN: [(&str, &str); 20] = built_in![
    "assigned-secret"
    "borrowed-authority"
    "covert-transfer"
    "decode-and-obey"
    "download-and-run"
    "drawn-exfiltration"
    "fake-turn"
    "hidden-characters"
    "known-secret"
    "order-to-the-model"
    "override"
    "password-in-address"
    "phishing"
    "pressure"
    "private-key"
    "redirected"
    "reordered-text"
    "secrecy"
    "terminal-escape"
    "unrestricted"
];

/// Why a file of rules was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// No TOML, or not of this form.
    #[error("rule `{file}`: {reason}")]
    Form {
        /// Which file.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// A pattern that is no regular expression, or too large a one.
    #[error("rule `{file}`: the pattern `{pattern}` cannot be used: {reason}")]
    Pattern {
        /// Which file.
        file: String,
        /// The pattern.
        pattern: String,
        /// What the compiler says.
        reason: String,
    },
    /// A word that no vocabulary has, or a check that there is none of.
    #[error("rule `{file}` needs `{name}`, which does not exist")]
    Unknown {
        /// Which file.
        file: String,
        /// The name.
        name: String,
    },
    /// A rule that can never match, or is never tried.
    #[error("rule `{file}`: {what}")]
    Useless {
        /// Which file.
        file: String,
        /// Why.
        what: &'static str,
    },
    /// An example that does not hold.
    #[error("rule `{file}`: the example `{text}` {}", if *.matches { "does not match" } else { "matches, but must not" })]
    Example {
        /// Which file.
        file: String,
        /// The example.
        text: String,
        /// Whether it should match.
        matches: bool,
    },
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    /// What every text with such words has, in lower case.
    #[serde(default)]
    anchors: Vec<String>,
    /// Anchors that are looked for in rot13 and backwards too.
    #[serde(default)]
    disguised: Vec<String>,
    patterns: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleFile {
    id: String,
    what: String,
    act: Act,
    /// Other acts at some places; `pass` where the rule is none.
    #[serde(default)]
    at: BTreeMap<Where, At>,
    /// Words that have to stand together. The first list is what the rule is found by.
    #[serde(default)]
    when: Vec<Vec<String>>,
    /// How far apart, in bytes.
    #[serde(default = "near")]
    within: usize,
    /// Patterns of runs without a blank: secrets.
    #[serde(default)]
    token: Vec<String>,
    /// Patterns of its own, instead of words.
    words: Option<WordsFile>,
    /// The group of a pattern that has to be random to the eye.
    #[serde(default)]
    random: bool,
    /// One of the checks that are code.
    check: Option<String>,
    /// Looked for in the whole text, without anchors. For places with short texts only: it costs a hundred times as much.
    #[serde(default)]
    everywhere: bool,
    /// Not looked for in what was decoded.
    #[serde(default)]
    surface_only: bool,
    /// Vocabulary that only this file needs, by name.
    #[serde(default)]
    vocabulary: BTreeMap<String, WordsFile>,
    example: Vec<Example>,
}

const fn near() -> usize {
    240
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum At {
    Pass,
    Flag,
    Redact,
    Ask,
    Deny,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    text: String,
    at: Where,
    matches: bool,
}

/// Words of one kind.
#[derive(Debug)]
pub(super) struct Words {
    anchors: Vec<String>,
    disguised: Vec<String>,
    pub(super) pattern: Pattern,
}

/// A rule, ready to be tried.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    /// What it finds, for people.
    pub(super) what: String,
    /// What it asks for, by place in the order of [`Where`].
    acts: [Option<Act>; 7],
    pub(super) looks: Looks,
    pub(super) surface_only: bool,
    everywhere: bool,
    examples: Vec<Example>,
}

/// How a rule finds what it is about.
#[derive(Debug)]
pub(super) enum Looks {
    /// For words, of one of the first and of one of each of the others, so far apart at most. By their numbers.
    Words { groups: Vec<Vec<usize>>, within: usize, random: bool },
    /// For runs without a blank.
    Token(Pattern),
    /// With code.
    Check(fn(&str) -> Vec<std::ops::Range<usize>>),
}

/// A pattern that is compiled when it is first needed: a session that meets nothing suspicious compiles none.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn new(patterns: &[String]) -> Self {
        let all: Vec<_> = patterns.iter().map(|pattern| format!("(?:{})", spelled_out(pattern))).collect();
        Self { source: all.join("|"), compiled: OnceLock::new() }
    }

    /// None when it cannot be compiled, which loading rules out.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        let mut builder = RegexBuilder::new(&self.source);
        builder.unicode(false).case_insensitive(true).size_limit(4 << 20).dfa_size_limit(4 << 20).build()
    }
}

/// Patterns are regular expressions in which a blank stands for anything between two words, or nothing, ` ~ ` for a gap with up
/// to five words in it, and ` ~? ?` for the same or nothing at all.
fn spelled_out(pattern: &str) -> String {
    // Marks beyond ASCII (U+0080 to U+00BF, U+2000 to U+2FFF) separate words as those of ASCII do.
    const MARK: &str = r"(?:[^0-9a-z\x80-\xff]|\xc2[\x80-\xbf]|\xe2[\x80-\xbf][\x80-\xbf])";
    let gap = format!("{MARK}{{0,6}}");
    let words = format!(r"(?:[0-9a-z_'.\x80-\xff]+{MARK}{{1,6}}){{0,5}}");
    let pattern = pattern.replace("'?", r"(?:'|\xe2\x80\x99)?");
    let pattern = pattern.replace(" ~? ?", "\u{1}").replace(" ~ ", "\u{2}").replace(' ', &gap);
    let pattern = pattern.replace('\u{1}', &format!("{gap}{words}"));
    pattern.replace('\u{2}', &format!("{MARK}{{1,6}}{words}"))
}

/// Text rules, and what finds the places that they could be about.
#[derive(Debug)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) words: Vec<Words>,
    pub(super) anchors: Anchors,
    /// For each of `anchors`, what it stands for.
    pub(super) leads: Vec<Lead>,
}

/// What an anchor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Words, by their number.
    Words(usize),
    /// Text in rot13.
    Rotated,
    /// Text that runs backwards.
    Reversed,
}

impl Rules {
    /// The rules of this crate.
    ///
    /// # Errors
    /// Never: a test loads them with their examples.
    pub fn built_in() -> Result<Self, RuleError> {
        Self::load(&BUILT_IN, &[])
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
        let rules = Self::load(&BUILT_IN, files)?;
        let own: Vec<_> = files.iter().map(|(name, _)| name.trim_end_matches(".toml")).collect();
        rules.compile(&|id| own.contains(&id))?;
        rules.check_examples(&|id| own.contains(&id))?;
        Ok(rules)
    }

    /// The words that are looked for in the whole of a text at this place.
    pub(super) fn everywhere(&self, place: Where) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().filter(move |rule| rule.everywhere && rule.act(place).is_some());
        rules.filter_map(|rule| match &rule.looks {
            Looks::Words { groups, .. } => groups.first()?.first().copied(),
            _ => None,
        })
    }

    /// Ids and what each finds.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().map(|rule| (rule.id.as_str(), rule.what.as_str()))
    }

    /// What the rule of this id finds.
    #[must_use]
    pub fn what(&self, id: &str) -> Option<&str> {
        self.list().find(|(other, _)| *other == id).map(|(_, what)| what)
    }

    fn load(built_in: &[(&str, &str)], users: &[(&str, &str)]) -> Result<Self, RuleError> {
        let form = |file: &str, error: toml::de::Error| RuleError::Form {
            file: file.into(),
            reason: error.message().into(),
        };
        let shared: BTreeMap<String, WordsFile> =
            toml::from_str(VOCABULARY).map_err(|error| form("vocabulary", error))?;
        let mut words: Vec<Words> = Vec::new();
        let mut number = BTreeMap::new();
        for (name, file) in shared {
            number.insert(name, words.len());
            words.push(Words::new(file));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for (name, text) in built_in.iter().chain(users) {
            let file: RuleFile = toml::from_str(text).map_err(|error| form(name, error))?;
            if file.id != name.trim_end_matches(".toml") {
                return Err(RuleError::Useless {
                    file: (*name).into(),
                    what: "its id has to be the name of its file",
                });
            }
            let rule = Rule::new(file, &mut words, &number)?;
            rules.retain(|other| other.id != rule.id);
            rules.push(rule);
        }
        Ok(Self::of(rules, words))
    }

    fn of(rules: Vec<Rule>, words: Vec<Words>) -> Self {
        // Only what leads a rule has to be found by the first pass.
        let leading = |number: &usize| {
            rules.iter().any(|rule| match &rule.looks {
                Looks::Words { groups, .. } => groups.first().is_some_and(|group| group.contains(number)),
                _ => false,
            })
        };
        let mut anchors = Vec::new();
        for (number, words) in words.iter().enumerate().filter(|(number, _)| leading(number)) {
            anchors.extend(words.anchors.iter().map(|anchor| (anchor.clone(), Lead::Words(number))));
            for anchor in &words.disguised {
                anchors.push((anchor.chars().map(rot13).collect(), Lead::Rotated));
                anchors.push((anchor.chars().rev().collect(), Lead::Reversed));
            }
        }
        let (anchors, leads): (Vec<_>, _) = anchors.into_iter().unzip();
        Self { rules, words, anchors: Anchors::new(anchors), leads }
    }

    /// Compiles what these rules look for now, which otherwise waits until it is needed.
    fn compile(&self, of: &dyn Fn(&str) -> bool) -> Result<(), RuleError> {
        for rule in self.rules.iter().filter(|rule| of(&rule.id)) {
            let patterns: Vec<&Pattern> = match &rule.looks {
                Looks::Token(pattern) => vec![pattern],
                Looks::Words { groups, .. } => {
                    let words = groups.iter().flatten().filter_map(|number| self.words.get(*number));
                    words.map(|words| &words.pattern).collect()
                }
                Looks::Check(_) => Vec::new(),
            };
            for pattern in patterns.into_iter().filter(|pattern| pattern.compiled.get().is_none()) {
                let regex = pattern.compile().map_err(|error| RuleError::Pattern {
                    file: rule.id.clone(),
                    pattern: pattern.source.clone(),
                    reason: error.to_string(),
                })?;
                let _ = pattern.compiled.set(Some(regex));
            }
        }
        Ok(())
    }

    fn check_examples(&self, of: &dyn Fn(&str) -> bool) -> Result<(), RuleError> {
        for rule in self.rules.iter().filter(|rule| of(&rule.id)) {
            for example in &rule.examples {
                let found = screen::screen(self, example.at, &example.text);
                if found.iter().any(|found| found.rule == rule.id) != example.matches {
                    return Err(RuleError::Example {
                        file: rule.id.clone(),
                        text: example.text.clone(),
                        matches: example.matches,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Words {
    fn new(file: WordsFile) -> Self {
        let pattern = Pattern::new(&file.patterns);
        Self { anchors: file.anchors, disguised: file.disguised, pattern }
    }
}

impl Rule {
    /// What it asks for at this place.
    #[inline]
    pub(super) fn act(&self, place: Where) -> Option<Act> {
        self.acts.get(place as usize).copied().flatten()
    }

    fn new(
        file: RuleFile,
        words: &mut Vec<Words>,
        shared: &BTreeMap<String, usize>,
    ) -> Result<Self, RuleError> {
        let useless = |what| RuleError::Useless { file: file.id.clone(), what };
        for matches in [true, false] {
            if !file.example.iter().any(|example| example.matches == matches) {
                return Err(useless("it needs an example that matches and one that does not"));
            }
        }
        let mut own = BTreeMap::new();
        for (name, vocabulary) in file.vocabulary {
            own.insert(name, words.len());
            words.push(Words::new(vocabulary));
        }
        let find = |name: &String| {
            let unknown = || RuleError::Unknown { file: file.id.clone(), name: name.clone() };
            own.get(name).or(shared.get(name)).copied().ok_or_else(unknown)
        };
        let looks = match (file.words, file.check.as_deref()) {
            (Some(own), None) if file.when.is_empty() && file.token.is_empty() => {
                words.push(Words::new(own));
                Looks::Words { groups: vec![vec![words.len() - 1]], within: file.within, random: file.random }
            }
            (None, Some(check)) => Looks::Check(match check {
                "invisible" => super::hidden::invisible,
                "reordered" => super::hidden::reordered,
                "terminal" => super::hidden::terminal,
                _ => return Err(RuleError::Unknown { file: file.id, name: check.into() }),
            }),
            (None, None) if !file.token.is_empty() => Looks::Token(Pattern::new(&file.token)),
            (None, None) if !file.when.is_empty() => {
                let group = |names: &Vec<String>| names.iter().map(find).collect::<Result<_, _>>();
                let groups = file.when.iter().map(group).collect::<Result<_, _>>()?;
                Looks::Words { groups, within: file.within, random: file.random }
            }
            _ => return Err(useless("it needs exactly one of `when`, `words`, `token` and `check`")),
        };
        if let Looks::Words { groups, .. } = &looks {
            let leads = groups.first().into_iter().flatten().filter_map(|number| words.get(*number));
            for lead in leads {
                let fits = |anchor: &String| {
                    let length =
                        anchor.len() == 1 || (SHORTEST_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len());
                    length && !anchor.bytes().any(|byte| byte.is_ascii_uppercase())
                };
                if lead.anchors.is_empty() != file.everywhere
                    || !lead.anchors.iter().chain(&lead.disguised).all(fits)
                {
                    return Err(useless("it needs anchors, in lower case, of one byte or of 5 to 32"));
                }
            }
        }
        let all = [
            Where::Definition,
            Where::Instructions,
            Where::Result,
            Where::Prompt,
            Where::Error,
            Where::Ask,
            Where::Argument,
        ];
        let act = |place: Where| match file.at.get(&place) {
            None => Some(file.act),
            Some(At::Pass) => None,
            Some(At::Flag) => Some(Act::Flag),
            Some(At::Redact) => Some(Act::Redact),
            Some(At::Ask) => Some(Act::Ask),
            Some(At::Deny) => Some(Act::Deny),
        };
        Ok(Self {
            id: file.id,
            what: file.what,
            acts: all.map(act),
            looks,
            surface_only: file.surface_only,
            everywhere: file.everywhere,
            examples: file.example,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_this_crate_compiles_and_holds_its_examples() {
        let rules = Rules::built_in().unwrap();
        rules.compile(&|_| true).unwrap();
        let ids: Vec<_> = rules.list().map(|(id, _)| id.to_owned()).collect();
        let broken = ids.iter().filter_map(|id| rules.check_examples(&|other| other == id).err());
        let broken: Vec<_> = broken.map(|error| error.to_string()).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(rules.list().all(|(_, what)| !what.is_empty() && !what.ends_with('.')));
    }

    const OWN: &str = r#"
        id = "projects"
        what = "names of projects that are not public"
        act = "ask"
        at = { definition = "pass" }
        words = { anchors = ["bluebird"], patterns = ['\bproject bluebird\b'] }
        example = [
            { at = "argument", text = "about Project Bluebird", matches = true },
            { at = "argument", text = "a bluebird", matches = false },
        ]
    "#;

    #[test]
    fn a_users_rule_is_tried_and_its_places_hold() {
        let rules = Rules::with(&[("projects.toml", OWN)]).unwrap();
        let found = screen::screen(&rules, Where::Argument, "x project\nBLUEBIRD y");
        assert_eq!((found[0].rule.as_str(), found[0].span.clone()), ("projects", 2..18));
        assert_eq!(screen::screen(&rules, Where::Definition, "project bluebird"), []);
    }

    #[test]
    fn a_users_rule_that_breaks_its_word_is_not_loaded() {
        let broken = OWN.replace("a bluebird", "project bluebird");
        assert!(matches!(
            Rules::with(&[("projects", &broken)]),
            Err(RuleError::Example { matches: false, .. })
        ));
        let broken = OWN.replace("bird\\b", "bird(");
        assert!(matches!(Rules::with(&[("projects", &broken)]), Err(RuleError::Pattern { .. })));
        assert!(matches!(Rules::with(&[("other", OWN)]), Err(RuleError::Useless { .. })));
        let broken = OWN.replace("what =", "waht =");
        assert!(matches!(Rules::with(&[("projects", &broken)]), Err(RuleError::Form { .. })));
    }
}
