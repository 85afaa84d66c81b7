//! Whose an event by card is, by design §3 alone: an oracle that knows news of cards, and no ledger.
//!
//! News are folded in their own order: a binding holds until the next end; one to another member before that is a
//! conflict, and waits. An event goes to the stretch its date falls in, else to the first that begins after it, as soon
//! as there is one, and then stays.

use super::card_story::Late;
use domain::command::{Body, CardChange};
use domain::{EntityId, EventKey, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// News of one card: when, whether an end (before what begins then), and whose it is from then on.
type News = (Timestamp, Option<EntityId>);

/// A stretch: from, until, whose.
pub type Stretch = (Timestamp, Timestamp, EntityId);

/// Whose an event is; where it is dated before it became theirs, when that was.
pub type Whose = (EntityId, Option<Timestamp>);

/// What becomes of a story's sales and activities.
#[derive(Default)]
pub struct Routed {
    pub whose: BTreeMap<EventKey, Whose>,
    pub stretches: BTreeMap<EntityId, Vec<Stretch>>,
    /// Whether a card gave away some of what it held, activities among it (it remembers only the latest, and who
    /// came first), or sales of both kinds that come back (a return names no sale any more).
    pub torn: bool,
}

#[derive(Default)]
struct Card {
    known: Vec<News>,
    waiting: Vec<News>,
    held: Vec<(Timestamp, EventKey, bool)>,
}

/// The stretches that news make; `None` where two members have the card at once.
fn stretches<'n>(news: impl Iterator<Item = &'n News>) -> Option<Vec<Stretch>> {
    let mut news: Vec<&News> = news.collect();
    news.sort_by_key(|(at, to)| (*at, to.is_some()));
    let mut found: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (at, to) in news {
        match to {
            None if open => {
                found.last_mut().expect("an open stretch").1 = *at;
                open = false;
            }
            None => {}
            Some(member) if open && found.last().is_some_and(|last| last.2 != *member) => return None,
            Some(_) if open => {}
            Some(member) => {
                found.push((*at, Timestamp::NEVER, member.clone()));
                open = true;
            }
        }
    }
    Some(found)
}

impl Card {
    fn hear(&mut self, news: News, returned: &BTreeSet<EventKey>, routed: &mut Routed) {
        self.waiting.push(news);
        self.waiting.sort();
        while let Some(place) = (0..self.waiting.len()).find(|place| self.is_possible(*place)) {
            let news = self.waiting.remove(place);
            self.known.push(news);
            let stretches = self.stretches();
            let active = self.held.iter().any(|(.., activity)| *activity);
            let (before, mut gone) = (self.held.len(), 0);
            self.held.retain(|(at, event, _)| match whose_at(&stretches, *at) {
                Some(whose) => {
                    routed.whose.insert(*event, whose);
                    gone += usize::from(returned.contains(event));
                    false
                }
                None => true,
            });
            let torn = !self.held.is_empty() && self.held.len() < before;
            let stay = self.held.iter().any(|(_, event, _)| returned.contains(event));
            routed.torn |= torn && (active || gone > 0 && stay);
        }
    }

    fn is_possible(&self, place: usize) -> bool {
        let news = &self.waiting[place];
        let ends = self.waiting.iter().filter(|(_, to)| to.is_none());
        let known = || self.known.iter();
        match news.1 {
            Some(_) => stretches(known().chain(ends).chain([news])).is_some(),
            None => stretches(known().chain([news])) != stretches(known()),
        }
    }

    /// What is known, ends that wait among it: they will be heard right after.
    fn stretches(&self) -> Vec<Stretch> {
        let ends = self.waiting.iter().filter(|(_, to)| to.is_none());
        stretches(self.known.iter().chain(ends)).expect("no conflict among what was let in")
    }
}

fn whose_at(stretches: &[Stretch], at: Timestamp) -> Option<Whose> {
    let found = stretches.iter().find(|(_, until, _)| at < *until);
    found.map(|(from, _, member)| (member.clone(), Some(*from).filter(|from| at < *from)))
}

/// What becomes of the commands where they arrive as they do.
pub fn routed(commands: &[Late]) -> Routed {
    let mut arrivals: Vec<&Late> = commands.iter().collect();
    arrivals.sort_by_key(|(command, late)| command.occurred_at.plus_millis(*late));
    let returned = commands.iter().filter_map(|(command, _)| match &command.body {
        Body::Return(ret) => Some(ret.purchase),
        _ => None,
    });
    let returned: BTreeSet<EventKey> = returned.collect();
    let (mut routed, mut cards) = (Routed::default(), BTreeMap::<EntityId, Card>::new());
    for (command, _) in arrivals {
        let at = command.occurred_at;
        let activity = matches!(command.body, Body::Activity(_));
        match &command.body {
            Body::Card(news) => {
                let to = match &news.change {
                    CardChange::Bound { member } => Some(member.clone()),
                    _ => None,
                };
                cards.entry(command.entity.clone()).or_default().hear((at, to), &returned, &mut routed);
            }
            Body::Sale(_) | Body::Activity(_) if command.entity.is_card() => {
                let card = cards.entry(command.entity.clone()).or_default();
                match whose_at(&card.stretches(), at) {
                    Some(whose) => {
                        routed.whose.insert(command.key, whose);
                    }
                    None => card.held.push((at, command.key, activity)),
                }
            }
            Body::Sale(_) | Body::Activity(_) => {
                routed.whose.insert(command.key, (command.entity.clone(), None));
            }
            _ => {}
        }
    }
    for (id, card) in &cards {
        routed.whose.extend(card.held.iter().map(|(_, event, _)| (*event, (id.clone(), None))));
    }
    routed.stretches = cards.into_iter().map(|(id, card)| (id, card.stretches())).collect();
    routed
}
