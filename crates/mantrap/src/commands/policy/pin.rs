//! `mantrap policy pin`: what a server shows of itself becomes what it may show.

use std::collections::BTreeMap;

use anyhow::anyhow;
use mantrap_policy::pins::{Change, difference, shown};
use mantrap_policy::{Digest, read};
use mantrap_scan::excerpt::visible;

use crate::commands::server::{self, Desk, NOT_APPROVED, is_agreed, no_home, refused, usage};
use crate::environment::Environment;
use crate::session::policed::shown::{self as store, Shown};
use crate::{Failure, destination};

/// Bytes of one value that are shown.
const LONGEST: usize = 2000;

pub(super) fn run(name: &str, said: Option<&str>, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let kept = Shown::beneath(&environment.state().ok_or_else(no_home)?);
    let (last, before) = (kept.last(name), kept.pinned(name));
    if last.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "`{name}` has shown nothing of itself yet; let a client list its tools through `mantrap run {name}` once"
        )));
    }
    let mut pins = BTreeMap::new();
    let mut text = String::new();
    for (key, json) in &last {
        let digest = read(json, Digest::of).ok_or_else(|| {
            Failure::Other(anyhow!("what `{name}` showed cannot be read; let it list its tools again"))
        })?;
        let pinned = located.entry.tools.get(key).map(ToString::to_string);
        let old = before.get(key).filter(|old| {
            read(old, Digest::of).is_some_and(|digest| pinned.as_deref() == Some(digest.to_string().as_str()))
        });
        if pinned.as_deref() != Some(digest.to_string().as_str()) {
            text.push_str(&definition(key, json, pinned.is_some(), old.map(String::as_str)));
        }
        pins.insert(
            key.clone(),
            digest.to_string().parse().map_err(|error| Failure::Other(anyhow!("{error}")))?,
        );
    }
    for key in located.entry.tools.keys().filter(|key| !last.contains_key(*key)) {
        text.push_str(&format!("gone: {}\n", words(key)));
    }
    if pins == located.entry.tools {
        destination::print(format!("{name} shows what is pinned\n").as_bytes())?;
        return Ok(0);
    }
    let list: Vec<String> = pins.iter().map(|(key, digest)| format!("{key} {digest}")).collect();
    let digest = Digest::of_bytes(list.join("\n").as_bytes());
    match said {
        Some(said) if said.parse::<Digest>().map_err(usage)? == digest => {}
        Some(said) => {
            return Err(refused(anyhow!("`{name}` shows {digest}, and you pin {said}; look at it again")));
        }
        None => {
            destination::print(text.as_bytes())?;
            if !environment.stdin_is_terminal || !environment.stdout_is_terminal {
                return Err(Failure::Usage(anyhow!(
                    "whoever looked at it pins it with `mantrap policy pin {name} --digest {digest}`"
                )));
            }
            if !is_agreed(name)? {
                eprintln!("nothing was pinned");
                return Ok(NOT_APPROVED);
            }
        }
    }
    server::pin(&desk, &located, &pins, environment)?;
    kept.keep_pinned(name, &last).map_err(|error| Failure::Other(error.into()))?;
    destination::print(format!("pinned; now `mantrap approve {name}`\n").as_bytes())?;
    Ok(0)
}

fn words(key: &str) -> String {
    let (kind, name) = store::kind(key);
    format!("the {} `{}`", kind.word(), shown(name))
}

/// What is new of a definition: all of it, or what changed.
fn definition(key: &str, json: &str, is_pinned: bool, old: Option<&str>) -> String {
    let changes = old.and_then(|old| read(old, |was| read(json, |is| difference(was, is))).flatten());
    match changes {
        Some(changes) => {
            let mut text = format!("changed: {}\n", words(key));
            for Change { path, was, is } in changes {
                let at = if path.is_empty() { "all of it".to_owned() } else { visible(&path) };
                text.push_str(&format!("  {at}\n"));
                for (sign, value) in [("-", was), ("+", is)] {
                    if let Some(value) = value {
                        text.push_str(&format!("    {sign} {}\n", short(&value)));
                    }
                }
            }
            text
        }
        None => {
            let what = if is_pinned { "changed, and the old one is not kept" } else { "new" };
            format!("{what}: {}\n  {}\n", words(key), short(json))
        }
    }
}

/// What cannot be seen is spelled out, and what is too long says how long it is.
fn short(json: &str) -> String {
    let text: String = json.chars().take(LONGEST).collect();
    let more =
        if text.len() < json.len() { format!(" … ({} bytes in all)", json.len()) } else { String::new() };
    format!("{}{more}", visible(&text))
}
