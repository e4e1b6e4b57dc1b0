//! Java: Maven project files, Gradle lock files, literal coordinates of Gradle builds.

use std::collections::HashMap;

use super::Sink;
use crate::version::Ecosystem;

/// Dependencies, plugins and managed versions of a `pom.xml`, with the properties that stand in the same file.
pub(super) fn pom(text: &str, sink: &mut Sink) -> Result<(), String> {
    let document = roxmltree::Document::parse(text).map_err(|error| error.to_string().to_lowercase())?;
    let root = document.root_element();
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.children()
            .find(|child| child.is_element() && child.tag_name().name() == name)
            .and_then(|child| child.text())
            .map(|text| text.trim().to_owned())
    };
    let mut properties: HashMap<String, String> = HashMap::new();
    let parent = root.children().find(|node| node.tag_name().name() == "parent");
    for name in ["version", "groupId"] {
        let own = child(root, name).or_else(|| parent.and_then(|parent| child(parent, name)));
        properties.extend(own.map(|value| (format!("project.{name}"), value)));
    }
    for list in root.children().filter(|node| node.tag_name().name() == "properties") {
        for property in list.children().filter(roxmltree::Node::is_element) {
            let value = property.text().unwrap_or_default().trim().to_owned();
            properties.insert(property.tag_name().name().to_owned(), value);
        }
    }
    for node in document.descendants().filter(|node| node.tag_name().name() == "dependency") {
        let members = (child(node, "groupId"), child(node, "artifactId"), child(node, "version"));
        if let (Some(group), Some(artifact), Some(version)) = members {
            let resolved = |text: &str| resolve(text, &properties);
            if let (Some(group), Some(artifact), Some(version)) =
                (resolved(&group), resolved(&artifact), resolved(&version))
            {
                let version = version.trim_matches(['[', ']']);
                if !version.contains([',', '(', ')']) {
                    sink.push(Ecosystem::Maven, &format!("{group}:{artifact}"), version);
                }
            }
        }
    }
    Ok(())
}

/// Replaces `${name}`; `None` if a name is not known here, or the names go round in circles.
fn resolve(text: &str, properties: &HashMap<String, String>) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let Some((head, rest)) = text.split_once("${") else {
            return Some(text);
        };
        let (name, tail) = rest.split_once('}')?;
        let value = properties.get(name)?;
        if head.len() + value.len() + tail.len() > 1024 {
            return None;
        }
        text = format!("{head}{value}{tail}");
    }
    None
}

/// `group:artifact:version=configuration,…`.
pub(super) fn gradle_lockfile(text: &str, sink: &mut Sink) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let coordinate = line.split('=').next().unwrap_or(line);
        push_coordinate(coordinate, sink);
    }
    Ok(())
}

/// Quoted `group:artifact:version` literals, and the `group: …, name: …, version: …` notation. Nothing computed.
pub(super) fn gradle_build(text: &str, sink: &mut Sink) -> Result<(), String> {
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("//") {
            continue;
        }
        let mut parts = line.split(['"', '\'']);
        let quoted: Vec<&str> = std::iter::from_fn(|| {
            parts.next()?;
            parts.next()
        })
        .collect();
        for literal in &quoted {
            push_coordinate(literal, sink);
        }
        let is_named = ["group", "name", "version"].iter().all(|member| line.contains(member));
        if let (true, [group, name, version, ..]) = (is_named, quoted.as_slice()) {
            push_coordinate(&format!("{group}:{name}:{version}"), sink);
        }
    }
    Ok(())
}

fn push_coordinate(coordinate: &str, sink: &mut Sink) {
    let mut parts = coordinate.split(':');
    let (Some(group), Some(artifact), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    let version = version.split('@').next().unwrap_or(version);
    if is_name(group)
        && is_name(artifact)
        && version.starts_with(|first: char| first.is_ascii_digit())
        && is_name(version)
    {
        sink.push(Ecosystem::Maven, &format!("{group}:{artifact}"), version);
    }
}
