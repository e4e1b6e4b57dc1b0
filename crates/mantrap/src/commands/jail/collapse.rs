//! From what a run touched to a profile that a person reads in one look: directories and package roots, not 300 files.
//!
//! Pure: what the paths are is told from their names, and nothing is looked at.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use mantrap_jail::Right;

/// Lines of a proposal; what does not fit is said to be left out.
const SCREENFUL: usize = 20;

/// A path that a run touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touched {
    pub(super) path: PathBuf,
    pub(super) right: Right,
    pub(super) directory: bool,
}

/// What decides where a directory may begin.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    /// The project: the directory that the command was started in.
    pub(super) project: &'a Path,
    pub(super) home: &'a Path,
    /// What was granted for writing. Nothing above it is proposed for writing.
    pub(super) writable: &'a [&'a Path],
}

/// A proposal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Proposal {
    /// Paths without overlaps, parents first.
    pub(super) rights: Vec<(PathBuf, Right)>,
    /// How many roots did not fit.
    pub(super) left_out: usize,
    /// Directories that were listed and are too wide to be granted.
    pub(super) too_wide: Vec<PathBuf>,
}

/// Names under which toolchains and caches keep one root per version: the parts between the name and the root.
const TOOLCHAINS: [(&str, usize); 19] = [
    (".nvm/versions/node", 1),
    (".pyenv/versions", 1),
    (".rbenv/versions", 1),
    (".rustup/toolchains", 1),
    (".sdkman/candidates", 2),
    (".asdf/installs", 2),
    (".local/share/mise/installs", 2),
    (".local/share/uv/python", 1),
    (".local/share/uv/tools", 1),
    (".local/share/pnpm", 0),
    (".local/share/fnm/node-versions", 1),
    (".volta/tools/image", 2),
    (".cache/uv", 0),
    (".npm/_npx", 1),
    (".cargo/registry", 0),
    (".m2/repository", 0),
    (".bun", 0),
    (".deno", 0),
    ("go/pkg/mod", 0),
];

/// A root, what it is for, and how many paths it stands for.
type Roots = BTreeMap<(PathBuf, Right), usize>;

/// Proposes rights for everything that was touched.
pub(super) fn collapse<'a>(touched: impl IntoIterator<Item = &'a Touched>, ground: &Ground<'_>) -> Proposal {
    let mut roots = Roots::new();
    let mut too_wide = Vec::new();
    for one in touched {
        match root(one, ground) {
            Some(root) => *roots.entry((root, one.right)).or_default() += 1,
            None => too_wide.push(one.path.clone()),
        }
    }
    let mut kept = without_overlaps(roots.clone());
    while kept.len() > SCREENFUL && merge_deepest(&mut roots, ground) {
        kept = without_overlaps(roots.clone());
    }
    let left_out = kept.len().saturating_sub(SCREENFUL);
    kept.sort_by(|one, other| (other.2, &one.0).cmp(&(one.2, &other.0)));
    kept.truncate(SCREENFUL);
    let mut rights: Vec<(PathBuf, Right)> = kept.into_iter().map(|(path, right, _)| (path, right)).collect();
    rights.sort();
    Proposal { rights, left_out, too_wide }
}

/// The directory that stands for a path, or the path itself where its directory is too wide; `None` where that is a
/// directory itself.
fn root(Touched { path, right, directory }: &Touched, ground: &Ground<'_>) -> Option<PathBuf> {
    if *right == Right::Write {
        return Some(path.clone());
    }
    let product =
        |path: &Path| (path.starts_with("/opt") || path.starts_with("/srv")).then(|| first(path, 3));
    let whole = package_root(path)
        .or_else(|| path.starts_with(ground.project).then(|| ground.project.to_owned()))
        // `/opt/product` and `/srv/site` are one thing each.
        .or_else(|| product(path).flatten())
        .filter(|root| may_be_granted(root, ground));
    if whole.is_some() {
        return whole;
    }
    if *directory {
        return may_be_granted(path, ground).then(|| path.clone());
    }
    let folder = path.parent().filter(|folder| may_be_granted(folder, ground));
    Some(folder.unwrap_or(path).to_owned())
}

/// The tree that a package, environment or toolchain is: nobody reviews it file by file.
fn package_root(path: &Path) -> Option<PathBuf> {
    let names: Vec<&str> = path.components().map(|part| part.as_os_str().to_str().unwrap_or("")).collect();
    for (name, below) in TOOLCHAINS {
        let marks: Vec<&str> = name.split('/').collect();
        let at = names.windows(marks.len()).position(|window| window == marks.as_slice());
        if let Some(at) = at {
            return first(path, at + marks.len() + below);
        }
    }
    // What git keeps of a working tree stands for all of it.
    if let Some(at) = names.iter().position(|name| *name == ".git") {
        return first(path, at);
    }
    if let Some(at) = names.iter().position(|name| *name == "node_modules") {
        return first(path, at + 1);
    }
    let packages = names.iter().position(|name| matches!(*name, "site-packages" | "dist-packages"))?;
    // `ROOT/lib/python3.11/site-packages`: the environment is the root.
    let is_environment = names.get(packages.checked_sub(2)?) == Some(&"lib");
    first(path, if is_environment { packages - 2 } else { packages + 1 })
}

/// The first `count` components.
fn first(path: &Path, count: usize) -> Option<PathBuf> {
    let root: PathBuf = path.components().take(count).collect();
    (root.components().count() == count).then_some(root)
}

/// Whether a directory is narrow enough to be proposed: never the root, a folder right beneath it, the home or what
/// holds it.
fn may_be_granted(folder: &Path, ground: &Ground<'_>) -> bool {
    let depth = folder.components().filter(|part| matches!(part, Component::Normal(_))).count();
    depth >= 2 && !ground.home.starts_with(folder)
}

/// Replaces the deepest roots that share a parent by that parent. `false` when nothing can be.
fn merge_deepest(roots: &mut Roots, ground: &Ground<'_>) -> bool {
    let mut by_parent = Roots::new();
    for (path, right) in roots.keys() {
        let parent = path.parent().filter(|parent| may_be_granted(parent, ground));
        let writable =
            || parent.is_some_and(|parent| ground.writable.iter().any(|above| parent.starts_with(above)));
        if let Some(parent) = parent.filter(|_| *right != Right::Write || writable()) {
            *by_parent.entry((parent.to_owned(), *right)).or_default() += 1;
        }
    }
    let deepest =
        by_parent.into_iter().max_by_key(|((parent, _), count)| (parent.components().count(), *count));
    let Some(((parent, right), _)) = deepest else { return false };
    let mut uses = 0;
    roots.retain(|(path, of), count| {
        let goes = *of == right && path.starts_with(&parent);
        uses += if goes { *count } else { 0 };
        !goes
    });
    roots.insert((parent, right), uses);
    true
}

/// Parents first; what one above already gives is left out, and execution includes reading.
fn without_overlaps(roots: Roots) -> Vec<(PathBuf, Right, usize)> {
    let mut roots: Vec<_> = roots.into_iter().collect();
    roots.sort_by(|one, other| one.0.0.cmp(&other.0.0).then(rank(other.0.1).cmp(&rank(one.0.1))));
    let mut kept: Vec<(PathBuf, Right, usize)> = Vec::new();
    for ((path, right), uses) in roots {
        let above = kept.iter_mut().rfind(|(above, _, _)| path.starts_with(above));
        match above {
            Some((_, given, count)) if *given == right || right == Right::Read => *count += uses,
            // What can be written is never executable: writing is proposed, and the rest is refused when composed.
            Some((above, given, count)) if *above == path && *given == Right::Write => *count += uses,
            _ => kept.push((path, right, uses)),
        }
    }
    kept
}

fn rank(right: Right) -> u8 {
    match right {
        Right::Write => 3,
        Right::Exec => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collapsed(touched: &[(&str, Right)]) -> Proposal {
        let writable = [Path::new("/home/u/work/app")];
        let ground = Ground {
            project: Path::new("/home/u/work/app"),
            home: Path::new("/home/u"),
            writable: &writable,
        };
        let touched: Vec<Touched> = touched
            .iter()
            .map(|(path, right)| Touched {
                path: path.trim_end_matches('/').into(),
                right: *right,
                directory: path.ends_with('/'),
            })
            .collect();
        collapse(&touched, &ground)
    }

    fn proposed(touched: &[(&str, Right)]) -> Vec<String> {
        let rights = collapsed(touched).rights;
        rights.iter().map(|(path, right)| format!("{right:?} {}", path.display())).collect()
    }

    #[test]
    fn trees_collapse_to_their_roots() {
        for (path, root) in [
            ("/home/u/work/app/src/a/b.js", "/home/u/work/app"),
            ("/home/u/other/node_modules/a/node_modules/b/c.js", "/home/u/other/node_modules"),
            ("/home/u/venv/lib/python3.11/site-packages/a/b.py", "/home/u/venv"),
            ("/home/u/flat/site-packages/a.py", "/home/u/flat/site-packages"),
            (
                "/home/u/.nvm/versions/node/v20.1.0/lib/node_modules/npm/x.js",
                "/home/u/.nvm/versions/node/v20.1.0",
            ),
            (
                "/home/u/.local/share/uv/python/cpython-3.12/bin/python",
                "/home/u/.local/share/uv/python/cpython-3.12",
            ),
            ("/home/u/.sdkman/candidates/java/21/lib/modules", "/home/u/.sdkman/candidates/java/21"),
            ("/home/u/.npm/_npx/abc/node_modules/x/y.js", "/home/u/.npm/_npx/abc"),
            ("/home/u/go/pkg/mod/example.com/x@v1/y.go", "/home/u/go/pkg/mod"),
            ("/opt/product/lib/x/y.so", "/opt/product"),
            ("/srv/site/tree/.git/refs/heads/main", "/srv/site/tree"),
            ("/etc/product.d/x.conf", "/etc/product.d"),
            ("/var/lib/thing/list/", "/var/lib/thing/list"),
            ("/home/u/node_modules/x/y.js", "/home/u/node_modules"),
            ("/var/lib/thing/data/x", "/var/lib/thing/data"),
        ] {
            assert_eq!(proposed(&[(path, Right::Read)]), [format!("Read {root}")], "{path}");
        }
    }

    #[test]
    fn where_a_directory_is_too_wide_the_file_is_proposed() {
        for path in ["/home/u/.gitconfig", "/home/x", "/file", "/etc/product.conf", "/opt/x"] {
            assert_eq!(proposed(&[(path, Right::Read)]), [format!("Read {path}")]);
        }
        for path in ["/", "/home/", "/home/u/", "/etc/"] {
            let proposal = collapsed(&[(path, Right::Read)]);
            assert!(proposal.rights.is_empty() && proposal.too_wide.len() == 1, "{path}: {proposal:?}");
        }
    }

    #[test]
    fn execution_includes_reading_and_writing_is_narrow() {
        assert_eq!(
            proposed(&[
                ("/home/u/venv/lib/python3.11/site-packages/a.py", Right::Read),
                ("/home/u/venv/lib/python3.11/site-packages/a.so", Right::Exec),
                ("/home/u/work/app/main.py", Right::Read),
                ("/home/u/work/app/out/", Right::Write),
                ("/home/u/work/app/out/sub/", Right::Write),
            ]),
            ["Exec /home/u/venv", "Read /home/u/work/app", "Write /home/u/work/app/out"]
        );
    }

    #[test]
    fn a_thousand_directories_become_a_screenful() {
        let paths: Vec<String> =
            (0..1000).map(|nth| format!("/home/u/data/{}/{}/{nth}/file", nth % 3, nth % 70)).collect();
        let touched: Vec<(&str, Right)> = paths.iter().map(|path| (path.as_str(), Right::Read)).collect();
        let lines = proposed(&touched);
        assert!(lines.len() <= SCREENFUL && !lines.is_empty(), "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with("Read /home/u/data")), "{lines:?}");
        let wide: Vec<String> = (0..500).map(|nth| format!("/home/u/{nth}/file")).collect();
        let touched: Vec<(&str, Right)> = wide.iter().map(|path| (path.as_str(), Right::Read)).collect();
        assert_eq!(proposed(&touched).len(), SCREENFUL);
    }
}
