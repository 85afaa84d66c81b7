//! `[wallets.NAME.pays]`: what points may pay for (S10, S12).

use super::Wallets;
use crate::field::Field;
use crate::shape::wallets::PAYS;
use crate::table::Table;
use domain::Name;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::points::Points;
use std::collections::BTreeMap;

/// Reads the limits of every wallet into it.
pub(super) fn decode(root: &Table<'_>, groups: &[Name], wallets: &mut Wallets) {
    let names = wallets.names();
    let Some(tables) = root.field("wallets").filter(Field::is_table).and_then(|field| field.open_table())
    else {
        return;
    };
    for field in tables.fields().iter().filter(|field| field.is_table()) {
        let wallet = wallets.rows.iter_mut().find(|wallet| wallet.name.as_str() == field.name);
        let (Some(wallet), Some(table)) = (wallet, field.open_table()) else { continue };
        let Some(pays) = table.field("pays") else { continue };
        let label = format!("pays of wallet `{}`", wallet.name);
        let Some(table) = pays.open_table().map(|table| table.of(&PAYS, label)) else { continue };
        wallet.limits = limits(&table, groups, &names, wallet.scale);
        if wallet.limits.exclusive_with.contains(&wallet.name) {
            table
                .report_at("exclusive_with", format!("expected other wallets than `{}` itself", wallet.name));
        }
    }
}

fn limits(table: &Table<'_>, groups: &[Name], wallets: &[Name], scale: u32) -> Limits {
    let all = Limits::default();
    let limits = Limits {
        share: table.or("share", all.share, Field::percentage),
        of_groups: of_groups(table, groups),
        of_line: table.or("of_line", all.of_line, Field::percentage),
        except_groups: table.known("except_groups", "group", groups),
        promotional: table.or("promotional", all.promotional, Field::flag),
        at_least: table.or("at_least", all.at_least, |field| field.points(scale)),
        at_most: table.optional("at_most", |field| field.points(scale)),
        step: table.or("step", all.step, |field| step(field, scale)),
        exclusive_with: table.known("exclusive_with", "wallet", wallets),
    };
    sensible(table, &limits);
    limits
}

fn of_groups(table: &Table<'_>, groups: &[Name]) -> BTreeMap<Name, Factor> {
    let shares = table.optional("of_groups", Field::open_table);
    let fields = shares.iter().flat_map(Table::fields);
    let read = |field: Field<'_>| {
        let name = Name::from(field.name.as_str());
        if !groups.contains(&name) {
            table.unknown(&field.key, "group", name.as_str(), groups);
        }
        Some((name, field.percentage()?))
    };
    fields.filter_map(read).collect()
}

fn step(field: &Field<'_>, scale: u32) -> Option<Points> {
    let step = field.points(scale)?;
    if step.is_zero() {
        return field.wrong("expected a step above 0");
    }
    Some(step)
}

/// Limits that contradict each other.
fn sensible(table: &Table<'_>, limits: &Limits) {
    if let Some(most) = limits.at_most
        && limits.in_steps(most).is_zero()
    {
        table.report_at(
            "at_most",
            format!("expected an `at_most` of at least one step and of `at_least` in {}", table.label),
        );
    }
    for group in limits.except_groups.iter().filter(|group| limits.of_groups.contains_key(*group)) {
        table.report_at(
            "except_groups",
            format!(
                "group `{group}` is excluded and has a share in {}: expected one of the two",
                table.label
            ),
        );
    }
}
