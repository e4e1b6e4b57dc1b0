//! Published software, unchanged: what is known to be vulnerable is found on its real way and its fix is graded; SDKs and
//! servers raise no false alarm. `scripts/sources` fetches it; nothing of it is run.
//!
//! `cargo test -p mantrap-code --test real -- --ignored`: it needs the registries, and reads two million lines.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and fetches what it reads"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mantrap_code::knowledge::Origin;
use mantrap_code::lower::Language;
use mantrap_code::{Access, Analysis, Flow, Grade, Input, Position, analyse};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources() -> &'static Path {
    static FETCHED: OnceLock<PathBuf> = OnceLock::new();
    FETCHED.get_or_init(|| {
        let status = Command::new("python3").arg(top().join("scripts/sources")).status().unwrap();
        assert!(status.success(), "scripts/sources cannot fetch");
        top().join(".tools/sources")
    })
}

fn inputs(folder: &Path, top: &Path, found: &mut Vec<Input>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            inputs(&path, top, found);
        } else if path.to_str().is_some_and(Language::wants) {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let relative = path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Input { path: relative, text });
        }
    }
}

fn analysed(folder: &Path) -> (Analysis, usize) {
    let mut found = Vec::new();
    inputs(folder, folder, &mut found);
    assert!(!found.is_empty(), "{} holds no source code", folder.display());
    let lines = found.iter().map(|input| input.text.lines().count()).sum();
    (analyse(found), lines)
}

fn published(name: &str) -> Analysis {
    analysed(&sources().join(name)).0
}

/// Launches that somebody else than the operator decides.
fn alarms(analysis: &Analysis) -> Vec<&Flow> {
    analysis.flows.iter().filter(|flow| flow.origin > Origin::Operator).collect()
}

/// The flow whose launch is in `file`.
fn flow<'a>(analysis: &'a Analysis, file: &str) -> &'a Flow {
    let found = alarms(analysis).into_iter().find(|flow| flow.at.path.ends_with(file));
    assert!(found.is_some(), "no launch in {file} is reported");
    found.unwrap()
}

/// Whether the way passes these files in this order.
fn passes(flow: &Flow, files: &[&str]) -> bool {
    let mut left = files.iter().peekable();
    for step in &flow.steps {
        while left.next_if(|file| step.path.ends_with(**file)).is_some() {}
    }
    left.peek().is_none()
}

#[test]
#[ignore = "fetches published packages"]
fn litellm_starts_what_a_request_says_and_its_fix_only_names() {
    let way = [
        "proxy/_experimental/mcp_server/rest_endpoints.py",
        "proxy/_experimental/mcp_server/mcp_server_manager.py",
        "experimental_mcp_client/client.py",
    ];
    let vulnerable = published("pypi-litellm-1.83.0");
    let found = flow(&vulnerable, "experimental_mcp_client/client.py");
    assert_eq!((found.origin, found.guard), (Origin::Network, Grade::None));
    assert!(found.positions.contains(&Position::Command) && found.access < Access::Role);
    assert!(passes(found, &way), "{:#?}", found.steps);
    let fixed = published("pypi-litellm-1.83.14");
    let left = flow(&fixed, "experimental_mcp_client/client.py");
    assert_eq!((left.guard, left.access), (Grade::NameList, Access::Role));
    assert!(left.bypass.is_some() && !left.guards.is_empty());
}

#[test]
#[ignore = "fetches published packages"]
fn flowise_starts_what_a_flow_says_and_its_fix_leaves_lists_of_the_operator() {
    let vulnerable = published("npm-flowise-components-3.0.13");
    let found = flow(&vulnerable, "nodes/tools/MCP/core.js");
    assert_eq!(found.origin, Origin::Account);
    assert!((Grade::Metacharacters..Grade::OperatorLists).contains(&found.guard), "{:?}", found.guard);
    assert_eq!(found.bypass.as_deref(), Some("npx -c COMMAND"));
    assert!(passes(found, &["CustomMCP/CustomMCP.js", "MCP/core.js"]), "{:#?}", found.steps);
    let fixed = published("npm-flowise-components-3.1.4");
    assert_eq!(flow(&fixed, "nodes/tools/MCP/core.js").guard, Grade::OperatorLists);
}

#[test]
#[ignore = "fetches published packages"]
fn langflow_hands_a_flow_to_a_shell_and_its_fix_refuses_some() {
    let vulnerable = published("pypi-lfx-0.4.5");
    let found = alarms(&vulnerable);
    let shell = found.iter().find(|flow| flow.program.as_deref() == Some("bash")).unwrap();
    assert_eq!((shell.origin, shell.guard), (Origin::Account, Grade::None));
    assert!(shell.at.path.ends_with("lfx/base/mcp/util.py") && shell.positions.contains(&Position::Args));
    let fixed = published("pypi-lfx-1.13.0");
    let left = flow(&fixed, "lfx/base/mcp/util.py");
    assert!((Grade::FlagDenyList..Grade::OperatorLists).contains(&left.guard), "{:?}", left.guard);
    assert!(left.bypass.is_some());
}

/// Every alarm on what is not known to be vulnerable is in the table, judged by hand.
#[test]
#[ignore = "fetches published packages"]
fn every_alarm_on_sdks_and_servers_is_judged() {
    const PRODUCTS: [&str; 3] = ["litellm", "flowise", "lfx"];
    let table = std::fs::read_to_string(top().join("docs/code-false-positives.md")).unwrap();
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(sources()).unwrap().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let (mut read, mut lines, mut unjudged) = (0, 0, Vec::new());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if PRODUCTS.iter().any(|product| name.contains(product)) {
            continue;
        }
        let (analysis, here) = analysed(&folder);
        (read, lines) = (read + 1, lines + here);
        assert!(table.contains(&format!("| {} |", name.replace('+', "/"))), "{name} is not in the table");
        for flow in alarms(&analysis) {
            if !table.contains(&format!("`{}`", flow.at.path)) {
                unjudged.push(format!("{name}: {} {:?} {:?}", flow.at.path, flow.origin, flow.guard));
            }
        }
    }
    assert!(read >= 19 && lines > 250_000, "{read} packages, {lines} lines");
    assert!(unjudged.is_empty(), "{unjudged:#?}");
}
