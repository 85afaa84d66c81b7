//! `lotstream breakage`: what became of the points of each month, from the entries alone (S31).

use crate::cli::reports::BreakageArgs;
#[cfg(feature = "distributed")]
use crate::distributed;
use crate::entries;
use crate::failure::{Failure, other};
use crate::stdout;
use crate::table::{Table, grouped};
use domain::entry::Entry;
use reports::Breakage;
use reports::breakage::{Fate, Vintage};
use reports::csv;
use rust_decimal::Decimal;
use serde::Serialize;
use std::process::ExitCode;

/// A line as programs read it.
#[derive(Serialize)]
struct Line<'l> {
    #[serde(flatten)]
    of: &'l Vintage,
    #[serde(flatten)]
    fate: &'l Fate,
}

/// Folds the entries, and prints what was asked for.
pub(crate) fn perform(args: &BreakageArgs) -> Result<ExitCode, Failure> {
    let mut breakage = Breakage::default();
    each_entry(args, |entry| {
        breakage.post(&entry);
        Ok(())
    })?;
    let lines = breakage.lines();
    if let Some(file) = &args.csv {
        std::fs::write(file, in_csv(&lines)).map_err(Failure::file("write", file))?;
    }
    if args.json {
        let all: Vec<Line<'_>> = lines.iter().map(|(of, fate)| Line { of, fate }).collect();
        stdout::print(serde_json::to_string_pretty(&all).map_err(|error| other(error.to_string()))?)?;
    } else {
        stdout::print(text(&lines))?;
    }
    let proven = lines.iter().all(|(_, fate)| fate.adds_up());
    Ok(if proven { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn each_entry(args: &BreakageArgs, take: impl FnMut(Entry) -> Result<(), Failure>) -> Result<(), Failure> {
    #[cfg(feature = "distributed")]
    if args.entries.is_empty() {
        return distributed::each_entry(&args.settings, take);
    }
    entries::each(&args.entries, |_| true, take)
}

const FIGURES: [&str; 7] =
    ["issued", "spent", "expired", "revoked", "written off", "in transit", "outstanding"];

const fn figures(fate: &Fate) -> [i64; 7] {
    let Fate { issued, spent, expired, revoked, written_off, moved, outstanding } = *fate;
    [issued, spent, expired, revoked, written_off, moved, outstanding]
}

/// Of what was issued and not revoked, the share that expired unspent.
fn share(fate: &Fate) -> String {
    let kept = fate.issued - fate.revoked;
    match Decimal::from(fate.expired * 100).checked_div(Decimal::from(kept)) {
        Some(share) if kept > 0 => format!("{:.1} %", share.round_dp(1)),
        _ => String::new(),
    }
}

fn text(lines: &[(Vintage, Fate)]) -> String {
    let headings: Vec<&str> =
        ["month", "partner", "wallet"].into_iter().chain(FIGURES).chain(["expired of kept"]).collect();
    let mut table = Table::new(&headings).with_texts(3);
    let mut all = Fate::default();
    for (of, fate) in lines {
        all += *fate;
        let names = [of.month.clone(), of.partner.to_string(), of.wallet.to_string()];
        table.row(names.into_iter().chain(figures(fate).map(grouped)).chain([share(fate)]));
    }
    let together = ["together".to_owned(), String::new(), String::new()];
    table.row(together.into_iter().chain(figures(&all).map(grouped)).chain([share(&all)]));
    let wrong = lines.iter().filter(|(_, fate)| !fate.adds_up()).count();
    let verdict = match wrong {
        0 => format!("holds for each of {} lines", lines.len()),
        wrong => format!("DOES NOT HOLD for {wrong} of {} lines", lines.len()),
    };
    format!(
        "\n{table}\n  proof (S31): issued = spent + expired + revoked + written off + in transit + outstanding: {verdict}\n"
    )
}

fn in_csv(lines: &[(Vintage, Fate)]) -> String {
    let mut text = csv::row(["programme", "month", "partner", "wallet"].into_iter().chain(FIGURES));
    for (of, fate) in lines {
        let names =
            [of.programme.to_string(), of.month.clone(), of.partner.to_string(), of.wallet.to_string()];
        text.push_str(&csv::row(names.into_iter().chain(figures(fate).map(|points| points.to_string()))));
    }
    text
}
