//! A quote for a person: tables, and a few words.

use super::view::View;
use crate::failure::{Failure, other};
use crate::table::Table;
use domain::because::Considered;
use domain::money::grouped;
use domain::quote::{Ask, Earning, Quote};
use domain::split::{payers, pays_first};
use domain::{EntityId, Minor, Name, Points};
use rust_decimal::Decimal;
use std::fmt::Write;

/// The answer, as tables, or as a [`View`] in JSON.
pub(super) fn answer(
    quote: &Quote,
    ask: &Ask,
    member: Option<&EntityId>,
    json: bool,
) -> Result<String, Failure> {
    if json {
        return serde_json::to_string_pretty(&View::of(quote, ask, member)).map_err(other);
    }
    let mut text = String::new();
    Telling { quote, ask }.tell(&mut text, member).map_err(other)?;
    Ok(text.trim_end().to_owned())
}

/// What is told to a person.
struct Telling<'a> {
    quote: &'a Quote,
    ask: &'a Ask,
}

impl Telling<'_> {
    fn tell(&self, out: &mut String, member: Option<&EntityId>) -> std::fmt::Result {
        let Quote { tariff, tier, .. } = self.quote;
        let who = member.map_or_else(|| "a visitor".to_owned(), ToString::to_string);
        let named = if tier.as_str().is_empty() { "no tier" } else { tier.as_str() };
        let (programme, version, at) = (&tariff.programme, tariff.version, self.ask.at);
        writeln!(
            out,
            "\n  {who} — {named} — at {}, {programme} version {version}, as of {at}\n",
            self.ask.partner
        )?;
        writeln!(out, "{}", self.lines())?;
        for used in &self.quote.priced.uses {
            writeln!(out, "  {} takes {} of {}", used.offer, used.units, used.wallet)?;
        }
        self.tell_points(out)?;
        let perks = tariff.perks(tier.as_str());
        if !perks.is_empty() {
            let perks: Vec<&str> = perks.iter().map(Name::as_str).collect();
            writeln!(out, "  {tier} brings {}", perks.join(", "))?;
        }
        if let Some(progress) = &self.quote.progress {
            match &progress.next {
                Some(next) => {
                    let missing = match progress.counts.as_str() {
                        "" => self.money(progress.missing),
                        counts => {
                            let what = counts.strip_prefix("points ").unwrap_or(counts);
                            format!("{} {what}", grouped(progress.missing.0, 0))
                        }
                    };
                    writeln!(out, "  next tier: {next}, {missing} missing")?;
                }
                None => writeln!(out, "  next tier: none above {}", progress.tier)?,
            }
        }
        write!(out, "\n{}", self.verdicts())
    }

    fn money(&self, amount: Minor) -> String {
        self.quote.tariff.currency.grouped(amount)
    }

    fn points(&self, wallet: &Name, points: Points) -> String {
        let tariff = &self.quote.tariff;
        let known = tariff.wallet(wallet.as_str()).or_else(|| pays_first(tariff));
        match known.filter(|wallet| wallet.scale > 0) {
            Some(wallet) => grouped(points.get(), wallet.scale),
            None => grouped(points.get(), 0),
        }
    }

    /// The wallet, with the terms and who funds them where others of its wallet have other ones.
    fn heading(&self, earning: &Earning, earned: &[&Earning]) -> String {
        let funder = |it: &Earning| match it.funder.as_str() {
            "" => self.ask.partner.to_string(),
            funder => funder.to_owned(),
        };
        let alike = || earned.iter().filter(|other| other.wallet == earning.wallet);
        let terms = alike().any(|other| other.terms != earning.terms).then(|| earning.terms.to_string());
        let funder = alike().any(|other| funder(other) != funder(earning)).then(|| funder(earning));
        let told: Vec<String> = terms.into_iter().chain(funder).collect();
        match &told[..] {
            [] => earning.wallet.to_string(),
            told => format!("{} ({})", earning.wallet, told.join(", ")),
        }
    }

    /// Every line, with its discounts and what it earns; then the basket.
    fn lines(&self) -> Table {
        let Quote { priced, earnings, visitor, .. } = self.quote;
        let earned: Vec<&Earning> = earnings.iter().filter(|earning| !earning.points.is_zero()).collect();
        let up_to = if *visitor { "up to " } else { "" };
        let headings = earned.iter().map(|earning| format!("{up_to}{}", self.heading(earning, &earned)));
        let headings: Vec<String> = ["line", "offers", "list", "off", "till"]
            .map(str::to_owned)
            .into_iter()
            .chain(headings)
            .collect();
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let mut table = Table::new(&headings).with_texts(2);
        for (place, (line, priced)) in self.ask.lines.iter().zip(&priced.lines).enumerate() {
            let offers: Vec<String> =
                priced.discounts.iter().map(|it| format!("{} {}", it.offer, self.money(it.amount))).collect();
            let quantity = Decimal::new(line.quantity.0, 3).normalize();
            let times = if quantity == Decimal::ONE { String::new() } else { format!(" × {quantity}") };
            let figures =
                [priced.list, priced.list - priced.till, priced.till].map(|amount| self.money(amount));
            let points = earned.iter().map(|it| self.points(&it.wallet, it.by_line[place]));
            let free = if priced.free > 0 { format!(" ({} free)", priced.free) } else { String::new() };
            let cells = [format!("{}{times}{free}", line.sku), offers.join(", ")].into_iter().chain(figures);
            table.row(cells.chain(points));
        }
        let (list, till) = (priced.list(), priced.till());
        let figures = [list, list - till, till].map(|amount| self.money(amount));
        let points = earned.iter().map(|it| self.points(&it.wallet, it.points));
        table.row(["together".to_owned(), String::new()].into_iter().chain(figures).chain(points));
        table
    }

    /// What is earned, what points may pay, and what is left.
    fn tell_points(&self, out: &mut String) -> std::fmt::Result {
        let Quote { spendable, payable, payment, visitor, .. } = self.quote;
        if self.quote.earned().is_zero() {
            writeln!(out, "  earns nothing")?;
        }
        for following in &self.quote.follows {
            let points = self.points(&following.wallet, following.points);
            writeln!(out, "  brings {points} {}: what it fills up is exchanged at once", following.wallet)?;
        }
        for it in spendable {
            let (available, most) = (self.points(&it.wallet, it.available), self.points(&it.wallet, it.most));
            let worth = self.money(it.worth);
            writeln!(out, "  {}: {available} available, at most {most} may pay {worth}", it.wallet)?;
        }
        if payers(&self.quote.tariff, &Name::default()).len() > 1 && !visitor {
            let most = self.points(&Name::default(), *payable);
            writeln!(out, "  together, first to burn first: at most {most} may pay")?;
        }
        if let Some(paid) = payment {
            let points = self.points(&paid.wallet, paid.points);
            let asked = self.points(&paid.wallet, paid.asked);
            let wallet =
                if paid.wallet.as_str().is_empty() { "points together" } else { paid.wallet.as_str() };
            writeln!(out, "  paid with {points} of {asked} {wallet}: {}", self.money(paid.worth))?;
        }
        let code = &self.quote.tariff.currency.code;
        match visitor {
            true => writeln!(out, "  to pay: {} {code}", self.money(self.quote.owed())),
            false => writeln!(out, "  left to pay: {} {code}", self.money(self.quote.owed())),
        }
    }

    fn verdicts(&self) -> Table {
        let mut table = Table::new(&["considered", "", "why, or why not"]).with_texts(3);
        for verdict in &self.quote.verdicts {
            let what = match verdict.considered {
                Considered::Offer => "offer",
                Considered::Rule => "rule",
            };
            let words = verdict.because.words(&self.quote.tariff.currency);
            let words = if verdict.applies { words } else { format!("no: {words}") };
            table.row([what.to_owned(), verdict.name.to_string(), words]);
        }
        table
    }
}
