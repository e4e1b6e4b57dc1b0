use super::*;
use crate::catalog::clients;
use crate::config::{Scope, Transport};
use crate::format::parse;
use crate::source::Origin;

fn spec(format: Format, dialect: Dialect, keys: &[&str]) -> FileSpec {
    FileSpec {
        scope: Scope::User,
        linux: Vec::new(),
        macos: Vec::new(),
        windows: Vec::new(),
        project: Vec::new(),
        format,
        keys: keys.iter().map(ToString::to_string).collect(),
        dialect,
        evidence: Evidence::Code,
        notes: String::new(),
    }
}

fn lowered(path: &str, text: &str, spec: &FileSpec) -> (Config, Vec<Problem>, Vec<PathBuf>) {
    let source = Source::decode(Origin::file(path), text.as_bytes().to_vec()).unwrap();
    let document = parse(&source, spec.format).unwrap();
    config(source, document, &clients()[0], spec)
}

fn json(text: &str, keys: &[&str]) -> Config {
    lowered("/p/x.json", text, &spec(Format::Jsonc, Dialect::Servers, keys)).0
}

fn names(config: &Config) -> Vec<&str> {
    config.servers.iter().map(|server| server.name.value.as_str()).collect()
}

#[test]
fn an_array_command_carries_its_arguments() {
    let config = json(
        r#"{"mcp": {"a": {"type": "local", "command": ["npx", "-y", "x"], "environment": {"K": "v"}}}}"#,
        &["/mcp"],
    );
    let server = &config.servers[0];
    let argv: Vec<_> = server.argv().iter().map(|text| text.value.as_str()).collect();
    assert_eq!(argv, ["npx", "-y", "x"]);
    assert_eq!((server.transport, server.env.len()), (Transport::Stdio, 1));
}

#[test]
fn two_layouts_in_one_file_are_both_read() {
    let text = r#"{"mcp": {"timeout": 5, "one": {"command": ["x"]}, "servers": {"two": {"url": "https://x"}, "off": {"enabled": false}}}}"#;
    let config = json(text, &["/mcp", "/mcp/servers"]);
    assert_eq!(names(&config), ["one", "two", "off"]);
    assert_eq!(config.servers[2].switch, Switch::Off);
    assert_eq!(config.servers[2].transport, Transport::Unknown);
    assert!(config.irregularities.is_empty());
}

#[test]
fn a_server_may_be_called_servers() {
    let config = json(r#"{"mcp": {"servers": {"command": "x"}}}"#, &["/mcp", "/mcp/servers"]);
    assert!(names(&config).contains(&"servers"));
}

#[test]
fn projects_keep_their_names_and_their_disabled_lists() {
    let text = r#"{"mcpServers": {"a": {"command": "x"}}, "projects": {
        "/one": {"mcpServers": {"a": {"command": "y"}, "b": {"command": "z"}}, "disabledMcpServers": ["a"]},
        "/two": {"mcpServers": {"a": {"command": "w"}}}}}"#;
    let config = json(text, &["/mcpServers", "/projects/*/mcpServers"]);
    let seen: Vec<_> = config
        .servers
        .iter()
        .map(|server| (server.project.as_ref().map(|text| text.value.as_str()), server.switch))
        .collect();
    assert_eq!(
        seen,
        [
            (None, Switch::On),
            (Some("/one"), Switch::Off),
            (Some("/one"), Switch::On),
            (Some("/two"), Switch::On)
        ]
    );
}

#[test]
fn a_second_wrapper_of_the_same_name_hides_nothing() {
    let config = json(
        r#"{"mcpServers": {"a": {"command": "evil"}}, "mcpServers": {"b": {"command": "good"}}}"#,
        &["/mcpServers"],
    );
    assert_eq!(names(&config), ["a", "b"]);
    assert_eq!(config.irregularities[0].kind, IrregularityKind::DuplicateKey);
}

#[test]
fn built_in_extensions_are_no_servers_unless_they_start_something() {
    let text = r#"{"extensions": {
        "developer": {"bundled": true, "type": "builtin", "enabled": true},
        "own": {"type": "platform", "name": "own"},
        "disguised": {"bundled": true, "type": "builtin", "cmd": "sh"},
        "code": {"type": "inline_python", "code": "print(1)"}}}"#;
    let config = json(text, &["/extensions"]);
    assert_eq!(names(&config), ["disguised", "code"]);
    assert_eq!(config.servers[1].inline_code.as_ref().unwrap().value, "print(1)");
}

#[test]
fn nested_commands_and_transports_are_parts_of_the_entry() {
    let text = r#"{"s": [
        {"name": "zed", "command": {"path": "node", "args": ["a"], "env": {"K": "v"}}},
        {"name": "continue", "transport": {"type": "stdio", "command": "npx", "args": ["b"]}}]}"#;
    let config = json(text, &["/s"]);
    let commands: Vec<_> = config
        .servers
        .iter()
        .map(|server| (server.command.as_ref().unwrap().value.as_str(), server.args.len(), server.env.len()))
        .collect();
    assert_eq!(commands, [("node", 1, 1), ("npx", 1, 0)]);
    assert_eq!(config.servers[1].transport, Transport::Stdio);
}

#[test]
fn a_stray_file_without_servers_is_no_config() {
    for text in [r#"{"name": "x", "version": "1"}"#, r#"{"a": {"command": {"b": 1}}}"#, "[]", "null", "{}"] {
        assert!(json(text, &["/"]).servers.is_empty(), "{text}");
    }
    let wrapped = r#"{"mcpServers": {"command": {"command": "x"}}}"#;
    assert_eq!(names(&json(wrapped, &["/mcpServers", "/"])), ["command"]);
    assert_eq!(
        names(&json(r#"{"$schema": "x", "a": {"command": "x"}, "b": {"url": "y"}}"#, &["/mcpServers", "/"])),
        ["a", "b"]
    );
}

#[test]
fn agent_lists_hold_references_and_maps_of_servers() {
    let text = "---\nmcpServers:\n  - github\n  - playwright:\n      type: stdio\n      command: npx\n---\n";
    let spec = spec(Format::FrontMatter, Dialect::Servers, &["/mcpServers", "/mcp-servers"]);
    let (config, problems, references) = lowered("/p/a.md", text, &spec);
    assert_eq!(names(&config), ["playwright"]);
    assert!(problems.is_empty() && references.is_empty() && config.irregularities.is_empty());
}

#[test]
fn a_plugin_names_the_file_with_its_servers() {
    let spec = spec(Format::Json, Dialect::Servers, &["/mcpServers"]);
    let (_, problems, references) = lowered(
        "/p/.claude-plugin/plugin.json",
        r#"{"mcpServers": ["./a.json", "./b.json", "../../c.json"]}"#,
        &spec,
    );
    assert_eq!(references, [PathBuf::from("/p/a.json"), PathBuf::from("/p/b.json")]);
    assert_eq!(problems[0].kind, ProblemKind::Link);
}

#[test]
fn a_plugin_list_names_the_folders_that_are_live() {
    let list = spec(Format::Json, Dialect::PluginManifest, &["/"]);
    let (_, _, references) =
        lowered("/rpm/manifest.json", r#"{"plugins": [{"id": "plugin_1"}, {"path": "two"}]}"#, &list);
    assert!(references.contains(&PathBuf::from("/rpm/plugin_1/.mcp.json")));
    assert!(references.contains(&PathBuf::from("/rpm/two/.claude-plugin/plugin.json")));
    let record =
        r#"{"version": 2, "plugins": {"a@b": [{"installPath": "/home/u/.claude/plugins/cache/a"}]}}"#;
    let (_, _, references) = lowered("/h/installed_plugins.json", record, &list);
    assert!(references.contains(&PathBuf::from("/home/u/.claude/plugins/cache/a/.mcp.json")));
}

#[test]
fn a_bundle_has_a_server_per_system() {
    let text = r#"{"name": "b", "server": {"type": "node", "entry_point": "s.js", "mcp_config": {
        "command": "node", "args": ["${__dirname}/s.js"], "env": {"A": "1"},
        "platform_overrides": {"win32": {"command": "node.exe", "env": {"B": "2"}}}}}}"#;
    let single = spec(Format::Json, Dialect::Single, &["/server/mcp_config"]);
    let (config, ..) = lowered("/p/manifest.json", text, &single);
    assert_eq!(names(&config), ["b", "b"]);
    let command = |at: usize| config.servers[at].command.as_ref().unwrap().value.as_str();
    assert_eq!((command(0), command(1)), ("node", "node.exe"));
    assert_eq!((config.servers[1].args.len(), config.servers[1].env.len()), (1, 2));
    let bare = r#"{"name": "b", "server": {"type": "node", "entry_point": "s.js"}}"#;
    let (config, ..) = lowered("/p/manifest.json", bare, &single);
    assert_eq!(config.servers[0].transport, Transport::Stdio);
}

#[test]
fn a_registry_entry_has_a_server_per_package_and_remote() {
    let text = r#"{"name": "io.github.x/y", "packages": [
        {"registryType": "npm", "identifier": "@x/y", "version": "1.2.3", "transport": {"type": "stdio"},
         "runtimeArguments": [{"type": "positional", "value": "-y"}],
         "packageArguments": [{"type": "named", "name": "--port", "value": "1"}, {"type": "positional", "valueHint": "dir"}],
         "environmentVariables": [{"name": "KEY", "isSecret": true}]},
        {"registry_type": "oci", "identifier": "x/y:1.0", "version": "1.0", "runtime_hint": "podman"}],
        "remotes": [{"type": "streamable-http", "url": "https://example.com/mcp", "headers": [{"name": "A", "value": "b"}]}]}"#;
    let (config, ..) = lowered("/p/server.json", text, &spec(Format::Json, Dialect::Registry, &["/"]));
    let argv =
        |at: usize| config.servers[at].argv().iter().map(|text| text.value.as_str()).collect::<Vec<_>>();
    assert_eq!(argv(0), ["npx", "-y", "@x/y@1.2.3", "--port", "1", "dir"]);
    assert_eq!(argv(1), ["podman", "x/y:1.0"]);
    assert_eq!(config.servers[0].env[0].name.value, "KEY");
    assert_eq!(config.servers[2].transport, Transport::Http);
    assert_eq!(config.servers[2].headers[0].value.value, "b");
}

#[test]
fn a_smithery_command_is_computed() {
    let text = "startCommand:\n  type: stdio\n  configSchema: {}\n  commandFunction: |-\n    (config) => ({command: 'node'})\n  exampleConfig: {a: b}\n";
    let (config, problems, _) =
        lowered("/p/smithery.yaml", text, &spec(Format::Yaml, Dialect::Smithery, &["/startCommand"]));
    assert_eq!(config.servers.len(), 1);
    assert_eq!(config.servers[0].transport, Transport::Stdio);
    assert_eq!(problems[0].kind, ProblemKind::Dynamic);
}

#[test]
fn a_docker_catalogue_holds_images() {
    let text = "registry:\n  fetch:\n    type: server\n    image: mcp/fetch@sha256:abc\n    command: [--stdio]\n    env: [{name: A, value: b}]\n  web:\n    remote: {url: 'https://example.com/mcp', transport_type: sse}\n  on: {ref: ''}\n";
    let (config, ..) =
        lowered("/p/registry.yaml", text, &spec(Format::Yaml, Dialect::DockerCatalogue, &["/registry"]));
    let seen: Vec<_> = config
        .servers
        .iter()
        .map(|server| {
            (server.name.value.as_str(), server.transport, server.command.is_some(), server.args.len())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("fetch", Transport::Stdio, false, 1),
            ("web", Transport::Sse, false, 0),
            ("on", Transport::Unknown, false, 0)
        ]
    );
}

#[test]
fn a_fastmcp_project_is_a_server() {
    let text = r#"{"source": {"path": "server.py", "entrypoint": "mcp"}, "deployment": {"transport": "http", "env": {"A": "b"}}}"#;
    let (config, ..) =
        lowered("/p/fastmcp.json", text, &spec(Format::Json, Dialect::Servers, &["/mcpServers"]));
    assert_eq!(names(&config), ["server.py"]);
    assert_eq!((config.servers[0].transport, config.servers[0].env.len()), (Transport::Http, 1));
}

#[test]
fn xml_entries_are_known_by_their_looks() {
    let text = "<application><component name='x'><option name='servers'><map><entry key='a'><value><Server><option name='command' value='npx'/></Server></value></entry></map></option></component></application>";
    let (config, ..) = lowered("/p/llm.mcpServers.xml", text, &spec(Format::Xml, Dialect::Servers, &[]));
    assert_eq!(config.servers.len(), 1);
    assert_eq!(config.servers[0].command.as_ref().unwrap().value, "npx");
}

#[test]
fn scripts_and_extensions_need_no_keys() {
    let (config, problems, _) = lowered(
        "/p/crushrc",
        "mcp add a --type stdio -- npx x\nmcp add b --url \"$U\"\n",
        &spec(Format::Crushrc, Dialect::Servers, &[]),
    );
    assert_eq!(names(&config), ["a", "b"]);
    assert_eq!(problems[0].kind, ProblemKind::Dynamic);
    let script = "new vscode.McpStdioServerDefinition('a', cmd, ['x'])";
    let (config, problems, _) =
        lowered("/p/extension.js", script, &spec(Format::ExtensionJs, Dialect::Servers, &[]));
    assert_eq!((names(&config), config.servers[0].transport), (vec!["a"], Transport::Stdio));
    assert_eq!(problems.len(), 1);
}

#[test]
fn names_switched_off_for_other_files_are_listed() {
    let text = r#"{"disabledMcpjsonServers": ["a"], "mcp": {"excluded": ["b"]}}"#;
    let config = json(text, &[]);
    let names: Vec<_> = disabled_names(&config.tree).into_iter().map(|text| text.value).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_wrong_shape_is_recorded_and_hides_no_neighbour() {
    let config = json(r#"{"mcpServers": {"a": "sh", "b": {"command": "x"}, "c": ["y"]}}"#, &["/mcpServers"]);
    assert_eq!(names(&config), ["b"]);
    assert_eq!(config.irregularities.len(), 2);
    assert_eq!(json(r#"{"mcpServers": 5}"#, &["/mcpServers"]).irregularities.len(), 1);
}

#[test]
fn more_servers_than_anyone_has_are_cut() {
    let entries: Vec<String> =
        (0..=MAX_SERVERS).map(|number| format!("\"{number}\":{{\"url\":\"x\"}}")).collect();
    let text = format!("{{\"mcpServers\": {{{}}}}}", entries.join(","));
    let (config, problems, _) =
        lowered("/p/x.json", &text, &spec(Format::Json, Dialect::Servers, &["/mcpServers"]));
    assert_eq!(config.servers.len(), MAX_SERVERS);
    assert_eq!(problems[0].kind, ProblemKind::Cut);
}

#[test]
fn a_name_that_many_servers_share_does_not_multiply() {
    let long = "n".repeat(1_000_000);
    let packages = vec!["{\"registryType\": \"npm\", \"identifier\": \"x\"}"; 5000].join(",");
    let text = format!("{{\"name\": \"{long}\", \"packages\": [{packages}]}}");
    let (config, ..) = lowered("/p/server.json", &text, &spec(Format::Json, Dialect::Registry, &["/"]));
    assert_eq!(config.servers.len(), 5000);
    assert!(config.servers.iter().all(|server| server.name.value.len() <= 1024));
    let servers = vec!["\"a\": {\"url\": \"x\"}"; 5000].join(",");
    let text = format!("{{\"projects\": {{\"{long}\": {{\"mcpServers\": {{{servers}}}}}}}}}");
    let config = json(&text, &["/projects/*/mcpServers"]);
    assert!(config.servers.iter().all(|server| server.project.as_ref().unwrap().value.len() <= 1024));
}

#[test]
fn other_programs_files_of_the_same_name_hold_no_servers() {
    let (config, ..) = lowered(
        "/p/server.json",
        r#"{"name": "x", "packages": [{"name": "y"}], "remotes": [{"host": "z"}]}"#,
        &spec(Format::Json, Dialect::Registry, &["/"]),
    );
    assert!(config.servers.is_empty());
}

#[test]
fn an_archive_needs_no_keys() {
    let text = r#"{"name": "b", "server": {"mcp_config": {"command": "node"}}}"#;
    for dialect in [Dialect::Servers, Dialect::Single] {
        let source = Source::decode(Origin::file("/p/b.mcpb"), text.into()).unwrap();
        let document = parse(&source, Format::Json).unwrap();
        let (config, ..) = config(source, document, &clients()[0], &spec(Format::Bundle, dialect, &[]));
        assert_eq!(names(&config), ["b"]);
    }
}

#[test]
fn comments_in_a_server_map_are_no_mistakes() {
    let config = json(
        r#"{"mcpServers": {"_comment": "x", "//": "y", "$schema": "z", "a": {"command": "x"}}}"#,
        &["/mcpServers"],
    );
    assert_eq!(names(&config), ["a"]);
    assert!(config.irregularities.is_empty());
}
