//! The product grid: one row per product, version and place, and what to do about it today.

use std::cmp::Ordering;
use std::cmp::Reverse;

use super::osv::Advisory;
use super::{Database, exploitation, products};
use crate::report::{AdvisoryMatch, FixQuality, Package, Product};
use crate::version::{Ecosystem, compare};

/// What to do where a product has no switch of its own.
const CONTAINMENT: &str = "take it off the network, put a login in front and switch its stdio servers off";

pub(super) fn rows(database: &Database, packages: &[Package]) -> Vec<Product> {
    let mut rows: Vec<Product> = packages.iter().filter_map(|package| row(database, package)).collect();
    rows.sort_by(|one, other| key(one).cmp(&key(other)));
    rows.dedup_by(|one, other| one.package == other.package);
    rows
}

/// Rank, whether it is clean, the worst certain advisory with its exploitation, name, package.
type Key<'a> = (usize, bool, Reverse<Option<(crate::Severity, u8)>>, &'a str, &'a Package);

/// LiteLLM, LangFlow and Langchain-Chatchat first, then the worst, then by name.
fn key(row: &Product) -> Key<'_> {
    let certain = row.advisories.iter().filter(|found| !found.range_unknown);
    let worst = certain.map(|found| (found.severity, exploitation(found))).max();
    (products::rank(&row.name), row.advisories.is_empty(), Reverse(worst), &row.name, &row.package)
}

fn row(database: &Database, package: &Package) -> Option<Product> {
    let ecosystem = Ecosystem::from_name(&package.ecosystem)?;
    let known = match ecosystem {
        Ecosystem::Oci => products::by_image(&package.name),
        _ => products::by_package(ecosystem, &ecosystem.normal_name(&package.name)),
    };
    let matching = database.matching(package);
    if matching.is_empty() && !known.is_some_and(|known| known.is_host) {
        return None;
    }
    let name = known
        .map(|known| known.name)
        .or_else(|| {
            let mut named = matching.iter().map(|(advisory, _)| advisory.product.as_str());
            named.find(|product| !product.is_empty())
        })
        .unwrap_or(&package.name)
        .to_owned();
    let containment = known
        .map(|known| known.containment)
        .filter(|containment| !containment.is_empty())
        .unwrap_or(CONTAINMENT);
    let order = match ecosystem {
        Ecosystem::Oci => known.and_then(|known| known.packages.first()).map_or(ecosystem, |first| first.0),
        other => other,
    };
    let action = match matching.is_empty() && database.is_filtered(package) {
        true => format!(
            "keep it current; no advisory is known against this version, but its protection is a filter: {containment}"
        ),
        false => action(&matching, order, containment, package.version.is_empty()),
    };
    Some(Product {
        name,
        package: package.clone(),
        advisories: matching.into_iter().map(|(_, found)| found).collect(),
        action,
    })
}

/// One imperative sentence, lower case, without a full stop.
fn action(
    matching: &[(&Advisory, AdvisoryMatch)],
    ecosystem: Ecosystem,
    containment: &str,
    is_version_missing: bool,
) -> String {
    let certain: Vec<&(&Advisory, AdvisoryMatch)> =
        matching.iter().filter(|(_, found)| !found.range_unknown).collect();
    if certain.iter().any(|(advisory, _)| advisory.is_malicious) {
        return "remove it now, treat the machine as compromised and replace every secret that it could read"
            .to_owned();
    }
    if matching.is_empty() {
        return "keep it current; no advisory is known against this version".to_owned();
    }
    if is_version_missing {
        return format!("find out which version runs and pin it; until then {containment}");
    }
    let unfixed = |found: &AdvisoryMatch| {
        found.fixed.is_none() || matches!(found.fix_quality, FixQuality::None | FixQuality::Warning)
    };
    let target = certain
        .iter()
        .filter(|(_, found)| !unfixed(found))
        .flat_map(|(advisory, found)| {
            found.fixed.as_deref().into_iter().chain(advisory.better_version.as_deref())
        })
        .reduce(|best, one| match compare(ecosystem, one, best) {
            Some(Ordering::Greater) => one,
            _ => best,
        });
    let open: Vec<&str> = matching
        .iter()
        .filter(|(advisory, found)| match found.range_unknown {
            true => advisory.no_fix_known || target.is_none(),
            false => unfixed(found),
        })
        .map(|(_, found)| found.id.as_str())
        .collect();
    let last_fixes = certain.iter().filter(|(_, found)| found.fixed.as_deref() == target);
    let is_filter = last_fixes
        .clone()
        .any(|(_, found)| matches!(found.fix_quality, FixQuality::Filter | FixQuality::FilterBypassed));
    let was_bypassed = certain.iter().any(|(_, found)| !found.bypassed_by.is_empty());
    match (target, open.is_empty()) {
        (Some(target), true) if was_bypassed => format!(
            "upgrade to {target} or later, and because filters in this product were bypassed before, {containment}"
        ),
        (Some(target), true) if is_filter => {
            format!("upgrade to {target} or later; its fix is a filter, so also {containment}")
        }
        (Some(target), true) => format!("upgrade to {target} or later"),
        (Some(target), false) => {
            format!("upgrade to {target} or later; no fix is known for {}, so {containment}", open.join(", "))
        }
        (None, _) if certain.is_empty() => format!(
            "check with its makers whether {} applies to this version; until then {containment}",
            open.join(", ")
        ),
        (None, _) => format!("no fixed version is known for {}: {containment}", open.join(", ")),
    }
}
