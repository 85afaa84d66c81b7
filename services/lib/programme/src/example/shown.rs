//! What a step shows of the programme: rules that gave something, offers that took something off, and so on.

use super::found::Seen;
use super::{Action, Incoming};
use crate::warnings::{Kind, Shown};
use domain::because::Considered;
use domain::event::Event;
use domain::outcome::Reason;
use domain::quote::{Quote, Spendable};
use domain::rating::{Extent, considered, context_of};
use domain::tariff::Tariff;
use domain::{Body, Name};

/// Notes what is shown by a step that seen.
pub(super) fn note(shown: &mut Shown, seen: &Seen<'_>) {
    for event in seen.events {
        match event {
            Event::Entry(entry) => of_entry(shown, seen.tariff, &entry.rule),
            Event::Tier(change) => shown.note(Kind::Level, &change.to),
            Event::Decision(decision) if decision.reason == Reason::OverLimit => of_limit(shown, seen),
            Event::Decision(_) | Event::Notice(_) | Event::Outcome(_) => {}
        }
    }
    for purchase in seen.entity.purchases.rows().values() {
        let context = context_of(purchase, Extent::Sold);
        let why_not = considered(seen.tariff, &context, &purchase.lines);
        let gave = seen.tariff.rules.iter().zip(why_not).filter(|(_, unmet)| unmet.is_none());
        gave.for_each(|(rule, _)| shown.note(Kind::Rule, &rule.name));
        shown.note(Kind::Level, &purchase.tier);
    }
    if let Some(standing) = &seen.entity.account.standing {
        shown.note(Kind::Level, &standing.tier);
    }
    match seen.action {
        Action::Event(incoming) => of_activity(shown, seen.tariff, incoming),
        Action::Quote { .. } => of_quote(shown, seen),
        Action::Pass => {}
    }
}

/// An entry bears the name of what granted it, or took the points for something else.
fn of_entry(shown: &mut Shown, tariff: &Tariff, name: &Name) {
    let activities = &tariff.activities;
    let grants = activities.awards.iter().map(|award| &award.name);
    let levels = activities.levels.iter().map(|grant| &grant.name);
    if grants
        .chain(activities.occasions.iter().map(|occasion| &occasion.name))
        .chain(levels)
        .any(|it| it == name)
    {
        shown.note(Kind::Grant, name);
    }
    if tariff.exchanges.iter().any(|exchange| exchange.name == *name) {
        shown.note(Kind::Exchange, name);
    }
}

/// Several grants for one activity are one entry, which bears the name of the first.
fn of_activity(shown: &mut Shown, tariff: &Tariff, incoming: &Incoming) {
    let Body::Activity(activity) = &incoming.body else { return };
    let awards = &tariff.activities.awards;
    let applying = awards.iter().filter(|award| award.applies(tariff, activity, &incoming.partner));
    applying.for_each(|award| shown.note(Kind::Grant, &award.name));
}

/// A request for more points than limits let be spent.
fn of_limit(shown: &mut Shown, seen: &Seen<'_>) {
    let Action::Event(incoming) = seen.action else { return };
    let asked: Vec<&Name> = match &incoming.body {
        Body::Authorise(ask) => vec![&ask.wallet],
        Body::Sale(sale) => sale.tenders.iter().map(|tender| &tender.wallet).collect(),
        _ => return,
    };
    for wallet in &seen.tariff.wallets {
        // Who names no wallet is held to the limits of all.
        if asked.iter().any(|asked| asked.as_str().is_empty() || **asked == wallet.name) {
            shown.note(Kind::Limit, &wallet.name);
        }
    }
}

fn of_quote(shown: &mut Shown, seen: &Seen<'_>) {
    let Some(Ok(answer)) = seen.answer() else { return };
    for verdict in answer.verdicts.iter().filter(|verdict| verdict.applies) {
        let kind = match verdict.considered {
            Considered::Rule => Kind::Rule,
            Considered::Offer => Kind::Offer,
        };
        shown.note(kind, &verdict.name);
    }
    let bound = answer.spendable.iter().filter(|spendable| is_bound(spendable, &answer));
    bound.for_each(|spendable| shown.note(Kind::Limit, &spendable.wallet));
}

/// Whether limits let less be spent than there is, and than the basket costs.
fn is_bound(spendable: &Spendable, answer: &Quote) -> bool {
    spendable.most < spendable.available && spendable.worth < answer.priced.till()
}
