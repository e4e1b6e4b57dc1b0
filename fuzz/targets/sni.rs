#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mantrap_jail::fuzzing::sni(data));
