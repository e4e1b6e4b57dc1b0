//! Container images in archives (`docker save`, OCI layout as tar or directory), layer by layer.
//!
//! Layers are streamed, never unpacked to a disk. What an upper layer deletes or covers is not there (OCI image
//! specification, "Whiteouts"). Sizes, counts and compression ratios are capped; a cap that is hit is a problem,
//! and what was found before it stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use mantrap_clients::source::{Origin, Problem, ProblemKind, open_without_blocking, read_regular_file};
use serde::Deserialize;

use super::stream::{Compression, compression, decompressed};
use super::tar::{Kind, Skip, Streamed, Tar, plain};
use super::{Sink, container, python};
use crate::report::{Package, PackageEvidence};
use crate::version::Ecosystem;

/// Manifests, indexes and configurations are below this, in bytes.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;
/// All of them together.
const MAX_DOCUMENTS: u64 = 64 * 1024 * 1024;
/// A `package.json` in a layer is below this, in bytes.
const MAX_MANIFEST: u64 = 1024 * 1024;
/// Images in one archive, and layers in one image.
const MAX_IMAGES: usize = 256;
/// Entries in one layer.
const MAX_ENTRIES: usize = 4_000_000;
/// Packages, whiteouts and links that are kept of one layer.
const MAX_FACTS: usize = 400_000;

/// Reads an image archive. A tar that holds no image is nobody's business here: nothing is said of it.
pub(super) fn archive(path: &Path, shown: &Path) -> (Vec<Package>, Vec<Problem>) {
    let mut reading = Reading::new(shown);
    if let Err(error) = reading.archive(path) {
        reading.fail(error);
    }
    reading.finish()
}

/// Reads an OCI image layout in a directory.
pub(super) fn layout(directory: &Path, shown: &Path) -> (Vec<Package>, Vec<Problem>) {
    let mut reading = Reading::new(shown);
    if let Err(error) = reading.layout(directory) {
        reading.fail(error);
    }
    reading.finish()
}

/// One archive being read.
struct Reading {
    origin: Origin,
    sink: Sink,
    problems: Vec<Problem>,
}

/// One image: what it is called, and its layers from the bottom up as names in the archive.
struct Image {
    tags: Vec<String>,
    layers: Vec<String>,
}

impl Reading {
    fn new(shown: &Path) -> Self {
        Reading {
            origin: Origin::file(shown),
            sink: Sink::new(shown.display().to_string(), PackageEvidence::Image),
            problems: Vec::new(),
        }
    }

    fn fail(&mut self, error: io::Error) {
        let kind = match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => ProblemKind::Syntax,
            io::ErrorKind::FileTooLarge => ProblemKind::Cut,
            _ => return self.problems.push(Problem::io(self.origin.clone(), &error)),
        };
        self.problems.push(Problem::new(self.origin.clone(), kind, error.to_string()));
    }

    fn finish(self) -> (Vec<Package>, Vec<Problem>) {
        (self.sink.finish(), self.problems)
    }

    fn archive(&mut self, path: &Path) -> io::Result<()> {
        let Some(contents) = contents(path)? else {
            return Ok(());
        };
        let document = |name: &str| contents.documents.get(name).cloned();
        let images = images(&document)?;
        let wanted: BTreeSet<String> =
            images.iter().flat_map(|image| &image.layers).map(|layer| contents.resolve(layer)).collect();
        let mut layers: HashMap<String, Layer> = HashMap::new();
        let mut tar = open(path)?;
        while let Some(entry) = tar.next_entry()? {
            let Some(name) = entry.path.filter(|name| wanted.contains(name)) else {
                continue;
            };
            if entry.kind == Kind::File {
                let layer = self.layer(&name, &mut tar);
                layers.insert(name, layer);
            }
        }
        for image in &images {
            let stack = image.layers.iter().map(|layer| contents.resolve(layer));
            self.image(image, stack, &layers);
        }
        Ok(())
    }

    fn layout(&mut self, directory: &Path) -> io::Result<()> {
        let document = |name: &str| {
            let path = directory.join(plain(name)?);
            read_regular_file(&path, &Origin::file(&path), MAX_DOCUMENT).ok()
        };
        let images = images(&document)?;
        let mut layers = HashMap::new();
        for name in images.iter().flat_map(|image| &image.layers) {
            if layers.contains_key(name) {
                continue;
            }
            let Some(inside) = plain(name) else { continue };
            match open_without_blocking(&directory.join(inside)) {
                Ok(mut file) if file.metadata().is_ok_and(|facts| facts.is_file()) => {
                    let layer = self.layer(name, &mut file);
                    layers.insert(name.clone(), layer);
                }
                Ok(_) => {}
                Err(_) => self.missing(name),
            }
        }
        for image in &images {
            self.image(image, image.layers.iter().cloned(), &layers);
        }
        Ok(())
    }

    fn missing(&mut self, layer: &str) {
        let message = format!("the layer `{layer}` is not in the image");
        self.problems.push(Problem::new(self.origin.clone(), ProblemKind::Syntax, message));
    }

    fn layer(&mut self, name: &str, source: &mut dyn Read) -> Layer {
        let mut layer = Layer::default();
        if let Err(error) = layer.read(source) {
            self.fail(io::Error::new(error.kind(), format!("the layer `{name}`: {error}")));
        }
        layer
    }

    /// Lays the layers over each other and takes what is left.
    fn image(&mut self, image: &Image, stack: impl Iterator<Item = String>, layers: &HashMap<String, Layer>) {
        for tag in &image.tags {
            if let Some((name, tag)) = container::reference(tag) {
                self.sink.push(Ecosystem::Oci, &name, &tag);
            }
        }
        let mut there: BTreeMap<&str, &Found> = BTreeMap::new();
        for name in stack {
            let Some(layer) = layers.get(&name) else {
                self.missing(&name);
                continue;
            };
            for opaque in &layer.opaque {
                cover(&mut there, opaque, false);
            }
            for gone in &layer.gone {
                cover(&mut there, gone, true);
            }
            there.extend(layer.found.iter().map(|(path, found)| (path.as_str(), found)));
        }
        let place = self.sink.place.clone();
        for (path, (ecosystem, name, version)) in there {
            self.sink.place = format!("{place}!{path}");
            self.sink.push(*ecosystem, name, version);
        }
        self.sink.place = place;
    }
}

/// Takes away what is below `path`, and `path` itself if it is gone altogether.
fn cover(there: &mut BTreeMap<&str, &Found>, path: &str, with_itself: bool) {
    if with_itself {
        there.remove(path);
    }
    let below = match path.is_empty() {
        true => String::new(),
        false => format!("{path}/"),
    };
    let covered: Vec<&str> = there
        .range(below.as_str()..)
        .map(|(path, _)| *path)
        .take_while(|path| path.starts_with(&below))
        .collect();
    for path in covered {
        there.remove(path);
    }
}

/// Ecosystem, name and version.
type Found = (Ecosystem, String, String);

/// What one layer says.
#[derive(Default)]
struct Layer {
    found: BTreeMap<String, Found>,
    /// Paths that are deleted, or covered by a link.
    gone: Vec<String>,
    /// Directories whose lower contents are hidden.
    opaque: Vec<String>,
}

impl Layer {
    fn read(&mut self, source: &mut dyn Read) -> io::Result<()> {
        let mut tar = Tar::new(Streamed(decompressed(source)?));
        for _ in 0..MAX_ENTRIES {
            let Some(entry) = tar.next_entry()? else {
                return Ok(());
            };
            if self.found.len() + self.gone.len() + self.opaque.len() > MAX_FACTS {
                break;
            }
            let Some(path) = entry.path else { continue };
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
            if name == ".wh..wh..opq" {
                self.opaque.push(folder.to_owned());
            } else if let Some(name) = name.strip_prefix(".wh.") {
                self.gone.push(plain(&format!("{folder}/{name}")).unwrap_or_default());
            } else if matches!(entry.kind, Kind::Link(_) | Kind::Other) {
                self.gone.push(path);
            } else if entry.kind == Kind::File
                && let Some(found) = recognise(&path, folder, name, entry.size, &mut tar)?
            {
                self.found.insert(path, found);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "more entries than a layer has; the rest was not read",
        ))
    }
}

/// The package whose record this file is.
fn recognise(
    path: &str,
    folder: &str,
    name: &str,
    size: u64,
    tar: &mut Tar<impl Skip>,
) -> io::Result<Option<Found>> {
    let parent = folder.rsplit('/').next().unwrap_or_default();
    let pypi = |(name, version): (String, String)| (Ecosystem::Pypi, name, version);
    Ok(match name {
        "METADATA" => python::dist_info(parent).map(pypi),
        "PKG-INFO" => python::egg_info(parent).map(pypi),
        "package.json" if super::node::is_installed(Path::new(path)) && size <= MAX_MANIFEST => {
            #[derive(Deserialize)]
            struct Manifest {
                name: String,
                version: String,
            }
            let bytes = tar.content(MAX_MANIFEST)?;
            serde_json::from_slice::<Manifest>(&bytes)
                .ok()
                .map(|manifest| (Ecosystem::Npm, manifest.name, manifest.version))
        }
        _ if name.ends_with(".egg-info") => python::egg_info(name).map(pypi),
        _ if parent == "conda-meta" => name.strip_suffix(".json").and_then(|stem| {
            let mut parts = stem.rsplitn(3, '-');
            let (_build, version, name) = (parts.next()?, parts.next()?, parts.next()?);
            Some((Ecosystem::Pypi, name.to_owned(), version.to_owned()))
        }),
        _ => None,
    })
}

/// The small files and the links of an image archive.
#[derive(Default)]
struct Contents {
    documents: HashMap<String, Vec<u8>>,
    links: HashMap<String, String>,
}

impl Contents {
    /// Old `docker save` archives link a layer that they hold already.
    fn resolve(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            match self.links.get(&name) {
                Some(target) => name.clone_from(target),
                None => break,
            }
        }
        name
    }
}

/// Looks over an archive; `None` if its names are not those of an image.
fn contents(path: &Path) -> io::Result<Option<Contents>> {
    let mut tar = open(path)?;
    let mut contents = Contents::default();
    let mut total = 0;
    let mut is_first = true;
    loop {
        let entry = match tar.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            // A file that is no tar at all may well be called one.
            Err(error) if is_first && error.kind() != io::ErrorKind::Other => return Ok(None),
            Err(error) => return Err(error),
        };
        is_first = false;
        let Some(name) = entry.path else { return Ok(None) };
        if !belongs_to_an_image(&name) {
            return Ok(None);
        }
        match entry.kind {
            Kind::File if entry.size <= MAX_DOCUMENT && is_document(&name) => {
                total += entry.size;
                if total > MAX_DOCUMENTS {
                    return Err(io::Error::new(
                        io::ErrorKind::FileTooLarge,
                        "its manifests are larger than any real ones",
                    ));
                }
                let bytes = tar.content(MAX_DOCUMENT)?;
                // Blobs are manifests, configurations or small layers; only the former are JSON.
                if bytes.first() == Some(&b'{') || bytes.first() == Some(&b'[') {
                    contents.documents.insert(name, bytes);
                }
            }
            Kind::Link(target) => {
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = match target.strip_prefix("../") {
                    Some(rest) => rest.to_owned(),
                    None => format!("{folder}/{target}"),
                };
                if let Some(target) = plain(&target) {
                    contents.links.insert(name, target);
                }
            }
            _ => {}
        }
    }
    let is_image = ["manifest.json", "index.json"].iter().any(|name| contents.documents.contains_key(*name));
    Ok(is_image.then_some(contents))
}

/// The names that `docker save`, `podman save`, `skopeo` and OCI layouts use.
fn belongs_to_an_image(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or(name);
    let stem = first.split('.').next().unwrap_or(first);
    let is_hash = stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        || name.is_empty()
        || matches!(
            first,
            "blobs" | "oci-layout" | "index.json" | "manifest.json" | "repositories" | "VERSION"
        )
}

fn is_document(name: &str) -> bool {
    name.ends_with(".json") || name.starts_with("blobs/")
}

/// The images of an archive or layout. `manifest.json` (Docker) wins over `index.json`: it has the names.
fn images(document: &dyn Fn(&str) -> Option<Vec<u8>>) -> io::Result<Vec<Image>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Saved {
        #[serde(default)]
        repo_tags: Option<Vec<String>>,
        layers: Vec<String>,
    }
    let invalid = |error: serde_json::Error| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
    if let Some(bytes) = document("manifest.json") {
        let saved: Vec<Saved> = serde_json::from_slice(&bytes).map_err(invalid)?;
        let image = |saved: Saved| Image {
            tags: saved.repo_tags.unwrap_or_default(),
            layers: saved.layers.into_iter().take(MAX_IMAGES).filter_map(|layer| plain(&layer)).collect(),
        };
        return Ok(saved.into_iter().take(MAX_IMAGES).map(image).collect());
    }
    let Some(bytes) = document("index.json") else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it has no `manifest.json` and no `index.json`",
        ));
    };
    let mut images = Vec::new();
    let mut open: Vec<(Vec<u8>, Vec<String>, usize)> = vec![(bytes, Vec::new(), 0)];
    while let Some((bytes, tags, depth)) = open.pop() {
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(invalid)?;
        if !manifest.layers.is_empty() && images.len() < MAX_IMAGES {
            let layers = manifest.layers.iter().take(MAX_IMAGES);
            images.push(Image {
                tags: tags.clone(),
                layers: layers.filter_map(|layer| blob(&layer.digest)).collect(),
            });
        }
        for descriptor in
            manifest.manifests.iter().filter(|_| depth < 4 && open.len() < MAX_IMAGES).collect::<Vec<_>>()
        {
            let named = |key: &str| descriptor.annotations.get(key).cloned();
            let own =
                named("io.containerd.image.name").or_else(|| named("org.opencontainers.image.ref.name"));
            let tags =
                own.filter(|name| name.contains(['/', ':'])).map_or_else(|| tags.clone(), |name| vec![name]);
            if let Some(bytes) = blob(&descriptor.digest).and_then(|name| document(&name)) {
                open.push((bytes, tags, depth + 1));
            }
        }
    }
    Ok(images)
}

/// An OCI index or manifest: one has `manifests`, the other `layers`.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    annotations: HashMap<String, String>,
}

/// Where a layout keeps a digest: `sha256:abc` is `blobs/sha256/abc`.
fn blob(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':')?;
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_plain(algorithm) && is_plain(hex)).then(|| format!("blobs/{algorithm}/{hex}"))
}

/// The archive file, decompressed where it is compressed.
fn open(path: &Path) -> io::Result<Tar<Source>> {
    let file = open_without_blocking(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a regular file"));
    }
    let mut file = BufReader::with_capacity(256 * 1024, file);
    let is_compressed = compression(file.fill_buf()?) != Compression::None;
    Ok(Tar::new(match is_compressed {
        false => Source::File(file),
        true => Source::Stream(decompressed(file)?),
    }))
}

/// An archive: seekable, or a stream.
enum Source {
    File(BufReader<File>),
    Stream(Box<dyn Read>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::File(file) => file.read(buffer),
            Source::Stream(stream) => stream.read(buffer),
        }
    }
}

impl Skip for Source {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match self {
            Source::File(file) => {
                // An end that was passed shows at the next read, as an end.
                file.seek_relative(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Source::Stream(stream) => Streamed(stream).skip(count),
        }
    }
}
