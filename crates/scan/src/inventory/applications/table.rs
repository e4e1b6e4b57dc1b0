//! Where applications keep what tells their version.
//!
//! Sources: the layouts that the makers' installers leave behind, and for the members of `product.json` the programs
//! that read them. Where an application says its version only in its binary, it is not here.

use mantrap_clients::discover::Os;

/// One place that tells the version of one application.
pub(super) struct Sign {
    /// The product, as advisories name it.
    pub(super) product: &'static str,
    /// Names below the root of the file system, or below a home behind `~/`; `*` is part of a name.
    pub(super) pattern: &'static str,
    pub(super) clue: Clue,
}

/// How a place tells a version.
#[derive(Clone, Copy)]
pub(super) enum Clue {
    /// A member of a JSON object: `package.json` or `product.json`.
    Member(&'static str),
    /// `CFBundleShortVersionString` of a property list.
    PropertyList,
    /// The `package.json` in an Electron archive.
    Archive,
    /// `version:` of a `snap.yaml`.
    Snap,
    /// The newest release that AppStream metadata lists.
    Releases,
    /// The version that the package manager installed, where it has a list of the package's files.
    Debian(&'static str),
    /// The names that the pattern matches hold versions, and the newest one runs.
    Name,
}

use Clue::{Archive, Debian, Member, Name, PropertyList, Releases, Snap};

const VERSION: Clue = Member("version");

const fn sign(product: &'static str, pattern: &'static str, clue: Clue) -> Sign {
    Sign { product, pattern, clue }
}

/// The signs of one system.
pub(super) fn signs(os: Os) -> &'static [Sign] {
    match os {
        Os::Linux => LINUX,
        Os::Macos => MACOS,
        Os::Windows => WINDOWS,
    }
}

const LINUX: &[Sign] = &[
    sign("Visual Studio Code", "usr/share/code/resources/app/package.json", VERSION),
    sign("Visual Studio Code", "opt/visual-studio-code/resources/app/package.json", VERSION),
    sign("Visual Studio Code", "snap/code/current/meta/snap.yaml", Snap),
    sign("Visual Studio Code", "~/VSCode-linux-x64/resources/app/package.json", VERSION),
    sign(
        "Visual Studio Code",
        "var/lib/flatpak/app/com.visualstudio.code/current/active/files/extra/vscode/resources/app/package.json",
        VERSION,
    ),
    sign(
        "Visual Studio Code",
        "~/.local/share/flatpak/app/com.visualstudio.code/current/active/files/extra/vscode/resources/app/package.json",
        VERSION,
    ),
    sign("Visual Studio Code Insiders", "usr/share/code-insiders/resources/app/package.json", VERSION),
    sign("Visual Studio Code Insiders", "snap/code-insiders/current/meta/snap.yaml", Snap),
    sign("VSCodium", "usr/share/codium/resources/app/package.json", VERSION),
    sign("VSCodium", "opt/vscodium-bin/resources/app/package.json", VERSION),
    sign("VSCodium", "snap/codium/current/meta/snap.yaml", Snap),
    sign(
        "VSCodium",
        "var/lib/flatpak/app/com.vscodium.codium/current/active/export/share/metainfo/com.vscodium.codium.metainfo.xml",
        Releases,
    ),
    sign("Cursor", "usr/share/cursor/resources/app/package.json", VERSION),
    sign("Cursor", "usr/lib/cursor/package.json", VERSION),
    sign("Cursor", "opt/cursor/resources/app/package.json", VERSION),
    sign("Cursor", "opt/Cursor/resources/app/package.json", VERSION),
    sign("Cursor", "~/.local/share/cursor/resources/app/package.json", VERSION),
    sign("Cursor", "~/squashfs-root/usr/share/cursor/resources/app/package.json", VERSION),
    sign("Cursor", "~/Applications/Cursor-*.AppImage", Name),
    sign("Cursor", "~/.local/bin/Cursor-*.AppImage", Name),
    sign("Cursor", "opt/Cursor-*.AppImage", Name),
    sign("Windsurf", "usr/share/windsurf/resources/app/product.json", Member("windsurfVersion")),
    sign("Windsurf", "usr/share/devin-desktop/resources/app/product.json", Member("windsurfVersion")),
    sign("Windsurf", "opt/windsurf/resources/app/product.json", Member("windsurfVersion")),
    sign("Windsurf", "opt/Windsurf/resources/app/product.json", Member("windsurfVersion")),
    sign("Windsurf", "~/.local/share/windsurf/resources/app/product.json", Member("windsurfVersion")),
    sign("Kiro", "usr/share/kiro/resources/app/package.json", VERSION),
    sign("Kiro", "opt/kiro/resources/app/package.json", VERSION),
    sign("Trae", "usr/share/trae/resources/app/product.json", Member("appVersion")),
    sign("Claude Desktop", "usr/lib/claude-desktop/app.asar", Archive),
    sign("Claude Desktop", "usr/lib/claude-desktop/resources/app.asar", Archive),
    sign("Claude Desktop", "usr/lib/claude-desktop/node_modules/electron/dist/resources/app.asar", Archive),
    sign("Claude Desktop", "opt/Claude/resources/app.asar", Archive),
    sign("Cherry Studio", "opt/Cherry Studio/resources/app.asar", Archive),
    sign("Cherry Studio", "~/Applications/Cherry-Studio-*.AppImage", Name),
    sign("Chatbox", "opt/Chatbox/resources/app.asar", Archive),
    sign("Chatbox", "~/Applications/Chatbox-*.AppImage", Name),
    sign("LM Studio", "opt/LM Studio/resources/app/package.json", VERSION),
    sign("LM Studio", "~/Applications/LM-Studio-*.AppImage", Name),
    sign("LM Studio", "~/.local/bin/LM-Studio-*.AppImage", Name),
    sign("AnythingLLM", "~/AnythingLLMDesktop/anythingllm-desktop/resources/app.asar", Archive),
    sign("Jan", "var/lib/dpkg/info/jan.list", Debian("jan")),
    sign("Jan", "~/Applications/Jan_*.AppImage", Name),
    sign(
        "Jan",
        "var/lib/flatpak/app/ai.jan.Jan/current/active/export/share/metainfo/ai.jan.Jan.metainfo.xml",
        Releases,
    ),
    sign(
        "Zed",
        "var/lib/flatpak/app/dev.zed.Zed/current/active/export/share/metainfo/dev.zed.Zed.metainfo.xml",
        Releases,
    ),
    sign(
        "Zed",
        "~/.local/share/flatpak/app/dev.zed.Zed/current/active/export/share/metainfo/dev.zed.Zed.metainfo.xml",
        Releases,
    ),
    sign("Amazon Q Developer", "var/lib/dpkg/info/amazon-q.list", Debian("amazon-q")),
    sign("Claude Code", "~/.local/share/claude/versions/*", Name),
    sign("Claude Code", "home/linuxbrew/.linuxbrew/Caskroom/claude-code/*", Name),
    sign("Gemini CLI", "home/linuxbrew/.linuxbrew/Cellar/gemini-cli/*", Name),
];

const MACOS: &[Sign] = &[
    sign("Visual Studio Code", "Applications/Visual Studio Code.app/Contents/Info.plist", PropertyList),
    sign("Visual Studio Code", "~/Applications/Visual Studio Code.app/Contents/Info.plist", PropertyList),
    sign(
        "Visual Studio Code Insiders",
        "Applications/Visual Studio Code - Insiders.app/Contents/Info.plist",
        PropertyList,
    ),
    sign("VSCodium", "Applications/VSCodium.app/Contents/Info.plist", PropertyList),
    sign("Cursor", "Applications/Cursor.app/Contents/Info.plist", PropertyList),
    sign("Cursor", "~/Applications/Cursor.app/Contents/Info.plist", PropertyList),
    sign(
        "Windsurf",
        "Applications/Windsurf.app/Contents/Resources/app/product.json",
        Member("windsurfVersion"),
    ),
    sign(
        "Windsurf",
        "~/Applications/Windsurf.app/Contents/Resources/app/product.json",
        Member("windsurfVersion"),
    ),
    sign("Windsurf", "Applications/Devin.app/Contents/Resources/app/product.json", Member("windsurfVersion")),
    sign("Kiro", "Applications/Kiro.app/Contents/Info.plist", PropertyList),
    sign("Kiro", "~/Applications/Kiro.app/Contents/Info.plist", PropertyList),
    sign("Trae", "Applications/Trae.app/Contents/Resources/app/product.json", Member("appVersion")),
    sign("Trae", "Applications/Trae CN.app/Contents/Resources/app/product.json", Member("appVersion")),
    sign("Claude Desktop", "Applications/Claude.app/Contents/Info.plist", PropertyList),
    sign("Claude Desktop", "~/Applications/Claude.app/Contents/Info.plist", PropertyList),
    sign("LM Studio", "Applications/LM Studio.app/Contents/Info.plist", PropertyList),
    sign("Zed", "Applications/Zed.app/Contents/Info.plist", PropertyList),
    sign("Jan", "Applications/Jan.app/Contents/Info.plist", PropertyList),
    sign("Cherry Studio", "Applications/Cherry Studio.app/Contents/Info.plist", PropertyList),
    sign("AnythingLLM", "Applications/AnythingLLM.app/Contents/Info.plist", PropertyList),
    sign("Chatbox", "Applications/Chatbox.app/Contents/Info.plist", PropertyList),
    sign("Amazon Q Developer", "Applications/Amazon Q.app/Contents/Info.plist", PropertyList),
    sign("Claude Code", "~/.local/share/claude/versions/*", Name),
    sign("Claude Code", "opt/homebrew/Caskroom/claude-code/*", Name),
    sign("Claude Code", "usr/local/Caskroom/claude-code/*", Name),
    sign("Codex CLI", "opt/homebrew/Caskroom/codex/*", Name),
    sign("Gemini CLI", "opt/homebrew/Cellar/gemini-cli/*", Name),
    sign("Gemini CLI", "usr/local/Cellar/gemini-cli/*", Name),
    sign("Copilot CLI", "opt/homebrew/Caskroom/copilot-cli/*", Name),
];

const WINDOWS: &[Sign] = &[
    sign("Visual Studio Code", "Program Files/Microsoft VS Code/resources/app/package.json", VERSION),
    // Newer releases keep each build in a folder of its own.
    sign("Visual Studio Code", "Program Files/Microsoft VS Code/*/resources/app/package.json", VERSION),
    sign(
        "Visual Studio Code",
        "~/AppData/Local/Programs/Microsoft VS Code/resources/app/package.json",
        VERSION,
    ),
    sign(
        "Visual Studio Code",
        "~/AppData/Local/Programs/Microsoft VS Code/*/resources/app/package.json",
        VERSION,
    ),
    sign(
        "Visual Studio Code Insiders",
        "~/AppData/Local/Programs/Microsoft VS Code Insiders/resources/app/package.json",
        VERSION,
    ),
    sign(
        "Visual Studio Code Insiders",
        "~/AppData/Local/Programs/Microsoft VS Code Insiders/*/resources/app/package.json",
        VERSION,
    ),
    sign("VSCodium", "Program Files/VSCodium/resources/app/package.json", VERSION),
    sign("VSCodium", "~/AppData/Local/Programs/VSCodium/resources/app/package.json", VERSION),
    sign("Cursor", "~/AppData/Local/Programs/cursor/resources/app/package.json", VERSION),
    sign("Cursor", "Program Files/cursor/resources/app/package.json", VERSION),
    sign(
        "Windsurf",
        "~/AppData/Local/Programs/Windsurf/resources/app/product.json",
        Member("windsurfVersion"),
    ),
    sign("Windsurf", "~/AppData/Local/Programs/Devin/resources/app/product.json", Member("windsurfVersion")),
    sign("Windsurf", "Program Files/Windsurf/resources/app/product.json", Member("windsurfVersion")),
    sign("Kiro", "~/AppData/Local/Programs/Kiro/resources/app/package.json", VERSION),
    sign("Kiro", "Program Files/Kiro/resources/app/package.json", VERSION),
    sign("Trae", "~/AppData/Local/Programs/Trae/resources/app/product.json", Member("appVersion")),
    sign("Trae", "~/AppData/Local/Programs/Trae CN/resources/app/product.json", Member("appVersion")),
    sign("Claude Desktop", "~/AppData/Local/AnthropicClaude/app-*", Name),
    sign("Claude Desktop", "Program Files/WindowsApps/Claude_*_x64__pzs8sxrjxfjjc", Name),
    sign("Claude Desktop", "Program Files/WindowsApps/Claude_*_arm64__pzs8sxrjxfjjc", Name),
    sign("LM Studio", "~/AppData/Local/Programs/LM Studio/resources/app/package.json", VERSION),
    sign("LM Studio", "~/AppData/Local/Programs/LM Studio/resources/app.asar", Archive),
    sign("Jan", "~/AppData/Local/Programs/jan/resources/app.asar", Archive),
    sign("Cherry Studio", "~/AppData/Local/Programs/Cherry Studio/resources/app.asar", Archive),
    sign("Cherry Studio", "Program Files/Cherry Studio/resources/app.asar", Archive),
    sign("AnythingLLM", "~/AppData/Local/Programs/AnythingLLM/resources/app.asar", Archive),
    sign("Chatbox", "~/AppData/Local/Programs/Chatbox/resources/app.asar", Archive),
    sign("Claude Code", "~/.local/share/claude/versions/*", Name),
];

/// Below a home: the folders in which editors keep their extensions.
pub(super) const EXTENSION_FOLDERS: &[&str] = &[
    ".vscode/extensions",
    ".vscode-insiders/extensions",
    ".vscode-oss/extensions",
    ".vscode-server/extensions",
    ".vscode-server-insiders/extensions",
    ".cursor/extensions",
    ".cursor-server/extensions",
    ".windsurf/extensions",
    ".windsurf-server/extensions",
    ".kiro/extensions",
    ".trae/extensions",
    ".antigravity/extensions",
];

/// An editor extension that starts MCP servers.
pub(super) struct Extension {
    pub(super) id: &'static str,
    pub(super) product: &'static str,
    /// Releases before this one only talk to a program that is installed apart, and say nothing about its version.
    pub(super) since: &'static str,
}

const fn extension(id: &'static str, product: &'static str) -> Extension {
    Extension { id, product, since: "0" }
}

pub(super) const EXTENSIONS: &[Extension] = &[
    Extension { since: "2.0", ..extension("anthropic.claude-code", "Claude Code") },
    extension("amazonwebservices.amazon-q-vscode", "Amazon Q Developer"),
    extension("saoudrizwan.claude-dev", "Cline"),
    extension("rooveterinaryinc.roo-cline", "Roo Code"),
    extension("kilocode.kilo-code", "Kilo Code"),
    extension("continue.continue", "Continue"),
    extension("github.copilot-chat", "GitHub Copilot Chat"),
    extension("augment.vscode-augment", "Augment"),
];
