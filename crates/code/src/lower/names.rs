//! Bare names, in languages whose methods need not say `this`: a local variable, a member, or something else.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::Lowering;
use crate::ir::{ExprId, Field, Kind, Name, Param, Span, Stmt, Target};

/// What encloses the code that is being lowered, outermost first.
#[derive(Default)]
pub(super) struct Names {
    frames: Vec<Frame>,
    /// Members that an import names, and their classes.
    statics: HashMap<Name, Name>,
    /// What the arms of the expressions around give their value to.
    results: Vec<Name>,
}

enum Frame {
    /// The variables of a function.
    Function(HashSet<Name>),
    /// The members of a class; `is_open` where it has others that are not known here.
    Class { name: Name, members: HashSet<Name>, is_open: bool },
    /// Inside a block, this variable is what bare names belong to.
    Receiver(Name),
}

impl<'s> Lowering<'s> {
    /// Lowers code of a function: what it declares is forgotten after it.
    pub(super) fn in_function<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.framed(Frame::Function(HashSet::new()), work)
    }

    /// Lowers the body of a class of these members.
    pub(super) fn in_class<T>(
        &mut self,
        name: Name,
        members: HashSet<Name>,
        is_open: bool,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.framed(Frame::Class { name, members, is_open }, work)
    }

    /// Lowers a block in which bare names belong to a variable.
    pub(super) fn in_receiver<T>(&mut self, name: Name, work: impl FnOnce(&mut Self) -> T) -> T {
        self.framed(Frame::Receiver(name), work)
    }

    fn framed<T>(&mut self, frame: Frame, work: impl FnOnce(&mut Self) -> T) -> T {
        self.names_here.frames.push(frame);
        let done = work(self);
        self.names_here.frames.pop();
        done
    }

    /// A variable of the function that is being lowered.
    pub(super) fn local(&mut self, name: Name) {
        let frames = self.names_here.frames.iter_mut().rev();
        let innermost = frames.filter_map(|frame| match frame {
            Frame::Function(locals) => Some(locals),
            _ => None,
        });
        if let Some(locals) = innermost.take(1).next() {
            locals.insert(name);
        }
    }

    /// Declares a variable and gives it a value.
    pub(super) fn declare_as(&mut self, name: Name, span: Span, value: ExprId) {
        self.local(name.clone());
        self.assign(name, span, value);
    }

    /// A parameter, which is a variable too.
    pub(super) fn local_param(&mut self, param: Param) {
        self.local(param.name.clone());
        self.full_param(param);
    }

    /// Notes the names of a type for a value.
    pub(super) fn declared(&mut self, value: ExprId, types: Vec<Name>) {
        if !types.is_empty() {
            self.unit.declared.insert(value, types);
        }
    }

    /// From here on the bare name is a member of the class.
    pub(super) fn static_import(&mut self, name: Name, class: Name) {
        self.names_here.statics.insert(name, class);
    }

    /// Lowers an arm that may give its value from within.
    pub(super) fn with_result<T>(&mut self, name: &Name, work: impl FnOnce(&mut Self) -> T) -> T {
        self.names_here.results.push(name.clone());
        let done = work(self);
        self.names_here.results.pop();
        done
    }

    /// What an arm gives its value to.
    pub(super) fn result(&self) -> Option<Name> {
        self.names_here.results.last().cloned()
    }

    /// What a bare name stands for. `is_value`: it is no type, and nothing is asked of it that a type could answer.
    pub(super) fn bare(&mut self, node: Node<'_>, name: Name, is_value: bool) -> ExprId {
        let frames = &self.names_here.frames;
        if frames.iter().any(|frame| matches!(frame, Frame::Function(locals) if locals.contains(&name))) {
            return self.add(node, Kind::Name(name));
        }
        let mut is_innermost = true;
        let mut found = None;
        let mut receiver = None;
        for frame in frames.iter().rev() {
            match frame {
                Frame::Function(_) => {}
                Frame::Receiver(variable) => receiver = receiver.or(Some(variable.clone())),
                Frame::Class { name: class, members, is_open } => {
                    let is_open = is_innermost && *is_open && is_value && receiver.is_none();
                    if members.contains(&name) || is_open {
                        found = Some((!is_innermost).then(|| class.clone()));
                        break;
                    }
                    is_innermost = false;
                }
            }
        }
        if found.is_none() && is_value {
            found = receiver.map(Some);
        }
        if found.is_none() {
            found = self.names_here.statics.get(&name).map(|class| Some(class.clone()));
        }
        match found {
            Some(owner) => {
                let base = owner.map_or(Kind::This, Kind::Name);
                let base = self.add(node, base);
                self.field(node, base, name)
            }
            None => self.add(node, Kind::Name(name)),
        }
    }

    /// `this`: the variable of the block around, or the object.
    pub(super) fn receiver_or_this(&mut self, node: Node<'_>) -> ExprId {
        let receiver = self.names_here.frames.iter().rev().find_map(|frame| match frame {
            Frame::Receiver(receiver) => Some(receiver.clone()),
            _ => None,
        });
        self.add(node, receiver.map_or(Kind::This, Kind::Name))
    }

    /// What a call of a bare name calls: a variable, what an import names, or whatever answers to the name here.
    pub(super) fn bare_call(&mut self, node: Node<'_>, name: Name) -> ExprId {
        let frames = &self.names_here.frames;
        let is_member = frames
            .iter()
            .any(|frame| matches!(frame, Frame::Class { members, .. } if members.contains(&name)));
        if is_member {
            return self.bare(node, name, true);
        }
        let is_local =
            frames.iter().any(|frame| matches!(frame, Frame::Function(locals) if locals.contains(&name)));
        let receiver = frames.iter().rev().find_map(|frame| match frame {
            Frame::Receiver(receiver) => Some(receiver.clone()),
            _ => None,
        });
        let owner = receiver.or_else(|| self.names_here.statics.get(&name).cloned());
        match owner.filter(|_| !is_local) {
            Some(owner) => {
                let base = self.add(node, Kind::Name(owner));
                self.field(node, base, name)
            }
            None => self.add(node, Kind::Name(name)),
        }
    }

    /// Where a value that is given to a bare name goes.
    pub(super) fn bare_target(&mut self, node: Node<'_>, name: Name) -> Target {
        let place = self.bare(node, name.clone(), true);
        match self.unit.expr(place).kind {
            Kind::Field(..) => Target::Place(place),
            _ => {
                self.local(name.clone());
                Target::Name(name, Self::span(node))
            }
        }
    }

    /// `this.name = name`, for a parameter of a constructor that is a member.
    pub(super) fn keep(&mut self, node: Node<'_>, name: &Name) {
        let value = self.add(node, Kind::Name(name.clone()));
        let this = self.add(node, Kind::This);
        let place = self.field(node, this, name.clone());
        self.emit(Stmt::Assign { target: Target::Place(place), value });
    }

    /// Adds a field to the class whose body is being lowered.
    pub(super) fn class_field(&mut self, field: Field) {
        if let Some(class) = self.class_here().and_then(|class| self.class_mut(class)) {
            class.fields.push(field);
        }
    }

    /// One of two values, each under its condition.
    pub(super) fn one_of(
        &mut self,
        node: Node<'_>,
        test: ExprId,
        then: impl FnOnce(&mut Self) -> ExprId,
        otherwise: impl FnOnce(&mut Self) -> ExprId,
    ) -> ExprId {
        let name = self.fresh();
        let then = self.giving(node, &name, then);
        let otherwise = self.giving(node, &name, otherwise);
        self.emit(Stmt::If { test, then, otherwise });
        self.add(node, Kind::Name(name))
    }

    /// A block that gives `name` its value.
    pub(super) fn giving(
        &mut self,
        node: Node<'_>,
        name: &Name,
        work: impl FnOnce(&mut Self) -> ExprId,
    ) -> Vec<Stmt> {
        self.block(|low| {
            let value = low.with_result(name, work);
            let span = low.unit.expr(value).span;
            let span = if span == Span::default() { Self::span(node) } else { span };
            low.assign(name.clone(), span, value);
        })
    }
}
