//! The state machine of one partition: [`Machine::handle`] takes an [`Input`], gives [`Output`]s, and does
//! nothing else. No I/O, no clock, no thread; the same inputs, the same outputs.
//!
//! A machine lives for one assignment at the most. Whatever goes wrong ends it with [`Stop`]; nothing it held
//! is used again, for the next one takes everything it needs from log and store.

#[cfg(feature = "unguarded")]
pub mod alone;
mod batch;
mod cache;
mod flush;
mod io;
mod judge;
mod load;
mod overlay;
mod parked;
mod pass;
mod programmes;
mod running;
mod tail;
mod takeover;
mod timers;
mod unguarded;
mod weight;

pub use io::{Input, Output, Stop};

use crate::codec::Codec;
use crate::config::Share;
use crate::core::Context;
use crate::counters::Counters;
use crate::watch::Standing;
use running::Running;
use std::sync::Arc;
use takeover::Takeover;

/// The state machine of one partition.
pub struct Machine<C: Codec> {
    context: Arc<Context<C>>,
    partition: i32,
    first_number: u64,
    suspect: bool,
    share: Share,
    phase: Phase<C::Message>,
}

enum Phase<M> {
    New,
    TakingOver(Box<Takeover>),
    Running(Box<Running<M>>),
    Ended(Counters),
}

impl<C: Codec> Machine<C> {
    /// A machine for `partition`; its first input is [`Input::Assigned`]. Its request numbers and tokens
    /// begin behind `first_number`, beyond those of any machine before it. `suspect`: the one before ended
    /// with [`Stop::Restart`], so ownership is proven before anything is decided.
    pub fn new(context: Arc<Context<C>>, partition: i32, first_number: u64, suspect: bool) -> Self {
        let share = context.config.share(1);
        Self { context, partition, first_number, suspect, share, phase: Phase::New }
    }

    /// One input; what has to be done is appended to `out`.
    pub fn handle(&mut self, input: Input<C::Message>, out: &mut Vec<Output<C::Message>>) {
        let done = match &mut self.phase {
            Phase::New => {
                if let Input::Assigned { now } = input {
                    let takeover = Takeover::begin(self.suspect, now, out);
                    self.phase = Phase::TakingOver(Box::new(takeover));
                }
                Ok(())
            }
            Phase::TakingOver(takeover) => match takeover.handle(&self.context, input, out) {
                Ok(Some(found)) => {
                    let running =
                        Running::start(&self.context, self.partition, self.first_number, found, out);
                    running.map(|mut running| {
                        running.set_share(self.share);
                        self.phase = Phase::Running(Box::new(running));
                    })
                }
                Ok(None) => Ok(()),
                Err(stop) => Err(stop),
            },
            Phase::Running(running) => running.handle(&self.context, input, out),
            Phase::Ended(_) => Ok(()),
        };
        if let Err(stop) = done {
            self.phase = Phase::Ended(self.counters().sums());
            out.push(Output::Stop(stop));
        }
    }

    /// Changes this partition's share of the memory.
    pub fn set_share(&mut self, share: Share) {
        self.share = share;
        if let Phase::Running(running) = &mut self.phase {
            running.set_share(share);
        }
    }

    /// Whether the partition is consumed.
    pub const fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// Where it stands, once it runs.
    pub fn standing(&self) -> Option<Standing> {
        match &self.phase {
            Phase::Running(running) => Some(running.standing(&self.context)),
            Phase::New | Phase::TakingOver(_) | Phase::Ended(_) => None,
        }
    }

    /// Whether nothing is under way and nothing waits: everything received is decided, committed, flushed,
    /// and the watermark says so. Also once ended.
    pub fn is_settled(&self) -> bool {
        match &self.phase {
            Phase::New | Phase::TakingOver(_) => false,
            Phase::Running(running) => running.is_settled(),
            Phase::Ended(_) => true,
        }
    }

    /// What it counted.
    pub fn counters(&self) -> Counters {
        match &self.phase {
            Phase::Running(running) => Counters { running: 1, ..running.counters },
            Phase::Ended(counters) => *counters,
            Phase::New | Phase::TakingOver(_) => Counters::default(),
        }
    }
}
