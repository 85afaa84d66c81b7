//! Appends records for a tool: so many under way at the most, and nothing is done before the cluster has it.

use super::deployment::Deployment;
use super::{other, reached};
use crate::failure::Failure;
use lotstream_kafka::feed::{Acknowledged, FeedProducer};
use lotstream_kafka::record::Outgoing;
use std::time::{Duration, Instant};

/// How long an acknowledgement may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether the producer gave up.
const TICK: Duration = Duration::from_millis(500);
/// Records sent and not acknowledged, at the most: live traffic goes on beside them.
const IN_FLIGHT: usize = 1_000;

/// Where a record stands: partition and offset.
pub(super) type Landed = (i32, i64);

/// Appends records.
pub(super) struct Sender {
    producer: FeedProducer,
    /// What they are, in an error.
    what: &'static str,
    in_flight: usize,
}

impl Sender {
    /// A sender of `what`.
    pub(super) fn open(deployment: &Deployment, what: &'static str) -> Result<Self, Failure> {
        reached(deployment)?;
        let producer = FeedProducer::new(deployment.kafka()).map_err(other)?;
        Ok(Self { producer, what, in_flight: 0 })
    }

    /// Sends a record; waits while too many are under way.
    pub(super) fn send(&mut self, record: &Outgoing<'_>) -> Result<(), Failure> {
        self.producer.send(record, 0);
        self.in_flight += 1;
        self.wait(IN_FLIGHT, |_, _| {})
    }

    /// Waits until all is acknowledged.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.wait(0, |_, _| {})
    }

    /// Sends these, waits until each is acknowledged or refused, and says where each stands that the cluster has:
    /// `landed` is called with its number among them. An error comes after all of them had their end.
    pub(super) fn send_all(
        &mut self,
        records: &[Outgoing<'_>],
        landed: impl FnMut(usize, Landed),
    ) -> Result<(), Failure> {
        self.finish()?;
        for (number, record) in records.iter().enumerate() {
            self.producer.send(record, number);
            self.in_flight += 1;
        }
        self.wait(0, landed)
    }

    fn acknowledged(&self) -> Result<Acknowledged, Failure> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(acknowledged) = self.producer.wait(TICK) {
                return Ok(acknowledged);
            }
            if let Some(error) = self.producer.fatal() {
                return Err(other(error));
            }
        }
        let (what, seconds) = (self.what, PATIENCE.as_secs());
        Err(other(format!("kafka did not acknowledge {what} within {seconds} s")))
    }

    fn wait(&mut self, left: usize, mut landed: impl FnMut(usize, Landed)) -> Result<(), Failure> {
        let mut refused = None;
        while self.in_flight > left {
            let acknowledged = self.acknowledged()?;
            self.in_flight -= 1;
            match acknowledged.result {
                Ok((partition, offset, _)) => landed(acknowledged.token, (partition, offset)),
                Err(error) => refused = refused.or(Some(other(error))),
            }
        }
        refused.map_or(Ok(()), Err)
    }
}
