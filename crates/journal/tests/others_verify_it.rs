//! Go's golang.org/x/mod/sumdb reads an export of ours and verifies it: checkpoint, inclusion, consistency, every record.
#![expect(clippy::disallowed_methods, reason = "a test panics to fail, and starts Go")]

use std::path::Path;
use std::process::Command;

use mantrap_journal::{
    Checkpoint, Hash, Journal, Note, Reader, Record, Says, Trust, export, includes, verify,
};

#[test]
fn the_go_implementation_verifies_an_export() {
    let scratch = std::env::temp_dir().join(format!("mantrap-journal-go-{}", std::process::id()));
    let (directory, old, new) = (scratch.join("journal"), scratch.join("old"), scratch.join("new"));
    let journal = Journal::open(&directory).unwrap();
    let write = |count: u64| {
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    for nth in 0..count / 100 {
                        let note = Note {
                            about: "test".into(),
                            text: "é".repeat(nth as usize % 90),
                            ..Note::default()
                        };
                        journal.append(&Record::now(Says::Note(note))).unwrap();
                    }
                });
            }
        });
    };
    write(1300);
    export(&Reader::open(&directory).unwrap(), &old).unwrap();
    write(2000);
    let reader = Reader::open(&directory).unwrap();
    export(&reader, &new).unwrap();

    // Ours first: the checks are worth nothing if the proofs are wrong.
    let checkpoint = Checkpoint::open(reader.checkpoint(), reader.verifier()).unwrap();
    for index in [0, 255, 256, 1299, 3071, 3299] {
        let proof = reader.prove(index).unwrap();
        let leaf = Hash::leaf(&reader.entry(index).unwrap());
        assert!(includes(&proof.hashes, index, leaf, checkpoint.size, checkpoint.root), "{index}");
        std::fs::write(scratch.join(format!("{index}.tlog-proof")), proof.to_string()).unwrap();
    }
    let before = std::fs::read_to_string(old.join("checkpoint")).unwrap();
    let trust = Trust { key: Some(reader.verifier().clone()), checkpoints: vec![before] };
    assert!(verify(&directory, &trust).unwrap().holds());

    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let output = Command::new("go")
        .args(["run", "."])
        .args([&old, &new, &scratch])
        .current_dir(program)
        .output()
        .expect("this test needs Go");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    std::fs::remove_dir_all(&scratch).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("verified 3300 records, 6 inclusion proofs of ours and 1 consistency proof"),
        "{said}"
    );
}
