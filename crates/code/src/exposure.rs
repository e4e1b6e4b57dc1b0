//! How a launch is exposed, beyond who decides it: what a reader of the way would miss.

use crate::flow::Hit;
use crate::guard::Access;
use crate::ir::{ExprId, Kind, TOP, Unit};
use crate::knowledge::{Origin, Setting};
use crate::lower::Language;
use crate::program::{At, FunctionAt, Program};
use crate::sink::{is_call_of, is_written};

/// A shape of exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// The route tests, previews or checks: it starts what nobody has approved or saved.
    Preview,
    /// The request also chooses the transport: a form that offers addresses only hides the launch.
    Transport,
    /// What is stored starts again and again, without a request.
    Relaunched,
    /// Who may configure is not who owns the machine.
    Tenant,
}

/// The shapes of a launch that `hits` lead to and that `hit` is reported for.
pub(crate) fn exposure(program: &Program, hit: &Hit, access: Access, is_stored: bool) -> Vec<Exposure> {
    let is_remote =
        matches!(hit.origin, Origin::Network | Origin::Account | Origin::Message | Origin::Stored);
    let is_of_account =
        hit.origin == Origin::Account || (hit.origin == Origin::Network && access != Access::Anybody);
    [
        (Exposure::Preview, is_remote && is_preview(program, hit.function)),
        (Exposure::Transport, is_remote && chooses_transport(program, hit)),
        (Exposure::Relaunched, is_stored),
        (Exposure::Tenant, is_of_account),
    ]
    .into_iter()
    .filter_map(|(shape, holds)| holds.then_some(shape))
    .collect()
}

/// Whether the function, or the route that it answers, is called after a test.
fn is_preview(program: &Program, function: FunctionAt) -> bool {
    let unit = program.unit(function.file);
    let mut next = Some(function.id);
    while let Some(id) = next.filter(|id| *id != TOP)
        && let Some(here) = unit.function(id)
    {
        let decorators = here.decorators.iter().flat_map(|decorator| texts(unit, *decorator, 3));
        let routes =
            unit.exprs().filter(|(_, expr)| matches!(expr.kind, Kind::Closure(closure) if closure == id));
        let routes = routes.filter_map(|(_, expr)| expr.parent).flat_map(|call| texts(unit, call, 2));
        if std::iter::once(&*here.name).chain(decorators).chain(routes).any(says_preview) {
            return true;
        }
        next = here.parent;
    }
    false
}

/// `test_connection`, `/mcp/test/tools/list`, `previewServer`.
fn says_preview(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["test", "preview", "probe", "verify", "validate", "ping", "inspect", "introspect", "tryout"];
    let mut word = String::new();
    let mut is_found = false;
    let mut was_upper = true;
    for character in name.chars().chain([' ']) {
        if !character.is_ascii_alphabetic() || (character.is_ascii_uppercase() && !was_upper) {
            is_found |= WORDS.contains(&word.as_str());
            word.clear();
        }
        was_upper = !character.is_ascii_lowercase();
        if character.is_ascii_alphabetic() {
            word.push(character.to_ascii_lowercase());
        }
    }
    is_found
}

/// Whether the way is taken where a field that came along says `stdio`.
fn chooses_transport(program: &Program, hit: &Hit) -> bool {
    const FIELDS: [&str; 5] = ["transport", "transport_type", "transportType", "type", "connection_type"];
    hit.way.iter().any(|(at, _)| {
        let unit = program.unit(at.file);
        let expr = unit.expr(at.expr);
        let Some(function) = unit.function(expr.function) else { return false };
        let mut next = expr.under;
        let mut left = 50;
        while let Some(condition) = next.and_then(|index| function.conditions.get(index as usize))
            && left > 0
        {
            (next, left) = (condition.outer, left - 1);
            let words: Vec<&str> = texts(unit, condition.test, 4).collect();
            if words.iter().any(|word| word.eq_ignore_ascii_case("stdio"))
                && words.iter().any(|word| FIELDS.contains(word))
            {
                return true;
            }
        }
        false
    })
}

/// Names and literals in an expression, so many steps deep.
fn texts(unit: &Unit, id: ExprId, depth: u32) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    let mut waiting = vec![(id, depth)];
    while let Some((id, depth)) = waiting.pop() {
        let kind = &unit.expr(id).kind;
        if let Kind::Text(text) | Kind::Name(text) | Kind::Field(_, text) = kind {
            found.push(&**text);
        }
        if depth > 0 {
            waiting.extend(crate::reach::parts(kind).into_iter().take(16).map(|part| (part, depth - 1)));
        }
    }
    found.into_iter()
}

/// The calls of a file by which a defence is given up.
pub(crate) fn settings_of(program: &Program, file: u32) -> Vec<(At, &'static Setting)> {
    let Some(here) = program.file(file) else { return Vec::new() };
    let speaks = |words: &[String]| words.iter().any(|word| program.mentions(file, word));
    let mut found = Vec::new();
    for setting in &crate::knowledge::Knowledge::of(here.language).settings {
        if !(setting.with.is_empty() || speaks(&setting.with)) || speaks(&setting.unless) {
            continue;
        }
        for name in setting.call.iter().filter(|name| program.mentions(file, name)) {
            for call in program.unit(file).calls.get(name.as_str()).into_iter().flatten() {
                let at = At { file, expr: *call };
                if is_call_of(program, at, name, &setting.from, &setting.on)
                    && is_written(program, at, &setting.written)
                    && (setting.lacks.is_empty() || !is_written(program, at, &setting.lacks))
                {
                    found.push((at, setting));
                }
            }
        }
    }
    found
}

/// The way out that the framework offers by which the value comes in.
pub(crate) fn remedy(program: &Program, hit: &Hit) -> Option<&'static crate::knowledge::Remedy> {
    let source = hit.steps.first().map_or(hit.function.file, |step| step.file);
    let language: Language = program.file(source)?.language;
    let is_said =
        |words: &[String]| words.is_empty() || words.iter().any(|word| program.mentions(source, word));
    crate::knowledge::Knowledge::of(language).remedies.iter().find(|remedy| is_said(&remedy.with))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_a_whole_word() {
        for name in ["test_connection", "/mcp/test/tools/list", "previewServer", "TestConnection", "/ping"] {
            assert!(says_preview(name), "{name}");
        }
        for name in ["latest", "contest", "/attestation", "mapping", ""] {
            assert!(!says_preview(name), "{name}");
        }
    }
}
