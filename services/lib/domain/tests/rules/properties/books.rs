//! Books folded from the published entries alone, and compared with the rows (S05).

use super::{Verdict, fail, same};
use domain::entry::{Entry, EntryKind};
use domain::lot::{Bucket, Buckets};
use domain::{Entity, Event, EventKey, LotId, Name};
use std::collections::{BTreeMap, BTreeSet};

/// One lot, as entries tell it.
#[derive(Default, PartialEq, Eq, Debug, Clone)]
struct LotBook {
    issued: i64,
    clawed_back: i64,
    buckets: [i64; 8],
}

/// One wallet, as entries tell it.
#[derive(Default, PartialEq, Eq, Debug, Clone)]
pub struct WalletBook {
    pub earned: i64,
    pub clawed_back: i64,
    pub redeemed: i64,
    pub debt: i64,
    forgiven: i64,
    moved_in: i64,
    /// Debts that left with their lots, open or forgiven.
    owed_out: i64,
    pub buckets: [i64; 8],
}

#[derive(Default)]
pub struct Books {
    sequence: i64,
    lots: BTreeMap<LotId, LotBook>,
    pub wallets: BTreeMap<Name, WalletBook>,
    debts: BTreeMap<(EventKey, LotId), i64>,
    /// Transfers: what they draw is given, and not redeemed.
    pub transfers: BTreeSet<EventKey>,
    /// Held and spent, by redemption and lot.
    draws: BTreeMap<(EventKey, LotId), [i64; 2]>,
}

fn place(bucket: Bucket) -> usize {
    Bucket::ALL.iter().position(|known| *known == bucket).expect("a bucket")
}

fn numbers(buckets: &Buckets) -> [i64; 8] {
    Bucket::ALL.map(|bucket| buckets.get(bucket).get())
}

impl WalletBook {
    pub fn in_bucket(&self, bucket: Bucket) -> i64 {
        self.buckets[place(bucket)]
    }

    /// S05's sum for a member and wallet.
    fn adds_up(&self) -> bool {
        let kept = [Bucket::Pending, Bucket::Available, Bucket::Held, Bucket::Expired, Bucket::WrittenOff];
        let kept: i64 = kept.iter().map(|bucket| self.in_bucket(*bucket)).sum();
        let kept = kept + self.in_bucket(Bucket::Moved) - self.owed_out;
        let earned = self.earned - self.clawed_back + self.moved_in;
        kept - self.debt - self.forgiven == earned - self.redeemed
    }
}

/// What an entry changes in what redemptions took net of what was given back.
fn redeemed(entry: &Entry) -> i64 {
    match entry.kind {
        EntryKind::Spend => entry.points.get(),
        EntryKind::GiveBack => -entry.points.get(),
        EntryKind::DebtOpened if entry.lot.is_none() => entry.debt,
        EntryKind::DebtLifted => entry.debt,
        // A redemption moves with its lots, and with the debts that have none.
        EntryKind::MovedOut if entry.from == Some(Bucket::Spent) => -entry.points.get(),
        EntryKind::MovedIn if entry.to == Some(Bucket::Spent) => entry.points.get(),
        EntryKind::MovedOut | EntryKind::MovedIn if entry.lot.is_none() => entry.debt,
        _ => 0,
    }
}

impl Books {
    /// Posts the entries among `events`, each in its turn; no bucket and no debt ever falls below 0.
    pub fn post(&mut self, events: &[Event]) -> Verdict {
        events.iter().try_for_each(|event| match event {
            Event::Entry(entry) => self.post_one(entry),
            _ => Ok(()),
        })
    }

    pub fn post_one(&mut self, entry: &Entry) -> Verdict {
        self.sequence += 1;
        same("S05: sequence without gaps", &self.sequence, &entry.sequence)?;
        if matches!(entry.kind, EntryKind::Adjustment | EntryKind::Erasure) {
            return same("an adjustment itself moves nothing", &(0, 0), &(entry.points.get(), entry.debt));
        }
        let points = entry.points.get();
        let wallet = self.wallets.entry(entry.wallet.clone()).or_default();
        wallet.redeemed += if self.transfers.contains(&entry.redemption) { 0 } else { redeemed(entry) };
        wallet.debt += entry.debt;
        if entry.kind == EntryKind::Forgiveness {
            wallet.forgiven -= entry.debt;
        }
        wallet.clawed_back += entry.clawed_back.get();
        if entry.debt != 0 {
            *self.debts.entry((entry.redemption, entry.lot)).or_default() += entry.debt;
        }
        if !entry.lot.is_none() {
            let lot = self.lots.entry(entry.lot).or_default();
            lot.clawed_back += entry.clawed_back.get();
            match entry.kind {
                EntryKind::MovedIn => {
                    // What is owed of it is no points.
                    lot.clawed_back += entry.debt;
                    wallet.moved_in += points - entry.debt;
                }
                EntryKind::MovedOut => wallet.owed_out -= entry.debt,
                _ => {}
            }
            if let Some(to) = entry.to {
                lot.buckets[place(to)] += points;
                wallet.buckets[place(to)] += points;
                match entry.from {
                    Some(from) => {
                        lot.buckets[place(from)] -= points;
                        wallet.buckets[place(from)] -= points;
                    }
                    None => {
                        lot.issued += points;
                        wallet.earned += if entry.kind == EntryKind::MovedIn { 0 } else { points };
                    }
                }
            }
            if lot.buckets.iter().any(|bucket| *bucket < 0) {
                return fail(format!("S05: a bucket below 0 after {entry:?}"));
            }
        }
        for (bucket, sign) in [(entry.from, -1), (entry.to, 1)] {
            if let Some(place) = [Bucket::Held, Bucket::Spent].iter().position(|known| Some(*known) == bucket)
            {
                self.draws.entry((entry.redemption, entry.lot)).or_default()[place] += sign * points;
            }
        }
        Ok(())
    }

    /// Compares with every row, and the books with themselves.
    pub fn compare(&self, entity: &Entity) -> Verdict {
        self.compare_moving(entity)?;
        let draws: BTreeMap<_, _> = self.draws.iter().filter(|(_, draw)| **draw != [0, 0]).collect();
        let rows = entity.redemptions.rows().values().flat_map(|row| {
            row.draws.iter().map(|draw| ((row.key, draw.lot), [draw.held.get(), draw.spent.get()]))
        });
        let rows: BTreeMap<_, _> = rows.filter(|(_, draw)| *draw != [0, 0]).collect();
        same("S05: draws", &draws, &rows.iter().collect())
    }

    /// The same of an account that lots come to and leave: which redemption drew on those, no entry says again.
    pub fn compare_moving(&self, entity: &Entity) -> Verdict {
        self.compare_lots(entity)?;
        self.compare_wallets(entity)?;
        self.compare_debts(entity)?;
        same("S05: entries so far", &self.sequence, &entity.account.sequence)
    }

    fn compare_lots(&self, entity: &Entity) -> Verdict {
        // One that came without a point in it, for what names it, has no entry.
        let rows = entity.lots.rows().values().filter(|lot| lot.issued > domain::Points::ZERO);
        same("S05: lots", &self.lots.len(), &rows.count())?;
        for (id, book) in &self.lots {
            let Some(lot) = entity.lots.rows().get(id) else { return fail(format!("no row of {id:?}")) };
            let (issued, clawed_back) = (lot.issued.get(), lot.clawed_back.get());
            let row = LotBook { issued, clawed_back, buckets: numbers(&lot.buckets) };
            same("S05: a lot by its entries, and its row", book, &row)?;
            same("S05: issued, and its buckets together", &book.issued, &book.buckets.iter().sum())?;
            if lot.is_live() && id.issued_month < entity.account.live_from {
                return fail(format!("a live lot outside the live range: {lot:?}"));
            }
        }
        Ok(())
    }

    fn compare_wallets(&self, entity: &Entity) -> Verdict {
        for balance in &entity.account.wallets {
            let (book, links) = (self.wallets.get(&balance.wallet), entity.account.links.as_ref());
            let book = book.cloned().unwrap_or_default();
            let owed_out = links.map_or(0, |links| links.owed_out(balance.wallet.as_str()).get());
            let row = WalletBook {
                earned: balance.earned.get(),
                clawed_back: balance.clawed_back.get(),
                redeemed: balance.redeemed.get(),
                debt: balance.debt.get(),
                forgiven: balance.forgiven.get(),
                moved_in: balance.moved_in.get(),
                owed_out,
                buckets: numbers(&balance.buckets),
            };
            same("S05: a wallet by its entries, and its row", &book, &row)?;
            if !book.adds_up() {
                return fail(format!("S05: a wallet does not add up: {book:?}"));
            }
            if book.debt > 0 && book.in_bucket(Bucket::Available) > 0 {
                return fail(format!("S18: in debt, with points available: {book:?}"));
            }
        }
        match self.wallets.keys().find(|wallet| entity.account.balance(wallet.as_str()).is_none()) {
            Some(wallet) => fail(format!("no totals of wallet {wallet}")),
            None => Ok(()),
        }
    }

    fn compare_debts(&self, entity: &Entity) -> Verdict {
        let open: BTreeMap<_, _> = self.debts.iter().filter(|(_, open)| **open != 0).collect();
        let rows =
            entity.debts.rows().values().map(|debt| ((debt.id.redemption, debt.id.lot), debt.open.get()));
        let rows: BTreeMap<_, _> = rows.filter(|(_, open)| *open != 0).collect();
        same("S18: debts by their entries, and their rows", &open, &rows.iter().collect())?;
        let listed = entity.account.open_debts.iter().map(|id| (id.redemption, id.lot));
        let listed: BTreeSet<_> = listed.collect();
        same("S18: debts listed as open", &open.keys().map(|key| **key).collect(), &listed)
    }
}
