//! `mantrap jail`: gathers the grants, composes the profile, runs it, and hands on signals, status and report.

mod collapse;
mod learn;
mod proposal;
mod run;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use mantrap_clients::Origin;
use mantrap_clients::source::read_regular_file;
use mantrap_jail::{Gate, Grant, Grants, Guarantee, Span};
use mantrap_launch::room::{self, Asked, Outside, Program, Refusal, Territory, Wish};

use crate::cli::{self, Jail, ListFormat, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::output::jail::explain;
use crate::output::json_bytes;
use crate::{Failure, destination};
pub(super) use run::{MISSING, NOT_BUILT, refused, standard, status};

/// The command exists and cannot be executed (as with env(1) and timeout(1)).
const NOT_EXECUTABLE: u8 = 126;
/// The command does not exist.
const NOT_FOUND: u8 = 127;
/// Bytes of the largest profile file.
const LARGEST_PROFILE: u64 = 1 << 20;

/// Runs the command as the options say, and answers with its status.
pub(crate) fn run(options: &Jail, color: When, environment: &Environment) -> Result<u8, Failure> {
    let outside = outside(environment)?;
    let probation = options.probation.as_deref().map(str::parse::<Span>).transpose();
    let probation = probation.context("--probation").map_err(Failure::Usage)?;
    let mut wish = Wish {
        grants: grants(options, &outside).map_err(Failure::Usage)?,
        program: Program::Command(&options.command),
        directory: Some(outside.directory.clone()),
        waived: waived(options).map_err(Failure::Usage)?,
        gate: if options.report.is_some() || options.learn { Gate::Acts } else { Gate::Refusals },
        probation: probation.is_some(),
    };
    let asked = wish.grants.clone();
    let mut unseen = None;
    if options.learn {
        learn::needs_the_gate()?;
        unseen = learn::widen(&mut wish, &options.command, &outside);
    }
    let mut composed = room::compose(&wish, &outside).map_err(unfit)?;
    if options.learn {
        composed.warnings.extend(unseen);
        learn::put_nothing_at_stake(&mut composed.profile);
    }
    if options.explain {
        let bytes = match options.format {
            ListFormat::Json => {
                json_bytes(&explain::json(&composed.profile, &composed.warnings, &composed.notes))
            }
            ListFormat::Text => explain::text(
                &composed.profile,
                &composed.warnings,
                &composed.notes,
                paint(color, environment),
                environment.width,
            )
            .into_bytes(),
        };
        destination::print(&bytes)?;
        return Ok(0);
    }
    if let Some(path) =
        options.report.as_deref().or(options.profile_out.as_deref()).filter(|path| *path != Path::new("-"))
    {
        if let Some(view) = run::writable_inside(path, &composed) {
            return Err(Failure::Usage(anyhow!(
                "`{}` lies in `{}`, which is granted for writing: what runs inside could redirect it; name a place outside",
                path.display(),
                view.display()
            )));
        }
        destination::check(path)?;
    }
    let ended = run::run(composed, probation, color, environment)?;
    if options.learn {
        learn::propose(&ended, &asked, &outside, options.profile_out.as_deref())?;
    } else {
        run::report(&ended, options, color, environment)?;
    }
    Ok(ended.code)
}

/// Why nothing was composed, with the documented code.
pub(super) fn unfit(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Usage(error) => Failure::Usage(error.into()),
        Refusal::NotFound(error) => Failure::Refused(NOT_FOUND, error.into()),
        Refusal::NotExecutable(error) => Failure::Refused(NOT_EXECUTABLE, error.into()),
    }
}

pub(super) fn outside(environment: &Environment) -> Result<Outside<'_>, Failure> {
    let directory = std::env::current_dir().and_then(|directory| directory.canonicalize());
    let directory = directory.context("the current directory cannot be looked at").map_err(Failure::Usage)?;
    let home = environment.home();
    let own = environment.own_places();
    Ok(Outside {
        variables: environment.variables(),
        directory,
        territory: Territory::new(
            home.as_deref().map(|home| home.canonicalize().unwrap_or(home.into())),
            own,
        ),
        home,
    })
}

fn waived(options: &Jail) -> anyhow::Result<Vec<Guarantee>> {
    options.waive.iter().map(|word| word.parse().map_err(anyhow::Error::from)).collect()
}

/// Those of the profile files, then those of the command line; a limit of the command line counts instead.
fn grants(options: &Jail, outside: &Outside<'_>) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for path in &options.profile {
        asked.extend(profile(path)?);
    }
    asked.extend(typed(&options.grants, outside)?);
    Ok(asked)
}

/// Those of the command line.
pub(super) fn typed(options: &cli::Grants, outside: &Outside<'_>) -> anyhow::Result<Vec<Asked>> {
    let path = |make: fn(PathBuf) -> Grant, paths: &[PathBuf]| -> Vec<Grant> {
        paths.iter().cloned().map(make).collect()
    };
    let mut typed = Vec::new();
    if options.no_system {
        typed.push(Grant::NoSystem);
    }
    typed.extend(path(Grant::Read, &options.read));
    typed.extend(path(Grant::Write, &options.write));
    typed.extend(path(Grant::Exec, &options.exec));
    typed.extend(path(Grant::Socket, &options.socket));
    for (word, values) in [
        ("net", options.net.as_slice()),
        ("secret", options.secret.as_slice()),
        ("memory", options.memory.as_slice()),
        ("pids", options.pids.as_slice()),
        ("cpu", options.cpu.as_slice()),
        ("time", options.time.as_slice()),
    ] {
        for value in values {
            typed.push(format!("{word} {value}").parse().with_context(|| format!("--{word}"))?);
        }
    }
    for argument in &options.env {
        typed.push(Grant::env(argument).context("--env")?);
    }
    Ok(typed.into_iter().map(|grant| Asked { grant, base: outside.directory.clone() }).collect())
}

fn profile(path: &Path) -> anyhow::Result<Vec<Asked>> {
    let shown = path.display();
    let real = path.canonicalize().with_context(|| format!("cannot read `{shown}`"))?;
    let bytes = read_regular_file(&real, &Origin::file(path), LARGEST_PROFILE)
        .map_err(|problem| anyhow!("cannot read `{shown}`: {}", problem.message))?;
    let Grants(grants) = Grants::parse_file(&bytes).with_context(|| format!("`{shown}`"))?;
    let base = real.parent().unwrap_or(Path::new("/"));
    Ok(grants.into_iter().map(|grant| Asked { grant, base: base.into() }).collect())
}
