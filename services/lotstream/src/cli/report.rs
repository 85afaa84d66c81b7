//! `lotstream report`: what a merchant asks, over what `run` or `serve` wrote.

use super::reports::Format;
use clap::Args;
use reports::{Months, Question};
use std::path::PathBuf;
use std::str::FromStr;

/// One question, or all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Questions(pub(crate) Vec<Question>);

impl FromStr for Questions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self(Question::ALL.to_vec())),
            text => {
                text.parse().map(|question| Self(vec![question])).map_err(|error| format!("{error}, or all"))
            }
        }
    }
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream report revenue --from results --programme deploy/programmes/veloprobeg.toml
  lotstream report churn --from results --programme deploy/programmes/veloprobeg.toml --lapsed-after 60
  lotstream report all --from results --programme deploy/programmes/veloprobeg.toml --format html > report.html
  lotstream report cost --from shop/out --programme deploy/programmes/veloprobeg.toml --period 2017-03..2017-12

Questions: revenue (per member, before and after joining), members (against non-members), churn, cost (of discounts and
of points), cohorts (by month of joining), active (the most active members), rewards (those most used). Every figure is
defined below its table. A member joins with the first event under the member's id: a registration, a binding of a
card, a purchase; what a card bought before its binding was bought before joining. Days and months are those of the
programme's time zone, for what happens and for the month a lot was issued in.

Entries in the directory say what became of points, answers (`outcomes.PARTNER.jsonl`) what was bought. Files that were put
aside count with whatever stands behind their names (`ledger-entries.jsonl.1`), in the order of what is in them; where an
entry of an account is missing or comes twice, nothing is told. What discounts cost is known where purchases say it
(`discounts`).

No command writes the topics of a running deployment to files: a consumer of `ledger-entries` and `outcomes.PARTNER` has to,
a record a line, as the JSON in schemas/examples; `settle`, `breakage` and `statement` read a deployment themselves.")]
pub(crate) struct ReportArgs {
    /// revenue, members, churn, cost, cohorts, active, rewards, or all
    pub(crate) question: Questions,
    /// The directory with `ledger-entries.jsonl` and `outcomes.PARTNER.jsonl`: `--out` of `run`, `out` of a data directory
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// The programme's files, one a version, for prices and time zone
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) programme: Vec<PathBuf>,
    /// The months to tell of: 2017-03, 2017-Q1, 2017, or 2017-03..2017-12; all unless given
    #[arg(long, value_name = "MONTHS")]
    pub(crate) period: Option<Months>,
    /// After how many days without a purchase a member has lapsed
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) lapsed_after: u32,
    /// How many members and rewards are listed
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
    /// What to write; of csv and table, sheet after sheet
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Write Parquet files, too: entries, outcomes and decisions whole, and one a sheet
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "DIR")]
    pub(crate) parquet: Option<PathBuf>,
}
