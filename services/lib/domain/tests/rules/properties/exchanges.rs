//! S32: whatever happens, stamps that suffice are converted, and no gift stands whose price is owed.

use super::act::gift_story;
use super::books::Books;
use super::conservation::wakes_in_time;
use super::mix::Mix;
use super::player::Player;
use super::programme::exchanging;
use super::{Verdict, fail, hold};
use domain::exchange::When;
use domain::lot::Lot;
use domain::tariff::Tariffs;
use domain::{Body, Entity, Points};

#[test]
fn s32_thresholds_convert_and_no_gift_stands_that_is_owed() {
    let mix = Mix::default();
    hold(2000, (exchanging(), gift_story(40)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        let mut books = Books::default();
        player.play(&acts, |player, command, decision| {
            mix.see(command, decision);
            books.post(&decision.events)?;
            let mut entity = player.entity.clone();
            decision.rows.iter().cloned().for_each(|row| entity.put(row));
            books.compare(&entity)?;
            wakes_in_time(&entity)?;
            if matches!(command.body, Body::Tick) {
                return Ok(());
            }
            keeps_a_remainder(&player.tariffs, &entity)?;
            stands_paid(&mix, &player.tariffs, &entity)
        })?;
        let end = player.now.plus_millis(800 * 86_400_000);
        books.post(&player.pass(end).events)?;
        books.compare(&player.entity)
    });
    mix.assert_at_least(&[
        ("command: order", 2000),
        ("decision: Order None", 300),
        ("decision: Order InsufficientPoints", 300),
        ("decision: Order UnknownItem", 300),
        ("decision: Cancel None", 50),
        ("decision: Cancel HandedOver", 3),
        ("gift: reached", 1000),
        ("gift: revoked", 100),
        ("gift: spent", 200),
        ("gift: owed for", 5),
    ]);
}

/// What is available of what converts is less than its price.
fn keeps_a_remainder(tariffs: &Tariffs, entity: &Entity) -> Verdict {
    let now = entity.account.now;
    let tariff = tariffs.at("test", now).expect("a version in force");
    for exchange in tariff.exchanges.iter().filter(|exchange| exchange.when == When::Reached) {
        let balance = entity.account.balance(exchange.from.as_str());
        let available = balance.map_or(Points::ZERO, |balance| balance.buckets.available);
        if available >= exchange.price {
            return fail(format!("S32: {available} available at a price of {}", exchange.price));
        }
    }
    Ok(())
}

/// Where something is owed of an exchange, what is left of its gift is less than one.
fn stands_paid(mix: &Mix, tariffs: &Tariffs, entity: &Entity) -> Verdict {
    let exchanged = |lot: &&Lot| ["now", "later"].contains(&lot.terms.as_str());
    for lot in entity.lots.rows().values().filter(exchanged) {
        let Some(redemption) = entity.redemptions.rows().get(&lot.cause) else { continue };
        let tariff = tariffs.version("test", lot.version).expect("the version that exchanged");
        let one = match redemption.id.as_str() {
            "" => tariff.exchanges[0].gives[0].points,
            _ => lot.issued,
        };
        let owed = entity.debts.rows().values().filter(|debt| debt.id.redemption == lot.cause);
        let owed: Points = owed.map(|debt| debt.open).sum();
        count(mix, lot, owed);
        if redemption.id.as_str().is_empty() {
            mix.count("gift: reached");
        }
        let buckets = lot.buckets;
        let left = buckets.pending + buckets.available + buckets.held + buckets.expired + buckets.written_off;
        if !owed.is_zero() && left >= one {
            return fail(format!("S32: {owed} owed for a gift of which {left} are left: {lot:?}"));
        }
        // Whole gifts only: what was paid and not given back is what stands, gift by gift.
        let (paid, stands) = ((redemption.captured - redemption.given_back).get(), lot.net().get());
        if paid * lot.issued.get() != stands * redemption.captured.get() || stands % one.get() != 0 {
            return fail(format!("S32: {paid} of {redemption:?} for {stands} of {lot:?}"));
        }
    }
    Ok(())
}

fn count(mix: &Mix, lot: &Lot, owed: Points) {
    if !lot.buckets.revoked.is_zero() {
        mix.count("gift: revoked");
    }
    if !lot.buckets.spent.is_zero() {
        mix.count("gift: spent");
    }
    if !owed.is_zero() {
        mix.count("gift: owed for");
    }
}
