//! A record and where it came from, turned into a command, or into bad input (S27).
//!
//! Pure: the same record and origin, the same command, id and digest, in whichever format it came. Whether
//! the programme, wallet or purchase exists is the ledger's to say; this looks at the record alone.

use crate::bad::{BadInput, Code, shown};
use crate::content::Content;
use crate::identity::Identity;
use crate::limits;
use crate::names::Names;
use crate::origin::{Arrival, Origin};
use crate::record::{FeedRecord, Head, Tools};
use crate::text;
use domain::command::{Command, Source};
use domain::{EntityId, EventKey, Name, Timestamp};

/// Turns records into commands. Keeps names that come again, and nothing else.
#[derive(Debug)]
pub struct Converter {
    programme: Name,
    identity: Identity,
    names: Names,
    content: Content,
}

impl Converter {
    /// `programme` is that of records which name none; members and cards are kept as given.
    pub fn new(programme: &str) -> Self {
        Self::keeping(programme, Identity::GIVEN)
    }

    /// The same, with members and cards kept as `identity` says.
    pub fn keeping(programme: &str, identity: Identity) -> Self {
        let (names, content) = (Names::default(), Content::default());
        Self { programme: Name::from(programme), identity, names, content }
    }

    /// The command `record` asks for.
    pub(crate) fn convert<'a, R: FeedRecord<'a>>(
        &mut self,
        record: &R,
        origin: &Origin,
    ) -> Result<Command, BadInput> {
        let head = record.head();
        text::id("id", head.id)?;
        let id = Name::from(head.id);
        let whole = |bad: BadInput| bad.of(&id);
        let entity = entity(&head, &self.programme, &self.identity).map_err(whole)?;
        let own = head.member.or(head.card).unwrap_or_default();
        if self.identity.is_carried(own, head.id) {
            // Without the id, which would be told to be answered by.
            return Err(carried("id").about(&entity));
        }
        let whole = |bad: BadInput| bad.of(&id).about(&entity);
        same_partner(&head, &origin.partner).map_err(whole)?;
        let delivered_at = delivered_at(&head, origin.arrival).map_err(whole)?;
        self.content.begin(R::FEED);
        self.content.watch(&self.identity, own);
        self.content.text(entity.as_str());
        self.content.number(head.occurred_at.0);
        let partner = origin.partner.as_str();
        let (programme, identity) = (head.programme.unwrap_or(self.programme.as_str()), &self.identity);
        let (names, content) = (&mut self.names, &mut self.content);
        let mut tools = Tools { partner, programme, identity, names, content };
        let body = record.body(&mut tools).map_err(whole)?;
        if self.content.is_carried_by(head.id) {
            return Err(carried("id").about(&entity));
        }
        if self.content.carries_identity() {
            return Err(whole(carried("a text")));
        }
        Ok(Command {
            key: EventKey::of(partner, R::FEED, head.id),
            source: Source {
                partner: origin.partner.clone(),
                feed: self.names.get(R::FEED),
                id,
                partition: origin.partition,
                offset: origin.offset,
            },
            entity,
            occurred_at: head.occurred_at,
            delivered_at,
            content: self.content.digest(),
            trace: origin.trace.clone(),
            body,
        })
    }
}

fn same_partner(head: &Head<'_>, partner: &Name) -> Result<(), BadInput> {
    match head.partner {
        Some(other) if other != partner.as_str() => {
            let problem = format!("partner: expected `{partner}`, as the topic says, found {}", shown(other));
            Err(BadInput::new(Code::WrongPartner, problem))
        }
        _ => Ok(()),
    }
}

/// What is kept shall not hold whom it is about.
fn carried(what: &str) -> BadInput {
    let problem =
        format!("{what}: expected no text that holds the id of a member or card it names, found one");
    BadInput::new(Code::CarriesIdentity, problem)
}

fn entity(head: &Head<'_>, default: &Name, identity: &Identity) -> Result<EntityId, BadInput> {
    let programme = head.programme.unwrap_or(default.as_str());
    text::id("programme", programme)?;
    match (head.member, head.card, head.limit) {
        (Some(member), None, None) => text::id("member", member).map(|()| identity.member(programme, member)),
        (None, Some(card), None) => text::id("card", card).map(|()| identity.card(programme, card)),
        (None, None, Some(limit)) => {
            text::id("limit", limit).map(|()| EntityId::limit(programme, limit, None))
        }
        (None, None, None) => {
            Err(BadInput::new(Code::NoMember, "member, card: expected one of them, found neither"))
        }
        (Some(_), Some(_), None) => {
            Err(BadInput::new(Code::NoMember, "member, card: expected one of them, found both"))
        }
        (_, _, Some(_)) => {
            Err(BadInput::new(Code::NoMember, "limit: expected none beside a member or card, found one"))
        }
    }
}

/// When it reached us, after checking that it had happened by then.
fn delivered_at(head: &Head<'_>, arrival: Arrival) -> Result<Timestamp, BadInput> {
    let delivered_at = match arrival {
        Arrival::AsTold => head.delivered_at.unwrap_or(head.occurred_at),
        Arrival::Appended(at) => at,
    };
    for (what, at) in [("occurred_at", head.occurred_at), ("delivered_at", delivered_at)] {
        if !(limits::EARLIEST..limits::LATEST).contains(&at) {
            let problem = format!("{what}: expected an instant in the years 1970 to 2199, found {at}");
            return Err(BadInput::new(Code::AbsurdDate, problem));
        }
    }
    if head.occurred_at > delivered_at.plus_millis(limits::AHEAD) {
        let (minutes, at) = (limits::AHEAD / 60_000, head.occurred_at);
        let expected = format!("at most {minutes} minutes after its delivery at {delivered_at}");
        return Err(BadInput::new(Code::Future, format!("occurred_at: expected {expected}, found {at}")));
    }
    Ok(delivered_at)
}
