//! Pins: what a server may show of itself is what was approved, definition by definition.
//!
//! Owns the comparison of definitions with their pins, and what a session has seen of them. Never reads a lock and never
//! makes a pin: [`Seen::pins`] is what a person may approve. Where nothing is pinned, the first
//! definition that a session sees of a name is the one that it keeps to.

mod difference;
mod shadow;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mantrap_mcp::Raw;

pub use difference::{Change, difference};
pub use shadow::Shadows;

use crate::digest::Digest;
use crate::verdict::Verdict;

/// Names of one kind that a session remembers. More than any server has, and a bound on what it can make us hold.
const MOST: usize = 4096;
/// Bytes of the longest name that can be pinned; the lock has the same bound.
const LONGEST: usize = 256;

/// What can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A tool, by its name: its whole definition.
    Tool,
    /// A prompt, by its name: its whole definition.
    Prompt,
    /// A resource template, by its `uriTemplate`: its whole definition.
    Template,
    /// What the server says of itself, by the member's name: `instructions`, `serverInfo`.
    Server,
}

impl Kind {
    /// The word for one of it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Template => "resource template",
            Self::Server => "server's own text",
        }
    }
}

/// The pins of one server. None of a kind means that nothing of it is pinned, and not that nothing is approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<Kind, BTreeMap<String, Digest>>);

impl Pins {
    /// Whether something of a kind is pinned; then everything else of it is withheld.
    #[must_use]
    pub fn cover(&self, kind: Kind) -> bool {
        self.0.get(&kind).is_some_and(|names| !names.is_empty())
    }

    /// Every pin.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &str, Digest)> {
        self.0
            .iter()
            .flat_map(|(kind, names)| names.iter().map(|(name, digest)| (*kind, name.as_str(), *digest)))
    }

    /// The pin of this name.
    #[must_use]
    pub fn of(&self, kind: Kind, name: &str) -> Option<Digest> {
        self.0.get(&kind)?.get(name).copied()
    }

    /// The names of a kind that are pinned, each with its pin.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = (&str, Digest)> {
        self.0.get(&kind).into_iter().flatten().map(|(name, digest)| (name.as_str(), *digest))
    }

    /// Pins a name.
    pub fn insert(&mut self, kind: Kind, name: impl Into<String>, digest: Digest) {
        self.0.entry(kind).or_default().insert(name.into(), digest);
    }
}

impl FromIterator<(Kind, String, Digest)> for Pins {
    fn from_iter<I: IntoIterator<Item = (Kind, String, Digest)>>(pins: I) -> Self {
        let mut all = Self::default();
        pins.into_iter().for_each(|(kind, name, digest)| all.insert(kind, name, digest));
        all
    }
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surprise {
    /// It is not the one that was approved, or that the session saw first.
    Drift {
        /// The pin.
        was: Digest,
        /// What it is now.
        is: Digest,
    },
    /// Nobody approved one of this name.
    Added,
    /// Its name looks like that of another tool.
    Shadow {
        /// The other tool.
        of: String,
        /// Its server; nothing for one of the same server.
        server: Option<String>,
    },
    /// What it says is what no tool should say.
    Suspicious {
        /// By which rule.
        rule: String,
        /// In words.
        reason: String,
    },
    /// Its name is empty, too long, or one too many.
    Unpinnable,
}

impl Surprise {
    /// As a verdict on the definition of this name, or on a call by it.
    #[must_use]
    pub fn verdict(&self, kind: Kind, name: &str) -> Verdict {
        let (kind, name) = (kind.word(), shown(name));
        match self {
            Self::Drift { .. } => {
                Verdict::deny("pins/drift", format!("the {kind} `{name}` is not as it was approved"))
            }
            Self::Added => Verdict::deny("pins/added", format!("nobody approved the {kind} `{name}`")),
            Self::Shadow { of, server } => {
                let whose =
                    server.as_ref().map_or(String::new(), |server| format!(" of `{}`", shown(server)));
                let of = shown(of);
                Verdict::deny("pins/shadow", format!("the {kind} `{name}` looks like `{of}`{whose}"))
            }
            Self::Suspicious { rule, reason } => {
                Verdict::deny(rule.clone(), format!("the {kind} `{name}`: {reason}"))
            }
            Self::Unpinnable => Verdict::deny("pins/unpinnable", format!("no {kind} can be called `{name}`")),
        }
    }
}

/// A name for people: without what cannot be seen, and not too long.
#[must_use]
pub fn shown(name: &str) -> Cow<'_, str> {
    let plain = name.len() <= 80 && name.chars().all(|letter| matches!(letter, ' '..='~'));
    if plain {
        return Cow::Borrowed(name);
    }
    Cow::Owned(
        name.chars()
            .take(80)
            .flat_map(|letter| match letter {
                ' '..='~' => vec![letter],
                _ => letter.escape_unicode().collect(),
            })
            .collect(),
    )
}

/// What a session has seen of a server's definitions.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By kind and name, the first digest.
    first: BTreeMap<Kind, BTreeMap<String, Digest>>,
    /// The names of the tools among them, by their looks.
    looks: Shadows,
    /// What is withheld now, and why.
    withheld: BTreeMap<(Kind, String), Surprise>,
    /// The pinned names of the list that is being read, page by page.
    listed: BTreeMap<Kind, BTreeSet<String>>,
}

impl Seen {
    /// Compares a definition that the server shows.
    ///
    /// # Errors
    /// The surprise; then it is withheld, and so is every call by its name, until the approved one is shown again.
    pub fn weigh(
        &mut self,
        pins: &Pins,
        shadows: &Shadows,
        kind: Kind,
        name: &str,
        definition: Raw<'_>,
    ) -> Result<Digest, Surprise> {
        let is = Digest::of(definition);
        let judged = self.judge(pins, shadows, kind, name, is);
        let key = (kind, name.chars().take(LONGEST).collect());
        match &judged {
            Ok(_) => {
                self.withheld.remove(&key);
            }
            Err(surprise) => {
                if self.withheld.len() < MOST {
                    self.withheld.insert(key, surprise.clone());
                }
            }
        }
        judged
    }

    fn judge(
        &mut self,
        pins: &Pins,
        shadows: &Shadows,
        kind: Kind,
        name: &str,
        is: Digest,
    ) -> Result<Digest, Surprise> {
        let first = self.first.entry(kind).or_default();
        let known = first.contains_key(name);
        if name.is_empty() || name.len() > LONGEST || (!known && first.len() >= MOST) {
            return Err(Surprise::Unpinnable);
        }
        let pin = pins.of(kind, name);
        if pin.is_some() {
            self.listed.entry(kind).or_default().insert(name.to_owned());
        }
        // What somebody approved as it is may look like anything.
        if pin.is_none()
            && kind == Kind::Tool
            && let Some((of, server)) = shadows.of(name)
        {
            return Err(Surprise::Shadow { of: of.to_owned(), server: Some(server.to_owned()) });
        }
        if pin.is_none()
            && kind == Kind::Tool
            && let Some((of, _)) = self.looks.of(name)
        {
            return Err(Surprise::Shadow { of: of.to_owned(), server: None });
        }
        if pin.is_none() && pins.cover(kind) {
            return Err(Surprise::Added);
        }
        if !known && kind == Kind::Tool {
            self.looks.insert("", name);
        }
        let first = *first.entry(name.to_owned()).or_insert(is);
        match pin.unwrap_or(first) {
            was if was == is => Ok(is),
            was => Err(Surprise::Drift { was, is }),
        }
    }

    /// Withholds what passed, for what it says; whether it does. What somebody approved as it is may say anything.
    pub fn suspect(&mut self, pins: &Pins, kind: Kind, name: &str, surprise: Surprise) -> bool {
        if pins.of(kind, name).is_some() {
            return false;
        }
        if self.withheld.len() < MOST {
            self.withheld.entry((kind, name.chars().take(LONGEST).collect())).or_insert(surprise);
        }
        true
    }

    /// Begins a list anew: its first page was asked for.
    pub fn begin(&mut self, kind: Kind) {
        self.listed.insert(kind, BTreeSet::new());
    }

    /// What is pinned and was on no page of the list, which is complete.
    #[must_use]
    pub fn removed(&self, pins: &Pins, kind: Kind) -> Vec<String> {
        let listed = self.listed.get(&kind);
        let gone = |name: &&str| !listed.is_some_and(|listed| listed.contains(*name));
        pins.names(kind).map(|(name, _)| name).filter(gone).map(str::to_owned).collect()
    }

    /// Whether somebody may ask for this by its name.
    ///
    /// # Errors
    /// Why not.
    pub fn may_ask(&self, pins: &Pins, kind: Kind, name: &str) -> Result<(), Surprise> {
        if let Some(surprise) = self.withheld.get(&(kind, name.to_owned())) {
            return Err(surprise.clone());
        }
        if pins.cover(kind) && pins.of(kind, name).is_none() { Err(Surprise::Added) } else { Ok(()) }
    }

    /// The first definition of everything that was seen: what pins would be made of.
    #[must_use]
    pub fn pins(&self) -> Pins {
        let names = |(kind, names): (&Kind, &BTreeMap<String, Digest>)| (*kind, names.clone());
        Pins(self.first.iter().filter(|(_, names)| !names.is_empty()).map(names).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    fn weigh(seen: &mut Seen, pins: &Pins, name: &str, definition: &str) -> Result<Digest, Surprise> {
        raw(definition, |raw| seen.weigh(pins, &Shadows::default(), Kind::Tool, name, raw))
    }

    fn pinned(name: &str, definition: &str) -> Pins {
        [(Kind::Tool, name.to_owned(), raw(definition, Digest::of))].into_iter().collect()
    }

    #[test]
    fn a_pinned_definition_passes_and_any_other_is_withheld_until_it_is_back() {
        let pins = pinned("add", r#"{"name":"add","description":"adds"}"#);
        let mut seen = Seen::default();
        assert!(weigh(&mut seen, &pins, "add", r#"{ "description": "adds", "name": "add" }"#).is_ok());
        assert_eq!(seen.may_ask(&pins, Kind::Tool, "add"), Ok(()));
        let other = r#"{"name":"add","description":"adds","_meta":{"x":1}}"#;
        assert!(matches!(weigh(&mut seen, &pins, "add", other), Err(Surprise::Drift { .. })));
        assert!(seen.may_ask(&pins, Kind::Tool, "add").is_err());
        assert!(weigh(&mut seen, &pins, "add", r#"{"name":"add","description":"adds"}"#).is_ok());
        assert_eq!(seen.may_ask(&pins, Kind::Tool, "add"), Ok(()));
    }

    #[test]
    fn what_nobody_approved_is_neither_shown_nor_called() {
        let pins = pinned("add", "{}");
        let mut seen = Seen::default();
        assert_eq!(weigh(&mut seen, &pins, "sub", "{}"), Err(Surprise::Added));
        assert_eq!(seen.may_ask(&pins, Kind::Tool, "sub"), Err(Surprise::Added));
        assert_eq!(seen.may_ask(&pins, Kind::Tool, "never-listed"), Err(Surprise::Added));
    }

    #[test]
    fn without_pins_the_first_definition_of_a_session_is_kept_to() {
        let (pins, mut seen) = (Pins::default(), Seen::default());
        assert!(weigh(&mut seen, &pins, "add", "{\"description\":1}").is_ok());
        assert!(weigh(&mut seen, &pins, "add", "{\"description\":1}").is_ok());
        assert!(matches!(weigh(&mut seen, &pins, "add", "{\"description\":2}"), Err(Surprise::Drift { .. })));
        assert!(seen.may_ask(&pins, Kind::Tool, "add").is_err());
        assert_eq!(seen.pins(), pinned("add", "{\"description\":1}"));
    }

    #[test]
    fn what_is_gone_is_said_when_the_last_page_is_read() {
        let mut pins = pinned("add", "{}");
        pins.insert(Kind::Tool, "sub", Digest::of_bytes(b"{}"));
        let mut seen = Seen::default();
        seen.begin(Kind::Tool);
        assert!(weigh(&mut seen, &pins, "add", "{}").is_ok());
        assert_eq!(seen.removed(&pins, Kind::Tool), ["sub"]);
        assert!(weigh(&mut seen, &pins, "sub", "{}").is_ok());
        assert!(seen.removed(&pins, Kind::Tool).is_empty());
        seen.begin(Kind::Tool);
        assert_eq!(seen.removed(&pins, Kind::Tool), ["add", "sub"]);
    }

    #[test]
    fn a_name_that_looks_like_another_is_withheld_unless_it_was_approved() {
        let shadows: Shadows = [("mail", "send_email")].into_iter().collect();
        let mut seen = Seen::default();
        for name in ["Send_Email", "send_em\u{430}il", "send_emai\u{217c}"] {
            let judged =
                raw("{}", |raw| seen.weigh(&Pins::default(), &shadows, Kind::Tool, name, raw)).unwrap_err();
            assert!(matches!(judged, Surprise::Shadow { server: Some(_), .. }), "{name}");
            assert!(judged.verdict(Kind::Tool, name).reason().is_ascii());
        }
        for name in ["send_email", "send_mail", "email"] {
            assert!(raw("{}", |raw| seen.weigh(&Pins::default(), &shadows, Kind::Tool, name, raw)).is_ok());
        }
        let own = raw("{}", |raw| seen.weigh(&Pins::default(), &shadows, Kind::Tool, "EMAIL", raw));
        assert_eq!(own, Err(Surprise::Shadow { of: "email".into(), server: None }));
        let pins = pinned("Send_Email", "{}");
        assert!(raw("{}", |raw| seen.weigh(&pins, &shadows, Kind::Tool, "Send_Email", raw)).is_ok());
    }

    #[test]
    fn a_server_with_endless_names_fills_no_memory() {
        let (pins, mut seen) = (Pins::default(), Seen::default());
        for nth in 0..2 * MOST {
            let _ = weigh(&mut seen, &pins, &format!("t{nth}"), "{}");
        }
        assert_eq!(weigh(&mut seen, &pins, "one more", "{}"), Err(Surprise::Unpinnable));
        assert!(weigh(&mut seen, &pins, "t1", "{}").is_ok());
        assert!(seen.withheld.len() <= MOST && seen.first[&Kind::Tool].len() <= MOST);
        assert_eq!(weigh(&mut seen, &pins, &"x".repeat(LONGEST + 1), "{}"), Err(Surprise::Unpinnable));
    }
}
