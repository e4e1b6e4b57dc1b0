//! One audit from request to report: discover, judge, suppress, sort.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mantrap_clients::discover::{self, Found, Target};
use mantrap_clients::{Config, Origin, Switch, work};

use crate::advisory::{Database, note_published_ports};
use crate::baseline::Baseline;
use crate::files::TargetFiles;
use crate::finding::{Finding, Persona};
use crate::ignore::Ignores;
use crate::inventory;
use crate::products::Stock;
use crate::report::{HeldBack, Report, for_persona};
use crate::rules::{self, Context, Hook, Subject, unreadable_config, vulnerable_product};
use crate::sources::{self, Keeper, Sources};

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
    /// The advisories to judge by; none for those that are compiled in.
    pub advisories: Option<Database>,
    /// Who reads the report.
    pub persona: Persona,
    /// Findings of an earlier report, which are not reported again.
    pub baseline: Baseline,
    /// Reasoned exceptions of the person who runs the audit.
    pub ignores: Ignores,
    /// Whether exceptions beside an entry count. They are the file author's word: only for one's own files.
    pub trust_ignores_in_files: bool,
    /// Where what is read of source code is kept for the next audit; nowhere, unless somebody asks for it.
    pub keeper: Option<Arc<dyn Keeper>>,
    /// Today, `YYYY-MM-DD`: this crate has no clock.
    pub today: String,
}

/// Audits. Never fails as a whole: what could not be analysed is in the report.
pub fn audit(request: &Request) -> Report {
    let target = &request.target;
    let (found, stock) = match &request.folder {
        Some(folder) => {
            let wants = |name: &str, path: &Path| inventory::wants(name, path) || sources::wants(name, path);
            let mut found = discover::folder(folder, target.os, &wants);
            let is_source = |path: &mut PathBuf| {
                let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
                !inventory::wants(&name, path)
            };
            let code: Vec<PathBuf> = found.other_files.extract_if(.., is_source).collect();
            let stock = Stock::of_files(&found.other_files);
            return report(request, found, stock, sources::read(folder, &code, request.keeper.clone()));
        }
        None => {
            let found = discover::machine(target);
            let stock = Stock::of_machine(target, &found.projects);
            (found, stock)
        }
    };
    report(request, found, stock, Sources::default())
}

/// Audits one file instead of a machine or a folder: a client config, a bundle, a lock file, a container image.
pub fn audit_file(request: &Request, file: &Path) -> Report {
    let home = request.target.homes.iter().find(|home| home.current).map(|home| home.path.as_path());
    let mut found = discover::file(file, request.target.os, home);
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let mut stock = Stock::default();
    if inventory::wants(&name, file) {
        stock = Stock::of_files(&[file.to_path_buf()]);
        // A lock file or an image is no broken config.
        if found.configs.is_empty() {
            found.problems.clear();
        }
    }
    report(request, found, stock, Sources::default())
}

/// Audits a client config that is not in a file, such as one that was pasted from a page.
pub fn audit_text(request: &Request, origin: Origin, bytes: Vec<u8>) -> Report {
    report(request, discover::text(origin, bytes), Stock::default(), Sources::default())
}

/// Judges what was found.
fn report(request: &Request, found: Found, mut stock: Stock, code: Sources) -> Report {
    let target = &request.target;
    let Found { configs, mut problems, probed, .. } = found;
    if request.processes {
        let root = target.root.as_deref().unwrap_or(Path::new("/"));
        stock.add_processes(&root.join("proc"));
    }
    stock.add_launches(&configs, target);
    stock.settle();
    problems.append(&mut stock.problems);
    problems.extend(code.problems);

    let advisories = request.advisories.as_ref().unwrap_or_else(|| Database::embedded());
    let mut products = advisories.grid(&stock.packages);
    note_published_ports(&mut products, &configs);
    let context = Context { fleet: &configs, os: target.os, advisories, files: &TargetFiles::new(target) };
    let mut findings = judge(&context);
    findings.extend(vulnerable_product::findings(&products));
    findings.extend(code.findings);
    findings.extend(problems.iter().map(unreadable_config::finding));
    let mut ignored = Vec::new();
    request.ignores.apply(&configs, request, &mut findings, &mut ignored);

    let mut held_back = HeldBack::default();
    findings = for_persona(findings, request.persona, &mut held_back);
    findings = request.baseline.only_new(findings, &mut held_back);
    let problems = unreadable_config::remaining(problems, &mut findings);
    sort(&mut findings);
    Report {
        target: request.name.clone(),
        os: target.os,
        configs,
        findings,
        ignored,
        held_back,
        problems,
        products,
        packages: stock.packages,
        sources: code.files,
        probed,
        advisories_date: advisories.date().to_owned(),
        advisories_count: advisories.count(),
    }
}

/// Runs every rule over everything it looks at. Files are judged in parallel; the order is settled by `sort`.
pub fn judge(context: &Context<'_>) -> Vec<Finding> {
    let judged = work::on_each(context.fleet, |config| judge_config(config, context));
    let mut findings: Vec<Finding> = judged.into_iter().flatten().collect();
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
            Hook::Server(check) => subjects.iter().for_each(|subject| check(subject, context, &mut findings)),
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
