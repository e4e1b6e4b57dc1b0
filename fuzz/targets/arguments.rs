//! Any value of any kind, and any arguments: no panic.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mantrap_policy::arguments::{Kind, Rules, Shape, screen, screen_value};

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for kind in [Kind::Command, Kind::Sql, Kind::Path, Kind::Url, Kind::Host, Kind::Word, Kind::Opened, Kind::Any] {
        screen_value(&RULES, kind, &text);
    }
    if let Ok(value) = serde_json::from_str(&text) {
        screen(&RULES, &Shape::of("run", &text, Some(&value)), &value);
    }
});
