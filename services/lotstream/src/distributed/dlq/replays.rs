//! What was replayed: the topic `dead-letter-replays`, read whole, and appended to.

use super::super::deployment::Deployment;
use super::super::{other, whole};
use super::letter::{Letter, Place};
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::contract::Contract;
use wire::dead_letter_replay::DeadLetterReplay;
use wire::registry::{Cached, Confluent, Registry};

/// The topic, without the prefix.
pub(super) const TOPIC: &str = "dead-letter-replays";
/// The largest record.
const LIMIT: usize = 64 << 10;

/// The schema of its records, agreed with the registry.
pub(super) fn contract(deployment: &Deployment) -> Result<Contract, Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    Contract::new("dead_letter_replay", registry, LIMIT).map_err(other)
}

/// Every replay, by the record that was at fault.
#[derive(Default, Debug)]
pub(super) struct Replays(BTreeMap<(String, i32, i64), Vec<DeadLetterReplay>>);

impl Replays {
    /// Reads them.
    pub(super) fn read(deployment: &Deployment, contract: &Contract) -> Result<Self, Failure> {
        let (mut replays, mut scratch) = (Self::default(), Vec::new());
        whole::each(deployment, TOPIC, |record| {
            let replay = contract.decode(record.value().unwrap_or_default(), &mut scratch);
            replays.add(replay.map_err(|error| whole::at(record, error))?);
            Ok(())
        })?;
        Ok(replays)
    }

    /// Adds one.
    pub(super) fn add(&mut self, replay: DeadLetterReplay) {
        let source = (replay.topic.clone(), replay.partition, replay.offset);
        self.0.entry(source).or_default().push(replay);
    }

    /// Those of `letter`, oldest first. A record that a feed service dead-lettered twice, because it was delivered to
    /// it again, has two letters and is written again once.
    pub(super) fn of(&self, letter: &Letter) -> Vec<&DeadLetterReplay> {
        let (topic, partition, offset) = letter.source();
        let all = self.0.get(&(topic.to_owned(), partition, offset)).into_iter().flatten();
        all.filter(|replay| place(replay) == letter.place || is_of_feed(replay) && !letter.is_of_ledger())
            .collect()
    }
}

/// The letter's place.
pub(super) const fn place(replay: &DeadLetterReplay) -> Place {
    Place { partition: replay.letter_partition, offset: replay.letter_offset }
}

/// Whether it was a feed service's letter: its record went back to the topic it came from.
fn is_of_feed(replay: &DeadLetterReplay) -> bool {
    replay.written_topic == replay.topic
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::distributed::dlq::letter::tests::{letter, of_ledger};
    use domain::Timestamp;

    /// A replay of `letter`, to `topic`.
    pub(in super::super) fn replay(letter: &Letter, topic: &str) -> DeadLetterReplay {
        let (source, partition, offset) = letter.source();
        DeadLetterReplay {
            letter_partition: letter.place.partition,
            letter_offset: letter.place.offset,
            topic: source.into(),
            partition,
            offset,
            actor: "op-7".into(),
            why: "mended".into(),
            at: Timestamp(3_000),
            written_topic: topic.into(),
            written_partition: 0,
            written_offset: 99,
        }
    }

    #[test]
    fn a_replay_is_of_its_letter_and_of_another_that_holds_the_same_record() {
        let mut replays = Replays::default();
        let (first, mut again, mut stranger) = (letter("0:5"), letter("1:8"), letter("0:5"));
        again.record.offset = first.record.offset;
        replays.add(replay(&first, "t.purchases.shop"));
        let count = |letter: &Letter| replays.of(letter).len();
        assert_eq!((count(&first), count(&again)), (1, 1), "the same record of the partner");
        // The topic was made anew: another letter stands at the same place.
        stranger.record.offset = 6;
        assert_eq!(count(&stranger), 0);
        let mut poisoned = of_ledger("2:2", "poison");
        poisoned.record.offset = first.record.offset;
        assert_eq!(count(&poisoned), 0, "its command is another record");
    }

    #[test]
    fn a_command_that_failed_again_is_a_letter_of_its_own() {
        let (first, mut again) = (of_ledger("0:5", "poison"), of_ledger("0:7", "poison"));
        again.record.offset = first.record.offset;
        let mut replays = Replays::default();
        replays.add(replay(&first, "t.member-commands"));
        assert_eq!((replays.of(&first).len(), replays.of(&again).len()), (1, 0));
        replays.add(replay(&first, "t.member-commands"));
        assert_eq!(replays.of(&first).len(), 2);
    }
}
