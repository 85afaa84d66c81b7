//! Benchmarks of the main job. Each prints what it measured and how; nothing is compared with a stored figure.

mod bed;
mod core;
mod instance;
mod latency;
mod made;
mod memory;
mod takeover;
mod throughput;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Whatever went wrong, said in full.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Benchmarks of lotstream.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p bench -- core --input feeds
  cargo run --release -p bench -- ledger --store memory --commands 300000
  cargo run --release -p bench -- latency --rate 500 --seconds 60
  cargo run --release -p bench -- takeover --members 10000,1000000")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A year of real purchases through the core alone, and through the engine in memory
    Core(CoreArgs),
    /// A ledger on Kafka that empties a filled topic
    Ledger(LedgerArgs),
    /// From publishing a purchase to its lot readable in the store
    Latency(LatencyArgs),
    /// From the loss of a ledger to the next decision, with ever more members in the store
    Takeover(TakeoverArgs),
    /// A ledger instance in a process of its own, started by the others, until it is terminated
    #[command(hide = true)]
    Instance(InstanceArgs),
}

/// What `core` runs over.
#[derive(Args)]
pub(crate) struct CoreArgs {
    /// The programme file
    #[arg(long, default_value = "deploy/programmes/veloprobeg.toml")]
    pub(crate) programme: PathBuf,
    /// The directory with the feeds
    #[arg(long)]
    pub(crate) input: PathBuf,
    /// Times to run each; the best and the median are printed
    #[arg(long, default_value_t = 5)]
    pub(crate) runs: usize,
}

/// What `ledger` runs over.
#[derive(Args)]
pub(crate) struct LedgerArgs {
    /// `memory` or `cql`
    #[arg(long, default_value = "memory")]
    pub(crate) store: String,
    /// One-line purchases to fill the topic with
    #[arg(long, default_value_t = 200_000)]
    pub(crate) commands: u32,
    /// Members they are spread over
    #[arg(long, default_value_t = 50_000)]
    pub(crate) members: u32,
    /// Commands in a transaction, at the most
    #[arg(long, default_value_t = 500)]
    pub(crate) batch: usize,
    /// Rows a partition may have committed and not flushed, at the most
    #[arg(long, default_value_t = 5_000)]
    pub(crate) unflushed: usize,
    /// Megabytes of accounts in memory, at the most
    #[arg(long, default_value_t = 128)]
    pub(crate) cache: usize,
}

/// What an instance is started with.
#[derive(Args)]
pub(crate) struct InstanceArgs {
    /// The bed's prefix
    #[arg(long)]
    pub(crate) prefix: String,
    /// `memory` or `cql`
    #[arg(long)]
    pub(crate) store: String,
    /// Commands in a transaction, at the most
    #[arg(long)]
    pub(crate) batch: usize,
    /// Rows a partition may have committed and not flushed
    #[arg(long)]
    pub(crate) unflushed: usize,
    /// Megabytes of accounts in memory
    #[arg(long)]
    pub(crate) cache: usize,
    /// Seconds after which the group misses it
    #[arg(long, default_value_t = 10)]
    pub(crate) session: u64,
}

/// What `takeover` runs over.
#[derive(Args)]
pub(crate) struct TakeoverArgs {
    /// Members in the store, ever more
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    pub(crate) members: Vec<u32>,
    /// Ledgers lost at each
    #[arg(long, default_value_t = 5)]
    pub(crate) losses: usize,
    /// Purchases a second meanwhile
    #[arg(long, default_value_t = 300)]
    pub(crate) rate: u32,
}

/// What `latency` runs over.
#[derive(Args)]
pub(crate) struct LatencyArgs {
    /// Purchases a second
    #[arg(long, default_value_t = 500)]
    pub(crate) rate: u32,
    /// How long
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u32,
    /// Members they are spread over
    #[arg(long, default_value_t = 50_000)]
    pub(crate) members: u32,
    /// Prints the slowest of each second too
    #[arg(long)]
    pub(crate) course: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().what {
        What::Core(args) => core::run(&args),
        What::Ledger(args) => throughput::run(&args),
        What::Latency(args) => latency::run(&args),
        What::Takeover(args) => takeover::run(&args),
        What::Instance(args) => instance::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
