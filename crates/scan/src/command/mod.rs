//! Reads an argv into what it would start, through wrappers, launchers, shells and containers.
//!
//! Pure data: nothing is looked up on disk, expanded or executed. What a word would mean to the program that
//! receives it is read from tables (`table`), so a flag is found in every spelling that its program accepts:
//! clustered (`-yc`), glued (`-cCODE`), joined (`--call=CMD`), abbreviated (`--eva`) and behind wrappers
//! (`timeout 9 env -S "npx -c …"`).

mod line;
mod option;
mod package;
mod program;
mod reader;
mod script;
mod table;

use mantrap_clients::discover::Os;
use mantrap_clients::{Server, Span};

pub use package::{Ecosystem, Exact, PackageRef, PackageSource};
pub use program::{Program, canonical_name};
pub use script::{Danger, DangerKind, Grade, Script};

/// The most steps that one launch is read into; a hostile argv can nest wrappers as deep as it likes.
const MAX_STEPS: usize = 32;
/// The most words of one argv; no launch of a real server comes near.
const MAX_WORDS: usize = 2048;
/// The most bytes of one argv. Linux starts nothing with a longer argument (`MAX_ARG_STRLEN`), Windows nothing with
/// a line of more than a quarter of it.
const MAX_BYTES: usize = 128 << 10;
/// The most wrappers inside wrappers.
const MAX_DEPTH: usize = 8;

/// What one server entry would start: the outermost program first, then everything that it starts in turn.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// The programs, outermost first. Empty for a server without a command.
    pub steps: Vec<Step>,
    /// Whether the reader stopped at its limits: what comes after is not known.
    pub is_truncated: bool,
    /// The words of `command`, when it holds a whole command line; otherwise empty.
    pub command_line: Vec<Word>,
    packages: Vec<PackageRef>,
}

impl Launch {
    /// Every package and image that the launch names, in order of appearance.
    pub fn packages(&self) -> &[PackageRef] {
        &self.packages
    }

    /// The program that the client itself would start.
    pub fn first(&self) -> Option<&Step> {
        self.steps.first()
    }
}

/// One program of a launch.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which program it is, however it is spelled.
    pub program: Program,
    /// The program as it is written.
    pub word: Word,
    /// Everything after the program.
    pub args: Vec<Word>,
    /// The options that this program would recognise, in order.
    pub options: Vec<Flag>,
    /// What is neither an option nor an option's value: scripts, packages, images, and the arguments of the
    /// program that runs inside.
    pub operands: Vec<Word>,
    /// Assignments in front of the program (`NAME=value npx …`, `env NAME=value npx …`).
    pub environment: Vec<Assignment>,
    /// Where it would run.
    pub place: Place,
    /// How the reader came to it.
    pub reached: Reached,
    /// The shell text that it would execute, when it is a shell or acts as one.
    pub script: Option<Script>,
}

impl Step {
    /// The flags that mean `means`.
    pub fn flags(&self, means: Means) -> impl Iterator<Item = &Flag> {
        self.options.iter().filter(move |flag| flag.means == means)
    }
}

/// One word of a command line, with the bytes it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// The decoded value.
    pub value: String,
    /// Its bytes: the literal with its quotes, or the part of a literal where that is known.
    pub span: Span,
}

impl Word {
    /// A word with its place.
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        Word { value: value.into(), span }
    }

    /// The bytes `start..end` of the value. The place is exact where the literal holds the value unescaped, and
    /// the whole literal otherwise.
    pub fn part(&self, start: usize, end: usize) -> Word {
        let value = self.value.get(start..end).unwrap_or_default();
        Word::new(value, self.part_span(start, end))
    }

    /// The place of `start..end` of the value.
    pub fn part_span(&self, start: usize, end: usize) -> Span {
        let width = self.span.end.saturating_sub(self.span.start) as usize;
        let first = self.span.start as usize;
        match width.checked_sub(self.value.len()) {
            Some(0) => Span::new(first + start, first + end),
            Some(2) => Span::new(first + 1 + start, first + 1 + end),
            _ => self.span,
        }
    }
}

/// An option as its program reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The option's full name (`--call`), or the spelling when the table does not know it.
    pub name: String,
    /// What it makes the program do.
    pub means: Means,
    /// The word it stands in.
    pub word: Word,
    /// Its value: glued, joined with `=`, or the next word.
    pub value: Option<Word>,
}

impl Flag {
    /// The value, or nothing.
    pub fn text(&self) -> &str {
        self.value.as_ref().map_or("", |word| &word.value)
    }

    /// The place to point at: the value where there is one, the option otherwise.
    pub fn span(&self) -> Span {
        self.value.as_ref().map_or(self.word.span, |word| word.span)
    }
}

/// `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name.
    pub name: Word,
    /// The value.
    pub value: Word,
}

/// Where a step would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On the machine that reads the config.
    Host,
    /// Inside a container that an earlier step starts.
    Container,
    /// On another machine (`ssh host …`).
    Remote,
}

/// How the reader came to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reached {
    /// The entry names it.
    Entry,
    /// Another program gets it as arguments (`timeout 9 X`, `uv run X`, `npx X`).
    Wrapped,
    /// It stands in a string that a shell reads.
    Script,
}

/// What an option makes its program do, as far as a rule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Means {
    /// Nothing that a rule cares about.
    Plain,
    /// Executes its value as source code of the program's language.
    Code,
    /// Executes its value as a shell string.
    ShellCode,
    /// Executes its value as a program (`-exec`, `--upload-pack`, `ProxyCommand`).
    Command,
    /// Loads code from a file before, or besides, the program.
    Preload,
    /// Passes options to another interpreter (`--node-options`).
    PassThrough,
    /// Starts a module by name (`-m`).
    Module,
    /// Names a package to install for the run.
    Package,
    /// Names a requirements or overrides file.
    Requirements,
    /// Chooses where packages come from.
    Registry,
    /// Reads options from a file.
    ConfigFile,
    /// Reads environment variables from a file.
    EnvironmentFile,
    /// Changes the directory the program works in or takes a project from.
    Directory,
    /// Chooses the interpreter.
    Interpreter,
    /// Names the script (`-jar`, `--script`).
    Script,
    /// Opens a debugger port.
    Debugger,
    /// Checks certificates no longer.
    Insecure,
    /// Grants every permission of a sandboxing runtime.
    AllPermissions,
    /// Sets an environment variable of a container.
    ContainerEnvironment,
    /// Mounts something of the host into a container.
    Mount,
    /// Takes a wall of the container down.
    Privilege,
    /// Replaces what a container starts.
    Entrypoint,
    /// Answers prompts with yes.
    Yes,
    /// Runs a named script of a project file.
    Task,
    /// Sets a git configuration key, some of which name programs.
    GitSetting,
    /// Sets an ssh option, some of which name programs.
    SshSetting,
    /// Sets a PHP directive, some of which load code.
    PhpSetting,
}

/// What `server` would start on a machine that runs `os`.
pub fn read(server: &Server, os: Os) -> Launch {
    reader::read(server, os)
}

/// What in source code of any language executes what comes from elsewhere, worst guess first.
pub fn code_dangers(code: &Word) -> Vec<DangerKind> {
    script::code_dangers(code).into_iter().map(|(kind, _)| kind).collect()
}

/// Whether a word names a file or folder rather than a package: `./x`, `/x`, `~/x`, `C:\x`, `.`.
pub fn is_path(word: &str) -> bool {
    package::is_path(word)
}

/// The variable that a word consists of, when a program is named by nothing else.
pub fn variable(word: &str) -> Option<&str> {
    program::variable(word)
}

/// The program that a word names, however it is spelled.
pub fn program(word: &str) -> Program {
    program::program(word)
}
