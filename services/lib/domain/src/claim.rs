//! A purchase's side of the limits that members share (S34): which rules ask, and what their answers mean.
//!
//! A sale is decided at once, without the rules that ask. What a limit answered is stored with the purchase, so that its
//! rating stays a pure function of stored facts (S16), and goes with it to another account; once all have answered the
//! sale is rated again, as for a late event (S24). A share is given back where its rule gives nothing any more to what
//! remains: after a return, or on other grounds. Nothing is asked or given back while an answer is under way: a share
//! is then released by whoever heard that it was reserved, which no other message of it can overtake.
//!
//! Each time a rule asks is a reservation of its own, and one that was refused is done with. So what nobody waits for
//! any more, and is granted nevertheless, is given back at once.

use crate::command::{Body, Command, Source};
use crate::decide::settle;
use crate::event::{Event, OutcomeRecord};
use crate::id::{EventKey, Name};
use crate::notice::notify_of;
use crate::outcome::Reason;
use crate::points::Points;
use crate::purchase::{Claim, ClaimState, Purchase};
use crate::rating::{Extent, context_of, giving};
use crate::rerate;
use crate::route::{HOPS, Way};
use crate::row::RowKey;
use crate::share::{pass_on, release};
use crate::shared::{Share, ShareStep, SharedLimit};
use crate::tariff::{Effect, RatingContext, Rule, Tariff};
use crate::upcoming::Upcoming;
use crate::work::{Cause, Read, Work};

/// How often a rule asks for one purchase, at the most: rules that exclude each other by turns end where they are.
const ROUNDS: i32 = 100;

/// Rows that a limit's answer surely reads.
pub(crate) fn needs(answer: &Share) -> Vec<RowKey> {
    vec![RowKey::Seen(answer.reservation), RowKey::Purchase(answer.event)]
}

fn reservation(purchase: &Purchase, claim: &Claim) -> EventKey {
    purchase.key.derived(&format!("share/{}", claim.rule), claim.round.into())
}

/// Asks for a sale that was rated without: whether its answer says that more follows.
pub(crate) fn of_sale(work: &mut Work, tariff: &Tariff, command: &Command, purchase: &mut Purchase) -> bool {
    // Of a later fate there is no later one (S27).
    let open = !work.is_later && !work.answered;
    ask(work, tariff, command, purchase, open);
    open && !purchase.claims.is_empty()
}

/// Gives back what `purchase`, as it is by now, needs no more, and asks for what it needs: before it is rated again.
pub(crate) fn follow(work: &mut Work, tariff: &Tariff, purchase: &mut Purchase) {
    if purchase.claims.iter().any(|claim| claim.state == ClaimState::Asked) {
        return;
    }
    let command = by_itself(work, purchase);
    give_back(work, tariff, &command, purchase);
    ask(work, tariff, &command, purchase, false);
}

/// A version that replaces the one of the sale: what was refused may have room there (S26).
pub(crate) fn ask_again(purchase: &mut Purchase) {
    for claim in purchase.claims.iter_mut().filter(|claim| claim.state == ClaimState::Refused) {
        claim.state = ClaimState::GivenBack;
    }
}

/// A command of `purchase` that nobody waits for.
fn by_itself(work: &Work, purchase: &Purchase) -> Command {
    let Purchase { key, partner, occurred_at, content, .. } = purchase;
    let (feed, id) = (Name::from("purchases"), Name::default());
    Command {
        key: *key,
        entity: work.account.entity.clone(),
        source: Source { partner: partner.clone(), feed, id, partition: 0, offset: 0 },
        occurred_at: *occurred_at,
        delivered_at: work.now,
        content: *content,
        trace: Name::default(),
        body: Body::Tick,
    }
}

/// The rule of this name, and its limit, where it asks one.
fn limited<'t>(tariff: &'t Tariff, name: &Name) -> Option<(&'t Rule, &'t SharedLimit)> {
    let rule = tariff.rules.iter().find(|rule| rule.name == *name)?;
    rule.within.as_ref().map(|limit| (rule, limit))
}

/// Whether the claim is one on the limit that its rule asks in `tariff`.
fn is_current(tariff: &Tariff, purchase: &Purchase, claim: &Claim) -> bool {
    let asks = limited(tariff, &claim.rule);
    asks.is_some_and(|(_, limit)| {
        limit.entity(tariff.programme.as_str(), &purchase.attributes) == claim.limit
    })
}

/// Of `rules`, those that give something to what remains, where the limits of these and of none else agree.
fn that_give(tariff: &Tariff, purchase: &Purchase, mut rules: Vec<Name>) -> Vec<Name> {
    loop {
        let context = RatingContext { agreed: rules.clone(), ..context_of(purchase, Extent::Remaining) };
        let gave = giving(tariff, &context, &purchase.lines, Extent::Remaining);
        let before = rules.len();
        rules.retain(|rule| gave.contains(rule));
        if rules.len() == before {
            return rules;
        }
    }
}

fn give_back(work: &mut Work, tariff: &Tariff, command: &Command, purchase: &mut Purchase) {
    let agreed = purchase.agreed();
    if agreed.is_empty() {
        return;
    }
    let kept = that_give(tariff, purchase, agreed);
    for place in 0..purchase.claims.len() {
        let claim = &purchase.claims[place];
        let is_kept = kept.contains(&claim.rule) && is_current(tariff, purchase, claim);
        if claim.state == ClaimState::Agreed && !is_kept {
            tell(work, command, purchase, claim, ShareStep::Release);
            purchase.claims[place].state = ClaimState::GivenBack;
        }
    }
}

/// Asks for each rule that would give something, and neither was agreed nor refused.
fn ask(work: &mut Work, tariff: &Tariff, command: &Command, purchase: &mut Purchase, open: bool) {
    let in_time = |rule: &&Rule| rule.within.as_ref().is_some_and(|limit| purchase.occurred_at < limit.until);
    let may_ask = |rule: &&Rule| {
        let claim = purchase.claims.iter().find(|claim| claim.rule == rule.name);
        claim.is_none_or(|claim| {
            let refused = claim.state == ClaimState::Refused && is_current(tariff, purchase, claim);
            !refused && (claim.state == ClaimState::Agreed || claim.round < ROUNDS)
        })
    };
    let hoped: Vec<Name> =
        tariff.rules.iter().filter(in_time).filter(may_ask).map(|rule| rule.name.clone()).collect();
    if hoped.is_empty() {
        return;
    }
    for rule in that_give(tariff, purchase, hoped) {
        claim_anew(work, tariff, command, purchase, &rule, open);
    }
}

fn claim_anew(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    purchase: &mut Purchase,
    rule: &Name,
    open: bool,
) {
    let Some((_, limit)) = limited(tariff, rule) else { return };
    let limit = limit.entity(tariff.programme.as_str(), &purchase.attributes);
    let before = purchase.claims.iter().position(|claim| claim.rule == *rule);
    let round = match before.map(|place| &purchase.claims[place]) {
        Some(claim) if claim.state == ClaimState::Agreed => return,
        Some(claim) => claim.round + 1,
        None => 0,
    };
    let claim = Claim { rule: rule.clone(), limit, state: ClaimState::Asked, round, open };
    reserve(work, tariff, command, purchase, &claim);
    if let Some(place) = before {
        purchase.claims.remove(place);
    }
    purchase.claims.push(claim);
}

fn reserve(work: &mut Work, tariff: &Tariff, command: &Command, purchase: &Purchase, claim: &Claim) {
    let Some((rule, limit)) = limited(tariff, &claim.rule) else { return };
    let points = match rule.effect {
        Effect::Bonus(points) => points,
        _ => Points::ZERO,
    };
    let question = Share {
        points,
        uses_at_most: limit.uses.unwrap_or(0),
        points_at_most: limit.points.unwrap_or_default(),
        ..told(work, purchase, claim, ShareStep::Reserve)
    };
    let key = reservation(purchase, claim);
    work.send(command.by_itself(key, claim.limit.clone(), Body::Share(question)));
}

fn told(work: &Work, purchase: &Purchase, claim: &Claim, step: ShareStep) -> Share {
    Share {
        step,
        reservation: reservation(purchase, claim),
        event: purchase.key,
        from: work.account.entity.clone(),
        points: Points::ZERO,
        uses_at_most: 0,
        points_at_most: Points::ZERO,
        hops: 0,
    }
}

/// Tells a limit what came of its share.
fn tell(work: &mut Work, command: &Command, purchase: &Purchase, claim: &Claim, step: ShareStep) {
    let what = if step == ShareStep::Confirm { "confirm" } else { "release" };
    let key = reservation(purchase, claim).derived(what, 0);
    let share = told(work, purchase, claim, step);
    work.send(command.by_itself(key, claim.limit.clone(), Body::Share(share)));
}

/// A limit's answer, where it is to a purchase of this account, or of one that moved from here; whether it is.
pub(crate) fn answered(work: &mut Work, command: &Command, answer: &Share) -> Read<bool> {
    let Some(before) = work.purchase(answer.event)?.cloned() else { return Ok(false) };
    if let Some(route) = work.route(answer.event)?.filter(|_| answer.hops < HOPS) {
        let way = Way::along(route);
        pass_on(work, command, answer, &way);
        return Ok(true);
    }
    let is_meant = |claim: &Claim| {
        claim.state == ClaimState::Asked
            && claim.limit == answer.from
            && reservation(&before, claim) == answer.reservation
    };
    match before.claims.iter().position(is_meant) {
        Some(place) => accept(work, command, answer, &before, place)?,
        None => answered_again(work, command, answer, &before)?,
    }
    Ok(true)
}

/// An answer to what is not asked any more: nothing new, or room that nobody needs. A refusal of what another account
/// had, since one with this, is what the sale waited for (see [`unite`]).
fn answered_again(work: &mut Work, command: &Command, answer: &Share, before: &Purchase) -> Read<()> {
    let claim = before.claims.iter().find(|claim| reservation(before, claim) == answer.reservation);
    let is_agreed = claim.is_some_and(|claim| claim.state == ClaimState::Agreed);
    if answer.step == ShareStep::Reserved {
        if !is_agreed {
            release(work, command, answer);
        }
        return Ok(());
    }
    let is_awaited = is_agreed || claim.is_some_and(|claim| claim.open);
    if is_awaited && before.claims.iter().all(|claim| claim.state != ClaimState::Asked) {
        return go_on(work, command, answer, before, before.clone(), before.claims.len());
    }
    Ok(())
}

/// Two accounts are one now, and a partner sent one purchase under both: `here` has the claims of what `came`, too, but
/// each rule one at the most. A share that one of them has, or asked for, is not given away by the other, which was
/// refused it; what neither needs is given back.
pub(crate) fn unite(work: &mut Work, command: &Command, here: &mut Purchase, came: &Purchase) {
    use ClaimState::{Agreed, Asked, GivenBack, Refused};
    for claim in came.claims.iter().filter(|claim| matches!(claim.state, Asked | Agreed)) {
        let Some(mine) = here.claims.iter_mut().find(|mine| mine.rule == claim.rule) else {
            here.claims.push(claim.clone());
            continue;
        };
        let is_same = (&mine.limit, mine.round) == (&claim.limit, claim.round);
        match (mine.state, claim.state) {
            (Refused, _) | (GivenBack, Agreed) if is_same => *mine = claim.clone(),
            // Of one reservation: what is asked here is refused, and the sale goes on once that comes.
            (Asked, Agreed) if is_same => *mine = Claim { open: mine.open, ..claim.clone() },
            (Agreed, Agreed) if is_same => {}
            (_, Agreed) => tell(work, command, came, claim, ShareStep::Release),
            _ => {} // whoever hears that it was reserved gives it back
        }
    }
}

/// Takes in an answer that is waited for; after the last one the sale is rated again.
fn accept(work: &mut Work, command: &Command, answer: &Share, before: &Purchase, place: usize) -> Read<()> {
    let mut purchase = before.clone();
    let agreed = answer.step == ShareStep::Reserved;
    let mut claim = purchase.claims.remove(place);
    claim.state = match agreed {
        true if work.account.erased => ClaimState::GivenBack,
        true => ClaimState::Agreed,
        false => ClaimState::Refused,
    };
    if agreed {
        let step = if work.account.erased { ShareStep::Release } else { ShareStep::Confirm };
        tell(work, command, &purchase, &claim, step);
    }
    // Behind those that were asked with it: so what is not rated yet stands behind what is.
    purchase.claims.push(claim);
    if purchase.claims.iter().any(|claim| claim.state == ClaimState::Asked) {
        work.put_purchase(purchase);
        return Ok(());
    }
    go_on(work, command, answer, before, purchase, place)
}

/// Every limit has answered, those `since` together: what the sale earns now. It may ask for another rule in place of
/// one that was refused.
fn go_on(
    work: &mut Work,
    command: &Command,
    answer: &Share,
    before: &Purchase,
    mut purchase: Purchase,
    since: usize,
) -> Read<()> {
    let (key, open) = (purchase.key, purchase.claims.iter().any(|claim| claim.open));
    work.cause = Cause { event: key, occurred_at: purchase.occurred_at };
    let mut change = 0;
    if work.account.erased {
        give_up(work, command, &mut purchase, since);
        work.put_purchase(purchase);
    } else {
        purchase.claims.iter_mut().for_each(|claim| claim.open = false);
        // Whoever answered first, it ends the same.
        purchase.claims.sort_by(|a, b| a.rule.cmp(&b.rule));
        change = rerate::as_agreed(work, before, purchase)?;
    }
    settle(work)?;
    notify_of(work, answer.reservation);
    if open { tell_sale(work, command, key, change) } else { Ok(()) }
}

/// What a forgotten member was not granted yet is nobody's: of the claims, those `since` there.
fn give_up(work: &mut Work, command: &Command, purchase: &mut Purchase, since: usize) {
    for place in since..purchase.claims.len() {
        let claim = purchase.claims[place].clone();
        if claim.state == ClaimState::Agreed {
            tell(work, command, purchase, &claim, ShareStep::Release);
            purchase.claims[place].state = ClaimState::GivenBack;
        }
    }
    purchase.claims.iter_mut().for_each(|claim| claim.open = false);
    purchase.claims.sort_by(|a, b| a.rule.cmp(&b.rule));
}

/// Notes what the answer to the sale is by now, with which it is repeated from now on, and tells it (S27), unless there
/// is more to come.
fn tell_sale(work: &mut Work, command: &Command, key: EventKey, change: i64) -> Read<()> {
    let erased = work.account.erased;
    let purchase = work.purchase_mut(key)?;
    purchase.outcome.earned = Points::at_least_zero(purchase.outcome.earned.get() + change);
    let asked = purchase.claims.iter_mut().filter(|claim| claim.state == ClaimState::Asked);
    if asked.map(|claim| claim.open = true).count() > 0 {
        return Ok(());
    }
    if purchase.outcome.reason == Reason::AwaitsLimit {
        let refused = purchase.claims.iter().any(|claim| claim.state == ClaimState::Refused);
        purchase.outcome.reason = match (erased, refused) {
            (true, _) => Reason::AccountErased,
            (_, true) => Reason::LimitReached,
            _ => Reason::None,
        };
    }
    say(work, command, key)
}

fn say(work: &mut Work, command: &Command, key: EventKey) -> Read<()> {
    let purchase = work.purchase(key)?.expect("a purchase that asked").clone();
    let (now, next) = (work.now, Upcoming::of(work.lots_in_range()));
    let record = OutcomeRecord::of(command, &work.account, next, purchase.outcome, true, now);
    let source = Source { id: purchase.id, ..record.source.clone() };
    let (event, occurred_at) = (key, purchase.occurred_at);
    work.say(Event::Outcome(OutcomeRecord { event, source, occurred_at, ..record }));
    Ok(())
}
