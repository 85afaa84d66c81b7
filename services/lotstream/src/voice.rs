//! What the ledger says, as lines of JSON: one topic, one file, the same bytes whichever way the ledger is run.

use crate::books::{Letter, Said};
use domain::event::OutcomeRecord;
use domain::{Event, Name};
use embedded::Value;
use embedded::durable::Texts;
use engine::message::Outgoing;
use feed::BadInput;
use feed::files::File;
use serde::Serialize;
use std::borrow::Cow;
use std::io::Write;

/// The topic of what could not be decided.
pub(crate) const DEAD_LETTERS: &str = "dead-letters";

/// A line of a feed that could not become a command.
#[derive(Serialize)]
pub(crate) struct BadLine<'a> {
    reason: &'a str,
    text: &'a str,
    feed: &'a str,
    partner: &'a str,
    line: i64,
    id: Option<&'a Name>,
    original: Cow<'a, str>,
}

impl<'a> BadLine<'a> {
    /// Line `number` of `file`, `bytes`, which is `bad`.
    pub(crate) fn new(file: &'a File, number: i64, bytes: &'a [u8], bad: &'a BadInput) -> Self {
        Self {
            reason: bad.code.as_str(),
            text: &bad.text,
            feed: file.feed.name,
            partner: file.partner.as_str(),
            line: number,
            id: bad.id.as_ref(),
            original: String::from_utf8_lossy(bytes),
        }
    }

    /// The line of `dead-letters`.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

/// A bad line as a durable ledger keeps it until it is told: its dead letter, and behind a line's end the answer to
/// its partner where an id can be read.
pub(crate) fn garbage(letter: &BadLine<'_>, answer: Option<OutcomeRecord>) -> String {
    let answer = answer.map(|outcome| serde_json::to_string(&outcome).expect("texts and numbers are JSON"));
    format!("{}\n{}", letter.json(), answer.unwrap_or_default())
}

/// The topic where the answers to `partner` go.
pub(crate) fn outcomes(partner: &str) -> String {
    format!("outcomes.{partner}")
}

/// The topic `said` goes to.
pub(crate) fn topic(said: &Said) -> Cow<'static, str> {
    match said {
        Said::Event(Event::Entry(_)) => "ledger-entries".into(),
        Said::Event(Event::Decision(_)) => "redemption-decisions".into(),
        Said::Event(Event::Tier(_)) => "tier-changes".into(),
        Said::Event(Event::Notice(_)) => "notification-requests".into(),
        Said::Event(Event::Outcome(outcome)) => outcomes(outcome.source.partner.as_str()).into(),
        Said::DeadLetter(_) => DEAD_LETTERS.into(),
    }
}

/// Writes `said` as one line.
pub(crate) fn write(said: &Said, mut to: impl Write) -> std::io::Result<()> {
    let written = match said {
        Said::Event(Event::Entry(entry)) => serde_json::to_writer(&mut to, entry),
        Said::Event(Event::Decision(decision)) => serde_json::to_writer(&mut to, decision),
        Said::Event(Event::Tier(change)) => serde_json::to_writer(&mut to, change),
        Said::Event(Event::Notice(notice)) => serde_json::to_writer(&mut to, notice),
        Said::Event(Event::Outcome(outcome)) => serde_json::to_writer(&mut to, outcome),
        Said::DeadLetter(letter) => serde_json::to_writer(&mut to, letter),
    };
    written?;
    to.write_all(b"\n")
}

/// What a durable ledger says, as lines of topics.
pub(crate) fn say(outgoing: Outgoing<Value>, texts: &mut Texts) {
    let said = match outgoing.message {
        Value::Event(event) => Said::Event(*event),
        Value::DeadLetter(letter) => match &letter.original {
            Value::Garbage(bad) => return say_bad(bad, texts),
            _ => Said::DeadLetter(Letter::of(&letter)),
        },
        Value::Command(_) | Value::Programme(_) | Value::Garbage(_) | Value::Wal(_) => return,
    };
    write(&said, texts.topic(&topic(&said))).expect("memory takes every line");
}

/// A bad line, and the answer to its partner, as [`garbage`] put them together.
fn say_bad(garbage: &str, texts: &mut Texts) {
    let (letter, answer) = garbage.split_once('\n').unwrap_or((garbage, ""));
    if let Ok(outcome) = serde_json::from_str::<OutcomeRecord>(answer) {
        let said = Said::Event(Event::Outcome(outcome));
        write(&said, texts.topic(&topic(&said))).expect("memory takes every line");
    }
    let dead_letters = texts.topic(DEAD_LETTERS);
    dead_letters.extend_from_slice(letter.as_bytes());
    dead_letters.push(b'\n');
}
