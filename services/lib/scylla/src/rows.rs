//! Pages of an answer, and the rows in them.

use crate::columns::{
    AccountColumns, DebtColumns, HoldColumns, LotColumns, ParkedColumns, PurchaseColumns, RouteColumns,
    SeenColumns,
};
use crate::fault;
use crate::schema::Table;
use crate::shared::Shared;
use domain::{EntityId, Row};
use engine::store::{Stamped, StoreError};
use engine::wal::WriteTs;
use scylla::response::PagingState;
use scylla::response::query_result::QueryRowsResult;
use scylla::serialize::row::SerializeRow;
use scylla::statement::prepared::PreparedStatement;
use std::ops::ControlFlow;
use std::sync::Arc;

impl Shared {
    /// Runs `statement` and shows every page of its answer.
    pub(crate) async fn pages(
        &self,
        what: &str,
        statement: &PreparedStatement,
        values: impl SerializeRow + Sync,
        mut each: impl FnMut(&QueryRowsResult) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut state = PagingState::start();
        loop {
            let answer = self.session.execute_single_page(statement, &values, state).await;
            let (page, next) = answer.map_err(|error| fault::of(what, &error))?;
            let page = page.into_rows_result().map_err(|error| fault::unreadable(what, &error))?;
            each(&page)?;
            match next.into_paging_control_flow() {
                ControlFlow::Break(()) => return Ok(()),
                ControlFlow::Continue(next) => state = next,
            }
        }
    }

    /// The rows of `table` that `statement` answers with, behind those in `out`.
    pub(crate) async fn rows(
        &self,
        table: Table,
        statement: &PreparedStatement,
        values: impl SerializeRow + Sync,
        out: &mut Vec<(EntityId, Stamped)>,
    ) -> Result<(), StoreError> {
        self.pages(table.name(), statement, values, |page| decode(table, page, out)).await
    }
}

macro_rules! take {
    ($page:expr, $what:expr, $out:expr, $columns:ident, $row:ident) => {{
        let unreadable = |error: &dyn std::error::Error| fault::unreadable($what, error);
        for columns in $page.rows::<$columns<'_>>().map_err(|error| unreadable(&error))? {
            let columns = columns.map_err(|error| unreadable(&error))?;
            let (entity, write_ts) = (EntityId::from_key(columns.entity), WriteTs(columns.write_ts));
            let row = columns.row().map_err(|error| unreadable(&error))?;
            $out.push((entity, Stamped { write_ts, row: Arc::new(Row::$row(row)) }));
        }
        Ok(())
    }};
}

fn decode(
    table: Table,
    page: &QueryRowsResult,
    out: &mut Vec<(EntityId, Stamped)>,
) -> Result<(), StoreError> {
    let what = table.name();
    match table {
        Table::Accounts => take!(page, what, out, AccountColumns, Account),
        Table::Lots => take!(page, what, out, LotColumns, Lot),
        Table::Purchases => take!(page, what, out, PurchaseColumns, Purchase),
        Table::Holds => take!(page, what, out, HoldColumns, Redemption),
        Table::Debts => take!(page, what, out, DebtColumns, Debt),
        Table::Seen => take!(page, what, out, SeenColumns, Seen),
        Table::Parked => take!(page, what, out, ParkedColumns, Parked),
        Table::Routes => take!(page, what, out, RouteColumns, Route),
        other => Err(StoreError::Fatal(format!("table {} has no rows of entities", other.name()))),
    }
}
