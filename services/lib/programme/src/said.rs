//! What a file says beside its rules: nothing is decided by it, and people are told it.

use domain::circumstances::Stretch;
use domain::tariff::Tariff;
use domain::{Minor, Name};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A programme as its file says it.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Its rules.
    pub tariff: Arc<Tariff>,
    /// What it says beside them.
    pub said: Said,
}

/// What a file says beside its rules.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Said {
    /// Whether no offer may take money off.
    pub forbids_discounts: bool,
    /// Calendars, in the order of the file: rules have their stretches alone.
    pub calendars: Vec<(Name, Vec<Stretch>)>,
    /// What items of the catalogue are sold at, where that says how many points they cost.
    pub sold_at: BTreeMap<Name, Minor>,
}
