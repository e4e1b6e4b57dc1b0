//! Servers that were looked at: what each of them needs, and no more. `catalogue/ID.toml` is a server's file, and
//! `docs/catalogue.md` says what may stand in it.
//!
//! Owns what the files say. Never fetches anything; a recipe becomes an entry when its package is installed.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Entry;
use crate::document::Values;
use crate::lock::{Asked, LockedGrant, Parameter, Template, Type};

/// Every file, by its id.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// What a known server needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// What it is called in the catalogue, and in a lock unless somebody names it otherwise.
    pub id: &'static str,
    /// What it does, in one line.
    pub about: String,
    /// The package, without a version.
    pub package: Asked,
    /// The version with which it was tried.
    pub reviewed: String,
    /// Which of the package's programs.
    pub program: Option<String>,
    /// Its arguments, behind those that start it.
    pub arguments: Vec<Template>,
    /// Its rights.
    pub grants: Vec<LockedGrant>,
    /// Where it starts.
    pub directory: Option<Template>,
    /// What the user chooses.
    pub parameters: BTreeMap<String, Choice>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// What the user chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What a value can be.
    pub of: Type,
    /// What it is for, in one line.
    pub about: String,
    /// What it is when nobody chooses.
    pub usual: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    about: String,
    source: String,
    reviewed: String,
    program: Option<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    grants: Vec<String>,
    directory: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, RawChoice>,
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    r#type: String,
    of: Option<Vec<String>>,
    about: String,
    usual: Option<String>,
}

/// The server of this id.
#[must_use]
pub fn recipe(id: &str) -> Option<Recipe> {
    let (id, text) = FILES.iter().find(|(known, _)| *known == id)?;
    // A file that cannot be read fails a test, so none of a release is one.
    read(id, text).ok()
}

/// Every server, by its id.
pub fn recipes() -> impl Iterator<Item = Recipe> {
    FILES.iter().filter_map(|(id, text)| read(id, text).ok())
}

/// The servers of this package.
pub fn of(package: &Asked) -> impl Iterator<Item = Recipe> {
    let wanted = named(package);
    recipes().filter(move |recipe| wanted.is_some() && named(&recipe.package) == wanted)
}

impl Recipe {
    /// Adds to an entry of the package what its file says of it. What nobody chose is as usual, or left open.
    pub fn complete(&self, entry: &mut Entry, values: &Values) {
        entry.arguments.extend(self.arguments.iter().cloned());
        entry.grants.extend(self.grants.iter().cloned());
        entry.directory.clone_from(&self.directory);
        for (name, Choice { of, usual, .. }) in &self.parameters {
            entry.parameters.insert(
                name.clone(),
                Parameter { of: of.clone(), value: values.get(name).or(usual.as_ref()).cloned() },
            );
        }
    }

    /// What was chosen where somebody starts it with these arguments; nothing where its own are others.
    #[must_use]
    pub fn values(&self, arguments: &[String]) -> Option<Values> {
        let mut values = Values::new();
        if arguments.len() != self.arguments.len() {
            return None;
        }
        for (template, argument) in self.arguments.iter().zip(arguments) {
            let mut names = template.names();
            let Some(name) = names.next() else {
                let plain = template.fill(|_| None).ok()?;
                if plain == *argument { continue } else { return None }
            };
            let place = format!("{{{name}}}");
            let (before, behind) = template.as_str().split_once(&place).filter(|_| names.next().is_none())?;
            let value = argument.strip_prefix(before)?.strip_suffix(behind)?;
            self.parameters.get(name)?.of.check(value).ok()?;
            if values.insert(name.to_owned(), value.to_owned()).is_some_and(|earlier| earlier != value) {
                return None;
            }
        }
        Some(values)
    }
}

/// Registry and name of a package, whatever its version.
fn named(asked: &Asked) -> Option<(&'static str, String)> {
    use crate::lock::Source;
    match asked {
        Asked::Wish { registry, package, .. } => Some((registry.word(), package.clone())),
        Asked::Exact(source @ (Source::Npm { package, .. } | Source::Pypi { package, .. })) => {
            Some((source.kind(), package.clone()))
        }
        _ => None,
    }
}

fn read(id: &'static str, text: &str) -> Result<Recipe, String> {
    let raw: Raw = toml::from_str(text).map_err(|error| error.to_string())?;
    let package = Asked::parse(&raw.source, "/".as_ref()).map_err(|error| error.to_string())?;
    if !matches!(package, Asked::Wish { wish: None, .. }) {
        return Err(format!("`{}` is no package without its version", raw.source));
    }
    let mut parameters = BTreeMap::new();
    for (name, RawChoice { r#type, of, about, usual }) in raw.parameters {
        let of = Type::read(&r#type, of).ok_or_else(|| format!("`{name}` has no type"))?;
        parameters.insert(name, Choice { of, about, usual });
    }
    let template = |text: &String| Template::parse(text).map_err(|error| format!("`{text}`: {error}"));
    let sample = |name: &str| parameters.get(name).map(|choice| choice.of.sample());
    let grant = |text: &String| {
        LockedGrant::parse(text, sample).map(|(grant, _)| grant).map_err(|error| format!("`{text}`: {error}"))
    };
    Ok(Recipe {
        id,
        about: raw.about,
        package,
        reviewed: raw.reviewed,
        program: raw.program,
        arguments: raw.arguments.iter().map(template).collect::<Result<_, _>>()?,
        grants: raw.grants.iter().map(grant).collect::<Result<_, _>>()?,
        directory: raw.directory.as_ref().map(template).transpose()?,
        parameters,
        notes: raw.notes,
    })
}

#[cfg(test)]
mod tests;
