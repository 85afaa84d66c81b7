//! Conversions, orders, and gifts that are cancelled because what paid for them was returned (S14, S24, S32).
//!
//! An exchange is a redemption of the wallet that pays, and a lot of what it gives, whose cause it is. Decided once, in
//! the order of the log. The two find each other by their ids, so a row of either is as it always was.

use crate::burn::in_burn_order;
use crate::calendar::month_number;
use crate::clawback::claw_back;
use crate::command::{Command, ItemOrder};
use crate::entry::EntryKind;
use crate::event::NoticeKind;
use crate::exchange::{Exchange, Gift, When};
use crate::giveback::give_back;
use crate::grant::{Origin, all_by, issue};
use crate::hold::{Ruling, count_captured};
use crate::id::{EventKey, LotId, Name};
use crate::lot::{Bucket, Lot};
use crate::notice::{Notification, notify_at};
use crate::outcome::Reason;
use crate::points::Points;
use crate::redemption::{HoldState, Redemption};
use crate::repay::charge;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// The lot that `redemption` was exchanged for, if it was.
fn gift_of(redemption: &Redemption) -> LotId {
    let issued_month = month_number(redemption.expires_at);
    LotId { issued_month, key: redemption.key.derived("gift", 0) }
}

/// The lot that the redemption of this key was exchanged for.
fn given<'w>(work: &'w Work<'_>, key: EventKey) -> Read<Option<(&'w Redemption, &'w Lot)>> {
    if !has_exchanges(work) {
        return Ok(None);
    }
    let Some(redemption) = work.redemption(key)? else { return Ok(None) };
    // A hold that was never captured is no exchange, and has no instant of one.
    if !matches!(redemption.state, HoldState::Captured | HoldState::Cancelled) {
        return Ok(None);
    }
    Ok(work.lot(gift_of(redemption))?.map(|lot| (redemption, lot)))
}

/// Whether the redemption of this key is an exchange: nothing else is ever spent by it.
pub(crate) fn is_exchange(work: &Work, key: EventKey) -> Read<bool> {
    Ok(given(work, key)?.is_some())
}

/// The business time of what the redemption of this key was exchanged for.
pub(crate) fn gift_at(work: &Work, key: EventKey) -> Read<Option<Timestamp>> {
    Ok(given(work, key)?.map(|(_, lot)| lot.occurred_at))
}

fn has_exchanges(work: &Work) -> bool {
    work.tariffs_from(Timestamp::MIN).any(|tariff| !tariff.exchanges.is_empty())
}

/// What follows from what points there are now: gifts whose price is owed are cancelled, thresholds that are reached
/// convert. Whether anything did. `told` is the command that tells its members of its own entries.
pub(crate) fn follow(work: &mut Work, told: EventKey) -> Read<bool> {
    if work.unfinished || work.account.erased || !has_exchanges(work) {
        return Ok(false);
    }
    let mut happened = cancel_uncovered(work)?;
    let Some(tariff) = work.tariff_now() else { return Ok(happened) };
    for exchange in tariff.exchanges.iter().filter(|it| it.when == When::Reached) {
        happened |= convert(work, &tariff, exchange, told)?;
    }
    Ok(happened)
}

fn available(work: &Work, wallet: &Name) -> Points {
    work.account.balance(wallet.as_str()).map_or(Points::ZERO, |balance| balance.buckets.available)
}

/// Converts all that suffices, as one redemption and one lot.
fn convert(work: &mut Work, tariff: &Tariff, exchange: &Exchange, told: EventKey) -> Read<bool> {
    let times = available(work, &exchange.from).get() / exchange.price.get();
    let Some(gift) = exchange.gives.first().filter(|_| times > 0) else { return Ok(false) };
    let price = times_points(exchange.price, times);
    let lots = payers(work, &exchange.from, price)?;
    // The partner whose point filled it up hands out the gift, and is owed for the others (S35).
    let last = lots.last().expect("a price above 0 is paid by some lot").0;
    let partner = work.lot(last)?.expect("a lot just found").partner.clone();
    let key = own_key(work, exchange)?;
    let asked = Asked { key, partner, id: Name::default(), occurred_at: work.now };
    let gift = Gift { points: times_points(gift.points, times), ..gift.clone() };
    let lot = exchange_points(work, tariff, exchange, &asked, price, &gift)?;
    if told != work.cause.event {
        let (kind, wallet, at) = (NoticeKind::Accrued, wallet_of(tariff, &gift), work.now);
        let until = work.lot(lot)?.expect("a lot just issued").activates_at;
        let until = if until > at { until } else { Timestamp::NEVER };
        let notification = Notification { kind, cause: key, wallet, points: gift.points, until };
        notify_at(work, notification, at, Name::default());
    }
    Ok(true)
}

fn times_points(points: Points, times: i64) -> Points {
    Points::new(points.get().checked_mul(times).expect("points within a bigint")).expect("no negative points")
}

fn wallet_of(tariff: &Tariff, gift: &Gift) -> Name {
    tariff.terms(gift.terms.as_str()).expect("terms of the tariff that exchanges").wallet.clone()
}

/// A key that no redemption of the account has: of the cause, and how often that led to this before.
fn own_key(work: &Work, exchange: &Exchange) -> Read<EventKey> {
    let label = format!("{}/conversion/{}", work.account.entity, exchange.name);
    let mut number = 0;
    loop {
        let key = work.cause.event.derived(&label, number);
        if work.redemption(key)?.is_none() {
            return Ok(key);
        }
        number += 1;
    }
}

/// The lots that pay `points`, and how many each, first to burn first.
fn payers(work: &Work, wallet: &Name, points: Points) -> Read<Vec<(LotId, Points)>> {
    let (mut left, mut payers) = (points, Vec::new());
    for lot in in_burn_order(work, wallet.as_str(), |lot| !lot.buckets.available.is_zero()) {
        let taken = work.lot(lot)?.expect("a lot just found").buckets.available.min(left);
        if taken.is_zero() {
            break;
        }
        payers.push((lot, taken));
        left -= taken;
    }
    assert!(left.is_zero(), "S14: {left} points to exchange beyond what is available");
    Ok(payers)
}

/// Who asked for an exchange, and when.
struct Asked {
    key: EventKey,
    partner: Name,
    id: Name,
    occurred_at: Timestamp,
}

/// Spends the price, and grants the gift; its lot.
fn exchange_points(
    work: &mut Work,
    tariff: &Tariff,
    exchange: &Exchange,
    asked: &Asked,
    price: Points,
    gift: &Gift,
) -> Read<LotId> {
    let rule = std::mem::replace(&mut work.rule, exchange.name.clone());
    put_redemption(work, exchange, asked, price, HoldState::Captured);
    for (lot, points) in payers(work, &exchange.from, price)? {
        let at = work.now;
        charge(work, asked.key, lot, points, Bucket::Available, Bucket::Spent, EntryKind::Spend, at)?;
    }
    count_captured(work, asked.key, &[(exchange.from.clone(), price)])?;
    // An exchange is the account's own, whichever line its cause is on.
    let line = std::mem::replace(&mut work.line, EventKey::NONE);
    let terms = tariff.terms(gift.terms.as_str()).expect("terms of the tariff that exchanges");
    let origin = Origin {
        tariff,
        terms,
        cause: asked.key,
        partner: asked.partner.clone(),
        occurred_at: asked.occurred_at,
        rules: all_by(exchange.name.clone()),
    };
    let lot = gift_of(work.redemption(asked.key)?.expect("a redemption just put"));
    issue(work, &origin, lot, gift.points)?;
    (work.rule, work.line) = (rule, line);
    Ok(lot)
}

fn put_redemption(work: &mut Work, exchange: &Exchange, asked: &Asked, price: Points, state: HoldState) {
    work.put_redemption(Redemption {
        key: asked.key,
        partner: asked.partner.clone(),
        id: asked.id.clone(),
        wallet: exchange.from.clone(),
        state,
        requested: price,
        expires_at: work.now,
        sequence: work.account.sequence + 1,
        draws: Vec::new(),
        captured: Points::ZERO,
        given_back: Points::ZERO,
        to: None,
    });
}

/// What a step came to: an exchange is no purchase, and no limit of spending (S12) is asked.
fn ruling(reason: Reason, redemption: EventKey, requested: Points, points: Points) -> Ruling {
    Ruling { reason, redemption, requested, points, largest: Points::ZERO }
}

/// An order: an item of a catalogue, or a conversion on request, for points that are there now.
pub(crate) fn order(work: &mut Work, tariff: &Tariff, command: &Command, ask: &ItemOrder) -> Read<Ruling> {
    let on_request = |it: &&Exchange| it.when == When::OnRequest && it.name == ask.item;
    let exchange = tariff.exchanges.iter().find(on_request);
    let redemption = command.key;
    let Some((exchange, gift)) = exchange.and_then(|it| Some((it, it.gift(&ask.choice)?))) else {
        return Ok(ruling(Reason::UnknownItem, redemption, Points::ZERO, Points::ZERO));
    };
    let reason = match work.account.blocked {
        true => Reason::AccountBlocked,
        false if available(work, &exchange.from) < exchange.price => Reason::InsufficientPoints,
        false => Reason::None,
    };
    let (partner, id) = (command.source.partner.clone(), command.source.id.clone());
    let asked = Asked { key: redemption, partner, id, occurred_at: command.occurred_at };
    let mut points = Points::ZERO;
    if reason == Reason::None {
        points = exchange.price;
        exchange_points(work, tariff, exchange, &asked, points, gift)?;
    } else {
        put_redemption(work, exchange, &asked, exchange.price, HoldState::Refused);
    }
    Ok(ruling(reason, redemption, exchange.price, points))
}

/// The answer to a cancellation of an order: its price comes back while the gift is neither handed over nor expired.
/// `None` where the redemption is none.
pub(crate) fn cancel_order(work: &mut Work, key: EventKey) -> Read<Option<Ruling>> {
    let Some((redemption, lot)) = given(work, key)? else { return Ok(None) };
    let price = redemption.captured - redemption.given_back;
    let live = lot.buckets.pending + lot.buckets.available + lot.buckets.held;
    let (wallet, gift, net) = (redemption.wallet.clone(), lot.id, lot.net());
    let reason = match redemption.state {
        HoldState::Cancelled => Reason::HoldCancelled,
        _ if price.is_zero() => Reason::HoldCancelled, // a return cancelled it
        _ if live < net => Reason::HandedOver,
        _ => Reason::None,
    };
    let mut points = Points::ZERO;
    if reason == Reason::None {
        points = price;
        claw_back(work, gift, net)?;
        give_back(work, key, &wallet, price)?;
        work.redemption_mut(key)?.state = HoldState::Cancelled;
    }
    Ok(Some(ruling(reason, key, price, points)))
}

/// Cancels gifts whose price is owed, the latest first, as far as they were not handed over (S32): the rest of the
/// price is given back, and repays whatever else is owed.
fn cancel_uncovered(work: &mut Work) -> Read<bool> {
    let mut happened = false;
    'again: loop {
        let open: Vec<EventKey> = work.account.open_debts.iter().rev().map(|debt| debt.redemption).collect();
        for key in open {
            if cancel_for_debt(work, key)? {
                happened = true;
                continue 'again;
            }
        }
        return Ok(happened);
    }
}

/// Cancels as many gifts of an exchange as cover what is owed of it; whether there were any.
fn cancel_for_debt(work: &mut Work, key: EventKey) -> Read<bool> {
    let mut owed = Points::ZERO;
    for id in work.account.open_debts.iter().filter(|id| id.redemption == key) {
        owed += work.debt(*id)?.expect("a debt listed as open").open;
    }
    let Some((redemption, lot)) = given(work, key)? else { return Ok(false) };
    let (price, net) = (redemption.captured - redemption.given_back, lot.net());
    let count = count_of(work, redemption, lot);
    let one = (price.get() / count, net.get() / count);
    let most = if one.1 == 0 { 0 } else { cancellable(work, lot).get() / one.1 };
    let needed = (owed.get() + one.0 - 1) / one.0.max(1);
    let times = count.min(needed).min(most);
    if times == 0 {
        return Ok(false);
    }
    let (wallet, gift) = (redemption.wallet.clone(), lot.id);
    claw_back(work, gift, Points::at_least_zero(one.1 * times))?;
    give_back(work, key, &wallet, Points::at_least_zero(one.0 * times))?;
    Ok(true)
}

/// How many times it was exchanged, less what was cancelled: an order once, a threshold as often as it was reached.
fn count_of(work: &Work, redemption: &Redemption, lot: &Lot) -> i64 {
    if !redemption.id.as_str().is_empty() {
        return 1;
    }
    let tariff = work.tariff(lot.version);
    let reached = |it: &&Exchange| it.when == When::Reached && it.from == redemption.wallet;
    let price = tariff.exchanges.iter().find(reached).map_or(i64::MAX, |exchange| exchange.price.get());
    ((redemption.captured - redemption.given_back).get() / price).max(1)
}

/// What of a gift can be taken back without a debt in its own wallet: what was not handed over, and what was, where
/// another gift of the kind is there to stand in for it (S17).
fn cancellable(work: &Work, lot: &Lot) -> Points {
    let buckets = &lot.buckets;
    let own = buckets.pending + buckets.available + buckets.expired + buckets.written_off + buckets.held;
    let others = available(work, &lot.wallet) - buckets.available;
    let owed = lot.clawed_back - buckets.revoked;
    own + others.saturating_sub(buckets.held).min(buckets.spent.saturating_sub(owed))
}
