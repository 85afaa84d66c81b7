//! Where the tail of `ledger-wal` begins: what is before it is in the store, what is behind it may not be.

use super::io::Stop;
use crate::log::WalRange;
use crate::store::PartitionState;

/// The beginning of a tail.
#[derive(Debug, Default)]
pub(crate) struct Tail;

impl Tail {
    /// The first offset to read. Behind the watermark retention may have removed control records only: then the
    /// watermark is that of the last transaction, or there never was one.
    pub(crate) fn begin(
        &mut self,
        state: &PartitionState,
        range: WalRange,
        committed: Option<i64>,
        epoch: i64,
    ) -> Result<i64, Stop> {
        let from = state.watermark.unwrap_or(0);
        if from < range.start && !covered(state, committed, epoch) {
            return Err(Stop::Halt(format!(
                "ledger-wal begins at {}, expected {from}, the flush watermark: what is between was removed by \
                 retention and never reached the store; rebuild the store from member-commands",
                range.start
            )));
        }
        Ok(from.max(range.start))
    }
}

/// Whether the watermark surely covers everything that was committed before what `ledger-wal` holds now: it is
/// that of the partition row, and the group committed nothing behind that. A new epoch's group has committed
/// nothing yet; there the stamps alone have to say it.
fn covered(state: &PartitionState, committed: Option<i64>, epoch: i64) -> bool {
    let Some(row) = &state.row else { return state.watermark.is_none() && committed.is_none() };
    let raised = state.row_ts.epoch() < epoch;
    state.watermark.is_some()
        && state.watermark_ts == state.row_ts
        && (raised || committed == Some(row.position))
}
