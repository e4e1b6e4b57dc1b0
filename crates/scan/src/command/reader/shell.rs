//! Shells, `cmd`, PowerShell and the text tools: whose arguments are programs.

use super::super::script::Dialect;
use super::super::{Flag, Means, Program, Reached, Script, Step, Word, program, table};
use super::{At, Reader, flag, joined};

impl Reader {
    pub(super) fn shell(&mut self, mut step: Step, at: At) {
        // `+x` switches an option off and is no script.
        let dashed: Vec<Word> = step
            .args
            .iter()
            .map(|word| match word.value.strip_prefix('+') {
                Some(rest) => Word::new(format!("-{rest}"), word.span),
                None => word.clone(),
            })
            .collect();
        step.parse_more(&table::SHELL, &dashed);
        let dash_c = step.flags(Means::ShellCode).next().map(|flag| flag.value.clone());
        match dash_c {
            // `fish -C CMD`, `fish --command=CMD`
            Some(Some(text)) => self.script(step, &text, Dialect::Posix, at),
            Some(None) => match step.operands.first().cloned() {
                Some(text) => self.script(step, &text, Dialect::Posix, at),
                None => self.push(step),
            },
            None => self.push(step),
        }
    }

    /// `cmd /d /s /c npx -y pkg`, `cmd /cnpx`, `cmd //c "npx pkg"`.
    pub(super) fn cmd(&mut self, mut step: Step, at: At) {
        let mut rest = step.args.as_slice();
        let mut line: Option<Vec<Word>> = None;
        while let Some((word, after)) = rest.split_first() {
            let text = word.value.to_ascii_lowercase();
            let switch = text.trim_start_matches('/');
            if switch.len() == text.len() {
                break;
            }
            rest = after;
            step.options.push(flag(&format!("/{switch}"), Means::Plain, word));
            if let Some(at) = command_switch(&text) {
                let glued = (at < text.len()).then(|| word.part(at, word.value.len()));
                if let Some(flag) = step.options.last_mut() {
                    flag.means = Means::ShellCode;
                }
                line = Some(glued.into_iter().chain(rest.iter().cloned()).collect());
                break;
            }
        }
        step.operands = rest.to_vec();
        match line {
            Some(words) => self.line(step, &words, Dialect::Cmd, at),
            None => self.push(step),
        }
    }

    /// The words that a shell joins to one line. Words without an operator stay words: their blanks are kept
    /// together by the quotes that the client adds.
    pub(super) fn line(&mut self, step: Step, words: &[Word], dialect: Dialect, at: At) {
        if let [only] = words {
            return self.script(step, only, dialect, at);
        }
        let has_operator = words.iter().any(|word| {
            matches!(word.value.as_str(), "&" | "&&" | "|" | "||" | ";")
                || (dialect == Dialect::Cmd && !word.value.contains("://") && word.value.contains(['&', '|']))
                || (dialect == Dialect::PowerShell && word.value.contains([';', '|', '(']))
        });
        let Some(text) = joined(words) else {
            return self.push(step);
        };
        if has_operator {
            return self.script(step, &text, dialect, at);
        }
        let mut step = step;
        step.script = Some(Script { text, ..Script::default() });
        self.push(step);
        let skip = words
            .iter()
            .take_while(|word| {
                matches!(
                    word.value.to_ascii_lowercase().as_str(),
                    "call" | "start" | "/b" | "/wait" | "/min" | "&" | ""
                )
            })
            .count();
        self.assigned(words.get(skip..).unwrap_or_default(), at.inside(Reached::Wrapped));
    }

    /// PowerShell takes any unambiguous prefix of a parameter, with `-`, `--`, `/` or a dash of the typographers.
    pub(super) fn powershell(&mut self, mut step: Step, at: At) {
        const WITH_VALUE: &[&str] = &[
            "executionpolicy",
            "windowstyle",
            "workingdirectory",
            "inputformat",
            "outputformat",
            "version",
            "configurationname",
            "configurationfile",
            "custompipename",
            "settingsfile",
            "psconsolefile",
        ];
        let mut rest = step.args.as_slice();
        while let Some((word, after)) = rest.split_first() {
            let lower = word.value.to_ascii_lowercase();
            let name = lower.trim_start_matches(['-', '/', '–', '—', '―']);
            if name.len() == lower.len() || name.is_empty() {
                break;
            }
            let (name, glued) = match name.split_once(':') {
                Some((name, _)) => (name, true),
                None => (name, false),
            };
            let is = |full: &str, aliases: &[&str]| full.starts_with(name) || aliases.contains(&name);
            rest = after;
            // `-e`, `-ec`, `-enc`, …; the order is that of PowerShell's own matching.
            if is("encodedcommand", &["ec"]) && name.starts_with('e') && !is_execution_policy(name) {
                let value = rest.first().cloned();
                step.options.push(Flag { value, ..flag("-EncodedCommand", Means::Code, word) });
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            if is("encodedarguments", &["ea"]) && name.starts_with("ea") || name.starts_with("encodeda") {
                rest = rest.get(1..).unwrap_or_default();
                step.options.push(flag("-EncodedArguments", Means::Code, word));
                continue;
            }
            if is("command", &["c", "cwa", "commandwithargs"])
                && name.starts_with('c')
                && !name.starts_with("conf")
                && !name.starts_with("cu")
            {
                step.options.push(flag("-Command", Means::ShellCode, word));
                let words = rest.to_vec();
                step.operands.clone_from(&words);
                return self.line(step, &words, Dialect::PowerShell, at);
            }
            if is("file", &["f"]) {
                step.options
                    .push(Flag { value: rest.first().cloned(), ..flag("-File", Means::Script, word) });
                step.operands = rest.to_vec();
                return self.push(step);
            }
            let takes_value = !glued
                && (WITH_VALUE
                    .iter()
                    .any(|full| full.starts_with(name) && *full != "version" || *full == name)
                    || matches!(name, "ep" | "ex" | "exec" | "w" | "wd" | "of" | "if" | "o" | "i"));
            step.options.push(Flag {
                value: takes_value.then(|| rest.first().cloned()).flatten(),
                ..flag(&format!("-{name}"), Means::Plain, word)
            });
            if takes_value {
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        step.operands = rest.to_vec();
        // Without a parameter, Windows PowerShell takes the rest as a command and pwsh takes it as a file.
        let is_file = rest.first().is_some_and(|word| {
            word.value.to_ascii_lowercase().ends_with(".ps1")
                || program::canonical_name(&step.word.value) == "pwsh"
        });
        if rest.is_empty() || is_file {
            return self.push(step);
        }
        let words = rest.to_vec();
        self.line(step, &words, Dialect::PowerShell, at);
    }

    /// awk and sed: the first operand is a program unless an option gave one.
    pub(super) fn text_tool(&mut self, mut step: Step) {
        let is_awk = step.program == Program::Awk;
        step.parse(if is_awk { &table::AWK } else { &table::SED });
        let has_program = step.options.iter().any(|flag| matches!(flag.means, Means::Code | Means::Script));
        if !has_program && let Some(first) = step.operands.first().cloned() {
            step.options.push(Flag { value: Some(first.clone()), ..flag("program", Means::Code, &first) });
        }
        self.push(step);
    }
}

/// Where the command begins behind the `/c`, `/k` or `/r` of a word such as `/s/d/c`, `/v:on/c`, `/cdir`.
fn command_switch(word: &str) -> Option<usize> {
    let slashes = word.match_indices('/').map(|(at, _)| at + 1);
    slashes
        .into_iter()
        .find(|at| word.get(*at..).is_some_and(|rest| rest.starts_with(['c', 'k', 'r'])))
        .map(|at| at + 1)
}

/// PowerShell reads `-ex` and longer as `-ExecutionPolicy`, `-e` as `-EncodedCommand`.
fn is_execution_policy(name: &str) -> bool {
    name == "ep" || name.starts_with("ex")
}
