//! Grants for activities, days, levels and cards, as a table.

use super::Words;
use super::amount::{all_of, one_of, whole};
use super::gauge::{Gauge, Verdict};
use super::sheet::{Cell, Row, Sheet};
use super::time::unit;
use domain::Name;
use domain::award::{Amount, Award, Often, Once};
use domain::fall::FallsWith;
use domain::occasion::{Day, Occasion};
use domain::reach::{IfLost, LevelGrant};
use domain::shared::SharedLimit;
use domain::tariff::CardGrant;
use rust_decimal::Decimal;

impl Words<'_> {
    /// What activities, days, levels and cards bring.
    pub(super) fn grant_sheet(&self) -> Sheet {
        let columns = &[
            "grant",
            "for",
            "gives",
            "how often",
            "under the terms",
            "funded by",
            "for all members together",
        ];
        let activities = &self.tariff.activities;
        let awards = activities.awards.iter().map(|award| self.award_row(award));
        let occasions = activities.occasions.iter().map(|occasion| self.occasion_row(occasion));
        let cards = self.tariff.card_grant.iter().map(|grant| self.card_row(grant));
        let levels = activities.levels.iter().map(|grant| self.level_row(grant));
        Sheet::new("Grants", columns, awards.chain(occasions).chain(levels).chain(cards).collect())
    }

    fn award_row(&self, award: &Award) -> Row {
        let Award { name, activity, terms, partners, only, amount, often, within, falls_with } = award;
        let occasion = self.deed(activity, only, partners);
        let falls = falls_with.as_ref().map(|falls| self.falls(falls)).unwrap_or_default();
        let cells = vec![
            name.as_str().into(),
            format!("{occasion}{falls}").into(),
            Cell::with(self.amount(terms, amount), generous(amount)),
            Cell::with(self.often(often), how_often(often)),
            terms.as_str().into(),
            "the partner".into(),
            within.as_ref().map_or_else(|| "".into(), |limit| self.limit_cell(limit, terms)),
        ];
        Row::of(format!("who is known by {occasion}"), cells).being(Verdict::Better)
    }

    /// `, until the purchase of its friend is returned whole`.
    fn falls(&self, falls: &FallsWith) -> String {
        let FallsWith { account, purchase, partner } = falls;
        let at =
            partner.as_ref().map(|partner| format!(" at its {}", self.name(partner))).unwrap_or_default();
        let (account, purchase) = (self.name(account), self.name(purchase));
        format!(", until the purchase of its {account}, its {purchase}{at}, is returned whole")
    }

    pub(super) fn limit_cell(&self, limit: &SharedLimit, terms: &Name) -> Cell {
        let most = |figure: Option<i64>| figure.map_or(i128::MAX, i128::from);
        let figures = vec![
            ("uses".to_owned(), most(limit.uses)),
            ("points".to_owned(), most(limit.points.map(domain::Points::get))),
        ];
        Cell::with(format!("{} ({})", self.together(limit, terms), limit.name), Gauge::of(figures))
    }

    /// What a limit lets be granted to all members together: `100 times for each code, before 2026-04-01`.
    pub(super) fn together(&self, limit: &SharedLimit, terms: &Name) -> String {
        let SharedLimit { name: _, uses, points, per, until } = limit;
        let parts = [
            uses.map(|uses| if uses == 1 { "once".to_owned() } else { format!("{} times", whole(uses)) }),
            points.map(|points| format!("{} at most", self.points(terms, points))),
        ];
        let mut text = all_of(&parts.into_iter().flatten().collect::<Vec<_>>());
        if let Some(per) = per {
            text.push_str(&format!(" for each {}", self.name(per)));
        }
        if until.is_finite() {
            text.push_str(&format!(", before {}", self.date(*until)));
        }
        text
    }

    /// `answered (to: call), at cinema`.
    pub(super) fn deed(&self, activity: &Name, only: &[(Name, Vec<Name>)], partners: &[Name]) -> String {
        let mut text = self.quoted(std::slice::from_ref(activity)).concat();
        let each: Vec<String> = only
            .iter()
            .map(|(name, values)| format!("{}: {}", self.name(name), one_of(&self.names(values))))
            .collect();
        if !each.is_empty() {
            text.push_str(&format!(" ({})", all_of(&each)));
        }
        if !partners.is_empty() {
            text.push_str(&format!(", at {}", one_of(&self.names(partners))));
        }
        text
    }

    /// How many points.
    pub(super) fn amount(&self, terms: &Name, amount: &Amount) -> String {
        match amount {
            Amount::Fixed(points) => self.points(terms, *points),
            Amount::ByValue(attribute, rows) => {
                let each = rows
                    .iter()
                    .map(|(value, points)| {
                        format!(
                            "{} for {} {}",
                            self.points(terms, *points),
                            self.name(attribute),
                            self.name(value)
                        )
                    })
                    .collect::<Vec<_>>();
                all_of(&each)
            }
            Amount::PerUnit(attribute, millionths) => {
                let number = Decimal::new(*millionths, 6).normalize().to_string();
                let unit = self.unit(self.wallet_of(terms));
                format!(
                    "{} multiplied by its {}",
                    super::amount::counted(&number, &unit),
                    self.name(attribute)
                )
            }
        }
    }

    /// How often the same account is granted it.
    pub(super) fn often(&self, often: &Often) -> String {
        let Often { once, for_each } = often;
        let each = for_each.as_ref().map(|name| format!(" for each {}", self.name(name))).unwrap_or_default();
        match once {
            None => "each time".to_owned(),
            Some(Once::Ever) => format!("once{each}"),
            Some(Once::In(of)) => format!("once a {}{each}", unit(*of)),
        }
    }

    fn occasion_row(&self, occasion: &Occasion) -> Row {
        let Occasion { name, day, terms, points, segments, funder } = occasion;
        let mut text = self.day(day);
        if !segments.is_empty() {
            text.push_str(&format!(", if in {}", one_of(&self.names(segments))));
        }
        let whom = if segments.is_empty() {
            "members".to_owned()
        } else {
            format!("members of {}", one_of(segments))
        };
        let cells = vec![
            name.as_str().into(),
            text.into(),
            Cell::with(self.points(terms, *points), Gauge::more(points.get())),
            if matches!(day, Day::Once(_)) { "once" } else { "once a year" }.into(),
            terms.as_str().into(),
            funder.as_str().into(),
            "".into(),
        ];
        Row::of(whom, cells).being(Verdict::Better)
    }

    /// On which day.
    pub(super) fn day(&self, day: &Day) -> String {
        match day {
            Day::Birthday if self.is_prose() => "on your birthday".to_owned(),
            Day::Birthday => "on the birthday".to_owned(),
            Day::EveryYear(day) if self.is_prose() => format!("every {}", day_in_words(day)),
            Day::EveryYear(day) => format!("every {}", day.as_str().trim_start_matches('-')),
            Day::Once(at) => format!("on {}", self.date(*at)),
        }
    }

    fn level_row(&self, grant: &LevelGrant) -> Row {
        let LevelGrant { name, level, terms, points, funder, if_lost } = grant;
        let (often, good) = match if_lost {
            IfLost::Keep => ("each time, kept whatever is returned", 1),
            IfLost::TakeBack => ("each time, taken back if returns take the level", 0),
        };
        let cells = vec![
            name.as_str().into(),
            format!("reaching {}", self.name(level)).into(),
            Cell::with(self.points(terms, *points), Gauge::more(points.get())),
            Cell::with(often, Gauge::more(good)),
            terms.as_str().into(),
            funder.as_str().into(),
            "".into(),
        ];
        Row::of(format!("who reaches {level}"), cells).being(Verdict::Better)
    }

    fn card_row(&self, grant: &CardGrant) -> Row {
        let CardGrant { terms, points } = grant;
        let cells = vec![
            "a card".into(),
            "binding a card that nobody bound before".into(),
            Cell::with(self.points(terms, *points), Gauge::more(points.get())),
            "once for each card".into(),
            terms.as_str().into(),
            "the partner that binds it".into(),
            "".into(),
        ];
        Row::of("who binds a card", cells).being(Verdict::Better)
    }
}

/// `1 January`, of `--01-01`.
fn day_in_words(day: &Name) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let day = day.as_str().trim_start_matches('-');
    let named = day.split_once('-').and_then(|(month, day)| {
        let month = month.parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("{} {}", day.trim_start_matches('0'), MONTHS.get(month)?))
    });
    named.unwrap_or_else(|| day.to_owned())
}

/// How good an amount is.
fn generous(amount: &Amount) -> Gauge {
    match amount {
        Amount::Fixed(points) => Gauge::more(points.get()),
        Amount::ByValue(attribute, rows) => {
            let each = rows
                .iter()
                .map(|(value, points)| (format!("who has {attribute} {value}"), points.get().into()));
            Gauge::by_whom(each.collect())
        }
        Amount::PerUnit(_, millionths) => Gauge::more(*millionths),
    }
}

/// How good it is that something is granted so often, where it is for the same.
fn how_often(often: &Often) -> Gauge {
    let each = often.for_each.as_ref().map(|name| format!("each {name}")).unwrap_or_default();
    let rank = match often.once {
        Some(Once::Ever) => 0,
        Some(Once::In(domain::calendar::Unit::Year)) => 1,
        Some(Once::In(domain::calendar::Unit::Month)) => 2,
        Some(Once::In(domain::calendar::Unit::Day)) => 3,
        None => return Gauge::of(vec![(each, 4)]),
    };
    Gauge::of(vec![(each, rank)])
}
