//! What is to be done with a dead letter that an operator wants replayed. Asks nobody: what has to be looked up comes in.

use super::letter::Letter;
use super::replays;
use crate::failure::Failure;
use domain::EntityId;
use engine::route::partition_of;
use std::collections::BTreeMap;
use wire::dead_letter_replay::DeadLetterReplay;

/// What a letter's value is to this build, today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A record that its feed takes.
    Record,
    /// What would be dead-lettered again: the word, and why.
    StillBad(String, String),
    /// A command to this account; whether it failed in the ledger and its account is parked still.
    Command { account: EntityId, parked: bool },
    /// A programme version.
    Programme,
    /// No command that this build can read, and why.
    Unreadable(String),
}

/// Where a record is written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct To {
    pub(super) topic: String,
    /// Its partition; that of its key where it stood in one there is not any more.
    pub(super) partition: Option<i32>,
}

/// Why nothing is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Why {
    /// For programs.
    pub(super) word: &'static str,
    /// For people: what is in the way, and what to do.
    pub(super) text: String,
}

/// What is to be done with a letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is written there.
    Replay(To),
    /// It was replayed already, which is as good.
    Skip(Why),
    /// It cannot be.
    Refuse(Why),
}

/// The topics of the cluster.
#[derive(Clone, Debug)]
pub(super) struct Topics {
    /// What stands before those of this deployment.
    pub(super) prefix: String,
    /// Partitions by name.
    pub(super) partitions: BTreeMap<String, usize>,
}

impl Topics {
    fn count(&self, topic: &str) -> Option<i32> {
        self.partitions.get(topic).and_then(|count| i32::try_from(*count).ok()).filter(|count| *count > 0)
    }
}

fn skip(word: &'static str, text: String) -> Fate {
    Fate::Skip(Why { word, text })
}

fn refuse(word: &'static str, text: impl Into<String>) -> Fate {
    Fate::Refuse(Why { word, text: text.into() })
}

/// What is to be done with `letter`, which was replayed like this before. `look` says what its value is: it is asked
/// only where that counts.
pub(super) fn of(
    letter: &Letter,
    before: &[&DeadLetterReplay],
    again: bool,
    topics: &Topics,
    look: impl FnOnce(&Letter) -> Result<Found, Failure>,
) -> Result<Fate, Failure> {
    if let Some(last) = before.last().filter(|_| !again) {
        return Ok(skip("replayed", replayed(letter, last)));
    }
    if letter.is_cut() {
        let (kept, length) = (letter.record.value.len(), letter.record.length);
        return Ok(refuse(
            "cut",
            format!("only {kept} bytes of its {length} were kept; the partner sends the event again"),
        ));
    }
    if letter.is_of_ledger() {
        return look(letter).map(|found| command(letter, found, topics));
    }
    match place(letter, topics) {
        Err(fate) => Ok(fate),
        Ok(to) => look(letter).map(|found| match found {
            Found::StillBad(reason, text) => still_bad(letter, &reason, text),
            _ => Fate::Replay(to),
        }),
    }
}

fn replayed(letter: &Letter, last: &DeadLetterReplay) -> String {
    let place = replays::place(last);
    let of = if place == letter.place { String::new() } else { format!(" as {place}, the same record") };
    format!("replayed{of} {} by {}", last.at, last.actor)
}

/// Where a feed's record came from.
fn place(letter: &Letter, topics: &Topics) -> Result<To, Fate> {
    let (topic, partition, _) = letter.source();
    let own = topic.strip_prefix(&topics.prefix);
    if !own.is_some_and(|topic| feed::FEEDS.iter().any(|feed| feed.partner(topic).is_some())) {
        let text = format!("expected a feed's topic of this deployment, it came from {topic}");
        return Err(refuse("no_topic", text));
    }
    let count = topics.count(topic).ok_or_else(|| {
        refuse(
            "no_topic",
            format!("expected {topic}, found none; `lotstream partner add` or `topics create` makes it"),
        )
    })?;
    Ok(To { topic: topic.to_owned(), partition: (partition < count).then_some(partition) })
}

/// The word is said where it is another than the letter's own.
fn still_bad(letter: &Letter, reason: &str, text: String) -> Fate {
    let text = if letter.record.reason == reason { text } else { format!("{reason}: {text}") };
    refuse("still_bad", text)
}

fn command(letter: &Letter, found: Found, topics: &Topics) -> Fate {
    match found {
        Found::Command { account, parked: true } => refuse(
            "account_parked",
            format!(
                "{account} is parked, so that it would be answered as before; mend the cause, `resume` the account \
                 through a desk, then replay it"
            ),
        ),
        Found::Command { account, parked: false } => {
            let topic = format!("{}member-commands", topics.prefix);
            match topics.count(&topic) {
                Some(count) => {
                    Fate::Replay(To { topic, partition: Some(partition_of(account.as_str(), count)) })
                }
                None => refuse(
                    "no_topic",
                    format!("expected {topic}, found none; `lotstream topics create` makes it"),
                ),
            }
        }
        Found::Programme => refuse(
            "programme",
            "a programme version: `lotstream programme publish` puts it into every partition",
        ),
        Found::Unreadable(error) => refuse(
            "unreadable",
            format!("no command that this build can read, so ledgers would refuse it again: {error}"),
        ),
        Found::StillBad(reason, text) => still_bad(letter, &reason, text),
        Found::Record => refuse("unreadable", "expected a command, found a record of a feed"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::{letter, of_ledger};
    use super::super::replays::tests::replay;
    use super::*;

    fn topics() -> Topics {
        let partitions = [("t.purchases.shop", 2), ("t.member-commands", 4), ("t.outcomes.shop", 1)];
        Topics {
            prefix: "t.".into(),
            partitions: partitions.map(|(name, count)| (name.into(), count)).into(),
        }
    }

    fn account() -> EntityId {
        EntityId::member("club", "m-1")
    }

    fn fate(letter: &Letter, found: Found) -> Fate {
        of(letter, &[], false, &topics(), |_| Ok(found)).unwrap()
    }

    /// The word of a refusal, and the text.
    fn refused(fate: Fate) -> (&'static str, String) {
        match fate {
            Fate::Refuse(why) => (why.word, why.text),
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    #[test]
    fn a_feeds_record_goes_back_to_where_it_stood() {
        let mut letter = letter("0:5");
        letter.record.partition = 1;
        let to = |partition| Fate::Replay(To { topic: "t.purchases.shop".into(), partition });
        assert_eq!(fate(&letter, Found::Record), to(Some(1)));
        letter.record.partition = 2;
        assert_eq!(fate(&letter, Found::Record), to(None), "its topic was made anew, smaller");
    }

    #[test]
    fn a_command_goes_to_the_partition_of_its_account() {
        let expected = partition_of(account().as_str(), 4);
        let found = Found::Command { account: account(), parked: false };
        let to = To { topic: "t.member-commands".into(), partition: Some(expected) };
        assert_eq!(fate(&of_ledger("0:5", "unknown_programme"), found), Fate::Replay(to));
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_the_way_out() {
        let feed = letter("0:5");
        let command = of_ledger("0:5", "poison");
        let with = |change: fn(&mut Letter), found: Found| {
            let mut letter = letter("0:5");
            change(&mut letter);
            fate(&letter, found)
        };
        let table = [
            (with(|it| it.record.length = 7, Found::Record), "cut", "only 2 bytes of its 7"),
            (
                with(|it| it.record.topic = "t.purchases.till".into(), Found::Record),
                "no_topic",
                "`lotstream partner add` or",
            ),
            (
                with(|it| it.record.topic = "purchases.shop".into(), Found::Record),
                "no_topic",
                "of this deployment",
            ),
            (
                with(|it| it.record.topic = "t.outcomes.shop".into(), Found::Record),
                "no_topic",
                "expected a feed's topic",
            ),
            (
                fate(&feed, Found::StillBad("future".into(), "too early".into())),
                "still_bad",
                "future: too early",
            ),
            (
                fate(&command, Found::Command { account: account(), parked: true }),
                "account_parked",
                "`resume` the account",
            ),
            (
                fate(&command, Found::StillBad("wrong_currency".into(), "expected RUB".into())),
                "still_bad",
                "wrong_currency: expected RUB",
            ),
            (
                fate(&feed, Found::StillBad("unknown_schema".into(), "expected one".into())),
                "still_bad",
                "expected one",
            ),
            (fate(&command, Found::Programme), "programme", "`lotstream programme publish`"),
            (fate(&command, Found::Unreadable("a body".into())), "unreadable", "a body"),
        ];
        for (fate, word, part) in table {
            let (found, text) = refused(fate);
            assert_eq!(found, word, "{text}");
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_was_replayed_is_skipped_unless_it_is_wanted_again() {
        let (letter, other) = (letter("0:5"), letter("1:5"));
        let (own, same) = (replay(&letter, "t.purchases.shop"), replay(&other, "t.purchases.shop"));
        let look = |_: &Letter| -> Result<Found, Failure> {
            panic!("expected nobody to look at a letter that is skipped")
        };
        let text = |before: &DeadLetterReplay| match of(&letter, &[before], false, &topics(), look).unwrap() {
            Fate::Skip(why) if why.word == "replayed" => why.text,
            other => panic!("expected it to be skipped, found {other:?}"),
        };
        assert_eq!(text(&own), "replayed 1970-01-01T00:00:03.000Z by op-7");
        assert_eq!(text(&same), "replayed as 1:5, the same record 1970-01-01T00:00:03.000Z by op-7");
        let again = of(&letter, &[&own], true, &topics(), |_| Ok(Found::Record)).unwrap();
        assert!(matches!(again, Fate::Replay(_)), "{again:?}");
    }
}
