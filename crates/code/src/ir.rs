//! What every language is lowered to: functions, classes, imports and plain expressions, each with its bytes.
//!
//! The form keeps what decides where a value comes from and drops the rest. `await`, casts, parentheses and types
//! vanish; numbers and comparisons become [`Kind::Opaque`] with what they read. A language that has a construct of its
//! own says it in these words or not at all: nothing after the lowering knows which language it reads.

use std::collections::HashMap;
use std::sync::Arc;

/// A name: of a variable, function, class, field or module. Shared, because the same one stands in many places.
pub type Name = Arc<str>;

/// Bytes of a file, from `start` up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// Just past the last.
    pub end: u32,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
    };
}
id!(
    /// An expression of a [`Unit`].
    ExprId
);
id!(
    /// A function of a [`Unit`].
    FunctionId
);
id!(
    /// A class of a [`Unit`].
    ClassId
);

/// The function that holds a file's top level.
pub const TOP: FunctionId = FunctionId(0);

/// One lowered file.
#[derive(Debug, Default)]
pub struct Unit {
    exprs: Vec<Expr>,
    /// The first is the top level of the file.
    pub functions: Vec<Function>,
    /// Classes, structs, interfaces, records, traits: whatever has fields or methods.
    pub classes: Vec<Class>,
    /// What the file takes from others.
    pub imports: Vec<Import>,
    /// What others get from this file under which name, where that is not the name it has here.
    pub exports: Vec<(Name, ExprId)>,
    /// The package or namespace that the file says it is in, dots between the parts.
    pub package: Option<Name>,
    /// What was too deep or too large to lower.
    pub cut: Vec<Span>,
    /// Names in the type that a variable is declared with, or that a call is told, for the value it is given.
    pub declared: HashMap<ExprId, Vec<Name>>,
    /// Every name of a call and where it is called: `f(…)`, `a.f(…)`, `new f(…)`.
    pub calls: HashMap<Name, Vec<ExprId>>,
    /// Every place where a name or field stands as a value, not as a callee.
    pub mentions: HashMap<Name, Vec<ExprId>>,
    /// Stores by the last name they store under.
    pub stores: HashMap<Name, Vec<(FunctionId, usize)>>,
}

/// One expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
    /// The function it is evaluated in.
    pub function: FunctionId,
    /// The innermost condition that holds here: an index into the function's conditions.
    pub under: Option<u32>,
    /// For a name: the definitions in the same function that may reach it. Empty: look outside the function.
    pub reached: Vec<u32>,
    /// The call or other expression it is a direct part of.
    pub parent: Option<ExprId>,
}

/// The kinds of expressions.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A variable, parameter, function, class or module.
    Name(Name),
    /// The object whose method this is.
    This,
    /// A string whose text is known.
    Text(Name),
    /// `a.b`, `a["b"]`, `a::b`, `a->b`, `a?.b`.
    Field(ExprId, Name),
    /// `a[i]`, and what a loop takes from `a`. The index does not decide what the value says.
    Index(ExprId, Option<ExprId>),
    /// A call, also of a constructor.
    Call {
        /// What is called.
        callee: ExprId,
        /// With what.
        args: Vec<Arg>,
        /// `new C(…)`, or a literal of a named type: `C { … }`, `&C{…}`.
        is_new: bool,
    },
    /// A dictionary, object or map.
    Record(Vec<Member>),
    /// A list, tuple, array or set.
    List(Vec<ExprId>),
    /// One text made of several: concatenation, interpolation.
    Join(Vec<ExprId>),
    /// One of several values: `a or b`, `a ?? b`, `c ? a : b`.
    Either(Vec<ExprId>),
    /// A function as a value.
    Closure(FunctionId),
    /// Something whose value says nothing about its parts: a comparison, a number, `not x`. The parts are kept, for
    /// guards.
    Opaque(Vec<ExprId>),
}

/// An argument.
#[derive(Debug, Clone)]
pub struct Arg {
    /// The name it is passed under, if it is.
    pub name: Option<Name>,
    /// The value.
    pub value: ExprId,
    /// `*args`, `...args`: its elements are the arguments. With an empty name (`**kwargs`), its members are.
    pub is_spread: bool,
}

/// A member of a [`Kind::Record`].
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key; none for a computed one, and for `...spread`.
    pub key: Option<Name>,
    /// The value.
    pub value: ExprId,
    /// `...value`, `**value`.
    pub is_spread: bool,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// The field, member or position of this name; positions are decimal.
    Named(Name),
    /// Any element.
    Any,
}

/// A function, method, closure, or the top level of a file.
#[derive(Debug, Default)]
pub struct Function {
    /// Its name; empty for a closure and for the top level.
    pub name: Name,
    /// The class whose method it is.
    pub class: Option<ClassId>,
    /// The function it stands in.
    pub parent: Option<FunctionId>,
    /// Its parameters, without the receiver.
    pub params: Vec<Param>,
    /// Decorators, annotations, attributes.
    pub decorators: Vec<ExprId>,
    /// Names in its declared result type.
    pub returns_type: Vec<Name>,
    /// What it does, in order.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
    /// Where its name stands.
    pub name_span: Span,
    /// Filled after lowering: what may be returned or yielded.
    pub returns: Vec<ExprId>,
    /// Whether it yields: its result is a sequence of what it returns.
    pub is_generator: bool,
    /// Whether it is reached through the class, not through an object.
    pub is_static: bool,
    /// Whether it is only declared: of an interface, an abstract class, a trait.
    pub is_abstract: bool,
    /// Whether it is called as if it were a method of a class that somebody else wrote.
    pub is_extension: bool,
    /// Filled after lowering: every definition of a variable.
    pub definitions: Vec<Definition>,
    /// Filled after lowering: every store into something.
    pub stores: Vec<Store>,
    /// Filled after lowering: conditions that hold somewhere.
    pub conditions: Vec<Condition>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
    /// Names in its declared type, outermost first.
    pub types: Vec<Name>,
    /// Decorators and annotations of the parameter.
    pub decorators: Vec<ExprId>,
    /// Its default.
    pub default: Option<ExprId>,
    /// What it takes.
    pub takes: Takes,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// One argument.
    One,
    /// The rest of the positional ones, as a list.
    Rest,
    /// The rest of the named ones, as a record.
    Named,
}

/// A class, struct, interface, record.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// What it extends or implements.
    pub bases: Vec<ExprId>,
    /// Declared fields, in order.
    pub fields: Vec<Field>,
    /// Its methods.
    pub methods: Vec<FunctionId>,
    /// Decorators, annotations.
    pub decorators: Vec<ExprId>,
    /// Where it stands.
    pub span: Span,
    /// Where its name stands.
    pub name_span: Span,
}

/// A declared field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Names in its declared type.
    pub types: Vec<Name>,
    /// Its default.
    pub default: Option<ExprId>,
    /// Decorators and annotations of the field.
    pub decorators: Vec<ExprId>,
    /// Where it stands.
    pub span: Span,
}

/// Something taken from another file or package.
#[derive(Debug, Clone)]
pub struct Import {
    /// As the language writes it: `a.b`, `..c`, `./d.js`, `java.util.List`, `github.com/x/y`.
    pub module: Name,
    /// What of it.
    pub item: Item,
    /// What it is called here; empty for [`Item::All`].
    pub local: Name,
    /// Whether this file hands it on.
    pub is_export: bool,
}

/// What is imported of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The module itself.
    Whole,
    /// One of its names.
    Member(Name),
    /// All of its names.
    All,
}

/// A statement.
#[derive(Debug, Clone)]
pub enum Stmt {
    /// A value is given to a place.
    Assign {
        /// The place.
        target: Target,
        /// The value.
        value: ExprId,
    },
    /// Something is evaluated.
    Expr(ExprId),
    /// A value is returned, or yielded with `goes_on`.
    Return {
        /// The value.
        value: Option<ExprId>,
        /// Whether the function goes on after it.
        goes_on: bool,
    },
    /// Nothing after it runs: raise, throw, exit, panic.
    Leave,
    /// The loop ends or goes on.
    Jump,
    /// One of two.
    If {
        /// What decides.
        test: ExprId,
        /// Where it holds.
        then: Vec<Stmt>,
        /// Where it does not.
        otherwise: Vec<Stmt>,
    },
    /// Zero or more times.
    Loop(Vec<Stmt>),
    /// One of several: the arms of a `switch`. Each may be skipped.
    Branches(Vec<Vec<Stmt>>),
    /// Something that may fail, and what then runs instead of the rest of it.
    Try {
        /// What is tried.
        body: Vec<Stmt>,
        /// One for each kind of failure.
        handlers: Vec<Vec<Stmt>>,
    },
    /// A function is defined under its name.
    Function(FunctionId),
    /// A class is defined under its name.
    Class(ClassId),
}

/// Where a value goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// A variable.
    Name(Name, Span),
    /// A field or element of something.
    Place(ExprId),
    /// Several, each with its step into the value.
    Parts(Vec<(Vec<Key>, Target)>),
}

/// A definition of a variable.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The variable.
    pub name: Name,
    /// Where.
    pub span: Span,
    /// With what.
    pub value: Defined,
}

/// What a variable is defined as.
#[derive(Debug, Clone)]
pub enum Defined {
    /// A part of a value.
    Value(ExprId, Vec<Key>),
    /// A parameter of the function.
    Param(usize),
    /// A function.
    Function(FunctionId),
    /// A class.
    Class(ClassId),
}

/// A store into a field or element.
#[derive(Debug, Clone)]
pub struct Store {
    /// What is stored into.
    pub base: ExprId,
    /// Where in it.
    pub path: Vec<Key>,
    /// The value.
    pub value: ExprId,
    /// The part of the value.
    pub part: Vec<Key>,
}

/// A condition that holds for some expressions.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What was tested, or the call that would have thrown.
    pub test: ExprId,
    /// Whether the test came out true; none for a call that returned.
    pub is_true: Option<bool>,
    /// The condition around it.
    pub outer: Option<u32>,
}

static NOTHING: Expr = Expr {
    kind: Kind::Opaque(Vec::new()),
    span: Span { start: 0, end: 0 },
    function: TOP,
    under: None,
    reached: Vec::new(),
    parent: None,
};

impl Unit {
    /// Adds an expression.
    pub fn add(&mut self, kind: Kind, span: Span, function: FunctionId) -> ExprId {
        self.exprs.push(Expr { kind, span, function, under: None, reached: Vec::new(), parent: None });
        ExprId((self.exprs.len() - 1) as u32)
    }

    /// Adds one that was taken apart before.
    pub(crate) fn push(&mut self, expr: Expr) {
        self.exprs.push(expr);
    }

    /// Makes room for so many expressions.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.exprs.reserve_exact(count);
    }

    /// The expression.
    pub fn expr(&self, id: ExprId) -> &Expr {
        self.exprs.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// The same, to be changed.
    pub fn expr_mut(&mut self, id: ExprId) -> Option<&mut Expr> {
        self.exprs.get_mut(id.0 as usize)
    }

    /// Cuts what goes on after the end of the file.
    pub(crate) fn end_at(&mut self, end: u32) {
        let exprs = self.exprs.iter_mut().map(|expr| &mut expr.span);
        let functions = self.functions.iter_mut().flat_map(|function| {
            let params = function.params.iter_mut().map(|param| &mut param.span);
            params.chain([&mut function.span, &mut function.name_span])
        });
        let classes = self.classes.iter_mut().flat_map(|class| [&mut class.span, &mut class.name_span]);
        for span in exprs.chain(functions).chain(classes).chain(&mut self.cut) {
            span.start = span.start.min(end);
            span.end = span.end.min(end);
        }
    }

    /// The function. Every id comes from this unit.
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }

    /// The class.
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0 as usize)
    }

    /// Every expression.
    pub fn exprs(&self) -> impl Iterator<Item = (ExprId, &Expr)> {
        self.exprs.iter().enumerate().map(|(index, expr)| (ExprId(index as u32), expr))
    }

    /// The last name of what is called: `f` of `f(…)` and of `a.b.f(…)`.
    pub fn callee_name(&self, callee: ExprId) -> Option<&Name> {
        match &self.expr(callee).kind {
            Kind::Name(name) | Kind::Field(_, name) => Some(name),
            _ => None,
        }
    }
}
