//! `mantrap doctor`: which guarantees hold here, by what, and how to mend the others.

use mantrap_jail::Guarantee;

use super::rules::paint;
use crate::cli::{ListFormat, When};
use crate::environment::Environment;
use crate::output::jail::doctor;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Something that a jail needs by default is missing.
const MISSING: u8 = 123;

/// Tries, and tells.
pub(crate) fn run(format: ListFormat, color: When, environment: &Environment) -> Result<u8, Failure> {
    let standings = mantrap_jail::examine();
    let bytes = match format {
        ListFormat::Json => json_bytes(&doctor::json(&standings, is_needed)),
        ListFormat::Text => {
            doctor::text(&standings, is_needed, paint(color, environment), environment.width).into_bytes()
        }
    };
    destination::print(&bytes)?;
    let lacks = standings.iter().any(|standing| is_needed(standing.guarantee) && !standing.holds);
    Ok(if lacks || standings.is_empty() { MISSING } else { 0 })
}

/// Whether a jail needs it by default. The caps of the whole tree need a control group and are needed only where
/// they are granted; nothing rests on the gate, which reports.
fn is_needed(guarantee: Guarantee) -> bool {
    !matches!(guarantee, Guarantee::Memory | Guarantee::Pids | Guarantee::Cpu | Guarantee::Gate)
}
