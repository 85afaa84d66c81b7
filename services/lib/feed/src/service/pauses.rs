//! Which partners an operator paused (`lotstream partner pause`): the compacted topic `partner-states`, read whole at
//! the start and followed from then on, by a thread of its own. Every instance reads all of it, so a pause is heard by
//! all of them and outlives each.
//!
//! Decides nothing: who is paused is told as names. Where the topic is missing nobody is paused, and the log says so.

use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::{Connection, Error};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;
use telemetry::Stop;
use tracing::warn;
use wire::contract::{Contract, ContractError};
use wire::error::WireError;
use wire::partner_state::PartnerState;
use wire::registry::Registry;

/// The largest record.
const LIMIT: usize = 64 << 10;
/// How long one look for a record may take.
const TICK: Duration = Duration::from_millis(200);
/// How long before what failed is tried again.
const AGAIN: Duration = Duration::from_secs(3);

/// Names of partners.
pub(super) type Names = BTreeSet<String>;

/// Hears of pauses until it is dropped.
pub(super) struct Pauses {
    news: Receiver<Names>,
    ended: Arc<AtomicBool>,
}

/// Why following ended: all of it is tried again.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("{0}")]
    Kafka(#[from] Error),
    #[error("{0}")]
    Schema(#[from] ContractError),
    #[error("{0}")]
    Registry(WireError),
}

impl Pauses {
    /// Begins to follow `topic`.
    ///
    /// # Errors
    /// No thread.
    pub(super) fn start(
        connection: &Connection,
        registry: &Arc<dyn Registry>,
        topic: String,
    ) -> Result<Self, Error> {
        let (says, news) = channel();
        let ended = Arc::new(AtomicBool::new(false));
        let mut follower = Follower {
            connection: connection.clone(),
            registry: Arc::clone(registry),
            topic,
            ended: Arc::clone(&ended),
            says,
        };
        let thread = thread::Builder::new().name("pauses".into()).spawn(move || follower.work());
        thread.map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self { news, ended })
    }

    /// A follower that never hears anything: of feeds that nobody can pause.
    pub(super) fn none() -> Self {
        let (says, news) = channel();
        let _ = says.send(Names::new());
        Self { news, ended: Arc::default() }
    }

    /// Who is paused before anything is read; `None` where the stop came first. `beat` is called meanwhile.
    pub(super) fn first(&self, stop: &Stop, mut beat: impl FnMut()) -> Option<Names> {
        while !stop.is_asked() {
            beat();
            if let Ok(names) = self.news.recv_timeout(TICK) {
                return Some(names);
            }
        }
        None
    }

    /// Who is paused now, where that is another than was told before.
    pub(super) fn news(&self) -> Option<Names> {
        self.news.try_iter().last()
    }
}

impl Drop for Pauses {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// The thread's side.
struct Follower {
    connection: Connection,
    registry: Arc<dyn Registry>,
    topic: String,
    ended: Arc<AtomicBool>,
    says: Sender<Names>,
}

impl Follower {
    fn work(&mut self) {
        let mut missed = false;
        while !self.is_over() {
            match self.follow() {
                Ok(()) => return,
                Err(Failed::Kafka(error @ Error::MissingTopic { .. })) => {
                    if !missed {
                        warn!("nobody is paused: {error}");
                        let _ = self.says.send(Names::new());
                    }
                    missed = true;
                }
                Err(error) => warn!(%error, "who is paused is not known for now, and stays as it was"),
            }
            thread::park_timeout(AGAIN);
        }
    }

    fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Reads the topic whole, tells, and tells every change from then on.
    fn follow(&self) -> Result<(), Failed> {
        let contract = Contract::new("partner_state", Arc::clone(&self.registry), LIMIT)?;
        let topics = std::slice::from_ref(&self.topic);
        let mut reader = Reader::open(&self.connection, topics, Start::Beginning)?;
        let (mut paused, mut told) = (Names::new(), None);
        while !self.is_over() {
            if let Some(record) = reader.poll(TICK)? {
                let partner = String::from_utf8_lossy(record.key()).into_owned();
                take(&mut paused, partner, record.value(), &contract)?;
            }
            if reader.is_done() && told.as_ref() != Some(&paused) {
                if self.says.send(paused.clone()).is_err() {
                    return Ok(());
                }
                told = Some(paused.clone());
            }
        }
        Ok(())
    }
}

/// Takes one state in. One that cannot be read changes nothing and is told.
fn take(
    paused: &mut Names,
    partner: String,
    value: Option<&[u8]>,
    contract: &Contract,
) -> Result<(), Failed> {
    let state = match value.filter(|value| !value.is_empty()) {
        None => Ok(false),
        Some(value) => contract.decode::<PartnerState>(value, &mut Vec::new()).map(|state| state.paused),
    };
    match state {
        Ok(true) => _ = paused.insert(partner),
        Ok(false) => _ = paused.remove(&partner),
        Err(error) if error.is_retryable() => return Err(Failed::Registry(error)),
        Err(error) => warn!(partner, %error, "a state that cannot be read is left out"),
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use wire::registry::Fixed;

    fn contract() -> Contract {
        Contract::new("partner_state", Arc::new(Fixed::default()), LIMIT).unwrap()
    }

    fn state(contract: &Contract, paused: bool) -> Vec<u8> {
        let (partner, reason) = ("shop".to_owned(), String::new());
        contract.encode(&PartnerState { partner, paused, at: Timestamp(0), reason }).unwrap()
    }

    #[test]
    fn the_last_word_of_each_partner_counts_and_what_is_none_changes_nothing() {
        let contract = contract();
        let (paused, resumed) = (state(&contract, true), state(&contract, false));
        let mut names = Names::new();
        let mut hear = |partner: &str, value: Option<&[u8]>| {
            take(&mut names, partner.to_owned(), value, &contract).unwrap();
            names.iter().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(hear("a", Some(&paused)), "a");
        assert_eq!(hear("b", Some(&paused)), "a b");
        assert_eq!(hear("a", Some(b"nonsense")), "a b");
        assert_eq!(hear("a", Some(&resumed)), "b");
        assert_eq!(hear("b", None), "", "a deleted state is none");
        assert_eq!(hear("c", Some(&resumed)), "");
    }
}
