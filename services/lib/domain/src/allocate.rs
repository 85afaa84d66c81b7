//! Which lines points paid for (S04): stored with the purchase, so that what comes back gives them back (S19).

use crate::apportion::apportion;
use crate::basket::Basket;
use crate::command::PointsTender;
use crate::money::Minor;
use crate::pay::Payment;
use crate::points::Points;
use crate::purchase::{PaidPart, Purchase};
use crate::tariff::Tariff;

/// Points go to lines in proportion to what points may pay of each, by largest remainder; what was not covered is
/// spread the same way and never comes back on a return. The points that limits let be spent: what is beyond them was
/// spent by the till, and stays spent.
pub(crate) fn allocate<'a>(
    tariff: &'a Tariff,
    basket: &mut Basket<'a>,
    purchase: &mut Purchase,
    tender: &PointsTender,
    payment: &Payment,
) -> Points {
    let mut allowed = Points::ZERO;
    let mut by_line = vec![Points::ZERO; purchase.lines.len()];
    let uncovered = tender.points - payment.covered();
    for (place, (wallet, covered)) in payment.parts.iter().enumerate() {
        // What nothing covers was asked of the first to burn.
        let missing = if place == 0 { uncovered } else { Points::ZERO };
        let asked = *covered + missing;
        let parts = match tariff.wallet(wallet.as_str()) {
            Some(wallet) => {
                allowed += basket.allowed(wallet, asked);
                basket.pay(wallet, asked)
            }
            None => {
                allowed += asked;
                apportion(asked, &vec![0; by_line.len()])
            }
        };
        let missing = apportion(missing, &weights(&parts));
        let points: Vec<Points> = parts.iter().zip(missing).map(|(part, missing)| *part - missing).collect();
        by_line.iter_mut().zip(&parts).for_each(|(line, part)| *line += *part);
        purchase.lines.iter_mut().zip(&points).for_each(|(line, part)| line.points += *part);
        if !covered.is_zero() {
            purchase.parts.push(PaidPart { redemption: payment.redemption, wallet: wallet.clone(), points });
        }
    }
    let money = apportion(Points::at_least_zero(tender.amount.0), &weights(&by_line));
    for (line, money) in purchase.lines.iter_mut().zip(money) {
        line.paid_by_points += Minor(money.get());
    }
    basket.declare(purchase.lines.iter().map(|line| line.paid_by_points));
    allowed
}

fn weights(parts: &[Points]) -> Vec<i128> {
    parts.iter().map(|part| part.get().into()).collect()
}
