//! Lists the catalogue (`catalogue/*.toml`): adding a server is adding a file. What is in a file is read when it is asked for,
//! and a test reads them all.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its directories in the environment, and the files are our own"
)]
fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let folder = manifest.join("catalogue");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut code = String::from("&[\n");
    for path in &files {
        let id = path.file_stem().unwrap_or_default().display();
        let path = path.display().to_string();
        writeln!(code, "    (\"{id}\", include_str!({path:?})),").map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    fs::write(out.join("catalogue.rs"), code)
}
