//! Arguments of tools that are declared to be of a type which holds no text, or one of few texts.

use super::Search;
use crate::ir::{ExprId, Key, Kind, Name};
use crate::lower::Language;
use crate::program::{At, ClassAt, FunctionAt, Program};
use crate::resolve::Thing;

impl Search<'_> {
    /// Whether the part `path` of a tool's parameter is a number, a truth value or one of a list.
    pub(super) fn says_nothing(&self, function: FunctionAt, nth: usize, path: &[Key]) -> bool {
        let program = self.program;
        let Some(param) = program.function(function).and_then(|here| here.params.get(nth)) else {
            return false;
        };
        let (mut file, mut types) = (function.file, param.types.clone());
        let asked = path.iter().filter_map(|key| match key {
            Key::Named(name) => Some(name),
            Key::Any => None,
        });
        for name in asked.clone() {
            let classes = program.classes_named(file, &types).into_iter();
            let field = classes.flat_map(|class| program.lineage(class)).find_map(|class| {
                let fields = &program.unit(class.file).class(class.id)?.fields;
                let field = fields.iter().find(|field| field.name == *name)?;
                Some((class.file, field.types.clone()))
            });
            match field {
                Some(field) => (file, types) = field,
                None => break,
            }
        }
        let harmless = &self.knowledge(file).passes.harmless_types;
        let is_text = |name: &Name| {
            matches!(
                &**name,
                "str" | "string" | "String" | "Any" | "any" | "Path" | "object" | "Object" | "bytes" | "char"
            )
        };
        let is_harmless = |name: &Name| harmless.iter().any(|known| **known == **name);
        if types.iter().any(is_harmless) && !types.iter().any(is_text) {
            return true;
        }
        let classes = program.classes_named(file, &types);
        if !classes.is_empty() && classes.iter().all(|class| is_enumeration(program, *class)) {
            return true;
        }
        let registered = self.callers.tool(function).and_then(|tool| tool.registered);
        let mut of_tool = asked.filter(|name| !matches!(&***name, "params" | "arguments" | "args"));
        registered.zip(of_tool.next()).is_some_and(|(call, name)| narrows(program, call, name))
    }
}

/// Whether a class has a value for each of its names, and no others.
fn is_enumeration(program: &Program, class: ClassAt) -> bool {
    let unit = program.unit(class.file);
    let (Some(here), Some(file)) = (unit.class(class.id), program.file(class.file)) else { return false };
    let is_base = |base: &ExprId| {
        let name = unit.callee_name(*base).map(|name| &**name);
        matches!(name, Some("Enum" | "StrEnum" | "IntEnum"))
    };
    if here.bases.iter().any(is_base) {
        return true;
    }
    let text = file.text.get(here.span.start as usize..here.span.end as usize).unwrap_or_default();
    let head = text.split('{').next().unwrap_or_default();
    // Values of an enumeration of Rust may hold anything.
    file.language != Language::Rust && head.split_whitespace().any(|word| word == "enum")
}

/// Whether the schema that a tool is registered with lets only a number or one of a list through for `name`.
fn narrows(program: &Program, call: At, name: &Name) -> bool {
    let mut waiting: Vec<(At, u32)> = vec![(call, 0)];
    let mut left = 60;
    while let Some((at, depth)) = waiting.pop() {
        left -= 1;
        if left == 0 || depth > 6 {
            return false;
        }
        let unit = program.unit(at.file);
        let here = |expr: ExprId| At { file: at.file, expr };
        match &unit.expr(at.expr).kind {
            Kind::Call { args, .. } => waiting.extend(args.iter().map(|arg| (here(arg.value), depth + 1))),
            Kind::Name(_) => waiting.extend(program.things(at).into_iter().filter_map(|thing| match thing {
                Thing::Value(value, _) if value != at => Some((value, depth + 1)),
                _ => None,
            })),
            Kind::Record(members) => {
                for member in members {
                    let span = unit.expr(member.value).span;
                    let text = program
                        .file(at.file)
                        .and_then(|file| file.text.get(span.start as usize..span.end as usize));
                    let text = text.unwrap_or_default();
                    if member.key.as_ref() == Some(name) && is_narrow(text) {
                        return true;
                    }
                    waiting.push((here(member.value), depth + 1));
                }
            }
            _ => {}
        }
    }
    false
}

/// `z.enum([…])`, `z.number()`, `{ type: "integer" }`.
fn is_narrow(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        ".enum(",
        ".nativeEnum(",
        ".number(",
        ".boolean(",
        ".literal(",
        ".int(",
        ".uuid(",
        "enum:",
        "\"enum\"",
        "\"number\"",
        "\"integer\"",
        "\"boolean\"",
        "'number'",
        "'integer'",
    ];
    WORDS.iter().any(|word| text.contains(word))
}
