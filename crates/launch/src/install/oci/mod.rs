//! Container images in archives: the files of all layers become a tree, and what the image starts becomes an entry. No
//! container engine, no network, and no root: the image's files stand in the place of the system's in the jail.

mod archive;
mod layer;
mod start;
mod stream;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use base64::Engine as _;

use super::{Expected, InstallError, Installed, in_tree, publish, tar};
use crate::image::{self, Configuration};
use crate::lock::Template;
use crate::scope::{Whose, open};
use crate::store::{DiskStore, Limits, Package, Record, StoreError};
use archive::{Archive, none, processor};
use layer::Root;
use start::Start;

/// How an image is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starts {
    /// The program, as a path of a lock.
    pub program: String,
    /// The name that it is started by.
    pub called: String,
    /// The working directory, in the image.
    pub directory: Option<String>,
}

/// Puts an image into the store.
///
/// # Errors
/// [`InstallError`]; then the store is as it was.
pub fn install(
    store: &DiskStore,
    path: &Path,
    limits: Limits,
    expected: &Expected,
) -> Result<(Installed, Starts), InstallError> {
    let file = open::file(path, Whose::User).map_err(StoreError::from)?;
    let archive = Archive::open(File::from(OwnedFd::from(file)))?;
    let integrity =
        format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(archive.digest.bytes()));
    expected.check_integrity(&integrity)?;
    let staging = store.stage()?.within(limits);
    let tree = staging.tree();
    let (configuration, known_as) = unpack(&archive, &tree, limits)?;
    let start = start::start(&image::root(&tree), &configuration)?;
    let of_image = |path: &Path| path.to_str().map(|path| in_tree(&format!("root/{path}")));
    let program = of_image(&start.program).ok_or_else(|| none("starts a program whose name is no text"))?;
    let record = Record {
        source: format!("oci:{}", path.display()),
        integrity: integrity.clone(),
        program: None,
        installer: "mantrap".into(),
        packages: vec![Package {
            name: "image".into(),
            version: known_as.to_string(),
            integrity: integrity.clone(),
        }],
        notes: notes(&configuration),
        built: Vec::new(),
    };
    let Start { called, arguments, directory, .. } = start;
    let arguments = arguments.iter().map(|word| Template::literal(word).as_str().to_owned()).collect();
    let tree = publish(staging, &record, expected)?;
    Ok((
        Installed { tree, integrity, arguments, record, provenance: BTreeSet::new(), runtime: None },
        Starts { program, called, directory },
    ))
}

/// How many arguments an installed image brings itself: what stands behind them in its entry is the user's.
#[must_use]
pub fn brought(tree: &Path) -> Option<usize> {
    let configuration = Configuration::read(tree).ok()?;
    Some(start::start(&image::root(tree), &configuration).ok()?.arguments.len())
}

/// Opens the image of an archive into an empty directory, as it would be in a store.
fn unpack(
    archive: &Archive,
    tree: &Path,
    limits: Limits,
) -> Result<(Configuration, crate::Digest), InstallError> {
    let failed = |error| InstallError::io("the tree cannot be made", error);
    let image = archive.image()?;
    std::fs::write(image::configuration(tree), &image.configuration).map_err(failed)?;
    std::fs::create_dir(image::root(tree)).map_err(failed)?;
    let configuration: Configuration = serde_json::from_slice(&image.configuration)
        .map_err(|error| none(&format!("has a configuration that is none: {error}")))?;
    if configuration.os != "linux" || configuration.architecture != processor() {
        let (os, of) = (crate::visible(&configuration.os), crate::visible(&configuration.architecture));
        return Err(none(&format!("is for {os} on {of}, and this is linux on {}", processor())));
    }
    let unpacked = &configuration.rootfs.diff_ids;
    if unpacked.len() != image.layers.len() {
        return Err(none("has other layers than its configuration says"));
    }
    // What is read to reach the files is more than they are, though not by much.
    let most = limits.bytes.saturating_add(limits.items.saturating_mul(4096));
    // Each entry is looked at twice.
    let room = Limits { items: limits.items.saturating_mul(2), ..limits };
    let mut root = Root::new(&image::root(tree), room)?;
    for (layer, unpacked) in image.layers.iter().zip(unpacked) {
        let unpacked = archive::digest(unpacked)?;
        archive.layer(layer, &unpacked, most, |tar| root.hide(tar))?;
        archive.layer(layer, &unpacked, most, |tar| root.put(tar))?;
    }
    root.settle_links()?;
    Ok((configuration, image.known_as))
}

/// What a person should know before approving.
fn notes(configuration: &Configuration) -> Vec<String> {
    let mut notes = Vec::new();
    let variables: Vec<String> = configuration
        .variables()
        .map(|(name, value)| format!("{}={}", name.display(), value.display()))
        .collect();
    if !variables.is_empty() {
        notes.push(format!("the image sets `{}`", crate::visible(&variables.join("`, `"))));
    }
    let user = configuration.config.user.as_str();
    if !user.is_empty() {
        notes.push(format!(
            "the image asks to run as `{}`; it runs as you, in its own namespace",
            crate::visible(user)
        ));
    }
    notes.push("its files are read-only, and it runs among them instead of the system's".into());
    notes
}

/// For a fuzzer: whatever these bytes are, they are an image or refused, and nothing of them lands outside of `tree`, which
/// is an empty directory.
#[doc(hidden)]
pub fn try_archive(archive: File, tree: &Path) -> bool {
    let limits = Limits { items: 2_000, bytes: 8 << 20, depth: 32 };
    let unpacked = Archive::open(archive).and_then(|archive| unpack(&archive, tree, limits));
    unpacked.is_ok_and(|(configuration, _)| start::start(&image::root(tree), &configuration).is_ok())
}

/// For a fuzzer: the same of one layer alone.
#[doc(hidden)]
pub fn try_layer(bytes: &[u8], tree: &Path) -> bool {
    let limits = Limits { items: 2_000, bytes: 8 << 20, depth: 32 };
    let pass = |root: &mut Root, is_first: bool| -> Result<(), InstallError> {
        let failed = |error| InstallError::io("it cannot be read", error);
        let plain: Box<dyn Read> = stream::decompressed(bytes).map_err(failed)?;
        let mut tar = tar::Tar::new(stream::Hashed::new(plain, 16 << 20));
        if is_first { root.hide(&mut tar) } else { root.put(&mut tar) }
    };
    let Ok(mut root) = Root::new(tree, limits) else { return false };
    let done = pass(&mut root, true).and_then(|()| pass(&mut root, false));
    done.and_then(|()| root.settle_links()).is_ok()
}
