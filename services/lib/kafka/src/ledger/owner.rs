//! What this instance holds for one partition it is taking over or owns.

use crate::ledger::appender::Appender;
use crate::ledger::signal::Tenure;
use crate::ledger::transaction::Transactions;
use engine::log::LogEvent;
use engine::message::Frame;
use std::sync::Arc;

/// One tenure. Dropping it gives the partition's transactional producer up without waiting.
pub(super) struct Owner {
    pub(super) tenure: Tenure,
    pub(super) transactions: Option<Transactions>,
    pub(super) appender: Arc<Appender>,
    /// Whether the engine was told that appends failed: nothing more is sent, nothing more is said.
    pub(super) broken: bool,
}

impl Owner {
    /// Says once that appends failed.
    pub(super) fn break_appends(&mut self, reason: String) -> Option<LogEvent<Frame>> {
        if self.broken {
            return None;
        }
        self.broken = true;
        Some(LogEvent::AppendBroken { partition: self.tenure.partition, reason })
    }
}
