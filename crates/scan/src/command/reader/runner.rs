//! Package runners (`npx`, `uvx`, `pnpm dlx`, …): the packages they fetch and what those start in turn.

use super::super::package::{self, Ecosystem, PackageRef};
use super::super::script::{self, Dialect};
use super::super::{Means, Program, Reached, Step, Word};
use super::{At, Reader, joined};

impl Reader {
    /// `npx`, `pnpx`, `bunx`, `uvx` and the verbs that are the same: options read, the package or the command of
    /// `-p`/`--from` is the first operand.
    pub(super) fn package_runner(&mut self, step: Step, ecosystem: Ecosystem, at: At) {
        let spec = |word: &Word| match ecosystem {
            Ecosystem::Pypi => package::pypi(word),
            _ => package::npm(word),
        };
        let mut has_source = false;
        for flag in step.flags(Means::Package) {
            let Some(value) = &flag.value else { continue };
            let is_extra = flag.name.starts_with("--with");
            has_source |= !is_extra;
            for word in comma_separated(value, is_extra) {
                self.launch.packages.push(PackageRef { is_extra, ..spec(&word) });
            }
        }
        let shell_code = step.flags(Means::ShellCode).next().and_then(|flag| flag.value.clone());
        let operands = step.operands.clone();
        let Some(first) = operands.first().cloned() else {
            return match shell_code {
                Some(text) => self.script(step, &text, Dialect::Posix, at),
                None => self.push(step),
            };
        };
        let runs = spec(&first);
        let command = bare_command(&runs, &first);
        if !has_source && shell_code.is_none() {
            self.launch.packages.push(runs);
        }
        match shell_code {
            Some(text) => self.script(step, &text, Dialect::Posix, at),
            None => self.push(step),
        }
        let rest = operands.get(1..).unwrap_or_default();
        self.bridge(&command, rest, at);
        let words: Vec<Word> = std::iter::once(command).chain(rest.iter().cloned()).collect();
        self.known(&words, at.inside(Reached::Wrapped));
    }

    /// Packages that are known to start a command of their arguments.
    pub(super) fn bridge(&mut self, command: &Word, args: &[Word], at: At) {
        match command.value.as_str() {
            // supergateway hands the value of `--stdio` to a shell.
            "supergateway" => {
                let position = args.iter().position(|word| word.value == "--stdio");
                if let Some(text) = position.and_then(|position| args.get(position + 1)) {
                    let step = Step {
                        program: Program::Shell,
                        // No word of the entry names this shell.
                        word: Word::new("", text.span),
                        args: Vec::new(),
                        options: Vec::new(),
                        operands: Vec::new(),
                        environment: Vec::new(),
                        place: at.place,
                        reached: Reached::Wrapped,
                        script: None,
                    };
                    self.script(step, &text.clone(), Dialect::Posix, at.inside(Reached::Wrapped));
                }
            }
            // Each operand is a command line.
            "concurrently" | "npm-run-all" | "start-server-and-test" | "wireit" => {
                for text in args.iter().filter(|word| word.value.contains(char::is_whitespace)) {
                    for command in script::read(text, Dialect::Posix).commands {
                        self.assigned(&command.words, at.inside(Reached::Script));
                    }
                }
            }
            _ => {}
        }
    }

    /// `pnpm dlx -c --package=x "CMD"`: with `-c` the operands are shell text.
    pub(super) fn package_runner_with_shell_mode(&mut self, mut step: Step, at: At) {
        let is_shell = step.flags(Means::ShellCode).next().is_some();
        if is_shell {
            let text = joined(&step.operands);
            if let Some(flag) = step.options.iter_mut().find(|flag| flag.means == Means::ShellCode) {
                flag.value = text;
            }
        }
        self.package_runner(step, Ecosystem::Npm, at);
    }
}

/// `--with a,b`; a requirement with a range keeps its comma.
pub(super) fn comma_separated(value: &Word, splits: bool) -> Vec<Word> {
    if !splits || value.value.contains(['<', '>', '[']) {
        return vec![value.clone()];
    }
    let mut words = Vec::new();
    let mut start = 0;
    for part in value.value.split(',') {
        if !part.trim().is_empty() {
            words.push(value.part(start, start + part.len()));
        }
        start += part.len() + 1;
    }
    words
}

/// The command that a package brings: its name without scope and version. A path or repository brings none that
/// can be told.
fn bare_command(package: &PackageRef, word: &Word) -> Word {
    let name = package.name.rsplit('/').next().unwrap_or_default();
    Word::new(name, word.span)
}
