//! The files that people write: `policy/*.cedar`, `policy/text/*.toml`, `policy/arguments/*.toml` and `policy.toml`, the
//! system's and the user's.
//!
//! Every file is opened so that nobody else had a hand in it. One that does not count, or cannot be used, means that
//! nothing is launched: a policy that is left out could only have forbidden more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use mantrap_launch::scope::{Places, Whose, open};
use mantrap_policy::cedar::{Policies, Scope};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::Limits;
use mantrap_policy::screening::Screening;
use serde::Deserialize;

/// Where the policies of a scope are, beside its lock.
const DIRECTORY: &str = "policy";
/// Beneath it, the rules about what messages say.
const TEXT: &str = "policy/text";
/// The same about arguments.
const ARGUMENTS: &str = "policy/arguments";
/// What is no Cedar: limits and labels.
const SETTINGS: &str = "policy.toml";
/// Files of one scope.
const MOST_FILES: usize = 100;
/// Bytes of one file.
const MOST_BYTES: u64 = 1 << 20;

/// A scope that can bring policies: its name, its directory, and whose it has to be.
pub(crate) type Source = (&'static str, PathBuf, Whose);

/// The system's and the user's.
pub(crate) fn sources(places: &Places) -> Vec<Source> {
    let system = ("system", places.system.0.clone(), places.system.1);
    let user = places.user.clone().map(|directory| ("user", directory, Whose::User));
    std::iter::once(system).chain(user).collect()
}

/// The policies of a scope, by their files' names; nothing where there are none.
pub(crate) fn files(source: &Source) -> anyhow::Result<BTreeMap<String, String>> {
    beneath(source, DIRECTORY, "cedar")
}

/// The files with this extension in a directory of a scope, by their names; nothing where it is not there.
fn beneath(
    (_, directory, whose): &Source,
    name: &str,
    extension: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let directory = real(directory).join(name);
    let listed = match std::fs::read_dir(&directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", directory.display())),
    };
    // Others must not be able to take a file away either.
    open::file_or_directory(&directory, *whose)?;
    let mut files = BTreeMap::new();
    for entry in listed {
        let path = entry.with_context(|| format!("`{}` cannot be read", directory.display()))?.path();
        if path.extension().is_none_or(|other| other != extension) {
            continue;
        }
        if files.len() == MOST_FILES {
            bail!("`{}` has more than {MOST_FILES} files", directory.display());
        }
        let Some(bytes) = open::read(&path, *whose, MOST_BYTES)? else { continue };
        let text = String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8", path.display()))?;
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("`{}` has a name that is not UTF-8", path.display()))?;
        files.insert(name.to_owned(), text);
    }
    Ok(files)
}

/// What people added to the rules about text and arguments.
#[derive(Debug, Default)]
pub(crate) struct Own {
    text: BTreeMap<String, String>,
    arguments: BTreeMap<String, String>,
}

impl Own {
    /// How many there are about text, and about arguments.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.text.len(), self.arguments.len())
    }

    /// The built-in rules and these, whose examples are run; nothing where these are none, because the built-in ones alone can
    /// be read later.
    pub(crate) fn screening(&self) -> anyhow::Result<Option<Screening>> {
        let pairs = |files: &BTreeMap<String, String>| -> Vec<(String, String)> {
            files.iter().map(|(name, text)| (name.clone(), text.clone())).collect()
        };
        let (text, arguments) = (pairs(&self.text), pairs(&self.arguments));
        if text.is_empty() && arguments.is_empty() {
            return Ok(None);
        }
        let screening = Screening::with(&borrowed(&text), &borrowed(&arguments));
        screening.map(Some).context("the rules in `policy/text` and `policy/arguments` cannot be used")
    }
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// The rules that people added. One that has the id of a built-in rule replaces it; where the system has policies or rules, only
/// the system's may, because a user can only narrow what the system allows.
pub(crate) fn own(places: &Places) -> anyhow::Result<Own> {
    let mut own = Own::default();
    let mut is_governed = false;
    for source in sources(places) {
        let (name, directory, _) = &source;
        let (text, arguments) = (beneath(&source, TEXT, "toml")?, beneath(&source, ARGUMENTS, "toml")?);
        let built_in = |file: &&String| is_governed && Screening::has(file.trim_end_matches(".toml"));
        let replaced = text.keys().filter(|file| own.text.contains_key(*file));
        let replaced = replaced.chain(arguments.keys().filter(|file| own.arguments.contains_key(*file)));
        if let Some(file) = replaced.chain(text.keys().chain(arguments.keys()).filter(built_in)).next() {
            let place = directory.join(DIRECTORY);
            bail!(
                "`{file}` beneath `{}` has the name of a rule that the system decides about",
                place.display()
            );
        }
        is_governed |=
            *name == "system" && !(text.is_empty() && arguments.is_empty() && files(&source)?.is_empty());
        own.text.extend(text);
        own.arguments.extend(arguments);
    }
    Ok(own)
}

/// The scopes that count. Their examples are run: a policy that does not do what its author says is not used.
pub(crate) fn scopes(places: &Places) -> anyhow::Result<Vec<Arc<Scope>>> {
    let mut scopes = Vec::new();
    for source in sources(places) {
        let files = files(&source)?;
        let (name, directory, _) = &source;
        // Without policies of its own, the system says nothing, and the user has the built-in ones.
        if *name == "system" && files.is_empty() {
            continue;
        }
        let place = || format!("the {name}'s policy in `{}`", directory.join(DIRECTORY).display());
        let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let scope = Scope::parse(name, texts).with_context(place)?;
        if !files.is_empty() {
            scope.check().and_then(|()| scope.prove()).with_context(place)?;
        }
        scopes.push(scope);
    }
    Ok(scopes)
}

/// The policies, ready to be asked.
pub(crate) fn policies(places: &Places) -> anyhow::Result<Policies> {
    Ok(Policies::new(scopes(places)?))
}

/// What `policy.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    limits: LimitsOf,
    server: BTreeMap<String, OfServer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OfServer {
    limits: LimitsOf,
    labels: BTreeMap<String, BTreeSet<String>>,
}

/// Limits, each of them said or not.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct LimitsOf {
    calls_per_minute: Option<u64>,
    bytes_per_minute: Option<u64>,
    server_messages_per_minute: Option<u64>,
    in_flight: Option<usize>,
    call_seconds: Option<u64>,
}

impl LimitsOf {
    fn over(self, limits: Limits) -> Limits {
        Limits {
            calls_per_minute: self.calls_per_minute.unwrap_or(limits.calls_per_minute),
            bytes_per_minute: self.bytes_per_minute.unwrap_or(limits.bytes_per_minute),
            server_messages_per_minute: self
                .server_messages_per_minute
                .unwrap_or(limits.server_messages_per_minute),
            in_flight: self.in_flight.unwrap_or(limits.in_flight),
            call_seconds: self.call_seconds.unwrap_or(limits.call_seconds),
        }
    }
}

/// The limits and labels of a server. The user's may be wider than the built-in ones, and no wider than the system's.
pub(crate) fn settings(places: &Places, server: &str) -> anyhow::Result<(Limits, Labels)> {
    let mut limits: Option<Limits> = None;
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, directory, whose) in sources(places) {
        let path = real(&directory).join(SETTINGS);
        let Some(bytes) = open::read(&path, whose, MOST_BYTES)? else { continue };
        let text = String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8", path.display()))?;
        let settings: Settings =
            toml::from_str(&text).with_context(|| format!("`{}` cannot be used", path.display()))?;
        let own = settings.server.get(server);
        let said =
            own.map(|own| own.limits).unwrap_or_default().over(settings.limits.over(Limits::default()));
        limits = Some(limits.map_or(said, |system| strictest(system, said)));
        for (tool, own) in own.into_iter().flat_map(|own| &own.labels) {
            labels.entry(tool.clone()).or_default().extend(own.iter().cloned());
        }
    }
    let mut all = Labels::default();
    labels.into_iter().for_each(|(tool, labels)| all.insert(tool, labels));
    Ok((limits.unwrap_or_default(), all))
}

fn strictest(one: Limits, other: Limits) -> Limits {
    Limits {
        calls_per_minute: one.calls_per_minute.min(other.calls_per_minute),
        bytes_per_minute: one.bytes_per_minute.min(other.bytes_per_minute),
        server_messages_per_minute: one.server_messages_per_minute.min(other.server_messages_per_minute),
        in_flight: one.in_flight.min(other.in_flight),
        call_seconds: one.call_seconds.min(other.call_seconds),
    }
}

/// Links above are followed once; what is then opened is opened without following any.
fn real(directory: &Path) -> PathBuf {
    directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf())
}
