//! An image archive: a tar file with everything in it by name, and all that counts by its digest. What `docker save`, `podman
//! save`, `skopeo` and `buildx` write (OCI image specification, "Image Layout"; and Docker's older form).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::stream::{Hashed, decompressed};
use crate::Digest;
use crate::install::InstallError;
use crate::install::tar::{Kind, Tar, bad};

/// Bytes of the largest archive.
const LARGEST: u64 = 8 << 30;
/// Bytes of the largest manifest, index or configuration.
const LARGEST_DOCUMENT: u64 = 4 << 20;
/// Files in an archive, layers of an image, indexes within each other.
const MOST_FILES: usize = 10_000;
const MOST_LAYERS: usize = 512;
const DEEPEST: usize = 4;

/// An archive, and where everything in it lies.
pub(super) struct Archive {
    file: File,
    places: HashMap<Vec<u8>, (u64, u64)>,
    /// Of all its bytes.
    pub(super) digest: Digest,
}

/// An image: its configuration, and its layers from the lowest.
pub(super) struct Image {
    pub(super) configuration: Vec<u8>,
    pub(super) layers: Vec<Layer>,
    /// The digest that others know the image by: that of its manifest, or of its configuration.
    pub(super) known_as: Digest,
}

/// A layer: where it lies, and the digest of what lies there, where that was said.
pub(super) struct Layer {
    name: Vec<u8>,
    digest: Option<Digest>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

/// An index or a manifest.
#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    layers: Vec<String>,
}

impl Archive {
    /// Reads all of it once.
    pub(super) fn open(file: File) -> Result<Self, InstallError> {
        let read = || -> io::Result<Self> {
            let mut places = HashMap::new();
            let mut tar = Tar::new(Hashed::new(BufReader::with_capacity(128 << 10, &file), LARGEST));
            while let Some(entry) = tar.next()? {
                if places.len() > MOST_FILES {
                    return Err(bad("it holds more files than any image does"));
                }
                if entry.kind == Kind::File {
                    places.insert(entry.path.join(&b'/'), (tar.position(), entry.size));
                }
            }
            let digest = tar.into_input().finish()?;
            Ok(Self { file, places, digest })
        };
        read().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => none(&format!(
                "cannot be read: {error}; it is what `docker save`, `podman save` or `skopeo copy … oci-archive:` writes, not compressed"
            )),
            _ => InstallError::io("the image cannot be read", error),
        })
    }

    /// The one image for this machine.
    pub(super) fn image(&self) -> Result<Image, InstallError> {
        if self.places.contains_key(b"index.json".as_slice()) {
            let mut found = Vec::new();
            self.listed(&self.document(b"index.json", None)?, &mut found, 0)?;
            return match (found.len(), found.pop()) {
                (1, Some(image)) => Ok(image),
                (0, _) => Err(none("holds no image for this machine's kind of processor")),
                _ => Err(none("holds several images; write one of them to an archive of its own")),
            };
        }
        let Ok(bytes) = self.document(b"manifest.json", None) else {
            return Err(none("is no image archive: it has neither `index.json` nor `manifest.json`"));
        };
        let mut saved: Vec<Saved> = parsed(&bytes)?;
        let (Some(saved), true) = (saved.pop(), saved.is_empty()) else {
            return Err(none("holds no image, or several; write one of them to an archive of its own"));
        };
        // Docker names it by its digest, which it is the word for.
        let name = saved.config.rsplit('/').next().unwrap_or_default();
        let known_as = digest(&format!("sha256:{}", name.strip_suffix(".json").unwrap_or(name)))?;
        let configuration = self.document(saved.config.as_bytes(), Some(&known_as))?;
        let layers = saved.layers.into_iter().map(|name| Layer { name: name.into_bytes(), digest: None });
        Ok(Image { configuration, layers: layers.collect(), known_as })
    }

    /// The images that an index names, for this machine; those without a kind of processor are looked at.
    fn listed(&self, index: &[u8], found: &mut Vec<Image>, depth: usize) -> Result<(), InstallError> {
        let index: Manifest = parsed(index)?;
        if depth > DEEPEST || index.manifests.as_ref().is_some_and(|all| all.len() > MOST_LAYERS) {
            return Err(none("has indexes in indexes, or too many of them"));
        }
        for one in index.manifests.unwrap_or_default() {
            if one.platform.as_ref().is_some_and(|of| of.os != "linux" || of.architecture != processor()) {
                continue;
            }
            let known_as = digest(&one.digest)?;
            let bytes = self.document(&blob(&known_as), Some(&known_as))?;
            let manifest: Manifest = parsed(&bytes)?;
            match (manifest.config, manifest.layers) {
                (Some(configuration), Some(layers)) if layers.len() <= MOST_LAYERS => {
                    let of = digest(&configuration.digest)?;
                    let configuration = self.document(&blob(&of), Some(&of))?;
                    let layers = layers.iter().map(|layer| {
                        let digest = digest(&layer.digest)?;
                        Ok(Layer { name: blob(&digest), digest: Some(digest) })
                    });
                    let layers = layers.collect::<Result<_, InstallError>>()?;
                    found.push(Image { configuration, layers, known_as });
                }
                _ => self.listed(&bytes, found, depth + 1)?,
            }
        }
        Ok(())
    }

    /// The bytes of a small file, if they have the digest that they should.
    fn document(&self, name: &[u8], wanted: Option<&Digest>) -> Result<Vec<u8>, InstallError> {
        let (mut input, size) = self.find(name)?;
        if size > LARGEST_DOCUMENT {
            return Err(none(&format!("has a `{}` that is larger than any", shown(name))));
        }
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|error| InstallError::io("the image cannot be read", error))?;
        match wanted.is_none_or(|wanted| Digest::of(&bytes) == *wanted) {
            true => Ok(bytes),
            false => Err(lies(name)),
        }
    }

    /// Reads a layer: answers what `read` does, if all of it has the digest that it should, packed and unpacked.
    pub(super) fn layer<T>(
        &self,
        layer: &Layer,
        unpacked: &Digest,
        most: u64,
        read: impl FnOnce(&mut Tar<&mut Hashed<Box<dyn Read + '_>>>) -> Result<T, InstallError>,
    ) -> Result<T, InstallError> {
        let failed = |error: io::Error| none(&format!("has a layer that cannot be read: {error}"));
        let (input, size) = self.find(&layer.name)?;
        let mut packed = Hashed::new(input, size);
        let plain: Box<dyn Read + '_> = decompressed(&mut packed).map_err(failed)?;
        let mut plain = Hashed::new(plain, most);
        let answer = read(&mut Tar::new(&mut plain))?;
        let found = plain.finish().map_err(failed)?;
        let packed = packed.finish().map_err(failed)?;
        match found == *unpacked && layer.digest.is_none_or(|wanted| wanted == packed) {
            true => Ok(answer),
            false => Err(lies(&layer.name)),
        }
    }

    fn find(&self, name: &[u8]) -> Result<(impl Read + '_, u64), InstallError> {
        let (at, size) =
            self.places.get(name).ok_or_else(|| none(&format!("lacks `{}`, which it names", shown(name))))?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(*at))
            .map_err(|error| InstallError::io("the image cannot be read", error))?;
        Ok((BufReader::with_capacity(128 << 10, file.take(*size)), *size))
    }
}

fn blob(digest: &Digest) -> Vec<u8> {
    format!("blobs/sha256/{}", digest.hex()).into_bytes()
}

pub(super) fn digest(text: &str) -> Result<Digest, InstallError> {
    let is_sha256 = text.starts_with("sha256:");
    let digest = is_sha256.then(|| text.parse().ok()).flatten();
    digest.ok_or_else(|| none("names something by another digest than SHA-256"))
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, InstallError> {
    serde_json::from_slice(bytes).map_err(|error| none(&format!("has a document that is none: {error}")))
}

/// This machine's kind, in the words of images (Go's `GOARCH`).
pub(super) const fn processor() -> &'static str {
    if cfg!(target_arch = "x86_64") {
        "amd64"
    } else if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        std::env::consts::ARCH
    }
}

fn lies(name: &[u8]) -> InstallError {
    none(&format!("is damaged: `{}` is not what its digest says", shown(name)))
}

fn shown(name: &[u8]) -> String {
    crate::visible(&String::from_utf8_lossy(name))
}

pub(super) fn none(why: &str) -> InstallError {
    InstallError::package("the image", why)
}
