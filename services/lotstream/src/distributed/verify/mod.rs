//! `lotstream verify`: what a running deployment's tables and topics say, held against the rules of crate `verify`. Reads,
//! and writes nothing.

mod accounts;
mod answers;
mod feeds;
mod ledgers;
mod metrics;
mod pass;
mod sources;
mod told;
mod watch;

use super::deployment::Deployment;
use super::{other, services};
use crate::cli::distributed::VerifyArgs;
use crate::failure::Failure;
use crate::instant;
use crate::stdout;
use engine::store::StoreError;
use feeds::Bounds;
use std::process::ExitCode;
use std::time::Duration;
use thiserror::Error;

/// Accounts a second with `--watch`, where nothing else is said.
const MODEST: u32 = 500;
/// How far back positions are judged with `--watch`, where nothing else is said, in milliseconds: a day.
const LATELY: i64 = 86_400_000;

/// Why a look failed.
#[derive(Debug, Error)]
enum Trouble {
    /// It may go by itself.
    #[error("{0}")]
    Passing(String),
    /// It does not.
    #[error("{0}")]
    Lasting(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Retry(_) => Self::Passing(error.to_string()),
            StoreError::Fatal(_) => Self::Lasting(error.to_string()),
        }
    }
}

impl From<lotstream_kafka::Error> for Trouble {
    fn from(error: lotstream_kafka::Error) -> Self {
        match error.may_pass() {
            true => Self::Passing(error.to_string()),
            false => Self::Lasting(error.to_string()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        other(trouble)
    }
}

/// Verifies, once or for ever.
pub(super) fn perform(deployment: &Deployment, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let since = args.since.as_deref().map(|since| instant::parse("--since", since)).transpose()?;
    let patience = Duration::from_secs(args.patience);
    let bounds = Bounds { patience, since, remember: args.remember };
    if args.watch {
        let since = since.unwrap_or_else(|| instant::now().plus_millis(-LATELY));
        let bounds = Bounds { since: Some(since), ..bounds };
        let stop = services::start(deployment)?;
        watch::run(deployment, bounds, args.accounts_per_second.unwrap_or(MODEST), &stop)?;
        return Ok(ExitCode::SUCCESS);
    }
    for warning in &deployment.warnings {
        eprintln!("lotstream: warning: {warning}");
    }
    let told = pass::run(deployment, bounds, args.accounts_per_second)?;
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&told).map_err(other)?),
        false => stdout::print(&told),
    }?;
    Ok(told.exit())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exit_codes_are_in_the_help() {
        let help = crate::cli::help_of("verify");
        for code in [0, super::told::WRONG, super::told::UNDECIDED] {
            assert!(help.contains(&format!("\n  {code}  ")), "{help}");
        }
    }
}
