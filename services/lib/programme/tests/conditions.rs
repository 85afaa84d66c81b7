//! The library's own interpreter is the oracle: whatever is let in comes to what CEL says it comes to.

use cel::objects::Value;
use cel::{Context, Program};
use domain::activity::Attribute;
use domain::profile::Profile;
use domain::purchase::{PurchaseLine, Quantity};
use domain::rating::Extent;
use domain::tariff::{Predicate, RatingContext};
use domain::{Minor, Name, Points, Timestamp};
use programme::compile;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// The longest condition, in bytes.
const LENGTH: usize = 1_000;
const HEAD: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "Europe/Moscow"
currency = "RUB"
[wallets.points]
[groups.tea]
[groups.coffee]
[purchases]
attributes = { term = "whole number", payment = ["card", "cash"] }
optional = ["term", "payment"]
[activities.verified]
[segments.students]
joined_by = "verified"
[segments.friends]
joined_by = "verified"
[rules.asked]
rate = "1 %"
"#;

/// The condition in a file of its own; a literal string in TOML takes it as it is.
fn compiled(condition: &str) -> Result<Arc<dyn Predicate>, String> {
    let text = format!("{HEAD}when = '''{condition}'''\n");
    let tariff = compile("shop.toml", &text).map_err(|problems| {
        problems.iter().fold(String::new(), |mut all, problem| {
            let _ = writeln!(all, "{problem}");
            all
        })
    })?;
    Ok(tariff.rules[0].condition.when.clone().expect("a rule with a condition"))
}

/// One line of one sale.
#[derive(Clone, Debug)]
struct Facts {
    amount: i64,
    basket: i64,
    group: &'static str,
    item: String,
    term: Option<i64>,
    payment: Option<&'static str>,
    segments: Vec<&'static str>,
}

impl Facts {
    fn context(&self) -> RatingContext {
        let attribute = |name: &str, value: String| Attribute {
            name: name.into(),
            value: value.as_str().into(),
            account: Name::default(),
        };
        let term = self.term.map(|term| attribute("term", term.to_string()));
        let payment = self.payment.map(|payment| attribute("payment", payment.to_owned()));
        let segments = self.segments.iter().map(|name| Name::from(*name)).collect();
        RatingContext {
            partner: "shop".into(),
            occurred_at: Timestamp(1_800_000_000_000),
            tier: Name::default(),
            basket: Minor(self.basket),
            attributes: term.into_iter().chain(payment).collect(),
            profile: Some(Arc::new(Profile { segments, ..Profile::default() })),
            extent: Extent::Sold,
            holds: Vec::new(),
            agreed: Vec::new(),
        }
    }

    fn line(&self) -> PurchaseLine {
        PurchaseLine {
            line: 1,
            sku: self.item.as_str().into(),
            group: self.group.into(),
            quantity: Quantity(1_000),
            amount: Minor(self.amount),
            points: Points::ZERO,
            paid_by_points: Minor::ZERO,
            returned: Quantity(0),
        }
    }

    /// The same facts for the library; a condition that comes to an error does not hold.
    fn by_the_library(&self, condition: &str) -> bool {
        let line: HashMap<String, Value> = HashMap::from([
            ("amount".to_owned(), Value::Int(self.amount)),
            ("item".to_owned(), self.item.as_str().into()),
            ("group".to_owned(), self.group.into()),
        ]);
        let basket = HashMap::from([("amount".to_owned(), Value::Int(self.basket))]);
        let term = self.term.map(|term| ("term".to_owned(), Value::Int(term)));
        let payment = self.payment.map(|payment| ("payment".to_owned(), Value::from(payment)));
        let purchase: HashMap<String, Value> = term.into_iter().chain(payment).collect();
        let member = HashMap::from([("segments".to_owned(), Value::from(self.segments.clone()))]);
        let mut context = Context::default();
        for (name, facts) in
            [("line", Value::from(line)), ("basket", basket.into()), ("purchase", purchase.into())]
        {
            context.add_variable_from_value(name, facts);
        }
        context.add_variable_from_value("member", Value::from(member));
        let program = Program::compile(condition).expect("a condition that was let in");
        matches!(program.execute(&context), Ok(Value::Bool(true)))
    }
}

fn facts() -> impl Strategy<Value = Facts> {
    let amounts = || prop_oneof![0..4_i64, Just(i64::MAX), Just(i64::MAX / 2)];
    let groups = prop_oneof![Just("tea"), Just("coffee"), Just("")];
    let payment = proptest::option::of(prop_oneof![Just("card"), Just("cash")]);
    let segments = proptest::sample::subsequence(vec!["friends", "students"], 0..=2);
    (amounts(), amounts(), groups, "[aä]{0,2}", proptest::option::of(0..4_i64), payment, segments).prop_map(
        |(amount, basket, group, item, term, payment, segments)| Facts {
            amount,
            basket,
            group,
            item,
            term,
            payment,
            segments,
        },
    )
}

fn wholes() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-3..4_i64).prop_map(|number| number.to_string()),
        Just(i64::MAX.to_string()),
        Just("line.amount".to_owned()),
        Just("basket.amount".to_owned()),
        Just("purchase.term".to_owned()),
        Just("size(line.item)".to_owned()),
        Just("size(member.segments)".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let signs = prop_oneof![Just("+"), Just("-"), Just("*"), Just("/"), Just("%")];
        prop_oneof![
            (inner.clone(), signs, inner.clone()).prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

fn truths() -> impl Strategy<Value = String> {
    let compared = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let leaf = prop_oneof![
        4 => (wholes(), compared, wholes()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        1 => wholes().prop_map(|a| format!("{a} in [0, 1, 2]")),
        1 => Just("purchase.payment == \"card\"".to_owned()),
        1 => Just("has(purchase.term)".to_owned()),
        1 => Just("has(purchase.payment)".to_owned()),
        1 => Just("\"students\" in member.segments".to_owned()),
        1 => Just("line.group in [\"tea\"]".to_owned()),
        1 => Just("line.item.startsWith(\"a\")".to_owned()),
        1 => Just("line.item.endsWith(\"ä\")".to_owned()),
        1 => Just("line.item.contains(\"aa\")".to_owned()),
        1 => Just("line.item < \"b\"".to_owned()),
        1 => Just("true".to_owned()),
        1 => Just("false".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

#[test]
fn a_condition_comes_to_what_cel_says() {
    let (mut held, mut asked) = (Cell::new(0), Cell::new(0));
    let cases = ProptestConfig { cases: 3_000, ..ProptestConfig::default() };
    TestRunner::new(cases)
        .run(&(truths(), facts()), |(condition, facts)| {
            if condition.len() > LENGTH {
                return Ok(());
            }
            let when = match compiled(&condition) {
                Ok(when) => when,
                Err(problems) => return Err(TestCaseError::fail(format!("{condition}: {problems}"))),
            };
            let found = when.holds(&facts.context(), &facts.line());
            asked.set(asked.get() + 1);
            held.set(held.get() + u32::from(found));
            prop_assert_eq!(found, facts.by_the_library(&condition), "{} for {:?}", condition, facts);
            Ok(())
        })
        .unwrap();
    let (held, asked) = (*held.get_mut(), *asked.get_mut());
    assert!(held * 4 > asked && (asked - held) * 4 > asked, "{held} of {asked} held");
}

#[test]
fn any_text_is_a_condition_or_a_mistake_with_a_place() {
    let word = prop_oneof![
        3 => "[ -~]{0,4}",
        2 => truths(),
        1 => Just("((((((((((((((((((((((((((((((((((((((((((((".to_owned()),
        1 => Just("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!".to_owned()),
        1 => Just("[[[[{{{{".to_owned()),
        1 => Just("ä\u{1F600}\u{0}\"".to_owned()),
        1 => Just(".map(x, x)".to_owned()),
        1 => Just("1.5e3 0x7f 3u b'a' null r\"a\"".to_owned()),
    ];
    let cases = ProptestConfig { cases: 2_000, ..ProptestConfig::default() };
    TestRunner::new(cases)
        .run(&proptest::collection::vec(word, 1..6), |words| {
            let condition = words.concat().replace("'''", "");
            match compiled(&condition) {
                Ok(when) => prop_assert_eq!(when.source(), condition.as_str()),
                Err(problems) => prop_assert!(problems.contains("shop.toml:"), "{}", problems),
            }
            Ok(())
        })
        .unwrap();
}
