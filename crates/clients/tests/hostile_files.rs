//! Files that are hostile as files: what stands at the path, how large it is, how it is encoded.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails here is a failing test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use mantrap_clients::format::{bundle, parse};
use mantrap_clients::source::MAX_CONFIG_BYTES;
use mantrap_clients::{Format, Origin, ProblemKind, Source, Value};

const TEXT_FORMATS: [Format; 9] = [
    Format::Json,
    Format::Jsonc,
    Format::Json5,
    Format::Toml,
    Format::Yaml,
    Format::Xml,
    Format::FrontMatter,
    Format::Crushrc,
    Format::ExtensionJs,
];

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Opens a path on another thread, so that a block is a failure and not a hang.
fn open(path: &Path) -> Result<(), ProblemKind> {
    let path = path.to_owned();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let text = Source::open(&path, Origin::file(&path), MAX_CONFIG_BYTES).map(drop);
        let archive = bundle::read(&path, Origin::file(&path)).map(drop);
        let _ = sender.send((text.map_err(|problem| problem.kind), archive.map_err(|problem| problem.kind)));
    });
    let (text, archive) = receiver.recv_timeout(Duration::from_secs(5)).expect("opening must not block");
    if text.is_err() {
        assert_eq!(text, archive);
    }
    text
}

#[test]
fn a_fifo_does_not_block() {
    let path = folder("fifo").join("mcp.json");
    #[expect(clippy::disallowed_methods, reason = "a FIFO cannot be made with the standard library")]
    let status = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(status.success());
    assert_eq!(open(&path), Err(ProblemKind::NotAFile));
}

#[test]
fn devices_sockets_and_directories_are_not_files() {
    let folder = folder("special");
    let socket = folder.join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for path in [&folder, &socket, Path::new("/dev/zero"), Path::new("/dev/tty"), Path::new("/dev/null")] {
        assert_eq!(open(path), Err(ProblemKind::NotAFile), "{}", path.display());
    }
    let link = folder.join("link");
    symlink("/dev/zero", &link).unwrap();
    assert_eq!(open(&link), Err(ProblemKind::NotAFile));
}

#[test]
fn a_circle_of_links_is_a_problem() {
    let folder = folder("circle");
    symlink(folder.join("b"), folder.join("a")).unwrap();
    symlink(folder.join("a"), folder.join("b")).unwrap();
    assert_eq!(open(&folder.join("a")), Err(ProblemKind::Link));
    assert_eq!(open(&folder.join("missing")), Err(ProblemKind::Unreadable));
}

#[test]
fn a_hundred_megabytes_are_refused_before_they_are_read() {
    let path = folder("large").join("mcp.json");
    fs::File::create(&path).unwrap().set_len(100 * 1024 * 1024).unwrap();
    let start = Instant::now();
    let problem = Source::open(&path, Origin::file(&path), MAX_CONFIG_BYTES).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::TooLarge);
    assert!(start.elapsed() < Duration::from_millis(50));
}

#[test]
fn a_bundle_over_its_limit_is_refused_before_it_is_read() {
    let path = folder("bundle").join("x.mcpb");
    fs::File::create(&path).unwrap().set_len(bundle::MAX_BUNDLE_BYTES + 1).unwrap();
    assert_eq!(bundle::read(&path, Origin::file(&path)).unwrap_err().kind, ProblemKind::TooLarge);
    fs::File::create(&path).unwrap().set_len(bundle::MAX_BUNDLE_BYTES).unwrap();
    let start = Instant::now();
    assert_eq!(bundle::read(&path, Origin::file(&path)).unwrap_err().kind, ProblemKind::Syntax);
    assert!(start.elapsed() < Duration::from_secs(2));
}

fn encodings(text: &str) -> [Vec<u8>; 4] {
    let with = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    [
        text.as_bytes().to_vec(),
        with(&[0xef, 0xbb, 0xbf], text.as_bytes().to_vec()),
        with(&[0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        with(&[0xfe, 0xff], text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ]
}

#[test]
fn byte_order_marks_utf_16_and_crlf_are_read_in_every_format() {
    let documents = [
        (Format::Json, "{\"é\":\n{\"command\": \"npx\"}}"),
        (Format::Jsonc, "// é\n{\"a\":\n{\"command\": \"npx\"}}"),
        (Format::Json5, "{é:\n{command: 'npx'}}"),
        (Format::Toml, "# é\n[a]\ncommand = 'npx'\n"),
        (Format::Yaml, "é: 1\na:\n  command: npx\n"),
        (Format::Xml, "<a>\n<é command='npx'/>\n</a>"),
        (Format::FrontMatter, "---\né: 1\na:\n  command: npx\n---\ntext\n"),
        (Format::Crushrc, "# é\nmcp add é -- npx\n"),
        (Format::ExtensionJs, "/* é */\nnew McpStdioServerDefinition('é',\n'npx')"),
    ];
    for (format, text) in documents {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            for bytes in encodings(&text) {
                let source = Source::decode(Origin::file("x"), bytes.clone()).unwrap();
                let document = parse(&source, format).unwrap();
                let node = find(&document.root, "npx").unwrap_or_else(|| panic!("{format:?} {text:?}"));
                assert!(source.slice(node.span).contains("npx"));
                let range = source.file_range(node.span);
                let raw = &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
                let raw: Vec<u8> = raw.iter().copied().filter(|byte| *byte != 0).collect();
                assert!(String::from_utf8_lossy(&raw).contains("npx"), "{format:?}");
            }
        }
    }
}

fn find<'a>(node: &'a mantrap_clients::Node, text: &str) -> Option<&'a mantrap_clients::Node> {
    if node.text() == Some(text) {
        return Some(node);
    }
    let members = node.members().iter().map(|member| &member.value);
    members.chain(node.items()).find_map(|inner| find(inner, text))
}

#[test]
fn an_empty_file_is_an_empty_document_in_every_format() {
    for format in TEXT_FORMATS {
        for bytes in encodings("") {
            let source = Source::decode(Origin::file("x"), bytes).unwrap();
            let root = parse(&source, format).unwrap().root;
            assert!(matches!(root.value, Value::Null) || root.members().is_empty(), "{format:?}");
        }
    }
}

#[test]
fn nul_bytes_and_other_control_characters_crash_no_format() {
    let seeds = [
        "{\"a\": \"x\"}",
        "a: x\n",
        "[a]\nb = 'x'\n",
        "<a b='x'>x</a>",
        "---\na: x\n---\n",
        "mcp add a -- x",
        "new McpStdioServerDefinition('a', 'x')",
    ];
    for format in TEXT_FORMATS {
        for seed in seeds {
            for (at, _) in seed.char_indices() {
                for character in
                    ['\0', '\u{1}', '\u{7f}', '\u{85}', '\u{2028}', '\u{feff}', '\u{202e}', '\u{10ffff}']
                {
                    let mut text = seed.to_owned();
                    text.insert(at, character);
                    let source = Source::decode(Origin::file("x"), text.into_bytes()).unwrap();
                    if let Ok(document) = parse(&source, format) {
                        assert!(source.text.get(document.root.span.range()).is_some());
                    }
                }
            }
        }
    }
}

#[test]
fn a_file_of_one_very_long_line_takes_time_in_proportion() {
    let long = "x".repeat(8 * 1024 * 1024);
    let texts = [
        (Format::Json, format!("[\"{long}\"]")),
        (Format::Json, "[".to_owned() + &"\"a\",".repeat(400_000) + "0]"),
        (Format::Json5, format!("[\"{long}\"]")),
        (Format::Toml, format!("a = \"{long}\"")),
        (Format::Toml, format!("# {long}")),
        (Format::Yaml, format!("a: {long}")),
        (Format::Yaml, format!("a: \"{long}\"")),
        (Format::Yaml, format!("# {long}")),
        (Format::Yaml, format!("a: [{}]", "b, ".repeat(300_000))),
        (Format::Yaml, "é: x\n".repeat(300_000)),
        (Format::Xml, format!("<a b='{long}'/>")),
        (Format::Xml, format!("<a>{}</a>", "<b/>".repeat(200_000))),
        (Format::FrontMatter, format!("---\na: {long}\n")),
        (Format::Crushrc, format!("mcp add {long}")),
        (Format::Crushrc, "mcp add a -- b;".repeat(300_000)),
        (Format::ExtensionJs, format!("new McpStdioServerDefinition({long}")),
        (Format::ExtensionJs, "new new new ".repeat(300_000)),
    ];
    for (format, text) in texts {
        let source = Source::decode(Origin::file("x"), text.into_bytes()).unwrap();
        let start = Instant::now();
        let _ = parse(&source, format);
        // Unoptimised, on a busy machine; what is quadratic takes hours.
        assert!(start.elapsed() < Duration::from_secs(30), "{format:?}");
    }
}
