//! Installed applications, in the layouts of the three systems below a root.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic as its functions do")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Home, Os, Target};
use mantrap_clients::source::{Problem, ProblemKind};
use mantrap_scan::advisory::Database;
use mantrap_scan::inventory::machine;
use mantrap_scan::report::Package;

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mantrap-applications-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }

    fn found(&self, os: Os, home: &str) -> (Vec<Package>, Vec<Problem>) {
        machine(&Target {
            os,
            root: Some(self.0.clone()),
            homes: vec![Home { path: home.into(), account: None, current: true }],
            environment: BTreeMap::new(),
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn spell(packages: &[Package]) -> Vec<String> {
    packages.iter().map(|one| format!("{}:{}@{}", one.ecosystem, one.name, one.version)).collect()
}

fn manifest(version: &str) -> String {
    format!(r#"{{"name":"app","version":"{version}"}}"#)
}

/// An Electron archive whose only file is a manifest.
fn archive(version: &str) -> Vec<u8> {
    let manifest = manifest(version);
    let header = format!(
        r#"{{"files":{{"main.js":{{"size":3,"offset":"0"}},"package.json":{{"size":{},"offset":"3"}}}}}}"#,
        manifest.len()
    );
    let json = u32::try_from(header.len()).unwrap();
    let padded = json.next_multiple_of(4);
    let mut bytes = Vec::new();
    for number in [4, padded + 8, padded + 4, json] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(header.bytes());
    bytes.resize(16 + padded as usize, 0);
    bytes.extend(b"abc");
    bytes.extend(manifest.bytes());
    bytes
}

fn property_list(version: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>\n\t<key>CFBundleShortVersionString</key>\n\t<string>{version}</string>\n</dict></plist>\n"
    )
}

#[test]
fn applications_on_linux_are_found() {
    let scratch = Scratch::new("linux");
    scratch.write("usr/share/cursor/resources/app/package.json", manifest("1.2.4"));
    scratch.write(
        "usr/share/windsurf/resources/app/product.json",
        r#"{"version":"1.99.3","windsurfVersion":"1.9544.26"}"#,
    );
    scratch.write("snap/code/current/meta/snap.yaml", "name: code\nversion: '1.96.2'\n");
    scratch.write("opt/Cherry Studio/resources/app.asar", archive("1.4.0"));
    scratch.write("var/lib/dpkg/info/jan.list", "/.\n");
    scratch.write(
        "var/lib/dpkg/status",
        "Package: jane\nVersion: 9\n\nPackage: jan\nStatus: install ok installed\nVersion: 1:0.5.17-1\n",
    );
    scratch.write(
        "var/lib/flatpak/app/dev.zed.Zed/current/active/export/share/metainfo/dev.zed.Zed.metainfo.xml",
        r#"<component><releases><release version="0.190.1" date="2025-06-01"/><release version="0.189.0"/></releases></component>"#,
    );
    scratch.write("home/ada/.local/share/claude/versions/1.0.99", "");
    scratch.write("home/ada/.local/share/claude/versions/1.0.110", "");
    scratch.write("home/ada/Applications/LM-Studio-0.3.20-4-x64.AppImage", "");
    scratch.write(
        "home/ada/.vscode/extensions/extensions.json",
        r#"[{"identifier":{"id":"saoudrizwan.claude-dev"},"version":"3.18.0","relativeLocation":"x"}]"#,
    );
    // Left behind by an update; the record beside it does not name it.
    scratch.write("home/ada/.vscode/extensions/saoudrizwan.claude-dev-3.1.0/package.json", manifest("3.1.0"));
    scratch.write("home/ada/.cursor/extensions/continue.continue-1.0.5-linux-x64/package.json", "");
    scratch.write("home/ada/.cursor/extensions/anthropic.claude-code-1.0.31/package.json", "");
    let (packages, problems) = scratch.found(Os::Linux, "/home/ada");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        spell(&packages),
        [
            "application:cherry studio@1.4.0",
            "application:claude code@1.0.110",
            "application:cline@3.18.0",
            "application:continue@1.0.5",
            "application:cursor@1.2.4",
            "application:jan@0.5.17-1",
            "application:lm studio@0.3.20",
            "application:visual studio code@1.96.2",
            "application:windsurf@1.9544.26",
            "application:zed@0.190.1",
        ]
    );
    let grid = Database::embedded().grid(&packages);
    let open = |product: &str| -> Vec<String> {
        let row = grid.iter().find(|row| row.name == product).unwrap();
        row.advisories.iter().filter(|one| !one.range_unknown).map(|one| one.id.clone()).collect()
    };
    assert_eq!(open("Cursor"), ["CVE-2025-54135", "CVE-2025-54136"]);
    assert_eq!(open("Windsurf"), ["CVE-2026-30615"]);
    assert_eq!(open("Claude Code"), ["CVE-2025-59536"]);
    assert_eq!(open("Zed"), [""; 0]);
    assert_eq!(grid.len(), packages.len(), "every application has a row");
}

#[test]
fn applications_on_macos_are_found() {
    let scratch = Scratch::new("macos");
    scratch.write("Applications/Cursor.app/Contents/Info.plist", property_list("1.3.8"));
    scratch.write("Applications/Claude.app/Contents/Info.plist", property_list("0.14.10"));
    scratch.write("Applications/Zed.app/Contents/Info.plist", b"bplist00\xd1\x01\x02\xff");
    scratch.write(
        "Applications/Windsurf.app/Contents/Resources/app/product.json",
        r#"{"windsurfVersion":"1.12.3"}"#,
    );
    scratch.write("opt/homebrew/Cellar/gemini-cli/0.9.0/INSTALL_RECEIPT.json", "{}");
    scratch.write("opt/homebrew/Cellar/gemini-cli/0.10.1/INSTALL_RECEIPT.json", "{}");
    scratch.write(
        "Users/ada/.claude/local/node_modules/@anthropic-ai/claude-code/package.json",
        r#"{"name":"@anthropic-ai/claude-code","version":"1.0.30"}"#,
    );
    let (packages, problems) = scratch.found(Os::Macos, "/Users/ada");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        spell(&packages),
        [
            "application:claude desktop@0.14.10",
            "application:cursor@1.3.8",
            "application:gemini cli@0.10.1",
            "application:windsurf@1.12.3",
            "application:zed@",
            "npm:@anthropic-ai/claude-code@1.0.30",
        ]
    );
    let place = packages.iter().find(|one| one.name == "cursor").map(|one| one.place.as_str());
    assert_eq!(place, Some("/Applications/Cursor.app/Contents/Info.plist"));
}

#[test]
fn applications_on_windows_are_found() {
    let scratch = Scratch::new("windows");
    let local = "Users/ada/AppData/Local";
    scratch.write(&format!("{local}/Programs/cursor/resources/app/package.json"), manifest("1.3.9"));
    scratch.write(
        &format!("{local}/Programs/Microsoft VS Code/0123456789/resources/app/package.json"),
        manifest("1.110.0"),
    );
    scratch.write(
        &format!("{local}/Programs/Trae/resources/app/product.json"),
        r#"{"appVersion":"3.5.60","version":"1.107.1"}"#,
    );
    scratch.write(&format!("{local}/AnthropicClaude/app-0.13.11/claude.exe"), "");
    scratch.write(&format!("{local}/AnthropicClaude/app-0.14.10/claude.exe"), "");
    scratch.write(&format!("{local}/Programs/AnythingLLM/resources/app.asar"), archive("1.8.4"));
    scratch.write(
        "Users/ada/.vscode/extensions/amazonwebservices.amazon-q-vscode-1.84.0/package.json",
        manifest("1.84.0"),
    );
    let (packages, problems) = scratch.found(Os::Windows, "C:\\Users\\ada");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        spell(&packages),
        [
            "application:amazon q developer@1.84.0",
            "application:anythingllm@1.8.4",
            "application:claude desktop@0.14.10",
            "application:cursor@1.3.9",
            "application:trae@3.5.60",
            "application:visual studio code@1.110.0",
        ]
    );
    assert!(packages.iter().all(|one| one.place.starts_with("C:\\Users\\ada\\")), "{packages:?}");
}

#[test]
fn what_an_application_hides_is_a_problem_and_its_version_unknown() {
    let scratch = Scratch::new("hostile");
    let app = Path::new("opt/Chatbox/resources/app.asar");
    let truncated = archive("1.0.0").get(..40).unwrap().to_vec();
    let mut oversized = archive("1.0.0");
    oversized.splice(4..16, [0xff; 12]);
    for bytes in [b"".to_vec(), b"short".to_vec(), vec![0; 4096], truncated, oversized] {
        scratch.write(app.to_str().unwrap(), &bytes);
        let (packages, problems) = scratch.found(Os::Linux, "/home/ada");
        assert_eq!(spell(&packages), ["application:chatbox@"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems.first().unwrap().kind, ProblemKind::Syntax);
    }
}
