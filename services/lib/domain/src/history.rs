//! A card's history: whose it is when, whatever the order in which its news come (design §3, S24).
//!
//! Bindings begin where news say so. Each lasts until the first end behind it, or until it is told again. What is
//! accepted never depends on the order of arrival, but where two members have the card at once: first come, first
//! served.

use crate::id::EntityId;
use crate::links::{Binding, Links};
use crate::time::Timestamp;

/// Bindings by their beginning, and ends.
pub(crate) struct History {
    pub(crate) bindings: Vec<Binding>,
    ends: Vec<Timestamp>,
}

impl History {
    /// As `links` keep it, and with ends that wait for their binding.
    pub(crate) fn of(links: Option<&Links>, waiting: &[Timestamp]) -> Self {
        let Some(links) = links else { return Self { bindings: Vec::new(), ends: waiting.to_vec() } };
        let bindings = links.bindings.clone();
        let next = bindings.iter().skip(1).map(Some).chain([None]);
        let ended = bindings.iter().zip(next).filter(|(binding, next)| {
            let goes_on = next.is_some_and(|next| next.from == binding.until && next.to == binding.to);
            binding.until.is_finite() && !goes_on
        });
        let ends = ended.map(|(binding, _)| binding.until);
        let ends = ends.chain(links.ends.iter().copied()).chain(waiting.iter().copied()).collect();
        Self { bindings, ends }
    }

    /// With one more binding: `None` where someone else has the card then, or before it ends.
    pub(crate) fn with_binding(mut self, binding: Binding) -> Option<Self> {
        let place = self.bindings.partition_point(|other| other.begins() <= binding.begins());
        self.bindings.insert(place, binding);
        self.fitted()
    }

    /// With one more end.
    pub(crate) fn with_end(mut self, at: Timestamp) -> Self {
        self.ends.push(at);
        self.fitted().expect("an end makes no conflict")
    }

    /// Every binding with its end.
    fn fitted(mut self) -> Option<Self> {
        for place in 0..self.bindings.len() {
            let binding = &self.bindings[place];
            let ends = self.ends.iter().copied().filter(|end| *end > binding.from);
            let mut until = ends.min().unwrap_or(Timestamp::NEVER);
            if let Some(next) = self.bindings.get(place + 1).filter(|next| next.from < until) {
                // What takes over at the instant of a binding comes behind it.
                let replaced = next.to.is_card() && next.from == binding.from;
                if next.to != binding.to && !replaced {
                    return None;
                }
                until = next.from;
            }
            self.bindings[place].until = until;
        }
        Some(self)
    }

    /// Whether an end at `at` ends something.
    pub(crate) fn is_ended_at(&self, at: Timestamp) -> bool {
        self.bindings.iter().any(|binding| binding.until == at)
    }

    /// The binding that `at` falls in.
    pub(crate) fn holder(&self, at: Timestamp) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.from <= at && at < binding.until)
    }

    /// Whether the binding that begins at `place` goes on with whose the card was until then.
    pub(crate) fn goes_on(&self, place: usize) -> bool {
        let before = place.checked_sub(1).map(|before| &self.bindings[before]);
        let binding = &self.bindings[place];
        before.is_some_and(|before| before.until == binding.from && before.to == binding.to)
    }

    /// Whether the card is theirs, and no end is known.
    pub(crate) fn is_open(&self, to: &EntityId) -> bool {
        self.bindings.iter().any(|binding| binding.to == *to && !binding.until.is_finite())
    }
}
