//! Programs and scripts of this machine: nothing is fetched, everything is measured.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use mantrap_launch::Entry;
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure::measure;
use mantrap_launch::lock::{Kind, Runtime, Template};

use crate::cli::Add;

/// Whether a file of this kind is executed where it lies.
pub(super) fn is_local(kind: Kind) -> bool {
    matches!(kind, Kind::Bin | Kind::Script)
}

/// The entry of a program or script.
pub(super) fn entry(kind: Kind, path: &Path, options: &Add) -> anyhow::Result<Entry> {
    let mut known = Known::default();
    if options.program.is_some() {
        bail!("--program chooses among the programs of a package, and this is a file");
    }
    let path = real(path)?;
    let place = Template::literal(text(&path)?);
    let mut entry = Entry::new(kind.source(place.clone()));
    let program = match (kind, &options.runtime) {
        (Kind::Bin, None) => path.clone(),
        (Kind::Bin, Some(_)) => {
            bail!("a program is its own runtime; leave --runtime out, or add it as script:PATH")
        }
        (_, Some(runtime)) => real(runtime)?,
        (_, None) => bail!("say by what the script is run, as in `--runtime /usr/bin/python3`"),
    };
    entry.runtime = Some(Runtime {
        digest: measure(&program, &mut known)?.digest(),
        path: Template::literal(text(&program)?),
        version: None,
        called: None,
    });
    let script = (kind == Kind::Script).then_some(path);
    if script.is_some() {
        entry.arguments.push(place);
    }
    for path in options.file.iter().cloned().chain(script) {
        let path = real(&path)?;
        entry.files.insert(Template::literal(text(&path)?), measure(&path, &mut known)?.digest());
    }
    Ok(entry)
}

/// A path as it stands in a lock: absolute, without links.
pub(super) fn place(path: &Path) -> anyhow::Result<Template> {
    Ok(Template::literal(text(&real(path)?)?))
}

fn real(path: &Path) -> anyhow::Result<PathBuf> {
    path.canonicalize().with_context(|| format!("`{}` cannot be found", path.display()))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().ok_or_else(|| anyhow!("`{}` is not UTF-8", path.display()))
}
