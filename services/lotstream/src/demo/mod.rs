//! `lotstream demo`: the walk of one customer told step by step, then a whole generated shop with totals.
//!
//! Every figure is the core's answer at that moment; nothing here computes points.

mod shop;
mod walk;

use crate::cli::DemoArgs;
use crate::failure::Failure;
use crate::stdout;
use serde::Serialize;
use std::process::ExitCode;

/// The programme the demo runs under, as it is in the repository.
const PROGRAMME: &str = include_str!("../../../../deploy/programmes/veloprobeg.toml");
const FILE: &str = "deploy/programmes/veloprobeg.toml";

#[derive(Serialize)]
struct Story {
    walk: programme::ExampleRun,
    shop: shop::Totals,
}

/// Tells the story; exits 1 if any figure of the walk is not the published one.
pub(crate) fn perform(args: &DemoArgs) -> Result<ExitCode, Failure> {
    let report = programme::check(FILE, PROGRAMME);
    if !report.problems.is_empty() {
        return Err(Failure::Programme(report.to_string()));
    }
    let passed = report.passed();
    let walk =
        report.examples.into_iter().next().ok_or_else(|| Failure::Other(format!("{FILE} has no example")))?;
    if !args.json {
        stdout::print(walk::told(&walk))?;
    }
    let totals = shop::run(args.members, args.seed)?;
    if args.json {
        let story = Story { walk, shop: totals };
        let json = serde_json::to_string_pretty(&story).map_err(|error| Failure::Other(error.to_string()))?;
        stdout::print(json)?;
    } else {
        stdout::print(shop::told(&totals))?;
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
