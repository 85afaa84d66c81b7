//! The circumstances that rules, and whatever else has conditions, ask for: when, how, who (S24, S29).

use super::attributes;
use super::declared::Known;
use crate::field::Field;
use crate::reading::Measures;
use crate::table::Table;
use domain::Name;
use domain::circumstances::{Circumstances, Ordinal, Stretch, Times};
use domain::time::Timestamp;

const WEEKDAYS: &[(&str, u32)] = &[
    ("monday", 0),
    ("tuesday", 1),
    ("wednesday", 2),
    ("thursday", 3),
    ("friday", 4),
    ("saturday", 5),
    ("sunday", 6),
];

/// What `table` asks for; `None` where it asks for nothing.
pub(super) fn decode(table: &Table<'_>, known: &Known, measures: &Measures) -> Option<Box<Circumstances>> {
    let asked = Circumstances {
        only: attributes::wanted(table, "only", (&known.declared.purchase, attributes::PURCHASES)),
        except: attributes::wanted(table, "except", (&known.declared.purchase, attributes::PURCHASES)),
        times: times(table, known, measures),
        members: table.or("members", false, Field::flag),
        segments: of(table, "segments", "segment", &known.segments()),
        segments_except: of(table, "except_segments", "segment", &known.segments()),
        joined_within: table.optional("member_within", Field::duration),
        joined_for: table.optional("member_for", Field::duration),
        birthday: birthday(table, known),
        places: places(table, known),
        holds: Vec::new(),
    };
    (asked != Circumstances::default()).then(|| Box::new(asked))
}

/// Names of `noun` under `key`, each one of `known`.
pub(super) fn of(table: &Table<'_>, key: &str, noun: &str, known: &[Name]) -> Vec<Name> {
    let names = table.optional(key, Field::names).unwrap_or_default();
    for (name, span) in names.iter().filter(|(name, _)| !known.contains(name)) {
        table.unknown(span, noun, name.as_str(), known);
    }
    names.into_iter().map(|(name, _)| name).collect()
}

fn times(table: &Table<'_>, known: &Known, measures: &Measures) -> Times {
    let at = |key: &str, default: Timestamp| table.or(key, default, |field| field.instant(measures));
    let dates = Stretch { from: at("from", Timestamp::MIN), until: at("until", Timestamp::NEVER) };
    if dates.from >= dates.until {
        let message = format!("expected `until` after `from` in {}: it would never apply", table.label);
        table.report_at("until", message);
    }
    let stretches = |key: &str| -> Vec<Stretch> {
        let names = of(table, key, "calendar", &known.calendars());
        names.iter().flat_map(|name| known.calendar(name)).copied().collect()
    };
    let dated = !table.given(&["from", "until"]).is_empty();
    let mut during = stretches("during");
    if dated {
        let within = |stretch: &Stretch| Stretch {
            from: stretch.from.max(dates.from),
            until: stretch.until.min(dates.until),
        };
        let narrowed: Vec<Stretch> = during.iter().map(within).collect();
        during = if table.field("during").is_some() { narrowed } else { vec![dates] };
        let named = table.field("during").is_some();
        if named && during.iter().all(|stretch| stretch.from >= stretch.until) {
            table.report_at(
                "during",
                format!("{} would never apply: no stretch is in its dates", table.label),
            );
        }
    }
    let days = table.optional("weekdays", |field| field.all(|each| each.word(WEEKDAYS)));
    Times {
        during,
        except: stretches("not_during"),
        weekdays: days.unwrap_or_default(),
        minutes: table.optional("hours", hours),
    }
}

/// `18:00 to 22:00`, in minutes of the day.
fn hours(field: &Field<'_>) -> Option<(u32, u32)> {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
    };
    let found = field.as_str().and_then(|text| text.split_once(" to "));
    let found = found.and_then(|(from, until)| Some((time(from)?, time(until)?)));
    let found = found.filter(|(from, until)| from < until);
    found.or_else(|| field.expected("hours of one day such as \"18:00 to 22:00\""))
}

/// `on the day`, `3 days around`.
fn birthday(table: &Table<'_>, known: &Known) -> Option<u32> {
    let field = table.field("birthday")?;
    if known.declared.birthday.is_none() {
        return field.wrong(format!(
            "`birthday` in {} needs to be told: say which activity does in [members]",
            table.label
        ));
    }
    let days = |text: &str| {
        let number = text.strip_suffix(" days around").or_else(|| text.strip_suffix(" day around"))?;
        number.parse::<u32>().ok().filter(|days| (1..=180).contains(days))
    };
    let found = field.as_str().and_then(|text| if text == "on the day" { Some(0) } else { days(text) });
    found.or_else(|| field.expected("\"on the day\", or days such as \"3 days around\""))
}

fn places(table: &Table<'_>, known: &Known) -> Vec<(Name, Ordinal)> {
    let asked = table.optional("counts", Field::open_table);
    let one = |field: &Field<'_>| {
        let counts = known.counts();
        let Some(count) = counts.iter().find(|count| count.as_str() == field.name) else {
            asked.as_ref()?.unknown(&field.key, "count", &field.name, &counts);
            return None;
        };
        Some((count.clone(), ordinal(field)?))
    };
    asked.iter().flat_map(Table::fields).filter_map(|field| one(&field)).collect()
}

/// `1`, `1 to 4`, `5 and later`, `every 5`.
fn ordinal(field: &Field<'_>) -> Option<Ordinal> {
    let number = |text: &str| text.trim().parse::<i32>().ok().filter(|number| *number >= 1);
    let text = match field.as_decimal() {
        Some(number) => number.to_string(),
        None => field.as_str().unwrap_or_default().to_owned(),
    };
    let found = if let Some(step) = text.strip_prefix("every ") {
        number(step).map(Ordinal::Every)
    } else if let Some(from) = text.strip_suffix(" and later") {
        number(from).map(|from| Ordinal::Range(from, i32::MAX))
    } else if let Some((from, to)) = text.split_once(" to ") {
        number(from)
            .zip(number(to))
            .filter(|(from, to)| from <= to)
            .map(|(from, to)| Ordinal::Range(from, to))
    } else {
        number(&text).map(|at| Ordinal::Range(at, at))
    };
    found.or_else(|| field.expected("places such as 1, \"1 to 4\", \"5 and later\" or \"every 5\""))
}
