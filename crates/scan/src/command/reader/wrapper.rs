//! Programs that start the program their arguments name: `env`, `find`, builders, `nix`, `timeout` and its like.

use super::super::package::{self, Ecosystem};
use super::super::script::{self, Dialect, is_assignment};
use super::super::{Flag, MAX_STEPS, MAX_WORDS, Means, Program, Reached, Step, Word, program, table};
use super::{At, Reader, assignments, flag};

/// Wrappers that give a single string to a shell.
const HAND_TO_SHELL: &[&str] = &[
    "tmux",
    "screen",
    "su",
    "runuser",
    "sg",
    "xterm",
    "wezterm",
    "nodemon",
    "onchange",
    "chokidar",
    "pm2",
    "sops",
    "script",
    "daemonize",
];

impl Reader {
    pub(super) fn env(&mut self, mut step: Step, at: At) {
        step.parse(&table::ENV);
        let mut words: Vec<Word> = Vec::new();
        for flag in step.flags(Means::Command) {
            let split = flag.value.iter().flat_map(|text| {
                script::read(text, Dialect::Posix).commands.into_iter().flat_map(|command| command.words)
            });
            words.extend(split);
        }
        words.extend(step.operands.iter().cloned());
        words.truncate(MAX_WORDS);
        // `-S "-i NAME=value cmd"` brings options of its own.
        let options = words.iter().take_while(|word| word.value.starts_with('-')).count();
        let words = words.split_off(options);
        let count = words.iter().take_while(|word| is_assignment(&word.value)).count();
        let (before, rest) = words.split_at_checked(count).unwrap_or((&[], &words));
        step.environment.extend(assignments(before));
        self.push(step);
        self.step(rest, Vec::new(), at.inside(Reached::Wrapped));
    }

    /// `find . -exec CMD {} ;`, `fd -x CMD`.
    pub(super) fn find(&mut self, mut step: Step, at: At) {
        const EXECUTES: &[&str] =
            &["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"];
        let mut inner: Vec<Vec<Word>> = Vec::new();
        let args = step.args.clone();
        for (index, word) in args.iter().enumerate() {
            if EXECUTES.contains(&word.value.as_str()) && inner.len() < MAX_STEPS {
                let rest = args.get(index + 1..).unwrap_or_default();
                let command: Vec<Word> = rest
                    .iter()
                    .take_while(|word| !matches!(word.value.as_str(), ";" | "+" | "\\;"))
                    .cloned()
                    .collect();
                step.options.push(Flag {
                    value: command.first().cloned(),
                    ..flag(&word.value, Means::Command, word)
                });
                inner.push(command);
            }
        }
        step.operands = args;
        self.push(step);
        for command in inner {
            self.known(&command, at.inside(Reached::Wrapped));
        }
    }

    /// `go run`, `cargo run`, `dotnet run`, `dnx`.
    pub(super) fn builder(&mut self, mut step: Step) {
        step.parse(&table::BUILD);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match (&step.program, verb.value.as_str()) {
            (Program::Go, "run" | "install") => {
                step.parse_more(&table::BUILD, &after);
                if let Some(module) = step.operands.first()
                    && !package::is_path(&module.value)
                    && module.value.split('/').next().is_some_and(|host| host.contains('.'))
                    && !module.value.ends_with(".go")
                {
                    self.launch.packages.push(package::at_version(Ecosystem::Go, module));
                }
            }
            (Program::Dnx, name) if !name.is_empty() => {
                let mut package = package::at_version(Ecosystem::Nuget, &verb);
                let version = after.windows(2).find_map(|pair| match pair {
                    [flag, version] if flag.value == "--version" => Some(version),
                    _ => None,
                });
                if let Some(version) = version {
                    let joined = Word::new(format!("{name}@{}", version.value), verb.span);
                    package = package::at_version(Ecosystem::Nuget, &joined);
                }
                self.launch.packages.push(package);
            }
            (Program::Dotnet, "tool" | "run" | "exec") | (Program::Cargo, "run" | "install") => {
                step.parse_more(&table::BUILD, &after);
            }
            _ => {}
        }
        self.push(step);
    }

    /// `nix run FLAKE -- ARGS`, `nix shell FLAKE -c CMD`, `nix-shell -p X --run CMD`.
    pub(super) fn nix(&mut self, mut step: Step, at: At) {
        let args = step.args.clone();
        let position = |names: &[&str]| args.iter().position(|word| names.contains(&word.value.as_str()));
        let verb = args.first().map_or("", |word| word.value.as_str());
        if matches!(verb, "run" | "shell" | "develop")
            && let Some(flake) = args
                .iter()
                .skip(1)
                .take_while(|word| !matches!(word.value.as_str(), "-c" | "--command" | "--"))
                .find(|word| !word.value.starts_with('-'))
        {
            self.launch.packages.push(package::flake(flake));
        }
        step.operands.clone_from(&args);
        let run = position(&["--run", "--command"]).filter(|_| !matches!(verb, "run" | "shell" | "develop"));
        if let Some(text) = run.and_then(|at| args.get(at + 1)) {
            return self.script(step, text, Dialect::Posix, at);
        }
        self.push(step);
        if let Some(index) = position(&["-c", "--command"]) {
            self.step(args.get(index + 1..).unwrap_or_default(), Vec::new(), at.inside(Reached::Wrapped));
        }
    }

    /// A wrapper whose inner command is sought among its arguments.
    fn sought(&mut self, mut step: Step, spec: &table::WrapperSpec, at: At) {
        let text = step.flags(Means::ShellCode).next().and_then(|flag| flag.value.clone());
        if let Some(text) = text {
            return self.script(step, &text, Dialect::Posix, at);
        }
        let args = step.args.clone();
        let has_verb =
            spec.verbs.is_empty() || args.iter().any(|word| spec.verbs.contains(&word.value.as_str()));
        if !has_verb {
            return self.push(step);
        }
        let is_program = |word: &Word| {
            !matches!(program::program(&word.value), Program::Other(_) | Program::Scriptable)
                && !spec.verbs.contains(&word.value.as_str())
        };
        let named = args.iter().position(is_program);
        let dashed = args.iter().position(|word| word.value == "--").map(|at| at + 1);
        // What stands behind `--` is the command even where nobody knows its program.
        let start = dashed.or(named);
        let name = program::canonical_name(&step.word.value);
        let has_shell = HAND_TO_SHELL.contains(&name.as_str());
        let is_line = |word: &&Word| {
            let mut words = word.value.split_whitespace();
            let first = words.next().unwrap_or_default();
            words.next().is_some() && !word.value.starts_with(['-', '(', '{']) && !first.contains('=')
        };
        match start.and_then(|start| args.get(start..)) {
            Some([text]) if is_line(&text) => self.script(step, text, Dialect::Posix, at),
            Some(words) if !words.is_empty() => {
                self.push(step);
                self.assigned(words, at.inside(Reached::Wrapped));
            }
            // One string that the program hands to a shell: `tmux new -d "CMD"`.
            _ => match args.last().filter(|text| has_shell && is_line(text)) {
                Some(text) => {
                    step.operands.clone_from(&args);
                    self.script(step, text, Dialect::Posix, at);
                }
                None => self.push(step),
            },
        }
    }

    pub(super) fn wrapper(&mut self, mut step: Step, spec: &table::WrapperSpec, at: At) {
        step.parse(&spec.options);
        if spec.seeks {
            return self.sought(step, spec, at);
        }
        if !spec.verbs.is_empty() {
            let is_verb = step.operands.first().is_some_and(|word| spec.verbs.contains(&word.value.as_str()));
            if !is_verb {
                return self.push(step);
            }
            let after = step.operands.get(1..).unwrap_or_default().to_vec();
            step.parse_more(&spec.options, &after);
        }
        let text = step.flags(Means::ShellCode).next().and_then(|flag| flag.value.clone());
        if let Some(text) = text {
            return self.script(step, &text, Dialect::Posix, at);
        }
        let mut words = step.operands.get(spec.operands..).unwrap_or_default().to_vec();
        // `flock FILE -c CMD`, `script -q FILE -c CMD`, `direnv exec DIR -- CMD`
        if words.first().is_some_and(|word| word.value == "--") {
            words.remove(0);
        }
        if let [flag, text, ..] = words.as_slice()
            && matches!(flag.value.as_str(), "-c" | "--command")
        {
            step.options.push(Flag { value: Some(text.clone()), ..self::flag("-c", Means::ShellCode, flag) });
            let text = text.clone();
            return self.script(step, &text, Dialect::Posix, at);
        }
        // watch, start and their like hand one string to a shell.
        if let [text] = words.as_slice()
            && text.value.contains(char::is_whitespace)
            && program::canonical_name(&step.word.value) != "sudo"
        {
            let text = text.clone();
            return self.script(step, &text, Dialect::Posix, at);
        }
        self.push(step);
        self.assigned(&words, at.inside(Reached::Wrapped));
    }
}
