#![no_main]

mod place;

// One layer of an image: a tar archive, plain or packed.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let place = place::Place::new();
    let _ = mantrap_launch::install::oci::try_layer(data, &place.tree());
});
