//! What every request of one store shares: session, statements, limits, and the patience to ask again.
//!
//! Invariant: a request that began ends only by an answer of the store, by its owner's release, or by an
//! error no further attempt can cure.

use crate::config::Config;
use crate::error::ScyllaError;
use crate::schema::Keyspace;
use crate::session;
use crate::statements::Statements;
use crate::tables;
use engine::store::StoreError;
use scylla::client::session::Session;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Attempts of a blocking call before it answers "try again".
const ATTEMPTS: u32 = 4;

pub(crate) struct Shared {
    pub(crate) session: Session,
    pub(crate) statements: Statements,
    pub(crate) reads: Semaphore,
    pub(crate) writes: Semaphore,
    /// Days of timers this instance knows to be in `timer_days`: partition and day.
    pub(crate) days: Mutex<BTreeSet<(i32, i64)>>,
    silent: AtomicBool,
}

impl Shared {
    pub(crate) async fn open(config: &Config) -> Result<Self, ScyllaError> {
        let keyspace = Keyspace::new(&config.keyspace)?;
        let session = session::open(config).await?;
        tables::check_with(&session, &keyspace).await?;
        let statements = Statements::prepare(&session, &keyspace).await?;
        Ok(Self {
            session,
            statements,
            reads: Semaphore::new(config.reads_in_flight.max(1)),
            writes: Semaphore::new(config.writes_in_flight.max(1)),
            days: Mutex::new(BTreeSet::new()),
            silent: AtomicBool::new(false),
        })
    }

    /// Patience until there is an answer, or `released`.
    pub(crate) const fn insisting<'a>(&'a self, released: &'a AtomicBool) -> Asking<'a> {
        Asking { shared: self, released, left: u32::MAX, pause: FIRST_PAUSE }
    }

    /// Patience of a few attempts, for calls that somebody waits for.
    pub(crate) const fn trying(&self) -> Asking<'_> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Asking { shared: self, released: &NEVER, left: ATTEMPTS, pause: FIRST_PAUSE }
    }

    /// Says once that the store does not answer, however many requests wait for it.
    fn fell_silent(&self, why: &str) {
        if !self.silent.swap(true, Ordering::Relaxed) {
            tracing::warn!(error = why, "the store does not answer; asking again until it does");
        }
    }

    fn answered(&self) {
        if self.silent.load(Ordering::Relaxed) && self.silent.swap(false, Ordering::Relaxed) {
            tracing::info!("the store answers again");
        }
    }
}

/// The attempts of one request.
pub(crate) struct Asking<'a> {
    shared: &'a Shared,
    released: &'a AtomicBool,
    left: u32,
    pause: Duration,
}

impl Asking<'_> {
    /// Whether to ask again after `answer`, once a pause is over. What is [`StoreError::Retry`] in the end
    /// belongs to a released request, or to one that ran out of attempts.
    pub(crate) async fn again<T>(&mut self, answer: &Result<T, StoreError>) -> bool {
        let Err(StoreError::Retry(why)) = answer else {
            self.shared.answered();
            return false;
        };
        self.shared.fell_silent(why);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || self.released.load(Ordering::Relaxed) {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        !self.released.load(Ordering::Relaxed)
    }
}
