//! One account as of an instant: both balances, what is next, lots and statement (S07).

use super::Shown;
use super::past::Past;
use super::state::{decided_until, matured};
use crate::failure::{Failure, other};
use crate::table::Table;
use chrono_tz::Tz;
use domain::burn::burn_key;
use domain::entry::Entry;
use domain::money::grouped;
use domain::tariff::{Tariff, Tariffs, Wallet as Declared};
use domain::upcoming::Upcoming;
use domain::{Account, Balance, Bucket, Entity, EntityId, Lot, Name, Timestamp};
use engine::store::Store;
use reports::calendar::local;
use serde::Serialize;
use std::fmt::Write;

/// Entries of a statement that are shown to a person.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct View<'a> {
    at: Timestamp,
    entity: &'a EntityId,
    /// The tier; absent where there is none, and where it is another since.
    tier: Option<&'a Name>,
    /// What the tier brings beside points, by the version in force at `at`.
    perks: Vec<Name>,
    /// Whether the tier was another at `at`: a statement tells which.
    tier_changed_since: bool,
    wallets: Vec<Wallet>,
    next: Upcoming,
    lots: Vec<Lot>,
    statement: &'a [Entry],
    /// The head row; absent before the account's last decision.
    account: Option<&'a Account>,
}

/// A wallet's balances, in its smallest unit (S07).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Wallet {
    pub(super) wallet: Name,
    pub(super) total: i64,
    pub(super) available: i64,
    pub(super) pending: i64,
    pub(super) held: i64,
    pub(super) debt: i64,
}

impl Wallet {
    pub(super) fn new(name: &Name) -> Self {
        Self { wallet: name.clone(), total: 0, available: 0, pending: 0, held: 0, debt: 0 }
    }

    /// Points came to `bucket`, or left it.
    pub(super) const fn add(&mut self, bucket: Option<Bucket>, points: i64) {
        match bucket {
            Some(Bucket::Pending) => self.pending += points,
            Some(Bucket::Available) => self.available += points,
            Some(Bucket::Held) => self.held += points,
            _ => return,
        }
        self.total = self.pending + self.available;
    }

    fn of(balance: &Balance) -> Self {
        let Balance { wallet, buckets, debt, .. } = balance;
        let mut it = Self { debt: debt.get(), ..Self::new(wallet) };
        Bucket::ALL.iter().for_each(|bucket| it.add(Some(*bucket), buckets.get(*bucket).get()));
        it
    }
}

/// Shows the account `id` as of `at`: before its last decision as its entries tell, after it with what is due by then.
/// As of the last decision where that is later and `at_least` says so.
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
    let decided = decided_until(&rows);
    let at = if at_least { at.max(decided) } else { at };
    let entries = store.statement(id).map_err(other)?;
    let entity = matured(id.clone(), rows, tariffs, at.max(decided))?;
    let mut view = if at < decided { before(&entity, &entries, at)? } else { now(&entity, &entries, at) };
    let tariff = tariffs.at(id.programme(), at);
    let perks = tariff.zip(view.tier).map(|(tariff, tier)| tariff.perks(tier.as_str()).to_vec());
    view.perks = perks.unwrap_or_default();
    let place = |lot: &Lot| tariff.and_then(|tariff| tariff.wallet(lot.wallet.as_str())).map(Declared::place);
    // Of wallets that are gone, behind those that pay.
    view.lots.sort_by_cached_key(|lot| (place(lot).is_none(), place(lot), lot.wallet.clone(), burn_key(lot)));
    let text = match json {
        true => serde_json::to_string_pretty(&view).map_err(other)?,
        false => {
            let mut text = String::new();
            let tariff = tariff.or_else(|| tariffs.first(id.programme())).map(AsRef::as_ref);
            Telling { tariff }.tell(&mut text, &view).map_err(other)?;
            text
        }
    };
    Ok(Shown { text, holds: true })
}

fn now<'a>(entity: &'a Entity, entries: &'a [Entry], at: Timestamp) -> View<'a> {
    let account = &entity.account;
    let lots: Vec<Lot> = entity.lots.rows().values().cloned().collect();
    View {
        at,
        entity: &account.entity,
        tier: account.standing.as_ref().map(|standing| &standing.tier),
        perks: Vec::new(),
        tier_changed_since: false,
        wallets: account.wallets.iter().map(Wallet::of).collect(),
        next: Upcoming::of(&lots),
        lots,
        statement: entries,
        account: Some(account),
    }
}

fn before<'a>(entity: &'a Entity, entries: &'a [Entry], at: Timestamp) -> Result<View<'a>, Failure> {
    let past = Past::of(entity, entries, at)?;
    let lots = past.lots(entity);
    let (then, since): (Vec<_>, Vec<_>) =
        entity.account.standing.iter().partition(|standing| standing.since <= at);
    Ok(View {
        at,
        entity: &entity.account.entity,
        tier: then.first().map(|standing| &standing.tier),
        perks: Vec::new(),
        tier_changed_since: !since.is_empty(),
        next: Upcoming::of(&lots),
        lots,
        statement: &entries[..past.entries],
        wallets: past.wallets.into_values().collect(),
        account: None,
    })
}

/// What is told to a person: instants on the programme's clocks, points in whole units of their wallet.
struct Telling<'a> {
    tariff: Option<&'a Tariff>,
}

impl Telling<'_> {
    fn zone(&self) -> Tz {
        self.tariff.map_or(Tz::UTC, |tariff| tariff.zone)
    }

    fn local(&self, at: Timestamp) -> String {
        local(self.zone(), at)
    }

    /// `points` of `wallet`, in its smallest unit.
    fn points(&self, wallet: &Name, points: i64) -> String {
        let known = self.tariff.and_then(|tariff| tariff.wallet(wallet.as_str()));
        grouped(points, known.map_or(0, |wallet| wallet.scale))
    }

    fn tell(&self, out: &mut String, view: &View<'_>) -> std::fmt::Result {
        let tier = match (view.tier, view.tier_changed_since) {
            (Some(tier), _) => tier.as_str(),
            (None, true) => "another tier than now; a statement tells which",
            (None, false) => "no tier",
        };
        let (at, zone) = (self.local(view.at), self.zone().name());
        writeln!(out, "\n  {} as of {at} {zone} — {tier}\n", view.entity)?;
        if !view.perks.is_empty() {
            let perks: Vec<&str> = view.perks.iter().map(Name::as_str).collect();
            writeln!(out, "  perks: {}\n", perks.join(", "))?;
        }
        let mut balances = Table::new(&["wallet", "total", "available", "held", "owed"]);
        for wallet in &view.wallets {
            let figures = [wallet.total, wallet.available, wallet.held, wallet.debt];
            let figures = figures.map(|points| self.points(&wallet.wallet, points));
            balances.row(std::iter::once(wallet.wallet.to_string()).chain(figures));
        }
        writeln!(out, "{balances}")?;
        for (what, found) in [("next activation", view.next.activation), ("next expiry", view.next.expiry)] {
            match found.is_due() {
                true => {
                    let points = self.points(&only_wallet(view), found.points.get());
                    writeln!(out, "  {what}: {points} on {}", self.local(found.at))?;
                }
                false => writeln!(out, "  {what}: none")?,
            }
        }
        self.tell_lots(out, &view.lots)?;
        self.tell_entries(out, view.statement)
    }

    /// The lots that hold points, first to burn first (S08); with their wallet where there are several.
    fn tell_lots(&self, out: &mut String, all: &[Lot]) -> std::fmt::Result {
        let several = all.iter().any(|lot| lot.wallet != all[0].wallet);
        let mut names = vec!["lot of", "partner"];
        names.extend(several.then_some("wallet"));
        let figures = ["issued", "pending", "available", "held", "spent", "expires"];
        let headings: Vec<&str> = names.iter().copied().chain(figures).collect();
        let mut lots = Table::new(&headings).with_texts(names.len());
        for lot in all.iter().filter(|lot| lot.is_live()) {
            let buckets = &lot.buckets;
            let figures = [lot.issued, buckets.pending, buckets.available, buckets.held, buckets.spent];
            let figures = figures.map(|points| self.points(&lot.wallet, points.get()));
            let names = [self.local(lot.occurred_at), lot.partner.to_string()];
            let wallet = several.then(|| lot.wallet.to_string());
            let expires = [self.local(lot.expires_at)];
            lots.row(names.into_iter().chain(wallet).chain(figures).chain(expires));
        }
        writeln!(out, "\n{lots}")
    }

    fn tell_entries(&self, out: &mut String, statement: &[Entry]) -> std::fmt::Result {
        let mut entries = Table::new(&["entry", "at", "what", "points", "from", "to", "cause"]).with_texts(0);
        for entry in statement.iter().rev().take(SHOWN).rev() {
            let bucket = |bucket: Option<Bucket>| bucket.map_or("", Bucket::as_str).to_owned();
            let what = format!("{:?}", entry.kind).to_lowercase();
            entries.row([
                entry.sequence.to_string(),
                self.local(entry.at),
                what,
                self.points(&entry.wallet, entry.points.get()),
                bucket(entry.from),
                bucket(entry.to),
                entry.cause.to_string(),
            ]);
        }
        write!(out, "{entries}  the last {} of {} entries", SHOWN.min(statement.len()), statement.len())
    }
}

/// The wallet where there is one; what several hold together is in smallest units.
fn only_wallet(view: &View<'_>) -> Name {
    match &view.wallets[..] {
        [only] => only.wallet.clone(),
        _ => Name::default(),
    }
}
