//! Input and follow-ups on a real broker: order, pauses, releases, retries.
#![allow(clippy::unwrap_used)]

mod broker;

use broker::instance::{Deployment, frame};
use broker::{Broker, until};
use engine::log::{Appending, Log, LogEvent};
use lotstream_kafka::KafkaLog;
use lotstream_kafka::admin::TopicSpec;
use std::collections::BTreeSet;

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("{number:06}")).collect()
}

#[test]
fn records_come_in_order_from_where_the_partition_was_started_and_stop_when_told() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    let count = one.append(numbers(0..5_000));
    assert_eq!(one.appended(count), (0..5_000).collect::<Vec<u64>>());
    assert!(one.events.is_empty(), "nothing comes before the start: {:?}", one.events.first());
    one.log.start(0, Some(2_000)).unwrap();
    assert_eq!(one.values(3_000), numbers(2_000..5_000));

    one.log.pause(0).unwrap();
    let count = one.append(numbers(0..10));
    one.appended(count);
    one.poll();
    assert!(one.events.is_empty(), "nothing comes in a pause");
    one.log.resume(0).unwrap();
    assert_eq!(one.values(10), numbers(0..10));

    let count = one.append(numbers(10..20));
    one.appended(count);
    one.log.release(0);
    one.events.clear();
    one.poll();
    assert!(one.events.is_empty(), "nothing comes after a release");
    one.log.fence(0).unwrap();
    one.log.start(0, Some(5_005)).unwrap();
    assert_eq!(one.values(15), numbers(5..20));
}

#[test]
fn records_carry_the_brokers_append_time() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.append(numbers(0..1));
    one.log.start(0, None).unwrap();
    let at = one.take("a record", |event| match event {
        LogEvent::Records { records, .. } => Some(records[0].appended_at),
        _ => None,
    });
    lotstream_kafka::feed::check_clock_against(at).unwrap();
}

/// Many requests at once; under retries the same is tested where they can be provoked (`ledger/appender.rs`).
#[test]
fn follow_ups_keep_their_order_over_many_requests() {
    let Some(broker) = Broker::get() else { return };
    let mut deployment = Deployment::new(broker, 2);
    deployment.config.connection.settings.insert("batch.num.messages".to_owned(), "20".to_owned());
    let mut sender = deployment.open();
    assert_eq!(sender.assigned(), [0, 1]);
    sender.log.fence(0).unwrap();
    let padding = "x".repeat(2_000);
    let messages = (0..4_000)
        .map(|token| Appending {
            token,
            to: i32::try_from(token % 2).unwrap(),
            message: frame(&format!("{token:06}{padding}")),
        })
        .collect();
    sender.log.append(0, messages);
    sender.appended(4_000);
    sender.log.close().unwrap();
    let mut reader = deployment.open();
    reader.assigned();
    for partition in 0..2 {
        reader.log.fence(partition).unwrap();
        reader.log.start(partition, None).unwrap();
        let found: Vec<usize> =
            reader.values(2_000).iter().map(|value| value[..6].parse().unwrap()).collect();
        let expected: Vec<usize> = (0..4_000).filter(|number| number % 2 == partition as usize).collect();
        assert!(found == expected, "partition {partition}: order or number differs");
        reader.log.release(partition);
        reader.events.clear();
    }
}

#[test]
fn two_instances_share_the_partitions_and_one_takes_over_from_the_other() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 4);
    let mut one = deployment.open();
    assert_eq!(one.assigned(), [0, 1, 2, 3]);
    let mut two = deployment.open();
    assert_eq!(one.revoked(), [0, 1, 2, 3]);
    one.log.confirm_revoked().unwrap();
    until("both to be assigned", || {
        one.poll();
        two.poll();
        (!one.events.is_empty() && !two.events.is_empty()).then_some(())
    });
    let all: BTreeSet<i32> = one.assigned().into_iter().chain(two.assigned()).collect();
    assert_eq!(all, BTreeSet::from([0, 1, 2, 3]));
    one.log.close().unwrap();
    assert_eq!(two.revoked().len(), 2);
    two.log.confirm_revoked().unwrap();
    assert_eq!(two.assigned(), [0, 1, 2, 3]);
}

#[test]
fn a_ledger_does_not_start_on_topics_that_do_not_fit() {
    let Some(broker) = Broker::get() else { return };
    let mut deployment = Deployment::new(broker, 2);
    let fails = |config: &lotstream_kafka::ledger::Config| match KafkaLog::open(config.clone()) {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    };
    deployment.config.topics.wal = deployment.broker.topic("short-wal", 1);
    let text = fails(&deployment.config);
    assert!(text.contains("has 1 partitions, expected 2 (as many as `"), "{text}");
    deployment.config.topics.wal = deployment.broker.name("no-wal");
    let text = fails(&deployment.config);
    assert!(text.contains("no-wal` does not exist; create it with `lotstream topics create`"), "{text}");
    let mut spec = TopicSpec::new(deployment.broker.name("producers-time"), 2, 1);
    spec.config.clear();
    deployment.config.topics.wal = deployment.broker.make(spec);
    let text = fails(&deployment.config);
    assert!(text.contains("message.timestamp.type=CreateTime"), "{text}");
}
