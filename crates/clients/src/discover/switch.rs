//! Servers that one file configures and another file of the same client switches off.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::config::{Config, Switch};
use crate::lower;

/// The list that Claude Code keeps of servers of `.mcp.json` files, and of no others.
const PROJECT_FILES_ONLY: &str = "disabledMcpjsonServers";

/// A name that a settings file switches off, and how far that reaches.
struct Order {
    client: &'static str,
    home: Option<String>,
    /// The project whose files it is about; all of them where nothing is said.
    project: Option<PathBuf>,
    is_for_project_files: bool,
    name: String,
}

/// Marks servers that are on in their own file and off in another. They stay listed: one click starts them.
pub(super) fn settle(configs: &mut [Config]) {
    let orders: Vec<Order> = configs.iter().flat_map(orders).collect();
    if orders.is_empty() {
        return;
    }
    let installed: HashSet<&str> = configs
        .iter()
        .filter(|config| !config.scope.is_foreign() && config.confirmed)
        .map(|config| config.client.id.as_str())
        .collect();
    for config in configs.iter_mut() {
        // Another client of this machine that reads the same file does not know about the list.
        if config.also_read_by.iter().any(|other| installed.contains(other.id.as_str())) {
            continue;
        }
        let (client, home, project) = (&config.client.id, &config.home, &config.project);
        let file = config.source.origin.path.file_name().is_some_and(|name| name == ".mcp.json");
        for server in config.servers.iter_mut().filter(|server| server.switch == Switch::On) {
            let is_off = orders.iter().any(|order| {
                let is_same_owner = order.client == client && (order.home == *home || order.home.is_none());
                let is_in_reach = match (&order.project, project) {
                    (Some(ordered), Some(project)) => ordered == project,
                    (Some(_), None) => false,
                    (None, _) => true,
                };
                is_same_owner
                    && is_in_reach
                    && (file || !order.is_for_project_files)
                    && order.name == server.name.value
            });
            if is_off {
                server.switch = Switch::Off;
            }
        }
    }
}

fn orders(config: &Config) -> Vec<Order> {
    let order = |name: &str, project: Option<&Path>, is_for_project_files| Order {
        client: &config.client.id,
        home: config.home.clone(),
        project: project.map(Path::to_path_buf),
        is_for_project_files,
        name: name.to_owned(),
    };
    let for_project_files: HashSet<String> =
        texts(config, &format!("/{PROJECT_FILES_ONLY}")).map(str::to_owned).collect();
    let mut orders: Vec<Order> = lower::disabled_names(&config.tree)
        .iter()
        .map(|text| order(&text.value, config.project.as_deref(), for_project_files.contains(&text.value)))
        .collect();
    // The user's own file has a list for each project.
    for found in config.tree.find("/projects/*") {
        let Some(project) = found.wildcard.map(|member| member.key.as_str()) else { continue };
        for (list, is_for_project_files) in [(PROJECT_FILES_ONLY, true), ("disabledMcpServers", false)] {
            let names = found.node.member(list).map(|member| member.value.items()).unwrap_or_default();
            let names = names.iter().filter_map(|item| item.text());
            orders.extend(names.map(|name| order(name, Some(Path::new(project)), is_for_project_files)));
        }
    }
    orders
}

fn texts<'a>(config: &'a Config, pointer: &str) -> impl Iterator<Item = &'a str> {
    config.tree.pointer(pointer).into_iter().flat_map(|node| node.items()).filter_map(|item| item.text())
}
