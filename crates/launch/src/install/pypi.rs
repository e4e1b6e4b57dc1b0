//! PyPI packages, through the real uv, or else pip. Wheels only: nothing is built, unless somebody allowed it.
//!
//! First the versions and the hashes of all wheels are resolved, then exactly those are installed. The tree is
//! `site/` (the packages, compiled), and `__main__.py`, which starts the named program: `python3 -I -S TREE`. Without its
//! `site` module Python reads no `.pth` file, imports no `sitecustomize`, and sees no package but the tree's.

mod build;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use mantrap_jail::Right;
use serde_json::Value;

use super::entry::{reaches, read_in};
use super::errand::Errand;
use super::settings::{Reach, Surroundings};
use super::vouch::Heard;
use super::{Builds, How, InstallError, Installed, installation, publish, python, vouch};
use crate::lock::normal;
use crate::provenance::Artifact;
use crate::store::{DiskStore, Package, Record, Staging};

/// Bytes of the largest resolution, and of a description of a package.
const LARGEST: u64 = 64 << 20;
/// What somebody can do about a package that has none.
const REMEDY: &str =
    "it would have to be built, which runs its code: `--allow-build` does that, jailed and offline";
/// What uv resolved, in the scratch (PEP 751).
const RESOLVED: &str = "pylock.toml";

/// Installs one version of a package and everything that it needs.
///
/// # Errors
/// [`InstallError`]; then the store is as it was.
pub fn install(
    store: &DiskStore,
    package: &str,
    version: &str,
    how: &How,
    surroundings: &Surroundings,
) -> Result<Installed, InstallError> {
    let reach = python::reach(surroundings, how.installer.is_some())?;
    let pips = python::reach(surroundings, false)?;
    let staging = store.stage()?.within(how.limits);
    let work = Work { staging: &staging, how, reach: &reach, home: surroundings.home.as_deref() };
    let written = |result: std::io::Result<()>| {
        result.map_err(|error| InstallError::io("the tree cannot be made", error))
    };
    let site = staging.tree().join("site");
    written(fs::create_dir(&site))?;
    let fetched = match &how.installer {
        Some(uv) => work.uv(uv, package, version),
        None => work.pip(package, version),
    };
    let (wheels, built) = match fetched {
        Ok(wheels) => (wheels, None),
        Err(without) if how.builds == Builds::InJail => {
            let work = Work { reach: &pips, ..work };
            let (wheels, built) = work.make(package, version, without)?;
            (wheels, Some(built))
        }
        Err(without) => return Err(without),
    };
    let mut packages = chosen(&site, &wheels)?;
    // Of the source, which somebody vouches for, and not of what was made of it.
    if let (Some(built), Some(named)) = (&built, packages.iter_mut().find(|one| one.name == package)) {
        named.integrity =
            sri(&built.source).ok_or_else(|| InstallError::package(package, "has a hash that is none"))?;
    }
    let named = packages.iter().find(|one| one.name == package);
    let integrity = named
        .map(|named| named.integrity.clone())
        .ok_or_else(|| InstallError::package(package, "was asked for and not installed"))?;
    how.expected.check_integrity(&integrity)?;
    let file = wheels
        .iter()
        .find(|wheel| normal(&wheel.package) == package && sri(&wheel.sha256).as_ref() == Some(&integrity));
    let Heard { vouched, runtime } = match file {
        Some(wheel) => work.vouched(package, version, &wheel.file, &integrity)?,
        None => Heard::default(),
    };
    let entry = entry(&site, package, how.program.as_deref())?;
    // A compiled file that a wheel brought is not what its source says.
    written(remove_compiled(&site))?;
    written(fs::write(staging.tree().join("__main__.py"), starter(&entry)))?;
    work.compile()?;
    let record = Record {
        source: format!("pypi:{package}@{version}"),
        integrity: integrity.clone(),
        program: how.program.clone(),
        installer: if how.installer.is_some() { "uv".into() } else { "pip".into() },
        packages,
        notes: notes(&site).into_iter().chain(vouched.notes).collect(),
        built: built.map(|_| package.to_owned()).into_iter().collect(),
    };
    let tree = publish(staging, &record, &how.expected)?;
    Ok(Installed {
        tree,
        integrity,
        arguments: vec!["-I".into(), "-S".into(), "{tree}".into()],
        record,
        provenance: vouched.statements,
        runtime,
    })
}

/// The newest version of a package that has a wheel for this Python.
///
/// # Errors
/// [`InstallError`].
pub fn newest(
    store: &DiskStore,
    package: &str,
    how: &How,
    surroundings: &Surroundings,
) -> Result<String, InstallError> {
    let reach = python::reach(surroundings, how.installer.is_some())?;
    let staging = store.stage()?.within(how.limits);
    let work = Work { staging: &staging, how, reach: &reach, home: surroundings.home.as_deref() };
    let wheels = match &how.installer {
        Some(uv) => work.resolve_by_uv(uv, package, &["--no-deps"])?,
        None => work.resolve_by_pip(package, &["--no-deps"])?,
    };
    let found = wheels.into_iter().find(|wheel| normal(&wheel.package) == package);
    found
        .map(|wheel| wheel.version)
        .ok_or_else(|| InstallError::package(package, "has no version in the registry"))
}

/// One wheel that may be installed.
#[derive(Clone)]
struct Wheel {
    package: String,
    version: String,
    file: String,
    sha256: String,
}

#[derive(Clone, Copy)]
struct Work<'a> {
    staging: &'a Staging,
    how: &'a How,
    reach: &'a Reach,
    home: Option<&'a Path>,
}

impl Work<'_> {
    fn run(
        &self,
        tool: &'static str,
        program: &Path,
        arguments: Vec<OsString>,
        online: bool,
    ) -> Result<Vec<u8>, InstallError> {
        self.errand(tool, program, arguments, online).run().map_err(|error| match error {
            // Both installers say in words of their own that they were not allowed to.
            InstallError::Failed { tool, said }
                if self.how.builds == Builds::Never
                    && [
                        "o matching distribution",
                        "uilding source",
                        "uilding from source",
                        "no usable wheels",
                    ]
                    .iter()
                    .any(|words| said.contains(words)) =>
            {
                InstallError::Failed { tool, said: format!("{said}; {REMEDY}") }
            }
            error => error,
        })
    }

    fn errand<'a>(
        &'a self,
        tool: &'static str,
        program: &'a Path,
        arguments: Vec<OsString>,
        online: bool,
    ) -> Errand<'a> {
        let mut installations = vec![installation(&self.how.runtime, self.home)];
        installations.extend(self.how.installer.clone());
        Errand {
            tool,
            program,
            arguments,
            reach: self.reach,
            installations,
            staging: (self.staging.path(), Right::Write),
            how: self.how,
            online,
            views: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// Who vouches for a file of the index.
    fn vouched(
        &self,
        package: &str,
        version: &str,
        file: &str,
        integrity: &str,
    ) -> Result<Heard, InstallError> {
        let ask = |arguments| self.errand("python", &self.how.runtime, arguments, true).run();
        vouch::pypi(Artifact { package, version, integrity }, file, self.how, ask)
    }

    /// Builds it, and installs what came of it with everything that it needs.
    fn make(
        &self,
        package: &str,
        version: &str,
        without: InstallError,
    ) -> Result<(Vec<Wheel>, build::Built), InstallError> {
        if !has_pip(&self.how.runtime) {
            return Err(InstallError::Program(format!(
                "{without}; to build it, pip has to be there beside `{}`",
                self.how.runtime.display()
            )));
        }
        let built = self.build(package, version)?;
        let wheels = self.resolve_built(&built)?;
        self.install_by_pip(&wheels, Some(&built))?;
        Ok((wheels, built))
    }

    /// Resolves, and installs what was resolved.
    fn uv(&self, uv: &Path, package: &str, version: &str) -> Result<Vec<Wheel>, InstallError> {
        let wheels = self.resolve_by_uv(uv, &format!("{package}=={version}"), &[])?;
        let mut install = self.uv_command("install");
        install.extend(["--no-deps", "--link-mode", "copy", "--target"].map(OsString::from));
        let resolved = self.staging.scratch().join(RESOLVED);
        install.extend([self.staging.tree().join("site").into(), "-r".into(), resolved.into()]);
        self.run("uv (wheels only)", uv, install, true)?;
        Ok(wheels)
    }

    /// Every wheel of every package that this one needs, written to [`RESOLVED`] as well.
    fn resolve_by_uv(&self, uv: &Path, wanted: &str, options: &[&str]) -> Result<Vec<Wheel>, InstallError> {
        let scratch = self.staging.scratch();
        let asked = scratch.join("asked.txt");
        fs::write(&asked, format!("{wanted}\n"))
            .map_err(|error| InstallError::io("the package cannot be asked for", error))?;
        let mut compile = self.uv_command("compile");
        compile.extend(options.iter().map(OsString::from));
        compile.extend(["--format", "pylock.toml", "--no-header", "--output-file"].map(OsString::from));
        compile.extend([scratch.join(RESOLVED).into(), asked.into()]);
        self.run("uv (wheels only)", uv, compile, true)?;
        pylock(&read_in(&scratch, RESOLVED, LARGEST)?)
    }

    fn uv_command(&self, command: &str) -> Vec<OsString> {
        let mut all: Vec<OsString> =
            ["pip", command, "--no-config", "--no-build", "--no-python-downloads", "--quiet"]
                .map(OsString::from)
                .into();
        all.extend(["--python".into(), self.how.runtime.clone().into_os_string()]);
        all.extend(["--cache-dir".into(), self.staging.scratch().join("uv").into_os_string()]);
        all
    }

    fn pip(&self, package: &str, version: &str) -> Result<Vec<Wheel>, InstallError> {
        let wheels = self.resolve_by_pip(&format!("{package}=={version}"), &[])?;
        self.install_by_pip(&wheels, None)?;
        Ok(wheels)
    }

    /// Installs exactly these, one of which may have been made here.
    fn install_by_pip(&self, wheels: &[Wheel], built: Option<&build::Built>) -> Result<(), InstallError> {
        let resolved = self.staging.scratch().join("resolved.txt");
        let line = |wheel: &Wheel| match built.filter(|built| built.wheel.package == wheel.package) {
            Some(built) => format!("{} --hash=sha256:{}\n", built.path.display(), wheel.sha256),
            None => format!("{}=={} --hash=sha256:{}\n", wheel.package, wheel.version, wheel.sha256),
        };
        let lines: String = wheels.iter().map(line).collect();
        fs::write(&resolved, lines)
            .map_err(|error| InstallError::io("the package cannot be asked for", error))?;
        let mut install = self.pip_command();
        install.extend(["--no-deps", "--require-hashes", "--target"].map(OsString::from));
        install.extend([self.staging.tree().join("site").into(), "-r".into(), resolved.into()]);
        self.run("pip (wheels only)", &self.how.runtime, install, true).map(drop)
    }

    /// The wheel of every package that this one needs.
    fn resolve_by_pip(&self, wanted: &str, options: &[&str]) -> Result<Vec<Wheel>, InstallError> {
        let scratch = self.staging.scratch();
        let mut resolve = self.pip_command();
        resolve.extend(options.iter().map(OsString::from));
        resolve.extend(["--dry-run", "--ignore-installed", "--report"].map(OsString::from));
        resolve.extend([scratch.join("report.json").into(), wanted.into()]);
        self.run("pip (wheels only)", &self.how.runtime, resolve, true)?;
        pip_report(&read_in(&scratch, "report.json", LARGEST)?)
    }

    fn pip_command(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = [
            "-I",
            "-m",
            "pip",
            "install",
            "--only-binary",
            ":all:",
            "--no-input",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
            "--root-user-action",
            "ignore",
            "--retries",
            "1",
        ]
        .map(OsString::from)
        .into();
        all.extend(["--cache-dir".into(), self.staging.scratch().join("pip").into_os_string()]);
        all
    }

    /// Compiles every module, so that no start has to and none can be tricked by a time stamp (PEP 552, unchecked).
    fn compile(&self) -> Result<(), InstallError> {
        let tree = self.staging.tree();
        let mut arguments: Vec<OsString> = [
            "-S",
            "-s",
            "-m",
            "compileall",
            "-q",
            "-q",
            "-f",
            "-r",
            "100",
            "--invalidation-mode",
            "unchecked-hash",
        ]
        .map(OsString::from)
        .into();
        // The place of the making is no part of the tree.
        arguments.extend(["-s".into(), tree.clone().into_os_string(), "-p".into(), "/".into(), tree.into()]);
        // A module for another Python does not compile, and need not.
        match self.run("compileall", &self.how.runtime, arguments, false) {
            Err(InstallError::Failed { .. }) => Ok(()),
            done => done.map(drop),
        }
    }
}

fn pylock(bytes: &[u8]) -> Result<Vec<Wheel>, InstallError> {
    let bad = |why: String| InstallError::package("pylock.toml", why);
    let text = str::from_utf8(bytes).map_err(|error| bad(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| bad(error.message().into()))?;
    let mut wheels = Vec::new();
    for package in table.get("packages").and_then(toml::Value::as_array).into_iter().flatten() {
        let word = |key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let before = wheels.len();
        for wheel in package.get("wheels").and_then(toml::Value::as_array).into_iter().flatten() {
            let text = |key: &str| wheel.get(key).and_then(toml::Value::as_str);
            let sha256 = wheel.get("hashes").and_then(|hashes| hashes.get("sha256")?.as_str());
            let file = text("name").or_else(|| text("url")?.rsplit('/').next());
            if let (Some(file), Some(sha256)) = (file, sha256) {
                let file = file.split(['?', '#']).next().unwrap_or(file).replace("%2B", "+");
                wheels.push(Wheel {
                    package: word("name"),
                    version: word("version"),
                    file,
                    sha256: sha256.into(),
                });
            }
        }
        if wheels.len() == before {
            return Err(InstallError::package(
                &word("name"),
                format!("has no wheel with a SHA-256 for this Python: {REMEDY}"),
            ));
        }
    }
    Ok(wheels)
}

fn pip_report(bytes: &[u8]) -> Result<Vec<Wheel>, InstallError> {
    let bad = |why: String| InstallError::package("pip's report", why);
    let report: Value = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    let wheel = |one: &Value| -> Option<Wheel> {
        let text = |path: &str| one.pointer(path).and_then(Value::as_str).map(String::from);
        let file = text("/download_info/url")?;
        Some(Wheel {
            package: normal(&text("/metadata/name")?),
            version: text("/metadata/version")?,
            file: file.rsplit('/').next()?.split('#').next()?.replace("%2B", "+"),
            sha256: text("/download_info/archive_info/hashes/sha256")?,
        })
    };
    let all = report.get("install").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|one| wheel(one).ok_or_else(|| bad("names something without a SHA-256".into()))).collect()
}

/// What is in the tree, each with the hash of the wheel that it came from. Everything there has to have come from one.
fn chosen(site: &Path, wheels: &[Wheel]) -> Result<Vec<Package>, InstallError> {
    let mut packages = Vec::new();
    for (name, folder) in described(site)? {
        let text = read_in(site, &format!("{folder}/WHEEL"), LARGEST)?;
        let tags: BTreeSet<String> = String::from_utf8_lossy(&text)
            .lines()
            .filter_map(|line| line.strip_prefix("Tag:"))
            .map(|tag| tag.trim().to_owned())
            .collect();
        let mut of_package: Vec<&Wheel> =
            wheels.iter().filter(|wheel| normal(&wheel.package) == name).collect();
        if of_package.len() > 1 {
            of_package.retain(|wheel| tags_of(&wheel.file) == tags);
        }
        let &[wheel] = of_package.as_slice() else {
            return Err(InstallError::package(
                &name,
                "cannot be told from another wheel of the same version",
            ));
        };
        let integrity =
            sri(&wheel.sha256).ok_or_else(|| InstallError::package(&name, "has a hash that is none"))?;
        packages.push(Package { name, version: wheel.version.clone(), integrity });
    }
    packages.sort();
    Ok(packages)
}

/// The packages of a site by their `.dist-info`.
fn described(site: &Path) -> Result<Vec<(String, String)>, InstallError> {
    let failed = |error| InstallError::io("the packages cannot be listed", error);
    let mut found = Vec::new();
    for entry in fs::read_dir(site).map_err(failed)? {
        let folder = entry.map_err(failed)?.file_name().into_string().unwrap_or_default();
        if let Some((name, _)) = folder.strip_suffix(".dist-info").and_then(|folder| folder.rsplit_once('-'))
        {
            found.push((normal(name), folder));
        }
    }
    found.sort();
    Ok(found)
}

/// The tags that a wheel's name stands for (packaging.python.org, "Compressed tag sets").
fn tags_of(file: &str) -> BTreeSet<String> {
    let stem = file.strip_suffix(".whl").unwrap_or(file);
    let mut parts = stem.rsplit('-');
    let mut next = || parts.next().unwrap_or_default().split('.');
    let (platforms, interfaces, pythons) = (next(), next(), next());
    let pairs =
        pythons.flat_map(|python| interfaces.clone().map(move |interface| format!("{python}-{interface}")));
    pairs.flat_map(|pair| platforms.clone().map(move |platform| format!("{pair}-{platform}"))).collect()
}

fn sri(hex: &str) -> Option<String> {
    let digest: crate::Digest = format!("sha256:{hex}").parse().ok()?;
    let hex = digest.hex();
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(bytes?)))
}

/// `module:function` of a console script.
struct Entry {
    name: String,
    module: String,
    function: String,
}

/// The program that was asked for, or the package's own, or the only one. Its module has to be in the tree: one of the
/// standard library would do what nobody looked at.
fn entry(site: &Path, package: &str, asked: Option<&str>) -> Result<Entry, InstallError> {
    let folder = described(site)?.into_iter().find(|(name, _)| name == package).map(|(_, folder)| folder);
    let none = || InstallError::Program(format!("`{package}` has no program to start"));
    let file = format!("{}/entry_points.txt", folder.ok_or_else(none)?);
    if !reaches(site, &file) {
        return Err(none());
    }
    let text = read_in(site, &file, LARGEST)?;
    let text = String::from_utf8_lossy(&text);
    let mut is_script = false;
    let mut all = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_script = line == "[console_scripts]";
        } else if let Some((name, target)) = line.split_once('=').filter(|_| is_script) {
            let target = target.split(['[', ';', ' ']).find(|word| !word.is_empty()).unwrap_or_default();
            all.push((name.trim().to_owned(), target.trim().to_owned()));
        }
    }
    let wanted = asked.map_or_else(|| package.to_owned(), String::from);
    let found = all.iter().find(|(name, _)| match asked {
        Some(asked) => name == asked,
        None => normal(name) == wanted,
    });
    let found = found.or_else(|| (all.len() == 1 && asked.is_none()).then(|| all.first()).flatten());
    let Some((name, target)) = found else {
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).take(20).collect();
        return Err(match names.as_slice() {
            [] => none(),
            names => InstallError::Program(format!(
                "`{package}` has several programs, name one: {}",
                crate::visible(&names.join(", "))
            )),
        });
    };
    let outside = || {
        let target = crate::visible(target);
        InstallError::package(
            package,
            format!("starts at `{target}`, which is no function of its own modules"),
        )
    };
    let (module, function) = target.split_once(':').ok_or_else(outside)?;
    if !is_dotted(module) || !is_dotted(function) || !is_in(site, module) {
        return Err(outside());
    }
    Ok(Entry { name: name.clone(), module: module.into(), function: function.into() })
}

fn is_dotted(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.len() <= 256 && text.split('.').all(is_name)
}

fn is_in(site: &Path, module: &str) -> bool {
    let path = module.replace('.', "/");
    reaches(site, &format!("{path}.py"))
        || reaches(site, &format!("{path}/__init__.py"))
        || site.join(&path).parent().is_some_and(|folder| {
            let stem = format!("{}.", path.rsplit('/').next().unwrap_or_default());
            let names = fs::read_dir(folder).into_iter().flatten().map_while(Result::ok);
            folder.starts_with(site)
                && names.filter_map(|entry| entry.file_name().into_string().ok()).any(|name| {
                    name.starts_with(&stem) && Path::new(&name).extension().is_some_and(|end| end == "so")
                })
        })
}

/// The program that starts the program. Names of an [`Entry`] are identifiers; its script's name is quoted.
fn starter(entry: &Entry) -> String {
    let Entry { name, module, function } = entry;
    let name = Value::from(name.as_str());
    let first = function.split('.').next().unwrap_or(function);
    format!(
        "import site\nimport sys\n\nsys.path[0] += \"/site\"\nsys.argv[0] = {name}\n\
         # `exit` and `quit`, which scripts expect.\nsite.setquit()\n\n\
         from {module} import {first}\n\nsys.exit({function}())\n"
    )
}

fn remove_compiled(directory: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            match entry.file_name() == "__pycache__" {
                true => fs::remove_dir_all(entry.path())?,
                false => remove_compiled(&entry.path())?,
            }
        }
    }
    Ok(())
}

fn notes(site: &Path) -> Vec<String> {
    let names = fs::read_dir(site).into_iter().flatten().map_while(Result::ok);
    let mut notes: Vec<String> = names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| {
            Path::new(name).extension().is_some_and(|end| end == "pth")
                || matches!(
                    name.as_str(),
                    "sitecustomize.py" | "usercustomize.py" | "sitecustomize" | "usercustomize"
                )
        })
        .map(|name| {
            format!("`{}` would run at every start of Python; here it does not", crate::visible(&name))
        })
        .collect();
    notes.sort();
    notes
}

/// `python3` beside which pip is.
#[must_use]
pub fn has_pip(runtime: &Path) -> bool {
    let library: Option<PathBuf> = runtime.parent().and_then(Path::parent).map(|prefix| prefix.join("lib"));
    let folders =
        library.and_then(|library| fs::read_dir(library).ok()).into_iter().flatten().map_while(Result::ok);
    folders.map(|folder| folder.path()).any(|folder| {
        ["site-packages/pip", "dist-packages/pip"].iter().any(|below| folder.join(below).is_dir())
    })
}
