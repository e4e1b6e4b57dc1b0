//! Signatures that the real `ssh-keygen` made, and every way in which they are not good.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and runs ssh-keygen"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use mantrap_launch::approval::{BadSignature, NAMESPACE, Signature, Signers, Word};
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::{ScopeName, Signed};
use mantrap_launch::{Document, Lock, Values};
use support::{World, approve, launch, located};

const NOW: u64 = 1_795_000_000;

/// A key of this kind: its file. OpenSSH's own program makes it.
fn key(world: &World, kind: &[&str]) -> std::path::PathBuf {
    let path = world.path(&kind.join("-"));
    let made = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", "x"])
        .arg("-t")
        .args(kind)
        .arg("-f")
        .arg(&path)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "ssh-keygen is needed (openssh-client)");
    path
}

fn sign(key: &Path, namespace: &str, bytes: &[u8]) -> String {
    let message = key.with_extension("message");
    let armour = key.with_extension("message.sig");
    let _ = fs::remove_file(&armour);
    fs::write(&message, bytes).unwrap();
    let signed = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
        .arg(key)
        .arg(&message)
        .output();
    assert!(signed.unwrap().status.success());
    fs::read_to_string(armour).unwrap()
}

/// A line of `allowed_signers`.
fn signer(key: &Path, principal: &str, options: &str) -> String {
    format!("{principal} {options}{}", fs::read_to_string(key.with_extension("pub")).unwrap())
}

#[test]
fn what_ssh_keygen_signs_is_verified_and_nothing_else() {
    let world = World::new();
    for kind in [&["ed25519"][..], &["ecdsa", "-b", "256"], &["ecdsa", "-b", "384"], &["rsa", "-b", "2048"]] {
        let key = key(&world, kind);
        let message = b"a document";
        // Ten of each: an ECDSA signature's numbers are of changing length.
        for _ in 0..10 {
            let signature = Signature::parse(&sign(&key, NAMESPACE, message)).unwrap();
            assert_eq!(signature.verify(message), Ok(()), "{kind:?}");
            assert_eq!(signature.verify(b"a documenT"), Err(BadSignature::Wrong), "{kind:?}");
        }
        let signature = Signature::parse(&sign(&key, NAMESPACE, message)).unwrap();
        let printed = Command::new("ssh-keygen").args(["-l", "-f"]).arg(&key).output().unwrap().stdout;
        assert!(String::from_utf8(printed).unwrap().contains(&signature.key().fingerprint()));
        let signers = Signers::parse(&signer(&key, "a@x.example", "")).unwrap();
        assert_eq!(signers.accepts("a@x.example", signature.key(), NOW), Ok(()));
        assert!(signers.accepts("b@x.example", signature.key(), NOW).is_err());
    }
    let other = Signature::parse(&sign(&world.path("ed25519"), "file", b"a document"));
    assert_eq!(other.unwrap_err(), BadSignature::Namespace("file".into()));
}

#[test]
fn no_changed_byte_of_a_signature_verifies() {
    use base64::Engine as _;
    let world = World::new();
    let key = key(&world, &["ed25519"]);
    let armour = sign(&key, NAMESPACE, b"text");
    let body: String = armour.lines().filter(|line| !line.starts_with('-')).collect();
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(&body).unwrap();
    let armoured = |bytes: &[u8]| {
        format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", engine.encode(bytes))
    };
    assert_eq!(Signature::parse(&armoured(&bytes)).unwrap().verify(b"text"), Ok(()));
    for at in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut other = bytes.clone();
            *other.get_mut(at).unwrap() ^= bit;
            let good = Signature::parse(&armoured(&other)).and_then(|signature| signature.verify(b"text"));
            assert!(good.is_err(), "byte {at} does not matter");
        }
        let cut = bytes.get(..at).unwrap();
        assert!(Signature::parse(&armoured(cut)).and_then(|signature| signature.verify(b"text")).is_err());
    }
    assert!(Signature::parse(&armoured(&[&bytes[..], b"x"].concat())).is_err(), "nothing stands behind it");
}

/// What a security key returns: OpenSSH's format around a signature that a key made here.
#[test]
fn a_security_key_counts_when_somebody_touched_it() {
    use base64::Engine as _;
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let put = |parts: &[&[u8]]| {
        let part = |part: &&[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes()[..], part].concat();
        parts.iter().flat_map(part).collect::<Vec<u8>>()
    };
    let hash = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let kind = b"sk-ssh-ed25519@openssh.com";
    let key = put(&[kind, pair.public_key().as_ref(), b"ssh:"]);
    let signed =
        [b"SSHSIG", &put(&[NAMESPACE.as_bytes(), b"", b"sha256", hash(b"text").as_ref()])[..]].concat();
    let signature = |flags: u8| {
        let tail = [flags, 0, 0, 0, 9];
        let made = pair.sign(&[hash(b"ssh:").as_ref(), &tail, hash(&signed).as_ref()].concat());
        let value = [&put(&[kind, made.as_ref()])[..], &tail].concat();
        let head = [&b"SSHSIG"[..], &[0, 0, 0, 1]].concat();
        let all = [head, put(&[&key, NAMESPACE.as_bytes(), b"", b"sha256", &value])].concat();
        let body = base64::engine::general_purpose::STANDARD.encode(all);
        Signature::parse(&format!("-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----"))
            .unwrap()
    };
    assert_eq!(signature(1).verify(b"text"), Ok(()));
    assert_eq!(signature(5).verify(b"text"), Ok(()), "a PIN on top");
    assert_eq!(signature(0).verify(b"text"), Err(BadSignature::Untouched));
    assert_eq!(signature(1).verify(b"other"), Err(BadSignature::Wrong));
}

#[test]
fn a_signature_speaks_for_the_entry_as_the_lock_has_it() {
    let world = World::new();
    let ours = key(&world, &["ed25519"]);
    let theirs = key(&world, &["ecdsa", "-b", "256"]);
    world.put("etc/mantrap/allowed_signers", signer(&ours, "ops@x.example", "namespaces=\"mantrap-entry\" "));
    let text = world.server().replace(
        "root = { type = \"directory\" }",
        &format!("root = {{ type = \"directory\", value = \"{}\" }}", world.text("docs")),
    );
    let lock = Lock::parse(text.as_bytes()).unwrap();
    let path = world.put("home/.config/mantrap/mantrap.lock", &text);
    let (places, none) = (world.places(), Values::new());
    let with = |by: &str, signature: String, scope| {
        let mut located = located(&lock, &path, scope).unwrap();
        located.entry.approvals.push(Signed { by: by.into(), signature });
        located
    };
    let document =
        Document::of(&support::name("notes"), lock.servers.get(&support::name("notes")).unwrap(), &none)
            .bytes();
    let good = || sign(&ours, NAMESPACE, &document);
    let run = |located| launch(&places, located, &none, &mut Known::default());

    let permit = run(with("ops@x.example", good(), ScopeName::User)).unwrap();
    assert!(matches!(&permit.admission().word, Word::Signer { by, .. } if by == "ops@x.example"));
    for (by, signature) in [
        ("eve@x.example", good()),
        ("ops@x.example", sign(&theirs, NAMESPACE, &document)),
        ("ops@x.example", sign(&ours, NAMESPACE, b"another entry")),
        ("ops@x.example", "x".into()),
    ] {
        assert!(run(with(by, signature, ScopeName::User)).unwrap_err().contains("never approved"));
    }
    // A project's lock comes from anybody, so the user's own word has to come to the signature.
    assert!(run(with("ops@x.example", good(), ScopeName::Project)).unwrap_err().contains("never approved"));

    // Where the system demands a signature, a person's word alone is not enough.
    world.put("etc/mantrap/mantrap.lock", "version = 1\n[rules]\nsignature = \"required\"\n");
    let unsigned = located(&lock, &path, ScopeName::User).unwrap();
    approve(&places, &unsigned, &none);
    assert!(run(unsigned).unwrap_err().contains("needs a signature"));
    assert!(run(with("ops@x.example", good(), ScopeName::User)).is_ok());
    assert!(
        run(with("eve@x.example", good(), ScopeName::User))
            .unwrap_err()
            .contains("does not name this signer")
    );

    // And the user's no counts against everybody's yes.
    let signed =
        Document::of(&support::name("notes"), lock.servers.get(&support::name("notes")).unwrap(), &none);
    places.trust().unwrap().revoke(&path, &support::name("notes"), Some(&signed)).unwrap();
    assert!(run(with("ops@x.example", good(), ScopeName::User)).unwrap_err().contains("was revoked"));
}
