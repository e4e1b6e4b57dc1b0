//! From words to steps: each program's arguments by its own grammar, then the program that it starts in turn.

use mantrap_clients::discover::Os;
use mantrap_clients::{Server, Span};

use super::line;
use super::option::Grammar;
use super::package::{self, Ecosystem, PackageRef};
use super::script::{self, Dialect, Script, is_assignment};
use super::{Assignment, Flag, Launch, MAX_DEPTH, MAX_STEPS, Means, Place, Program, Reached, Step, Word};
use super::{program, table};

pub(super) fn read(server: &Server, _os: Os) -> Launch {
    let mut reader = Reader::default();
    let Some(command) = &server.command else {
        return reader.launch;
    };
    let command = Word::new(command.value.clone(), command.span);
    let args = server.args.iter().map(|arg| Word::new(arg.value.clone(), arg.span));
    let mut words = match command_line(&command) {
        Some(line) => {
            reader.launch.command_line.clone_from(&line);
            line
        }
        None => vec![command],
    };
    words.extend(args);
    let leading = words.iter().take_while(|word| is_assignment(&word.value)).count();
    let rest = words.split_off(leading);
    reader.step(&rest, assignments(&words), At::default());
    reader.launch
}

/// The words of a `command` that is a whole command line; `None` for a program, whose path may hold blanks.
fn command_line(command: &Word) -> Option<Vec<Word>> {
    let text = command.value.trim();
    if !text.contains(char::is_whitespace) {
        return None;
    }
    let words = line::split(command);
    let (first, rest) = words.split_first()?;
    if rest.is_empty() {
        // Quotes around everything: what is inside is what somebody meant.
        let is_quoted = text.starts_with(['"', '\'']);
        return is_quoted.then(|| command_line(first)).flatten();
    }
    let is_known = !matches!(program::program(&first.value), Program::Other(_));
    let is_quoted = text.starts_with(['"', '\'']);
    let has_option = rest.iter().any(|word| word.value.starts_with('-'));
    // `/Applications/My App.app/x`: a separator after a blank goes on with the same path.
    let goes_on =
        |word: &Word| word.value.find(['/', '\\']).is_some_and(|at| at > 0) && !word.value.contains("://");
    let is_path = text.contains(['/', '\\']);
    let is_one_path = is_path && rest.iter().any(goes_on);
    let is_line =
        is_quoted || has_option || is_known || line::ends_program(&first.value) || !(is_one_path || is_path);
    is_line.then_some(words)
}

fn assignments(words: &[Word]) -> Vec<Assignment> {
    words
        .iter()
        .filter_map(|word| {
            let at = word.value.find('=')?;
            Some(Assignment { name: word.part(0, at), value: word.part(at + 1, word.value.len()) })
        })
        .collect()
}

/// Where the reader stands.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
    place: Place,
    reached: Reached,
}

impl Default for At {
    fn default() -> Self {
        At { depth: 0, place: Place::Host, reached: Reached::Entry }
    }
}

impl At {
    fn inside(self, reached: Reached) -> At {
        At { depth: self.depth + 1, reached, ..self }
    }

    fn in_place(self, place: Place) -> At {
        At { place: self.place.max(place), ..self.inside(Reached::Wrapped) }
    }
}

#[derive(Default)]
struct Reader {
    launch: Launch,
}

impl Reader {
    /// Reads `words`, whose first is a program, and what it starts.
    fn step(&mut self, words: &[Word], environment: Vec<Assignment>, at: At) {
        let Some((word, args)) = words.split_first() else {
            return;
        };
        if at.depth > MAX_DEPTH || self.launch.steps.len() >= MAX_STEPS {
            self.launch.is_truncated = true;
            return;
        }
        let step = Step {
            program: program::program(&word.value),
            word: word.clone(),
            args: args.to_vec(),
            options: Vec::new(),
            operands: Vec::new(),
            environment,
            place: at.place,
            reached: at.reached,
            script: None,
        };
        self.read(step, at);
    }

    /// A step without inner programs.
    fn push(&mut self, step: Step) {
        self.launch.steps.push(step);
    }

    fn read(&mut self, mut step: Step, at: At) {
        let program = step.program.clone();
        match program {
            Program::Shell => self.shell(step, at),
            Program::Cmd => self.cmd(step, at),
            Program::PowerShell => self.powershell(step, at),
            Program::Node => self.node(step, at),
            Program::Java => self.plain(step, &table::JAVA),
            Program::Perl => self.plain(step, &table::PERL),
            Program::Ruby => self.plain(step, &table::RUBY),
            Program::Php => self.plain(step, &table::PHP),
            Program::Lua => self.plain(step, &table::LUA),
            Program::Osascript | Program::EvalInterpreter => self.plain(step, &table::EVAL),
            Program::Tar => self.plain(step, &table::TAR),
            Program::Git => self.plain(step, &table::GIT),
            Program::Make => self.plain(step, &table::MAKE),
            Program::Awk | Program::Sed => self.text_tool(step),
            Program::Python => self.python(step, at),
            Program::Npx | Program::Pnpx | Program::Bunx => {
                let grammar = match program {
                    Program::Npx => &table::NPX,
                    Program::Pnpx => &table::PNPM,
                    _ => &table::BUNX,
                };
                step.parse(grammar);
                self.package_runner(step, Ecosystem::Npm, at);
            }
            Program::Npm => self.npm(step, at),
            Program::Pnpm => self.manager(step, &table::PNPM, at),
            Program::Yarn => self.manager(step, &table::YARN, at),
            Program::Bun => self.bun(step, at),
            Program::Deno => self.deno(step),
            Program::Uvx => {
                step.parse(&table::UVX);
                self.package_runner(step, Ecosystem::Pypi, at);
            }
            Program::Uv => self.uv(step, at),
            Program::Pipx => self.pipx(step, at),
            Program::Docker => self.docker(step, at),
            Program::Env => self.env(step, at),
            Program::Find => self.find(step, at),
            Program::Ssh => {
                step.parse(&table::SSH);
                let inner = step.operands.get(1..).unwrap_or_default().to_vec();
                self.push(step);
                self.known(&inner, at.in_place(Place::Remote));
            }
            Program::Go | Program::Cargo | Program::Dotnet | Program::Dnx => self.builder(step),
            Program::Nix => self.nix(step, at),
            Program::Wsl => self.wsl(step, at),
            Program::Wrapper(ref name) => match table::wrapper(name) {
                Some(spec) => self.wrapper(step, spec, at),
                None => self.push(step),
            },
            Program::Scriptable | Program::Fetcher | Program::WindowsHost | Program::Other(_) => {
                step.operands.clone_from(&step.args);
                self.push(step);
            }
        }
    }

    fn plain(&mut self, mut step: Step, grammar: &Grammar) {
        step.parse(grammar);
        self.push(step);
    }

    /// An inner command, when its program is one that the reader knows: the rest are package names.
    fn known(&mut self, words: &[Word], at: At) {
        let is_known =
            words.first().is_some_and(|word| !matches!(program::program(&word.value), Program::Other(_)));
        if is_known {
            self.step(words, Vec::new(), at);
        }
    }

    /// Assignments, then a command.
    fn assigned(&mut self, words: &[Word], at: At) {
        let count = words.iter().take_while(|word| is_assignment(&word.value)).count();
        let (before, rest) = words.split_at_checked(count).unwrap_or((&[], words));
        self.step(rest, assignments(before), at);
    }

    /// Pushes `step` with the shell text it executes, then the commands of that text.
    fn script(&mut self, mut step: Step, text: &Word, dialect: Dialect, at: At) {
        let script = script::read(text, dialect);
        let commands: Vec<Vec<Word>> = script.commands.iter().map(|command| command.words.clone()).collect();
        step.script = Some(script);
        self.push(step);
        for words in commands {
            self.assigned(&words, at.inside(Reached::Script));
        }
    }

    fn shell(&mut self, mut step: Step, at: At) {
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
    fn cmd(&mut self, mut step: Step, at: At) {
        let mut rest = step.args.as_slice();
        let mut line: Option<Vec<Word>> = None;
        while let Some((word, after)) = rest.split_first() {
            let text = word.value.to_ascii_lowercase();
            let switch = text.trim_start_matches('/');
            if switch.len() == text.len() {
                break;
            }
            rest = after;
            let skipped = text.len() - switch.len();
            step.options.push(flag(&format!("/{switch}"), Means::Plain, word));
            if switch.starts_with(['c', 'k', 'r']) {
                let glued = (switch.len() > 1).then(|| word.part(skipped + 1, word.value.len()));
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
    fn line(&mut self, step: Step, words: &[Word], dialect: Dialect, at: At) {
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
    fn powershell(&mut self, mut step: Step, at: At) {
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
    fn text_tool(&mut self, mut step: Step) {
        let is_awk = step.program == Program::Awk;
        step.parse(if is_awk { &table::AWK } else { &table::SED });
        let has_program = step.options.iter().any(|flag| matches!(flag.means, Means::Code | Means::Script));
        if !has_program && let Some(first) = step.operands.first().cloned() {
            step.options.push(Flag { value: Some(first.clone()), ..flag("program", Means::Code, &first) });
        }
        self.push(step);
    }

    /// `node …/npm/bin/npx-cli.js ARGS` is npx.
    fn node(&mut self, mut step: Step, at: At) {
        step.parse(&table::NODE);
        let operands = step.operands.clone();
        self.push(step);
        let Some((script, rest)) = operands.split_first() else {
            return;
        };
        let name = match script.value.rsplit(['/', '\\']).next().unwrap_or_default() {
            "npx-cli.js" => "npx",
            "npm-cli.js" => "npm",
            "pnpm.cjs" | "pnpm.js" => "pnpm",
            "yarn.js" | "yarn.cjs" => "yarn",
            _ => return,
        };
        let program = Word::new(name, script.span);
        let words: Vec<Word> = std::iter::once(program).chain(rest.iter().cloned()).collect();
        self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
    }

    fn python(&mut self, mut step: Step, at: At) {
        step.parse(&table::PYTHON);
        let module = step.flags(Means::Module).next().and_then(|flag| flag.value.clone());
        let operands = step.operands.clone();
        self.push(step);
        let Some(module) = module else { return };
        if matches!(module.value.as_str(), "uv" | "pipx" | "poetry" | "pipenv" | "pdm") {
            let words: Vec<Word> = std::iter::once(module).chain(operands).collect();
            self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
        }
    }

    /// `npx`, `pnpx`, `bunx`, `uvx` and the verbs that are the same: options read, the package or the command of
    /// `-p`/`--from` is the first operand.
    fn package_runner(&mut self, step: Step, ecosystem: Ecosystem, at: At) {
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
    fn bridge(&mut self, command: &Word, args: &[Word], at: At) {
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
            "mcp-proxy" | "inspector" | "mcp-inspector" | "mcpo" => {
                let after = args.iter().position(|word| word.value == "--").map(|position| position + 1);
                let start = after.or_else(|| args.iter().position(|word| !word.value.starts_with('-')));
                self.known(
                    args.get(start.unwrap_or(args.len())..).unwrap_or_default(),
                    at.inside(Reached::Wrapped),
                );
            }
            _ => {}
        }
    }

    fn npm(&mut self, mut step: Step, at: At) {
        step.parse(&table::NPM);
        let verb = step.operands.first().cloned().unwrap_or_default();
        match verb.value.as_str() {
            "exec" | "exe" | "x" => {
                step.operands.remove(0);
                self.package_runner(step, Ecosystem::Npm, at);
            }
            "init" | "create" | "innit" => {
                if let Some(name) = step.operands.get(1) {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            "" => self.push(step),
            // Everything else runs lifecycle scripts: run, start, test, explore, install, ci, rebuild, …
            _ => {
                step.options.push(task(&step, &verb));
                self.push(step);
            }
        }
    }

    /// pnpm and yarn: a verb, then options again.
    fn manager(&mut self, mut step: Step, grammar: &Grammar, at: At) {
        step.parse(grammar);
        let Some(verb) = step.operands.first().cloned() else {
            return self.push(step);
        };
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "dlx" => {
                step.parse_more(grammar, &after);
                self.package_runner_with_shell_mode(step, at);
            }
            "exec" | "node" => {
                let is_node = verb.value == "node";
                step.parse_more(grammar, &after);
                let operands = step.operands.clone();
                let is_shell = step.flags(Means::ShellCode).next().is_some();
                if is_shell && let Some(text) = joined(&operands) {
                    return self.script(step, &text, Dialect::Posix, at);
                }
                self.push(step);
                let words: Vec<Word> = match is_node {
                    true => std::iter::once(verb).chain(after).collect(),
                    false => operands,
                };
                self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
            }
            "create" => {
                if let Some(name) = after.first() {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            _ => {
                let name = match verb.value.as_str() {
                    "run" | "run-script" => after.first().unwrap_or(&verb),
                    _ => &verb,
                };
                let named = task(&step, name);
                step.options.push(named);
                self.push(step);
            }
        }
    }

    /// `pnpm dlx -c --package=x "CMD"`: with `-c` the operands are shell text.
    fn package_runner_with_shell_mode(&mut self, mut step: Step, at: At) {
        let is_shell = step.flags(Means::ShellCode).next().is_some();
        if is_shell {
            let text = joined(&step.operands);
            if let Some(flag) = step.options.iter_mut().find(|flag| flag.means == Means::ShellCode) {
                flag.value = text;
            }
        }
        self.package_runner(step, Ecosystem::Npm, at);
    }

    fn bun(&mut self, mut step: Step, at: At) {
        step.parse(&table::BUN);
        let Some(verb) = step.operands.first().cloned() else {
            return self.push(step);
        };
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "x" => {
                step.parse_more(&table::BUNX, &after);
                self.package_runner(step, Ecosystem::Npm, at);
            }
            "exec" => match after.first() {
                Some(text) => {
                    step.options
                        .push(Flag { value: Some(text.clone()), ..flag("exec", Means::ShellCode, &verb) });
                    self.script(step, text, Dialect::Posix, at);
                }
                None => self.push(step),
            },
            "create" | "c" => {
                if let Some(name) = after.first() {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            "run" => {
                step.parse_more(&table::BUN, &after);
                self.bun_target(step);
            }
            "install" | "i" | "add" | "test" | "build" => {
                step.options.push(task(&step, &verb));
                self.push(step);
            }
            _ => self.bun_target(step),
        }
    }

    /// A file, or a script of package.json.
    fn bun_target(&mut self, mut step: Step) {
        if let Some(target) = step.operands.first().cloned() {
            let looks_like_file = target.value.contains(['/', '\\', '.']) || target.value == "-";
            if !looks_like_file {
                step.options.push(task(&step, &target));
            }
        }
        self.push(step);
    }

    fn deno(&mut self, mut step: Step) {
        step.parse(&table::DENO);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "eval" => {
                step.parse_more(&table::DENO, &after);
                step.options
                    .push(Flag { value: step.operands.first().cloned(), ..flag("eval", Means::Code, &verb) });
            }
            "repl" => {
                if let Some(at) = after.iter().position(|word| word.value.starts_with("--eval")) {
                    step.options.push(Flag {
                        value: after.get(at + 1).cloned(),
                        ..flag("--eval", Means::Code, &verb)
                    });
                }
            }
            "task" => {
                step.parse_more(&table::DENO, &after);
                let name = step.operands.first().unwrap_or(&verb);
                step.options.push(task(&step, name));
            }
            "run" | "serve" | "x" | "test" | "bench" | "install" | "compile" => {
                step.parse_more(&table::DENO, &after);
                self.deno_target(&step, verb.value == "x");
            }
            _ => self.deno_target(&step, false),
        }
        self.push(step);
    }

    fn deno_target(&mut self, step: &Step, is_x: bool) {
        let Some(target) = step.operands.first() else {
            return;
        };
        match package::module(target) {
            Some(package) => self.launch.packages.push(package),
            None if is_x => self.launch.packages.push(package::npm(target)),
            None => {}
        }
    }

    fn uv(&mut self, mut step: Step, at: At) {
        step.parse(&table::UVX);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let mut after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "tool" if after.first().is_some_and(|word| matches!(word.value.as_str(), "run" | "install")) => {
                after.remove(0);
                step.parse_more(&table::UVX, &after);
                self.package_runner(step, Ecosystem::Pypi, at);
            }
            "x" => {
                step.parse_more(&table::UVX, &after);
                self.package_runner(step, Ecosystem::Pypi, at);
            }
            "run" => {
                step.parse_more(&table::UV_RUN, &after);
                self.uv_run(step, at);
            }
            _ => self.push(step),
        }
    }

    fn uv_run(&mut self, step: Step, at: At) {
        for flag in step.flags(Means::Package) {
            for word in flag.value.iter().flat_map(|value| comma_separated(value, true)) {
                self.launch.packages.push(PackageRef { is_extra: true, ..package::pypi(&word) });
            }
        }
        let has_module = step.options.iter().any(|flag| matches!(flag.means, Means::Module | Means::Script));
        let operands = step.operands.clone();
        self.push(step);
        let Some(target) = operands.first().filter(|_| !has_module) else {
            return;
        };
        let lower = target.value.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            self.launch.packages.push(package::pypi(target));
        } else if !lower.ends_with(".py") && !lower.ends_with(".pyz") && lower != "-" {
            self.step(&operands, Vec::new(), at.inside(Reached::Wrapped));
        }
    }

    fn pipx(&mut self, mut step: Step, at: At) {
        step.parse(&table::PIPX);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        if verb.value == "run" {
            step.parse_more(&table::PIPX, &after);
            return self.package_runner(step, Ecosystem::Pypi, at);
        }
        self.push(step);
    }

    fn docker(&mut self, mut step: Step, at: At) {
        step.parse(&table::DOCKER);
        let mut after = step.operands.as_slice();
        let mut is_compose = program::canonical_name(&step.word.value) == "docker-compose";
        let verb = loop {
            let Some((word, rest)) = after.split_first() else {
                break None;
            };
            after = rest;
            match word.value.as_str() {
                "container" => {}
                "compose" => is_compose = true,
                value if value.starts_with('-') => {}
                _ => break Some(word.value.clone()),
            }
        };
        let after = after.to_vec();
        if !matches!(verb.as_deref(), Some("run" | "create" | "exec")) {
            return self.push(step);
        }
        step.parse_more(&table::DOCKER_RUN, &after);
        let operands = step.operands.clone();
        let entrypoint = step.flags(Means::Entrypoint).next().and_then(|flag| flag.value.clone());
        let is_exec = verb.as_deref() == Some("exec");
        self.push(step);
        let Some((target, rest)) = operands.split_first() else {
            return;
        };
        // A compose service and a running container are names, not images.
        if !is_compose && !is_exec {
            self.launch.packages.push(package::image(target));
        }
        let words: Vec<Word> = entrypoint.into_iter().chain(rest.iter().cloned()).collect();
        self.known(&words, at.in_place(Place::Container));
    }

    fn env(&mut self, mut step: Step, at: At) {
        step.parse(&table::ENV);
        let mut words: Vec<Word> = Vec::new();
        for flag in step.flags(Means::Command) {
            let split = flag.value.iter().flat_map(|text| {
                script::read(text, Dialect::Posix).commands.into_iter().flat_map(|command| command.words)
            });
            words.extend(split);
        }
        words.extend(step.operands.iter().cloned());
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
    fn find(&mut self, mut step: Step, at: At) {
        const EXECUTES: &[&str] =
            &["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"];
        let mut inner: Vec<Vec<Word>> = Vec::new();
        let args = step.args.clone();
        for (index, word) in args.iter().enumerate() {
            if EXECUTES.contains(&word.value.as_str()) {
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
    fn builder(&mut self, mut step: Step) {
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
    fn nix(&mut self, mut step: Step, at: At) {
        let args = step.args.clone();
        let position = |names: &[&str]| args.iter().position(|word| names.contains(&word.value.as_str()));
        let verb = args.first().map_or("", |word| word.value.as_str());
        if matches!(verb, "run" | "shell" | "develop")
            && let Some(flake) = args.iter().skip(1).find(|word| !word.value.starts_with('-'))
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

    /// `wsl -d Ubuntu -e CMD`; without `-e` the words go to the default shell.
    fn wsl(&mut self, mut step: Step, at: At) {
        let mut rest = step.args.as_slice();
        while let Some((word, after)) = rest.split_first() {
            match word.value.as_str() {
                "-d" | "--distribution" | "-u" | "--user" | "--cd" | "--shell-type" | "--distribution-id" => {
                    rest = after.get(1..).unwrap_or_default();
                }
                "-e" | "--exec" | "--" => {
                    rest = after;
                    break;
                }
                value if value.starts_with('-') => rest = after,
                _ => break,
            }
        }
        let words = rest.to_vec();
        step.operands.clone_from(&words);
        if let [text] = words.as_slice()
            && text.value.contains(char::is_whitespace)
        {
            return self.script(step, text, Dialect::Posix, at);
        }
        self.push(step);
        self.assigned(&words, at.inside(Reached::Wrapped));
    }

    fn wrapper(&mut self, mut step: Step, spec: &table::WrapperSpec, at: At) {
        step.parse(&spec.options);
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

impl Step {
    fn parse(&mut self, grammar: &Grammar) {
        let parsed = grammar.parse(&self.args);
        self.options = parsed.options;
        self.operands = parsed.operands;
    }

    /// Reads `words` after a verb: options are added, operands replaced.
    fn parse_more(&mut self, grammar: &Grammar, words: &[Word]) {
        let parsed = grammar.parse(words);
        self.options.extend(parsed.options);
        self.operands = parsed.operands;
    }
}

fn flag(name: &str, means: Means, word: &Word) -> Flag {
    Flag { name: name.to_owned(), means, word: word.clone(), value: None }
}

fn task(step: &Step, name: &Word) -> Flag {
    let script = match name.value.as_str() {
        "run" | "run-script" | "rum" | "urn" => step.operands.get(1).unwrap_or(name),
        _ => name,
    };
    Flag { value: Some(script.clone()), ..flag("script", Means::Task, name) }
}

/// PowerShell reads `-ex` and longer as `-ExecutionPolicy`, `-e` as `-EncodedCommand`.
fn is_execution_policy(name: &str) -> bool {
    name == "ep" || name.starts_with("ex")
}

/// `--with a,b`; a requirement with a range keeps its comma.
fn comma_separated(value: &Word, splits: bool) -> Vec<Word> {
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

/// Words as one text with the place of all of them.
fn joined(words: &[Word]) -> Option<Word> {
    let (first, last) = (words.first()?, words.last()?);
    let text: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
    let span = Span { start: first.span.start, end: last.span.end.max(first.span.end) };
    Some(Word::new(text.join(" "), span))
}
