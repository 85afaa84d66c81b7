//! Any programme that compiles can rate any basket a feed lets in, at every tier.

use domain::command::SaleLine;
use domain::purchase::Quantity;
use domain::quote::{Ask, at_tier, quote, quote_visitor};
use domain::tariff::{Tariff, Tariffs};
use domain::{EntityId, Minor, Name, Points, Timestamp};
use programme::compile;
use proptest::prelude::*;
use std::fmt::Write;
use std::sync::Arc;

fn effect() -> impl Strategy<Value = String> {
    let percent = || (0..=1_000_000_u32).prop_map(|share| format!("\"{} %\"", f(share, 10_000)));
    let factor = || (0..=100_000_000_u32).prop_map(|factor| f(factor, 1_000_000));
    prop_oneof![
        percent().prop_map(|rate| format!("rate = {rate}")),
        (percent(), percent()).prop_map(|(a, b)| format!("rate = {{ Silver = {a}, Gold = {b} }}")),
        (0..=1_000_000_u32).prop_map(|points| format!("bonus = {points}")),
        (1..=5_000_u32, percent(), percent()).prop_map(|(from, a, b)| format!(
            "bands = [{{ from = 0, rate = {a} }}, {{ from = {from}, rate = {b} }}]"
        )),
        factor().prop_map(|factor| format!("multiplier = {factor}")),
    ]
}

/// `number / of` with all its decimals, without a float.
fn f(number: u32, of: u32) -> String {
    let digits = of.ilog10() as usize;
    format!("{}.{:0digits$}", number / of, number % of)
}

fn programme(rounding: &str, level: &str, coefficient: u32, effects: &[String]) -> String {
    let mut text = format!(
        "[programme]\nname = \"shop\"\nversion = 1\nfrom = \"2026-01-01\"\nzone = \"Europe/Moscow\"\n\
         currency = \"RUB\"\n[wallets.points]\nrounding = \"{rounding}\"\nrated_by = \"{level}\"\n\
         [groups.tea]\ncoefficient = {}\n[tiers]\nlevels = [{{ name = \"Silver\", from = 0 }}, \
         {{ name = \"Gold\", from = 100 }}]\n[rules.base]\nrate = \"100 %\"\n",
        f(coefficient, 1_000_000)
    );
    for (effect, number) in effects.iter().zip(1..) {
        writeln!(text, "[rules.rule{number}]\n{effect}").expect("a string takes all");
    }
    text
}

fn basket() -> impl Strategy<Value = Vec<SaleLine>> {
    let amount = prop_oneof![0..1_000_000_i64, 0..=1_000_000_000_000_i64];
    let line = (amount, any::<bool>(), 1..5_000_i64).prop_map(|(amount, tea, quantity)| SaleLine {
        line: 0,
        sku: Name::from("item"),
        group: Name::from(if tea { "tea" } else { "coffee" }),
        quantity: Quantity(quantity),
        amount: Minor(amount),
        promotional: false,
    });
    prop::collection::vec(line, 1..6)
}

fn ask(lines: Vec<SaleLine>) -> Ask {
    let lines = lines.into_iter().zip(1..).map(|(line, number)| SaleLine { line: number, ..line }).collect();
    Ask {
        partner: Name::from("shop"),
        at: Timestamp(1_800_000_000_000),
        lines,
        pay: None,
        attributes: Vec::new(),
    }
}

fn alone(tariff: &Arc<Tariff>) -> Tariffs {
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::clone(tariff));
    tariffs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s02_any_compiled_programme_rates_any_basket(
        rounding in prop_oneof![Just("floor"), Just("half_even"), Just("half_up"), Just("ceil")],
        level in prop_oneof![Just("purchase"), Just("purchase"), Just("line")],
        coefficient in 0..=100_000_000_u32,
        effects in prop::collection::vec(effect(), 0..5),
        lines in basket(),
    ) {
        let text = programme(rounding, level, coefficient, &effects);
        let tariff = match compile("random.toml", &text) {
            Ok(tariff) => tariff,
            Err(problems) => {
                let told = problems[0].to_string();
                prop_assert!(told.contains("more points") || told.contains("is rated by line"), "{}", told);
                return Ok(());
            }
        };
        let (tariffs, ask) = (alone(&tariff), ask(lines));
        let most = quote_visitor(&tariffs, "shop", &ask).expect("a quote").earned();
        for tier in ["Silver", "Gold"] {
            let member = at_tier(&tariff, EntityId::member("shop", "m"), &Name::from(tier), ask.at);
            for earning in quote(&tariffs, &member, &ask).expect("a quote").earnings {
                prop_assert!(earning.points <= most);
                prop_assert_eq!(earning.by_line.into_iter().sum::<Points>(), earning.points, "parts add up (S02)");
            }
        }
    }
}

#[test]
fn s02_the_largest_basket_under_the_largest_factors() {
    let line = |number: i32| SaleLine {
        line: number,
        sku: Name::from("item"),
        group: Name::from("tea"),
        quantity: Quantity(1_000),
        amount: Minor(1_000_000_000_000),
        promotional: false,
    };
    let ask = ask(vec![line(1)]);
    let mut compiled = 0;
    for multipliers in 0..6 {
        let effects = vec!["multiplier = 100".to_owned(); multipliers];
        let text = programme("floor", "purchase", 100_000_000, &effects);
        match compile("largest.toml", &text) {
            Ok(tariff) => {
                let earned = quote_visitor(&alone(&tariff), "shop", &ask).expect("a quote").earned().get();
                assert_eq!(earned, 1_000_000_000_000 * 100_i64.pow(compiled));
                compiled += 1;
            }
            Err(problems) => assert!(problems[0].to_string().contains("more points"), "{}", problems[0]),
        }
    }
    assert_eq!(compiled, 3, "two multipliers of 100 fit, three do not");
}
