//! Audited corrections of programme versions (S26): which version replaces a faulty one, in which stretch of time,
//! by whom and why. Pure data and checks; sales are rated again by [`crate::correct`].

use crate::award::Activities;
use crate::id::Name;
use crate::tariff::{Rule, Tariff, Tariffs, Terms};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// What makes a version a correction. It replaces the faulty one for events of [`Tariff::from`] and later, before
/// `until`, in the past too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// The faulty version: one that was published before, itself a correction maybe.
    pub replaces: i32,
    /// The end of the stretch, exclusive; [`Timestamp::NEVER`] for as long as the faulty one is in force.
    pub until: Timestamp,
    /// Who decided it: an operator's id, not a name.
    pub actor: Name,
    /// Why, in words. No personal data: entries are kept.
    pub reason: Name,
}

/// Why a version cannot correct another.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CorrectionError {
    /// The faulty version is not there.
    #[error("it replaces version {replaces}, expected one that is published: {known}")]
    Unknown {
        /// The version that was named.
        replaces: i32,
        /// Those there are, in words.
        known: String,
    },
    /// Another version is as new.
    #[error("expected a version above {newest}, the newest that is published, found {version}")]
    NotNewest {
        /// Its own number.
        version: i32,
        /// The highest number there is.
        newest: i32,
    },
    /// The faulty version is never in force there.
    #[error(
        "version {replaces} is not in force at any time from {from} until {until}; name the version that was, \
         which may be a correction itself"
    )]
    Nowhere {
        /// The version that was named.
        replaces: i32,
        /// The beginning of the stretch.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// It changes what no correction can.
    #[error(
        "its {what} differs from version {replaces}: a correction rates sales again and leaves that as it was; \
         change it in a version that begins in the future"
    )]
    Differs {
        /// Which part of the programme.
        what: &'static str,
        /// The faulty version.
        replaces: i32,
    },
}

impl Tariff {
    /// Whether this is a correction that takes the place of `version` for an event of `at`.
    pub fn corrects(&self, version: i32, at: Timestamp) -> bool {
        let corrects = |it: &Correction| it.replaces == version && self.from <= at && at < it.until;
        self.correction.as_ref().is_some_and(corrects)
    }
}

impl Tariffs {
    /// Whether `version` may be published beside those that are known: any may that corrects nothing.
    ///
    /// # Errors
    /// [`CorrectionError`]. It depends on nothing but the versions, so that every partition says the same.
    pub fn check_correction(&self, version: &Tariff) -> Result<(), CorrectionError> {
        let Some(correction) = &version.correction else { return Ok(()) };
        let (programme, replaces) = (version.programme.as_str(), correction.replaces);
        let known = self.of(programme);
        let numbers: BTreeSet<i32> = known.iter().map(|tariff| tariff.version).collect();
        let Some(faulty) = self.version(programme, replaces) else {
            let known: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            return Err(CorrectionError::Unknown { replaces, known });
        };
        if let Some(newest) = numbers.last().copied().filter(|newest| version.version <= *newest) {
            return Err(CorrectionError::NotNewest { version: version.version, newest });
        }
        let (from, until) = (version.from, correction.until);
        if !self.is_in_force_between(programme, replaces, from, until) {
            return Err(CorrectionError::Nowhere { replaces, from, until });
        }
        match difference(faulty, version) {
            Some(what) => Err(CorrectionError::Differs { what, replaces }),
            None => Ok(()),
        }
    }

    /// Whether `version` is picked by any instant of `[from, until)`.
    fn is_in_force_between(&self, programme: &str, version: i32, from: Timestamp, until: Timestamp) -> bool {
        let ends = |tariff: &Tariff| tariff.correction.as_ref().map_or(tariff.from, |it| it.until);
        let changes = self.of(programme).iter().flat_map(|tariff| [tariff.from, ends(tariff)]);
        let mut instants = changes.filter(|at| from <= *at && *at < until).chain([from]);
        instants.any(|at| self.at(programme, at).is_some_and(|tariff| tariff.version == version))
    }

    /// The version that began it: of a correction, the one it replaces, and so on.
    pub fn root(&self, programme: &str, version: i32) -> i32 {
        let mut root = version;
        while let Some(correction) = self.version(programme, root).and_then(|it| it.correction.as_ref()) {
            root = correction.replaces;
        }
        root
    }

    /// The version that a sale of `at`, rated by `version`, is to be rated by now: the same unless it was corrected.
    pub fn corrected(&self, programme: &str, version: i32, at: Timestamp) -> i32 {
        let mut current = version;
        while let Some(next) = self.corrections(programme).find(|it| it.corrects(current, at)) {
            current = next.version;
        }
        current
    }

    /// Corrections of `programme`, by version.
    pub fn corrections(&self, programme: &str) -> impl Iterator<Item = &Tariff> {
        self.corrections.get(programme).into_iter().flatten().map(AsRef::as_ref)
    }
}

/// What differs of that which stored facts are counted in, or which is no part of rating a sale.
fn difference(faulty: &Tariff, version: &Tariff) -> Option<&'static str> {
    let counted = |tariff: &Tariff| {
        tariff.tiers.as_ref().map(|tiers| (tiers.counts.clone(), tiers.window, tiers.counts_points))
    };
    let differs = [
        ("currency", faulty.currency != version.currency),
        ("zone", faulty.zone != version.zone),
        ("lateness", faulty.lateness != version.lateness),
        ("wallets", faulty.wallets != version.wallets),
        ("tiers' window, or what they count,", counted(faulty) != counted(version)),
        ("activities and grants", activities(faulty) != activities(version)),
        ("grant once a card", faulty.card_grant != version.card_grant),
        ("terms of such grants", of_grants(faulty) != of_grants(version)),
        ("extension of expiries", !extend_alike(faulty, version)),
        ("terms of a period, or their rules,", by_period(faulty) != by_period(version)),
    ];
    differs.into_iter().find(|(_, differs)| *differs).map(|(what, _)| what)
}

/// All but what reaching a level brings: that follows from the rating order, and is found anew.
fn activities(tariff: &Tariff) -> Activities {
    Activities { levels: Vec::new(), ..tariff.activities.clone() }
}

/// Whether purchases and activities move the same expiries alike.
fn extend_alike(faulty: &Tariff, version: &Tariff) -> bool {
    let extension = |terms: &Terms| {
        let extended = (terms.extended_by_purchase, terms.extended_by_activity);
        (extended != (None, None)).then(|| (terms.name.clone(), (extended, terms.expiry_rounded_to)))
    };
    let of = |tariff: &Tariff| tariff.terms.iter().filter_map(extension).collect::<BTreeMap<_, _>>();
    of(faulty) == of(version)
}

/// Terms under which something else than a sale is granted.
fn of_grants(tariff: &Tariff) -> Vec<&Terms> {
    let of_awards = tariff.activities.awards.iter().map(|award| &award.terms);
    let names: BTreeSet<&Name> =
        of_awards.chain(tariff.card_grant.iter().map(|grant| &grant.terms)).collect();
    names.into_iter().filter_map(|name| tariff.terms(name.as_str())).collect()
}

/// Terms that rate a period as one, each with the rules under it.
fn by_period(tariff: &Tariff) -> Vec<(&Terms, Vec<&Rule>)> {
    let rules = |terms: &Terms| tariff.rules.iter().filter(|rule| rule.terms == terms.name).collect();
    tariff.period_terms().map(|terms| (terms, rules(terms))).collect()
}
