//! News of a card: a binding names its member, a replacement the other card, and nothing else names either (S27).

use super::{FeedRecord, Head, Tools, absent};
use crate::bad::{BadInput, Code};
use crate::text::{self, present};
use domain::Body;
use domain::command::{CardChange, CardNews};
use wire::record::{CardChange as Word, CardRecord};

impl<'a> FeedRecord<'a> for CardRecord<'a> {
    const FEED: &'static str = "partner-cards";

    /// News are the card's own: `member` is whom it is bound to, not whom they concern.
    fn head(&self) -> Head<'_> {
        Head {
            id: &self.id,
            partner: present(&self.partner),
            member: None,
            card: Some(&self.card),
            limit: None,
            programme: present(&self.programme),
            occurred_at: self.occurred_at,
            delivered_at: self.delivered_at,
        }
    }

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        let word = word(self.change);
        let (member, by) = (present(&self.member), present(&self.by));
        let has =
            |field: &str| matches!((self.change, field), (Word::Bound, "member") | (Word::Replaced, "by"));
        let fields = [("member", member.is_some()), ("by", by.is_some())];
        absent(&format!("change `{word}`"), &fields.map(|(field, there)| (field, there && !has(field))))?;
        tools.content.text(word);
        let change = match self.change {
            Word::Issued => CardChange::Issued,
            Word::Unbound => CardChange::Unbound,
            Word::Blocked => CardChange::Blocked,
            Word::Bound => {
                let member = needed("member", "the member it is bound to", word, member)?;
                tools.content.watch(tools.identity, member);
                let member = tools.identity.member(tools.programme, member);
                tools.content.text(member.as_str());
                CardChange::Bound { member }
            }
            Word::Replaced => {
                let by = needed("by", "the card that takes its place", word, by)?;
                if by == &*self.card {
                    let problem = "by: expected another card, found the same";
                    return Err(BadInput::new(Code::BadField, problem));
                }
                tools.content.watch(tools.identity, by);
                let by = tools.identity.card(tools.programme, by);
                tools.content.text(by.as_str());
                CardChange::Replaced { by }
            }
        };
        Ok(Body::Card(CardNews { change }))
    }
}

/// The change as the record says it. Part of the content: never changes.
const fn word(change: Word) -> &'static str {
    match change {
        Word::Issued => "issued",
        Word::Bound => "bound",
        Word::Unbound => "unbound",
        Word::Blocked => "blocked",
        Word::Replaced => "replaced",
    }
}

/// A field the change cannot be without, as an id.
fn needed<'r>(field: &str, what: &str, change: &str, value: Option<&'r str>) -> Result<&'r str, BadInput> {
    let Some(id) = value else {
        let problem = format!("{field}: expected {what} with change `{change}`, found none");
        return Err(BadInput::new(Code::BadField, problem));
    };
    text::id(field, id)?;
    Ok(id)
}
