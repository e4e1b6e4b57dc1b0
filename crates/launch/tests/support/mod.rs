//! A throwaway world: a home with a lock, a server of several files, and everything that admits it.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::panic,
    reason = "each test uses its part, and panics to fail"
)]

use std::cell::RefCell;
use std::error::Error;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use mantrap_launch::approval::Approval;
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure::measure;
use mantrap_launch::lock::ScopeName;
use mantrap_launch::scope::{Places, Whose};
use mantrap_launch::{
    Denial, Digest, Document, Intent, Journal, Located, Lock, NoStore, Permit, Plan, Policy, ServerName,
    Store, Values, admit, observe,
};

/// A directory that is gone when the test is over.
pub(crate) struct World(PathBuf);

impl World {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mantrap-launch-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        mode(&path, 0o755);
        Self(path)
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        if below.is_empty() { self.0.clone() } else { self.0.join(below) }
    }

    pub(crate) fn text(&self, below: &str) -> String {
        self.path(below).into_os_string().into_string().unwrap()
    }

    /// Writes a file, whatever the umask of whoever runs the test.
    pub(crate) fn put(&self, below: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        self.folder(Path::new(below).parent().unwrap().to_str().unwrap());
        fs::write(&path, bytes).unwrap();
        mode(&path, 0o644);
        path
    }

    pub(crate) fn folder(&self, below: &str) -> PathBuf {
        let mut path = self.0.clone();
        for name in below.split('/').filter(|name| !name.is_empty()) {
            path.push(name);
            if !path.exists() {
                fs::create_dir(&path).unwrap();
                mode(&path, 0o755);
            }
        }
        path
    }

    pub(crate) fn places(&self) -> Places {
        Places {
            system: (self.path("etc/mantrap"), Whose::User),
            user: Some(self.path("home/.config/mantrap")),
            project: Some(self.path("work")),
        }
    }

    /// A server of a runtime, a script, a directory of modules, and one of every other field; its lock, not written.
    pub(crate) fn server(&self) -> String {
        self.put("bin/runtime", "a runtime");
        mode(&self.path("bin/runtime"), 0o755);
        self.put("srv/server.py", "print('hello')\n");
        self.put("srv/lib/a.py", "a = 1\n");
        self.put("srv/lib/deep/b.py", "b = 2\n");
        self.put("srv/lib/deep/empty", "");
        std::os::unix::fs::symlink("deep/b.py", self.path("srv/lib/link")).unwrap();
        self.folder("docs");
        let digest = |below| measure(&self.path(below), &mut Known::default()).unwrap().digest();
        let world = self.text("");
        format!(
            r#"version = 1

[server.notes]
source = "script:{world}/srv/server.py"
arguments = ["{world}/srv/server.py", "--root={{root}}", "--port", "{{port}}", "{{mode}}"]
directory = "{{root}}"
deadline = "90s"
grants = ["read {{root}}", "net api.example.com:443", "net loopback:{{port}}", "env MODE={{mode}}", "memory 512M", "secret API_KEY as env"]
waivers = ["cpu", "pids"]

[server.notes.runtime]
path = "{world}/bin/runtime"
digest = "{}"
version = "3.11.2"

[server.notes.files]
"{world}/srv/server.py" = "{}"
"{world}/srv/lib" = "{}"

[server.notes.parameters]
root = {{ type = "directory" }}
port = {{ type = "port", value = "8080" }}
mode = {{ type = "word", of = ["fast", "slow"], value = "fast" }}

[server.notes.tools]
read = "sha256:{}"
"#,
            digest("bin/runtime"),
            digest("srv/server.py"),
            digest("srv/lib"),
            "0".repeat(64),
        )
    }

    /// The same server from a registry, and as an image: with what only they have. The tree is `srv/lib`, which the store of
    /// [`Shelf`] takes for every tree.
    pub(crate) fn installed(&self) -> [String; 2] {
        self.put("srv/lib/bin/run", "a program");
        mode(&self.path("srv/lib/bin/run"), 0o755);
        let server = self.server();
        let digest = |below| measure(&self.path(below), &mut Known::default()).unwrap().digest();
        let (start, end) = (server.find("source").unwrap(), server.find("arguments").unwrap());
        let with = |source: &str| {
            let tree =
                format!("tree = \"{}\"\nintegrity = \"sha512-{}==\"\n", digest("srv/lib"), "A".repeat(86));
            format!("{}source = \"{source}\"\n{tree}{}", &server[..start], &server[end..])
        };
        let arguments = format!("\"{}\"", self.text("srv/server.py"));
        let package = with("npm:@scope/notes@1.2.3").replacen(&arguments, "\"{tree}/a.py\"", 1).replacen(
            "waivers =",
            "provenance = [\"attestation https://example.com/a/b@refs/tags/v1 0123abcd https://example.com\", \"signature SHA256:x\"]\nwaivers =",
            1,
        );
        let image = with(&format!("oci:{}", self.text("srv/image.tar")));
        let runtime =
            format!("path = \"{}\"\ndigest = \"{}\"", self.text("bin/runtime"), digest("bin/runtime"));
        let own = format!(
            "path = \"{{tree}}/bin/run\"\ncalled = \"/bin/run\"\ndigest = \"{}\"",
            digest("srv/lib/bin/run")
        );
        [package, image.replacen(&runtime, &own, 1)]
    }

    /// The values that the server leaves open.
    pub(crate) fn values(&self) -> Values {
        [("root".to_owned(), self.text("docs"))].into()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn name(text: &str) -> ServerName {
    text.parse().unwrap()
}

/// The entry `notes` of a lock.
pub(crate) fn located(lock: &Lock, path: &Path, scope: ScopeName) -> Option<Located> {
    let entry = lock.servers.get(&name("notes"))?.clone();
    Some(Located { name: name("notes"), entry, scope, lock: path.into() })
}

/// A store that has this directory for every tree that it is asked for.
pub(crate) struct Shelf(pub PathBuf);

impl Store for Shelf {
    fn tree(&self, _: &Digest) -> Option<PathBuf> {
        Some(self.0.clone())
    }
}

/// Approves what is there now, as a person would.
pub(crate) fn approve(places: &Places, located: &Located, values: &Values) -> Document {
    approve_from(&NoStore, places, located, values)
}

pub(crate) fn approve_from(
    store: &dyn Store,
    places: &Places,
    located: &Located,
    values: &Values,
) -> Document {
    let document = Document::of(&located.name, &located.entry, values);
    let approval = Approval {
        lock: located.lock.clone(),
        name: located.name.clone(),
        digest: document.digest(),
        values: values.clone(),
        at: "2026-11-21T12:00:00Z".into(),
    };
    let trees = observe(located, values, store, &mut Known::default()).trees;
    let signed = Document::of(&located.name, &located.entry, &Values::new());
    places.trust().unwrap().approve(approval, &document, &signed, &trees).unwrap();
    document
}

/// A policy that says the same to everything.
pub(crate) struct Says(pub Result<Vec<String>, Denial>);

impl Policy for Says {
    fn judge(&self, _: &Plan) -> Result<Vec<String>, Denial> {
        self.0.clone()
    }
}

pub(crate) fn allow() -> Says {
    Says(Ok(vec!["everything".into()]))
}

/// A journal in memory; a full one takes nothing.
#[derive(Default)]
pub(crate) struct Memory {
    pub records: RefCell<Vec<serde_json::Value>>,
    pub is_full: bool,
}

impl Journal for Memory {
    fn append(&self, intent: &Intent<'_>) -> Result<u64, Box<dyn Error + Send + Sync>> {
        if self.is_full {
            return Err("no space left on device".into());
        }
        self.records.borrow_mut().push(intent.to_json());
        Ok(self.records.borrow().len() as u64 - 1)
    }
}

/// The whole way: from an entry to a permit.
pub(crate) fn launch(
    places: &Places,
    located: Located,
    values: &Values,
    known: &mut Known,
) -> Result<Permit, String> {
    launch_from(&NoStore, places, located, values, known)
}

pub(crate) fn launch_from(
    store: &dyn Store,
    places: &Places,
    located: Located,
    values: &Values,
    known: &mut Known,
) -> Result<Permit, String> {
    let plan = Plan::resolve(located, values, store, known).map_err(|error| error.to_string())?;
    let approvals = places.approvals(1_795_000_000).map_err(|error| error.to_string())?;
    admit(plan, &approvals, &allow(), &Memory::default()).map_err(|error| error.to_string())
}
