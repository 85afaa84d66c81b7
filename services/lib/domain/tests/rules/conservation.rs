//! What the core checks of itself on every decision (S05, S18): no figure can move alone and go unnoticed.

use crate::scenario::{Ledger, play, tariffs};
use domain::account::Balance;
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::lot::{Bucket, Lot};
use domain::{Name, Points};

fn points(points: i64) -> Points {
    Points::at_least_zero(points)
}

/// Earned, and returned in part.
fn ledger() -> Ledger {
    play(
        tariffs::base(),
        "
        day 1   sale P at X 1000 1000             => earned 100
        day 2   return r1 of P at X 1             => clawed 50
    ",
    )
}

fn the_lot() -> Lot {
    let ledger = ledger();
    let lot = ledger.entity().lots.rows().values().next().expect("a lot").clone();
    assert!(lot_adds_up(&lot) && lot.buckets.revoked > Points::ZERO, "{lot:?}");
    lot
}

type Figure = fn(&mut Balance) -> &mut Points;

#[test]
fn s05_a_point_in_any_bucket_of_a_lot_more_than_was_issued_is_noticed() {
    for bucket in Bucket::ALL {
        let mut lot = the_lot();
        *lot.buckets.get_mut(bucket) += points(1);
        assert!(!lot_adds_up(&lot), "{bucket:?}");
    }
}

#[test]
fn s05_no_more_is_clawed_back_than_was_issued_and_no_more_revoked_than_clawed_back() {
    let lot = the_lot();
    for (clawed_back, expected) in
        [(lot.issued, true), (lot.issued + points(1), false), (lot.buckets.revoked - points(1), false)]
    {
        assert_eq!(lot_adds_up(&Lot { clawed_back, ..lot.clone() }), expected, "{clawed_back:?}");
    }
}

#[test]
fn s05_a_point_in_any_figure_of_a_wallet_alone_is_noticed() {
    let whole = ledger();
    let account = &whole.entity().account;
    let balance = account.wallets[0].clone();
    assert!(wallet_adds_up(account, &balance));
    // What was spent is told by `redeemed`; what was revoked by `clawed_back`.
    let counted = |bucket: &Bucket| !matches!(bucket, Bucket::Spent | Bucket::Revoked);
    for bucket in Bucket::ALL.iter().copied().filter(counted) {
        let mut wrong = balance.clone();
        *wrong.buckets.get_mut(bucket) += points(1);
        assert!(!wallet_adds_up(account, &wrong), "{bucket:?}");
    }
    let figures: [(&str, Figure); 6] = [
        ("earned", |balance| &mut balance.earned),
        ("clawed back", |balance| &mut balance.clawed_back),
        ("moved in", |balance| &mut balance.moved_in),
        ("redeemed", |balance| &mut balance.redeemed),
        ("debt", |balance| &mut balance.debt),
        ("forgiven", |balance| &mut balance.forgiven),
    ];
    for (name, figure) in figures {
        let mut wrong = balance.clone();
        *figure(&mut wrong) += points(1);
        assert!(!wallet_adds_up(account, &wrong), "{name}");
    }
}

#[test]
fn s18_a_wallet_has_not_both_a_debt_and_something_available() {
    let account = &ledger().entity().account.clone();
    let mut balance = Balance::new(Name::from("any"));
    (balance.debt, balance.redeemed) = (points(5), points(5));
    assert!(wallet_adds_up(account, &balance), "a debt alone");
    (balance.buckets.available, balance.earned) = (points(1), points(1));
    assert!(!wallet_adds_up(account, &balance), "a debt beside a point that could pay it");
}
