#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mantrap_journal::fuzzing::tail(data));
