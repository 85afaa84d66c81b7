//! Questions that go to the leaders of partitions, asked of leaders as they are now.
//!
//! librdkafka answers them by the leaders it remembers. Where a partition had none when it looked last, as while its
//! broker is away, it says *unknown partition* or *leader not available*, and does not look again until its next refresh
//! by itself: five minutes, in which a ledger's partition would stand still.

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use std::time::Duration;

/// Asks `consumer` about `topic`; where it does not know a leader, it is made to look, and is asked once more.
pub(crate) fn of_leaders<C: ConsumerContext, T>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    patience: Duration,
    ask: impl Fn(&BaseConsumer<C>) -> KafkaResult<T>,
) -> KafkaResult<T> {
    match ask(consumer) {
        Err(error) if is_outdated(&error) => {
            consumer.fetch_metadata(Some(topic), patience)?;
            ask(consumer)
        }
        answer => answer,
    }
}

/// Whether it may be said by leaders that are remembered alone.
fn is_outdated(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::NotLeaderForPartition
        )
    )
}

/// Where a partition begins and ends, as this consumer is shown it.
pub(crate) fn watermarks<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
    patience: Duration,
) -> KafkaResult<(i64, i64)> {
    of_leaders(consumer, topic, patience, |consumer| consumer.fetch_watermarks(topic, partition, patience))
}
