//! A basket that is being paid with points: what each wallet may pay of each line, and what was paid so far (S04, S10,
//! S12). Pure.
//!
//! Limits of two wallets on a line, or on the whole, add up as far as it costs; of two that exclude each other the
//! larger one holds for both together.

use crate::apportion::apportion;
use crate::command::SaleLine;
use crate::factor::Factor;
use crate::id::Name;
use crate::limits::Limits;
use crate::money::Minor;
use crate::points::Points;
use crate::tariff::{Tariff, Wallet};

/// Money to the millionth of a minor unit: shares of it are exact.
type Exact = i128;

const fn exact(money: Minor) -> Exact {
    money.0 as Exact * Factor::UNIT as Exact
}

/// What one wallet paid so far.
#[derive(Clone)]
struct Paid<'a> {
    wallet: &'a Wallet,
    points: Points,
    /// What its points are worth, by line.
    worth: Vec<Exact>,
}

/// Lines, and what was paid of them. Without lines only what is spent at once is limited.
#[derive(Clone)]
pub(crate) struct Basket<'a> {
    tariff: &'a Tariff,
    lines: &'a [SaleLine],
    /// What was paid with points of any wallet, by line.
    paid: Vec<Exact>,
    by_wallet: Vec<Paid<'a>>,
}

impl<'a> Basket<'a> {
    pub(crate) fn new(tariff: &'a Tariff, lines: &'a [SaleLine]) -> Self {
        Self { tariff, lines, paid: vec![0; lines.len()], by_wallet: Vec::new() }
    }

    /// The most that `wallet` may pay now, smallest amount and step aside.
    pub(crate) fn room(&self, wallet: &Wallet) -> Points {
        let spent = self.paid_by(wallet).map_or(Points::ZERO, |paid| paid.points);
        let at_most = wallet.limits.at_most.map(|most| most.saturating_sub(spent));
        let of_lines = (!self.lines.is_empty()).then(|| {
            let whole = self.lines.iter().map(|line| line.amount).sum();
            let rooms = self.line_rooms(wallet).into_iter().sum::<i128>();
            let share = self.within(wallet, whole, |limits| limits.share, |worth| worth.iter().sum());
            as_points(rooms.min(share.map_or(rooms, |share| self.in_points(wallet, share))))
        });
        let most = Points::at_least_zero(i64::MAX);
        at_most.unwrap_or(most).min(of_lines.unwrap_or(most))
    }

    /// Of `points`, what `wallet` may pay now.
    pub(crate) fn allowed(&self, wallet: &Wallet, points: Points) -> Points {
        wallet.limits.in_steps(points.min(self.room(wallet)))
    }

    /// Lets `points` of `wallet` pay: the points of each line, in proportion to what they may pay of it (S04). What is
    /// beyond the limits goes to what they leave of each line.
    pub(crate) fn pay(&mut self, wallet: &'a Wallet, points: Points) -> Vec<Points> {
        let parts = self.spread(wallet, points);
        let place = self.by_wallet.iter().position(|paid| paid.wallet.name == wallet.name);
        let place = place.unwrap_or_else(|| {
            self.by_wallet.push(Paid { wallet, points: Points::ZERO, worth: vec![0; self.lines.len()] });
            self.by_wallet.len() - 1
        });
        self.by_wallet[place].points += points;
        for (line, part) in parts.iter().enumerate() {
            let worth = self.worth(wallet, *part);
            self.by_wallet[place].worth[line] += worth;
            self.paid[line] += worth;
        }
        parts
    }

    /// What was paid of each line with points, as the till declared it.
    pub(crate) fn declare(&mut self, paid: impl Iterator<Item = Minor>) {
        self.paid = paid.map(exact).collect();
    }

    fn spread(&self, wallet: &Wallet, points: Points) -> Vec<Points> {
        let rooms = self.line_rooms(wallet);
        let whole: Vec<i128> = (0..self.lines.len()).map(|line| self.left(wallet, line)).collect();
        let (limit, most) = (as_points(rooms.iter().sum()), as_points(whole.iter().sum()));
        if points <= limit {
            return apportion(points, &rooms);
        }
        if points > most {
            return apportion(points, &whole);
        }
        let beyond: Vec<i128> = whole.iter().zip(&rooms).map(|(whole, room)| whole - room).collect();
        let over = apportion(points - limit, &beyond);
        rooms.into_iter().zip(over).map(|(room, over)| as_points(room) + over).collect()
    }

    /// What `wallet` may pay of each line, each rounded down.
    fn line_rooms(&self, wallet: &Wallet) -> Vec<i128> {
        let room = |(place, line): (usize, &SaleLine)| {
            let limit = self.within(wallet, line.amount, |limits| limits.of(line), |worth| worth[place]);
            let left = self.left(wallet, place);
            limit.map_or(left, |limit| left.min(self.in_points(wallet, limit)))
        };
        self.lines.iter().enumerate().map(room).collect()
    }

    /// What is left of a line, in points of `wallet`.
    fn left(&self, wallet: &Wallet, line: usize) -> i128 {
        self.in_points(wallet, exact(self.lines[line].amount) - self.paid[line])
    }

    /// What shares of `amount` leave to `wallet`; `None` where they limit nothing. `paid` picks what was paid of it.
    fn within(
        &self,
        wallet: &Wallet,
        amount: Minor,
        share: impl Fn(&Limits) -> Factor,
        paid: impl Fn(&[Exact]) -> Exact,
    ) -> Option<Exact> {
        let own = share(&wallet.limits);
        let rivals = self.by_wallet.iter().filter(|other| exclude_each_other(wallet, other.wallet));
        let (largest, together) = rivals.fold((own, 0), |(largest, together), rival| {
            (largest.max(share(&rival.wallet.limits)), together + paid(&rival.worth))
        });
        let before = self.paid_by(wallet).map_or(0, |it| paid(&it.worth));
        let of = |share: Factor| Exact::from(amount.0) * Exact::from(share.millionths());
        let own = (own < Factor::ONE).then(|| of(own) - before);
        let shared = (largest < Factor::ONE && together > 0).then(|| of(largest) - together - before);
        own.into_iter().chain(shared).min()
    }

    fn paid_by(&self, wallet: &Wallet) -> Option<&Paid<'a>> {
        self.by_wallet.iter().find(|paid| paid.wallet.name == wallet.name)
    }

    /// Money in the wallet's smallest unit, rounded down; 0 below 0 (S02).
    fn in_points(&self, wallet: &Wallet, money: Exact) -> i128 {
        let (unit, point) = self.units(wallet);
        money.max(0) * unit / point
    }

    /// What points are worth, rounded up.
    fn worth(&self, wallet: &Wallet, points: Points) -> Exact {
        let (unit, point) = self.units(wallet);
        (i128::from(points.get()) * point + unit - 1) / unit
    }

    /// Smallest units in a whole point, and what that is worth.
    fn units(&self, wallet: &Wallet) -> (i128, Exact) {
        let point = Exact::from(wallet.point_value.millionths()) * 10_i128.pow(self.tariff.currency.exponent);
        (10_i128.pow(wallet.scale), point.max(1))
    }
}

fn as_points(points: i128) -> Points {
    Points::at_least_zero(i64::try_from(points).unwrap_or(i64::MAX))
}

/// Whether the limits of two wallets do not add up (S10).
fn exclude_each_other(one: &Wallet, other: &Wallet) -> bool {
    let names = |it: &Wallet, name: &Name| it.limits.exclusive_with.contains(name);
    one.name != other.name && (names(one, &other.name) || names(other, &one.name))
}
