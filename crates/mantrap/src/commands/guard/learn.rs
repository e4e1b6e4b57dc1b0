//! What a host was seen to start, as a profile for a person to read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use mantrap_jail::guard::{Asked, Identity, Image, Program as Opened};
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure;

use super::profile::{NUMBER, Profile, Program, merged, name_of, variables};

/// What differs from one process to the next and steers nothing.
const ANY_VALUE: &[&str] = &["_", "SHLVL"];
/// Ways to start a program that are kept; a host that has more makes its arguments up.
const MOST: usize = 512;

/// What was seen.
pub(super) struct Learned {
    profile: Profile,
    host: BTreeMap<Vec<u8>, Vec<u8>>,
    own: Identity,
    known: Known,
    /// What a person should be told: one sentence each, without its stop.
    pub(super) warnings: BTreeSet<String>,
}

impl Learned {
    /// On top of what was learned before.
    pub(super) fn new(profile: Profile, host: BTreeMap<Vec<u8>, Vec<u8>>, own: &Opened) -> Self {
        Self { profile, host, own: own.identity, known: Known::default(), warnings: BTreeSet::new() }
    }

    /// The server that is meant, which is then served as it will be.
    pub(super) fn server(&self, asked: &Asked) -> Option<String> {
        self.profile.server(asked, self.own)
    }

    /// Adds one wish, unless it comes to nothing.
    pub(super) fn see(&mut self, asked: &Asked) {
        let Ok(program) = asked.program() else { return };
        if program.identity == self.own {
            return;
        }
        let mut files = Vec::new();
        let image = Image::of(asked, &program, |interpreter| {
            files.push(interpreter.path.clone());
            Ok(())
        });
        let shown = program.path.display().to_string();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).ok();
        let arguments: Option<Vec<String>> = asked.arguments.iter().map(text).collect();
        let (Some(arguments), Some(environment), true, Ok(_)) =
            (arguments, self.own_variables(asked), asked.whole, image)
        else {
            self.warnings.insert(format!("`{shown}` was started in a way that no profile can name"));
            return;
        };
        files.push(program.path.clone());
        for file in files {
            self.measure(&file);
        }
        let is_javas = name_of(&program.path) == "jspawnhelper";
        self.add(Program {
            file: program.path,
            arguments: if is_javas { arguments.into_iter().map(descriptors).collect() } else { arguments },
            directory: Some(asked.directory.clone()),
            environment,
        });
    }

    /// The file's digest, and that of the loader that the kernel opens with it.
    fn measure(&mut self, path: &Path) {
        if self.profile.files.contains_key(path) {
            return;
        }
        let digest = Opened::at(path)
            .ok()
            .and_then(|file| Some((measure::hash(&file.file, path, &mut self.known).ok()?, file)));
        let Some((digest, file)) = digest else {
            self.warnings.insert(format!("`{}` cannot be read, so it cannot be approved", path.display()));
            return;
        };
        self.profile.files.insert(path.to_path_buf(), digest.to_string());
        if let Some(loader) = loader(&file) {
            self.measure(&loader);
        }
    }

    /// The variables that the host does not have itself.
    fn own_variables(&self, asked: &Asked) -> Option<BTreeMap<String, Option<String>>> {
        let variables = variables(&asked.environment)?;
        let new =
            variables.iter().filter(|(name, value)| self.host.get(**name).is_none_or(|own| own != *value));
        new.map(|(name, value)| {
            let name = str::from_utf8(name).ok()?.to_owned();
            let value = str::from_utf8(value).ok()?.to_owned();
            let value = (!ANY_VALUE.contains(&name.as_str())).then_some(value);
            Some((name, value))
        })
        .collect()
    }

    fn add(&mut self, new: Program) {
        if let Some(known) =
            self.profile.programs.iter_mut().find_map(|known| Some((joined(known, &new)?, known)))
        {
            *known.1 = known.0;
        } else if self.profile.programs.len() < MOST {
            self.profile.programs.push(new);
        } else {
            self.warnings.insert(format!(
                "more than {MOST} ways to start programs were seen; the others are left out"
            ));
        }
    }

    /// The profile.
    pub(super) fn into_profile(mut self) -> Profile {
        self.profile.programs.sort();
        self.profile.programs.dedup();
        self.profile
    }
}

/// What Java tells its helper are numbers of descriptors, `12:13:15`: others at each start, however often one was watched.
fn descriptors(argument: String) -> String {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if argument.contains(':') && argument.split(':').all(is_number) {
        return vec![NUMBER; argument.split(':').count()].join(":");
    }
    argument
}

/// One way to start a program for two that differ in numbers alone.
fn joined(one: &Program, other: &Program) -> Option<Program> {
    let alike = one.file == other.file
        && one.directory == other.directory
        && one.arguments.len() == other.arguments.len()
        && one.environment.keys().eq(other.environment.keys());
    if !alike {
        return None;
    }
    let arguments =
        one.arguments.iter().zip(&other.arguments).map(|(a, b)| merged(a, b)).collect::<Option<_>>()?;
    let value = |(name, value): (&String, &Option<String>)| {
        let value = match (value, other.environment.get(name)?) {
            (Some(a), Some(b)) => Some(merged(a, b)?),
            _ => None,
        };
        Some((name.clone(), value))
    };
    let environment = one.environment.iter().map(value).collect::<Option<_>>()?;
    Some(Program { file: one.file.clone(), arguments, directory: one.directory.clone(), environment })
}

/// The dynamic loader that an ELF file names (elf(5), `PT_INTERP`), without links. Nothing for any other file.
pub(super) fn loader(program: &Opened) -> Option<PathBuf> {
    /// `Elf64_Ehdr`, and `Elf64_Phdr`.
    const HEADER: usize = 64;
    const ENTRY: usize = 56;
    const PT_INTERP: u32 = 3;
    let mut header = [0; HEADER];
    program.file.read_exact_at(&mut header, 0).ok()?;
    header.starts_with(b"\x7fELF\x02").then_some(())?;
    let offset = u64::from_le_bytes(header.get(32..40)?.try_into().ok()?);
    let count = u16::from_le_bytes(header.get(56..58)?.try_into().ok()?);
    let place = (0..u64::from(count.min(64))).find_map(|number| {
        let mut entry = [0; ENTRY];
        program.file.read_exact_at(&mut entry, offset.checked_add(number * ENTRY as u64)?).ok()?;
        let kind = u32::from_le_bytes(entry.get(..4)?.try_into().ok()?);
        let start = u64::from_le_bytes(entry.get(8..16)?.try_into().ok()?);
        let length = u64::from_le_bytes(entry.get(32..40)?.try_into().ok()?);
        (kind == PT_INTERP).then_some((start, usize::try_from(length.min(4096)).ok()?))
    });
    let (start, length) = place?;
    let mut path = vec![0; length];
    program.file.read_exact_at(&mut path, start).ok()?;
    let path = path.split(|byte| *byte == 0).next()?;
    Path::new(OsStr::from_bytes(path)).canonicalize().ok()
}
