//! Cards (design §3, S24): whatever the order in which sales, returns, activities and news of cards arrive within the
//! lateness bound, every account ends as if each had come when it happened; and no point is lost or made on the way.
//!
//! What was sent to a member stays there, though news that come later say it was someone else's: stories where that
//! happens are judged by the oracle of routes and by their books, and not compared with the usual order.

use super::card_router::{Routed, Stretch, routed};
use super::card_story::{HOUR, Late, Story, commands, spent, unspent};
use super::card_world::World;
use super::mix::Mix;
use super::player::START;
use super::{TestCaseError, Verdict, hold, same};
use domain::{EntityId, Timestamp};
use std::collections::BTreeMap;

/// When everything is over.
const END: Timestamp = Timestamp(START.0 + 900 * 24 * HOUR);

/// The two ways a story may arrive: on time, and as late as it says.
fn both(story: &Story, mix: &Mix) -> Result<[(World, Vec<Late>); 2], TestCaseError> {
    let turned = commands(story);
    let usual: Vec<Late> = turned.iter().map(|(command, _)| (command.clone(), 0)).collect();
    let played = |commands: Vec<Late>| -> Result<_, TestCaseError> {
        let mut world = World::play(&story.tariff, commands.clone(), mix)?;
        world.pass(END)?;
        Ok((world, commands))
    };
    Ok([played(usual)?, played(turned)?])
}

/// The stretches of every card, as its account keeps them; one that goes on with the same member is one.
fn stretches(world: &World) -> BTreeMap<EntityId, Vec<Stretch>> {
    let mut all = BTreeMap::new();
    for (id, entity) in world.entities.iter().filter(|(id, _)| id.is_card()) {
        let Some(links) = &entity.account.links else { continue };
        let mut found: Vec<Stretch> = Vec::new();
        for binding in links.bindings.iter().filter(|binding| binding.from < binding.until) {
            match found.last_mut().filter(|last| last.1 == binding.from && last.2 == binding.to) {
                Some(last) => last.1 = binding.until,
                None => found.push((binding.from, binding.until, binding.to.clone())),
            }
        }
        all.insert(id.clone(), found);
    }
    all
}

fn routes_hold(world: &World, routed: &Routed) -> Verdict {
    let mut known = routed.stretches.clone();
    known.retain(|_, stretches| !stretches.is_empty());
    same("§3: stretches of cards", &joined(known), &stretches(world))?;
    for (purchase, found) in &world.whose() {
        same(&format!("§3: whose {purchase} is"), &routed.whose[purchase].0, found)?;
    }
    Ok(())
}

/// An end and a beginning at one instant, of the same member, are no gap.
fn joined(mut known: BTreeMap<EntityId, Vec<Stretch>>) -> BTreeMap<EntityId, Vec<Stretch>> {
    for stretches in known.values_mut() {
        stretches.dedup_by(|later, last| {
            let goes_on = last.1 == later.0 && last.2 == later.2;
            if goes_on {
                last.1 = later.1;
            }
            goes_on
        });
    }
    known
}

#[test]
fn s24_cards_bound_unbound_and_bound_again_end_as_the_order_of_events() {
    let mix = Mix::default();
    hold(6000, unspent(), |story| {
        let [(usual, on_time), (turned, late)] = both(&story, &mix)?;
        let (expected, found) = (routed(&on_time), routed(&late));
        routes_hold(&usual, &expected)?;
        if !found.torn {
            routes_hold(&turned, &found)?;
        }
        if expected.whose != found.whose || found.torn {
            mix.count("sent before its news");
            return Ok(());
        }
        mix.count("compared");
        if stretches(&turned).values().any(|stretches| stretches.len() > 1) {
            mix.count("compared, with a card bound again");
        }
        same("S24: the end, either way", &usual.earned(), &turned.earned())?;
        same("S24: the worth, either way", &usual.worth(), &turned.worth())
    });
    mix.assert_at_least(&[("compared", 2000), ("compared, with a card bound again", 500)]);
}

#[test]
fn s05_s14_s27_redemptions_by_card_keep_the_books_and_what_was_earned() {
    let mix = Mix::default();
    hold(6000, spent(), |story| {
        let [(usual, on_time), (turned, late)] = both(&story, &mix)?;
        mix.count("booked");
        let (expected, found) = (routed(&on_time), routed(&late));
        let alike = expected.whose == found.whose && !found.torn && usual.whose() == turned.whose();
        if alike && !story.pays() {
            mix.count("compared");
            same("S24: what was earned, either way", &usual.earned(), &turned.earned())?;
        }
        Ok(())
    });
    mix.assert_at_least(&[
        ("booked", 6000),
        ("compared", 300),
        ("entry: MovedIn", 10_000),
        ("entry: Forgiveness", 50),
        ("decision: Capture None", 500),
        ("decision: Spend None", 500),
    ]);
}
