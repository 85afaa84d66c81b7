//! Conditions: whether a rule or an offer applies (S29).
//!
//! One check decides and explains: it names the first thing that is not met and allocates nothing. Words are made of
//! it by [`crate::because`], when somebody asks.

use crate::id::Name;
use crate::purchase::PurchaseLine;
use crate::tariff::{Condition, RatingContext, Tariff};

/// The first thing that keeps a rule or an offer from applying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unmet {
    /// The partner is none of those named.
    Partners,
    /// The tier is none of those named.
    Tiers,
    /// The basket costs less than `basket_from`.
    BasketFrom,
    /// The basket costs `basket_below` or more.
    BasketBelow,
    /// The line's group is none of those named.
    Groups,
    /// The line's group is one of those left out.
    GroupsExcept,
    /// Something else that it asks for is not so: when, how it was paid, who the member is.
    Circumstances,
    /// The programme's own condition does not hold.
    When,
    /// Another rule of its set comes before it.
    Rival,
    /// Nothing of what it applies to is paid in money.
    NothingPaid,
    /// What it gives here is nothing.
    GivesNothing,
    /// Its limit, which members share, has not agreed (S34).
    Limit,
}

impl Condition {
    /// What keeps it from holding for the basket as a whole.
    pub fn unmet_by_basket(&self, tariff: &Tariff, context: &RatingContext) -> Option<Unmet> {
        let among = |names: &[Name], name: &Name| names.is_empty() || names.contains(name);
        if !among(&self.partners, &context.partner) {
            return Some(Unmet::Partners);
        }
        if !among(&self.tiers, &context.tier) {
            return Some(Unmet::Tiers);
        }
        if self.basket_from.is_some_and(|from| context.basket < from) {
            return Some(Unmet::BasketFrom);
        }
        if self.basket_below.is_some_and(|below| context.basket >= below) {
            return Some(Unmet::BasketBelow);
        }
        let asked = self.circumstances.as_ref();
        asked.is_some_and(|asked| asked.missing(tariff, context).is_some()).then_some(Unmet::Circumstances)
    }

    /// What keeps it from holding for `line`, where it holds for the basket.
    pub fn unmet_by_line(&self, context: &RatingContext, line: &PurchaseLine) -> Option<Unmet> {
        if !self.groups.is_empty() && !self.groups.contains(&line.group) {
            return Some(Unmet::Groups);
        }
        if self.groups_except.contains(&line.group) {
            return Some(Unmet::GroupsExcept);
        }
        let holds = self.when.as_ref().is_none_or(|when| when.holds(context, line));
        (!holds).then_some(Unmet::When)
    }

    /// Whether it holds for the basket as a whole.
    pub(crate) fn holds_for_basket(&self, tariff: &Tariff, context: &RatingContext) -> bool {
        self.unmet_by_basket(tariff, context).is_none()
    }

    /// Whether it holds for `line`, where it holds for the basket.
    pub(crate) fn holds_for_line(&self, context: &RatingContext, line: &PurchaseLine) -> bool {
        self.unmet_by_line(context, line).is_none()
    }

    /// What keeps it from holding for any of `lines`: of several reasons the first line's.
    pub(crate) fn unmet(
        &self,
        tariff: &Tariff,
        context: &RatingContext,
        lines: &[PurchaseLine],
    ) -> Option<Unmet> {
        self.unmet_by_basket(tariff, context).or_else(|| {
            if lines.iter().any(|line| self.holds_for_line(context, line)) {
                return None;
            }
            lines.first().and_then(|line| self.unmet_by_line(context, line))
        })
    }
}
