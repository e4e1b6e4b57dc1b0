//! A home of the test's own for one server: adds it, approves it, narrows its rights, starts it in both ways.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::served::Served;

/// Who runs this agrees to every call.
const ALLOW: &str = r#"@id("everything") permit (principal, action, resource);"#;

/// What is called of a server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) calls: Vec<Call>,
    #[serde(default)]
    pub(crate) volatile: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    repository: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
}

/// What `add` made.
pub(crate) struct Added {
    pub(crate) grants: Vec<String>,
    program: String,
    arguments: Vec<String>,
    starts_in: PathBuf,
}

/// The rights of an entry, but for one.
pub(crate) struct Narrower {
    pub(crate) what: String,
    pub(crate) grants: Vec<String>,
}

pub(crate) fn cases() -> BTreeMap<String, Case> {
    toml::from_str(include_str!("calls.toml")).unwrap()
}

pub(crate) struct Workshop<'a> {
    id: &'a str,
    case: &'a Case,
    root: PathBuf,
    port: u16,
}

impl<'a> Workshop<'a> {
    pub(crate) fn new(id: &'a str, case: &'a Case, served: &Served) -> Self {
        // Not in /tmp or /var/tmp, which every jail has for itself: a server could make there what it was not granted.
        let mut place = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        if place.starts_with("/tmp") || place.starts_with("/var/tmp") {
            place = std::env::home_dir().unwrap().join(".cache");
        }
        let root = place.join(format!("mantrap-catalogue-{}-{id}", std::process::id()));
        for place in ["home", "data"] {
            fs::create_dir_all(root.join(place)).unwrap();
            fs::set_permissions(root.join(place), fs::Permissions::from_mode(0o755)).unwrap();
        }
        // What a person would be asked about is not what is tested here.
        let policy = root.join("home/.config/mantrap/policy");
        fs::create_dir_all(&policy).unwrap();
        fs::write(policy.join("default.cedar"), ALLOW).unwrap();
        Self { id, case, root: root.canonicalize().unwrap(), port: served.port }
    }

    fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    fn directory(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Where what is installed stays.
    fn installed() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/catalogue")
    }

    /// Its standard error, to look at when a test failed.
    pub(crate) fn log(&self) -> Stdio {
        File::options().create(true).append(true).open(self.root.join("log")).unwrap().into()
    }

    /// The files of the case and nothing else.
    pub(crate) fn prepare_directory(&self) {
        let directory = self.directory();
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        fs::write(directory.join("a.txt"), "hello\n").unwrap();
        for (name, text) in &self.case.files {
            fs::write(directory.join(name), text).unwrap();
        }
        if self.case.repository {
            let made =
                Command::new("git").args(["init", "-q", "-b", "main"]).arg(&directory).status().unwrap();
            assert!(made.success(), "git init");
        }
    }

    fn text(&self, text: &str) -> String {
        let (directory, port) = (self.directory().display().to_string(), self.port.to_string());
        text.replace("{directory}", &directory).replace("{port}", &port)
    }

    /// With every place filled.
    pub(crate) fn filled(&self, value: &Value) -> Value {
        serde_json::from_str(&self.text(&value.to_string())).unwrap()
    }

    fn mantrap(&self, arguments: &[&str]) -> Command {
        let data = Self::installed();
        fs::create_dir_all(&data).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantrap"));
        command.args(arguments).env("HOME", self.home()).env("XDG_DATA_HOME", data.canonicalize().unwrap());
        command.env("XDG_CONFIG_HOME", self.home().join(".config"));
        command.env("XDG_STATE_HOME", self.home().join(".local/state"));
        command.current_dir(self.home());
        command
    }

    fn done(&self, arguments: &[&str]) -> Output {
        let output = self.mantrap(arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: mantrap {}: {said}", self.id, arguments.join(" "));
        output
    }

    /// Adds it in the version that was reviewed, and approves it.
    pub(crate) fn add(&self) -> Added {
        let recipe =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../launch/catalogue/{}.toml", self.id));
        let recipe: toml::Table = toml::from_str(&fs::read_to_string(recipe).unwrap()).unwrap();
        let source = format!("{}@{}", self.id, recipe["reviewed"].as_str().unwrap());
        let mut words: Vec<String> = ["add", self.id, &source, "--format", "json"].map(str::to_owned).into();
        for parameter in recipe.get("parameters").and_then(toml::Value::as_table).into_iter().flatten() {
            let value = self.text(&format!("{{{}}}", parameter.0));
            words.extend(["--set".to_owned(), format!("{}={value}", parameter.0)]);
        }
        self.done(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let entry = self.approve();
        let strings = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let tree = entry["tree"].as_str().unwrap().strip_prefix("tree:").unwrap();
        let tree = Self::installed().join("mantrap/store/trees").join(tree).join("tree");
        // Without a jail a server may write beside its own code; what is installed would not be what was approved.
        let copy = self.root.join("tree");
        assert!(Command::new("cp").arg("-a").arg(tree).arg(&copy).status().unwrap().success(), "cp");
        let argument = |text: String| self.text(&text.replace("{tree}", &copy.display().to_string()));
        Added {
            grants: strings(&entry["grants"]),
            starts_in: entry["directory"]
                .as_str()
                .map_or_else(|| self.home(), |place| self.text(place).into()),
            program: entry["runtime"]["path"].as_str().unwrap().to_owned(),
            arguments: strings(&entry["arguments"]).into_iter().map(argument).collect(),
        }
    }

    /// Approves what the lock holds now.
    fn approve(&self) -> Value {
        let shown: Value =
            serde_json::from_slice(&self.done(&["show", self.id, "--format", "json"]).stdout).unwrap();
        self.done(&["approve", self.id, "--digest", shown["digest"].as_str().unwrap()]);
        shown["entry"].clone()
    }

    pub(crate) fn run(&self) -> Command {
        self.mantrap(&["run", self.id])
    }

    /// The same program with the same arguments and variables, as a client would start it.
    pub(crate) fn directly(&self, added: &Added) -> Command {
        let mut command = Command::new(&added.program);
        command.args(&added.arguments).env_clear().current_dir(&added.starts_in);
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.home()).env("LANG", "C.UTF-8");
        for grant in &added.grants {
            if let Some((name, value)) = grant.strip_prefix("env ").and_then(|grant| grant.split_once('=')) {
                command.env(name, self.text(value));
            }
        }
        command
    }

    /// What is left when one right is gone, or only reads what it wrote.
    pub(crate) fn narrower(&self, added: &Added) -> Vec<Narrower> {
        let mut all = Vec::new();
        for (at, grant) in added.grants.iter().enumerate() {
            // A parameter that nothing uses is an error of a lock, so its places stay, as a variable that nobody reads.
            let places: String =
                ["{directory}", "{port}"].into_iter().filter(|place| grant.contains(place)).collect();
            let mut without = added.grants.clone();
            without[at] = format!("env MANTRAP_TEST_WITHOUT={places}");
            all.push(Narrower { what: format!("no `{grant}`"), grants: without });
            if let Some(path) = grant.strip_prefix("write ") {
                let mut only = added.grants.clone();
                only[at] = format!("read {path}");
                all.push(Narrower { what: only[at].clone(), grants: only });
            }
        }
        all
    }

    /// Gives it these rights and no others, and approves that.
    pub(crate) fn grant(&self, grants: &[String]) {
        let lock = self.home().join(".config/mantrap/mantrap.lock");
        let text = fs::read_to_string(&lock).unwrap();
        let begin = text.find("grants = [").unwrap();
        let end = begin + text[begin..].find(']').unwrap() + 1;
        let listed: Vec<String> = grants.iter().map(|grant| format!("{grant:?}")).collect();
        let text = format!("{}grants = [{}]{}", &text[..begin], listed.join(", "), &text[end..]);
        fs::write(&lock, text).unwrap();
        self.approve();
    }
}

impl Drop for Workshop<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read(self.root.join("log")).unwrap_or_default();
            let end = String::from_utf8_lossy(&log[log.len().saturating_sub(4000)..]).into_owned();
            eprintln!("the end of what {} said, of {}:\n{end}", self.id, self.root.display());
        } else {
            let _ = Command::new("chmod").args(["-R", "u+w"]).arg(&self.root).status();
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}
