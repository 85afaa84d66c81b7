//! The suite of [`Log`].

use super::wait_for;
use crate::log::{Appending, Incoming, Log, LogEvent, Ownership, Transaction};
use crate::message::{Outgoing, Topic};
use std::time::Duration;

/// A log with nothing in it, and what the suite needs beside the trait.
pub trait LogWorld {
    /// The log.
    type Log: Log;

    /// Another instance that joins the group.
    fn join(&self) -> Self::Log;

    /// Appends to `partition` of `member-commands`, in order, as a feed service does.
    fn publish(&self, partition: i32, messages: Vec<Message<Self>>);

    /// What is in `partition` of `member-commands`, read committed.
    fn input(&self, partition: i32) -> Vec<Message<Self>>;

    /// What is in the topic `ledger-entries`, read committed, in order within a key.
    fn entries(&self) -> Vec<Message<Self>>;

    /// A message that stands for `number`. All of them have one key where messages have keys.
    fn message(&self, number: u32) -> Message<Self>;

    /// The number it stands for.
    fn number(&self, message: &Message<Self>) -> u32;
}

/// The messages of a world's log.
pub type Message<W> = <<W as LogWorld>::Log as Log>::Message;

/// Runs every case, each in a world of its own with two partitions.
///
/// # Panics
/// Where a case fails.
pub fn log_conformance<W: LogWorld>(mut make: impl FnMut() -> W) {
    nothing_comes_before_the_start(&make());
    records_come_in_order_from_the_position(&make());
    a_position_that_does_not_exist_is_an_error(&make());
    a_paused_partition_is_silent(&make());
    a_transaction_is_there_whole_and_says_where_it_ends(&make());
    a_long_tail_is_read_in_parts(&make());
    an_opened_producer_fences_the_one_before(&make());
    ownership_is_proven_without_a_trace(&make());
    ownership_is_refused_to_a_fenced_producer(&make());
    appends_arrive_in_order_and_are_acknowledged(&make());
    nothing_comes_of_a_released_partition(&make());
    partitions_are_dealt_out_anew(&make());
    a_member_that_leaves_hands_over(&make());
}

/// An instance of a world, and what it was told and nobody asked for yet.
struct Member<'a, W: LogWorld> {
    world: &'a W,
    log: W::Log,
    events: Vec<LogEvent<Message<W>>>,
}

impl<'a, W: LogWorld> Member<'a, W> {
    /// Joins; nothing is assigned yet.
    fn join(world: &'a W) -> Self {
        Self { world, log: world.join(), events: Vec::new() }
    }

    /// The only member, with both partitions.
    fn alone(world: &'a W) -> Self {
        let mut member = Self::join(world);
        assert_eq!(member.log.partitions(), 2);
        let mut assigned = member.assigned();
        assigned.sort_unstable();
        assert_eq!(assigned, [0, 1]);
        member
    }

    fn poll(&mut self) {
        self.log.poll(Duration::from_millis(5), &mut self.events).expect("the log answers");
    }

    /// Polls until `wanted` picks an event.
    fn expect<T>(&mut self, what: &str, wanted: impl Fn(&LogEvent<Message<W>>) -> Option<T>) -> T {
        let mut found = None;
        wait_for(what, || {
            let place = self.events.iter().position(|event| wanted(event).is_some());
            match place {
                Some(place) => found = wanted(&self.events.remove(place)),
                None => self.poll(),
            }
            found.is_some()
        });
        found.expect("waited for it")
    }

    fn assigned(&mut self) -> Vec<i32> {
        self.expect("an assignment", |event| match event {
            LogEvent::Assigned(partitions) => Some(partitions.clone()),
            _ => None,
        })
    }

    /// The whole takeover of a partition, up to the start.
    fn take_over(&mut self, partition: i32) -> Option<i64> {
        self.log.fence(partition).expect("the producer opens");
        let committed = self.log.committed(partition).expect("the committed offset is there");
        self.log.start(partition, committed).expect("it starts");
        committed
    }

    /// The next `count` records of a partition, as offsets and numbers.
    fn records(&mut self, partition: i32, count: usize) -> Vec<(i64, u32)> {
        let mut all = Vec::new();
        let world = self.world;
        let read = |records: &[Incoming<Message<W>>]| -> Vec<(i64, u32)> {
            records.iter().map(|record| (record.offset, world.number(&record.message))).collect()
        };
        while all.len() < count {
            all.extend(self.expect("records", |event| match event {
                LogEvent::Records { partition: of, records } if *of == partition => Some(read(records)),
                _ => None,
            }));
        }
        all
    }

    /// Whether any event of `partition` but revocation and assignment came, now or after another poll.
    fn hears_of(&mut self, partition: i32) -> bool {
        (0..20).for_each(|_| self.poll());
        self.events.iter().any(|event| match event {
            LogEvent::Records { partition: of, .. }
            | LogEvent::CommitResult { partition: of, .. }
            | LogEvent::Appended { partition: of, .. }
            | LogEvent::AppendBroken { partition: of, .. } => *of == partition,
            LogEvent::Assigned(_) | LogEvent::Revoked(_) => false,
        })
    }

    /// Commits numbers to `ledger-wal` and, plus 1000, to the entries; the end, or why not.
    fn commit(&mut self, partition: i32, numbers: &[u32], position: i64) -> Result<i64, String> {
        let world = self.world;
        let wal = numbers.iter().map(|number| world.message(*number)).collect();
        let event = |number: &u32| Outgoing { topic: Topic::Entries, message: world.message(number + 1_000) };
        let events = numbers.iter().map(event).collect();
        self.log.commit(partition, Transaction { wal, events, position });
        self.expect("the result of a commit", |event| match event {
            LogEvent::CommitResult { partition: of, result } if *of == partition => {
                Some(result.clone().map(|committed| committed.wal_end).map_err(|error| error.to_string()))
            }
            _ => None,
        })
    }

    /// All numbers of a partition of `ledger-wal`, and the offset behind the last of them.
    fn tail(&mut self, partition: i32, from: i64) -> (Vec<u32>, i64) {
        let range = self.log.wal_range(partition).expect("ledger-wal has a range");
        let (mut next, mut numbers, mut end) = (from.max(range.start), Vec::new(), from);
        while next < range.end {
            let chunk = self.log.read_wal(partition, next, range.end).expect("ledger-wal can be read");
            assert!(chunk.next > next, "a read goes on, from {next}");
            for entry in &chunk.entries {
                assert!((next..chunk.next).contains(&entry.offset), "offsets stand within the read");
                end = entry.offset + 1;
                numbers.push(self.world.number(&entry.message));
            }
            next = chunk.next;
        }
        (numbers, end)
    }
}

fn publish<W: LogWorld>(world: &W, partition: i32, numbers: std::ops::Range<u32>) {
    world.publish(partition, numbers.map(|number| world.message(number)).collect());
}

fn numbers<W: LogWorld>(world: &W, messages: &[Message<W>]) -> Vec<u32> {
    messages.iter().map(|message| world.number(message)).collect()
}

fn nothing_comes_before_the_start<W: LogWorld>(world: &W) {
    publish(world, 0, 0..3);
    let mut member = Member::alone(world);
    member.log.fence(0).expect("the producer opens");
    assert!(!member.hears_of(0), "records came before the start");
    assert_eq!(member.log.committed(0).expect("an answer"), None);
    member.log.start(0, None).expect("it starts");
    assert_eq!(member.records(0, 3), [(0, 0), (1, 1), (2, 2)]);
}

fn records_come_in_order_from_the_position<W: LogWorld>(world: &W) {
    publish(world, 0, 0..100);
    let mut member = Member::alone(world);
    member.log.fence(0).expect("the producer opens");
    member.log.start(0, Some(40)).expect("it starts");
    publish(world, 0, 100..200);
    let expected: Vec<(i64, u32)> = (40..200).map(|number| (i64::from(number), number)).collect();
    assert_eq!(member.records(0, 160), expected);
    assert!(!member.hears_of(1), "the other partition was not started");
}

fn a_position_that_does_not_exist_is_an_error<W: LogWorld>(world: &W) {
    publish(world, 0, 0..3);
    let mut member = Member::alone(world);
    member.log.fence(0).expect("the producer opens");
    // At the start, or at the first poll after it: but never a jump to another position.
    if member.log.start(0, Some(1_000)).is_ok() {
        let mut failed = false;
        wait_for("an error of the position", || {
            failed = member.log.poll(Duration::from_millis(5), &mut member.events).is_err();
            assert!(
                !member.events.iter().any(|event| matches!(event, LogEvent::Records { .. })),
                "records came from a position that does not exist"
            );
            failed
        });
    }
}

fn a_paused_partition_is_silent<W: LogWorld>(world: &W) {
    let mut member = Member::alone(world);
    member.take_over(0);
    member.take_over(1);
    publish(world, 0, 0..1);
    assert_eq!(member.records(0, 1), [(0, 0)]);
    member.log.pause(0).expect("it pauses");
    publish(world, 0, 1..3);
    publish(world, 1, 0..1);
    assert_eq!(member.records(1, 1), [(0, 0)], "the other partition goes on");
    assert!(!member.hears_of(0), "records came of a paused partition");
    member.log.resume(0).expect("it resumes");
    assert_eq!(member.records(0, 2), [(1, 1), (2, 2)]);
}

fn a_transaction_is_there_whole_and_says_where_it_ends<W: LogWorld>(world: &W) {
    publish(world, 0, 0..5);
    let mut member = Member::alone(world);
    member.take_over(0);
    let first = member.commit(0, &[1, 2], 2).expect("it commits");
    let second = member.commit(0, &[3], 5).expect("it commits");
    assert_eq!(member.tail(0, 0), (vec![1, 2, 3], second));
    assert_eq!(member.tail(0, first), (vec![3], second), "the first one is before its own end");
    assert_eq!(member.tail(0, second).0, [], "and so is the second");
    assert_eq!(member.tail(1, 0).0, [], "the other partition has a log of its own");
    assert_eq!(numbers(world, &world.entries()), [1_001, 1_002, 1_003]);
    assert_eq!(member.log.committed(0).expect("an answer"), Some(5));
    assert_eq!(member.log.committed(1).expect("an answer"), None);
}

fn a_long_tail_is_read_in_parts<W: LogWorld>(world: &W) {
    let mut member = Member::alone(world);
    member.take_over(0);
    let all: Vec<u32> = (0..5_000).collect();
    for chunk in all.chunks(1_000) {
        member.commit(0, chunk, 0).expect("it commits");
    }
    assert_eq!(member.tail(0, 0).0, all);
}

fn an_opened_producer_fences_the_one_before<W: LogWorld>(world: &W) {
    publish(world, 0, 0..5);
    let mut owner = Member::alone(world);
    owner.take_over(0);
    owner.commit(0, &[1], 1).expect("it commits");
    let mut successor = Member::join(world);
    successor.log.fence(0).expect("the producer opens");
    assert!(owner.commit(0, &[2], 2).is_err(), "the fenced owner's transaction was committed");
    assert!(owner.commit(0, &[3], 3).is_err(), "the fenced owner's next transaction was committed");
    assert_eq!(successor.log.committed(0).expect("an answer"), Some(1));
    assert_eq!(successor.tail(0, 0).0, [1]);
    assert_eq!(numbers(world, &world.entries()), [1_001]);
}

fn ownership_is_proven_without_a_trace<W: LogWorld>(world: &W) {
    publish(world, 0, 0..5);
    let mut member = Member::alone(world);
    member.take_over(0);
    assert_eq!(member.log.prove(0, 0).expect("an answer"), Ownership::Proven);
    assert_eq!(member.log.committed(0).expect("an answer"), None, "a proof commits nothing");
    member.commit(0, &[1], 2).expect("the producer is open again after a proof");
    assert_eq!(member.log.prove(0, 2).expect("an answer"), Ownership::Proven);
    assert_eq!(member.log.committed(0).expect("an answer"), Some(2));
    assert_eq!(member.tail(0, 0).0, [1]);
}

fn ownership_is_refused_to_a_fenced_producer<W: LogWorld>(world: &W) {
    let mut owner = Member::alone(world);
    owner.take_over(0);
    let mut successor = Member::join(world);
    successor.log.fence(0).expect("the producer opens");
    let ownership = owner.log.prove(0, 0).expect("an answer");
    assert!(matches!(ownership, Ownership::Refused(_)), "a fenced owner proved {ownership:?}");
}

fn appends_arrive_in_order_and_are_acknowledged<W: LogWorld>(world: &W) {
    let mut member = Member::alone(world);
    member.take_over(0);
    let appending = |number: u32| Appending {
        token: u64::from(number) + 7,
        to: i32::from(number >= 100),
        message: world.message(number),
    };
    member.log.append(0, (0..150).map(appending).collect());
    member.log.append(0, (150..200).map(appending).collect());
    let mut tokens = Vec::new();
    while tokens.len() < 200 {
        tokens.extend(member.expect("acknowledgements", |event| match event {
            LogEvent::Appended { partition: 0, tokens } => Some(tokens.clone()),
            _ => None,
        }));
    }
    tokens.sort_unstable();
    assert_eq!(tokens, (7..207).collect::<Vec<u64>>());
    assert_eq!(numbers(world, &world.input(0)), (0..100).collect::<Vec<u32>>());
    assert_eq!(numbers(world, &world.input(1)), (100..200).collect::<Vec<u32>>());
}

fn nothing_comes_of_a_released_partition<W: LogWorld>(world: &W) {
    let mut member = Member::alone(world);
    member.take_over(0);
    let message = Appending { token: 1, to: 1, message: world.message(9) };
    member.log.append(0, vec![message]);
    member.log.commit(0, Transaction { wal: vec![world.message(1)], events: Vec::new(), position: 0 });
    member.log.release(0);
    publish(world, 0, 0..3);
    assert!(!member.hears_of(0), "something came of a released partition: {}", member.events.len());
    // Taken over again, it goes on from what is committed; the open commit may or may not be.
    let committed = member.take_over(0);
    assert!(committed.is_none() || committed == Some(0));
    assert_eq!(member.records(0, 3), [(0, 0), (1, 1), (2, 2)]);
    member.commit(0, &[5], 3).expect("the new producer commits");
}

/// Two members until each has one partition of its own; both answer to revocations meanwhile.
fn share<W: LogWorld>(members: &mut [Member<'_, W>; 2]) -> [i32; 2] {
    let mut held: [Option<Vec<i32>>; 2] = [None, None];
    wait_for("each member has a partition", || {
        for (place, member) in members.iter_mut().enumerate() {
            member.poll();
            for event in std::mem::take(&mut member.events) {
                match event {
                    LogEvent::Assigned(partitions) => held[place] = Some(partitions),
                    LogEvent::Revoked(partitions) => {
                        partitions.iter().for_each(|partition| member.log.release(*partition));
                        member.log.confirm_revoked().expect("the group goes on");
                        held[place] = None;
                    }
                    _ => {}
                }
            }
        }
        held.iter().all(|held| held.as_ref().is_some_and(|held| held.len() == 1))
    });
    held.map(|held| held.expect("waited for it")[0])
}

fn partitions_are_dealt_out_anew<W: LogWorld>(world: &W) {
    publish(world, 0, 0..4);
    publish(world, 1, 0..4);
    let mut first = Member::alone(world);
    first.take_over(0);
    first.take_over(1);
    first.commit(0, &[1], 1).expect("it commits");
    first.commit(1, &[1], 3).expect("it commits");
    let mut members = [first, Member::join(world)];
    let owned = share(&mut members);
    assert_ne!(owned[0], owned[1], "each partition has one owner");
    for (member, partition) in members.iter_mut().zip(owned) {
        let committed = member.take_over(partition);
        assert_eq!(committed, Some([1, 3][partition as usize]));
        let first = member.records(partition, 1)[0];
        assert_eq!(first.0, [1, 3][partition as usize], "it goes on where the predecessor committed");
        member.commit(partition, &[2], 4).expect("the new owner commits");
        assert_eq!(member.tail(partition, 0).0, [1, 2]);
    }
}

fn a_member_that_leaves_hands_over<W: LogWorld>(world: &W) {
    let mut members = [Member::join(world), Member::join(world)];
    share(&mut members);
    let [mut gone, mut stays] = members;
    gone.log.close().expect("it leaves");
    let mut held = Vec::new();
    wait_for("the other one has both partitions", || {
        stays.poll();
        for event in std::mem::take(&mut stays.events) {
            match event {
                LogEvent::Assigned(partitions) => held = partitions,
                LogEvent::Revoked(_) => stays.log.confirm_revoked().expect("the group goes on"),
                _ => {}
            }
        }
        held.len() == 2
    });
}
