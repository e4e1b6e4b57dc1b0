//! Broken programs: cut off anywhere, with parts of others in between. Nothing panics, nothing takes for ever, and every
//! place that is named is in the text.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use mantrap_code::lower::Language;
use mantrap_code::{Input, Place, analyse};

/// How long all of it goes on.
const BUDGET: Duration = Duration::from_secs(15);
/// More than any analysis of one small program may take here, also where much else runs.
const TOO_LONG: Duration = Duration::from_secs(10);

/// A generator that gives the same numbers every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn programs(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            programs(&path, found);
        } else if Language::of(&name).is_some() {
            let ending = name.rsplit('.').next().unwrap().to_owned();
            found.push((ending, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A byte up to `bound` at which the text may be cut.
fn cut(text: &str, bound: usize) -> usize {
    (0..=bound.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap()
}

#[test]
fn broken_programs_are_read_as_far_as_they_go() {
    let mut all = Vec::new();
    programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs"), &mut all);
    let mut numbers = Numbers(0x5eed_1e55_c0de_cafe);
    let start = Instant::now();
    let mut tried = 0;
    while start.elapsed() < BUDGET {
        let (ending, text) = &all[numbers.below(all.len())];
        let (_, other) = &all[numbers.below(all.len())];
        let end = cut(text, numbers.below(text.len() + 1));
        let (from, to) =
            (cut(other, numbers.below(other.len() + 1)), cut(other, numbers.below(other.len() + 1)));
        let part = other.get(from.min(to)..from.max(to)).unwrap();
        let broken = match numbers.below(4) {
            0 => text.get(..end).unwrap().to_owned(),
            1 => format!("{}{part}{}", text.get(..end).unwrap(), text.get(end..).unwrap()),
            2 => text.get(end..).unwrap().to_owned(),
            _ => text.replace(
                ['(', ')', '{', '}', ';', '"'].as_slice().get(numbers.below(6)).copied().unwrap(),
                "",
            ),
        };
        let inputs = vec![
            Input { path: format!("a.{ending}"), text: broken.clone() },
            Input { path: format!("b.{ending}"), text: text.clone() },
        ];
        let began = Instant::now();
        let analysis = analyse(inputs);
        assert!(began.elapsed() < TOO_LONG, "{ending}: {:?}\n{broken}", began.elapsed());
        let is_there = |place: &Place| {
            let text = if place.path.starts_with('a') { &broken } else { text };
            text.get(place.span.start as usize..place.span.end as usize).is_some()
        };
        for flow in &analysis.flows {
            assert!(flow.steps.iter().chain(&flow.guards).all(is_there), "{:?}\n{broken}", flow.steps);
        }
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
    println!("{tried} broken programs");
}

#[test]
fn deep_nesting_is_cut_in_every_language() {
    for ending in ["py", "ts", "java", "kt", "go", "rs", "cs", "rb", "php"] {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("a.b(", ")"), ("if (x) {", "}")]
        {
            let start = if ending == "php" { "<?php " } else { "" };
            let text = format!("{start}x = {}1{};", open.repeat(3_000), close.repeat(3_000));
            let sink = "ServerParameters.builder(x) StdioClientTransport(x) Process(x) Popen(x)";
            let analysis =
                analyse(vec![Input { path: format!("a.{ending}"), text: format!("{text}\n{sink}") }]);
            assert_eq!(analysis.files, 1);
        }
    }
}
