//! Which partners are heard: a topic is read only while the partner's `outcomes.<partner>` exists, for every event
//! is answered there. The others keep their place, hold up nobody, and are named until their topic appears.
//!
//! The cluster is asked on a thread of its own, and only while a topic waits: the loop never waits for it.

use super::topics::Topics;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::{Connection, Error};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// How long before the cluster is asked again.
const AGAIN: Duration = Duration::from_secs(3);

/// The feed's topics, as the cluster has them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Partners {
    /// Those whose answers have somewhere to go.
    pub(super) heard: BTreeSet<String>,
    /// The others, each with what is missing and the command that makes it.
    pub(super) waiting: BTreeMap<String, String>,
}

impl Partners {
    /// Who waits, and for what, in a line; `None` where nobody does.
    pub(super) fn remark(&self) -> Option<String> {
        let all: Vec<&str> = self.waiting.values().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Tells the log what is different from `before`.
    pub(super) fn tell(&self, before: &Self) {
        for (topic, why) in self.waiting.iter().filter(|(topic, _)| !before.waiting.contains_key(*topic)) {
            warn!(topic, "{why}");
        }
        for topic in before.waiting.keys().filter(|topic| self.heard.contains(*topic)) {
            info!(topic, "its outcomes topic is there: it is read from now on");
        }
    }
}

/// Asks the cluster for them.
pub(super) struct Watch {
    ask: Sender<()>,
    answers: Receiver<Result<Partners, Error>>,
    /// When it was asked last; `None` while an answer is due.
    asked: Option<Instant>,
}

impl Watch {
    pub(super) fn start(connection: &Connection, topics: Topics) -> Result<Self, Error> {
        let admin = Admin::new(connection)?;
        let (ask, asked) = channel();
        let (answer, answers) = channel();
        let look = move || {
            while asked.recv().is_ok() {
                let found = admin.partitions().map(|found| topics.partners(&found));
                if answer.send(found).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("partners".into()).spawn(look);
        thread.map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self { ask, answers, asked: Some(Instant::now()) })
    }

    /// The news, if there is any; asks for more where somebody `waits`.
    pub(super) fn news(&mut self, waits: bool) -> Option<Partners> {
        let answer = self.answers.try_recv().ok();
        if answer.is_some() {
            self.asked = Some(Instant::now());
        }
        if waits && self.asked.is_some_and(|last| last.elapsed() >= AGAIN) && self.ask.send(()).is_ok() {
            self.asked = None;
        }
        match answer? {
            Ok(partners) => Some(partners),
            Err(error) => {
                warn!(%error, "which topics there are is not known for now");
                None
            }
        }
    }
}
