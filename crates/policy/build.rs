//! The looks of letters, packed: as a table of pointers, which the library has, they would be set right anew in 150 KB of
//! memory at every start of a program.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use unicode_normalization::is_nfd;
use unicode_security::confusable_detection::skeleton;

#[expect(clippy::disallowed_methods, reason = "cargo hands a build script its directory in the environment")]
fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    println!("cargo::rerun-if-changed=build.rs");
    let (mut letters, mut ends, mut looks) = (String::new(), String::new(), String::new());
    for letter in '\0'..=char::MAX {
        let own = letter.to_string();
        let look = skeleton(&own).collect::<String>();
        // What decomposes is looked up by its parts.
        if look != own && is_nfd(&own) {
            looks.push_str(&look);
            write!(letters, "{letter:?},").map_err(io::Error::other)?;
            write!(ends, "{},", looks.len()).map_err(io::Error::other)?;
        }
    }
    fs::write(
        out.join("looks.rs"),
        format!(
            "const LETTERS: &[char] = &[{letters}];\nconst ENDS: &[u16] = &[{ends}];\nconst LOOKS: &str = {looks:?};\n"
        ),
    )
}
