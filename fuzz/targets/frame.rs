#![no_main]

//! Cut in any pieces, a stream gives the same lines and the same refusals.

use mantrap_mcp::{Framing, Limits, Lines};

fn lines(stream: &[u8], step: usize) -> Vec<Result<String, &'static str>> {
    let mut lines = Lines::new(&Limits { line: 100, ..Limits::default() });
    let mut seen = Vec::new();
    for piece in stream.chunks(step) {
        lines.space()[..piece.len()].copy_from_slice(piece);
        lines.filled(piece.len());
        while let Some(line) = lines.next() {
            seen.push(line.map(str::to_owned).map_err(|reason| reason.id()));
        }
    }
    seen.extend(lines.end().map(|reason| Err(reason.id())));
    seen
}

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    let whole = lines(stream, 1000);
    for step in [1, 2, 101, 103] {
        assert_eq!(lines(stream, step), whole, "in steps of {step}");
    }
    for line in whole.into_iter().flatten() {
        assert!(line.len() <= 100 && !line.contains('\n'));
    }
});
