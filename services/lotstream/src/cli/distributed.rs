//! The commands of a deployment. Where servers are is said by a file of settings and the environment.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Where the settings are.
#[derive(Args, Debug, Clone)]
pub(crate) struct SettingsArgs {
    /// A TOML file of settings, such as deploy/lotstream.toml, where each is explained; `LOTSTREAM_<KEY>` of the
    /// environment overrides its keys
    #[arg(long, env = "LOTSTREAM_SETTINGS", value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Whose time counts, whatever the settings say: `broker`, or `event` for history and tests
    #[arg(long, value_name = "CLOCK", value_parser = ["broker", "event"])]
    pub(crate) clock: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run a ledger instance
    #[command(after_help = "Examples:
  lotstream ledger --settings lotstream.toml
  eval \"$(deploy/local/servers env)\" && LOTSTREAM_REPLICAS=1 lotstream ledger

Kafka, the store and the registry are waited for at the start; `/ready` says for which.

Exit codes:
  0  stopped by a signal, drained: everything decided is in the store
  1  ended at once by a second signal
  2  something is missing or wrong; standard error says what, and the command that mends it
  3  stopped by a signal, and `drain_seconds` were not enough; nothing is lost, the next owners finish it")]
    Ledger(SettingsArgs),
    /// Run an instance of the purchases service
    #[command(after_help = "Example:\n  lotstream purchases --settings lotstream.toml")]
    Purchases(SettingsArgs),
    /// Run an instance of the returns service
    #[command(after_help = "Example:\n  lotstream returns --settings lotstream.toml")]
    Returns(SettingsArgs),
    /// Run an instance of the redemptions service
    #[command(after_help = "Example:\n  lotstream redemptions --settings lotstream.toml")]
    Redemptions(SettingsArgs),
    /// Run an instance of the activities service
    #[command(after_help = "Example:\n  lotstream activities --settings lotstream.toml")]
    Activities(SettingsArgs),
    /// Run an instance of the partner-cards service
    #[command(after_help = "Example:\n  lotstream partner-cards --settings lotstream.toml")]
    PartnerCards(SettingsArgs),
    /// Run an instance of the adjustments service
    #[command(after_help = "Example:\n  lotstream adjustments --settings lotstream.toml")]
    Adjustments(SettingsArgs),
    /// Make the topics of the catalogue and register their schemas
    Topics(TopicsArgs),
    /// Make the tables, or check them
    Tables(TablesArgs),
    /// Make every table anew from `member-commands` alone, in a keyspace of its own
    Rebuild(RebuildArgs),
    /// Prove on a running deployment that every account adds up and every input position has its one outcome
    Verify(VerifyArgs),
    /// Publish files of events to partners' topics
    Publish(PublishArgs),
    /// Work with the partners of a deployment
    #[command(subcommand)]
    Partner(super::partner::PartnerCommand),
    /// Work with dead letters: what could not be used, and have it written again once its cause is mended
    #[command(subcommand)]
    Dlq(super::dlq::DlqCommand),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  lotstream topics create --partner veloprobeg --desk care
  lotstream topics create --partners-of feeds --production --replication 3")]
pub(crate) struct TopicsArgs {
    /// What to do
    #[arg(value_parser = ["create"])]
    pub(crate) verb: String,
    /// A partner whose topics are made too; may be given again
    #[arg(long, value_name = "NAME")]
    pub(crate) partner: Vec<String>,
    /// An operators' desk whose topics are made too; may be given again
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Vec<String>,
    /// Every partner and desk that has a file in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) partners_of: Option<PathBuf>,
    /// Go on where a version of `ledger-wal` or `member-commands` is registered that this build cannot write: no ledger
    /// of that build runs, or will
    #[arg(long)]
    pub(crate) without_step: bool,
    /// Partitions for production instead of one machine
    #[arg(long)]
    pub(crate) production: bool,
    /// Copies of each partition
    #[arg(long, default_value_t = 1)]
    pub(crate) replication: u32,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lotstream tables create")]
pub(crate) struct TablesArgs {
    /// What to do: make what is missing, tables and columns, or only say what is
    #[arg(value_parser = ["create", "check"])]
    pub(crate) verb: String,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream rebuild --keyspace lotstream_2
  lotstream rebuild --keyspace lotstream_2 --resume --json
  lotstream rebuild --keyspace lotstream_2 --online

Stop every ledger first (SIGTERM); feed services may go on. The same commands at the same times make the same rows, so
`lotstream state hash --at T` says the same of both keyspaces. When it is done, set `keyspace` to the new one and start
the ledgers: they go on where the group stands. Nothing is published again, and the old tables stay as they are.

With --online ledgers stay at work over the old tables, where those are sound (a new build lays out keys otherwise, another
cluster is moved to). It follows them until it is close; what they decide from then on is in `ledger-wal`, and whoever takes
over the new tables reads it there: stop every ledger and start it over the new keyspace soon, within half of that topic's
retention at the latest.

It decides as this build decides: a command that an older build failed at, or decided otherwise, comes out as it does now.
One that is stopped by a signal goes on with --resume; one that is killed is begun again in another keyspace.

Exit codes:
  0  every partition has reached the group's offset, and a ledger may take over
  1  ended at once by a second signal: the keyspace is of no use
  2  something is missing or wrong; standard error says what, and what to do
  3  stopped by a signal; --resume goes on")]
pub(crate) struct RebuildArgs {
    /// The keyspace to make; its tables, too
    #[arg(long, value_name = "NEW")]
    pub(crate) keyspace: String,
    /// Go on in a keyspace whose rebuild was stopped
    #[arg(long)]
    pub(crate) resume: bool,
    /// Leave ledgers at work meanwhile, over the tables there are: where those are sound
    #[arg(long)]
    pub(crate) online: bool,
    /// Minutes before the end of `ledger-wal` from which ledgers send follow-ups again, for one that was killed may
    /// owe some; 0 where all were drained
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    pub(crate) tail: u64,
    /// The tables were empty when the log's epoch began, where that is not 0
    #[arg(long)]
    pub(crate) first_epoch: bool,
    /// Print what became of each partition as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream verify
  lotstream verify --since 2026-03-01T00:00:00Z --json
  lotstream verify --watch --accounts-per-second 500

Reads the tables and topics and writes nothing; ledgers and feed services stay at work. Of every account: its entries are
numbered without a gap, and folded they are its lots and wallets; its rows add up (S05); nothing is owed and available at
once (S18); what left one account arrived at another. Of every position of a partner's topic that its feed service has
committed: it has one outcome, or dead letter (S27). Of every event: it was not sent again under another account.

What does not add up is looked at again, once everything under way at the first look is in the tables; a position without
an outcome waits for --patience, and until the ledgers have decided all that was in `member-commands` by then. So an outage
is no finding. With --watch it goes over all accounts again and again, and shows itself at `listen`, as services do.

Exit codes:
  0  clean; or stopped by a signal, with --watch
  1  something is wrong: each finding says where, what was expected and found, and what to do
  2  a mistake in the question, or servers that did not answer
  3  nothing was found wrong, but something could not be decided: ledgers are behind, or stand still")]
pub(crate) struct VerifyArgs {
    /// Go on for ever, as a service with metrics and health
    #[arg(long, conflicts_with = "json")]
    pub(crate) watch: bool,
    /// Read so many accounts a second at the most: 500 with --watch, else as many as it can
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) accounts_per_second: Option<u32>,
    /// How long a position may wait for its outcome, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) patience: u64,
    /// Judge positions written then or later, RFC 3339: all that are kept; with --watch those of the last day
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<String>,
    /// Events to remember, to see ids that were sent again under another account: some 100 bytes each
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) remember: usize,
    /// Print what was counted and found as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lotstream publish --input feeds --paced")]
pub(crate) struct PublishArgs {
    /// The directory with the feeds, as for `run`
    #[arg(long)]
    pub(crate) input: PathBuf,
    /// Send an account's next event only when its last one is answered, so that decisions are those of `run`
    #[arg(long)]
    pub(crate) paced: bool,
    /// Print the counts as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream programme publish deploy/programmes/veloprobeg.toml
  lotstream programme publish veloprobeg-3.toml --dry-run

A version begins in the future, but for a programme's first one. A faulty version is corrected by another whose file
has a [correction] table: which version it replaces, until when, who decided it and why. Sales of its stretch are
rated again: those of an account when anything touches it, and of idle accounts at once, for they are woken.
Published again, it wakes those that still wait.")]
pub(crate) struct PublishProgrammeArgs {
    /// The programme file
    pub(crate) file: PathBuf,
    /// Publish nothing; of a correction say what it would replace
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
