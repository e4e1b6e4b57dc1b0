//! Guards on a way, and how much each holds.
//!
//! A guard is believed as far as its like has held: a list of program names stops nobody who may choose the arguments.
//! What a guard does is read from its words, and from those of the functions it calls and the constants it names; the
//! words are the same in every language.

mod value;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::flow::Hit;
use crate::ir::{ExprId, FunctionId, Key, Kind, Name, Span};
use crate::knowledge::Act;
use crate::program::{At, FunctionAt, Program};
use crate::resolve::Thing;

/// Functions that a guard calls, and constants that it names, that are read.
const MAX_TEXTS: usize = 48;
/// Bytes of guards that are read in all.
const MAX_TEXT: usize = 80_000;

/// What stands between the outsider and the launch, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Grade {
    /// Nothing.
    #[default]
    None,
    /// The program's name is on a list; its arguments are free.
    NameList,
    /// Characters that a shell would read are refused; no shell is involved.
    Metacharacters,
    /// Some flags of some programs are refused.
    FlagDenyList,
    /// Some variables of the environment are refused.
    EnvironmentDenyList,
    /// The beginning of a path is compared, and what it leads to is not looked up first (CVE-2025-53110).
    Prefix,
    /// Lists that the operator owns, closed by default.
    OperatorLists,
    /// An argument of a tool is one of a list, of a narrow pattern, or stays in a folder when it is looked up.
    Checked,
    /// Program and arguments have to equal a known whole.
    ExactMap,
}

/// Who may call the function that the value comes in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Access {
    /// Nothing asks who calls.
    #[default]
    Anybody,
    /// Whoever has an account or a key.
    Account,
    /// Whoever has a certain role.
    Role,
}

/// What guards a way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guards {
    pub(crate) grade: Grade,
    /// Where the guards are.
    pub(crate) places: Vec<(u32, Span)>,
    /// A launch that they let through.
    pub(crate) bypass: Option<String>,
    pub(crate) access: Access,
}

/// What guards the way of a hit.
pub(crate) fn guards(program: &Program, act: Act, hit: &Hit) -> Guards {
    let mut reading =
        Reading { program, act, way: Way::of(program, hit), texts: Vec::new(), seen: HashSet::new() };
    let mut places = BTreeSet::new();
    // From the sink on: what stands next to it is read before the budget ends.
    for (at, _) in hit.way.iter().rev() {
        let unit = program.unit(at.file);
        let expr = unit.expr(at.expr);
        let Some(function) = unit.function(expr.function) else { continue };
        let mut next = expr.under;
        let mut left = 200;
        while let Some(condition) = next.and_then(|index| function.conditions.get(index as usize)) {
            next = condition.outer;
            left -= 1;
            if left == 0 {
                break;
            }
            let test = At { file: at.file, expr: condition.test };
            let before = reading.texts.len();
            if reading.is_about_the_value(test, condition.is_true.is_none()) {
                reading.read_test(test, condition.is_true.is_none());
            }
            if reading.grade(&reading.text_from(before)) != Grade::None {
                places.insert((at.file, program.expr(test).span));
            }
        }
    }
    for (file, span) in reading.validators(hit) {
        places.insert((file, span));
    }
    let text = reading.text_from(0);
    let grade = reading.grade(&text);
    Guards {
        grade,
        places: if grade == Grade::None { Vec::new() } else { places.into_iter().collect() },
        bypass: bypass(grade, &text),
        access: access(program, hit.function),
    }
}

/// The variables on a way, and what of them is asked for.
struct Way {
    /// For each function, its variables that hold the value or something it is in.
    names: HashMap<FunctionAt, HashSet<Name>>,
    /// Fields under which the value is.
    fields: HashSet<Name>,
}

impl Way {
    fn of(program: &Program, hit: &Hit) -> Self {
        let mut way = Way { names: HashMap::new(), fields: HashSet::new() };
        for (at, path) in &hit.way {
            let (root, steps) = crate::reach::root(program.unit(at.file), at.expr);
            if let Kind::Name(name) = &program.unit(at.file).expr(root).kind {
                way.names.entry(program.function_of(*at)).or_default().insert(name.clone());
            }
            for key in path.iter().chain(&steps) {
                if let Key::Named(name) = key {
                    way.fields.insert(name.clone());
                }
            }
        }
        for name in ["command", "cmd", "args", "argv", "env"] {
            way.fields.insert(Name::from(name));
        }
        way
    }
}

struct Reading<'p> {
    program: &'p Program,
    act: Act,
    way: Way,
    texts: Vec<String>,
    seen: HashSet<(u32, Span)>,
}

impl Reading<'_> {
    fn grade(&self, text: &str) -> Grade {
        match self.act.is_launch() {
            true => features(text),
            false => value::checks(self.act, text),
        }
    }

    fn text_from(&self, first: usize) -> String {
        self.texts.get(first..).unwrap_or_default().join("\n")
    }

    /// Whether a test looks at the value, or at something it was made into.
    fn is_about_the_value(&self, test: At, is_call: bool) -> bool {
        let Some(names) = self.way.names.get(&self.program.function_of(test)) else { return false };
        let unit = self.program.unit(test.file);
        let mut waiting: Vec<(ExprId, u32, bool)> = vec![(test.expr, 0, is_call)];
        let mut left = 60;
        while let Some((expr, depth, in_call)) = waiting.pop() {
            left -= 1;
            if left == 0 {
                break;
            }
            match &unit.expr(expr).kind {
                Kind::Name(name) => {
                    if names.contains(name) && (in_call || depth == 0 || self.is_plain(name)) {
                        return true;
                    }
                    // `base = basename(command)`, and then a test of `base`.
                    if depth < 3 {
                        for thing in self.program.things(At { file: test.file, expr }) {
                            if let Thing::Value(value, _) = thing
                                && value.file == test.file
                            {
                                waiting.push((value.expr, depth + 1, in_call));
                            }
                        }
                    }
                }
                Kind::Field(base, field) => {
                    let (root, _) = crate::reach::root(unit, expr);
                    let is_ours = matches!(&unit.expr(root).kind, Kind::Name(name) if names.contains(name));
                    if is_ours && self.way.fields.contains(field) {
                        return true;
                    }
                    if !is_ours {
                        waiting.push((*base, depth, in_call));
                    }
                }
                Kind::Call { callee, args, .. } => {
                    waiting.push((*callee, depth, false));
                    // `target.is_relative_to(BASE)`: paths are asked themselves.
                    if let (false, Kind::Field(base, _)) = (self.act.is_launch(), &unit.expr(*callee).kind) {
                        waiting.push((*base, depth, true));
                    }
                    waiting.extend(args.iter().map(|arg| (arg.value, depth, true)));
                }
                kind => {
                    waiting.extend(crate::reach::parts(kind).into_iter().map(|part| (part, depth, in_call)))
                }
            }
        }
        false
    }

    /// Whether the variable is the value, not only something that holds it.
    fn is_plain(&self, name: &Name) -> bool {
        self.way.fields.contains(name) || name.len() > 2
    }

    fn read_test(&mut self, test: At, is_call: bool) {
        // A call as a statement guards only by what it does.
        if !is_call {
            self.read_span(test.file, self.program.expr(test).span);
        }
        self.read_names(test.file, vec![test.expr], 0);
    }

    /// Reads the constants and functions that expressions name.
    fn read_names(&mut self, file: u32, mut waiting: Vec<ExprId>, depth: u32) {
        let program = self.program;
        let unit = program.unit(file);
        let mut left = 400;
        while let Some(expr) = waiting.pop() {
            left -= 1;
            if left == 0 {
                break;
            }
            let at = At { file, expr };
            let kind = &unit.expr(expr).kind;
            if matches!(kind, Kind::Name(_) | Kind::Field(..)) {
                for thing in program.things(at) {
                    match thing {
                        Thing::Value(value, _) => {
                            self.read_span(value.file, program.expr(value).span);
                            // `err := check(command)`, and then a test of `err`.
                            let is_result = value.file == file && self.is_of_another(at, value);
                            if is_result && matches!(program.expr(value).kind, Kind::Call { .. }) {
                                waiting.push(value.expr);
                            }
                        }
                        Thing::Function(function) => self.read_function(function, depth),
                        _ => {}
                    }
                }
            }
            if let Kind::Field(base, name) = kind {
                self.read_field(At { file, expr: *base }, name);
            }
            waiting.extend(crate::reach::parts(kind));
        }
    }

    /// Reads what a field of a class is made with: a list of what is allowed.
    fn read_field(&mut self, base: At, name: &Name) {
        let program = self.program;
        let named = program.things(base).into_iter().filter_map(|thing| match thing {
            Thing::Class(class) => Some(class),
            _ => None,
        });
        let mut classes: Vec<crate::program::ClassAt> = named.chain(program.types(base)).collect();
        classes.dedup();
        for class in classes.into_iter().flat_map(|class| program.lineage(class)) {
            let Some(here) = program.unit(class.file).class(class.id) else { continue };
            let defaults: Vec<Span> = here
                .fields
                .iter()
                .filter(|field| field.name == *name && field.default.is_some())
                .map(|field| field.span)
                .collect();
            for span in defaults {
                self.read_span(class.file, span);
            }
        }
    }

    /// Whether a variable is not one of those on the way, and was made before it was read.
    fn is_of_another(&self, at: At, value: At) -> bool {
        let Kind::Name(name) = &self.program.expr(at).kind else { return false };
        let names = self.way.names.get(&self.program.function_of(at));
        value != at && names.is_none_or(|names| !names.contains(name))
    }

    fn read_function(&mut self, function: FunctionAt, depth: u32) {
        let Some(here) = self.program.function(function) else { return };
        if !self.read_span(function.file, here.span) || depth >= 2 {
            return;
        }
        let unit = self.program.unit(function.file);
        let inside = |id: FunctionId| id == function.id;
        let named: Vec<ExprId> = unit
            .exprs()
            .filter(|(_, expr)| inside(expr.function) && matches!(expr.kind, Kind::Name(_)))
            .map(|(id, _)| id)
            .collect();
        let calls =
            unit.exprs().filter(|(_, expr)| inside(expr.function)).filter_map(|(_, expr)| match expr.kind {
                Kind::Call { callee, .. } => Some(callee),
                _ => None,
            });
        let all: Vec<ExprId> = named.into_iter().chain(calls).collect();
        self.read_names(function.file, all, depth + 1);
    }

    /// Takes the text of a place; false if it was taken before or is too much.
    fn read_span(&mut self, file: u32, span: Span) -> bool {
        if self.texts.len() >= MAX_TEXTS || !self.seen.insert((file, span)) {
            return false;
        }
        let text =
            self.program.file(file).and_then(|file| file.text.get(span.start as usize..span.end as usize));
        let taken: usize = self.texts.iter().map(String::len).sum();
        match text {
            Some(text) if taken + text.len() <= MAX_TEXT => {
                self.texts.push(text.to_owned());
                true
            }
            _ => false,
        }
    }

    /// Validators of the classes that the value passes through: they run before anything else does.
    fn validators(&mut self, hit: &Hit) -> Vec<(u32, Span)> {
        const MARKS: [&str; 6] = [
            "field_validator",
            "validator",
            "model_validator",
            "root_validator",
            "validates",
            "AfterValidator",
        ];
        let program = self.program;
        let mut classes = Vec::new();
        let params = program.function(hit.function).map(|here| here.params.clone()).unwrap_or_default();
        for param in
            params.iter().filter(|param| hit.steps.first().is_some_and(|first| first.span == param.span))
        {
            classes.extend(program.classes_named(hit.function.file, &param.types));
        }
        for (at, _) in &hit.way {
            if let Kind::Call { callee, .. } = &program.expr(*at).kind {
                for thing in program.callables(At { file: at.file, expr: *callee }) {
                    if let Thing::Class(class) = thing {
                        classes.push(class);
                    }
                }
            }
        }
        classes.sort_unstable();
        classes.dedup();
        let mut found = Vec::new();
        for class in classes.into_iter().flat_map(|class| program.lineage(class)) {
            let unit = program.unit(class.file);
            let Some(here) = unit.class(class.id) else { continue };
            for id in &here.methods {
                let Some(method) = unit.function(*id) else { continue };
                let is_marked = method.decorators.iter().any(|decorator| {
                    let callee = match &unit.expr(*decorator).kind {
                        Kind::Call { callee, .. } => *callee,
                        _ => *decorator,
                    };
                    unit.callee_name(callee).is_some_and(|name| MARKS.contains(&&**name))
                }) || &*method.name == "__post_init__";
                let before = self.texts.len();
                if is_marked {
                    self.read_function(FunctionAt { file: class.file, id: *id }, 0);
                }
                if self.grade(&self.text_from(before)) != Grade::None {
                    found.push((class.file, method.name_span));
                }
            }
        }
        found
    }
}

/// Programs that execute what their arguments say.
const LAUNCHERS: [&str; 12] =
    ["npx", "uvx", "node", "python", "python3", "docker", "deno", "bunx", "bun", "uv", "pipx", "npm"];

fn quoted(text: &str, word: &str) -> bool {
    ["\"", "'", "`"].iter().any(|quote| text.contains(&format!("{quote}{word}{quote}")))
}

/// The strongest guard that a text is.
fn features(text: &str) -> Grade {
    if text.is_empty() {
        return Grade::None;
    }
    let has = |word: &str| text.contains(word);
    let any = |words: &[&str]| words.iter().any(|word| has(word));
    let names_launcher = LAUNCHERS.iter().any(|name| quoted(text, name));
    let is_member = any(&[
        " in ",
        ".includes(",
        ".has(",
        ".contains(",
        ".Contains(",
        "include?",
        "in_array",
        ".indexOf(",
        ".get(",
        "slices.Contains",
        ".ContainsKey(",
        ".containsKey(",
        ".any(",
        ".some(",
        "key?",
    ]);
    let lists = is_member
        && any(&[
            "llow",
            "LLOW",
            "hitelist",
            "HITELIST",
            "ermitted",
            "PERMITTED",
            "KNOWN",
            "known",
            "SAFE",
            "safe_",
            "pproved",
            "APPROVED",
            "VALID_",
            "valid_c",
        ]);
    let is_operators = lists
        && !names_launcher
        && (any(&[
            "environ",
            "process.env",
            "getenv",
            "os.Getenv",
            "settings.",
            "System.getenv",
            "Configuration[",
            "ENV[",
        ]) || any(&["\"/opt", "'/opt", "\"/usr/", "'/usr/", "\"/srv", "'/srv", "\"/app", "'/app"]));
    let compares = any(&["==", "!=", ".equals(", "Equals(", "Equal(", "deep_eq", "SequenceEqual"]);
    let is_exact = compares
        && any(&["args", "argv", "Args", "arguments", "Arguments"])
        && any(&[
            "[command]",
            "[name]",
            ".get(command",
            ".get(name",
            "[server.command]",
            "[cmd]",
            "EXACT",
            "MANIFEST",
            "manifest",
        ]);
    let refuses_shell = any(&[
        ";&|",
        ";|&",
        "&|;",
        "|&;",
        "&;|",
        "\";\"",
        "';'",
        "\"&&\"",
        "'&&'",
        "`$",
        "$(",
        "shlex.quote",
        "escapeshell",
    ]);
    let refuses_flags = ["-c", "-e", "--call", "--eval", "-p", "exec", "--privileged"]
        .iter()
        .any(|flag| flag.starts_with('-') && quoted(text, flag));
    let refuses_environment = any(&[
        "NODE_OPTIONS",
        "LD_PRELOAD",
        "PYTHONPATH",
        "BASH_ENV",
        "LD_LIBRARY_PATH",
        "node_options",
        "ld_preload",
        "pythonpath",
        "bash_env",
    ]);
    // Of many words, some compare something with something: only a short and plain test is believed to be exact.
    let is_plain = text.len() < 600 && !refuses_flags && !refuses_environment && !names_launcher;
    if is_exact && is_plain {
        Grade::ExactMap
    } else if is_operators {
        Grade::OperatorLists
    } else if refuses_environment {
        Grade::EnvironmentDenyList
    } else if refuses_flags {
        Grade::FlagDenyList
    } else if refuses_shell {
        Grade::Metacharacters
    } else if (names_launcher && (is_member || compares)) || lists {
        Grade::NameList
    } else {
        Grade::None
    }
}

/// A launch that a guard of these words lets through.
fn bypass(grade: Grade, text: &str) -> Option<String> {
    const WAYS: [(&str, &[(&str, &str)]); 4] = [
        (
            "npx",
            &[
                ("-c", "npx -c COMMAND"),
                ("--call", "npx --call=COMMAND"),
                ("--package", "npx --package=ANY-PACKAGE"),
                ("", "npx ANY-PACKAGE"),
            ],
        ),
        (
            "node",
            &[
                ("-e", "node -e CODE"),
                ("--eval", "node --eval=CODE"),
                ("-r", "node -r FILE"),
                ("--require", "node --require=FILE"),
                ("--import", "node --import=data:text/javascript,CODE"),
            ],
        ),
        ("python", &[("-c", "python -c CODE"), ("-m", "python -m MODULE"), ("", "python FILE")]),
        (
            "docker",
            &[
                ("-v", "docker run -v /:/host IMAGE"),
                ("--mount", "docker run --mount type=bind,src=/,dst=/host IMAGE"),
                ("--privileged", "docker run --privileged IMAGE"),
            ],
        ),
    ];
    if !(Grade::NameList..=Grade::EnvironmentDenyList).contains(&grade) {
        return None;
    }
    let allowed = WAYS.iter().filter(|(program, _)| quoted(text, program));
    let open =
        allowed.flat_map(|(_, ways)| ways.iter()).find(|(flag, _)| flag.is_empty() || !quoted(text, flag));
    open.map(|(_, way)| (*way).to_owned())
}

/// Who may call a function, by its decorators, the defaults of its parameters and the tests in it.
fn access(program: &Program, function: FunctionAt) -> Access {
    let Some(here) = program.function(function) else { return Access::Anybody };
    let unit = program.unit(function.file);
    let Some(file) = program.file(function.file) else { return Access::Anybody };
    let text_of = |expr: ExprId| {
        let span = unit.expr(expr).span;
        file.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    };
    let defaults = here.params.iter().filter_map(|param| param.default);
    let annotations = here.params.iter().flat_map(|param| param.decorators.iter().copied());
    let around = here
        .class
        .and_then(|class| unit.class(class))
        .map(|class| class.decorators.clone())
        .unwrap_or_default();
    let signs = here.decorators.iter().copied().chain(defaults).chain(annotations).chain(around);
    let tests = here
        .conditions
        .iter()
        .filter(|condition| condition.is_true.is_some())
        .map(|condition| condition.test);
    let mut access = Access::Anybody;
    for (text, is_sign) in
        signs.map(|sign| (text_of(sign), true)).chain(tests.map(|test| (text_of(test), false)))
    {
        let lower = text.to_ascii_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if any(&[
            "admin",
            "superuser",
            "role",
            "permission",
            "is_staff",
            "preauthorize",
            "rolesallowed",
            "has_scope",
        ]) {
            access = access.max(Access::Role);
        } else if is_sign
            && any(&["auth", "login", "current_user", "api_key", "token", "session", "secured", "credential"])
        {
            access = access.max(Access::Account);
        }
    }
    access
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_what_its_words_refuse() {
        assert_eq!(features("if not server.command"), Grade::None);
        assert_eq!(features("transport == \"stdio\""), Grade::None);
        assert_eq!(features("base not in ALLOWED_COMMANDS\n[\"npx\", \"node\"]"), Grade::NameList);
        assert_eq!(features("base in ALLOWED [\"npx\"] ; /[;&|`$]/.test(arg)"), Grade::Metacharacters);
        assert_eq!(features("allowed.includes(c) ['npx', '-c']"), Grade::FlagDenyList);
        assert_eq!(features("MANIFEST[command] == args"), Grade::ExactMap);
        let deny_list = "DENIED[command].includes(flag) == true; args; ['npx', '-c']; NODE_OPTIONS";
        assert_eq!(features(deny_list), Grade::EnvironmentDenyList);
    }

    #[test]
    fn a_bypass_is_one_that_the_words_do_not_refuse() {
        let way = |text| bypass(Grade::NameList, text);
        assert_eq!(way("[\"npx\"]").as_deref(), Some("npx -c COMMAND"));
        assert_eq!(way("[\"npx\"] \"-c\"").as_deref(), Some("npx --call=COMMAND"));
        assert_eq!(way("[\"/opt/tool\"]"), None);
    }
}
