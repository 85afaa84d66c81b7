//! The commands that read programme files: check, explain, compare.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream programme check deploy/programmes/*.toml
  lotstream programme check --strict deploy/programmes/veloprobeg.toml

Every mistake at once, each with its place and what to do; every figure of an example that does not come out; and
warnings: rules and offers that can never apply, levels and steps that nothing reaches, wallets nobody earns in, and
what no example shows. A programme with warnings loads.")]
pub(crate) struct CheckArgs {
    /// The files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Fail on warnings, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one JSON document: mistakes, warnings, examples, every figure expected and found
    #[arg(long)]
    pub(crate) json: bool,
}

/// For whom a programme is explained.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(crate) enum Reader {
    /// Prose for its members
    Member,
    /// Tables with every name and figure
    Merchant,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lotstream programme explain deploy/programmes/veloprobeg.toml
  lotstream programme explain deploy/programmes/veloprobeg.toml --for merchant")]
pub(crate) struct ExplainArgs {
    /// The file
    pub(crate) file: PathBuf,
    /// For whom
    #[arg(long = "for", value_enum, default_value_t = Reader::Member)]
    pub(crate) reader: Reader,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:
  lotstream programme diff deploy/programmes/veloprobeg.toml veloprobeg-2.toml

Table by table what is new, what is no more and what says something else, old → new, with whom it concerns and, where
figures say so, whether it is better for members; then what stays as it is, and what publishing would refuse.")]
pub(crate) struct DiffArgs {
    /// The version there is
    pub(crate) old: PathBuf,
    /// The other one
    pub(crate) new: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
