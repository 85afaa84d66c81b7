//! How the threads inside wake the one thread that polls, and what they tell it.
//!
//! A notice carries the tenure it belongs to: one that arrives after its partition was released is dropped.

use engine::log::{CommitError, Committed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something to poll for.
#[derive(Clone, Default)]
pub(super) struct Signal(Arc<(Mutex<bool>, Condvar)>);

impl Signal {
    /// Wakes the polling thread, now or when it next waits.
    pub(super) fn raise(&self) {
        let (raised, waiting) = &*self.0;
        *raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        waiting.notify_one();
    }

    /// Waits for a [`Signal::raise`] since the last wait, until `deadline` at most.
    pub(super) fn wait(&self, deadline: Instant) {
        let (raised, waiting) = &*self.0;
        let mut up = raised.lock().unwrap_or_else(PoisonError::into_inner);
        while !*up {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return;
            }
            up = waiting.wait_timeout(up, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *up = false;
    }
}

/// One stretch of owning a partition: from a fence to the release or the next fence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tenure {
    /// The partition.
    pub(super) partition: i32,
    /// Unique in the instance's lifetime.
    pub(super) number: u64,
}

/// What a producer has to say.
#[derive(Debug)]
pub(super) enum Said {
    /// How the open transaction ended; a topic that was missing, where that was why.
    Committed(Result<Committed, CommitError>, Option<String>),
    /// A message of [`engine::log::Log::append`] is in the log.
    Appended(u64),
    /// The append producer failed for good.
    AppendBroken(String),
}

/// The sending half: wakes the polling thread with every notice.
#[derive(Clone)]
pub(super) struct Notify {
    sender: Sender<(Tenure, Said)>,
    signal: Signal,
}

impl Notify {
    pub(super) fn new(signal: Signal) -> (Self, Receiver<(Tenure, Said)>) {
        let (sender, inbox) = channel();
        (Self { sender, signal }, inbox)
    }

    pub(super) fn say(&self, tenure: Tenure, what: Said) {
        // Nobody listens only while the log is being dropped.
        let _ = self.sender.send((tenure, what));
        self.signal.raise();
    }
}
