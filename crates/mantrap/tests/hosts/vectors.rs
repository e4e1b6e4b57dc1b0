//! The vectors, as `vectors.toml` has them, and the directory of one that is about to be played.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    vector: Vec<Vector>,
    elsewhere: Vec<Elsewhere>,
}

/// One document of an attacker's. Its texts have the placeholders that the file explains.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cwd: Option<String>,
    #[serde(default)]
    files: Vec<Dropped>,
    /// Whether the loader of a dynamically linked program does what it says.
    #[serde(default)]
    pub(crate) loader: bool,
    /// SDKs through which it does nothing, with the reason in `why`.
    #[serde(default)]
    pub(crate) spared: Vec<String>,
    pub(crate) why: Option<String>,
}

/// What the attacker has in the directory already.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dropped {
    path: String,
    text: Option<String>,
    link: Option<String>,
    mode: Option<u32>,
}

/// Families of the scanner's corpus that are not played, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elsewhere {
    pub(crate) ids: Vec<String>,
    pub(crate) why: String,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| toml::from_str(include_str!("vectors.toml")).unwrap())
}

pub(crate) fn vectors() -> &'static [Vector] {
    &file().vector
}

pub(crate) fn elsewhere() -> &'static [Elsewhere] {
    &file().elsewhere
}

/// A vector with a directory of its own.
pub(crate) struct Set {
    pub(crate) vector: &'static Vector,
    work: PathBuf,
}

impl Set {
    /// Makes the directory, and drops there what the attacker has.
    pub(crate) fn up(vector: &'static Vector, work: PathBuf) -> Self {
        fs::create_dir_all(&work).unwrap();
        let set = Self { vector, work };
        for dropped in &vector.files {
            let path = set.work.join(set.fill(&dropped.path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if let Some(target) = &dropped.link {
                symlink(set.fill(target), &path).unwrap();
            } else {
                fs::write(&path, set.fill(dropped.text.as_deref().unwrap())).unwrap();
                let mode = dropped.mode.unwrap_or(0o644);
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        set
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        let text = text
            .replace("{canary}", self.canary().to_str().unwrap())
            .replace("{work}", self.work.to_str().unwrap())
            .replace("{native}", tools().join("hosts/native/canary.so").to_str().unwrap())
            .replace("{pythonversion}", &python().1);
        text.replace("{python}", python().0.to_str().unwrap())
    }

    /// The server that the document describes.
    pub(crate) fn server(&self) -> Value {
        json!({ "command": self.fill(&self.vector.command), "args": self.args(), "env": self.env(), "cwd": self.cwd() })
    }

    pub(crate) fn args(&self) -> Vec<String> {
        self.vector.args.iter().map(|one| self.fill(one)).collect()
    }

    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        self.vector.env.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
    }

    pub(crate) fn cwd(&self) -> String {
        self.fill(self.vector.cwd.as_deref().unwrap_or("/"))
    }

    fn canary(&self) -> PathBuf {
        self.work.join("canary")
    }

    /// Whether the marker is there, or one that has it as the beginning of its name (the loader adds a number).
    pub(crate) fn fired(&self) -> bool {
        let names = fs::read_dir(&self.work).unwrap().map(|entry| entry.unwrap().file_name());
        names.into_iter().any(|name| name.to_string_lossy().starts_with("canary"))
    }
}

/// `.tools`, where `scripts/hosts` puts what is needed.
pub(crate) fn tools() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
        assert!(
            tools.join("hosts/native/.stamp").exists(),
            "no hosts: run `scripts/hosts`, or let `make test` do it"
        );
        tools.canonicalize().unwrap()
    })
}

/// The interpreter itself, not a shim of a home's, and what its libraries' folder is called.
fn python() -> &'static (PathBuf, String) {
    static PYTHON: OnceLock<(PathBuf, String)> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let path = tools().join("servers/python/bin/python3").canonicalize().unwrap();
        let asked = Command::new(&path)
            .args(["-c", "import sys; print('python%d.%d' % sys.version_info[:2], end='')"])
            .output()
            .unwrap();
        (path, String::from_utf8(asked.stdout).unwrap())
    })
}
