//! What points of one wallet may pay for (S12). Plain data, and pure functions of it; [`crate::basket`] applies it to
//! lines.

use crate::command::SaleLine;
use crate::factor::Factor;
use crate::id::Name;
use crate::points::Points;
use std::collections::BTreeMap;

/// The limits of a wallet. By default everything may be paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The largest share of the purchase, of all its lines; 0 for a wallet that never pays.
    pub share: Factor,
    /// The largest share of each line of these product groups.
    pub of_groups: BTreeMap<Name, Factor>,
    /// The largest share of each line of any other group.
    pub of_line: Factor,
    /// Product groups that are never paid.
    pub except_groups: Vec<Name>,
    /// Whether lines that the partner marks promotional may be paid.
    pub promotional: bool,
    /// The least that is spent at once, if anything.
    pub at_least: Points,
    /// The most that is spent at once.
    pub at_most: Option<Points>,
    /// What is spent at once is a multiple of this, above 0.
    pub step: Points,
    /// Wallets whose limits do not add up with this one's (S10). It is enough that one of two names the other.
    pub exclusive_with: Vec<Name>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            share: Factor::ONE,
            of_groups: BTreeMap::new(),
            of_line: Factor::ONE,
            except_groups: Vec::new(),
            promotional: true,
            at_least: Points::ZERO,
            at_most: None,
            step: Points::at_least_zero(1),
            exclusive_with: Vec::new(),
        }
    }
}

impl Limits {
    /// The share of `line` that may be paid.
    pub fn of(&self, line: &SaleLine) -> Factor {
        if self.except_groups.contains(&line.group) || line.promotional && !self.promotional {
            return Factor::ZERO;
        }
        self.of_groups.get(&line.group).copied().unwrap_or(self.of_line)
    }

    /// The largest amount up to `points` that the smallest one and the step let be spent.
    pub fn in_steps(&self, points: Points) -> Points {
        let whole = Points::at_least_zero(points.get() - points.get() % self.step.get().max(1));
        if whole < self.at_least { Points::ZERO } else { whole }
    }
}
