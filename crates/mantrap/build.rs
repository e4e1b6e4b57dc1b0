//! What a start of the program costs before `main`. With glibc it links the unwinder into the program (its licence has an
//! exception for that) instead of loading it with every start: its shared library asks the processor what it can do, which
//! costs a tenth of a millisecond where there is a hypervisor, and a jail is started that often. With musl, as the published
//! one is, the program is its own loader, and has its relocations in a fiftieth of the space.
#![expect(clippy::disallowed_methods, reason = "a build script is told everything by variables")]

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("ENV") == "musl" {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    // The standard library asks for `gcc_s`; a linker script of that name answers with the archives.
    if fs::write(out.join("libgcc_s.so"), "GROUP ( libgcc_eh.a libgcc.a )\n").is_ok() {
        println!("cargo::rustc-link-search=native={}", out.display());
    }
}
