//! Any text is a condition or a mistake; one that is let in has an answer for any sale.
#![no_main]

use arbitrary::Arbitrary;
use domain::activity::Attribute;
use domain::purchase::{PurchaseLine, Quantity};
use domain::rating::Extent;
use domain::tariff::RatingContext;
use domain::{Minor, Name, Points, Timestamp};
use libfuzzer_sys::fuzz_target;

const HEAD: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "Europe/Moscow"
currency = "RUB"
[wallets.points]
[groups.tea]
[purchases]
attributes = { term = "whole number", tip = "money", payment = ["card", "cash"], shop = "text" }
optional = ["term", "tip", "payment", "shop"]
[activities.verified]
[segments.students]
joined_by = "verified"
[counts.visits]
[tiers]
levels = [{ name = "Silver", from = 0 }]
[rules.asked]
rate = "1 %"
"#;

#[derive(Arbitrary, Debug)]
struct Sale<'s> {
    condition: &'s str,
    amount: i64,
    basket: i64,
    at: i64,
    term: Option<&'s str>,
    tip: Option<&'s str>,
}

fuzz_target!(|sale: Sale<'_>| {
    let text = format!("{HEAD}when = '''{}'''\n", sale.condition);
    let Ok(tariff) = programme::compile("fuzzed.toml", &text) else { return };
    let Some(when) = tariff.rules.first().and_then(|rule| rule.condition.when.clone()) else { return };
    let attribute = |name: &str, value: &str| Attribute {
        name: Name::from(name),
        value: Name::from(value),
        account: Name::default(),
    };
    let term = sale.term.map(|term| attribute("term", term));
    let tip = sale.tip.map(|tip| attribute("tip", tip));
    let context = RatingContext {
        partner: Name::from("shop"),
        occurred_at: Timestamp(sale.at),
        tier: Name::from("Silver"),
        basket: Minor(sale.basket),
        attributes: term.into_iter().chain(tip).collect(),
        profile: None,
        extent: Extent::Sold,
        holds: Vec::new(),
        agreed: Vec::new(),
    };
    let line = PurchaseLine {
        line: 1,
        sku: Name::from("item"),
        group: Name::from("tea"),
        quantity: Quantity(1_000),
        amount: Minor(sale.amount),
        points: Points::ZERO,
        paid_by_points: Minor::ZERO,
        returned: Quantity(0),
    };
    assert_eq!(when.holds(&context, &line), when.holds(&context, &line));
});
