//! The loop: read, answer, write, and commit what was acknowledged.
//!
//! An offset is committed only when every answer to the records before it is acknowledged, so a crash
//! delivers again and loses nothing; what is delivered again has the same ids, and acts once.

use super::answer::{Answer, Answerer, Arriving, NoAnswer};
use super::config::Config;
use super::error::ServiceError;
use super::follow::{self, Following};
use super::metrics::Metrics;
use super::open::Open;
use super::partners::{Partners, Watch};
use super::pauses::{Names, Pauses};
use super::rate::Rates;
use super::topics::Topics;
use crate::limits;
use domain::Timestamp;
use engine::config::Clock;
use lotstream_kafka::feed::{Acknowledged, FeedConsumer, FeedProducer, Place, check_clock};
use lotstream_kafka::record::{Incoming, Outgoing};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use telemetry::trace::Tracer;
use telemetry::{Health, Stop};
use tracing::{info, warn};

/// How long a read waits for a record, and a pause for an acknowledgement.
const TICK: Duration = Duration::from_millis(100);
/// How often offsets are committed.
const COMMIT: Duration = Duration::from_millis(500);
/// How often this machine's clock is compared with the broker's.
const CLOCK: Duration = Duration::from_secs(10);
/// How often the consumer is polled whatever happens, so that it keeps its partitions.
const POLL: Duration = Duration::from_secs(2);
/// How long nothing may be acknowledged before the service says that it waits.
const SILENCE: Duration = Duration::from_secs(10);
/// How long before the registry is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// A record that was answered.
#[derive(Debug)]
struct Answered {
    place: Place,
    /// When the broker appended it.
    appended: Option<Timestamp>,
    /// Its step of a trace, where it has one.
    following: Option<Following>,
}

/// A feed service at work.
pub(super) struct Relay<'s> {
    pub(super) config: &'s Config,
    pub(super) topics: Topics,
    pub(super) answerer: Answerer,
    rates: Rates,
    pub(super) metrics: Metrics,
    tracer: Tracer,
    pub(super) health: Health,
    pub(super) stop: &'s Stop,
    pub(super) producer: FeedProducer,
    open: Open<Answered>,
    times: Times,
    watch: Watch,
    partners: Partners,
    pauses: Pauses,
    paused: Names,
}

/// When each thing that happens now and then happened last.
struct Times {
    polled: Instant,
    committed: Instant,
    acknowledged: Instant,
    clock: Option<Instant>,
}

impl<'s> Relay<'s> {
    pub(super) fn new(
        config: &'s Config,
        topics: Topics,
        (answerer, rates): (Answerer, Rates),
        (metrics, tracer, health): (Metrics, Tracer, Health),
        stop: &'s Stop,
        producer: FeedProducer,
        (watch, pauses): (Watch, Pauses),
    ) -> Self {
        let now = Instant::now();
        let times = Times { polled: now, committed: now, acknowledged: now, clock: None };
        let (open, partners, paused) = (Open::default(), Partners::default(), Names::new());
        Self {
            config,
            topics,
            answerer,
            rates,
            metrics,
            tracer,
            health,
            stop,
            producer,
            open,
            times,
            watch,
            partners,
            pauses,
            paused,
        }
    }

    /// Reads those of `partners` that can be answered, and names the others.
    pub(super) fn hear(&mut self, consumer: &FeedConsumer, partners: Partners) -> Result<(), ServiceError> {
        if partners != self.partners {
            partners.tell(&self.partners);
            self.metrics.waiting(partners.waiting.len());
            self.health.remark(partners.remark());
            self.partners = partners;
            self.read(consumer)?;
        }
        Ok(())
    }

    /// Leaves the topics of these partners alone, and reads those of others again. What was read before is answered
    /// and committed; what stands behind it waits.
    pub(super) fn pause(&mut self, consumer: &FeedConsumer, paused: Names) -> Result<(), ServiceError> {
        for partner in paused.difference(&self.paused) {
            info!(partner, "paused: not read until an operator resumes it");
        }
        for partner in self.paused.difference(&paused) {
            info!(partner, "resumed by an operator: read from where it stopped");
            self.rates.forget(partner);
        }
        self.paused = paused;
        self.read(consumer)
    }

    /// Reads the topics of partners that can be answered and are not paused.
    fn read(&self, consumer: &FeedConsumer) -> Result<(), ServiceError> {
        let (paused, read) = self.partners.heard.iter().cloned().partition(|topic| self.is_paused(topic));
        let paused: Names = paused;
        self.metrics.paused(paused.len());
        Ok(consumer.read_only(read)?)
    }

    fn is_paused(&self, topic: &str) -> bool {
        self.topics.partner(topic).is_some_and(|partner| self.paused.contains(partner))
    }

    /// Works until the stop, then drains: waits for acknowledgements, commits and leaves the group, all
    /// within the deadline.
    pub(super) fn work(mut self, consumer: FeedConsumer) -> Result<(), ServiceError> {
        self.health.ready();
        while !self.stop.is_asked() {
            self.health.beat();
            self.turn(&consumer)?;
        }
        self.drain(consumer)
    }

    fn turn(&mut self, consumer: &FeedConsumer) -> Result<(), ServiceError> {
        self.settle_all(consumer)?;
        if let Some(error) = self.producer.fatal() {
            return Err(error.into());
        }
        let full = self.open.len() >= self.config.open_records || self.open.bytes() >= limits::OPEN_BYTES;
        if full && self.times.polled.elapsed() < POLL {
            if let Some(acknowledged) = self.producer.wait(TICK) {
                self.settle(consumer, acknowledged)?;
            }
        } else {
            self.times.polled = Instant::now();
            if let Some((place, record)) = consumer.poll(TICK)? {
                self.take(consumer, place, &record)?;
            }
        }
        self.metrics.open(self.open.len());
        self.look_after(consumer)
    }

    /// Commits now and then, looks for partners that wait, and says so where the broker is silent.
    fn look_after(&mut self, consumer: &FeedConsumer) -> Result<(), ServiceError> {
        if self.times.committed.elapsed() >= COMMIT {
            match consumer.commit() {
                Ok(()) => self.health.ready(),
                Err(error) => {
                    // Not committed is delivered again, no more.
                    warn!(%error, "offsets are not committed yet");
                    self.metrics.commit_failed();
                    self.health.waiting("offsets cannot be committed");
                }
            }
            self.times.committed = Instant::now();
            if let Some(paused) = self.pauses.news() {
                self.pause(consumer, paused)?;
            }
            let topics = &self.topics;
            self.metrics.behind(&consumer.standings(), |topic| topics.partner(topic).map(str::to_owned));
            let known = &self.partners.heard;
            if let Some(partners) = self.watch.news(consumer.holds_back(known)) {
                self.hear(consumer, partners)?;
            }
        }
        if self.open.len() == 0 {
            self.times.acknowledged = Instant::now();
        } else if self.times.acknowledged.elapsed() > SILENCE {
            self.health.waiting("kafka acknowledges nothing");
        }
        Ok(())
    }

    fn take(
        &mut self,
        consumer: &FeedConsumer,
        place: Place,
        record: &Incoming<'_>,
    ) -> Result<(), ServiceError> {
        let appended_at = match self.config.clock {
            Clock::Broker => Some(record.appended_at()?),
            Clock::Event => record.appended_at().ok(),
        };
        let topics = self.topics.clone();
        let Some(partner) = topics.partner(record.topic()) else {
            // The pattern lets nothing else through.
            consumer.settle(&place);
            return Ok(());
        };
        if let (Clock::Broker, Some(appended)) = (self.config.clock, appended_at) {
            self.metrics.read(record.topic(), record.partition(), appended, self.now());
        }
        let mut arriving = Arriving {
            topic: record.topic(),
            partner,
            partition: record.partition(),
            offset: record.offset(),
            appended_at,
            key: record.key(),
            value: record.value().unwrap_or_default(),
            trace: record.header("traceparent").unwrap_or_default(),
        };
        let following = follow::begin(&self.tracer, self.topics.feed(), &arriving);
        let itself = following.as_ref().map(|following| following.itself.to_string());
        arriving.trace = itself.as_ref().map_or(arriving.trace, String::as_bytes);
        // None where it is told to stop: it is delivered again.
        let Some(mut answer) = self.answer(&arriving)? else { return Ok(()) };
        let too_bad = self.rates.count(partner, answer.bad, self.now());
        let too_bad = too_bad.map_err(|error| arriving.fails(self.topics.feed(), &error))?;
        let reason = too_bad.map(|(reason, word)| {
            answer.sendings.push(word);
            reason
        });
        self.send(partner, &answer, Answered { place, appended: appended_at, following })?;
        match reason {
            Some(reason) => self.stop_reading(consumer, partner, &reason),
            None => Ok(()),
        }
    }

    /// Leaves a partner alone at once, and not only when the word of it comes back: what it sends is bad.
    fn stop_reading(
        &mut self,
        consumer: &FeedConsumer,
        partner: &str,
        reason: &str,
    ) -> Result<(), ServiceError> {
        warn!(partner, "not read any more: {reason}; mend it, then `lotstream partner resume {partner}`");
        self.metrics.too_bad();
        self.paused.insert(partner.to_owned());
        self.read(consumer)
    }

    /// The answer; `None` where the stop came before the registry's.
    fn answer(&mut self, arriving: &Arriving<'_>) -> Result<Option<Answer>, ServiceError> {
        loop {
            match self.answerer.answer(arriving) {
                Ok(answer) => return Ok(Some(answer)),
                Err(NoAnswer::Ever(error)) => return Err(error),
                Err(NoAnswer::Yet(unanswered)) => {
                    warn!(error = %unanswered.0, topic = arriving.topic, offset = arriving.offset, "waiting for the registry");
                    self.health.waiting("the schema registry does not answer");
                    self.health.beat();
                    if self.stop.wait(AGAIN) {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn send(&mut self, partner: &str, answer: &Answer, place: Answered) -> Result<(), ServiceError> {
        self.metrics.answered(partner, answer.bad);
        let bytes = answer.sendings.iter().map(|sending| sending.frame.size()).sum();
        let token = self.open.add(place, (answer.sendings.len(), bytes), self.now());
        for sending in &answer.sendings {
            let frame = &sending.frame;
            let headers: Vec<(&str, &[u8])> =
                frame.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
            let (topic, partition) = (sending.topic.as_str(), sending.partition);
            let record =
                Outgoing { topic, partition, key: &frame.key, value: &frame.value, headers: &headers };
            self.producer.send(&record, token);
        }
        Ok(())
    }

    fn settle_all(&mut self, consumer: &FeedConsumer) -> Result<(), ServiceError> {
        while let Some(acknowledged) = self.producer.wait(Duration::ZERO) {
            self.settle(consumer, acknowledged)?;
        }
        Ok(())
    }

    fn settle(&mut self, consumer: &FeedConsumer, acknowledged: Acknowledged) -> Result<(), ServiceError> {
        let (.., appended) = acknowledged.result?;
        self.times.acknowledged = Instant::now();
        let Some(closed) = self.open.acknowledge(acknowledged.token) else { return Ok(()) };
        if let Some(appended) = appended {
            self.compare_clocks(closed.sent, appended)?;
        }
        if let Some(answered) = closed.place {
            consumer.settle(&answered.place);
            if let (Some(arrived), Some(appended)) = (answered.appended, appended) {
                self.metrics.delay(arrived, appended);
            }
            if let Some(following) = answered.following {
                following.end(&self.tracer);
            }
        }
        Ok(())
    }

    /// Stops where this machine's clock is over a minute from the broker's (design §6).
    fn compare_clocks(&mut self, sent: Timestamp, appended: Timestamp) -> Result<(), ServiceError> {
        let due = self.times.clock.is_none_or(|last| last.elapsed() >= CLOCK);
        if self.config.clock == Clock::Broker && due {
            check_clock(sent, self.now(), appended)?;
            self.times.clock = Some(Instant::now());
        }
        Ok(())
    }

    /// This machine's clock; under the event clock nobody reads one.
    fn now(&self) -> Timestamp {
        match self.config.clock {
            Clock::Event => Timestamp(0),
            Clock::Broker => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    fn drain(mut self, consumer: FeedConsumer) -> Result<(), ServiceError> {
        let until = Instant::now() + self.config.drain;
        let left = || until.saturating_duration_since(Instant::now());
        self.health.waiting("stopping");
        info!(open = self.open.len(), "stopping: waiting for acknowledgements");
        while self.open.len() > 0 && !left().is_zero() {
            self.health.beat();
            if let Some(acknowledged) = self.producer.wait(left().min(TICK)) {
                self.settle(&consumer, acknowledged)?;
            }
        }
        if self.open.len() > 0 {
            warn!(open = self.open.len(), "the deadline came before all acknowledgements: delivered again");
        }
        // Leaving commits. What is late in this goes on in a thread that ends with the process.
        let left_in_time = consumer.close(left().max(TICK));
        let (done, closed) = channel();
        let producer = self.producer;
        let dropping = thread::Builder::new().name("close producer".into()).spawn(move || {
            drop(producer);
            let _ = done.send(());
        });
        let closed = dropping.is_ok() && closed.recv_timeout(left().max(TICK)).is_ok();
        info!(left_in_time, closed, "stopped");
        Ok(())
    }
}
