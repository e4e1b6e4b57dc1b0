//! From words to steps: each program's arguments by its own grammar, then the program that it starts in turn.

mod container;
mod javascript;
mod python;
mod runner;
mod shell;
mod wrapper;

use mantrap_clients::discover::Os;
use mantrap_clients::{Server, Span, Text};

use super::line;
use super::option::Grammar;
use super::package::Ecosystem;
use super::script::{self, Dialect, is_assignment};
use super::{
    Assignment, Flag, Launch, MAX_BYTES, MAX_DEPTH, MAX_STEPS, MAX_WORDS, Means, Place, Program, Reached,
    Step, Word,
};
use super::{program, table};

pub(super) fn read(server: &Server, _os: Os) -> Launch {
    let mut reader = Reader::default();
    let Some(command) = &server.command else {
        return reader.launch;
    };
    let mut room = MAX_BYTES;
    let command = shortened(command, &mut room);
    let mut words = match command_line(&command) {
        Some(line) => {
            reader.launch.command_line.clone_from(&line);
            line
        }
        None => vec![command],
    };
    let args = server.args.iter().take(MAX_WORDS);
    words.extend(args.map_while(|arg| (room > 0).then(|| shortened(arg, &mut room))));
    let is_whole = room > 0 && server.args.len() <= MAX_WORDS && words.len() <= MAX_WORDS;
    reader.launch.is_truncated = !is_whole;
    words.truncate(MAX_WORDS);
    let leading = words.iter().take_while(|word| is_assignment(&word.value)).count();
    let rest = words.split_off(leading);
    reader.step(&rest, assignments(&words), At::default());
    reader.launch
}

/// As much of `text` as there is room for.
fn shortened(text: &Text, room: &mut usize) -> Word {
    let end = text.value.floor_char_boundary(*room);
    *room = room.saturating_sub(text.value.len());
    Word::new(text.value.get(..end).unwrap_or_default(), text.span)
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
    // A path with blanks has a separator in its first word, or goes on in a later one.
    let is_bare = !first.value.contains(['/', '\\']) && !is_one_path;
    let is_line = is_bare
        || is_quoted
        || has_option
        || is_known
        || line::ends_program(&first.value)
        || !(is_one_path || is_path);
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
                let at = at.in_place(Place::Remote);
                // The other machine's shell reads one string as a command line.
                if let [text] = inner.as_slice()
                    && text.value.contains(char::is_whitespace)
                {
                    for command in script::read(text, Dialect::Posix).commands {
                        self.known(&command.words, at.inside(Reached::Script));
                    }
                    return;
                }
                self.known(&inner, at);
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

/// Words as one text with the place of all of them.
fn joined(words: &[Word]) -> Option<Word> {
    let (first, last) = (words.first()?, words.last()?);
    let text: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
    let span = Span { start: first.span.start, end: last.span.end.max(first.span.end) };
    Some(Word::new(text.join(" "), span))
}
