//! `lotstream dlq list`: dead letters, and how many by partner and reason.

use super::super::deployment::Deployment;
use super::super::other;
use super::filter::Filter;
use super::letter::{self, Letter, Place};
use super::replays::{self, Replays};
use super::told;
use crate::cli::dlq::ListArgs;
use crate::failure::Failure;
use crate::stdout;
use crate::table::{Table, counted, grouped};
use domain::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use wire::dead_letter_replay::DeadLetterReplay;

/// A letter, as it is listed: all but its bytes.
#[derive(Serialize)]
struct Listed {
    place: Place,
    /// When it was dead-lettered.
    at: Option<Timestamp>,
    partner: String,
    topic: String,
    partition: i32,
    offset: i64,
    id: String,
    reason: String,
    text: String,
    /// Who refused it: `feed` or `ledger`.
    by: &'static str,
    /// Times it was replayed, and when last.
    replays: usize,
    replayed_at: Option<Timestamp>,
    replayed_by: Option<String>,
    #[serde(skip)]
    cells: [String; 6],
}

/// Letters of one partner and reason.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Count {
    letters: u64,
    waiting: u64,
}

#[derive(Serialize)]
struct Summed<'a> {
    partner: &'a str,
    reason: &'a str,
    letters: u64,
    /// Those that were not replayed.
    waiting: u64,
}

#[derive(Serialize)]
struct View<'a> {
    letters: &'a [Listed],
    summary: Vec<Summed<'a>>,
}

/// Lists them.
pub(super) fn perform(deployment: &Deployment, args: &ListArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::of(&args.filter, deployment.prefix())?;
    let replays = Replays::read(deployment, &replays::contract(deployment)?)?;
    let mut listed = Vec::new();
    letter::each(deployment, |letter| {
        let before = replays.of(&letter);
        if filter.takes(&letter) && (!args.waiting || before.is_empty()) {
            listed.push(Listed::of(&letter, &before, deployment.prefix()));
        }
        Ok(())
    })?;
    listed.sort_by_key(|it| (it.at, it.place));
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&view(&listed)).map_err(other)?),
        false => stdout::print(text(&listed)?),
    }?;
    Ok(ExitCode::SUCCESS)
}

impl Listed {
    fn of(letter: &Letter, before: &[&DeadLetterReplay], prefix: &str) -> Self {
        let (record, last) = (&letter.record, before.last());
        Self {
            place: letter.place,
            at: letter.at,
            partner: record.partner.clone(),
            topic: record.topic.clone(),
            partition: record.partition,
            offset: record.offset,
            id: record.id.clone(),
            reason: record.reason.clone(),
            text: record.text.clone(),
            by: if letter.is_of_ledger() { "ledger" } else { "feed" },
            replays: before.len(),
            replayed_at: last.map(|replay| replay.at),
            replayed_by: last.map(|replay| replay.actor.clone()),
            cells: told::cells(letter, prefix),
        }
    }

    fn replayed(&self) -> String {
        match (self.replays, self.replayed_at, &self.replayed_by) {
            (1, Some(at), Some(by)) => format!("{at} by {}", told::short(by)),
            (times, Some(at), Some(by)) => format!("{times} times, {at} by {}", told::short(by)),
            _ => "no".to_owned(),
        }
    }
}

/// How many there are of each partner and reason.
fn counts(listed: &[Listed]) -> BTreeMap<(&str, &str), Count> {
    let mut counts: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    for it in listed {
        let count = counts.entry((&it.partner, &it.reason)).or_default();
        count.letters += 1;
        count.waiting += u64::from(it.replays == 0);
    }
    counts
}

fn view(listed: &[Listed]) -> View<'_> {
    let summed =
        |((partner, reason), Count { letters, waiting })| Summed { partner, reason, letters, waiting };
    View { letters: listed, summary: counts(listed).into_iter().map(summed).collect() }
}

fn text(listed: &[Listed]) -> Result<String, Failure> {
    if listed.is_empty() {
        return Ok("no dead letters of this kind".into());
    }
    let headings = [&told::HEADINGS[..], &["replayed", "text"]].concat();
    let mut letters = Table::new(&headings).with_texts(headings.len());
    for it in listed {
        letters.row(it.cells.iter().cloned().chain([it.replayed(), told::short(&it.text)]));
    }
    let mut sums = Table::new(&["partner", "reason", "letters", "not replayed"]).with_texts(2);
    let (mut all, mut waiting) = (0, 0);
    for ((partner, reason), count) in counts(listed) {
        let number = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
        sums.row([told::line(partner), told::line(reason), number(count.letters), number(count.waiting)]);
        all += count.letters;
        waiting += count.waiting;
    }
    let mut text = format!("\n{letters}\n{sums}\n");
    write!(
        text,
        "  {}, {} not replayed; `lotstream dlq show PLACE` shows one",
        counted(all, "dead letter"),
        waiting
    )
    .map_err(other)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::{letter, of_ledger};
    use super::super::replays::tests::replay;
    use super::*;

    #[test]
    fn a_list_says_what_was_replayed_and_sums_by_partner_and_reason() {
        let (first, second) = (letter("0:4"), letter("1:7"));
        let replay = replay(&second, "t.purchases.shop");
        let listed = [
            Listed::of(&first, &[], "t."),
            Listed::of(&second, &[&replay, &replay], "t."),
            Listed::of(&of_ledger("2:1", "unknown_programme"), &[&replay], "t."),
        ];
        let text = text(&listed).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let line = |start: &str| {
            let begins = |line: &&Vec<&str>| line.join(" ").starts_with(start);
            lines.iter().find(begins).unwrap_or_else(|| panic!("no line {start} in\n{text}"))
        };
        assert_eq!(
            line("0:4")[..7],
            ["0:4", "1970-01-01T00:00:02.000Z", "shop", "purchases.shop", "s-1", "unknown_schema", "no"]
        );
        assert_eq!(line("1:7")[6..11], ["2", "times,", "1970-01-01T00:00:03.000Z", "by", "op-7"]);
        assert_eq!(line("2:1")[5..7], ["unknown_programme", "1970-01-01T00:00:03.000Z"]);
        assert_eq!(line("shop unknown_programme")[..], ["shop", "unknown_programme", "1", "0"]);
        assert_eq!(line("shop unknown_schema")[..], ["shop", "unknown_schema", "2", "1"]);
        assert!(text.contains("3 dead letters, 1 not replayed"), "{text}");
        let view = serde_json::to_value(view(&listed)).unwrap();
        assert_eq!(
            (&view["letters"][0]["place"], &view["letters"][2]["by"]),
            (&"0:4".into(), &"ledger".into())
        );
        assert_eq!(view["summary"][1]["waiting"], 1, "{view:#}");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(text(&[]).unwrap(), "no dead letters of this kind");
    }
}
