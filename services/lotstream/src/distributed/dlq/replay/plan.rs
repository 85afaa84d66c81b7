//! What is to be done with each letter that is meant, in the order it is done in. Writes nothing.

use super::super::fate::{self, Fate, Found, Topics, Why};
use super::super::letter::{Letter, Place};
use super::super::replays::Replays;
use super::Landed;
use crate::failure::Failure;
use std::collections::BTreeMap;

/// A letter, and what is to be done with it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) letter: Letter,
    pub(super) fate: Fate,
    /// Where its record stands, once it is written.
    pub(super) written: Option<Landed>,
}

/// Plans the replay of `letters`: in the order in which their records first stood, so that those of one buyer keep it.
pub(super) fn plan(
    mut letters: Vec<Letter>,
    replays: &Replays,
    again: bool,
    topics: &Topics,
    mut look: impl FnMut(&Letter) -> Result<Found, Failure>,
) -> Result<Vec<Step>, Failure> {
    letters.sort_by(|one, other| order(one).cmp(&order(other)));
    let mut taken: BTreeMap<(String, i32, i64), Place> = BTreeMap::new();
    let mut steps = Vec::with_capacity(letters.len());
    for letter in letters {
        let (topic, partition, offset) = letter.source();
        let source = (topic.to_owned(), partition, offset);
        let same = taken.get(&source).filter(|_| !letter.is_of_ledger());
        let fate = match same {
            Some(first) => {
                Fate::Skip(Why { word: "same_record", text: format!("the same record as {first}") })
            }
            None => fate::of(&letter, &replays.of(&letter), again, topics, &mut look)?,
        };
        if matches!(fate, Fate::Replay(_)) && !letter.is_of_ledger() {
            taken.insert(source, letter.place);
        }
        steps.push(Step { letter, fate, written: None });
    }
    Ok(steps)
}

/// Records of feeds first, by where they stood; then commands, by where they did.
fn order(letter: &Letter) -> impl Ord {
    let command = letter.record.command.map(|command| (command.partition, command.offset));
    (command, letter.source(), letter.place)
}

#[cfg(test)]
mod tests {
    use super::super::super::letter::tests::{letter, of_ledger};
    use super::super::super::replays::tests::replay;
    use super::*;
    use domain::EntityId;
    use wire::dead_letter::CommandPlace;

    fn topics() -> Topics {
        let partitions = [("t.purchases.shop", 1), ("t.member-commands", 1)];
        Topics {
            prefix: "t.".into(),
            partitions: partitions.map(|(name, count)| (name.into(), count)).into(),
        }
    }

    fn look(letter: &Letter) -> Result<Found, Failure> {
        let account = EntityId::member("club", "m-1");
        Ok(match letter.is_of_ledger() {
            true => Found::Command { account, parked: false },
            false => Found::Record,
        })
    }

    /// Places, each with what is to be done.
    fn planned(letters: Vec<Letter>, replays: &Replays, again: bool) -> Vec<(String, &'static str)> {
        let steps = plan(letters, replays, again, &topics(), look).unwrap();
        let word = |fate: &Fate| match fate {
            Fate::Replay(_) => "replay",
            Fate::Skip(why) | Fate::Refuse(why) => why.word,
        };
        steps.iter().map(|step| (step.letter.place.to_string(), word(&step.fate))).collect()
    }

    fn as_of(place: &str, offset: i64) -> Letter {
        let mut letter = letter(place);
        letter.record.offset = offset;
        letter
    }

    #[test]
    fn records_are_written_in_the_order_they_first_stood_in() {
        let command = |place: &str, partition, offset| {
            let mut letter = of_ledger(place, "unknown_programme");
            letter.record.command = Some(CommandPlace { partition, offset });
            letter
        };
        let letters = vec![command("0:1", 1, 4), as_of("0:2", 10), command("1:1", 0, 8), as_of("3:0", 9)];
        let planned = planned(letters, &Replays::default(), false);
        let places: Vec<&str> = planned.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["3:0", "0:2", "1:1", "0:1"]);
    }

    #[test]
    fn one_record_with_two_letters_is_written_once_also_when_wanted_again() {
        let letters = || vec![as_of("0:5", 7), as_of("1:6", 7)];
        let none = Replays::default();
        let once = [("0:5".to_owned(), "replay"), ("1:6".to_owned(), "same_record")];
        assert_eq!(planned(letters(), &none, false), once);
        let mut replays = Replays::default();
        replays.add(replay(&as_of("1:6", 7), "t.purchases.shop"));
        let skipped = [("0:5".to_owned(), "replayed"), ("1:6".to_owned(), "replayed")];
        assert_eq!(planned(letters(), &replays, false), skipped);
        assert_eq!(planned(letters(), &replays, true), once);
    }

    #[test]
    fn commands_of_one_event_are_each_their_own() {
        let letters = vec![of_ledger("0:5", "poison"), of_ledger("0:6", "poison")];
        let fates: Vec<_> =
            planned(letters, &Replays::default(), false).into_iter().map(|(_, word)| word).collect();
        assert_eq!(fates, ["replay", "replay"]);
    }
}
