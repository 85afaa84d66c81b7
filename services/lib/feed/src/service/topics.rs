//! The topics a feed service reads and writes, by the names of the catalogue, and the check at the start that
//! they are there.

use super::agreement;
use super::partners::Partners;
use crate::feed::Feed;
use engine::config::Clock;
use lotstream_kafka::Error;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::error::CREATE_TOPICS;
use std::collections::BTreeMap;

/// Names of topics and the group, with the deployment's prefix.
#[derive(Clone, Debug)]
pub(super) struct Topics {
    feed: &'static Feed,
    prefix: String,
    /// Where commands go.
    pub(super) commands: String,
    /// The ledgers' own, which not every feed may see.
    wal: String,
    /// Where bad input goes.
    pub(super) dead_letters: String,
}

impl Topics {
    pub(super) fn new(feed: &'static Feed, prefix: &str) -> Self {
        let name = |topic: &str| format!("{prefix}{topic}");
        Self {
            feed,
            prefix: prefix.into(),
            commands: name("member-commands"),
            wal: name("ledger-wal"),
            dead_letters: name("dead-letters"),
        }
    }

    /// The feed's name.
    pub(super) const fn feed(&self) -> &'static str {
        self.feed.name
    }

    /// The consumer group: one for each feed.
    pub(super) fn group(&self) -> String {
        format!("{}{}", self.prefix, self.feed.name)
    }

    /// What the consumer subscribes to: the feed's topics of all partners, present and to come.
    pub(super) fn pattern(&self) -> String {
        format!("^{}{}\\..+", self.prefix.replace('.', "\\."), self.feed.name)
    }

    /// The partner whose topic this is; `None` where it is no topic of the feed.
    pub(super) fn partner<'t>(&self, topic: &'t str) -> Option<&'t str> {
        self.feed.partner(topic.strip_prefix(self.prefix.as_str())?)
    }

    /// Where it is told who is paused; `None` for the feed of operators' desks, which nobody pauses.
    pub(super) fn states(&self) -> Option<String> {
        (self.sender() == "partner").then(|| format!("{}partner-states", self.prefix))
    }

    /// Where `partner` reads what became of its events.
    pub(super) fn outcomes(&self, partner: &str) -> String {
        format!("{}outcomes.{partner}", self.prefix)
    }

    /// Where it is recorded what members are kept under.
    fn identity(&self) -> String {
        agreement::topic(&self.prefix)
    }

    /// Checks that those exist without which there is nothing to do, names every one that does not, and says how
    /// many partitions commands have, and who is heard.
    pub(super) fn check(&self, admin: &Admin, clock: Clock) -> Result<(i32, Partners), Error> {
        let found = admin.partitions()?;
        let ours: Vec<&str> =
            found.keys().map(String::as_str).filter(|topic| self.partner(topic).is_some()).collect();
        self.missing(&found, &ours)?;
        let mut stamped = vec![self.commands.as_str()];
        if clock == Clock::Broker {
            stamped.extend(ours);
        }
        admin.check_append_time(&stamped)?;
        // Who counts other partitions than the ledgers sends commands where no ledger takes them.
        if found.contains_key(&self.wal) {
            admin.check_pair(&self.commands, &self.wal)?;
        }
        let partitions = found.get(&self.commands).and_then(|count| i32::try_from(*count).ok()).unwrap_or(1);
        Ok((partitions, self.partners(&found)))
    }

    /// The feed's topics among those of the cluster.
    pub(super) fn partners(&self, found: &BTreeMap<String, usize>) -> Partners {
        let mut partners = Partners::default();
        for topic in found.keys() {
            let Some(partner) = self.partner(topic) else { continue };
            let (outcomes, sender) = (self.outcomes(partner), self.sender());
            if found.contains_key(&outcomes) {
                partners.heard.insert(topic.clone());
            } else {
                let why = format!(
                    "`{topic}` is not read: topic `{outcomes}`, where its events are answered, does not exist; create \
                     it with `{CREATE_TOPICS} --{sender} {partner}`, reading begins by itself"
                );
                partners.waiting.insert(topic.clone(), why);
            }
        }
        partners
    }

    /// Who writes to the feed, as the catalogue and the tools call it: a partner, or an operators' desk.
    fn sender(&self) -> &'static str {
        let is_desk = wire::topic::carrying(self.feed.schema).is_some_and(|topic| topic.is_per_desk());
        if is_desk { "desk" } else { "partner" }
    }

    fn missing(&self, found: &BTreeMap<String, usize>, ours: &[&str]) -> Result<(), Error> {
        let mut needed = vec![self.commands.clone(), self.dead_letters.clone(), self.identity()];
        if ours.is_empty() {
            needed.push(format!("{}{}.<{}>", self.prefix, self.feed.name, self.sender()));
        }
        let missing: Vec<Error> = needed
            .into_iter()
            .filter(|topic| !found.contains_key(topic))
            .map(|topic| Error::MissingTopic { topic })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Error::Several(missing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{ADJUSTMENTS, PURCHASES};

    #[test]
    fn names_carry_the_prefix_and_partners_do_not() {
        let topics = Topics::new(&PURCHASES, "eu.test-");
        assert_eq!(topics.pattern(), r"^eu\.test-purchases\..+");
        assert_eq!(topics.partner("eu.test-purchases.store-1"), Some("store-1"));
        assert_eq!(
            (topics.partner("purchases.store-1"), topics.partner("eu.test-returns.store-1")),
            (None, None)
        );
        assert_eq!(
            (topics.group(), topics.outcomes("a")),
            ("eu.test-purchases".into(), "eu.test-outcomes.a".into())
        );
    }

    #[test]
    fn every_missing_topic_is_named_with_what_creates_it() {
        let topics = Topics::new(&PURCHASES, "");
        let found = ["member-commands", "purchases.a", "identity"].map(|name| (name.to_owned(), 4)).into();
        let text = topics.missing(&found, &["purchases.a"]).unwrap_err().to_string();
        let named =
            |topic: &str| format!("topic `{topic}` does not exist; create it with `lotstream topics create`");
        assert_eq!(text, named("dead-letters"));
        let text = topics.missing(&found, &[]).unwrap_err().to_string();
        assert!(text.contains(&named("purchases.<partner>")), "{text}");
        let text = Topics::new(&ADJUSTMENTS, "").missing(&found, &[]).unwrap_err().to_string();
        assert!(text.contains(&named("adjustments.<desk>")), "{text}");
    }

    #[test]
    fn a_desk_without_outcomes_is_told_how_to_make_them() {
        let found = BTreeMap::from([("adjustments.care".to_owned(), 1)]);
        let waiting = Topics::new(&ADJUSTMENTS, "").partners(&found).waiting;
        assert!(waiting["adjustments.care"].contains("`lotstream topics create --desk care`"), "{waiting:?}");
    }

    #[test]
    fn a_partner_without_outcomes_waits_alone() {
        let topics = Topics::new(&PURCHASES, "eu.");
        let names = ["eu.purchases.a", "eu.outcomes.a", "eu.purchases.b", "eu.returns.c", "purchases.d"];
        let partners = topics.partners(&names.map(|name| (name.to_owned(), 1)).into());
        assert_eq!(partners.heard, ["eu.purchases.a".to_owned()].into());
        let remark = partners.remark().unwrap();
        let named = "`eu.purchases.b` is not read: topic `eu.outcomes.b`, where its events are answered, does not \
                     exist; create it with `lotstream topics create --partner b`, reading begins by itself";
        assert_eq!(remark, named);
        assert_eq!(Partners::default().remark(), None);
    }
}
