//! Values as messages, and the codec that passes them through.
//!
//! Never copies a row, a command or an event: what is large is shared.

use domain::command::Command;
use domain::event::Event;
use domain::outcome::Reason;
use engine::codec::{Codec, CodecError, DeadLetter, Instruction};
use engine::message::{Outgoing, Topic};
use engine::wal::{ProgrammeVersion, WalRecord};
use std::sync::Arc;

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

/// The codec of the memory log.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassThrough;

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
        Ok(Value::Command(Arc::clone(command)))
    }

    fn encode_event(&self, event: Event) -> Result<Outgoing<Value>, CodecError> {
        let topic = topic(&event);
        Ok(Outgoing { topic, message: Value::Event(Box::new(event)) })
    }

    fn encode_wal(&self, record: &WalRecord) -> Result<Value, CodecError> {
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
