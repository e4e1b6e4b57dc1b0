//! The requests of one side that have no answer yet.

use std::collections::HashMap;

use crate::envelope::Id;
use crate::method::Method;
use crate::refusal::Reason;

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was asked.
    pub method: Method,
    /// By which notifications of progress name it.
    pub progress: Option<Id<'static>>,
    /// Whether the asker has said that it does not want the answer any more. One may still come.
    pub cancelled: bool,
    /// Its place among the requests of its side, from 0.
    number: u64,
}

#[derive(Clone, Debug)]
pub(super) struct InFlight {
    integers: HashMap<i64, Pending>,
    texts: HashMap<Box<str>, Pending>,
    asked: u64,
    bound: usize,
}

impl InFlight {
    pub(super) fn new(bound: usize) -> Self {
        Self { integers: HashMap::new(), texts: HashMap::new(), asked: 0, bound }
    }

    pub(super) fn insert(
        &mut self,
        id: &Id<'_>,
        method: Method,
        progress: Option<Id<'static>>,
    ) -> Result<(), Reason> {
        if self.of(id).is_some() {
            return Err(Reason::DuplicateId);
        }
        if self.len() >= self.bound && !self.forget_a_cancelled_one() {
            return Err(Reason::TooManyInFlight);
        }
        let pending = Pending { method, progress, cancelled: false, number: self.asked };
        self.asked += 1;
        match id {
            Id::Integer(integer) => self.integers.insert(*integer, pending),
            Id::Text(text) => self.texts.insert(text.as_ref().into(), pending),
        };
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.integers.len() + self.texts.len()
    }

    /// The ids of those that somebody waits for, in the order in which they were asked.
    pub(super) fn awaited(&self) -> Vec<Id<'static>> {
        let integers = self.integers.iter().filter(|(_, pending)| !pending.cancelled);
        let integers = integers.map(|(id, pending)| (pending.number, Id::Integer(*id)));
        let texts = self.texts.iter().filter(|(_, pending)| !pending.cancelled);
        let texts = texts.map(|(id, pending)| (pending.number, Id::Text(id.to_string().into())));
        let mut ids: Vec<_> = integers.chain(texts).collect();
        ids.sort_unstable_by_key(|(number, _)| *number);
        ids.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn of(&self, id: &Id<'_>) -> Option<&Pending> {
        match id {
            Id::Integer(integer) => self.integers.get(integer),
            Id::Text(text) => self.texts.get(text.as_ref()),
        }
    }

    pub(super) fn of_progress(&self, token: &Id<'_>) -> Option<&Pending> {
        let named = |pending: &&Pending| pending.progress.as_ref().is_some_and(|of| of == token);
        self.integers.values().chain(self.texts.values()).find(named)
    }

    pub(super) fn cancel(&mut self, id: &Id<'_>) -> Option<&Pending> {
        let pending = match id {
            Id::Integer(integer) => self.integers.get_mut(integer),
            Id::Text(text) => self.texts.get_mut(text.as_ref()),
        }?;
        pending.cancelled = true;
        Some(pending)
    }

    pub(super) fn remove(&mut self, id: &Id<'_>) -> Option<Pending> {
        match id {
            Id::Integer(integer) => self.integers.remove(integer),
            Id::Text(text) => self.texts.remove(text.as_ref()),
        }
    }

    /// Nobody has to answer a cancelled request, so the oldest of them makes room; whether there was one.
    fn forget_a_cancelled_one(&mut self) -> bool {
        let cancelled = |pending: &Pending| pending.cancelled.then_some(pending.number);
        let numbers = self.integers.values().chain(self.texts.values()).filter_map(cancelled);
        let Some(oldest) = numbers.min() else { return false };
        self.integers.retain(|_, pending| pending.number != oldest);
        self.texts.retain(|_, pending| pending.number != oldest);
        true
    }
}
