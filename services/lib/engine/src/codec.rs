//! Messages to values and back: the trait a wire format implements, and the compiler of programmes.
//!
//! A codec never decides and never touches the world. The engine hands it values and checks sizes through it
//! before anything is performed; the memory codec passes values through.

use crate::guard::caught;
use crate::message::Outgoing;
use crate::wal::{ProgrammeVersion, WalRecord};
use domain::command::Command;
use domain::event::Event;
use domain::outcome::Reason;
use domain::tariff::Tariff;
use std::sync::Arc;
use thiserror::Error;

/// What a record of `member-commands` asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Instruction {
    /// Decide this.
    Command(Arc<Command>),
    /// A programme version is published (S26).
    Programme(ProgrammeVersion),
}

/// Why a command goes to `dead-letters` (S27).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLetter<'a, M> {
    /// Partition of `member-commands` it was read from.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// The reason, for programs; [`Reason::None`] where it could not be decoded.
    pub reason: Reason,
    /// The reason, for people: expected, found, where.
    pub text: &'a str,
    /// The command, where it could be decoded.
    pub command: Option<&'a Command>,
    /// The message as it came, to the byte.
    pub original: &'a M,
}

/// A message that cannot be made or read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CodecError {
    /// Larger than the log takes. The engine parks the entity it belongs to.
    #[error(
        "{what} of {found} bytes, expected {limit} at the most; raise the topic's limit or split the input"
    )]
    TooLarge {
        /// Which kind of message.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Not what the schema says: wrong bytes, an unknown schema, bytes left over.
    #[error("cannot decode {what}: {reason}")]
    Malformed {
        /// Which kind of message was expected.
        what: &'static str,
        /// What was found.
        reason: String,
    },
    /// It may be read later: who knows its schema does not answer. The engine takes the partition over anew and
    /// reads the record again.
    #[error("cannot decode {what} yet: {reason}")]
    Unavailable {
        /// Which kind of message was expected.
        what: &'static str,
        /// Who does not answer.
        reason: String,
    },
    /// A value the schema cannot express.
    #[error("cannot encode {what}: {reason}")]
    Unwritable {
        /// Which kind of message.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

/// A wire format. Pure: the same value, the same message. Every `encode` checks the size of what it made.
pub trait Codec {
    /// What the log carries; the same type as [`crate::log::Log::Message`].
    type Message;

    /// Reads a record of `member-commands`.
    ///
    /// # Errors
    /// [`CodecError::Malformed`]: the engine sends the original to `dead-letters` and goes on.
    fn decode(&self, message: &Self::Message) -> Result<Instruction, CodecError>;

    /// A record of `member-commands` with this command, keyed by its entity: a tick, a follow-up.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`], [`CodecError::Unwritable`].
    fn encode_command(&self, command: &Arc<Command>) -> Result<Self::Message, CodecError>;

    /// An event and the topic it goes to, keyed by its entity (outcomes: by the entity too, so that they keep
    /// their order).
    ///
    /// # Errors
    /// [`CodecError::TooLarge`], [`CodecError::Unwritable`].
    fn encode_event(&self, event: Event) -> Result<Outgoing<Self::Message>, CodecError>;

    /// A record of `ledger-wal`.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`], [`CodecError::Unwritable`].
    fn encode_wal(&self, record: &WalRecord) -> Result<Self::Message, CodecError>;

    /// Reads a record of `ledger-wal` back.
    ///
    /// # Errors
    /// [`CodecError::Malformed`]: the partition halts, for its own log cannot be read.
    fn decode_wal(&self, message: &Self::Message) -> Result<WalRecord, CodecError>;

    /// A record of `dead-letters`: the original bytes and key, reason and position.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`] only if not even a shortened original fits.
    fn encode_dead_letter(&self, letter: &DeadLetter<'_, Self::Message>)
    -> Result<Self::Message, CodecError>;
}

/// A codec whose panics are errors: what it cannot encode is [`CodecError::Unwritable`], what it cannot decode
/// [`CodecError::Malformed`]. A record that makes it panic is taken out like one that makes the core panic, and
/// does not end the instance, and the next one, and the next.
#[derive(Clone, Copy, Debug)]
pub struct Guarded<C>(C);

impl<C> Guarded<C> {
    /// Guards `codec`.
    pub const fn new(codec: C) -> Self {
        Self(codec)
    }
}

fn encoded<T>(what: &'static str, attempt: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    let failed = |text| CodecError::Unwritable { what, reason: format!("the encoder failed: {text}") };
    caught(attempt).map_err(failed)?
}

fn decoded<T>(what: &'static str, attempt: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    let failed = |text| CodecError::Malformed { what, reason: format!("the decoder failed: {text}") };
    caught(attempt).map_err(failed)?
}

impl<C: Codec> Codec for Guarded<C> {
    type Message = C::Message;

    fn decode(&self, message: &C::Message) -> Result<Instruction, CodecError> {
        decoded("instruction", || self.0.decode(message))
    }

    fn encode_command(&self, command: &Arc<Command>) -> Result<C::Message, CodecError> {
        encoded("command", || self.0.encode_command(command))
    }

    fn encode_event(&self, event: Event) -> Result<Outgoing<C::Message>, CodecError> {
        encoded("event", || self.0.encode_event(event))
    }

    fn encode_wal(&self, record: &WalRecord) -> Result<C::Message, CodecError> {
        encoded("write-ahead record", || self.0.encode_wal(record))
    }

    fn decode_wal(&self, message: &C::Message) -> Result<WalRecord, CodecError> {
        decoded("write-ahead record", || self.0.decode_wal(message))
    }

    fn encode_dead_letter(&self, letter: &DeadLetter<'_, C::Message>) -> Result<C::Message, CodecError> {
        encoded("dead letter", || self.0.encode_dead_letter(letter))
    }
}

/// Compiles a published programme to the core's tariff. Injected: the engine does not know the rule language.
pub trait Compiler {
    /// The tariff of `version`.
    ///
    /// # Errors
    /// What is wrong with the text, for people: the partition halts with it (design §7).
    fn compile(&self, version: &ProgrammeVersion) -> Result<Arc<Tariff>, String>;
}

impl<F: Fn(&ProgrammeVersion) -> Result<Arc<Tariff>, String>> Compiler for F {
    fn compile(&self, version: &ProgrammeVersion) -> Result<Arc<Tariff>, String> {
        self(version)
    }
}
