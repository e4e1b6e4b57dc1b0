//! Every format that packages are read from, each with a small file as its tool writes it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the helpers of a test may panic as its functions do"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Home, Os, Target};
use mantrap_clients::source::{Problem, ProblemKind};
use mantrap_scan::inventory::{machine, machine_roots, processes, read, wants};
use mantrap_scan::report::{Package, PackageEvidence};

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mantrap-inventory-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inventory").join(name)).unwrap()
}

fn spell(packages: &[Package]) -> Vec<String> {
    packages.iter().map(|one| format!("{}:{}@{}", one.ecosystem, one.name, one.version)).collect()
}

/// Puts `bytes` at `path` below a fresh directory and reads it there.
fn read_at(path: &str, bytes: &[u8]) -> (Vec<Package>, Vec<Problem>) {
    let scratch = Scratch::new(&path.replace('/', "-"));
    let file = scratch.write(path, bytes);
    assert!(wants(file.file_name().unwrap().to_str().unwrap(), Path::new(path)), "{path} is not wanted");
    read(&file, Path::new(path))
}

fn reads(path: &str, fixture_name: &str, evidence: PackageEvidence, expected: &[&str]) {
    let (packages, problems) = read_at(path, &fixture(fixture_name));
    assert!(problems.is_empty(), "{path}: {problems:?}");
    assert_eq!(spell(&packages), expected, "{path}");
    for package in &packages {
        assert!(package.place.starts_with(path), "{package:?}");
        let is_base_image = package.ecosystem == "oci" && path.ends_with("Dockerfile");
        assert!(package.evidence == evidence || is_base_image, "{package:?}");
    }
}

#[test]
fn python_locks_and_manifests_are_read() {
    use PackageEvidence::{Declared, Installed, Locked};
    let pinned = ["pypi:chainlit@2.11.0", "pypi:langflow@1.10.0", "pypi:litellm@1.83.0"];
    reads("requirements.txt", "requirements.txt", Declared, &pinned);
    reads("requirements/base.txt", "requirements.txt", Declared, &pinned);
    reads("dev-requirements.txt", "requirements.txt", Declared, &pinned);
    reads(
        "Pipfile.lock",
        "Pipfile.lock",
        Locked,
        &["pypi:litellm@1.83.0", "pypi:local@", "pypi:pytest@8.3.0"],
    );
    reads("poetry.lock", "poetry.lock", Locked, &["pypi:litellm@1.83.0", "pypi:mcp@1.22.0"]);
    reads("uv.lock", "uv.lock", Locked, &["pypi:demo@0.1.0", "pypi:langflow@1.10.0"]);
    reads("pdm.lock", "pdm.lock", Locked, &["pypi:upsonic@0.71.6"]);
    reads("pylock.toml", "pylock.toml", Locked, &["pypi:gpt-researcher@0.14.8"]);
    reads("pylock.dev.toml", "pylock.toml", Locked, &["pypi:gpt-researcher@0.14.8"]);
    reads("conda-meta/litellm-1.83.0-py_0.json", "conda-meta.json", Installed, &["pypi:litellm@1.83.0"]);
    reads("letta.egg-info/PKG-INFO", "PKG-INFO", Installed, &["pypi:letta@0.6.1"]);
    reads("letta-0.6.1.egg-info", "PKG-INFO", Installed, &["pypi:letta@0.6.1"]);
}

#[test]
fn exact_pins_of_manifests_are_read() {
    use PackageEvidence::Declared;
    reads(
        "pyproject.toml",
        "pyproject.toml",
        Declared,
        &[
            "pypi:chainlit@2.11.0",
            "pypi:gpt-researcher@0.14.8",
            "pypi:langflow@1.10.0",
            "pypi:litellm@1.83.0",
            "pypi:mcp@1.22.0",
            "pypi:upsonic@0.71.6",
        ],
    );
    reads("setup.cfg", "setup.cfg", Declared, &["pypi:litellm@1.83.0", "pypi:mcp@1.22.0"]);
    reads(
        "environment.yml",
        "environment.yml",
        Declared,
        &["pypi:chainlit@2.11.0", "pypi:langflow@1.10.0", "pypi:litellm@1.83.0"],
    );
}

#[test]
fn scripts_in_dockerfiles_are_read() {
    let text = "FROM scratch\nRUN <<-'EOF'\nuv pip install litellm==1.83.0\nnpm i -g flowise@3.0.13\nEOF\nRUN bun add n8n@1.0.0\n";
    let (packages, problems) = read_at("Dockerfile", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(spell(&packages), ["npm:flowise@3.0.13", "npm:n8n@1.0.0", "pypi:litellm@1.83.0"]);
}

#[test]
fn an_installed_distribution_is_known_by_the_name_of_its_directory() {
    let path = "venv/lib/python3.12/site-packages/langchain_chatchat-0.3.1.3.dist-info/METADATA";
    let (packages, problems) = read_at(path, b"\xff\xfe not even text");
    assert!(problems.is_empty());
    assert_eq!(spell(&packages), ["pypi:langchain-chatchat@0.3.1.3"]);
    assert!(!wants("METADATA", Path::new("docs/METADATA")));
}

#[test]
fn node_locks_and_installed_packages_are_read() {
    use PackageEvidence::{Installed, Locked};
    let both = ["npm:@modelcontextprotocol/sdk@1.20.0", "npm:flowise@3.0.13"];
    reads(
        "package-lock.json",
        "package-lock-v1.json",
        Locked,
        &["npm:@modelcontextprotocol/sdk@1.20.0", "npm:flowise@3.0.13", "npm:mcp-remote@0.1.15"],
    );
    // The project itself is a package too: a checkout of Flowise is Flowise.
    let with_itself = [both[0], "npm:demo@1.0.0", both[1]];
    reads("package-lock.json", "package-lock-v2.json", Locked, &with_itself);
    reads(
        "npm-shrinkwrap.json",
        "package-lock-v3.json",
        Locked,
        &[
            "npm:@modelcontextprotocol/inspector@0.14.0",
            "npm:demo@1.0.0",
            "npm:postmark-mcp@1.0.16",
            "npm:w@2.0.0",
        ],
    );
    reads("node_modules/.package-lock.json", "package-lock-v2.json", Installed, &with_itself);
    let mut version_5 = both.to_vec();
    version_5.push("npm:string_decoder@1.3.0");
    reads("pnpm-lock.yaml", "pnpm-lock-v5.yaml", Locked, &version_5);
    for version in ["6", "9"] {
        reads("pnpm-lock.yaml", &format!("pnpm-lock-v{version}.yaml"), Locked, &both);
    }
    reads(
        "yarn.lock",
        "yarn-v1.lock",
        Locked,
        &["npm:@modelcontextprotocol/sdk@1.20.0", "npm:flowise@3.0.13", "npm:postmark-mcp@1.0.16"],
    );
    reads(
        "yarn.lock",
        "yarn-berry.lock",
        Locked,
        &["npm:@modelcontextprotocol/sdk@1.20.0", "npm:postmark-mcp@1.0.16"],
    );
    reads("bun.lock", "bun.lock", Locked, &both);
    for (path, wanted) in [
        ("node_modules/flowise/package.json", true),
        ("a/node_modules/@scope/name/package.json", true),
        ("node_modules/.pnpm/flowise@3.0.13/node_modules/flowise/package.json", true),
        ("node_modules/flowise/lib/package.json", false),
        ("package.json", false),
    ] {
        assert_eq!(wants("package.json", Path::new(path)), wanted, "{path}");
    }
    let (packages, _) = read_at(
        "node_modules/@scope/name/package.json",
        br#"{"name":"@scope/name","version":"1.2.3","main":"x"}"#,
    );
    assert_eq!(spell(&packages), ["npm:@scope/name@1.2.3"]);
}

#[test]
fn the_other_ecosystems_are_read() {
    use PackageEvidence::{Declared, Locked};
    reads("Cargo.lock", "Cargo.lock", Locked, &["cargo:dynoxide-rs@0.9.12", "cargo:rmcp@1.3.0"]);
    reads(
        "go.mod",
        "go.mod",
        Locked,
        &[
            "go:github.com/docker/mcp-gateway@v0.27.0",
            "go:github.com/maximhq/bifrost/transports@v1.6.3",
            "go:github.com/modelcontextprotocol/go-sdk@v1.3.0",
        ],
    );
    reads("go.sum", "go.sum", Locked, &["go:github.com/modelcontextprotocol/go-sdk@v1.3.0"]);
    reads(
        "pom.xml",
        "pom.xml",
        Declared,
        &["maven:com.example:own@1.0", "maven:io.modelcontextprotocol.sdk:mcp@0.9.0"],
    );
    reads(
        "gradle.lockfile",
        "gradle.lockfile",
        Locked,
        &["maven:io.modelcontextprotocol.sdk:mcp-core@0.10.0"],
    );
    reads(
        "build.gradle",
        "build.gradle",
        Declared,
        &["maven:io.modelcontextprotocol.sdk:mcp@0.9.0", "maven:org.junit:junit@4.13"],
    );
    reads(
        "packages.lock.json",
        "packages.lock.json",
        Locked,
        &["nuget:azure.mcp@1.0.1", "nuget:modelcontextprotocol@0.2.0"],
    );
    reads(
        "src/demo.csproj",
        "demo.csproj",
        Declared,
        &["nuget:modelcontextprotocol@0.2.0", "nuget:newtonsoft.json@13.0.3"],
    );
    reads("Gemfile.lock", "Gemfile.lock", Locked, &["rubygems:mcp@0.22.0", "rubygems:nokogiri@1.16.0"]);
    reads(
        "composer.lock",
        "composer.lock",
        Locked,
        &["packagist:php-mcp/server@v1.2.0", "packagist:phpunit/phpunit@11.0.0"],
    );
}

#[test]
fn deployments_name_their_images() {
    use PackageEvidence::{Declared, Deployed};
    reads(
        "docker-compose.yml",
        "docker-compose.yml",
        Deployed,
        &[
            "oci:ghcr.io/berriai/litellm@main-v1.83.0-stable",
            "oci:langflowai/langflow@1.9.1",
            "oci:localhost:5000/team/thing@2",
            "oci:postgres@",
        ],
    );
    reads(
        "chart/values.yaml",
        "values.yaml",
        Deployed,
        &["oci:flowiseai/flowise@3.0.13", "oci:ghcr.io/danny-avila/librechat@v0.8.1"],
    );
    reads(
        "Dockerfile",
        "Dockerfile",
        Declared,
        &[
            "npm:@modelcontextprotocol/inspector@0.14.0",
            "oci:ghcr.io/berriai/litellm@main-v1.83.0-stable",
            "oci:python@3.12-slim",
            "pypi:litellm@1.83.0",
            "pypi:mcp@1.22.0",
        ],
    );
    assert!(
        wants("api.Dockerfile", Path::new("api.Dockerfile"))
            && wants("Dockerfile.prod", Path::new("Dockerfile.prod"))
    );
    assert!(wants("deploy.yaml", Path::new("chart/templates/deploy.yaml")));
    assert!(!wants("config.yaml", Path::new("config.yaml")));
}

#[test]
fn hostile_files_give_problems_and_never_a_panic() {
    let deep = "[".repeat(100_000);
    let bomb = "<!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><project>&b;</project>";
    for (path, bytes) in [
        ("package-lock.json", deep.as_bytes()),
        ("package-lock.json", b"{\"packages\": []}" as &[u8]),
        ("Pipfile.lock", b"{"),
        ("composer.lock", b"{\"packages\": [{\"name\""),
        ("packages.lock.json", b"null"),
        ("pom.xml", bomb.as_bytes()),
        ("pom.xml", b"<project><unclosed>"),
        ("bun.lock", b"{}"),
        ("pyproject.toml", b"[project"),
        ("poetry.lock", b"x = \"\"\"\n"),
        ("yarn.lock", b"\x80\x81"),
        ("node_modules/x/package.json", b"[]"),
    ] {
        let (packages, problems) = read_at(path, bytes);
        assert!(packages.is_empty(), "{path}");
        assert_eq!(problems.len(), 1, "{path}");
        assert!(problems[0].origin.path.ends_with(path), "{path}");
    }
    for path in [
        "yarn.lock",
        "pnpm-lock.yaml",
        "go.mod",
        "go.sum",
        "Gemfile.lock",
        "requirements.txt",
        "Dockerfile",
        "values.yaml",
        "build.gradle",
        "gradle.lockfile",
        "Cargo.lock",
    ] {
        for text in [
            "@",
            "\"@\":",
            "  version",
            "\"",
            "packages:\n  /:\n  @:\n  '':",
            "require (",
            "  specs:\n    (",
            "==",
            "a==",
            "FROM",
            "RUN pip install ==\nENV =",
            "image: :",
            "repository:\ntag: ':'",
            "::",
            "[[package]]\nname=\nversion = \"",
            "ü@ü:\n  version ü",
            "\\\n\\\n",
        ] {
            let (_, problems) = read_at(path, text.as_bytes());
            assert!(problems.iter().all(|problem| problem.kind == ProblemKind::Syntax));
        }
    }
}

// ---- container images -------------------------------------------------------------------------------------------

/// Writes a ustar archive.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn entry(mut self, name: &str, flag: u8, link: &str, bytes: &[u8]) -> Self {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = flag;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(header);
        self.0.extend(bytes);
        self.0.extend(vec![0; (512 - bytes.len() % 512) % 512]);
        self
    }

    fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.entry(name, b'0', "", bytes.as_ref())
    }

    /// A name over 100 bytes, as GNU tar writes it.
    fn long_file(self, name: &str, bytes: &[u8]) -> Self {
        self.entry("././@LongLink", b'L', "", format!("{name}\0").as_bytes()).entry(
            &name[..99],
            b'0',
            "",
            bytes,
        )
    }

    /// The same, as POSIX writes it.
    fn pax_file(self, name: &str, bytes: &[u8]) -> Self {
        let content = format!(" path={name}\n");
        let mut length = content.len() + 2;
        while length != format!("{length}{content}").len() {
            length += 1;
        }
        self.entry("PaxHeaders/x", b'x', "", format!("{length}{content}").as_bytes()).entry(
            &name[..99],
            b'0',
            "",
            bytes,
        )
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Two frames with a skippable one between them.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let (one, other) = bytes.split_at(bytes.len() / 2);
    let frame = |bytes| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    [frame(one), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), frame(other)].concat()
}

const SITE: &str = "usr/lib/python3.12/site-packages";

/// The lower layer has four packages; the upper deletes one, replaces one, hides a directory and adds one.
fn layers() -> (Vec<u8>, Vec<u8>) {
    let long = format!("{SITE}/{}/litellm-1.83.0.dist-info/METADATA", "deep/".repeat(20));
    let lower = Tar::default()
        .file(&format!("./{SITE}/litellm-1.82.0.dist-info/METADATA"), "Name: litellm")
        .file(&format!("{SITE}/mcp-1.22.0.dist-info/METADATA"), "")
        .file("app/node_modules/flowise/package.json", r#"{"name":"flowise","version":"3.0.13"}"#)
        .file("opt/old/node_modules/mcp-remote/package.json", r#"{"name":"mcp-remote","version":"0.1.15"}"#)
        .file("../escape/x-1.0.dist-info/METADATA", "")
        .long_file(&long, b"")
        .end();
    let upper = Tar::default()
        .file(&format!("{SITE}/.wh.litellm-1.82.0.dist-info"), "")
        .file(&format!("{SITE}/litellm-1.83.7.dist-info/METADATA"), "")
        .file("app/node_modules/flowise/package.json", r#"{"name":"flowise","version":"3.1.4"}"#)
        .file("opt/old/.wh..wh..opq", "")
        .pax_file(&format!("{SITE}/{}/mcp_server_git-2025.9.25.dist-info/METADATA", "deep/".repeat(20)), b"")
        .end();
    (lower, upper)
}

const LEFT: &[&str] = &[
    "npm:flowise@3.1.4",
    "oci:example.com/demo@1.0",
    "pypi:litellm@1.83.0",
    "pypi:litellm@1.83.7",
    "pypi:mcp@1.22.0",
    "pypi:mcp-server-git@2025.9.25",
];

fn docker_save(lower: &[u8], upper: &[u8]) -> Vec<u8> {
    let (one, other) = ("a".repeat(64), "b".repeat(64));
    let manifest = format!(
        r#"[{{"Config":"{one}.json","RepoTags":["example.com/demo:1.0"],"Layers":["{one}/layer.tar","{other}/layer.tar","{other}/again.tar"]}}]"#
    );
    Tar::default()
        .file(&format!("{other}/layer.tar"), upper)
        .entry(&format!("{other}/again.tar"), b'2', &format!("../{other}/layer.tar"), b"")
        .file(&format!("{one}/layer.tar"), lower)
        .file(&format!("{one}.json"), "{}")
        .file("manifest.json", manifest)
        .end()
}

/// Index, manifest and layers of an OCI layout, as names and bytes.
fn oci_layout(lower: &[u8], upper: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex = |letter: &str| letter.repeat(64);
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"digest":"sha256:{}"}},"layers":[{{"digest":"sha256:{}"}},{{"digest":"sha256:{}"}}]}}"#,
        hex("c"),
        hex("a"),
        hex("b")
    );
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"digest":"sha256:{}","annotations":{{"io.containerd.image.name":"example.com/demo:1.0"}}}}]}}"#,
        hex("d")
    );
    vec![
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        (format!("blobs/sha256/{}", hex("a")), lower.to_vec()),
        (format!("blobs/sha256/{}", hex("b")), upper.to_vec()),
        (format!("blobs/sha256/{}", hex("d")), manifest.into_bytes()),
        ("index.json".to_owned(), index.into_bytes()),
    ]
}

#[test]
fn saved_images_are_read_layer_by_layer() {
    let (lower, upper) = layers();
    for (path, bytes) in [
        ("image.tar", docker_save(&lower, &upper)),
        ("image.tar", docker_save(&gzip(&lower), &zstd(&upper))),
        ("image.tar.gz", gzip(&docker_save(&lower, &upper))),
        ("image.tar.zst", zstd(&docker_save(&lower, &upper))),
    ] {
        let (packages, problems) = read_at(path, &bytes);
        assert!(problems.is_empty(), "{path}: {problems:?}");
        assert_eq!(spell(&packages), LEFT, "{path}");
        assert!(packages.iter().all(|package| package.evidence == PackageEvidence::Image));
    }
}

#[test]
fn oci_layouts_are_read_as_directory_and_as_archive() {
    let (lower, upper) = layers();
    for (lower, upper) in [(lower.clone(), upper.clone()), (gzip(&lower), zstd(&upper))] {
        let files = oci_layout(&lower, &upper);
        let tar = files.iter().fold(Tar::default(), |tar, (name, bytes)| tar.file(name, bytes)).end();
        let (packages, problems) = read_at("layout.tar", &tar);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(spell(&packages), LEFT);

        let scratch = Scratch::new("layout");
        for (name, bytes) in &files {
            scratch.write(name, bytes);
        }
        let (packages, problems) = read(&scratch.0.join("oci-layout"), Path::new("/srv/layout/oci-layout"));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(spell(&packages), LEFT);
        assert!(packages[0].place.starts_with("/srv/layout"), "{}", packages[0].place);
    }
}

#[test]
fn a_tar_that_is_no_image_is_left_alone() {
    for (path, bytes) in [
        ("backup.tar", Tar::default().file("home/user/notes.txt", "x").end()),
        ("backup.tar.gz", gzip(&Tar::default().file("etc/passwd", "x").end())),
        ("noise.tar", vec![7; 4096]),
        ("empty.tar", Vec::new()),
        ("cut.tgz", gzip(b"abc")[..12].to_vec()),
    ] {
        let (packages, problems) = read_at(path, &bytes);
        assert!(packages.is_empty() && problems.is_empty(), "{path}: {problems:?}");
    }
}

#[test]
fn damaged_images_give_problems_and_what_was_found() {
    let (lower, upper) = layers();
    let whole = docker_save(&gzip(&lower), &upper);
    // Every cut of a small archive: no panic, no hang.
    for end in (0..whole.len()).step_by(509) {
        let _ = read_at("image.tar", &whole[..end]);
    }
    let broken = docker_save(&gzip(&lower)[..200], &upper);
    let (packages, problems) = read_at("image.tar", &broken);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("the layer"), "{}", problems[0].message);
    assert!(spell(&packages).contains(&"pypi:litellm@1.83.7".to_owned()));
}

#[test]
fn a_layer_that_is_a_bomb_is_cut() {
    // One megabyte of zeros behind the header of a file that claims to be long, again and again.
    let mut head = Tar::default().file("zeros", vec![0; 80 * 1024 * 1024]).0;
    head.truncate(512);
    let mut small = gzip(&head);
    small.extend(gzip(&vec![0; 1024 * 1024]).repeat(80));
    assert!(small.len() < 128 * 1024);
    let (_, upper) = layers();
    let (packages, problems) = read_at("bomb.tar", &docker_save(&small, &upper));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].kind, ProblemKind::Cut);
    assert!(problems[0].message.contains("expands"), "{}", problems[0].message);
    assert!(!packages.is_empty());
}

// ---- machines and processes -------------------------------------------------------------------------------------

fn target(scratch: &Scratch) -> Target {
    Target {
        os: Os::Linux,
        root: Some(scratch.0.clone()),
        homes: vec![Home { path: "/home/ada".into(), account: None, current: true }],
        environment: BTreeMap::new(),
    }
}

#[test]
fn the_environments_of_a_machine_are_found() {
    let scratch = Scratch::new("machine");
    for path in [
        "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO",
        "home/ada/.local/lib/python3.12/site-packages/litellm-1.83.0.dist-info/METADATA",
        "home/ada/.local/share/uv/tools/mcp-server-git/lib/python3.12/site-packages/mcp_server_git-2025.9.25.dist-info/METADATA",
        "home/ada/.local/share/pipx/venvs/langflow/lib/python3.11/site-packages/langflow-1.10.0.dist-info/METADATA",
        "home/ada/.pyenv/versions/3.11.4/lib/python3.11/site-packages/chainlit-2.11.0.dist-info/METADATA",
        "home/ada/miniconda3/envs/x/lib/python3.10/site-packages/upsonic-0.71.6.dist-info/METADATA",
        "home/bob/.local/lib/python3.12/site-packages/letta-0.1.dist-info/METADATA",
    ] {
        scratch.write(path, "");
    }
    for (path, name, version) in [
        (
            "home/ada/.npm/_npx/0123abcd/node_modules/@modelcontextprotocol/inspector",
            "@modelcontextprotocol/inspector",
            "0.14.0",
        ),
        ("home/ada/.npm/_npx/0123abcd/node_modules/left-pad", "left-pad", "1.0.0"),
        ("usr/lib/node_modules/flowise", "flowise", "3.0.13"),
        ("home/ada/.nvm/versions/node/v22.1.0/lib/node_modules/mcp-remote", "mcp-remote", "0.1.15"),
    ] {
        scratch
            .write(&format!("{path}/package.json"), format!(r#"{{"name":"{name}","version":"{version}"}}"#));
    }
    let (packages, problems) = machine(&target(&scratch));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        spell(&packages),
        [
            "npm:@modelcontextprotocol/inspector@0.14.0",
            "npm:flowise@3.0.13",
            "npm:mcp-remote@0.1.15",
            "pypi:chainlit@2.11.0",
            "pypi:langflow@1.10.0",
            "pypi:litellm@1.83.0",
            "pypi:mcp-server-git@2025.9.25",
            "pypi:pyyaml@6.0",
            "pypi:upsonic@0.71.6",
        ]
    );
    assert!(
        packages
            .iter()
            .all(|package| package.place.starts_with("/home/ada") || package.place.starts_with("/usr"))
    );
    assert_eq!(machine_roots(&target(&scratch)).len(), 9);
}

#[cfg(unix)]
#[test]
fn a_link_below_a_root_stays_below_it() {
    let scratch = Scratch::new("links");
    scratch.write("outside/lib/python3.12/site-packages/litellm-1.83.0.dist-info/METADATA", "");
    scratch.write("disk/home/ada/keep", "");
    std::os::unix::fs::symlink(scratch.0.join("outside"), scratch.0.join("disk/home/ada/venv")).unwrap();
    let inside = Target { root: Some(scratch.0.join("disk")), ..target(&scratch) };
    assert!(machine(&inside).0.is_empty());
}

#[cfg(unix)]
#[test]
fn running_servers_are_recognised_by_their_environment() {
    let scratch = Scratch::new("proc");
    scratch.write("disk/venv/lib/python3.12/site-packages/litellm-1.83.0.dist-info/METADATA", "");
    scratch.write("disk/venv/lib/python3.12/site-packages/langflow-1.10.0.dist-info/METADATA", "");
    scratch.write(
        "disk/npx/node_modules/@modelcontextprotocol/inspector/package.json",
        r#"{"name":"@modelcontextprotocol/inspector","version":"0.14.0"}"#,
    );
    scratch.write("disk/npx/node_modules/.bin/keep", "");
    std::os::unix::fs::symlink(
        "../@modelcontextprotocol/inspector/cli.js",
        scratch.0.join("disk/npx/node_modules/.bin/mcp-inspector"),
    )
    .unwrap();
    for (number, command) in [
        ("10", "/venv/bin/python3\0/venv/bin/litellm\0--port\x004000\0"),
        ("11", "/venv/bin/python\0-m\0langflow.cli\0run\0"),
        ("12", "node\0/npx/node_modules/.bin/mcp-inspector\0"),
        ("13", "sh\0-c\0echo https://x/venv/bin/litellm\0"),
        ("14", ""),
        ("15", "vim\0/venv/lib/python3.12/site-packages/litellm/main.py\0"),
    ] {
        scratch.write(&format!("proc/{number}/cmdline"), command);
        std::os::unix::fs::symlink(scratch.0.join("disk"), scratch.0.join(format!("proc/{number}/root")))
            .unwrap();
    }
    scratch.write("proc/meminfo", "");
    let (packages, problems) = processes(&scratch.0.join("proc"));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        spell(&packages),
        ["npm:@modelcontextprotocol/inspector@0.14.0", "pypi:langflow@1.10.0", "pypi:litellm@1.83.0"]
    );
    assert!(packages.iter().all(|package| package.evidence == PackageEvidence::Running));
    assert!(packages[2].place.starts_with("process 10 from /venv/lib/python3.12"), "{}", packages[2].place);
    let (packages, problems) = processes(Path::new("/does/not/exist"));
    assert!(packages.is_empty() && problems.len() == 1);
}
