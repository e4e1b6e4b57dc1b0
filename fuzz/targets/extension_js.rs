#![no_main]

mod check;

use mantrap_clients::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    check::parse(data, Format::ExtensionJs);
});
