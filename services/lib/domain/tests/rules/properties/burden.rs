//! S17, S18: in the end a partner whose sale was undone pays for nothing, and no other pays for its return.

use super::act::{Act, LineAct, SaleAct, Take, story};
use super::mix::Mix;
use super::player::Player;
use super::programme::{is_for_a_level, programme};
use super::{Verdict, fail, hold, same};
use domain::command::{Body, Command};
use domain::entry::EntryKind;
use domain::lot::Bucket;
use domain::tariff::{Level, Tariff};
use domain::{Decision, Event, Minor};
use proptest::collection::vec;
use proptest::prelude::*;

fn by_purchase(tariff: &Tariff) -> bool {
    tariff.terms.iter().all(|terms| !matches!(terms.level, Level::Period(_)))
}

fn case() -> impl Strategy<Value = (Tariff, Vec<Act>, Vec<u16>)> {
    let tariff = programme().prop_filter("rated by purchase", by_purchase);
    (tariff, story(30), vec(any::<u16>(), 1..4))
}

/// Sells enough to repay every debt, as long as that helps.
fn fund(player: &mut Player) -> Verdict {
    for group in (0..4).cycle().take(60) {
        if player.entity.account.open_debts.is_empty() {
            break;
        }
        let line = LineAct { amount: 1_000_000, group, quantity: 1000 };
        let sale = player.sale(&SaleAct { partner: 2, lines: vec![line], pay: None, late: 0 });
        player.send(sale, &mut |_, _, _| Ok(()))?;
        player.pass(player.now.plus_millis(35 * 86_400_000));
    }
    Ok(())
}

/// A return takes from its own purchase's lots alone; what is revoked elsewhere was clawed back before.
fn takes_its_own(command: &Command, decision: &Decision) -> Verdict {
    let Body::Return(ret) = &command.body else { return Ok(()) };
    let lot_of = |entry: &domain::entry::Entry| {
        decision.rows.iter().find_map(|row| match row {
            domain::Row::Lot(lot) if lot.id == entry.lot && !is_for_a_level(lot) => Some(lot.cause),
            domain::Row::Lot(lot) if lot.id == entry.lot => Some(ret.purchase),
            _ => None,
        })
    };
    for event in &decision.events {
        if let Event::Entry(entry) = event
            && entry.kind == EntryKind::Clawback
            && lot_of(entry) != Some(ret.purchase)
        {
            return fail(format!("S17: a return of another purchase revoked {entry:?}"));
        }
    }
    Ok(())
}

#[test]
fn s17_in_the_end_a_sale_undone_pays_for_nothing() {
    let mix = Mix::default();
    hold(1200, case(), |(tariff, acts, undone)| {
        let mut player = Player::new(tariff);
        player.play(&acts, |_, command, decision| takes_its_own(command, decision))?;
        for place in undone {
            let Some(sale) = player.sales.get(usize::from(place) % player.sales.len().max(1)).cloned() else {
                return Ok(());
            };
            let ret = player.returned(&sale, &Take::Whole);
            player.send(ret, &mut |_, command, decision| takes_its_own(command, decision))?;
        }
        let owed = player.entity.account.wallets.iter().any(|balance| !balance.debt.is_zero());
        mix.count(if owed { "in debt after the returns" } else { "not in debt" });
        fund(&mut player)?;
        if !player.entity.account.open_debts.is_empty() {
            mix.count("never out of debt");
            return Ok(());
        }
        if player.entity.account.wallets.iter().any(|balance| !balance.forgiven.is_zero()) {
            mix.count("forgiven: at the programme's cost");
            return Ok(());
        }
        pays_for_nothing(&player, &mix)
    });
    mix.assert_at_least(&[("in debt after the returns", 50), ("undone, had been spent", 50)]);
}

fn pays_for_nothing(player: &Player, mix: &Mix) -> Verdict {
    for lot in player.entity.lots.rows().values() {
        same("S18: out of debt, what was clawed back is revoked", &lot.clawed_back, &lot.buckets.revoked)?;
        let Some(purchase) = player.entity.purchases.rows().get(&lot.cause) else { continue };
        if is_for_a_level(lot) {
            continue; // what becomes of it is declared (S21)
        }
        let undone = purchase.lines.iter().all(|line| line.returned == line.quantity);
        if undone && purchase.lines.iter().any(|line| line.amount > Minor::ZERO) {
            let burden = [Bucket::Held, Bucket::Spent].map(|bucket| lot.buckets.get(bucket).get());
            same("S17: held or spent of a sale undone", &[0, 0], &burden)?;
            mix.count(if lot.drawn_by.is_empty() { "undone, never spent" } else { "undone, had been spent" });
        }
    }
    Ok(())
}
