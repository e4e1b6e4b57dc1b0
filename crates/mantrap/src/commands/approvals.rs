//! `mantrap approvals`: a person's word on what sessions ask.
//!
//! Only somebody at a terminal can say it: there is no option that answers, and nothing but the terminal is read.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_launch::scope::replace;
use mantrap_scan::excerpt::visible;
use serde_json::json;

use super::server::no_home;
use crate::cli::ListFormat;
use crate::environment::{self, Environment};
use crate::session::policed::queue::{Asked, Consent, Queue, Word, consents};
use crate::{Failure, destination};

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 256;
/// How often it is looked for questions.
const PAUSE: Duration = Duration::from_millis(300);
/// Consents that are kept.
const MOST: usize = 4096;

pub(crate) fn run(list: Option<ListFormat>, watch: bool, environment: &Environment) -> Result<u8, Failure> {
    let queue = Queue::at(environment.questions().ok_or_else(no_home)?);
    if let Some(format) = list {
        return show(&queue.waiting(environment.now), format);
    }
    if !environment.stdin_is_terminal || !environment.stdout_is_terminal {
        return Err(Failure::Usage(anyhow!(
            "an answer is typed at a terminal, and this is none; `mantrap approvals --list` shows what waits"
        )));
    }
    let mut seen = BTreeSet::new();
    loop {
        let waiting = queue.waiting(environment::now());
        for asked in waiting {
            if seen.insert(asked.id.clone()) {
                answer(&queue, &asked, environment)?;
            }
        }
        if !watch {
            destination::print(b"nothing waits\n")?;
            return Ok(0);
        }
        std::thread::sleep(PAUSE);
    }
}

fn show(waiting: &[Asked], format: ListFormat) -> Result<u8, Failure> {
    let text = match format {
        ListFormat::Json => format!("{:#}\n", json!(waiting)),
        ListFormat::Text if waiting.is_empty() => "nothing waits\n".to_owned(),
        ListFormat::Text => waiting.iter().map(words).collect(),
    };
    destination::print(text.as_bytes())?;
    Ok(0)
}

fn words(asked: &Asked) -> String {
    let what = asked.name.as_deref().unwrap_or(&asked.method);
    format!(
        "`{}` wants {}: {}\n    because {}\n    with {}\n",
        visible(&asked.server),
        visible(&asked.method),
        visible(what),
        visible(&asked.reason),
        visible(if asked.arguments.is_empty() { "nothing" } else { &asked.arguments }),
    )
}

fn answer(queue: &Queue, asked: &Asked, environment: &Environment) -> Result<(), Failure> {
    destination::print(words(asked).as_bytes())?;
    let word = loop {
        print!("no, once, or always for this tool with arguments of this shape? [n/o/a] ");
        io::stdout().flush().context("the question cannot be shown")?;
        let mut answer = String::new();
        let read = io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut answer);
        let end = read.context("no answer can be read")? == 0;
        match answer.trim() {
            "n" | "no" | "" => break Word::No,
            "o" | "once" => break Word::Once,
            "a" | "always" => break Word::Always,
            _ if end => break Word::No,
            _ => {}
        }
    };
    if asked.until < environment::now() {
        return Ok(destination::print(b"too late: silence was a no\n")?);
    }
    if word == Word::Always {
        remember(&environment.consents().ok_or_else(no_home)?, asked, environment)?;
    }
    queue.say(asked, word).context("the answer cannot be written").map_err(Failure::Other)
}

/// Keeps a consent before it is used.
fn remember(path: &Path, asked: &Asked, environment: &Environment) -> Result<(), Failure> {
    let mut all = consents(path);
    all.retain(|consent| consent.digest != asked.digest);
    if all.len() >= MOST {
        return Err(Failure::Other(anyhow!("`{}` is full; remove what is not needed", path.display())));
    }
    all.push(Consent {
        digest: asked.digest.clone(),
        server: asked.server.clone(),
        name: asked.name.clone().unwrap_or_else(|| asked.method.clone()),
        at: environment.time(),
    });
    let text = format!("{:#}\n", json!(all));
    replace(path, text.as_bytes(), 0o600).context("the consent cannot be kept").map_err(Failure::Other)
}
