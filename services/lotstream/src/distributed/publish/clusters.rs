//! Members and cards that bindings and merges connect: one unanswered event at a time for all of a cluster, since an
//! event of a card, or of a merged member, may be decided by another account.

use domain::EntityId;
use domain::command::Command;
use std::collections::BTreeMap;

/// Clusters by their accounts. An account that nothing connects is one by itself.
#[derive(Default)]
pub(super) struct Clusters(BTreeMap<EntityId, EntityId>);

impl Clusters {
    /// Connects what the news of a card, or a merge, connect.
    pub(super) fn note(&mut self, command: &Command) {
        if let Some(other) = command.linked() {
            let (one, other) = (self.of(&command.entity), self.of(other));
            let (first, second) = if one < other { (one, other) } else { (other, one) };
            if first != second {
                self.0.insert(second, first);
            }
        }
    }

    /// The account that stands for the cluster of `account`: the smallest of it.
    pub(super) fn of(&self, account: &EntityId) -> EntityId {
        let mut found = account;
        while let Some(next) = self.0.get(found) {
            found = next;
        }
        found.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::{Action, Adjustment, Body, CardChange, CardNews, Source};
    use domain::{Digest, EventKey, Name, Timestamp};

    fn bound(card: &str, member: &str) -> Command {
        let change = CardChange::Bound { member: EntityId::member("p", member) };
        command(EntityId::card("p", card), Body::Card(CardNews { change }))
    }

    fn merged(member: &str, into: &str) -> Command {
        let action = Action::Merge { into: EntityId::member("p", into) };
        let adjustment = Adjustment { actor: Name::default(), reason: Name::default(), action };
        command(EntityId::member("p", member), Body::Adjust(adjustment))
    }

    fn command(entity: EntityId, body: Body) -> Command {
        let name = Name::default;
        let source = Source { partner: name(), feed: name(), id: name(), partition: 0, offset: 0 };
        Command {
            key: EventKey::NONE,
            entity,
            source,
            occurred_at: Timestamp(0),
            delivered_at: Timestamp(0),
            content: Digest::default(),
            trace: name(),
            body,
        }
    }

    #[test]
    fn what_a_binding_connects_is_one_cluster_however_far_it_reaches() {
        let mut clusters = Clusters::default();
        for (card, member) in [("k", "m"), ("l", "m"), ("l", "n"), ("o", "p")] {
            clusters.note(&bound(card, member));
        }
        let of = |account: EntityId| clusters.of(&account);
        let first = of(EntityId::member("p", "m"));
        for account in [EntityId::card("p", "k"), EntityId::card("p", "l"), EntityId::member("p", "n")] {
            assert_eq!(of(account), first);
        }
        assert_ne!(of(EntityId::card("p", "o")), first);
        assert_eq!(of(EntityId::member("p", "x")), EntityId::member("p", "x"));
        let (actor, reason) = (Name::default(), Name::default());
        let action = Action::Merge { into: EntityId::member("p", "p") };
        let merge = Body::Adjust(Adjustment { actor, reason, action });
        clusters.note(&Command { entity: EntityId::member("p", "m"), body: merge, ..bound("k", "m") });
        assert_eq!(clusters.of(&EntityId::card("p", "o")), clusters.of(&EntityId::card("p", "k")));
    }

    #[test]
    fn a_merge_connects_its_two_sides_and_all_that_is_theirs() {
        let mut clusters = Clusters::default();
        for command in [bound("k", "m-2"), merged("m-2", "m-1"), bound("l", "m-1")] {
            clusters.note(&command);
        }
        let first = clusters.of(&EntityId::member("p", "m-1"));
        for account in [EntityId::member("p", "m-2"), EntityId::card("p", "k"), EntityId::card("p", "l")] {
            assert_eq!(clusters.of(&account), first);
        }
    }
}
