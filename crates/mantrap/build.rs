//! Links the unwinder into the program (its licence has an exception for that) instead of loading it with every start: its
//! shared library asks the processor what it can do before `main`, which costs a tenth of a millisecond where there is a
//! hypervisor, and a jail is started that often.
#![expect(clippy::disallowed_methods, reason = "a build script is told everything by variables")]
#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    // The standard library asks for `gcc_s`; a linker script of that name answers with the archives.
    if fs::write(out.join("libgcc_s.so"), "GROUP ( libgcc_eh.a libgcc.a )\n").is_ok() {
        println!("cargo::rustc-link-search=native={}", out.display());
    }
}
