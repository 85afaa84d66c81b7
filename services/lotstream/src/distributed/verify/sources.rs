//! Partners' and desks' topics: which there are, and how far their feed services have read them.

use super::super::deployment::Deployment;
use super::Trouble;
use domain::Timestamp;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::group::{Group, Place, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// What every topic of outcomes begins with.
const OUTCOMES: &str = "outcomes.";
/// The topic of dead letters.
pub(super) const LETTERS: &str = "dead-letters";

/// What there is.
#[derive(Default)]
pub(super) struct Found {
    /// Partitions of inputs, by feed.
    pub(super) inputs: BTreeMap<&'static str, BTreeSet<Place>>,
    /// Partitions of outcomes and dead letters.
    pub(super) answers: Vec<Place>,
}

/// Asks for them.
pub(super) struct Sources {
    admin: Admin,
    prefix: String,
    groups: BTreeMap<&'static str, Group>,
    any: Group,
}

impl Sources {
    pub(super) fn open(deployment: &Deployment) -> Result<Self, Trouble> {
        let (kafka, prefix) = (deployment.kafka(), deployment.prefix().to_owned());
        let group = |feed: &'static feed::Feed| {
            Ok::<_, Trouble>((feed.name, Group::open(kafka, &format!("{prefix}{}", feed.name))?))
        };
        Ok(Self {
            admin: Admin::new(kafka)?,
            groups: feed::FEEDS.into_iter().map(group).collect::<Result<_, _>>()?,
            any: Group::open(kafka, "lotstream-verify")?,
            prefix,
        })
    }

    /// The topics there are now.
    pub(super) fn find(&self) -> Result<Found, Trouble> {
        let mut found = Found::default();
        for (topic, partitions) in self.admin.partitions()? {
            let Some(name) = topic.strip_prefix(&self.prefix) else { continue };
            let places = (0..i32::try_from(partitions).unwrap_or(0)).map(|it| (topic.clone(), it));
            if name.starts_with(OUTCOMES) || name == LETTERS {
                found.answers.extend(places);
            } else if let Some(feed) = feed::FEEDS.into_iter().find(|feed| feed.partner(name).is_some()) {
                found.inputs.entry(feed.name).or_default().extend(places);
            }
        }
        Ok(found)
    }

    /// How far each of these inputs is read.
    pub(super) fn reach(
        &self,
        inputs: &BTreeMap<&'static str, BTreeSet<Place>>,
    ) -> Result<BTreeMap<Place, Reach>, Trouble> {
        let mut all = BTreeMap::new();
        for (feed, places) in inputs {
            let places: Vec<Place> = places.iter().cloned().collect();
            all.extend(self.groups[feed].reach(&places)?);
        }
        Ok(all)
    }

    /// Where these begin and end.
    pub(super) fn ends(&self, places: &[Place]) -> Result<BTreeMap<Place, Reach>, Trouble> {
        Ok(if places.is_empty() { BTreeMap::new() } else { self.any.ends(places)? })
    }

    /// The first offset of each that was written at `since` or later.
    pub(super) fn since(&self, places: &[Place], since: Timestamp) -> Result<BTreeMap<Place, i64>, Trouble> {
        Ok(self.any.since(places, since)?)
    }
}
