//! The services of a deployment at work, and their good end.

use crate::service::Service;
use std::time::Duration;

/// How long services may take to drain and end.
const DRAIN: Duration = Duration::from_secs(60);

/// The services of a deployment at work.
pub struct Fleet {
    /// Feed services.
    pub feeds: Vec<Service>,
    /// Ledger instances.
    pub ledgers: Vec<Service>,
}

impl Fleet {
    /// Waits until every service is ready.
    pub fn await_ready(&mut self) {
        self.all().for_each(Service::await_ready);
    }

    /// A figure of every ledger.
    pub fn figures(&self, name: &str) -> Vec<u64> {
        self.ledgers.iter().map(|ledger| ledger.figure(name).unwrap_or(0)).collect()
    }

    /// SIGTERM to all: each drains, commits and ends with 0, so that everything is in topics and tables.
    pub fn drain(mut self) {
        self.feeds.iter().for_each(Service::ask_to_end);
        self.feeds.iter_mut().for_each(|feed| feed.await_end(DRAIN));
        self.ledgers.iter().for_each(Service::ask_to_end);
        self.ledgers.iter_mut().for_each(|ledger| ledger.await_end(DRAIN));
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Service> {
        self.feeds.iter_mut().chain(&mut self.ledgers)
    }
}
