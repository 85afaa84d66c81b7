//! S26: a correction that comes at any moment ends as if its version had been there from the start.

use super::act::{Act, story};
use super::books::Books;
use super::conservation::wakes_in_time;
use super::mix::Mix;
use super::order::{End, end};
use super::player::{Player, START};
use super::programme::programme;
use super::shuffle::{Deed, HOUR, Visit, busy, commands, deeds, in_their_own_order};
use super::{TestCaseError, Verdict, hold, same};
use domain::correction::Correction;
use domain::factor::Factor;
use domain::tariff::{ByTier, Effect, Level, Rule, Tariff, Terms};
use domain::{Command, Decision, Event, Minor, Name, Points, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

/// What a draw makes different in the replacement.
#[derive(Clone, Debug)]
struct Change {
    /// Per cent of every rate and bonus.
    percent: i64,
    /// The level, rounding, limits and dates of terms, those of another programme.
    terms: Vec<Terms>,
    /// Per cent of every level's threshold.
    levels: i64,
    points_earn: bool,
    /// Whether the last terms are left out, with their rules.
    fewer: bool,
}

/// A stretch that is corrected, and before which arrival that is published.
#[derive(Clone, Debug)]
struct Stretch {
    arrival: usize,
    /// Hours before that, below the lateness bound of [`programme`], 25 days.
    back: i64,
    hours: i64,
}

#[derive(Clone, Debug)]
struct Case {
    tariff: Tariff,
    visits: Vec<Visit>,
    deeds: Vec<Deed>,
    stretches: Vec<(Change, Stretch)>,
}

fn change() -> impl Strategy<Value = Change> {
    let percent = prop_oneof![Just(0_i64), Just(100), 10..100_i64, 100..400_i64];
    let levels = prop_oneof![2 => Just(100_i64), 1 => 10..300_i64];
    (percent, programme(), levels, any::<bool>(), any::<bool>()).prop_map(
        |(percent, other, levels, points_earn, fewer)| Change {
            percent,
            terms: other.terms,
            levels,
            points_earn,
            fewer,
        },
    )
}

fn stretch() -> impl Strategy<Value = Stretch> {
    let hours = prop_oneof![3 => 1..700_i64, 1 => Just(1_000_000)];
    (0..24_usize, 0..24 * 24_i64, hours).prop_map(|(arrival, back, hours)| Stretch { arrival, back, hours })
}

fn case() -> impl Strategy<Value = Case> {
    (busy(), proptest::collection::vec((change(), stretch()), 1..3), any::<bool>()).prop_map(
        |((tariff, visits, deeds), stretches, activities)| {
            with_or_without(activities, Case { tariff, visits, deeds, stretches })
        },
    )
}

fn share(percent: i64, factor: Factor) -> Factor {
    let millionths = (factor.millionths() * percent / 100).min(1_000_000);
    Factor::new(rust_decimal::Decimal::new(millionths, 6)).expect("a share")
}

/// `rule` at other rates; one of a period stays.
fn at_other_rates(rule: &Rule, percent: i64) -> Rule {
    let effect = match &rule.effect {
        Effect::Rate(ByTier::All(rate)) => Effect::Rate(ByTier::All(share(percent, *rate))),
        Effect::Rate(ByTier::Each(rates)) => {
            Effect::Rate(ByTier::Each(rates.iter().map(|rate| share(percent, *rate)).collect()))
        }
        Effect::Bonus(points) => Effect::Bonus(Points::at_least_zero(points.get() * percent / 100)),
        other => other.clone(),
    };
    Rule { effect, ..rule.clone() }
}

/// Terms like `terms`, with what a correction may change of `other`.
fn changed_terms(faulty: &Tariff, terms: &Terms, other: &Terms) -> Terms {
    let of_period = |terms: &Terms| matches!(terms.level, Level::Period(_));
    if of_period(terms) || faulty.activities.awards.iter().any(|award| award.terms == terms.name) {
        return terms.clone();
    }
    let extended = terms.extended_by_purchase.is_some() || terms.extended_by_activity.is_some();
    let rounded = if extended { terms.expiry_rounded_to } else { other.expiry_rounded_to };
    Terms {
        activation: other.activation.clone(),
        expiry: other.expiry,
        expiry_rounded_to: rounded,
        level: if of_period(other) { terms.level } else { other.level },
        rounding: other.rounding,
        minimum: other.minimum,
        cap: other.cap,
        ..terms.clone()
    }
}

fn replacement(faulty: &Tariff, change: &Change) -> Tariff {
    let others = change.terms.iter().cycle();
    let mut terms: Vec<Terms> =
        faulty.terms.iter().zip(others).map(|(terms, other)| changed_terms(faulty, terms, other)).collect();
    let left_out = terms.last().filter(|last| {
        let granted = faulty.activities.awards.iter().any(|award| award.terms == last.name);
        let extended = last.extended_by_purchase.is_some() || last.extended_by_activity.is_some();
        change.fewer && faulty.terms.len() > 1 && !granted && !extended
    });
    let left_out = left_out.map(|last| last.name.clone());
    terms.retain(|terms| Some(&terms.name) != left_out.as_ref());
    let of_period = |rule: &&Rule| {
        let terms = faulty.terms(rule.terms.as_str());
        terms.is_some_and(|terms| matches!(terms.level, Level::Period(_)))
    };
    let rules = faulty.rules.iter().filter(|rule| Some(&rule.terms) != left_out.as_ref());
    let rules = rules.map(|rule| match of_period(&rule) {
        true => rule.clone(),
        false => at_other_rates(rule, change.percent),
    });
    let mut rules: Vec<Rule> = rules.collect();
    if left_out.is_some() {
        rules.iter_mut().for_each(|rule| rule.rivals.clear()); // they name places
    }
    let mut tiers = faulty.tiers.clone();
    for level in tiers.iter_mut().flat_map(|tiers| &mut tiers.levels) {
        level.from = Minor(level.from.0 * change.levels / 100);
    }
    Tariff { rules, terms, tiers, points_earn: change.points_earn, ..faulty.clone() }
}

/// Activities, or none: their grants hold the terms fast.
fn with_or_without(activities: bool, mut case: Case) -> Case {
    if !activities {
        case.tariff.activities = domain::award::Activities::default();
        case.deeds.clear();
    }
    case
}

fn by_operator(replaces: i32, until: Timestamp) -> Correction {
    Correction { replaces, until, actor: Name::from("op-7"), reason: Name::from("a slip") }
}

/// The corrections, each of the version before it, and before which arrival it is published.
fn corrections(case: &Case, arrivals: &[(Command, i64)]) -> Vec<(usize, Tariff)> {
    let mut faulty = case.tariff.clone();
    let mut corrections = Vec::new();
    let mut stretches = case.stretches.clone();
    stretches.sort_by_key(|(_, stretch)| stretch.arrival.min(arrivals.len()));
    for ((change, stretch), version) in stretches.iter().zip(2..) {
        let arrival = stretch.arrival.min(arrivals.len());
        let last = arrivals.get(arrival).or(arrivals.last());
        let now = last.map_or(START, |(command, late)| command.occurred_at.plus_millis(*late));
        let from = now.plus_millis(-stretch.back * HOUR);
        // The second corrects the first where that is in force, else the faulty one again.
        let replaces = faulty.version;
        let correction = by_operator(replaces, from.plus_millis(stretch.hours * HOUR));
        let right = replacement(&faulty, change);
        let right = Tariff { version, from, correction: Some(correction), ..right };
        faulty = right.clone();
        corrections.push((arrival, right));
    }
    corrections
}

fn play(
    tariff: &Tariff,
    arrivals: &[(Command, i64)],
    corrections: &[(usize, Tariff)],
    look: &mut impl FnMut(&Player, &Command, &Decision) -> Verdict,
) -> Result<Player, TestCaseError> {
    let mut player = Player::new(tariff.clone());
    for place in 0..=arrivals.len() {
        for (_, right) in corrections.iter().filter(|(arrival, _)| *arrival == place) {
            player.tariffs.add(Arc::new(right.clone()));
        }
        if let Some((command, late)) = arrivals.get(place) {
            let mut command = command.clone();
            command.delivered_at = command.occurred_at.plus_millis(*late);
            player.now = command.delivered_at;
            player.send(command, look)?;
        }
    }
    Ok(player)
}

/// How it ends; a wallet whose every grant was given up is as good as none.
fn ended(player: &mut Player, at: Timestamp) -> End {
    let (mut wallets, tier, lots) = end(player, at);
    wallets.retain(|(_, net, worth)| (*net, *worth) != (0, 0));
    (wallets, tier, lots)
}

fn arrivals(case: &Case) -> Vec<(Command, i64)> {
    let mut arrivals = commands(&case.tariff, &case.visits);
    arrivals.extend(deeds(&case.tariff, &case.deeds));
    in_their_own_order(&mut arrivals);
    arrivals.sort_by_key(|(command, late)| command.occurred_at.plus_millis(*late));
    arrivals
}

#[test]
fn s26_a_correction_at_any_moment_ends_as_if_it_had_been_there_from_the_start() {
    let mix = Mix::default();
    hold(8000, case(), |case| {
        let arrivals = arrivals(&case);
        let corrections = corrections(&case, &arrivals);
        let mut known = Player::new(case.tariff.clone()).tariffs;
        for (_, right) in &corrections {
            match known.check_correction(right) {
                Ok(()) => known.add(Arc::new(right.clone())),
                Err(domain::correction::CorrectionError::Nowhere { .. }) => return Ok(()),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            }
        }
        let at_once: Vec<(usize, Tariff)> = corrections.iter().map(|(_, right)| (0, right.clone())).collect();
        let mut ignore = |_: &Player, _: &Command, _: &Decision| Ok(());
        let mut usual = play(&case.tariff, &arrivals, &at_once, &mut ignore)?;
        let mut corrected = play(&case.tariff, &arrivals, &corrections, &mut ignore)?;
        mix.count("compared");
        let at: Timestamp = START.plus_millis(600 * 24 * HOUR);
        let ends = (ended(&mut usual, at), ended(&mut corrected, at));
        let mut never = play(&case.tariff, &arrivals, &[], &mut ignore)?;
        if ended(&mut never, at) != ends.1 {
            mix.count("another end");
        }
        if corrected.entity.purchases.rows().values().any(|purchase| purchase.version == 3) {
            mix.count("corrected twice");
        }
        same("S26: the end, whenever it was corrected", &ends.0, &ends.1)?;
        let again = corrected.pass(at.plus_millis(1));
        same("S26: nothing is left to correct", &again.events.len(), &0)
    });
    mix.assert_at_least(&[("compared", 6000), ("another end", 1200), ("corrected twice", 300)]);
}

/// Any story, with redemptions, under a programme that is corrected while it goes on.
fn spending() -> impl Strategy<Value = (Tariff, Vec<Act>, Change, usize, i64)> {
    (programme(), story(40), change(), 0..40_usize, 0..60_i64)
}

#[test]
fn s05_s26_a_correction_keeps_the_books_whatever_was_spent() {
    let mix = Mix::default();
    hold(3000, spending(), |(faulty, acts, change, after, days)| {
        let mut player = Player::new(faulty.clone());
        let mut books = Books::default();
        let mut look = |player: &Player, command: &Command, decision: &Decision| {
            mix.see(command, decision);
            books.post(&decision.events)?;
            let mut entity = player.entity.clone();
            decision.rows.iter().cloned().for_each(|row| entity.put(row));
            books.compare(&entity)?;
            wakes_in_time(&entity)
        };
        let (before, then) = acts.split_at(after.min(acts.len()));
        player.play(before, &mut look)?;
        let spent = player.entity.account.wallets.iter().map(|balance| balance.redeemed).sum::<Points>();
        let from = player.now.plus_millis(-days * 24 * HOUR);
        let correction = by_operator(1, Timestamp::NEVER);
        let right = replacement(&faulty, &change);
        let right = Tariff { version: 2, from, correction: Some(correction), ..right };
        player.tariffs.check_correction(&right).map_err(|error| TestCaseError::fail(error.to_string()))?;
        player.tariffs.add(Arc::new(right));
        let corrected = player.pass(player.now);
        books.post(&corrected.events)?;
        books.compare(&player.entity)?;
        let redeemed = player.entity.account.wallets.iter().map(|balance| balance.redeemed).sum::<Points>();
        same("S24: redemptions stay decided", &spent, &redeemed)?;
        let kinds = corrected.events.iter().filter_map(|event| match event {
            Event::Entry(entry) => Some(format!("corrected: {:?}", entry.kind)),
            _ => None,
        });
        kinds.for_each(|kind| mix.count(kind));
        same("S26: it acts once", &player.pass(player.now).events.len(), &0)?;
        let mut look = |player: &Player, command: &Command, decision: &Decision| {
            books.post(&decision.events)?;
            let mut entity = player.entity.clone();
            decision.rows.iter().cloned().for_each(|row| entity.put(row));
            mix.see(command, decision);
            books.compare(&entity)
        };
        player.play(then, &mut look)?;
        let end = player.now.plus_millis(800 * 24 * HOUR);
        books.post(&player.pass(end).events)?;
        books.compare(&player.entity)
    });
    mix.assert_at_least(&[
        ("corrected: Adjustment", 500),
        ("corrected: Raise", 50),
        ("corrected: Clawback", 100),
        ("corrected: Accrual", 100),
        ("corrected: Repoint", 2),
        ("corrected: DebtOpened", 20),
    ]);
}
