#![no_main]
//! Lowers an input with every key of the catalogue and in every dialect. The first byte chooses the format.

mod check;

use mantrap_clients::catalog::{Dialect, Evidence, FileSpec, clients};
use mantrap_clients::{Entry, Format, Scope, Source, Text, format, lower};

const FORMATS: [Format; 9] = [
    Format::Json,
    Format::Jsonc,
    Format::Json5,
    Format::Toml,
    Format::Yaml,
    Format::Xml,
    Format::FrontMatter,
    Format::Crushrc,
    Format::ExtensionJs,
];

const DIALECTS: [Dialect; 7] = [
    Dialect::Servers,
    Dialect::Single,
    Dialect::Registry,
    Dialect::Smithery,
    Dialect::Compose,
    Dialect::DockerCatalogue,
    Dialect::PluginManifest,
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let Some(source) = check::source(data) else {
        return;
    };
    let format = FORMATS[usize::from(*choice) % FORMATS.len()];
    let files = clients().iter().flat_map(|client| &client.files);
    let mut keys: Vec<String> = files.flat_map(|spec| spec.keys.clone()).collect();
    keys.extend(["/", "/projects/*/mcpServers", "/server/mcp_config", "/registry"].map(String::from));
    keys.sort();
    keys.dedup();
    for dialect in DIALECTS {
        let Ok(document) = format::parse(&source, format) else {
            return;
        };
        let spec = FileSpec {
            scope: Scope::User,
            linux: Vec::new(),
            macos: Vec::new(),
            windows: Vec::new(),
            project: Vec::new(),
            format,
            keys: keys.clone(),
            dialect,
            evidence: Evidence::Code,
            notes: String::new(),
        };
        let (config, problems, references) = lower::config(source.clone(), document, &clients()[0], &spec);
        problems.iter().for_each(check::problem);
        for path in references {
            let is_parent = |part| part == std::path::Component::ParentDir;
            assert!(!path.components().any(is_parent));
        }
        config.servers.iter().for_each(|server| places(&source, server));
        mantrap_clients::package::compose::services(&config.tree);
        lower::disabled_names(&config.tree);
    }
});

fn places(source: &Source, server: &mantrap_clients::Server) {
    check::span(source, server.span);
    check::node(source, &server.node);
    let texts = [
        Some(&server.name),
        server.command.as_ref(),
        server.cwd.as_ref(),
        server.inline_code.as_ref(),
        server.project.as_ref(),
        server.declared_transport.as_ref(),
    ];
    let lists = [
        &server.args,
        &server.urls,
        &server.env_files,
        &server.helper_commands,
        &server.auto_approve,
    ];
    let place = |text: &Text| check::span(source, text.span);
    texts.into_iter().flatten().for_each(place);
    lists.into_iter().flatten().for_each(place);
    for Entry { name, value } in server.env.iter().chain(&server.headers) {
        place(name);
        place(value);
    }
}
