//! What policies cost: to read them once, and a question to them. What a message of a session costs, `session` says.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use mantrap_policy::cedar::{Facts, On, Policies, Scope, Who};

fn main() {
    for _ in 0..3 {
        let start = Instant::now();
        let Ok(scope) = Scope::parse("built-in", []) else { return };
        let read = start.elapsed();
        let start = Instant::now();
        let proved = scope.prove().is_ok();
        let proof = start.elapsed();
        let start = Instant::now();
        let checked = scope.check().is_ok();
        println!("read {read:?}, examples {proof:?} {proved}, schema {:?} {checked}", start.elapsed());
        questions(&scope);
    }
}

fn questions(scope: &Arc<Scope>) {
    let mut policies = Policies::new(vec![Arc::clone(scope)]);
    let (labels, seen, who) = (BTreeSet::from(["a".to_owned()]), BTreeSet::new(), Who::default());
    for (what, distinct) in [("asked before", 1), ("new", 2000)] {
        let names: Vec<String> = (0..distinct).map(|nth| format!("tool{nth}")).collect();
        let start = Instant::now();
        for name in names.iter().cycle().take(2000) {
            let on = On::Tool { name, labels: &labels, pinned: true };
            black_box(policies.decide(&Facts {
                who: &who,
                action: "tools/call",
                server: "files",
                on,
                era: "legacy",
                seen: &seen,
                time: 0,
                arguments: None,
            }));
        }
        println!("  a question, {what}: {:?}", start.elapsed() / 2000);
    }
}
