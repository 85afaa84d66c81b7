//! One row bound to its `INSERT … USING TIMESTAMP ?`.

use super::{
    AccountColumns, DayColumns, DebtColumns, EntryColumns, HoldColumns, LotColumns, ParkedColumns,
    PartitionColumns, ProgrammeColumns, PurchaseColumns, RouteColumns, SeenColumns, TimerColumns,
    WatermarkColumns,
};
use crate::schema::Table;
use domain::command::Body;
use domain::entry::Entry;
use domain::links::Links;
use domain::{EntityId, Row};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer, WriteTs};
use scylla::errors::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;

/// The columns of a row of any table, with the stamp they are written with.
pub(crate) struct Bound<'a> {
    columns: Columns<'a>,
    write_ts: i64,
    bytes: usize,
}

enum Columns<'a> {
    Account(AccountColumns<'a>),
    Lot(LotColumns<'a>),
    Purchase(PurchaseColumns<'a>),
    Hold(HoldColumns<'a>),
    Debt(DebtColumns<'a>),
    Seen(SeenColumns<'a>),
    Parked(ParkedColumns<'a>),
    Route(RouteColumns<'a>),
    Entry(EntryColumns<'a>),
    Timer(TimerColumns<'a>),
    Day(DayColumns),
    Partition(PartitionColumns<'a>),
    Watermark(WatermarkColumns),
    Programme(ProgrammeColumns<'a>),
}

/// A row without nested parts.
const SMALL: usize = 512;

/// About how many bytes a row has on the wire.
fn bytes_of(row: &Row) -> usize {
    SMALL
        + match row {
            Row::Account(row) => {
                let spend = row.standing.as_ref().map_or(0, |standing| standing.spend.len());
                let shares: usize = row.periods.iter().map(|period| 64 + 64 * period.shares.len()).sum();
                128 * row.wallets.len()
                    + 16 * spend
                    + shares
                    + 96 * row.order.events.len()
                    + 64 * row.open_holds.len()
                    + 64 * row.waiting.len()
                    + row.links.as_deref().map_or(0, links)
            }
            Row::Lot(row) => 16 * row.drawn_by.len(),
            Row::Purchase(row) => 160 * row.lines.len() + 96 * row.grants.len(),
            Row::Redemption(row) => 48 * row.draws.len(),
            Row::Parked(row) => match &row.command.asked().0.body {
                Body::Sale(sale) => 128 * sale.lines.len(),
                Body::Return(ret) => 16 * ret.lines.len(),
                _ => 0,
            },
            Row::Debt(_) | Row::Seen(_) | Row::Route(_) => 0,
        }
}

fn links(links: &Links) -> usize {
    let lines = links.lines.iter().map(|line| 96 * (1 + line.order.events.len()) + 32 * line.lots.len());
    128 * (links.bindings.len() + links.cards.len() + links.periods.len()) + lines.sum::<usize>()
}

impl<'a> Bound<'a> {
    pub(crate) fn row(entity: &'a EntityId, row: &'a Row, write_ts: WriteTs) -> Self {
        let ts = write_ts.0;
        let columns = match row {
            Row::Account(row) => Columns::Account(AccountColumns::of(entity, row, ts)),
            Row::Lot(row) => Columns::Lot(LotColumns::of(entity, row, ts)),
            Row::Purchase(row) => Columns::Purchase(PurchaseColumns::of(entity, row, ts)),
            Row::Redemption(row) => Columns::Hold(HoldColumns::of(entity, row, ts)),
            Row::Debt(row) => Columns::Debt(DebtColumns::of(entity, row, ts)),
            Row::Seen(row) => Columns::Seen(SeenColumns::of(entity, row, ts)),
            Row::Parked(row) => Columns::Parked(ParkedColumns::of(entity, row, ts)),
            Row::Route(row) => Columns::Route(RouteColumns::of(entity, row, ts)),
        };
        Self { columns, write_ts: ts, bytes: bytes_of(row) }
    }

    /// An estimate of its size.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn entry(entry: &'a Entry, write_ts: WriteTs) -> Self {
        Self {
            columns: Columns::Entry(EntryColumns::of(entry, write_ts.0)),
            write_ts: write_ts.0,
            bytes: SMALL,
        }
    }

    pub(crate) fn timer(partition: i32, timer: &'a Timer, write_ts: WriteTs) -> Self {
        let columns = Columns::Timer(TimerColumns::of(partition, timer, write_ts.0));
        Self { columns, write_ts: write_ts.0, bytes: SMALL }
    }

    pub(crate) const fn day(partition: i32, day: i64, write_ts: WriteTs) -> Self {
        let columns = Columns::Day(DayColumns { partition, day, write_ts: write_ts.0 });
        Self { columns, write_ts: write_ts.0, bytes: SMALL }
    }

    pub(crate) fn partition(partition: i32, row: &'a PartitionRow, write_ts: WriteTs) -> Self {
        let columns = Columns::Partition(PartitionColumns::of(partition, row, write_ts.0));
        Self { columns, write_ts: write_ts.0, bytes: SMALL }
    }

    pub(crate) const fn watermark(partition: i32, position: i64, write_ts: WriteTs) -> Self {
        let columns = Columns::Watermark(WatermarkColumns { partition, position, write_ts: write_ts.0 });
        Self { columns, write_ts: write_ts.0, bytes: SMALL }
    }

    pub(crate) fn programme(partition: i32, version: &'a ProgrammeVersion, write_ts: WriteTs) -> Self {
        let columns = Columns::Programme(ProgrammeColumns::of(partition, version, write_ts.0));
        Self { columns, write_ts: write_ts.0, bytes: SMALL }
    }

    pub(crate) const fn table(&self) -> Table {
        self.parts().0
    }

    const fn parts(&self) -> (Table, &dyn SerializeRow) {
        match &self.columns {
            Columns::Account(columns) => (Table::Accounts, columns),
            Columns::Lot(columns) => (Table::Lots, columns),
            Columns::Purchase(columns) => (Table::Purchases, columns),
            Columns::Hold(columns) => (Table::Holds, columns),
            Columns::Debt(columns) => (Table::Debts, columns),
            Columns::Seen(columns) => (Table::Seen, columns),
            Columns::Parked(columns) => (Table::Parked, columns),
            Columns::Route(columns) => (Table::Routes, columns),
            Columns::Entry(columns) => (Table::Entries, columns),
            Columns::Timer(columns) => (Table::Timers, columns),
            Columns::Day(columns) => (Table::TimerDays, columns),
            Columns::Partition(columns) => (Table::Partitions, columns),
            Columns::Watermark(columns) => (Table::Watermarks, columns),
            Columns::Programme(columns) => (Table::Programmes, columns),
        }
    }
}

impl SerializeRow for Bound<'_> {
    /// The columns by name, and the stamp once more for the statement's last marker, `USING TIMESTAMP ?`.
    fn serialize(
        &self,
        ctx: &RowSerializationContext<'_>,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), SerializationError> {
        let specs = ctx.columns();
        let named = specs.len().saturating_sub(1);
        self.parts().1.serialize(&RowSerializationContext::from_specs(&specs[..named]), writer)?;
        let stamp = writer.make_cell_writer().set_value(&self.write_ts.to_be_bytes());
        stamp.map(drop).map_err(SerializationError::new)
    }

    fn is_empty(&self) -> bool {
        false
    }
}
