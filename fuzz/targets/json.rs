#![no_main]

mod check;

use mantrap_clients::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for format in [Format::Json, Format::Jsonc, Format::Json5] {
        check::parse(data, format);
    }
});
