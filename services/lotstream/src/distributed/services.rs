//! The services as commands: logs, signals, and the exit code.

use super::deployment::Deployment;
use super::other;
use crate::failure::Failure;
use feed::service::{Config, ServiceError};
use std::process::ExitCode;
use telemetry::Stop;

/// Runs a ledger instance until a signal.
pub(super) fn ledger(deployment: &Deployment) -> Result<ExitCode, Failure> {
    let stop = start(deployment)?;
    ledger::run(&deployment.ledger(), &stop).map_err(other)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs an instance of a feed service until a signal.
pub(super) fn feed(
    deployment: &Deployment,
    run: fn(Config, &Stop) -> Result<(), ServiceError>,
) -> Result<ExitCode, Failure> {
    if deployment.programme().is_empty() {
        return Err(other(
            "programme: expected the programme of records that name none; set `programme` or LOTSTREAM_PROGRAMME",
        ));
    }
    let stop = start(deployment)?;
    run(deployment.feed.clone(), &stop).map_err(other)?;
    Ok(ExitCode::SUCCESS)
}

fn start(deployment: &Deployment) -> Result<Stop, Failure> {
    telemetry::init(deployment.feed.log_format, &deployment.feed.log).map_err(other)?;
    for warning in &deployment.warnings {
        tracing::warn!("{warning}");
    }
    Stop::on_signals().map_err(other)
}
