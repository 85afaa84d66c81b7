//! What the entries of every decision of every scenario must be: numbered without gaps, each of its lot, and together
//! just what changed.

use domain::entry::Entry;
use domain::lot::Bucket;
use domain::{Account, Entity, Event, LotId, Points};

/// Fails where the entries among `events` are not what became of `before`.
pub fn check(before: &Entity, after: &Entity, events: &[Event]) {
    let entries: Vec<&Entry> = events
        .iter()
        .filter_map(|event| match event {
            Event::Entry(entry) => Some(entry),
            _ => None,
        })
        .collect();
    for (place, entry) in (1..).zip(&entries) {
        assert_eq!(entry.entity, after.account.entity, "{entry:?}");
        assert_eq!(entry.sequence, before.account.sequence + place, "{entry:?}");
        assert_eq!(entry.recorded_at, after.account.now, "{entry:?}");
        assert!(entry.at <= entry.recorded_at, "{entry:?}");
        is_of_its_lot(entry, before, after);
    }
    add_up(&before.account, &after.account, &entries);
    rows_are_what_wallets_say(after);
    wakes_in_time(after);
}

/// An entry names what its lot is: wallet, version, partner. Corrections change the version on their way (S26).
fn is_of_its_lot(entry: &Entry, before: &Entity, after: &Entity) {
    if entry.lot == LotId::NONE {
        return;
    }
    let lot = after.lots.rows().get(&entry.lot).unwrap_or_else(|| panic!("there is no lot of {entry:?}"));
    assert_eq!((&entry.wallet, &entry.partner), (&lot.wallet, &lot.partner), "{entry:?} of {lot:?}");
    let was = before.lots.rows().get(&entry.lot).map_or(lot.version, |lot| lot.version);
    assert!((was..=lot.version).contains(&entry.version), "{entry:?} of {lot:?}");
}

/// Points that came to each bucket less those that left it, and the changes of debt and of what was clawed back, are
/// what the wallets say.
fn add_up(before: &Account, after: &Account, entries: &[&Entry]) {
    for balance in &after.wallets {
        let was = before.balance(balance.wallet.as_str());
        let of_it = || entries.iter().filter(|entry| entry.wallet == balance.wallet);
        // What left and comes back to stay counts as neither (S05).
        for bucket in Bucket::ALL.into_iter().filter(|bucket| *bucket != Bucket::Moved) {
            let flow: i64 = of_it()
                .map(|entry| {
                    let signed = i64::from(entry.to == Some(bucket)) - i64::from(entry.from == Some(bucket));
                    signed * entry.points.get()
                })
                .sum();
            let had = was.map_or(0, |was| was.buckets.get(bucket).get());
            assert_eq!(balance.buckets.get(bucket).get() - had, flow, "{bucket:?} of {}", balance.wallet);
        }
        let owed = balance.debt.get() - was.map_or(0, |was| was.debt.get());
        assert_eq!(of_it().map(|entry| entry.debt).sum::<i64>(), owed, "the debt in {}", balance.wallet);
    }
}

/// Wallets are the sums of their lots and debts; what is held of a lot, or spent, is what redemptions take from it.
fn rows_are_what_wallets_say(entity: &Entity) {
    for balance in &entity.account.wallets {
        for bucket in Bucket::ALL {
            let of_lots = || entity.lots.rows().values().filter(|lot| lot.wallet == balance.wallet);
            let sum: i64 = of_lots().map(|lot| lot.buckets.get(bucket).get()).sum();
            assert_eq!(
                sum,
                balance.buckets.get(bucket).get(),
                "{bucket:?} of all lots of {}",
                balance.wallet
            );
        }
        let debts = || entity.debts.rows().values().filter(|debt| debt.wallet == balance.wallet);
        assert_eq!(debts().map(|debt| debt.open).sum::<Points>(), balance.debt, "{}", balance.wallet);
        assert_eq!(debts().map(|debt| debt.forgiven).sum::<Points>(), balance.forgiven, "{}", balance.wallet);
    }
    let draws = || entity.redemptions.rows().values().filter(|it| it.to.is_none()).flat_map(|it| &it.draws);
    for lot in entity.lots.rows().values() {
        let of_it = || draws().filter(|draw| draw.lot == lot.id);
        assert_eq!(of_it().map(|draw| draw.held).sum::<Points>(), lot.buckets.held, "{lot:?}");
        assert_eq!(of_it().map(|draw| draw.spent).sum::<Points>(), lot.buckets.spent, "{lot:?}");
    }
}

/// Nothing that happens by itself is due before the account is woken.
fn wakes_in_time(entity: &Entity) {
    let account = &entity.account;
    for lot in entity.lots.rows().values() {
        let activates = (!lot.buckets.pending.is_zero()).then_some(lot.activates_at);
        let expires = (!lot.buckets.available.is_zero()).then_some(lot.expires_at);
        for due in activates.into_iter().chain(expires) {
            assert!(account.next_due <= due && due > account.now, "{lot:?} as of {}", account.now);
        }
    }
}
