//! PHP: Composer's lock file and its list of installed packages.

use serde::Deserialize;

use super::Sink;
use crate::version::Ecosystem;

pub(super) fn composer_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        version: String,
    }
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        packages: Vec<Entry>,
        #[serde(default, rename = "packages-dev")]
        packages_dev: Vec<Entry>,
    }
    // Any program may call a file `installed.json`; only Composer's has this shape.
    let lock: Lock = match serde_json::from_str(text) {
        Ok(lock) => lock,
        Err(error) if error.is_data() => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    for entry in lock.packages.iter().chain(&lock.packages_dev) {
        sink.push(Ecosystem::Packagist, &entry.name, &entry.version);
    }
    Ok(())
}
