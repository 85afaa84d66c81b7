//! Topics whose batches the broker unpacks (`compression.type=uncompressed`): those that others write.
//!
//! A client unpacks whole batches in memory, and librdkafka bounds only zstd in that: one record of a megabyte may hold a
//! gigabyte. The broker's own limit, `max.message.bytes`, is of what is kept: of topics that keep what was packed it
//! bounds nothing, of others all.

use crate::admin::{Admin, TopicSpec, options};
use crate::connection::REQUEST_TIMEOUT;
use crate::error::Error;
use crate::wait::wait;
use rdkafka::admin::{AlterConfig, ConfigResource, ConfigSource, ResourceSpecifier};
use rdkafka::error::KafkaError;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

/// The setting.
const COMPRESSION: &str = "compression.type";
/// As the broker says that it unpacks.
const UNPACKED: &str = "uncompressed";

impl Admin {
    /// Those of `topics` whose batches the broker keeps as they were packed.
    ///
    /// # Errors
    /// A topic that does not exist or may not be seen, a cluster that does not answer.
    pub fn packed(&self, topics: &[&str]) -> Result<BTreeSet<String>, Error> {
        let settings = self.settings(topics)?;
        let is_packed = |(_, found): &(String, ConfigResource)| {
            found.get(COMPRESSION).and_then(|entry| entry.value.as_deref()) != Some(UNPACKED)
        };
        Ok(settings.into_iter().filter(is_packed).map(|(topic, _)| topic).collect())
    }

    /// Makes the broker unpack what comes to those of `specs` that want it and were made without. Says which those were.
    pub(crate) fn unpack(&self, specs: &[TopicSpec]) -> Result<BTreeSet<String>, Error> {
        let wanted =
            specs.iter().filter(|spec| spec.config.get(COMPRESSION).is_some_and(|it| it == UNPACKED));
        let wanted: Vec<&str> = wanted.map(|spec| spec.name.as_str()).collect();
        let packed = self.packed(&wanted)?;
        if packed.is_empty() {
            return Ok(packed);
        }
        let names: Vec<&str> = packed.iter().map(String::as_str).collect();
        let own: Vec<(String, BTreeMap<String, String>)> =
            self.settings(&names)?.into_iter().map(|(topic, found)| (topic, unpacked(found))).collect();
        let altered: Vec<AlterConfig<'_>> = own.iter().map(|(topic, own)| alter(topic, own)).collect();
        let answers = wait(self.client.alter_configs(&altered, &options()));
        let answers = answers.map_err(Error::kafka("setting the compression of topics"))?;
        let refused = answers.into_iter().filter_map(Result::err).map(|(topic, code)| {
            Error::kafka(format!("setting {COMPRESSION} of {topic:?}"))(KafkaError::AdminOp(code))
        });
        Error::all(refused.collect())?;
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        while !self.packed(&names)?.is_empty() {
            if Instant::now() > deadline {
                let doing = format!("waiting for {COMPRESSION} of `{}` to be set", names.join("`, `"));
                return Err(Error::Late { doing, millis: REQUEST_TIMEOUT.as_millis() });
            }
            thread::park_timeout(Duration::from_millis(50));
        }
        Ok(packed)
    }

    fn settings(&self, topics: &[&str]) -> Result<Vec<(String, ConfigResource)>, Error> {
        if topics.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        let answers = wait(self.client.describe_configs(&asked, &options()));
        let answers = answers.map_err(Error::kafka("reading the settings of topics"))?;
        let settings = topics.iter().zip(answers).map(|(topic, answer)| {
            let doing = format!("reading the settings of topic `{topic}`");
            let found = answer.map_err(|code| Error::kafka(doing)(KafkaError::AdminOp(code)))?;
            Ok(((*topic).to_owned(), found))
        });
        settings.collect()
    }
}

/// A topic's own settings and the one that is missing: what is left out would fall back to the broker's.
fn unpacked(found: ConfigResource) -> BTreeMap<String, String> {
    let own = found.entries.into_iter().filter(|entry| entry.source == ConfigSource::DynamicTopic);
    let mut own: BTreeMap<String, String> =
        own.filter_map(|entry| Some((entry.name, entry.value?))).collect();
    own.insert(COMPRESSION.to_owned(), UNPACKED.to_owned());
    own
}

fn alter<'a>(topic: &'a str, own: &'a BTreeMap<String, String>) -> AlterConfig<'a> {
    let alter = AlterConfig::new(ResourceSpecifier::Topic(topic));
    own.iter().fold(alter, |alter, (key, value)| alter.set(key, value))
}
