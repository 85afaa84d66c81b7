//! The command line: what can be said, with an example for each.

#[cfg(feature = "distributed")]
pub(crate) mod distributed;
#[cfg(feature = "distributed")]
pub(crate) mod dlq;
mod durable;
#[cfg(feature = "distributed")]
pub(crate) mod partner;
pub(crate) mod programme;
#[cfg(all(test, feature = "distributed"))]
mod runbook;

pub(crate) use durable::{BackupArgs, Clock, MemberArgs, RestoreArgs, ServeArgs, StateArgs};
mod quote;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod reports;

pub(crate) use quote::QuoteArgs;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// A loyalty-points ledger: purchases, returns and redemptions become lots of points.
#[derive(Parser, Debug)]
#[command(
    name = "lotstream",
    version,
    max_term_width = 110,
    after_help = "Examples:
  lotstream demo
  lotstream run --programme deploy/programmes/veloprobeg.toml --input feeds --out results

Every command has its own example: lotstream COMMAND --help. Settings: deploy/lotstream.toml."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Tell the story of a bicycle shop: one customer step by step, then a whole shop with totals
    Demo(DemoArgs),
    /// Run a programme over files of purchases, returns and redemptions; no servers needed
    Run(RunArgs),
    /// Keep a ledger in a data directory: watch a folder of feeds and decide what comes, crash-safe, no servers
    Serve(ServeArgs),
    /// Copy a ledger's data directory to one file, also while it is served
    Backup(BackupArgs),
    /// Make a data directory from a backup
    Restore(RestoreArgs),
    /// Show a member: balances, what is next, lots and statement, as of now
    Member(MemberArgs),
    /// Tell what a basket would cost and earn, what points may pay of it, and why
    Quote(QuoteArgs),
    /// Show the state of a ledger: totals, conservation, state hash
    State(StateArgs),
    /// Tell what became of the points of each month: spent, expired unspent, outstanding
    Breakage(reports::BreakageArgs),
    /// Settle a period between partners: what each issued, what was redeemed at each, who owes whom
    Settle(reports::SettleArgs),
    /// Write a member's statement: every change of the balance in plain words
    Statement(reports::StatementArgs),
    /// Answer a merchant's questions: revenue per member, churn, what points and discounts cost, cohorts, rewards
    Report(report::ReportArgs),
    /// Run a proposed programme version over recorded history: who gains, who loses, and what it costs
    Replay(replay::ReplayArgs),
    /// Work with programme files
    #[command(subcommand)]
    Programme(ProgrammeCommand),
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    Distributed(distributed::Command),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  lotstream completions bash > /etc/bash_completion.d/lotstream")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  lotstream demo\n  lotstream demo --members 500 --seed 7 --json")]
pub(crate) struct DemoArgs {
    /// Members of the generated shop
    #[arg(long, default_value_t = 300)]
    pub(crate) members: u32,
    /// What the shop is drawn from: the same seed, the same shop
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON document instead of a story
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream run --programme deploy/programmes/veloprobeg.toml --input feeds --out results
  lotstream run --programme deploy/programmes/veloprobeg.toml --input feeds --data history

Input: one file a feed and partner, `purchases.<partner>.jsonl`, `returns.<partner>.jsonl`,
`redemptions.<partner>.jsonl`, `activities.<partner>.jsonl`, `partner-cards.<partner>.jsonl`, and of operators
`adjustments.<desk>.jsonl`, one JSON object a line. Time is the events' own: `delivered_at`, or `occurred_at` where there is none. Output: one JSON Lines file a topic, balances.csv, summary.json.

A file with a [correction] table rates sales of its stretch in place of the version it replaces, also those that a
ledger in a data directory had rated.

With --data the ledger stays in a directory, as with `serve --clock event`: a run that was ended goes on, and a
later one reads what was appended; of each file the lines are taken in their order.")]
pub(crate) struct RunArgs {
    /// The programme file; given again, another version of the same programme, known from the start
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) programme: Vec<PathBuf>,
    /// The directory with the feeds
    #[arg(long)]
    pub(crate) input: PathBuf,
    /// The instant to end at, RFC 3339; the last `delivered_at` unless given
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// The directory to write to; made if it is not there
    #[arg(long, required_unless_present = "data")]
    pub(crate) out: Option<PathBuf>,
    /// Keep the ledger in this data directory, and write to its `out`
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) data: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  lotstream programme check deploy/programmes/veloprobeg.toml
  lotstream programme explain deploy/programmes/veloprobeg.toml")]
pub(crate) enum ProgrammeCommand {
    /// Read programme files and run the examples inside them; warn of what is surely not meant
    Check(programme::CheckArgs),
    /// Tell a programme in words: prose for its members, or tables for a merchant
    Explain(programme::ExplainArgs),
    /// Tell what another version of a programme changes, and for whom
    Diff(programme::DiffArgs),
    /// List the versions a ledger knows; of corrections, who decided them and why
    List(ListArgs),
    /// Publish a version to every partition of a running deployment
    #[cfg(feature = "distributed")]
    Publish(distributed::PublishProgrammeArgs),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lotstream programme list --data shop\n  lotstream programme list --json"
)]
pub(crate) struct ListArgs {
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: durable::PlaceArgs,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: distributed::SettingsArgs,
}

/// What `lotstream <command> --help` prints.
#[cfg(all(test, feature = "distributed"))]
pub(crate) fn help_of(command: &str) -> String {
    let mut cli = Cli::command();
    cli.find_subcommand_mut(command).expect("a command of this name").render_long_help().to_string()
}

/// The completions of this command line for `shell`.
pub(crate) fn completions(shell: Shell) -> String {
    let (mut command, mut script) = (Cli::command(), Vec::new());
    clap_complete::generate(shell, &mut command, "lotstream", &mut script);
    String::from_utf8_lossy(&script).trim_end().to_owned()
}
