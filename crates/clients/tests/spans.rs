//! A property of every format: a lowered text that the file writes without escapes is in the file where its span
//! says, and is what was written.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here is a failing test"
)]

use mantrap_clients::catalog::{Dialect, Evidence, FileSpec, clients};
use mantrap_clients::format::parse;
use mantrap_clients::{Config, Format, Origin, Scope, Source, Text, lower};

/// A small generator with a fixed seed, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// A text that no format needs to escape.
    fn text(&mut self) -> String {
        const ALPHABET: [&str; 16] =
            ["a", "b", "Z", "0", "9", "-", "_", "/", ".", "@", "é", "漢", "😀", "ß", "mcp", "x y"];
        let length = 1 + self.below(12);
        let text: String = (0..length).map(|_| ALPHABET[self.below(ALPHABET.len())]).collect();
        format!("w{text}w")
    }

    fn texts(&mut self) -> Vec<String> {
        (0..self.below(4)).map(|_| self.text()).collect()
    }

    fn blank(&mut self) -> &'static str {
        ["", " ", "  ", "\t"][self.below(4)]
    }
}

struct Entry {
    name: String,
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    cwd: String,
}

fn entries(random: &mut Random) -> Vec<Entry> {
    (0..1 + random.below(4))
        .map(|number| Entry {
            name: format!("{}{number}", random.text()),
            command: random.text(),
            args: random.texts(),
            env: (0..random.below(3)).map(|number| (format!("K{number}"), random.text())).collect(),
            cwd: random.text(),
        })
        .collect()
}

fn json(entries: &[Entry], random: &mut Random, is_relaxed: bool) -> String {
    let comment = if is_relaxed { "/* é */ " } else { "" };
    let comma = if is_relaxed { "," } else { "" };
    let quoted = |text: &String| format!("\"{text}\"");
    let servers: Vec<String> = entries
        .iter()
        .map(|entry| {
            let args: Vec<_> = entry.args.iter().map(quoted).collect();
            let env: Vec<_> = entry
                .env
                .iter()
                .map(|(key, value)| format!("\"{key}\":{}\"{value}\"", random.blank()))
                .collect();
            format!(
                "{comment}{}:{}{{\"command\": {},\r\n\"args\": [{}],\"env\": {{{}}},{}\"cwd\":{}{comma}}}",
                quoted(&entry.name),
                random.blank(),
                quoted(&entry.command),
                args.join(", "),
                env.join(","),
                random.blank(),
                quoted(&entry.cwd),
            )
        })
        .collect();
    format!("{{\"é\": 1, \"mcpServers\":{}{{{}}}{comma}}}", random.blank(), servers.join(",\n"))
}

fn toml(entries: &[Entry], random: &mut Random) -> String {
    let mut out = String::from("# é\nfirst = '漢'\n");
    for entry in entries {
        let args: Vec<_> = entry.args.iter().map(|text| format!("'{text}'")).collect();
        out.push_str(
            &format!(
                "[mcpServers.\"{}\"]{}\ncommand ={}\"{}\"\r\nargs = [{}, ]\ncwd = '{}'\n",
                entry.name,
                random.blank(),
                random.blank(),
                entry.command,
                args.join(", "),
                entry.cwd
            )
            .replace("[, ]", "[]"),
        );
        for (key, value) in &entry.env {
            out.push_str(&format!("env.{key} = \"{value}\" # 😀\n"));
        }
    }
    out
}

fn yaml(entries: &[Entry], random: &mut Random) -> String {
    let mut out = String::from("# é\nfirst: '漢'\nmcpServers:\n");
    let style = |text: &str, random: &mut Random| match random.below(4) {
        0 => format!("'{text}'"),
        1 => format!("\"{text}\"  # 漢"),
        2 => format!("!!str {text}"),
        _ => text.to_owned(),
    };
    for entry in entries {
        out.push_str(&format!(
            "  \"{}\":\n    command: {}\n    args:\n",
            entry.name,
            style(&entry.command, random)
        ));
        for arg in &entry.args {
            out.push_str(&format!("      - {}\n", style(arg, random)));
        }
        out.push_str(&format!("    cwd: {}\r\n    env:\n", style(&entry.cwd, random)));
        for (key, value) in &entry.env {
            out.push_str(&format!("      {key}: {}\n", style(value, random)));
        }
    }
    out
}

fn xml(entries: &[Entry], random: &mut Random) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\"?>\n<application><component name='é'><option name='servers'><list>\n",
    );
    for entry in entries {
        let args: String = entry.args.iter().map(|text| format!("<option value='{text}'/>")).collect();
        let env: String =
            entry.env.iter().map(|(key, value)| format!("<entry key='{key}' value=\"{value}\"/>")).collect();
        out.push_str(&format!(
            "<Server>{}<option name='name' value='{}'/><option name=\"command\" value=\"{}\" /><option name='args'><list>{args}</list></option><option name='env'><map>{env}</map></option><cwd>{}</cwd></Server>\r\n",
            random.blank(), entry.name, entry.command, entry.cwd
        ));
    }
    out + "</list></option></component></application>"
}

fn crushrc(entries: &[Entry], random: &mut Random) -> String {
    let mut out = String::from("# é\n");
    for entry in entries {
        let env: String = entry.env.iter().map(|(key, value)| format!(" --env {key} '{value}'")).collect();
        let args: String = entry.args.iter().map(|text| format!(" \"{text}\"")).collect();
        out.push_str(&format!(
            "{}mcp add '{}'{env} --cwd \"{}\" \\\n -- '{}'{args}\n",
            random.blank(),
            entry.name,
            entry.cwd,
            entry.command
        ));
    }
    out
}

fn extension_js(entries: &[Entry], random: &mut Random) -> String {
    let mut out = String::from("// é\n");
    for entry in entries {
        let args: Vec<_> = entry.args.iter().map(|text| format!("`{text}`")).collect();
        let env: Vec<_> =
            entry.env.iter().map(|(key, value)| format!("{key}:{}'{value}'", random.blank())).collect();
        out.push_str(&format!(
            "x(new a.McpStdioServerDefinition({}'{}',\"{}\",[{}],{{{}}},'1'));",
            random.blank(),
            entry.name,
            entry.command,
            args.join(","),
            env.join(",")
        ));
    }
    out
}

fn spec(format: Format) -> FileSpec {
    FileSpec {
        scope: Scope::User,
        linux: Vec::new(),
        macos: Vec::new(),
        windows: Vec::new(),
        project: Vec::new(),
        format,
        keys: vec!["/mcpServers".to_owned()],
        dialect: Dialect::Servers,
        evidence: Evidence::Code,
        notes: String::new(),
    }
}

fn check(text: &str, format: Format, entries: &[Entry]) {
    let source = Source::decode(Origin::file("x"), text.as_bytes().to_vec()).unwrap();
    let document =
        parse(&source, format).unwrap_or_else(|problem| panic!("{format:?}: {}\n{text}", problem.message));
    let (config, problems, _) = lower::config(source, document, &clients()[0], &spec(format));
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    assert_eq!(config.servers.len(), entries.len(), "{format:?}\n{text}");
    for (server, entry) in config.servers.iter().zip(entries) {
        let place = |text: &Text, expected: &str| is_in_place(&config, format, text, expected);
        place(&server.name, &entry.name);
        place(server.command.as_ref().unwrap(), &entry.command);
        assert_eq!(server.args.len(), entry.args.len(), "{format:?}\n{text}");
        server.args.iter().zip(&entry.args).for_each(|(text, expected)| place(text, expected));
        assert_eq!(server.env.len(), entry.env.len(), "{format:?}\n{text}");
        for (variable, (key, value)) in server.env.iter().zip(&entry.env) {
            place(&variable.name, key);
            place(&variable.value, value);
        }
        if format != Format::ExtensionJs {
            place(server.cwd.as_ref().unwrap(), &entry.cwd);
        }
        let slice = config.source.slice(server.span);
        assert!(slice.contains(&entry.command), "{format:?}: {slice}");
    }
}

fn is_in_place(config: &Config, format: Format, text: &Text, expected: &str) {
    assert_eq!(text.value, expected, "{format:?}");
    let slice = config.source.slice(text.span);
    let literal = slice.trim_matches(['"', '\'', '`']);
    assert_eq!(literal, expected, "{format:?}: the span is wider or elsewhere");
}

#[test]
fn every_lowered_text_is_where_its_span_says() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..300 {
        let entries = entries(&mut random);
        check(&json(&entries, &mut random, false), Format::Json, &entries);
        check(&json(&entries, &mut random, true), Format::Jsonc, &entries);
        check(&json(&entries, &mut random, true), Format::Json5, &entries);
        check(&toml(&entries, &mut random), Format::Toml, &entries);
        let yaml = yaml(&entries, &mut random);
        check(&yaml, Format::Yaml, &entries);
        check(&format!("---\n{yaml}---\n# Text\n"), Format::FrontMatter, &entries);
        check(&xml(&entries, &mut random), Format::Xml, &entries);
        check(&crushrc(&entries, &mut random), Format::Crushrc, &entries);
        check(&extension_js(&entries, &mut random), Format::ExtensionJs, &entries);
    }
}
