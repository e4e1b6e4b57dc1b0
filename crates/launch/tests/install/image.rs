//! Image archives as `docker save` and `skopeo` write them, and as an attacker does.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::archive::{Part, tar};

/// An image in the making. Whatever it holds, its digests are right.
pub(crate) struct Image {
    /// Each as it lies there, and unpacked.
    layers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) run: Value,
    pub(crate) architecture: &'static str,
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Image {
    pub(crate) fn new(run: Value) -> Self {
        let architecture = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
        Self { layers: Vec::new(), run, architecture }
    }

    pub(crate) fn layer(self, parts: &[Part<'_>]) -> Self {
        let plain = tar(parts);
        self.packed(plain.clone(), plain)
    }

    pub(crate) fn packed(mut self, packed: Vec<u8>, plain: Vec<u8>) -> Self {
        self.layers.push((packed, plain));
        self
    }

    fn configuration(&self) -> Vec<u8> {
        let unpacked: Vec<String> = self.layers.iter().map(|(_, plain)| digest(plain)).collect();
        let rootfs = json!({ "type": "layers", "diff_ids": unpacked });
        json!({ "os": "linux", "architecture": self.architecture, "config": self.run, "rootfs": rootfs })
            .to_string()
            .into_bytes()
    }

    /// The archive as OCI has it. `change` sees the name and the bytes of everything before it is written.
    pub(crate) fn archive(&self, change: impl Fn(&str, &mut Vec<u8>)) -> Vec<u8> {
        let blob = |bytes: &[u8]| format!("blobs/{}", digest(bytes).replace(':', "/"));
        let descriptor = |bytes: &[u8]| json!({ "digest": digest(bytes), "size": bytes.len() });
        let configuration = self.configuration();
        let layers: Vec<Value> = self.layers.iter().map(|(packed, _)| descriptor(packed)).collect();
        let manifest = json!({ "schemaVersion": 2, "config": descriptor(&configuration), "layers": layers });
        let manifest = manifest.to_string().into_bytes();
        let index = json!({ "schemaVersion": 2, "manifests": [descriptor(&manifest)] }).to_string();
        let mut files = vec![
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
            ("index.json".to_owned(), index.into_bytes()),
            (blob(&manifest), manifest),
            (blob(&configuration), configuration),
        ];
        files.extend(self.layers.iter().map(|(packed, _)| (blob(packed), packed.clone())));
        for (name, bytes) in &mut files {
            change(name, bytes);
        }
        let parts: Vec<Part<'_>> = files.iter().map(|(name, bytes)| Part::File(name, bytes)).collect();
        tar(&parts)
    }

    /// The archive as older versions of Docker have it.
    pub(crate) fn saved(&self) -> Vec<u8> {
        let configuration = self.configuration();
        let name = digest(&configuration).replace("sha256:", "") + ".json";
        let layers: Vec<String> = (0..self.layers.len()).map(|nth| format!("{nth}/layer.tar")).collect();
        let manifest = json!([{ "Config": name, "RepoTags": ["x:1"], "Layers": layers }]).to_string();
        let mut parts =
            vec![Part::File("manifest.json", manifest.as_bytes()), Part::File(&name, &configuration)];
        parts.extend(layers.iter().zip(&self.layers).map(|(name, (_, plain))| Part::File(name, plain)));
        tar(&parts)
    }
}
