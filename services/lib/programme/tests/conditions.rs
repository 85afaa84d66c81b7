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
[counts.visits]
[tiers]
levels = [{ name = "Silver", from = 0 }, { name = "Gold", from = 100 }]
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

/// One line of a sale of a member at Friday the 13th of November 2026, 14:35 in Moscow.
fn friday() -> (RatingContext, PurchaseLine) {
    let nobody = Facts {
        amount: 1_250,
        basket: 99_900,
        group: "tea",
        item: "käse".to_owned(),
        term: Some(30),
        payment: None,
        segments: vec!["friends", "students"],
    };
    let joined_at = Timestamp(1_794_569_700_000 - 100 * 86_400_000);
    let profile = Profile {
        joined_at: Some(joined_at),
        ..nobody.context().profile.map_or_else(Profile::default, |it| Profile::clone(&it))
    };
    let context = RatingContext {
        occurred_at: Timestamp(1_794_569_700_000),
        tier: "Gold".into(),
        profile: Some(Arc::new(profile)),
        ..nobody.context()
    };
    (context, PurchaseLine { quantity: Quantity(2_500), returned: Quantity(1_000), ..nobody.line() })
}

#[test]
fn every_fact_is_what_it_says() {
    let (sold, line) = friday();
    let kept = RatingContext { extent: Extent::Remaining, ..sold.clone() };
    let stranger = RatingContext { profile: None, ..sold.clone() };
    let holds = |condition: &str, context: &RatingContext| {
        compiled(condition).unwrap_or_else(|problems| panic!("{problems}")).holds(context, &line)
    };
    for (fact, is, is_not) in [
        ("line.item", "\"käse\"", "\"kase\""),
        ("line.group", "\"tea\"", "\"coffee\""),
        ("line.amount", "1250", "1251"),
        ("line.quantity", "2500", "1500"),
        ("basket.amount", "money(\"999\")", "999"),
        ("basket.partner", "\"shop\"", "\"Shop\""),
        ("member.tier", "\"Gold\"", "\"\""),
        ("member.joined", "true", "false"),
        ("member.days", "100", "99"),
        ("size(member.segments)", "2", "1"),
        ("at.year", "2026", "2025"),
        ("at.month", "11", "10"),
        ("at.day", "13", "12"),
        ("at.weekday", "5", "4"),
        ("at.hour", "14", "11"),
        ("at.minute", "35", "34"),
        ("size(line.item)", "4", "5"),
        ("purchase.term", "30", "31"),
        ("counts.visits", "0", "1"),
    ] {
        for (figure, expected) in [(is, true), (is_not, false)] {
            assert_eq!(holds(&format!("{fact} == {figure}"), &sold), expected, "{fact} == {figure}");
            assert_eq!(holds(&format!("{fact} != {figure}"), &sold), !expected, "{fact} != {figure}");
        }
    }
    assert!(holds("line.quantity == 1500", &kept) && !holds("line.quantity == 2500", &kept));
    for (condition, of_a_stranger) in [
        ("member.joined", false),
        ("!member.joined", true),
        ("has(member.days)", false),
        ("member.days < 1000 || member.days >= 0", false),
        ("size(member.segments) == 0", true),
    ] {
        assert_eq!(holds(condition, &stranger), of_a_stranger, "{condition}");
    }
}

#[test]
fn a_condition_tells_whether_it_asks_since_when_somebody_is_a_member() {
    for (condition, asks) in [
        ("member.joined", true),
        ("!member.joined", true),
        ("has(member.days)", true),
        ("member.days == 1", true),
        ("1 < member.days", true),
        ("at.hour == 1 && member.joined", true),
        ("member.joined || at.hour == 1", true),
        ("at.hour == 1 ? true : member.joined", true),
        ("member.days in [1, 2]", true),
        ("member.days * 2 == 4", true),
        ("-member.days == -4", true),
        ("size(line.item) == member.days", true),
        ("member.tier == \"Gold\"", false),
        ("\"friends\" in member.segments", false),
        ("counts.visits == 1", false),
        ("has(purchase.term) && !(line.item.contains(\"a\") || at.hour in [1])", false),
        ("true ? at.hour % 2 == 1 : size(line.item) == 1", false),
    ] {
        assert_eq!(compiled(condition).expect(condition).asks_joined(), asks, "{condition}");
    }
}

#[test]
fn a_condition_is_as_long_and_as_deep_as_can_be_asked_and_no_more() {
    let long = |length: usize| format!("line.item == \"{}\"", "a".repeat(length - 15));
    assert_eq!(long(LENGTH).len(), LENGTH);
    assert!(compiled(&long(LENGTH)).is_ok());
    let problems = compiled(&long(LENGTH + 1)).err().unwrap_or_default();
    assert!(problems.contains("at most 1000 bytes for `when` in rule `asked`, found 1001"), "{problems}");
    let deep = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compiled(&deep(8)).is_ok());
    assert!(compiled(&deep(64)).is_err());
}
