//! S16: any split of a return gives the same; the return of everything leaves nothing earned.

use super::act::{Act, SaleAct, sale, small_sale, story};
use super::mix::Mix;
use super::player::Player;
use super::programme::{is_for_a_level, programme};
use super::{Verdict, fail, hold, same};
use domain::command::{Command, ReturnLine};
use domain::outcome::{Outcome, OutcomeKind};
use domain::purchase::{PurchaseLine, Quantity};
use domain::rating::{Extent, context_of, rate};
use domain::tariff::{Level, RatingContext, Tariff};
use domain::{Decision, Event, Minor};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A sale after a story, what comes back of it line by line (per cent), and the order in which it comes.
#[derive(Clone, Debug)]
struct Case {
    tariff: Tariff,
    before: Vec<Act>,
    sale: SaleAct,
    back: Vec<i64>,
    cuts: Vec<(u8, u16)>,
}

fn case() -> impl Strategy<Value = Case> {
    let percent = prop_oneof![2 => Just(100_i64), 1 => Just(0_i64), 3 => 1..100_i64];
    let cuts = vec((0..5_u8, 1..100_u16), 1..8);
    let sale = prop_oneof![sale().boxed(), small_sale().boxed()];
    (programme(), story(15), sale, vec(percent, 5), cuts).prop_map(|(tariff, before, sale, back, cuts)| {
        let sale = SaleAct { late: 0, ..sale };
        Case { tariff, before, sale, back, cuts }
    })
}

/// Points that came and went by one return.
fn moved(decision: &Decision) -> Result<(i64, i64), super::TestCaseError> {
    let outcome: Vec<Outcome> = decision
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Outcome(record) if !record.later => Some(record.outcome),
            _ => None,
        })
        .collect();
    match outcome[..] {
        [outcome] if outcome.kind == OutcomeKind::Applied => {
            Ok((outcome.clawed_back.get() - outcome.earned.get(), outcome.given_back.get()))
        }
        _ => fail(format!("expected one applied return, found {outcome:?}")),
    }
}

/// What the account is in the end, apart from which bucket holds it.
fn worth(player: &Player) -> Vec<(String, i64, i64, i64)> {
    let worth = |balance: &domain::Balance| {
        let buckets = &balance.buckets;
        let kept = buckets.pending + buckets.available + buckets.held + buckets.expired;
        let net = balance.earned.get() - balance.clawed_back.get();
        (balance.wallet.to_string(), net, balance.redeemed.get(), kept.get() - balance.debt.get())
    };
    player.entity.account.wallets.iter().map(worth).collect()
}

fn play(
    case: &Case,
    parts: &[Vec<ReturnLine>],
) -> Result<(Player, Command, (i64, i64)), super::TestCaseError> {
    let mut player = Player::new(case.tariff.clone());
    player.play(&case.before, |_, _, _| Ok(()))?;
    let sale = player.sale(&case.sale);
    player.send(sale.clone(), &mut |_, _, _| Ok(()))?;
    let mut sum = (0, 0);
    for lines in parts {
        player.now = player.now.plus_millis(3_600_000);
        let ret = player.return_of(&sale, lines.clone());
        player.send(ret, &mut |_, _, decision| {
            let (clawed, given) = moved(decision)?;
            sum = (sum.0 + clawed, sum.1 + given);
            Ok(())
        })?;
    }
    Ok((player, sale, sum))
}

/// What comes back, whole; and the same cut into pieces that come one by one.
fn pieces(case: &Case) -> (Vec<ReturnLine>, Vec<Vec<ReturnLine>>) {
    let mut left: BTreeMap<i32, i64> = BTreeMap::new();
    for ((line, percent), number) in case.sale.lines.iter().zip(&case.back).zip(1..) {
        left.insert(number, line.quantity * percent / 100);
    }
    left.retain(|_, quantity| *quantity > 0);
    let as_lines = |left: &BTreeMap<i32, i64>| {
        left.iter()
            .map(|(line, quantity)| ReturnLine { line: *line, quantity: Quantity(*quantity) })
            .collect()
    };
    let whole = as_lines(&left);
    let mut pieces = Vec::new();
    for (place, percent) in &case.cuts {
        let Some(line) = left.keys().copied().nth(usize::from(*place) % left.len().max(1)) else { break };
        let quantity = (left[&line] * i64::from(*percent) / 100).max(1);
        pieces.push(vec![ReturnLine { line, quantity: Quantity(quantity) }]);
        *left.entry(line).or_default() -= quantity;
        left.retain(|_, quantity| *quantity > 0);
    }
    if !left.is_empty() {
        pieces.push(as_lines(&left));
    }
    (whole, pieces)
}

#[test]
fn s16_any_split_of_a_return_gives_the_same() {
    let mix = Mix::default();
    hold(1500, case(), |case| {
        let (whole, pieces) = pieces(&case);
        if whole.is_empty() {
            return Ok(());
        }
        mix.count(if pieces.len() > 2 { "split in three or more" } else { "split in two or less" });
        let (mut at_once, sale, sum) = play(&case, &[whole])?;
        let (mut one_by_one, _, other) = play(&case, &pieces)?;
        mix.count(if sum.1 > 0 { "paid with points" } else { "paid in money" });
        same("S16, S19: clawed back and given back", &sum, &other)?;
        let grants = |player: &Player| -> Vec<i64> {
            player
                .entity
                .purchases
                .rows()
                .get(&sale.key)
                .expect("the sale")
                .grants
                .iter()
                .map(|grant| grant.now.get())
                .collect()
        };
        same("S16: what it still earns", &grants(&at_once), &grants(&one_by_one))?;
        let end = one_by_one.now.plus_millis(500 * 86_400_000);
        at_once.pass(end);
        one_by_one.pass(end);
        same("S16: what the account is worth", &worth(&at_once), &worth(&one_by_one))
    });
    mix.assert_at_least(&[("split in three or more", 300), ("paid with points", 100)]);
}

#[test]
fn s16_the_return_of_everything_leaves_nothing_earned() {
    hold(1000, case(), |mut case| {
        case.back = vec![100; 5];
        let (whole, pieces) = pieces(&case);
        for parts in [vec![whole], pieces] {
            let (player, sale, sum) = play(&case, &parts)?;
            let purchase = player.entity.purchases.rows().get(&sale.key).expect("the sale");
            let earned: i64 = purchase.grants.iter().map(|grant| grant.now.get()).sum();
            same("S16: a purchase all returned still earns", &0, &earned)?;
            for lot in
                player.entity.lots.rows().values().filter(|lot| lot.cause == sale.key && !is_for_a_level(lot))
            {
                same("S16: its lots still earn", &0, &lot.net().get())?;
            }
            if case.tariff.terms.iter().all(|terms| !matches!(terms.level, Level::Period(_))) {
                same("S16: clawed back in all", &purchase.outcome.earned.get(), &sum.0)?;
            }
            let paid: i64 = purchase.lines.iter().map(|line| line.points.get()).sum();
            same("S19: given back in all", &paid, &sum.1)?;
        }
        Ok(())
    });
}

#[test]
fn s16_what_remains_earns_what_a_sale_of_it_would() {
    let mix = Mix::default();
    hold(4000, case(), |mut case| {
        case.sale.pay = None;
        let (whole, _) = pieces(&case);
        if whole.is_empty() {
            return Ok(());
        }
        let (player, sale, _) = play(&case, &[whole])?;
        let purchase = player.entity.purchases.rows().get(&sale.key).expect("the sale");
        let lines = purchase.lines.iter().zip(&case.sale.lines).map(|(line, sold)| {
            let back = i128::from(sold.amount) * i128::from(line.returned.0) / i128::from(line.quantity.0);
            domain::command::SaleLine {
                line: line.line,
                sku: line.sku.clone(),
                group: line.group.clone(),
                quantity: Quantity(line.quantity.0 - line.returned.0),
                amount: Minor(sold.amount - i64::try_from(back).expect("part of an amount")),
                promotional: false,
            }
        });
        let lines: Vec<PurchaseLine> = lines.map(|line| PurchaseLine::bought(&line)).collect();
        let basket = lines.iter().map(|line| line.amount).sum();
        let context = RatingContext { basket, ..context_of(purchase, Extent::Sold) };
        let quote = rate(&case.tariff, &context, &lines, Extent::Sold);
        check_wallets(&case.tariff, purchase, &quote, &mix)
    });
    mix.assert_at_least(&[("what remains would earn less", 500), ("what remains would earn more", 10)]);
}

/// Wallet by wallet, what a purchase still earns is what remains of it would, and never more than the sale did.
fn check_wallets(
    tariff: &Tariff,
    purchase: &domain::purchase::Purchase,
    quote: &[domain::rating::Grant],
    mix: &Mix,
) -> Verdict {
    let is_purchase = |terms: &domain::Name| tariff.period_terms().all(|period| period.name != *terms);
    for wallet in &tariff.wallets {
        let of_wallet = |terms: &domain::Name| {
            tariff.terms(terms.as_str()).is_some_and(|terms| terms.wallet == wallet.name)
        };
        let grants = || purchase.grants.iter().filter(|grant| of_wallet(&grant.terms));
        let at_sale: i64 = grants().map(|grant| grant.at_sale.get()).sum();
        let now: i64 = grants().map(|grant| grant.now.get()).sum();
        let would: i64 = quote
            .iter()
            .filter(|of| is_purchase(&of.terms) && of_wallet(&of.terms))
            .map(|of| of.points.get())
            .sum();
        mix.count(format!(
            "what remains would earn {}",
            match would.cmp(&at_sale) {
                std::cmp::Ordering::Less => "less",
                std::cmp::Ordering::Equal => "the same",
                std::cmp::Ordering::Greater => "more",
            }
        ));
        same("S16: what remains earns", &would.min(at_sale), &now)?;
    }
    Ok(())
}
