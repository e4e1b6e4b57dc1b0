//! The standing of each guarantee on this machine.

use mantrap_jail::{Guarantee, Standing};
use mantrap_scan::finding::Severity;
use serde_json::{Value, json};

use super::Sheet;
use crate::output::text::Paint;

/// The name of the schema. Only additions keep it.
const SCHEMA: &str = "mantrap-doctor/1";

/// For programs.
pub(crate) fn json(standings: &[Standing], is_needed: fn(Guarantee) -> bool) -> Value {
    let rows = standings.iter().map(|standing| {
        json!({
            "guarantee": standing.guarantee.word(),
            "promise": standing.guarantee.promise(),
            "holds": standing.holds,
            "needed_by_default": is_needed(standing.guarantee),
            "how": standing.how,
            "why": standing.why,
            "remedy": standing.remedy,
        })
    });
    let ready = standings.iter().all(|standing| standing.holds || !is_needed(standing.guarantee));
    json!({
        "schema": SCHEMA,
        "mantrap": env!("CARGO_PKG_VERSION"),
        "ready": ready && !standings.is_empty(),
        "guarantees": rows.collect::<Vec<_>>(),
    })
}

/// For people: what holds in a line each, what does not with its reason and remedy.
pub(crate) fn text(
    standings: &[Standing],
    is_needed: fn(Guarantee) -> bool,
    paint: Paint,
    width: usize,
) -> String {
    let mut sheet = Sheet::new(paint, width);
    let lacking =
        standings.iter().filter(|standing| !standing.holds && is_needed(standing.guarantee)).count();
    let title = paint.bold("mantrap doctor");
    let verdict = match lacking {
        0 => paint.good("a jail holds here"),
        1 => paint.severity(Severity::High, "1 guarantee that a jail needs is missing"),
        lacking => {
            paint.severity(Severity::High, &format!("{lacking} guarantees that a jail needs are missing"))
        }
    };
    sheet.line(&format!("{title} · {verdict}"));
    sheet.line("");
    // Where no jail can be built at all, everything is missing for one reason.
    let common = standings.first().filter(|first| {
        standings
            .iter()
            .all(|standing| !standing.holds && standing.why == first.why && standing.remedy == first.remedy)
    });
    if let Some(common) = common {
        for (lead, said) in [("why", &common.why), ("remedy", &common.remedy)] {
            if let Some(said) = said {
                sheet.row(lead, 6, said, Paint::bold);
            }
        }
        sheet.line("");
    }
    let columns = Guarantee::ALL.iter().map(|guarantee| guarantee.word().len()).max().unwrap_or_default();
    for standing in standings {
        let needed = is_needed(standing.guarantee);
        let (mark, severity) = match (standing.holds, needed) {
            (true, _) => ("holds    ", None),
            (false, true) => ("missing  ", Some(Severity::High)),
            (false, false) => ("not here ", Some(Severity::Medium)),
        };
        let mark = severity.map_or_else(|| paint.good(mark), |severity| paint.severity(severity, mark));
        let promise = standing.guarantee.promise();
        let word = paint.bold(&format!("{:<columns$}", standing.guarantee.word()));
        sheet.line(&format!("  {mark}{word}  {promise}"));
        if standing.holds {
            sheet.row("", columns + 9, &format!("by {}", standing.how), |_, lead| lead.to_owned());
            continue;
        }
        for (lead, said) in [("why:", &standing.why), ("remedy:", &standing.remedy)] {
            if let Some(said) = said.as_ref().filter(|_| common.is_none()) {
                sheet.row("", columns + 9, &format!("{lead} {said}"), |_, lead| lead.to_owned());
            }
        }
        if !needed {
            let only = match standing.guarantee {
                Guarantee::Gate => "a jail holds without it, and reports less".to_owned(),
                guarantee => format!("needed only where {guarantee} is limited"),
            };
            sheet.row("", columns + 9, &only, |_, lead| lead.to_owned());
        }
    }
    if lacking > 0 {
        sheet.line("");
        sheet.plain(
            "",
            0,
            "a jail refuses to start without what is missing; `mantrap jail --waive NAME` goes without it",
        );
    }
    sheet.out
}
