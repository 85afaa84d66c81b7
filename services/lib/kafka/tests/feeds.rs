//! Feed consumer, feed producer and administration on a real broker.

#![allow(clippy::unwrap_used)]

mod broker;

use broker::{Broker, until};
use domain::Timestamp;
use lotstream_kafka::admin::{Created, TopicSpec};
use lotstream_kafka::feed::{FeedConsumer, FeedProducer, check_clock_against};
use lotstream_kafka::record::Outgoing;
use std::collections::BTreeSet;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn write(producer: &FeedProducer, topic: &str, values: std::ops::Range<usize>) -> Vec<(i32, i64, Timestamp)> {
    for value in values.clone() {
        let (key, text) = (format!("k{value}"), value.to_string());
        let headers: [(&str, &[u8]); 1] = [("ce_id", key.as_bytes())];
        let record = Outgoing {
            topic,
            partition: None,
            key: key.as_bytes(),
            value: text.as_bytes(),
            headers: &headers,
        };
        producer.send(&record, value);
    }
    let mut places = vec![None; values.len()];
    for _ in values.clone() {
        let end = until("an acknowledgement", || producer.wait(TICK));
        let (partition, offset, at) = end.result.unwrap();
        places[end.token - values.start] = Some((partition, offset, at.unwrap()));
    }
    places.into_iter().map(Option::unwrap).collect()
}

/// Reads `count` records; settles those that `settle` says.
fn read(consumer: &FeedConsumer, count: usize, settle: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut found = Vec::new();
    until("all records", || {
        if let Some((place, record)) = consumer.poll(TICK).unwrap() {
            let value = std::str::from_utf8(record.value().unwrap()).unwrap().parse().unwrap();
            assert_eq!(record.key(), format!("k{value}").as_bytes());
            assert_eq!(record.header("ce_id"), Some(record.key()));
            assert_eq!(record.header("none"), None);
            check_clock_against(record.appended_at().unwrap()).unwrap();
            if settle(value) {
                consumer.settle(&place);
            }
            found.push(value);
        }
        (found.len() == count).then_some(())
    });
    found.sort_unstable();
    found
}

#[test]
fn what_was_not_settled_is_delivered_again_and_nothing_else() {
    let Some(broker) = Broker::get() else { return };
    let topic = broker.topic("purchases.shop", 1);
    let pattern = format!("^{}.*", broker.name("purchases").replace('.', "\\."));
    let producer = FeedProducer::new(&broker.connection).unwrap();
    write(&producer, &topic, 0..100);
    let group = broker.name("group");
    let first = FeedConsumer::new(&broker.connection, &group, &[&pattern]).unwrap();
    assert_eq!(read(&first, 100, |value| !(60..=70).contains(&value)), (0..100).collect::<Vec<_>>());
    first.commit().unwrap();
    assert!(first.close(broker::PATIENCE));
    let second = FeedConsumer::new(&broker.connection, &group, &[&pattern]).unwrap();
    assert_eq!(read(&second, 40, |_| true), (60..100).collect::<Vec<_>>());
    assert!(second.close(broker::PATIENCE)); // commits on leaving
    write(&producer, &topic, 100..101);
    let third = FeedConsumer::new(&broker.connection, &group, &[&pattern]).unwrap();
    assert_eq!(read(&third, 1, |_| true), [100]);
}

#[test]
fn an_offset_that_is_gone_is_an_error_not_a_skip() {
    let Some(broker) = Broker::get() else { return };
    let topic = broker.topic("purchases.gone", 1);
    let producer = FeedProducer::new(&broker.connection).unwrap();
    write(&producer, &topic, 0..10);
    let group = broker.name("group");
    let first = FeedConsumer::new(&broker.connection, &group, &[&topic]).unwrap();
    read(&first, 10, |value| value < 5);
    assert!(first.close(broker::PATIENCE));
    broker::delete_before(&broker, &topic, 0, 8);
    let second = FeedConsumer::new(&broker.connection, &group, &[&topic]).unwrap();
    let error = until("an error", || second.poll(TICK).err());
    assert!(error.to_string().to_lowercase().contains("offset"), "{error}");
}

#[test]
fn keys_go_where_javas_clients_would_send_them() {
    let Some(broker) = Broker::get() else { return };
    let topic = broker.topic("keys", 48);
    let producer = FeedProducer::new(&broker.connection).unwrap();
    let places = write(&producer, &topic, 0..200);
    for (value, (partition, ..)) in places.into_iter().enumerate() {
        assert_eq!(partition, engine::route::partition_of(&format!("k{value}"), 48), "k{value}");
    }
}

#[test]
fn a_missing_topic_is_named_with_the_command_that_makes_it() {
    let Some(broker) = Broker::get() else { return };
    let (four, two) = (broker.topic("commands", 4), broker.topic("wal", 2));
    let missing = broker.name("none");
    let error = broker.admin.check(&[TopicSpec::new(&missing, 1, 1)]).unwrap_err().to_string();
    assert_eq!(error, format!("topic `{missing}` does not exist; create it with `lotstream topics create`"));
    let error = broker.admin.check_pair(&four, &two).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("topic `{two}` has 2 partitions, expected 4 (as many as `{four}`)")),
        "{error}"
    );
    let error = broker.admin.check_pair(&missing, &two).unwrap_err().to_string();
    assert!(error.contains(&missing) && !error.contains(&two), "{error}");
    let third = broker.topic("third", 4);
    assert_eq!(broker.admin.check_pair(&four, &third).unwrap(), 4);
    assert_eq!(
        broker.admin.check_pair(&two, &four).unwrap(),
        2,
        "a log that was widened by mistake is no harm"
    );
}

#[test]
fn topics_are_made_once_and_checked_after() {
    let Some(broker) = Broker::get() else { return };
    let spec = TopicSpec::new(broker.name("made"), 3, 1).with("retention.ms", "-1");
    broker.make(spec.clone());
    let settled = until("the topic", || broker.admin.create(std::slice::from_ref(&spec)).ok());
    assert_eq!(settled, [Created::Existed]);
    let other = spec.clone().with("retention.ms", "1000");
    let error = broker.admin.create(&[other]).unwrap_err().to_string();
    assert!(error.contains("retention.ms=-1, expected retention.ms=1000"), "{error}");
    let mut producers = TopicSpec::new(broker.name("producers-time"), 1, 1);
    producers.config.clear();
    let name = broker.make(producers);
    let error = broker.admin.check_append_time(&[&name]).unwrap_err().to_string();
    let expected = "message.timestamp.type=CreateTime, expected message.timestamp.type=LogAppendTime";
    assert!(error.contains(expected) && error.contains("lotstream topics create"), "{error}");
}

#[test]
fn two_consumers_share_topics_of_one_partition() {
    let Some(broker) = Broker::get() else { return };
    let topics = [broker.topic("share.a", 1), broker.topic("share.b", 1)];
    let pattern = format!("^{}.*", broker.name("share").replace('.', "\\."));
    let group = broker.name("group");
    let one = FeedConsumer::new(&broker.connection, &group, &[&pattern]).unwrap();
    let two = FeedConsumer::new(&broker.connection, &group, &[&pattern]).unwrap();
    until("one partition each", || {
        let both = [&one, &two].map(|consumer| consumer.poll(TICK).unwrap().is_none());
        assert_eq!(both, [true, true]);
        (one.assigned() == 1 && two.assigned() == 1).then_some(())
    });
    let names: BTreeSet<&String> = topics.iter().collect();
    assert_eq!(names.len(), 2);
}
