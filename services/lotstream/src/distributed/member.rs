//! `lotstream member`: one account as of now: both balances, what is next, lots and statement (S07).

use super::deployment::Deployment;
use super::{other, state};
use crate::cli::distributed::MemberArgs;
use crate::failure::Failure;
use crate::instant;
use crate::table::{Table, grouped};
use domain::entry::Entry;
use domain::{Account, Balance, Entity, EntityId, Lot, Timestamp};
use engine::store::Store;
use lotstream_scylla::ScyllaStore;
use serde::Serialize;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

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

/// Shows a member.
pub(super) fn perform(deployment: &Deployment, args: &MemberArgs) -> Result<ExitCode, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(wall()), |at| instant::parse("--at", at))?;
    let programme = args.programme.as_deref().unwrap_or(deployment.programme());
    if programme.is_empty() {
        return Err(other("expected a programme; set `--programme`, or `programme` in the settings"));
    }
    let id = EntityId::member(programme, &args.id);
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let rows = store.entity(&id).map_err(other)?;
    if rows.is_empty() {
        return Err(other(format!("{id} is not known here; nothing ever happened to it")));
    }
    let tariffs = state::tariffs(deployment, &mut store)?;
    let at = if args.at.is_none() { at.max(state::decided_until(&rows)) } else { at };
    let entity = state::matured(id.clone(), rows, &tariffs, at)?;
    let statement = store.statement(&id).map_err(other)?;
    if args.json {
        let view = View {
            at,
            account: &entity.account,
            next_activation: next(&entity, |lot| (lot.activates_at, lot.buckets.pending.get())),
            next_expiry: next(&entity, |lot| (lot.expires_at, lot.buckets.available.get())),
            lots: entity.lots.rows().values().collect(),
            statement: &statement,
        };
        println!("{}", serde_json::to_string_pretty(&view).map_err(other)?);
    } else {
        tell(&entity, &statement, at);
    }
    Ok(ExitCode::SUCCESS)
}

/// The earliest instant ahead that `what` names for a lot with points, and the points of all lots then.
fn next(entity: &Entity, what: impl Fn(&Lot) -> (Timestamp, i64)) -> Option<(Timestamp, i64)> {
    let ahead =
        || entity.lots.rows().values().map(&what).filter(|(at, points)| *points > 0 && at.is_finite());
    let first = ahead().map(|(at, _)| at).min()?;
    Some((first, ahead().filter(|(at, _)| *at == first).map(|(_, points)| points).sum()))
}

fn tell(entity: &Entity, statement: &[Entry], at: Timestamp) {
    let account = &entity.account;
    let tier = account.standing.as_ref().map_or("no tier", |standing| standing.tier.as_str());
    println!("\n  {} as of {at} — {tier}\n", account.entity);
    let mut balances = Table::new(&["wallet", "total", "available", "held", "owed"]);
    for balance in &account.wallets {
        let Balance { wallet, buckets, debt, .. } = balance;
        let figures =
            [balance.total(), buckets.available, buckets.held, *debt].map(|points| grouped(points.get()));
        balances.row(std::iter::once(wallet.to_string()).chain(figures));
    }
    println!("{balances}");
    for (what, found) in [
        ("next activation", next(entity, |lot| (lot.activates_at, lot.buckets.pending.get()))),
        ("next expiry", next(entity, |lot| (lot.expires_at, lot.buckets.available.get()))),
    ] {
        match found {
            Some((at, points)) => println!("  {what}: {} on {at}", grouped(points)),
            None => println!("  {what}: none"),
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
    println!("\n{lots}");
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
    println!("{entries}  the last {} of {} entries", SHOWN.min(statement.len()), statement.len());
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
