//! An entry becomes a plan: absolute, measured, complete. A [`Plan`] exists only of an entry whose every digest equals
//! what is there.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use mantrap_jail::Grant;

use crate::Digest;
use crate::diff::{self, Change};
use crate::digest::known::Known;
use crate::digest::measure::{Measured, Unmeasurable, measure};
use crate::digest::tree::Manifest;
use crate::document::{Document, Values};
use crate::lock::{BadValue, Entry, ScopeName, ServerName, Source, Template};

/// Where installed trees are.
pub trait Store {
    /// The directory that holds the tree of this digest, absolute and without links; nothing when it is not installed.
    fn tree(&self, digest: &Digest) -> Option<PathBuf>;
}

/// A store that holds nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoStore;

impl Store for NoStore {
    fn tree(&self, _: &Digest) -> Option<PathBuf> {
        None
    }
}

/// An entry, and where it stands.
#[derive(Clone, Debug)]
pub struct Located {
    /// Its name.
    pub name: ServerName,
    /// The entry.
    pub entry: Entry,
    /// The scope of its lock.
    pub scope: ScopeName,
    /// The lock, absolute and without links.
    pub lock: PathBuf,
}

impl Located {
    /// What `{project}` stands for: the directory of a project's lock.
    fn project(&self) -> Option<&Path> {
        (self.scope == ScopeName::Project).then(|| self.lock.parent()).flatten()
    }
}

/// Why an entry has no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unresolved {
    /// Nothing is launched for a server elsewhere.
    #[error("`{0}` is a server elsewhere; nothing is launched for it")]
    Remote(Source),
    /// Something cannot be measured.
    #[error("{0}: {1}")]
    Unmeasurable(String, Unmeasurable),
    /// Something is not what the lock says.
    #[error("{} is not what the lock says; `mantrap diff` shows all of it", .0.first().map_or("something", |change| &change.field))]
    Drift(Vec<Change>),
    /// The tree is not installed.
    #[error("the tree `{0}` is not in the store; install it again")]
    NotInstalled(Digest),
    /// A place in a text that nothing fills.
    #[error("`{{{0}}}` has no value; say one with `mantrap approve NAME --set {0}=VALUE`")]
    Open(String),
    /// A value that is none of its type.
    #[error("`{0}`: {1}")]
    Value(String, BadValue),
    /// A directory that is not there, or is reached through a link.
    #[error("`{}` is no directory, or is reached through a link; name the directory itself", .0.display())]
    Directory(PathBuf),
    /// A grant that is none with these values.
    #[error("{0}")]
    Grant(String),
    /// What is executed would be executed by something else, which nothing pins.
    #[error(
        "`{}` is a script: the program in its first line would run it; use `script:` as the source and that program as the runtime",
        .0.display()
    )]
    Interpreted(PathBuf),
    /// An argument names a file whose contents nothing pins.
    #[error(
        "the argument `{0}` names a file whose contents are not pinned; list it under `files`, or grant reading it if it is data"
    )]
    Uncovered(String),
    /// The server could change what it is.
    #[error("`{grant}` lets the server change `{}`, which is part of what was approved; grant a directory without it", path.display())]
    Rewritable {
        /// The grant.
        grant: String,
        /// What it covers.
        path: PathBuf,
    },
}

/// What is there now, whether or not it is what the lock says.
#[derive(Debug)]
pub struct Present {
    /// The entry with the digests of what is there.
    pub entry: Entry,
    /// What could not be measured: the field, and why.
    pub problems: Vec<(String, Unresolved)>,
    /// The manifests of its directories, by their fields.
    pub trees: Vec<(String, Manifest)>,
    program: Option<File>,
}

/// Measures everything that the entry pins.
pub fn observe(located: &Located, values: &Values, store: &dyn Store, known: &mut Known) -> Present {
    let locked = &located.entry;
    let mut present =
        Present { entry: locked.clone(), problems: Vec::new(), trees: Vec::new(), program: None };
    let tree = locked.tree.and_then(|digest| store.tree(&digest));
    let value = Filler { located, values, tree: tree.as_deref() };
    if let (Some(digest), None) = (locked.tree, &tree) {
        present.problems.push(("tree".into(), Unresolved::NotInstalled(digest)));
    }
    let mut look = |field: &str, path: Result<PathBuf, Unresolved>, problems: &mut Vec<_>| {
        let measured = path.and_then(|path| {
            measure(&path, known).map_err(|error| Unresolved::Unmeasurable(field.to_owned(), error))
        });
        measured.map_err(|problem| problems.push((field.to_owned(), problem))).ok()
    };
    if let Some(path) = &tree {
        let measured = look("tree", Ok(path.clone()), &mut present.problems);
        present.entry.tree = measured.as_ref().map(Measured::digest).or(locked.tree);
        keep("tree", measured, &mut present.trees);
    }
    if let (Some(locked), Some(runtime)) = (&locked.runtime, &mut present.entry.runtime) {
        match look("runtime", value.path(&locked.path), &mut present.problems) {
            Some(Measured::File(file, digest)) => {
                runtime.digest = digest;
                present.program = Some(file);
            }
            Some(Measured::Tree(_, digest)) => runtime.digest = digest,
            None => {}
        }
    }
    for (path, digest) in &mut present.entry.files {
        let field = format!("files.{}", path.as_str());
        if let Some(measured) = look(&field, value.path(path), &mut present.problems) {
            *digest = measured.digest();
            keep(&field, Some(measured), &mut present.trees);
        }
    }
    present
}

fn keep(field: &str, measured: Option<Measured>, trees: &mut Vec<(String, Manifest)>) {
    if let Some(Measured::Tree(manifest, _)) = measured {
        trees.push((field.to_owned(), manifest));
    }
}

/// Fills places.
struct Filler<'a> {
    located: &'a Located,
    values: &'a Values,
    tree: Option<&'a Path>,
}

impl Filler<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "project" => self.located.project()?.to_str(),
            "tree" => self.tree?.to_str(),
            _ => match &self.located.entry.parameters.get(name)?.value {
                Some(value) => Some(value),
                None => self.values.get(name).map(String::as_str),
            },
        }
    }

    fn text(&self, template: &Template) -> Result<String, Unresolved> {
        template.fill(|name| self.value(name)).map_err(Unresolved::Open)
    }

    fn path(&self, template: &Template) -> Result<PathBuf, Unresolved> {
        self.text(template).map(PathBuf::from)
    }
}

/// An entry, resolved: what would run, to the byte, and with which rights. Everything in it equals the lock.
#[derive(Debug)]
pub struct Plan {
    located: Located,
    document: Document,
    unfilled: Document,
    program: File,
    path: PathBuf,
    arguments: Vec<OsString>,
    directory: Option<PathBuf>,
    grants: Vec<Grant>,
    /// Every path that decides what runs.
    pinned: Vec<PathBuf>,
    image: Option<PathBuf>,
}

impl Plan {
    /// Resolves an entry with the values of its open parameters.
    ///
    /// # Errors
    /// [`Unresolved`]: what is missing, differs from the lock, or could be changed by the server itself.
    pub fn resolve(
        located: Located,
        values: &Values,
        store: &dyn Store,
        known: &mut Known,
    ) -> Result<Self, Unresolved> {
        let locked = &located.entry;
        let Some(runtime) = &locked.runtime else { return Err(Unresolved::Remote(locked.source.clone())) };
        for (name, of) in locked.open_parameters() {
            let value = values.get(name).ok_or_else(|| Unresolved::Open(name.to_owned()))?;
            of.check(value).map_err(|error| Unresolved::Value(name.to_owned(), error))?;
        }
        let present = observe(&located, values, store, known);
        if let Some((_, problem)) = present.problems.into_iter().next() {
            return Err(problem);
        }
        let document = Document::of(&located.name, locked, values);
        let drift = diff::documents(&document, &Document::of(&located.name, &present.entry, values));
        let program = present.program.filter(|_| drift.is_empty()).ok_or(Unresolved::Drift(drift))?;

        let tree = locked.tree.and_then(|digest| store.tree(&digest));
        let value = Filler { located: &located, values, tree: tree.as_deref() };
        let path = value.path(&runtime.path)?;
        let mut start = [0; 2];
        if program.read_exact_at(&mut start, 0).is_ok() && start == *b"#!" {
            return Err(Unresolved::Interpreted(path));
        }
        let called = runtime.called.as_ref().map_or_else(|| path.clone(), PathBuf::from);
        let mut arguments = vec![called.into_os_string()];
        for argument in &locked.arguments {
            arguments.push(value.text(argument)?.into());
        }
        let directory = locked.directory.as_ref().map(|directory| value.path(directory)).transpose()?;
        let fill = |grant: &crate::lock::LockedGrant| {
            grant.fill(|name| value.value(name)).map_err(|error| Unresolved::Grant(error.to_string()))
        };
        let grants = locked.grants.iter().map(fill).collect::<Result<Vec<_>, _>>()?;
        let image = tree.clone().filter(|_| matches!(locked.source, Source::Oci(_)));
        let mut pinned = vec![path.clone()];
        for file in locked.files.keys() {
            pinned.push(value.path(file)?);
        }
        pinned.extend(tree);
        let plan = Self {
            unfilled: Document::of(&located.name, locked, &Values::new()),
            document,
            program,
            path,
            arguments,
            directory,
            grants,
            pinned,
            image,
            located,
        };
        plan.values_are_directories(values)?;
        plan.pins_every_file()?;
        plan.cannot_rewrite_itself()?;
        Ok(plan)
    }

    /// A directory is named by itself: through a link, whoever can change the link chooses.
    fn values_are_directories(&self, values: &Values) -> Result<(), Unresolved> {
        let parameters = self.located.entry.parameters.iter();
        let directories = parameters.filter(|(_, parameter)| parameter.of == crate::lock::Type::Directory);
        for (name, parameter) in directories {
            let value = parameter.value.as_ref().or_else(|| values.get(name));
            let path = PathBuf::from(value.cloned().unwrap_or_default());
            if !path.is_dir() || path.canonicalize().ok().as_ref() != Some(&path) {
                return Err(Unresolved::Directory(path));
            }
        }
        Ok(())
    }

    /// Every argument that names a file names a pinned one, or one that is granted as data.
    fn pins_every_file(&self) -> Result<(), Unresolved> {
        let granted = self.grants.iter().filter_map(|grant| match grant {
            Grant::Read(path) | Grant::Write(path) | Grant::Socket(path) => Some(path.as_path()),
            _ => None,
        });
        // In an image a path means a file of the image, unless one of this machine was granted there.
        let granted_there = |path: &Path| {
            self.grants.iter().any(|grant| matches!(grant, Grant::Exec(of) if path.starts_with(of)))
        };
        let covering: Vec<&Path> = self.pinned.iter().map(PathBuf::as_path).chain(granted).collect();
        for argument in self.arguments.iter().skip(1) {
            let text = argument.to_string_lossy();
            // `--option=/path` and `-I/path` name a file as well as `/path` does; a relative one begins at the directory.
            let behind = text.split_once('=').map(|(_, rest)| rest);
            let absolute = text.find('/').and_then(|at| text.get(at..));
            let here = self.directory.as_deref();
            let relative =
                [Some(text.as_ref()), behind].into_iter().flatten().filter_map(|path| Some(here?.join(path)));
            let is_open = |path: PathBuf| {
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let means_this = self.image.is_none() || granted_there(&real);
                path.is_file() && means_this && !covering.iter().any(|place| real.starts_with(place))
            };
            if relative.chain(absolute.map(PathBuf::from)).any(is_open) {
                return Err(Unresolved::Uncovered(text.into_owned()));
            }
        }
        Ok(())
    }

    /// No grant to write covers what was measured, or the lock itself.
    fn cannot_rewrite_itself(&self) -> Result<(), Unresolved> {
        for grant in &self.grants {
            let Grant::Write(place) = grant else { continue };
            let place = place.canonicalize().unwrap_or_else(|_| place.clone());
            let mut decides = self.pinned.iter().chain([&self.located.lock]);
            if let Some(path) = decides.find(|path| path.starts_with(&place) || place.starts_with(path)) {
                return Err(Unresolved::Rewritable { grant: grant.to_string(), path: path.clone() });
            }
        }
        Ok(())
    }

    /// The server's name.
    #[must_use]
    pub const fn name(&self) -> &ServerName {
        &self.located.name
    }

    /// Where the entry stands.
    #[must_use]
    pub const fn located(&self) -> &Located {
        &self.located
    }

    /// What is approved: the entry with the values of its parameters.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// What is signed: the entry as the lock has it, open parameters open.
    #[must_use]
    pub const fn signed_document(&self) -> &Document {
        &self.unfilled
    }

    /// The program, open: the very file that was measured. It is executed by this descriptor, never by its path.
    #[must_use]
    pub const fn program(&self) -> &File {
        &self.program
    }

    /// Where the program was found: absolute, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `argv`, the program's path first.
    #[must_use]
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// The working directory; without one, the private home inside.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The rights, the environment and the secrets. Paths are absolute.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The tree of an image, whose files are there instead of the system's.
    #[must_use]
    pub fn image(&self) -> Option<&Path> {
        self.image.as_deref()
    }

    /// Everything that was measured and has to be there: the program, files, directories, the tree.
    #[must_use]
    pub fn pinned(&self) -> &[PathBuf] {
        &self.pinned
    }
}
