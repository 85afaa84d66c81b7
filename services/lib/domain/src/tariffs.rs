//! The published versions of all programmes: which of them decides, by the date of the event (S26).

use crate::id::Name;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The published versions of all programmes a ledger knows.
#[derive(Clone, Default, Debug)]
pub struct Tariffs {
    /// All of them, by programme, in the order they begin.
    programmes: BTreeMap<Name, Vec<Arc<Tariff>>>,
    /// Those that correct others, by programme and version.
    pub(crate) corrections: BTreeMap<Name, Vec<Arc<Tariff>>>,
}

impl Tariffs {
    /// Adds a version. A version is immutable: one that is known already stays as it is.
    pub fn add(&mut self, tariff: Arc<Tariff>) {
        let versions = self.programmes.entry(tariff.programme.clone()).or_default();
        if versions.iter().any(|known| known.version == tariff.version) {
            return;
        }
        if tariff.correction.is_some() {
            let corrections = self.corrections.entry(tariff.programme.clone()).or_default();
            corrections.push(Arc::clone(&tariff));
            corrections.sort_by_key(|version| version.version);
        }
        versions.push(tariff);
        versions.sort_by_key(|version| (version.from, version.version));
    }

    /// Whether `programme` has any version.
    pub fn knows(&self, programme: &str) -> bool {
        self.programmes.contains_key(programme)
    }

    /// The versions of `programme`, corrections among them, in the order they begin.
    pub fn of(&self, programme: &str) -> &[Arc<Tariff>] {
        self.programmes.get(programme).map_or(&[], Vec::as_slice)
    }

    /// The first version of `programme`.
    pub fn first(&self, programme: &str) -> Option<&Arc<Tariff>> {
        self.of(programme).iter().find(|tariff| tariff.correction.is_none())
    }

    /// The version that is in force in the end, as far as is known.
    pub fn latest(&self, programme: &str) -> Option<&Arc<Tariff>> {
        self.at(programme, Timestamp(Timestamp::NEVER.0 - 1))
    }

    /// The version in force at `at`: the latest that began by then, or what replaces it there (S26).
    pub fn at(&self, programme: &str, at: Timestamp) -> Option<&Arc<Tariff>> {
        let mut versions = self.of(programme).iter().rev();
        let begun = versions.find(|tariff| tariff.correction.is_none() && tariff.from <= at)?;
        match self.corrected(programme, begun.version, at) {
            version if version == begun.version => Some(begun),
            version => self.version(programme, version),
        }
    }

    /// The version that governs what happens at `now`: the one in force then, or the first where `now` is before it (a
    /// run over history whose first sale defines the beginning).
    pub fn in_force(&self, programme: &str, now: Timestamp) -> Option<&Arc<Tariff>> {
        self.at(programme, now).or_else(|| self.first(programme))
    }

    /// The version of this number.
    pub fn version(&self, programme: &str, version: i32) -> Option<&Arc<Tariff>> {
        self.programmes.get(programme)?.iter().find(|tariff| tariff.version == version)
    }

    /// Every version of every programme, in order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Tariff>> {
        self.programmes.values().flatten()
    }
}
