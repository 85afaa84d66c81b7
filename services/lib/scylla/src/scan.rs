//! Every entity with all its rows, for the state hash and for checks.
//!
//! Walks the ring by token in stretches of some hundred head rows, and reads each table once a stretch: memory
//! is bounded by a stretch, and requests by their number, not by that of entities.

use crate::fault;
use crate::shared::Shared;
use crate::statements::STATE;
use domain::{EntityId, RowKey};
use engine::store::{Stamped, StoreError};
use std::collections::BTreeMap;

/// Entities a stretch.
const STRETCH: i32 = 256;

/// Rows of a stretch, by entity and key.
pub(crate) type Stretch = BTreeMap<EntityId, BTreeMap<RowKey, Stamped>>;

impl Shared {
    /// The entities behind the token `after`, and the token they reach to; `None` at the end of the ring.
    pub(crate) async fn stretch(&self, after: i64) -> Result<(Stretch, Option<i64>), StoreError> {
        let until = self.stretch_end(after, STRETCH).await?;
        let mut found = Vec::new();
        for table in STATE {
            let range = (after, until.unwrap_or(i64::MAX));
            self.rows(table, self.statements.range(table), range, &mut found).await?;
        }
        let mut stretch = Stretch::new();
        for (entity, stamped) in found {
            stretch.entry(entity).or_default().insert(stamped.row.key(), stamped);
        }
        Ok((stretch, until))
    }

    /// The token of the last head row of the stretch of so many behind `after`; `None` where fewer are left.
    pub(crate) async fn stretch_end(&self, after: i64, accounts: i32) -> Result<Option<i64>, StoreError> {
        let mut tokens = Vec::new();
        self.pages("accounts", &self.statements.tokens, (after, accounts), |page| {
            for row in page.rows::<(i64,)>().map_err(|error| fault::unreadable("accounts", &error))? {
                tokens.push(row.map_err(|error| fault::unreadable("accounts", &error))?.0);
            }
            Ok(())
        })
        .await?;
        let full = i32::try_from(tokens.len()).is_ok_and(|found| found >= accounts);
        Ok(if full { tokens.last().copied() } else { None })
    }
}
