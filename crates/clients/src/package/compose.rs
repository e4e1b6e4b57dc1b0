//! Compose files: the services of a deployment, of which some are MCP servers.
//!
//! Source: the Compose specification, `05-services.md`. Variables (`${…}`) stay as they are written.

use crate::config::{Entry, Server, Switch, Text, Transport};
use crate::lower::server::{entries, text, texts};
use crate::source::Span;
use crate::tree::{Member, Node, Value};

/// One service, as far as an audit needs it. The rest is in `node`.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: Text,
    /// The image it runs, as a reference with tag or digest.
    pub image: Option<Text>,
    /// The folder or URL that its image is built from.
    pub build: Option<Text>,
    /// The entry point; one text when the file gives a command line.
    pub entrypoint: Vec<Text>,
    /// The command; one text when the file gives a command line.
    pub command: Vec<Text>,
    /// Its environment variables.
    pub environment: Vec<Entry>,
    /// Files with further environment variables.
    pub env_files: Vec<Text>,
    /// The working directory.
    pub working_dir: Option<Text>,
    /// The ports that it publishes on the host.
    pub ports: Vec<Port>,
    /// What it mounts.
    pub volumes: Vec<Volume>,
    /// The value `true` of `privileged`, where that is set.
    pub privileged: Option<Span>,
    /// `network_mode`, `pid`, `ipc`, `userns_mode`: each with the name of the setting.
    pub namespaces: Vec<Entry>,
    /// Added capabilities, devices and security options: each with the name of the setting.
    pub grants: Vec<Entry>,
    /// Labels.
    pub labels: Vec<Entry>,
    /// The service, as parsed.
    pub node: Node,
    /// The place of the service, name included.
    pub span: Span,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The address on the host; nothing means every address.
    pub host: Option<String>,
    /// The port or range on the host; nothing means any free one.
    pub published: Option<String>,
    /// The port or range in the container.
    pub target: String,
    /// Where the file says so.
    pub span: Span,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The path on the host or the name of a volume; nothing for an anonymous one.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub is_read_only: bool,
    /// Where the file says so.
    pub span: Span,
}

/// Every service of a compose file, in source order.
pub fn services(root: &Node) -> Vec<Service> {
    every_service(root).take(MAX_SERVICES).collect()
}

/// The most services of one file.
const MAX_SERVICES: usize = 10_000;

fn every_service(root: &Node) -> impl Iterator<Item = Service> {
    let maps = root.find("/services").into_iter().map(|found| found.node);
    maps.flat_map(Node::members).filter(|member| matches!(member.value.value, Value::Map(_))).map(service)
}

/// The services that look like MCP servers: by the words of their name, image, build folder, command or labels.
pub fn servers(root: &Node) -> impl Iterator<Item = Server> {
    every_service(root).filter(Service::looks_like_mcp).map(Service::into_server)
}

/// Whether a service runs a product that starts MCP servers for others: its settings are then of interest although
/// the file configures no server.
pub fn runs_a_host(root: &Node) -> bool {
    let names_host = |service: Service| {
        let image = service.image.map(|image| image.value.to_ascii_lowercase()).unwrap_or_default();
        HOST_IMAGES.iter().any(|host| image.contains(host))
    };
    every_service(root).take(MAX_SERVICES).any(names_host)
}

/// Parts of the image names of such products.
const HOST_IMAGES: &[&str] = &[
    "agent-zero",
    "anythingllm",
    "bisheng",
    "chatchat",
    "dify-api",
    "docsgpt",
    "flowise",
    "gpt-researcher",
    "langbot",
    "langflow",
    "letta",
    "librechat",
    "litellm",
    "lobe-chat",
    "maxkb",
    "mcp",
    "n8n",
    "open-webui",
    "openclaw",
    "praisonai",
    "weknora",
];

impl Service {
    /// Whether `mcp` is a word, or the start or end of one, in what names the service.
    pub fn looks_like_mcp(&self) -> bool {
        let names = std::iter::once(&self.name)
            .chain(&self.image)
            .chain(&self.build)
            .chain(&self.entrypoint)
            .chain(&self.command)
            .chain(self.labels.iter().map(|label| &label.name));
        names.into_iter().any(|text| is_about_mcp(&text.value))
    }

    fn into_server(self) -> Server {
        let mut argv = self.entrypoint.into_iter().chain(self.command);
        let command = argv.next();
        let is_stdio = self.node.member("stdin_open").and_then(|member| member.value.truth()) == Some(true);
        let transport = match (is_stdio, self.ports.is_empty(), &command) {
            (false, false, _) => Transport::Http,
            (true, ..) | (_, _, Some(_)) => Transport::Stdio,
            _ => Transport::Unknown,
        };
        Server {
            name: self.name,
            transport,
            declared_transport: None,
            command,
            args: argv.collect(),
            env: self.environment,
            env_files: self.env_files,
            cwd: self.working_dir,
            urls: Vec::new(),
            headers: Vec::new(),
            helper_commands: Vec::new(),
            inline_code: None,
            switch: Switch::On,
            project: None,
            auto_approve: Vec::new(),
            node: self.node,
            span: self.span,
        }
    }
}

fn is_about_mcp(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("modelcontextprotocol")
        || text
            .split(|character: char| !character.is_ascii_alphanumeric())
            .any(|word| word.starts_with("mcp") || word.ends_with("mcp"))
}

fn service(member: &Member) -> Service {
    let node = &member.value;
    let values = |key: &str| node.member(key).map(|member| texts(&member.value)).unwrap_or_default();
    let one = |key: &str| node.member(key).and_then(|member| text(&member.value));
    let all = |key: &str| node.member(key).map(|member| entries(&member.value)).unwrap_or_default();
    let items = |key: &str| node.member(key).map_or(&[][..], |member| member.value.items());
    let settings = |keys: &[&str]| -> Vec<Entry> {
        let members = keys.iter().filter_map(|key| node.member(key));
        members
            .flat_map(|member| {
                let name = Text::new(member.key.clone(), member.key_span);
                let entry = move |value| Entry { name: name.clone(), value };
                texts(&member.value).into_iter().map(entry)
            })
            .collect()
    };
    let build = node.member("build").and_then(|member| match member.value.member("context") {
        Some(context) => text(&context.value),
        None => text(&member.value),
    });
    let env_files = items("env_file").iter().filter_map(|item| text(&item.member("path")?.value));
    let privileged = node.member("privileged").map(|member| &member.value);
    Service {
        name: Text::new(member.key.clone(), member.key_span),
        image: one("image"),
        build,
        entrypoint: values("entrypoint"),
        command: values("command"),
        environment: all("environment"),
        env_files: values("env_file").into_iter().chain(env_files).collect(),
        working_dir: one("working_dir"),
        ports: items("ports").iter().filter_map(port).collect(),
        volumes: items("volumes").iter().filter_map(volume).collect(),
        privileged: privileged.filter(|node| node.truth() == Some(true)).map(|node| node.span),
        namespaces: settings(&["network_mode", "pid", "ipc", "userns_mode"]),
        grants: settings(&["cap_add", "devices", "security_opt"]),
        labels: all("labels"),
        node: node.clone(),
        span: Span { start: member.key_span.start, end: node.span.end.max(member.key_span.end) },
    }
}

/// `[[HOST:]PUBLISHED:]TARGET[/PROTOCOL]`, or a map.
fn port(node: &Node) -> Option<Port> {
    let field = |key: &str| node.member(key).and_then(|member| member.value.text()).map(str::to_owned);
    let Some(short) = node.text() else {
        return Some(Port {
            host: field("host_ip"),
            published: field("published"),
            target: field("target")?,
            span: node.span,
        });
    };
    let (rest, target) = split_last(short);
    let target = target.split('/').next().unwrap_or_default().to_owned();
    let (host, published) = match rest.map(split_last) {
        None => (None, None),
        Some((host, published)) => (host, Some(published.to_owned())),
    };
    Some(Port {
        host: host.map(|host| host.trim_matches(['[', ']']).to_owned()),
        published: published.filter(|published| !published.is_empty()),
        target,
        span: node.span,
    })
}

/// `[SOURCE:]TARGET[:MODE]`, or a map.
fn volume(node: &Node) -> Option<Volume> {
    let field = |key: &str| node.member(key).and_then(|member| member.value.text()).map(str::to_owned);
    let Some(short) = node.text() else {
        let is_read_only = node.member("read_only").and_then(|member| member.value.truth());
        return Some(Volume {
            source: field("source"),
            target: field("target")?,
            is_read_only: is_read_only == Some(true),
            span: node.span,
        });
    };
    let (rest, last) = split_last(short);
    let is_mode = last.split(',').all(|word| {
        matches!(word, "ro" | "rw" | "z" | "Z" | "cached" | "delegated" | "consistent" | "nocopy")
    });
    let (paths, mode) = match rest {
        Some(rest) if is_mode => (rest, last),
        _ => (short, ""),
    };
    let (source, target) = split_last(paths);
    // `C:\data:/data`, and `C:\data` alone: the colon behind a drive letter separates nothing.
    let is_drive = source.is_some_and(|source| source.len() == 1) && target.starts_with(['\\', '/']);
    let (source, target) = if is_drive { (None, paths) } else { (source, target) };
    Some(Volume {
        source: source.map(str::to_owned),
        target: target.to_owned(),
        is_read_only: mode.split(',').any(|word| word == "ro"),
        span: node.span,
    })
}

/// Splits at the last colon that is not inside `${…}` or `[…]`.
fn split_last(text: &str) -> (Option<&str>, &str) {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'}' | b']' => depth += 1,
            b'{' | b'[' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                return (text.get(..at), text.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (None, text)
}

#[cfg(test)]
mod tests;
