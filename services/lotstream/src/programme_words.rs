//! `lotstream programme explain` and `programme diff`: a programme, and what another version changes, in words.

use crate::cli::programme::{DiffArgs, ExplainArgs, Reader};
use crate::failure::{Failure, other};
use crate::stdout;
use crate::versions::programme_in;
use programme::explain::{for_member, for_merchant};
use serde::Serialize;
use std::process::ExitCode;

/// Prints a programme in words.
pub(crate) fn explain(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let programme = programme_in(&args.file)?;
    match args.reader {
        Reader::Member => {
            let prose = for_member(&programme);
            print(args.json, &prose, &prose.to_string())
        }
        Reader::Merchant => {
            let sheets = for_merchant(&programme);
            let text: Vec<String> = sheets.iter().map(ToString::to_string).collect();
            print(args.json, &sheets, &text.join("\n"))
        }
    }
}

/// Prints what `new` changes.
pub(crate) fn diff(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (old, new) = (programme_in(&args.old)?, programme_in(&args.new)?);
    let found = programme::difference(&old, &new);
    print(args.json, &found, &found.to_string())
}

fn print(json: bool, value: &impl Serialize, text: &str) -> Result<ExitCode, Failure> {
    match json {
        true => stdout::print(serde_json::to_string_pretty(value).map_err(other)?)?,
        false => stdout::print(text.trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}
