//! Lowered files that an earlier run kept: most of the time of a run goes into parsing what has not changed since.
//!
//! Kept is one lowered file under the hash of its text, its language and this analyser; never a result. Whoever changes a
//! file or the analyser asks for another name. Bytes that are not whole, or say what no lowering says, count as none, and
//! the file is lowered anew. Where they are kept is the caller's: this crate opens no file.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::ir::{
    Arg, Class, ClassId, Condition, Defined, Definition, Expr, ExprId, Field, Function, FunctionId, Import,
    Item, Key, Kind, Member, Name, Param, Span, Store, Takes, Unit,
};
use crate::lower::Language;
use crate::reach;

/// What something is kept under: SHA-256.
pub type Digest32 = [u8; 32];

/// Where lowered files are kept between runs.
///
/// What is loaded is checked to be whole, which shows accidents. It does not show a forgery: whoever can write here can
/// make code look harmless. Nobody but the user may.
pub trait Keeper: std::fmt::Debug + Send + Sync {
    /// What was kept under this name.
    fn load(&self, name: &Digest32) -> Option<Vec<u8>>;
    /// Keeps it. Failing to is no failure of the analysis.
    fn save(&self, name: &Digest32, bytes: &[u8]);
}

/// The name of a file's lowered form.
pub(crate) fn name_of(language: Language, text: &str) -> Digest32 {
    let mut hash = Sha256::new();
    hash.update(concat!("mantrap-code ", env!("MANTRAP_CODE_VERSION"), "\0"));
    hash.update(format!("{language:?}\0"));
    hash.update(text);
    hash.finalize().into()
}

/// The lowered file as bytes: a checksum over its name and what follows, and what follows.
pub(crate) fn to_bytes(name: &Digest32, unit: &Unit) -> Vec<u8> {
    let mut to = Writer::default();
    unit.put(&mut to);
    let mut bytes = checksum(name, &to.bytes).to_vec();
    bytes.append(&mut to.bytes);
    bytes
}

/// The lowered file that the bytes hold, if they hold one of this name as [`to_bytes`] writes it.
pub(crate) fn from_bytes(name: &Digest32, bytes: &[u8]) -> Option<Unit> {
    let (sum, left) = bytes.split_first_chunk::<32>()?;
    if *sum != checksum(name, left) {
        return None;
    }
    let mut from = Reader { left, names: Vec::new(), exprs: 0 };
    let mut unit = Unit::take(&mut from)?;
    if !from.left.is_empty() {
        return None;
    }
    reach::index_names(&mut unit);
    Some(unit)
}

fn checksum(name: &Digest32, bytes: &[u8]) -> Digest32 {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update(bytes);
    hash.finalize().into()
}

/// Something that is written, and read again.
trait Coded: Sized {
    fn put(&self, to: &mut Writer);
    fn take(from: &mut Reader<'_>) -> Option<Self>;
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    names: HashMap<Name, u32>,
}

struct Reader<'b> {
    left: &'b [u8],
    /// Names in the order in which they were first read.
    names: Vec<Name>,
    /// Expressions that may be named: those before the one that is read, or all.
    exprs: u32,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(*first)
    }
}

/// Seven bits a byte, the lowest first.
impl Coded for u32 {
    fn put(&self, to: &mut Writer) {
        let mut left = *self;
        while left >= 0x80 {
            to.bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        to.bytes.push(left as u8);
    }

    fn take(from: &mut Reader<'_>) -> Option<u32> {
        let mut number = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = from.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

impl Coded for usize {
    fn put(&self, to: &mut Writer) {
        (*self as u32).put(to);
    }

    fn take(from: &mut Reader<'_>) -> Option<usize> {
        Some(u32::take(from)? as usize)
    }
}

impl Coded for bool {
    fn put(&self, to: &mut Writer) {
        to.bytes.push(u8::from(*self));
    }

    fn take(from: &mut Reader<'_>) -> Option<bool> {
        Some(from.byte()? == 1)
    }
}

/// The first time in full, after a 0; then as its number.
impl Coded for Name {
    fn put(&self, to: &mut Writer) {
        if let Some(number) = to.names.get(self) {
            let number = *number;
            return number.put(to);
        }
        let number = to.names.len() as u32 + 1;
        to.names.insert(self.clone(), number);
        0u32.put(to);
        self.len().put(to);
        to.bytes.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Option<Name> {
        let number = usize::take(from)?;
        if let Some(index) = number.checked_sub(1) {
            return from.names.get(index).cloned();
        }
        let length = usize::take(from)?;
        let (text, left) = from.left.split_at_checked(length)?;
        from.left = left;
        let name = Name::from(std::str::from_utf8(text).ok()?);
        from.names.push(name.clone());
        Some(name)
    }
}

impl Coded for ExprId {
    fn put(&self, to: &mut Writer) {
        self.0.put(to);
    }

    fn take(from: &mut Reader<'_>) -> Option<ExprId> {
        u32::take(from).filter(|id| *id < from.exprs).map(ExprId)
    }
}

impl Coded for Span {
    fn put(&self, to: &mut Writer) {
        self.start.put(to);
        self.end.wrapping_sub(self.start).put(to);
    }

    fn take(from: &mut Reader<'_>) -> Option<Span> {
        let start = u32::take(from)?;
        Some(Span { start, end: start.wrapping_add(u32::take(from)?) })
    }
}

impl<T: Coded> Coded for Option<T> {
    fn put(&self, to: &mut Writer) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Option<T>> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

/// Room for what the bytes that are left can hold: the largest elements, expressions, take eight each or more.
fn room(length: usize, from: &Reader<'_>) -> usize {
    length.min(from.left.len() / 8 + 4)
}

impl<T: Coded> Coded for Vec<T> {
    fn put(&self, to: &mut Writer) {
        self.len().put(to);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Option<Vec<T>> {
        let length = usize::take(from)?;
        let mut values = Vec::with_capacity(room(length, from));
        for _ in 0..length {
            values.push(T::take(from)?);
        }
        Some(values)
    }
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn put(&self, to: &mut Writer) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Reader<'_>) -> Option<(A, B)> {
        Some((A::take(from)?, B::take(from)?))
    }
}

macro_rules! coded {
    (struct $type:ident { $($field:ident),+ } $(without { $left_out:ident })?) => {
        impl Coded for $type {
            fn put(&self, to: &mut Writer) {
                let $type { $($field,)+ $($left_out: _)? } = self;
                $($field.put(to);)+
            }

            fn take(from: &mut Reader<'_>) -> Option<$type> {
                Some($type { $($field: Coded::take(from)?,)+ $($left_out: Default::default())? })
            }
        }
    };
    (enum $type:ident { $($tag:literal => $variant:ident $(($($part:ident),+))? $({$($field:ident),+})?),+ $(,)? }) => {
        impl Coded for $type {
            fn put(&self, to: &mut Writer) {
                match self {
                    $($type::$variant $(($($part),+))? $({$($field),+})? => {
                        to.bytes.push($tag);
                        $($($part.put(to);)+)?
                        $($($field.put(to);)+)?
                    })+
                }
            }

            fn take(from: &mut Reader<'_>) -> Option<$type> {
                Some(match from.byte()? {
                    $($tag => {
                        $($(let $part = Coded::take(from)?;)+)?
                        $($(let $field = Coded::take(from)?;)+)?
                        $type::$variant $(($($part),+))? $({$($field),+})?
                    })+
                    _ => return None,
                })
            }
        }
    };
    (id $type:ident) => {
        impl Coded for $type {
            fn put(&self, to: &mut Writer) {
                self.0.put(to);
            }

            fn take(from: &mut Reader<'_>) -> Option<$type> {
                u32::take(from).map($type)
            }
        }
    };
}

coded!(id FunctionId);
coded!(id ClassId);
coded!(struct Arg { name, value, is_spread });
coded!(struct Member { key, value, is_spread });
coded!(struct Param { name, span, types, decorators, default, takes });
coded!(struct Class { name, bases, fields, methods, decorators, span, name_span });
coded!(struct Field { name, types, default, decorators, span });
coded!(struct Import { module, item, local, is_export });
coded!(struct Definition { name, span, value });
coded!(struct Store { base, path, value, part });
coded!(struct Condition { test, is_true, outer });
// Whose part it is is written beside it, since that stands further on.
coded!(struct Expr { kind, span, function, under, reached } without { parent });
// What a function does in order has become what reaches what.
coded!(struct Function {
    name, class, parent, params, decorators, returns_type, span, name_span, returns, is_generator, is_static, is_abstract,
    is_extension, definitions, stores, conditions
} without { body });
coded!(enum Key { 0 => Named(name), 1 => Any });
coded!(enum Takes { 0 => One, 1 => Rest, 2 => Named });
coded!(enum Item { 0 => Whole, 1 => Member(name), 2 => All });
coded!(enum Defined { 0 => Value(value, part), 1 => Param(nth), 2 => Function(id), 3 => Class(id) });
coded!(enum Kind {
    0 => Name(name),
    1 => This,
    2 => Text(text),
    3 => Field(base, name),
    4 => Index(base, key),
    5 => Call { callee, args, is_new },
    6 => Record(members),
    7 => List(parts),
    8 => Join(parts),
    9 => Either(parts),
    10 => Closure(function),
    11 => Opaque(parts),
});

impl Coded for Unit {
    fn put(&self, to: &mut Writer) {
        (self.exprs().count() as u32).put(to);
        for (id, expr) in self.exprs() {
            expr.put(to);
            // A part stands before its whole.
            expr.parent.map_or(0, |parent| parent.0.wrapping_sub(id.0)).put(to);
        }
        self.functions.put(to);
        self.classes.put(to);
        self.imports.put(to);
        self.exports.put(to);
        self.package.put(to);
        self.cut.put(to);
        let mut declared: Vec<(ExprId, Vec<Name>)> =
            self.declared.iter().map(|(id, names)| (*id, names.clone())).collect();
        declared.sort_unstable();
        declared.put(to);
    }

    fn take(from: &mut Reader<'_>) -> Option<Unit> {
        let mut unit = Unit::default();
        let count = u32::take(from)?;
        unit.reserve(room(count as usize, from));
        for id in 0..count {
            from.exprs = id;
            let expr = Expr::take(from)?;
            let parent = match u32::take(from)? {
                0 => None,
                ahead => Some(ExprId(id.checked_add(ahead).filter(|parent| *parent < count)?)),
            };
            unit.push(Expr { parent, ..expr });
        }
        from.exprs = count;
        unit.functions = Coded::take(from)?;
        unit.classes = Coded::take(from)?;
        unit.imports = Coded::take(from)?;
        unit.exports = Coded::take(from)?;
        unit.package = Coded::take(from)?;
        unit.cut = Coded::take(from)?;
        let declared: Vec<(ExprId, Vec<Name>)> = Coded::take(from)?;
        unit.declared = declared.into_iter().collect();
        // Whoever goes outwards arrives.
        let is_inside = |(own, function): (u32, &Function)| {
            let mut conditions = (0u32..).zip(&function.conditions);
            function.parent.is_none_or(|parent| parent.0 < own)
                && conditions.all(|(own, condition)| condition.outer.is_none_or(|outer| outer < own))
        };
        (0u32..).zip(&unit.functions).all(is_inside).then_some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "import os\nclass A(B):\n    x: str = 'é'\n    def f(self, a, *b, **c):\n        for i in a:\n            self.x = i\n        return [j for j in b if j] or (lambda q: q + 1)\n";

    fn kept() -> (Digest32, Vec<u8>, String) {
        let name = name_of(Language::Python, TEXT);
        let unit = crate::lower::lower(Language::Python, TEXT);
        (name, to_bytes(&name, &unit), format!("{:?}", unit.functions))
    }

    #[test]
    fn what_is_kept_comes_back_whole() {
        let (name, bytes, functions) = kept();
        let unit = from_bytes(&name, &bytes).unwrap();
        assert_eq!(format!("{:?}", unit.functions), functions);
        assert_eq!(to_bytes(&name, &unit), bytes);
        assert_eq!(from_bytes(&name_of(Language::Ruby, TEXT), &bytes).map(|_| ()), None);
    }

    #[test]
    fn no_flipped_and_no_missing_byte_is_read() {
        let (name, bytes, _) = kept();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            assert!(from_bytes(&name, &other).is_none(), "byte {at}");
            assert!(from_bytes(&name, &bytes[..at]).is_none(), "{at} bytes");
        }
    }

    /// With the right checksum, as only a forger has it: it ends, in little memory.
    #[test]
    fn forged_bytes_are_read_without_panic() {
        let (name, bytes, _) = kept();
        for at in 32..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut other = bytes.clone();
                other[at] = value;
                let sum = checksum(&name, &other[32..]);
                other[..32].copy_from_slice(&sum);
                from_bytes(&name, &other);
            }
        }
    }
}
