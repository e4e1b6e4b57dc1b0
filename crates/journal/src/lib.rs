//! An append-only journal in the C2SP tlog-tiles form.
#![forbid(unsafe_code)]

mod checkpoint;
mod disk;
mod error;
mod merkle;
mod note;
mod record;
mod tail;
mod tile;
