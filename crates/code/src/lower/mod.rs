//! Lowering: from a syntax tree of one language to the `Unit` of all.
//!
//! A language is one file here with one function, `lower(&mut Lowering, Node)`. What it owes:
//!
//! 1. Statements go to the current block with `Lowering::emit`, in the order in which they run. An expression that
//!    hides a binding (a comprehension, a pattern in a condition) emits it before the expression is used.
//! 2. Blocks are lowered with `Lowering::block`, functions with `Lowering::function`, classes with
//!    `Lowering::class`.
//! 3. What cannot be said is `Lowering::opaque` with its parts: never left out, so that guards still see them.
//! 4. Every recursion goes through `Lowering::deeper`, which stops hostile nesting.
//! 5. Constructors, receivers and singletons are said in the common words: a constructor is the method `__init__`, the
//!    receiver is `Kind::This`, `a["b"]` and `a.b` are both `Kind::Field`.

mod csharp;
mod go;
mod java;
mod javascript;
mod kotlin;
mod names;
mod php;
mod python;
mod ruby;
mod rust;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Point, Tree};

use crate::ir::{
    Arg, Class, ClassId, ExprId, Function, FunctionId, Import, Item, Key, Kind, Name, Param, Span, Stmt, TOP,
    Takes, Target, Unit,
};
use crate::reach;

/// Nesting that is followed; deeper code is cut, and said to be.
const MAX_DEPTH: u32 = 200;
/// Hundreds of steps in which any file may be parsed; a longer one gets more.
const MIN_STEPS: usize = 1_000;
/// What a constructor is called in every language.
pub const CONSTRUCTOR: &str = "__init__";

/// A language that can be lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, with JSX, in modules of both kinds.
    Javascript,
    /// TypeScript.
    Typescript,
    /// TypeScript with JSX.
    Tsx,
    /// Java.
    Java,
    /// Kotlin.
    Kotlin,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// C#.
    Csharp,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
}

impl Language {
    /// One language for each family.
    pub const FAMILIES: &[Language] = &[
        Language::Python,
        Language::Javascript,
        Language::Java,
        Language::Go,
        Language::Rust,
        Language::Csharp,
        Language::Ruby,
        Language::Php,
    ];

    /// The language of a file, by the end of its name.
    pub fn of(file: &str) -> Option<Language> {
        let (_, extension) = file.rsplit_once('.')?;
        Some(match extension {
            "py" | "pyi" => Language::Python,
            "js" | "mjs" | "cjs" | "jsx" => Language::Javascript,
            "ts" | "mts" | "cts" => Language::Typescript,
            "tsx" => Language::Tsx,
            "java" => Language::Java,
            "kt" | "kts" => Language::Kotlin,
            "go" => Language::Go,
            "rs" => Language::Rust,
            "cs" => Language::Csharp,
            "rb" | "ru" | "rake" => Language::Ruby,
            "php" => Language::Php,
            _ => return None,
        })
    }

    /// Whether a file of this name is code in a language that is not read. Whoever analyses it is told so.
    pub fn is_unread(file: &str) -> bool {
        const ENDINGS: [&str; 22] = [
            "swift", "dart", "scala", "ex", "exs", "lua", "clj", "groovy", "c", "cc", "cpp", "cxx", "m",
            "mm", "zig", "hs", "ml", "jl", "nim", "vue", "svelte", "ps1",
        ];
        file.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
    }

    /// Languages of one family call each other: a TypeScript file imports JavaScript.
    pub fn family(self) -> Language {
        match self {
            Language::Typescript | Language::Tsx => Language::Javascript,
            Language::Kotlin => Language::Java,
            other => other,
        }
    }

    fn grammar(self) -> tree_sitter::Language {
        match self {
            Language::Python => tree_sitter_python::LANGUAGE.into(),
            Language::Javascript => tree_sitter_javascript::LANGUAGE.into(),
            Language::Typescript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Language::Java => tree_sitter_java::LANGUAGE.into(),
            Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
            Language::Go => tree_sitter_go::LANGUAGE.into(),
            Language::Rust => tree_sitter_rust::LANGUAGE.into(),
            Language::Csharp => tree_sitter_c_sharp::LANGUAGE.into(),
            Language::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Language::Php => tree_sitter_php::LANGUAGE_PHP.into(),
        }
    }
}

/// Parses and lowers one file. Broken code is lowered as far as it parses.
pub fn lower(language: Language, text: &str) -> Unit {
    let mut parser = Parser::new();
    let mut lowering = Lowering::new(text);
    // Kotlin's scanner looks for the end of an annotation's line, and where there is none for ever.
    let padded = match language {
        Language::Kotlin => Cow::Owned(format!("{text}\n")),
        _ => Cow::Borrowed(text),
    };
    if parser.set_language(&language.grammar()).is_ok()
        && let Some(tree) = parsed(&mut parser, padded.as_ref())
    {
        let root = tree.root_node();
        match language {
            Language::Python => python::lower(&mut lowering, root),
            Language::Javascript | Language::Typescript | Language::Tsx => {
                javascript::lower(&mut lowering, root);
            }
            Language::Java => java::lower(&mut lowering, root),
            Language::Kotlin => kotlin::lower(&mut lowering, root),
            Language::Go => go::lower(&mut lowering, root),
            Language::Rust => rust::lower(&mut lowering, root),
            Language::Csharp => csharp::lower(&mut lowering, root),
            Language::Ruby => ruby::lower(&mut lowering, root),
            Language::Php => php::lower(&mut lowering, root),
        }
    } else {
        lowering.unit.cut.push(Span { start: 0, end: text.len() as u32 });
    }
    let mut unit = lowering.finish();
    unit.end_at(text.len() as u32);
    reach::settle(&mut unit);
    unit
}

/// The tree, unless the text is so broken that a parser tries too many ways to make sense of it. The parser asks every
/// hundred steps, so that the same text is given up at the same place on every machine.
fn parsed(parser: &mut Parser, text: &str) -> Option<Tree> {
    let mut left = MIN_STEPS + text.len() / 4;
    let mut goes_on = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut goes_on);
    let mut read = |offset: usize, _: Point| text.as_bytes().get(offset..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

/// What a lowering writes with.
pub(crate) struct Lowering<'s> {
    text: &'s str,
    pub(crate) unit: Unit,
    names: HashMap<&'s str, Name>,
    blocks: Vec<Vec<Stmt>>,
    scopes: Vec<FunctionId>,
    classes: Vec<Option<ClassId>>,
    depth: u32,
    hidden: u32,
    /// What a bare name may mean.
    names_here: names::Names,
    /// Variables of each function around, where a name that is none means something else.
    pub(crate) locals: Vec<HashSet<Name>>,
    /// Whether statements are those of a class, not of a function in it.
    pub(crate) in_class_body: bool,
}

impl<'s> Lowering<'s> {
    fn new(text: &'s str) -> Self {
        let mut unit = Unit::default();
        unit.functions
            .push(Function { span: Span { start: 0, end: text.len() as u32 }, ..Function::default() });
        Lowering {
            text,
            unit,
            names: HashMap::new(),
            blocks: vec![Vec::new()],
            scopes: vec![TOP],
            classes: Vec::new(),
            depth: 0,
            hidden: 0,
            names_here: names::Names::default(),
            locals: Vec::new(),
            in_class_body: false,
        }
    }

    fn finish(mut self) -> Unit {
        let body = self.blocks.pop().unwrap_or_default();
        if let Some(top) = self.unit.functions.first_mut() {
            top.body = body;
        }
        self.unit
    }

    /// What `node` says.
    pub(crate) fn text(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// What stands there.
    pub(crate) fn slice(&self, span: Span) -> &'s str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Where `node` stands.
    pub(crate) fn span(node: Node<'_>) -> Span {
        Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
    }

    /// What `node` says, as a name.
    pub(crate) fn name(&mut self, node: Node<'_>) -> Name {
        self.intern(self.text.get(node.byte_range()).unwrap_or_default())
    }

    pub(crate) fn intern(&mut self, text: &'s str) -> Name {
        self.names.entry(text).or_insert_with(|| Name::from(text)).clone()
    }

    /// A name that the file cannot hold, for what a construct binds without saying so.
    pub(crate) fn fresh(&mut self) -> Name {
        self.hidden += 1;
        Name::from(format!("#{}", self.hidden))
    }

    /// The function that is being lowered.
    pub(crate) fn scope(&self) -> FunctionId {
        self.scopes.last().copied().unwrap_or(TOP)
    }

    /// The class whose body or method is being lowered.
    pub(crate) fn class_here(&self) -> Option<ClassId> {
        self.classes.last().copied().flatten()
    }

    pub(crate) fn add(&mut self, node: Node<'_>, kind: Kind) -> ExprId {
        let scope = self.scope();
        self.unit.add(kind, Self::span(node), scope)
    }

    /// An expression that says nothing about its parts.
    pub(crate) fn opaque(&mut self, node: Node<'_>, parts: Vec<ExprId>) -> ExprId {
        self.add(node, Kind::Opaque(parts))
    }

    /// `base.field`.
    pub(crate) fn field(&mut self, node: Node<'_>, base: ExprId, field: impl Into<Name>) -> ExprId {
        self.add(node, Kind::Field(base, field.into()))
    }

    /// An element of `base`.
    pub(crate) fn element(&mut self, node: Node<'_>, base: ExprId) -> ExprId {
        self.add(node, Kind::Index(base, None))
    }

    /// Adds a statement to the current block.
    pub(crate) fn emit(&mut self, stmt: Stmt) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(stmt);
        }
    }

    /// `name = value`.
    pub(crate) fn assign(&mut self, name: Name, span: Span, value: ExprId) {
        self.emit(Stmt::Assign { target: Target::Name(name, span), value });
    }

    /// What `work` emits, as a block.
    pub(crate) fn block(&mut self, work: impl FnOnce(&mut Self)) -> Vec<Stmt> {
        self.blocks.push(Vec::new());
        work(self);
        self.blocks.pop().unwrap_or_default()
    }

    /// Goes one level deeper; past the limit, what is there is cut.
    pub(crate) fn deeper<T>(&mut self, node: Node<'_>, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.unit.cut.push(Self::span(node));
            return None;
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        Some(done)
    }

    /// A function whose parameters and body `work` lowers; the caller emits it or makes it a closure.
    pub(crate) fn function(
        &mut self,
        node: Node<'_>,
        name: Name,
        name_span: Span,
        class: Option<ClassId>,
        work: impl FnOnce(&mut Self),
    ) -> FunctionId {
        let id = FunctionId(self.unit.functions.len() as u32);
        self.unit.functions.push(Function {
            name,
            name_span,
            class,
            parent: Some(self.scope()),
            span: Self::span(node),
            ..Function::default()
        });
        if let Some(class) = class.and_then(|class| self.unit.classes.get_mut(class.0 as usize)) {
            class.methods.push(id);
        }
        self.scopes.push(id);
        let body = self.block(work);
        self.scopes.pop();
        if let Some(function) = self.unit.functions.get_mut(id.0 as usize) {
            function.body = body;
        }
        id
    }

    /// The function that is being lowered, to be completed.
    pub(crate) fn this_function(&mut self) -> Option<&mut Function> {
        let scope = self.scope();
        self.unit.functions.get_mut(scope.0 as usize)
    }

    /// Adds a plain parameter to the function that is being lowered.
    pub(crate) fn param(&mut self, name: Name, span: Span) -> &mut Self {
        let param =
            Param { name, span, types: Vec::new(), decorators: Vec::new(), default: None, takes: Takes::One };
        self.full_param(param)
    }

    /// Adds a parameter to the function that is being lowered.
    pub(crate) fn full_param(&mut self, param: Param) -> &mut Self {
        if let Some(function) = self.this_function() {
            function.params.push(param);
        }
        self
    }

    /// A class whose members `work` lowers with [`Lowering::class_here`] set; the caller emits it.
    pub(crate) fn class(
        &mut self,
        node: Node<'_>,
        name: Name,
        name_span: Span,
        bases: Vec<ExprId>,
        work: impl FnOnce(&mut Self),
    ) -> ClassId {
        let id = ClassId(self.unit.classes.len() as u32);
        self.unit.classes.push(Class {
            name,
            bases,
            fields: Vec::new(),
            methods: Vec::new(),
            decorators: Vec::new(),
            span: Self::span(node),
            name_span,
        });
        self.classes.push(Some(id));
        work(self);
        self.classes.pop();
        id
    }

    /// The class, to be completed.
    pub(crate) fn class_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        self.unit.classes.get_mut(id.0 as usize)
    }

    /// Something taken from another file.
    pub(crate) fn import(&mut self, module: impl Into<Name>, item: Item, local: Name) {
        self.unit.imports.push(Import { module: module.into(), item, local, is_export: false });
    }

    /// Every identifier below `node`, in order: the names of a type.
    pub(crate) fn type_names(&mut self, node: Node<'_>) -> Vec<Name> {
        const MAX_NAMES: usize = 12;
        let text = self.text(node);
        let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
        text.split(|character: char| !is_part(character))
            .filter(|word| word.chars().next().is_some_and(|first| !first.is_ascii_digit()))
            .take(MAX_NAMES)
            .map(|word| self.intern(word))
            .collect()
    }
}

/// The named children of `node`, comments left out.
pub(crate) fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if child.is_named() && !child.is_extra() {
                return Some(child);
            }
        }
        None
    })
}

/// The child that the grammar calls `name`.
pub(crate) fn child<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// Positional argument.
pub(crate) fn positional(value: ExprId) -> Arg {
    Arg { name: None, value, is_spread: false }
}

/// The nth position, as a key.
pub(crate) fn position(nth: usize) -> Key {
    Key::Named(Name::from(nth.to_string()))
}

/// What stands between the quotes of a plain literal, the common escapes undone.
pub(crate) fn unquoted(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
