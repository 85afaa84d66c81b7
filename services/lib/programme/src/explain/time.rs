//! Times in words: durations, dates, activation and expiry, windows.

use super::Words;
use super::amount::{all_of, counted, one_of, whole};
use crate::phrase::in_words;
use domain::Timestamp;
use domain::calendar::{Span, Unit};
use domain::circumstances::{Stretch, Times};
use domain::tariff::{Activation, Expiry, Level, Rounding, Window};

/// Days of the week, from Monday on.
const DAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// `14 days`, `15 minutes`.
pub(crate) fn span(span: Span) -> String {
    let of = |number: i64, unit: &str| counted(&whole(number), unit);
    match span {
        Span::Exact(millis) if millis % 3_600_000 == 0 => of(millis / 3_600_000, "hours"),
        Span::Exact(millis) if millis % 60_000 == 0 => of(millis / 60_000, "minutes"),
        Span::Exact(millis) => of(millis / 1_000, "seconds"),
        Span::Days(days) => of(days.into(), "days"),
        Span::Months(months) => of(months.into(), "months"),
        Span::Years(years) => of(years.into(), "years"),
    }
}

/// `day`, `month`, `year`.
pub(crate) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "day",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

/// `down`, and so on.
pub(crate) const fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Floor => "down",
        Rounding::HalfEven => "to the nearest, halves to even",
        Rounding::HalfUp => "to the nearest, halves up",
        Rounding::Ceil => "up",
    }
}

/// What is rounded as one.
pub(crate) fn level(level: Level) -> String {
    match level {
        Level::Purchase => "purchase".to_owned(),
        Level::Line => "line of a purchase".to_owned(),
        Level::Period(of) => format!("calendar {}", unit(of)),
    }
}

/// The stretch of time that tiers look at.
pub(crate) fn window(window: Window) -> String {
    match window {
        Window::Lifetime => "ever since joining".to_owned(),
        Window::Rolling(days) => format!("in the last {}", span(Span::Days(days))),
        Window::Calendar(of) => {
            format!("in the calendar {0} before, or the running {0} where that is more", unit(of))
        }
    }
}

/// `18:00`, of a minute of the day.
fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Words<'_> {
    /// `2026-03-01`, with its time where that is not midnight.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        let text = in_words(self.tariff.zone, at);
        text.strip_suffix(" 00:00").map(str::to_owned).unwrap_or(text)
    }

    /// `from 2026-04-01 and before 2026-04-15`.
    pub(crate) fn stretch(&self, stretch: Stretch) -> String {
        let Stretch { from, until } = stretch;
        match (from.is_finite(), until.is_finite()) {
            (true, true) => format!("from {} and before {}", self.date(from), self.date(until)),
            (true, false) => format!("from {} on", self.date(from)),
            (false, true) => format!("before {}", self.date(until)),
            (false, false) => "at any time".to_owned(),
        }
    }

    /// Stretches by the calendars they are of, then those of none: `during sales`, for members with the dates.
    fn stretches(&self, them: &[Stretch]) -> Vec<String> {
        let mut rest = them.to_vec();
        let mut texts = Vec::new();
        for (name, of_it) in &self.said.calendars {
            if !of_it.iter().all(|one| rest.contains(one)) {
                continue;
            }
            rest.retain(|one| !of_it.contains(one));
            let each: Vec<String> = of_it.iter().map(|one| self.stretch(*one)).collect();
            texts.push(match self.is_prose() {
                true => format!("during “{}” ({})", self.name(name), one_of(&each)),
                false => format!("during {name}"),
            });
        }
        texts.extend(rest.iter().map(|one| self.stretch(*one)));
        texts
    }

    /// When something applies, clause by clause.
    pub(crate) fn times(&self, times: &Times) -> Vec<String> {
        let Times { during, except, weekdays, minutes } = times;
        let mut clauses = Vec::new();
        if !during.is_empty() {
            clauses.push(one_of(&self.stretches(during)));
        }
        if !except.is_empty() {
            clauses.push(format!("but not {}", one_of(&self.stretches(except))));
        }
        let days: Vec<&str> = weekdays.iter().filter_map(|day| DAYS.get(*day as usize)).copied().collect();
        if !days.is_empty() {
            clauses.push(format!("on {}", all_of(&days)));
        }
        if let Some((from, until)) = minutes {
            clauses.push(format!("from {} and before {} o'clock", clock(*from), clock(*until)));
        }
        clauses
    }

    /// When points can be spent.
    pub(crate) fn activation(&self, activation: &Activation) -> String {
        match activation {
            Activation::AtOnce => "at once".to_owned(),
            Activation::After(wait) => format!("{} after the purchase", span(*wait)),
            Activation::NextStart(of) => format!("from the first day of the next {} on", unit(*of)),
            Activation::OnActivity(kind) => {
                format!("from {} next “{}” on", if self.is_prose() { "your" } else { "the" }, self.name(kind))
            }
        }
    }

    /// When points expire.
    pub(crate) fn expiry(&self, expiry: Expiry, rounded_to: Option<Unit>) -> String {
        let end = rounded_to.map(|of| format!(", at the end of that {}", unit(of))).unwrap_or_default();
        match expiry {
            Expiry::Never => "never".to_owned(),
            Expiry::AfterAccrual(life) => format!("{} after they were earned{end}", span(life)),
            Expiry::AfterActivation(life) => format!("{} after they could first be spent{end}", span(life)),
            Expiry::EndOf(of) => {
                format!("at the end of the {} in which they can first be spent{end}", unit(of))
            }
        }
    }
}
