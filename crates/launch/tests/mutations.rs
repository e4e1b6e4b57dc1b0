//! Any change to an approved entry, or to anything it names, means no permit.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test panics to fail"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use mantrap_launch::Lock;
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::ScopeName;
use support::{Shelf, World, approve, approve_from, launch, launch_from, located, mode};
use toml::{Table, Value};

/// A value as TOML, whatever it holds.
fn inline(value: &Value) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.chars().map(escaped).collect::<String>());
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(members) => {
            let member = |(name, value): (&String, &Value)| format!("{} = {}", quoted(name), inline(value));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Integer(number) => number.to_string(),
        other => panic!("{other:?} does not occur"),
    }
}

fn escaped(character: char) -> String {
    match character {
        ' '..='~' if !matches!(character, '"' | '\\') => character.to_string(),
        other => format!("\\U{:08X}", u32::from(other)),
    }
}

/// Other texts than this one: shorter, longer, another case, one character different at every place.
fn other_texts(text: &str) -> Vec<String> {
    let mut out = vec![
        format!("{text}x"),
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\u{200b}"),
        String::new(),
    ];
    out.push(text.to_uppercase());
    for (at, character) in text.char_indices() {
        let after = at + character.len_utf8();
        out.push(format!("{}{}", &text[..at], &text[after..]));
        let replaced = if character == '0' { '1' } else { '0' };
        out.push(format!("{}{replaced}{}", &text[..at], &text[after..]));
    }
    out.retain(|other| other != text);
    out
}

/// Every value that is one step away from `value`.
fn mutations(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match value {
        Value::String(text) => out.extend(other_texts(text).into_iter().map(Value::String)),
        Value::Array(items) => {
            for nth in 0..items.len() {
                let with = |change: &dyn Fn(&mut Vec<Value>)| {
                    let mut items = items.clone();
                    change(&mut items);
                    Value::Array(items)
                };
                out.push(with(&|items| drop(items.remove(nth))));
                out.push(with(&|items| items.insert(nth, items[nth].clone())));
                out.push(with(&|items| items.insert(nth, Value::String("pids 64".into()))));
                out.push(with(&|items| items.insert(nth, Value::String("slower".into()))));
                out.push(with(&|items| items.rotate_left(nth + 1)));
                for other in mutations(&items[nth]) {
                    out.push(with(&|items| items[nth] = other.clone()));
                }
            }
        }
        Value::Table(members) => {
            for (name, value) in members {
                let mut without = members.clone();
                without.remove(name);
                out.push(Value::Table(without.clone()));
                for other in other_texts(name).into_iter().filter(|other| !members.contains_key(other)) {
                    let mut renamed = without.clone();
                    renamed.insert(other, value.clone());
                    out.push(Value::Table(renamed));
                }
                for other in mutations(value) {
                    let mut changed = members.clone();
                    changed.insert(name.clone(), other);
                    out.push(Value::Table(changed));
                }
            }
            for (name, value) in [
                ("value", Value::String("/tmp".into())),
                ("version", Value::String("9".into())),
                ("directory", Value::String("/tmp".into())),
                ("deadline", Value::String("600s".into())),
                ("write", Value::String(format!("sha256:{}", "1".repeat(64)))),
                ("/etc/hostname", Value::String(format!("sha256:{}", "1".repeat(64)))),
                ("integrity", Value::String(format!("sha256-{}=", "A".repeat(43)))),
                ("tree", Value::String(format!("tree:{}", "1".repeat(64)))),
            ] {
                let mut more = members.clone();
                if more.insert(name.into(), value).is_none() {
                    out.push(Value::Table(more));
                }
            }
        }
        _ => {}
    }
    out
}

#[test]
fn every_change_of_one_field_of_an_approved_entry_refuses() {
    let world = World::new();
    let server = world.server();
    every_change_refuses(&world, &server);
    let (places, path) = (world.places(), world.path("home/.config/mantrap/mantrap.lock"));
    let lock = Lock::parse(server.as_bytes()).unwrap();
    let values = world.values();
    approve(&places, &located(&lock, &path, ScopeName::User).unwrap(), &values);
    for other in [String::new(), "/".into(), world.text(""), world.text("docs/x"), world.text("srv")] {
        let entry = located(&lock, &path, ScopeName::User).unwrap();
        let values = [("root".to_owned(), other.clone())].into();
        assert!(launch(&places, entry, &values, &mut Known::default()).is_err(), "another value: {other}");
    }
}

#[test]
fn every_change_of_one_field_of_what_was_installed_refuses() {
    let world = World::new();
    for server in world.installed() {
        for field in ["tree", "integrity", "deadline", "waivers", "version"] {
            assert!(server.contains(&format!("\n{field} = ")), "{field} is not tried");
        }
        every_change_refuses(&world, &server);
    }
}

/// Approves the entry `notes` of this lock, and changes one thing after the other.
fn every_change_refuses(world: &World, text: &str) {
    let lock = Lock::parse(text.as_bytes()).unwrap();
    let store = Shelf(world.path("srv/lib"));
    let (places, path, values) =
        (world.places(), world.path("home/.config/mantrap/mantrap.lock"), world.values());
    let entry = located(&lock, &path, ScopeName::User).unwrap();
    approve_from(&store, &places, &entry, &values);
    let mut known = Known::default();
    launch_from(&store, &places, entry, &values, &mut known).unwrap();

    let table: Table = toml::from_str(text).unwrap();
    let (mut refused, mut unread, mut same) = (0, 0, 0);
    for other in mutations(&table["server"]["notes"]) {
        let text = format!("version = 1\nserver = {{ notes = {} }}\n", inline(&other));
        let Ok(changed) = Lock::parse(text.as_bytes()) else {
            unread += 1;
            continue;
        };
        if changed == lock {
            same += 1;
            continue;
        }
        let entry = located(&changed, &path, ScopeName::User).unwrap();
        let launched = launch_from(&store, &places, entry, &values, &mut known);
        assert!(launched.is_err(), "admitted: {text}");
        refused += 1;
    }
    println!(
        "{} changes: {unread} are no lock, {refused} refused, {same} mean the same",
        unread + refused + same
    );
    assert!(refused > 200 && unread > 1000, "{refused} {unread}");
    // The order of grants says nothing, nor do blanks at their ends: so many and no more.
    assert!(same <= 30, "{same}");
}

/// Everything below a directory, itself excepted.
fn below(directory: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() {
            out.extend(below(&path));
        }
        out.push(path);
    }
    out
}

#[test]
fn every_change_of_a_file_that_an_approved_entry_names_refuses() {
    let world = World::new();
    let lock = Lock::parse(world.server().as_bytes()).unwrap();
    let (places, path, values) =
        (world.places(), world.path("home/.config/mantrap/mantrap.lock"), world.values());
    approve(&places, &located(&lock, &path, ScopeName::User).unwrap(), &values);
    let mut known = Known::default();
    let mut admitted = || {
        let entry = located(&lock, &path, ScopeName::User).unwrap();
        launch(&places, entry, &values, &mut known).is_ok()
    };
    assert!(admitted());
    let mut count = 0;
    let mut refused = |what: &str, path: &Path, change: &dyn Fn(), undo: &dyn Fn()| {
        change();
        assert!(!admitted(), "admitted although {what}: {}", path.display());
        undo();
        assert!(admitted(), "not admitted although it is as before: {what}: {}", path.display());
        count += 1;
    };
    let aside = world.path("aside");
    let mut all = below(&world.path("srv/lib"));
    all.extend([world.path("srv/server.py"), world.path("bin/runtime"), world.path("srv/lib")]);
    for path in &all {
        let away = || fs::rename(path, &aside).unwrap();
        let back = || fs::rename(&aside, path).unwrap();
        refused("it is gone", path, &away, &back);
        let beside = path.with_extension("new");
        if path.starts_with(world.path("srv/lib/")) && *path != world.path("srv/lib") {
            refused("it is called otherwise", path, &|| fs::rename(path, &beside).unwrap(), &|| {
                fs::rename(&beside, path).unwrap();
            });
        }
        if path.is_symlink() {
            let link = |target: &str| {
                fs::remove_file(path).unwrap();
                symlink(target, path).unwrap();
            };
            refused("it leads elsewhere", path, &|| link("a.py"), &|| link("deep/b.py"));
            continue;
        }
        // A link to the very thing is not the thing.
        let linked = || {
            away();
            symlink(&aside, path).unwrap();
        };
        refused("it is a link", path, &linked, &|| {
            fs::remove_file(path).unwrap();
            back();
        });
        let was = fs::metadata(path).unwrap().permissions();
        for bits in [0o700, 0o777, 0o4755, 0o664] {
            let restore = || fs::set_permissions(path, was.clone()).unwrap();
            let is_pinned = path.starts_with(world.path("srv/lib")) || bits & 0o022 != 0;
            if is_pinned {
                refused("its mode changed", path, &|| mode(path, bits), &restore);
            }
        }
        if path.is_dir() {
            let new = path.join("new.py");
            refused("something is new", path, &|| fs::write(&new, "").unwrap(), &|| {
                fs::remove_file(&new).unwrap()
            });
            let new = path.join("__pycache__");
            refused("a folder is new", path, &|| fs::create_dir(&new).unwrap(), &|| {
                fs::remove_dir(&new).unwrap()
            });
            continue;
        }
        let bytes = fs::read(path).unwrap();
        let restore = || fs::write(path, &bytes).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            refused("a bit is flipped", path, &|| fs::write(path, &other).unwrap(), &restore);
        }
        refused("a byte is more", path, &|| fs::write(path, [&bytes[..], b"\n"].concat()).unwrap(), &restore);
        if !bytes.is_empty() {
            refused("a byte is less", path, &|| fs::write(path, &bytes[1..]).unwrap(), &restore);
        }
    }
    println!("{count} changes of files, every one refused and forgiven when undone");
    assert!(count > 80, "{count}");
}
