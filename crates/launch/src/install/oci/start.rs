//! What an image starts, found in its files as the kernel would find it: through links, which end in the image, and through the
//! first lines of scripts.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::archive::none;
use crate::image::Configuration;
use crate::install::InstallError;
use crate::lock::parameter::is_plain_path;

/// Scripts that run scripts (execve(2)), and bytes of a first line.
const MOST: usize = 4;
const FIRST_LINE: u64 = 256;

/// What is executed.
pub(super) struct Start {
    /// In the image, without links.
    pub(super) program: PathBuf,
    /// Its name.
    pub(super) called: String,
    /// What follows the name.
    pub(super) arguments: Vec<String>,
    /// The working directory.
    pub(super) directory: Option<String>,
}

/// What this configuration starts in these files.
pub(super) fn start(root: &Path, configuration: &Configuration) -> Result<Start, InstallError> {
    let run = &configuration.config;
    let words: Vec<&String> = run.entrypoint.iter().chain(&run.cmd).collect();
    let Some((program, rest)) = words.split_first() else {
        return Err(none("does not say what is started in it"));
    };
    let files = openat2(
        CWD,
        root,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::NO_SYMLINKS,
    )
    .map_err(|error| InstallError::io("the image cannot be opened", error))?;
    let image = Files { root, files };
    let directory = Some(run.working_dir.trim_end_matches('/')).filter(|directory| !directory.is_empty());
    let base = directory.unwrap_or("/");
    let missing =
        |program: &str| none(&format!("starts `{}`, which is no program in it", crate::visible(program)));
    let mut called = image.look_up(program, base, configuration.search()).ok_or_else(|| missing(program))?;
    let mut arguments: Vec<String> = rest.iter().map(|word| (*word).clone()).collect();
    for _ in 0..MOST {
        let (program, mut file) = image.open(&called).ok_or_else(|| missing(&called))?;
        let mut first = Vec::new();
        let read = file.by_ref().take(FIRST_LINE).read_to_end(&mut first);
        read.map_err(|error| InstallError::io("the image cannot be read", error))?;
        let Some(line) = first.strip_prefix(b"#!") else {
            if !is_plain_path(&called) {
                return Err(none(&format!(
                    "starts `{}`, which is not written plainly",
                    crate::visible(&called)
                )));
            }
            let directory = directory.filter(|directory| is_plain_path(directory)).map(String::from);
            return Ok(Start { program, called, arguments, directory });
        };
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = str::from_utf8(line).map_err(|_| missing(&called))?.trim();
        let (interpreter, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let argument = Some(argument.trim()).filter(|argument| !argument.is_empty()).map(String::from);
        let script = std::mem::replace(&mut called, interpreter.to_owned());
        arguments = argument.into_iter().chain([script]).chain(arguments).collect();
    }
    Err(none("starts a script of a script of a script"))
}

struct Files<'a> {
    root: &'a Path,
    files: OwnedFd,
}

impl Files<'_> {
    /// Where a program is, as its name would be looked up by execvp(3): links are not followed yet.
    fn look_up(&self, program: &str, base: &str, search: &str) -> Option<String> {
        let below = |folder: &str| -> Option<String> {
            // The shortest form of the same path, links left alone.
            let path: PathBuf = Path::new(folder).join(program).components().collect();
            path.to_str().filter(|path| path.starts_with('/')).map(String::from)
        };
        let found = match program.contains('/') {
            true => vec![below(base)?],
            false => search.split(':').filter(|folder| folder.starts_with('/')).filter_map(below).collect(),
        };
        found.into_iter().find(|path| self.open(path).is_some())
    }

    /// A file that may be executed: where it really is in the image, and open.
    fn open(&self, path: &str) -> Option<(PathBuf, File)> {
        let open = || -> io::Result<(PathBuf, File)> {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
            let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
            let file = File::from(openat2(&self.files, path, flags, Mode::empty(), resolve)?);
            let real = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
            Ok((real, file))
        };
        let (real, file) = open().ok()?;
        let metadata = file.metadata().ok()?;
        let fits = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
        let inside = real.strip_prefix(self.root).ok().filter(|inside| *inside != OsStr::new(""))?;
        fits.then(|| (inside.to_owned(), file))
    }
}
