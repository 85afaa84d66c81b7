//! A record of a partner's topic and its answer: a command to the ledger, or a dead letter and an outcome
//! (S27). Every record has one, and nothing is sent here.

use super::error::ServiceError;
use super::topics::Topics;
use crate::bad::{BadInput, Code};
use crate::convert::Converter;
use crate::feed::{Feed, Unanswered};
use crate::identity::Identity;
use crate::limits;
use crate::origin::{Arrival, Origin};
use domain::{Command, Event, Name, Timestamp};
use engine::codec::{Codec, CodecError};
use engine::message::Frame;
use engine::route::partition_of;
use std::sync::Arc;
use wire::codec::AvroCodec;
use wire::contract::{Contract, ContractError};
use wire::dead_letter::DeadLetterRecord;
use wire::registry::Registry;

/// The largest record the producer takes, less what it adds.
const LARGEST: usize = 999_000;
/// The largest key a dead letter repeats.
const LARGEST_KEY: usize = 64 << 10;
/// The longest `traceparent` that is passed on.
const LONGEST_TRACE: usize = 128;

/// A record of a partner's topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arriving<'r> {
    pub(super) topic: &'r str,
    pub(super) partner: &'r str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// The broker's append time; `None` under the event clock, where the topic keeps another.
    pub(super) appended_at: Option<Timestamp>,
    pub(super) key: &'r [u8],
    pub(super) value: &'r [u8],
    pub(super) trace: &'r [u8],
}

impl Arriving<'_> {
    /// That its answer cannot be written.
    pub(super) fn fails(&self, feed: &'static str, error: &dyn std::error::Error) -> ServiceError {
        ServiceError::Answer {
            feed,
            partner: Name::from(self.partner),
            partition: self.partition,
            offset: self.offset,
            reason: error.to_string(),
        }
    }
}

/// A record to be written.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) topic: String,
    pub(super) partition: Option<i32>,
    pub(super) frame: Frame,
}

/// The answer to one record.
#[derive(Debug)]
pub(super) struct Answer {
    /// What is to be written, at least one.
    pub(super) sendings: Vec<Sending>,
    /// What was wrong with it, if anything.
    pub(super) bad: Option<Code>,
}

/// Why there is no answer yet, or ever.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The registry is away: try again.
    Yet(Unanswered),
    /// It cannot be written.
    Ever(ServiceError),
}

/// Answers the records of one feed.
pub(super) struct Answerer {
    feed: &'static Feed,
    topics: Topics,
    contract: Contract,
    codec: AvroCodec,
    converter: Converter,
    scratch: Vec<u8>,
    /// Partitions of `member-commands`.
    partitions: i32,
    arrival: fn(Option<Timestamp>) -> Arrival,
}

impl Answerer {
    pub(super) fn new(
        feed: &'static Feed,
        topics: Topics,
        registry: &Arc<dyn Registry>,
        (programme, identity): (&str, &Identity),
        partitions: i32,
        event_clock: bool,
    ) -> Result<Self, ContractError> {
        let of_broker = |at: Option<Timestamp>| at.map_or(Arrival::AsTold, Arrival::Appended);
        Ok(Self {
            feed,
            topics,
            contract: Contract::new(feed.schema, Arc::clone(registry), limits::RECORD)?,
            codec: AvroCodec::new(registry)?,
            converter: Converter::keeping(programme, identity.clone()),
            scratch: Vec::new(),
            partitions,
            arrival: if event_clock { |_| Arrival::AsTold } else { of_broker },
        })
    }

    /// The answer to `record`.
    pub(super) fn answer(&mut self, record: &Arriving<'_>) -> Result<Answer, NoAnswer> {
        let origin = Origin {
            partner: Name::from(record.partner),
            partition: record.partition,
            offset: record.offset,
            arrival: (self.arrival)(record.appended_at),
            trace: trace(record.trace),
        };
        let read = self.feed.from_avro(
            &mut self.converter,
            &self.contract,
            record.value,
            &mut self.scratch,
            &origin,
        );
        let answer = match read.map_err(NoAnswer::Yet)? {
            Ok(command) => self.command(command),
            Err(bad) => Err(bad),
        };
        match answer {
            Ok(sending) => Ok(Answer { sendings: vec![sending], bad: None }),
            Err(bad) => self.bad(record, &origin, bad),
        }
    }

    fn command(&self, command: Command) -> Result<Sending, BadInput> {
        let partition = partition_of(command.entity.as_str(), self.partitions);
        let command = Arc::new(command);
        let bad = |code, problem: String| {
            BadInput::new(code, problem).of(&command.source.id).about(&command.entity)
        };
        match self.codec.encode_command(&command) {
            Ok(frame) if frame.size() <= LARGEST => {
                Ok(Sending { topic: self.topics.commands.clone(), partition: Some(partition), frame })
            }
            Ok(frame) => {
                let problem =
                    format!("its command: expected {LARGEST} bytes at the most, found {}", frame.size());
                Err(bad(Code::TooLarge, problem))
            }
            Err(error @ CodecError::TooLarge { .. }) => Err(bad(Code::TooLarge, error.to_string())),
            Err(error) => Err(bad(Code::Undecodable, error.to_string())),
        }
    }

    fn bad(&self, record: &Arriving<'_>, origin: &Origin, bad: BadInput) -> Result<Answer, NoAnswer> {
        let failed = |error: CodecError| NoAnswer::Ever(record.fails(self.feed.name, &error));
        let code = bad.code;
        let outcome = bad.outcome(self.feed, origin, record.appended_at.unwrap_or(Timestamp(0)));
        let mut letter = letter(record, origin, bad);
        let key = letter.key.as_ref().map_or(0, Vec::len);
        letter.shorten(LARGEST.saturating_sub(key + 1024));
        let frame = self.codec.encode_dead_letter_record(letter).map_err(failed)?;
        let mut sendings = vec![Sending { topic: self.topics.dead_letters.clone(), partition: None, frame }];
        if let Some(outcome) = outcome {
            let mut frame = self.codec.encode_event(Event::Outcome(outcome)).map_err(failed)?.message;
            frame.key = record.key[..record.key.len().min(LARGEST_KEY)].to_vec();
            sendings.push(Sending { topic: self.topics.outcomes(record.partner), partition: None, frame });
        }
        Ok(Answer { sendings, bad: Some(code) })
    }
}

fn letter(record: &Arriving<'_>, origin: &Origin, bad: BadInput) -> DeadLetterRecord {
    DeadLetterRecord {
        topic: record.topic.to_owned(),
        partition: record.partition,
        offset: record.offset,
        at: record.appended_at,
        partner: record.partner.to_owned(),
        id: bad.id.map(|id| id.to_string()).unwrap_or_default(),
        reason: bad.code.as_str().to_owned(),
        text: bad.text,
        key: (!record.key.is_empty()).then(|| record.key[..record.key.len().min(LARGEST_KEY)].to_vec()),
        value: record.value.to_vec(),
        length: i64::try_from(record.value.len()).unwrap_or(i64::MAX),
        trace: origin.trace.to_string(),
        command: None,
    }
}

/// The `traceparent`, if it can be one: hexadecimal digits and hyphens, so that no text is kept in its place.
fn trace(header: &[u8]) -> Name {
    let plain =
        header.len() <= LONGEST_TRACE && header.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    std::str::from_utf8(header).ok().filter(|_| plain).map(Name::from).unwrap_or_default()
}
