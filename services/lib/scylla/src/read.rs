//! Reads: heads with their live lots, single rows, pages of timers, and what a takeover starts from.

use crate::columns::{DayColumns, PartitionColumns, ProgrammeColumns, TimerColumns, WatermarkColumns, uuid};
use crate::fault;
use crate::schema::Table;
use crate::shared::Shared;
use crate::statements::STATE;
use domain::entry::Entry;
use domain::{EntityId, Row, RowKey};
use engine::store::{Answer, PartitionState, Read, Stamped, StoreError, TimerScan};
use engine::wal::{Timer, WriteTs};

impl Shared {
    /// The answer to one read, in one attempt.
    pub(crate) async fn answer(&self, read: &Read) -> Result<Answer, StoreError> {
        match read {
            Read::Head(entity) => self.head(entity).await,
            Read::Row(entity, key) => self.row(entity, *key).await.map(Answer::Row),
            Read::Whole(entity) => self.entity(entity).await.map(Answer::Whole),
        }
    }

    /// The head row, then the lots from its `live_from` on: never the other way round.
    async fn head(&self, entity: &EntityId) -> Result<Answer, StoreError> {
        let Some(account) = self.row(entity, RowKey::Account).await? else {
            return Ok(Answer::Head { account: None, lots: Vec::new() });
        };
        let live_from = match &*account.row {
            Row::Account(head) => head.live_from,
            _ => i32::MIN,
        };
        let mut lots = Vec::new();
        let values = (entity.as_str(), live_from);
        self.rows(Table::Lots, &self.statements.live_lots, values, &mut lots).await?;
        Ok(Answer::Head { account: Some(account), lots: in_key_order(lots) })
    }

    async fn row(&self, entity: &EntityId, key: RowKey) -> Result<Option<Stamped>, StoreError> {
        let (of, mut out) = (entity.as_str(), Vec::with_capacity(1));
        let table = table(key);
        let statement = self.statements.row(table);
        match key {
            RowKey::Account => self.rows(table, statement, (of,), &mut out).await?,
            RowKey::Lot(id) => {
                self.rows(table, statement, (of, id.issued_month, uuid(id.key)), &mut out).await?;
            }
            RowKey::Debt(id) => {
                let lot = uuid(id.lot.key);
                let values = (of, uuid(id.redemption), id.lot.issued_month, lot);
                self.rows(table, statement, values, &mut out).await?;
            }
            RowKey::Purchase(event)
            | RowKey::Redemption(event)
            | RowKey::Seen(event)
            | RowKey::Parked(event)
            | RowKey::Route(event) => self.rows(table, statement, (of, uuid(event)), &mut out).await?,
        }
        Ok(out.pop().map(|(_, row)| row))
    }

    /// Every row of one entity, in key order.
    pub(crate) async fn entity(&self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        let mut out = Vec::new();
        for table in STATE {
            self.rows(table, self.statements.entity(table), (entity.as_str(),), &mut out).await?;
        }
        Ok(in_key_order(out))
    }

    /// The entries of one entity, in order.
    pub(crate) async fn statement(&self, entity: &EntityId) -> Result<Vec<Entry>, StoreError> {
        self.entries(self.statements.entity(Table::Entries), (entity.as_str(),)).await
    }

    /// A page of timers, in order. Days without timers are not asked for.
    pub(crate) async fn timers(&self, scan: &TimerScan) -> Result<Vec<Timer>, StoreError> {
        let (mut days, mut timers) = (Vec::new(), Vec::new());
        let range = (scan.partition, Timer::day(scan.after.due), Timer::day(scan.until));
        self.pages("timer_days", &self.statements.days, range, |page| {
            for columns in page.rows::<DayColumns>().map_err(|e| fault::unreadable("timer_days", &e))? {
                days.push(columns.map_err(|error| fault::unreadable("timer_days", &error))?.day);
            }
            Ok(())
        })
        .await?;
        let after = (scan.after.due.0, scan.after.entity.as_str());
        for day in days {
            let left = scan.limit.saturating_sub(timers.len());
            if left == 0 {
                break;
            }
            let limit = i32::try_from(left).unwrap_or(i32::MAX);
            let values = (scan.partition, day, after.0, after.1, limit);
            self.pages("timers", &self.statements.timers, values, |page| {
                for columns in page.rows::<TimerColumns<'_>>().map_err(|e| fault::unreadable("timers", &e))? {
                    let timer = columns.map_err(|error| fault::unreadable("timers", &error))?.timer();
                    if timer.due <= scan.until {
                        timers.push(timer);
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(timers)
    }

    /// What a takeover of `partition` starts from.
    pub(crate) async fn partition_state(&self, partition: i32) -> Result<PartitionState, StoreError> {
        let mut state = PartitionState::default();
        let unreadable = fault::unreadable;
        self.pages("partitions", &self.statements.partition, (partition,), |page| {
            let row =
                page.maybe_first_row::<PartitionColumns<'_>>().map_err(|e| unreadable("partitions", &e))?;
            if let Some(columns) = row {
                state.row_ts = WriteTs(columns.write_ts);
                state.row = Some(columns.row());
            }
            Ok(())
        })
        .await?;
        self.pages("watermarks", &self.statements.watermark, (partition,), |page| {
            let row = page.maybe_first_row::<WatermarkColumns>().map_err(|e| unreadable("watermarks", &e))?;
            if let Some(columns) = row {
                state.watermark_ts = WriteTs(columns.write_ts);
                state.watermark = Some(columns.position);
            }
            Ok(())
        })
        .await?;
        self.pages("programmes", &self.statements.programmes, (partition,), |page| {
            for columns in page.rows::<ProgrammeColumns<'_>>().map_err(|e| unreadable("programmes", &e))? {
                state.programmes.push(columns.map_err(|error| unreadable("programmes", &error))?.version());
            }
            Ok(())
        })
        .await?;
        Ok(state)
    }
}

const fn table(key: RowKey) -> Table {
    match key {
        RowKey::Account => Table::Accounts,
        RowKey::Lot(_) => Table::Lots,
        RowKey::Purchase(_) => Table::Purchases,
        RowKey::Redemption(_) => Table::Holds,
        RowKey::Debt(_) => Table::Debts,
        RowKey::Seen(_) => Table::Seen,
        RowKey::Parked(_) => Table::Parked,
        RowKey::Route(_) => Table::Routes,
    }
}

/// Uuids are ordered otherwise by the server: by version first.
pub(crate) fn in_key_order(rows: Vec<(EntityId, Stamped)>) -> Vec<Stamped> {
    let mut rows: Vec<Stamped> = rows.into_iter().map(|(_, row)| row).collect();
    rows.sort_by_key(|stamped| stamped.row.key());
    rows
}
