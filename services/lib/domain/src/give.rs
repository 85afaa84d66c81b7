//! The giver's side of a transfer (S33): points leave as a redemption of their own kind, whose draws are what each lot
//! gave; so a return of what earned them finds who owes them (S17, S18).
//!
//! Only what is available moves: neither what is pending or held, nor what is owed. It is decided once, in log order;
//! limits count by the log's time.

use crate::burn::in_burn_order;
use crate::calendar;
use crate::command::{Body, Command};
use crate::decide::{remember, settle};
use crate::entry::EntryKind;
use crate::erase;
use crate::event::{Event, OutcomeRecord, Step};
use crate::giveback::take_back;
use crate::hold::{Ruling, open, say_decision};
use crate::id::Name;
use crate::lot::{Bucket, Buckets, Lot};
use crate::merge::pass_to_whom_merged;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::redemption::{HoldState, Redemption};
use crate::tariff::{Tariff, Transfers, Wallet};
use crate::time::Timestamp;
use crate::transfer::{Given, GivenAnswer, GivenOut, Transfer, id_of_gift};
use crate::transit::key_of_gift;
use crate::upcoming::Upcoming;
use crate::work::{Movement, Read, Work};

/// Lets the points go, or says why not. Where they go, the receiver's word decides the answer.
pub(crate) fn give(work: &mut Work, tariff: &Tariff, command: &Command, ask: &Transfer) -> Read<Ruling> {
    let wallet = wallet_of(tariff, &ask.wallet);
    let reason = refusal(work, tariff, wallet, ask);
    let (redemption, requested) = (command.key, ask.points);
    let refused = Ruling { reason, redemption, requested, points: Points::ZERO, largest: Points::ZERO };
    let Some((wallet, transfers)) = wallet.and_then(|wallet| Some((wallet, wallet.transfers?))) else {
        return Ok(refused);
    };
    if reason != Reason::None {
        return Ok(refused);
    }
    open(work, command, redemption, wallet.name.clone(), requested, HoldState::Captured, work.now);
    work.redemption_mut(redemption)?.to = Some(ask.to.clone());
    count(work, &wallet.name, period_of(work, tariff, transfers), requested.get());
    let lots = let_go(work, command, &wallet.name, requested)?;
    let (from, later) = (work.account.entity.clone(), work.answered);
    let given = Given { transfer: redemption, from, later, lots };
    work.send(command.with(key_of_gift(redemption), ask.to.clone(), Body::Given(Box::new(given))));
    work.answered_there = true;
    Ok(Ruling { points: requested, ..refused })
}

/// The wallet that is named, or the first to burn of those whose points may be given.
fn wallet_of<'t>(tariff: &'t Tariff, named: &Name) -> Option<&'t Wallet> {
    if !named.as_str().is_empty() {
        return tariff.wallet(named.as_str());
    }
    let may_be_given = |wallet: &&Wallet| wallet.transfers.is_some();
    let open = tariff.wallets.iter().filter(may_be_given).min_by_key(|wallet| wallet.place());
    open.or_else(|| tariff.burns_first())
}

/// Why nothing is given; nothing has changed yet.
fn refusal(work: &Work, tariff: &Tariff, wallet: Option<&Wallet>, ask: &Transfer) -> Reason {
    let Some(wallet) = wallet else { return Reason::UnknownWallet };
    let Some(transfers) = wallet.transfers else { return Reason::TransfersForbidden };
    let account = &work.account;
    // Who was merged into this member is the same person.
    let is_own = account.links.as_ref().is_some_and(|links| links.cards.contains(&ask.to));
    if is_own || ask.to == account.entity || ask.to.is_card() || account.entity.is_card() {
        return Reason::NotAnotherMember;
    }
    if account.blocked {
        return Reason::AccountBlocked;
    }
    let available = account.balance(wallet.name.as_str()).map_or(Points::ZERO, |it| it.buckets.available);
    let given = given_since(work, &wallet.name, period_of(work, tariff, transfers));
    if available < ask.points {
        Reason::InsufficientPoints
    } else if transfers.at_most.is_some_and(|most| given + ask.points > most) {
        Reason::TransferLimit
    } else {
        Reason::None
    }
}

/// When the period began that limits count in.
fn period_of(work: &Work, tariff: &Tariff, transfers: Transfers) -> Timestamp {
    calendar::start_of(tariff.zone, work.now, transfers.per)
}

fn given_since(work: &Work, wallet: &Name, from: Timestamp) -> Points {
    let given = work.account.links.iter().flat_map(|links| &links.given);
    given.filter(|given| given.wallet == *wallet && given.from == from).map(|given| given.points).sum()
}

/// Counts points given in the period, or that came back; earlier periods are forgotten.
fn count(work: &mut Work, wallet: &Name, from: Timestamp, change: i64) {
    let points = Points::at_least_zero(given_since(work, wallet, from).get() + change);
    let given = &mut work.account.links_mut().given;
    given.retain(|given| given.wallet != *wallet);
    if !points.is_zero() {
        given.push(GivenOut { wallet: wallet.clone(), from, points });
        given.sort_by(|a, b| a.wallet.cmp(&b.wallet));
    }
}

/// What a member gave who was merged into this one was given by this one: in one period together, else the later one
/// counts.
pub(crate) fn take_over(work: &mut Work, came: &[GivenOut]) {
    for came in came {
        let here = work.account.links.iter().flat_map(|links| &links.given);
        let later = here.into_iter().any(|here| here.wallet == came.wallet && here.from > came.from);
        if !later {
            count(work, &came.wallet, came.from, came.points.get());
        }
    }
}

/// Takes `points` out of available lots in burn order; what left, as it arrives.
fn let_go(work: &mut Work, command: &Command, wallet: &Name, points: Points) -> Read<Vec<Lot>> {
    let (transfer, given_at) = (command.key, Some(command.occurred_at));
    let (mut left, mut gone) = (points, Vec::new());
    for id in in_burn_order(work, wallet.as_str(), |lot| !lot.buckets.available.is_zero()) {
        let lot = work.lot_mut(id)?;
        let points = lot.buckets.available.min(left);
        if points.is_zero() {
            break;
        }
        lot.drawn_by.push(transfer);
        gone.push(Lot {
            id: id_of_gift(transfer, id),
            issued: points,
            clawed_back: Points::ZERO,
            buckets: Buckets { available: points, ..Buckets::default() },
            drawn_by: Vec::new(),
            given_at,
            ..lot.clone()
        });
        work.redemption_mut(transfer)?.draw_mut(id).spent += points;
        let (kind, at, redemption) = (EntryKind::MovedOut, work.now, transfer);
        let (from, to) = (Some(Bucket::Available), Bucket::Moved);
        work.shift(id, Movement { kind, from, to, points, at, redemption })?;
        left -= points;
    }
    assert!(left.is_zero(), "S33: gave {left} points beyond what is available");
    Ok(gone)
}

/// The receiver's word: the transfer is answered, once. What was refused comes back.
pub(crate) fn hear_back(work: &mut Work, command: &Command, answer: &GivenAnswer) -> Read<()> {
    if pass_to_whom_merged(work, command) || work.is_repeated(command)? {
        return Ok(());
    }
    let row = work.redemption(answer.transfer)?.expect("a transfer moves with its giver").clone();
    let asked = Command { key: answer.transfer, ..command.clone() };
    let mut reason = Reason::None;
    if answer.refused {
        reason = Reason::AccountErased;
        take_back(work, answer.transfer)?;
        uncount(work, command, &row);
        settle(work)?;
        if work.account.erased {
            erase::clear(work, command)?;
        }
    }
    let points = if answer.refused { Points::ZERO } else { row.requested };
    let (redemption, requested) = (answer.transfer, row.requested);
    let ruling = Ruling { reason, redemption, requested, points, largest: Points::ZERO };
    say_decision(work, &asked, Step::Transfer, &ruling, Points::ZERO);
    let content = work.seen(answer.transfer)?.map_or(command.content, |seen| seen.content);
    let outcome = remember(work, &Command { content, ..asked.clone() }, ruling.outcome());
    let (now, next) = (work.now, Upcoming::of(work.lots_in_range()));
    let record = OutcomeRecord::of(&asked, &work.account, next, outcome, answer.later, now);
    work.say(Event::Outcome(record));
    Ok(())
}

/// What came back does not count, where the period of its transfer still runs.
fn uncount(work: &mut Work, command: &Command, transfer: &Redemption) {
    // The version that decided the transfer: its answer has the date that the request had.
    let Some(tariff) = work.tariff_at(command.occurred_at) else { return };
    let transfers = tariff.wallet(transfer.wallet.as_str()).and_then(|wallet| wallet.transfers);
    let Some(transfers) = transfers else { return };
    let decided_at = transfer.expires_at;
    let from = calendar::start_of(tariff.zone, decided_at, transfers.per);
    if !given_since(work, &transfer.wallet, from).is_zero() {
        count(work, &transfer.wallet, from, -transfer.requested.get());
    }
}

/// What a duplicate is told while its transfer is on the way.
pub(crate) const fn under_way(points: Points) -> Outcome {
    Outcome { spent: points, ..Outcome::of(OutcomeKind::Applied, Reason::TransferUnderWay) }
}
