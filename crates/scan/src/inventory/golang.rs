//! Go modules.

use super::Sink;
use crate::version::Ecosystem;

/// The `require` lines; Go selects the versions that they name.
pub(super) fn go_mod(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut in_block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line).trim();
        let requirement = if in_block {
            in_block = line != ")";
            line
        } else if line.split_whitespace().eq(["require", "("]) {
            in_block = true;
            continue;
        } else if let Some(rest) = line.strip_prefix("require ") {
            rest
        } else {
            continue;
        };
        let mut words = requirement.split_whitespace();
        if let (Some(module), Some(version)) = (words.next(), words.next()) {
            sink.push(Ecosystem::Go, module.trim_matches('"'), version);
        }
    }
    Ok(())
}

/// The lines of whole modules; those that end in `/go.mod` were only looked at.
pub(super) fn go_sum(text: &str, sink: &mut Sink) -> Result<(), String> {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(module), Some(version)) = (words.next(), words.next())
            && !version.ends_with("/go.mod")
        {
            sink.push(Ecosystem::Go, module, version);
        }
    }
    Ok(())
}
