//! `[[example]]` and its steps: who, where, when.

use super::asked::{ACTIONS, Asking, lines};
use super::expected::Expecting;
use super::{Action, Example, Step};
use crate::field::Field;
use crate::phrase::within_reason;
use crate::reading::Measures;
use crate::shape::example::{EXAMPLE, STEP};
use crate::table::Table;
use domain::calendar::add;
use domain::command::SaleLine;
use domain::tariff::Tariff;
use domain::{EntityId, Name, Timestamp};
use std::collections::BTreeMap;

/// Every example of the file.
pub(crate) fn read(root: &Table<'_>, tariff: &Tariff, measures: &Measures) -> Vec<Example> {
    let fields = root.optional("example", Field::list).unwrap_or_default();
    let mut examples: Vec<Example> = Vec::new();
    for field in &fields {
        let Some(table) = field.open_table() else { continue };
        let Some(example) = read_one(table, tariff, measures) else { continue };
        if examples.iter().any(|other| other.name == example.name) {
            field.reader.report(&field.span, format!("duplicate example `{}`", example.name), None);
        }
        examples.push(example);
    }
    examples
}

/// What the steps of an example share.
struct Setting<'a> {
    tariff: &'a Tariff,
    measures: &'a Measures,
    sales: BTreeMap<String, Vec<SaleLine>>,
    /// Where, unless a step says; none where the programme has several to choose from.
    partner: Option<Name>,
    member: Name,
}

fn read_one(table: Table<'_>, tariff: &Tariff, measures: &Measures) -> Option<Example> {
    let name = table.optional("name", Field::text).unwrap_or("without a name").to_owned();
    let table = table.of(&EXAMPLE, format!("example `{name}`"));
    table.required("name", |_| Some(()));
    let fields = table.required("step", Field::list)?;
    let named = |key: &str| table.optional(key, Field::name).map(|(name, _)| name);
    let setting = Setting {
        tariff,
        measures,
        sales: fields.iter().filter_map(|field| sold(field, measures)).collect(),
        partner: partner(&table, tariff),
        member: named("member").unwrap_or_else(|| Name::from("member")),
    };
    let mut steps: Vec<Step> = Vec::new();
    for (field, number) in fields.iter().zip(1..) {
        let before = steps.last().map(|step| step.at);
        steps.extend(setting.step(field, number, before));
    }
    Some(Example { name, steps })
}

/// The id and lines of a step's sale. Mistakes in it are told when the step itself is read.
fn sold(field: &Field<'_>, measures: &Measures) -> Option<(String, Vec<SaleLine>)> {
    let sale = field.open_table()?.field("sale")?.open_table()?;
    let id = sale.field("id")?.as_str()?.to_owned();
    Some((id, sale.optional("lines", |field| lines(field, measures))?))
}

impl Setting<'_> {
    fn step(&self, field: &Field<'_>, number: usize, before: Option<Timestamp>) -> Option<Step> {
        let table = field.open_table()?.of(&STEP, format!("step {number}"));
        let at = self.at(&table, before);
        let named = |key: &str| table.optional(key, Field::name).map(|(name, _)| name);
        let member = named("member").unwrap_or_else(|| self.member.clone());
        let occurred_at = table.optional("occurred_at", |field| field.instant(self.measures));
        let asking = Asking {
            tariff: self.tariff,
            measures: self.measures,
            sales: &self.sales,
            partner: self.partner(&table),
            occurred_at: occurred_at.or(at).unwrap_or(Timestamp(0)),
            at: at.unwrap_or(Timestamp(0)),
            number,
        };
        let action = action(&table, &asking);
        let expecting = Expecting { tariff: self.tariff, measures: self.measures };
        let expected = table.field("expect").map(|field| expecting.all(&field, number)).unwrap_or_default();
        Some(Step {
            name: table.optional("name", Field::text).map(str::to_owned),
            at: at?,
            entity: EntityId::member(self.tariff.programme.as_str(), member.as_str()),
            action: action?,
            expected,
            dated: ["after", "at"]
                .into_iter()
                .find_map(|key| table.field(key))
                .map_or(table.span, |it| it.span),
        })
    }

    /// Where a step happens: every event must say, or its example.
    fn partner(&self, table: &Table<'_>) -> Name {
        let own = table.field("partner").and_then(|_| partner(table, self.tariff));
        let found = own.or_else(|| self.partner.clone());
        if found.is_none() && !table.given(ACTIONS).is_empty() {
            table.missing("`partner` (there are several)");
        }
        found.unwrap_or_default()
    }

    /// When the step happens: not before the one before it.
    fn at(&self, table: &Table<'_>, before: Option<Timestamp>) -> Option<Timestamp> {
        if table.given(&["at", "after"]).len() == 2 {
            table.report_at("after", format!("expected `at` or `after` in {}, found both", table.label));
        }
        if let Some(field) = table.field("after") {
            let span = field.duration()?;
            let Some(before) = before else {
                return field.wrong("expected `at` in the first step: there is no step before it");
            };
            let at = within_reason(add(self.tariff.zone, before, span));
            return at.ok().or_else(|| field.wrong("expected a step before the year 3000"));
        }
        let at = table.required("at", |field| field.instant(self.measures))?;
        if before.is_some_and(|before| at < before) {
            let message = "expected an instant not before the step above: \
                           for an event that comes late, say `occurred_at`";
            table.report_at("at", message);
        }
        Some(at)
    }
}

/// The partner a table names, one of the file's; left out, the programme's own name where it has no partners.
fn partner(table: &Table<'_>, tariff: &Tariff) -> Option<Name> {
    let Some((name, span)) = table.optional("partner", Field::name) else {
        return tariff.partners.is_empty().then(|| tariff.programme.clone());
    };
    if !tariff.partners.is_empty() && !tariff.partners.contains_key(&name) {
        let known: Vec<Name> = tariff.partners.keys().cloned().collect();
        table.unknown(&span, "partner", name.as_str(), &known);
    }
    Some(name)
}

/// The one thing that happens in a step, or time passing.
fn action(table: &Table<'_>, asking: &Asking<'_>) -> Option<Action> {
    let given: Vec<Field<'_>> = ACTIONS.iter().filter_map(|key| table.field(key)).collect();
    for other in given.iter().skip(1) {
        let message = format!(
            "expected one event in {}, found `{}` beside `{}`",
            table.label, other.name, given[0].name
        );
        table.report(&other.key, message);
    }
    match given.first() {
        Some(field) => asking.action(field),
        None => Some(Action::Pass),
    }
}
