//! Any text as source code of any language: no panic, nothing that takes for ever, places that are in the text.
//!
//! The first byte chooses the language; a zero byte begins the next file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mantrap_code::{Input, Place, analyse};

const ENDINGS: [&str; 12] =
    ["py", "js", "ts", "tsx", "java", "kt", "go", "rs", "cs", "rb", "php", "mjs"];

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let ending = ENDINGS[usize::from(*choice) % ENDINGS.len()];
    let text = String::from_utf8_lossy(data);
    let inputs: Vec<Input> = (0..)
        .zip(text.split('\0').take(4))
        .map(|(number, text)| Input { path: format!("src/file{number}.{ending}"), text: text.to_owned() })
        .collect();
    let analysis = analyse(inputs.clone());
    let check = |place: &Place| {
        let input = inputs.iter().find(|input| input.path == place.path).expect("a place is in a file");
        let range = place.span.start as usize..place.span.end as usize;
        assert!(input.text.get(range).is_some(), "{place:?}");
    };
    for flow in &analysis.flows {
        flow.steps.iter().chain(&flow.guards).for_each(check);
        check(&flow.at);
        flow.others.iter().for_each(|(_, place)| check(place));
    }
});
