//! Calls of sinks: which calls are one, what stands where in them, and what of it is written in the code.

use crate::ir::{Arg, Expr, ExprId, Key, Kind, Name};
use crate::knowledge::{Knowledge, Sink};
use crate::program::{At, Program};
use crate::resolve::Thing;

/// What a name is imported from that nobody imports.
const BUILT_IN: &str = "builtins";

/// The calls of a file that are sinks that `wants` wants.
pub(crate) fn sinks_of(program: &Program, file: u32, wants: fn(&Sink) -> bool) -> Vec<(At, &'static Sink)> {
    let Some(here) = program.file(file) else { return Vec::new() };
    let speaks = |words: &[String]| words.is_empty() || words.iter().any(|word| program.mentions(file, word));
    let mut found = Vec::new();
    for sink in Knowledge::of(here.language).sinks.iter().filter(|sink| wants(sink)) {
        for name in sink.call.iter().filter(|name| program.mentions(file, name)) {
            if !speaks(&sink.with) {
                continue;
            }
            for call in program.unit(file).calls.get(name.as_str()).into_iter().flatten() {
                let at = At { file, expr: *call };
                if is_call_of(program, at, name, &sink.from, &sink.on)
                    && is_written(program, at, &sink.written)
                {
                    found.push((at, sink));
                }
            }
        }
    }
    found
}

/// Whether a call of this name is one of what a library gives under it: imported from one of `from`, and behind one of
/// `on`.
pub(crate) fn is_call_of(program: &Program, at: At, name: &str, from: &[String], on: &[String]) -> bool {
    let Kind::Call { callee, .. } = &program.expr(at).kind else { return false };
    let callee = At { file: at.file, expr: *callee };
    let comes_from = |path: &str| {
        from.is_empty()
            || from.iter().any(|from| match path == name {
                // Nothing says where the name is from: the file at least speaks of the library.
                true => {
                    from == BUILT_IN || last_word(from).is_none_or(|word| program.mentions(at.file, word))
                }
                false => path
                    .strip_prefix(from.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', ':', '\\'])),
            })
    };
    let is_on = || {
        on.is_empty()
            || program.spellings(callee).iter().any(|way| {
                let mut parts = way.rsplit(['.', '/', ':', '\\']).skip(1);
                parts.any(|part| on.iter().any(|on| on == part))
            })
    };
    let things = program.callables(callee);
    if things.iter().any(|thing| matches!(thing, Thing::Function(_) | Thing::Class(_))) {
        return false;
    }
    let ways = program.spellings(callee);
    (ways.iter().any(|way| comes_from(way)) || (from.is_empty() && !ways.is_empty())) && is_on()
}

/// Whether the call holds one of these as they are written, without blanks: `shell=True`. None: anything.
pub(crate) fn is_written(program: &Program, at: At, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let span = program.expr(at).span;
    let text = program.file(at.file).and_then(|file| file.text.get(span.start as usize..span.end as usize));
    let bare: String = text.unwrap_or_default().split_whitespace().collect();
    words.iter().any(|words| bare.contains(words.as_str()))
}

fn last_word(from: &str) -> Option<&str> {
    from.rsplit(|character: char| !character.is_alphanumeric() && character != '_')
        .find(|word| !word.is_empty())
}

/// What a call of a builder was begun with: `ServerParameters.builder(c)` of `ServerParameters.builder(c).args(a)`.
pub(crate) fn root_of(program: &Program, at: At) -> At {
    let mut root = at;
    let mut left = 24;
    while let Kind::Call { callee, .. } = &program.expr(root).kind {
        left -= 1;
        let Kind::Field(base, _) = program.unit(root.file).expr(*callee).kind else { break };
        let base = At { file: root.file, expr: base };
        root = match program.expr(base).kind {
            _ if left == 0 => break,
            Kind::Call { .. } => base,
            Kind::Name(_) => match program.things(base).as_slice() {
                [Thing::Value(value, part)]
                    if part.is_empty()
                        && value.file == root.file
                        && matches!(program.expr(*value).kind, Kind::Call { .. }) =>
                {
                    *value
                }
                _ => break,
            },
            _ => break,
        };
    }
    root
}

/// The values that stand at a place of a call: `command`, `0`, `0.command`, `0.*.command`, `this.command`.
pub(crate) fn values(program: &Program, call: At, args: &[Arg], pattern: &str) -> Vec<(At, Vec<Key>)> {
    let file = call.file;
    let mut parts = pattern.split('.');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<Key> = parts
        .map(|part| match part {
            "*" => Key::Any,
            part => Key::Named(Name::from(part)),
        })
        .collect();
    let at = |arg: &Arg| At { file, expr: arg.value };
    let mut found = Vec::new();
    if first == "this"
        && let Kind::Call { callee, .. } = program.expr(call).kind
        && let Kind::Field(base, _) = program.unit(file).expr(callee).kind
    {
        return vec![(At { file, expr: base }, rest)];
    }
    match first.parse::<usize>() {
        Ok(nth) => {
            for (position, arg) in args.iter().filter(|arg| arg.name.is_none()).enumerate() {
                if arg.is_spread && position <= nth {
                    let path = std::iter::once(Key::Any).chain(rest.iter().cloned()).collect();
                    found.push((at(arg), path));
                } else if position == nth {
                    found.push((at(arg), rest.clone()));
                }
            }
        }
        Err(_) => {
            for arg in args {
                match &arg.name {
                    Some(name) if &**name == first => found.push((at(arg), rest.clone())),
                    Some(name) if name.is_empty() && arg.is_spread => {
                        let named = Key::Named(Name::from(first));
                        found.push((at(arg), std::iter::once(named).chain(rest.iter().cloned()).collect()));
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// The text that a value plainly is, through one variable or member.
pub(crate) fn literal(program: &Program, at: At, path: &[Key]) -> Option<String> {
    let mut expr: ExprId = at.expr;
    let mut path = path;
    for _ in 0..16 {
        let here: &Expr = program.unit(at.file).expr(expr);
        match (&here.kind, path.split_first()) {
            (Kind::Text(text), None) => return Some(text.to_string()),
            (Kind::Record(members), Some((Key::Named(key), rest))) => {
                expr = members.iter().rev().find(|member| member.key.as_ref() == Some(key))?.value;
                path = rest;
            }
            (Kind::List(parts), None) => expr = *parts.first()?,
            (Kind::List(parts), Some((Key::Named(nth), rest))) => {
                expr = *parts.get(nth.parse::<usize>().ok()?)?;
                path = rest;
            }
            // A builder: what it was told under that name.
            (Kind::Call { callee, args, .. }, Some((Key::Named(key), rest))) => {
                match (
                    program.unit(at.file).callee_name(*callee),
                    program.unit(at.file).expr(*callee).kind.clone(),
                ) {
                    (Some(name), _) if name == key => {
                        expr = args.first()?.value;
                        path = rest;
                    }
                    (_, Kind::Field(base, _)) => expr = base,
                    _ => return None,
                }
            }
            (Kind::Name(_), _) => match program.things(At { file: at.file, expr }).as_slice() {
                [Thing::Value(value, part)] if value.file == at.file && part.is_empty() => expr = value.expr,
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}
