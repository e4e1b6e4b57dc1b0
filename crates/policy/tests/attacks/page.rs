//! The generated table.

use std::fmt::Write as _;
use std::path::Path;

use crate::case::Kind;
use crate::{Outcome, Results, read};

pub(crate) fn check(results: &[Results]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/attacks.md");
    let page = page(results);
    #[expect(clippy::disallowed_methods, reason = "as the other generated pages")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    assert!(
        path.exists() && read(&path) == page,
        "docs/attacks.md is not what the corpus gives: UPDATE=1 writes it anew"
    );
}

fn page(results: &[Results]) -> String {
    let mut page = String::from(include_str!("page.md"));
    for fresh in [false, true] {
        let rows: Vec<_> = results.iter().filter(|results| results.fresh == fresh).collect();
        if rows.is_empty() {
            continue;
        }
        page.push_str(if fresh {
            "\n## Written last\n\nCases that were written when the rules were done. No rule was changed for them.\n\n"
        } else {
            "\n## The corpus\n\n*Worked on* is the half of the cases whose misses were looked at while the rules were written; *held out* is the other half.\n\n"
        });
        page.push_str(if fresh {
            "| class | kind | cases | stopped | only noted | twins stopped |\n|---|---|---|---|---|---|\n"
        } else {
            "| class | kind | cases | stopped | worked on | held out | only noted | twins stopped |\n|---|---|---|---|---|---|---|---|\n"
        });
        for kind in [Kind::Structural, Kind::Textual] {
            let mut all = Vec::new();
            for row in rows.iter().filter(|row| row.kind == kind) {
                let _ = writeln!(
                    page,
                    "{}",
                    cells(&row.class, kind, &row.outcomes.iter().collect::<Vec<_>>(), fresh)
                );
                all.extend(&row.outcomes);
            }
            if !all.is_empty() {
                let _ = writeln!(page, "{}", cells("**all**", kind, &all, fresh));
            }
        }
    }
    page.push_str(&crate::benign::rows());
    page
}

fn cells(class: &str, kind: Kind, outcomes: &[&Outcome], fresh: bool) -> String {
    let stopped = |of: &dyn Fn(&Outcome) -> bool| {
        let some: Vec<_> = outcomes.iter().filter(|outcome| of(outcome)).collect();
        let hits = some.iter().filter(|outcome| outcome.attack.is_stopped()).count();
        format!("{hits} of {}", some.len())
    };
    let all = outcomes.len();
    let hits = outcomes.iter().filter(|outcome| outcome.attack.is_stopped()).count();
    let noted = outcomes
        .iter()
        .filter(|outcome| !outcome.attack.is_stopped() && !outcome.attack.flagged.is_empty())
        .count();
    let twins = outcomes.iter().filter(|outcome| outcome.twin.is_stopped()).count();
    let kind = if kind == Kind::Structural { "structural" } else { "textual" };
    let share = 100 * hits / all.max(1);
    if fresh {
        return format!("| {class} | {kind} | {all} | {hits} ({share} %) | {noted} | {twins} |");
    }
    let (worked, held) = (stopped(&|outcome| !outcome.held_out), stopped(&|outcome| outcome.held_out));
    format!("| {class} | {kind} | {all} | {hits} ({share} %) | {worked} | {held} | {noted} | {twins} |")
}
