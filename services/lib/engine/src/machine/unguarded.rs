//! What a partition does instead where a test took a safeguard away; never called in a build that ships.

use super::batch::Received;
use super::flush::Owed;
use super::io::{Output, Stop};
use super::running::Running;
use crate::codec::{Codec, Instruction};
use crate::core::Context;
use crate::log::Incoming;
use crate::store::Write;
use crate::wal::WriteTs;
use domain::command::Command;
use std::sync::Arc;

impl<M> Running<M> {
    /// Writes what is `owed` though its transaction is not committed, and may never be.
    pub(super) fn flush_early<C>(&mut self, context: &Context<C>, owed: &Owed, out: &mut Vec<Output<M>>) {
        for (write, _) in owed.clone().writes(self.partition, context.config.statement) {
            out.push(Output::Write { number: self.numbers.next(), write });
        }
    }

    /// Says that everything before `position` of `ledger-wal` is in the store, though nothing says so.
    pub(super) fn pass_watermark(&mut self, position: i64, write_ts: WriteTs, out: &mut Vec<Output<M>>) {
        let write = Write::Watermark { partition: self.partition, position, write_ts };
        out.push(Output::Write { number: self.numbers.next(), write });
    }

    /// Decides `ticks` as if they stood in the log behind what came last, at the time of this clock.
    pub(super) fn tick_unlogged<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        ticks: Vec<Command>,
    ) -> Result<(), Stop> {
        let Some(offset) = self.received_to() else { return Ok(()) };
        for tick in ticks {
            let command = Arc::new(tick);
            let message = context.codec.encode_command(&command);
            let message = message.map_err(|error| Stop::Halt(error.to_string()))?;
            let record = Incoming { offset, appended_at: self.wall, message };
            self.inbox.push_back(Received { record, task: Ok(Instruction::Command(command)) });
        }
        Ok(())
    }

    /// The offset of the record that came last, if any did.
    fn received_to(&self) -> Option<i64> {
        let waiting = self.inbox.back().map(|received| received.record.offset);
        let judged = || self.batch.as_ref().map(|batch| batch.position() - 1);
        let decided = || self.ready.as_ref().map(|ready| ready.transaction.position - 1);
        waiting
            .or_else(judged)
            .or_else(decided)
            .or_else(|| self.position().checked_sub(1))
            .filter(|at| *at >= 0)
    }
}
