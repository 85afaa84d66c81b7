//! Whether a service lives and is ready: what its loop last said, and how long ago.
//!
//! Live: the loop came round lately. A service that only waits for its broker is live, not ready: starting it
//! again would help nobody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
struct State {
    beat: Instant,
    /// Why it is not ready; `None` when it is.
    waiting: Option<String>,
    /// What it leaves undone while it works; `None` where that is nothing.
    remark: Option<String>,
}

/// Shared by a service's loop, which writes it, and the HTTP server, which reads it.
#[derive(Clone, Debug)]
pub struct Health {
    state: Arc<Mutex<State>>,
    patience: Duration,
}

impl Health {
    /// Not ready, because it is starting; live for `patience` after each [`Health::beat`].
    pub fn new(patience: Duration) -> Self {
        let state = State { beat: Instant::now(), waiting: Some("starting".into()), remark: None };
        Self { state: Arc::new(Mutex::new(state)), patience }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The loop came round.
    pub fn beat(&self) {
        self.state().beat = Instant::now();
    }

    /// The service does its work.
    pub fn ready(&self) {
        self.state().waiting = None;
    }

    /// The service cannot do its work for now; `why` is what `/ready` answers.
    pub fn waiting(&self, why: &str) {
        let mut state = self.state();
        if state.waiting.as_deref() != Some(why) {
            state.waiting = Some(why.into());
        }
    }

    /// The service works, but for what `remark` says, which somebody else has to mend: `/ready` tells it, and stays
    /// good, for a new instance would do no better.
    pub fn remark(&self, remark: Option<String>) {
        self.state().remark = remark;
    }

    /// What a service that is ready leaves undone, if anything.
    pub fn undone(&self) -> Option<String> {
        self.state().remark.clone()
    }

    /// Why it is not live, if it is not.
    pub fn not_live(&self) -> Option<String> {
        let (patience, since) = (self.patience, self.state().beat.elapsed());
        let text = || format!("the loop last came round {since:?} ago, expected within {patience:?}");
        (since > patience).then(text)
    }

    /// Why it is not ready, if it is not.
    pub fn not_ready(&self) -> Option<String> {
        self.not_live().or_else(|| self.state().waiting.clone())
    }
}
