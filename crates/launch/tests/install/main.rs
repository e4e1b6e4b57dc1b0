//! Packages that attack whoever installs them, from registries on loopback that lie: nothing runs, the error is clear, and
//! nothing usable is left. Each attack has a twin: without mantrap, or without the attack, the same thing works.
//! Two real servers come from the registries that this machine is configured for.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and looks at its own environment"
)]

#[cfg(target_os = "linux")]
use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

#[cfg(target_os = "linux")]
mod archive;
#[cfg(target_os = "linux")]
mod image;
#[cfg(target_os = "linux")]
mod node;
#[cfg(target_os = "linux")]
mod oci;
#[cfg(target_os = "linux")]
mod python;
#[cfg(target_os = "linux")]
mod real;
#[cfg(target_os = "linux")]
mod vouch;
#[cfg(target_os = "linux")]
mod web;
#[cfg(target_os = "linux")]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if let Some(code) = mantrap_jail::enter_if_asked() {
        return code;
    }
    if let [_, child, place, address] = std::env::args().collect::<Vec<_>>().as_slice()
        && child == node::CHILD
    {
        return node::child(place, address);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let mut tests = [node::TESTS, oci::TESTS, python::TESTS, real::TESTS, vouch::TESTS].concat();
    tests.retain(|(name, _)| is_wanted(name));
    let (left, failed) = (Mutex::new(tests.into_iter()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((name, test)) = next else { return };
                    let begun = std::time::Instant::now();
                    let passed = std::panic::catch_unwind(test).is_ok();
                    println!(
                        "test {name} ... {} ({:.1?})",
                        if passed { "ok" } else { "FAILED" },
                        begun.elapsed()
                    );
                    failed.fetch_add(usize::from(!passed), Ordering::Relaxed);
                }
            });
        }
    });
    std::process::ExitCode::from(u8::from(failed.into_inner() > 0))
}

/// How many installations are tried at once: a good part of each is waiting.
#[cfg(target_os = "linux")]
const AT_ONCE: usize = 3;

/// A sentence and its proof.
type Test = (&'static str, fn());
