//! What is known of a member when a sale is made, beside the tier: since when they are one, their birthday, the
//! segments they are in, and the sale's place in counts (S16, S24).
//!
//! Each event of the rating order may tell something ([`Known`]); folded in that order it says what a sale is rated
//! on ([`Profile`]), whatever the order of arrival.

use crate::calendar;
use crate::id::Name;
use crate::money::Minor;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A sale's place in a count, such as the third of its day in one shop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The count's name.
    pub count: Name,
    /// Its place, from 1.
    pub place: i32,
}

/// What a sale is rated on. Stored with the purchase, so that a return sees the same (S16).
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// Since when they are a member, where that is known.
    pub joined_at: Option<Timestamp>,
    /// The birthday, `2001-05-17` or `--05-17`; empty where it is not known.
    pub birthday: Name,
    /// The segments, by name.
    pub segments: Vec<Name>,
    /// Places in counts, by count.
    pub places: Vec<Place>,
}

impl Profile {
    /// The sale's place in a count; 0 where it does not count.
    pub fn place(&self, count: &Name) -> i32 {
        self.places.iter().find(|place| place.count == *count).map_or(0, |place| place.place)
    }
}

/// A stretch of time in a segment: `[from, until)`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// The segment.
    pub segment: Name,
    /// Its first instant.
    pub from: Timestamp,
    /// Its end; [`Timestamp::NEVER`] where none is known, `from` for what ends another.
    pub until: Timestamp,
    /// What was paid for all of it, renewals among it; 0 for one that costs nothing.
    #[serde(default)]
    pub paid: Minor,
}

impl Membership {
    /// Whether it runs at `at`.
    pub fn runs(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// The share of what was paid that is not used up at `at`: whole local days left of all its days, rounded down.
    pub(crate) fn unused(&self, zone: Tz, at: Timestamp) -> Minor {
        if !self.runs(at) || !self.until.is_finite() {
            return Minor::ZERO;
        }
        let days = |from: Timestamp| i128::from(calendar::whole_days(zone, from, self.until));
        let share = i128::from(self.paid.0) * days(at) / days(self.from).max(1);
        Minor(i64::try_from(share).unwrap_or(self.paid.0))
    }
}

/// How many sales were counted under one key, such as one shop on one day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// The count's name.
    pub count: Name,
    /// What it counts by: the values, each behind a slash.
    pub key: Name,
    /// The end of its day, month or year; [`Timestamp::NEVER`] for one of all time.
    pub until: Timestamp,
    /// Sales, above 0.
    pub number: i32,
}

/// What is known of a member at one place of the rating order; of a single event, what it tells.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Known {
    /// The earliest instant at which they are known to have been a member.
    pub joined_at: Option<Timestamp>,
    /// The birthday told last; empty where none was.
    pub birthday: Name,
    /// Segments, by name.
    pub segments: Vec<Membership>,
    /// Counts, by count and key.
    pub counted: Vec<Counted>,
}

impl Known {
    /// Whether nothing is known, or told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in what an event tells that `tariff` rates.
    pub(crate) fn learn(&mut self, tariff: &Tariff, told: &Self) {
        self.take(told, |known, told| tariff.declared.renewed(tariff, known, told));
    }

    /// Takes in all that was known of a card, or a member, that joins: of two paid memberships the one that lasts.
    pub(crate) fn join(&mut self, other: &Self) {
        self.take(other, |known, told| {
            let is_longer = known.paid > Minor::ZERO && known.until > told.until;
            if is_longer { known.clone() } else { told.clone() }
        });
    }

    fn take(&mut self, told: &Self, together: impl Fn(&Membership, &Membership) -> Membership) {
        self.joined_at = self.joined_at.into_iter().chain(told.joined_at).min();
        if !told.birthday.as_str().is_empty() {
            self.birthday = told.birthday.clone();
        }
        for membership in &told.segments {
            match self.segments.binary_search_by(|known| known.segment.cmp(&membership.segment)) {
                Ok(place) => self.segments[place] = together(&self.segments[place], membership),
                Err(place) => self.segments.insert(place, membership.clone()),
            }
        }
        for counted in &told.counted {
            let place = self
                .counted
                .binary_search_by(|known| (&known.count, &known.key).cmp(&(&counted.count, &counted.key)));
            match place {
                Ok(place) => self.counted[place].number += counted.number,
                Err(place) => self.counted.insert(place, counted.clone()),
            }
        }
    }

    /// Forgets what is over at `at`.
    pub(crate) fn forget(&mut self, at: Timestamp) {
        self.counted.retain(|counted| at < counted.until);
        self.segments.retain(|membership| at < membership.until);
    }

    /// What a sale at `at` that tells `told`, and is learned already, is rated on.
    pub(crate) fn profile(&self, at: Timestamp, told: &Self) -> Profile {
        let number = |counted: &Counted| {
            let same = |known: &&Counted| known.count == counted.count && known.key == counted.key;
            self.counted.iter().find(same).map_or(counted.number, |known| known.number)
        };
        let place = |counted: &Counted| Place { count: counted.count.clone(), place: number(counted) };
        let live = self.segments.iter().filter(|membership| membership.runs(at));
        Profile {
            joined_at: self.joined_at,
            birthday: self.birthday.clone(),
            segments: live.map(|membership| membership.segment.clone()).collect(),
            places: told.counted.iter().map(place).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(until: i64, paid: i64) -> Known {
        let (segment, from, until) = (Name::from("club"), Timestamp(0), Timestamp(until));
        let membership = Membership { segment, from, until, paid: Minor(paid) };
        Known { segments: vec![membership], ..Known::default() }
    }

    #[test]
    fn of_two_memberships_that_join_the_paid_one_that_lasts_is_kept() {
        for (here, comes, kept) in [
            (paid(9, 1), paid(5, 2), 9),
            (paid(5, 1), paid(9, 2), 9),
            (paid(5, 1), paid(9, 0), 9),
            (paid(9, 0), paid(5, 2), 5),
        ] {
            let mut known = here.clone();
            known.join(&comes);
            assert_eq!(known.segments[0].until, Timestamp(kept), "{here:?} joined by {comes:?}");
        }
    }
}
