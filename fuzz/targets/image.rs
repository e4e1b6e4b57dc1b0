#![no_main]

mod place;

// A container image in an archive.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let place = place::Place::new();
    let _ = mantrap_launch::install::oci::try_archive(place.file(data), &place.tree());
});
