//! Prints the flows of a folder: `cargo run --example flows -- FOLDER [SHELF]`. SHELF is a folder of its own in which
//! lowered files are kept, for measuring.

use std::path::Path;
use std::time::Instant;

use mantrap_code::lower::Language;
use mantrap_code::{Digest32, Input, Keeper, analyse, analyse_again};

#[derive(Debug)]
struct Shelf(std::path::PathBuf);

impl Shelf {
    fn path(&self, name: &Digest32) -> std::path::PathBuf {
        self.0.join(name.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

impl Keeper for Shelf {
    fn load(&self, name: &Digest32) -> Option<Vec<u8>> {
        std::fs::read(self.path(name)).ok()
    }

    fn save(&self, name: &Digest32, bytes: &[u8]) {
        let _ = std::fs::write(self.path(name), bytes);
    }
}

fn collect(folder: &Path, top: &Path, inputs: &mut Vec<Input>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, top, inputs);
        } else if path.to_str().is_some_and(Language::wants)
            && let Ok(bytes) = std::fs::read(&path)
        {
            let relative = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            inputs.push(Input { path: relative, text: String::from_utf8_lossy(&bytes).into_owned() });
        }
    }
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let start = Instant::now();
    let mut inputs = Vec::new();
    collect(Path::new(&folder), Path::new(&folder), &mut inputs);
    let texts: std::collections::HashMap<String, String> =
        inputs.iter().map(|input| (input.path.clone(), input.text.clone())).collect();
    println!("read in {:?}", start.elapsed());
    let start = Instant::now();
    let analysis = match std::env::args().nth(2) {
        Some(shelf) => analyse_again(inputs, std::sync::Arc::new(Shelf(shelf.into()))),
        None => analyse(inputs),
    };
    println!("{} files, {} lowered, {:?}", analysis.files, analysis.lowered, start.elapsed());
    let show = |place: &mantrap_code::Place| {
        let text = texts.get(&place.path).map(String::as_str).unwrap_or_default();
        let before = text.get(..place.span.start as usize).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let excerpt = text.lines().nth(line - 1).unwrap_or_default().trim().to_owned();
        let excerpt: String = excerpt.chars().take(100).collect();
        println!("    {}:{line}  {}\n        | {excerpt}", place.path, place.what);
    };
    for flow in &analysis.flows {
        println!(
            "{:?} {:?} {:?} {} program {:?}",
            flow.origin, flow.positions, flow.sink.act, flow.sink.product, flow.program
        );
        flow.steps.iter().for_each(show);
        println!("  guard {:?} bypass {:?} access {:?}", flow.guard, flow.bypass, flow.access);
        flow.guards.iter().for_each(show);
        for (origin, other) in flow.others.iter().take(10) {
            println!("  also {origin:?}");
            show(other);
        }
    }
    for cut in &analysis.cut {
        println!("cut: {} {}", cut.path, cut.why);
    }
}
