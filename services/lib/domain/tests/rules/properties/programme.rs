//! Programmes, drawn at random: the worked cases' rules under varied terms, tiers, wallets and spending.

use super::player::START;
use crate::scenario::tariffs;
use domain::Lot;
use domain::Minor;
use domain::Name;
use domain::Points;
use domain::award::Activities;
use domain::calendar::{Span, Unit};
use domain::circumstances::{Circumstances, Ordinal, Values, Wanted};
use domain::declared::{Count, PARTNER, Segment, Sign};
use domain::event::NoticeKind;
use domain::exchange::{Exchange, Gift, When};
use domain::occasion::{Day, Occasion};
use domain::reach::IfLost;
use domain::tariff::{
    Activation, ByTier, Condition, Downgrade, Effect, Expiry, Level, Metric, Notices, Rounding, Rule, Tariff,
    Terms, Wallet, Window,
};
use proptest::option;
use proptest::prelude::*;

fn rules() -> impl Strategy<Value = Tariff> {
    prop_oneof![
        4 => Just(tariffs::base()),
        2 => Just(tariffs::threshold()),
        3 => Just(tariffs::steps()),
        2 => Just(tariffs::car_service()),
        2 => Just(tariffs::counted()),
        2 => Just(tariffs::monthly()),
        6 => tiers(),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Lifetime),
        (1..60_u32).prop_map(Window::Rolling),
        Just(Window::Calendar(Unit::Month)),
        Just(Window::Calendar(Unit::Year)),
    ]
}

/// Whether it was granted for reaching a level, and not for what was bought.
pub fn is_for_a_level(lot: &Lot) -> bool {
    lot.partner.as_str() == "house"
}

/// Gold by spend, points or purchases; what time takes may be kept a while.
fn tiers() -> impl Strategy<Value = Tariff> {
    let days = |until: u32| option::weighted(0.3, (1..until).prop_map(Span::Days));
    let counts = prop_oneof![
        3 => Just((Metric::Spend, 1_000_000)),
        2 => (1..1200_i64).prop_map(|points| (Metric::Points(Name::from("bonus")), points)),
        1 => (1..6_i64).prop_map(|purchases| (Metric::Purchases, purchases)),
    ];
    let brings = option::weighted(0.6, prop_oneof![Just(IfLost::Keep), Just(IfLost::TakeBack)]);
    (counts, window(), days(30), days(90), brings).prop_map(
        |((counts, gold), window, grace, stay, brings)| {
            let mut tariff = tariffs::tiered_by(counts, gold, window);
            tariff.activities.levels =
                brings.map(|if_lost| tariffs::for_reaching("gold", 190, if_lost)).into_iter().collect();
            if let Some(tiers) = tariff.tiers.as_mut().filter(|tiers| tiers.window != Window::Lifetime) {
                (tiers.grace, tiers.stay) = (grace, stay);
            }
            tariff
        },
    )
}

/// Activation, and an expiry behind it.
fn life() -> impl Strategy<Value = (Activation, Expiry)> {
    let days = |days| Span::Days(days);
    prop_oneof![
        4 => Just((Activation::After(days(14)), Expiry::AfterAccrual(Span::Years(1)))),
        2 => Just((Activation::AtOnce, Expiry::Never)),
        4 => (1..40_u32).prop_map(move |n| (Activation::AtOnce, Expiry::AfterAccrual(days(n)))),
        3 => (1..20_u32).prop_map(move |n| (Activation::After(days(2)), Expiry::AfterActivation(days(n)))),
        2 => Just((Activation::NextStart(Unit::Month), Expiry::EndOf(Unit::Month))),
        1 => Just((Activation::After(Span::Exact(1)), Expiry::AfterAccrual(Span::Months(1)))),
    ]
}

fn terms(base: Terms) -> impl Strategy<Value = Terms> {
    let unit = || option::weighted(0.2, prop_oneof![Just(Unit::Day), Just(Unit::Month)]);
    let level = match base.level {
        Level::Purchase => prop_oneof![3 => Just(Level::Purchase), 1 => Just(Level::Line)].boxed(),
        other => Just(other).boxed(),
    };
    let rounding = prop_oneof![
        3 => Just(Rounding::Floor),
        1 => Just(Rounding::HalfEven),
        1 => Just(Rounding::HalfUp),
        1 => Just(Rounding::Ceil)
    ];
    let minimum = prop_oneof![4 => Just(0_i64), 1 => 1..20_i64];
    let extended = option::weighted(0.25, (5..60_u32).prop_map(Span::Days));
    (life(), unit(), extended, level, rounding, minimum, option::weighted(0.2, 20..300_i64)).prop_map(
        move |(
            (activation, expiry),
            expiry_rounded_to,
            extended_by_purchase,
            level,
            rounding,
            minimum,
            cap,
        )| {
            Terms {
                activation,
                expiry,
                expiry_rounded_to,
                extended_by_purchase,
                level,
                rounding,
                minimum: Points::at_least_zero(minimum),
                cap: cap.map(Points::at_least_zero),
                ..base.clone()
            }
        },
    )
}

/// What else is granted beside the base terms: nothing, other terms in the same wallet, another wallet.
fn second() -> impl Strategy<Value = Option<(&'static str, Terms)>> {
    let base = || Terms { name: Name::from("extra"), ..tariffs::base().terms.remove(0) };
    let other = || Terms { wallet: Name::from("stamps"), ..base() };
    prop_oneof![
        3 => Just(None),
        1 => terms(base()).prop_map(|terms| Some(("bonus", terms))),
        1 => terms(other()).prop_map(|terms| Some(("stamps", terms))),
    ]
}

fn spending() -> impl Strategy<Value = domain::tariff::Spending> {
    let hold = prop_oneof![Just(Span::Days(3)), (1..50_i64).prop_map(|hours| Span::Exact(hours * 3_600_000))];
    let grace = option::weighted(0.3, (1..10_u32).prop_map(Span::Days));
    (hold, any::<bool>(), grace).prop_map(|(hold, uncovered_becomes_debt, grace)| domain::tariff::Spending {
        hold,
        uncovered_becomes_debt,
        grace,
    })
}

fn notices() -> Notices {
    let kinds = [
        NoticeKind::Accrued,
        NoticeKind::Activated,
        NoticeKind::Expiring,
        NoticeKind::Expired,
        NoticeKind::Spent,
        NoticeKind::Returned,
        NoticeKind::InDebt,
        NoticeKind::TierChanged,
        NoticeKind::TierEnding,
    ];
    let channels = kinds.into_iter().map(|kind| (kind, vec![Name::from("sms")])).collect();
    let days = || vec![Span::Days(7), Span::Days(1)];
    Notices { channels, before_expiry: days(), before_tier_change: days() }
}

fn add_second(tariff: &mut Tariff, wallet: &str, terms: Terms) {
    if wallet == "stamps" {
        tariff.wallets.push(Wallet { name: Name::from(wallet), priority: 1, ..tariff.wallets[0].clone() });
    }
    let again: Vec<Rule> = tariff.rules.iter().take(1).cloned().collect();
    tariff.rules.extend(again.into_iter().map(|rule| Rule {
        name: Name::from("second"),
        terms: terms.name.clone(),
        ..rule
    }));
    tariff.terms.push(terms);
}

/// What rules ask for beside the basket: the place of a sale in its day, or in all; how long ago the member came; who
/// funds.
#[derive(Clone, Debug)]
struct Asked {
    count: Count,
    ordinal: Ordinal,
    effect: Effect,
    within: Option<u32>,
    funder: Option<Name>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let unit = prop_oneof![3 => Just(Some(Unit::Day)), 1 => Just(Some(Unit::Month)), 1 => Just(None)];
    let by = prop_oneof![Just(Vec::new()), Just(vec![Name::from(PARTNER)])];
    let ordinal = prop_oneof![
        (1..3_i32).prop_map(|to| Ordinal::Range(1, to)),
        (2..4_i32).prop_map(|from| Ordinal::Range(from, i32::MAX)),
        (2..4_i32).prop_map(Ordinal::Every),
    ];
    let effect = prop_oneof![
        2 => (0..3_i64).prop_map(|by| Effect::Multiplier(ByTier::All(tariffs::factor(&by.to_string())))),
        2 => (1..90_i64).prop_map(|points| Effect::Bonus(Points::at_least_zero(points))),
        1 => (1..90_i64).prop_map(|points| Effect::AtLeast(Points::at_least_zero(points))),
    ];
    let funder = option::weighted(0.3, prop_oneof![Just(Name::from("Y")), Just(Name::from("brand"))]);
    (unit, by, ordinal, effect, option::weighted(0.4, 1..40_u32), funder).prop_map(
        |(unit, by, ordinal, effect, within, funder)| Asked {
            count: Count { name: Name::from("count"), unit, by, only: Vec::new() },
            ordinal,
            effect,
            within,
            funder,
        },
    )
}

/// Adds a rule that asks, and half the time makes it one of two of which one applies.
fn ask(tariff: &mut Tariff, asked: Asked) {
    let Asked { count, ordinal, effect, within, funder } = asked;
    if matches!(tariff.terms[0].level, Level::Period(_)) {
        return; // a period is rated by one rule
    }
    let circumstances = Circumstances {
        places: vec![(count.name.clone(), ordinal)],
        joined_within: within.map(Span::Days),
        ..Circumstances::default()
    };
    let is_bonus = matches!(effect, Effect::Bonus(_));
    let rival = within.is_some_and(|days| days % 2 == 0).then_some(0);
    tariff.declared.asks_joined = within.is_some();
    tariff.declared.counts = vec![count];
    tariff.rules.push(Rule {
        name: Name::from("asked"),
        terms: tariff.terms[0].name.clone(),
        condition: Condition { circumstances: Some(Box::new(circumstances)), ..Condition::default() },
        effect,
        funder: funder.filter(|_| is_bonus),
        rivals: Vec::new(),
        within: None,
    });
    if let Some(rule) = tariff.rules.last() {
        tariff.terms[0].funders = rule.funder.iter().cloned().collect();
    }
    if rival.is_some() {
        tariff.rules[0].rivals = vec![tariff.rules.len() - 1];
    }
}

/// A programme of one version. Boxed: what is drawn by several of these would not fit a test's stack.
pub fn programme() -> BoxedStrategy<Tariff> {
    let zone = prop_oneof![2 => Just(chrono_tz::UTC), 1 => Just(chrono_tz::Europe::Moscow), 1 => Just(chrono_tz::America::New_York)];
    let days = |from: u32, until: u32| (from..until).prop_map(Span::Days);
    let tier_switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let asked = option::weighted(0.35, asked());
    let other = (zone, spending(), days(20, 400), days(26, 40), tier_switches, any::<bool>(), asked);
    (rules(), second(), other)
        .prop_flat_map(|(tariff, second, other)| {
            let first = terms(tariff.terms[0].clone());
            (Just(tariff), first, Just(second), Just(other))
        })
        .prop_map(|(mut tariff, first, second, other)| {
            let (
                zone,
                spending,
                return_window,
                return_waits,
                (one_level, protected, counts),
                points_earn,
                asked,
            ) = other;
            tariff.terms[0] = first;
            if let Some((wallet, terms)) = second {
                add_second(&mut tariff, wallet, terms);
            }
            if let Some(asked) = asked {
                ask(&mut tariff, asked);
            }
            if let Some(tiers) = &mut tariff.tiers {
                tiers.downgrade = if one_level { Downgrade::OneLevel } else { Downgrade::ToMetric };
                tiers.protected_from_returns = protected;
                tiers.counts_points = counts;
            }
            Tariff {
                zone,
                spending,
                return_window,
                return_waits,
                points_earn,
                lateness: Span::Days(25),
                notices: notices(),
                ..tariff
            }
        })
        .boxed()
}

/// The same with activities: the terms they are granted under may wait for one, or be extended by any.
pub fn active() -> impl Strategy<Value = Tariff> {
    let waits = option::weighted(0.3, Just(Activation::OnActivity(Name::from("jars"))));
    let extended = option::weighted(0.4, (5..60_u32).prop_map(Span::Days));
    (programme(), waits, extended).prop_map(|(mut tariff, waits, extended)| {
        let first = &mut tariff.terms[0];
        first.extended_by_activity = extended;
        if let Some(waits) = waits {
            first.activation = waits;
        }
        let levels = std::mem::take(&mut tariff.activities.levels);
        tariff.activities = Activities { levels, ..tariffs::activities() };
        tell(&mut tariff);
        if tariff.terms.len() > 1 {
            // Two awards of one activity: under one set of terms, and under two.
            let second = tariff.terms[1].name.clone();
            let mut again = [tariff.activities.awards[0].clone(), tariff.activities.awards[4].clone()];
            again[0].name = Name::from("registration again");
            again[0].often = domain::award::Often::default();
            again[1].name = Name::from("review again");
            again[1].terms = second;
            tariff.activities.awards.extend(again);
        }
        tariff
    })
}

/// Red reviews make a member a red one for 20 days, blue ones end it; the red earn more, where rules are asked for more.
fn tell(tariff: &mut Tariff) {
    if tariff.declared.counts.is_empty() {
        return;
    }
    let sign = |colour: &str| {
        let values = Values::OneOf(vec![Name::from(colour)]);
        Sign {
            activity: Name::from("review"),
            only: vec![Wanted { attribute: Name::from("colour"), values }],
        }
    };
    let (joined_by, left_by, lasts) = (sign("red"), Some(sign("blue")), Some(Span::Days(20)));
    let price = tariff.declared.asks_joined.then_some(Minor(9_900));
    tariff.declared.segments = vec![Segment { name: Name::from("red"), joined_by, left_by, lasts, price }];
    if let Some(tiers) = tariff.tiers.as_mut().filter(|tiers| tiers.window == Window::Lifetime) {
        // Gold are the red ones.
        tiers.counts = Metric::Membership;
        (tiers.levels[1].membership, tiers.levels[1].from) = (Name::from("red"), Minor(0));
        (tiers.grace, tiers.stay) = (Some(Span::Days(3)), price.map(|_| Span::Days(30)));
    }
    tariff.activities.occasions = vec![Occasion {
        name: Name::from("spring"),
        day: Day::EveryYear(Name::from("--01-25")),
        terms: tariff.terms[0].name.clone(),
        points: Points::at_least_zero(17),
        segments: Vec::new(),
        funder: Name::from("brand"),
    }];
    tariff.declared.asks_joined = true;
    tariff.declared.joined_by = tariff.declared.asks_joined.then(|| Name::from("registration"));
    let red = Circumstances { segments: vec![Name::from("red")], ..Circumstances::default() };
    tariff.rules.push(Rule {
        name: Name::from("red"),
        terms: tariff.terms[0].name.clone(),
        condition: Condition { circumstances: Some(Box::new(red)), ..Condition::default() },
        effect: Effect::Bonus(Points::at_least_zero(11)),
        funder: None,
        rivals: Vec::new(),
        within: None,
    });
}

/// What can be ordered of [`exchanging`], and the choice where there is one.
pub const ITEMS: [(&str, &str); 3] = [("item", ""), ("choice", "later"), ("sponge", "")];

/// `versions` whose points convert to gifts, which are spent like points of any wallet.
pub fn exchanging() -> BoxedStrategy<Vec<Tariff>> {
    let gift = || terms(Terms { wallet: Name::from("stamps"), ..tariffs::base().terms.remove(0) });
    let points = || (1..90_i64, 1..4_i64);
    (versions(), gift(), gift(), points(), points(), points())
        .prop_map(|(mut versions, first, second, reached, item, choice)| {
            for tariff in &mut versions {
                let version = i64::from(tariff.version);
                let base = tariff.wallets[0].clone();
                if tariff.wallet("stamps").is_none() {
                    tariff.wallets.push(Wallet { name: Name::from("stamps"), priority: 1, ..base });
                }
                tariff.terms.push(Terms { name: Name::from("now"), level: Level::Purchase, ..first.clone() });
                tariff.terms.push(Terms {
                    name: Name::from("later"),
                    level: Level::Purchase,
                    ..second.clone()
                });
                let exchange = |name: &str, (price, points): (i64, i64), terms: &[&str], when| Exchange {
                    name: Name::from(name),
                    from: Name::from("bonus"),
                    price: Points::at_least_zero(price * version),
                    gives: terms.iter().map(|terms| gift_of(terms, points)).collect(),
                    when,
                };
                tariff.exchanges = vec![
                    exchange("reached", (reached.0 + 10, reached.1), &["now"], When::Reached),
                    exchange("item", item, &["now"], When::OnRequest),
                    exchange("choice", choice, &["now", "later"], When::OnRequest),
                ];
            }
            versions
        })
        .boxed()
}

fn gift_of(terms: &str, points: i64) -> Gift {
    Gift { terms: Name::from(terms), points: Points::at_least_zero(points) }
}

/// A programme of one version, or of two: the second comes into force while the story goes on.
pub fn versions() -> impl Strategy<Value = Vec<Tariff>> {
    let second = (programme(), 0..60_i64).prop_map(|(tariff, days)| {
        let from = START.plus_millis(days * 86_400_000);
        Tariff { version: 2, from, ..tariff }
    });
    (programme(), option::weighted(0.4, second)).prop_map(|(first, second)| {
        let mut versions = vec![first];
        versions.extend(second);
        versions
    })
}
