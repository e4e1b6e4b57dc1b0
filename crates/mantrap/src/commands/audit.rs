//! `mantrap audit`: options become a request, the request a report, the report text and an exit code.

mod base;
mod objects;
#[cfg(target_os = "linux")]
mod shelf;

use std::io::Read as _;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_clients::discover::{self, Home, Os, Target};
use mantrap_clients::source::{MAX_CONFIG_BYTES, read_regular_file};
use mantrap_clients::{Origin, Source};
use mantrap_scan::advisory::Database;
use mantrap_scan::baseline::Baseline;
use mantrap_scan::ignore::Ignores;
use mantrap_scan::{Persona, Report, Request, audit, audit_file, audit_text};

use crate::cli::{Audit, When};
use crate::environment::{Environment, this_system};
use crate::output::{self, Scene, Style};
use crate::{Failure, destination};

/// How reports name a config that came by standard input.
const STANDARD_INPUT: &str = "<stdin>";
/// The largest earlier report that is read, in bytes.
const MAX_BASELINE_BYTES: u64 = 512 * 1024 * 1024;
/// Silence for longer than this asks for a sign of life.
const PATIENCE: Duration = Duration::from_secs(1);

/// Audits, reports, and answers with the documented exit code.
pub(crate) fn run(options: &Audit, color: When, environment: &Environment) -> Result<u8, Failure> {
    let given = given(options).map_err(Failure::Usage)?;
    let mut request = request(options, &given, environment).map_err(Failure::Usage)?;
    #[cfg(target_os = "linux")]
    let shelf = shelf(options, &mut request).map_err(Failure::Usage)?;
    #[cfg(not(target_os = "linux"))]
    if options.cache.is_some() {
        return Err(Failure::Usage(anyhow!(
            "--cache needs Linux: elsewhere nothing shows whose a folder is"
        )));
    }
    if let Some(name) = &options.diff {
        let before = before(options, &request, &given, name, environment).map_err(Failure::Usage)?;
        request.baseline.add(before);
    }
    let report = with_progress(environment, || match &given {
        Given::File(file) => audit_file(&request, file),
        Given::Text(bytes) => audit_text(&request, Origin::file(STANDARD_INPUT), bytes.clone()),
        Given::Machine | Given::Folder(_) => audit(&request),
    });
    #[cfg(target_os = "linux")]
    if let Some(shelf) = shelf {
        shelf.tidy();
    }
    let code = if options.no_exit_codes { 0 } else { report.exit_code() };
    let rendered = render(&report, &request, &given, options, color, environment);
    match &options.output {
        Some(path) => destination::write(path, &rendered)?,
        None => match destination::print(&rendered) {
            // The verdict stands, whoever stopped reading.
            Err(error) if crate::is_broken_pipe(&error) => {}
            printed => printed?,
        },
    }
    // The process ends here. Giving thousands of small pieces of memory back first takes a tenth of its time.
    std::mem::forget(report);
    Ok(code)
}

/// The folder of `--cache`, which the request then uses.
#[cfg(target_os = "linux")]
fn shelf(options: &Audit, request: &mut Request) -> anyhow::Result<Option<Arc<shelf::Shelf>>> {
    let Some(path) = &options.cache else { return Ok(None) };
    let shelf = Arc::new(shelf::Shelf::open(path, request.folder.as_deref())?);
    request.keeper = Some(shelf.clone());
    Ok(Some(shelf))
}

/// What the folder's report would have been where the change began.
fn before(
    options: &Audit,
    request: &Request,
    given: &Given,
    name: &str,
    environment: &Environment,
) -> anyhow::Result<Baseline> {
    let Given::Folder(folder) = given else {
        return Err(anyhow!(
            "--diff compares a folder of a git repository with what it was; name the folder"
        ));
    };
    let base = base::take_out(folder, name, environment)?;
    let earlier = Request {
        target: request.target.clone(),
        name: request.name.clone(),
        processes: false,
        advisories: options.advisories.as_deref().map(Database::from_dir).transpose()?,
        // All of it: what was there for a stricter reader was there.
        persona: Persona::Auditor,
        baseline: Baseline::default(),
        ignores: Ignores::default(),
        trust_ignores_in_files: false,
        keeper: request.keeper.clone(),
        folder: Some(base.folder.canonicalize().context("cannot look at what was taken out")?),
        today: request.today.clone(),
    };
    Ok(Baseline::of(&with_progress(environment, || audit(&earlier))))
}

fn render(
    report: &Report,
    request: &Request,
    given: &Given,
    options: &Audit,
    color: When,
    environment: &Environment,
) -> Vec<u8> {
    let is_colored = match color {
        When::Always => true,
        When::Never => false,
        When::Auto => options.output.is_none() && environment.wants_color(),
    };
    let home = request.target.homes.iter().find(|home| home.current).map(|home| home.path.clone());
    let style = Style { is_colored, width: environment.width, is_verbose: options.verbose };
    let folder = match given {
        Given::Folder(folder) => Some(folder.clone()),
        Given::File(file) => file.parent().map(Path::to_path_buf),
        Given::Machine | Given::Text(_) => None,
    };
    let scene = Scene::new(report, folder, home, &request.today, style);
    output::render(&scene, options.format)
}

/// What PATH names.
enum Given {
    Machine,
    Folder(PathBuf),
    File(PathBuf),
    /// What standard input said.
    Text(Vec<u8>),
}

fn given(options: &Audit) -> anyhow::Result<Given> {
    let Some(path) = &options.path else {
        return Ok(Given::Machine);
    };
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        // One byte more than is read tells a text that is too long from one that just fits.
        let read = std::io::stdin().lock().take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes);
        read.context("cannot read standard input")?;
        if bytes.len() as u64 > MAX_CONFIG_BYTES {
            return Err(anyhow!(
                "standard input holds more than {MAX_CONFIG_BYTES} bytes; no config is that large"
            ));
        }
        return Ok(Given::Text(bytes));
    }
    let shown = path.display();
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot look at `{shown}`"))?;
    if metadata.is_dir() {
        return existing_folder(path).map(Given::Folder);
    }
    if !metadata.is_file() {
        return Err(anyhow!("`{shown}` is neither a folder nor a regular file; `-` reads standard input"));
    }
    // The name counts, also that of a link; the folder is where it really is.
    let name = path.file_name().with_context(|| format!("`{shown}` has no file name"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| format!("cannot look at `{shown}`"))?;
    Ok(Given::File(folder.join(name)))
}

fn request(options: &Audit, given: &Given, environment: &Environment) -> anyhow::Result<Request> {
    let folder = match given {
        Given::Folder(folder) => Some(folder.clone()),
        _ => None,
    };
    let root = options.root.as_deref().map(existing_folder).transpose()?;
    let os = options.os.map_or_else(this_system, Into::into);
    let homes = match given {
        Given::Folder(_) | Given::Text(_) => Vec::new(),
        Given::File(_) => environment.home().map(own_home).into_iter().collect(),
        Given::Machine => homes(options, os, root.as_deref(), environment)?,
    };
    let foreign = root.is_some() || options.home.is_some() || options.os.is_some_and(|_| os != this_system());
    let name = match (&options.path, &root, &options.home) {
        _ if matches!(given, Given::Text(_)) => "standard input".to_owned(),
        (Some(path), _, _) => path.display().to_string(),
        (_, Some(root), _) => root.display().to_string(),
        (_, _, Some(home)) => home.display().to_string(),
        _ => "this machine".to_owned(),
    };
    Ok(Request {
        target: Target {
            os,
            root,
            homes,
            // Variables of this process say nothing about somebody else's clients.
            environment: if foreign { Default::default() } else { environment.relocations() },
        },
        name,
        processes: options.processes,
        advisories: options.advisories.as_deref().map(Database::from_dir).transpose()?,
        persona: options.persona.into(),
        baseline: options.baseline.as_deref().map(baseline).transpose()?.unwrap_or_default(),
        ignores: ignores(options, given, environment)?,
        // A machine's configs include those of repositories that somebody else wrote: what they say about
        // themselves must not hide a finding. Whoever names a folder vouches for it, or says `--no-ignores`.
        trust_ignores_in_files: folder.is_some() && !options.no_ignores,
        folder,
        keeper: None,
        today: environment.today.clone(),
    })
}

fn homes(
    options: &Audit,
    os: Os,
    root: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<Vec<Home>> {
    if let Some(home) = &options.home {
        let path = if options.root.is_some() { home.clone() } else { existing_folder(home)? };
        return Ok(vec![own_home(path)]);
    }
    if root.is_some() || options.all_users {
        return Ok(discover::homes(os, root, options.all_users));
    }
    let path = environment
        .home()
        .ok_or_else(|| anyhow!("no home directory is known; set HOME or name one with --home"))?;
    Ok(vec![own_home(path)])
}

fn own_home(path: PathBuf) -> Home {
    Home { path, account: None, current: true }
}

fn existing_folder(path: &Path) -> anyhow::Result<PathBuf> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot look at `{shown}`"))?;
    if !metadata.is_dir() {
        return Err(anyhow!("`{shown}` is not a folder; name the folder it is in"));
    }
    path.canonicalize().with_context(|| format!("cannot look at `{shown}`"))
}

fn baseline(path: &Path) -> anyhow::Result<Baseline> {
    let bytes = read(path, MAX_BASELINE_BYTES)?;
    Baseline::parse(&bytes).with_context(|| format!("cannot use `{}`", path.display()))
}

/// `--config`; else `mantrap.toml` of the audited folder, or for the machine the user's own.
fn ignores(options: &Audit, given: &Given, environment: &Environment) -> anyhow::Result<Ignores> {
    if options.no_ignores {
        return Ok(Ignores::default());
    }
    let (path, must_exist) = match (&options.config, given) {
        (Some(path), _) => (path.clone(), true),
        (None, Given::Folder(folder)) => (folder.join("mantrap.toml"), false),
        // A file that is looked at before it is installed has no exceptions yet.
        (None, Given::File(_) | Given::Text(_)) => return Ok(Ignores::default()),
        (None, Given::Machine) => match environment.user_config() {
            Some(path) => (path, false),
            None => return Ok(Ignores::default()),
        },
    };
    if !must_exist && std::fs::symlink_metadata(&path).is_err() {
        return Ok(Ignores::default());
    }
    let origin = Origin::file(&path);
    let source = Source::decode(origin, read(&path, MAX_CONFIG_BYTES)?)
        .map_err(|problem| anyhow!("cannot read `{}`: {}", problem.origin, problem.message))?;
    Ok(Ignores::parse(source)?)
}

fn read(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    read_regular_file(path, &Origin::file(path), limit)
        .map_err(|problem| anyhow!("cannot read `{}`: {}", path.display(), problem.message))
}

/// Does `work`; if it takes longer than a second and somebody watches, says so on standard error.
fn with_progress<T>(environment: &Environment, work: impl FnOnce() -> T) -> T {
    if !environment.stderr_is_terminal {
        return work();
    }
    let (done, waiting): (Sender<()>, _) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut seconds = 0;
            while waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                seconds += 1;
                eprint!("\rmantrap: looking for {seconds} s … ");
            }
            if seconds > 0 {
                eprint!("\r\x1b[K");
            }
        });
        let result = work();
        drop(done);
        result
    })
}
