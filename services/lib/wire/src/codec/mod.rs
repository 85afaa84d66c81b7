//! The engine's codec for Kafka: Avro under Confluent framing, CloudEvents headers on what others read.
//!
//! Pure but for the registry, which is asked when it is made and again only for a version registered since.
//! Every record it makes is checked against the limit of its topic.

mod event;
pub(crate) mod shape;

use crate::cloud_event::CloudEvent;
use crate::contract::{Contract, ContractError};
use crate::dead_letter::{CommandPlace, DeadLetterRecord};
use crate::error::WireError;
use crate::history::Gap;
use crate::registry::Registry;
use crate::topic;
use domain::command::Command;
use domain::event::Event;
use domain::outcome::Reason;
use engine::codec::{Codec, CodecError, DeadLetter, Instruction};
use engine::message::{Frame, Outgoing, Topic};
use engine::wal::{ProgrammeVersion, WalRecord};
use serde::{Deserialize, Serialize};
use shape::{InstructionDatum, WalDatum, WalView};
use std::sync::Arc;

/// The largest record where the catalogue has no topic for a schema.
const LIMIT: usize = 1 << 20;

/// Avro for the engine.
pub struct AvroCodec {
    instruction: Contract,
    wal: Contract,
    entry: Contract,
    decision: Contract,
    tier_change: Contract,
    notice: Contract,
    outcome: Contract,
    dead_letter: Contract,
    prefix: String,
}

impl AvroCodec {
    /// Agrees every schema of the ledger's topics with `registry`.
    ///
    /// # Errors
    /// A schema it refuses, or no answer.
    pub fn new(registry: &Arc<dyn Registry>) -> Result<Self, ContractError> {
        let contract = |name| Contract::new(name, Arc::clone(registry), limit(name));
        // A ledger of one build may have to go on where one of another was.
        let of_all = |name| Contract::beside_other_builds(name, Arc::clone(registry), limit(name));
        Ok(Self {
            instruction: of_all("instruction")?,
            wal: of_all("wal")?,
            entry: contract("entry")?,
            decision: contract("redemption_decision")?,
            tier_change: contract("tier_change")?,
            notice: contract("notification_request")?,
            outcome: contract("outcome")?,
            dead_letter: contract("dead_letter")?,
            prefix: String::new(),
        })
    }

    /// The same in a deployment whose topics begin with `prefix`: dead letters name topics in full.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Versions of what ledgers of two builds share that nothing is written under ([`crate::history`]).
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.instruction.gaps().iter().chain(self.wal.gaps())
    }

    /// A record of `member-commands` that publishes a programme version, for every partition (S26).
    ///
    /// # Errors
    /// [`CodecError::TooLarge`], [`CodecError::Unwritable`].
    pub fn encode_programme(&self, version: &ProgrammeVersion) -> Result<Frame, CodecError> {
        let key = version.programme.as_str().as_bytes().to_vec();
        let instruction = Instruction::Programme(version.clone());
        encode(&self.instruction, key, Vec::new(), &InstructionDatum(instruction))
    }

    /// A record of `dead-letters`, shortened where it has to be.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`] where the key alone is too large.
    pub fn encode_dead_letter_record(&self, mut letter: DeadLetterRecord) -> Result<Frame, CodecError> {
        let key = letter.key.clone().unwrap_or_default();
        let id = format!("{}/{}/{}", letter.topic, letter.partition, letter.offset);
        let headers = CloudEvent {
            id: &id,
            source: event::SOURCE,
            kind: "lotstream.dead_letter",
            time: letter.at.unwrap_or(domain::Timestamp::NEVER),
            trace: &letter.trace,
        }
        .headers();
        let around: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let limit = limit(self.dead_letter.name());
        letter.shorten(limit.saturating_sub(around + key.len() + crate::frame::PREFIX));
        encode(&self.dead_letter, key, headers, &letter)
    }
}

/// The limit of the topic that carries this schema.
fn limit(schema: &str) -> usize {
    topic::carrying(schema).map_or(LIMIT, topic::TopicSpec::record_limit)
}

fn encode<T: Serialize>(
    contract: &Contract,
    key: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    value: &T,
) -> Result<Frame, CodecError> {
    let what = contract.name();
    let value =
        contract.encode(value).map_err(|error| CodecError::Unwritable { what, reason: error.to_string() })?;
    let frame = Frame { key, value, headers };
    let (found, limit) = (frame.size(), contract.limit());
    if found > limit { Err(CodecError::TooLarge { what, found, limit }) } else { Ok(frame) }
}

/// Reads a frame. A registry that does not answer says nothing about the record.
fn decode<T: for<'a> Deserialize<'a>>(contract: &Contract, frame: &Frame) -> Result<T, CodecError> {
    contract.decode::<T>(&frame.value, &mut Vec::new()).map_err(|error| match error.is_retryable() {
        true => CodecError::Unavailable { what: contract.name(), reason: error.to_string() },
        false => malformed(contract.name(), &error),
    })
}

fn malformed(what: &'static str, error: &WireError) -> CodecError {
    CodecError::Malformed { what, reason: error.to_string() }
}

impl Codec for AvroCodec {
    type Message = Frame;

    fn decode(&self, message: &Frame) -> Result<Instruction, CodecError> {
        decode::<InstructionDatum>(&self.instruction, message).map(|datum| datum.0)
    }

    fn encode_command(&self, command: &Arc<Command>) -> Result<Frame, CodecError> {
        let key = command.entity.as_str().as_bytes().to_vec();
        let headers = match command.trace.as_str() {
            "" => Vec::new(),
            trace => vec![("traceparent".to_owned(), trace.as_bytes().to_vec())],
        };
        let instruction = Instruction::Command(Arc::clone(command));
        encode(&self.instruction, key, headers, &InstructionDatum(instruction))
    }

    fn encode_event(&self, event: Event) -> Result<Outgoing<Frame>, CodecError> {
        let key = event::entity(&event).as_str().as_bytes().to_vec();
        let headers = event::headers(&event);
        let (topic, message) = match &event {
            Event::Entry(entry) => (Topic::Entries, encode(&self.entry, key, headers, entry)),
            Event::Decision(decision) => (Topic::Decisions, encode(&self.decision, key, headers, decision)),
            Event::Tier(change) => (Topic::TierChanges, encode(&self.tier_change, key, headers, change)),
            Event::Notice(notice) => (Topic::Notices, encode(&self.notice, key, headers, notice)),
            Event::Outcome(outcome) => (
                Topic::Outcomes(outcome.source.partner.clone()),
                encode(&self.outcome, key, headers, outcome),
            ),
        };
        Ok(Outgoing { topic, message: message? })
    }

    fn encode_wal(&self, record: &WalRecord) -> Result<Frame, CodecError> {
        let key = match record {
            WalRecord::Rows(image) => image.entity.as_str(),
            WalRecord::FollowUp(follow_up) => follow_up.command.entity.as_str(),
            WalRecord::Programme(..) | WalRecord::Partition(..) => "",
        };
        encode(&self.wal, key.as_bytes().to_vec(), Vec::new(), &WalView(record))
    }

    fn decode_wal(&self, message: &Frame) -> Result<WalRecord, CodecError> {
        decode::<WalDatum>(&self.wal, message).map(|datum| datum.0)
    }

    fn encode_dead_letter(&self, letter: &DeadLetter<'_, Frame>) -> Result<Frame, CodecError> {
        let of = |text: fn(&Command) -> &str| letter.command.map_or("", text).to_owned();
        let original = letter.original;
        let place = CommandPlace { partition: letter.partition, offset: letter.offset };
        let source = letter.command.map(|command| &command.source);
        // A tick, or what cannot be read, was first written by ourselves.
        let (topic, partition, offset) = match source.filter(|source| !source.partner.as_str().is_empty()) {
            Some(source) => (format!("{}.{}", source.feed, source.partner), source.partition, source.offset),
            None => ("member-commands".to_owned(), place.partition, place.offset),
        };
        self.encode_dead_letter_record(DeadLetterRecord {
            topic: format!("{}{topic}", self.prefix),
            partition,
            offset,
            at: None,
            partner: of(|command| command.source.partner.as_str()),
            id: of(|command| command.source.id.as_str()),
            reason: word(letter.reason),
            text: letter.text.to_owned(),
            key: (!original.key.is_empty()).then(|| original.key.clone()),
            value: original.value.clone(),
            length: i64::try_from(original.value.len()).unwrap_or(i64::MAX),
            trace: of(|command| command.trace.as_str()),
            command: Some(place),
        })
    }
}

/// The reason as the topics spell it; `undecodable` where the command could not even be read.
fn word(reason: Reason) -> String {
    if reason == Reason::None {
        return "undecodable".into();
    }
    let word = serde_json::to_value(reason).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_else(|| format!("{reason:?}"))
}
