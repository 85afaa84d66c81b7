//! What members and cards are kept under, agreed on once by all services of a deployment: the first record of its topic
//! `identity`. Under two keys, or with and without one, one member would become two.
//!
//! The topic is the log that decides: of services that start at once for the first time each may write what it has, and
//! each then reads who was first, which is the same for all and stays so. Never holds a key, only its fingerprint.

use super::error::ServiceError;
use crate::identity::Identity;
use domain::Timestamp;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Outgoing;
use lotstream_kafka::{Connection, Error};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tracing::warn;
use wire::contract::Contract;
use wire::identity::IdentityRecord;
use wire::registry::Registry;

/// The largest record.
const LIMIT: usize = 64 << 10;
const TICK: Duration = Duration::from_millis(200);
/// How long the cluster may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The topic of a deployment.
pub(super) fn topic(prefix: &str) -> String {
    format!("{prefix}identity")
}

/// Where a deployment's agreement is kept.
pub struct Agreement {
    connection: Connection,
    topic: String,
    contract: Contract,
}

impl Agreement {
    /// That of the deployment with this prefix.
    ///
    /// # Errors
    /// A registry that refuses, or does not answer.
    pub fn of(
        connection: &Connection,
        registry: &Arc<dyn Registry>,
        prefix: &str,
    ) -> Result<Self, ServiceError> {
        let contract = Contract::new("identity", Arc::clone(registry), LIMIT)?;
        Ok(Self { connection: connection.clone(), topic: topic(prefix), contract })
    }

    /// Agrees with the others on `identity`; where nothing is recorded yet, `by` is the first to say it.
    ///
    /// # Errors
    /// [`ServiceError::Identity`] where another is recorded; a topic that is missing, a cluster that does not answer.
    pub fn join(&self, identity: &Identity, by: &str) -> Result<(), ServiceError> {
        if self.check(identity)? {
            return Ok(());
        }
        self.say(identity, by)?;
        if !self.check(identity)? {
            let doing = format!("reading `{}` again", self.topic);
            return Err(Error::Late { doing, millis: PATIENCE.as_millis() }.into());
        }
        if !identity.is_pseudonymous() {
            warn!(
                "members of this deployment are kept under their own ids from now on, for ever: no key is set; where ids \
                 are phone numbers or names, stop, give all services a pseudonym key, and begin with another prefix"
            );
        }
        Ok(())
    }

    /// Compares `identity` with what is recorded; false where nothing is.
    ///
    /// # Errors
    /// As [`Agreement::join`].
    pub fn check(&self, identity: &Identity) -> Result<bool, ServiceError> {
        match self.first()? {
            None => Ok(false),
            Some(first) => compare(&self.topic, &first, identity).map(|()| true),
        }
    }

    /// The first record.
    fn first(&self) -> Result<Option<IdentityRecord>, ServiceError> {
        let topics = std::slice::from_ref(&self.topic);
        let mut reader = Reader::open(&self.connection, topics, Start::Beginning)?;
        let began = Instant::now();
        while !reader.is_done() {
            if let Some(record) = reader.poll(TICK)? {
                let value = record.value().unwrap_or_default();
                let decoded = self.contract.decode(value, &mut Vec::new());
                return decoded.map(Some).map_err(|error| ServiceError::Agreement {
                    topic: self.topic.clone(),
                    error: Box::new(error),
                });
            }
            if began.elapsed() > PATIENCE {
                let doing = format!("reading `{}`", self.topic);
                return Err(Error::Late { doing, millis: PATIENCE.as_millis() }.into());
            }
        }
        Ok(None)
    }

    /// Writes what this service has, and waits until the cluster has it.
    fn say(&self, identity: &Identity, by: &str) -> Result<(), ServiceError> {
        let record = IdentityRecord {
            identity: identity.kept().to_owned(),
            fingerprint: identity.fingerprint(),
            at: now(),
            by: by.to_owned(),
        };
        let value = self
            .contract
            .encode(&record)
            .map_err(|error| ServiceError::Agreement { topic: self.topic.clone(), error: Box::new(error) })?;
        let producer = FeedProducer::new(&self.connection)?;
        let (topic, value) = (self.topic.as_str(), value.as_slice());
        producer.send(&Outgoing { topic, partition: Some(0), key: b"", value, headers: &[] }, 0);
        let late = || Error::Late { doing: format!("writing to `{topic}`"), millis: PATIENCE.as_millis() };
        producer.wait(PATIENCE).ok_or_else(late)?.result?;
        Ok(())
    }
}

fn compare(topic: &str, first: &IdentityRecord, identity: &Identity) -> Result<(), ServiceError> {
    let IdentityRecord { identity: recorded, fingerprint, at, by } = first;
    if (recorded.as_str(), fingerprint) == (identity.kept(), &identity.fingerprint()) {
        return Ok(());
    }
    Err(ServiceError::Identity {
        topic: topic.to_owned(),
        recorded: words(recorded, fingerprint),
        since: *at,
        by: by.clone(),
        found: words(identity.kept(), &identity.fingerprint()),
    })
}

/// `as given`, or under which key.
fn words(identity: &str, fingerprint: &str) -> String {
    match identity {
        "given" => "as given, without a key".to_owned(),
        _ => format!("under the pseudonym key with the fingerprint {fingerprint}"),
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(key: &[u8; 32]) -> Identity {
        Identity::keyed(key).unwrap()
    }

    fn record(identity: &Identity) -> IdentityRecord {
        let (fingerprint, at, by) = (identity.fingerprint(), Timestamp(0), "purchases".to_owned());
        IdentityRecord { identity: identity.kept().to_owned(), fingerprint, at, by }
    }

    #[test]
    fn pseudonyms_of_partners_are_kept_as_given() {
        compare("identity", &record(&Identity::GIVEN), &Identity::PSEUDONYMOUS).unwrap();
        compare("identity", &record(&Identity::PSEUDONYMOUS), &Identity::GIVEN).unwrap();
        assert!(compare("identity", &record(&keyed(&[7; 32])), &Identity::PSEUDONYMOUS).is_err());
    }

    #[test]
    fn another_key_and_none_where_there_was_one_are_refused_by_their_fingerprints() {
        let (one, other) =
            (keyed(b"0123456789abcdef0123456789abcdef"), keyed(b"fedcba9876543210fedcba9876543210"));
        let all = [&Identity::GIVEN, &one, &other];
        for (number, first) in all.iter().enumerate() {
            for (place, found) in all.iter().enumerate() {
                let compared = compare("eu.identity", &record(first), found);
                if number == place {
                    compared.unwrap();
                    continue;
                }
                let told = compared.unwrap_err().to_string();
                for identity in [first, found] {
                    let named =
                        if identity.is_keyed() { identity.fingerprint() } else { "as given".to_owned() };
                    assert!(told.contains(&named), "{named} in {told}");
                }
                assert!(told.contains("`eu.identity`") && told.contains("as purchases recorded"), "{told}");
            }
        }
    }
}
