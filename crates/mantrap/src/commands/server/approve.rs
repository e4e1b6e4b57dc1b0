//! `mantrap approve`: a person's word, after everything was shown.

use std::io::{self, BufRead, Read, Write};

use anyhow::{anyhow, bail};
use mantrap_launch::approval::Approval;
use mantrap_launch::{Digest, Located, Plan, Values, observe, visible};

use super::record::record;
use super::{Desk, NOT_APPROVED, no_home, refused, show, signed, usage};
use crate::cli::{Approve, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::{Failure, destination};

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 256;

/// Shows everything, asks, and keeps the approval. Without a terminal only the digest of exactly what is there speaks.
pub(crate) fn approve(options: &Approve, color: When, environment: &Environment) -> Result<u8, Failure> {
    let mut desk = Desk::open(environment)?;
    let located = desk.find(&options.name)?;
    let values = values(&located, desk.values(&located), &options.set).map_err(Failure::Usage)?;
    let plan = desk.plan(&located, &values).map_err(refused)?;
    let digest = plan.document().digest();
    match &options.digest {
        Some(said) => {
            let said: Digest = said.parse().map_err(usage)?;
            if said != digest {
                let name = &options.name;
                return Err(refused(anyhow!(
                    "`{name}` is {digest}, and you approve {said}; look at it again with `mantrap show {name}`"
                )));
            }
        }
        None if !environment.stdin_is_terminal || !environment.stdout_is_terminal => {
            return Err(Failure::Usage(anyhow!(
                "there is no terminal to show `{name}` on; whoever looked at it approves it with \
                 `mantrap approve {name} --digest {digest}`",
                name = options.name
            )));
        }
        None => {
            let shown = show::text(&desk, &located, &values, "not approved yet", paint(color, environment));
            destination::print(shown.as_bytes())?;
            if !is_agreed(&options.name)? {
                eprintln!("nothing was approved");
                return Ok(NOT_APPROVED);
            }
        }
    }
    record("approve", &located, &values, environment)?;
    let signed = super::sign::sign(&desk, &located, options, environment)?;
    keep(&desk, &located, &plan, values, environment)?;
    let signed = signed.map(|said| format!("{}\n", visible(&said))).unwrap_or_default();
    destination::print(format!("{signed}approved {} as {digest}\n", options.name).as_bytes())?;
    Ok(0)
}

/// The values of the parameters that the lock leaves open: what was chosen before, and what is said now.
fn values(located: &Located, mut values: Values, said: &[String]) -> anyhow::Result<Values> {
    for said in said {
        let Some((name, value)) = said.split_once('=') else {
            bail!("`{said}` sets nothing; write `--set NAME=VALUE`")
        };
        let Some((_, of)) = located.entry.open_parameters().find(|(open, _)| *open == name) else {
            bail!("`{}` leaves no parameter `{name}` open", located.name);
        };
        of.check(value).map_err(|error| anyhow!("`{name}`: {error}"))?;
        values.insert(name.to_owned(), value.to_owned());
    }
    values.retain(|name, _| located.entry.open_parameters().any(|(open, _)| open == name));
    Ok(values)
}

/// Approves what is there now, if it is still what somebody agreed to.
pub(crate) fn approve_exactly(name: &str, agreed: Digest, environment: &Environment) -> Result<(), Failure> {
    let mut desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let values = desk.values(&located);
    let plan = desk.plan(&located, &values).map_err(refused)?;
    let digest = plan.document().digest();
    if digest != agreed {
        return Err(refused(anyhow!("`{name}` is {digest} by now, and {agreed} was agreed to")));
    }
    record("approve", &located, &values, environment)?;
    keep(&desk, &located, &plan, values, environment)
}

/// Whether somebody at the terminal types the name.
pub(crate) fn is_agreed(name: &str) -> anyhow::Result<bool> {
    print!("\nTo approve exactly this, type its name: ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut answer)?;
    Ok(answer.trim() == name)
}

fn keep(
    desk: &Desk,
    located: &Located,
    plan: &Plan,
    values: Values,
    environment: &Environment,
) -> Result<(), Failure> {
    let trust = desk.places.trust().ok_or_else(no_home)?;
    // The manifests, so that a later difference can name files. The digest was compared already: what is kept under it
    // is what it is a digest of, or is not kept.
    let mut known = trust.known();
    let trees = observe(located, &values, &desk.store, &mut known).trees;
    let approval = Approval {
        lock: located.lock.clone(),
        name: located.name.clone(),
        digest: plan.document().digest(),
        values,
        at: environment.time(),
    };
    trust
        .approve(approval, plan.document(), &signed(located), &trees)
        .map_err(|error| Failure::Other(error.into()))
}
