//! All files of one analysis: read whole, lowered only where a question leads.
//!
//! What every file mentions is known from one pass over its bytes. A question about a name then lowers the files that
//! mention it and no others: in a repository of two thousand files a launch is decided by a few dozen.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::ir::{ClassId, Expr, ExprId, Function, FunctionId, Unit};
use crate::kept::{self, Keeper};
use crate::lower::{self, Language};

/// One file, as it is given.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its path inside what is analysed, with `/` between the parts.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// A file that can be lowered.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) language: Language,
    words: Vec<u32>,
    unit: OnceLock<Unit>,
    /// Whether the lowered form is one that was kept.
    is_kept: AtomicBool,
}

/// All files.
#[derive(Debug, Default)]
pub(crate) struct Program {
    files: Vec<File>,
    by_stem: HashMap<String, Vec<u32>>,
    by_folder: BTreeMap<String, Vec<u32>>,
    keeper: Option<Arc<dyn Keeper>>,
}

/// An expression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) file: u32,
    pub(crate) expr: ExprId,
}

/// A function of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FunctionAt {
    pub(crate) file: u32,
    pub(crate) id: FunctionId,
}

/// A class of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClassAt {
    pub(crate) file: u32,
    pub(crate) id: ClassId,
}

impl Program {
    /// Takes the files whose language is known, in order of their paths.
    pub(crate) fn new(inputs: Vec<Input>, keeper: Option<Arc<dyn Keeper>>) -> Self {
        let mut files: Vec<File> = inputs
            .into_par_iter()
            .filter_map(|input| {
                let language = Language::of(&input.path)?;
                let words = words(&input.text, language == Language::Php);
                let Input { path, text } = input;
                Some(File {
                    path,
                    text,
                    language,
                    words,
                    unit: OnceLock::new(),
                    is_kept: AtomicBool::new(false),
                })
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut by_stem: HashMap<String, Vec<u32>> = HashMap::new();
        let mut by_folder: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            by_folder.entry(folder.to_owned()).or_default().push(index as u32);
            by_stem.entry(stem(&file.path).to_owned()).or_default().push(index as u32);
        }
        Program { files, by_stem, by_folder, keeper }
    }

    pub(crate) fn file(&self, file: u32) -> Option<&File> {
        self.files.get(file as usize)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (u32, &File)> {
        self.files.iter().enumerate().map(|(index, file)| (index as u32, file))
    }

    /// The file, lowered.
    pub(crate) fn unit(&self, file: u32) -> &Unit {
        static NOTHING: OnceLock<Unit> = OnceLock::new();
        match self.files.get(file as usize) {
            Some(file) => file.unit.get_or_init(|| self.lowered_or_kept(file)),
            None => NOTHING.get_or_init(Unit::default),
        }
    }

    fn lowered_or_kept(&self, file: &File) -> Unit {
        let kept = self.keeper.as_deref().and_then(|keeper| {
            let name = kept::name_of(file.language, &file.text);
            kept::from_bytes(&name, &keeper.load(&name)?)
        });
        file.is_kept.store(kept.is_some(), Ordering::Relaxed);
        kept.unwrap_or_else(|| lower::lower(file.language, &file.text))
    }

    /// Keeps what was lowered, and gives the memory back on all processors.
    pub(crate) fn close(self) {
        let keeper = self.keeper.as_deref();
        self.files.into_par_iter().for_each(|file| {
            let is_kept = file.is_kept.load(Ordering::Relaxed);
            if let (Some(keeper), Some(unit), false) = (keeper, file.unit.get(), is_kept) {
                let name = kept::name_of(file.language, &file.text);
                keeper.save(&name, &kept::to_bytes(&name, unit));
            }
        });
    }

    /// How many files were lowered so far.
    pub(crate) fn lowered(&self) -> impl Iterator<Item = (&File, &Unit)> {
        self.files.iter().filter_map(|file| file.unit.get().map(|unit| (file, unit)))
    }

    pub(crate) fn expr(&self, at: At) -> &Expr {
        self.unit(at.file).expr(at.expr)
    }

    pub(crate) fn function(&self, at: FunctionAt) -> Option<&Function> {
        self.unit(at.file).function(at.id)
    }

    /// Whether the file mentions the word.
    pub(crate) fn mentions(&self, file: u32, word: &str) -> bool {
        self.files.get(file as usize).is_some_and(|file| file.words.binary_search(&hash(word)).is_ok())
    }

    /// The files of the language's family that mention the word.
    pub(crate) fn files_with(&self, word: &str, family: Language) -> Vec<u32> {
        let word = hash(word);
        let holds = |file: &File| {
            file.language.family() == family.family() && file.words.binary_search(&word).is_ok()
        };
        self.files().filter(|(_, file)| holds(file)).map(|(index, _)| index).collect()
    }

    /// Files of this name, without its ending.
    pub(crate) fn with_stem(&self, stem: &str) -> &[u32] {
        self.by_stem.get(stem).map(Vec::as_slice).unwrap_or_default()
    }

    /// The folders of this name, whole paths.
    pub(crate) fn folders_named(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_named = move |folder: &&str| folder.rsplit('/').next() == Some(name);
        self.by_folder.keys().map(String::as_str).filter(is_named)
    }

    /// The files of a folder.
    pub(crate) fn files_in(&self, folder: &str) -> &[u32] {
        self.by_folder.get(folder).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The name of a file without folders and ending; for a package's own file, the folder's name.
fn stem(path: &str) -> &str {
    let bare = without_ending(path);
    match bare.rsplit_once('/') {
        Some((folder, "__init__" | "index" | "mod")) => folder.rsplit('/').next().unwrap_or(folder),
        Some((_, name)) => name,
        None => bare,
    }
}

/// The path without the ending of its name.
pub(crate) fn without_ending(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path.get(name..).and_then(|name| name.rfind('.')) {
        Some(dot) => path.get(..name + dot).unwrap_or(path),
        None => path,
    }
}

/// Every word of a text, hashed, sorted, once each. In PHP a dollar begins a variable, and is not part of its name.
fn words(text: &str, dollar_is_mark: bool) -> Vec<u32> {
    let mut words: Vec<u32> = Vec::new();
    // Most words stand in a file many times: those that were just seen are dropped here, the rest after sorting.
    let mut recent = [None; RECENT];
    let mut seen = |hash: u32| {
        let slot = recent.get_mut(hash as usize % RECENT);
        if slot.is_some_and(|slot| slot.replace(hash) != Some(hash)) {
            words.push(hash);
        }
    };
    let mut hash = START;
    let mut is_word = false;
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'$' && !dollar_is_mark) || byte >= 0x80 {
            hash = step(hash, byte);
            is_word = true;
        } else if is_word {
            seen(hash);
            hash = START;
            is_word = false;
        }
    }
    if is_word {
        seen(hash);
    }
    words.sort_unstable();
    words.dedup();
    words.shrink_to_fit();
    words
}

/// Words of a file that are remembered while it is read.
const RECENT: usize = 2048;

/// FNV-1a: a collision makes a file be lowered for nothing, and changes no answer.
const START: u32 = 0x811c_9dc5;

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn hash(word: &str) -> u32 {
    word.bytes().fold(START, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_found_by_its_folder() {
        assert_eq!(stem("a/b/__init__.py"), "b");
        assert_eq!(stem("a/b.d/c.test.ts"), "c.test");
        assert_eq!(without_ending("a.b/c"), "a.b/c");
    }

    #[test]
    fn files_are_asked_only_about_what_they_mention() {
        let input = |path: &str, text: &str| Input { path: path.into(), text: text.into() };
        let program = Program::new(
            vec![input("b.py", "launch(x)"), input("a.py", "y = 1"), input("c.md", "launch")],
            None,
        );
        assert_eq!(program.files_with("launch", Language::Python), [1]);
        assert!(program.mentions(0, "y"));
        assert_eq!(program.lowered().count(), 0);
    }
}
