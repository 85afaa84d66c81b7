//! Entries at random.

use super::*;

/// An entry of any kind.
pub fn entry(entity: EntityId) -> impl Strategy<Value = Entry> {
    let kinds = [
        EntryKind::Accrual,
        EntryKind::GiveBack,
        EntryKind::DebtOpened,
        EntryKind::WriteOff,
        EntryKind::Adjustment,
    ];
    let bucket = || prop::option::of(prop::sample::select(&Bucket::ALL[..]));
    let first = (number(), instant(), instant(), prop::sample::select(kinds.to_vec()), name(), lot_id());
    let then = (bucket(), bucket(), points(), number(), points(), key(), key());
    (first, then, name(), int(), name(), instant(), name()).prop_map(
        move |(first, then, rule, version, partner, occurred_at, redeemer)| {
            let (sequence, at, recorded_at, kind, wallet, lot) = first;
            let (from, to, points, debt, clawed_back, redemption, cause) = then;
            Entry {
                entity: entity.clone(),
                sequence,
                at,
                recorded_at,
                kind,
                wallet,
                lot,
                from,
                to,
                points,
                debt,
                clawed_back,
                redemption,
                cause,
                rule,
                version,
                partner,
                occurred_at,
                redeemer,
            }
        },
    )
}
