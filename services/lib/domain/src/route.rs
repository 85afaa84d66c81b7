//! A card as a router with a memory (design §3): an event goes to whose the card was at its date, else to the
//! first who had it after; whatever concerns an event that was sent goes the way that one went.

use crate::command::{Action, Body, CardChange, CardNews, Command, Forwarded};
use crate::id::{EntityId, EventKey};
use crate::links::Binding;
use crate::merge;
use crate::moved::Moved;
use crate::returns::end_wait;
use crate::row::{Route, RowKey};
use crate::work::{Read, Work};

/// How often a command is sent on at the most: two cards that replace each other at once end where they are.
pub(crate) const HOPS: i32 = 8;

/// Where a command is sent.
pub(crate) struct Way {
    to: EntityId,
    line: EventKey,
}

impl Way {
    pub(crate) fn along(route: &Route) -> Self {
        Self { to: route.to.clone(), line: route.line }
    }

    pub(crate) const fn to(&self) -> &EntityId {
        &self.to
    }

    fn by(binding: &Binding, command: &Command) -> Self {
        let line = if command.occurred_at < binding.from { binding.event } else { EventKey::NONE };
        Self { to: binding.to.clone(), line }
    }
}

/// The routes that `command` surely looks at.
pub(crate) fn needs(command: &Command) -> impl Iterator<Item = RowKey> {
    let events = [Some(command.key), concerns(command)];
    events.into_iter().flatten().chain(holds(command)).map(RowKey::Route)
}

/// The event whose way `command` goes, where it is about one.
fn concerns(command: &Command) -> Option<EventKey> {
    match &command.body {
        Body::Return(ret) => Some(ret.purchase),
        Body::Capture(capture) => Some(capture.redemption),
        Body::Cancel(cancel) => Some(cancel.redemption),
        Body::Adjust(adjustment) => match adjustment.action {
            Action::Release { event } | Action::Refuse { event } => Some(event),
            _ => None,
        },
        _ => None,
    }
}

/// Where `command` goes from here; `None` where it stays.
pub(crate) fn way(work: &Work, command: &Command) -> Read<Option<Way>> {
    if let Some(other) = merge::other(command) {
        let next = merge::next(work, command, other)?;
        return Ok(next.map(|to| Way { to, line: EventKey::NONE }));
    }
    let linked = work.account.links.as_ref().is_some_and(|links| !links.bindings.is_empty());
    // A merge is sent on by accounts that are nobody's.
    let may_be_sent = linked || matches!(command.body, Body::Adjust(_));
    if !may_be_sent || is_own(work, command) || work.hops >= HOPS {
        return Ok(None);
    }
    if let Some(route) = work.route(command.key)? {
        return Ok(Some(Way::along(route)));
    }
    if !linked {
        return Ok(None);
    }
    // Before what it is about: that may have gone its way only since (S23).
    if is_known(work, command)? {
        return Ok(None);
    }
    if let Some(event) = concerns(command) {
        return Ok(work.route(event)?.map(Way::along));
    }
    if is_blocked(work, command) {
        return Ok(None);
    }
    if let Some(way) = way_of_hold(work, command)? {
        return Ok(Some(way));
    }
    Ok(way_by_date(work, command))
}

/// By its date alone.
fn way_by_date(work: &Work, command: &Command) -> Option<Way> {
    let links = work.account.links.as_ref()?;
    links.binding_for(command.occurred_at).map(|binding| Way::by(binding, command))
}

/// Where a command that waited here for an operator goes once it is released.
pub(crate) fn way_of_released(work: &Work, command: &Command) -> Read<Option<Way>> {
    match concerns(command) {
        _ if is_own(work, command) => Ok(None),
        Some(event) => Ok(work.route(event)?.map(Way::along)),
        None => Ok(way_by_date(work, command)),
    }
}

/// Where a limit's answer goes from here: the way its event goes (S34); `None` where that is answered here.
pub(crate) fn way_of_answer(work: &Work, command: &Command, event: EventKey) -> Read<Option<Way>> {
    if let Some(route) = work.route(event)? {
        return Ok(Some(Way::along(route)));
    }
    Ok(if work.seen(event)?.is_some() { None } else { way_by_date(work, command) })
}

/// What concerns the account itself, whoever has it. A merged member has nothing of its own left to block or erase, but
/// for what it is told by whom it was merged into.
fn is_own(work: &Work, command: &Command) -> bool {
    let is_card = work.account.entity.is_card();
    match &command.body {
        Body::Card(_) => true,
        Body::Adjust(adjustment) => match adjustment.action {
            Action::Resume => true,
            Action::Block | Action::Unblock => is_card,
            Action::Erase => is_card || !command.has_outcome(),
            _ => false,
        },
        _ => false,
    }
}

/// A blocked card authorises nothing, whoever has it.
fn is_blocked(work: &Work, command: &Command) -> bool {
    work.account.blocked
        && work.account.entity.is_card()
        && matches!(command.body, Body::Authorise(_) | Body::Order(_) | Body::Transfer(_))
}

/// A sale that is paid by a hold goes to whose points those are, though the card is someone else's by then.
fn way_of_hold(work: &Work, command: &Command) -> Read<Option<Way>> {
    for hold in holds(command) {
        if let Some(route) = work.route(hold)? {
            return Ok(Some(Way::along(route)));
        }
    }
    Ok(None)
}

fn holds(command: &Command) -> impl Iterator<Item = EventKey> {
    let tenders = match &command.body {
        Body::Sale(sale) => sale.tenders.as_slice(),
        _ => &[],
    };
    tenders.iter().map(|tender| tender.hold).filter(|hold| *hold != EventKey::NONE)
}

/// Whether the event was answered here before, and stayed.
fn is_known(work: &Work, command: &Command) -> Read<bool> {
    match command.body {
        Body::Sale(_) if work.purchase(command.key)?.is_some() => Ok(true),
        _ => Ok(work.seen(command.key)?.is_some()),
    }
}

/// What was sent on from here until it came back to stay (two cards replaced each other at once) is answered here from
/// now on.
pub(crate) fn stay(work: &mut Work, event: EventKey) -> Read<()> {
    if work.hops >= HOPS && work.route(event)?.is_some() {
        work.route_mut(event)?.to = work.account.entity.clone();
    }
    Ok(())
}

/// Sends `command` its way, and what waited here for it right after it.
pub(crate) fn forward(work: &mut Work, command: &Command, way: &Way) -> Read<()> {
    let answered = work.answered;
    send(work, command, way, answered);
    send_waiting(work, command.key, way)
}

/// Sends what waits here for `event` the way that went.
fn send_waiting(work: &mut Work, event: EventKey, way: &Way) -> Read<()> {
    let waits = work.account.waiting.iter().filter(|waiting| waiting.purchase == event);
    let waiting: Vec<EventKey> = waits.map(|waiting| waiting.event).collect();
    for event in waiting {
        let held = end_wait(work, event)?;
        send(work, held.asked().0, way, true);
    }
    Ok(())
}

/// Sends what waits here for a purchase the way that all goes from now on: this member was merged (S22).
pub(crate) fn send_all_waiting(work: &mut Work) -> Read<()> {
    let merged = work.account.links.as_ref().and_then(|links| links.bindings.last()).cloned();
    let Some(merged) = merged else { return Ok(()) };
    for waiting in work.account.waiting.clone() {
        let parked = work.parked(waiting.event)?.expect("a command listed as waiting");
        let command = parked.command.asked().0.clone();
        if matches!(command.body, Body::Return(_) | Body::Fall(_)) {
            end_wait(work, waiting.event)?;
            send(work, &command, &Way::by(&merged, &command), true);
        }
    }
    Ok(())
}

fn send(work: &mut Work, command: &Command, way: &Way, answered: bool) {
    // One that came on a line stays on it: the first card knew best.
    let line = if work.line == EventKey::NONE { way.line } else { work.line };
    work.put_route(Route { key: command.key, to: way.to.clone(), line });
    let forwarded = Forwarded { command: command.clone(), line, answered, hops: work.hops + 1 };
    work.send(Command::sent_on(way.to.clone(), forwarded));
}

/// Sends what moves in further, where this account is bound to another by then, and remembers its way; whether it is.
/// What waited here for its purchases goes right behind it.
pub(crate) fn pass_further(work: &mut Work, command: &Command, moved: &Moved) -> Read<bool> {
    let links = work.account.links.as_ref();
    let binding = links.and_then(|links| links.binding_for(moved.at)).cloned();
    let Some(binding) = binding.filter(|_| moved.hops < HOPS) else { return Ok(false) };
    let purchases = moved.purchases.iter().map(|purchase| (purchase.key, purchase.line));
    let seen = moved.seen.iter().map(|seen| (seen.key, EventKey::NONE));
    for (key, line) in seen.chain(purchases) {
        work.put_route(Route { key, to: binding.to.clone(), line });
    }
    let further = Moved { hops: moved.hops + 1, ..moved.clone() };
    work.send(command.with(command.key, binding.to.clone(), command.body.moving(further)));
    for purchase in &moved.purchases {
        let way = Way { to: binding.to.clone(), line: purchase.line };
        send_waiting(work, purchase.key, &way)?;
    }
    Ok(true)
}

/// News of a card that the ledger itself sends to another: nobody waits for its outcome.
pub(crate) fn pass_on(command: &Command, card: EntityId, key: EventKey, change: CardChange) -> Command {
    command.by_itself(key, card, Body::Card(CardNews { change }))
}
