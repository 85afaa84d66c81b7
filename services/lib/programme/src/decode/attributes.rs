//! Attributes of activities and purchases: their types, and the values a condition asks for (S27).

use super::name_of;
use crate::field::Field;
use crate::reading::sound_name;
use crate::table::Table;
use domain::Name;
use domain::award::{AttributeSpec, AttributeType, WHOLE_MAX};
use domain::circumstances::{Values, Wanted};

const TYPES: &[(&str, Type)] = &[
    ("whole number", Type::Whole),
    ("money", Type::Money),
    ("date", Type::Date),
    ("member", Type::Account),
    ("text", Type::Text),
];

#[derive(Clone, Copy)]
enum Type {
    Whole,
    Money,
    Date,
    Account,
    Text,
}

/// `attributes` and `optional` of a table.
pub(super) fn specs(table: &Table<'_>) -> Vec<AttributeSpec> {
    let declared = table.optional("attributes", Field::open_table);
    let fields: Vec<Field<'_>> = declared.iter().flat_map(Table::fields).collect();
    let mut attributes: Vec<AttributeSpec> = fields.iter().filter_map(spec).collect();
    for (optional, span) in table.optional("optional", Field::names).unwrap_or_default() {
        match attributes.iter_mut().find(|spec| spec.name == optional) {
            Some(spec) => spec.optional = true,
            None => table.unknown(&span, "attribute", optional.as_str(), &names(&attributes)),
        }
    }
    attributes
}

/// Their names.
pub(super) fn names(specs: &[AttributeSpec]) -> Vec<Name> {
    specs.iter().map(|spec| spec.name.clone()).collect()
}

fn spec(field: &Field<'_>) -> Option<AttributeSpec> {
    let name = name_of(field)?;
    let takes = match field.as_str() {
        Some(_) => match field.word(TYPES)? {
            Type::Whole => AttributeType::Whole,
            Type::Money => AttributeType::Money,
            Type::Date => AttributeType::Date,
            Type::Account => AttributeType::Account,
            Type::Text => AttributeType::Text,
        },
        None => {
            let words = field.names()?;
            if words.is_empty() {
                return field.expected("a type in quotation marks, or a list of the words it may be");
            }
            AttributeType::Choice(words.into_iter().map(|(word, _)| word).collect())
        }
    };
    Some(AttributeSpec { name, takes, optional: false })
}

/// A value of an attribute, as an event must bear it.
pub(super) fn value(table: &Table<'_>, field: &Field<'_>, text: &str, spec: &AttributeSpec) -> Option<Name> {
    let fits = match &spec.takes {
        AttributeType::Choice(words) => {
            if !words.iter().any(|word| word.as_str() == text) {
                table.unknown(&field.key, "value", text, words);
                return None;
            }
            true
        }
        AttributeType::Whole => {
            text.parse::<i64>().is_ok_and(|number| number >= 0 && number.to_string() == text)
        }
        _ => sound_name(text),
    };
    if fits { Some(Name::from(text)) } else { field.expected(&format!("a value of `{}`", spec.name)) }
}

/// Where attributes of purchases are declared.
pub(crate) const PURCHASES: &str = "[purchases]";

/// Attributes that are asked for under `key`, and what each may be: those declared, under which heading.
pub(super) fn wanted(
    table: &Table<'_>,
    key: &str,
    (specs, heading): (&[AttributeSpec], &str),
) -> Vec<Wanted> {
    let asked = table.optional(key, Field::open_table);
    let one = |asked: &Table<'_>, field: &Field<'_>| {
        let Some(spec) = specs.iter().find(|spec| spec.name.as_str() == field.name) else {
            unknown(asked, field, specs, heading);
            return None;
        };
        Some(Wanted { attribute: spec.name.clone(), values: values(asked, field, spec)? })
    };
    let fields = asked.iter().flat_map(|asked| asked.fields().into_iter().map(move |field| (asked, field)));
    fields.filter_map(|(asked, field)| one(asked, &field)).collect()
}

/// Notes that the attribute `field` names is none of `specs`, which stand under `heading`; where there are none at all,
/// how one is declared.
pub(crate) fn unknown(table: &Table<'_>, field: &Field<'_>, specs: &[AttributeSpec], heading: &str) {
    if !specs.is_empty() {
        return table.unknown(&field.key, "attribute", &field.name, &names(specs));
    }
    let message = format!("unknown attribute `{}` in {}", field.name, table.label);
    let hint = format!("none is declared; under {heading} say: attributes = {{ {} = \"text\" }}", field.name);
    field.reader.report(&field.key, message, Some(hint));
}

fn values(asked: &Table<'_>, field: &Field<'_>, spec: &AttributeSpec) -> Option<Values> {
    if field.is_table() && spec.takes == AttributeType::Whole {
        let range = field.open_table()?;
        for other in range.fields().iter().filter(|other| !["from", "below"].contains(&other.name.as_str())) {
            range.unknown(&other.key, "key", &other.name, &["from".into(), "below".into()]);
        }
        let bound = |key: &str, default: i64| range.or(key, default, |field| field.whole(0..WHOLE_MAX + 2));
        let (from, below) = (bound("from", 0), bound("below", WHOLE_MAX + 1));
        if from >= below {
            return field
                .wrong(format!("expected `below` above `from` in {}: nothing is between", range.label));
        }
        return Some(Values::Between(from, below));
    }
    let read = |each: &Field<'_>| each.text().and_then(|text| value(asked, each, text, spec));
    let values = field.all(read)?;
    if values.is_empty() {
        return field.expected("at least one value");
    }
    Some(Values::OneOf(values))
}
