//! JavaScript and TypeScript, with JSX, modules of both kinds and what compilers make of them
//! (tree-sitter-javascript 0.25, tree-sitter-typescript 0.23).

mod pattern;

use tree_sitter::Node;

use super::{CONSTRUCTOR, Lowering, child, children, positional, unquoted};
use crate::ir::{Arg, ClassId, ExprId, Field, FunctionId, Item, Kind, Member, Name, Stmt};

/// Lowers a file.
pub(super) fn lower(lowering: &mut Lowering<'_>, root: Node<'_>) {
    lowering.script(root);
}

impl<'s> Lowering<'s> {
    fn script(&mut self, block: Node<'_>) {
        self.deeper(block, |this| {
            for node in children(block) {
                this.line(node);
            }
        });
    }

    /// A statement or block as a block.
    fn branch(&mut self, node: Option<Node<'_>>) -> Vec<Stmt> {
        self.block(|this| {
            if let Some(node) = node {
                this.deeper(node, |this| this.line(node));
            }
        })
    }

    fn line(&mut self, node: Node<'_>) {
        match node.kind() {
            "expression_statement" => {
                for inner in children(node) {
                    let value = self.value(inner);
                    if inner.kind() != "assignment_expression" {
                        self.emit(Stmt::Expr(value));
                    }
                }
            }
            "variable_declaration" | "lexical_declaration" => {
                for declared in children(node).filter(|part| part.kind() == "variable_declarator") {
                    self.declare(declared);
                }
            }
            "function_declaration" | "generator_function_declaration" => {
                if let Some(id) = self.function_like(node, None) {
                    self.emit(Stmt::Function(id));
                }
            }
            "class_declaration" | "abstract_class_declaration" | "interface_declaration" => {
                if let Some(id) = self.class_like(node) {
                    self.emit(Stmt::Class(id));
                }
            }
            "return_statement" => {
                let value = children(node).next().map(|value| self.value(value));
                self.emit(Stmt::Return { value, goes_on: false });
            }
            "throw_statement" => {
                for value in children(node) {
                    let value = self.value(value);
                    self.emit(Stmt::Expr(value));
                }
                self.emit(Stmt::Leave);
            }
            "break_statement" | "continue_statement" => self.emit(Stmt::Jump),
            "if_statement" => {
                let Some(test) = child(node, "condition").map(|test| self.value(test)) else { return };
                let then = self.branch(child(node, "consequence"));
                let otherwise = child(node, "alternative").and_then(|clause| children(clause).next());
                let otherwise = self.branch(otherwise);
                self.emit(Stmt::If { test, then, otherwise });
            }
            "for_statement" => {
                if let Some(first) = child(node, "initializer") {
                    self.deeper(first, |this| this.line(first));
                }
                let body = self.block(|this| {
                    for part in ["condition", "increment"].iter().filter_map(|part| child(node, part)) {
                        let value = this.value(part);
                        this.emit(Stmt::Expr(value));
                    }
                    if let Some(body) = child(node, "body") {
                        this.deeper(body, |this| this.line(body));
                    }
                });
                self.emit(Stmt::Loop(body));
            }
            "for_in_statement" => self.for_each(node),
            "while_statement" | "do_statement" => {
                let body = self.block(|this| {
                    let test = child(node, "condition").map(|test| this.value(test));
                    let then = this.branch(child(node, "body"));
                    if let Some(test) = test {
                        this.emit(Stmt::If { test, then, otherwise: Vec::new() });
                    }
                });
                self.emit(Stmt::Loop(body));
            }
            "switch_statement" => {
                if let Some(value) = child(node, "value") {
                    let value = self.value(value);
                    self.emit(Stmt::Expr(value));
                }
                let Some(body) = child(node, "body") else { return };
                let arms: Vec<Vec<Stmt>> = children(body)
                    .map(|arm| {
                        self.block(|this| {
                            let value = child(arm, "value").map(|value| value.id());
                            for part in children(arm).filter(|part| Some(part.id()) != value) {
                                // The end of an arm is no end of what holds the switch.
                                if part.kind() != "break_statement" {
                                    this.deeper(part, |this| this.line(part));
                                }
                            }
                        })
                    })
                    .collect();
                self.emit(Stmt::Branches(arms));
            }
            "try_statement" => {
                let body = self.branch(child(node, "body"));
                let handler = child(node, "handler").and_then(|handler| child(handler, "body"));
                let handlers = match handler {
                    Some(handler) => vec![self.branch(Some(handler))],
                    None => Vec::new(),
                };
                self.emit(Stmt::Try { body, handlers });
                if let Some(last) = child(node, "finalizer").and_then(|last| child(last, "body")) {
                    self.script(last);
                }
            }
            "import_statement" => self.import_line(node),
            "export_statement" => self.export_line(node),
            "statement_block" | "ERROR" | "labeled_statement" | "else_clause" | "internal_module"
            | "module" => {
                self.script(node);
            }
            "function_signature"
            | "type_alias_declaration"
            | "ambient_declaration"
            | "empty_statement"
            | "statement_identifier"
            | "hash_bang_line"
            | "import_alias"
            | "debugger_statement" => {}
            "enum_declaration" => {
                // A value of an enumeration is a constant, whatever it is called.
                if let Some(name_node) = child(node, "name") {
                    let name = self.name(name_node);
                    let value = self.opaque(node, Vec::new());
                    self.assign(name, Self::span(name_node), value);
                }
            }
            _ => {
                let value = self.value(node);
                self.emit(Stmt::Expr(value));
            }
        }
    }

    fn declare(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (child(node, "name"), child(node, "value")) else { return };
        if let Some(module) = self.required(right) {
            self.require(left, &module);
            return;
        }
        let value = self.value(right);
        // `const f = () => …` is called by its name, and has it.
        if let (Kind::Closure(id), "identifier") = (self.unit.expr(value).kind.clone(), left.kind()) {
            self.entitle(id, left);
            self.emit(Stmt::Function(id));
            return;
        }
        let target = self.pattern(left);
        self.emit(Stmt::Assign { target, value });
    }

    fn entitle(&mut self, id: FunctionId, name_node: Node<'_>) {
        let name = self.name(name_node);
        if let Some(function) = self.unit.functions.get_mut(id.0 as usize) {
            function.name = name;
            function.name_span = Self::span(name_node);
        }
    }

    fn for_each(&mut self, node: Node<'_>) {
        let Some(right) = child(node, "right").map(|right| self.value(right)) else { return };
        let takes_keys = child(node, "operator").is_some_and(|operator| self.text(operator) == "in");
        let body = self.block(|this| {
            if let Some(left) = child(node, "left") {
                let value = match takes_keys {
                    true => this.opaque(left, vec![right]),
                    false => this.element(left, right),
                };
                let target = this.pattern(left);
                this.emit(Stmt::Assign { target, value });
            }
            if let Some(body) = child(node, "body") {
                this.deeper(body, |this| this.line(body));
            }
        });
        self.emit(Stmt::Loop(body));
    }

    /// A function, method or arrow: parameters and body.
    fn function_like(&mut self, node: Node<'_>, class: Option<ClassId>) -> Option<FunctionId> {
        let name_node = child(node, "name");
        let mut name = name_node.map(|name| self.name(name)).unwrap_or_default();
        if class.is_some() && &*name == "constructor" {
            name = Name::from(CONSTRUCTOR);
        }
        let name_span = Self::span(name_node.unwrap_or(node));
        let outer = std::mem::replace(&mut self.in_class_body, false);
        let id = self.deeper(node, |this| {
            this.function(node, name, name_span, class, |this| {
                if let Some(types) = child(node, "return_type") {
                    let names = this.type_names(types);
                    if let Some(function) = this.this_function() {
                        function.returns_type = names;
                    }
                }
                if let Some(params) = child(node, "parameters") {
                    this.params(params);
                } else if let Some(param) = child(node, "parameter") {
                    let name = this.name(param);
                    this.param(name, Self::span(param));
                }
                match child(node, "body") {
                    Some(body) if body.kind() == "statement_block" => this.script(body),
                    Some(body) => {
                        let value = this.value(body);
                        this.emit(Stmt::Return { value: Some(value), goes_on: false });
                    }
                    None => {}
                }
            })
        });
        self.in_class_body = outer;
        id
    }

    fn class_like(&mut self, node: Node<'_>) -> Option<ClassId> {
        let name_node = child(node, "name");
        let name = name_node.map(|name| self.name(name)).unwrap_or_default();
        let mut bases = Vec::new();
        for heritage in
            children(node).filter(|part| matches!(part.kind(), "class_heritage" | "extends_type_clause"))
        {
            self.bases(heritage, &mut bases);
        }
        let mut cursor = node.walk();
        let decorators: Vec<Node<'_>> = node.children_by_field_name("decorator", &mut cursor).collect();
        let decorators: Vec<ExprId> =
            decorators.into_iter().filter_map(|node| self.decorator(node)).collect();
        let id = self.deeper(node, |this| {
            this.class(node, name, Self::span(name_node.unwrap_or(node)), bases, |this| {
                if let Some(body) = child(node, "body") {
                    this.class_body(body);
                }
            })
        })?;
        if let Some(class) = self.class_mut(id) {
            class.decorators = decorators;
        }
        Some(id)
    }

    fn bases(&mut self, node: Node<'_>, bases: &mut Vec<ExprId>) {
        for part in children(node) {
            match part.kind() {
                "extends_clause" | "implements_clause" => self.bases(part, bases),
                "type_arguments" => {}
                "generic_type" => {
                    if let Some(inner) = children(part).next() {
                        let base = self.value(inner);
                        bases.push(base);
                    }
                }
                _ => {
                    let base = self.value(part);
                    bases.push(base);
                }
            }
        }
    }

    fn decorator(&mut self, node: Node<'_>) -> Option<ExprId> {
        children(node).next().map(|inner| self.value(inner))
    }

    fn class_body(&mut self, body: Node<'_>) {
        let class = self.class_here();
        let mut decorators = Vec::new();
        for member in children(body) {
            match member.kind() {
                "decorator" => decorators.extend(self.decorator(member)),
                "method_definition" | "abstract_method_signature" | "method_signature" => {
                    let is_static = children_with_tokens(member).any(|part| part.kind() == "static");
                    if let Some(id) = self.function_like(member, class)
                        && let Some(function) = self.unit.functions.get_mut(id.0 as usize)
                    {
                        function.decorators = std::mem::take(&mut decorators);
                        function.is_static = is_static;
                    }
                }
                "field_definition" | "public_field_definition" | "property_signature" => {
                    self.field_member(member, std::mem::take(&mut decorators));
                }
                _ => {}
            }
        }
    }

    fn field_member(&mut self, member: Node<'_>, mut decorators: Vec<ExprId>) {
        let Some(name) = child(member, "property").or_else(|| child(member, "name")) else { return };
        let name_node = name;
        let name = self.name(name_node);
        for inner in children(member).filter(|inner| inner.kind() == "decorator") {
            decorators.extend(self.decorator(inner));
        }
        let types = child(member, "type").map(|types| self.type_names(types)).unwrap_or_default();
        let default = child(member, "value").map(|value| self.value(value));
        // `handle = async () => …` is a method.
        if let Some(Kind::Closure(id)) = default.map(|value| self.unit.expr(value).kind.clone()) {
            self.entitle(id, name_node);
            let class = self.class_here();
            if let Some(function) = self.unit.functions.get_mut(id.0 as usize) {
                function.class = class;
                function.decorators = decorators;
            }
            if let Some(class) = class.and_then(|class| self.class_mut(class)) {
                class.methods.push(id);
            }
            return;
        }
        let field = Field { name, types, default, decorators, span: Self::span(member) };
        if let Some(class) = self.class_here().and_then(|class| self.class_mut(class)) {
            class.fields.push(field);
        }
    }

    pub(super) fn value(&mut self, node: Node<'_>) -> ExprId {
        match self.deeper(node, |this| this.value_inside(node)) {
            Some(expr) => expr,
            None => self.opaque(node, Vec::new()),
        }
    }

    fn values(&mut self, node: Node<'_>) -> Vec<ExprId> {
        children(node).map(|child| self.value(child)).collect()
    }

    fn value_inside(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "identifier"
            | "shorthand_property_identifier"
            | "type_identifier"
            | "property_identifier"
            | "undefined" => {
                let name = self.name(node);
                self.add(node, Kind::Name(name))
            }
            "this" | "super" => self.add(node, Kind::This),
            "member_expression" | "nested_identifier" | "nested_type_identifier" => {
                let parts: Vec<Node<'_>> =
                    children(node).filter(|part| part.kind() != "optional_chain").collect();
                let (Some(object), Some(property)) = (parts.first(), parts.last()) else {
                    return self.opaque(node, Vec::new());
                };
                let base = self.value(*object);
                let name = self.name(*property);
                self.field(node, base, name)
            }
            "subscript_expression" => {
                let (Some(object), Some(index)) = (child(node, "object"), child(node, "index")) else {
                    return self.opaque(node, Vec::new());
                };
                let base = self.value(object);
                let key = self.value(index);
                match self.unit.expr(key).kind.clone() {
                    Kind::Text(text) => self.field(node, base, text),
                    _ => self.add(node, Kind::Index(base, Some(key))),
                }
            }
            "call_expression" => self.call_like(node, "function", false),
            "new_expression" => self.call_like(node, "constructor", true),
            "string" => {
                let text: String = children(node).map(|part| unquoted(self.text(part))).collect();
                self.add(node, Kind::Text(Name::from(text)))
            }
            "template_string" => self.template(node),
            "object" => self.object(node),
            "array" => {
                let parts = self.values(node);
                self.add(node, Kind::List(parts))
            }
            "assignment_expression" => self.assign_value(node),
            "augmented_assignment_expression" => {
                let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
                    return self.opaque(node, Vec::new());
                };
                let before = self.value(left);
                let added = self.value(right);
                let value = self.add(node, Kind::Either(vec![before, added]));
                let target = self.pattern(left);
                self.emit(Stmt::Assign { target, value });
                value
            }
            "binary_expression" => self.binary_value(node),
            "ternary_expression" => self.ternary(node),
            "arrow_function" | "function_expression" | "generator_function" | "function" => {
                match self.function_like(node, None) {
                    Some(id) => self.add(node, Kind::Closure(id)),
                    None => self.opaque(node, Vec::new()),
                }
            }
            "class" => match self.class_like(node) {
                Some(id) => {
                    let name =
                        self.unit.class(id).map(|class| class.name.clone()).filter(|name| !name.is_empty());
                    let name = name.unwrap_or_else(|| self.fresh());
                    if let Some(class) = self.class_mut(id) {
                        class.name = name.clone();
                    }
                    self.emit(Stmt::Class(id));
                    self.add(node, Kind::Name(name))
                }
                None => self.opaque(node, Vec::new()),
            },
            "await_expression"
            | "parenthesized_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression"
            | "spread_element"
            | "expression_statement"
            | "instantiation_expression" => match children(node).next() {
                Some(inner) => self.value(inner),
                None => self.opaque(node, Vec::new()),
            },
            "type_assertion" | "sequence_expression" => {
                let parts = self.values(node);
                match parts.last() {
                    Some(last) => *last,
                    None => self.opaque(node, Vec::new()),
                }
            }
            "yield_expression" => {
                let value = children(node).next().map(|value| self.value(value));
                self.emit(Stmt::Return { value, goes_on: true });
                self.opaque(node, Vec::new())
            }
            "type_annotation" | "type_arguments" | "type_parameters" => self.opaque(node, Vec::new()),
            _ => {
                let parts = self.values(node);
                self.opaque(node, parts)
            }
        }
    }

    fn assign_value(&mut self, node: Node<'_>) -> ExprId {
        let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
            return self.opaque(node, Vec::new());
        };
        let value = self.value(right);
        self.note_export(left, value);
        if let Kind::Closure(id) = self.unit.expr(value).kind
            && let Some(name) = child(left, "property").filter(|_| left.kind() == "member_expression")
            && self.unit.function(id).is_some_and(|function| function.name.is_empty())
        {
            self.entitle(id, name);
        }
        let target = self.pattern(left);
        self.emit(Stmt::Assign { target, value });
        value
    }

    fn binary_value(&mut self, node: Node<'_>) -> ExprId {
        let operator = child(node, "operator").map(|operator| self.text(operator)).unwrap_or_default();
        // `a + b + c + …` nests to the left as deep as it is long.
        let mut parts = Vec::new();
        let mut left = node;
        while left.kind() == "binary_expression" {
            parts.extend(child(left, "right"));
            match child(left, "left") {
                Some(next) => left = next,
                None => break,
            }
        }
        parts.push(left);
        parts.reverse();
        let parts: Vec<ExprId> = parts.into_iter().map(|part| self.value(part)).collect();
        match operator {
            "+" => self.add(node, Kind::Join(parts)),
            "||" | "??" | "&&" => self.add(node, Kind::Either(parts)),
            _ => self.opaque(node, parts),
        }
    }

    fn ternary(&mut self, node: Node<'_>) -> ExprId {
        let (Some(test), Some(then), Some(otherwise)) =
            (child(node, "condition"), child(node, "consequence"), child(node, "alternative"))
        else {
            return self.opaque(node, Vec::new());
        };
        let test = self.value(test);
        let name = self.fresh();
        let side = |this: &mut Self, value: Node<'_>| {
            this.block(|this| {
                let inner = this.value(value);
                this.assign(name.clone(), Self::span(value), inner);
            })
        };
        let then = side(self, then);
        let otherwise = side(self, otherwise);
        self.emit(Stmt::If { test, then, otherwise });
        self.add(node, Kind::Name(name))
    }

    fn template(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = Vec::new();
        let mut text = String::new();
        for part in children(node) {
            match part.kind() {
                "template_substitution" => parts.extend(children(part).next().map(|inner| self.value(inner))),
                _ => text.push_str(&unquoted(self.text(part))),
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

    fn object(&mut self, node: Node<'_>) -> ExprId {
        let mut members = Vec::new();
        for part in children(node) {
            match part.kind() {
                "pair" => {
                    let (Some(key), Some(value)) = (child(part, "key"), child(part, "value")) else {
                        continue;
                    };
                    let key_name = self.key(key);
                    let value = self.value(value);
                    if let Kind::Closure(id) = self.unit.expr(value).kind
                        && key.kind() == "property_identifier"
                    {
                        self.entitle_closure(id, key);
                    }
                    members.push(Member { key: key_name, value, is_spread: false });
                }
                "shorthand_property_identifier" => {
                    let key = self.name(part);
                    let value = self.value(part);
                    members.push(Member { key: Some(key), value, is_spread: false });
                }
                "spread_element" => {
                    members.push(Member { key: None, value: self.value(part), is_spread: true });
                }
                "method_definition" => {
                    let key = child(part, "name").map(|name| self.name(name));
                    if let Some(id) = self.function_like(part, None) {
                        // A method of an object is known by its key, not by a variable.
                        let value = self.add(part, Kind::Closure(id));
                        if let Some(function) = self.unit.functions.get_mut(id.0 as usize) {
                            function.name = Name::default();
                        }
                        members.push(Member { key, value, is_spread: false });
                    }
                }
                _ => {}
            }
        }
        self.add(node, Kind::Record(members))
    }

    /// A closure in an object has no name of its own; where it stands is its key.
    fn entitle_closure(&mut self, id: FunctionId, key: Node<'_>) {
        if let Some(function) = self.unit.functions.get_mut(id.0 as usize) {
            function.name_span = Self::span(key);
        }
    }

    /// The name of a key, if it is plain.
    fn key(&mut self, node: Node<'_>) -> Option<Name> {
        match node.kind() {
            "property_identifier" | "number" | "private_property_identifier" => Some(self.name(node)),
            "string" => {
                let text: String = children(node).map(|part| unquoted(self.text(part))).collect();
                Some(Name::from(text))
            }
            _ => None,
        }
    }

    fn call_like(&mut self, node: Node<'_>, callee: &str, is_new: bool) -> ExprId {
        let Some(function) = child(node, callee) else { return self.opaque(node, Vec::new()) };
        let callee = self.value(function);
        let mut args: Vec<Arg> = Vec::new();
        if let Some(list) = child(node, "arguments") {
            if list.kind() == "template_string" {
                args.push(positional(self.value(list)));
            } else {
                for arg in children(list) {
                    let is_spread = arg.kind() == "spread_element";
                    args.push(Arg { name: None, value: self.value(arg), is_spread });
                }
            }
        }
        // `super(…)` is a call of the base's constructor on this object.
        let callee = match function.kind() {
            "super" => self.field(function, callee, CONSTRUCTOR),
            _ => callee,
        };
        self.add(node, Kind::Call { callee, args, is_new })
    }

    /// The module that `require("m")` and its wrappings name.
    fn required(&mut self, node: Node<'_>) -> Option<(String, Option<Name>)> {
        match node.kind() {
            "call_expression" => {
                let function = child(node, "function")?;
                let first = children(child(node, "arguments")?).next()?;
                match self.text(function) {
                    "require" if first.kind() == "string" => {
                        let text: String = children(first).map(|part| unquoted(self.text(part))).collect();
                        Some((text, None))
                    }
                    name if name.ends_with("__importDefault")
                        || name.ends_with("__importStar")
                        || name.ends_with("__toESM")
                        || name.ends_with("_interopRequireDefault")
                        || name.ends_with("_interopRequireWildcard") =>
                    {
                        self.deeper(first, |this| this.required(first)).flatten()
                    }
                    _ => None,
                }
            }
            "member_expression" => {
                let object = child(node, "object")?;
                let (module, None) = self.deeper(object, |this| this.required(object)).flatten()? else {
                    return None;
                };
                let name = child(node, "property").map(|name| self.name(name))?;
                Some((module, Some(name)))
            }
            "await_expression" | "parenthesized_expression" => {
                let inner = children(node).next()?;
                if inner.kind() == "call_expression"
                    && child(inner, "function").is_some_and(|function| function.kind() == "import")
                {
                    let first = children(child(inner, "arguments")?).next()?;
                    let text: String = children(first).map(|part| unquoted(self.text(part))).collect();
                    return (first.kind() == "string").then_some((text, None));
                }
                self.deeper(inner, |this| this.required(inner)).flatten()
            }
            _ => None,
        }
    }

    fn require(&mut self, left: Node<'_>, (module, member): &(String, Option<Name>)) {
        let module = module.as_str();
        match (left.kind(), member) {
            ("identifier", None) => {
                let local = self.name(left);
                self.import(module, Item::Whole, local);
            }
            ("identifier", Some(member)) => {
                let local = self.name(left);
                self.import(module, Item::Member(member.clone()), local);
            }
            _ => {
                for part in children(left) {
                    let (item, local) = match part.kind() {
                        "pair_pattern" => (child(part, "key"), child(part, "value")),
                        _ => (Some(part), Some(part)),
                    };
                    if let (Some(item), Some(local)) = (item, local) {
                        let item = self.name(item);
                        let local = self.name(local);
                        self.import(module, Item::Member(item), local);
                    }
                }
            }
        }
    }

    fn source(&self, node: Node<'_>) -> Option<String> {
        let source = child(node, "source")?;
        Some(children(source).map(|part| unquoted(self.text(part))).collect())
    }

    fn import_line(&mut self, node: Node<'_>) {
        let Some(module) = self.source(node) else { return };
        for clause in children(node).filter(|part| part.kind() == "import_clause") {
            for part in children(clause) {
                match part.kind() {
                    "identifier" => {
                        let local = self.name(part);
                        self.import(module.as_str(), Item::Member(Name::from("default")), local);
                    }
                    "namespace_import" => {
                        if let Some(local) = children(part).next() {
                            let local = self.name(local);
                            self.import(module.as_str(), Item::Whole, local);
                        }
                    }
                    "named_imports" => {
                        for item in children(part) {
                            let Some(name) = child(item, "name") else { continue };
                            let local = child(item, "alias").unwrap_or(name);
                            let (name, local) = (self.name(name), self.name(local));
                            self.import(module.as_str(), Item::Member(name), local);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn export_line(&mut self, node: Node<'_>) {
        let mut decorators = Vec::new();
        let mut cursor = node.walk();
        let nodes: Vec<Node<'_>> = node.children_by_field_name("decorator", &mut cursor).collect();
        for decorator in nodes {
            decorators.extend(self.decorator(decorator));
        }
        let module = self.source(node);
        let is_default = children_with_tokens(node).any(|part| part.kind() == "default");
        if let Some(declared) = child(node, "declaration") {
            let (functions, classes) = (self.unit.functions.len(), self.unit.classes.len());
            self.deeper(declared, |this| this.line(declared));
            if let Some(class) = self.unit.classes.get_mut(classes) {
                class.decorators.append(&mut decorators);
            }
            if is_default {
                let name = match self.unit.classes.get(classes).map(|class| class.name.clone()) {
                    Some(name) => Some(name),
                    None => self.unit.functions.get(functions).map(|function| function.name.clone()),
                };
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    let value = self.add(node, Kind::Name(name));
                    self.emit(Stmt::Expr(value));
                    self.unit.exports.push((Name::from("default"), value));
                }
            }
            return;
        }
        if let Some(value) = child(node, "value") {
            let value = self.value(value);
            self.emit(Stmt::Expr(value));
            self.unit.exports.push((Name::from("default"), value));
            return;
        }
        for clause in children(node) {
            match (clause.kind(), &module) {
                ("export_clause", module) => {
                    for item in children(clause) {
                        let Some(name) = child(item, "name") else { continue };
                        let alias = child(item, "alias").unwrap_or(name);
                        let alias = self.name(alias);
                        match module {
                            Some(module) => {
                                let name = self.name(name);
                                self.import(module.as_str(), Item::Member(name), alias);
                            }
                            None => {
                                let value = self.value(name);
                                self.emit(Stmt::Expr(value));
                                self.unit.exports.push((alias, value));
                            }
                        }
                    }
                }
                ("namespace_export", Some(module)) => {
                    if let Some(local) = children(clause).next() {
                        let local = self.name(local);
                        self.import(module.as_str(), Item::Whole, local);
                    }
                }
                _ => {}
            }
        }
        if let Some(module) = module.filter(|_| children_with_tokens(node).any(|part| part.kind() == "*")) {
            self.import(module, Item::All, Name::default());
        }
    }

    /// `exports.a = v`, `module.exports = v`, `module.exports = { a, b }`.
    fn note_export(&mut self, left: Node<'_>, value: ExprId) {
        if left.kind() != "member_expression" {
            return;
        }
        let (Some(object), Some(property)) = (child(left, "object"), child(left, "property")) else { return };
        let name = self.name(property);
        match (self.text(object), &*name) {
            ("module", "exports") => {
                if let Kind::Record(members) = self.unit.expr(value).kind.clone() {
                    let named = members.into_iter().filter_map(|member| Some((member.key?, member.value)));
                    self.unit.exports.extend(named);
                }
                self.unit.exports.push((Name::from("default"), value));
            }
            ("exports" | "module.exports", _) => self.unit.exports.push((name, value)),
            _ => {}
        }
    }
}

/// The children of `node`, also those that are only tokens.
fn children_with_tokens<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    (0..node.child_count()).filter_map(move |nth| node.child(nth))
}
