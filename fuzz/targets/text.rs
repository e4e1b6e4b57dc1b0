//! Any text at any place: no panic, spans that are of the text, and nothing that takes for ever.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mantrap_policy::text::{Rules, Where, redact, screen, screen_parts};

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for place in [Where::Definition, Where::Result, Where::Ask, Where::Argument] {
        let found = screen(&RULES, place, &text);
        assert!(found.iter().all(|found| text.get(found.span.clone()).is_some()), "{found:?}");
        redact(&text, found.iter().map(|found| (found.span.clone(), found.rule.as_str())).collect());
    }
    let parts: Vec<&str> = text.split('\n').collect();
    for (number, found) in screen_parts(&RULES, Where::Result, &parts) {
        assert!(found.span.end <= parts[number].len());
    }
});
