//! S22, S24: a return that comes before its purchase ends as the usual order does.

use super::act::{Act, SaleAct, Take, sale, story, take};
use super::mix::Mix;
use super::player::Player;
use super::programme::programme;
use super::{hold, same};
use domain::account::{Kept, Standing};
use domain::tariff::Tariff;
use domain::{EventKey, Minor, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
struct Case {
    tariff: Tariff,
    before: Vec<Act>,
    sale: SaleAct,
    take: Take,
    again: Take,
    hours: i64,
}

fn case() -> impl Strategy<Value = Case> {
    let hours = prop_oneof![Just(0_i64), 1..24_i64, 24..500_i64];
    (programme(), story(15), sale(), take(), take(), hours).prop_map(
        |(mut tariff, before, sale, take, again, hours)| {
            // Whether a till's points are covered may depend on when the sale comes (S15): here they always are.
            tariff.spending.uncovered_becomes_debt = true;
            // A grace counts from when points come back, and which lots pay is decided once, in log order.
            tariff.spending.grace = None;
            Case { tariff, before, sale: SaleAct { late: 0, ..sale }, take, again, hours }
        },
    )
}

/// Net points, worth, where the member stands, and every lot's cause, net and dates.
pub type End =
    (Vec<(String, i64, i64)>, Option<String>, BTreeMap<(EventKey, String), (i64, Timestamp, Timestamp)>);

/// The tier, until when it is kept, and what counts for it in a lifetime: what is over is forgotten by arrival.
fn stands(standing: &Standing) -> String {
    let Standing { tier, spend, .. } = standing;
    let Kept { until, lapses_at, .. } = standing.kept();
    let counts = spend.iter().filter(|bucket| bucket.from == Timestamp::MIN && bucket.amount != Minor::ZERO);
    let counts: Vec<String> =
        counts.map(|it| format!("{} {}: {}", it.counts, it.from, it.amount.0)).collect();
    format!("{tier}, kept until {until}, lapses at {lapses_at}, {counts:?}")
}

pub fn end(player: &mut Player, at: Timestamp) -> End {
    player.pass(at);
    let wallets = player.entity.account.wallets.iter().map(|balance| {
        let buckets = &balance.buckets;
        let kept = buckets.pending + buckets.available + buckets.held + buckets.expired;
        let net = balance.earned.get() - balance.clawed_back.get();
        (balance.wallet.to_string(), net, kept.get() - balance.debt.get())
    });
    let lots = player.entity.lots.rows().values().filter(|lot| !lot.net().is_zero()).map(|lot| {
        let dates = (lot.net().get(), lot.activates_at, lot.expires_at);
        ((lot.cause, format!("{}/{}", lot.terms, lot.partner)), dates)
    });
    let tier = player.entity.account.standing.as_ref().map(stands);
    // One that was raised and lowered to nothing is as one that nothing came to.
    let wallets = wallets.filter(|(_, net, kept)| (*net, *kept) != (0, 0));
    (wallets.collect(), tier, lots.collect())
}

/// Plays the sale at its time and the returns after it, or the returns first and the sale late.
fn play(case: &Case, usual: bool) -> Result<Player, super::TestCaseError> {
    let mut player = Player::new(case.tariff.clone());
    player.play(&case.before, |_, _, _| Ok(()))?;
    let sold_at = player.now;
    let mut sale = player.sale(&case.sale);
    let mut ignore = |_: &Player, _: &_, _: &_| Ok(());
    if usual {
        player.send(sale.clone(), &mut ignore)?;
    }
    player.now = sold_at.plus_millis(case.hours * 3_600_000);
    player.pass(player.now);
    for take in [&case.take, &case.again] {
        let ret = player.returned(&sale, take);
        player.send(ret, &mut ignore)?;
    }
    if !usual {
        sale.delivered_at = player.now;
        player.send(sale, &mut ignore)?;
    }
    Ok(player)
}

#[test]
fn s22_s24_a_return_before_its_purchase_ends_as_one_after_it() {
    let mix = Mix::default();
    hold(1500, case(), |case| {
        let mut usual = play(&case, true)?;
        let mut turned = play(&case, false)?;
        mix.count("compared");
        let outcomes = |player: &Player| -> Vec<_> {
            let places = player.sent.iter().rev().take(3).map(|(command, _)| command.key);
            let mut keys: Vec<EventKey> = places.collect();
            keys.sort_unstable();
            keys.iter().map(|key| player.entity.seen.rows().get(key).map(|seen| seen.outcome.kind)).collect()
        };
        same("S22: answers", &outcomes(&usual), &outcomes(&turned))?;
        let at = usual.now.plus_millis(500 * 86_400_000);
        same("S24: the end, either way", &end(&mut usual, at), &end(&mut turned, at))
    });
    mix.assert_at_least(&[("compared", 1000)]);
}
