//! Python (tree-sitter-python 0.25).

use tree_sitter::Node;

use super::{Lowering, child, children, position, unquoted};
use crate::ir::{Arg, ExprId, Field, Item, Kind, Member, Name, Param, Stmt, Takes, Target};

/// Lowers a file.
pub(super) fn lower(lowering: &mut Lowering<'_>, root: Node<'_>) {
    lowering.statements(root);
}

impl<'s> Lowering<'s> {
    fn statements(&mut self, block: Node<'_>) {
        self.deeper(block, |this| {
            for node in children(block) {
                this.statement(node);
            }
        });
    }

    fn body(&mut self, block: Option<Node<'_>>) -> Vec<Stmt> {
        self.block(|this| {
            if let Some(block) = block {
                this.statements(block);
            }
        })
    }

    fn statement(&mut self, node: Node<'_>) {
        match node.kind() {
            "expression_statement" => {
                for inner in children(node) {
                    match inner.kind() {
                        "assignment" => {
                            self.assignment(inner);
                        }
                        "augmented_assignment" => self.augmented(inner),
                        _ => {
                            let value = self.expression(inner);
                            self.emit(Stmt::Expr(value));
                        }
                    }
                }
            }
            "return_statement" => {
                let value = children(node).next().map(|value| self.expression(value));
                self.emit(Stmt::Return { value, goes_on: false });
            }
            "raise_statement" => {
                for value in children(node) {
                    let value = self.expression(value);
                    self.emit(Stmt::Expr(value));
                }
                self.emit(Stmt::Leave);
            }
            "break_statement" | "continue_statement" => self.emit(Stmt::Jump),
            "if_statement" => self.conditional(node),
            "for_statement" => {
                let Some(right) = child(node, "right").map(|right| self.expression(right)) else { return };
                let body = self.block(|this| {
                    if let Some(left) = child(node, "left") {
                        let element = this.element(left, right);
                        let target = this.target(left);
                        this.emit(Stmt::Assign { target, value: element });
                    }
                    if let Some(body) = child(node, "body") {
                        this.statements(body);
                    }
                });
                self.emit(Stmt::Loop(body));
                self.other_clauses(node);
            }
            "while_statement" => {
                let body = self.block(|this| {
                    let test = child(node, "condition").map(|test| this.expression(test));
                    let then = this.body(child(node, "body"));
                    if let Some(test) = test {
                        this.emit(Stmt::If { test, then, otherwise: Vec::new() });
                    }
                });
                self.emit(Stmt::Loop(body));
                self.other_clauses(node);
            }
            "try_statement" => {
                let body = self.body(child(node, "body"));
                let handlers: Vec<Vec<Stmt>> = children(node)
                    .filter(|clause| matches!(clause.kind(), "except_clause" | "except_group_clause"))
                    .map(|clause| {
                        let block = children(clause).find(|inner| inner.kind() == "block");
                        self.body(block)
                    })
                    .collect();
                self.emit(Stmt::Try { body, handlers });
                self.other_clauses(node);
            }
            "with_statement" => {
                for clause in children(node).filter(|clause| clause.kind() == "with_clause") {
                    for item in children(clause) {
                        let value = child(item, "value").unwrap_or(item);
                        let value = self.expression(value);
                        self.emit(Stmt::Expr(value));
                    }
                }
                if let Some(body) = child(node, "body") {
                    self.statements(body);
                }
            }
            "match_statement" => self.matching(node),
            "assert_statement" => {
                if let Some(test) = children(node).next() {
                    let test = self.expression(test);
                    self.emit(Stmt::If { test, then: Vec::new(), otherwise: vec![Stmt::Leave] });
                }
            }
            "function_definition" => self.definition(node, Vec::new()),
            "class_definition" => self.class_definition(node, Vec::new()),
            "decorated_definition" => {
                let decorators: Vec<ExprId> = children(node)
                    .filter(|decorator| decorator.kind() == "decorator")
                    .filter_map(|decorator| children(decorator).next())
                    .map(|decorator| self.expression(decorator))
                    .collect();
                match child(node, "definition") {
                    Some(inner) if inner.kind() == "class_definition" => {
                        self.class_definition(inner, decorators);
                    }
                    Some(inner) => self.definition(inner, decorators),
                    None => {}
                }
            }
            "import_statement" => self.import_statement(node),
            "import_from_statement" => self.import_from(node),
            "delete_statement"
            | "pass_statement"
            | "global_statement"
            | "nonlocal_statement"
            | "future_import_statement"
            | "comment" => {}
            "block" | "ERROR" => self.statements(node),
            _ => {
                let value = self.expression(node);
                self.emit(Stmt::Expr(value));
            }
        }
    }

    fn conditional(&mut self, node: Node<'_>) {
        let Some(test) = child(node, "condition").map(|test| self.expression(test)) else { return };
        let then = self.body(child(node, "consequence"));
        let mut cursor = node.walk();
        let clauses: Vec<Node<'_>> = node.children_by_field_name("alternative", &mut cursor).collect();
        let otherwise = self.block(|this| this.alternatives(&clauses));
        self.emit(Stmt::If { test, then, otherwise });
    }

    fn alternatives(&mut self, clauses: &[Node<'_>]) {
        let Some((first, rest)) = clauses.split_first() else { return };
        if first.kind() != "elif_clause" {
            if let Some(body) = child(*first, "body") {
                self.statements(body);
            }
            return;
        }
        let done = self.deeper(*first, |this| {
            let test = child(*first, "condition").map(|test| this.expression(test))?;
            let then = this.body(child(*first, "consequence"));
            let otherwise = this.block(|this| this.alternatives(rest));
            this.emit(Stmt::If { test, then, otherwise });
            Some(())
        });
        let _ = done;
    }

    /// `else` and `finally` of loops and `try`.
    fn other_clauses(&mut self, node: Node<'_>) {
        for clause in children(node) {
            if !matches!(clause.kind(), "else_clause" | "finally_clause") {
                continue;
            }
            for inner in children(clause).filter(|inner| inner.kind() == "block") {
                self.statements(inner);
            }
        }
    }

    fn matching(&mut self, node: Node<'_>) {
        let subject = child(node, "subject").map(|subject| self.expression(subject));
        let Some(body) = child(node, "body") else { return };
        let arms: Vec<Vec<Stmt>> = children(body)
            .filter(|case| case.kind() == "case_clause")
            .map(|case| {
                self.block(|this| {
                    // A pattern that binds takes parts of the subject; a pattern of constants is a test.
                    let patterns: Vec<Node<'_>> =
                        children(case).filter(|part| part.kind() == "case_pattern").collect();
                    for pattern in patterns {
                        this.pattern_bindings(pattern, subject);
                    }
                    if let Some(body) = child(case, "consequence") {
                        this.statements(body);
                    }
                })
            })
            .collect();
        self.emit(Stmt::Branches(arms));
    }

    fn pattern_bindings(&mut self, pattern: Node<'_>, subject: Option<ExprId>) {
        let Some(subject) = subject else { return };
        self.deeper(pattern, |this| {
            for part in children(pattern) {
                let is_name = part.kind() == "identifier"
                    || (part.kind() == "dotted_name" && part.named_child_count() == 1);
                if is_name {
                    let name = this.name(part);
                    let value = this.element(part, subject);
                    let value = this.add(part, Kind::Either(vec![subject, value]));
                    this.assign(name, Self::span(part), value);
                } else {
                    this.pattern_bindings(part, Some(subject));
                }
            }
        });
    }

    /// `a = b`; answers with the value.
    fn assignment(&mut self, node: Node<'_>) -> Option<ExprId> {
        let left = child(node, "left")?;
        let types = child(node, "type").map(|types| self.type_names(types)).unwrap_or_default();
        let value = match child(node, "right") {
            Some(right) if right.kind() == "assignment" => self.assignment(right),
            Some(right) => Some(self.expression(right)),
            None => None,
        };
        if self.in_class_body && left.kind() == "identifier" {
            let name = self.name(left);
            let field = Field { name, types, default: value, decorators: Vec::new(), span: Self::span(node) };
            if let Some(class) = self.class_here().and_then(|class| self.class_mut(class)) {
                class.fields.push(field);
            }
            return value;
        }
        // A declared type without a value tells what `self.a` holds.
        if let (Some(class), "attribute") = (self.class_here(), left.kind())
            && child(left, "object").is_some_and(|object| self.text(object) == "self")
            && let (false, Some(name)) = (types.is_empty(), child(left, "attribute"))
        {
            let name = self.name(name);
            let field = Field { name, types, default: None, decorators: Vec::new(), span: Self::span(node) };
            if let Some(class) = self.class_mut(class)
                && class.fields.iter().all(|known| known.name != field.name)
            {
                class.fields.push(field);
            }
        }
        let value = value?;
        let target = self.target(left);
        self.emit(Stmt::Assign { target, value });
        Some(value)
    }

    fn augmented(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
        let before = self.expression(left);
        let added = self.expression(right);
        let value = self.add(node, Kind::Either(vec![before, added]));
        let target = self.target(left);
        self.emit(Stmt::Assign { target, value });
    }

    fn target(&mut self, node: Node<'_>) -> Target {
        match node.kind() {
            "identifier" => Target::Name(self.name(node), Self::span(node)),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => {
                let parts = self.deeper(node, |this| {
                    children(node)
                        .enumerate()
                        .map(|(nth, part)| match part.kind() {
                            "list_splat_pattern" => {
                                let inner = children(part).next().unwrap_or(part);
                                (Vec::new(), this.target(inner))
                            }
                            _ => (vec![position(nth)], this.target(part)),
                        })
                        .collect()
                });
                Target::Parts(parts.unwrap_or_default())
            }
            _ => Target::Place(self.expression(node)),
        }
    }

    fn definition(&mut self, node: Node<'_>, decorators: Vec<ExprId>) {
        let Some(name_node) = child(node, "name") else { return };
        let name = self.name(name_node);
        let class = self.class_here().filter(|_| self.in_class_body);
        let is_static = decorators.iter().any(
            |decorator| matches!(self.unit.callee_name(*decorator), Some(name) if &**name == "staticmethod"),
        );
        let outer = std::mem::replace(&mut self.in_class_body, false);
        let id = self.deeper(node, |this| {
            this.function(node, name, Self::span(name_node), class, |this| {
                if let Some(returns) = child(node, "return_type") {
                    let names = this.type_names(returns);
                    if let Some(function) = this.this_function() {
                        function.returns_type = names;
                    }
                }
                if let Some(function) = this.this_function() {
                    function.decorators = decorators;
                    function.is_static = is_static;
                }
                if let Some(params) = child(node, "parameters") {
                    this.parameters(params, class.is_some() && !is_static);
                }
                if let Some(body) = child(node, "body") {
                    this.statements(body);
                }
            })
        });
        self.in_class_body = outer;
        if let Some(id) = id
            && class.is_none()
        {
            self.emit(Stmt::Function(id));
        }
    }

    fn parameters(&mut self, list: Node<'_>, mut has_receiver: bool) {
        let mut positional = Vec::new();
        for node in children(list) {
            let named = match node.kind() {
                "identifier" => Some(node),
                "default_parameter" | "typed_default_parameter" => child(node, "name"),
                "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                    children(node).next()
                }
                _ => None,
            };
            let Some(mut named) = named else { continue };
            let mut takes = match node.kind() {
                "list_splat_pattern" => Takes::Rest,
                "dictionary_splat_pattern" => Takes::Named,
                _ => Takes::One,
            };
            match named.kind() {
                "list_splat_pattern" => takes = Takes::Rest,
                "dictionary_splat_pattern" => takes = Takes::Named,
                _ => {}
            }
            if matches!(named.kind(), "list_splat_pattern" | "dictionary_splat_pattern") {
                named = children(named).next().unwrap_or(named);
            }
            let name = self.name(named);
            if std::mem::replace(&mut has_receiver, false) {
                let this = self.add(named, Kind::This);
                self.assign(name, Self::span(named), this);
                continue;
            }
            let types = child(node, "type").map(|types| self.type_names(types)).unwrap_or_default();
            let default = child(node, "value").map(|value| self.expression(value));
            // `Annotated[T, Depends(f)]` says what a default says elsewhere.
            let decorators = child(node, "type")
                .filter(|types| self.text(*types).starts_with("Annotated"))
                .map(|types| vec![self.expression(types)])
                .unwrap_or_default();
            positional.push(Param { name, span: Self::span(node), types, decorators, default, takes });
        }
        for param in positional {
            self.full_param(param);
        }
    }

    fn class_definition(&mut self, node: Node<'_>, decorators: Vec<ExprId>) {
        let Some(name_node) = child(node, "name") else { return };
        let name = self.name(name_node);
        let bases: Vec<ExprId> = child(node, "superclasses")
            .map(|bases| {
                children(bases)
                    .filter(|base| base.kind() != "keyword_argument")
                    .map(|base| self.expression(base))
                    .collect()
            })
            .unwrap_or_default();
        let outer = std::mem::replace(&mut self.in_class_body, true);
        let id = self.deeper(node, |this| {
            this.class(node, name, Self::span(name_node), bases, |this| {
                if let Some(body) = child(node, "body") {
                    this.statements(body);
                }
            })
        });
        self.in_class_body = outer;
        if let Some(id) = id {
            if let Some(class) = self.class_mut(id) {
                class.decorators = decorators;
            }
            self.emit(Stmt::Class(id));
        }
    }

    fn import_statement(&mut self, node: Node<'_>) {
        for part in children(node) {
            let (module, local) = match part.kind() {
                "aliased_import" => (child(part, "name"), child(part, "alias")),
                _ => (Some(part), None),
            };
            let Some(module) = module else { continue };
            let text = self.text(module);
            match local {
                Some(local) => {
                    let local = self.name(local);
                    self.import(text, Item::Whole, local);
                }
                // `import a.b` binds `a`; `a.b.c` is then read as fields.
                None => {
                    let first = text.split('.').next().unwrap_or(text);
                    let local = self.intern(first);
                    self.import(first, Item::Whole, local);
                    if first != text {
                        self.import(text, Item::Whole, Name::default());
                    }
                }
            }
        }
    }

    fn import_from(&mut self, node: Node<'_>) {
        let Some(module_node) = child(node, "module_name") else { return };
        let module = self.text(module_node).replace(' ', "");
        for part in children(node).filter(|part| part.id() != module_node.id()) {
            let (item, local) = match part.kind() {
                "wildcard_import" => {
                    self.import(module.as_str(), Item::All, Name::default());
                    continue;
                }
                "aliased_import" => (child(part, "name"), child(part, "alias")),
                _ => (Some(part), Some(part)),
            };
            if let (Some(item), Some(local)) = (item, local) {
                let item = self.name(item);
                let local = self.name(local);
                self.import(module.as_str(), Item::Member(item), local);
            }
        }
    }

    fn expression(&mut self, node: Node<'_>) -> ExprId {
        match self.deeper(node, |this| this.expression_inside(node)) {
            Some(expr) => expr,
            None => self.opaque(node, Vec::new()),
        }
    }

    fn expressions(&mut self, node: Node<'_>) -> Vec<ExprId> {
        children(node).map(|child| self.expression(child)).collect()
    }

    fn expression_inside(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "identifier" => {
                let name = self.name(node);
                self.add(node, Kind::Name(name))
            }
            "attribute" => {
                let base = child(node, "object").map(|object| self.expression(object));
                let name = child(node, "attribute").map(|name| self.name(name));
                match (base, name) {
                    (Some(base), Some(name)) => self.field(node, base, name),
                    _ => self.opaque(node, Vec::new()),
                }
            }
            "subscript" => self.subscript(node),
            "call" => self.call(node),
            "string" => self.string(node),
            "concatenated_string" => {
                let parts = self.expressions(node);
                self.add(node, Kind::Join(parts))
            }
            "list" | "tuple" | "set" | "expression_list" | "pattern_list" => {
                let parts = self.expressions(node);
                self.add(node, Kind::List(parts))
            }
            "dictionary" => {
                let members = children(node).filter_map(|part| self.member(part)).collect();
                self.add(node, Kind::Record(members))
            }
            "list_comprehension" | "set_comprehension" | "generator_expression" => {
                let body = self.comprehension(node);
                self.add(node, Kind::List(body.into_iter().collect()))
            }
            "dictionary_comprehension" => {
                let body = self.comprehension(node);
                let members = body.map(|value| Member { key: None, value, is_spread: false });
                self.add(node, Kind::Record(members.into_iter().collect()))
            }
            "pair" => match child(node, "value") {
                Some(value) => {
                    if let Some(key) = child(node, "key") {
                        self.expression(key);
                    }
                    self.expression(value)
                }
                None => self.opaque(node, Vec::new()),
            },
            "binary_operator" => self.binary(node),
            "boolean_operator" => {
                let parts = self.expressions(node);
                self.add(node, Kind::Either(parts))
            }
            "conditional_expression" => {
                let parts: Vec<Node<'_>> = children(node).collect();
                let [then, test, otherwise] = parts.as_slice() else {
                    let parts = self.expressions(node);
                    return self.opaque(node, parts);
                };
                self.choice(node, *test, *then, *otherwise)
            }
            "lambda" => {
                let id = self.function(node, Name::default(), Self::span(node), None, |this| {
                    if let Some(params) = child(node, "parameters") {
                        this.parameters(params, false);
                    }
                    if let Some(body) = child(node, "body") {
                        let value = this.expression(body);
                        this.emit(Stmt::Return { value: Some(value), goes_on: false });
                    }
                });
                self.add(node, Kind::Closure(id))
            }
            "await" | "parenthesized_expression" | "list_splat" | "dictionary_splat" | "type" => {
                match children(node).next() {
                    Some(inner) => self.expression(inner),
                    None => self.opaque(node, Vec::new()),
                }
            }
            "yield" => {
                let value = children(node).next().map(|value| self.expression(value));
                self.emit(Stmt::Return { value, goes_on: true });
                self.opaque(node, Vec::new())
            }
            "named_expression" => {
                let value = child(node, "value").map(|value| self.expression(value));
                let name = child(node, "name");
                match (name, value) {
                    (Some(name_node), Some(value)) => {
                        let name = self.name(name_node);
                        self.assign(name.clone(), Self::span(name_node), value);
                        self.add(name_node, Kind::Name(name))
                    }
                    _ => self.opaque(node, Vec::new()),
                }
            }
            "as_pattern" => {
                let Some(value) = children(node).next() else { return self.opaque(node, Vec::new()) };
                let value = self.expression(value);
                if let Some(alias) = child(node, "alias") {
                    let alias = children(alias).next().unwrap_or(alias);
                    let target = self.target(alias);
                    self.emit(Stmt::Assign { target, value });
                }
                value
            }
            "assignment" => {
                self.assignment(node);
                self.opaque(node, Vec::new())
            }
            _ => {
                let parts = self.expressions(node);
                self.opaque(node, parts)
            }
        }
    }

    /// `then if test else otherwise`: each value under its condition.
    fn choice(&mut self, node: Node<'_>, test: Node<'_>, then: Node<'_>, otherwise: Node<'_>) -> ExprId {
        let test = self.expression(test);
        let name = self.fresh();
        let then = self.block(|this| {
            let value = this.expression(then);
            this.assign(name.clone(), Self::span(then), value);
        });
        let otherwise = self.block(|this| {
            let value = this.expression(otherwise);
            this.assign(name.clone(), Self::span(otherwise), value);
        });
        self.emit(Stmt::If { test, then, otherwise });
        self.add(node, Kind::Name(name))
    }

    fn subscript(&mut self, node: Node<'_>) -> ExprId {
        let Some(base) = child(node, "value").map(|value| self.expression(value)) else {
            return self.opaque(node, Vec::new());
        };
        let Some(key) = child(node, "subscript") else { return self.element(node, base) };
        let key = self.expression(key);
        match self.unit.expr(key).kind.clone() {
            Kind::Text(text) => self.field(node, base, text),
            _ => self.add(node, Kind::Index(base, Some(key))),
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ExprId {
        // `a + b + c + …` nests to the left as deep as it is long.
        let mut parts = Vec::new();
        let mut left = node;
        while left.kind() == "binary_operator" {
            if let Some(right) = child(left, "right") {
                parts.push(right);
            }
            match child(left, "left") {
                Some(next) => left = next,
                None => break,
            }
        }
        parts.push(left);
        parts.reverse();
        let parts: Vec<ExprId> = parts.into_iter().map(|part| self.expression(part)).collect();
        let operator = child(node, "operator").map(|operator| self.text(operator)).unwrap_or_default();
        match operator {
            "+" | "%" | "/" | "|" => self.add(node, Kind::Join(parts)),
            _ => self.opaque(node, parts),
        }
    }

    fn call(&mut self, node: Node<'_>) -> ExprId {
        let Some(function) = child(node, "function") else { return self.opaque(node, Vec::new()) };
        let callee = self.expression(function);
        let mut args = Vec::new();
        if let Some(list) = child(node, "arguments") {
            if list.kind() == "generator_expression" {
                let value = self.expression(list);
                args.push(super::positional(value));
            } else {
                for arg in children(list) {
                    args.push(self.argument(arg));
                }
            }
        }
        // `super().f()` is a call of the base's method on this object.
        if self.text(function) == "super" {
            return self.add(node, Kind::This);
        }
        self.add(node, Kind::Call { callee, args, is_new: false })
    }

    fn argument(&mut self, node: Node<'_>) -> Arg {
        match node.kind() {
            "keyword_argument" => {
                let name = child(node, "name").map(|name| self.name(name));
                let value = match child(node, "value") {
                    Some(value) => self.expression(value),
                    None => self.opaque(node, Vec::new()),
                };
                Arg { name, value, is_spread: false }
            }
            "list_splat" => Arg { name: None, value: self.expression(node), is_spread: true },
            "dictionary_splat" => {
                Arg { name: Some(Name::default()), value: self.expression(node), is_spread: true }
            }
            _ => super::positional(self.expression(node)),
        }
    }

    fn member(&mut self, node: Node<'_>) -> Option<Member> {
        match node.kind() {
            "pair" => {
                let key_node = child(node, "key")?;
                let key = self.expression(key_node);
                let value = child(node, "value").map(|value| self.expression(value))?;
                let key = match &self.unit.expr(key).kind {
                    Kind::Text(text) => Some(text.clone()),
                    _ => None,
                };
                Some(Member { key, value, is_spread: false })
            }
            "dictionary_splat" => Some(Member { key: None, value: self.expression(node), is_spread: true }),
            _ => None,
        }
    }

    fn string(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = Vec::new();
        let mut text = String::new();
        for part in children(node) {
            match part.kind() {
                "interpolation" => {
                    if let Some(inner) = children(part).next() {
                        parts.push(self.expression(inner));
                    }
                }
                "string_content" => text.push_str(&unquoted(self.text(part))),
                _ => {}
            }
        }
        if parts.is_empty() {
            return self.add(node, Kind::Text(Name::from(text)));
        }
        if !text.is_empty() {
            parts.push(self.add(node, Kind::Text(Name::from(text))));
        }
        self.add(node, Kind::Join(parts))
    }

    /// The clauses become loops around an assignment to a name of their own, which the comprehension then reads.
    fn comprehension(&mut self, node: Node<'_>) -> Option<ExprId> {
        let body = child(node, "body")?;
        let name = self.fresh();
        let clauses: Vec<Node<'_>> = children(node).filter(|part| part.id() != body.id()).collect();
        let stmts = self.block(|this| this.clauses(&clauses, body, &name));
        for stmt in stmts {
            self.emit(stmt);
        }
        Some(self.add(body, Kind::Name(name)))
    }

    fn clauses(&mut self, clauses: &[Node<'_>], body: Node<'_>, name: &Name) {
        let Some((first, rest)) = clauses.split_first() else {
            let value = self.expression(body);
            self.assign(name.clone(), Self::span(body), value);
            return;
        };
        self.deeper(*first, |this| match first.kind() {
            "for_in_clause" => {
                let Some(right) = child(*first, "right").map(|right| this.expression(right)) else { return };
                let inner = this.block(|this| {
                    if let Some(left) = child(*first, "left") {
                        let element = this.element(left, right);
                        let target = this.target(left);
                        this.emit(Stmt::Assign { target, value: element });
                    }
                    this.clauses(rest, body, name);
                });
                this.emit(Stmt::Loop(inner));
            }
            "if_clause" => {
                let Some(test) = children(*first).next().map(|test| this.expression(test)) else { return };
                let then = this.block(|this| this.clauses(rest, body, name));
                this.emit(Stmt::If { test, then, otherwise: Vec::new() });
            }
            _ => this.clauses(rest, body, name),
        });
    }
}
