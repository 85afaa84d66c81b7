//! What became of a replay: each letter, and how many were replayed, skipped and refused, and why.

use super::super::fate::{Fate, To, Why};
use super::super::letter::Place;
use super::super::told;
use super::plan::Step;
use crate::table::{Table, counted};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// What became of one letter, or would.
#[derive(Serialize)]
struct One<'a> {
    place: Place,
    partner: &'a str,
    topic: &'a str,
    id: &'a str,
    reason: &'a str,
    /// `replay`, `skip` or `refuse`.
    fate: &'static str,
    /// Why not, for programs.
    why: Option<&'static str>,
    /// Why not, for people.
    text: Option<&'a str>,
    /// Where its record goes.
    to: Option<&'a str>,
    /// Where it stands there: its partition and offset.
    partition: Option<i32>,
    offset: Option<i64>,
    #[serde(skip)]
    cells: [String; 6],
}

/// What became of all.
#[derive(Serialize)]
pub(super) struct Outcome<'a> {
    /// Whether nothing was written.
    dry_run: bool,
    /// How many were replayed, or would be.
    replayed: u64,
    /// How many were not, for nothing was to be done, by why.
    skipped: BTreeMap<&'static str, u64>,
    /// How many could not be, by why.
    refused: BTreeMap<&'static str, u64>,
    letters: Vec<One<'a>>,
}

impl<'a> Outcome<'a> {
    /// What became of `steps`.
    pub(super) fn of(steps: &'a [Step], dry_run: bool, prefix: &str) -> Self {
        let mut outcome = Self {
            dry_run,
            replayed: 0,
            skipped: BTreeMap::new(),
            refused: BTreeMap::new(),
            letters: Vec::new(),
        };
        for step in steps {
            match &step.fate {
                Fate::Replay(_) => outcome.replayed += u64::from(dry_run || step.written.is_some()),
                Fate::Skip(why) => *outcome.skipped.entry(why.word).or_default() += 1,
                Fate::Refuse(why) => *outcome.refused.entry(why.word).or_default() += 1,
            }
            outcome.letters.push(One::of(step, prefix));
        }
        outcome
    }

    /// Whether all that was meant is replayed, or was.
    pub(super) fn is_whole(&self) -> bool {
        self.refused.is_empty()
    }

    /// `3 records`.
    pub(super) fn replayed(&self) -> String {
        counted(self.replayed, "record")
    }
}

impl<'a> One<'a> {
    fn of(step: &'a Step, prefix: &str) -> Self {
        let record = &step.letter.record;
        let (fate, why, to): (_, Option<&Why>, Option<&To>) = match &step.fate {
            Fate::Replay(to) => ("replay", None, Some(to)),
            Fate::Skip(why) => ("skip", Some(why), None),
            Fate::Refuse(why) => ("refuse", Some(why), None),
        };
        Self {
            place: step.letter.place,
            partner: &record.partner,
            topic: &record.topic,
            id: &record.id,
            reason: &record.reason,
            fate,
            why: why.map(|why| why.word),
            text: why.map(|why| why.text.as_str()),
            to: to.map(|to| to.topic.as_str()),
            partition: step.written.map(|(partition, _)| partition),
            offset: step.written.map(|(_, offset)| offset),
            cells: told::cells(&step.letter, prefix),
        }
    }

    /// What a person is told of it.
    fn words(&self) -> String {
        match (self.to, self.partition.zip(self.offset), self.text) {
            (Some(to), Some((partition, offset)), _) => format!("{to} {partition} {offset}"),
            (Some(to), None, _) => to.to_owned(),
            (None, _, text) => told::short(text.unwrap_or_default()),
        }
    }
}

/// `2 (1 cut, 1 still_bad)`.
fn by_word(counts: &BTreeMap<&'static str, u64>) -> String {
    let all: u64 = counts.values().sum();
    let each: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    if each.is_empty() { all.to_string() } else { format!("{all} ({})", each.join(", ")) }
}

impl Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dry_run, skipped, refused, letters, .. } = self;
        if letters.is_empty() {
            return f.write_str("no dead letters of this kind");
        }
        let headings = [&told::HEADINGS[..], &["fate", "where, or why"]].concat();
        let mut table = Table::new(&headings).with_texts(headings.len());
        for one in letters {
            let fate = match (one.fate, dry_run) {
                ("replay", true) => "would be replayed",
                ("replay", false) => "replayed",
                ("skip", _) => "skipped",
                _ => "refused",
            };
            table.row(one.cells.iter().cloned().chain([fate.to_owned(), one.words()]));
        }
        let done = if *dry_run { "would be replayed" } else { "replayed" };
        let (skipped, refused) = (by_word(skipped), by_word(refused));
        write!(f, "\n{table}\n  {} {done}, {skipped} skipped, {refused} refused", self.replayed())?;
        if *dry_run { f.write_str("; nothing was written") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::letter::tests::{letter, of_ledger};
    use super::*;

    fn steps() -> Vec<Step> {
        let to = To { topic: "t.purchases.shop".into(), partition: Some(0) };
        let why = |word, text: &str| Why { word, text: text.into() };
        let step = |letter, fate, written| Step { letter, fate, written };
        vec![
            step(letter("0:5"), Fate::Replay(to), Some((0, 51))),
            step(letter("1:6"), Fate::Skip(why("replayed", "replayed by op-7")), None),
            step(letter("1:7"), Fate::Refuse(why("still_bad", "future: an hour ahead")), None),
            step(of_ledger("2:0", "poison"), Fate::Refuse(why("account_parked", "it is parked")), None),
        ]
    }

    #[test]
    fn a_summary_counts_and_says_why() {
        let steps = steps();
        let outcome = Outcome::of(&steps, false, "t.");
        let told = outcome.to_string();
        for part in [
            "replayed  t.purchases.shop 0 51",
            "skipped   replayed by op-7",
            "refused   future: an hour ahead",
            "1 record replayed, 1 (1 replayed) skipped, 2 (1 account_parked, 1 still_bad) refused",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(!outcome.is_whole());
        let json = serde_json::to_value(&outcome).unwrap();
        let first = &json["letters"][0];
        assert_eq!((&first["fate"], &first["offset"]), (&"replay".into(), &51.into()), "{json:#}");
        assert_eq!((&json["replayed"], &json["refused"]["still_bad"]), (&1.into(), &1.into()), "{json:#}");
    }

    #[test]
    fn what_would_be_is_not_told_as_done() {
        let mut steps = steps();
        steps.truncate(1);
        steps[0].written = None;
        let outcome = Outcome::of(&steps, true, "t.");
        let told = outcome.to_string();
        assert!(
            told.contains("1 record would be replayed, 0 skipped, 0 refused; nothing was written"),
            "{told}"
        );
        assert!(outcome.is_whole());
        assert_eq!(Outcome::of(&steps, false, "t.").replayed(), "0 records", "none was acknowledged");
    }
}
