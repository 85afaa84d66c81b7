//! `[purchases]`, `[members]`, `[segments.NAME]`, `[counts.NAME]`, `[calendars.NAME]`: what is known beside points
//! (S24, S27).

use super::{attributes, name_of};
use crate::field::Field;
use crate::phrase::UNITS;
use crate::reading::Measures;
use crate::shape::members::{CALENDAR, COUNT, MEMBERS, MEMBERSHIP, PURCHASES, SEGMENT, STRETCH};
use crate::table::Table;
use domain::Name;
use domain::award::{ActivityKind, AttributeSpec, AttributeType};
use domain::circumstances::Stretch;
use domain::declared::{Count, Declared, PARTNER, Segment, Sign};

/// What conditions refer to.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) declared: Declared,
    pub(super) calendars: Vec<(Name, Vec<Stretch>)>,
}

impl Known {
    pub(crate) fn segments(&self) -> Vec<Name> {
        self.declared.segments.iter().map(|segment| segment.name.clone()).collect()
    }

    pub(crate) fn counts(&self) -> Vec<Name> {
        self.declared.counts.iter().map(|count| count.name.clone()).collect()
    }

    pub(super) fn calendars(&self) -> Vec<Name> {
        self.calendars.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn calendar(&self, name: &Name) -> &[Stretch] {
        let found = self.calendars.iter().find(|(known, _)| known == name);
        found.map_or(&[][..], |(_, stretches)| stretches)
    }
}

pub(super) fn decode(root: &Table<'_>, kinds: &[ActivityKind], measures: &Measures) -> Known {
    let purchase = root.optional("purchases", |field| field.table(&PURCHASES));
    let purchase = purchase.as_ref().map(attributes::specs).unwrap_or_default();
    let members = root.optional("members", |field| field.table(&MEMBERS));
    let joined_by = members.as_ref().and_then(|table| activity(table, "joined_by", kinds));
    let birthday =
        members.as_ref().and_then(|table| table.optional("birthday", |field| birthday(field, kinds)));
    let mut segments = named(root, "segments", |name, field| segment(name, field, kinds));
    let memberships = named(root, "memberships", |name, field| {
        if segments.iter().any(|segment| segment.name == name) {
            let message = format!("duplicate `{name}`: a segment is called so");
            field.reader.report(&field.key, message, None);
        }
        membership(name, field, kinds, measures)
    });
    segments.extend(memberships);
    let mut counts = named(root, "counts", |name, field| count(name, field, &purchase));
    counts.sort_by(|a, b| a.name.cmp(&b.name));
    let calendars = named(root, "calendars", |name, field| calendar(name, field, measures));
    let joined_by = joined_by.map(|kind| kind.name.clone());
    let declared = Declared { purchase, joined_by, birthday, segments, counts, asks_joined: false };
    Known { declared, calendars }
}

/// Every table under `key`, by the author's name.
fn named<T>(root: &Table<'_>, key: &str, read: impl Fn(Name, &Field<'_>) -> Option<T>) -> Vec<T> {
    let tables = root.optional(key, Field::open_table);
    let fields: Vec<Field<'_>> = tables.iter().flat_map(Table::fields).collect();
    fields.iter().filter_map(|field| read(name_of(field)?, field)).collect()
}

/// The activity a key names.
fn activity<'k>(table: &Table<'_>, key: &str, kinds: &'k [ActivityKind]) -> Option<&'k ActivityKind> {
    let (name, span) = table.optional(key, Field::name)?;
    let found = kinds.iter().find(|kind| kind.name == name);
    if found.is_none() {
        let known: Vec<Name> = kinds.iter().map(|kind| kind.name.clone()).collect();
        table.unknown(&span, "activity", name.as_str(), &known);
    }
    found
}

/// `profile.birthday`: an activity, and an attribute of it that is a date.
fn birthday(field: &Field<'_>, kinds: &[ActivityKind]) -> Option<(Name, Name)> {
    let found = field.as_str().and_then(|text| text.split_once('.')).and_then(|(kind, attribute)| {
        let kind = kinds.iter().find(|known| known.name.as_str() == kind)?;
        let is_meant =
            |spec: &&AttributeSpec| spec.name.as_str() == attribute && spec.takes == AttributeType::Date;
        Some((kind.name.clone(), kind.attributes.iter().find(is_meant)?.name.clone()))
    });
    found.or_else(|| {
        field.expected("an activity and an attribute of it that is a date, such as \"profile.birthday\"")
    })
}

fn segment(name: Name, field: &Field<'_>, kinds: &[ActivityKind]) -> Option<Segment> {
    let table = field.named_table(&SEGMENT)?;
    let (joined_by, left_by) = signs(&table, kinds, ["joined_by", "only"], ["left_by", "left_only"]);
    let lasts = table.optional("lasts", Field::duration);
    Some(Segment { name, joined_by: joined_by?, left_by, lasts, price: None })
}

fn membership(name: Name, field: &Field<'_>, kinds: &[ActivityKind], measures: &Measures) -> Option<Segment> {
    let table = field.named_table(&MEMBERSHIP)?;
    let begins = ["begins_by", "begins_only"];
    let (joined_by, left_by) = signs(&table, kinds, begins, ["refunded_by", "refunded_only"]);
    let price = table.required("price", |field| field.money(measures));
    let lasts = table.required("lasts", Field::duration);
    Some(Segment { name, joined_by: joined_by?, left_by, lasts: Some(lasts?), price: Some(price?) })
}

/// What begins a segment or membership, and what ends it: the keys of an activity and of its attributes, each.
fn signs(
    table: &Table<'_>,
    kinds: &[ActivityKind],
    begins: [&str; 2],
    ends: [&str; 2],
) -> (Option<Sign>, Option<Sign>) {
    if table.field(begins[0]).is_none() {
        table.missing(&format!("`{}`", begins[0]));
    }
    let sign = |[by, only]: [&str; 2]| {
        let kind = activity(table, by, kinds);
        if kind.is_none() && table.field(by).is_none() && table.field(only).is_some() {
            table.report_at(only, format!("expected `{by}` beside `{only}` in {}", table.label));
        }
        let kind = kind?;
        Some(Sign {
            activity: kind.name.clone(),
            only: attributes::wanted(table, only, (&kind.attributes, &format!("[activities.{}]", kind.name))),
        })
    };
    let (begin, end) = (sign(begins), sign(ends));
    if end.is_some() && end == begin {
        table.report_at(ends[0], format!("what joins {} would end it at once", table.label));
    }
    (begin, end)
}

fn count(name: Name, field: &Field<'_>, purchase: &[AttributeSpec]) -> Option<Count> {
    let table = field.named_table(&COUNT)?;
    let mut known = attributes::names(purchase);
    known.push(Name::from(PARTNER));
    let by = table.optional("by", Field::names).unwrap_or_default();
    for (name, span) in by.iter().filter(|(name, _)| !known.contains(name)) {
        table.unknown(span, "attribute", name.as_str(), &known);
    }
    Some(Count {
        name,
        unit: table.optional("per", |field| field.word(UNITS)),
        by: by.into_iter().map(|(name, _)| name).collect(),
        only: attributes::wanted(&table, "only", (purchase, attributes::PURCHASES)),
    })
}

fn calendar(name: Name, field: &Field<'_>, measures: &Measures) -> Option<(Name, Vec<Stretch>)> {
    let table = field.named_table(&CALENDAR)?;
    let one = |field: &Field<'_>| {
        let table = field.table(&STRETCH)?;
        let at = |key: &str| table.required(key, |field| field.instant(measures));
        let (from, until) = (at("from"), at("until"));
        let (from, until) = (from?, until?);
        if from >= until {
            table.report_at("until", "expected `until` after `from` in a period");
        }
        Some(Stretch { from, until })
    };
    let periods = |field: &Field<'_>| match field.list()?.is_empty() {
        true => field.expected("at least one period"),
        false => field.all(one),
    };
    let stretches = table.required("periods", periods)?;
    Some((name, stretches))
}
