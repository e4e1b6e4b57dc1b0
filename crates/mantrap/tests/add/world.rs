//! A throwaway home whose npm asks a registry on loopback.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::archive::{Part, tarball};
use crate::web::{Page, Web};

pub(crate) struct World {
    pub(crate) path: PathBuf,
    pub(crate) web: Web,
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mantrap-add-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        let world = Self { path, web: Web::start() };
        fs::create_dir(world.home()).unwrap();
        fs::write(world.home().join(".npmrc"), format!("registry={}/\n", world.web.address())).unwrap();
        world
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("home", arguments)
    }

    /// In another directory.
    pub(crate) fn run_at(&self, place: &str, arguments: &[&str]) -> Run {
        self.start(self.home(), self.path.join(place), arguments)
    }

    /// As a user whose home is another one.
    pub(crate) fn run_in(&self, home: &str, arguments: &[&str]) -> Run {
        self.start(self.path.join(home), self.path.clone(), arguments)
    }

    fn start(&self, home: PathBuf, place: PathBuf, arguments: &[&str]) -> Run {
        let path = std::env::var_os("PATH").unwrap();
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_mantrap"))
            .args(arguments)
            .env_clear()
            .env("HOME", home)
            .env("PATH", path)
            .current_dir(place)
            .output()
            .unwrap();
        Run {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}\n{}", run.out, run.err))
    }

    /// Offers these versions of an npm package, each with its own file; the last one is the newest.
    pub(crate) fn offer(&self, name: &str, versions: &[(&str, &str)]) {
        let mut all = json!({});
        for (version, text) in versions {
            let about = json!({ "name": name, "version": version, "bin": "cli.js",
                "scripts": { "postinstall": "touch /tmp/mantrap-add-canary" } });
            let described = about.to_string();
            let bytes = tarball(&[
                Part::File("package/package.json", described.as_bytes()),
                Part::File("package/cli.js", text.as_bytes()),
            ]);
            let place = format!("/files/{name}-{version}.tgz");
            all[version] = about;
            all[version]["dist"] = json!({
                "tarball": format!("{}{place}", self.web.address()),
                "integrity":
                    format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(Sha512::digest(&bytes))),
            });
            self.web.put(&place, Page::Is(bytes));
        }
        let newest = versions.last().unwrap().0;
        let page = json!({ "name": name, "dist-tags": { "latest": newest }, "versions": all });
        self.web.put(&format!("/{name}"), Page::Is(page.to_string().into_bytes()));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The store's directories are closed to writing.
        let _ = Command::new("chmod").arg("-R").arg("u+w").arg(&self.path).status();
        let _ = fs::remove_dir_all(&self.path);
    }
}
