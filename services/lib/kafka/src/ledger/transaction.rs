//! One partition's transactional producer, on a thread of its own: fence, then one transaction after another.
//!
//! Every transaction carries the input offset and the group metadata of the assignment it belongs to. After
//! anything but success the producer is of no use any more and its thread ends: the next one is a new fence.
//! A transaction that failed before its commit was asked for is aborted; one whose commit was asked for and
//! not answered is *unknown*, whatever the error says.

use crate::aside::drop_aside;
use crate::ledger::config::{Config, Topics};
use crate::ledger::deliveries::{Deliveries, EVENT, Failure, WAL};
use crate::ledger::failure::{before_commit, fenced, log_error};
use crate::ledger::frame::{headers_of, key_of};
use crate::ledger::signal::{Notify, Said, Tenure};
use engine::log::{CommitError, Committed, LogError, Ownership, Transaction};
use engine::message::Frame;
use fail::fail_point;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tracing::{debug, warn};

/// How long the abort of a failed transaction may take: the successor's fence ends it anyway.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Of the assignment in force at the fence. Without one nothing is ever committed: metadata asked for outside
/// an assignment has no generation, and the broker would take the offset unfenced.
type Metadata = Option<Arc<ConsumerGroupMetadata>>;

/// After so many records the delivery reports are looked at.
const SERVE_EVERY: usize = 128;

/// Between two looks for delivery reports.
const MOMENT: Duration = Duration::from_micros(200);
/// An idle producer's log lines and errors are looked at this often.
const SERVE_IDLE: Duration = Duration::from_secs(1);

enum Job {
    Commit(Transaction<Frame>),
    Prove(i64, Sender<Result<Ownership, LogError>>),
}

/// A fenced producer. Dropping it gives it up without waiting: what it has not asked to be committed by then
/// is not committed.
pub(super) struct Transactions {
    jobs: Option<Sender<Job>>,
    abandoned: Arc<AtomicBool>,
}

impl Transactions {
    /// Opens the producer of the tenure's partition: the predecessor is fenced and its transaction ended.
    pub(super) fn fence(
        config: &Arc<Config>,
        tenure: Tenure,
        metadata: Metadata,
        notify: Notify,
    ) -> Result<Self, LogError> {
        let (jobs, inbox) = channel();
        let (answer, answered) = channel();
        let abandoned = Arc::new(AtomicBool::new(false));
        let (config, stop) = (Arc::clone(config), Arc::clone(&abandoned));
        let patience = config.request_timeout;
        let doing = format!("fencing partition {}", tenure.partition);
        thread::Builder::new()
            .name(format!("ledger-{}", tenure.partition))
            .spawn(move || match Thread::open(config, tenure.partition, metadata, stop) {
                Err(error) => drop(answer.send(Err(error))),
                Ok(thread) => {
                    if answer.send(Ok(())).is_ok() {
                        thread.run(tenure, &inbox, &notify);
                    }
                }
            })
            .map_err(|error| LogError::Retry(format!("{doing}: no thread for it: {error}")))?;
        // The call inside has the same patience; the rest is for making the client.
        match answered.recv_timeout(patience + Duration::from_secs(1)) {
            Ok(result) => result.map(|()| Self { jobs: Some(jobs), abandoned }),
            Err(_) => Err(LogError::Retry(format!("{doing}: no answer within {} ms", patience.as_millis()))),
        }
    }

    /// Starts one transaction; the notice that answers it comes from the thread.
    pub(super) fn commit(&self, transaction: Transaction<Frame>) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.send(Job::Commit(transaction)).is_ok())
    }

    /// Whether the broker accepts `position` under the assignment. Of no use after it.
    pub(super) fn prove(self, position: i64, patience: Duration) -> Result<Ownership, LogError> {
        let (answer, answered) = channel();
        let gone = || LogError::Retry("proving ownership: the producer is gone".to_owned());
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job::Prove(position, answer)).map_err(|_| gone())?;
        let late =
            |_| LogError::Retry(format!("proving ownership: no answer within {} ms", patience.as_millis()));
        answered.recv_timeout(patience + ABORT_TIMEOUT).map_err(late)?
    }
}

impl Drop for Transactions {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
        self.jobs = None;
    }
}

/// What the thread owns.
struct Thread {
    config: Arc<Config>,
    partition: i32,
    metadata: Metadata,
    producer: BaseProducer<Deliveries>,
    abandoned: Arc<AtomicBool>,
}

impl Thread {
    fn open(
        config: Arc<Config>,
        partition: i32,
        metadata: Metadata,
        abandoned: Arc<AtomicBool>,
    ) -> Result<Self, LogError> {
        let id = format!("{}{partition}", config.transactional_prefix);
        let doing = format!("opening the transactional producer `{id}`");
        let producer: BaseProducer<Deliveries> = config
            .connection
            .producer()
            .set("transactional.id", &id)
            .set("transaction.timeout.ms", config.transaction_timeout.as_millis().to_string())
            // The broker answers "concurrent transactions" to one that follows at once.
            .set("retry.backoff.ms", "5")
            .set("linger.ms", millis(config.linger))
            .create_with_context(Deliveries::new())
            .map_err(|error| log_error(&doing, &error))?;
        match producer.init_transactions(config.request_timeout) {
            Ok(()) => Ok(Self { config, partition, metadata, producer, abandoned }),
            Err(error) => {
                drop_aside("producer", producer, Duration::ZERO);
                Err(log_error(&doing, &error))
            }
        }
    }

    fn run(self, tenure: Tenure, inbox: &Receiver<Job>, notify: &Notify) {
        loop {
            match inbox.recv_timeout(SERVE_IDLE) {
                // Log lines and errors would pile up.
                Err(RecvTimeoutError::Timeout) => self.producer.poll(Duration::ZERO),
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(Job::Commit(transaction)) => {
                    let failure = match self.transact(&transaction) {
                        Ok(committed) => {
                            notify.say(tenure, Said::Committed(Ok(committed), None));
                            continue;
                        }
                        Err(failure) => failure,
                    };
                    let abort = matches!(failure.error, CommitError::Aborted(_));
                    notify.say(tenure, Said::Committed(Err(failure.error), failure.missing));
                    if abort {
                        self.abort();
                    }
                    return;
                }
                Ok(Job::Prove(position, answer)) => {
                    // Whoever asked may have stopped waiting.
                    let _ = answer.send(self.prove(position));
                    return;
                }
            }
        }
    }

    fn transact(&self, transaction: &Transaction<Frame>) -> Result<Committed, Failure> {
        let Some(metadata) = &self.metadata else {
            let text = "expected an assignment in force when the producer was opened, found none".to_owned();
            return Err(Failure { error: CommitError::Fenced(text), missing: None });
        };
        if transaction.wal.is_empty() {
            let text =
                "expected the partition row as the last record for ledger-wal, found no record".to_owned();
            return Err(Failure { error: CommitError::Aborted(text), missing: None });
        }
        let deadline = Instant::now() + self.config.transaction_timeout;
        let plain =
            |doing: &str, error: &KafkaError| Failure { error: before_commit(doing, error), missing: None };
        fail_point!("transaction.begin.before");
        self.producer.begin_transaction().map_err(|error| plain("beginning a transaction", &error))?;
        fail_point!("transaction.write.before");
        self.write(transaction, deadline)?;
        fail_point!("transaction.offset.before");
        self.send_offsets(metadata, transaction.position, deadline)
            .map_err(|error| plain("sending the offset", &error))?;
        fail_point!("transaction.drain.before");
        self.drain(deadline)?;
        fail_point!("transaction.commit.before");
        self.commit(deadline).map_err(|error| {
            let text = format!("committing partition {}: {error}", self.partition);
            Failure { error: CommitError::Unknown(text), missing: None }
        })?;
        fail_point!("transaction.commit.after");
        let wal_end = self.producer.context().wal_end();
        Ok(Committed { wal_end })
    }

    /// Hands all records to the producer, which sends them meanwhile.
    fn write(&self, transaction: &Transaction<Frame>, deadline: Instant) -> Result<(), Failure> {
        let topics: &Topics = &self.config.topics;
        for (count, frame) in transaction.wal.iter().enumerate() {
            let record = BaseRecord::with_opaque_to(&topics.wal, WAL).partition(self.partition);
            self.send(record, frame, deadline)?;
            if count % SERVE_EVERY == SERVE_EVERY - 1 {
                self.serve(deadline)?;
            }
        }
        for (count, event) in transaction.events.iter().enumerate() {
            let topic = topics.name(&event.topic);
            self.send(BaseRecord::with_opaque_to(&topic, EVENT), &event.message, deadline)?;
            if count % SERVE_EVERY == SERVE_EVERY - 1 {
                self.serve(deadline)?;
            }
        }
        Ok(())
    }

    fn send<'a>(
        &self,
        mut record: BaseRecord<'a, [u8], [u8], usize>,
        frame: &'a Frame,
        deadline: Instant,
    ) -> Result<(), Failure> {
        record.key = key_of(frame);
        record.payload = Some(&frame.value);
        record.headers = headers_of(frame);
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.hear();
                    self.go_on(deadline)?;
                    record = back;
                }
                Err((error, back)) => return Err(Failure::writing(back.topic, &error)),
            }
        }
    }

    /// Looks at delivery reports without waiting.
    fn serve(&self, deadline: Instant) -> Result<(), Failure> {
        self.producer.poll(Duration::ZERO);
        self.go_on(deadline)
    }

    /// Whether there is a point in going on: nothing failed, nobody gave the partition up, time is left.
    fn go_on(&self, deadline: Instant) -> Result<(), Failure> {
        if let Some(failure) = self.producer.context().failure() {
            return Err(failure);
        }
        let aborted = |text: &str| Failure { error: CommitError::Aborted(text.to_owned()), missing: None };
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(aborted("the partition was given up"));
        }
        if Instant::now() > deadline {
            return Err(aborted("the broker did not acknowledge its records in time"));
        }
        Ok(())
    }

    /// Waits for every delivery report. `flush` and `commit_transaction` would poll in steps of 100 ms.
    fn drain(&self, deadline: Instant) -> Result<(), Failure> {
        while self.producer.in_flight_count() > 0 {
            self.hear();
            self.go_on(deadline)?;
        }
        self.go_on(deadline)
    }

    /// Takes delivery reports; where there are none, waits a moment. Not by `poll` with a millisecond's timeout:
    /// it asks librdkafka to wait for the whole milliseconds left, which are none, until that one has gone by.
    /// Measured at the real year: 80 % of a ledger's processor time.
    fn hear(&self) {
        let before = self.producer.in_flight_count();
        self.producer.poll(Duration::ZERO);
        if self.producer.in_flight_count() == before {
            thread::park_timeout(MOMENT);
        }
    }

    fn send_offsets(
        &self,
        metadata: &ConsumerGroupMetadata,
        position: i64,
        deadline: Instant,
    ) -> KafkaResult<()> {
        let mut offsets = TopicPartitionList::new();
        let topic = &self.config.topics.commands;
        offsets.add_partition_offset(topic, self.partition, Offset::Offset(position))?;
        self.retry(deadline, |patience| {
            self.producer.send_offsets_to_transaction(&offsets, metadata, patience)
        })
    }

    fn commit(&self, deadline: Instant) -> KafkaResult<()> {
        self.retry(deadline, |patience| self.producer.commit_transaction(patience))
    }

    /// Asks again while the error allows it, time is left, and the partition was not given up.
    fn retry(&self, deadline: Instant, ask: impl Fn(Duration) -> KafkaResult<()>) -> KafkaResult<()> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match ask(left) {
                Err(KafkaError::Transaction(error))
                    if error.is_retriable()
                        && Instant::now() < deadline
                        && !self.abandoned.load(Ordering::Relaxed) =>
                {
                    debug!(%error, partition = self.partition, "asking again");
                }
                result => return result,
            }
        }
    }

    fn prove(&self, position: i64) -> Result<Ownership, LogError> {
        let doing = format!("proving ownership of partition {}", self.partition);
        let Some(metadata) = &self.metadata else {
            return Ok(Ownership::Refused(format!("{doing}: no assignment was in force when it was opened")));
        };
        let deadline = Instant::now() + self.config.request_timeout;
        let begun = self.producer.begin_transaction();
        let tried = begun.and_then(|()| self.send_offsets(metadata, position, deadline));
        self.abort();
        match tried {
            Ok(()) => Ok(Ownership::Proven),
            Err(error) if error.rdkafka_error_code().is_some_and(fenced) => {
                Ok(Ownership::Refused(format!("{doing}: {error}")))
            }
            Err(error) => Err(log_error(&doing, &error)),
        }
    }

    /// Ends what is open, so that readers need not wait for the transaction's timeout.
    fn abort(&self) {
        if let Err(error) = self.producer.abort_transaction(ABORT_TIMEOUT) {
            warn!(%error, partition = self.partition, "could not abort; the next fence ends the transaction");
        }
    }
}

/// Milliseconds with three decimals, as librdkafka reads them.
fn millis(of: Duration) -> String {
    let micros = of.as_micros();
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}
