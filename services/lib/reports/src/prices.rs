//! What a lot's points are worth between partners: the issue price (S35).
//!
//! It is the point value its wallet had in the programme version that granted the lot. An entry carries that
//! version beside the lot, so a price never changes after the fact: a new version with another point value
//! prices the lots it grants, and no older one.
//!
//! What members could spend now is another matter: a version's point value is that of all points while it is in force,
//! and of a wallet that pays for nothing (stamps, gifts) it is none.

use chrono_tz::Tz;
use domain::money::Currency;
use domain::tariff::{Tariff, Tariffs, Wallet};
use domain::{Name, Timestamp};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use thiserror::Error;

/// The prices of one programme, with what belongs to reading them.
#[derive(Clone, Debug)]
pub struct Prices {
    programme: Name,
    currency: Currency,
    zone: Tz,
    versions: Tariffs,
    /// By wallet and version.
    worth: BTreeMap<(Name, i32), Worth>,
    /// What a wallet's points are called.
    units: BTreeMap<Name, Name>,
    /// Decimal digits of a wallet's smallest unit (S01).
    scales: BTreeMap<Name, u32>,
}

/// What a wallet's smallest unit is worth under a version.
#[derive(Clone, Copy, Debug)]
struct Worth {
    /// In major units of the currency.
    price: Decimal,
    /// Whether it pays for anything.
    pays: bool,
}

impl Worth {
    fn of(wallet: &Wallet) -> Self {
        let price = Decimal::new(wallet.point_value.millionths(), 6 + wallet.scale).normalize();
        Self { price, pays: wallet.may_pay() }
    }

    const fn money(&self) -> Decimal {
        if self.pays { self.price } else { Decimal::ZERO }
    }
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
            versions: tariffs.clone(),
            programme: first.programme.clone(),
            currency: first.currency.clone(),
            zone: first.zone,
            worth: BTreeMap::new(),
            units: BTreeMap::new(),
            scales: BTreeMap::new(),
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
            self.worth.insert((wallet.name.clone(), version.version), Worth::of(wallet));
            self.units.insert(wallet.name.clone(), wallet.unit.clone());
            self.scales.insert(wallet.name.clone(), wallet.scale);
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

    /// Decimal digits of a wallet's smallest unit (S01); 0 of one that no version knows.
    pub fn scale(&self, wallet: &Name) -> u32 {
        self.scales.get(wallet).copied().unwrap_or(0)
    }

    /// Money a wallet's smallest unit is worth, in major units of the currency, as of the version that granted it.
    /// A debt without a lot carries the version in force when it was opened (0 in entries of older builds), which
    /// may know the wallet no more, or not yet: then the latest version before it that does, else the first.
    pub fn price(&self, wallet: &Name, version: i32) -> Option<Decimal> {
        self.worth(wallet, version).map(|worth| worth.price)
    }

    /// The same where its points pay for something; 0 of those that never do, such as stamps and gifts.
    pub fn money(&self, wallet: &Name, version: i32) -> Option<Decimal> {
        self.worth(wallet, version).map(Worth::money)
    }

    /// What it pays at `at`, by the version in force then, whichever granted it.
    pub fn money_at(&self, wallet: &Name, at: Timestamp) -> Option<Decimal> {
        let programme = self.programme.as_str();
        let version = self.versions.at(programme, at).or_else(|| self.versions.first(programme))?;
        self.money(wallet, version.version)
    }

    fn worth(&self, wallet: &Name, version: i32) -> Option<&Worth> {
        let of = |versions| self.worth.range(versions);
        let before = of((wallet.clone(), i32::MIN)..=(wallet.clone(), version)).next_back();
        let known = before.or_else(|| of((wallet.clone(), version)..=(wallet.clone(), i32::MAX)).next());
        known.map(|(_, worth)| worth)
    }
}
