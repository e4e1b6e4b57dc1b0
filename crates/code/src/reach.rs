//! What may reach what inside one function: definitions of variables, and the conditions under which code runs.
//!
//! A walk through each body in the order in which it runs. A variable that is given a new value forgets the old one; at
//! a join both are kept. What lies behind a test whose other side leaves is under that test: that is what a guard is.

use std::collections::HashMap;

use crate::ir::{
    Condition, Defined, Definition, ExprId, Function, FunctionId, Key, Kind, Name, Span, Stmt, Store, Target,
    Unit,
};

/// Loops inside each other whose back edge is followed: each doubles the work.
const MAX_LOOPS: u32 = 4;

/// Completes a unit that was lowered.
pub(crate) fn settle(unit: &mut Unit) {
    for index in 0..unit.functions.len() {
        let Some(slot) = unit.functions.get_mut(index) else { break };
        let mut function = std::mem::take(slot);
        let body = std::mem::take(&mut function.body);
        let params = function.params.iter().map(|param| (param.name.clone(), param.span));
        let params: Vec<(Name, Span)> = params.collect();
        let mut walk = Walk { unit, function, known: HashMap::new(), loops: 0, under: None };
        let mut state = State::default();
        for (nth, (name, span)) in params.into_iter().enumerate() {
            walk.define(&mut state, name, span, Defined::Param(nth));
        }
        let mut state = Some(state);
        walk.block(&body, &mut state);
        let function = walk.function;
        if let Some(slot) = unit.functions.get_mut(index) {
            *slot = function;
        }
    }
    index_names(unit);
}

/// Which definitions a variable may have.
type State = HashMap<Name, Vec<u32>>;

struct Walk<'u> {
    unit: &'u mut Unit,
    function: Function,
    known: HashMap<(Name, Span), u32>,
    loops: u32,
    under: Option<u32>,
}

impl Walk<'_> {
    /// Walks a block; the state is none where nothing runs any more.
    fn block(&mut self, block: &[Stmt], state: &mut Option<State>) {
        for stmt in block {
            let Some(now) = state else { return };
            match stmt {
                Stmt::Assign { target, value } => {
                    self.read(*value, None, now);
                    self.assign(target, *value, &[], now);
                }
                Stmt::Expr(value) => {
                    self.read(*value, None, now);
                    if matches!(self.unit.expr(*value).kind, Kind::Call { .. }) {
                        self.under = Some(self.condition(*value, None));
                    }
                }
                Stmt::Return { value, goes_on } => {
                    if let Some(value) = value {
                        self.read(*value, None, now);
                        if !self.function.returns.contains(value) {
                            self.function.returns.push(*value);
                        }
                    }
                    if *goes_on {
                        self.function.is_generator = true;
                    } else {
                        *state = None;
                    }
                }
                Stmt::Leave | Stmt::Jump => *state = None,
                Stmt::If { test, then, otherwise } => {
                    self.read(*test, None, now);
                    let before = self.under;
                    let (mut yes, mut no) = (Some(now.clone()), Some(std::mem::take(now)));
                    self.under = Some(self.condition(*test, Some(true)));
                    self.block(then, &mut yes);
                    let after_yes = self.under;
                    self.under = before;
                    self.under = Some(self.condition(*test, Some(false)));
                    self.block(otherwise, &mut no);
                    let after_no = self.under;
                    // Where one side leaves, the rest of the block is on the other side.
                    self.under = match (&yes, &no) {
                        (None, Some(_)) => after_no,
                        (Some(_), None) => after_yes,
                        // A check that may be switched off is a guard that may be.
                        _ => self.checks_since(before, [after_yes, after_no]),
                    };
                    *state = join(yes, no);
                }
                Stmt::Loop(body) => {
                    let before = self.under;
                    let start = now.clone();
                    let mut once = Some(std::mem::take(now));
                    self.loops += 1;
                    self.block(body, &mut once);
                    self.under = before;
                    let mut merged = join(Some(start.clone()), once);
                    if self.loops <= MAX_LOOPS {
                        self.block(body, &mut merged);
                        self.under = before;
                    }
                    self.loops -= 1;
                    *state = join(Some(start), merged);
                }
                Stmt::Branches(arms) => {
                    let before = self.under;
                    let start = std::mem::take(now);
                    let mut end = Some(start.clone());
                    for arm in arms {
                        let mut inside = Some(start.clone());
                        self.under = before;
                        self.block(arm, &mut inside);
                        end = join(end, inside);
                    }
                    self.under = before;
                    *state = end;
                }
                Stmt::Try { body, handlers } => {
                    let before = self.under;
                    let start = now.clone();
                    self.block(body, state);
                    let after = self.under;
                    // A handler runs after any part of the body.
                    let any = join(Some(start), state.clone());
                    let mut falls_through = false;
                    for handler in handlers {
                        let mut inside = any.clone();
                        self.under = before;
                        self.block(handler, &mut inside);
                        falls_through |= inside.is_some();
                        *state = join(state.take(), inside);
                    }
                    // A check whose failure is caught and passed over has checked nothing.
                    self.under = if falls_through { before } else { after };
                }
                Stmt::Function(id) => {
                    if let Some(inner) = self.unit.function(*id) {
                        let (name, span) = (inner.name.clone(), inner.name_span);
                        self.define(now, name, span, Defined::Function(*id));
                    }
                }
                Stmt::Class(id) => {
                    if let Some(class) = self.unit.class(*id) {
                        let (name, span) = (class.name.clone(), class.name_span);
                        self.define(now, name, span, Defined::Class(*id));
                    }
                }
            }
        }
    }

    /// The condition `before`, and below it the checks that were called since.
    fn checks_since(&mut self, before: Option<u32>, ends: [Option<u32>; 2]) -> Option<u32> {
        const VERBS: [&str; 14] = [
            "valid", "check", "assert", "ensure", "verify", "guard", "sanit", "allow", "deny", "forbid",
            "reject", "restrict", "authori", "require",
        ];
        let mut calls = Vec::new();
        for end in ends {
            let mut next = end;
            while next != before
                && let Some(condition) = next.and_then(|index| self.function.conditions.get(index as usize))
            {
                next = condition.outer;
                if condition.is_true.is_none() && !calls.contains(&condition.test) {
                    calls.push(condition.test);
                }
            }
        }
        self.under = before;
        for test in calls.into_iter().rev() {
            let Kind::Call { callee, .. } = self.unit.expr(test).kind else { continue };
            let name = self.unit.callee_name(callee).map(|name| name.to_lowercase()).unwrap_or_default();
            if VERBS.iter().any(|verb| name.contains(verb)) {
                self.under = Some(self.condition(test, None));
            }
        }
        self.under
    }

    fn condition(&mut self, test: ExprId, is_true: Option<bool>) -> u32 {
        self.function.conditions.push(Condition { test, is_true, outer: self.under });
        (self.function.conditions.len() - 1) as u32
    }

    fn define(&mut self, state: &mut State, name: Name, span: Span, value: Defined) {
        let index = match self.known.get(&(name.clone(), span)) {
            Some(index) => *index,
            None => {
                let index = self.function.definitions.len() as u32;
                self.function.definitions.push(Definition { name: name.clone(), span, value });
                self.known.insert((name.clone(), span), index);
                index
            }
        };
        state.insert(name, vec![index]);
    }

    fn assign(&mut self, target: &Target, value: ExprId, part: &[Key], state: &mut State) {
        match target {
            Target::Name(name, span) => {
                self.define(state, name.clone(), *span, Defined::Value(value, part.to_vec()));
            }
            Target::Place(place) => {
                self.read(*place, None, state);
                let (base, path) = root(self.unit, *place);
                if !path.is_empty() {
                    self.store(Store { base, path, value, part: part.to_vec() });
                }
            }
            Target::Parts(parts) => {
                for (inner, target) in parts {
                    let part: Vec<Key> = part.iter().chain(inner).cloned().collect();
                    self.assign(target, value, &part, state);
                }
            }
        }
    }

    fn store(&mut self, store: Store) {
        let is_known = |known: &Store| known.value == store.value && known.path == store.path;
        if !self.function.stores.iter().any(is_known) {
            self.function.stores.push(store);
        }
    }

    /// Notes for an expression and its parts what reaches it.
    fn read(&mut self, id: ExprId, parent: Option<ExprId>, state: &State) {
        let under = self.under;
        let Some(expr) = self.unit.expr_mut(id) else { return };
        expr.under = under;
        if parent.is_some() {
            expr.parent = parent;
        }
        if let Kind::Name(name) = &expr.kind {
            if let Some(reaching) = state.get(name) {
                let mut all: Vec<u32> = expr.reached.iter().chain(reaching).copied().collect();
                all.sort_unstable();
                all.dedup();
                expr.reached = all;
            }
            return;
        }
        let kind = expr.kind.clone();
        for part in parts(&kind) {
            self.read(part, Some(id), state);
        }
        if let Kind::Call { callee, args, .. } = &kind {
            self.mutation(*callee, args);
        }
    }

    /// Calls that store: `a.append(v)`, `a.update(b)`, `a.set(k, v)`, `Object.assign(a, b)`.
    fn mutation(&mut self, callee: ExprId, args: &[crate::ir::Arg]) {
        let Kind::Field(base, method) = &self.unit.expr(callee).kind else { return };
        let (base, method) = (*base, method.clone());
        let (target, keys, value) = match (&*method, args) {
            (
                "append" | "add" | "push" | "put" | "put_nowait" | "appendleft" | "unshift" | "push_back"
                | "offer" | "addLast" | "Add" | "<<",
                [value],
            ) => (base, vec![Key::Any], value.value),
            (
                "update" | "extend" | "putAll" | "addAll" | "merge!" | "concat!" | "AddRange" | "append_all"
                | "extend_from_slice" | "push_all",
                [value, ..],
            ) => (base, Vec::new(), value.value),
            // Builders that are told more in a statement of its own.
            (
                "arg" | "args" | "env" | "envs" | "environment" | "command" | "directory" | "current_dir",
                [.., value],
            ) => {
                let mut built = base;
                let mut left = 32;
                while let Kind::Call { callee, .. } = self.unit.expr(built).kind
                    && let Kind::Field(inner, _) = self.unit.expr(callee).kind
                    && left > 0
                {
                    built = inner;
                    left -= 1;
                }
                (built, vec![Key::Named(method.clone())], value.value)
            }
            ("assign", [target, rest @ ..]) if matches!(&self.unit.expr(base).kind, Kind::Name(name) if &**name == "Object") =>
            {
                for value in rest {
                    let (base, path) = root(self.unit, target.value);
                    self.store(Store { base, path, value: value.value, part: Vec::new() });
                }
                return;
            }
            ("put" | "set" | "setdefault" | "insert" | "Add" | "Set" | "store", [key, value]) => {
                let key = match &self.unit.expr(key.value).kind {
                    Kind::Text(text) => Key::Named(text.clone()),
                    _ => Key::Any,
                };
                (base, vec![key], value.value)
            }
            // `server.setCommand(c)`: where nobody wrote it, a library made it.
            (setter, [value])
                if setter
                    .strip_prefix("set")
                    .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase())) =>
            {
                let mut field = setter.strip_prefix("set").unwrap_or_default().to_owned();
                field.get_mut(..1).map(str::make_ascii_lowercase);
                (base, vec![Key::Named(Name::from(field))], value.value)
            }
            _ => return,
        };
        let (base, mut path) = root(self.unit, target);
        path.extend(keys);
        self.store(Store { base, path, value, part: Vec::new() });
    }
}

/// The variable or object that a place is in, and the way to it.
pub(crate) fn root(unit: &Unit, place: ExprId) -> (ExprId, Vec<Key>) {
    let mut path = Vec::new();
    let mut at = place;
    while path.len() < 16 {
        match &unit.expr(at).kind {
            Kind::Field(base, name) => {
                path.push(Key::Named(name.clone()));
                at = *base;
            }
            Kind::Index(base, _) => {
                path.push(Key::Any);
                at = *base;
            }
            _ => break,
        }
    }
    path.reverse();
    (at, path)
}

/// The direct parts of an expression.
pub(crate) fn parts(kind: &Kind) -> Vec<ExprId> {
    match kind {
        Kind::Name(_) | Kind::This | Kind::Text(_) | Kind::Closure(_) => Vec::new(),
        Kind::Field(base, _) => vec![*base],
        Kind::Index(base, key) => std::iter::once(*base).chain(*key).collect(),
        Kind::Call { callee, args, .. } => {
            std::iter::once(*callee).chain(args.iter().map(|arg| arg.value)).collect()
        }
        Kind::Record(members) => members.iter().map(|member| member.value).collect(),
        Kind::List(parts) | Kind::Join(parts) | Kind::Either(parts) | Kind::Opaque(parts) => parts.clone(),
    }
}

fn join(one: Option<State>, other: Option<State>) -> Option<State> {
    let (mut one, other) = match (one, other) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.or(other),
    };
    for (name, definitions) in other {
        let all = one.entry(name).or_default();
        for definition in definitions {
            if !all.contains(&definition) {
                all.push(definition);
            }
        }
    }
    Some(one)
}

/// Lists calls, mentions and stores by name.
pub(crate) fn index_names(unit: &mut Unit) {
    let mut calls: HashMap<Name, Vec<ExprId>> = HashMap::new();
    let mut mentions: HashMap<Name, Vec<ExprId>> = HashMap::new();
    for (id, expr) in unit.exprs() {
        match &expr.kind {
            Kind::Call { callee, .. } => {
                if let Some(name) = unit.callee_name(*callee) {
                    calls.entry(name.clone()).or_default().push(id);
                }
            }
            Kind::Name(name) | Kind::Field(_, name) => {
                let is_callee = expr.parent.is_some_and(
                    |parent| matches!(&unit.expr(parent).kind, Kind::Call { callee, .. } if *callee == id),
                );
                if !is_callee {
                    mentions.entry(name.clone()).or_default().push(id);
                }
            }
            _ => {}
        }
    }
    let mut stores: HashMap<Name, Vec<(FunctionId, usize)>> = HashMap::new();
    for (index, function) in unit.functions.iter().enumerate() {
        for (nth, store) in function.stores.iter().enumerate() {
            let at = (FunctionId(index as u32), nth);
            if let Kind::Name(name) = &unit.expr(store.base).kind {
                stores.entry(name.clone()).or_default().push(at);
            }
            if let Some(Key::Named(name)) = store.path.first() {
                stores.entry(name.clone()).or_default().push(at);
            }
        }
    }
    unit.calls = calls;
    unit.mentions = mentions;
    unit.stores = stores;
}
