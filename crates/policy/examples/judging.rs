//! What judging costs: to read the policies once, and per message.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use mantrap_policy::cedar::{Facts, On, Policies, Scope, Who};

fn main() {
    for round in 0..3 {
        let start = Instant::now();
        let Ok(scope) = Scope::parse("built-in", []) else { return };
        let read = start.elapsed();
        let proof = Instant::now();
        let proved = scope.prove().is_ok();
        let proof = proof.elapsed();
        let check = Instant::now();
        let checked = scope.check().is_ok();
        println!(
            "round {round}: read {read:?}, examples {proof:?} {proved}, schema {:?} {checked}",
            check.elapsed()
        );
        let mut policies = Policies::new(vec![scope]);
        let (labels, seen, who) = (BTreeSet::from(["a".to_owned()]), BTreeSet::new(), Who::default());
        for (what, distinct) in [("remembered", 1), ("anew", 2000)] {
            let names: Vec<String> = (0..distinct).map(|nth| format!("tool{nth}")).collect();
            let start = Instant::now();
            for nth in 0..2000 {
                let Some(name) = names.get(nth % distinct) else { return };
                let on = On::Tool { name, labels: &labels, pinned: true };
                let facts = Facts {
                    who: &who,
                    action: "tools/call",
                    server: "files",
                    on,
                    era: "legacy",
                    seen: &seen,
                    time: 0,
                    arguments: None,
                };
                black_box(policies.decide(&facts));
            }
            println!("  {what}: {:?} each", start.elapsed() / 2000);
        }
    }
}
