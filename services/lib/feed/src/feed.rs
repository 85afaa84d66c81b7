//! The feeds: a name, a schema, and how their records are read. A service or a tool is given one of
//! these and needs to know nothing else.

use crate::bad::{BadInput, Code};
use crate::convert::Converter;
use crate::identity::Identity;
use crate::limits;
use crate::origin::Origin;
use crate::peek::peek;
use crate::record::FeedRecord;
use crate::undecodable;
use domain::{Command, Digest, EntityId};
use serde_json::Value;
use std::fmt;
use wire::record::{
    ActivityRecord, AdjustmentRecord, CardRecord, PurchaseRecord, Record, RedemptionRecord, ReturnRecord,
};
use wire::{Contract, WireError};

/// The record type of a feed, whatever it borrows from.
trait Kind {
    type Record<'a>: FeedRecord<'a>;
}

struct Purchases;
struct Returns;
struct Redemptions;
struct Activities;
struct Adjustments;
struct PartnerCards;

impl Kind for Purchases {
    type Record<'a> = PurchaseRecord<'a>;
}
impl Kind for Returns {
    type Record<'a> = ReturnRecord<'a>;
}
impl Kind for Redemptions {
    type Record<'a> = RedemptionRecord<'a>;
}
impl Kind for Activities {
    type Record<'a> = ActivityRecord<'a>;
}
impl Kind for PartnerCards {
    type Record<'a> = CardRecord<'a>;
}
impl Kind for Adjustments {
    type Record<'a> = AdjustmentRecord<'a>;
}

/// The registry does not answer: the same record may be read later.
#[derive(Debug)]
pub struct Unanswered(pub WireError);

/// A line as it is published to the feed's topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// The record key: the member or card, by the partner's id; empty where none could be read.
    pub key: Vec<u8>,
    /// The record's value: framed Avro, or the line itself where it is no record.
    pub value: Vec<u8>,
    /// Whom it concerns, where that could be read.
    pub entity: Option<EntityId>,
}

type FromJson = fn(&mut Converter, &[u8], &Origin) -> Result<Command, BadInput>;
type FromAvro = fn(
    &mut Converter,
    &Contract,
    &[u8],
    &mut Vec<u8>,
    &Origin,
) -> Result<Result<Command, BadInput>, Unanswered>;
type ToJson = fn(&Contract, &[u8]) -> Result<Value, WireError>;
type Publish = fn(&Contract, &str, &Identity, &[u8]) -> Result<Published, WireError>;

/// A feed of partners' records.
pub struct Feed {
    /// Its name, the part of the topic before the partner: `purchases` of `purchases.<partner>`.
    pub name: &'static str,
    /// The schema of its records, in `schemas/`.
    pub schema: &'static str,
    from_json: FromJson,
    from_avro: FromAvro,
    to_json: ToJson,
    publish: Publish,
}

/// Purchases of members, at `purchases.<partner>`.
pub static PURCHASES: Feed = Feed::of::<Purchases>();
/// Returns of purchases, by line, at `returns.<partner>`.
pub static RETURNS: Feed = Feed::of::<Returns>();
/// Steps of redemptions, at `redemptions.<partner>`.
pub static REDEMPTIONS: Feed = Feed::of::<Redemptions>();
/// What members do beside buying, at `activities.<partner>`.
pub static ACTIVITIES: Feed = Feed::of::<Activities>();
/// News of cards: handed out, bound, unbound, blocked, replaced, at `partner-cards.<partner>`.
pub static PARTNER_CARDS: Feed = Feed::of::<PartnerCards>();
/// What operators do to accounts, at `adjustments.<desk>`: a desk stands where a partner does, and is answered
/// as one.
pub static ADJUSTMENTS: Feed = Feed::of::<Adjustments>();
/// All of them, by name.
pub static FEEDS: [&Feed; 6] =
    [&ACTIVITIES, &ADJUSTMENTS, &PARTNER_CARDS, &PURCHASES, &REDEMPTIONS, &RETURNS];

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Feed {
    const fn of<K: Kind>() -> Self {
        Self {
            name: <K::Record<'static> as FeedRecord<'static>>::FEED,
            schema: <K::Record<'static> as Record<'static>>::SCHEMA,
            from_json: from_json::<K>,
            from_avro: from_avro::<K>,
            to_json: to_json::<K>,
            publish: publish::<K>,
        }
    }

    /// The feed of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FEEDS.into_iter().find(|feed| feed.name == name)
    }

    /// The partner whose topic this is; `None` where it is no topic of this feed.
    pub fn partner<'t>(&self, topic: &'t str) -> Option<&'t str> {
        let partner = topic.strip_prefix(self.name)?.strip_prefix('.')?;
        (!partner.is_empty()).then_some(partner)
    }

    /// The command a line of JSON asks for.
    ///
    /// # Errors
    /// [`BadInput`]: the answer to this line; the stream goes on.
    pub fn from_json(
        &self,
        converter: &mut Converter,
        line: &[u8],
        origin: &Origin,
    ) -> Result<Command, BadInput> {
        (self.from_json)(converter, line, origin)
    }

    /// The command a framed Avro record asks for, or why it asks for none.
    ///
    /// # Errors
    /// [`Unanswered`]: the registry does not say what its schema is. Try again.
    pub fn from_avro(
        &self,
        converter: &mut Converter,
        contract: &Contract,
        value: &[u8],
        scratch: &mut Vec<u8>,
        origin: &Origin,
    ) -> Result<Result<Command, BadInput>, Unanswered> {
        (self.from_avro)(converter, contract, value, scratch, origin)
    }

    /// A framed Avro record as a person reads it: the line of JSON it could have been published from.
    ///
    /// # Errors
    /// What is no record of the feed, or cannot be said for now ([`WireError::is_retryable`]).
    pub fn to_json(&self, contract: &Contract, value: &[u8]) -> Result<Value, WireError> {
        (self.to_json)(contract, value)
    }

    /// The answer to a line of which only the beginning is kept: it is of `length` bytes, `digest` is that of all.
    pub fn too_long(&self, beginning: &[u8], length: u64, digest: Digest) -> BadInput {
        let kept = beginning.len();
        let found =
            format!("{length} of digest {digest} (XXH3, 128 bits), of which the first {kept} are kept");
        peek(&String::from_utf8_lossy(beginning), too_large(self.schema, found))
    }

    /// A line of JSON as it is published: as Avro, checked by nobody but the schema. A line that is no record
    /// is published as it is, so that the service answers it as it would any bad input.
    ///
    /// # Errors
    /// A record the schema cannot express.
    pub fn publish(
        &self,
        contract: &Contract,
        programme: &str,
        identity: &Identity,
        line: &[u8],
    ) -> Result<Published, WireError> {
        (self.publish)(contract, programme, identity, line)
    }
}

/// A line of `found` bytes is too large for a record.
fn too_large(schema: &str, found: impl fmt::Display) -> BadInput {
    let limit = limits::RECORD;
    BadInput::new(Code::TooLarge, format!("{schema}: expected {limit} bytes at the most, found {found}"))
}

/// A line as a record.
fn read<'a, R: FeedRecord<'a>>(line: &'a [u8]) -> Result<R, BadInput> {
    if line.len() > limits::RECORD {
        return Err(too_large(R::SCHEMA, line.len()));
    }
    let text = std::str::from_utf8(line).map_err(|error| {
        let problem =
            format!("{}: expected UTF-8 text, found other bytes at {}", R::SCHEMA, error.valid_up_to());
        BadInput::new(Code::Undecodable, problem)
    })?;
    R::from_json(text).map_err(|error| {
        let problem = match &error {
            WireError::Json { what, source } => undecodable::words(what, text, source),
            error => error.to_string(),
        };
        peek(text, BadInput::new(Code::Undecodable, problem))
    })
}

fn from_json<K: Kind>(converter: &mut Converter, line: &[u8], origin: &Origin) -> Result<Command, BadInput> {
    let record: K::Record<'_> = read(line)?;
    converter.convert(&record, origin)
}

fn from_avro<K: Kind>(
    converter: &mut Converter,
    contract: &Contract,
    value: &[u8],
    scratch: &mut Vec<u8>,
    origin: &Origin,
) -> Result<Result<Command, BadInput>, Unanswered> {
    match contract.decode::<K::Record<'_>>(value, scratch) {
        Ok(record) => Ok(converter.convert(&record, origin)),
        Err(error) if error.is_retryable() => Err(Unanswered(error)),
        Err(error) => Ok(Err(BadInput::new(code_of(&error), error))),
    }
}

fn to_json<K: Kind>(contract: &Contract, value: &[u8]) -> Result<Value, WireError> {
    let mut scratch = Vec::new();
    let record = contract.decode::<K::Record<'_>>(value, &mut scratch)?;
    let what = <K::Record<'static> as Record<'static>>::SCHEMA;
    serde_json::to_value(&record).map_err(|source| WireError::Json { what, source })
}

const fn code_of(error: &WireError) -> Code {
    match error {
        WireError::TooLarge { .. } => Code::TooLarge,
        WireError::UnknownSchema { .. } | WireError::ForeignSchema { .. } => Code::UnknownSchema,
        _ => Code::Undecodable,
    }
}

fn publish<K: Kind>(
    contract: &Contract,
    programme: &str,
    identity: &Identity,
    line: &[u8],
) -> Result<Published, WireError> {
    let Ok(record) = read::<K::Record<'_>>(line) else {
        return Ok(Published { key: Vec::new(), value: line.to_vec(), entity: None });
    };
    let head = record.head();
    let programme = head.programme.unwrap_or(programme);
    let (key, entity) = match (head.member, head.card, head.limit) {
        (Some(member), ..) => (member, Some(identity.member(programme, member))),
        (None, Some(card), _) => (card, Some(identity.card(programme, card))),
        (None, None, Some(limit)) => (limit, Some(EntityId::limit(programme, limit, None))),
        (None, None, None) => ("", None),
    };
    Ok(Published { key: key.into(), value: contract.encode(&record)?, entity })
}
