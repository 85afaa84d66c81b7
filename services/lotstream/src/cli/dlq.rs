//! The commands about dead letters of a deployment.

use super::distributed::SettingsArgs;
use clap::{Args, Subcommand};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  lotstream dlq list --partner pharmacy --waiting
  lotstream dlq show 2:17
  lotstream dlq replay --reason unknown_programme --actor op-7 --why 'version 2 is published' --dry-run")]
pub(crate) enum DlqCommand {
    /// List dead letters, newest last, and how many there are by partner and reason
    List(ListArgs),
    /// Show all of one dead letter: the record as it came, why it could not be used, who had it written again
    Show(ShowArgs),
    /// Write the records of dead letters again, to where they came from
    Replay(ReplayArgs),
}

/// Which dead letters are meant: those to which all of it applies.
#[derive(Args, Debug, Default)]
pub(crate) struct FilterArgs {
    /// Of this partner, or desk
    #[arg(long, value_name = "NAME")]
    pub(crate) partner: Option<String>,
    /// With this reason, such as `undecodable`, `unknown_programme`, `poison`
    #[arg(long, value_name = "WORD")]
    pub(crate) reason: Option<String>,
    /// First written to this topic, such as `purchases.pharmacy`, or to any of a feed, such as `purchases`
    #[arg(long, value_name = "TOPIC")]
    pub(crate) topic: Option<String>,
    /// Of the event with this id of the partner's
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Dead-lettered then or later, RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<String>,
    /// Dead-lettered before, RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream dlq list --waiting
  lotstream dlq list --partner pharmacy --reason unknown_schema --since 2026-03-01T00:00:00Z --json

A letter's place is its partition and offset in `dead-letters`, as `show` and `replay` take it. A partner that sent the
event anew by itself is not seen here: replayed, such a letter is a duplicate.")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Only those that were not replayed
    #[arg(long)]
    pub(crate) waiting: bool,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:
  lotstream dlq show 2:17

The value is shown as JSON where it is a record of its feed's schema, or a command; else as text, or in hexadecimal.")]
pub(crate) struct ShowArgs {
    /// Where it stands in `dead-letters`: `partition:offset`, as `dlq list` says it
    pub(crate) place: String,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream dlq replay 2:17 0:4 --actor op-7 --why 'its schema is registered'
  lotstream dlq replay --partner pharmacy --reason unknown_programme --actor op-7 --why 'published' --dry-run

First mend the cause. A letter of a feed service has its record appended again to the topic, and partition, it came from,
with its key and bytes and the headers `replay_of` and `replay_by`; one of the ledger its command, to `member-commands`.
This login needs Kafka's right to write there. A record arrives when it is replayed: where events may be late by a bound,
and it is later by then, it waits for an operator (quarantined); a command keeps the arrival of its event.

Refused, and told why: a value of which only the beginning was kept; what would be bad input again by the rules of this
build; a command that failed inside the ledger (`poison`) and whose account is parked, until a desk lets it go on; a
programme version. An account whose programme says `behind_failed = \"go on\"` is not parked: replay it once the cause is
mended. What fails again is dead-lettered again, in another place.

What was replayed is skipped, unless --again. Each replay is a record in `dead-letter-replays`: which letter, who, why,
where its record stands now. It is written once the record itself is acknowledged, so where this command is killed
between the two, or two operators run it at once, records may be written twice (200 at the most where it is killed). That
is harmless: an event with the same partner, feed, id and content is answered *duplicate* and has no effect.

Exit codes:
  0  everything meant is replayed, or was before
  1  some were refused
  2  a mistake in the question, or servers that did not answer; what was replayed by then is in `dead-letter-replays`")]
pub(crate) struct ReplayArgs {
    /// Where letters stand in `dead-letters`: `partition:offset`, as `dlq list` says it
    #[arg(value_name = "PLACE")]
    pub(crate) places: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Who you are; kept with each replay
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: String,
    /// Why they are replayed; kept with each replay
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    /// Write nothing; say what would be done with each
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also those that were replayed before
    #[arg(long)]
    pub(crate) again: bool,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
