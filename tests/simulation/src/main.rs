//! Runs seeds: all of a range, or one with its trace.

use clap::Parser;
use simulation::{Guard, Mix, Trace, Without, run};
use std::process::ExitCode;

/// Runs the ledger's engine over a simulated Kafka and CQL store with faults; each seed is another run.
#[derive(Parser)]
#[command(after_help = "Example:\n  simulation --seeds 1000\n  simulation --from 4711 --seeds 1 --trace")]
struct Cli {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// Takes a safeguard away; may be given several times.
    #[arg(long = "without")]
    without: Vec<Guard>,
    /// Tells what happened in a run that fails.
    #[arg(long)]
    trace: bool,
    /// Ends with the first run that fails.
    #[arg(long)]
    first: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // An instance that was overtaken may panic over what it half knows: it is told so, caught, and never commits.
    if !cli.trace {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let without = Without(cli.without);
    let (mut mix, mut failed) = (Mix::default(), 0_u64);
    for seed in cli.from..cli.from + cli.seeds {
        let trace = if cli.trace { Trace::kept() } else { Trace::default() };
        let report = run(seed, &without, trace);
        mix.add(&report.mix);
        if report.violations.is_empty() {
            continue;
        }
        failed += 1;
        println!("seed {seed}:");
        report.trace.iter().for_each(|line| println!("{line}"));
        report.violations.iter().for_each(|violation| println!("  {violation}"));
        if cli.first {
            break;
        }
    }
    print!("{mix}");
    println!("{} runs, {failed} with violations", cli.seeds);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
