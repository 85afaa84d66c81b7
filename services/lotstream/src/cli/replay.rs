//! `lotstream replay`: a recorded history under other rules.

use super::reports::Format;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream replay --programme proposed.toml --against feeds --beside deploy/programmes/veloprobeg.toml
  lotstream replay --programme proposed.toml --against shop
  lotstream replay --programme proposed.toml --against shop --format html > proposed.html

Both run over the whole history, event by event, through the function that decides sales: the proposed version as if it
had been in force from the first event on (its `from` and [correction] do not count), the other versions as they were.
What members asked to redeem is asked again; what the proposed rules refuse is counted. Prices at the till stay as they
were paid. Nothing is written. A member is one with all cards and with whom they merged; points are told wallet by wallet,
and what they are worth where they pay as money.

A data directory of `serve` or `run --data` keeps every event it decided, and its versions; while it is served, take a
backup and restore it elsewhere.")]
pub(crate) struct ReplayArgs {
    /// The proposed version
    #[arg(long, value_name = "FILE")]
    pub(crate) programme: PathBuf,
    /// The history: a directory of feeds, as `run --input`, or a data directory
    #[arg(long, value_name = "DIR")]
    pub(crate) against: PathBuf,
    /// The programme's files as they were in force, one a version; those a data directory has unless given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) beside: Vec<PathBuf>,
    /// The instant to end at, RFC 3339; the last event unless given
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Show every line of every table; a terminal gets no table by month and partner unless given, and of others the
    /// lines that change most. What is not for a terminal is always whole
    #[arg(long)]
    pub(crate) all: bool,
    /// How many of those who gain and lose most are listed
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) top: usize,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}
