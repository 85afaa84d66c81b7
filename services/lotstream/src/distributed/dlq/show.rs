//! `lotstream dlq show`: all of one dead letter.

use super::super::deployment::Deployment;
use super::super::other;
use super::letter::{self, Letter, Place};
use super::replays::{self, Replays};
use super::told;
use super::value::Values;
use crate::cli::dlq::ShowArgs;
use crate::failure::Failure;
use crate::stdout;
use crate::table::grouped;
use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::fmt::{self, Display};
use std::process::ExitCode;
use wire::dead_letter::CommandPlace;
use wire::dead_letter_replay::DeadLetterReplay;

/// Bytes in hexadecimal on a line.
const WIDTH: usize = 32;

/// All of a letter.
#[derive(Serialize)]
struct Shown<'a> {
    place: Place,
    /// When it was dead-lettered.
    at: Option<Timestamp>,
    partner: &'a str,
    /// Where the record at fault was first written.
    topic: &'a str,
    partition: i32,
    offset: i64,
    /// When, where that is known.
    appended_at: Option<Timestamp>,
    id: &'a str,
    reason: &'a str,
    text: &'a str,
    /// Where its command stood in `member-commands`, in a letter of the ledger.
    command: Option<CommandPlace>,
    trace: &'a str,
    key: Bytes,
    /// Bytes of the value as it came.
    length: i64,
    /// Whether only its beginning was kept.
    cut: bool,
    value: Bytes,
    replays: Vec<&'a DeadLetterReplay>,
}

/// Bytes as they can be read best.
#[derive(Serialize, PartialEq, Debug)]
#[serde(rename_all = "snake_case")]
enum Bytes {
    /// A record of its schema.
    Json(Value),
    /// Printable text.
    Text(String),
    /// Anything else, in hexadecimal.
    Hex(String),
}

/// Shows it.
pub(super) fn perform(deployment: &Deployment, args: &ShowArgs) -> Result<ExitCode, Failure> {
    let place: Place = args.place.parse()?;
    let mut found = None;
    letter::each(deployment, |letter| {
        if letter.place == place {
            found = Some(letter);
        }
        Ok(())
    })?;
    let letter = found.ok_or_else(|| missing(place))?;
    let replays = Replays::read(deployment, &replays::contract(deployment)?)?;
    let json = Values::of(deployment).json(&letter)?;
    let shown = Shown::of(&letter, json, replays.of(&letter));
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&shown).map_err(other)?),
        false => stdout::print(&shown),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// No letter stands there.
pub(super) fn missing(place: Place) -> Failure {
    other(format!(
        "expected a dead letter at {place}, found none; `lotstream dlq list` shows those that the topic still keeps"
    ))
}

impl Bytes {
    fn of(bytes: &[u8]) -> Self {
        let printable = |text: &&str| {
            !text.chars().any(|letter| telemetry::is_hidden(letter) && !matches!(letter, '\n' | '\t'))
        };
        match std::str::from_utf8(bytes).ok().filter(printable) {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }
}

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(value) => write!(f, "{value:#}"),
            Self::Text(text) => f.write_str(text),
            Self::Hex(digits) => {
                let lines = digits.as_bytes().chunks(2 * WIDTH).map(String::from_utf8_lossy);
                f.write_str(&lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl<'a> Shown<'a> {
    fn of(letter: &'a Letter, json: Option<Value>, replays: Vec<&'a DeadLetterReplay>) -> Self {
        let record = &letter.record;
        Self {
            place: letter.place,
            at: letter.at,
            partner: &record.partner,
            topic: &record.topic,
            partition: record.partition,
            offset: record.offset,
            appended_at: record.at,
            id: &record.id,
            reason: &record.reason,
            text: &record.text,
            command: record.command,
            trace: &record.trace,
            key: Bytes::of(record.key.as_deref().unwrap_or_default()),
            length: record.length,
            cut: letter.is_cut(),
            value: json.map_or_else(|| Bytes::of(&record.value), Bytes::Json),
            replays,
        }
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, partner, topic, partition, offset, .. } = self;
        let since =
            |word: &str, at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(", {word} {at}"));
        writeln!(f, "\n  dead letter {place}{}\n", since("written", self.at))?;
        let by = if self.command.is_some() { "the ledger" } else { "its feed service" };
        writeln!(f, "  reason    {}, by {by}", told::line(self.reason))?;
        writeln!(f, "            {}", told::line(self.text))?;
        writeln!(f, "  partner   {}", told::line(partner))?;
        writeln!(f, "  event     {}", told::line(self.id))?;
        writeln!(
            f,
            "  record    {} {partition} {offset}{}",
            told::line(topic),
            since("appended", self.appended_at)
        )?;
        if let Some(CommandPlace { partition, offset }) = self.command {
            writeln!(f, "  command   member-commands {partition} {offset}")?;
        }
        if !self.trace.is_empty() {
            writeln!(f, "  trace     {}", told::line(self.trace))?;
        }
        writeln!(f, "  key       {}", told::line(&self.key.to_string()))?;
        for replay in &self.replays {
            let DeadLetterReplay { at, actor, why, written_topic, written_partition, written_offset, .. } =
                replay;
            let (actor, why) = (told::line(actor), told::line(why));
            writeln!(
                f,
                "  replayed  {at} by {actor}: {why}; to {written_topic} {written_partition} {written_offset}"
            )?;
        }
        if self.replays.is_empty() {
            writeln!(f, "  replayed  no")?;
        }
        let kept = if self.cut { ", of which the beginning was kept" } else { "" };
        let how = match self.value {
            Bytes::Json(_) => "as JSON",
            Bytes::Text(_) => "which are text",
            Bytes::Hex(_) => "in hexadecimal",
        };
        write!(f, "  value     {} bytes{kept}, {how}:\n\n{}", grouped(self.length), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::{letter, of_ledger};
    use super::super::replays::tests::replay;
    use super::*;

    #[test]
    fn bytes_are_shown_as_they_can_be_read_best() {
        for (bytes, shown) in [
            (&b"{\"a\": 1}"[..], Bytes::Text("{\"a\": 1}".into())),
            (b"", Bytes::Text(String::new())),
            (&[0, 1, 0xff], Bytes::Hex("0001ff".into())),
            (b"a\x1b[2J", Bytes::Hex("611b5b324a".into())),
        ] {
            assert_eq!(Bytes::of(bytes), shown);
        }
        let long = Bytes::of(&[0xff; 40]).to_string();
        assert_eq!(long.lines().map(str::len).collect::<Vec<_>>(), [64, 16]);
    }

    #[test]
    fn all_of_a_letter_is_told() {
        let mut letter = of_ledger("2:17", "poison");
        letter.record.trace = "00-ab-cd-01".into();
        let json = serde_json::json!({"entity": "club:member:m-1"});
        let replay = replay(&letter, "t.member-commands");
        let told = Shown::of(&letter, Some(json), vec![&replay]).to_string();
        for part in [
            "dead letter 2:17, written 1970-01-01T00:00:02.000Z",
            "poison, by the ledger",
            "expected a schema, found none",
            "t.purchases.shop 0 17, appended 1970-01-01T00:00:01.000Z",
            "member-commands 3 9",
            "00-ab-cd-01",
            "club:member:m-1",
            "by op-7: mended; to t.member-commands 0 99",
            "2 bytes, as JSON",
            "\"entity\": \"club:member:m-1\"",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn a_value_that_was_cut_says_so() {
        let mut letter = letter("0:1");
        letter.record.length = 1_500_000;
        let shown = Shown::of(&letter, None, Vec::new());
        assert!(
            shown.to_string().contains("1,500,000 bytes, of which the beginning was kept, which are text")
        );
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!((&json["value"]["text"], &json["cut"]), (&"{}".into(), &true.into()), "{json:#}");
    }
}
