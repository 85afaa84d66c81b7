//! Why a command is bad input, in words that name what was expected and what was found (S27): the text of its dead
//! letter, of a question that cannot be answered, of an example's step.

use crate::command::{Body, Command};
use crate::id::Name;
use crate::outcome::Reason;
use crate::tariff::{Tariff, Tariffs};

/// Why `command` was refused for `reason` under `tariffs`.
pub fn words(command: &Command, reason: Reason, tariffs: &Tariffs) -> String {
    let programme = command.entity.programme();
    let found = match (reason, tariffs.at(programme, command.occurred_at)) {
        (Reason::BadAttribute, Some(tariff)) => bad_attribute(tariff, &command.body),
        (Reason::UnknownActivity, Some(tariff)) => unknown_activity(tariff, &command.body),
        (Reason::WrongCurrency, Some(tariff)) => wrong_currency(tariff, &command.body),
        (Reason::BeforeFirstVersion, None) => tariffs.first(programme).map(|first| {
            let at = command.occurred_at;
            format!("expected an event of {} or later, when the programme begins, found {at}", first.from)
        }),
        _ => None,
    };
    match found {
        // Which attribute it is says it all.
        Some(found) if reason == Reason::BadAttribute => found,
        Some(found) => format!("{}: {found}", reason.text()),
        None => reason.text().to_owned(),
    }
}

fn bad_attribute(tariff: &Tariff, body: &Body) -> Option<String> {
    let (specs, attributes) = match body {
        Body::Sale(sale) => (&tariff.declared.purchase, &sale.attributes),
        Body::Activity(activity) => {
            let kind = tariff.activities.kinds.iter().find(|kind| kind.name == activity.kind)?;
            (&kind.attributes, &activity.attributes)
        }
        _ => return None,
    };
    let misfit = crate::award::misfit(tariff, specs, attributes)?;
    Some(misfit.words(&tariff.currency))
}

fn unknown_activity(tariff: &Tariff, body: &Body) -> Option<String> {
    let Body::Activity(activity) = body else { return None };
    let known: Vec<&str> = tariff.activities.kinds.iter().map(|kind| kind.name.as_str()).collect();
    let expected = match known[..] {
        [] => "none".to_owned(),
        [only] => format!("`{only}`"),
        _ => format!("one of `{}`", known.join("`, `")),
    };
    Some(format!("expected {expected}, found `{}`", activity.kind.as_str().escape_debug()))
}

fn wrong_currency(tariff: &Tariff, body: &Body) -> Option<String> {
    let currency: &Name = match body {
        Body::Sale(sale) => &sale.currency,
        Body::Authorise(ask) => &ask.currency,
        _ => return None,
    };
    Some(format!("expected {}, found {currency}", tariff.currency.code))
}
