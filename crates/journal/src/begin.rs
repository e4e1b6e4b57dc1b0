//! What has to be there before the first record: a directory of its own, a key, an empty tail.

use std::path::Path;

use crate::disk::replace;
use crate::error::Error;
use crate::merkle::Edge;
use crate::note::Signer;
use crate::store::{CHECKPOINT, KEY, Store, TAIL, VKEY};
use crate::tail::Tail;

/// The first part of the name of every journal's key.
const NAME: &str = "mantrap-journal";

/// The journal's private key, made on first use.
pub(crate) fn signer(store: &Store) -> Result<Signer, Error> {
    let wrong = |why| Error::Key { path: store.directory.join(KEY), why };
    let public = store.text(VKEY)?;
    let signer: Signer = match store.text(KEY)? {
        Some(text) => {
            text.strip_suffix('\n').unwrap_or_default().parse().map_err(|_| wrong("its text is no key"))?
        }
        None if public.is_some() || store.disk.size(TAIL).is_ok() => return Err(wrong("it is gone")),
        None => {
            let signer =
                Signer::generate(NAME).map_err(|_| wrong("the system gave no randomness for one"))?;
            let put = || {
                replace(store.disk.as_ref(), KEY, format!("{}\n", signer.to_secret_text()).as_bytes())?;
                store.disk.sync_directory("")
            };
            put().map_err(|error| store.error("write", KEY, error))?;
            signer
        }
    };
    let line = format!("{}\n", signer.verifier());
    match public {
        Some(public) if public == line => {}
        Some(_) => return Err(wrong("the public key beside it is another's")),
        None => {
            let put = || {
                replace(store.disk.as_ref(), VKEY, line.as_bytes())?;
                store.disk.sync_directory("")
            };
            put().map_err(|error| store.error("write", VKEY, error))?;
        }
    }
    Ok(signer)
}

/// An empty journal. The checkpoint comes last: where there is one, there was a journal.
pub(crate) fn begin(store: &Store, signer: &Signer) -> Result<(), Error> {
    if store.text(CHECKPOINT)?.is_some() {
        return Err(store.damaged(TAIL, "it is gone"));
    }
    let (bytes, tail) = Tail::fresh(Edge::default(), signer);
    let put = || {
        replace(store.disk.as_ref(), TAIL, &bytes)?;
        store.disk.sync_directory("")?;
        replace(store.disk.as_ref(), CHECKPOINT, tail.note.as_bytes())?;
        store.disk.sync_directory("")
    };
    put().map_err(|error| store.error("write", TAIL, error))
}

/// A journal that others may write to is nobody's word.
#[cfg(unix)]
pub(crate) fn refuse_if_exposed(directory: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(directory).map_err(|error| Error::io("read", directory.to_owned(), error))?;
    if metadata.permissions().mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(Error::Exposed { path: directory.to_owned() })
    }
}

#[cfg(not(unix))]
pub(crate) fn refuse_if_exposed(_: &Path) -> Result<(), Error> {
    Ok(())
}
