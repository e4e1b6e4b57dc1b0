//! Paths as the target names them, and the catalogue's patterns for them.
//!
//! The target need not be the system that the audit runs on, so nothing here asks the file system, and
//! [`std::path`] only holds the bytes: a Windows path is split and joined by [`Style`].

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::discover::Os;

mod recorded;

pub use recorded::{is_in_wsl, is_on_the_network, recorded_folder};

/// How the target spells paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Slashes.
    Unix,
    /// Backslashes, drive letters and UNC names. Slashes separate too.
    Windows,
}

impl Style {
    /// The names of a path, without its root, drive letter, UNC slashes and `.` members.
    pub fn names(self, path: &Path) -> Vec<OsString> {
        let separators: &[u8] = match self {
            Style::Unix => b"/",
            Style::Windows => b"\\/",
        };
        let bytes = path.as_os_str().as_encoded_bytes();
        bytes
            .split(|byte| separators.contains(byte))
            .enumerate()
            .filter(|(at, name)| !(*at == 0 && self == Style::Windows && matches!(name, [_, b':'])))
            .map(|(_, name)| name)
            .filter(|name| !name.is_empty() && *name != b".")
            .filter_map(os_string)
            .collect()
    }

    /// `base` and one more name.
    pub fn join(self, base: &Path, name: &OsStr) -> PathBuf {
        let mut joined = base.as_os_str().to_owned();
        let ends = matches!(joined.as_encoded_bytes().last(), Some(b'/' | b'\\'));
        if !joined.is_empty() && !(ends && (self == Style::Windows || joined == *"/")) {
            joined.push(match self {
                Style::Unix => "/",
                Style::Windows => "\\",
            });
        }
        joined.push(name);
        joined.into()
    }

    /// The folder that holds `path`; nothing for a root, a drive and a network share.
    pub fn parent(self, path: &Path) -> Option<PathBuf> {
        if self == Style::Unix {
            return path.parent().map(Path::to_path_buf);
        }
        let text = path.to_str()?.trim_end_matches(['\\', '/']);
        let (parent, _) = text.rsplit_once(['\\', '/'])?;
        let share = text.strip_prefix("\\\\").is_some_and(|rest| rest.split('\\').count() <= 2);
        if share || parent.is_empty() {
            return None;
        }
        match parent.ends_with(':') {
            true => Some(format!("{parent}\\").into()),
            false => Some(parent.into()),
        }
    }

    /// Whether `path` names a place on its own, whatever the working directory.
    pub fn is_absolute(self, path: &str) -> bool {
        match self {
            Style::Unix => path.starts_with('/'),
            Style::Windows => {
                let drive = matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
                drive || path.starts_with("\\\\")
            }
        }
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(bytes).to_owned())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A name as it stands.
    Name(String),
    /// A name with `*` in it.
    Glob(String),
    /// Any number of folders: `**`.
    Deep,
}

impl Step {
    /// Whether a name of the file system is meant by this step. `fold` ignores the case of ASCII letters.
    pub fn matches(&self, name: &str, fold: bool) -> bool {
        match self {
            Step::Name(own) => own == name || fold && own.eq_ignore_ascii_case(name),
            Step::Glob(pattern) => match fold {
                true => glob(pattern.to_ascii_lowercase().as_bytes(), name.to_ascii_lowercase().as_bytes()),
                false => glob(pattern.as_bytes(), name.as_bytes()),
            },
            Step::Deep => true,
        }
    }
}

/// `*` stands for any run of characters, the empty one included. Linear apart from the last star (no backtracking
/// over earlier ones), so that a hostile name cannot make it slow.
fn glob(mut pattern: &[u8], mut name: &[u8]) -> bool {
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, name) {
            ([], []) => return true,
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, name));
                pattern = rest;
            }
            ([own, rest @ ..], [other, tail @ ..]) if own == other => {
                pattern = rest;
                name = tail;
            }
            _ => match retry {
                Some((after_star, [_, tail @ ..])) => {
                    retry = Some((after_star, tail));
                    pattern = after_star;
                    name = tail;
                }
                _ => return false,
            },
        }
    }
}

/// The steps of a pattern without its start. `.` steps vanish.
pub fn steps(pattern: &str, style: Style) -> Vec<Step> {
    let separators: &[char] = match style {
        Style::Unix => &['/'],
        Style::Windows => &['\\', '/'],
    };
    pattern
        .split(separators)
        .filter(|step| !matches!(*step, "" | "."))
        .map(|step| match step {
            "**" => Step::Deep,
            _ if step.contains('*') => Step::Glob(step.into()),
            _ => Step::Name(step.into()),
        })
        .collect()
}

/// Every spelling of a pattern with `{a,b}` in it. Braces do not nest.
pub fn alternatives(pattern: &str) -> Vec<String> {
    let braces = pattern
        .split_once('{')
        .and_then(|(head, rest)| rest.split_once('}').map(|(choices, tail)| (head, choices, tail)));
    match braces {
        None => vec![pattern.to_owned()],
        Some((head, choices, tail)) => {
            choices.split(',').flat_map(|choice| alternatives(&format!("{head}{choice}{tail}"))).collect()
        }
    }
}

/// A pattern with its start settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The folder it starts at, as the target names it.
    pub base: PathBuf,
    /// The steps below.
    pub steps: Vec<Step>,
}

/// Where patterns start for one account, or for none.
#[derive(Debug, Clone, Copy)]
pub struct Bases<'a> {
    /// The target's system.
    pub os: Os,
    /// How its paths are spelled.
    pub style: Style,
    /// The account's home. Without one, only patterns of the whole machine lead anywhere.
    pub home: Option<&'a Path>,
    /// The account's environment. Without one, relocation variables have their defaults.
    pub environment: Option<&'a BTreeMap<String, String>>,
}

impl Bases<'_> {
    /// Where `pattern` leads. A relocation variable that is set adds its place to the default one, because the
    /// audit may run with another environment than the client does.
    pub fn probes(&self, pattern: &str) -> Vec<Probe> {
        let mut probes = Vec::new();
        let Some((name, default, rest)) = relocation(pattern) else {
            self.below_start(pattern, &mut probes);
            return probes;
        };
        for base in self.relocated(name) {
            for rest in alternatives(rest) {
                probes.push(Probe { base: base.clone(), steps: self.steps(&rest) });
            }
        }
        if let Some(default) = default {
            self.below_start(&format!("{default}{rest}"), &mut probes);
        }
        probes
    }

    fn below_start(&self, pattern: &str, probes: &mut Vec<Probe>) {
        let Some((base, rest)) = self.start(pattern) else {
            return;
        };
        probes.extend(
            alternatives(rest).iter().map(|rest| Probe { base: base.clone(), steps: self.steps(rest) }),
        );
    }

    fn steps(&self, rest: &str) -> Vec<Step> {
        let style = match self.os {
            Os::Windows => Style::Windows,
            Os::Linux | Os::Macos => Style::Unix,
        };
        steps(rest, style)
    }

    fn start<'p>(&self, pattern: &'p str) -> Option<(PathBuf, &'p str)> {
        if let Some(rest) = pattern.strip_prefix('~') {
            return Some((self.home?.to_path_buf(), rest));
        }
        if let Some((name, rest)) = pattern.strip_prefix('%').and_then(|inner| inner.split_once('%')) {
            return Some((self.known_folder(name)?, rest));
        }
        // Files of the whole machine are looked at once, without a home.
        (self.home.is_none() && self.os != Os::Windows)
            .then(|| Some((PathBuf::from("/"), pattern.strip_prefix('/')?)))?
    }

    /// Windows' known folders, by the variable that names them.
    fn known_folder(&self, name: &str) -> Option<PathBuf> {
        let (own, default) = match name {
            "USERPROFILE" => return self.home.map(Path::to_path_buf),
            "APPDATA" => (true, "AppData\\Roaming"),
            "LOCALAPPDATA" => (true, "AppData\\Local"),
            "PROGRAMDATA" => (false, "C:\\ProgramData"),
            "PROGRAMFILES" => (false, "C:\\Program Files"),
            _ => return None,
        };
        if own != self.home.is_some() {
            return None;
        }
        // ProgramFiles of a 32-bit process is another folder; ProgramW6432 is the real one in both.
        let spellings: &[&str] = match name {
            "PROGRAMFILES" => &["ProgramW6432", "ProgramFiles"],
            _ => &[name],
        };
        let set = spellings.iter().find_map(|name| self.relocated(name).into_iter().next());
        match (set, self.home) {
            (Some(set), _) => Some(set),
            (None, Some(home)) => Some(
                default
                    .split('\\')
                    .fold(home.to_path_buf(), |base, name| self.style.join(&base, name.as_ref())),
            ),
            // A Windows path of the machine means nothing where this process sees no Windows disk.
            (None, None) => (self.style == Style::Windows).then(|| PathBuf::from(default)),
        }
    }

    /// The absolute places that a variable holds: itself, or a path list.
    fn relocated(&self, name: &str) -> Vec<PathBuf> {
        let Some(environment) = self.environment else {
            return Vec::new();
        };
        let value = environment.get(name).or_else(|| {
            let same = |other: &&String| self.os == Os::Windows && other.eq_ignore_ascii_case(name);
            environment.keys().find(same).and_then(|other| environment.get(other))
        });
        let Some(value) = value else { return Vec::new() };
        let separator = match self.style {
            Style::Unix => ':',
            Style::Windows => ';',
        };
        let parts = value.split(separator);
        parts.filter(|part| self.style.is_absolute(part)).map(PathBuf::from).collect()
    }
}

/// `${NAME:-default}rest` or `${NAME}rest`.
fn relocation(pattern: &str) -> Option<(&str, Option<&str>, &str)> {
    let (inner, rest) = pattern.strip_prefix("${")?.split_once('}')?;
    match inner.split_once(":-") {
        Some((name, default)) => Some((name, Some(default), rest)),
        None => Some((inner, None, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases<'a>(os: Os, home: &'a Path, environment: Option<&'a BTreeMap<String, String>>) -> Bases<'a> {
        let style = if os == Os::Windows { Style::Windows } else { Style::Unix };
        Bases { os, style, home: Some(home), environment }
    }

    fn shown(probes: &[Probe]) -> Vec<String> {
        let step = |step: &Step| match step {
            Step::Name(name) | Step::Glob(name) => name.clone(),
            Step::Deep => "**".into(),
        };
        let line = |probe: &Probe| {
            let steps: Vec<String> = probe.steps.iter().map(step).collect();
            format!("{} + {}", probe.base.display(), steps.join(" "))
        };
        probes.iter().map(line).collect()
    }

    #[test]
    fn stars_match_any_run_and_nothing_else_does() {
        for (pattern, name, expected) in [
            ("*.json", "a.json", true),
            ("*.json", ".json", true),
            ("*.json", "a.jsonc", false),
            ("docker-compose*.yml", "docker-compose.prod.yml", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
        let (pattern, name) = ("*a".repeat(50), "a".repeat(20_000) + "b");
        assert!(!glob(pattern.as_bytes(), name.as_bytes()));
    }

    #[test]
    fn braces_become_every_spelling() {
        assert_eq!(alternatives("{a,b}/*.{x,y}"), ["a/*.x", "a/*.y", "b/*.x", "b/*.y"]);
        assert_eq!(alternatives("{open"), ["{open"]);
    }

    #[test]
    fn variables_add_their_place_to_the_default() {
        let home = Path::new("/home/u");
        let set = BTreeMap::from([("CODEX_HOME".to_owned(), "/srv/codex".to_owned())]);
        let pattern = "${CODEX_HOME:-~/.codex}/*.config.toml";
        assert_eq!(
            shown(&bases(Os::Linux, home, Some(&set)).probes(pattern)),
            ["/srv/codex + *.config.toml", "/home/u + .codex *.config.toml"]
        );
        assert_eq!(shown(&bases(Os::Linux, home, None).probes(pattern)), ["/home/u + .codex *.config.toml"]);
        let relative = BTreeMap::from([("CODEX_HOME".to_owned(), "codex".to_owned())]);
        assert_eq!(bases(Os::Linux, home, Some(&relative)).probes(pattern).len(), 1);
        assert!(bases(Os::Linux, home, None).probes("${OPENCODE_CONFIG}").is_empty());
        let seeds = BTreeMap::from([("SEEDS".to_owned(), "/a:/b".to_owned())]);
        assert_eq!(shown(&bases(Os::Linux, home, Some(&seeds)).probes("${SEEDS}/x")), ["/a + x", "/b + x"]);
    }

    #[test]
    fn windows_folders_have_their_usual_places() {
        let home = Path::new("C:\\Users\\u");
        let own = bases(Os::Windows, home, None);
        assert_eq!(
            shown(&own.probes("%APPDATA%\\Zed\\settings.json")),
            ["C:\\Users\\u\\AppData\\Roaming + Zed settings.json"]
        );
        assert_eq!(
            shown(&own.probes("${COPILOT_HOME:-%USERPROFILE%\\.copilot}\\x")),
            ["C:\\Users\\u + .copilot x"]
        );
        assert!(own.probes("%PROGRAMFILES%\\ClaudeCode\\x").is_empty());
        let machine = Bases { home: None, ..own };
        assert_eq!(
            shown(&machine.probes("%PROGRAMFILES%\\ClaudeCode\\x")),
            ["C:\\Program Files + ClaudeCode x"]
        );
        assert!(machine.probes("%APPDATA%\\x").is_empty());
    }

    #[test]
    fn parents_end_at_the_drive_and_the_share() {
        let parent =
            |path: &str| Style::Windows.parent(Path::new(path)).map(|path| path.display().to_string());
        assert_eq!(parent("C:\\Users\\u").as_deref(), Some("C:\\Users"));
        assert_eq!(parent("C:\\Users").as_deref(), Some("C:\\"));
        assert_eq!(parent("C:\\"), None);
        assert_eq!(parent("\\\\wsl.localhost\\Ubuntu\\home").as_deref(), Some("\\\\wsl.localhost\\Ubuntu"));
        assert_eq!(parent("\\\\wsl.localhost\\Ubuntu"), None);
        assert_eq!(Style::Unix.parent(Path::new("/")), None);
    }
}
