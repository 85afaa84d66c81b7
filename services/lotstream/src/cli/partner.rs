//! The commands about partners of a deployment.

use super::distributed::SettingsArgs;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  lotstream partner add pharmacy
  lotstream partner list
  lotstream partner pause pharmacy --reason 'wrong prices since this morning'")]
pub(crate) enum PartnerCommand {
    /// Make a partner's topics, check its entry in the programme, give it access
    Add(AddArgs),
    /// Show every partner: topics, whether it is read, what waits, its last event
    List(ListArgs),
    /// Stop reading a partner's topics, on all instances, without a restart; what it writes waits
    Pause(PauseArgs),
    /// Read a paused partner's topics again, from where it stopped
    Resume(ResumeArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream partner add pharmacy
  lotstream partner add pharmacy --principal User:CN=pharmacy --production --replication 3 --json
  lotstream partner add pharmacy --acl print

Run again, it makes what is missing and says what was there. Where the programme names its partners, the latest published
version must name this one. The partner's principal may write its own feeds and read its own outcomes: Kafka's ACLs are
set, which wants Alter and Describe on the cluster. Where the brokers have no authorizer, that is said, and nothing is set.")]
pub(crate) struct AddArgs {
    /// The partner's name, as its topics bear it: letters, digits, `.`, `_`, `-`
    pub(crate) name: String,
    /// Who it logs in as; `User:NAME` unless given
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) principal: Option<String>,
    /// Set Kafka's ACLs, and fail where the cluster enforces none; or only print the commands. Unless given, they are set
    /// where they are enforced
    #[arg(long, value_name = "HOW")]
    pub(crate) acl: Option<Acl>,
    /// Go on where the programme names its partners and not this one: its rates give nothing there
    #[arg(long)]
    pub(crate) without_entry: bool,
    /// Partitions for production instead of one machine
    #[arg(long)]
    pub(crate) production: bool,
    /// Copies of each partition
    #[arg(long, default_value_t = 1)]
    pub(crate) replication: u32,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What is done about a partner's access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Acl {
    /// Set the ACLs
    Set,
    /// Print the commands that set them, for Kafka's own tool
    Print,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lotstream partner list --json")]
pub(crate) struct ListArgs {
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:
  lotstream partner pause pharmacy --reason 'wrong prices since this morning'

Every feed service hears of it within a second and after every restart. What it had read is answered; the rest waits in
the partner's topics, for as long as they keep it: what grows older than their retention is deleted unread.")]
pub(crate) struct PauseArgs {
    /// The partner
    pub(crate) name: String,
    /// Why; kept with the pause
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream partner resume pharmacy
  lotstream partner resume pharmacy --accept-loss

Where records were deleted while it was paused, it refuses and says how many. To go on without them, stop the feed
services named, run it with --accept-loss, and start them again.")]
pub(crate) struct ResumeArgs {
    /// The partner
    pub(crate) name: String,
    /// Go on at the first record there still is, where some were deleted unread
    #[arg(long)]
    pub(crate) accept_loss: bool,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
