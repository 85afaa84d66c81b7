//! The facts: entries, outcomes and decisions, a column for each of their fields, and the sheets. No column is called
//! as a word of SQL.

use super::file::{Table, Type, Value};
use crate::failure::{Failure, other};
use domain::entry::Entry;
use domain::event::{OutcomeRecord, RedemptionDecision};
use domain::{EventKey, Minor};
use reports::Prices;
use reports::sheet::{Cell, Kind, SHARE, Sheet};
use serde::Serialize;
use std::path::{Path, PathBuf};

const ENTRIES: [(&str, Type); 20] = [
    ("entity", Type::Text),
    ("sequence", Type::Whole),
    ("effective_at", Type::Instant),
    ("recorded_at", Type::Instant),
    ("kind", Type::Text),
    ("wallet", Type::Text),
    ("lot", Type::Text),
    ("lot_month", Type::Whole),
    ("from_bucket", Type::Text),
    ("to_bucket", Type::Text),
    ("points", Type::Whole),
    ("debt", Type::Whole),
    ("clawed_back", Type::Whole),
    ("redemption", Type::Text),
    ("cause", Type::Text),
    ("rule", Type::Text),
    ("version", Type::Whole),
    ("partner", Type::Text),
    ("occurred_at", Type::Instant),
    ("redeemer", Type::Text),
];

const DECISIONS: [(&str, Type); 13] = [
    ("event", Type::Text),
    ("redemption", Type::Text),
    ("partner", Type::Text),
    ("id", Type::Text),
    ("entity", Type::Text),
    ("step", Type::Text),
    ("approved", Type::Flag),
    ("reason", Type::Text),
    ("requested", Type::Whole),
    ("points", Type::Whole),
    ("uncovered", Type::Whole),
    ("decided_at", Type::Instant),
    ("largest", Type::Whole),
];

fn outcomes(digits: u32) -> Vec<(&'static str, Type)> {
    let texts = ["event", "partner", "feed", "id", "entity"].map(|name| (name, Type::Text));
    let head = [("decided_at", Type::Instant), ("occurred_at", Type::Instant), ("later", Type::Flag)];
    let points = ["earned", "clawed_back", "spent", "given_back", "uncovered", "total", "available", "debt"];
    let money = ["refund", "amount", "paid_by_points", "discount"].map(|name| (name, Type::Decimal(digits)));
    let words = ["kind", "reason", "purchase", "linked"].map(|name| (name, Type::Text));
    let points = points.map(|name| (name, Type::Whole));
    texts.into_iter().chain(head).chain(words).chain(points).chain(money).collect()
}

/// The files of a directory while they are written.
pub(crate) struct Facts {
    directory: PathBuf,
    entries: Table,
    outcomes: Table,
    decisions: Table,
}

impl Facts {
    /// Makes the files in `directory`, which is made if it is not there.
    pub(crate) fn create(directory: &Path, prices: &Prices) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory).map_err(Failure::file("make", directory))?;
        Ok(Self {
            directory: directory.to_owned(),
            entries: Table::create(directory, "entries", &ENTRIES)?,
            outcomes: Table::create(directory, "outcomes", &outcomes(prices.currency().exponent))?,
            decisions: Table::create(directory, "decisions", &DECISIONS)?,
        })
    }

    /// Writes an entry.
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        let has_lot = !entry.lot.is_none();
        let lot = if has_lot { key(entry.lot.key) } else { Value::Absent };
        let month = if has_lot { i64::from(entry.lot.issued_month).into() } else { Value::Absent };
        let bucket = |bucket: Option<domain::lot::Bucket>| {
            bucket.map_or(Value::Absent, |bucket| Value::Text(bucket.as_str().to_owned()))
        };
        self.entries.line([
            text(&entry.entity),
            entry.sequence.into(),
            entry.at.into(),
            entry.recorded_at.into(),
            word(&entry.kind)?,
            text(&entry.wallet),
            lot,
            month,
            bucket(entry.from),
            bucket(entry.to),
            entry.points.get().into(),
            entry.debt.into(),
            entry.clawed_back.get().into(),
            key(entry.redemption),
            key(entry.cause),
            text(&entry.rule),
            i64::from(entry.version).into(),
            text(&entry.partner),
            entry.occurred_at.into(),
            text(&entry.redeemer),
        ])
    }

    /// Writes an answer.
    pub(crate) fn outcome(&mut self, record: &OutcomeRecord) -> Result<(), Failure> {
        let outcome = &record.outcome;
        let trade = record.trade.as_deref();
        let money = |amount: Option<Minor>| amount.map_or(Value::Absent, |amount| amount.0.into());
        let discount = trade.map(|trade| trade.discounts.iter().map(|discount| discount.amount).sum());
        let points =
            [outcome.earned, outcome.clawed_back, outcome.spent, outcome.given_back, outcome.uncovered];
        let balances = [record.total, record.available, record.debt];
        let head = [
            key(record.event),
            text(&record.source.partner),
            text(&record.source.feed),
            text(&record.source.id),
            text(&record.entity),
            record.at.into(),
            record.occurred_at.into(),
            record.later.into(),
            word(&outcome.kind)?,
            word(&outcome.reason)?,
            trade.map_or(Value::Absent, |trade| key(trade.purchase)),
            record.linked.as_ref().map_or(Value::Absent, text),
        ];
        let figures = points.into_iter().chain(balances).map(|points| points.get().into());
        let amounts = [
            money(Some(outcome.refund)),
            money(trade.map(|trade| trade.amount)),
            money(trade.map(|trade| trade.paid_by_points)),
            money(discount),
        ];
        self.outcomes.line(head.into_iter().chain(figures).chain(amounts))
    }

    /// Writes a decision.
    pub(crate) fn decision(&mut self, decision: &RedemptionDecision) -> Result<(), Failure> {
        self.decisions.line([
            key(decision.event),
            key(decision.redemption),
            text(&decision.partner),
            text(&decision.id),
            text(&decision.entity),
            word(&decision.step)?,
            decision.approved.into(),
            word(&decision.reason)?,
            decision.requested.get().into(),
            decision.points.get().into(),
            decision.uncovered.get().into(),
            decision.at.into(),
            decision.largest.get().into(),
        ])
    }

    /// Writes the sheets, and the ends of all files.
    pub(crate) fn finish(self, sheets: &[Sheet]) -> Result<(), Failure> {
        self.entries.finish()?;
        self.outcomes.finish()?;
        self.decisions.finish()?;
        sheets.iter().try_for_each(|sheet| write(&self.directory, sheet))
    }
}

fn write(directory: &Path, sheet: &Sheet) -> Result<(), Failure> {
    // A column has one scale, each wallet its own.
    let scale = |place: usize| {
        let scales = sheet.rows.iter().map(|row| match row.get(place) {
            Some(Cell::Points(_, scale)) => *scale,
            _ => 0,
        });
        scales.max().unwrap_or(0)
    };
    let kind = |(place, kind)| match kind {
        Kind::Text => Type::Text,
        Kind::Points if scale(place) > 0 => Type::Decimal(scale(place)),
        Kind::Count | Kind::Points => Type::Whole,
        Kind::Money => Type::Decimal(sheet.currency.exponent),
        Kind::Share => Type::Decimal(SHARE),
    };
    let columns: Vec<(&str, Type)> =
        sheet.columns.iter().enumerate().map(|(place, it)| (it.key, kind((place, it.kind)))).collect();
    let mut table = Table::create(directory, sheet.name, &columns)?;
    for row in &sheet.rows {
        table.line(row.iter().enumerate().map(|(place, cell)| match cell {
            Cell::Text(text) => Value::Text(text.clone()),
            Cell::Points(points, digits) => Value::Whole(points * 10_i64.pow(scale(place) - digits)),
            Cell::Figure(figure) => Value::Whole(*figure),
            Cell::Nothing => Value::Absent,
        }))?;
    }
    table.finish()
}

fn text(text: &impl ToString) -> Value {
    Value::Text(text.to_string())
}

fn key(key: EventKey) -> Value {
    if key == EventKey::NONE { Value::Absent } else { Value::Text(key.to_string()) }
}

/// A word as JSON says it.
fn word(word: &impl Serialize) -> Result<Value, Failure> {
    match serde_json::to_value(word).map_err(other)? {
        serde_json::Value::String(word) => Ok(Value::Text(word)),
        found => Err(other(format!("expected a word, found {found}"))),
    }
}
