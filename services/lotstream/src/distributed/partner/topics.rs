//! The topics of partners, by the catalogue: which there should be, and which there are.

use std::collections::{BTreeMap, BTreeSet};
use wire::topic::{self, TopicSpec};

/// A partner's topics by the catalogue's patterns, without the deployment's prefix: whether each is there, and its
/// partitions.
pub(super) type Topics = BTreeMap<String, Option<usize>>;

/// Patterns of which each partner has a topic.
pub(super) fn patterns() -> impl Iterator<Item = &'static TopicSpec> {
    topic::all().iter().filter(|topic| topic.is_per_partner())
}

/// Those of them that a feed service reads, which is named as they begin.
pub(super) fn feeds() -> impl Iterator<Item = (&'static str, &'static TopicSpec)> {
    let read = patterns().filter(|topic| topic.value != "outcome");
    read.filter_map(|topic| Some((topic.name.split_once('.')?.0, topic)))
}

/// The partners that have a feed's topic. `found` are the cluster's topics with their partitions.
pub(super) fn partners(prefix: &str, found: &BTreeMap<String, usize>) -> BTreeSet<String> {
    let names = found.keys().filter_map(|name| name.strip_prefix(prefix));
    let partner = |name| feeds().find_map(|(_, topic)| topic.partner_of(name).map(str::to_owned));
    names.filter_map(partner).collect()
}

/// The topics of `partner`.
pub(super) fn of(prefix: &str, partner: &str, found: &BTreeMap<String, usize>) -> Topics {
    let there = |topic: &TopicSpec| {
        let name = topic.name_for(partner);
        let partitions = found.get(&format!("{prefix}{name}")).copied();
        (name, partitions)
    };
    patterns().map(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_who_has_a_feed_and_a_desk_is_none() {
        let names = ["t.purchases.a", "t.outcomes.a", "t.outcomes.care", "t.adjustments.care", "purchases.b"];
        let found = names.map(|name| (name.to_owned(), 2)).into();
        assert_eq!(partners("t.", &found), ["a".to_owned()].into());
        let topics = of("t.", "a", &found);
        assert_eq!(
            (topics["purchases.a"], topics["outcomes.a"], topics["returns.a"]),
            (Some(2), Some(2), None)
        );
        assert!(
            feeds().any(|(feed, _)| feed == "redemptions") && feeds().all(|(feed, _)| feed != "outcomes")
        );
    }
}
