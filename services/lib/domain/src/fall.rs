//! A grant that another event caused falls with it (S32): an inviter's bonus, once the friend's purchase is returned
//! whole.
//!
//! The account that is granted asks the one the purchase belongs to: to be told when it is undone. The purchase
//! remembers whom to tell; where it is not there yet, the question waits for it as a return does (S22), and what never
//! comes is as good as undone. Each step is remembered as an event of its own, so that none has its effect twice. What
//! a purchase brings is counted gross: a grant that fell keeps its place.

use crate::act;
use crate::activity::{Activity, First};
use crate::award::Award;
use crate::calendar;
use crate::command::{Body, Command, Forwarded};
use crate::decide::settle;
use crate::id::{EntityId, EventKey, Name};
use crate::merge::pass_to_whom_merged;
use crate::notice::notify_of_command;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::returns::wait;
use crate::route::HOPS;
use crate::row::Seen;
use crate::transit::LOOK_AGAIN;
use crate::work::{Cause, Read, Work};
use serde::{Deserialize, Serialize};

/// What a grant falls with, by attributes of its activity: the purchase of another account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FallsWith {
    /// The account it belongs to.
    pub account: Name,
    /// The partner's own id of it.
    pub purchase: Name,
    /// Its partner; `None` for the activity's own.
    pub partner: Option<Name>,
}

/// What accounts tell each other of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallStep {
    /// To the account of the purchase: say when it is undone.
    Ask,
    /// From there: it is.
    Undone,
}

/// What the account of a grant and that of the purchase it falls with tell each other. Has no outcome.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fall {
    /// What is told.
    pub step: FallStep,
    /// The grant, of this event.
    pub grant: EventKey,
    /// The event that was granted something.
    pub event: EventKey,
    /// The purchase.
    pub purchase: EventKey,
    /// The account that was granted it.
    pub to: EntityId,
}

/// Whom a purchase tells once it is undone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Watcher {
    /// The grant, as in [`Fall::grant`].
    pub grant: EventKey,
    /// The event that was granted something.
    pub event: EventKey,
    /// The account.
    pub to: EntityId,
}

impl FallsWith {
    /// The purchase that `activity` of `partner` names, and the account it belongs to.
    fn named_by(&self, activity: &Activity, partner: &Name) -> Option<(EventKey, EntityId)> {
        let account = activity.text(self.account.as_str())?;
        let id = activity.text(self.purchase.as_str())?;
        let partner = match &self.partner {
            Some(attribute) => activity.text(attribute.as_str())?,
            None => partner,
        };
        let key = EventKey::of(partner.as_str(), "purchases", id.as_str());
        Some((key, EntityId::from_key(account.as_str())))
    }
}

/// The key of a grant of `event`.
pub(crate) fn key_of(event: EventKey, award: &Award) -> EventKey {
    event.derived(&format!("falls/{}", award.name), 0)
}

/// Whether a grant of `event` fell.
pub(crate) fn is_fallen(work: &Work, event: EventKey, award: &Award) -> Read<bool> {
    if award.falls_with.is_none() {
        return Ok(false);
    }
    let known = work.seen(key_of(event, award))?;
    Ok(known.is_some_and(|known| known.outcome.kind == OutcomeKind::Rejected))
}

fn note(work: &mut Work, command: &Command, key: EventKey, kind: OutcomeKind, reason: Reason) {
    let outcome = Outcome::of(kind, reason);
    work.put_seen(Seen { key, content: command.content, outcome });
}

/// Asks to be told of what the grants of `first` fall with: once each.
pub(crate) fn ask(work: &mut Work, command: &Command, first: &First, awards: &[&Award]) -> Read<()> {
    for award in awards {
        let named =
            award.falls_with.as_ref().and_then(|it| it.named_by(&first.fact.activity, &first.fact.partner));
        let key = key_of(first.event, award);
        let Some((purchase, account)) = named else { continue };
        if work.seen(key)?.is_none() {
            note(work, command, key, OutcomeKind::Applied, Reason::None);
            let to = work.account.entity.clone();
            let fall = Fall { step: FallStep::Ask, grant: key, event: first.event, purchase, to };
            work.send(command.by_itself(key.derived("ask", 0), account, Body::Fall(fall)));
        }
    }
    Ok(())
}

/// What another account asks, or tells.
pub(crate) fn hear(work: &mut Work, command: &Command, told: &Fall) -> Read<()> {
    let about = match told.step {
        FallStep::Ask => told.purchase,
        FallStep::Undone => told.event,
    };
    if let Some(route) = work.route(about)?.filter(|_| work.hops < HOPS) {
        let (to, hops) = (route.to.clone(), work.hops + 1);
        let forwarded = Forwarded { command: command.clone(), line: EventKey::NONE, answered: true, hops };
        work.send(Command::sent_on(to, forwarded));
        return Ok(());
    }
    if !work.account.entity.is_card() && pass_to_whom_merged(work, command) {
        return Ok(());
    }
    match told.step {
        FallStep::Ask => asked(work, command, told),
        FallStep::Undone => fall(work, command, told),
    }
}

/// The question at the account of the purchase: it is noted there, or waits for it.
fn asked(work: &mut Work, command: &Command, told: &Fall) -> Read<()> {
    if work.seen(command.key)?.is_some() {
        return Ok(());
    }
    // Of one that left, nothing is here but its id.
    if work.purchase(told.purchase)?.is_some() && work.route(told.purchase)?.is_none() {
        return attach(work, command, told);
    }
    if work.account.erased {
        give_up(work, command, told);
    } else {
        let_wait(work, command, told);
    }
    Ok(())
}

/// Lets a question wait for its purchase as long as a return does. Where the programme is not published yet, how long
/// that is turns out later.
fn let_wait(work: &mut Work, command: &Command, told: &Fall) {
    let (reason, until) = match work.tariff_now() {
        Some(tariff) => (Reason::PurchaseNotSeen, calendar::add(tariff.zone, work.now, tariff.return_waits)),
        None => (Reason::UnknownProgramme, work.now.plus_millis(LOOK_AGAIN)),
    };
    note(work, command, command.key, OutcomeKind::Parked, reason);
    wait(work, command, told.purchase, until);
}

/// The wait of a question is over: the purchase never comes; or it is only now known how long to wait.
pub(crate) fn waited(work: &mut Work, held: &Command, told: &Fall) -> Read<()> {
    let known = work.seen(held.key)?;
    if known.is_some_and(|known| known.outcome.reason == Reason::UnknownProgramme) {
        let_wait(work, held, told);
    } else {
        give_up(work, held.asked().0, told);
    }
    Ok(())
}

/// The purchase is there: it remembers whom to tell, and does so at once where it is undone already.
pub(crate) fn attach(work: &mut Work, command: &Command, told: &Fall) -> Read<()> {
    note(work, command, command.key, OutcomeKind::Applied, Reason::None);
    let watcher = Watcher { grant: told.grant, event: told.event, to: told.to.clone() };
    let purchase = work.purchase_mut(told.purchase)?;
    let undone = purchase.is_undone();
    if !purchase.watchers.contains(&watcher) {
        purchase.watchers.push(watcher);
    }
    if undone {
        tell(work, command, told);
    }
    Ok(())
}

/// The purchase never comes: what it is said to have caused falls.
pub(crate) fn give_up(work: &mut Work, command: &Command, told: &Fall) {
    note(work, command, command.key, OutcomeKind::Rejected, Reason::PurchaseNeverCame);
    tell(work, command, told);
}

fn tell(work: &mut Work, command: &Command, told: &Fall) {
    let fall = Fall { step: FallStep::Undone, ..told.clone() };
    work.send(command.by_itself(told.grant.derived("undone", 0), told.to.clone(), Body::Fall(fall)));
}

/// A purchase is returned whole: tells whoever asked.
pub(crate) fn undone(work: &mut Work, command: &Command, purchase: EventKey) -> Read<()> {
    let row = work.purchase(purchase)?.expect("a purchase that is returned");
    if !row.is_undone() {
        return Ok(());
    }
    for Watcher { grant, event, to } in row.watchers.clone() {
        tell(work, command, &Fall { step: FallStep::Undone, grant, event, purchase, to });
    }
    Ok(())
}

/// What was granted for it is taken back (S17, S18). Its cause, in entries, is the purchase.
fn fall(work: &mut Work, command: &Command, told: &Fall) -> Read<()> {
    let known = work.seen(told.grant)?;
    if known.is_some_and(|known| known.outcome.kind == OutcomeKind::Rejected) {
        return Ok(());
    }
    note(work, command, told.grant, OutcomeKind::Rejected, Reason::None);
    work.cause = Cause { event: told.purchase, occurred_at: command.occurred_at };
    act::again(work, command, told.event, |award| key_of(told.event, award) == told.grant)?;
    settle(work)?;
    notify_of_command(work);
    Ok(())
}
