#![no_main]

use mantrap_jail::{Name, NetGrant};

// What is written reads as itself, and a name that is read has one form.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(name) = Name::parse(data) {
        assert_eq!(Name::parse(name.as_str().as_bytes()), Ok(name));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(grant) = text.parse::<NetGrant>() {
        assert_eq!(grant.to_string().parse::<NetGrant>(), Ok(grant));
    }
});
