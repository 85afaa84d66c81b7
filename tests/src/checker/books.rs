//! Conservation (S05): entries folded per account are its lots and totals; lots and totals add up by themselves.

use super::evidence::{Evidence, Rows};
use super::report::Report;
use domain::entry::{Entry, EntryKind};
use domain::lot::Buckets;
use domain::{Balance, Bucket, EntityId, EventKey, Lot, LotId, Name};
use std::collections::{BTreeMap, BTreeSet};

/// Points by bucket, in the order of [`Bucket::ALL`].
type Points = [i64; 8];

/// A lot or a wallet, as its entries tell it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Book {
    issued: i64,
    clawed_back: i64,
    debt: i64,
    points: Points,
}

/// The books of one account.
#[derive(Default)]
struct Books<'e> {
    lots: BTreeMap<LotId, Book>,
    wallets: BTreeMap<&'e Name, Book>,
    /// What each lot was granted for.
    causes: BTreeSet<(LotId, EventKey)>,
}

/// Checks every account.
pub fn check(evidence: &Evidence, report: &mut Report) {
    let mut entries: BTreeMap<&EntityId, Vec<&Entry>> = BTreeMap::new();
    for entry in &evidence.entries {
        entries.entry(&entry.entity).or_default().push(entry);
    }
    let commands: BTreeSet<_> = evidence.commands.iter().map(|asked| asked.key).collect();
    report.entries = evidence.entries.len();
    report.accounts = evidence.accounts.len();
    for (entity, rows) in &evidence.accounts {
        let entries = entries.remove(entity).unwrap_or_default();
        sequence(entity, &entries, rows, report);
        let books = fold(entity, &entries, report);
        compare(entity, &books, rows, report);
        for lot in rows.lots.values() {
            lot_adds_up(entity, lot, report);
        }
        for balance in &rows.account.wallets {
            wallet_adds_up(entity, balance, rows, report);
        }
        // A correction grants under a key of account and version (S26).
        let corrected = |lot: &LotId| {
            let version = rows.lots.get(lot)?.version;
            Some(EventKey::of("", "account", entity.as_str()).derived("correction", version.into()))
        };
        for (lot, cause) in &books.causes {
            if commands.contains(cause) || corrected(lot) == Some(*cause) {
                continue;
            }
            report.find(format!("lot {lot:?} of {entity} was granted for {cause}, which nobody sent"));
        }
    }
    in_transit(evidence, report);
    for (entity, entries) in entries {
        report.lost(format!("the store has no account {entity}, which has {} entries", entries.len()));
    }
}

/// What left one account came to another: lot by lot, of a transfer all of it together (its lots have ids of their own
/// there), and nothing is on its way for ever.
fn in_transit(evidence: &Evidence, report: &mut Report) {
    let mut moves: BTreeMap<(EventKey, LotId), i64> = BTreeMap::new();
    for entry in &evidence.entries {
        let sign = match entry.kind {
            EntryKind::MovedOut => -1,
            EntryKind::MovedIn => 1,
            // A transfer that was refused.
            EntryKind::GiveBack | EntryKind::DebtLifted if entry.from == Some(Bucket::Moved) => 1,
            _ => continue,
        };
        let lot = if entry.redemption == EventKey::NONE { entry.lot } else { LotId::NONE };
        *moves.entry((entry.redemption, lot)).or_default() += sign * entry.points.get();
    }
    for ((transfer, lot), points) in moves.into_iter().filter(|(_, points)| *points != 0) {
        let finding =
            format!("S05: {points} points of {lot:?} (transfer {transfer}) came in more than went out");
        if points < 0 {
            report.lost(finding)
        } else {
            report.doubled(finding)
        };
    }
}

/// Numbers from 1 without a gap, in the order of the log; the statement in the store is the same.
fn sequence(entity: &EntityId, entries: &[&Entry], rows: &Rows, report: &mut Report) {
    for (expected, entry) in (1..).zip(entries) {
        if entry.sequence != expected {
            let finding = format!("S05: {entity}: expected entry {expected}, found {}", entry.sequence);
            return if entry.sequence < expected { report.doubled(finding) } else { report.lost(finding) };
        }
    }
    let last = rows.account.sequence;
    if last != i64::try_from(entries.len()).unwrap_or(-1) {
        report.lost(format!("S05: {entity}: {} entries in the log, {last} in its head row", entries.len()));
    }
    if !rows.statement.iter().eq(entries.iter().copied()) {
        let found = rows.statement.len();
        report.lost(format!("S05: {entity}: its statement of {found} is not its {} entries", entries.len()));
    }
}

fn fold<'e>(entity: &EntityId, entries: &[&'e Entry], report: &mut Report) -> Books<'e> {
    let mut books = Books::default();
    for entry in entries {
        let Books { lots, wallets, causes } = &mut books;
        let wallet = wallets.entry(&entry.wallet).or_default();
        post_to_wallet(wallet, entry);
        if !entry.lot.is_none() {
            post_to_lot(lots.entry(entry.lot).or_default(), entry);
            if lots[&entry.lot].points.iter().any(|points| *points < 0) {
                report.find(format!("S05: {entity}: a bucket falls below 0 by {entry:?}"));
            }
        }
        if matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise) {
            causes.insert((entry.lot, entry.cause));
        }
    }
    books
}

fn post(book: &mut Book, entry: &Entry) {
    let points = entry.points.get();
    book.debt += entry.debt;
    book.clawed_back += entry.clawed_back.get();
    for (bucket, change) in [(entry.from, -points), (entry.to, points)] {
        if let Some(place) = Bucket::ALL.iter().position(|known| Some(*known) == bucket) {
            book.points[place] += change;
        }
    }
    if entry.from.is_none() && entry.to.is_some() {
        book.issued += points;
    }
}

/// What a lot brings along was issued, and clawed back where it is still owed, for another account.
fn post_to_wallet(book: &mut Book, entry: &Entry) {
    post(book, entry);
    if entry.kind == EntryKind::MovedIn {
        book.issued -= entry.points.get();
    }
}

fn post_to_lot(book: &mut Book, entry: &Entry) {
    post(book, entry);
    if entry.kind == EntryKind::MovedIn {
        book.clawed_back += entry.debt;
    }
}

fn points(buckets: &Buckets) -> Points {
    Bucket::ALL.map(|bucket| buckets.get(bucket).get())
}

fn compare(entity: &EntityId, books: &Books<'_>, rows: &Rows, report: &mut Report) {
    let lots = &rows.lots;
    for id in books.lots.keys().filter(|id| !lots.contains_key(id)) {
        report.lost(format!("S05: {entity}: the store has no lot {id:?}, which has entries"));
    }
    for (id, lot) in lots {
        let book = books.lots.get(id).cloned().unwrap_or_default();
        // Whose debt is part of a lot is told by the debt's own row.
        let (issued, clawed_back, debt) = (lot.issued.get(), lot.clawed_back.get(), book.debt);
        let row = Book { issued, clawed_back, debt, points: points(&lot.buckets) };
        if row != book {
            report.find(format!("S05: {entity}: lot {id:?} is {row:?}, its entries say {book:?}"));
        }
    }
    for balance in &rows.account.wallets {
        let book = books.wallets.get(&balance.wallet).cloned().unwrap_or_default();
        let (issued, clawed_back) = (balance.earned.get(), balance.clawed_back.get());
        let row = Book { issued, clawed_back, debt: balance.debt.get(), points: points(&balance.buckets) };
        if row != book {
            let wallet = &balance.wallet;
            report.find(format!("S05: {entity}: wallet {wallet} is {row:?}, its entries say {book:?}"));
        }
    }
}

fn lot_adds_up(entity: &EntityId, lot: &Lot, report: &mut Report) {
    let points = points(&lot.buckets);
    report.lots += 1;
    report.issued += lot.issued.get();
    if points.iter().sum::<i64>() != lot.issued.get() || points.iter().any(|points| *points < 0) {
        report.find(format!("S05: {entity}: the buckets of a lot are not what was issued: {lot:?}"));
    }
}

/// S05 for a wallet, from rows of lots, redemptions and debts alone; then the head row's totals.
fn wallet_adds_up(entity: &EntityId, balance: &Balance, rows: &Rows, report: &mut Report) {
    let lots = || rows.lots.values().filter(|lot| lot.wallet == balance.wallet);
    let sum = |bucket| lots().map(|lot| lot.buckets.get(bucket).get()).sum::<i64>();
    let totals: Points = Bucket::ALL.map(sum);
    let redemptions = rows.redemptions.iter().filter(|row| row.wallet == balance.wallet);
    let redeemed: i64 = redemptions.map(|row| row.captured.get() - row.given_back.get()).sum();
    let debts = rows.debts.iter().filter(|debt| debt.wallet == balance.wallet);
    let owed: i64 = debts.map(|debt| debt.open.get() + debt.forgiven.get()).sum();
    let kept = [Bucket::Pending, Bucket::Available, Bucket::Held, Bucket::Expired, Bucket::Moved];
    let kept: i64 = kept.into_iter().chain([Bucket::WrittenOff]).map(sum).sum();
    let earned: i64 = lots().map(|lot| lot.issued.get() - lot.clawed_back.get()).sum();
    let out = rows.account.links.as_ref();
    let out = out.map_or(0, |links| links.owed_out(balance.wallet.as_str()).get());
    if kept - out - owed != earned - redeemed {
        report.find(format!(
            "S05: {entity}: wallet {} keeps {kept} less {owed} owed, expected {earned} earned less {redeemed} redeemed",
            balance.wallet
        ));
    }
    if totals != points(&balance.buckets) || redeemed != balance.redeemed.get() {
        report.find(format!(
            "S05: {entity}: lots hold {totals:?} and {redeemed} redeemed, the head row says {balance:?}"
        ));
    }
    if balance.debt.get() > 0 && sum(Bucket::Available) > 0 {
        report.find(format!("S18: {entity}: both a debt and something available: {balance:?}"));
    }
}
