//! What a lot's points are worth between partners: the issue price (S35).
//!
//! It is the point value its wallet had in the programme version that granted the lot. An entry carries that
//! version beside the lot, so a price never changes after the fact: a new version with another point value
//! prices the lots it grants, and no older one.

use chrono_tz::Tz;
use domain::Name;
use domain::money::Currency;
use domain::tariff::{Tariff, Tariffs};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use thiserror::Error;

/// The prices of one programme, with what belongs to reading them.
#[derive(Clone, Debug)]
pub struct Prices {
    programme: Name,
    currency: Currency,
    zone: Tz,
    /// Worth of a wallet's smallest unit, in major units of the currency, by wallet and version.
    worth: BTreeMap<(Name, i32), Decimal>,
    /// What a wallet's points are called.
    units: BTreeMap<Name, Name>,
}

/// Versions that cannot be settled together.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PriceError {
    /// No version.
    #[error("no version of programme `{0}` is known")]
    Unknown(String),
    /// Two currencies.
    #[error("versions of programme `{programme}` count in {one} and in {other}; settle them one by one")]
    Currencies {
        /// Which programme.
        programme: Name,
        /// The currency of an earlier version.
        one: Name,
        /// Another.
        other: Name,
    },
}

impl Prices {
    /// The prices of `programme` in all its versions.
    ///
    /// # Errors
    /// Where there is no version, or two of them count in different currencies.
    pub fn of(programme: &str, tariffs: &Tariffs) -> Result<Self, PriceError> {
        let mut versions = tariffs.all().filter(|tariff| tariff.programme.as_str() == programme);
        let first = versions.next().ok_or_else(|| PriceError::Unknown(programme.to_owned()))?;
        let mut prices = Self {
            programme: first.programme.clone(),
            currency: first.currency.clone(),
            zone: first.zone,
            worth: BTreeMap::new(),
            units: BTreeMap::new(),
        };
        prices.add(first)?;
        versions.try_for_each(|version| prices.add(version))?;
        Ok(prices)
    }

    fn add(&mut self, version: &Tariff) -> Result<(), PriceError> {
        if version.currency != self.currency {
            return Err(PriceError::Currencies {
                programme: self.programme.clone(),
                one: self.currency.code.clone(),
                other: version.currency.code.clone(),
            });
        }
        // The latest version's zone is the one accounts are closed in.
        self.zone = version.zone;
        for wallet in &version.wallets {
            let worth = Decimal::new(wallet.point_value.millionths(), 6 + wallet.scale).normalize();
            self.worth.insert((wallet.name.clone(), version.version), worth);
            self.units.insert(wallet.name.clone(), wallet.unit.clone());
        }
        Ok(())
    }

    /// The programme.
    pub const fn programme(&self) -> &Name {
        &self.programme
    }

    /// What everything is paid in.
    pub const fn currency(&self) -> &Currency {
        &self.currency
    }

    /// Where its months begin.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// What a wallet's points are called, by wallet.
    pub const fn units(&self) -> &BTreeMap<Name, Name> {
        &self.units
    }

    /// Money a wallet's smallest unit is worth, in major units of the currency, as of the version that granted it.
    /// A debt without a lot carries the version in force when it was opened (0 in entries of older builds), which
    /// may know the wallet no more, or not yet: then the latest version before it that does, else the first.
    pub fn price(&self, wallet: &Name, version: i32) -> Option<Decimal> {
        let of = |versions| self.worth.range(versions);
        let before = of((wallet.clone(), i32::MIN)..=(wallet.clone(), version)).next_back();
        let known = before.or_else(|| of((wallet.clone(), version)..=(wallet.clone(), i32::MAX)).next());
        known.map(|(_, worth)| *worth)
    }
}
