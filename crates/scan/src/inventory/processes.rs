//! Running servers and products, recognised by the environment that they run from. Reads a `/proc` (proc(5)):
//! command lines, and the links to programs, working directories and roots. Never an environment, never memory.

use std::path::{Component, Path, PathBuf};

use mantrap_clients::source::{Origin, Problem, ProblemKind, read_regular_file};

use super::{Sink, is_relevant, python, read_node_package};
use crate::report::{Package, PackageEvidence};
use crate::version::Ecosystem;

/// The longest command line that is read, in bytes.
const MAX_COMMAND: u64 = 1024 * 1024;
/// Arguments of a command that are looked at.
const MAX_ARGUMENTS: usize = 16;
/// Processes that are looked at.
const MAX_PROCESSES: usize = 200_000;

/// Programs and modules that are called otherwise than the distribution that brings them.
const CALLED_OTHERWISE: &[(&str, &str)] = &[
    ("chatchat", "langchain-chatchat"),
    ("serena", "serena-agent"),
    ("serena-mcp-server", "serena-agent"),
    ("mcpgateway", "mcp-contextforge-gateway"),
    ("open-webui", "open-webui"),
    ("langflow-run", "langflow"),
];

/// What runs, as far as `proc_root` lets it be seen. Processes that end meanwhile, or belong to others, are passed
/// over in silence; a `proc_root` that cannot be listed is a problem.
pub fn processes(proc_root: &Path) -> (Vec<Package>, Vec<Problem>) {
    let entries = match std::fs::read_dir(proc_root) {
        Ok(entries) => entries,
        Err(error) => return (Vec::new(), vec![Problem::io(Origin::file(proc_root), &error)]),
    };
    let mut numbers: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    let mut problems = Vec::new();
    if numbers.len() > MAX_PROCESSES {
        numbers.truncate(MAX_PROCESSES);
        let message = format!("only the first {MAX_PROCESSES} processes were looked at");
        problems.push(Problem::new(Origin::file(proc_root), ProblemKind::Cut, message));
    }
    let mut packages: Vec<Package> = numbers
        .into_iter()
        .filter_map(|number| Process::look(&proc_root.join(number.to_string()), number))
        .flat_map(|process| process.packages())
        .collect();
    packages.sort_unstable();
    packages.dedup();
    (packages, problems)
}

struct Process {
    number: u32,
    arguments: Vec<String>,
    program: Option<PathBuf>,
    folder: Option<PathBuf>,
    /// Where its file system begins, as far as this process may look there.
    root: PathBuf,
}

impl Process {
    fn look(entry: &Path, number: u32) -> Option<Process> {
        let path = entry.join("cmdline");
        let command = read_regular_file(&path, &Origin::file(&path), MAX_COMMAND).ok()?;
        let arguments: Vec<String> = command
            .split(|byte| *byte == 0)
            .take(MAX_ARGUMENTS)
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .filter(|argument| !argument.is_empty())
            .collect();
        let root = entry.join("root");
        let is_visible = std::fs::read_dir(&root).is_ok();
        (!arguments.is_empty()).then(|| Process {
            number,
            arguments,
            program: std::fs::read_link(entry.join("exe")).ok(),
            folder: std::fs::read_link(entry.join("cwd")).ok(),
            root: if is_visible { root } else { PathBuf::from("/") },
        })
    }

    fn packages(&self) -> Vec<Package> {
        let mut packages = Vec::new();
        for argument in &self.arguments {
            let Some(path) = self.absolute(argument) else {
                continue;
            };
            packages.extend(self.node_package(&path));
            if let (Some(environment), Some(name)) = (environment_of(&path), stem(&path)) {
                packages.extend(self.distribution(&environment, &name));
            }
        }
        if let Some(module) = self.module() {
            let interpreter = self.arguments.first().and_then(|first| self.absolute(first));
            let interpreters = interpreter.into_iter().chain(self.program.clone());
            for environment in interpreters.filter_map(|path| environment_of(&path)) {
                packages.extend(self.distribution(&environment, &module));
            }
        }
        packages
    }

    /// `python -m module` starts the distribution that is called like the module, most of the time.
    fn module(&self) -> Option<String> {
        let first = self.arguments.first()?.rsplit('/').next()?;
        let flag = self.arguments.iter().position(|argument| argument == "-m")?;
        let module = self.arguments.get(flag + 1)?.split('.').next()?;
        (first.starts_with("python") || first.starts_with("pypy")).then(|| module.to_owned())
    }

    /// An argument that is a path, without what does not change it.
    fn absolute(&self, argument: &str) -> Option<PathBuf> {
        if !argument.contains('/') || argument.starts_with('-') || argument.contains("://") {
            return None;
        }
        let path = match argument.starts_with('/') {
            true => PathBuf::from(argument),
            false => self.folder.as_ref()?.join(argument),
        };
        Some(settled(&path))
    }

    /// A path of the process as a path of this machine.
    fn inside(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The package whose file this is: the innermost `node_modules/NAME` of the path.
    fn node_package(&self, path: &Path) -> Vec<Package> {
        let text = path.to_string_lossy();
        let Some((before, after)) = text.rsplit_once("/node_modules/") else {
            return Vec::new();
        };
        let linked;
        let after = match after.strip_prefix(".bin/") {
            None => after,
            Some(_) => {
                // `.bin/NAME` links to a file of the package: `../@scope/name/dist/index.js`.
                let target = std::fs::read_link(self.inside(path)).unwrap_or_default();
                let modules = PathBuf::from(format!("{before}/node_modules"));
                let target = settled(&modules.join(".bin").join(target));
                let Ok(rest) = target.strip_prefix(&modules) else {
                    return Vec::new();
                };
                linked = rest.to_string_lossy().into_owned();
                &linked
            }
        };
        let mut parts = after.split('/');
        let name = match parts.next() {
            Some(scope) if scope.starts_with('@') => format!("{scope}/{}", parts.next().unwrap_or_default()),
            Some(name) => name.to_owned(),
            None => return Vec::new(),
        };
        if !is_relevant(Ecosystem::Npm, &name) {
            return Vec::new();
        }
        let manifest = PathBuf::from(format!("{before}/node_modules/{name}/package.json"));
        let (found, _) = read_node_package(&self.inside(&manifest), &manifest);
        found.into_iter().map(|package| self.running(package)).collect()
    }

    /// The distribution called `name` in an environment.
    fn distribution(&self, environment: &Path, name: &str) -> Vec<Package> {
        let called = CALLED_OTHERWISE.iter().find(|(program, _)| *program == name);
        let wanted = Ecosystem::Pypi.normal_name(called.map_or(name, |(_, distribution)| distribution));
        if !is_relevant(Ecosystem::Pypi, &wanted) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for folder in self.libraries(environment) {
            let Ok(entries) = std::fs::read_dir(self.inside(&folder)) else {
                continue;
            };
            for entry in entries.flatten() {
                let entry = entry.file_name().to_string_lossy().into_owned();
                let known = python::dist_info(&entry).or_else(|| python::egg_info(&entry));
                if let Some((distribution, version)) = known
                    && Ecosystem::Pypi.normal_name(&distribution) == wanted
                {
                    let mut sink =
                        Sink::new(folder.join(entry).display().to_string(), PackageEvidence::Running);
                    sink.push(Ecosystem::Pypi, &distribution, &version);
                    found.extend(sink.finish().into_iter().map(|package| self.running(package)));
                }
            }
        }
        found
    }

    /// Where an environment keeps its packages.
    fn libraries(&self, environment: &Path) -> Vec<PathBuf> {
        let lib = environment.join("lib");
        let mut libraries = vec![lib.join("python3/dist-packages")];
        if let Ok(entries) = std::fs::read_dir(self.inside(&lib)) {
            let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
            for name in names.filter(|name| name.starts_with("python3.")) {
                libraries.push(lib.join(&name).join("site-packages"));
                libraries.push(lib.join(&name).join("dist-packages"));
            }
        }
        libraries
    }

    fn running(&self, mut package: Package) -> Package {
        package.place = format!("process {} from {}", self.number, package.place);
        package.evidence = PackageEvidence::Running;
        package
    }
}

/// `/env` of `/env/bin/program`.
fn environment_of(path: &Path) -> Option<PathBuf> {
    let bin = path.parent()?;
    let is_bin = bin.file_name().is_some_and(|name| name == "bin" || name == "Scripts");
    is_bin.then(|| bin.parent().map(Path::to_owned))?
}

fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(".py").unwrap_or(name).to_owned())
}

/// The path without `.` and with `..` taken as text, as far as it goes.
fn settled(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
