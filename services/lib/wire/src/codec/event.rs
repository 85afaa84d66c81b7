//! Headers of the ledger's events. An event's id derives from its content, so a consumer that remembers ids
//! sees each event once, whatever was replayed.

use crate::cloud_event::CloudEvent;
use domain::event::Event;
use domain::{EntityId, Timestamp};

/// Who makes them.
pub(super) const SOURCE: &str = "/lotstream/ledger";

/// Whose event it is: the record key.
pub(super) const fn entity(event: &Event) -> &EntityId {
    match event {
        Event::Entry(entry) => &entry.entity,
        Event::Decision(decision) => &decision.entity,
        Event::Tier(change) => &change.entity,
        Event::Notice(notice) => &notice.entity,
        Event::Outcome(outcome) => &outcome.entity,
    }
}

/// The event's headers.
pub(super) fn headers(event: &Event) -> Vec<(String, Vec<u8>)> {
    let (id, kind, time): (String, &str, Timestamp) = match event {
        Event::Entry(entry) => {
            (format!("{}#{}", entry.entity, entry.sequence), "lotstream.entry", entry.recorded_at)
        }
        Event::Decision(decision) => {
            (decision.event.to_string(), "lotstream.redemption_decision", decision.at)
        }
        Event::Tier(change) => {
            (format!("{}@{}:{}", change.cause, change.at.0, change.to), "lotstream.tier_change", change.at)
        }
        Event::Notice(notice) => (notice.id.to_string(), "lotstream.notification_request", notice.at),
        Event::Outcome(outcome) => {
            // One record for each position of the input, and one more for a later fate.
            let later = if outcome.later { ":later" } else { "" };
            let source = &outcome.source;
            let id = format!("{}@{}:{}{later}", outcome.event, source.partition, source.offset);
            (id, "lotstream.outcome", outcome.at)
        }
    };
    CloudEvent { id: &id, source: SOURCE, kind, time, trace: "" }.headers()
}
