//! All the `unsafe` of mantrap, each operation behind a safe function.
#![expect(unsafe_code, reason = "this module is where it lives")]

pub(crate) mod net;
