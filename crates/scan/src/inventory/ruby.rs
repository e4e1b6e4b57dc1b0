//! Ruby: Bundler's lock file.

use super::Sink;
use crate::version::Ecosystem;

/// The specs of every source: `    name (1.2.3)`, four spaces; dependencies stand deeper.
pub(super) fn gemfile_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut in_specs = false;
    for line in text.lines() {
        if line == "  specs:" {
            in_specs = true;
        } else if !line.starts_with("    ") {
            in_specs = false;
        } else if let Some(spec) = line.strip_prefix("    ").filter(|rest| in_specs && !rest.starts_with(' '))
            && let Some((name, version)) = spec.split_once(" (")
        {
            // A platform may follow: `1.2.3-x86_64-linux`.
            let version = version.trim_end_matches(')');
            let platforms = ["-x86", "-arm", "-aarch", "-java", "-universal", "-x64"];
            let end = platforms.iter().filter_map(|platform| version.find(platform)).min();
            sink.push(Ecosystem::Rubygems, name, end.and_then(|end| version.get(..end)).unwrap_or(version));
        }
    }
    Ok(())
}
