//! Activities, attributes, members, segments, memberships and counts, as tables.

use super::Words;
use super::amount::{all_of, capital, one_of};
use super::gauge::Gauge;
use super::sheet::{Cell, Row, Sheet};
use super::time::span;
use domain::Name;
use domain::award::{ActivityKind, AttributeSpec, AttributeType};
use domain::declared::{Count, Declared, Segment, Sign};

impl Words<'_> {
    /// What is declared beside points: activities and purchases with their attributes, how members are known.
    pub(super) fn activity_sheet(&self) -> Sheet {
        let Declared { purchase, joined_by, birthday, segments: _, counts: _, asks_joined: _ } =
            &self.tariff.declared;
        let mut rows: Vec<Row> = Vec::new();
        if !purchase.is_empty() {
            rows.push(Row::of(
                "purchases",
                vec!["a purchase".into(), self.attributes(purchase).into(), "".into()],
            ));
        }
        for ActivityKind { name, attributes } in &self.tariff.activities.kinds {
            let mut tells = Vec::new();
            if joined_by.as_ref() == Some(name) {
                tells.push("who joins".to_owned());
            }
            if let Some((kind, attribute)) = birthday
                && kind == name
            {
                tells.push(format!("the birthday, by {attribute}"));
            }
            let cells = vec![name.as_str().into(), self.attributes(attributes).into(), all_of(&tells).into()];
            rows.push(Row::of(format!("who is known by {name}"), cells));
        }
        Sheet::new("What purchases and activities say", &["kind", "attributes", "tells"], rows)
    }

    fn attributes(&self, specs: &[AttributeSpec]) -> String {
        let each = specs.iter().map(|spec| {
            let AttributeSpec { name, takes, optional } = spec;
            let may = if *optional { ", may be left out" } else { "" };
            format!("{name} ({}{may})", takes_in_words(takes))
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// Segments and memberships.
    pub(super) fn segment_sheet(&self) -> Sheet {
        let row = |segment: &Segment| {
            let Segment { name, joined_by, left_by, lasts, price } = segment;
            let lasts_text = lasts.map_or_else(|| "for ever".to_owned(), span);
            let price_text = price.map(|price| self.money(price)).unwrap_or_default();
            let cells = vec![
                name.as_str().into(),
                self.sign(joined_by).into(),
                left_by.as_ref().map(|sign| self.sign(sign)).unwrap_or_default().into(),
                // Of what is paid for, longer is better; of others nobody can say.
                Cell::with(lasts_text, price.map(|_| Gauge::longer(*lasts)).unwrap_or_default()),
                Cell::with(price_text, Gauge::less(price.unwrap_or_default().0)),
            ];
            Row::of(format!("members of {name}"), cells)
        };
        let columns = &["segment or membership", "begins by", "ends by", "lasts", "costs"];
        Sheet::new("Who is who", columns, self.tariff.declared.segments.iter().map(row).collect())
    }

    /// `verified (as: pupil or student)`.
    pub(super) fn sign(&self, sign: &Sign) -> String {
        let Sign { activity, only } = sign;
        let kind = self.quoted(std::slice::from_ref(activity)).concat();
        if only.is_empty() { kind } else { format!("{kind} ({})", self.with(only)) }
    }

    /// What is counted.
    pub(super) fn count_sheet(&self) -> Sheet {
        let row = |count: &Count| {
            let cells = vec![count.name.as_str().into(), capital(&self.counted(count)).into()];
            Row::of("purchases", cells)
        };
        Sheet::new(
            "What is counted",
            &["count", "each"],
            self.tariff.declared.counts.iter().map(row).collect(),
        )
    }
}

fn takes_in_words(takes: &AttributeType) -> String {
    match takes {
        AttributeType::Whole => "a whole number".to_owned(),
        AttributeType::Money => "money".to_owned(),
        AttributeType::Choice(words) => one_of::<Name>(words),
        AttributeType::Date => "a date".to_owned(),
        AttributeType::Account => "a member".to_owned(),
        AttributeType::Text => "a text".to_owned(),
    }
}
