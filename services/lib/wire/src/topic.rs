//! The topic catalogue, `schemas/topics.toml`: which topics there are, what they carry and how they are kept.
//!
//! Nothing in code, charts or docs says again what stands there.

use crate::contract::ContractError;
use crate::registry::{Compatibility, Registry};
use crate::schema;
use serde::Deserialize;
use std::sync::LazyLock;

/// The file, as it stands in `schemas/`.
pub const FILE: &str = include_str!("../../../../schemas/topics.toml");
/// What stands for a partner's name in a pattern.
const PARTNER: &str = "<partner>";
/// What stands for the name of an operators' desk.
const DESK: &str = "<desk>";
/// What a record needs beside key, value and headers, in bytes, with room to spare.
const OVERHEAD: usize = 512;

/// One topic, or one for each partner or operators' desk.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// Its name, or a pattern with `<partner>` or `<desk>`.
    pub name: String,
    /// What the record key is, for people.
    pub key: String,
    /// The schema's name in `schemas/`.
    pub value: String,
    /// What the registry refuses of a new version.
    #[serde(default)]
    pub compatibility: Compatibility,
    /// How many partitions.
    pub partitions: Partitions,
    /// How long records are kept.
    pub retention: Retention,
    /// What happens to old ones.
    pub cleanup: Cleanup,
    /// Whose time a record carries.
    pub timestamps: Timestamps,
    /// The largest record the broker takes, in bytes.
    pub max_bytes: usize,
    /// How the broker keeps what was compressed.
    #[serde(default)]
    pub compression: Compression,
    /// Who writes it.
    pub owner: String,
    /// One record, relative to `schemas/`.
    pub example: String,
}

/// How many partitions, by kind of deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partitions {
    /// On one machine.
    pub local: i32,
    /// In production.
    pub production: i32,
}

/// How long records are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// So many days.
    Days(i64),
    /// Never deleted.
    ForEver,
}

/// What happens to old records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// Deleted after the retention.
    Delete,
    /// The last of each key stays.
    Compact,
}

/// Whose time a record carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timestamps {
    /// The broker's, at its append: where time is read from the log.
    LogAppendTime,
    /// The producer's.
    CreateTime,
}

/// How the broker keeps what was compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// As it came.
    #[default]
    AsSent,
    /// Unpacked, so that the largest record is that of its content.
    None,
}

impl TopicSpec {
    /// Whether it is one topic for each partner.
    pub fn is_per_partner(&self) -> bool {
        self.name.contains(PARTNER)
    }

    /// Whether it is one topic for each operators' desk.
    pub fn is_per_desk(&self) -> bool {
        self.name.contains(DESK)
    }

    /// Whether an operators' desk has one of its own: what it writes, and where it is answered.
    pub fn is_for_desks(&self) -> bool {
        self.is_per_desk() || (self.is_per_partner() && self.value == "outcome")
    }

    /// The name of the topic of `partner`, or of a desk; the name itself where it is not one for each.
    pub fn name_for(&self, partner: &str) -> String {
        self.name.replace(PARTNER, partner).replace(DESK, partner)
    }

    /// The partner or desk of a topic of this pattern; `None` for any other topic.
    pub fn partner_of<'t>(&self, topic: &'t str) -> Option<&'t str> {
        let (before, after) = self.name.split_once(PARTNER).or_else(|| self.name.split_once(DESK))?;
        let partner = topic.strip_prefix(before)?.strip_suffix(after)?;
        (!partner.is_empty()).then_some(partner)
    }

    /// Bytes of key, value and headers that surely fit a record.
    pub const fn record_limit(&self) -> usize {
        self.max_bytes.saturating_sub(OVERHEAD)
    }

    /// The topic's settings as the broker names them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let retention = match self.retention {
            Retention::Days(days) => days * 86_400_000,
            Retention::ForEver => -1,
        };
        let cleanup = match self.cleanup {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        };
        let timestamps = match self.timestamps {
            Timestamps::LogAppendTime => "LogAppendTime",
            Timestamps::CreateTime => "CreateTime",
        };
        let mut settings = vec![
            ("cleanup.policy", cleanup.into()),
            ("retention.ms", retention.to_string()),
            ("max.message.bytes", self.max_bytes.to_string()),
            ("message.timestamp.type", timestamps.into()),
        ];
        if self.compression == Compression::None {
            settings.push(("compression.type", "uncompressed".into()));
        }
        settings
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    topic: Vec<TopicSpec>,
}

/// Reads a catalogue.
///
/// # Errors
/// What is wrong with the text, with line and column.
pub fn parse(text: &str) -> Result<Vec<TopicSpec>, String> {
    let catalogue: Catalogue =
        toml_edit::de::from_str(text).map_err(|error| format!("schemas/topics.toml: {error}"))?;
    Ok(catalogue.topic)
}

/// Every topic of the catalogue, in the file's order.
///
/// # Panics
/// Where the file compiled in is not a catalogue: a test reads it.
pub fn all() -> &'static [TopicSpec] {
    static ALL: LazyLock<Vec<TopicSpec>> =
        LazyLock::new(|| parse(FILE).unwrap_or_else(|error| panic!("{error}")));
    &ALL
}

/// The topic of this name or pattern, such as `ledger-entries` or `outcomes.<partner>`.
pub fn named(name: &str) -> Option<&'static TopicSpec> {
    all().iter().find(|topic| topic.name == name)
}

/// The topic that carries this schema.
pub fn carrying(schema: &str) -> Option<&'static TopicSpec> {
    all().iter().find(|topic| topic.value == schema)
}

/// Registers the schema of every topic, each under its own compatibility: what a deployment does once, before
/// anyone writes. Subjects and their numbers, in the catalogue's order.
///
/// # Errors
/// A schema the registry refuses, or no answer.
pub fn register(registry: &dyn Registry) -> Result<Vec<(String, u32)>, ContractError> {
    let one = |topic: &TopicSpec| {
        let subject = schema::subject(&topic.value);
        registry.set_compatibility(&subject, topic.compatibility)?;
        let id = registry.register(&subject, &schema::whole(&topic.value)?)?;
        Ok((subject, id))
    };
    all().iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete_and_its_schemas_exist() {
        let names: Vec<&str> = all().iter().map(|topic| topic.name.as_str()).collect();
        let design = [
            "purchases.<partner>",
            "returns.<partner>",
            "redemptions.<partner>",
            "partner-cards.<partner>",
            "activities.<partner>",
            "adjustments.<desk>",
            "member-commands",
            "ledger-wal",
            "ledger-entries",
            "redemption-decisions",
            "tier-changes",
            "outcomes.<partner>",
            "notification-requests",
            "dead-letters",
            "dead-letter-replays",
            "partner-states",
            "identity",
        ];
        assert_eq!(names, design);
        for topic in all() {
            schema::parsed(&topic.value).unwrap_or_else(|error| panic!("{}: {error}", topic.name));
            let example =
                concat!(env!("CARGO_MANIFEST_DIR"), "/../../../schemas/").to_owned() + &topic.example;
            assert!(std::fs::exists(&example).unwrap(), "{}: no {example}", topic.name);
            assert!(topic.partitions.local > 0 && topic.partitions.production > 0, "{}", topic.name);
        }
    }

    #[test]
    fn commands_and_their_log_have_the_same_partitions() {
        let partitions = |name| named(name).unwrap().partitions;
        assert_eq!(partitions("member-commands"), partitions("ledger-wal"));
    }

    #[test]
    fn time_is_the_brokers_wherever_it_is_read_from_the_log() {
        let feeds = [
            "purchases.<partner>",
            "returns.<partner>",
            "redemptions.<partner>",
            "partner-cards.<partner>",
            "activities.<partner>",
            "adjustments.<desk>",
        ];
        for name in feeds.into_iter().chain(["member-commands"]) {
            assert_eq!(named(name).unwrap().timestamps, Timestamps::LogAppendTime, "{name}");
        }
    }

    #[test]
    fn what_others_write_is_unpacked_by_the_broker() {
        for topic in all() {
            let ours = !["the partner", "the operators' desk"].contains(&topic.owner.as_str());
            let expected = if ours { Compression::AsSent } else { Compression::None };
            assert_eq!(topic.compression, expected, "{}", topic.name);
            let unpacked = ("compression.type", "uncompressed".to_owned());
            assert_eq!(topic.settings().contains(&unpacked), !ours, "{}", topic.name);
        }
    }

    #[test]
    fn a_partner_is_read_from_its_topic() {
        let outcomes = named("outcomes.<partner>").unwrap();
        assert_eq!(outcomes.name_for("store-1"), "outcomes.store-1");
        assert_eq!(outcomes.partner_of("outcomes.store-1"), Some("store-1"));
        assert_eq!(outcomes.partner_of("outcomes."), None);
        assert_eq!(named("ledger-wal").unwrap().partner_of("ledger-wal"), None);
        let desks: Vec<String> =
            all().iter().filter(|topic| topic.is_for_desks()).map(|topic| topic.name_for("care")).collect();
        assert_eq!(desks, ["adjustments.care", "outcomes.care"]);
        assert_eq!(named("adjustments.<desk>").unwrap().partner_of("adjustments.care"), Some("care"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let text = FILE.replacen("owner =", "ower =", 1);
        assert!(parse(&text).unwrap_err().contains("ower"));
    }
}
