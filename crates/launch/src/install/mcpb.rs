//! MCP bundles (`.mcpb`, formerly `.dxt`): a zip archive with everything in it. No installer, no network.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use base64::Engine as _;
use serde_json::Value;
use sha2::Digest as _;

use super::entry::{reaches, read_in};
use super::unzip::unzip;
use super::{Expected, InstallError, Installed, in_tree, publish};
use crate::scope::{Whose, open};
use crate::store::{DiskStore, Limits, Record};

/// Bytes of the largest bundle, and of its manifest.
const LARGEST: u64 = 512 << 20;
const LARGEST_MANIFEST: u64 = 1 << 20;

/// How each file begins in the list at the end of a zip archive (APPNOTE.TXT, 4.3.12).
const LISTED: &[u8] = b"PK\x01\x02";

/// What of a bundle is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// The first argument, by Node.
    Node,
    /// The first of the arguments, itself: it is the runtime of the entry.
    Itself,
}

/// For a fuzzer: whatever these bytes are, they are an archive or refused, and nothing of them lands outside of `tree`, which
/// is an empty directory.
#[doc(hidden)]
pub fn try_archive(archive: File, tree: &Path) -> bool {
    unzip(archive, tree, Limits { items: 2_000, bytes: 8 << 20, depth: 32 }).is_ok()
}

/// Puts a bundle into the store.
///
/// # Errors
/// [`InstallError`]; then the store is as it was.
pub fn install(
    store: &DiskStore,
    path: &Path,
    expected: &Expected,
) -> Result<(Installed, Runs), InstallError> {
    let bundle = |why: String| InstallError::package(&path.display().to_string(), why);
    let mut file = open::file(path, Whose::User).map_err(crate::store::StoreError::from)?;
    let failed = |error| InstallError::io("the bundle cannot be read", error);
    let (mut hasher, mut chunk, mut size) = (sha2::Sha256::new(), vec![0; 128 * 1024], 0_u64);
    let (mut listed, mut begun) = (0, 0);
    loop {
        let count = file.read(&mut chunk).map_err(failed)?;
        size += count as u64;
        if count == 0 || size > LARGEST {
            break;
        }
        let read = chunk.get(..count).unwrap_or_default();
        for byte in read {
            begun = match (begun, byte) {
                (at, byte) if LISTED.get(at) == Some(byte) => at + 1,
                (_, b'P') => 1,
                _ => 0,
            };
            if begun == LISTED.len() {
                (listed, begun) = (listed + 1, 0);
            }
        }
        hasher.update(read);
    }
    if size > LARGEST {
        return Err(bundle("is larger than any bundle".into()));
    }
    // Before it is opened: its list is read into memory.
    if listed > Limits::TREE.items {
        return Err(bundle("holds more files than any server does".into()));
    }
    let integrity = format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(hasher.finalize()));
    expected.check_integrity(&integrity)?;
    file.rewind().map_err(failed)?;
    let staging = store.stage()?;
    let tree = staging.tree();
    // What is opened is what was hashed, unless somebody of this account writes it meanwhile; the tree's digest says what it is.
    unzip(File::from(std::os::fd::OwnedFd::from(file)), &tree, Limits::TREE)?;
    let about = read_in(&tree, "manifest.json", LARGEST_MANIFEST)?;
    let about: Value =
        serde_json::from_slice(&about).map_err(|error| bundle(format!("has no manifest: {error}")))?;
    let text = |pointer: &str| about.pointer(pointer).and_then(Value::as_str);
    let runs = match text("/server/type") {
        Some("node") => Runs::Node,
        Some("binary") => Runs::Itself,
        Some("python" | "uv") => {
            return Err(bundle(
                "is a Python bundle, which sets its own search path; add it as `script:`".into(),
            ));
        }
        _ => return Err(bundle("does not say what kind of server it is".into())),
    };
    let entry = text("/server/entry_point").map(|entry| entry.trim_start_matches("./")).unwrap_or_default();
    if !reaches(&tree, entry) {
        return Err(bundle(format!(
            "names `{}` as its program, which is no file of its own",
            crate::visible(entry)
        )));
    }
    let mut notes = Vec::new();
    if let Some(wanted) = about
        .pointer("/server/mcp_config/args")
        .filter(|wanted| wanted.as_array().is_some_and(|all| all.len() > 1))
    {
        notes.push(format!(
            "its manifest asks for these arguments: `{}`",
            crate::visible(&wanted.to_string())
        ));
    }
    let record = Record {
        source: format!("mcpb:{}", path.display()),
        integrity: integrity.clone(),
        program: None,
        installer: "mantrap".into(),
        packages: Vec::new(),
        notes,
        built: Vec::new(),
    };
    let arguments = vec![in_tree(entry)];
    let tree = publish(staging, &record, expected)?;
    Ok((Installed { tree, integrity, arguments, record, provenance: BTreeSet::new(), runtime: None }, runs))
}
