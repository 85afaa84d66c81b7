//! The services as commands: logs, signals, and the exit code.

use super::deployment::Deployment;
use super::other;
use crate::failure::Failure;
use engine::driver::DriverError;
use feed::service::{Config, ServiceError};
use ledger::LedgerError;
use std::process::ExitCode;
use telemetry::Stop;

/// The exit code of a ledger whose drain took longer than `drain_seconds`: told in `lotstream ledger --help`.
const CUT_SHORT: u8 = 3;

/// What is said of a topic that is not there, or that this login is not shown.
const UNSEEN: &str = "does not exist; create it with";

/// Runs a ledger instance until a signal.
pub(super) fn ledger(deployment: &Deployment) -> Result<ExitCode, Failure> {
    let stop = start(deployment)?;
    ended(ledger::run(&deployment.ledger(), &stop)).map_err(|error| failed(deployment, &error))
}

/// How a ledger instance's end is told to whoever started it.
fn ended(result: Result<(), LedgerError>) -> Result<ExitCode, Failure> {
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(LedgerError::Driver(error @ DriverError::Undrained(_))) => {
            eprintln!(
                "lotstream: {error}; nothing is lost, the next owners finish what is left; raise `drain_seconds` \
                 and the time between SIGTERM and SIGKILL"
            );
            Ok(ExitCode::from(CUT_SHORT))
        }
        Err(error) => Err(other(error)),
    }
}

/// A failure; where a login is used, also what a topic that is not seen may mean.
fn failed(deployment: &Deployment, error: &Failure) -> Failure {
    let told = error.to_string();
    let login = ["sasl.username", "ssl.certificate.location"]
        .iter()
        .find_map(|key| deployment.kafka().settings.get(*key));
    match login.filter(|_| told.contains(UNSEEN)) {
        Some(login) => other(format!(
            "{told}\nWhere it does exist, `{login}` may not see it: that needs Describe on it; deploy/access.toml has the \
             rights of each service"
        )),
        None => other(told),
    }
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
    run(deployment.feed.clone(), &stop).map_err(|error| failed(deployment, &other(error)))?;
    Ok(ExitCode::SUCCESS)
}

/// Logs as the settings say, and listens to signals.
pub(super) fn start(deployment: &Deployment) -> Result<Stop, Failure> {
    telemetry::init(deployment.feed.log_format, &deployment.feed.log).map_err(other)?;
    for warning in &deployment.warnings {
        tracing::warn!("{warning}");
    }
    Stop::on_signals().map_err(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_that_was_cut_short_has_an_exit_code_of_its_own() {
        assert_eq!(ended(Ok(())).ok(), Some(ExitCode::SUCCESS));
        let cut_short = Err(LedgerError::Driver(DriverError::Undrained(2)));
        assert_eq!(ended(cut_short).ok(), Some(ExitCode::from(3)));
        assert!(ended(Err(LedgerError::Driver(DriverError::Log("gone".to_owned())))).is_err());
    }

    #[test]
    fn the_exit_codes_are_in_the_help() {
        let help = crate::cli::help_of("ledger");
        assert!(help.contains(&format!("\n  {CUT_SHORT}  ")), "{help}");
    }
}
