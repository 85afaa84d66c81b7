//! The commands of a ledger in a data directory: one process, no servers.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Whose time is *now*.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Clock {
    /// When a line arrives here; timers fire
    #[default]
    Wall,
    /// When the events say they were delivered; for history and tests
    Event,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream serve --data shop --programme deploy/programmes/veloprobeg.toml --feeds feeds
  till | lotstream serve --data shop --programme veloprobeg.toml --stdin purchases.till

Feeds are files `purchases.<partner>.jsonl`, `returns.<partner>.jsonl`, `redemptions.<partner>.jsonl`,
`activities.<partner>.jsonl`, `partner-cards.<partner>.jsonl`, `adjustments.<desk>.jsonl`, one JSON object a line,
appended to or added while this runs; a line counts once it has its end. Of lines that wait, the one delivered first
is decided first. What is decided is on the disk before it is said, in DATA/out: one JSON Lines file a topic, bad lines
in dead-letters.jsonl; of a line over 16 MiB its beginning, length and digest. A file that cannot be read is told of
and read on once it can be. Killed or cut off, it goes on where it was: nothing is lost, nothing is said twice. SIGTERM
finishes what was read and ends. A file of DATA/out may be renamed at any time, on its own file system: it is whole,
and the next line begins another; one that is copied and then removed may miss what was said meanwhile. Lines of
standard input have no place to read again from: after a crash, send those without an answer again, under the same
ids.")]
pub(crate) struct ServeArgs {
    /// The data directory; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The programme file; may be given again, the first is that of events which name none
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) programme: Vec<PathBuf>,
    /// The folder of feeds to watch
    #[arg(long, value_name = "FOLDER", required_unless_present = "stdin")]
    pub(crate) feeds: Option<PathBuf>,
    /// Read lines of this feed and partner from standard input too
    #[arg(long, value_name = "FEED.PARTNER")]
    pub(crate) stdin: Option<String>,
    /// Whose time counts; kept in the data directory for good
    #[arg(long, value_enum, default_value_t)]
    pub(crate) clock: Clock,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:
  lotstream backup --data shop --to shop-2026-01-31.backup

A running `serve` makes it itself, as of one moment, and goes on meanwhile. Keep the feeds too: what came after the
backup is read from them again.")]
pub(crate) struct BackupArgs {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:
  lotstream restore --data shop --from shop-2026-01-31.backup

Feeds are read on from where they were read at the backup; DATA/out begins with what was said after it.")]
pub(crate) struct RestoreArgs {
    /// The data directory to make; nothing is written over
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The backup
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream state hash --data shop
  lotstream state hash --data shop --at 2018-01-28T04:15:06+03:00")]
pub(crate) struct StateArgs {
    /// What to show
    #[arg(value_parser = ["hash"])]
    pub(crate) verb: String,
    /// As of when; accounts are matured to it in memory, nothing is written. Of a data directory: its last decision
    /// unless given
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: super::distributed::SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream member dmitry --data shop
  lotstream member dmitry --data shop --at 2026-01-31T23:59:59+03:00")]
pub(crate) struct MemberArgs {
    /// The member's id
    pub(crate) id: String,
    /// The programme, where there are several or it is not the one of the settings
    #[arg(long)]
    pub(crate) programme: Option<String>,
    /// As of when, past or to come; now unless given, or by the event clock the member's last decision
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: super::distributed::SettingsArgs,
}

/// Which ledger is meant.
#[derive(Args, Debug)]
pub(crate) struct PlaceArgs {
    /// The data directory, whether it is served now or not
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}
