//! Well-known servers, and names that look like theirs.
//!
//! Owns the list of names and the question "is this nearly one of them"; never decides what follows from it. No
//! registry is asked: a name that is in neither list may still be an honest one.

mod distance;
mod servers;

use std::sync::LazyLock;

use distance::distance;
use servers::{NPM, PYPI};

/// Where a package name is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ecosystem {
    /// npm: `npx`, `bunx`, `pnpm dlx`.
    Npm,
    /// PyPI: `uvx`, `pipx`. Case and the kind of separator do not count.
    Pypi,
}

/// A well-known server package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its name, in the registry's normal form.
    pub name: &'static str,
    /// The organisation that publishes it; `None` for a person or a group of people.
    pub publisher: Option<&'static str>,
}

/// A name that is not well known and looks like one that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// The well-known one.
    pub known: Known,
    /// How they differ.
    pub how: Resemblance,
}

/// How two names come to look alike, from the plainest deception to the weakest hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resemblance {
    /// The letters differ and look the same (`0` for `o`, `rn` for `m`, Cyrillic for Latin).
    Homoglyph,
    /// The scope is missing, or is spelt into the name.
    Scope,
    /// Separators were added, dropped or exchanged.
    Separator,
    /// One word is one slip of the keyboard away, a long word two.
    Misspelling,
    /// The well-known name with a word that promises the real thing (`official`, `fixed`).
    Promise,
}

/// The well-known server called `name`, when there is one.
pub fn server(ecosystem: Ecosystem, name: &str) -> Option<Known> {
    let name = normal(ecosystem, name);
    let list = list(ecosystem);
    let found = list.binary_search_by(|(known, _)| (*known).cmp(&name)).ok()?;
    list.get(found).map(known)
}

/// The well-known server that `name`, without a version, could be taken for. `None` for a well-known name and for
/// one that resembles none.
pub fn nearest(ecosystem: Ecosystem, name: &str) -> Option<Near> {
    /// Longer names are refused by npm, and keep the comparison small.
    const LONGEST: usize = 214;
    if name.len() > LONGEST || server(ecosystem, name).is_some() {
        return None;
    }
    let normal = normal(ecosystem, name);
    let name = Name::new(&normal);
    names(ecosystem)
        .iter()
        .zip(list(ecosystem))
        .filter_map(|(other, entry)| {
            let (how, slips) = resemblance(&name, other)?;
            Some((how, slips, entry))
        })
        .min_by_key(|(how, slips, _)| (*how, *slips))
        .map(|(how, _, entry)| Near { known: known(entry), how })
}

/// The list taken apart, once.
fn names(ecosystem: Ecosystem) -> &'static [Name<'static>] {
    static NPM_NAMES: LazyLock<Vec<Name<'static>>> = LazyLock::new(|| NPM.iter().map(Name::of).collect());
    static PYPI_NAMES: LazyLock<Vec<Name<'static>>> = LazyLock::new(|| PYPI.iter().map(Name::of).collect());
    match ecosystem {
        Ecosystem::Npm => &NPM_NAMES,
        Ecosystem::Pypi => &PYPI_NAMES,
    }
}

fn list(ecosystem: Ecosystem) -> &'static [(&'static str, &'static str)] {
    match ecosystem {
        Ecosystem::Npm => NPM,
        Ecosystem::Pypi => PYPI,
    }
}

fn known((name, publisher): &(&'static str, &'static str)) -> Known {
    Known { name, publisher: (!publisher.is_empty()).then_some(publisher) }
}

/// The form in which a registry compares names: <https://packaging.python.org/specifications/name-normalization>.
fn normal(ecosystem: Ecosystem, name: &str) -> String {
    let name = name.trim().to_lowercase();
    match ecosystem {
        Ecosystem::Npm => name,
        Ecosystem::Pypi => {
            let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join("-")
        }
    }
}

/// A name taken apart for comparison.
struct Name<'a> {
    scope: Option<&'a str>,
    words: Vec<&'a str>,
    /// Letters and digits only.
    squashed: String,
    /// `squashed` with every look-alike replaced by what it looks like.
    skeleton: String,
}

impl<'a> Name<'a> {
    fn of((known, _): &(&'a str, &str)) -> Self {
        Name::new(known)
    }

    fn new(whole: &'a str) -> Self {
        let (scope, base) = match whole.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
            Some((scope, base)) => (Some(scope), base),
            None => (None, whole),
        };
        let squashed: String = whole.chars().filter(|letter| letter.is_alphanumeric()).collect();
        Name { scope, words: base.split(['-', '_', '.']).collect(), skeleton: skeleton(&squashed), squashed }
    }
}

/// How `name` resembles `known`, and by how many slips.
fn resemblance(name: &Name<'_>, known: &Name<'_>) -> Option<(Resemblance, usize)> {
    if name.squashed == known.squashed {
        let how = if name.scope == known.scope { Resemblance::Separator } else { Resemblance::Scope };
        return Some((how, 0));
    }
    if name.skeleton == known.skeleton {
        return Some((Resemblance::Homoglyph, 0));
    }
    if lost_its_scope(name, known) {
        return Some((Resemblance::Scope, 0));
    }
    if let Some(slips) = misspelt(name, known) {
        return Some((Resemblance::Misspelling, slips));
    }
    promises(name, known).then_some((Resemblance::Promise, 0))
}

/// `server-filesystem` for `@modelcontextprotocol/server-filesystem`: the reference servers' names say nothing
/// without their scope. The names of others are common words (`mcp-server-mysql`) that many use.
fn lost_its_scope(name: &Name<'_>, known: &Name<'_>) -> bool {
    name.scope.is_none()
        && known.scope == Some("modelcontextprotocol")
        && known.words == name.words
        && known.words.first() == Some(&"server")
}

/// One word with one slip, or a long one with two. A name in the well-known one's own scope is its publisher's: it
/// cannot be taken by anybody else.
fn misspelt(name: &Name<'_>, known: &Name<'_>) -> Option<usize> {
    match (name.scope, known.scope) {
        (Some(scope), Some(known_scope)) if scope != known_scope => {
            (name.words == known.words).then(|| slips(scope, known_scope)).flatten()
        }
        (None, None) if name.words.len() == known.words.len() => {
            let mut unequal = name.words.iter().zip(&known.words).filter(|(one, other)| one != other);
            let (word, known_word) = unequal.next()?;
            if unequal.next().is_some() {
                return None;
            }
            if is_a_form_of(word, known_word) { None } else { slips(word, known_word) }
        }
        _ => None,
    }
}

/// How many slips lead from `known` to `word`, when they are few for its length.
fn slips(word: &str, known: &str) -> Option<usize> {
    /// Below, one letter makes another word (`git` and `gis`): only a swap or a doubled letter is a slip.
    const SHORT: usize = 5;
    const LONG: usize = 9;
    /// Words and products of their own, one letter from a well-known one.
    const OTHERS: &[&str] = &["chrome", "perplexica", "scholar"];
    let length = known.chars().count();
    let most = if length >= LONG { 2 } else { 1 };
    let slips = distance(word, known, most)?;
    let is_slip = is_swap_or_doubling(word, known)
        // Hands and eyes rarely miss the first letter, and `motion` is not `notion`.
        || (length >= SHORT && word.chars().next() == known.chars().next() && !OTHERS.contains(&word));
    is_slip.then_some(slips)
}

/// Versions and plurals are other names, not slips of the keyboard.
fn is_a_form_of(word: &str, known: &str) -> bool {
    let rest = word.strip_prefix(known).or_else(|| known.strip_prefix(word));
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    rest == Some("s") || digits(word) != digits(known)
}

fn is_swap_or_doubling(word: &str, known: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let undoubled = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.dedup();
        letters
    };
    sorted(word) == sorted(known) || (word.len() > known.len() && undoubled(word) == undoubled(known))
}

/// The well-known name with one more word that an honest fork has no use for.
fn promises(name: &Name<'_>, known: &Name<'_>) -> bool {
    const PROMISES: &[&str] = &[
        "official", "original", "real", "genuine", "verified", "trusted", "fixed", "fix", "patched",
        "hotfix", "cracked", "premium", "unlocked", "updated", "latest",
    ];
    if name.scope.is_some() || known.scope.is_some() || name.words.len() != known.words.len() + 1 {
        return false;
    }
    match (name.words.split_first(), name.words.split_last()) {
        (Some((first, rest)), _) if PROMISES.contains(first) && rest == known.words => true,
        (_, Some((last, rest))) => PROMISES.contains(last) && rest == known.words,
        _ => false,
    }
}

/// `text` with every letter replaced by the plain one it is drawn like. Two names with one skeleton cannot be told
/// apart in many fonts.
pub(crate) fn skeleton(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        plain.push(drawn_like(letter));
    }
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// The plain letter that `letter` is drawn like; a small part of Unicode's confusables (UTS #39), lower case.
fn drawn_like(letter: char) -> char {
    match letter {
        '0' | 'о' | 'ο' | 'օ' | 'ᴏ' => 'o',
        '1' | 'і' | 'ı' | 'ⅼ' | 'ӏ' | '|' | 'i' | 'ι' => 'l',
        'а' | 'α' | 'ɑ' => 'a',
        'ь' => 'b',
        'с' | 'ϲ' | 'ⅽ' => 'c',
        'ԁ' | 'ⅾ' => 'd',
        'е' | 'ҽ' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' => 'h',
        'ј' | 'ϳ' => 'j',
        'κ' | 'к' => 'k',
        'м' | 'ⅿ' => 'm',
        'п' | 'ո' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' | 'ⅴ' => 'v',
        'ѡ' | 'ԝ' => 'w',
        'х' | 'χ' | 'ⅹ' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ᴢ' => 'z',
        'ａ'..='ｚ' => {
            char::from_u32(u32::from(letter) - u32::from('ａ') + u32::from('a')).unwrap_or(letter)
        }
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npm(name: &str) -> Option<(&'static str, Resemblance)> {
        nearest(Ecosystem::Npm, name).map(|near| (near.known.name, near.how))
    }

    fn pypi(name: &str) -> Option<(&'static str, Resemblance)> {
        nearest(Ecosystem::Pypi, name).map(|near| (near.known.name, near.how))
    }

    #[test]
    fn the_lists_are_sorted_and_in_normal_form() {
        for (ecosystem, list) in [(Ecosystem::Npm, NPM), (Ecosystem::Pypi, PYPI)] {
            assert!(list.is_sorted_by(|one, other| one.0 < other.0));
            assert!(list.len() >= 150, "{}", list.len());
            for (name, _) in list {
                assert_eq!(normal(ecosystem, name), *name);
            }
        }
    }

    #[test]
    fn a_known_name_is_near_no_other() {
        for (ecosystem, list) in [(Ecosystem::Npm, NPM), (Ecosystem::Pypi, PYPI)] {
            for (name, _) in list {
                assert_eq!(nearest(ecosystem, name), None, "{name}");
                assert_eq!(server(ecosystem, name).map(|known| known.name), Some(*name));
            }
        }
    }

    #[test]
    fn a_slip_of_the_keyboard_is_near() {
        for (name, known) in [
            ("mcp-remtoe", "mcp-remote"),
            ("mcp-rmote", "mcp-remote"),
            ("mpc-remote", "mcp-remote"),
            ("mccp-remote", "mcp-remote"),
            ("firecrwal-mcp", "firecrawl-mcp"),
            ("mongdob-mcp-server", "mongodb-mcp-server"),
            ("mongodb-mcp-sever", "mongodb-mcp-server"),
            ("kuberntes-mcp-server", "kubernetes-mcp-server"),
            ("@modelcontextprotocl/server-filesystem", "@modelcontextprotocol/server-filesystem"),
            ("@modelcontextprotocols/server-filesystem", "@modelcontextprotocol/server-filesystem"),
            ("@playwrihgt/mcp", "@playwright/mcp"),
        ] {
            assert_eq!(npm(name), Some((known, Resemblance::Misspelling)), "{name}");
        }
        assert_eq!(pypi("mcp-server-fecth"), Some(("mcp-server-fetch", Resemblance::Misspelling)));
        assert_eq!(pypi("mcp_sever_git"), Some(("mcp-server-git", Resemblance::Misspelling)));
        assert_eq!(pypi("mcp-server-gti"), Some(("mcp-server-git", Resemblance::Misspelling)));
    }

    #[test]
    fn a_lost_or_swallowed_scope_is_near() {
        for name in [
            "modelcontextprotocol/server-filesystem",
            "modelcontextprotocol-server-filesystem",
            "@modelcontextprotocol-server/filesystem",
            "server-filesystem",
        ] {
            let known = "@modelcontextprotocol/server-filesystem";
            assert_eq!(npm(name), Some((known, Resemblance::Scope)), "{name}");
        }
    }

    #[test]
    fn other_separators_are_near_where_they_make_another_package() {
        assert_eq!(npm("mcp_remote"), Some(("mcp-remote", Resemblance::Separator)));
        assert_eq!(npm("mcpremote"), Some(("mcp-remote", Resemblance::Separator)));
        assert_eq!(pypi("Mcp_Server.Git"), None, "PyPI calls this the same package");
        assert_eq!(pypi("mcpserver-git"), Some(("mcp-server-git", Resemblance::Separator)));
    }

    #[test]
    fn letters_that_look_the_same_are_near() {
        for name in ["mcp-rernote", "mcp-rem0te", "mсp-remote", "ｍｃｐ-remote"] {
            assert_eq!(npm(name), Some(("mcp-remote", Resemblance::Homoglyph)), "{name}");
        }
        assert_eq!(
            npm("@modelc\u{43e}ntextprotocol/server-everything"),
            Some(("@modelcontextprotocol/server-everything", Resemblance::Homoglyph))
        );
    }

    #[test]
    fn a_promise_is_near_and_a_description_is_not() {
        assert_eq!(npm("firecrawl-mcp-official"), Some(("firecrawl-mcp", Resemblance::Promise)));
        assert_eq!(npm("official-firecrawl-mcp"), Some(("firecrawl-mcp", Resemblance::Promise)));
        assert_eq!(npm("firecrawl-mcp-german"), None);
    }

    /// Names from both registries that people use and that resemble well-known ones only in their subject.
    #[test]
    fn honest_neighbours_are_not_near() {
        for name in [
            "mcp-fetch",
            "fetch-mcp",
            "mcp-time",
            "mcp-git",
            "server-git",
            "@hisma/server-puppeteer",
            "@mseep/linear-mcp",
            "@cyanheads/git-mcp-server",
            "mcp-gsheets",
            "mcp-dataverse",
            "mcpcat",
            "acp-proxy",
            "mcp-server",
            "mcp",
            "@modelcontextprotocol/sdk",
            "@modelcontextprotocol/server-threejs",
            "@mcp-use/cli",
            "xmcp",
            "notion-mcp",
            "resend",
            "mcp-servers",
        ] {
            assert_eq!(npm(name), None, "{name}");
        }
        for name in [
            "mcp",
            "fastmcp",
            "mcp-server",
            "mcp-server-gis",
            "mcp-server-aws",
            "mcp-git",
            "fetch-mcp",
            "mcp-use",
            "mcp-server-times",
            "awslabs-core-mcp-server",
            "serena",
            "mysql-mcp",
            "basic-memory2",
        ] {
            assert_eq!(pypi(name), None, "{name}");
        }
    }

    #[test]
    fn hostile_names_end_quickly() {
        for name in ["", "@", "@/", "/", "-", "@@@///", &"a-".repeat(100_000), &"\u{202e}".repeat(200)] {
            assert_eq!(npm(name), None);
            assert_eq!(pypi(name), None);
        }
    }
}
