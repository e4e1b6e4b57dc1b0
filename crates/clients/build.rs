//! Turns the catalogue (`clients/*.toml`) into Rust statics, so that a run parses none of it and a wrong entry
//! fails the build with its file and key. Adding a client is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use toml::{Table, Value};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its directories in the environment, and the files are our own"
)]
fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let folder = manifest.join("clients");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort_by_key(|path| path.file_stem().map(ToOwned::to_owned));
    let mut code = String::from("const ENTRIES: &[RawClient] = &[\n");
    for path in &files {
        let entry = client(path, &fs::read_to_string(path)?)
            .map_err(|why| broken(path.display().to_string(), &why))?;
        code.push_str(&entry);
    }
    code.push_str("];\n");
    fs::write(out.join("catalog.rs"), code)
}

fn client(path: &Path, text: &str) -> io::Result<String> {
    let table: Table = toml::from_str(text).map_err(io::Error::other)?;
    only(&table, &["id", "name", "project-start", "notes", "files", "projects"])?;
    let id = string(&table, "id")?;
    if path.file_stem().and_then(|stem| stem.to_str()) != Some(id) {
        return Err(broken("id".into(), &"it differs from the file name"));
    }
    let mut code = format!(
        "RawClient {{ id: {id:?}, name: {:?}, project_start: {}, notes: {:?}, files: &[",
        string(&table, "name")?,
        variant(&table, "project-start", "ProjectStart", Some("undocumented"))?,
        string(&table, "notes")?,
    );
    for (number, file) in tables(&table, "files")?.into_iter().enumerate() {
        let place = |why: io::Error| broken(format!("files {}", number + 1), &why);
        code.push_str(&spec(file).map_err(place)?);
    }
    code.push_str("], projects: &[");
    for (number, record) in tables(&table, "projects")?.into_iter().enumerate() {
        let place = |why: io::Error| broken(format!("projects {}", number + 1), &why);
        code.push_str(&project_record(record).map_err(place)?);
    }
    code.push_str("] },\n");
    Ok(code)
}

fn spec(table: &Table) -> io::Result<String> {
    let lists = ["linux", "macos", "windows", "project", "keys"];
    let words = ["scope", "format", "dialect", "evidence", "notes"];
    only(table, &[&lists[..], &words[..]].concat())?;
    let mut code = format!(
        "RawSpec {{ scope: {}, format: {}, dialect: {}, evidence: {}, notes: {:?}, ",
        variant(table, "scope", "Scope", None)?,
        variant(table, "format", "Format", None)?,
        variant(table, "dialect", "Dialect", Some("servers"))?,
        variant(table, "evidence", "Evidence", None)?,
        string(table, "notes")?,
    );
    for key in lists {
        write!(code, "{key}: &{:?}, ", strings(table, key)?).map_err(io::Error::other)?;
    }
    code.push_str("}, ");
    Ok(code)
}

fn project_record(table: &Table) -> io::Result<String> {
    let lists = ["linux", "macos", "windows", "names", "values"];
    only(table, &[&lists[..], &["format"]].concat())?;
    let format = match table.contains_key("format") {
        true => format!("Some({})", variant(table, "format", "Format", None)?),
        false => "None".into(),
    };
    let mut code = format!("RawRecord {{ format: {format}, ");
    for key in lists {
        write!(code, "{key}: &{:?}, ", strings(table, key)?).map_err(io::Error::other)?;
    }
    code.push_str("}, ");
    Ok(code)
}

fn broken(place: String, why: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{place}: {why}"))
}

fn only(table: &Table, keys: &[&str]) -> io::Result<()> {
    match table.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(unknown) => Err(broken(unknown.clone(), &"no such key")),
        None => Ok(()),
    }
}

fn string<'a>(table: &'a Table, key: &str) -> io::Result<&'a str> {
    match table.get(key) {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(broken(key.into(), &"not a string")),
    }
}

fn strings<'a>(table: &'a Table, key: &str) -> io::Result<Vec<&'a str>> {
    let wrong = || broken(key.into(), &"not a list of strings");
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn tables<'a>(table: &'a Table, key: &str) -> io::Result<Vec<&'a Table>> {
    let wrong = || broken(key.into(), &"not a list of tables");
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| item.as_table().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

/// `asks-per-server` becomes `ProjectStart::AsksPerServer`; the compiler knows which variants there are.
fn variant(table: &Table, key: &str, kind: &str, default: Option<&str>) -> io::Result<String> {
    let word = match (string(table, key)?, default) {
        ("", Some(default)) => default,
        ("", None) => return Err(broken(key.into(), &"missing")),
        (word, _) => word,
    };
    let mut code = format!("{kind}::");
    for part in word.split('-') {
        let mut letters = part.chars();
        code.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        code.push_str(letters.as_str());
    }
    Ok(code)
}
