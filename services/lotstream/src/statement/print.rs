//! A statement for a terminal and for spreadsheets.

use crate::table::{Table, grouped};
use chrono_tz::Tz;
use reports::calendar::local;
use reports::csv;
use reports::statement::{Line, Standing, Statement};

/// For a terminal.
pub(super) fn table(statement: &Statement, zone: Tz) -> String {
    let mut ends = Table::new(&["wallet", "", "total", "available", "reserved", "owed"]).with_texts(2);
    for wallet in &statement.wallets {
        for (end, standing) in [("opening", wallet.opening), ("closing", wallet.closing)] {
            let names = [wallet.wallet.to_string(), end.to_owned()];
            ends.row(names.into_iter().chain(figures(standing)));
        }
    }
    let headings = ["when", "what happened", "change", "total", "available", "reserved", "owed"];
    let mut lines = Table::new(&headings).with_texts(2);
    for line in &statement.lines {
        let change = if line.change == 0 { String::new() } else { grouped(line.change) };
        let after = line.after.map_or_else(Default::default, figures);
        lines.row([local(zone, line.at), line.what.clone(), change].into_iter().chain(after));
    }
    let remark = statement.remark(zone).map_or_else(String::new, |remark| format!("\n  {remark}\n"));
    format!(
        "\n  {}, {} to {} {}\n\n{ends}\n{lines}{remark}",
        statement.entity,
        local(zone, statement.from),
        local(zone, statement.until),
        zone.name()
    )
}

fn figures(standing: Standing) -> [String; 4] {
    [standing.total, standing.available, standing.held, standing.debt].map(grouped)
}

/// One line a line.
pub(super) fn csv(statement: &Statement) -> String {
    let headings = [
        "at",
        "occurred_at",
        "kind",
        "wallet",
        "what",
        "change",
        "total",
        "available",
        "held",
        "debt",
        "first_entry",
        "last_entry",
        "cause",
        "rule",
    ];
    let mut text = csv::row(headings);
    statement.lines.iter().for_each(|line| text.push_str(&row(line)));
    text
}

fn row(line: &Line) -> String {
    let kind = line.kind.and_then(|kind| serde_json::to_value(kind).ok());
    let kind =
        kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_else(|| "tier_change".to_owned());
    let after = line.after.map_or_else(Default::default, |it| {
        [it.total, it.available, it.held, it.debt].map(|points| points.to_string())
    });
    let entries =
        line.entries.map_or_else(Default::default, |(first, last)| [first, last].map(|it| it.to_string()));
    let head = [line.at.to_string(), line.occurred_at.to_string(), kind, line.wallet.to_string()];
    let told = [line.what.clone(), line.change.to_string()];
    let why = [line.cause.to_string(), line.rule.to_string()];
    csv::row(head.into_iter().chain(told).chain(after).chain(entries).chain(why))
}
