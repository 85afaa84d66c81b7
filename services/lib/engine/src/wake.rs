//! Waking an idle account by a tick: when its timer is due, or so that it does not wait for its next event to have a
//! correction happen (S26).

use domain::command::{Body, Command, Source};
use domain::{Digest, EntityId, EventKey, Name, Timestamp};

/// A tick for `entity`, because its programme was corrected by `version`. Sent after the version, to the partition of
/// the account; one too many, or one too few, changes no points: whatever touches the account next does the same.
pub fn corrected(entity: EntityId, version: i32) -> Command {
    let key = EventKey::of("", "corrections", entity.as_str()).derived("version", version.into());
    // By the event clock it moves no clock.
    tick(key, entity, 0, Timestamp::MIN)
}

/// A command that does nothing but let time happen: `partition` is where the ledger sends it itself.
pub(crate) fn tick(key: EventKey, entity: EntityId, partition: i32, at: Timestamp) -> Command {
    let none = Name::default();
    Command {
        key,
        entity,
        source: Source {
            partner: none.clone(),
            feed: Name::from("ticks"),
            id: none.clone(),
            partition,
            offset: 0,
        },
        occurred_at: at,
        delivered_at: at,
        content: Digest::default(),
        trace: none,
        body: Body::Tick,
    }
}
