//! Text of every day: what real servers define, what people keep in files, and what machines write.

use std::path::{Path, PathBuf};

use mantrap_policy::text::{Act, Rules, Where, screen};

/// Nothing of it is in the page: it would change with every file of this repository.
pub(crate) fn rows() -> String {
    "\n## Text of every day\n\nOf the files of this repository, of lock files, digests, logs, mails and other text that machines write, \
     a test sees to it that at most 2 % are stopped where a tool would return them, and none of the texts that only look like secrets.\n"
        .to_owned()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let kinds = ["rs", "md", "toml", "json", "yml", "py", "c", "sh", "lock"];
        if path.is_dir() {
            // What is hostile on purpose is no text of every day.
            let hostile = [
                "attacks",
                "rules",
                "advisories",
                "fuzz",
                "target",
                "escape",
                "text",
                "arguments",
                "examples",
            ];
            if !name.starts_with('.') && !hostile.contains(&name.as_str()) {
                files(&path, found);
            }
        } else if kinds.iter().any(|kind| name.ends_with(&format!(".{kind}"))) {
            found.push(path);
        }
    }
}

#[test]
fn text_of_every_day_is_not_stopped() {
    let rules = Rules::built_in().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = vec![root.join("Cargo.lock"), root.join("README.md")];
    for folder in [
        "docs",
        "crates/mcp",
        "crates/launch",
        "crates/journal",
        "crates/clients/src",
        "crates/mantrap/src",
        "bench",
    ] {
        files(&root.join(folder), &mut paths);
    }
    let mut stopped = Vec::new();
    let mut seen = 0;
    for path in &paths {
        let Ok(text) = String::from_utf8(std::fs::read(path).unwrap()) else { continue };
        let end = (0..=text.len().min(32 << 10)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        seen += 1;
        let found = screen(&rules, Where::Result, &text[..end]);
        if let Some(found) = found.iter().find(|found| found.act > Act::Flag) {
            stopped.push(format!("{}: {} {:?}", path.display(), found.rule, &text[found.span.clone()]));
        }
    }
    println!("{} of {seen} files stopped: {stopped:#?}", stopped.len());
    assert!(seen > 100 && stopped.len() * 50 <= seen, "{stopped:#?}");
}

#[test]
fn what_machines_write_is_no_secret_and_no_order() {
    let rules = Rules::built_in().unwrap();
    let texts = [
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8\nAuthor: A <a@example.com>\n\n    Drop the old parser",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty.txt",
        "id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8, trace: 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "\"integrity\": \"sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==\"",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "!function(e,t){\"object\"==typeof exports?module.exports=t():e.lib=t()}(this,function(){var n=0x1f;return n<<2^0xdeadbeef});",
        "2026-07-28T12:00:01.123Z INFO http: GET /v1/items?page=2&token_type=bearer 200 12ms ua=\"curl/8.5.0\"",
        "error[E0308]: mismatched types\n  --> src/main.rs:4:18\n   |\n4 |     let x: u32 = \"a\";\n   |                  ^^^ expected `u32`, found `&str`",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bKkPq0hQxZ4Q1m5r3mWvYt8oUu2sCq1yB3dE4fG5h user@host",
        "Dear all,\nplease find the minutes attached. Do not forget to send me your slides before Friday.\nThanks, Kim",
        "Set your API key: export API_KEY=<your key>. Never commit it; the token is read from the keychain.",
        "# Assistant\nThis crate is an assistant for writing parsers. The agent runs in the background and reports progress.",
        "SELECT user, password_hash FROM accounts WHERE token IS NOT NULL; -- 3 rows",
        "| a | b |\n|---|---|\n| 0x00 | 12 34 56 78 90 11 22 33 |\n| 0xff | 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144 |",
        "Ignorieren Sie diese Nachricht, wenn Sie die Einstellungen schon geändert haben.",
        "Le mot de passe doit comporter douze caractères. N'oubliez pas de l'enregistrer.",
    ];
    for text in texts {
        let found = screen(&rules, Where::Result, text);
        assert!(found.iter().all(|found| found.act == Act::Flag), "{text}: {found:?}");
    }
}
