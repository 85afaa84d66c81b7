//! The commands that tell what the entries say: over a file of them, or over a deployment.

#[cfg(feature = "distributed")]
use super::distributed::SettingsArgs;
use clap::{Args, ValueEnum};
use reports::Period;
use std::path::PathBuf;

/// Where entries and the programme's versions are read from.
#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// Files of entries, from the first on, as `run` writes them: results/ledger-entries.jsonl; the topic of the
    /// deployment unless given
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "programme")]
    pub(crate) entries: Vec<PathBuf>,
    /// The programme's files, one a version, for prices and time zone; those of the deployment unless given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) programme: Vec<PathBuf>,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream settle --period 2026-01 --entries results/ledger-entries.jsonl --programme deploy/programmes/veloprobeg.toml
  lotstream settle --period 2026-Q1 --explain bakery cinema
  lotstream settle --period 2026 --csv settlement-2026.csv

An entry settles in the period it was recorded in, so a later return undoes in its own period what was settled before.
A point's price is its wallet's `point_value` in the programme version that granted its lot. What members owe stands
under `(programme)`, which advances it until it is repaid. Ends with 1 where the books do not add up.")]
pub(crate) struct SettleArgs {
    /// The month (2026-01), quarter (2026-Q1) or year (2026) to settle, in the programme's time zone
    #[arg(long)]
    pub(crate) period: Period,
    /// List the entries behind one corner of the matrix
    #[arg(long, num_args = 2, value_names = ["ISSUER", "REDEEMER"])]
    pub(crate) explain: Option<Vec<String>>,
    /// Write the matrix as comma-separated values, too
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream breakage --entries results/ledger-entries.jsonl --programme deploy/programmes/veloprobeg.toml
  lotstream breakage --entries results/ledger-entries.jsonl --programme veloprobeg.toml --all --csv breakage.csv

A line is a programme, the month lots were issued in (of the programme's time zone, as `report` has it), the partner that
funds them, and a wallet; amounts are in whole points of the wallet, and wallets are never added up. What moved between
accounts stays in its month; *in transit* is what left one and did not arrive yet. Ends with 1 where a line does not add
up.")]
pub(crate) struct BreakageArgs {
    /// Show every line; many are summed by month and by partner unless given
    #[arg(long)]
    pub(crate) all: bool,
    /// Write the lines as comma-separated values, too
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// What a statement is written as.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(crate) enum Format {
    /// For a terminal
    Table,
    /// Comma-separated values
    Csv,
    /// One page that needs nothing else
    Html,
    /// JSON
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream statement dmitry --entries results/ledger-entries.jsonl --programme deploy/programmes/veloprobeg.toml
  lotstream statement dmitry --from 2026-01-01 --until 2026-04-01 --format html > dmitry.html
  lotstream statement dmitry --at 2026-03-31T23:59:59+03:00

Balances are those after each line: total (pending and available), available, reserved, owed. Over files, what `run`
wrote beside the entries (outcomes, tier changes) gives events their names.")]
pub(crate) struct StatementArgs {
    /// The member's id, or the account's whole id: `programme:member:id`
    pub(crate) id: String,
    /// The first day (2026-01-31, in the programme's time zone) or instant; the account's first entry unless given
    #[arg(long, value_name = "D")]
    pub(crate) from: Option<String>,
    /// The first day or instant behind it: with 2026-02-01, January is whole
    #[arg(long, value_name = "D")]
    pub(crate) until: Option<String>,
    /// As of when; now unless given, or over files the last entry
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Files of entries, from the first on, as `run` writes them; the store of the deployment unless given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) entries: Vec<PathBuf>,
    /// The programme's files, one a version, for time zone and words; UTC and `points` without them
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) programme: Vec<PathBuf>,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
