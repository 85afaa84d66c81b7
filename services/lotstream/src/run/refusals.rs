//! What was not applied: by feed, outcome and reason, with the first line of each as an example.

use super::accounting::label;
use crate::books::Said;
use crate::table::{Table, grouped};
use domain::command::Source;
use domain::outcome::{OutcomeKind, Reason};
use domain::{Event, Name};
use feed::BadInput;
use feed::files::Line;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The most reasons that are shown to a person.
const SHOWN: usize = 12;

/// Feed, outcome, and the word of the reason.
type Why = (Name, &'static str, String);

/// Lines of one reason.
#[derive(Debug)]
struct Lines {
    count: u64,
    /// The first of them.
    partner: Name,
    /// Its number in the file, from 1.
    line: i64,
    /// Why, in words: what was expected and what was found.
    text: String,
}

/// Everything that was not applied.
#[derive(Default, Debug)]
pub(crate) struct Refusals(BTreeMap<Why, Lines>);

#[derive(Serialize)]
struct View<'a> {
    feed: &'a Name,
    outcome: &'a str,
    reason: &'a str,
    lines: u64,
    /// The first of them, as `file:line`.
    first: String,
    text: &'a str,
}

impl Serialize for Refusals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(why, lines)| View {
            feed: &why.0,
            outcome: why.1,
            reason: &why.2,
            lines: lines.count,
            first: lines.place(&why.0),
            text: &lines.text,
        }))
    }
}

impl Lines {
    fn place(&self, feed: &Name) -> String {
        format!("{feed}.{}.jsonl:{}", self.partner, self.line)
    }
}

impl Refusals {
    /// A line could not become a command.
    pub(crate) fn bad_input(&mut self, line: &Line<'_>, bad: &BadInput) {
        let why =
            (line.file.feed.name.into(), label(OutcomeKind::DeadLettered), bad.code.as_str().to_owned());
        self.count(why, &line.file.partner, line.number, &bad.text);
    }

    /// The ledger said something.
    pub(crate) fn heard(&mut self, said: &Said) {
        match said {
            Said::Event(Event::Outcome(record)) if !record.later && is_refused(record.outcome.kind) => {
                let (source, outcome) = (&record.source, record.outcome);
                let why = (source.feed.clone(), label(outcome.kind), word(outcome.reason));
                self.count(why, &source.partner, source.offset, outcome.reason.text());
            }
            Said::DeadLetter(letter) => {
                if let Some(source) = letter.source() {
                    self.told(source, letter.reason(), letter.text());
                }
            }
            Said::Event(_) => {}
        }
    }

    fn count(&mut self, why: Why, partner: &Name, number: i64, text: &str) {
        let first = || Lines { count: 0, partner: partner.clone(), line: number + 1, text: text.to_owned() };
        self.0.entry(why).or_insert_with(first).count += 1;
    }

    /// A dead letter says it better than its reason: which attribute, what was expected.
    fn told(&mut self, source: &Source, reason: Reason, text: &str) {
        let why = (source.feed.clone(), label(OutcomeKind::DeadLettered), word(reason));
        let first = self.0.get_mut(&why);
        if let Some(first) = first.filter(|it| it.partner == source.partner && it.line == source.offset + 1) {
            text.clone_into(&mut first.text);
        }
    }
}

const fn is_refused(kind: OutcomeKind) -> bool {
    match kind {
        OutcomeKind::Applied | OutcomeKind::Duplicate | OutcomeKind::Parked => false,
        OutcomeKind::Conflict
        | OutcomeKind::Rejected
        | OutcomeKind::Quarantined
        | OutcomeKind::DeadLettered => true,
    }
}

/// The reason as files have it.
fn word(reason: Reason) -> String {
    let word = serde_json::to_value(reason).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Nothing where everything was applied.
impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut most: Vec<(&Why, &Lines)> = self.0.iter().collect();
        // Bad input before what was decided; of each what is most.
        let bad = |why: &Why| why.1 == label(OutcomeKind::DeadLettered);
        most.sort_by_key(|(why, lines)| (!bad(why), std::cmp::Reverse(lines.count)));
        let mut table = Table::new(&["feed", "not applied", "reason", "lines", "the first"]).with_texts(3);
        for ((feed, outcome, reason), lines) in most.iter().take(SHOWN) {
            let count = grouped(i64::try_from(lines.count).unwrap_or(i64::MAX));
            table.row([feed.to_string(), (*outcome).to_owned(), reason.clone(), count, lines.place(feed)]);
        }
        writeln!(f, "{table}")?;
        for ((feed, ..), lines) in most.iter().take(SHOWN) {
            writeln!(f, "  {}: {}", lines.place(feed), lines.text)?;
        }
        match most.len().saturating_sub(SHOWN) {
            0 => writeln!(f),
            1 => writeln!(f, "  and 1 reason more: summary.json has it\n"),
            more => writeln!(f, "  and {more} reasons more: summary.json has them\n"),
        }
    }
}
