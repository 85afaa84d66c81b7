//! A card's history: whose it is when, whatever the order in which its news come (design §3, S24).
//!
//! Bindings begin where news say so. Each lasts until the first end behind it, or until it is told again. What is
//! accepted never depends on the order of arrival, but where two members have the card at once: first come, first
//! served.

use crate::id::{EntityId, EventKey};
use crate::links::{Binding, Links};
use crate::time::Timestamp;

/// Bindings by their beginning, and ends.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) bindings: Vec<Binding>,
    ends: Vec<Timestamp>,
}

impl History {
    /// As `links` keep it, and with ends that wait for their binding.
    pub(crate) fn of(links: Option<&Links>, waiting: &[Timestamp]) -> Self {
        let kept = links.map_or(&[][..], |links| &links.bindings);
        let is_end = |binding: &Binding| binding.from == binding.until && !binding.to.is_card();
        let (ends, bindings): (Vec<Binding>, Vec<Binding>) = kept.iter().cloned().partition(is_end);
        let mut history = Self { bindings, ends: waiting.to_vec() };
        history.ends.extend(ends.iter().map(|end| end.from));
        let until = |place: usize| history.bindings[place].until;
        let ended = (0..history.bindings.len()).filter(|place| history.is_ended(*place)).map(until);
        let ended: Vec<Timestamp> = ended.collect();
        history.ends.extend(ended);
        history
    }

    /// With the bindings of `foreseen`, and the ends of its own: what waits is not known yet.
    pub(crate) fn fitted_as(self, foreseen: Self) -> Self {
        Self { bindings: foreseen.bindings, ends: self.ends }
    }

    /// As it is kept: an end that the bindings do not show is an empty one.
    pub(crate) fn kept(mut self) -> Vec<Binding> {
        let shown = (0..self.bindings.len()).filter(|place| self.is_ended(*place));
        let shown: Vec<Timestamp> = shown.map(|place| self.bindings[place].until).collect();
        self.ends.retain(|end| !shown.contains(end));
        self.ends.sort_unstable();
        self.ends.dedup();
        let member = self.bindings.iter().find(|binding| !binding.to.is_card());
        let Some(to) = member.map(|binding| binding.to.clone()) else { return self.bindings };
        let event = EventKey::NONE;
        for end in self.ends {
            let place = self.bindings.partition_point(|binding| binding.from < end);
            self.bindings.insert(place, Binding { event, to: to.clone(), from: end, until: end });
        }
        self.bindings
    }

    /// Whether the binding at `place` has an end of its own, and is not only told again.
    fn is_ended(&self, place: usize) -> bool {
        let (binding, next) = (&self.bindings[place], self.bindings.get(place + 1));
        let again = next.is_some_and(|next| next.from == binding.until && next.to == binding.to);
        binding.until.is_finite() && !again
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

    /// Whether the binding at `place` tells again whose the card was until then.
    pub(crate) fn goes_on(&self, place: usize) -> bool {
        let before = place.checked_sub(1).map(|before| &self.bindings[before]);
        let binding = &self.bindings[place];
        let same = before.is_some_and(|before| before.until == binding.from && before.to == binding.to);
        same && !self.ends.contains(&binding.from)
    }

    /// Whether the card is theirs, and no end is known.
    pub(crate) fn is_open(&self, to: &EntityId) -> bool {
        self.bindings.iter().any(|binding| binding.to == *to && !binding.until.is_finite())
    }
}
