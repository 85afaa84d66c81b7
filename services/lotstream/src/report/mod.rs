//! `lotstream report`: a merchant's questions, from the entries and answers in a directory.

mod folder;
#[cfg(feature = "parquet")]
mod parquet;
mod print;

use crate::cli::report::ReportArgs;
use crate::cli::reports::Format;
use crate::entries;
use crate::failure::{Failure, other};
use crate::stdout;
use folder::Folder;
use reports::merchant::{Answers, Asked};
use reports::{Merchant, Prices, Sheet, sheet_page};
use std::process::ExitCode;

/// Answers what was asked.
pub(crate) fn perform(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let (name, tariffs) = entries::programmes(&args.programme)?;
    let prices = Prices::of(&name, &tariffs).map_err(other)?;
    let mut merchant = Merchant::new(prices.clone(), &tariffs);
    let folder = Folder::open(&args.from)?;
    #[cfg(feature = "parquet")]
    let mut facts = args.parquet.as_deref().map(|to| parquet::Facts::create(to, &prices)).transpose()?;
    folder.each_entry(|entry| {
        merchant.post(&entry).map_err(other)?;
        #[cfg(feature = "parquet")]
        facts.as_mut().map_or(Ok(()), |facts| facts.entry(&entry))?;
        Ok(())
    })?;
    folder.each_outcome(|record| {
        merchant.hear(&record);
        #[cfg(feature = "parquet")]
        facts.as_mut().map_or(Ok(()), |facts| facts.outcome(&record))?;
        Ok(())
    })?;
    let asked = Asked { months: args.period, lapsed_after: args.lapsed_after, top: args.top };
    let answers = merchant.finish(asked).map_err(other)?;
    let sheets = sheets(args, &answers)?;
    #[cfg(feature = "parquet")]
    if let Some(mut facts) = facts {
        folder.each_decision(|decision| facts.decision(&decision))?;
        facts.finish(&sheets)?;
    }
    let about = format!("{name}, {}, {}", answers.months(), answers.zone().name());
    show(args.format, "Report", &about, &sheets)?;
    Ok(ExitCode::SUCCESS)
}

fn sheets(args: &ReportArgs, answers: &Answers) -> Result<Vec<Sheet>, Failure> {
    let mut sheets = Vec::new();
    for question in &args.question.0 {
        sheets.extend(answers.to(*question).map_err(other)?);
    }
    Ok(sheets)
}

/// Prints sheets as what was asked for.
pub(crate) fn show(format: Format, title: &str, about: &str, sheets: &[Sheet]) -> Result<(), Failure> {
    stdout::print(match format {
        Format::Table => print::table(sheets, about),
        Format::Csv => print::csv(sheets),
        Format::Html => sheet_page::page(title, about, sheets).trim_end().to_owned(),
        Format::Json => serde_json::to_string_pretty(sheets).map_err(other)?,
    })
}
