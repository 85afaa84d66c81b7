//! The programmes of the worked cases, as data.

use domain::award::{Activities, ActivityKind, Amount, AttributeSpec, AttributeType, Award, Often, Once};
use domain::calendar::{Span, Unit};
use domain::counted::PerAmount;
use domain::exchange::{Exchange, Gift, When};
use domain::factor::Factor;
use domain::failed::Behind;
use domain::limits::Limits;
use domain::money::Currency;
use domain::offer::Offers;
use domain::reach::{IfLost, LevelGrant};
use domain::tariff::{
    Activation, Adjustments, Band, ByTier, Condition, Downgrade, Effect, Expiry, Level, Metric, Notices,
    Rounding, Rule, Spending, Tariff, Terms, TierLevel, Tiers, Transfers, Wallet, Window,
};
use domain::{Minor, Name, Points, Timestamp};

pub fn factor(text: &str) -> Factor {
    Factor::new(text.parse().expect("a decimal")).expect("a factor")
}

pub fn rule(name: &str, condition: Condition, effect: Effect) -> Rule {
    Rule {
        name: Name::from(name),
        terms: Name::from("bonus"),
        condition,
        effect,
        funder: None,
        rivals: Vec::new(),
        within: None,
    }
}

pub fn rate(text: &str) -> Effect {
    Effect::Rate(ByTier::All(factor(text)))
}

pub fn from(amount: i64) -> Condition {
    Condition { basket_from: Some(Minor(amount * 100)), ..Condition::default() }
}

pub fn below(amount: i64) -> Condition {
    Condition { basket_below: Some(Minor(amount * 100)), ..Condition::default() }
}

pub fn group(name: &str) -> Condition {
    Condition { groups: vec![Name::from(name)], ..Condition::default() }
}

/// The programme of the worked cases: 5 % by floor at the purchase, spendable after 14 days, expiring one year
/// after accrual, points-paid value does not earn, 1 point = 1 ruble.
pub fn base() -> Tariff {
    Tariff {
        programme: Name::from("test"),
        version: 1,
        from: Timestamp::MIN,
        prior_notice: None,
        correction: None,
        zone: chrono_tz::UTC,
        currency: Currency::iso("RUB").expect("a currency"),
        lateness: Span::Days(30),
        return_window: Span::Days(400),
        return_waits: Span::Days(30),
        behind_failed: Behind::Waits,
        points_earn: false,
        wallets: vec![Wallet {
            name: Name::from("bonus"),
            unit: Name::from("points"),
            scale: 0,
            point_value: Factor::ONE,
            priority: 0,
            limits: Limits::default(),
            transfers: None,
        }],
        terms: vec![Terms {
            name: Name::from("bonus"),
            wallet: Name::from("bonus"),
            activation: Activation::After(Span::Days(14)),
            expiry: Expiry::AfterAccrual(Span::Years(1)),
            expiry_rounded_to: None,
            extended_by_purchase: None,
            extended_by_activity: None,
            level: Level::Purchase,
            rounding: Rounding::Floor,
            minimum: Points::ZERO,
            cap: None,
            cap_rate: None,
            funders: Vec::new(),
        }],
        coefficients: std::collections::BTreeMap::new(),
        partners: std::collections::BTreeMap::new(),
        rules: vec![rule("base", Condition::default(), rate("0.05"))],
        tiers: None,
        spending: Spending { hold: Span::Days(3), uncovered_becomes_debt: true, grace: None },
        notices: Notices::default(),
        card_grant: None,
        offers: Offers::default(),
        adjustments: Adjustments::default(),
        activities: Activities::default(),
        declared: Default::default(),
        exchanges: Vec::new(),
    }
}

/// `base` with these rules instead of its own.
pub fn with_rules(rules: Vec<Rule>) -> Tariff {
    Tariff { rules, ..base() }
}

/// `base`, its terms changed.
pub fn with_terms(change: impl FnOnce(&mut Terms)) -> Tariff {
    let mut tariff = base();
    change(&mut tariff.terms[0]);
    tariff
}

/// Three for each piece, and seven for each full hundred.
pub fn counted() -> Tariff {
    let hundred = PerAmount { money: Minor(10_000), points: Points::at_least_zero(7) };
    with_rules(vec![
        rule("piece", Condition::default(), Effect::PerItem(Points::at_least_zero(3))),
        rule("hundred", Condition::default(), Effect::PerAmount(hundred)),
    ])
}

/// A stamp for each piece, ten of them for a gift at once; a treat for five, of two kinds, on request.
pub fn stamps() -> Tariff {
    let one = Points::at_least_zero(1);
    let mut tariff = with_rules(vec![rule("stamp", Condition::default(), Effect::PerItem(one))]);
    tariff.terms[0].activation = Activation::AtOnce;
    tariff.terms[0].expiry = Expiry::Never;
    for name in ["gift", "mask", "scrub"] {
        let name = Name::from(name);
        tariff.wallets.push(Wallet { name: name.clone(), priority: 1, ..tariff.wallets[0].clone() });
        let expiry = Expiry::AfterActivation(Span::Months(1));
        let terms = Terms { name: name.clone(), wallet: name, expiry, ..tariff.terms[0].clone() };
        tariff.terms.push(terms);
    }
    let gift = |terms: &str| Gift { terms: Name::from(terms), points: one };
    let exchange = |name: &str, price, gives, when| Exchange {
        name: Name::from(name),
        from: Name::from("bonus"),
        price: Points::at_least_zero(price),
        gives,
        when,
    };
    tariff.exchanges = vec![
        exchange("ten", 10, vec![gift("gift")], When::Reached),
        exchange("treat", 5, vec![gift("mask"), gift("scrub")], When::OnRequest),
        exchange("mask", 7, vec![gift("mask")], When::OnRequest),
    ];
    tariff
}

/// Case 2: a basket of 40,000 or more brings 1,000 extra.
pub fn threshold() -> Tariff {
    let extra = Effect::Bonus(Points::at_least_zero(1000));
    with_rules(vec![rule("base", Condition::default(), rate("0.05")), rule("extra", from(40_000), extra)])
}

/// Case 18: 5 %, 10 more from 200, 10 % below 100.
pub fn steps() -> Tariff {
    let ten = Effect::Bonus(Points::at_least_zero(10));
    with_rules(vec![
        rule("base", from(100), rate("0.05")),
        rule("ten more", from(200), ten),
        rule("small", below(100), rate("0.10")),
    ])
}

/// Case 14: work at 4 %, parts at 12 %, one wallet and terms.
pub fn car_service() -> Tariff {
    with_rules(vec![rule("work", group("work"), rate("0.04")), rule("parts", group("parts"), rate("0.12"))])
}

/// Case 15: a share of the month's spend, spendable in the next month.
pub fn monthly() -> Tariff {
    let band = |from: i64, share| Band { from: Minor(from * 100), rate: factor(share) };
    let bands = Effect::Bands(vec![band(0, "0.03"), band(1000, "0.10"), band(1500, "0.15")]);
    let mut tariff = with_rules(vec![rule("share", Condition::default(), bands)]);
    tariff.terms[0].level = Level::Period(Unit::Month);
    tariff.terms[0].activation = Activation::NextStart(Unit::Month);
    tariff.terms[0].expiry = Expiry::EndOf(Unit::Month);
    tariff
}

/// A level reached from so much.
pub fn level(name: &str, from: i64) -> TierLevel {
    let (name, membership) = (Name::from(name), Name::default());
    TierLevel { name, from: Minor(from), membership, perks: Vec::new() }
}

/// `tiered`, counted otherwise: Gold from so many.
pub fn tiered_by(counts: Metric, gold: i64, window: Window) -> Tariff {
    let mut tariff = tiered(window);
    if let Some(tiers) = &mut tariff.tiers {
        (tiers.counts, tiers.levels[1].from) = (counts, Minor(gold));
    }
    tariff
}

/// Silver at 5 %, Gold from 10,000 at 10 %, in this window.
pub fn tiered(window: Window) -> Tariff {
    let rates = Effect::Rate(ByTier::Each(vec![factor("0.05"), factor("0.10")]));
    let mut tariff = with_rules(vec![rule("base", Condition::default(), rates)]);
    tariff.tiers = Some(Tiers {
        levels: vec![level("silver", 0), level("gold", 1_000_000)],
        counts: Metric::Spend,
        window,
        downgrade: Downgrade::ToMetric,
        grace: None,
        stay: None,
        protected_from_returns: false,
        counts_points: false,
    });
    tariff
}

/// `base`, where operators grant 100, write off 50 and forgive 40 points at once at the most.
pub fn limited() -> Tariff {
    let at_most = |points| Some(Points::at_least_zero(points));
    let adjustments = Adjustments { grant: at_most(100), write_off: at_most(50), forgive: at_most(40) };
    Tariff { adjustments, ..base() }
}

fn attribute(name: &str, takes: AttributeType) -> AttributeSpec {
    AttributeSpec { name: Name::from(name), takes, optional: false }
}

fn kind(name: &str, attributes: Vec<AttributeSpec>) -> ActivityKind {
    ActivityKind { name: Name::from(name), attributes }
}

fn award(activity: &str, amount: Amount, often: Often) -> Award {
    let (name, activity, terms) = (Name::from(activity), Name::from(activity), Name::from("bonus"));
    let (partners, only, within, falls_with) = (Vec::new(), Vec::new(), None, None);
    Award { name, activity, terms, partners, only, amount, often, within, falls_with }
}

/// What the worked cases' programme could say of activities: a registration brings 100 once, a contest 1,000, 750
/// or 500 by place, jars 20 each, a referral 300 once for each friend, a review 50 once a month, a subscription a
/// tenth of a point per ruble.
pub fn activities() -> Activities {
    let points = Points::at_least_zero;
    let places = vec![(1, 1000), (2, 750), (3, 500)];
    let places = places.into_iter().map(|(place, n)| (Name::from(place.to_string()), points(n))).collect();
    let once = |once| Often { once: Some(once), for_each: None };
    let each_friend = Often { once: Some(Once::Ever), for_each: Some(Name::from("friend")) };
    let colours = ["red", "blue"].map(Name::from).to_vec();
    Activities {
        kinds: vec![
            kind("registration", Vec::new()),
            kind("contest", vec![attribute("place", AttributeType::Whole)]),
            kind("jars", vec![attribute("number", AttributeType::Whole)]),
            kind("referral", vec![attribute("friend", AttributeType::Account)]),
            kind("review", vec![attribute("colour", AttributeType::Choice(colours))]),
            kind("subscription", vec![attribute("paid", AttributeType::Money)]),
            kind("birthday", vec![attribute("on", AttributeType::Date)]),
        ],
        awards: vec![
            award("registration", Amount::Fixed(points(100)), once(Once::Ever)),
            award("contest", Amount::ByValue(Name::from("place"), places), Often::default()),
            award("jars", Amount::PerUnit(Name::from("number"), 20_000_000), Often::default()),
            award("referral", Amount::Fixed(points(300)), each_friend),
            award("review", Amount::Fixed(points(50)), once(Once::In(Unit::Month))),
            award("subscription", Amount::PerUnit(Name::from("paid"), 100_000), Often::default()),
        ],
        occasions: Vec::new(),
        levels: Vec::new(),
    }
}

/// So many points for reaching a level, at the cost of the house.
pub fn for_reaching(level: &str, points: i64, if_lost: IfLost) -> LevelGrant {
    LevelGrant {
        name: Name::from(format!("welcome to {level}")),
        level: Name::from(level),
        terms: Name::from("bonus"),
        points: Points::at_least_zero(points),
        funder: Name::from("house"),
        if_lost,
    }
}

/// `base` with those activities.
pub fn active() -> Tariff {
    Tariff { activities: activities(), ..base() }
}

/// `base`, spendable at once, with these limits of its wallet.
pub fn paying(limits: Limits) -> Tariff {
    let mut tariff = with_terms(|terms| terms.activation = Activation::AtOnce);
    tariff.wallets[0].limits = limits;
    tariff
}

/// `base`, spendable at once; members may give each other 500 points in a calendar month.
pub fn giving() -> Tariff {
    let mut tariff = paying(Limits::default());
    let at_most = Some(Points::at_least_zero(500));
    tariff.wallets[0].transfers = Some(Transfers { at_most, per: Unit::Month });
    tariff
}

/// `paying` with a wallet `premium` behind `bonus` in the burn order.
pub fn premium(bonus: Limits, premium: Limits) -> Tariff {
    let mut tariff = paying(bonus);
    let name = Name::from("premium");
    let terms = Terms { name: name.clone(), wallet: name.clone(), ..tariff.terms[0].clone() };
    tariff.terms.push(terms);
    let wallet = Wallet { name, priority: 1, limits: premium, ..tariff.wallets[0].clone() };
    tariff.wallets.push(wallet);
    tariff
}

/// So much of each line of a group, and nothing of any other.
pub fn only(groups: &[(&str, &str)]) -> Limits {
    let of_groups = groups.iter().map(|(group, share)| (Name::from(*group), factor(share))).collect();
    Limits { of_groups, of_line: Factor::ZERO, ..Limits::default() }
}
