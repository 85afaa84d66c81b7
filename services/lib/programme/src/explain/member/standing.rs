//! Where a member stands: levels, memberships, and who is who.

use super::super::Words;
use super::super::amount::{all_of, capital};
use super::super::time::{span, window};
use domain::Minor;
use domain::declared::{Declared, Segment};
use domain::tariff::{Downgrade, Metric, TierLevel, Tiers, Window};

impl Words<'_> {
    /// Levels: how they are reached, what they bring, and how they are lost.
    pub(super) fn levels(&self) -> Vec<String> {
        let Some(tiers) = &self.tariff.tiers else { return Vec::new() };
        let counted = match tiers.counts {
            Metric::Membership => String::new(),
            _ => format!(" {}", window(tiers.window)),
        };
        let mut all = vec![format!("What counts is {}{counted}.", self.metric(&tiers.counts))];
        all.extend(tiers.levels.iter().map(|level| self.one_level(tiers, level)));
        all.extend(lost(tiers));
        if tiers.counts == Metric::Spend {
            let counts = if tiers.counts_points { "counts, too" } else { "does not count" };
            all.push(format!("What you pay with {} {counts}.", self.paid_with()));
        }
        all
    }

    fn one_level(&self, tiers: &Tiers, level: &TierLevel) -> String {
        let from = match (&tiers.counts, level.from) {
            (Metric::Membership, _) if !level.membership.as_str().is_empty() => {
                format!("with the {} membership", self.name(&level.membership))
            }
            (_, Minor::ZERO) => "from the beginning".to_owned(),
            _ => format!("from {} on", self.reached(tiers, level)),
        };
        let brings = match level.perks.is_empty() {
            true => String::new(),
            false => format!(" It brings you {}.", all_of(&level.perks)),
        };
        format!("{}: {from}.{brings}", level.name)
    }

    /// Memberships and segments, and how one becomes a member.
    pub(super) fn belonging_to(&self) -> Vec<String> {
        let Declared { purchase: _, joined_by, birthday, segments, counts: _, asks_joined: _ } =
            &self.tariff.declared;
        let quoted = |name: &domain::Name| self.quoted(std::slice::from_ref(name)).concat();
        let joins = joined_by.iter().map(|kind| format!("You become a member by {}.", quoted(kind)));
        let birthdays =
            birthday.iter().map(|(kind, _)| format!("Your birthday is known by {}.", quoted(kind)));
        let segments = segments.iter().map(|segment| match segment.price {
            Some(price) => self.membership(segment, price),
            None => self.segment(segment),
        });
        joins.chain(birthdays).chain(segments).collect()
    }

    fn segment(&self, segment: &Segment) -> String {
        let name = self.quoted(std::slice::from_ref(&segment.name)).concat();
        let lasts = segment.lasts.map(|lasts| format!(", for {}", span(lasts))).unwrap_or_default();
        let ends =
            segment.left_by.as_ref().map(|sign| format!(", until {}", self.sign(sign))).unwrap_or_default();
        format!("You belong to {name} from {} on{lasts}{ends}.", self.sign(&segment.joined_by))
    }

    fn membership(&self, segment: &Segment, price: Minor) -> String {
        let lasts = segment.lasts.map(span).unwrap_or_default();
        let (name, begins) = (capital(&self.name(&segment.name)), self.sign(&segment.joined_by));
        let ends = segment.left_by.as_ref().map(|sign| {
            format!(
                " {} ends it before its time; the price of the whole days that are left is paid back.",
                capital(&self.sign(sign))
            )
        });
        format!(
            "The membership {name} costs {} for {lasts} and begins by {begins}. Paid again, it goes on from its end.{}",
            self.money(price),
            ends.unwrap_or_default()
        )
    }
}

/// How levels are lost.
fn lost(tiers: &Tiers) -> Vec<String> {
    let ends = tiers.counts == Metric::Membership || tiers.window != Window::Lifetime;
    let mut all = Vec::new();
    let next = match tiers.downgrade {
        Downgrade::ToMetric => "you then stand at the one you do reach",
        Downgrade::OneLevel => "you then fall by one level at a time",
    };
    all.push(match ends {
        true => format!("A level you no longer reach is lost: {next}."),
        false => format!("A level is lost by returns alone: {next}."),
    });
    all.extend(tiers.grace.map(|grace| format!("It is kept for {} more.", span(grace))));
    all.extend(tiers.stay.map(|stay| format!("A level you reached is kept for at least {}.", span(stay))));
    if tiers.protected_from_returns && tiers.counts != Metric::Membership {
        all.push("Returning something does not change your level at once.".to_owned());
    }
    all
}
