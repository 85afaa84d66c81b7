//! Notices (S30): of which wallet, and each with an id of its own.

use crate::scenario::{play, tariffs};
use domain::calendar::Span;
use domain::event::NoticeKind;
use domain::tariff::{Activation, Expiry};
use domain::{Event, EventKey, Name};
use std::collections::BTreeSet;

/// A notice is about the wallet the gift came to, not the stamps it was made of.
#[test]
fn s30_s32_what_stamps_become_is_told_of_its_own_wallet() {
    let mut tariff = tariffs::stamps();
    tariff.notices.channels.insert(NoticeKind::Accrued, vec![Name::from("sms")]);
    let ledger = play(tariff, "day 1  sale P at X 100x10 => earned 10, notices accrued+accrued");
    let told = ledger.all.iter().filter_map(|event| match event {
        Event::Notice(notice) => Some((notice.wallet.as_str(), notice.points.get())),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [("bonus", 10), ("gift", 1)]);
}

/// Found by the simulation: entries are numbered in each account, and parts of one lot expire in two.
#[test]
fn s30_parts_of_a_lot_that_expire_at_a_card_and_at_its_member_are_told_apart() {
    let mut tariff = tariffs::with_terms(|terms| {
        terms.activation = Activation::AtOnce;
        terms.expiry = Expiry::AfterAccrual(Span::Days(3));
    });
    tariff.spending.hold = Span::Days(30);
    tariff.notices.channels.insert(NoticeKind::Expired, vec![Name::from("sms")]);
    for sales_of_the_member in 0..12 {
        let mut script = "
            day 1   sale P at X 2000 via K        => K: total 100
            day 2   hold R at Z 30 via K          => K: held 30
            day 5   pass                          => K: expired 70
        "
        .to_owned();
        for number in 0..sales_of_the_member {
            script += &format!("day 6   sale S{number} at X 20 => earned 1\n");
        }
        script += "
            day 7   bind b card K to m at Z       => held 30
            day 8   cancel c of R at Z via K      => expired 100
        ";
        let ledger = play(tariff.clone(), &script);
        let told = ledger.all.iter().filter_map(|event| match event {
            Event::Notice(notice) if notice.kind == NoticeKind::Expired => Some(notice.id),
            _ => None,
        });
        let told: Vec<EventKey> = told.collect();
        let apart: BTreeSet<EventKey> = told.iter().copied().collect();
        assert_eq!((told.len(), apart.len()), (2, 2), "{sales_of_the_member} sales");
    }
}
