//! PyPI packages, by pip and, where it is installed, by uv.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use mantrap_launch::Store as _;
use mantrap_launch::install::{Expected, How, InstallError, Installed, pypi};
use sha2::{Digest as _, Sha256};

use crate::Test;
use crate::archive::{Part, tarball, zip};
use crate::vouch::{self, Signer};
use crate::web::{Page, Web};
use crate::world::{World, program, python, quick};

pub(crate) const TESTS: &[Test] = &[
    ("pypi::an_honest_wheel_is_installed_compiled_and_started", honest),
    ("pypi::a_password_of_netrc_reaches_its_index_and_no_error", passwords),
    ("pypi::who_vouches_for_a_file_is_verified_and_a_false_word_refused", vouchers),
    ("pypi::no_pth_file_and_no_customization_runs", hooks),
    ("pypi::nothing_is_built", sources),
    ("pypi::what_may_be_built_is_built_jailed_and_offline", builds),
    ("pypi::a_program_outside_the_tree_is_none", programs),
    ("pypi::nothing_of_a_wheel_lands_outside", traversal),
    ("pypi::what_never_ends_is_ended", bombs),
    ("pypi::an_artifact_that_changes_or_is_lied_about_is_refused", lies),
];

/// The installers of this machine.
fn installers() -> Vec<Option<PathBuf>> {
    let mut all = vec![None];
    match program("uv") {
        Some(uv) => all.push(Some(uv)),
        None => println!("no uv here: pip alone is tested"),
    }
    all
}

type Files = Vec<(String, Vec<u8>)>;

/// The files of a wheel `server` 1.0.
fn wheel(entry: &str, more: &[(&str, &str)]) -> Files {
    let mut files: Files = vec![
        ("server_pkg/__init__.py".into(), b"def main():\n    print('hello')\n".to_vec()),
        (
            "server-1.0.dist-info/METADATA".into(),
            b"Metadata-Version: 2.1\nName: server\nVersion: 1.0\n".to_vec(),
        ),
        (
            "server-1.0.dist-info/WHEEL".into(),
            b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_vec(),
        ),
        (
            "server-1.0.dist-info/entry_points.txt".into(),
            format!("[console_scripts]\n{entry}\n").into_bytes(),
        ),
    ];
    files.extend(more.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())));
    files
}

fn packed(files: &Files) -> Vec<u8> {
    let mut record = String::new();
    for (name, bytes) in files {
        use base64::Engine as _;
        let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
        record.push_str(&format!("\"{name}\",sha256={hash},{}\n", bytes.len()));
    }
    record.push_str("server-1.0.dist-info/RECORD,,\n");
    let mut parts: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    parts.push(("server-1.0.dist-info/RECORD", record.as_bytes()));
    zip(&parts)
}

const FILE: &str = "server-1.0-py3-none-any.whl";

fn shelve(web: &Web, file: &str, vouched: &[u8], page: Page) {
    let hash = mantrap_launch::Digest::of(vouched).hex();
    let listing = format!(
        "<!DOCTYPE html><html><body><a href=\"/files/{file}#sha256={hash}\">{file}</a></body></html>"
    );
    web.put("/simple/server/", Page::Is(listing.into_bytes()));
    web.put(&format!("/files/{file}"), page);
}

fn offer(web: &Web, entry: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let bytes = packed(&wheel(entry, more));
    shelve(web, FILE, &bytes, Page::Is(bytes.clone()));
    bytes
}

fn how(installer: Option<PathBuf>) -> How {
    quick(How::with(python().expect("these tests need python3"), installer))
}

fn install(world: &World, web: &Web, how: &How) -> Result<Installed, InstallError> {
    let mut surroundings = world.surroundings();
    surroundings.variables.insert("PIP_INDEX_URL".into(), format!("{}/simple", web.address()).into());
    pypi::install(&world.store(), "server", "1.0", how, &surroundings)
}

fn refused(world: &World, result: Result<Installed, InstallError>, wanted: &str) {
    let error = result.map(|installed| installed.record).unwrap_err().to_string();
    assert!(error.contains(wanted), "{wanted}: {error}");
    assert!(!world.canary().exists());
    assert_eq!(world.left(), 0, "{error}");
}

/// What the installed program prints.
fn run(world: &World, installed: &Installed) -> String {
    let tree = world.store().tree(&installed.tree).unwrap();
    let arguments = installed.arguments.iter().map(|word| word.replace("{tree}", tree.to_str().unwrap()));
    let done = Command::new(python().unwrap()).args(arguments).current_dir("/").output().unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

fn honest() {
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        let bytes = offer(&web, "server = server_pkg:main", &[]);
        let how = how(installer);
        let installed = install(&world, &web, &how).unwrap();
        assert_eq!(run(&world, &installed), "hello\n");
        let integrity = {
            use base64::Engine as _;
            format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes)))
        };
        assert_eq!(installed.integrity, integrity);
        let tree = world.store().tree(&installed.tree).unwrap();
        let compiled =
            fs::read_dir(tree.join("site/server_pkg/__pycache__")).unwrap().next().unwrap().unwrap();
        // PEP 552: the lowest bit says that it is by hash, the second that it is checked.
        assert_eq!(fs::read(compiled.path()).unwrap()[4], 1, "unchecked");
        let again = World::new();
        let how =
            How { expected: Expected { integrity: Some(integrity), tree: Some(installed.tree) }, ..how };
        assert_eq!(
            install(&again, &web, &how).unwrap().tree,
            installed.tree,
            "the same wheel is the same tree"
        );
    }
}

fn vouchers() {
    let (world, web, signer) = (World::new(), Web::start(), Signer::new());
    let bytes = offer(&web, "server = server_pkg:main", &[]);
    let how = How { roots: Some(signer.roots()), ..how(None) };
    let say = |file: &str, workflow: &str| {
        let provenance = signer.pypi(file, &bytes, workflow).to_string().into_bytes();
        web.put(&format!("/integrity/server/1.0/{FILE}/provenance"), Page::Is(provenance));
    };
    for (file, workflow, wanted) in [
        ("server-1.1-py3-none-any.whl", "release.yml", "it is about something else"),
        (FILE, "other.yml", "it is by somebody else than the index says"),
    ] {
        say(file, workflow);
        refused(&world, install(&world, &web, &how), wanted);
    }
    say(FILE, "release.yml");
    let installed = install(&world, &web, &how).unwrap();
    assert_eq!(installed.provenance.into_iter().collect::<Vec<_>>(), [vouch::statement()]);
}

fn passwords() {
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        offer(&web, "server = server_pkg:main", &[]);
        fs::write(world.0.join("home/.netrc"), "machine 127.0.0.1 login me password s3cret@of-the-test\n")
            .unwrap();
        let installed = install(&world, &web, &how(installer.clone())).unwrap();
        // `me:s3cret@of-the-test` in Basic authentication.
        assert!(web.heard().contains("Basic bWU6czNjcmV0QG9mLXRoZS10ZXN0"), "{}", web.heard());
        let tree = world.store().tree(&installed.tree).unwrap();
        let found = Command::new("grep")
            .args(["-r", "s3cret"])
            .arg(tree)
            .arg(world.0.join("store"))
            .output()
            .unwrap();
        assert!(found.stdout.is_empty());
        web.put("/simple/server/", Page::Is(b"<html>s3cret@of-the-test</html>".to_vec()));
        let other = World::new();
        fs::copy(world.0.join("home/.netrc"), other.0.join("home/.netrc")).unwrap();
        let error = install(&other, &web, &how(installer)).unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

fn hooks() {
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        let canary = world.canary();
        let touch = format!("import pathlib; pathlib.Path({:?}).touch()\n", canary.to_str().unwrap());
        let more = [
            ("evil.pth", touch.as_str()),
            ("sitecustomize.py", touch.as_str()),
            ("usercustomize.py", touch.as_str()),
        ];
        offer(&web, "server = server_pkg:main", &more);
        let installed = install(&world, &web, &how(installer)).unwrap();
        assert_eq!(run(&world, &installed), "hello\n");
        assert!(!canary.exists());
        assert_eq!(installed.record.notes.len(), 3, "{:?}", installed.record.notes);
        let site = world.store().tree(&installed.tree).unwrap().join("site");
        let twin = format!("import site; site.addsitedir({:?})", site.to_str().unwrap());
        Command::new(python().unwrap()).args(["-I", "-c", &twin]).status().unwrap();
        assert!(canary.exists(), "the twin fires");
    }
}

fn sources() {
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        let setup = format!(
            "import pathlib; pathlib.Path({:?}).touch()\nfrom setuptools import setup\nsetup(name='server', version='1.0')\n",
            world.canary().to_str().unwrap()
        );
        let bytes = tarball(&[
            Part::File("server-1.0/setup.py", setup.as_bytes()),
            Part::File("server-1.0/PKG-INFO", b"Metadata-Version: 2.1\nName: server\nVersion: 1.0\n"),
        ]);
        shelve(&web, "server-1.0.tar.gz", &bytes, Page::Is(bytes.clone()));
        refused(&world, install(&world, &web, &how(installer)), "");
        let _ = Command::new(python().unwrap())
            .args(["-I", "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--target"])
            .arg(world.0.join("plain"))
            .args(["--index-url", &format!("{}/simple", web.address()), "server==1.0"])
            .output();
        assert!(world.canary().exists(), "the twin fires");
    }
}

/// A package that is built by its own code, which looks around.
const BACKEND: &str = r#"
import pathlib, shutil, socket, subprocess, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    # Outside, it would be found; inside, the place is another one.
    pathlib.Path(CANARY).touch()
    try:
        socket.create_connection(("127.0.0.1", PORT), 3)
        seen = "reached"
    except OSError:
        seen = "refused"
    # What is built may run while it is built: a program that was compiled, and one that was copied.
    pathlib.Path("helper.c").write_text('#include <stdio.h>\nint main(void) { return puts("compiled") < 0; }\n')
    subprocess.run(["cc", "-o", "helper", "helper.c"], check=True)
    seen += " " + subprocess.run(["./helper"], capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy("/bin/true", directory + "/copy")
    seen += " %d" % subprocess.run([directory + "/copy"]).returncode
    pathlib.Path(directory, "copy").unlink()
    # Nowhere else: the private places are as in every jail.
    for place in ["/tmp", "/dev/shm", pathlib.Path.home()]:
        shutil.copy("/bin/true", pathlib.Path(place, "copy"))
        try:
            subprocess.run([str(pathlib.Path(place, "copy"))])
            seen += " ran in %s" % place
        except PermissionError:
            pass
    with zipfile.ZipFile(pathlib.Path(directory, FILE), "w") as wheel:
        wheel.writestr("server_pkg/__init__.py", "def main():\n    print(%r)\n" % seen)
        wheel.writestr("server-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: server\nVersion: 1.0\n")
        wheel.writestr("server-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("server-1.0.dist-info/entry_points.txt", "[console_scripts]\nserver = server_pkg:main\n")
        wheel.writestr("server-1.0.dist-info/RECORD", "")
    return FILE
"#;

fn builds() {
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        let port = web.address().rsplit(':').next().unwrap().to_owned();
        let canary = format!("{:?}", world.canary().to_str().unwrap());
        let backend = BACKEND.replace("CANARY", &canary).replace("PORT", &port);
        let source = |file: &str, requires: &str| {
            let project = format!(
                "[build-system]\nrequires = {requires}\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
            );
            tarball(&[
                Part::File("server-1.0/pyproject.toml", project.as_bytes()),
                Part::File("server-1.0/PKG-INFO", b"Metadata-Version: 2.1\nName: server\nVersion: 1.0\n"),
                Part::File("server-1.0/backend.py", backend.replace("FILE", &format!("{file:?}")).as_bytes()),
            ])
        };
        let bytes = source(FILE, "[]");
        let shelve = |bytes: &[u8], page: Page| shelve(&web, "server-1.0.tar.gz", bytes, page);
        shelve(&bytes, Page::Is(bytes.clone()));
        refused(&world, install(&world, &web, &how(installer.clone())), "`--allow-build`");
        let how = How { builds: mantrap_launch::install::Builds::InJail, ..how(installer) };
        let installed = install(&world, &web, &how).unwrap();
        assert_eq!(run(&world, &installed), "refused compiled 0\n");
        assert!(!world.canary().exists());
        assert_eq!(installed.record.built, ["server"]);
        assert!(installed.record.sentences()[0].contains("built here from source"));
        let integrity = {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes))
        };
        assert_eq!(installed.integrity, format!("sha256-{integrity}"), "the source's");
        let other = source(FILE, "[\"x\"]");
        for (bytes, page, wanted) in [
            (bytes.clone(), Page::Is(other.clone()), "vouches for"),
            (source("other-1.0-py3-none-any.whl", "[]"), Page::Stalls, ""),
            (source(FILE, "[\"x @ https://127.0.0.1/x.whl\"]"), Page::Stalls, "no plain package"),
            (source(FILE, "[\"--index-url=http://127.0.0.1/\"]"), Page::Stalls, "no plain package"),
            (source(FILE, "[\"nothing-of-the-registry\"]"), Page::Stalls, "what it is built with"),
            (source("server-2.0-py3-none-any.whl", "[]"), Page::Stalls, ""),
        ] {
            let page = if matches!(page, Page::Stalls) { Page::Is(bytes.clone()) } else { page };
            shelve(&bytes, page);
            let world = World::new();
            refused(&world, install(&world, &web, &how), wanted);
        }
    }
}

fn programs() {
    for (entry, wanted) in [
        ("server = os:system", "no function of its own"),
        // pip fails on it by itself.
        ("server = ..server_pkg:main", ""),
        ("server = server_pkg:main();evil", ""),
        ("server = server_pkg", ""),
        ("one = server_pkg:main\ntwo = server_pkg:main", "several programs"),
        ("", "no program"),
    ] {
        let (world, web) = (World::new(), Web::start());
        offer(&web, entry, &[]);
        refused(&world, install(&world, &web, &how(installers().pop().unwrap())), wanted);
    }
}

fn traversal() {
    for installer in installers() {
        for name in ["../../../../../canary", "/canary-of-mantrap", "server_pkg/../../../../canary"] {
            let (world, web) = (World::new(), Web::start());
            offer(&web, "server = server_pkg:main", &[(name, "x")]);
            let result = install(&world, &web, &how(installer.clone()));
            assert!(!std::path::Path::new("/canary-of-mantrap").exists() && !world.canary().exists());
            if result.is_err() {
                assert_eq!(world.left(), 0);
            }
        }
    }
}

fn bombs() {
    let zeros = "\0".repeat(60 << 20);
    for installer in installers() {
        let (world, web) = (World::new(), Web::start());
        offer(&web, "server = server_pkg:main", &[("zeros", &zeros)]);
        refused(&world, install(&world, &web, &how(installer)), "larger than any server");
    }
}

fn lies() {
    let good = packed(&wheel("server = server_pkg:main", &[]));
    let evil = packed(&wheel("server = server_pkg:main", &[("more.py", "evil()")]));
    for installer in installers() {
        for (page, patience, wanted) in [
            (Page::Is(evil.clone()), 60, ""),
            (Page::Breaks(good.clone()), 60, ""),
            (Page::Stalls, 8, "took longer"),
        ] {
            let (world, web) = (World::new(), Web::start());
            shelve(&web, FILE, &good, page);
            let mut how = how(installer.clone());
            how.patience = Duration::from_secs(patience);
            refused(&world, install(&world, &web, &how), wanted);
        }
        let (world, web) = (World::new(), Web::start());
        offer(&web, "server = server_pkg:main", &[]);
        let first = install(&world, &web, &how(installer.clone())).unwrap();
        shelve(&web, FILE, &evil, Page::Is(evil.clone()));
        let other = World::new();
        let expected = Expected { integrity: Some(first.integrity), tree: None };
        let changed = How { expected, ..how(installer) };
        refused(&other, install(&other, &web, &changed), "not what was installed before");
    }
}
