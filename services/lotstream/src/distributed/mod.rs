//! Everything that needs servers: the services as commands, and the tools of a deployment.

mod deployment;
mod member;
mod programme_publish;
mod publish;
mod services;
mod state;
mod tables;
mod topics;

use crate::cli::distributed::{Command, SettingsArgs};
use crate::failure::Failure;
use deployment::Deployment;
use std::process::ExitCode;

/// Performs a command of a deployment.
pub(crate) fn perform(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Ledger(args) => services::ledger(&read(args)?),
        Command::Purchases(args) => services::feed(&read(args)?, purchases::run),
        Command::Returns(args) => services::feed(&read(args)?, returns::run),
        Command::Redemptions(args) => services::feed(&read(args)?, redemptions::run),
        Command::Adjustments(args) => services::feed(&read(args)?, adjustments::run),
        Command::Topics(args) => topics::perform(&for_tool(&args.settings)?, args),
        Command::Tables(args) => tables::perform(&for_tool(&args.settings)?, args),
        Command::Publish(args) => publish::perform(&for_tool(&args.settings)?, args),
        Command::State(args) => state::perform(&for_tool(&args.settings)?, args),
        Command::Member(args) => member::perform(&for_tool(&args.settings)?, args),
    }
}

/// Publishes a programme version.
pub(crate) fn publish_programme(
    args: &crate::cli::distributed::PublishProgrammeArgs,
) -> Result<ExitCode, Failure> {
    programme_publish::perform(&for_tool(&args.settings)?, args)
}

fn read(args: &SettingsArgs) -> Result<Deployment, Failure> {
    Deployment::read(args).map_err(|error| Failure::Other(format!("settings\n{error}")))
}

/// The same for a command that keeps no log: warnings go to standard error.
fn for_tool(args: &SettingsArgs) -> Result<Deployment, Failure> {
    let deployment = read(args)?;
    for warning in &deployment.warnings {
        eprintln!("lotstream: warning: {warning}");
    }
    Ok(deployment)
}

/// Any error of a service or tool, said in full.
fn other(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}
