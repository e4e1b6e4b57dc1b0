#![no_main]
//! Edits every server of an input, with and without its variables, and undoes it. The first byte chooses the format.

mod check;

use std::collections::BTreeSet;

use mantrap_clients::catalog::{Dialect, Evidence, FileSpec, clients};
use mantrap_clients::edit::{Wanted, encode, replace, restore, rewrite};
use mantrap_clients::{Format, Scope, Server, format, lower};

const FORMATS: [Format; 8] = [
    Format::Json,
    Format::Jsonc,
    Format::Json5,
    Format::Toml,
    Format::Yaml,
    Format::Xml,
    Format::FrontMatter,
    Format::Crushrc,
];

/// More would only repeat.
const MOST_SERVERS: usize = 8;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let Some(source) = check::source(data) else {
        return;
    };
    let spec = FileSpec {
        scope: Scope::User,
        linux: Vec::new(),
        macos: Vec::new(),
        windows: Vec::new(),
        project: Vec::new(),
        format: FORMATS[usize::from(*choice) % FORMATS.len()],
        keys: ["/", "/mcpServers", "/s", "/projects/*/mcpServers"].map(String::from).to_vec(),
        dialect: Dialect::Servers,
        evidence: Evidence::Code,
        notes: String::new(),
    };
    let Ok(document) = format::parse(&source, spec.format) else {
        return;
    };
    let (config, ..) = lower::config(source, document, &clients()[0], &spec);
    assert_eq!(encode(&config.source), data, "what is read can be written");
    for (index, server) in config.servers.iter().enumerate().take(MOST_SERVERS) {
        let all: BTreeSet<String> = server.env.iter().map(|entry| entry.name.value.clone()).collect();
        for without in [BTreeSet::new(), all] {
            let args = vec!["run".to_owned(), "name".to_owned()];
            let wanted = Wanted { command: "/bin/mantrap".to_owned(), args, without };
            if let Ok(edited) = rewrite(&config, index, &wanted) {
                let says = &edited.config.servers[index];
                let argv: Vec<&str> = says.argv().iter().map(|word| word.value.as_str()).collect();
                assert_eq!(argv, ["/bin/mantrap", "run", "name"]);
                assert!(says.env.iter().all(|entry| !wanted.without.contains(&entry.name.value)));
                let restored = restore(&edited.config, &edited.undo).expect("what was done can be undone");
                assert_eq!(restored.bytes, data);
                if let Ok(replaced) = replace(&edited.config, index, &config, index) {
                    let argv = |server: &Server| server.argv().into_iter().map(|word| word.value.clone()).collect::<Vec<_>>();
                    assert_eq!(argv(&replaced.servers[index]), argv(server));
                }
            }
        }
    }
});
