//! `shadowed-name`: one name, two servers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mantrap_clients::{Config, Scope, Server, Switch};

use super::{Context, Hook, Mappings, Meta, Rule, finding};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Fleet(check) };

static META: Meta = Meta {
    id: "shadowed-name",
    title: "One name, two servers",
    why: "which of the two runs depends on where you stand, and the one you reviewed may not be it",
    details: "Servers of one name that start different things, in files that the same client reads (its user file and a repository's, for instance): the message says which one the client takes where that is documented. Medium where a file of somebody else's making takes the place of your own. The same name in two different clients, and names that differ only in case, are low and for pedantic readers.",
    remedy: "rename one of them, or make both entries the same",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP09"],
        owasp_agentic: &["ASI04", "ASI09"],
        aisvs: &["10.1.2"],
        cwe: &["CWE-694"],
        csf: &["ID.AM", "PR.PS"],
    },
};

/// Names that occur more often than this are listed no further.
const MOST: usize = 8;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut by_name: BTreeMap<String, Vec<(&Config, &Server)>> = BTreeMap::new();
    for config in context.fleet.iter().filter(|config| config.scope != Scope::Package) {
        for server in config
            .servers
            .iter()
            .filter(|server| server.switch == Switch::On && !server.name.value.is_empty())
        {
            by_name.entry(server.name.value.to_lowercase()).or_default().push((config, server));
        }
    }
    for group in by_name.values().filter(|group| group.len() > 1) {
        for (at, &(config, server)) in group.iter().enumerate().take(MOST) {
            // Each is held against the first one before it that starts something else: one finding an entry.
            let earlier = group.iter().take(at).filter(|other| meet(**other, (config, server)));
            let same_client = |other: &&&(&Config, &Server)| other.0.client.id == config.client.id;
            let differs = |other: &&&(&Config, &Server)| content(other.1) != content(server);
            let others: Vec<&(&Config, &Server)> = earlier.collect();
            let rival =
                others.iter().filter(differs).find(same_client).or_else(|| others.iter().find(differs));
            if let Some(&&(other, rival)) = rival {
                findings.push(report((config, server), (other, rival)));
            }
        }
    }
}

/// Whether one person can have both in effect: not two projects, not two accounts, and not one map (where
/// `duplicate-key` speaks).
fn meet(left: (&Config, &Server), right: (&Config, &Server)) -> bool {
    let (here, there) = (project(left), project(right));
    let one_project = here.is_none() || there.is_none() || here == there;
    let one_account = left.0.home == right.0.home || left.0.home.is_none() || right.0.home.is_none();
    let one_map =
        left.0.origin() == right.0.origin() && here == there && left.1.name.value == right.1.name.value;
    one_project && one_account && !one_map
}

/// The project that an entry belongs to: its file's, or the one it stands under in a file of many projects.
fn project(entry: (&Config, &Server)) -> Option<PathBuf> {
    let (config, server) = entry;
    let members = config.tree.member("projects").map_or(&[][..], |projects| projects.value.members());
    let under = members.iter().find(|member| {
        member.value.span.start <= server.span.start && server.span.end <= member.value.span.end
    });
    under.map(|member| PathBuf::from(&member.key)).or_else(|| config.project.clone())
}

fn report(here: (&Config, &Server), there: (&Config, &Server)) -> Finding {
    let is_one_client = here.0.client.id == there.0.client.id;
    let is_case = here.1.name.value != there.1.name.value;
    let is_foreign = here.0.scope.is_foreign() != there.0.scope.is_foreign();
    let ((config, server), (other, rival)) = match winner(here, there) {
        Some(Winner::Right) => (there, here),
        _ => (here, there),
    };
    let (severity, confidence, persona) = match (is_one_client, is_case, is_foreign) {
        (true, false, true) => (Severity::Medium, Confidence::High, Persona::Regular),
        (true, false, false) => (Severity::Low, Confidence::High, Persona::Pedantic),
        _ => (Severity::Low, Confidence::Medium, Persona::Pedantic),
    };
    let takes = if is_one_client && winner((config, server), (other, rival)).is_some() {
        "takes the place of"
    } else {
        "has the name of"
    };
    let spelled = if is_case { format!(" (there `{}`)", rival.name.value) } else { String::new() };
    let mut finding =
        finding(&META, config, server, Location::at(&config.source, server.name.span, "this one"));
    finding.locations.push(Location::at(&other.source, rival.name.span, "and that one"));
    Finding {
        severity,
        confidence,
        persona,
        message: format!(
            "`{}` of {} ({}) {takes} another server of {} ({}){spelled}",
            server.name.value,
            config.client.name,
            scope_word((config, server)),
            other.client.name,
            scope_word((other, rival)),
        ),
        subject: format!("{}/{}", other.client.id, scope_word((other, rival))),
        ..finding
    }
}

/// Which of two files of one client counts.
enum Winner {
    Left,
    Right,
}

/// The documented order of the clients that have one: the narrower scope wins, the administrator above all.
fn winner(left: (&Config, &Server), right: (&Config, &Server)) -> Option<Winner> {
    if left.0.client.id != right.0.client.id {
        return None;
    }
    let rank = |entry: (&Config, &Server)| match entry.0.scope {
        Scope::Managed => Some(5),
        // A project's own entries in the user's file come before the project's file.
        Scope::User if project(entry).is_some() => Some(4),
        Scope::Project | Scope::Workspace => Some(3),
        Scope::Profile => Some(2),
        Scope::User => Some(1),
        Scope::Plugin => Some(0),
        Scope::Extension | Scope::Package => None,
    };
    match (rank(left)?, rank(right)?) {
        (left, right) if left > right => Some(Winner::Left),
        (left, right) if left < right => Some(Winner::Right),
        _ => None,
    }
}

fn scope_word(entry: (&Config, &Server)) -> &'static str {
    match entry.0.scope {
        Scope::User if project(entry).is_some() => "one project",
        Scope::User => "user",
        Scope::Profile => "profile",
        Scope::Project => "project",
        Scope::Workspace => "workspace",
        Scope::Plugin => "plugin",
        Scope::Extension => "extension",
        Scope::Managed => "managed",
        Scope::Package => "package",
    }
}

/// What makes two entries the same: what they start or reach, not how they are written.
fn content(server: &Server) -> (Vec<&str>, Vec<String>, Vec<(&str, &str)>) {
    let argv = server.argv().into_iter().map(|word| word.value.as_str()).collect();
    let urls = server.urls.iter().map(|url| url.value.trim_end_matches('/').to_ascii_lowercase()).collect();
    let mut env: Vec<(&str, &str)> = server.env.iter().map(|entry| (entry.name.value.as_str(), "")).collect();
    env.sort_unstable();
    (argv, urls, env)
}
