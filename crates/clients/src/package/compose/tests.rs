use std::sync::Arc;

use super::*;
use crate::format::{Format, parse};
use crate::source::{Origin, Source};

const FILE: &str = r#"
x-base: &base
  privileged: true
  volumes:
    - /var/run/docker.sock:/var/run/docker.sock:ro
services:
  litellm:
    <<: *base
    image: ghcr.io/berriai/litellm:main-v1.2.3
    ports: ["4000:4000", "127.0.0.1:${PORT:-8080}:80/tcp", "[::1]:1:2", 9000, {target: 5, published: "6", host_ip: 0.0.0.0}]
    environment: {A: "1", B: }
    env_file: [.env, {path: more.env}]
  github-mcp:
    image: ghcr.io/github/github-mcp-server@sha256:abc
    command: ["stdio", "--read-only"]
    stdin_open: true
    network_mode: host
    cap_add: [SYS_ADMIN]
    environment: [TOKEN=x]
    volumes: [data:/data, "./src:/src", "C:\\x:/y:ro", /anonymous, {type: bind, source: /, target: /host, read_only: true}]
  web:
    build: {context: ./mcp-web}
    expose: [80]
  broken: text
"#;

fn parsed() -> (Arc<Source>, Node) {
    let source = Source::decode(Origin::file("compose.yaml"), FILE.as_bytes().to_vec()).unwrap();
    let root = parse(&source, Format::Yaml).unwrap().root;
    (source, root)
}

#[test]
fn services_keep_what_rules_ask_about() {
    let (source, root) = parsed();
    let services = services(&root);
    let names: Vec<_> = services.iter().map(|service| service.name.value.as_str()).collect();
    assert_eq!(names, ["litellm", "github-mcp", "web"]);
    let proxy = &services[0];
    assert_eq!(source.slice(proxy.image.as_ref().unwrap().span), "ghcr.io/berriai/litellm:main-v1.2.3");
    assert_eq!(source.slice(proxy.privileged.unwrap()), "true");
    let ports: Vec<_> = proxy
        .ports
        .iter()
        .map(|port| (port.host.as_deref(), port.published.as_deref(), port.target.as_str()))
        .collect();
    assert_eq!(
        ports,
        [
            (None, Some("4000"), "4000"),
            (Some("127.0.0.1"), Some("${PORT:-8080}"), "80"),
            (Some("::1"), Some("1"), "2"),
            (None, None, "9000"),
            (Some("0.0.0.0"), Some("6"), "5"),
        ]
    );
    assert_eq!(proxy.volumes[0].source.as_deref(), Some("/var/run/docker.sock"));
    assert!(proxy.volumes[0].is_read_only);
    let environment: Vec<_> = proxy.environment.iter().map(|entry| entry.name.value.as_str()).collect();
    assert_eq!(environment, ["A", "B"]);
    let env_files: Vec<_> = proxy.env_files.iter().map(|file| file.value.as_str()).collect();
    assert_eq!(env_files, [".env", "more.env"]);
    let volumes: Vec<_> = services[1]
        .volumes
        .iter()
        .map(|volume| (volume.source.as_deref(), volume.target.as_str(), volume.is_read_only))
        .collect();
    assert_eq!(
        volumes,
        [
            (Some("data"), "/data", false),
            (Some("./src"), "/src", false),
            (Some("C:\\x"), "/y", true),
            (None, "/anonymous", false),
            (Some("/"), "/host", true),
        ]
    );
    assert_eq!(services[1].namespaces[0].value.value, "host");
    assert_eq!(services[1].grants[0].value.value, "SYS_ADMIN");
}

#[test]
fn only_services_that_look_like_mcp_are_servers() {
    let (_, root) = parsed();
    let servers: Vec<_> = servers(&root).collect();
    let names: Vec<_> = servers.iter().map(|server| server.name.value.as_str()).collect();
    assert_eq!(names, ["github-mcp", "web"]);
    assert_eq!(servers[0].transport, Transport::Stdio);
    assert_eq!(servers[0].env[0].value.value, "x");
    assert_eq!(servers[1].transport, Transport::Unknown);
}
