//! The files of a target that exists only in a test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use mantrap_scan::rules::{FileFacts, Files};

/// Paths with what stands there; every directory above one exists, is the owner's and nobody else's.
#[derive(Debug, Default)]
pub(crate) struct Imagined {
    entries: BTreeMap<PathBuf, Entry>,
    of_another: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone)]
enum Entry {
    File { mode: u32 },
    Directory { mode: u32 },
    Link(PathBuf),
}

/// One addition to an [`Imagined`] target, as `vectors.toml` writes it.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extra {
    path: PathBuf,
    /// Octal.
    mode: Option<String>,
    /// For people: nothing opens the file.
    #[serde(rename = "text")]
    _text: Option<String>,
    link: Option<PathBuf>,
    #[serde(default)]
    directory: bool,
    /// Whether it belongs to neither the user nor an administrator.
    #[serde(default)]
    of_another: bool,
}

const PROGRAMS: &str = "awk bash bun bunx cargo cmd dash deno docker dotnet env find fish flock gawk git go java \
    julia lua make nerdctl nice node nodejs nohup npm npx perl php pipx pnpm podman pypy3 python3 python3.11 \
    python3.14t Rscript ruby sed setsid sh ssh stdbuf strace sudo tar timeout uv uvx xargs xvfb-run yarn zsh";
const SERVER: &str = "server.js server.py server.ts server.pl server.rb server.php server.lua server.jar server.dll \
    server.R server.jl x.env lock trace";

impl Imagined {
    /// The machine that every vector starts from.
    pub(crate) fn new() -> Self {
        let mut imagined = Imagined::default();
        for program in PROGRAMS.split_whitespace() {
            imagined.add(format!("/usr/bin/{program}"), Entry::File { mode: 0o755 });
        }
        for file in SERVER.split_whitespace() {
            imagined.add(format!("/opt/server/{file}"), Entry::File { mode: 0o644 });
        }
        imagined.add("/opt/server/server-binary", Entry::File { mode: 0o755 });
        imagined.add("/home/user/.nvm/versions/node/v22.1.0/bin/node", Entry::File { mode: 0o755 });
        imagined.add("/opt/empty", Entry::Directory { mode: 0o755 });
        imagined.add("/bin", Entry::Link("/usr/bin".into()));
        imagined.add("/tmp", Entry::Directory { mode: 0o1777 });
        imagined
    }

    /// Adds what one vector needs.
    pub(crate) fn extend(&mut self, extras: &[Extra]) {
        for extra in extras {
            let mode = |default| {
                let octal = |mode: &String| u32::from_str_radix(mode, 8).unwrap();
                extra.mode.as_ref().map_or(default, octal)
            };
            let entry = match &extra.link {
                Some(target) => Entry::Link(target.clone()),
                None if extra.directory => Entry::Directory { mode: mode(0o755) },
                None => Entry::File { mode: mode(0o644) },
            };
            self.add(&extra.path, entry);
            if extra.of_another {
                self.of_another.insert(extra.path.clone());
            }
        }
    }

    fn add(&mut self, path: impl Into<PathBuf>, entry: Entry) {
        let path = path.into();
        for above in path.ancestors().skip(1) {
            let directory = Entry::Directory { mode: 0o755 };
            self.entries.entry(above.to_path_buf()).or_insert(directory);
        }
        self.entries.insert(path, entry);
    }

    /// `path` without links, `.` and `..`.
    fn without_links(&self, path: &Path) -> Option<PathBuf> {
        const HOPS: usize = 8;
        let mut path = path.to_path_buf();
        for _ in 0..HOPS {
            let mut real = PathBuf::new();
            let mut rest = path.components();
            let mut link = None;
            while let Some(part) = rest.next() {
                match part {
                    Component::ParentDir => {
                        real.pop();
                    }
                    Component::CurDir => {}
                    part => real.push(part),
                }
                if let Some(Entry::Link(target)) = self.entries.get(&real) {
                    link = Some(target.join(rest.as_path()));
                    break;
                }
            }
            match link {
                Some(target) => path = target,
                None => return Some(real),
            }
        }
        None
    }
}

impl Files for Imagined {
    fn look(&self, path: &Path) -> Option<FileFacts> {
        const STICKY: u32 = 0o1000;
        const OTHERS: u32 = 0o022;
        let real = self.without_links(path)?;
        let (is_directory, mode) = match self.entries.get(&real)? {
            Entry::File { mode } => (false, *mode),
            Entry::Directory { mode } => (true, *mode),
            Entry::Link(_) => return None,
        };
        Some(FileFacts {
            is_directory,
            is_executable: !is_directory && mode & 0o111 != 0,
            is_writable_by_others: mode & OTHERS != 0 && mode & STICKY == 0,
            is_shared: mode & OTHERS != 0 && mode & STICKY != 0,
            is_owned_by_another: self.of_another.contains(&real),
            ..FileFacts::default()
        })
    }

    fn is_present(&self) -> bool {
        true
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        let real = self.without_links(path)?;
        self.entries.contains_key(&real).then_some(real)
    }
}
