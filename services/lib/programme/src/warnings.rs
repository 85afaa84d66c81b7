//! Warnings: what is no mistake, and surely not meant. A programme with warnings loads.
//!
//! Only a file without mistakes is warned about: of one with some, nobody knows what the rest means.

mod gifts;
mod idle;
mod never;
mod shadow;
mod shown;
mod steps;

pub(crate) use shown::{Kind, Places, Shown};

use crate::problem::Problem;
use crate::table::Table;
use domain::tariff::Tariff;

/// What is found in the file itself, and where the things are that examples should show.
pub(crate) fn find(root: &Table<'_>, tariff: &Tariff) -> (Vec<Problem>, Places) {
    // What can never be needs no example.
    let mut excused = Shown::default();
    never::warn(root, tariff, &mut excused);
    shadow::warn(root, tariff, &mut excused);
    steps::warn(root, tariff, &mut excused);
    idle::warn(root, tariff, &mut excused);
    gifts::warn(root, tariff);
    (root.warnings(), Places::of(root, tariff, excused))
}
