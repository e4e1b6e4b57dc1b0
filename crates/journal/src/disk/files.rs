//! The real disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Disk, Held, Lock};

const LOCK: &str = "lock";
/// Threads that flush many files.
const FLUSHERS: usize = 16;

/// A journal's directory.
#[derive(Debug)]
pub(crate) struct Files(PathBuf);

impl Files {
    pub(crate) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.0.clone() } else { self.0.join(path) }
    }

    /// Opens a regular file. Never waits, as a pipe in its place would make us, and never follows a link.
    fn open(&self, path: &str, options: &mut OpenOptions) -> io::Result<File> {
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            use std::os::unix::fs::OpenOptionsExt;
            options
                .custom_flags((OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY).bits().cast_signed())
                .mode(0o600);
        }
        let file = options.open(self.path(path))?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"))
        }
    }
}

impl Disk for Files {
    fn lock(&self, how: Lock, patience: Duration) -> io::Result<Held> {
        let mut options = File::options();
        let file = match how {
            Lock::Exclusive => self.open(LOCK, options.write(true).create(true).truncate(false)),
            // A journal on read-only media, or one that was copied without its lock, has no writer.
            Lock::Shared => match self.open(LOCK, options.read(true)) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Held(None)),
                other => other,
            },
        }?;
        let deadline = Instant::now() + patience;
        let mut pause = Duration::from_micros(20);
        loop {
            let taken = match how {
                Lock::Exclusive => file.try_lock(),
                Lock::Shared => file.try_lock_shared(),
            };
            match taken {
                Ok(()) => return Ok(Held(Some(file))),
                Err(TryLockError::Error(error))
                    if how == Lock::Shared && error.kind() == ErrorKind::Unsupported =>
                {
                    return Ok(Held(None));
                }
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(ErrorKind::WouldBlock.into());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(1));
        }
    }

    fn read(&self, path: &str, from: u64, at_most: usize) -> io::Result<Vec<u8>> {
        let mut file = self.open(path, File::options().read(true))?;
        let there = file.metadata()?.len().saturating_sub(from);
        let mut bytes = Vec::with_capacity(usize::try_from(there).unwrap_or(usize::MAX).min(at_most));
        file.seek(SeekFrom::Start(from))?;
        file.take(at_most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        fs::symlink_metadata(self.path(path)).map(|metadata| metadata.len())
    }

    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.open(path, File::options().write(true))?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn truncate(&self, path: &str, size: u64) -> io::Result<()> {
        let file = self.open(path, File::options().write(true))?;
        file.set_len(size)?;
        file.sync_data()
    }

    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.open(path, File::options().write(true).create(true).truncate(true))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn create_all(&self, files: &[(String, Vec<u8>)]) -> io::Result<()> {
        // A file system makes files durable together that are flushed at the same time: a few threads take as long
        // for fifty as one for ten.
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((path, bytes)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.create(path, bytes)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..FLUSHERS.min(files.len()))
                .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let own = work();
            let theirs = others
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(ErrorKind::Other.into())));
            theirs.fold(own, Result::and)
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn make_directory(&self, path: &str) -> io::Result<()> {
        let directory = self.path(path);
        if directory.is_dir() {
            return Ok(());
        }
        let missing: Vec<&Path> = directory.ancestors().take_while(|above| !above.is_dir()).collect();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(false);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for path in missing.into_iter().rev().filter(|path| !path.as_os_str().is_empty()) {
            match builder.create(path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync(parent)?,
                _ => sync(Path::new("."))?,
            }
        }
        Ok(())
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        sync(&self.path(path))
    }
}

/// Makes the names in a directory durable. Windows has no such thing, and keeps its names in order.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
