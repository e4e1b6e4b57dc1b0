#![no_main]
//! Lowers an input as every family of files that the catalogue knows. The first byte chooses the family.

mod check;

use mantrap_clients::catalog::{Client, Dialect, FileSpec, clients};
use mantrap_clients::{Entry, Format, Source, Text, format, lower};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let specs: Vec<(&'static Client, &'static FileSpec)> = clients()
        .iter()
        .flat_map(|client| client.files.iter().map(move |spec| (client, spec)))
        .filter(|(_, spec)| spec.format != Format::Bundle)
        .collect();
    let (client, spec) = specs[usize::from(*choice) % specs.len()];
    let Some(source) = check::source(data) else { return };
    // Every dialect, because the catalogue's own choice of keys fits only one.
    for dialect in [
        spec.dialect,
        Dialect::Servers,
        Dialect::Single,
        Dialect::Registry,
        Dialect::Smithery,
        Dialect::Compose,
        Dialect::DockerCatalogue,
        Dialect::PluginManifest,
    ] {
        let Ok(document) = format::parse(&source, spec.format) else {
            return;
        };
        let spec = FileSpec {
            scope: spec.scope,
            linux: Vec::new(),
            macos: Vec::new(),
            windows: Vec::new(),
            project: Vec::new(),
            format: spec.format,
            keys: spec.keys.clone(),
            dialect,
            evidence: spec.evidence,
            notes: String::new(),
        };
        let (config, problems, references) = lower::config(source.clone(), document, client, &spec);
        problems.iter().for_each(check::problem);
        for path in references {
            assert!(
                !path
                    .components()
                    .any(|part| part == std::path::Component::ParentDir)
            );
        }
        for server in &config.servers {
            check::span(&source, server.span);
            check::node(&source, &server.node);
            let texts = [
                Some(&server.name),
                server.command.as_ref(),
                server.cwd.as_ref(),
                server.inline_code.as_ref(),
            ];
            let lists = [
                &server.args,
                &server.urls,
                &server.env_files,
                &server.helper_commands,
                &server.auto_approve,
            ];
            texts.into_iter().flatten().for_each(|text| place(&source, text));
            lists.into_iter().flatten().for_each(|text| place(&source, text));
            server
                .env
                .iter()
                .chain(&server.headers)
                .for_each(|entry| entry_places(&source, entry));
        }
        mantrap_clients::package::compose::services(&config.tree);
        lower::disabled_names(&config.tree);
    }
});

fn place(source: &Source, text: &Text) {
    check::span(source, text.span);
}

fn entry_places(source: &Source, entry: &Entry) {
    place(source, &entry.name);
    place(source, &entry.value);
}
