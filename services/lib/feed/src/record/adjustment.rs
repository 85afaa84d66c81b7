//! An adjustment: who and why always, and of the rest each action has its own fields, and no others (S18, S25,
//! S27).

use super::{FeedRecord, Head, Tools, absent, points};
use crate::bad::{BadInput, Code, shown};
use crate::identity::Identity;
use crate::text::{self, present};
use domain::command::{Action, Adjustment};
use domain::{Body, EventKey, Name, Points};
use wire::record::{Action as Word, AdjustmentRecord};

/// Feeds whose events wait in quarantine; a late step of a redemption is refused at once.
const QUARANTINED: [&str; 4] = ["purchases", "returns", "activities", "partner-cards"];

impl<'a> FeedRecord<'a> for AdjustmentRecord<'a> {
    const FEED: &'static str = "adjustments";

    /// `partner` is not its sender but the partner concerned: the topic alone says which desk sent it.
    fn head(&self) -> Head<'_> {
        Head {
            id: &self.id,
            partner: None,
            member: present(&self.member),
            card: present(&self.card),
            limit: present(&self.limit),
            programme: present(&self.programme),
            occurred_at: self.occurred_at,
            delivered_at: self.delivered_at,
        }
    }

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        text::id("actor", &self.actor)?;
        text::name("reason", &self.reason)?;
        own_fields(self)?;
        tools.content.text(word(self.action));
        tools.content.text(&self.actor);
        tools.content.text(&self.reason);
        let action = action(self, tools)?;
        let (actor, reason) = (tools.names.get(&self.actor), Name::from(&*self.reason));
        Ok(Body::Adjust(Adjustment { actor, reason, action }))
    }
}

/// The action as the record says it. Part of the content: never changes.
const fn word(action: Word) -> &'static str {
    match action {
        Word::Grant => "grant",
        Word::WriteOff => "write_off",
        Word::Forgive => "forgive",
        Word::Block => "block",
        Word::Unblock => "unblock",
        Word::Release => "release",
        Word::Refuse => "refuse",
        Word::Erase => "erase",
        Word::Merge => "merge",
        Word::Resume => "resume",
    }
}

/// Whether no field is there that the action does not have.
fn own_fields(record: &AdjustmentRecord<'_>) -> Result<(), BadInput> {
    let has: &[&str] = match record.action {
        Word::Grant => &["points", "wallet", "partner"],
        Word::WriteOff | Word::Forgive => &["points", "wallet"],
        Word::Block | Word::Unblock | Word::Erase => &[],
        Word::Resume => &["limit"],
        Word::Merge => &["into"],
        Word::Release | Word::Refuse => &["partner", "feed", "event"],
    };
    let fields = [
        ("into", present(&record.into).is_some()),
        ("points", record.points.is_some()),
        ("wallet", present(&record.wallet).is_some()),
        ("partner", present(&record.partner).is_some()),
        ("feed", present(&record.feed).is_some()),
        ("event", present(&record.event).is_some()),
        ("limit", present(&record.limit).is_some()),
    ];
    let surplus = fields.map(|(field, there)| (field, there && !has.contains(&field)));
    absent(&format!("action `{}`", word(record.action)), &surplus)
}

fn action(record: &AdjustmentRecord<'_>, tools: &mut Tools<'_>) -> Result<Action, BadInput> {
    Ok(match record.action {
        Word::Grant => {
            let (wallet, points) = amount(record, tools)?;
            let partner = needed("partner", "the partner that funds them", record, &record.partner)?;
            tools.content.text(partner);
            Action::Grant { wallet, points, partner: tools.names.get(partner) }
        }
        Word::WriteOff => {
            let (wallet, points) = amount(record, tools)?;
            Action::WriteOff { wallet, points }
        }
        Word::Forgive => {
            let (wallet, points) = amount(record, tools)?;
            Action::Forgive { wallet, points }
        }
        Word::Block => Action::Block,
        Word::Unblock => Action::Unblock,
        Word::Erase => erasure(tools.identity)?,
        Word::Resume => Action::Resume,
        Word::Merge => {
            let into = needed("into", "the member it is merged into", record, &record.into)?;
            tools.content.watch(tools.identity, into);
            let into = tools.identity.member(tools.programme, into);
            tools.content.text(into.as_str());
            Action::Merge { into }
        }
        Word::Release => Action::Release { event: event(record, tools)? },
        Word::Refuse => Action::Refuse { event: event(record, tools)? },
    })
}

/// An erased account keeps what it is kept under: where that is the person's own id, nobody would be forgotten.
fn erasure(identity: &Identity) -> Result<Action, BadInput> {
    if identity.is_pseudonymous() {
        return Ok(Action::Erase);
    }
    let problem = "action: expected `erase` only where members are kept under pseudonyms, found ids kept as given, \
                   which it could not erase; where partners send pseudonyms, set `identity = \"pseudonymous\"`, else \
                   begin a deployment with a pseudonym key";
    Err(BadInput::new(Code::BadField, problem.to_owned()))
}

/// Which wallet, and how many points.
fn amount(record: &AdjustmentRecord<'_>, tools: &mut Tools<'_>) -> Result<(Name, Points), BadInput> {
    let points = points("points", record.points)?;
    let wallet = present(&record.wallet);
    wallet.map_or(Ok(()), |wallet| text::name("wallet", wallet))?;
    let wallet = wallet.unwrap_or_default();
    tools.content.number(points.get());
    tools.content.text(wallet);
    Ok((tools.names.get(wallet), points))
}

/// The quarantined event it is about.
fn event(record: &AdjustmentRecord<'_>, tools: &mut Tools<'_>) -> Result<EventKey, BadInput> {
    let partner = needed("partner", "the partner that sent the event", record, &record.partner)?;
    let feed = needed("feed", "the feed of the event", record, &record.feed)?;
    let id = needed("event", "the partner's id of the event", record, &record.event)?;
    if !QUARANTINED.contains(&feed) {
        let expected = QUARANTINED.map(|feed| format!("`{feed}`")).join(" or ");
        let problem =
            format!("feed: expected {expected}, whose events are quarantined, found {}", shown(feed));
        return Err(BadInput::new(Code::BadField, problem));
    }
    [partner, feed, id].into_iter().for_each(|text| tools.content.text(text));
    Ok(EventKey::of(partner, feed, id))
}

/// A field the action cannot be without, as an id.
fn needed<'r>(
    field: &str,
    what: &str,
    record: &AdjustmentRecord<'_>,
    value: &'r Option<wire::record::Text<'_>>,
) -> Result<&'r str, BadInput> {
    let Some(id) = present(value) else {
        let action = word(record.action);
        let problem = format!("{field}: expected {what} with action `{action}`, found none");
        return Err(BadInput::new(Code::BadField, problem));
    };
    text::id(field, id)?;
    Ok(id)
}
