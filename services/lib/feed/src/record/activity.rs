//! An activity: its kind and attributes, each once and each a value, a member or a card. Whether the programme has
//! such a kind, and of which types its attributes are, the ledger knows (S27).

use super::{FeedRecord, Tools, head};
use crate::bad::{BadInput, Code, shown};
use crate::limits::ATTRIBUTES;
use crate::text::{self, present};
use domain::activity::{Activity, Attribute};
use domain::{Body, EntityId, Name};
use wire::record::{ActivityAttribute, ActivityRecord};

impl<'a> FeedRecord<'a> for ActivityRecord<'a> {
    const FEED: &'static str = "activities";

    head!();

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        text::name("kind", &self.kind)?;
        let found = at_most(self.attributes.len())?;
        let ids = self.attributes.iter().filter_map(|it| present(&it.member).or(present(&it.card)));
        ids.for_each(|id| tools.content.watch(tools.identity, id));
        tools.content.text(&self.kind);
        tools.content.count(found);
        let kind = tools.names.get(&self.kind);
        let mut attributes: Vec<Attribute> = Vec::with_capacity(found);
        for given in &self.attributes {
            once(&mut attributes, attribute(given, tools)?)?;
        }
        Ok(Body::Activity(Activity { kind, attributes }))
    }
}

/// So many attributes, where they are not too many.
pub(super) fn at_most(found: usize) -> Result<usize, BadInput> {
    if found > ATTRIBUTES {
        let problem = format!("attributes: expected at most {ATTRIBUTES}, found {found}");
        return Err(BadInput::new(Code::TooManyLines, problem));
    }
    Ok(found)
}

/// Adds `attribute`, where there is none of its name.
pub(super) fn once(attributes: &mut Vec<Attribute>, attribute: Attribute) -> Result<(), BadInput> {
    if attributes.iter().any(|other| other.name == attribute.name) {
        let problem =
            format!("attributes: expected each once, found {} twice", shown(attribute.name.as_str()));
        return Err(BadInput::new(Code::BadField, problem));
    }
    attributes.push(attribute);
    Ok(())
}

fn attribute(given: &ActivityAttribute<'_>, tools: &mut Tools<'_>) -> Result<Attribute, BadInput> {
    text::name("attribute", &given.name)?;
    let account = |account: EntityId| (Name::default(), Name::from(account.as_str()));
    let (value, account) = match (present(&given.value), present(&given.member), present(&given.card)) {
        (Some(value), None, None) => {
            text::name("value", value)?;
            (tools.names.get(value), Name::default())
        }
        (None, Some(member), None) => {
            text::id("member", member)?;
            account(tools.identity.member(tools.programme, member))
        }
        (None, None, Some(card)) => {
            text::id("card", card)?;
            account(tools.identity.card(tools.programme, card))
        }
        _ => {
            let name = shown(&given.name);
            let problem = format!("attribute {name}: expected one of value, member and card");
            return Err(BadInput::new(Code::BadField, problem));
        }
    };
    let name = tools.names.get(&given.name);
    [&name, &value, &account].into_iter().for_each(|text| tools.content.text(text.as_str()));
    Ok(Attribute { name, value, account })
}
