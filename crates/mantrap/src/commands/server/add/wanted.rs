//! What the command line asks for: a source, or a server of the catalogue.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use mantrap_launch::catalogue::{self, Recipe};
use mantrap_launch::lock::{Asked, Registry, Type};
use mantrap_launch::{Entry, Values};

use crate::cli::Add;

/// What somebody wants to have.
pub(super) struct Wanted {
    pub(super) asked: Asked,
    pub(super) recipe: Option<Recipe>,
    /// What was chosen, where the arguments are those of the recipe with values in their places.
    pub(super) values: Option<Values>,
}

impl Wanted {
    pub(super) fn read(options: &Add) -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the current directory cannot be looked at")?;
        let text = options.source.as_ref().unwrap_or(&options.name);
        if text.contains(':') {
            return Ok(Self::recognised(Asked::parse(text, &here)?, options));
        }
        let (id, version) = match text.split_once('@') {
            Some((id, version)) => (id, Some(version)),
            None => (text.as_str(), None),
        };
        let recipe = catalogue::recipe(id).ok_or_else(|| {
            anyhow!(
                "the catalogue has no `{id}`; say where it comes from, as in `npm:PACKAGE`, `pypi:PACKAGE` or `bin:PATH` \
                 (`mantrap catalogue list` shows what it has)"
            )
        })?;
        let asked = match version {
            Some(version) => Asked::parse(&format!("{}@{version}", recipe.package), &here)?,
            None => recipe.package.clone(),
        };
        Ok(Self { asked, recipe: Some(recipe), values: None })
    }

    /// A package that the catalogue has, started as it is started there, needs what it needs there: nobody has to know its
    /// name in the catalogue. Whoever says rights means those and no others.
    fn recognised(asked: Asked, options: &Add) -> Self {
        let is_right = |grant: &String| !grant.starts_with("env ") && !grant.starts_with("secret ");
        let known = catalogue::of(&asked).filter(|recipe| {
            let is_same =
                recipe.program.is_none() || options.program.is_none() || recipe.program == options.program;
            is_same && options.directory.is_none() && !options.grant.iter().any(is_right)
        });
        let found = known.filter_map(|recipe| Some((recipe.values(&options.arguments)?, recipe))).next();
        match found {
            Some((values, recipe)) => Self { asked, recipe: Some(recipe), values: Some(values) },
            None => Self { asked, recipe: None, values: None },
        }
    }
}

/// Chooses values of an entry's parameters.
pub(super) fn choose(entry: &mut Entry, said: &[String]) -> anyhow::Result<()> {
    for said in said {
        let (name, value) =
            said.split_once('=').ok_or_else(|| anyhow!("`{said}` sets nothing; write `--set NAME=VALUE`"))?;
        let Some(parameter) = entry.parameters.get_mut(name) else {
            let known: Vec<&str> = entry.parameters.keys().map(String::as_str).collect();
            match known.as_slice() {
                [] => bail!("nothing can be set here; arguments of a server stand behind `--`"),
                known => bail!("there is no `{name}` to set; there is {}", known.join(", ")),
            }
        };
        let value = match parameter.of {
            // As it is typed on a command line: from where one stands, through links.
            Type::Directory => {
                let real = Path::new(value).canonicalize();
                let real = real.with_context(|| format!("`{name}`: `{value}` cannot be found"))?;
                real.to_str().ok_or_else(|| anyhow!("`{name}`: `{value}` is not UTF-8"))?.to_owned()
            }
            _ => value.to_owned(),
        };
        parameter.of.check(&value).map_err(|error| anyhow!("`{name}`: {error}"))?;
        parameter.value = Some(value);
    }
    Ok(())
}

/// What a person should know of a server of the catalogue.
pub(super) fn notes(recipe: &Recipe, entry: &Entry) -> Vec<String> {
    let is_reviewed =
        Asked::Exact(entry.source.clone()).to_string().ends_with(&format!("@{}", recipe.reviewed));
    let review = match is_reviewed {
        true => format!("its rights are those of the catalogue, tried with {}", recipe.reviewed),
        false => format!(
            "its rights are those of the catalogue, tried with {}, not with this version",
            recipe.reviewed
        ),
    };
    [review].into_iter().chain(recipe.notes.iter().cloned()).collect()
}

/// What somebody may want to do next.
pub(super) fn hints(asked: &Asked, entry: &Entry) -> Vec<String> {
    let open = entry.open_parameters().map(|(name, of)| {
        format!("choose its {} with `--set {name}=…` when you approve it", describe(name, of))
    });
    let is_package =
        matches!(asked, Asked::Wish { registry: Registry::Npm | Registry::Pypi, .. } | Asked::Exact(_));
    let known = catalogue::of(asked).filter(|_| is_package && entry.grants.is_empty());
    let known = known.map(|recipe| {
        format!(
            "the catalogue has `{id}` for this package, with the rights it needs: `mantrap add {id}`",
            id = recipe.id
        )
    });
    let bare = entry.parameters.is_empty().then_some(known).into_iter().flatten();
    open.chain(bare).collect()
}

fn describe(name: &str, of: &Type) -> String {
    match of {
        Type::Word(words) => format!("{name} ({})", words.join(", ")),
        of if of.word() == name => name.to_owned(),
        of => format!("{name} (a {})", of.word()),
    }
}
