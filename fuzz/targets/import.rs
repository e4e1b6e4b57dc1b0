#![no_main]

mod place;

use mantrap_launch::store::DiskStore;

// A bundle of trees from another machine's store. Whatever is imported is whole.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let place = place::Place::new();
    let store = DiskStore::open(&place.tree()).unwrap();
    let mut input = data;
    let imported = store.import(&mut input).unwrap_or_default();
    for digest in &imported {
        store.verify(digest).unwrap();
    }
    assert_eq!(std::fs::read_dir(place.tree().join("staging")).unwrap().count(), 0);
});
