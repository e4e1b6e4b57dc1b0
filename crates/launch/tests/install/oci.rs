//! Container images.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use mantrap_launch::Store as _;
use mantrap_launch::install::{Expected, InstallError, Installed, oci};
use mantrap_launch::store::Limits;
use serde_json::json;

use crate::Test;
use crate::archive::{Part, tar, tarball};
use crate::image::Image;
use crate::world::World;

pub(crate) const TESTS: &[Test] = &[
    ("oci::layers_become_one_tree_whatever_they_are_packed_with", honest),
    ("oci::what_an_upper_layer_hides_is_gone_and_what_it_brings_stays", whiteouts),
    ("oci::nothing_of_a_layer_lands_outside", traversal),
    ("oci::devices_and_other_odd_things_are_refused_and_no_bit_of_a_mode_matters", odd),
    ("oci::every_byte_has_its_digest_or_nothing_is_installed", digests),
    ("oci::what_never_ends_is_ended", bombs),
    ("oci::what_is_started_is_a_program_of_the_image", starts),
];

const LIMITS: Limits = Limits { items: 500, bytes: 4 << 20, depth: 16 };

fn image() -> Image {
    Image::new(json!({ "Entrypoint": ["/bin/run"], "Cmd": ["{x}"], "Env": ["A=1"], "WorkingDir": "/app" }))
}

/// What every image needs.
fn base(image: Image) -> Image {
    image.layer(&[Part::Folder("app/"), Part::File("usr/bin/run", b"program"), Part::Link("bin", "/usr/bin")])
}

fn put(world: &World, archive: &[u8]) -> Result<(Installed, oci::Starts), InstallError> {
    let path = world.0.join("image.tar");
    fs::write(&path, archive).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    oci::install(&world.store(), &path, LIMITS, &Expected::default())
}

fn refused(image: &Image, wanted: &str) {
    refused_bytes(&image.archive(|_, _| {}), wanted);
}

fn refused_bytes(archive: &[u8], wanted: &str) {
    let world = World::new();
    let error = put(&world, archive).map(|(installed, _)| installed.record).unwrap_err().to_string();
    assert!(error.contains(wanted), "{wanted}: {error}");
    assert_eq!(world.left(), 0, "{error}");
    assert!(!world.canary().exists());
}

/// Where its files are.
fn root(world: &World, installed: &Installed) -> PathBuf {
    world.store().tree(&installed.tree).unwrap().join("root")
}

fn honest() {
    let world = World::new();
    let second = [Part::File("app/a", b"1"), Part::HardLink("app/b", "app/a")];
    let third =
        [Part::File("bin/c", b"3"), Part::Link("usr/lib/d", "/bin/c"), Part::Link("e", "../../../usr")];
    let plain = tar(&third);
    let mut frames =
        ruzstd::encoding::compress_to_vec(plain.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    // What a chunked layer ends with: a frame that is skipped.
    frames.write_all(b"\x50\x2a\x4d\x18\x03\0\0\0xyz").unwrap();
    let image = base(image()).packed(tarball(&second), tar(&second)).packed(frames, plain);
    let (installed, starts) = put(&world, &image.archive(|_, _| {})).unwrap();
    assert_eq!(starts.program, "{tree}/root/usr/bin/run");
    assert_eq!((starts.called.as_str(), starts.directory.as_deref()), ("/bin/run", Some("/app")));
    assert_eq!(installed.arguments, ["{{x}}"]);
    assert!(installed.record.notes.iter().any(|note| note.contains("`A=1`")), "{:?}", installed.record.notes);
    let root = root(&world, &installed);
    assert_eq!(fs::read(root.join("app/b")).unwrap(), b"1");
    assert_eq!(fs::read(root.join("usr/bin/c")).unwrap(), b"3", "behind the link of a lower layer");
    for (link, wanted) in [("bin", "usr/bin"), ("usr/lib/d", "../../bin/c"), ("e", "usr")] {
        assert_eq!(fs::read_link(root.join(link)).unwrap(), PathBuf::from(wanted), "{link}");
    }
    world.store().verify(&installed.tree).unwrap();
    // Docker's older form is the same image.
    let saved = World::new();
    let (other, _) = put(&saved, &image.saved()).unwrap();
    assert_eq!(other.tree, installed.tree);
    assert_ne!(other.integrity, installed.integrity);
}

fn whiteouts() {
    let world = World::new();
    let image = base(image())
        .layer(&[
            Part::File("etc/a/x", b"1"),
            Part::File("etc/b", b"2"),
            Part::File("opt/old/deep/x", b"3"),
            Part::File("f", b""),
        ])
        .layer(&[
            // What stands in the same layer stays, whatever comes first.
            Part::File("etc/b", b"new"),
            Part::File("etc/.wh.b", b""),
            Part::File("etc/.wh.a", b""),
            Part::File("opt/new", b"4"),
            Part::File("opt/.wh..wh..opq", b""),
            Part::File("etc/.wh.none", b""),
            Part::File("none/.wh.none", b""),
            Part::File("etc/.wh..wh.aufs", b""),
            Part::File("f/x", b""),
        ]);
    let error = put(&world, &image.archive(|_, _| {})).unwrap_err().to_string();
    assert!(error.contains("`f/x`") && error.contains("a file here"), "{error}");
    let image = base(Image::new(image.run.clone()))
        .layer(&[
            Part::File("etc/a/x", b"1"),
            Part::File("etc/b", b"2"),
            Part::File("opt/old/deep/x", b"3"),
            Part::File("f", b""),
        ])
        .layer(&[
            Part::File("etc/b", b"new"),
            Part::File("etc/.wh.b", b""),
            Part::File("etc/.wh.a", b""),
            Part::File("opt/new", b"4"),
            Part::File("opt/.wh..wh..opq", b""),
            Part::Folder("f"),
            Part::File("f/x", b""),
        ]);
    let (installed, _) = put(&world, &image.archive(|_, _| {})).unwrap();
    let root = root(&world, &installed);
    assert_eq!(fs::read(root.join("etc/b")).unwrap(), b"new");
    assert!(!root.join("etc/a").exists() && !root.join("opt/old").exists());
    assert!(root.join("opt/new").exists() && root.join("f/x").exists());
    let names: Vec<_> =
        fs::read_dir(root.join("etc")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["b"], "no whiteout is a file");
    for bad in ["etc/.wh.", "etc/.wh..", "etc/.wh..."] {
        refused(&base(image_of(&[Part::File(bad, b"")])), "hides what has no name");
    }
}

fn image_of(parts: &[Part<'_>]) -> Image {
    image().layer(parts)
}

fn traversal() {
    for bad in ["../canary", "a/../../canary", "a/..", "usr/../../../x"] {
        refused(&base(image_of(&[Part::File(bad, b"x")])), "leads out of it");
    }
    // Neutralised: an absolute path begins at the image's root, and so does a link.
    let world = World::new();
    let outside = world.0.to_str().unwrap();
    let image = base(image())
        .layer(&[
            Part::File("/absolute", b"x"),
            Part::Link("out", outside),
            Part::Link("up", "../../../../../.."),
        ])
        .layer(&[Part::File("up/beside", b"x")]);
    let (installed, _) = put(&world, &image.archive(|_, _| {})).unwrap();
    let root = root(&world, &installed);
    assert!(root.join("absolute").exists() && root.join("beside").exists());
    // To write through a link that leads out in the host's eyes: there is no such place in the image.
    let image = base(image_of(&[Part::Link("out", outside)])).layer(&[Part::File("out/canary", b"x")]);
    refused(&image, "directory there");
    for (name, of) in
        [("x", "../../etc/passwd"), ("x", "etc/passwd"), ("x", "bin"), ("x", "x"), ("x", "app"), ("x", "")]
    {
        let image = base(self::image()).layer(&[Part::HardLink(name, of)]);
        let error = put(&World::new(), &image.archive(|_, _| {})).unwrap_err().to_string();
        assert!(
            error.contains("another name of what is no file") || error.contains("leads out"),
            "{of}: {error}"
        );
    }
    let image = base(image_of(&[Part::Link("loop", "loop")])).layer(&[Part::File("loop/x", b"x")]);
    refused(&image, "links that lead nowhere");
    let deep = "d/".repeat(17) + "x";
    refused(&base(image_of(&[Part::File(&deep, b"x")])), "deeper");
    refused(&base(image_of(&[Part::File("A", b""), Part::File("a", b"")])), "upper and lower");
}

fn odd() {
    for (kind, name) in
        [(b'3', "character"), (b'4', "block"), (b'6', "pipe"), (b'S', "sparse"), (b'Z', "new")]
    {
        refused(&base(image_of(&[Part::Odd(name, kind, "0000644\0")])), "is a device, a pipe");
    }
    let world = World::new();
    let image = base(image()).layer(&[
        Part::Odd("bin/su", b'0', "0006777\0"),
        // The jail has its own.
        Part::Odd("dev/sda", b'4', "0000666\0"),
        Part::File("proc/x", b""),
    ]);
    let (installed, _) = put(&world, &image.archive(|_, _| {})).unwrap();
    let root = root(&world, &installed);
    assert_eq!(fs::metadata(root.join("bin/su")).unwrap().permissions().mode() & 0o7777, 0o555);
    assert!(!root.join("dev").exists() && !root.join("proc").exists());
}

fn digests() {
    let image = base(image()).layer(&[Part::File("app/a", b"1")]);
    let count = std::cell::Cell::new(0);
    image.archive(|_, _| count.set(count.get() + 1));
    for nth in 2..count.get() {
        for change in ["flip", "end", "empty"] {
            let seen = std::cell::Cell::new(0);
            let archive = image.archive(|_, bytes| {
                if seen.replace(seen.get() + 1) == nth {
                    match change {
                        "flip" => bytes[20] ^= 1,
                        "end" => bytes.truncate(bytes.len() - 1),
                        _ => bytes.clear(),
                    }
                }
            });
            refused_bytes(&archive, "image");
        }
    }
    // A layer whose packed bytes are right, and whose unpacked ones are another layer's.
    let other = image_of(&[]).packed(tarball(&[Part::File("evil", b"x")]), tar(&[Part::File("good", b"x")]));
    refused(&base(other), "not what its digest says");
    let mut foreign = base(self::image());
    foreign.architecture = "s390x";
    refused(&foreign, "s390x");
    let whole = image.archive(|_, _| {});
    for cut in [0, 100, 511, 512, 700, whole.len() / 2, whole.len() - 1500] {
        refused_bytes(&whole[..cut], "");
    }
    refused_bytes(&tarball(&[Part::File("index.json", b"{}")]), "not compressed");
    refused_bytes(&tar(&[Part::File("index.json", b"{\"manifests\":[]}")]), "no image for this machine");
    refused_bytes(&tar(&[Part::File("x", b"")]), "neither `index.json`");
    refused_bytes(b"PK\x03\x04", "");
    put(&World::new(), &whole).unwrap();
}

fn bombs() {
    let huge = [Part::Zeros("app/zeros", 12 << 20)];
    refused(&base(image()).packed(tarball(&huge), tar(&huge)), "larger than any server");
    // Larger than it is: the size is what the header says.
    let mut lying = tar(&[Part::Zeros("app/zeros", 1 << 20)]);
    lying.truncate(4096);
    refused(&base(image()).packed(lying.clone(), lying), "ends in the middle");
    let names: Vec<String> = (0..600).map(|nth| format!("app/{nth}")).collect();
    let many: Vec<Part<'_>> = names.iter().map(|name| Part::File(name, b"")).collect();
    refused(&base(image_of(&many)), "more");
    let mut image = base(image());
    for _ in 0..600 {
        image = image.layer(&[Part::File("app/x", b"")]);
    }
    refused(&image, "image");
}

fn starts() {
    let shell = |run: serde_json::Value| {
        Image::new(run).layer(&[
            Part::File("usr/bin/busybox", b"\x7fELF"),
            Part::Link("bin/sh", "/usr/bin/busybox"),
            Part::Link("venv/bin/python", "../../usr/bin/busybox"),
            Part::File("app/server", b"#!/venv/bin/python -u\nprint(1)\n"),
            Part::File("app/entry.sh", b"#! /bin/sh\nexec \"$@\"\n"),
            Part::File("app/loop", b"#!/app/loop\n"),
            Part::Odd("app/data", b'0', "0000644\0"),
            Part::Link("app/out", "/../../../usr/bin/busybox"),
        ])
    };
    for (run, called, arguments) in [
        (json!({ "Cmd": ["/bin/sh", "-c", "x"] }), "/bin/sh", vec!["-c", "x"]),
        (
            json!({ "Entrypoint": ["server"], "Cmd": ["a"], "Env": ["PATH=/app:/bin"] }),
            "/venv/bin/python",
            vec!["-u", "/app/server", "a"],
        ),
        (
            json!({ "Entrypoint": ["./entry.sh"], "Cmd": ["y"], "WorkingDir": "/app" }),
            "/bin/sh",
            vec!["/app/entry.sh", "y"],
        ),
        (
            json!({ "Entrypoint": null, "Cmd": ["/app/out"], "Env": null, "WorkingDir": null }),
            "/app/out",
            vec![],
        ),
    ] {
        let world = World::new();
        let (installed, starts) = put(&world, &shell(run.clone()).archive(|_, _| {})).unwrap();
        assert_eq!(
            (starts.called.as_str(), starts.program.as_str()),
            (called, "{tree}/root/usr/bin/busybox"),
            "{run}"
        );
        assert_eq!(installed.arguments, arguments, "{run}");
    }
    for (run, wanted) in [
        (json!({}), "does not say what is started"),
        (json!({ "Cmd": ["nothing"] }), "no program in it"),
        (json!({ "Cmd": ["/app/data"] }), "no program in it"),
        (json!({ "Cmd": ["/app"] }), "no program in it"),
        (json!({ "Cmd": ["/etc/passwd"] }), "no program in it"),
        (json!({ "Cmd": ["/app/loop"] }), "script of a script"),
    ] {
        refused(&shell(run), wanted);
    }
}
