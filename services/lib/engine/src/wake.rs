//! Waking an idle account, so that it does not wait for its next event to have a correction happen (S26).

use domain::command::{Body, Command, Source};
use domain::{Digest, EntityId, EventKey, Name, Timestamp};

/// A tick for `entity`, because its programme was corrected by `version`. Sent after the version, to the partition of
/// the account; one too many, or one too few, changes no points: whatever touches the account next does the same.
pub fn corrected(entity: EntityId, version: i32) -> Command {
    let none = Name::default();
    Command {
        key: EventKey::of("", "corrections", entity.as_str()).derived("version", version.into()),
        entity,
        source: Source {
            partner: none.clone(),
            feed: Name::from("ticks"),
            id: none.clone(),
            partition: 0,
            offset: 0,
        },
        // By the event clock it moves no clock.
        occurred_at: Timestamp::MIN,
        delivered_at: Timestamp::MIN,
        content: Digest::default(),
        trace: none,
        body: Body::Tick,
    }
}
