//! The protocol's promises on a real broker, each alone: fencing by epoch, fencing by generation, stable
//! offsets, the read-uncommitted end, aborted transactions, positions that do not exist.
#![allow(clippy::unwrap_used)]

mod broker;

use broker::instance::{Deployment, TICK, frame, transaction};
use broker::{Broker, PATIENCE, delete_before, until};
use domain::Name;
use engine::log::{CommitError, Log, LogError, Ownership};
use engine::message::{Outgoing, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::time::Duration;

#[test]
fn offsets_and_records_become_visible_together() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    assert_eq!(one.log.committed(0).unwrap(), None);
    let first = one.commit(0, &["a", "b"], 7).unwrap();
    assert_eq!((first.wal_end, one.log.committed(0).unwrap()), (2, Some(7)));
    let second = one.commit(0, &["c"], 9).unwrap();
    assert_eq!((second.wal_end, one.log.committed(0).unwrap()), (4, Some(9))); // a control record between
    assert_eq!(one.wal(), ["a", "b", "c"]);
}

#[test]
fn an_aborted_transaction_is_not_visible_and_commits_no_offset() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    let mut failing = transaction(&["lost"], 2);
    let partner = Name::from("nobody");
    failing.events.push(Outgoing { topic: Topic::Outcomes(partner), message: frame("event") });
    one.log.commit(0, failing);
    let Err(CommitError::Aborted(text)) = one.result() else { panic!("expected an abort") };
    assert!(text.contains("nobody") && text.contains("lotstream topics create"), "{text}");
    let Err(LogError::Fatal(text)) = one.log.fence(0) else { panic!("expected the missing topic") };
    assert!(text.contains("nobody") && text.contains("lotstream topics create"), "{text}");
    deployment.broker.make(lotstream_kafka::admin::TopicSpec::new(
        deployment.broker.name("outcomes.nobody"),
        1,
        1,
    ));
    until("the topic to be seen", || one.log.fence(0).ok());
    assert_eq!(one.log.committed(0).unwrap(), Some(1));
    one.commit(0, &["b"], 2).unwrap();
    assert_eq!(one.wal(), ["a", "b"]);
}

#[test]
fn a_transaction_without_a_record_for_the_write_ahead_log_is_refused() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    let Err(CommitError::Aborted(text)) = one.commit(0, &[], 1) else { panic!("expected an abort") };
    assert!(text.contains("expected the partition row"), "{text}");
    one.log.fence(0).unwrap();
    assert_eq!(one.log.committed(0).unwrap(), None);
}

#[test]
fn a_producer_that_was_fenced_commits_nothing() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    let _successor = deployment.zombie(&format!("{}0", deployment.config.transactional_prefix));
    let error = one.commit(0, &["lost"], 2).unwrap_err();
    assert!(matches!(error, CommitError::Fenced(_)), "{error}");
    one.log.fence(0).unwrap(); // fences the successor in turn
    assert_eq!(one.log.committed(0).unwrap(), Some(1));
    assert_eq!(one.wal(), ["a"]);
}

#[test]
fn a_fence_ends_the_open_transaction_of_a_dead_owner() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    let dead = deployment.zombie(&format!("{}0", deployment.config.transactional_prefix));
    open_transaction(&dead, &deployment.config.topics.wal, "lost");
    one.log.fence(0).unwrap();
    let range = one.log.wal_range(0).unwrap();
    assert_eq!((range.start, range.end), (0, 2)); // the record and the abort marker
    assert_eq!(one.wal(), Vec::<String>::new());
}

/// Opens a transaction and sees to it that its record is in the log.
fn open_transaction(producer: &rdkafka::producer::BaseProducer, topic: &str, value: &str) {
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::<(), str>::to(topic).partition(0).payload(value)).unwrap();
    until("the record to be written", || {
        producer.poll(TICK);
        (producer.in_flight_count() == 0).then_some(())
    });
}

#[test]
fn the_read_uncommitted_end_lies_behind_an_open_transaction_and_reading_waits_for_it() {
    let Some(broker) = Broker::get() else { return };
    let mut deployment = Deployment::new(broker, 1);
    deployment.config.request_timeout = Duration::from_secs(2);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    let other = deployment.zombie(&deployment.broker.name("other"));
    open_transaction(&other, &deployment.config.topics.wal, "open");
    let range = one.log.wal_range(0).unwrap();
    assert_eq!((range.start, range.end), (0, 3)); // a, its marker, the open record
    let Err(LogError::Retry(text)) = one.log.read_wal(0, 0, range.end) else { panic!("expected to wait") };
    assert!(text.contains("a transaction is open at 2"), "{text}");
    let stable = until("what is stable to be read", || one.log.read_wal(0, 0, 2).ok());
    assert_eq!(stable.next, 2);
    other.abort_transaction(PATIENCE).unwrap();
    assert_eq!(one.wal(), ["a"]);
    assert_eq!(one.log.read_wal(0, 3, 3).unwrap().next, 3);
}

#[test]
fn the_committed_offset_is_a_stable_one() {
    let Some(broker) = Broker::get() else { return };
    let mut deployment = Deployment::new(broker, 1);
    deployment.config.request_timeout = Duration::from_secs(2);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    let other = deployment.zombie(&deployment.broker.name("other"));
    other.begin_transaction().unwrap();
    let mut config = rdkafka::ClientConfig::new();
    config
        .set("bootstrap.servers", &deployment.broker.connection.brokers)
        .set("group.id", &deployment.config.group);
    let outsider: BaseConsumer = config.create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&deployment.config.topics.commands, 0, Offset::Offset(5)).unwrap();
    // No member, no generation: the broker takes it unfenced.
    other.send_offsets_to_transaction(&offsets, &outsider.group_metadata().unwrap(), PATIENCE).unwrap();
    let found = one.log.committed(0);
    assert!(matches!(found, Err(LogError::Retry(_))), "{found:?}");
    other.abort_transaction(PATIENCE).unwrap();
    assert_eq!(until("a stable offset", || one.log.committed(0).ok()), Some(1));
}

#[test]
fn a_stale_generation_is_refused_by_the_group_alone() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    assert_eq!(one.log.prove(0, 1).unwrap(), Ownership::Proven);
    one.commit(0, &["b"], 2).unwrap(); // proving opened the producer anew
    let mut two = deployment.open();
    assert_eq!(one.revoked(), [0]);
    one.log.confirm_revoked().unwrap(); // without a release: a stale owner, and nobody fences its producer
    until("the partition to be someone's", || {
        one.poll();
        two.poll();
        let assigned =
            |events: &[_]| events.iter().any(|event| matches!(event, engine::log::LogEvent::Assigned(_)));
        (assigned(&one.events) || assigned(&two.events)).then_some(())
    });
    let error = one.commit(0, &["stale"], 3).unwrap_err();
    assert!(matches!(error, CommitError::Fenced(_)), "{error}");
    let owner = if one.events.is_empty() { &mut two } else { &mut one };
    owner.log.fence(0).unwrap();
    assert_eq!(owner.log.committed(0).unwrap(), Some(2));
    assert_eq!(owner.wal(), ["a", "b"]);
}

#[test]
fn ownership_that_went_to_someone_else_is_refused() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    let _successor = deployment.zombie(&format!("{}0", deployment.config.transactional_prefix));
    let found = one.log.prove(0, 0).unwrap();
    assert!(matches!(found, Ownership::Refused(_)), "{found:?}");
    assert_eq!(one.log.committed(0).unwrap(), None);
}

#[test]
fn a_revocation_in_the_middle_of_a_transaction_leaves_all_of_it_or_nothing() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    one.commit(0, &["a"], 1).unwrap();
    let mut two = deployment.open();
    assert_eq!(one.revoked(), [0]);
    let large: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let values: Vec<&str> = large.iter().map(String::as_str).collect();
    one.log.commit(0, transaction(&values, 2));
    one.log.release(0);
    one.log.confirm_revoked().unwrap();
    one.events.clear();
    let owner = until("the partition to be someone's", || {
        for instance in [&mut one, &mut two] {
            instance.poll();
        }
        match (one.events.is_empty(), two.events.is_empty()) {
            (true, true) => None,
            (first, _) => Some(first),
        }
    });
    let owner = if owner { &mut two } else { &mut one };
    assert_eq!(owner.assigned(), [0]);
    owner.log.fence(0).unwrap();
    let (position, found) = (owner.log.committed(0).unwrap(), owner.wal().len());
    assert!([(Some(1), 1), (Some(2), 20_001)].contains(&(position, found)), "{position:?} {found}");
    assert!(one.events.is_empty() && two.events.is_empty(), "nothing comes after a release");
}

#[test]
fn a_takeover_reads_a_long_tail_in_parts_without_what_was_aborted() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    let mut expected = Vec::new();
    for round in 0..5 {
        let values: Vec<String> = (0..5_000).map(|number| format!("{round}:{number}")).collect();
        one.commit(0, &values.iter().map(String::as_str).collect::<Vec<_>>(), round).unwrap();
        let dead = deployment.zombie(&deployment.broker.name("other"));
        open_transaction(&dead, &deployment.config.topics.wal, "lost");
        dead.abort_transaction(PATIENCE).unwrap();
        expected.extend(values);
    }
    let mut two = deployment.open();
    assert_eq!(one.revoked(), [0]);
    one.log.close().unwrap();
    assert_eq!(two.assigned(), [0]);
    two.log.fence(0).unwrap();
    assert_eq!(two.log.committed(0).unwrap(), Some(4));
    assert!(two.wal() == expected, "the tail differs");
    let middle = two.log.read_wal(0, 4_999, 5_003).unwrap(); // last of round 0, markers, aborted, first of round 1
    assert_eq!(middle.entries.iter().map(|entry| entry.offset).collect::<Vec<_>>(), [4_999]);
    assert_eq!(middle.next, 5_003);
}

#[test]
fn a_position_that_does_not_exist_is_an_error_not_a_jump() {
    let Some(broker) = Broker::get() else { return };
    let deployment = Deployment::new(broker, 1);
    let mut one = deployment.open_alone();
    one.log.fence(0).unwrap();
    let count = one.append((0..10).map(|value| value.to_string()));
    one.appended(count);
    let fatal = |result: Result<(), LogError>| match result {
        Err(LogError::Fatal(text)) => text,
        other => panic!("expected the end, found {other:?}"),
    };
    let text = fatal(one.log.start(0, Some(11)));
    assert!(text.contains("expected a position from 0 to 10, found 11"), "{text}");
    delete_before(&deployment.broker, &deployment.config.topics.commands, 0, 5);
    let text = fatal(one.log.start(0, Some(3)));
    assert!(text.contains("expected a position from 5 to 10, found 3"), "{text}");
    one.log.start(0, None).unwrap();
    assert_eq!(one.values(5), ["5", "6", "7", "8", "9"]);
}
