//! One launch in every dialect that a client config can be written in.

use serde_json::{Value, json};

use super::Launch;

/// How one kind of client writes its servers down.
pub(crate) struct Dialect {
    /// For people.
    pub name: &'static str,
    /// The client's file, relative to the home.
    pub file: &'static str,
    /// The whole file, for servers with their names.
    pub render: fn(&[(String, &Launch)]) -> String,
}

/// Every dialect.
pub(crate) const ALL: &[Dialect] = &[
    Dialect {
        name: "json-map",
        file: ".claude.json",
        render: |servers| map(servers, "mcpServers", |launch| plain(launch, "command", "env", env_map)),
    },
    Dialect {
        name: "json-escaped",
        file: ".cursor/mcp.json",
        render: |servers| {
            escape_letters(&map(servers, "mcpServers", |launch| plain(launch, "command", "env", env_map)))
        },
    },
    Dialect { name: "jsonc-servers", file: ".config/Code/User/mcp.json", render: jsonc },
    Dialect {
        name: "toml-tables",
        file: ".codex/config.toml",
        render: |servers| toml(servers, |name| format!("[mcp_servers.{}]\n", quoted(name))),
    },
    Dialect {
        name: "toml-list",
        file: ".vibe/config.toml",
        render: |servers| toml(servers, |name| format!("[[mcp_servers]]\nname = {}\n", quoted(name))),
    },
    Dialect {
        name: "yaml-map",
        file: ".config/goose/config.yaml",
        render: |servers| {
            let mut text = String::from("extensions:\n");
            for (name, launch) in servers {
                text += &format!("  {}:\n    type: stdio\n    enabled: true\n", quoted(name));
                text += &yaml(launch, "    ", "cmd", "envs");
            }
            text
        },
    },
    Dialect {
        name: "yaml-list",
        file: ".continue/config.yaml",
        render: |servers| {
            let mut text = String::from("name: Config\nversion: 1.0.0\nmcpServers:\n");
            for (name, launch) in servers {
                text += &format!("  - name: {}\n", quoted(name));
                text += &yaml(launch, "    ", "command", "env");
            }
            text
        },
    },
    Dialect {
        name: "array-command",
        file: ".config/opencode/opencode.json",
        render: |servers| {
            map(servers, "mcp", |launch| {
                let mut entry = plain(launch, "command", "environment", env_map);
                entry["type"] = json!("local");
                entry["command"] = json!(words(launch));
                without(entry, "args")
            })
        },
    },
    Dialect {
        name: "nested-command",
        file: ".config/zed/settings.json",
        render: |servers| {
            map(servers, "context_servers", |launch| {
                let mut inner = plain(launch, "path", "env", env_map);
                let cwd = inner.as_object_mut().and_then(|inner| inner.remove("cwd"));
                let mut entry = json!({ "source": "custom", "command": inner });
                if let Some(cwd) = cwd {
                    entry["cwd"] = cwd;
                }
                entry
            })
        },
    },
    Dialect {
        name: "env-objects",
        file: ".cursor/mcp.json",
        render: |servers| {
            map(servers, "mcpServers", |launch| {
                plain(launch, "command", "env", |launch| {
                    let pair = |(name, value): (&String, &String)| json!({ "name": name, "value": value });
                    launch.env.iter().map(pair).collect()
                })
            })
        },
    },
    Dialect {
        name: "env-strings",
        file: ".cursor/mcp.json",
        render: |servers| {
            map(servers, "mcpServers", |launch| {
                plain(launch, "command", "env", |launch| {
                    let pair = |(name, value): (&String, &String)| json!(format!("{name}={value}"));
                    launch.env.iter().map(pair).collect()
                })
            })
        },
    },
    Dialect {
        name: COMMAND_LINE,
        file: ".cursor/mcp.json",
        render: |servers| {
            map(servers, "mcpServers", |launch| {
                let mut entry = plain(launch, "command", "env", env_map);
                entry["command"] = json!(command_line(launch));
                without(entry, "args")
            })
        },
    },
];

/// The dialect that writes the whole command line into `command`.
pub(crate) const COMMAND_LINE: &str = "command-line";

fn map(servers: &[(String, &Launch)], key: &str, entry: impl Fn(&Launch) -> Value) -> String {
    let all: serde_json::Map<String, Value> =
        servers.iter().map(|(name, launch)| (name.clone(), entry(launch))).collect();
    serde_json::to_string_pretty(&json!({ key: all })).unwrap()
}

fn plain(launch: &Launch, command: &str, env: &str, render_env: impl Fn(&Launch) -> Value) -> Value {
    let mut entry = json!({ command: launch.command });
    if !launch.args.is_empty() {
        entry["args"] = json!(launch.args);
    }
    if !launch.env.is_empty() {
        entry[env] = render_env(launch);
    }
    if let Some(cwd) = &launch.cwd {
        entry["cwd"] = json!(cwd);
    }
    entry
}

fn without(mut entry: Value, key: &str) -> Value {
    if let Some(members) = entry.as_object_mut() {
        members.remove(key);
    }
    entry
}

fn env_map(launch: &Launch) -> Value {
    json!(launch.env)
}

fn words(launch: &Launch) -> Vec<&str> {
    std::iter::once(&launch.command).chain(&launch.args).map(String::as_str).collect()
}

/// Comments, trailing commas and `type`, as VS Code's editor leaves them.
fn jsonc(servers: &[(String, &Launch)]) -> String {
    let mut text = String::from("{\n  // mine\n  \"servers\": {\n");
    for (name, launch) in servers {
        let mut entry = plain(launch, "command", "env", env_map);
        entry["type"] = json!("stdio");
        text += &format!("    {}: {}, /* next */\n", quoted(name), entry);
    }
    text + "  },\n}\n"
}

fn toml(servers: &[(String, &Launch)], head: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (name, launch) in servers {
        text += &head(name);
        text += &format!("command = {}\nargs = {}\n", quoted(&launch.command), list(&launch.args));
        if let Some(cwd) = &launch.cwd {
            text += &format!("cwd = {}\n", quoted(cwd));
        }
        if !launch.env.is_empty() {
            let pair = |(name, value): (&String, &String)| format!("{} = {}", quoted(name), quoted(value));
            let pairs: Vec<String> = launch.env.iter().map(pair).collect();
            text += &format!("env = {{ {} }}\n", pairs.join(", "));
        }
        text += "\n";
    }
    text
}

fn yaml(launch: &Launch, indent: &str, command: &str, env: &str) -> String {
    let mut text = format!("{indent}{command}: {}\n", quoted(&launch.command));
    if !launch.args.is_empty() {
        text += &format!("{indent}args:\n");
        for arg in &launch.args {
            text += &format!("{indent}  - {}\n", quoted(arg));
        }
    }
    if !launch.env.is_empty() {
        text += &format!("{indent}{env}:\n");
        for (name, value) in &launch.env {
            text += &format!("{indent}  {}: {}\n", quoted(name), quoted(value));
        }
    }
    if let Some(cwd) = &launch.cwd {
        text += &format!("{indent}cwd: {}\n", quoted(cwd));
    }
    text
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A JSON string, which is also a TOML basic string and a YAML double-quoted scalar.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Every ASCII letter inside a string as `\u00XX`: the same JSON, and nothing to grep for.
fn escape_letters(text: &str) -> String {
    let mut escaped = String::new();
    let mut in_string = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                // An escape that is there already stays whole.
                escaped.push(letter);
                let kind = letters.next();
                escaped.extend(kind);
                if kind == Some('u') {
                    escaped.extend(letters.by_ref().take(4));
                }
                continue;
            }
            '"' => in_string = !in_string,
            'a'..='z' | 'A'..='Z' if in_string => {
                escaped += &format!("\\u{:04x}", u32::from(letter));
                continue;
            }
            _ => {}
        }
        escaped.push(letter);
    }
    escaped
}

/// One string as a person would type it: quoted where a shell would need it.
fn command_line(launch: &Launch) -> String {
    let words: Vec<String> = words(launch).into_iter().map(shell_word).collect();
    words.join(" ")
}

fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=+./:@,%{}[]^\\".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if word.contains('\\') && !word.contains(['"', '$', '`', '\'']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
