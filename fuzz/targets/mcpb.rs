#![no_main]

mod place;

// A zip archive that calls itself an MCP bundle.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let place = place::Place::new();
    let _ = mantrap_launch::install::mcpb::try_archive(place.file(data), &place.tree());
});
