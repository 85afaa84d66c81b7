//! Loading on demand: with the head row, the live range and what is asked for, the same decision as with all.

use super::act::story;
use super::player::Player;
use super::programme::versions;
use super::{Verdict, fail, hold, same};
use domain::entity::Missing;
use domain::{Command, Decision, Entity, EventKey, LotId, Row, RowKey, Timestamp};

/// What the engine loads at first: the head row, the live range, and what the command surely needs.
fn first_load(complete: &Entity, needs: &[RowKey]) -> Entity {
    let mut part = Entity::new(complete.account.entity.clone(), false);
    part.account = complete.account.clone();
    let from = LotId { issued_month: complete.account.live_from, key: EventKey::NONE };
    complete.lots.rows().from(from).for_each(|lot| part.put(Row::Lot(lot.clone())));
    needs.iter().for_each(|key| load(complete, &mut part, *key));
    part
}

fn load(store: &Entity, part: &mut Entity, key: RowKey) {
    let row = match key {
        RowKey::Account => None,
        RowKey::Lot(id) => store.lots.rows().get(&id).cloned().map(Row::Lot),
        RowKey::Purchase(key) => store.purchases.rows().get(&key).cloned().map(Row::Purchase),
        RowKey::Redemption(key) => store.redemptions.rows().get(&key).cloned().map(Row::Redemption),
        RowKey::Debt(id) => store.debts.rows().get(&id).cloned().map(Row::Debt),
        RowKey::Seen(key) => store.seen.rows().get(&key).cloned().map(Row::Seen),
        RowKey::Parked(key) => store.parked.rows().get(&key).cloned().map(Row::Parked),
        RowKey::Route(key) => store.routes.rows().get(&key).cloned().map(Row::Route),
    };
    match row {
        Some(row) => part.put(row),
        None => part.note_absent(key),
    }
}

/// Asks until nothing is missing; what is missing is never asked for twice.
fn until_loaded(
    store: &Entity,
    mut part: Entity,
    ask: impl Fn(&Entity) -> Result<Decision, Missing>,
) -> Result<Decision, super::TestCaseError> {
    let mut last = None;
    loop {
        match ask(&part) {
            Ok(decision) => return Ok(decision),
            Err(missing) if last == Some(missing) => return fail(format!("{missing:?} is missing twice")),
            Err(missing) => {
                match missing {
                    Missing::Row(key) => load(store, &mut part, key),
                    Missing::Whole => part = store.clone(),
                }
                last = Some(missing);
            }
        }
    }
}

#[test]
fn what_is_loaded_on_demand_decides_as_all_does() {
    hold(1500, (versions(), story(40)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        player.play(&acts, |player, command: &Command, decision| {
            let part = first_load(&player.entity, &domain::needs(command));
            let ask = |part: &Entity| domain::decide(part, command, player.now, &player.tariffs);
            same("the decision, loaded in part", decision, &until_loaded(&player.entity, part, ask)?)
        })?;
        passes(&player, player.now.plus_millis(40 * 86_400_000))
    });
}

fn passes(player: &Player, until: Timestamp) -> Verdict {
    let ask = |part: &Entity| domain::advance(part, until, &player.tariffs);
    let all = ask(&player.entity);
    let part = first_load(&player.entity, &[]);
    same("time alone, loaded in part", &all, &Ok(until_loaded(&player.entity, part, ask)?))
}
