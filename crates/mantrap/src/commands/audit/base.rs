//! `--diff BASE`: the tree that a change starts from, taken out of the repository's objects into a folder of our own.
//!
//! What is audited may be hostile, and so may its `.git`: hooks, filters, `core.fsmonitor` and the commands of a partial
//! clone are all configuration that git runs. None of it is read. Names are looked up in the reference files here, and
//! git is asked in an empty repository of our own that only borrows the objects. Nothing is checked out by git.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, anyhow, bail};

use super::objects::Objects;
use crate::environment::Environment;

/// The largest file that is taken out, in bytes (16 MiB): larger ones are not read by an audit either.
const MAX_FILE: u64 = 16 * 1024 * 1024;
/// All files together, in bytes (4 GiB).
const MAX_TREE: u64 = 4 * 1024 * 1024 * 1024;
/// The largest file of references that is read, in bytes (64 MiB).
const MAX_REFERENCES: u64 = 64 * 1024 * 1024;

/// A folder that holds the tree of a commit; it is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Base {
    /// Where the files are: what the audited folder was.
    pub(super) folder: PathBuf,
    _scratch: Scratch,
}

/// Takes out what `folder` was where the change on top of `base` began: at the last commit that both share.
pub(super) fn take_out(folder: &Path, base: &str, environment: &Environment) -> anyhow::Result<Base> {
    let repository = Repository::around(folder)?;
    let scratch = Scratch::new()?;
    let git = find_git(environment)?;
    let mut objects = Objects::borrow(&git, &scratch.path.join("git"), &repository.common)?;
    let commit = objects.commit(&repository.identify(base)?).with_context(|| {
        format!("`{base}` names no commit whose objects are here; fetch it, with its history, and try again")
    })?;
    let head = repository.identify("HEAD").ok().and_then(|head| objects.commit(&head).ok());
    let commit = head.and_then(|head| objects.common_ancestor(&commit, &head)).unwrap_or(commit);
    let inside = folder.strip_prefix(&repository.top).unwrap_or(Path::new(""));
    let target = scratch.path.join("tree");
    std::fs::create_dir(&target).with_context(|| format!("cannot make `{}`", target.display()))?;
    let mut total = 0u64;
    for entry in objects.files(&commit, inside)? {
        let Some(path) = safe_path(&entry.path) else { continue };
        if entry.bytes > MAX_FILE {
            continue;
        }
        total += entry.bytes;
        if total > MAX_TREE {
            bail!("the tree of `{base}` holds more than {MAX_TREE} bytes; name a folder of it");
        }
        let content = objects.content(&entry.id, entry.bytes)?;
        let path = target.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make `{}`", parent.display()))?;
        }
        std::fs::write(&path, content).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let folder = target.join(inside);
    // A folder that is new with the change was empty before it.
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    Ok(Base { folder, _scratch: scratch })
}

/// A path of a tree, if it is one that stays inside.
fn safe_path(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let is_plain =
        |part: Component<'_>| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    path.components().all(is_plain).then(|| path.to_path_buf())
}

/// A repository, as far as it is read here: its references.
struct Repository {
    /// The folder that is checked out.
    top: PathBuf,
    /// What belongs to this checkout: `HEAD`.
    own: PathBuf,
    /// What all checkouts share: references and objects.
    common: PathBuf,
}

impl Repository {
    fn around(folder: &Path) -> anyhow::Result<Self> {
        for top in folder.ancestors() {
            let marker = top.join(".git");
            let Ok(metadata) = std::fs::symlink_metadata(&marker) else { continue };
            // A worktree or submodule says where the rest of it is.
            let own = match metadata.is_file() {
                true => {
                    let said = read(&marker)?;
                    let said =
                        said.trim().strip_prefix("gitdir:").context("`.git` is no file of git")?.trim();
                    top.join(said)
                }
                false => marker,
            };
            let common = match read(&own.join("commondir")) {
                Ok(said) => own.join(said.trim()),
                Err(_) => own.clone(),
            };
            let objects = common.join("objects");
            if !objects.is_dir() {
                bail!("`{}` holds no objects of git", common.display());
            }
            return Ok(Repository { top: top.to_path_buf(), own, common });
        }
        Err(anyhow!("`{}` is in no git repository; --diff needs one", folder.display()))
    }

    /// The id of a commit, and what follows it (`~2`, `^`), in place of a name.
    fn identify(&self, name: &str) -> anyhow::Result<String> {
        let (plain, suffix) = name.split_at(name.find(['~', '^']).unwrap_or(name.len()));
        let is_suffix = |rest: &str| rest.bytes().all(|byte| matches!(byte, b'~' | b'^' | b'0'..=b'9'));
        let is_name = !plain.is_empty()
            && !plain.starts_with(['-', '/'])
            && !plain.contains("..")
            && plain.chars().all(|part| part.is_alphanumeric() || "._-/+#".contains(part));
        if !is_suffix(suffix) || !is_name {
            bail!("`{name}` is no name of a commit; give a branch, a tag or an id, also with `~2` or `^`");
        }
        if let Some(id) = self.reference(plain) {
            return Ok(format!("{id}{suffix}"));
        }
        if plain.len() >= 7 && plain.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(format!("{plain}{suffix}"));
        }
        Err(anyhow!("`{name}` is no branch, tag or commit of this repository; fetch it, or give its id"))
    }

    fn reference(&self, name: &str) -> Option<String> {
        let ways = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let packed = read(&self.common.join("packed-refs")).unwrap_or_default();
        let names = ways.iter().map(|way| format!("{way}{name}"));
        for name in names.chain(std::iter::once(format!("refs/remotes/{name}/HEAD"))) {
            if let Some(id) = self.followed(&name, &packed) {
                return Some(id);
            }
        }
        None
    }

    /// What a reference says, through those that name another.
    fn followed(&self, name: &str, packed: &str) -> Option<String> {
        let mut name = name.to_owned();
        for _ in 0..5 {
            let loose =
                [&self.own, &self.common].into_iter().find_map(|folder| read(&folder.join(&name)).ok());
            let said = match loose {
                Some(said) => said.trim().to_owned(),
                None => packed.lines().find_map(|line| {
                    let (id, packed) = line.split_once(' ')?;
                    (packed == name).then(|| id.to_owned())
                })?,
            };
            match said.strip_prefix("ref:") {
                Some(next) if !next.contains("..") => next.trim().clone_into(&mut name),
                Some(_) => return None,
                None => return is_id(&said).then_some(said),
            }
        }
        None
    }
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn read(path: &Path) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&super::read(path, MAX_REFERENCES)?).into_owned())
}

fn find_git(environment: &Environment) -> anyhow::Result<PathBuf> {
    let name = if cfg!(windows) { "git.exe" } else { "git" };
    std::env::split_paths(&environment.search())
        // Not from the folder that is audited: an empty or relative entry names that.
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .context("--diff reads the repository with git, which is not in PATH; install it")
}

/// A folder of our own, removed with all that is in it.
#[derive(Debug)]
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let name = format!("mantrap-base-{}-{}", std::process::id(), moment.as_nanos());
        let path = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // Fails where something of that name is there already, also a link.
        builder.create(&path).with_context(|| format!("cannot make `{}`", path.display()))?;
        Ok(Scratch { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_tree_stay_inside() {
        assert_eq!(safe_path("a/b.py"), Some(PathBuf::from("a/b.py")));
        for path in ["../a", "/a", "a/../../b", ".git/config", "a/.GIT/hooks/x"] {
            assert_eq!(safe_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_name_is_never_an_option_or_a_range() {
        let nowhere = PathBuf::from("/nonexistent");
        let repository = Repository { top: nowhere.clone(), own: nowhere.clone(), common: nowhere };
        for name in ["--upload-pack=x", "a..b", "../../x", "a b", "a:b", "HEAD@{1}", ""] {
            assert!(repository.identify(name).is_err(), "{name}");
        }
        assert_eq!(repository.identify("0123abc~2").ok().as_deref(), Some("0123abc~2"));
    }
}
