//! How fast text and arguments are screened: `cargo run --release -p mantrap-policy --example screen_speed -- FILES…`.
//!
//! Each file is repeated to 256 KiB; the best of 150 runs counts.

use std::time::Instant;

use mantrap_policy::arguments::{self, Shape};
use mantrap_policy::text::{self, Where};

fn measure(name: &str, bytes: usize, mut run: impl FnMut() -> usize) {
    let mut best = f64::MAX;
    let mut matches = 0;
    for _ in 0..150 {
        let start = Instant::now();
        matches = run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let speed = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / best / 1e9;
    println!("{name:32} {:10.2} µs {speed:7.2} GB/s {matches:5} matches", best * 1e6);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let rules = text::Rules::built_in()?;
    let about_arguments = arguments::Rules::built_in()?;
    println!("rules loaded in {:?}", start.elapsed());
    for path in std::env::args().skip(1) {
        let file = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        let long = file.repeat((256 << 10) / file.len().max(1) + 1);
        measure(&path, long.len(), || text::screen(&rules, Where::Result, &long).len());
    }
    let prose = "lorem ipsum dolor sit amet, consectetur adipiscing elit sed do. ".repeat(4096);
    measure("clean ASCII", prose.len(), || text::screen(&rules, Where::Result, &prose).len());
    let line = "The build finished in 12 seconds; 3 tests were skipped. See the log for details.";
    measure("one line", line.len(), || text::screen(&rules, Where::Result, line).len());
    let call = serde_json::json!({"path": "src/main.rs", "content": "fn main() {}\n", "url": "https://example.com/a?b=c"});
    let shape = Shape::of("write_file", "Writes a file", None);
    measure("arguments of a call", 80, || arguments::screen(&about_arguments, &shape, &call).len());
    Ok(())
}
