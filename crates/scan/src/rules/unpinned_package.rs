//! `unpinned-package`: package without an exact version.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Ecosystem, PackageRef, PackageSource};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "unpinned-package",
    title: "Package without an exact version",
    why: "every start may run code that was published since the last one, by whoever holds the package today",
    details: "Packages that `npx`, `npm exec`, `pnpm dlx`, `yarn dlx`, `bunx`, `uvx`, `uv run --with`, `pipx \
        run`, `deno run`, `dnx`, `go run` and `nix` fetch from a registry without an exact version: no \
        version, a tag such as `latest`, or a range.\n\nMedium; a package that is installed beside the \
        program (`--with`) is low. An exact version of a registry that keeps its releases is not \
        reported. Images are `unpinned-image`, repositories and URLs `foreign-source`. What a lock file \
        or a cache would choose is not looked at.",
    remedy: "name an exact version that was reviewed",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-1357", "CWE-494"],
        csf: &["GV.SC-05", "PR.PS-02"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for package in subject.launch.packages() {
        let is_open = package.source == PackageSource::Registry
            && package.version.is_none()
            && !package.name.is_empty();
        if !is_open || package.ecosystem == Ecosystem::Oci || is_interpreter(package) {
            continue;
        }
        let version = match &package.requirement {
            Some(requirement) => format!("`{requirement}` is no exact version"),
            None => "no version is named".to_owned(),
        };
        findings.push(Finding {
            severity: if package.is_extra { Severity::Low } else { Severity::Medium },
            message: format!("{} fetches `{}`, and {version}", subject.name(), package.name),
            remedy: format!("write `{}` with an exact version that was reviewed", pinned(package)),
            subject: package.name.clone(),
            ..subject.finding(&META, package.span, "any version")
        });
    }
}

/// `uvx python` and `npx node` fetch the interpreter; what it executes is judged elsewhere.
fn is_interpreter(package: &PackageRef) -> bool {
    matches!(package.name.as_str(), "python" | "node" | "bun" | "deno")
}

/// How the ecosystem spells a pin.
fn pinned(package: &PackageRef) -> String {
    match package.ecosystem {
        Ecosystem::Pypi => format!("{}==VERSION", package.name),
        Ecosystem::Go => format!("{}@vVERSION", package.name),
        Ecosystem::Nix => {
            format!("github:OWNER/REPOSITORY/COMMIT#{}", package.name.rsplit('#').next().unwrap_or_default())
        }
        _ => format!("{}@VERSION", package.name),
    }
}
