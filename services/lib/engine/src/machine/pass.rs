//! One pass over a batch: judges every record that can be judged, and names the rows the others wait for.

use super::batch::{Batch, Slot};
use super::io::{Output, Stop};
use super::judge::{Case, NoVerdict, Verdict, judge};
use super::load::knows;
use super::programmes::Published;
use super::running::Running;
use crate::codec::{Codec, DeadLetter, Instruction};
use crate::config::Clock;
use crate::core::Context;
use crate::guard::caught;
use crate::message::{Outgoing, Topic};
use crate::route::partition_of;
use crate::store::Read;
use crate::tally::Said;
use crate::wal::{ProgrammeVersion, Timer, WalRecord, WriteTs};
use domain::command::{Body, Command};
use domain::entity::Missing;
use domain::outcome::Reason;
use domain::{EntityId, RowKey, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;

/// What a pass leaves open.
#[derive(Default)]
struct Open {
    reads: Vec<Read>,
    /// Entities whose next commands wait.
    blocked: HashSet<EntityId>,
}

impl<M> Running<M> {
    /// Judges what can be judged of `batch`; the rows to load for the rest, each asked for once.
    pub(super) fn pass<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        batch: &mut Batch<M>,
        out: &mut Vec<Output<M>>,
    ) -> Result<Vec<Read>, Stop> {
        let mut open = Open::default();
        let Batch { slots, asked, .. } = batch;
        for slot in slots.iter_mut().filter(|slot| slot.verdict.is_none()) {
            let verdict = match &slot.task {
                Err(text) => Some(self.dead_letter(context, slot, text)?),
                Ok(Instruction::Programme(version)) => Some(self.publish(context, slot, version)?),
                Ok(Instruction::Command(command)) => {
                    let command = Arc::clone(command);
                    match self.misplaced(context, &command.entity) {
                        Some(text) => Some(self.dead_letter(context, slot, &text)?),
                        None => self.command(context, slot, &command, asked, &mut open, out)?,
                    }
                }
            };
            if let Some(verdict) = &verdict {
                self.counters.dead_letters += u64::from(verdict.dead_lettered);
                self.counters.poisoned += u64::from(verdict.poisoned);
                self.counters.parked += u64::from(verdict.parked);
            }
            slot.verdict = verdict;
        }
        Ok(open.reads)
    }

    /// Says so where this is not the partition of `entity`: deciding here, it would have two writers.
    fn misplaced<C>(&self, context: &Context<C>, entity: &EntityId) -> Option<String> {
        let (partitions, found) = (context.partitions, self.partition);
        let expected = partition_of(entity.as_str(), partitions);
        (expected != found).then(|| {
            let error = format!(
                "command of {entity}: expected it in partition {expected} of {partitions}, found it in {found}; whoever \
                 wrote it counts other partitions, and a replay writes it where it belongs"
            );
            tracing::error!(%entity, partition = found, error, "command set aside");
            error
        })
    }

    /// Judges one command, or asks for what it needs.
    fn command<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        slot: &Slot<M>,
        command: &Command,
        asked: &mut HashSet<(EntityId, Missing)>,
        open: &mut Open,
        out: &mut Vec<Output<M>>,
    ) -> Result<Option<Verdict<M>>, Stop> {
        let id = &command.entity;
        let case = Case {
            partition: self.partition,
            offset: slot.record.offset,
            now: slot.now,
            message: &slot.record.message,
            command,
        };
        let waits = !open.blocked.is_empty() && open.blocked.contains(id);
        let missing = match self.cache.hold(id) {
            Some(mut held) if !waits => {
                match judge(context, &case, held.entity(), self.programmes.tariffs(), asked) {
                    Ok(verdict) => {
                        // The decided state is the one later commands see.
                        if let Some(image) = &verdict.image {
                            held.put(&image.rows);
                            self.overlay.put(id, image.stamped());
                        }
                        let account = &held.entity().account;
                        let due = (!account.parked).then_some(account.next_due);
                        self.decided(context, command, &verdict, due, out);
                        return Ok(Some(verdict));
                    }
                    Err(NoVerdict::Halt(text)) => return Err(Stop::Halt(text)),
                    Err(NoVerdict::Missing(missing)) => Some(missing),
                }
            }
            Some(_) => None,
            None => {
                if asked.insert((id.clone(), Missing::Row(RowKey::Account))) {
                    open.reads.push(Read::Head(id.clone()));
                }
                None
            }
        };
        // All that is missing at once: what the command and those behind it surely read, too.
        let entity = self.cache.get(id);
        // A core that fails here fails again when it decides, and there its command is poison.
        let needs = caught(|| context.core.needs(command)).unwrap_or_default();
        for missing in missing.into_iter().chain(needs.into_iter().map(Missing::Row)) {
            if entity.is_none_or(|entity| !knows(entity, missing)) && asked.insert((id.clone(), missing)) {
                open.reads.push(match missing {
                    Missing::Row(key) => Read::Row(id.clone(), key),
                    Missing::Whole => Read::Whole(id.clone()),
                });
            }
        }
        open.blocked.insert(id.clone());
        Ok(None)
    }

    /// After a decision: timers. `due`: when the entity is due next, if it may be woken.
    fn decided<C>(
        &mut self,
        context: &Context<C>,
        command: &Command,
        verdict: &Verdict<M>,
        due: Option<Timestamp>,
        out: &mut Vec<Output<M>>,
    ) {
        self.counters.commands += 1;
        let id = &command.entity;
        if context.config.clock == Clock::Event {
            return;
        }
        if let Some(due) = verdict.image.as_ref().and_then(|image| image.due) {
            self.timers.put(Timer { due, entity: id.clone() });
        }
        if let Some(due) = due {
            self.timers.is_due(id, due);
        }
        if matches!(command.body, Body::Tick) && self.timers.ticked(command.key) {
            self.scan_timers(context, out);
        }
    }

    fn publish<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        slot: &Slot<M>,
        version: &ProgrammeVersion,
    ) -> Result<Verdict<M>, Stop> {
        match self.programmes.publish(version, context.compiler.as_ref()).map_err(Stop::Halt)? {
            Published::Known => Ok(Verdict::nothing()),
            Published::Differs => {
                let text = format!(
                    "programme {} version {} is published already with another text; a version is immutable, \
                     publish the next one",
                    version.programme, version.version
                );
                self.dead_letter(context, slot, &text)
            }
            Published::Refused(why) => {
                let ProgrammeVersion { programme, version, .. } = version;
                let text = format!("programme {programme} version {version} corrects nothing: {why}");
                self.dead_letter(context, slot, &text)
            }
            Published::New => {
                let write_ts = WriteTs::new(context.config.epoch, slot.record.offset);
                let record = WalRecord::Programme(write_ts, version.clone());
                let wal = context.codec.encode_wal(&record).map_err(|error| Stop::Halt(error.to_string()))?;
                let programme = Some((write_ts, version.clone()));
                Ok(Verdict { programme, wal: vec![wal], ..Verdict::nothing() })
            }
        }
    }

    /// A record that is no command: to `dead-letters` as it came.
    fn dead_letter<C: Codec<Message = M>>(
        &self,
        context: &Context<C>,
        slot: &Slot<M>,
        text: &str,
    ) -> Result<Verdict<M>, Stop> {
        let letter = DeadLetter {
            partition: self.partition,
            offset: slot.record.offset,
            reason: Reason::None,
            text,
            command: None,
            original: &slot.record.message,
        };
        let message = context
            .codec
            .encode_dead_letter(&letter)
            .map_err(|error| Stop::Halt(format!("dead letter of offset {}: {error}", slot.record.offset)))?;
        let events = vec![Outgoing { topic: Topic::DeadLetters, message }];
        let said = vec![Said::DeadLetter(Reason::None)];
        Ok(Verdict { events, said, dead_lettered: true, ..Verdict::nothing() })
    }
}
