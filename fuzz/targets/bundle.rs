#![no_main]

mod check;

use std::io::Cursor;

use mantrap_clients::{Origin, format::bundle};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match bundle::read_archive(Cursor::new(data), Origin::file("input.mcpb")) {
        Ok((source, document)) => check::document(&source, &document),
        Err(error) => check::problem(&error),
    }
});
