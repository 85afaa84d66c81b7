//! Whether the cluster lets us in; and where it does not, what a person has to change, told apart from a cluster that is
//! away.
//!
//! librdkafka itself goes on asking whatever the answer is, and tells why on its side only. So where an answer does not
//! come, another client knocks and is listened to.

use crate::connection::Connection;
use crate::error::Error;
use crate::ledger::hopeless;
use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer may take before it is asked why there is none.
const SOON: Duration = Duration::from_secs(3);
/// How long one knock waits.
const KNOCK: Duration = Duration::from_millis(500);
/// How long is listened where nothing was heard yet: a greeting, TLS and a login take their time.
const LISTEN: Duration = Duration::from_secs(3);
/// How long a cluster may hang up on us before that is its answer: a broker that stops just now is gone by then.
const ODD: Duration = Duration::from_secs(10);
/// Settings that say how it was asked, none of them a secret.
const TOLD: [&str; 4] = ["security.protocol", "sasl.mechanism", "sasl.username", "ssl.ca.location"];

/// What the client complains of, the last of it.
#[derive(Default)]
struct Complaint(Mutex<Option<(RDKafkaErrorCode, String)>>);

impl Complaint {
    fn last(&self) -> Option<(RDKafkaErrorCode, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Complaint {
    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
        // It only repeats what was told of each broker.
        if code != RDKafkaErrorCode::AllBrokersDown {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((code, reason.to_owned()));
        }
    }
}

impl ProducerContext for Complaint {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// What a complaint means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    /// Nobody is there; may pass.
    Away,
    /// Somebody is there and hangs up, or does not speak TLS.
    Odd,
    /// A certificate that is not believed.
    Certificate,
    /// A mechanism that is not theirs.
    Mechanism,
    /// A login that is not taken.
    Login,
}

impl Meaning {
    fn of(code: RDKafkaErrorCode, reason: &str) -> Self {
        let says = |word: &str| reason.to_ascii_lowercase().contains(word);
        match code {
            RDKafkaErrorCode::Authentication | RDKafkaErrorCode::UnsupportedSASLMechanism
                if says("mechanism") && says("support") =>
            {
                Self::Mechanism
            }
            RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed => Self::Login,
            _ if says("certificate") => Self::Certificate,
            RDKafkaErrorCode::SSL => Self::Odd,
            _ if says("security.protocol") || says("listener?") => Self::Odd,
            // An alert of TLS, read as the length of an answer.
            _ if says("invalid response size") || says("invalid frame size") => Self::Odd,
            _ => Self::Away,
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Away => "is it running, and is `kafka` its address?",
            Self::Odd => {
                "security.protocol must be `ssl` or `sasl_ssl` where the door has TLS, and `plaintext` or \
                 `sasl_plaintext` where it has none; where the door wants a certificate of ours, set \
                 ssl.certificate.location and ssl.key.location"
            }
            Self::Certificate => {
                "it is of another CA than ssl.ca.location says, for another name than `kafka` has, or expired: `openssl \
                 s_client -connect HOST:PORT` shows it"
            }
            Self::Mechanism => "set sasl.mechanism to one that the brokers have",
            Self::Login => {
                "check sasl.username and its password (kafka_password_file or LOTSTREAM_KAFKA_PASSWORD)"
            }
        }
    }
}

/// What `client` is told of the cluster, or of one topic, within `patience`.
///
/// # Errors
/// [`Error::Refused`] as soon as it is known that a setting is wrong; else that nobody answers.
pub(crate) fn metadata<C: ClientContext>(
    client: &Client<C>,
    connection: &Connection,
    topic: Option<&str>,
    (doing, patience): (&str, Duration),
) -> Result<Metadata, Error> {
    let until = Instant::now() + patience;
    let left = || until.saturating_duration_since(Instant::now());
    let error = match client.fetch_metadata(topic, patience.min(SOON)) {
        Ok(metadata) => return Ok(metadata),
        Err(error) => error,
    };
    if error.rdkafka_error_code().is_some_and(hopeless) || !knock(connection, left())? {
        return Err(Error::kafka(doing)(error));
    }
    client.fetch_metadata(topic, left().max(KNOCK)).map_err(Error::kafka(doing))
}

/// Whether we are let in within `patience`; a cluster that is odd is given more.
///
/// # Errors
/// [`Error::Refused`].
fn knock(connection: &Connection, patience: Duration) -> Result<bool, Error> {
    let knocking: BaseProducer<Complaint> = connection
        .config()
        .create_with_context(Complaint::default())
        .map_err(Error::kafka("knocking at the cluster"))?;
    let began = Instant::now();
    loop {
        let answer = knocking.client().fetch_metadata(None, KNOCK);
        knocking.poll(Duration::ZERO);
        if answer.is_ok() {
            return Ok(true);
        }
        let complaint = knocking.client().context().last();
        let meaning = complaint.as_ref().map_or(Meaning::Away, |(code, reason)| Meaning::of(*code, reason));
        let waited = began.elapsed();
        match meaning {
            Meaning::Away if waited < patience || (complaint.is_none() && waited < LISTEN) => {}
            Meaning::Away => return Ok(false),
            Meaning::Odd if waited < ODD => {}
            _ => return Err(refused(connection, meaning, complaint.map(|(_, reason)| reason))),
        }
    }
}

fn refused(connection: &Connection, meaning: Meaning, found: Option<String>) -> Error {
    let told = |key: &&str| connection.settings.get(*key).map(|value| format!("{key}={value}"));
    let how: Vec<String> = TOLD.iter().filter_map(told).collect();
    Error::Refused {
        brokers: connection.brokers.clone(),
        how: if how.is_empty() { "no security settings".to_owned() } else { how.join(", ") },
        found: found.unwrap_or_default(),
        advice: meaning.advice(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_librdkafka_complains_of_is_understood() {
        use RDKafkaErrorCode as Code;
        for (code, reason, meaning) in [
            (
                Code::BrokerTransportFailure,
                "Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes",
                Meaning::Odd,
            ),
            (
                Code::BrokerTransportFailure,
                "here:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused",
                Meaning::Away,
            ),
            (
                Code::BrokerTransportFailure,
                "Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10",
                Meaning::Odd,
            ),
            (
                Code::SSL,
                "SSL handshake failed: error:0A00010B:SSL routines::wrong version number",
                Meaning::Odd,
            ),
            (
                Code::SSL,
                "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified",
                Meaning::Certificate,
            ),
            (
                Code::Authentication,
                "SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512",
                Meaning::Login,
            ),
            (
                Code::Authentication,
                "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512",
                Meaning::Mechanism,
            ),
        ] {
            assert_eq!(Meaning::of(code, reason), meaning, "{reason}");
        }
    }

    #[test]
    fn a_refusal_says_how_it_was_asked_and_no_secret() {
        let mut connection = Connection::to("here:1");
        for (key, value) in
            [("sasl.username", "ledger"), ("sasl.password", "s3cret"), ("ssl.key.password", "s3cret")]
        {
            connection.settings.insert(key.to_owned(), value.to_owned());
        }
        let told = refused(&connection, Meaning::Login, Some("refused".to_owned())).to_string();
        assert!(
            told.contains("here:1") && told.contains("sasl.username=ledger") && !told.contains("s3cret"),
            "{told}"
        );
        assert!(!refused(&connection, Meaning::Login, None).may_pass());
    }

    #[test]
    fn a_cluster_that_is_away_is_no_refusal_and_is_waited_for_no_longer_than_asked() {
        let began = Instant::now();
        let answer = knock(&Connection::to("127.0.0.1:1"), Duration::from_secs(1));
        assert!(matches!(answer, Ok(false)) && began.elapsed() < Duration::from_secs(5), "{answer:?}");
    }
}
