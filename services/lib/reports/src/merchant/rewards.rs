//! The rewards most used: in points, and in money off at the till.

use super::Answers;
use super::discount::Used;
use super::reward::{Given, Kind as Reward};
use crate::sheet::{Cell, Kind, Sheet};
use domain::Name;
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) fn sheets(answers: &Answers) -> Vec<Sheet> {
    vec![in_points(answers), in_money(answers)]
}

fn in_points(answers: &Answers) -> Sheet {
    let mut given: BTreeMap<(Reward, &Name, &Name), Given> = BTreeMap::new();
    for ((kind, name, wallet, month), of_month) in &answers.rewards.given {
        if answers.months.contains(*month) {
            let sum = given.entry((*kind, name, wallet)).or_default();
            sum.times += of_month.times;
            sum.points += of_month.points;
        }
    }
    let mut given: Vec<_> = given.into_iter().collect();
    given.sort_by_key(|(name, given)| (Reverse(given.times), *name));
    let mut sheet = answers
        .sheet("rewards", "The rewards most used")
        .column("kind", "kind", Kind::Text, "rule: points it granted; exchange: what points were exchanged for; paid at: points that paid at a partner")
        .column("reward", "reward", Kind::Text, "the rule or item as the programme names it, or the partner")
        .column("wallet", "wallet", Kind::Text, "")
        .column("times", "times", Kind::Count, "how often it was granted, raised or paid, cancelled ones included; what drew on two wallets once in each")
        .column("points", "points", Kind::Points, "points granted or given in exchange, raises included and returns not deducted, of what several rules gave each its part; of those paid, less what was given back")
        .compared_by("times");
    for ((kind, name, wallet), Given { times, points }) in given.into_iter().take(answers.asked.top) {
        let names: [Cell; 3] = [kind.text().to_owned().into(), name.into(), wallet.into()];
        sheet.row(names.into_iter().chain([times.into(), answers.points(wallet, points)]));
    }
    sheet
}

fn in_money(answers: &Answers) -> Sheet {
    let mut used: BTreeMap<&Name, Used> = BTreeMap::new();
    for ((offer, month), of_month) in &answers.discounts.offers {
        if answers.months.contains(*month) {
            let sum = used.entry(offer).or_default();
            sum.times += of_month.times;
            sum.amount += of_month.amount;
        }
    }
    let mut used: Vec<_> = used.into_iter().collect();
    used.sort_by_key(|(offer, used)| (Reverse(used.times), *offer));
    let mut sheet = answers
        .sheet("rewards_offers", "The offers most used at tills")
        .column("offer", "offer", Kind::Text, "as the till names it")
        .column("times", "times", Kind::Count, "purchases it took something off, returned ones included")
        .column("discounts", "discounts", Kind::Money, "what it took off, returns not deducted")
        .compared_by("times");
    for (offer, Used { times, amount }) in used.into_iter().take(answers.asked.top) {
        sheet.row([offer.into(), times.into(), amount.into()]);
    }
    sheet
}
