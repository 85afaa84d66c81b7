//! One account as of an instant: both balances, what is next, lots and statement (S07).

use super::Shown;
use super::state::{decided_until, matured};
use crate::failure::{Failure, other};
use crate::table::{Table, grouped};
use domain::entry::Entry;
use domain::tariff::Tariffs;
use domain::{Account, Balance, Entity, EntityId, Lot, Timestamp};
use engine::store::Store;
use serde::Serialize;
use std::fmt::Write;

/// Entries of a statement that are shown to a person.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct View<'a> {
    at: Timestamp,
    account: &'a Account,
    next_activation: Option<(Timestamp, i64)>,
    next_expiry: Option<(Timestamp, i64)>,
    lots: Vec<&'a Lot>,
    statement: &'a [Entry],
}

/// Shows the account `id` as of `at`; as of its last decision where that is later and `at_least` allows it.
pub(crate) fn show(
    store: &mut impl Store,
    id: &EntityId,
    tariffs: &Tariffs,
    (at, at_least): (Timestamp, bool),
    json: bool,
) -> Result<Shown, Failure> {
    let rows = store.entity(id).map_err(other)?;
    if rows.is_empty() {
        return Err(other(format!("{id} is not known here; nothing ever happened to it")));
    }
    let at = if at_least { at.max(decided_until(&rows)) } else { at };
    let entity = matured(id.clone(), rows, tariffs, at)?;
    let statement = store.statement(id).map_err(other)?;
    let text = if json {
        let view = View {
            at,
            account: &entity.account,
            next_activation: next(&entity, |lot| (lot.activates_at, lot.buckets.pending.get())),
            next_expiry: next(&entity, |lot| (lot.expires_at, lot.buckets.available.get())),
            lots: entity.lots.rows().values().collect(),
            statement: &statement,
        };
        serde_json::to_string_pretty(&view).map_err(other)?
    } else {
        let mut text = String::new();
        tell(&mut text, &entity, &statement, at).map_err(other)?;
        text
    };
    Ok(Shown { text, holds: true })
}

/// The earliest instant ahead that `what` names for a lot with points, and the points of all lots then.
fn next(entity: &Entity, what: impl Fn(&Lot) -> (Timestamp, i64)) -> Option<(Timestamp, i64)> {
    let ahead =
        || entity.lots.rows().values().map(&what).filter(|(at, points)| *points > 0 && at.is_finite());
    let first = ahead().map(|(at, _)| at).min()?;
    Some((first, ahead().filter(|(at, _)| *at == first).map(|(_, points)| points).sum()))
}

fn tell(out: &mut String, entity: &Entity, statement: &[Entry], at: Timestamp) -> std::fmt::Result {
    let account = &entity.account;
    let tier = account.standing.as_ref().map_or("no tier", |standing| standing.tier.as_str());
    writeln!(out, "\n  {} as of {at} — {tier}\n", account.entity)?;
    let mut balances = Table::new(&["wallet", "total", "available", "held", "owed"]);
    for balance in &account.wallets {
        let Balance { wallet, buckets, debt, .. } = balance;
        let figures =
            [balance.total(), buckets.available, buckets.held, *debt].map(|points| grouped(points.get()));
        balances.row(std::iter::once(wallet.to_string()).chain(figures));
    }
    writeln!(out, "{balances}")?;
    for (what, found) in [
        ("next activation", next(entity, |lot| (lot.activates_at, lot.buckets.pending.get()))),
        ("next expiry", next(entity, |lot| (lot.expires_at, lot.buckets.available.get()))),
    ] {
        match found {
            Some((at, points)) => writeln!(out, "  {what}: {} on {at}", grouped(points))?,
            None => writeln!(out, "  {what}: none")?,
        }
    }
    let mut lots = Table::new(&["lot of", "issued", "pending", "available", "held", "spent", "expires"]);
    for lot in entity.lots.rows().values().filter(|lot| lot.is_live()) {
        let buckets = &lot.buckets;
        let figures = [lot.issued, buckets.pending, buckets.available, buckets.held, buckets.spent];
        let figures = figures.map(|points| grouped(points.get()));
        lots.row(
            [format!("{} {}", lot.occurred_at, lot.partner)]
                .into_iter()
                .chain(figures)
                .chain([lot.expires_at.to_string()]),
        );
    }
    writeln!(out, "\n{lots}")?;
    let mut entries = Table::new(&["entry", "what", "points", "from", "to", "cause"]);
    for entry in statement.iter().rev().take(SHOWN).rev() {
        let bucket = |bucket: Option<domain::Bucket>| bucket.map_or("", domain::Bucket::as_str).to_owned();
        let what = format!("{:?}", entry.kind).to_lowercase();
        entries.row([
            format!("{} {}", entry.sequence, entry.at),
            what,
            grouped(entry.points.get()),
            bucket(entry.from),
            bucket(entry.to),
            entry.cause.to_string(),
        ]);
    }
    write!(out, "{entries}  the last {} of {} entries", SHOWN.min(statement.len()), statement.len())
}
