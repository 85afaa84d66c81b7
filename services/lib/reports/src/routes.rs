//! Which accounts became one: a card and its member, two cards, two members. From the answers alone.

use crate::month::Day;
use chrono_tz::Tz;
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use domain::{EntityId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How often an account may have become one with another.
const LINKS: usize = 16;

/// That an account became one with another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Link {
    /// When the ledger decided it: what was in the account by then is the other's.
    decided: Timestamp,
    /// From when on the card is the other's.
    since: Timestamp,
    to: EntityId,
}

/// Who is behind an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Owner {
    /// A member, or a card that nobody bound.
    pub(crate) who: EntityId,
    /// The first day the account was theirs; the first of all for their own.
    pub(crate) since: Day,
}

/// All links there are.
#[derive(Clone, Default, Debug)]
pub(crate) struct Routes(BTreeMap<EntityId, Vec<Link>>);

impl Routes {
    /// Takes an answer in.
    pub(crate) fn hear(&mut self, record: &OutcomeRecord) {
        let Some(linked) = record.linked.as_ref().filter(|_| record.outcome.kind == OutcomeKind::Applied)
        else {
            return;
        };
        // The answer to a binding is said where the card's points arrive; one that had waited, by the card itself.
        let said_by_card = record.entity.is_card() && !linked.is_card() || record.later;
        let (from, to) = match said_by_card {
            true => (&record.entity, linked),
            false => (linked, &record.entity),
        };
        let back = self.0.get(to).is_some_and(|links| links.iter().any(|link| link.to == *from));
        if from != to && !back {
            let link = Link { decided: record.at, since: record.occurred_at, to: to.clone() };
            let links = self.0.entry(from.clone()).or_default();
            let place = links.partition_point(|other| *other <= link);
            links.insert(place, link);
        }
    }

    /// Who is behind what was decided in the account `id` at `decided`: the binding that came next has it, and of a
    /// merged member the other.
    pub(crate) fn owner(&self, id: &EntityId, decided: Timestamp, zone: Tz) -> Owner {
        let (mut at, mut since, mut seen) = (id, Day(i32::MIN), BTreeSet::new());
        for _ in 0..LINKS {
            let links = self.0.get(at).map_or(&[][..], Vec::as_slice);
            let next = links.iter().find(|link| !at.is_card() || link.decided >= decided);
            // What one card brought another that was bound before is the member's of that one.
            match next.or_else(|| links.last().filter(|_| at != id)) {
                Some(link) if seen.insert(at) => {
                    since = if at.is_card() { since.max(Day::of(zone, link.since)) } else { since };
                    at = &link.to;
                }
                _ => break,
            }
        }
        Owner { who: at.clone(), since }
    }
}

/// When something was decided in an account, as far as it says who is behind it: for a card alone.
pub(crate) fn decided(id: &EntityId, at: Timestamp) -> Timestamp {
    if id.is_card() { at } else { Timestamp::MIN }
}
