//! S24: cards replaced and bound, members merged in a row: sales and returns that come late, behind all of that, end as
//! those that came in time.

use super::mix::Mix;
use super::{hold, same};
use crate::scenario::{Ledger, go_on, tariffs};
use domain::calendar::Unit;
use domain::reach::IfLost;
use domain::tariff::{Activation, Metric, Tariff, Window};
use domain::{EventKey, Name};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Minutes of January, from the first on.
type Minute = i64;

#[derive(Clone, Debug)]
struct Bought {
    who: usize,
    at: Minute,
    amount: i64,
    late: Option<Minute>,
    returned: Option<(Minute, Option<Minute>)>,
}

#[derive(Clone, Debug)]
struct Case {
    tariff: Tariff,
    bought: Vec<Bought>,
    /// K1 is replaced by K2, K2 bound to n, K3 to m; n is merged into m, m into a.
    links: [Minute; 5],
}

const DAY: Minute = 24 * 60;
const WHO: [&str; 6] = ["via K1", "via K2", "via K3", "for n", "for m", "for a"];

fn tariff() -> impl Strategy<Value = Tariff> {
    let windows = [Window::Lifetime, Window::Rolling(4), Window::Calendar(Unit::Month)];
    let window = prop::sample::select(windows.to_vec());
    let if_lost = prop::sample::select(vec![IfLost::Keep, IfLost::TakeBack]);
    (window, if_lost, any::<bool>()).prop_map(|(window, if_lost, protected)| {
        let mut tariff = tariffs::tiered_by(Metric::Spend, 1_000_000, window);
        tariff.terms[0].activation = Activation::AtOnce;
        tariff.activities.levels = vec![tariffs::for_reaching("gold", 500, if_lost)];
        if let Some(tiers) = &mut tariff.tiers {
            tiers.protected_from_returns = protected;
        }
        tariff
    })
}

fn case() -> impl Strategy<Value = Case> {
    let late = || prop_oneof![1 => Just(None), 1 => (21 * DAY..31 * DAY).prop_map(Some)];
    let amount = prop::sample::select(vec![100_i64, 2000, 6000, 12_000]);
    let bought = (0..WHO.len(), DAY..20 * DAY, amount, late(), prop::option::of((1..8 * DAY, late())));
    let bought = bought.prop_map(|(who, at, amount, late, returned)| {
        let returned = returned.map(|(behind, late)| ((at + behind).min(20 * DAY), late));
        Bought { who, at, amount, late, returned }
    });
    let links = prop::array::uniform5(DAY..20 * DAY);
    (tariff(), prop::collection::vec(bought, 1..9), links).prop_map(|(tariff, bought, mut links)| {
        // A card is replaced before it is bound; the rest in any order.
        let (first, second) = (links[0].min(links[1]), links[0].max(links[1]));
        (links[0], links[1]) = (first, second);
        Case { tariff, bought, links }
    })
}

fn instant(minute: Minute) -> String {
    format!("2026-01-{:02} {:02}:{:02}", minute / DAY, minute % DAY / 60, minute % 60)
}

/// What is to be played, by when it comes.
fn steps(case: &Case, in_time: bool) -> String {
    let mut steps: Vec<(Minute, usize, String)> = Vec::new();
    let links = ["replace r card K1 by K2", "bind b card K2 to n", "bind c card K3 to m"];
    let merges = ["merge g of m for n", "merge h of a for m"];
    let news = links.map(|link| format!("{link} at X")).into_iter().chain(merges.map(str::to_owned));
    steps.extend(news.zip(case.links).enumerate().map(|(place, (step, at))| (at, place, step)));
    for (number, bought) in case.bought.iter().enumerate() {
        let Bought { who, at, amount, late, returned } = bought;
        let late = late.filter(|_| !in_time);
        let (place, who) = (10 + 2 * number, WHO[*who]);
        let sale = format!("sale S{number} at X {amount} {who} dated {}", instant(*at));
        steps.push((late.unwrap_or(*at), place, sale));
        if let Some((at, came)) = returned {
            let came = came.filter(|_| !in_time).unwrap_or(*at).max(late.unwrap_or(0));
            let back = format!("return R{number} of S{number} at X {who} dated {}", instant(*at));
            steps.push((came, place + 1, back));
        }
    }
    steps.sort();
    steps.iter().map(|(at, _, step)| format!("{} {step}\n", instant(*at))).collect()
}

/// The tier, net points, and what is left of each lot.
type End = (String, i64, BTreeMap<(EventKey, Name), i64>);

fn end(case: &Case, in_time: bool) -> End {
    let mut ledger = Ledger::new(vec![case.tariff.clone()]);
    go_on(&mut ledger, &steps(case, in_time));
    go_on(&mut ledger, "2026-03-20 12:00 pass");
    let entity = ledger.named("a");
    let tier = entity.account.standing.as_ref().map(|standing| standing.tier.to_string());
    let total = entity.account.wallets.iter().map(|balance| balance.total().get() - balance.debt.get()).sum();
    let mut lots: BTreeMap<_, i64> = BTreeMap::new();
    for lot in entity.lots.rows().values().filter(|lot| !lot.net().is_zero()) {
        *lots.entry((lot.cause, lot.partner.clone())).or_default() += lot.net().get();
    }
    (tier.unwrap_or_default(), total, lots)
}

#[test]
fn s24_late_events_of_cards_and_merged_members_end_as_those_in_time() {
    let mix = Mix::default();
    hold(3000, case(), |case| {
        let usual = end(&case, true);
        let is_late = |it: &Bought| it.late.is_some() || it.returned.is_some_and(|(_, late)| late.is_some());
        if case.bought.iter().any(is_late) {
            mix.count("something late");
        }
        if usual.2.keys().any(|(_, partner)| partner.as_str() == "house") {
            mix.count("a level reached");
        }
        same("S24: the end, late or in time", &usual, &end(&case, false))
    });
    mix.assert_at_least(&[("something late", 2000), ("a level reached", 1000)]);
}
