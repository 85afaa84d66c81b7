//! `lotstream quote`: what a basket would cost and earn, what points may pay of it, and why (S07, S29).
//!
//! Asked of a file alone, of a ledger in a data directory, or of a deployment; nothing is written.

mod basket;
mod print;
mod view;

use crate::cli::QuoteArgs;
use crate::failure::{Failure, other};
use crate::inspect::Shown;
use crate::inspect::state::{decided_until, matured};
use crate::instant;
use crate::versions::Version;
use domain::activity::Attribute;
use domain::quote::{Ask, Pay, Quote, at_tier, quote, quote_visitor};
use domain::split::pays_first;
use domain::tariff::{Tariff, Tariffs};
use domain::{Entity, EntityId, Name, Points, Timestamp};
use engine::store::Store;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A question as it was asked, with the text of the programme's file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Question {
    file: String,
    text: String,
    /// The member's id as it was given.
    pub(crate) member: Option<String>,
    visitor: bool,
    tier: Option<String>,
    partner: Option<String>,
    lines: Vec<String>,
    #[serde(default)]
    attributes: Vec<String>,
    pay: Option<String>,
    wallet: Option<String>,
    /// As of when, where it was said.
    at: Option<Timestamp>,
    json: bool,
}

/// The question of `args`.
pub(crate) fn question(args: &QuoteArgs) -> Result<Question, Failure> {
    let file = &args.programme;
    Ok(Question {
        file: file.display().to_string(),
        text: std::fs::read_to_string(file).map_err(Failure::file("read", file))?,
        member: args.member.clone(),
        visitor: args.visitor,
        tier: args.tier.clone(),
        partner: args.partner.clone(),
        lines: args.lines.clone(),
        attributes: args.attributes.clone(),
        pay: args.pay.clone(),
        wallet: args.wallet.clone(),
        at: args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?,
        json: args.json,
    })
}

/// `payment=card`.
fn attribute(text: &str) -> Result<Attribute, Failure> {
    let expected = || other(format!("--attribute {text}: expected NAME=VALUE, such as payment=card"));
    let (name, value) = text.split_once('=').ok_or_else(expected)?;
    Ok(Attribute { name: Name::from(name), value: Name::from(value), account: Name::default() })
}

impl Question {
    /// Whether the file alone answers it: no account is asked about.
    pub(crate) const fn is_of_the_file(&self) -> bool {
        self.visitor || self.tier.is_some()
    }

    fn tariff(&self) -> Result<Arc<Tariff>, Failure> {
        Version::of(&self.file, &self.text).map(|version| version.tariff)
    }

    /// The programme it is about.
    pub(crate) fn programme(&self) -> Result<Name, Failure> {
        Ok(self.tariff()?.programme.clone())
    }

    /// What is asked under `tariff`, which is in force at `at`.
    fn ask(&self, tariff: &Tariff, at: Timestamp) -> Result<Ask, Failure> {
        let lines = self.lines.iter().zip(1..).map(|(text, line)| basket::line(text, line, &tariff.currency));
        let pay = self.pay.as_deref().map(|text| self.pay(tariff, text)).transpose()?;
        let attributes = self.attributes.iter().map(|text| attribute(text)).collect::<Result<_, _>>()?;
        Ok(Ask {
            partner: self.partner(tariff)?,
            at,
            lines: lines.collect::<Result<_, _>>()?,
            pay,
            attributes,
        })
    }

    fn partner(&self, tariff: &Tariff) -> Result<Name, Failure> {
        let partner = match &self.partner {
            Some(partner) => Name::from(partner.as_str()),
            None if tariff.partners.is_empty() => tariff.programme.clone(),
            None => return Err(other("expected --partner: the programme names its [partners]")),
        };
        match tariff.takes_part(&partner) {
            true => Ok(partner),
            false => Err(other(format!("--partner {partner}: expected one of the programme's [partners]"))),
        }
    }

    fn pay(&self, tariff: &Tariff, text: &str) -> Result<Pay, Failure> {
        let wallet = match &self.wallet {
            Some(name) => tariff.wallet(name),
            None => pays_first(tariff),
        };
        let Some(wallet) = wallet else {
            let known: Vec<&str> = tariff.wallets.iter().map(|wallet| wallet.name.as_str()).collect();
            return Err(other(format!("--wallet: expected one of {}", known.join(", "))));
        };
        let smallest =
            text.parse::<Decimal>().ok().map(|points| points * Decimal::from(10_i64.pow(wallet.scale)));
        let whole = smallest.filter(|points| points.is_integer()).and_then(|points| points.to_i64());
        let points = whole.and_then(Points::new).ok_or_else(|| {
            other(format!(
                "--pay {text}: expected points of `{}`, 0 or more, to {} decimals",
                wallet.name, wallet.scale
            ))
        })?;
        let wallet = self.wallet.as_ref().map_or_else(Name::default, |_| wallet.name.clone());
        Ok(Pay { wallet, points })
    }

    fn show(
        &self,
        tariffs: &Tariffs,
        programme: &str,
        at: Timestamp,
        told: Told<'_>,
    ) -> Result<Shown, Failure> {
        let Some(tariff) = tariffs.at(programme, at) else {
            return Err(other(format!(
                "{}: no version of {programme} is in force at {at}; say --at, such as --at 2026-03-01T12:00:00Z (under \
                 the event clock a member that nothing happened to has no time of its own)",
                self.file
            )));
        };
        let ask = self.ask(tariff, at)?;
        let quote = match told {
            Told::Visitor => quote_visitor(tariffs, programme, &ask),
            Told::Account(entity) => quote(tariffs, entity, &ask),
        };
        let quote: Quote = quote.map_err(other)?;
        let member = match told {
            Told::Account(entity) => Some(&entity.account.entity),
            Told::Visitor => None,
        };
        let text = print::answer(&quote, &ask, member, self.json)?;
        Ok(Shown { text, holds: true })
    }
}

/// Whom the answer is for.
#[derive(Clone, Copy)]
enum Told<'a> {
    Visitor,
    Account(&'a Entity),
}

/// The answer of a file alone: to a visitor, or to whoever has just reached a tier.
pub(crate) fn of_file(question: &Question) -> Result<Shown, Failure> {
    let tariff = question.tariff()?;
    let at = question.at.unwrap_or_else(instant::now);
    let mut tariffs = Tariffs::default();
    // By itself: what a correction replaces is in another file.
    tariffs.add(Arc::new(Tariff { correction: None, ..Tariff::clone(&tariff) }));
    let programme = tariff.programme.as_str();
    let Some(tier) = &question.tier else { return question.show(&tariffs, programme, at, Told::Visitor) };
    let levels: Vec<&str> =
        tariff.tiers.iter().flat_map(|tiers| &tiers.levels).map(|level| level.name.as_str()).collect();
    if !levels.contains(&tier.as_str()) {
        return Err(other(format!(
            "--tier {tier}: expected one of the programme's tiers, {}",
            levels.join(", ")
        )));
    }
    let id = EntityId::member(programme, question.member.as_deref().unwrap_or("somebody"));
    let entity = at_tier(&tariff, id, &Name::from(tier.as_str()), at);
    question.show(&tariffs, programme, at, Told::Account(&entity))
}

/// The answer of a ledger to the account `id`: under its own versions, and that of the question's file. `now` is when
/// nobody says, or the account's last decision where that is later.
pub(crate) fn of_ledger(
    store: &mut impl Store,
    id: EntityId,
    mut tariffs: Tariffs,
    now: Timestamp,
    question: &Question,
) -> Result<Shown, Failure> {
    let tariff = question.tariff()?;
    tariffs.add(Arc::clone(&tariff));
    let rows = store.entity(&id).map_err(other)?;
    let at = question.at.unwrap_or_else(|| now.max(decided_until(&rows)));
    let entity = matured(id, rows, &tariffs, at)?;
    question.show(&tariffs, tariff.programme.as_str(), at, Told::Account(&entity))
}
