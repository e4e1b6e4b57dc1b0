//! Lists the advisory files of the repository so that adding an advisory is adding a file.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its directories in the environment"
)]
fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let folder = manifest.join("../../advisories");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut code =
        String::from("/// Id and text of every advisory file.\nconst ADVISORY_FILES: &[(&str, &str)] = &[\n");
    for path in &files {
        let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        writeln!(code, "    ({id:?}, include_str!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(out.join("advisory_files.rs"), code)
}
