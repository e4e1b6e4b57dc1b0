//! From what a client would start to what a lock can pin: a package, a script or a program, or the reason why none.
//!
//! Nothing is guessed. A word that the client fills in, an option that changes what is found or run, a shell, a container:
//! each is refused with what to do instead, because an entry that pins something else than what ran is worse than none.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use mantrap_clients::{Config, Server, Span, Text};
use mantrap_launch::catalogue::{self, Recipe};
use mantrap_launch::lock::{Asked, Template};
use mantrap_scan::command::canonical_name;
use mantrap_scan::known::Ecosystem;
use mantrap_scan::{known, secret};

/// What goes into the lock.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Derived {
    /// As `mantrap add` reads it.
    pub(super) source: String,
    /// By what a script is run.
    pub(super) runtime: Option<PathBuf>,
    /// Which of a package's programs.
    pub(super) program: Option<String>,
    /// What else is part of the server.
    pub(super) files: Vec<PathBuf>,
    /// Behind what the source itself brings.
    pub(super) arguments: Vec<String>,
    /// Where it starts.
    pub(super) directory: Option<PathBuf>,
    /// Its variables.
    pub(super) variables: Vec<Variable>,
    /// Its rights, where the catalogue knows them, in the words of a lock.
    pub(super) rights: Option<Vec<String>>,
    /// Paths in its arguments that exist here, where nothing else says what it needs.
    pub(super) reads: Vec<PathBuf>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

/// A variable of the client's file, and where its value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable {
    /// The client fills it in: it stays in the file, and the server inherits it by name.
    Stays(String),
    /// A value for everybody to see: it goes into the lock.
    Locked(String, String),
    /// A secret: it goes into a file of its own.
    Secret(String, String),
}

impl Variable {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Stays(name) | Self::Locked(name, _) | Self::Secret(name, _) => name,
        }
    }
}

/// Where programs are looked for and paths begin.
pub(super) struct Here<'a> {
    /// `PATH`.
    pub(super) search: &'a OsStr,
    /// The user's home, which is never part of a server.
    pub(super) home: &'a Path,
}

/// What a server of a config is.
///
/// # Errors
/// Why that cannot be said, and what to do instead.
pub(super) fn derive(config: &Config, server: &Server, here: &Here<'_>) -> Result<Derived, String> {
    let argv = argv(server)?;
    let secrets = secret::spans(config);
    let holds_secret = |text: &Text| secrets.iter().any(|span| overlaps(*span, text.span));
    if let Some(number) = server.argv().into_iter().position(holds_secret) {
        return Err(format!(
            "argument {number} holds a secret, which everybody sees in a list of processes; give it as a variable"
        ));
    }
    if let Some(word) = argv.iter().find(|word| is_reference(word)) {
        return Err(format!(
            "`{word}` is filled in by the client when it starts; write the value itself there"
        ));
    }
    if let Some(word) = argv.iter().find(|word| word.starts_with('~')) {
        return Err(format!("`{word}` begins with `~`; write the whole path there"));
    }
    if !server.urls.is_empty() {
        return Err("it names a command and an address; remove one of them".into());
    }
    let (command, args) = argv.split_first().ok_or("it has no command")?;
    let mut derived = launched(command, args, here)?;
    derived.variables = variables(&secrets, server);
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(variable) = derived.variables.iter().find(|variable| !is_name(variable.name())) {
        return Err(format!("`{}` is no name of a variable; remove it", variable.name()));
    }
    if let Some(directory) = &server.cwd {
        let path = PathBuf::from(&directory.value);
        if is_reference(&directory.value) || !path.is_absolute() || !path.is_dir() {
            return Err(format!(
                "it starts in `{}`, which is no absolute path of a directory here",
                directory.value
            ));
        }
        derived.reads.push(path.clone());
        derived.directory = Some(path);
    }
    if catalogued(&mut derived) {
        return Ok(derived);
    }
    let pinned = |path: &Path| derived.files.iter().any(|file| path.starts_with(file));
    let is_data = |path: &PathBuf| path.is_absolute() && path.exists() && !pinned(path);
    let paths = derived.arguments.iter().filter_map(|word| word.get(word.find('/')?..)).map(PathBuf::from);
    let reads: Vec<PathBuf> = paths.filter(is_data).filter_map(|path| path.canonicalize().ok()).collect();
    derived.reads.extend(reads);
    derived.reads.sort();
    derived.reads.dedup();
    if !server.env_files.is_empty() {
        let note = "its file of variables stays with the client; the server gets those that the entry names";
        derived.notes.push(note.into());
    }
    Ok(derived)
}

/// Gives a package the rights that the catalogue has for it, if it is started as the catalogue knows it; without a version
/// of its own it is the reviewed one.
fn catalogued(derived: &mut Derived) -> bool {
    let Ok(asked) = Asked::parse(&derived.source, Path::new("/")) else { return false };
    let fits = |recipe: &Recipe| derived.program.is_none() || derived.program == recipe.program;
    let found = catalogue::of(&asked).filter(fits).find_map(|recipe| {
        let mut values = recipe.values(&derived.arguments)?;
        for (name, choice) in &recipe.parameters {
            if let (false, Some(usual)) = (values.contains_key(name), &choice.usual) {
                values.insert(name.clone(), usual.clone());
            }
        }
        // A value stands for itself, whatever it would mean in a lock.
        let value = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), Template::literal(value).as_str())
        };
        let rights = recipe.grants.iter().map(|grant| values.iter().fold(grant.as_str().to_owned(), value));
        Some((rights.collect(), recipe.reviewed, recipe.notes))
    });
    let Some((rights, reviewed, notes)) = found else { return false };
    derived.rights = Some(rights);
    derived.notes.push("its rights are those of the catalogue".to_owned());
    derived.notes.extend(notes);
    if let Asked::Wish { registry, package, wish: None } = &asked {
        derived.source = format!("{}:{package}@{reviewed}", registry.word());
        derived.notes.push(format!("it named no version; {reviewed} is the reviewed one"));
    }
    true
}

/// The words. A whole command line in one field is taken apart only where nothing in it could mean more than it says.
fn argv(server: &Server) -> Result<Vec<String>, String> {
    let words: Vec<String> = server.argv().into_iter().map(|word| word.value.clone()).collect();
    match words.as_slice() {
        [line] if line.contains(char::is_whitespace) && !Path::new(line).exists() => {
            let is_plain = |character: char| {
                character.is_ascii_alphanumeric()
                    || matches!(character, ' ' | '@' | '/' | '.' | '_' | '-' | '=' | ':' | '+')
            };
            match line.chars().all(is_plain) {
                true => Ok(line.split_whitespace().map(String::from).collect()),
                false => {
                    Err("its whole command line stands in one field; write command and arguments apart"
                        .into())
                }
            }
        }
        _ => Ok(words),
    }
}

fn launched(command: &str, args: &[String], here: &Here<'_>) -> Result<Derived, String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let name = canonical_name(command);
    match (name.as_str(), words.as_slice()) {
        ("npx" | "pnpx" | "bunx", rest) => npm(rest),
        ("npm", ["exec" | "x", rest @ ..]) | ("pnpm" | "yarn", ["dlx", rest @ ..]) | ("bun", ["x", rest @ ..]) => npm(rest),
        ("uvx", rest) | ("uv", ["tool", "run", rest @ ..]) | ("pipx", ["run", rest @ ..]) => pypi(rest),
        ("uv", ["run", ..]) | ("uv", [_, _, "run", ..]) => Err(
            "`uv run` makes an environment when it starts; add its package as pypi:, or the script with the Python of its environment"
                .into(),
        ),
        ("npm" | "pnpm" | "yarn" | "bun", ["run" | "start", ..]) => {
            Err(format!("`{name} {}` runs what a file says at that moment; add that program itself", words.first().unwrap_or(&"")))
        }
        ("python", ["-m", module, rest @ ..]) => module_of(module, rest),
        ("node" | "python" | "bun" | "deno", rest) => script(command, rest, here),
        ("docker" | "podman" | "nerdctl" | "finch", _) => Err(format!(
            "`{name}` has its daemon run an image, out of any jail's reach; save the image and add it as oci:FILE, or use the server's package"
        )),
        (
            "sh" | "bash" | "zsh" | "dash" | "fish" | "cmd" | "powershell" | "pwsh" | "env" | "sudo" | "doas" | "nice"
            | "timeout" | "nohup" | "xargs" | "setsid" | "stdbuf" | "busybox" | "eval" | "exec" | "ssh" | "wsl",
            _,
        ) => Err(format!("`{name}` runs whatever its arguments say; name the server's own program")),
        ("uv" | "pipx" | "npm" | "pnpm" | "yarn" | "pip" | "conda" | "poetry" | "hatch" | "nix" | "go" | "cargo" | "dotnet" | "java", _) => {
            Err(format!("what `{name}` would run cannot be told; add the server's own program"))
        }
        _ => program(command, &words, here),
    }
}

/// `npx [OPTIONS] PACKAGE [ARGUMENTS]`, or `npx --package PACKAGE PROGRAM [ARGUMENTS]`.
fn npm(words: &[&str]) -> Result<Derived, String> {
    let (mut package, mut program) = (None, None);
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        match word {
            "-y" | "--yes" | "-q" | "--quiet" | "--prefer-offline" | "--prefer-online" | "--"
            | "--silent" => {}
            "-p" | "--package" => {
                let named = rest.next().ok_or("`--package` names none")?;
                if package.replace(named).is_some() {
                    return Err("it needs several packages at once; a lock's entry has one".into());
                }
            }
            _ if word.starts_with("--package=") => {
                if package.replace(word.get(10..).unwrap_or_default()).is_some() {
                    return Err("it needs several packages at once; a lock's entry has one".into());
                }
            }
            _ if word.starts_with('-') => return Err(format!("`{word}` changes what is found or run")),
            _ if package.is_none() => {
                package = Some(word);
                break;
            }
            _ => {
                program = Some(word.to_owned());
                break;
            }
        }
    }
    let package = package.ok_or("it names no package")?;
    let is_scoped = package.starts_with('@') && package.matches('/').count() == 1;
    if package.contains([':', '\\']) || package.starts_with('.') || (package.contains('/') && !is_scoped) {
        return Err(format!(
            "`{package}` is no package of a registry; publish it, or add a copy of it as script:"
        ));
    }
    let arguments = rest.map(String::from).collect();
    Ok(Derived { source: format!("npm:{package}"), program, arguments, ..Derived::default() })
}

/// `uvx [OPTIONS] PACKAGE [ARGUMENTS]`, or `uvx --from PACKAGE PROGRAM [ARGUMENTS]`.
fn pypi(words: &[&str]) -> Result<Derived, String> {
    let (mut package, mut program) = (None, None);
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        match word {
            "-q" | "--quiet" | "--isolated" | "--no-cache" | "--refresh" | "--" => {}
            "--from" | "--spec" => package = Some(rest.next().ok_or_else(|| format!("`{word}` names none"))?),
            _ if word.starts_with("--from=") => package = word.get(7..),
            _ if word.starts_with('-') => return Err(format!("`{word}` changes what is found or run")),
            _ if package.is_none() => {
                package = Some(word);
                break;
            }
            _ => {
                program = Some(word.to_owned());
                break;
            }
        }
    }
    let package = package.ok_or("it names no package")?;
    let (name, version) =
        package.split_once("==").or_else(|| package.split_once('@')).unwrap_or((package, "latest"));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_name) || version.contains(['/', ':', '*', ',']) {
        return Err(format!("`{package}` is no one package of PyPI; name it as `name==version`"));
    }
    let program = program.filter(|program| program != name);
    let source = match version {
        "latest" => format!("pypi:{name}"),
        version => format!("pypi:{name}@{version}"),
    };
    Ok(Derived { source, program, arguments: rest.map(String::from).collect(), ..Derived::default() })
}

/// A module is no package: only for a well-known server the name of one says the name of the other.
fn module_of(module: &str, rest: &[&str]) -> Result<Derived, String> {
    let package = module.replace('_', "-");
    if known::server(Ecosystem::Pypi, &package).is_none() {
        return Err(format!(
            "`-m {module}` names a module of whatever is installed, not a package; add the package as pypi:PACKAGE@VERSION"
        ));
    }
    let note =
        format!("`-m {module}` ran what was installed here; the newest `{package}` of PyPI takes its place");
    let arguments = rest.iter().map(|word| (*word).to_owned()).collect();
    Ok(Derived { source: format!("pypi:{package}"), arguments, notes: vec![note], ..Derived::default() })
}

/// `node SCRIPT [ARGUMENTS]`.
fn script(command: &str, words: &[&str], here: &Here<'_>) -> Result<Derived, String> {
    // Python's output is never buffered towards a pipe that speaks MCP: the option changes nothing that runs.
    let words = match words {
        ["-u", rest @ ..] if canonical_name(command) == "python" => rest,
        words => words,
    };
    let Some((script, rest)) = words.split_first() else { return Err("it names no script".into()) };
    if script.starts_with('-') {
        return Err(format!("`{script}` changes what is run; a lock's entry has a script and its arguments"));
    }
    let runtime = found(command, here)?;
    from_script(Path::new(script), runtime, rest, here)
}

fn from_script(script: &Path, runtime: PathBuf, rest: &[&str], here: &Here<'_>) -> Result<Derived, String> {
    let shown = script.display();
    if !script.is_absolute() {
        return Err(format!("`{shown}` depends on where the client starts it; write the whole path"));
    }
    let script = script.canonicalize().map_err(|error| format!("`{shown}` cannot be found: {error}"))?;
    if !script.is_file() {
        return Err(format!("`{shown}` is no file; name the script in it"));
    }
    Ok(Derived {
        source: format!("script:{}", script.display()),
        runtime: Some(runtime),
        files: project(&script, here).into_iter().collect(),
        arguments: rest.iter().map(|word| (*word).to_owned()).collect(),
        ..Derived::default()
    })
}

/// The folder that a script is part of: the nearest above it with a manifest, if it is not the home or above that.
fn project(script: &Path, here: &Here<'_>) -> Option<PathBuf> {
    const NEAR: usize = 4;
    const MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "requirements.txt"];
    let home = here.home.canonicalize().unwrap_or_else(|_| here.home.to_path_buf());
    let above = script.ancestors().skip(1).take(NEAR);
    let within = above.take_while(|folder| !home.starts_with(folder));
    let mut projects = within.filter(|folder| MANIFESTS.iter().any(|name| folder.join(name).is_file()));
    projects.next().map(Path::to_path_buf)
}

/// A program by its path, or by its name in `PATH`.
fn program(command: &str, words: &[&str], here: &Here<'_>) -> Result<Derived, String> {
    let path = found(command, here)?;
    let mut start = Vec::new();
    let opened = mantrap_clients::source::open_without_blocking(&path);
    let read = opened.and_then(|file| file.take(256).read_to_end(&mut start));
    read.map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    if start.starts_with(b"#!") {
        let line = String::from_utf8_lossy(&start);
        let mut words_of_line =
            line.lines().next().unwrap_or_default().trim_start_matches("#!").split_whitespace();
        let interpreter = match (words_of_line.next(), words_of_line.next(), words_of_line.next()) {
            (Some(env), Some(name), None) if env.ends_with("/env") && !name.starts_with('-') => {
                found(name, here)?
            }
            (Some(interpreter), None, _) => found(interpreter, here)?,
            _ => return Err(format!("`{}` is run in a way that its first line decides", path.display())),
        };
        if matches!(canonical_name(&interpreter.to_string_lossy()).as_str(), "python" | "node")
            && path
                .parent()
                .is_some_and(|bin| bin.join("activate").exists() || bin.ends_with("node_modules/.bin"))
        {
            return Err(format!(
                "`{}` is part of an installed environment; add its package as npm: or pypi:",
                path.display()
            ));
        }
        return from_script(&path, interpreter, words, here);
    }
    let arguments = words.iter().map(|word| (*word).to_owned()).collect();
    Ok(Derived { source: format!("bin:{}", path.display()), arguments, ..Derived::default() })
}

/// A program, with its links followed.
fn found(command: &str, here: &Here<'_>) -> Result<PathBuf, String> {
    let is_program = |path: &PathBuf| path.is_file();
    let path = if command.contains('/') {
        let path = PathBuf::from(command);
        if !path.is_absolute() {
            return Err(format!("`{command}` depends on where the client starts it; write the whole path"));
        }
        Some(path).filter(is_program)
    } else {
        let folders = std::env::split_paths(here.search).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(command)).find(is_program)
    };
    let path = path.ok_or_else(|| format!("the program `{command}` is not here"))?;
    path.canonicalize().map_err(|error| format!("`{command}` cannot be found: {error}"))
}

fn variables(secrets: &[Span], server: &Server) -> Vec<Variable> {
    let mut variables: Vec<Variable> = Vec::new();
    for entry in &server.env {
        let (name, value) = (entry.name.value.clone(), entry.value.value.clone());
        let is_within = |span: &Span| overlaps(*span, entry.value.span);
        let variable = if value.is_empty() || is_reference(&value) {
            Variable::Stays(name)
        } else if secret::is_secret_name(&name) || secrets.iter().any(is_within) {
            Variable::Secret(name, value)
        } else if value.contains(['\n', '\r', '\0']) || value.trim() != value {
            Variable::Stays(name)
        } else {
            Variable::Locked(name, value)
        };
        // Of duplicates the last one counts, as in JSON.
        variables.retain(|earlier| earlier.name() != variable.name());
        variables.push(variable);
    }
    variables
}

fn overlaps(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

/// Whether a client may put something else in its place: `${X}`, `$X`, `$(x)`, `{env:X}`, `{{x}}`, `%X%`, backticks.
fn is_reference(value: &str) -> bool {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut percents = value.split('%').skip(1);
    let is_percent = percents.next().is_some_and(|name| !name.is_empty() && name.chars().all(is_name))
        && percents.next().is_some();
    let is_dollar = value.split('$').skip(1).any(|rest| {
        rest.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '{' | '(' | '_'))
    });
    is_percent
        || is_dollar
        || value.contains('`')
        || value.contains("{{")
        || value.contains("{env:")
        || value.contains("{file:")
}

#[cfg(test)]
mod tests;
