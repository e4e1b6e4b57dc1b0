//! `server.json` of the official MCP registry: packages to run and remotes to connect to.
//!
//! Source: the registry's `server.schema.json`, in its camelCase and its earlier snake_case spelling.

use crate::config::{Entry, Server, Switch, Text, Transport};
use crate::lower::server::{server, shared, text, transport};
use crate::tree::Node;

/// One server per package and per remote.
///
/// A package's argv is its runtime hint (or the launcher of its registry type), the runtime arguments, the
/// package, the package arguments. The package is composed (`name@version`), so its span is that of the
/// identifier; a launcher that is not written down has the span of the registry type.
pub fn servers(root: &Node) -> impl Iterator<Item = Server> {
    // The registry's API wraps the document.
    let root = root.member("server").map_or(root, |member| &member.value);
    let name = root.member("name").and_then(|member| text(&member.value));
    let name = name.as_ref().map(shared);
    let packages = root.pointer("/packages/*");
    let remotes = root.pointer("/remotes/*");
    let nodes = packages.into_iter().map(|node| (node, true));
    let nodes = nodes.chain(remotes.into_iter().map(|node| (node, false)));
    nodes.filter_map(move |(node, is_package)| {
        let name = name.clone().unwrap_or_else(|| Text::new("", node.span));
        match is_package {
            true => package(name, node),
            false => server(name, node, node.span).filter(|server| !server.urls.is_empty()),
        }
    })
}

fn package(name: Text, node: &Node) -> Option<Server> {
    let field = |keys: [&str; 2]| {
        let member = keys.iter().find_map(|key| node.member(key))?;
        text(&member.value)
    };
    let identifier = field(["identifier", "name"])?;
    let kind = field(["registryType", "registry_type"]).or_else(|| field(["registry_name", "registryName"]));
    let version = field(["version", "version"]).map(|version| version.value);
    let launcher = |kind: &Text| {
        let (launcher, separator) = match kind.value.as_str() {
            "npm" => ("npx", "@"),
            "pypi" => ("uvx", "=="),
            "oci" | "docker" => ("docker", ":"),
            "nuget" => ("dnx", "@"),
            _ => return None,
        };
        Some((Text::new(launcher, kind.span), separator))
    };
    let default = kind.as_ref().and_then(launcher);
    let separator = default.as_ref().map_or("@", |(_, separator)| separator);
    let composed = match version.filter(|version| !version.is_empty()) {
        // An image may carry its tag or digest in the identifier already.
        Some(version) if !identifier.value.ends_with(&version) => {
            Text::new(format!("{}{separator}{version}", identifier.value), identifier.span)
        }
        _ => identifier,
    };
    let mut args = arguments(node, ["runtimeArguments", "runtime_arguments"]);
    args.push(composed);
    args.extend(arguments(node, ["packageArguments", "package_arguments"]));
    let (declared_transport, urls) = transport_of(node);
    let command = field(["runtimeHint", "runtime_hint"]).or(default.map(|(launcher, _)| launcher));
    if command.is_none() && kind.is_none() {
        // Some other program's `server.json`.
        return None;
    }
    Some(Server {
        transport: match &declared_transport {
            Some(declared) => transport(Some(declared), command.is_some(), &urls),
            None => Transport::Stdio,
        },
        declared_transport,
        command,
        args,
        env: variables(node),
        env_files: Vec::new(),
        cwd: None,
        urls,
        headers: Vec::new(),
        helper_commands: Vec::new(),
        inline_code: None,
        switch: Switch::On,
        project: None,
        auto_approve: Vec::new(),
        node: node.clone(),
        span: node.span,
        name,
    })
}

fn transport_of(node: &Node) -> (Option<Text>, Vec<Text>) {
    let at = |pointer: &str| node.pointer(pointer).into_iter().filter_map(text).collect::<Vec<_>>();
    (at("/transport/type").into_iter().next(), at("/transport/url"))
}

/// `{type: positional, value}` is one argument, `{type: named, name, value}` two.
fn arguments(node: &Node, keys: [&str; 2]) -> Vec<Text> {
    let lists = keys.iter().filter_map(|key| node.member(key));
    let items = lists.flat_map(|member| member.value.items());
    let field = |item: &Node, keys: &[&str]| {
        let member = keys.iter().find_map(|key| item.member(key))?;
        text(&member.value)
    };
    items
        .flat_map(|item| match text(item) {
            Some(plain) => vec![plain],
            None => {
                let is_positional =
                    item.member("type").and_then(|member| member.value.text()) == Some("positional");
                let name = field(item, &["name"]).filter(|_| !is_positional);
                let value = field(item, &["value", "default", "valueHint", "value_hint"]);
                name.into_iter().chain(value).collect()
            }
        })
        .collect()
}

fn variables(node: &Node) -> Vec<Entry> {
    let lists = ["environmentVariables", "environment_variables"];
    let items = lists.iter().filter_map(|key| node.member(key)).flat_map(|member| member.value.items());
    items
        .filter_map(|item| {
            let name = text(&item.member("name")?.value)?;
            let value = ["value", "default"].iter().find_map(|key| item.member(key));
            Some(Entry {
                value: value
                    .and_then(|member| text(&member.value))
                    .unwrap_or_else(|| Text::new("", name.span)),
                name,
            })
        })
        .collect()
}
