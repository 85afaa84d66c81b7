//! The command that asks what a basket would cost and earn, before it is bought.

#[cfg(feature = "distributed")]
use super::distributed::SettingsArgs;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("who").required(true).multiple(true).args(["member", "visitor", "tier"])),
    after_help = "Examples:
  lotstream quote --programme deploy/programmes/gazpromneft.toml --visitor --line 'crisps::99:3'
  lotstream quote --programme deploy/programmes/veloprobeg.toml --tier Gold --line helmet:clothing:8260
  lotstream quote --programme veloprobeg.toml --data shop --member dmitry --line helmet:clothing:8260 --pay 500

Prices are list prices, before offers. The answer: the till price with each discount, points to be earned of each line,
the most that points may pay and what is left, the way to the next tier, and of every offer and rule why it applies or
does not. Nothing is written. An offer or a rule of a FILE that the ledger does not know yet counts from its `from` on;
a member nothing ever happened to is a newcomer."
)]
pub(crate) struct QuoteArgs {
    /// The programme file
    #[arg(long, value_name = "FILE")]
    pub(crate) programme: PathBuf,
    /// Who asks: the member's id. Of the ledger in `--data`, or of the deployment; with `--tier` of none
    #[arg(long, value_name = "ID")]
    pub(crate) member: Option<String>,
    /// Nobody knows who asks: earnings are told as *up to*
    #[arg(long, conflicts_with_all = ["member", "tier", "pay"])]
    pub(crate) visitor: bool,
    /// Whoever asks has just reached this tier, and has no points: no ledger is read
    #[arg(long, value_name = "LEVEL", conflicts_with = "data")]
    pub(crate) tier: Option<String>,
    /// The partner; the programme's own name unless given, where its file has no [partners]
    #[arg(long)]
    pub(crate) partner: Option<String>,
    /// A line of the basket; quantity 1 unless given, the group may be empty, `!` at a promotional price
    #[arg(long = "line", value_name = "ITEM:GROUP:PRICE[:QUANTITY][!]", required = true)]
    pub(crate) lines: Vec<String>,
    /// An attribute of the purchase, as the programme declares them under [purchases]
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    pub(crate) attributes: Vec<String>,
    /// Points to pay with, as far as they may
    #[arg(long, value_name = "POINTS")]
    pub(crate) pay: Option<String>,
    /// The wallet they come from; the burn order unless given
    #[arg(long, requires = "pay")]
    pub(crate) wallet: Option<String>,
    /// As of when; now unless given, or by the event clock the member's last decision
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The data directory, whether it is served now or not
    #[arg(long, value_name = "DIR", requires = "member")]
    pub(crate) data: Option<PathBuf>,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
