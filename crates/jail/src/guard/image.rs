//! What a process will consist of after an approved execution: the file that is mapped, and its arguments as the kernel lays
//! them out. Compared with what is there when the kernel has done it.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, AsRawFd as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::asked::Asked;

/// Bytes of the first line that the kernel looks at (`BINPRM_BUF_SIZE`).
const FIRST_LINE: usize = 256;
/// Interpreters of interpreters that the kernel follows.
const DEPTH: usize = 5;
/// Bytes of arguments or variables that are read of a new process; more were never copied.
const MOST: u64 = 2 << 20;

/// Which file, and in which state: any change of its bytes, by whatever descriptor, changes one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// An opened program.
#[derive(Debug)]
pub struct Program {
    /// Its bytes.
    pub file: File,
    /// Which file it is.
    pub identity: Identity,
    /// Where the system says that it lies.
    pub path: PathBuf,
}

impl Program {
    /// Opens a program of this machine, not of a guarded process.
    ///
    /// # Errors
    /// The system's own; `EACCES` for what is no regular file.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::read(&openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
    }

    /// Opens for reading what was found. Nothing but a regular file is, so nobody is waited for.
    pub(super) fn read(found: impl AsFd) -> io::Result<Self> {
        let link = format!("/proc/self/fd/{}", found.as_fd().as_raw_fd());
        let metadata = fs::metadata(&link)?;
        if !metadata.is_file() {
            return Err(Errno::ACCESS.into());
        }
        let path = fs::read_link(&link)?;
        let file = File::open(&link)?;
        let identity = Identity::of(&file.metadata()?);
        Ok(Self { file, identity, path })
    }

    /// The interpreter that the first line names, and its one argument.
    fn interpreter(&self) -> io::Result<Option<Interpreter>> {
        let mut line = [0; FIRST_LINE];
        let read = self.file.read_at(&mut line, 0)?;
        let Some(line) = line.get(..read).and_then(|line| line.strip_prefix(b"#!")) else { return Ok(None) };
        let line = line.split(|byte| [b'\n', 0].contains(byte)).next().unwrap_or_default();
        let is_blank = |byte: &u8| [b' ', b'\t'].contains(byte);
        let line = line.trim_ascii();
        let end = line.iter().position(is_blank).unwrap_or(line.len());
        let (name, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
        let rest = rest.trim_ascii();
        Ok(Some(Interpreter { name: name.to_vec(), argument: (!rest.is_empty()).then(|| rest.to_vec()) }))
    }
}

/// What the first line of a script names.
struct Interpreter {
    name: Vec<u8>,
    argument: Option<Vec<u8>>,
}

/// What is approved to be there when the kernel is done.
#[derive(Debug)]
pub struct Image {
    /// The file that is mapped: the program, or the interpreter of a script.
    file: Identity,
    /// `/proc/PID/cmdline`.
    arguments: Vec<u8>,
    /// `/proc/PID/environ`.
    environment: Vec<u8>,
}

impl Image {
    /// What the kernel will make of this wish and this program, which `look` has accepted; every interpreter is shown to
    /// it too.
    ///
    /// # Errors
    /// When a program cannot be opened, or `look` refuses one.
    pub fn of(
        asked: &Asked,
        program: &Program,
        mut look: impl FnMut(&Program) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut arguments = asked.arguments.clone();
        let mut file = program.identity;
        let mut name = asked.path.clone();
        let mut next = program.interpreter()?;
        let mut depth = 0;
        while let Some(Interpreter { name: interpreter, argument }) = next {
            if depth >= DEPTH || name.is_empty() {
                return Err(Errno::LOOP.into());
            }
            depth += 1;
            let rest = arguments.into_iter().skip(1);
            arguments =
                [Some(interpreter.clone()), argument, Some(name)].into_iter().flatten().chain(rest).collect();
            let opened = Program::read(&asked.open(Path::new(OsStr::from_bytes(&interpreter)))?)?;
            look(&opened)?;
            file = opened.identity;
            next = opened.interpreter()?;
            name = interpreter;
        }
        asked.still_waits()?;
        // Without arguments the kernel adds an empty one (Linux 5.18).
        if arguments.is_empty() {
            arguments.push(Vec::new());
        }
        Ok(Self { file, arguments: joined(&arguments), environment: joined(&asked.environment) })
    }

    /// This program alone, without arguments and variables.
    #[must_use]
    pub fn alone(program: &Program) -> Self {
        Self { file: program.identity, arguments: vec![0], environment: Vec::new() }
    }

    /// Whether the process, which has not executed anything of its new program yet, is this.
    pub(super) fn is(&self, process: i32) -> io::Result<bool> {
        let file = Identity::of(&fs::metadata(format!("/proc/{process}/exe"))?);
        let all = |name: &str| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            File::open(format!("/proc/{process}/{name}"))?.take(MOST).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        Ok(file == self.file && all("cmdline")? == self.arguments && all("environ")? == self.environment)
    }
}

fn joined(texts: &[Vec<u8>]) -> Vec<u8> {
    texts.iter().flat_map(|text| text.iter().copied().chain([0])).collect()
}
