//! `lotstream programme check`: every mistake and every figure that does not come out, with its place.

use crate::cli::programme::CheckArgs;
use crate::failure::Failure;
use crate::stdout;
use std::process::ExitCode;

/// Checks every file; exits 1 where one does not pass, or with `--strict` where one is warned about.
pub(crate) fn perform(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let mut reports = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
        reports.push(programme::check(&file.display().to_string(), &text));
    }
    if args.json {
        let json =
            serde_json::to_string_pretty(&reports).map_err(|error| Failure::Other(error.to_string()))?;
        stdout::print(json)?;
    } else {
        let reports: Vec<String> = reports.iter().map(ToString::to_string).collect();
        stdout::print(reports.join("\n"))?;
    }
    let passes = if args.strict { programme::Report::is_clean } else { programme::Report::passed };
    let passed = reports.iter().all(passes);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
