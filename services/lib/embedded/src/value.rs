//! Values as messages, and the codec that passes them through.
//!
//! Never copies a row, a command or an event: what is large is shared. What would be too large for its topic is
//! refused as on servers, so that an account is parked here by the same command as there.

use crate::size;
use domain::command::Command;
use domain::event::Event;
use domain::outcome::Reason;
use engine::codec::{Codec, CodecError, DeadLetter, Instruction};
use engine::message::{Outgoing, Topic};
use engine::wal::{ProgrammeVersion, WalRecord};
use std::sync::Arc;
use wire::AvroCodec;
use wire::contract::ContractError;
use wire::registry::{Fixed, Registry};

/// What the memory log carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// In `member-commands`: a command.
    Command(Arc<Command>),
    /// In `member-commands`: a programme version.
    Programme(ProgrammeVersion),
    /// In `member-commands`: what nobody can read, for tests.
    Garbage(Arc<str>),
    /// In an event topic.
    Event(Box<Event>),
    /// In `dead-letters`.
    DeadLetter(Arc<DeadLettered>),
    /// In `ledger-wal`.
    Wal(WalRecord),
}

/// A dead letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLettered {
    /// Partition of `member-commands`.
    pub partition: i32,
    /// Offset there.
    pub offset: i64,
    /// Why, for programs.
    pub reason: Reason,
    /// Why, for people.
    pub text: String,
    /// As it came.
    pub original: Value,
}

/// The codec of every log in this process.
#[derive(Clone)]
pub struct PassThrough {
    /// The codec of the servers: what does not surely fit is measured by it.
    wire: Arc<AvroCodec>,
}

impl PassThrough {
    /// Values, measured by the schemas of this build.
    ///
    /// # Errors
    /// Schemas that cannot be read: a bug of the build.
    pub fn new() -> Result<Self, ContractError> {
        let registry: Arc<dyn Registry> = Arc::new(Fixed::default());
        Ok(Self::measured_by(Arc::new(AvroCodec::new(&registry)?)))
    }

    /// Values that `wire` takes as records.
    pub(crate) const fn measured_by(wire: Arc<AvroCodec>) -> Self {
        Self { wire }
    }
}

fn topic(event: &Event) -> Topic {
    match event {
        Event::Entry(_) => Topic::Entries,
        Event::Decision(_) => Topic::Decisions,
        Event::Tier(_) => Topic::TierChanges,
        Event::Notice(_) => Topic::Notices,
        Event::Outcome(record) => Topic::Outcomes(record.source.partner.clone()),
    }
}

fn malformed(what: &'static str, found: &Value) -> CodecError {
    let found = match found {
        Value::Garbage(text) => text.to_string(),
        _ => "another kind of value".to_owned(),
    };
    CodecError::Malformed { what, reason: format!("found {found}") }
}

impl Codec for PassThrough {
    type Message = Value;

    fn decode(&self, message: &Value) -> Result<Instruction, CodecError> {
        match message {
            Value::Command(command) => Ok(Instruction::Command(Arc::clone(command))),
            Value::Programme(version) => Ok(Instruction::Programme(version.clone())),
            other => Err(malformed("command", other)),
        }
    }

    fn encode_command(&self, command: &Arc<Command>) -> Result<Value, CodecError> {
        if size::is_doubtful_command(command) {
            self.wire.encode_command(command)?;
        }
        Ok(Value::Command(Arc::clone(command)))
    }

    fn encode_event(&self, event: Event) -> Result<Outgoing<Value>, CodecError> {
        let topic = topic(&event);
        if size::is_doubtful_event(&event) {
            self.wire.encode_event(event.clone())?;
        }
        Ok(Outgoing { topic, message: Value::Event(Box::new(event)) })
    }

    fn encode_wal(&self, record: &WalRecord) -> Result<Value, CodecError> {
        if size::is_doubtful_record(record) {
            self.wire.encode_wal(record)?;
        }
        Ok(Value::Wal(record.clone()))
    }

    fn decode_wal(&self, message: &Value) -> Result<WalRecord, CodecError> {
        match message {
            Value::Wal(record) => Ok(record.clone()),
            other => Err(malformed("write-ahead record", other)),
        }
    }

    fn encode_dead_letter(&self, letter: &DeadLetter<'_, Value>) -> Result<Value, CodecError> {
        Ok(Value::DeadLetter(Arc::new(DeadLettered {
            partition: letter.partition,
            offset: letter.offset,
            reason: letter.reason,
            text: letter.text.to_owned(),
            original: letter.original.clone(),
        })))
    }
}
