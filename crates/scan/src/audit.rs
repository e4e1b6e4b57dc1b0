//! One audit from request to report: discover, judge, suppress, sort.

use std::path::{Path, PathBuf};

use mantrap_clients::discover::{self, Found, Target};
use mantrap_clients::source::Problem;
use mantrap_clients::{Config, Switch};
use rayon::prelude::*;

use crate::advisory::Database;
use crate::baseline::Baseline;
use crate::files::TargetFiles;
use crate::finding::{Finding, Persona};
use crate::ignore::Ignores;
use crate::inventory;
use crate::report::{HeldBack, Package, Report, for_persona};
use crate::rules::{self, Context, Hook, Subject};

/// What to audit and how.
#[derive(Debug)]
pub struct Request {
    /// The machine. Its `os` also counts for a folder.
    pub target: Target,
    /// A repository or folder to audit instead of the machine.
    pub folder: Option<PathBuf>,
    /// What to call the target, for people.
    pub name: String,
    /// Also look at running processes, reading only.
    pub processes: bool,
    /// Who reads the report.
    pub persona: Persona,
    /// Findings of an earlier report, which are not reported again.
    pub baseline: Baseline,
    /// Reasoned exceptions of the person who runs the audit.
    pub ignores: Ignores,
    /// Whether exceptions beside an entry count. They are the file author's word: only for one's own files.
    pub trust_ignores_in_files: bool,
    /// Today, `YYYY-MM-DD`: this crate has no clock.
    pub today: String,
}

/// Audits. Never fails as a whole: what could not be analysed is in the report.
pub fn audit(request: &Request) -> Report {
    audit_with(request, Database::embedded())
}

/// [`audit`] with other advisories than the compiled-in ones.
pub fn audit_with(request: &Request, advisories: &Database) -> Report {
    let found = match &request.folder {
        Some(folder) => discover::folder(folder, request.target.os, &inventory::wants),
        None => discover::machine(&request.target),
    };
    let Found {
        configs,
        mut problems,
        probed,
        other_files,
        ..
    } = found;
    let (packages, trouble) = packages(request, &other_files);
    problems.extend(trouble);
    let products = advisories.grid(&packages);

    let files = TargetFiles::new(&request.target);
    let context = Context {
        fleet: &configs,
        os: request.target.os,
        advisories,
        files: &files,
    };
    let mut findings = judge(&context);
    findings.extend(rules::vulnerable_product::findings(&products));
    let mut ignored = Vec::new();
    request
        .ignores
        .apply(&configs, request, &mut findings, &mut ignored);

    let mut held_back = HeldBack::default();
    findings = for_persona(findings, request.persona, &mut held_back);
    findings = request.baseline.only_new(findings, &mut held_back);
    sort(&mut findings);
    Report {
        target: request.name.clone(),
        os: request.target.os,
        configs,
        findings,
        ignored,
        held_back,
        problems,
        products,
        packages,
        probed,
        advisories_date: advisories.date().to_owned(),
        advisories_count: advisories.count(),
    }
}

/// Every package on the target: of a folder what its files say, of a machine what is installed and, if asked for,
/// what runs.
fn packages(request: &Request, files: &[PathBuf]) -> (Vec<Package>, Vec<Problem>) {
    let mut found: Vec<(Vec<Package>, Vec<Problem>)> =
        files.par_iter().map(|path| inventory::read(path, path)).collect();
    if request.folder.is_none() {
        found.push(inventory::machine(&request.target));
    }
    if request.processes {
        let root = request.target.root.as_deref().unwrap_or(Path::new("/"));
        found.push(inventory::processes(&root.join("proc")));
    }
    let (packages, problems): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut packages: Vec<Package> = packages.into_iter().flatten().collect();
    packages.sort_unstable();
    packages.dedup();
    (packages, problems.into_iter().flatten().collect())
}

/// Runs every rule over everything it looks at. Files are judged in parallel; the order is settled by [`sort`].
pub fn judge(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = context
        .fleet
        .par_iter()
        .flat_map_iter(|config| judge_config(config, context))
        .collect();
    for rule in rules::ALL {
        if let Hook::Fleet(check) = rule.hook {
            check(context, &mut findings);
        }
    }
    findings
}

fn judge_config(config: &Config, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // An entry that is switched off is one click from running: it is judged like the others. One that another
    // layer displaces never runs.
    let subjects: Vec<Subject<'_>> = config
        .servers
        .iter()
        .filter(|server| server.switch != Switch::NotLoaded)
        .map(|server| Subject::new(config, server, context.os))
        .collect();
    for rule in rules::ALL {
        match rule.hook {
            Hook::Config(check) => check(config, context, &mut findings),
            Hook::Server(check) => subjects
                .iter()
                .for_each(|subject| check(subject, context, &mut findings)),
            Hook::Fleet(_) | Hook::Elsewhere => {}
        }
    }
    findings
}

/// Worst first, then surest, then by place, so that the same input gives the same report.
fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| {
        let place = finding.primary().map(|location| {
            let start = location.place.as_ref().map(|(_, span)| span.start);
            (location.origin.clone(), start)
        });
        let grade = std::cmp::Reverse((finding.severity, finding.confidence));
        (grade, place, finding.rule.id, finding.message.clone())
    });
}
