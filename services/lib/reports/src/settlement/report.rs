//! A finished settlement: the matrix, who pays whom, where each stands, and the books that prove it.

use super::{Book, Settlement, SettlementError, Sum};
use domain::entry::{Entry, EntryKind};
use domain::money::Currency;
use domain::{EntityId, EventKey, LotId, Minor, Name, Timestamp};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// An amount as text: JSON's own numbers are floats to many a reader.
fn text<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

/// A corner of the matrix: points of one issuer spent at one partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Cell {
    /// The wallet.
    pub wallet: Name,
    /// Who funds the points, and pays.
    pub issuer: Name,
    /// Where they were spent; is paid.
    pub redeemer: Name,
    /// In the wallet's smallest unit; below 0 where more was undone than done.
    pub points: i64,
    /// At the issue price of each lot, rounded once, towards zero, to the currency's minor unit (S02).
    #[serde(serialize_with = "text")]
    pub money: Decimal,
}

/// What one partner pays another, both directions netted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Payment {
    /// Who pays.
    pub debtor: Name,
    /// Whom.
    pub creditor: Name,
    /// How much, above 0.
    #[serde(serialize_with = "text")]
    pub money: Decimal,
}

/// Where a partner stands over all others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Position {
    /// Which partner.
    pub partner: Name,
    /// Owed to others for its points that were spent there.
    #[serde(serialize_with = "text")]
    pub owes: Decimal,
    /// Owed to it for others' points that were spent here.
    #[serde(serialize_with = "text")]
    pub is_owed: Decimal,
    /// The second less the first.
    #[serde(serialize_with = "text")]
    pub net: Decimal,
}

/// An entry behind a corner of the matrix.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Traced {
    /// Whose account.
    pub entity: EntityId,
    /// The entry's number there.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When what caused it happened.
    pub occurred_at: Timestamp,
    /// What it is.
    pub kind: EntryKind,
    /// The lot.
    pub lot: LotId,
    /// The programme version that gives the price.
    pub version: i32,
    /// The redemption.
    pub redemption: EventKey,
    /// The event that caused it.
    pub cause: EventKey,
    /// What it adds to the corner.
    pub points: i64,
    /// What that is worth, exactly.
    #[serde(serialize_with = "text")]
    pub worth: Decimal,
}

impl Traced {
    pub(super) fn of(entry: &Entry, points: i64, worth: Decimal) -> Self {
        Self {
            entity: entry.entity.clone(),
            sequence: entry.sequence,
            recorded_at: entry.recorded_at,
            occurred_at: entry.occurred_at,
            kind: entry.kind,
            lot: entry.lot,
            version: entry.version,
            redemption: entry.redemption,
            cause: entry.cause,
            points,
            worth,
        }
    }
}

/// An issuer's book, with whose it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct IssuerBook {
    /// The wallet.
    pub wallet: Name,
    /// Who funds the points.
    pub issuer: Name,
    /// What became of them.
    #[serde(flatten)]
    pub book: Book,
    /// Whether it adds up.
    pub adds_up: bool,
}

/// A settlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// Of which programme.
    pub programme: Name,
    /// What money is counted in, ISO 4217.
    pub currency: Name,
    /// The first instant of the period.
    pub from: Timestamp,
    /// The first instant behind it.
    pub until: Timestamp,
    /// Entries recorded in it.
    pub entries: u64,
    /// The matrix, by wallet, issuer and redeemer; corners of nothing are left out.
    pub cells: Vec<Cell>,
    /// What each owes whom, netted pair by pair.
    pub payments: Vec<Payment>,
    /// Where each stands.
    pub positions: Vec<Position>,
    /// The books of each issuer.
    pub books: Vec<IssuerBook>,
    /// Whether all books add up, and what is owed is what is owed to somebody.
    pub proven: bool,
    /// The entries behind the corner that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explained: Vec<Traced>,
}

/// The report of a settlement.
pub(super) fn of(settlement: Settlement) -> Result<Report, SettlementError> {
    let currency = settlement.prices.currency().clone();
    let mut cells = Vec::with_capacity(settlement.cells.len());
    for ((wallet, issuer, redeemer), sum) in settlement.cells {
        let money = rounded(&currency, sum)
            .ok_or_else(|| SettlementError::Amount { issuer: issuer.clone(), redeemer: redeemer.clone() })?;
        if sum.points != 0 || !sum.worth.is_zero() {
            cells.push(Cell { wallet, issuer, redeemer, points: sum.points, money });
        }
    }
    let positions = positions(&cells, currency.to_decimal(Minor::ZERO));
    let books: Vec<IssuerBook> = settlement
        .books
        .into_iter()
        .filter(|(_, book)| !book.is_empty())
        .map(|((wallet, issuer), book)| IssuerBook { wallet, issuer, book, adds_up: book.adds_up() })
        .collect();
    let balance: Decimal = positions.iter().map(|position| position.net).sum();
    Ok(Report {
        programme: settlement.prices.programme().clone(),
        currency: currency.code,
        from: settlement.from,
        until: settlement.until,
        entries: settlement.entries,
        payments: payments(&cells),
        proven: balance.is_zero() && books.iter().all(|book| book.adds_up),
        cells,
        positions,
        books,
        explained: settlement.traced,
    })
}

fn rounded(currency: &Currency, sum: Sum) -> Option<Decimal> {
    let minor: Minor = currency.to_minor(sum.worth.trunc_with_scale(currency.exponent))?;
    Some(currency.to_decimal(minor))
}

/// What a partner's own points paid at its own place is no business of others.
fn between_two(cells: &[Cell]) -> impl Iterator<Item = &Cell> {
    cells.iter().filter(|cell| cell.issuer != cell.redeemer)
}

fn positions(cells: &[Cell], nothing: Decimal) -> Vec<Position> {
    let mut sides: BTreeMap<&Name, [Decimal; 2]> = BTreeMap::new();
    for cell in between_two(cells) {
        sides.entry(&cell.issuer).or_insert([nothing; 2])[0] += cell.money;
        sides.entry(&cell.redeemer).or_insert([nothing; 2])[1] += cell.money;
    }
    let position = |(partner, [owes, is_owed]): (&Name, [Decimal; 2])| Position {
        partner: partner.clone(),
        owes,
        is_owed,
        net: is_owed - owes,
    };
    sides.into_iter().map(position).collect()
}

fn payments(cells: &[Cell]) -> Vec<Payment> {
    let mut pairs: BTreeMap<(&Name, &Name), Decimal> = BTreeMap::new();
    for cell in between_two(cells) {
        let (issuer, redeemer) = (&cell.issuer, &cell.redeemer);
        match issuer < redeemer {
            true => *pairs.entry((issuer, redeemer)).or_default() += cell.money,
            false => *pairs.entry((redeemer, issuer)).or_default() -= cell.money,
        }
    }
    let paid = pairs.into_iter().filter(|(_, money)| !money.is_zero());
    paid.map(|((first, second), money)| {
        let (debtor, creditor) = if money > Decimal::ZERO { (first, second) } else { (second, first) };
        Payment { debtor: debtor.clone(), creditor: creditor.clone(), money: money.abs() }
    })
    .collect()
}
