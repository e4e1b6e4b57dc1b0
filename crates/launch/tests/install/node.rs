//! npm packages.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure::measure;
use mantrap_launch::install::{Builds, Expected, How, InstallError, Installed, mcpb, npm};
use mantrap_launch::lock::ScopeName;
use mantrap_launch::{Located, Lock, Plan, ServerName, Store as _, Unresolved, Values};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::Test;
use crate::archive::{Part, tarball, zip};
use crate::vouch::{self, Key, Signer};
use crate::web::{Page, Web};
use crate::world::{World, node};

pub(crate) const TESTS: &[Test] = &[
    ("npm::an_honest_package_is_installed_and_its_program_found", honest),
    ("npm::who_vouches_for_a_package_is_verified_and_a_false_word_refused", vouchers),
    ("npm::a_token_reaches_its_registry_and_no_error", tokens),
    ("npm::a_tree_of_the_store_makes_a_plan_until_it_changes", plans),
    ("npm::no_script_of_a_package_or_of_what_it_needs_runs", scripts),
    ("npm::a_script_that_may_run_runs_jailed_and_offline", builds),
    ("npm::nothing_of_an_archive_lands_outside", traversal),
    ("npm::files_that_differ_in_case_only_are_refused", cases),
    ("npm::what_never_ends_is_ended", bombs),
    ("npm::more_files_than_any_server_has_are_refused", many),
    ("npm::a_program_outside_the_package_is_none", programs),
    ("npm::an_artifact_that_changes_is_refused", changes),
    ("npm::a_registry_that_lies_stalls_or_breaks_off_is_an_error", lies),
    ("npm::nothing_comes_from_anywhere_but_the_registry", elsewhere),
    ("npm::an_installer_that_is_killed_leaves_nothing_usable", killed),
    ("mcpb::a_bundle_is_opened_and_a_hostile_one_refused", bundles),
];

/// A package in a registry.
struct Offer<'a> {
    name: &'a str,
    about: Value,
    parts: Vec<Part<'a>>,
}

impl<'a> Offer<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            about: json!({ "bin": "cli.js" }),
            parts: vec![Part::File("package/cli.js", b"console.log('hello')\n")],
        }
    }

    fn about(mut self, key: &str, value: Value) -> Self {
        self.about[key] = value;
        self
    }

    fn part(mut self, part: Part<'a>) -> Self {
        self.parts.push(part);
        self
    }

    fn archive(self) -> (Value, Vec<u8>) {
        let mut about = self.about;
        about["name"] = self.name.into();
        about["version"] = "1.0.0".into();
        let text = about.to_string();
        let mut parts = vec![Part::File("package/package.json", text.as_bytes())];
        parts.extend(self.parts);
        let bytes = tarball(&parts);
        (about, bytes)
    }

    /// Puts it on the shelf as an honest registry does.
    fn on(self, web: &Web) -> (Value, Vec<u8>) {
        let (about, bytes) = self.archive();
        shelve(web, &about, &bytes, Page::Is(bytes.clone()));
        (about, bytes)
    }
}

fn shelve(web: &Web, about: &Value, vouched: &[u8], page: Page) {
    let name = about["name"].as_str().unwrap();
    web.put(&format!("/{name}"), Page::Is(packument(web, about, vouched)));
    web.put(&format!("/files/{name}-1.0.0.tgz"), page);
}

fn packument(web: &Web, about: &Value, vouched: &[u8]) -> Vec<u8> {
    let name = about["name"].as_str().unwrap();
    let mut version = about.clone();
    version["dist"] = json!({
        "tarball": format!("{}/files/{name}-1.0.0.tgz", web.address()),
        "integrity": format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(Sha512::digest(vouched))),
    });
    json!({ "name": name, "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": version } })
        .to_string()
        .into_bytes()
}

fn install(
    world: &World,
    web: &Web,
    name: &str,
    change: impl FnOnce(&mut How),
) -> Result<Installed, InstallError> {
    fs::write(world.0.join("home/.npmrc"), format!("registry={}/\n", web.address())).unwrap();
    let mut how = node().expect("these tests need node and npm");
    change(&mut how);
    npm::install(&world.store(), name, "1.0.0", &how, &world.surroundings())
}

/// The same without mantrap.
fn plainly(world: &World, web: &Web, name: &str) {
    let place = world.0.join("plain");
    fs::create_dir(&place).unwrap();
    let done = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--dangerously-allow-all-scripts", "--registry"])
        .arg(format!("{}/", web.address()))
        .arg("--cache")
        .arg(world.0.join("cache"))
        .arg(format!("{name}@1.0.0"))
        .env("HOME", world.0.join("home"))
        .current_dir(&place)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn refused(world: &World, result: Result<Installed, InstallError>, wanted: &str) {
    let error = result.map(|installed| installed.record).unwrap_err().to_string();
    assert!(error.contains(wanted), "{error}");
    assert!(!world.canary().exists());
    assert_eq!(world.left(), 0, "{error}");
}

fn honest() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("needed").on(&web);
    Offer::new("@acme/server")
        .about("bin", json!({ "server": "./cli.js", "other": "x.js" }))
        .about("dependencies", json!({ "needed": "^1.0.0" }))
        .on(&web);
    let installed = install(&world, &web, "@acme/server", |_| {}).unwrap();
    assert_eq!(installed.arguments, ["{tree}/node_modules/@acme/server/cli.js"]);
    assert!(installed.integrity.starts_with("sha512-"), "{}", installed.integrity);
    let names: Vec<&str> = installed.record.packages.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["@acme/server", "needed"]);
    let tree = world.store().tree(&installed.tree).unwrap();
    let said = Command::new("node").arg(tree.join("node_modules/@acme/server/cli.js")).output().unwrap();
    assert_eq!(said.stdout, b"hello\n");
    // The same package is the same tree, and says so when it is expected.
    let expected = Expected { integrity: Some(installed.integrity.clone()), tree: Some(installed.tree) };
    let again = install(&world, &web, "@acme/server", |how| how.expected = expected).unwrap();
    assert_eq!(again.tree, installed.tree);
}

fn vouchers() {
    let (world, web) = (World::new(), Web::start());
    let (about, bytes) = Offer::new("@acme/server").on(&web);
    let (signer, key) = (Signer::new(), Key::new());
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let integrity = format!("sha512-{}", encode(&Sha512::digest(&bytes)));
    let offer = |signed: &str, subject: &str| {
        let mut about = about.clone();
        about["dist"] = json!({
            "signatures": [{ "keyid": "SHA256:test", "sig": encode(&key.sign(signed.as_bytes())) }],
            "attestations": { "url": "https://elsewhere.example/" },
        });
        web.put("/@acme/server/1.0.0", Page::Is(about.to_string().into_bytes()));
        let keys = json!({ "keys": [{ "keyid": "SHA256:test", "key": encode(&key.public()) }] });
        web.put("/-/npm/v1/keys", Page::Is(keys.to_string().into_bytes()));
        let attestations = signer.npm(subject, &bytes).to_string().into_bytes();
        web.put("/-/npm/v1/attestations/@acme/server@1.0.0", Page::Is(attestations));
    };
    let by = |how: &mut How| how.roots = Some(signer.roots());
    let (signed, subject) = (format!("@acme/server@1.0.0:{integrity}"), "pkg:npm/%40acme/server@1.0.0");
    for (signed, subject, wanted) in [
        (
            signed.as_str(),
            "pkg:npm/%40acme/server@1.0.1",
            "an attestation is false: it is about something else",
        ),
        ("@acme/server@1.0.0:sha512-x", subject, "the registry's signature is not of these bytes"),
    ] {
        offer(signed, subject);
        refused(&world, install(&world, &web, "@acme/server", by), wanted);
    }
    offer(&signed, subject);
    let installed = install(&world, &web, "@acme/server", by).unwrap();
    let provenance: Vec<_> = installed.provenance.into_iter().collect();
    assert_eq!(provenance, [vouch::statement(), "signature SHA256:test".to_owned()]);
    assert!(installed.record.notes.is_empty(), "{:?}", installed.record.notes);
    // What cannot be asked vouches for nothing, and that is said.
    web.put("/-/npm/v1/keys", Page::Is(b"no JSON".to_vec()));
    let installed = install(&world, &web, "@acme/server", by).unwrap();
    assert_eq!(installed.provenance.len(), 1);
    assert!(
        installed.record.notes.iter().any(|note| note.contains("could not be asked")),
        "{:?}",
        installed.record.notes
    );
}

fn tokens() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("server").on(&web);
    let host = web.address().replace("http:", "");
    let settings = format!("registry={}/\n{host}/:_authToken=${{TOKEN}}\n", web.address());
    fs::write(world.0.join("home/.npmrc"), settings).unwrap();
    let mut surroundings = world.surroundings();
    surroundings.variables.insert("TOKEN".into(), "s3cret-of-the-test".into());
    let how = node().unwrap();
    let store = world.store();
    let installed = npm::install(&store, "server", "1.0.0", &how, &surroundings).unwrap();
    assert!(web.heard().contains("Bearer s3cret-of-the-test"), "{}", web.heard());
    let tree = store.tree(&installed.tree).unwrap();
    let found = Command::new("grep").args(["-r", "s3cret-of"]).arg(tree).arg(store.root()).output().unwrap();
    assert!(found.stdout.is_empty());
    // A registry that says it back.
    web.put("/evil", Page::Is(b"{\"error\":\"s3cret-of-the-test\"}".to_vec()));
    let error = npm::install(&store, "evil", "1.0.0", &how, &surroundings).unwrap_err().to_string();
    assert!(!error.contains("s3cret-of"), "{error}");
}

/// What the store gives is what a plan is made of, until one byte of it changes.
fn plans() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("server").on(&web);
    let installed = install(&world, &web, "server", |_| {}).unwrap();
    let runtime = node().unwrap().runtime;
    let digest = measure(&runtime, &mut Known::default()).unwrap().digest();
    let text = format!(
        "version = 1\n[server.x]\nsource = \"{}\"\nintegrity = \"{}\"\ntree = \"{}\"\narguments = {:?}\n\
         [server.x.runtime]\npath = {runtime:?}\ndigest = \"{digest}\"\n",
        installed.record.source, installed.integrity, installed.tree, installed.arguments
    );
    let lock = Lock::parse(text.as_bytes()).unwrap();
    let name: ServerName = "x".parse().unwrap();
    let entry = lock.servers[&name].clone();
    let located = Located { name, entry, scope: ScopeName::User, lock: world.0.join("mantrap.lock") };
    let store = world.store();
    let resolve = || Plan::resolve(located.clone(), &Values::new(), &store, &mut Known::default());
    let plan = resolve().unwrap();
    let tree = store.tree(&installed.tree).unwrap();
    assert_eq!(plan.arguments()[1], tree.join("node_modules/server/cli.js"));
    let file = tree.join("node_modules/server/cli.js");
    let open = |mode| fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    let before = fs::metadata(&file).unwrap().permissions();
    open(0o644);
    fs::write(&file, "console.log('hellp')\n").unwrap();
    fs::set_permissions(&file, before).unwrap();
    assert!(matches!(resolve(), Err(Unresolved::Drift(_))));
}

fn scripts() {
    for kind in ["postinstall", "preinstall", "install", "prepare", "dependency", "binding.gyp"] {
        let (world, web) = (World::new(), Web::start());
        let touch = format!("touch {} ran-here", world.canary().display());
        let gyp = format!("{{'targets':[{{'target_name':'x','sources':['<!({touch})']}}]}}");
        let offer = match kind {
            "dependency" => {
                Offer::new("needed").about("scripts", json!({ "postinstall": touch })).on(&web);
                Offer::new("server").about("dependencies", json!({ "needed": "1.0.0" }))
            }
            "binding.gyp" => Offer::new("server").part(Part::File("package/binding.gyp", gyp.as_bytes())),
            kind => Offer::new("server").about("scripts", json!({ kind: touch })),
        };
        offer.on(&web);
        let installed = install(&world, &web, "server", |_| {}).unwrap();
        assert!(!world.canary().exists(), "{kind}");
        let tree = world.store().tree(&installed.tree).unwrap();
        assert!(!finds(&tree, "ran-here"), "{kind}");
        if matches!(kind, "postinstall" | "preinstall" | "install" | "dependency") {
            assert!(installed.record.notes.iter().any(|note| note.contains("not run")), "{kind}");
            plainly(&world, &web, "server");
            assert!(world.canary().exists(), "the twin of {kind} fires");
        }
    }
}

fn builds() {
    let (world, web) = (World::new(), Web::start());
    let make = format!(
        "const fs = require('fs'); const net = require('net'); const seen = [];\n\
         fs.writeFileSync({:?}, ''); // Outside, it would be found; inside, the place is another one.\n\
         const {{ spawnSync }} = require('child_process');\n\
         for (const place of ['.', '/tmp']) {{\n\
           fs.copyFileSync('/bin/true', place + '/copy');\n\
           seen.push(spawnSync(place + '/copy').status === 0 ? 'ran' : 'not');\n\
         }}\n\
         const done = word => {{ seen.push(word); fs.writeFileSync('made.js', `console.log('${{seen.join(' ')}}')`); process.exit(0) }};\n\
         net.connect({}, '127.0.0.1').on('connect', () => done('reached')).on('error', () => done('refused'));\n",
        world.canary(),
        web.address().rsplit(':').next().unwrap()
    );
    Offer::new("needed")
        .about("scripts", json!({ "install": "node make.js" }))
        .part(Part::File("package/make.js", make.as_bytes()))
        .on(&web);
    Offer::new("server").about("dependencies", json!({ "needed": "1.0.0" })).on(&web);
    let installed = install(&world, &web, "server", |how| how.builds = Builds::InJail).unwrap();
    assert_eq!(installed.record.built, ["needed"]);
    assert!(!world.canary().exists());
    let tree = world.store().tree(&installed.tree).unwrap();
    let said = Command::new("node").arg(tree.join("node_modules/needed/made.js")).output().unwrap();
    assert_eq!(said.stdout, b"ran not refused\n", "what it wrote runs where it is built and nowhere else");
    // One that fails, or that plants a way out, leaves nothing.
    for (script, wanted) in
        [("exit 3", "install scripts"), ("ln -s /etc/passwd x", "leads out"), ("mkfifo x", "neither file")]
    {
        let (world, web) = (World::new(), Web::start());
        Offer::new("server").about("scripts", json!({ "postinstall": script })).on(&web);
        refused(&world, install(&world, &web, "server", |how| how.builds = Builds::InJail), wanted);
    }
}

fn finds(folder: &Path, name: &str) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        entry.file_name() == name || (entry.file_type().unwrap().is_dir() && finds(&entry.path(), name))
    })
}

fn traversal() {
    let (world, web) = (World::new(), Web::start());
    let canary = world.canary();
    let absolute = canary.to_str().unwrap();
    let up = "package/../../../../../../../../canary";
    Offer::new("server")
        .part(Part::File(up, b"x"))
        .part(Part::File(absolute, b"x"))
        .part(Part::Link("package/out", "/etc"))
        .part(Part::File("package/out/canary", b"x"))
        .part(Part::HardLink("package/passwd", "/etc/passwd"))
        .part(Part::Link("package/up", "../../../../.."))
        .on(&web);
    let result = install(&world, &web, "server", |_| {});
    assert!(!canary.exists() && !Path::new("/etc/canary").exists() && !Path::new("/canary").exists());
    // npm leaves such entries out; where it does not, the store refuses.
    if let Ok(installed) = result {
        let tree = world.store().tree(&installed.tree).unwrap();
        let package = tree.join("node_modules/server");
        assert!(
            !package.join("out").is_symlink()
                && !package.join("passwd").exists()
                && !package.join("up").exists()
        );
    } else {
        assert_eq!(world.left(), 0);
    }
}

fn cases() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("server").part(Part::File("package/CLI.js", b"evil()")).on(&web);
    refused(&world, install(&world, &web, "server", |_| {}), "upper and lower");
}

fn bombs() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("server").part(Part::Zeros("package/zeros", 60 << 20)).on(&web);
    refused(&world, install(&world, &web, "server", |_| {}), "larger than any server");
}

fn many() {
    let (world, web) = (World::new(), Web::start());
    let names: Vec<String> = (0..8_000).map(|nth| format!("package/many/{nth}")).collect();
    let offer = names.iter().fold(Offer::new("server"), |offer, name| offer.part(Part::File(name, b"")));
    offer.on(&web);
    let result = install(&world, &web, "server", |_| {});
    let error = result.unwrap_err().to_string();
    assert!(error.contains("more files") || error.contains("larger than any"), "{error}");
    assert_eq!(world.left(), 0);
}

fn programs() {
    for (bin, wanted) in [
        (json!("../../../../../../bin/sh"), "no file of its own"),
        (json!("/bin/sh"), "no file of its own"),
        (json!("missing.js"), "no file of its own"),
        (json!({ "one": "cli.js", "two": "cli.js" }), "several programs"),
        (json!({}), "no program"),
    ] {
        let (world, web) = (World::new(), Web::start());
        Offer::new("server").about("bin", bin).on(&web);
        refused(&world, install(&world, &web, "server", |_| {}), wanted);
    }
}

fn changes() {
    let (world, web) = (World::new(), Web::start());
    Offer::new("server").on(&web);
    let first = install(&world, &web, "server", |_| {}).unwrap();
    Offer::new("server").part(Part::File("package/more.js", b"evil()")).on(&web);
    let other = World::new();
    let expected = Expected { integrity: Some(first.integrity.clone()), tree: None };
    refused(
        &other,
        install(&other, &web, "server", |how| how.expected = expected),
        "not what was installed before",
    );
    let expected = Expected { integrity: None, tree: Some(first.tree) };
    refused(
        &other,
        install(&other, &web, "server", |how| how.expected = expected),
        "not what was installed before",
    );
    // Between the word and the artifact.
    let (world, web) = (World::new(), Web::start());
    let (about, good) = Offer::new("server").archive();
    let (_, evil) = Offer::new("server").part(Part::File("package/more.js", b"evil()")).archive();
    shelve(&web, &about, &good, Page::Changes(evil.clone(), evil));
    refused(&world, install(&world, &web, "server", |_| {}), "EINTEGRITY");
}

fn lies() {
    let offer = || Offer::new("server").archive();
    let (about, bytes) = offer();
    for (page, patience, wanted) in [
        (Page::Breaks(bytes.clone()), 60, "npm"),
        (Page::Stalls, 8, "took longer"),
        (Page::Is(b"no archive at all".to_vec()), 60, "EINTEGRITY"),
    ] {
        let (world, web) = (World::new(), Web::start());
        shelve(&web, &about, &bytes, page);
        let result = install(&world, &web, "server", |how| how.patience = Duration::from_secs(patience));
        refused(&world, result, wanted);
    }
    // A registry that vouches for nothing, or only with what can be forged.
    for dist in [json!({}), json!({ "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709" })] {
        let (world, web) = (World::new(), Web::start());
        shelve(&web, &about, &bytes, Page::Is(bytes.clone()));
        let mut page: Value = serde_json::from_slice(&packument(&web, &about, &bytes)).unwrap();
        let tarball = page["versions"]["1.0.0"]["dist"]["tarball"].clone();
        page["versions"]["1.0.0"]["dist"] = dist;
        page["versions"]["1.0.0"]["dist"]["tarball"] = tarball;
        web.put("/server", Page::Is(page.to_string().into_bytes()));
        let result = install(&world, &web, "server", |_| {});
        if let Ok(installed) = &result {
            // npm measures what it was given where nobody vouched.
            assert!(installed.integrity.starts_with("sha512-"));
        } else {
            assert_eq!(world.left(), 0);
        }
    }
}

fn elsewhere() {
    let other = Web::start();
    let (_, bytes) = Offer::new("needed").archive();
    other.put("/needed.tgz", Page::Is(bytes));
    let address = format!("{}/needed.tgz", other.address());
    for from in [address.as_str(), "git+https://127.0.0.1/x.git", "file:///etc", "github:acme/x", "/usr/lib"]
    {
        let (world, web) = (World::new(), Web::start());
        Offer::new("server").about("dependencies", json!({ "needed": from })).on(&web);
        refused(&world, install(&world, &web, "server", |_| {}), "");
    }
    assert_eq!(other.connections(), 0);
}

/// The word by which this program installs one package and ends.
pub(crate) const CHILD: &str = "install-and-end";

pub(crate) fn child(place: &str, address: &str) -> std::process::ExitCode {
    let world = std::mem::ManuallyDrop::new(World(place.into()));
    fs::write(world.0.join("home/.npmrc"), format!("registry={address}/\n")).unwrap();
    let how = node().unwrap();
    let installed = npm::install(&world.store(), "server", "1.0.0", &how, &world.surroundings());
    std::process::ExitCode::from(u8::from(installed.is_err()))
}

fn killed() {
    let web = Web::start();
    let names: Vec<String> = (0..1_000).map(|nth| format!("package/many/{nth}")).collect();
    let offer =
        names.iter().fold(Offer::new("server"), |offer, name| offer.part(Part::File(name, name.as_bytes())));
    offer.on(&web);
    let (mut early, mut late) = (0, 0);
    for nth in 0..14 {
        let world = World::new();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, world.0.to_str().unwrap(), &web.address()])
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(nth * 250));
        child.kill().unwrap();
        child.wait().unwrap();
        // The jail notices that its supervisor is gone.
        std::thread::sleep(Duration::from_millis(500));
        let store = world.store();
        assert_eq!(
            fs::read_dir(store.root().join("staging")).unwrap().count(),
            0,
            "nothing is left in the making"
        );
        let trees = store.list().unwrap();
        trees.iter().for_each(|stored| store.verify(&stored.digest).unwrap());
        if trees.is_empty() { early += 1 } else { late += 1 }
    }
    println!("killed before the tree was there: {early}, afterwards: {late}");
    assert!(early > 0);
    // The twin: not killed, it is installed.
    let world = World::new();
    let mut whole = Command::new(std::env::current_exe().unwrap());
    assert!(whole.args([CHILD, world.0.to_str().unwrap(), &web.address()]).status().unwrap().success());
    assert_eq!(world.store().list().unwrap().len(), 1);
}

fn bundles() {
    let manifest = json!({ "manifest_version": "0.3", "name": "x", "server": { "type": "node", "entry_point": "server/index.js" } });
    let manifest = manifest.to_string();
    let base: Vec<(&str, &[u8])> =
        vec![("manifest.json", manifest.as_bytes()), ("server/index.js", b"console.log('hello')\n")];
    let put = |world: &World, parts: &[(&str, &[u8])]| {
        let path = world.0.join("x.mcpb");
        fs::write(&path, zip(parts)).unwrap();
        mcpb::install(&world.store(), &path, &Expected::default())
    };
    let world = World::new();
    let (installed, runs) = put(&world, &base).unwrap();
    assert_eq!(
        (installed.arguments.as_slice(), runs),
        (["{tree}/server/index.js".to_owned()].as_slice(), mcpb::Runs::Node)
    );
    for (name, wanted) in [
        ("../canary", "leads out"),
        ("/canary", "leads out"),
        ("a/../../canary", "leads out"),
        ("a\\..\\canary", "leads out"),
        ("Manifest.json", "upper and lower"),
        ("server", "a directory there"),
    ] {
        let world = World::new();
        let mut parts = base.clone();
        parts.push((name, b"x"));
        let error = put(&world, &parts).unwrap_err().to_string();
        assert!(error.contains(wanted) || error.contains("twice"), "{name}: {error}");
        assert_eq!(world.left(), 0);
    }
    // What never ends: with limits of a test, since those of a bundle are gigabytes.
    let zeros = vec![0; 12 << 20];
    let names: Vec<String> = (0..2_100).map(|nth| format!("many/{nth}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    for (parts, fits) in [(base.clone(), true), (vec![("zeros", zeros.as_slice())], false), (many, false)] {
        let (world, path) = (World::new(), World::new());
        fs::write(path.0.join("x"), zip(&parts)).unwrap();
        let opened = mcpb::try_archive(fs::File::open(path.0.join("x")).unwrap(), &world.0.join("home"));
        assert_eq!(opened, fits, "{}", parts[0].0);
    }
    for entry in ["../../bin/sh", "/bin/sh", "server", "none.js", ""] {
        let world = World::new();
        let manifest = json!({ "server": { "type": "node", "entry_point": entry } }).to_string();
        let error =
            put(&world, &[("manifest.json", manifest.as_bytes()), ("server/index.js", b"")]).unwrap_err();
        assert!(error.to_string().contains("no file of its own"), "{entry}: {error}");
    }
}
