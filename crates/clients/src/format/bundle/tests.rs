use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const TEXT: &str =
    r#"{"name": "x", "server": {"mcp_config": {"command": "node", "args": ["${__dirname}/s.js"]}}}"#;

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read_bytes(bytes: Vec<u8>) -> Result<(Arc<Source>, Document), Problem> {
    read_archive(Cursor::new(bytes), Origin::file("x.mcpb"))
}

#[test]
fn the_manifest_is_read_and_its_origin_names_the_bundle() {
    let bytes = archive(&[("server/s.js", b"process.exit()"), ("manifest.json", TEXT.as_bytes())]);
    let (source, document) = read_bytes(bytes).unwrap();
    assert_eq!(source.origin.to_string(), "x.mcpb!manifest.json");
    let command = document.root.pointer("/server/mcp_config/command")[0];
    assert_eq!(source.slice(command.span), "\"node\"");
    assert!(document.problems.is_empty());
}

#[test]
fn a_manifest_that_unpacks_to_gigabytes_is_refused() {
    let bytes = archive(&[("manifest.json", &vec![b' '; 64 * 1024 * 1024])]);
    assert!(bytes.len() < 1024 * 1024);
    assert_eq!(read_bytes(bytes.clone()).unwrap_err().kind, ProblemKind::TooLarge);
    // The same, with a stated size that lies: the central and the local header say 10 bytes.
    let mut lying = bytes;
    let real = (64_u32 * 1024 * 1024).to_le_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&lying[at..], &real) {
        lying[at + found..at + found + 4].copy_from_slice(&10_u32.to_le_bytes());
        at += found + 4;
    }
    let kind = read_bytes(lying).unwrap_err().kind;
    assert!(matches!(kind, ProblemKind::TooLarge | ProblemKind::Syntax), "{kind:?}");
}

#[test]
fn names_that_lead_out_are_problems_and_the_servers_are_still_read() {
    for name in ["../../.bashrc", "/etc/cron.d/x", "C:\\x", "a\\..\\..\\x"] {
        let (_, document) = read_bytes(archive(&[("manifest.json", TEXT.as_bytes()), (name, b"x")])).unwrap();
        assert_eq!(document.problems.len(), 1, "{name}");
        assert_eq!(document.problems[0].kind, ProblemKind::Link);
        assert_eq!(document.root.pointer("/server/mcp_config/command").len(), 1);
    }
    let (_, document) = read_bytes(archive(&[("manifest.json", TEXT.as_bytes()), ("a..b/c", b"x")])).unwrap();
    assert!(document.problems.is_empty());
}

#[test]
fn a_hostile_name_reaches_no_terminal_as_it_is() {
    let bytes = archive(&[("manifest.json", TEXT.as_bytes()), ("../\u{1b}[2J\u{202e}", b"x")]);
    let (_, document) = read_bytes(bytes).unwrap();
    let message = &document.problems[0].message;
    assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message:?}");
}

#[test]
fn an_encrypted_manifest_is_opaque() {
    let mut bytes = archive(&[("manifest.json", TEXT.as_bytes())]);
    let central = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    assert_eq!(read_bytes(bytes).unwrap_err().kind, ProblemKind::Opaque);
}

#[test]
fn every_truncation_is_a_problem_and_not_a_crash() {
    let bytes = archive(&[("manifest.json", TEXT.as_bytes()), ("b", b"y")]);
    for length in 0..bytes.len() {
        assert!(read_bytes(bytes[..length].to_vec()).is_err(), "{length}");
    }
}

#[test]
fn every_flipped_byte_is_survived() {
    let bytes = archive(&[("manifest.json", TEXT.as_bytes()), ("b", b"y")]);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0xff;
        let _ = read_bytes(flipped);
    }
}

#[test]
fn a_bundle_without_a_manifest_or_that_is_no_archive_is_a_problem() {
    for bytes in [archive(&[("other.json", b"{}")]), Vec::new(), b"{}".to_vec(), vec![0; 4096]] {
        assert_eq!(read_bytes(bytes).unwrap_err().kind, ProblemKind::Syntax);
    }
}

#[test]
fn two_manifests_are_a_problem() {
    let mut bytes = archive(&[("manifest.json", TEXT.as_bytes()), ("manifest.jsoN", b"{}")]);
    for at in 0..bytes.len() - 13 {
        if &bytes[at..at + 13] == b"manifest.jsoN" {
            bytes[at + 12] = b'n';
        }
    }
    let (_, document) = read_bytes(bytes).unwrap();
    assert_eq!(document.problems.len(), 1);
}

#[test]
fn a_manifest_that_is_no_json_is_a_problem_in_the_member() {
    let problem = read_bytes(archive(&[("manifest.json", b"{\"a\": ")])).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Syntax);
    assert_eq!(problem.origin.member.as_deref(), Some("manifest.json"));
}
