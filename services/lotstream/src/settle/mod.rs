//! `lotstream settle`: a period between partners, from the entries alone (S35).

mod print;

use crate::cli::reports::SettleArgs;
use crate::entries;
use crate::failure::{Failure, other};
use crate::stdout;
use reports::settlement::Report;
use reports::{Prices, Settlement};
use std::process::ExitCode;

/// Settles, and prints what was asked for.
pub(crate) fn perform(args: &SettleArgs) -> Result<ExitCode, Failure> {
    let (name, tariffs) = entries::programmes_of(&args.source)?;
    let prices = Prices::of(&name, &tariffs).map_err(other)?;
    let (from, until) = args.period.bounds(prices.zone());
    let mut settlement = Settlement::new(prices.clone(), from, until);
    if let Some([issuer, redeemer]) = args.explain.as_deref() {
        settlement = settlement.explaining(issuer, redeemer);
    }
    entries::each_of(&args.source, |entry| settlement.post(&entry).map_err(other))?;
    let report = settlement.finish().map_err(other)?;
    if let Some(file) = &args.csv {
        std::fs::write(file, print::csv(&report)).map_err(Failure::file("write", file))?;
    }
    tell(args, &prices, &report)?;
    Ok(if report.proven { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(args: &SettleArgs, prices: &Prices, report: &Report) -> Result<(), Failure> {
    if args.json {
        return stdout::print(serde_json::to_string_pretty(report).map_err(other)?);
    }
    match args.explain.as_deref() {
        Some([issuer, redeemer]) => stdout::print(print::explained(report, issuer, redeemer, prices.zone())),
        _ => stdout::print(print::text(report, &args.period.to_string(), prices.zone())),
    }
}
